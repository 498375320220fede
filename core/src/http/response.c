#include "wxlive/response.h"

#include <string.h>

#include "base/chars.h"
#include "http/coding.h"
#include "wxlive/base/alloc.h"
#include "wxlive/codec.h"

#define KEEP_BYTES 16384 /* memory that an idle one holds on to, per buffer */

struct wxl_response {
    struct wxl_codec *codec;
    struct wxl_coding coding;
    struct wxl_buf fields; /* name NUL value NUL, again and again */
    struct wxl_buf body;
    enum wxl_response_state state;
    struct wxl_error failure;
    int status;
    int minor;
    uint64_t dropped;
    uint64_t max_body;
};

struct wxl_response *wxl_response_new(void)
{
    struct wxl_response *a = wxl_calloc(1, sizeof *a);

    if (!a) {
        return NULL;
    }
    wxl_buf_init(&a->fields, (size_t)-1); /* the codec limits them */
    wxl_buf_init(&a->body, (size_t)-1);
    a->codec = wxl_codec_new(NULL);
    if (!a->codec) {
        wxl_free(a);
        return NULL;
    }
    return a;
}

void wxl_response_free(struct wxl_response *a)
{
    if (a) {
        wxl_codec_free(a->codec);
        wxl_inflate_free(a->coding.inflate);
        wxl_buf_wipe(&a->fields);
        wxl_buf_wipe(&a->body); /* it may have held a token */
        wxl_free(a);
    }
}

/* The ceiling of the body buffer follows what may still come. */
static void cap_body(struct wxl_response *a)
{
    uint64_t room = a->max_body - a->dropped;

    a->body.max = room < (size_t)-1 / 2 ? (size_t)room : (size_t)-1 / 2;
}

enum wxl_status wxl_response_start(struct wxl_response *a, const char *method, size_t method_len,
                                   uint64_t max_body, struct wxl_error *err)
{
    if (max_body == 0) {
        return wxl_fail(err, WXL_E_ARG, 0, "the cap on the answer must be above 0");
    }
    wxl_codec_start(a->codec, method, method_len, max_body);
    wxl_buf_reset(&a->fields, KEEP_BYTES);
    wxl_buf_reset(&a->body, KEEP_BYTES);
    *a = (struct wxl_response){.codec = a->codec,
                               .coding.inflate = a->coding.inflate,
                               .fields = a->fields,
                               .body = a->body,
                               .max_body = max_body};
    cap_body(a);
    return WXL_OK;
}

/* ---- events ---------------------------------------------------------------------------------- */

static enum wxl_status on_field(struct wxl_response *a, const struct wxl_codec_event *ev)
{
    size_t n = ev->name_len + ev->value_len + 2;
    enum wxl_status st;
    char *at = wxl_buf_reserve(&a->fields, n, &st);

    if (!at) {
        return wxl_fail(&a->failure, st, 0, "the header fields: %s", wxl_status_text(st));
    }
    memset(at, 0, n);
    memcpy(at, ev->name, ev->name_len);
    memcpy(at + ev->name_len + 1, ev->value, ev->value_len);
    wxl_buf_commit(&a->fields, n);
    if (wxl_is_word(ev->name, ev->name_len, "content-encoding")) {
        wxl_coding_take(&a->coding, ev->value, ev->value_len);
    }
    return WXL_OK;
}

static enum wxl_status on_body(struct wxl_response *a, const struct wxl_codec_event *ev)
{
    enum wxl_status st =
        wxl_coding_decode(&a->coding, ev->value, ev->value_len, &a->body, &a->failure);

    if (st == WXL_E_LIMIT) {
        return wxl_fail(&a->failure, WXL_E_TOO_LARGE, 0, "the answer is larger than %llu bytes",
                        (unsigned long long)a->max_body);
    }
    if (st == WXL_E_UNSUPPORTED) {
        return wxl_fail(&a->failure, WXL_E_PROTOCOL, 0,
                        "the answer is in a content encoding that was not asked for");
    }
    if (st == WXL_E_FORMAT) {
        a->failure.status = WXL_E_PROTOCOL;
        return WXL_E_PROTOCOL;
    }
    return st == WXL_OK ? st : wxl_fail(&a->failure, st, 0, "the answer: %s", wxl_status_text(st));
}

static enum wxl_status on_end(struct wxl_response *a)
{
    if (!wxl_coding_complete(&a->coding)) {
        return wxl_fail(&a->failure, WXL_E_PROTOCOL, 0, "the gzip data breaks off");
    }
    a->state = WXL_RESPONSE_DONE;
    return WXL_OK;
}

static enum wxl_status take_events(struct wxl_response *a)
{
    struct wxl_codec_event ev;
    enum wxl_status st = WXL_OK;

    while (st == WXL_OK && a->state != WXL_RESPONSE_DONE) {
        st = wxl_codec_next(a->codec, &ev, &a->failure);
        if (st != WXL_OK || ev.type == WXL_CODEC_NEED_DATA) {
            break;
        }
        switch (ev.type) {
        case WXL_CODEC_STATUS:
            a->status = ev.status;
            a->minor = ev.minor;
            break;
        case WXL_CODEC_FIELD:
            st = on_field(a, &ev);
            break;
        case WXL_CODEC_HEAD_END:
            a->state = WXL_RESPONSE_BODY;
            break;
        case WXL_CODEC_BODY:
            st = on_body(a, &ev);
            break;
        case WXL_CODEC_END:
            st = on_end(a);
            break;
        case WXL_CODEC_TRAILER: /* nothing of the platform's comes that way */
        case WXL_CODEC_NEED_DATA:
            break;
        }
    }
    return st;
}

static enum wxl_status report(const struct wxl_response *a, enum wxl_response_state *state,
                              struct wxl_error *err)
{
    *state = a->state;
    if (a->failure.status != WXL_OK && err) {
        *err = a->failure;
    }
    return a->failure.status;
}

enum wxl_status wxl_response_feed(struct wxl_response *a, const void *p, size_t n,
                                  enum wxl_response_state *state, struct wxl_error *err)
{
    const char *at = p;

    /* The codec takes a bounded amount at a time. */
    while (a->failure.status == WXL_OK && n > 0) {
        size_t some = n < WXL_CODEC_FEED_MAX ? n : WXL_CODEC_FEED_MAX;
        enum wxl_status st = wxl_codec_feed(a->codec, at, some);

        if (st != WXL_OK) {
            (void)wxl_fail(&a->failure, st, 0, "the answer: %s", wxl_status_text(st));
            break;
        }
        (void)take_events(a); /* a failure is kept in a */
        at += some;
        n -= some;
    }
    return report(a, state, err);
}

enum wxl_status wxl_response_eof(struct wxl_response *a, enum wxl_response_state *state,
                                 struct wxl_error *err)
{
    if (a->failure.status == WXL_OK) {
        wxl_codec_eof(a->codec);
        (void)take_events(a);
    }
    return report(a, state, err);
}

/* ---- what was collected ---------------------------------------------------------------------- */

int wxl_response_status(const struct wxl_response *a)
{
    return a->state == WXL_RESPONSE_HEAD ? 0 : a->status;
}

int wxl_response_minor(const struct wxl_response *a)
{
    return a->minor;
}

int wxl_response_field(const struct wxl_response *a, size_t *cursor, const char **name,
                       const char **value)
{
    if (a->state == WXL_RESPONSE_HEAD || *cursor >= a->fields.len) {
        return 0;
    }
    *name = a->fields.data + *cursor;
    *value = *name + strlen(*name) + 1;
    *cursor += strlen(*name) + strlen(*value) + 2;
    return 1;
}

const struct wxl_buf *wxl_response_body(const struct wxl_response *a)
{
    return &a->body;
}

void wxl_response_drop(struct wxl_response *a)
{
    a->dropped += a->body.len;
    wxl_buf_reset(&a->body, KEEP_BYTES);
    cap_body(a);
}

uint64_t wxl_response_received(const struct wxl_response *a)
{
    return a->dropped + a->body.len;
}

size_t wxl_response_leftover(const struct wxl_response *a, const char **p)
{
    return wxl_codec_leftover(a->codec, p);
}

int wxl_response_reusable(const struct wxl_response *a)
{
    return a->state == WXL_RESPONSE_DONE && a->failure.status == WXL_OK &&
           wxl_codec_reusable(a->codec);
}

int wxl_response_touched(const struct wxl_response *a)
{
    return wxl_codec_touched(a->codec);
}
