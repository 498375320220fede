#include "signature/body.h"

#include <string.h>

#include "base/crypto.h"
#include "wxlive/base/alloc.h"
#include "wxlive/base/base64.h"

enum { FIELD_IV, FIELD_DATA, FIELD_TAG, FIELD_COUNT };

static const char *const field_names[FIELD_COUNT] = {"iv", "data", "authtag"};

struct cursor {
    const char *p;
    const char *end;
};

static void skip_space(struct cursor *c)
{
    while (c->p < c->end && (*c->p == ' ' || *c->p == '\t' || *c->p == '\r' || *c->p == '\n')) {
        c->p++;
    }
}

static int take_char(struct cursor *c, char wanted)
{
    skip_space(c);
    if (c->p == c->end || *c->p != wanted) {
        return 0;
    }
    c->p++;
    return 1;
}

/* A string without escapes: names and base64 have none once "\/" is out of the way. */
static int take_string(struct cursor *c, struct wxl_bytes *s)
{
    const char *close;

    if (!take_char(c, '"')) {
        return 0;
    }
    close = memchr(c->p, '"', (size_t)(c->end - c->p));
    if (!close) {
        return 0;
    }
    s->p = c->p;
    s->n = (size_t)(close - c->p);
    c->p = close + 1;
    return 1;
}

static int take_members(struct cursor *c, struct wxl_bytes fields[FIELD_COUNT])
{
    struct wxl_bytes name;
    int i;
    int f;

    for (i = 0; i < FIELD_COUNT; i++) {
        if ((i > 0 && !take_char(c, ',')) || !take_string(c, &name)) {
            return 0;
        }
        for (f = 0; f < FIELD_COUNT; f++) {
            if (name.n == strlen(field_names[f]) && memcmp(name.p, field_names[f], name.n) == 0) {
                break;
            }
        }
        if (f == FIELD_COUNT || fields[f].p || !take_char(c, ':') || !take_string(c, &fields[f])) {
            return 0;
        }
    }
    return 1;
}

/* Copies the text without the backslashes of "\/". Any other backslash makes it no body. */
static size_t unescape(struct wxl_bytes text, char *out)
{
    size_t n = 0;
    size_t i;

    for (i = 0; i < text.n; i++) {
        if (text.p[i] == '\\' && (i + 1 == text.n || text.p[++i] != '/')) {
            return 0;
        }
        out[n++] = text.p[i];
    }
    return n;
}

static int decode_exactly(struct wxl_bytes text, unsigned char *out, size_t wanted)
{
    unsigned char wide[24];
    size_t n;

    if (wxl_base64_decoded_max(text.n) > sizeof wide ||
        wxl_base64_decode(text.p, text.n, wide, &n) != WXL_OK || n != wanted) {
        return 0;
    }
    memcpy(out, wide, wanted);
    return 1;
}

enum wxl_status wxl_signature_body_read(struct wxl_bytes text, struct wxl_signature_body *body,
                                        struct wxl_error *err)
{
    struct wxl_bytes fields[FIELD_COUNT] = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
    struct cursor c;
    char *copy;
    size_t n;
    int ok;

    if (text.n > 2 * (size_t)WXL_SIGNATURE_MAX) {
        return wxl_fail(err, WXL_E_LIMIT, 0, "the body is longer than 32 MiB");
    }
    copy = wxl_malloc(text.n + 1);
    if (!copy) {
        return wxl_fail_nomem(err);
    }
    body->owned = (unsigned char *)copy;
    n = unescape(text, copy);
    c.p = copy;
    c.end = copy + n;
    ok = take_char(&c, '{') && take_members(&c, fields) && take_char(&c, '}');
    skip_space(&c);
    ok = ok && c.p == c.end && decode_exactly(fields[FIELD_IV], body->iv, sizeof body->iv) &&
         decode_exactly(fields[FIELD_TAG], body->tag, sizeof body->tag);
    if (ok) {
        unsigned char *data = wxl_malloc(wxl_base64_decoded_max(fields[FIELD_DATA].n) + 1);

        if (!data) {
            return wxl_fail_nomem(err);
        }
        ok = wxl_base64_decode(fields[FIELD_DATA].p, fields[FIELD_DATA].n, data, &body->data_len) ==
             WXL_OK;
        wxl_free(body->owned);
        body->owned = data;
        body->data = data;
    }
    if (!ok) {
        return wxl_fail(err, WXL_E_FORMAT, 0,
                        "the body is not {\"iv\",\"data\",\"authtag\"} in base64");
    }
    return WXL_OK;
}

enum wxl_status wxl_signature_body_write(const struct wxl_signature_body *body, struct wxl_buf *out)
{
    size_t before = out->len;
    enum wxl_status st = wxl_buf_append_str(out, "{\"iv\":\"");

    if (st == WXL_OK) {
        st = wxl_base64_append(out, body->iv, sizeof body->iv);
    }
    if (st == WXL_OK) {
        st = wxl_buf_append_str(out, "\",\"data\":\"");
    }
    if (st == WXL_OK) {
        st = wxl_base64_append(out, body->data, body->data_len);
    }
    if (st == WXL_OK) {
        st = wxl_buf_append_str(out, "\",\"authtag\":\"");
    }
    if (st == WXL_OK) {
        st = wxl_base64_append(out, body->tag, sizeof body->tag);
    }
    if (st == WXL_OK) {
        st = wxl_buf_append_str(out, "\"}");
    }
    if (st != WXL_OK) {
        out->len = before;
    }
    return st;
}

void wxl_signature_body_free(struct wxl_signature_body *body)
{
    wxl_free(body->owned);
    memset(body, 0, sizeof *body);
}
