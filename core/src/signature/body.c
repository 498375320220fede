#include "signature/body.h"

#include <stdbool.h>
#include <string.h>

#include "base/crypto.h"
#include "wxlive/base/alloc.h"
#include "wxlive/base/base64.h"
#include "wxlive/json.h"

enum { FIELD_IV, FIELD_DATA, FIELD_TAG, FIELD_COUNT };

static const char *const field_names[FIELD_COUNT] = {"iv", "data", "authtag"};

/* The member that comes next: a name that was not there before, and its text. */
static bool take_member(struct wxl_json_reader *r, struct wxl_bytes fields[FIELD_COUNT])
{
    struct wxl_json_token name;
    struct wxl_json_token value;
    int f = 0;

    if (wxl_json_next(r, &name) != WXL_JSON_STRING || wxl_json_next(r, &value) != WXL_JSON_COLON ||
        wxl_json_next(r, &value) != WXL_JSON_STRING) {
        return false;
    }
    while (f < FIELD_COUNT && (fields[f].p || name.len != strlen(field_names[f]) ||
                               memcmp(name.text, field_names[f], name.len) != 0)) {
        f++;
    }
    if (f == FIELD_COUNT) {
        return false;
    }
    fields[f].p = value.text;
    fields[f].n = value.len;
    return true;
}

/* Reads text without a backslash: names and base64 have none once "\/" is out of the way. */
static bool take_members(const char *text, size_t len, struct wxl_bytes fields[FIELD_COUNT])
{
    struct wxl_json_reader r;
    struct wxl_json_token t;
    bool ok;
    int i;

    wxl_json_begin(&r, text, len);
    ok = wxl_json_next(&r, &t) == WXL_JSON_OBJECT;
    for (i = 1; ok && i <= FIELD_COUNT; i++) {
        ok = take_member(&r, fields) &&
             wxl_json_next(&r, &t) == (i < FIELD_COUNT ? WXL_JSON_COMMA : WXL_JSON_OBJECT_END);
    }
    return ok && wxl_json_next(&r, &t) == WXL_JSON_END;
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
    char *copy;
    bool ok;

    if (text.n > 2 * (size_t)WXL_SIGNATURE_MAX) {
        return wxl_fail(err, WXL_E_LIMIT, 0, "the body is longer than 32 MiB");
    }
    copy = wxl_malloc(text.n + 1);
    if (!copy) {
        return wxl_fail_nomem(err);
    }
    body->owned = (unsigned char *)copy;
    ok = take_members(copy, unescape(text, copy), fields) &&
         decode_exactly(fields[FIELD_IV], body->iv, sizeof body->iv) &&
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
    static const char *const openings[FIELD_COUNT] = {"{\"iv\":\"", "\",\"data\":\"",
                                                      "\",\"authtag\":\""};
    const struct {
        const unsigned char *p;
        size_t n;
    } values[FIELD_COUNT] = {
        {body->iv, sizeof body->iv}, {body->data, body->data_len}, {body->tag, sizeof body->tag}};
    size_t before = out->len;
    enum wxl_status st = WXL_OK;
    int f;

    for (f = 0; st == WXL_OK && f < FIELD_COUNT; f++) {
        st = wxl_buf_append_str(out, openings[f]);
        if (st == WXL_OK) {
            st = wxl_base64_append(out, values[f].p, values[f].n);
        }
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
