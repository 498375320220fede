#include "wxlive/codec.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/chars.h"
#include "codec/own.h"
#include "wxlive/base/buf.h"

static const char *const own_fields[] = {
    "connection", "content-length",    "expect",  "host", "keep-alive", "proxy-connection", "te",
    "trailer",    "transfer-encoding", "upgrade",
};

int codec_is_own_field(const char *name, size_t n)
{
    size_t i;

    for (i = 0; i < sizeof own_fields / sizeof own_fields[0]; i++) {
        if (wxl_lower(name[0]) == own_fields[i][0] && wxl_is_word(name, n, own_fields[i])) {
            return 1;
        }
    }
    return 0;
}

/* Names only go into messages once they are known to be tokens; values never do. */
static enum wxl_status check(const struct wxl_codec_request *req, struct wxl_error *err)
{
    size_t i;

    if (!wxl_is_token(req->method, req->method_len)) {
        return wxl_fail(err, WXL_E_ARG, 0, "the method is not a token");
    }
    if (!wxl_is_visible(req->target, req->target_len)) {
        return wxl_fail(err, WXL_E_ARG, 0,
                        "the request target is empty or holds a byte that is not visible ASCII");
    }
    if (!wxl_is_visible(req->host, req->host_len)) {
        return wxl_fail(err, WXL_E_ARG, 0,
                        "the host is empty or holds a byte that is not visible ASCII");
    }
    for (i = 0; i < req->field_count; i++) {
        const struct wxl_codec_field *f = &req->fields[i];

        if (!wxl_is_token(f->name, f->name_len)) {
            return wxl_fail(err, WXL_E_ARG, 0, "the name of header field %zu is not a token",
                            i + 1);
        }
        if (codec_is_own_field(f->name, f->name_len)) {
            return wxl_fail(err, WXL_E_ARG, 0, "the field %.*s is set by the transport itself",
                            (int)f->name_len, f->name);
        }
        if (!wxl_is_text(f->value, f->value_len)) {
            return wxl_fail(err, WXL_E_ARG, 0,
                            "the value of header field %.*s holds a control character",
                            (int)(f->name_len < 64 ? f->name_len : 64), f->name);
        }
    }
    return WXL_OK;
}

/* After these methods a server waits for a body, unless the head says that there is none. */
static int expects_body(const struct wxl_codec_request *req)
{
    return wxl_is_word(req->method, req->method_len, "post") ||
           wxl_is_word(req->method, req->method_len, "put") ||
           wxl_is_word(req->method, req->method_len, "patch");
}

/* Where the head goes; with `at` NULL it is only measured. */
struct head {
    char *at;
    size_t n;
};

static void put(struct head *h, const char *s, size_t n)
{
    if (h->at && n > 0) {
        memcpy(h->at + h->n, s, n);
    }
    h->n += n;
}

static void put_text(struct head *h, const char *s)
{
    put(h, s, strlen(s));
}

static void put_field(struct head *h, const struct wxl_codec_field *f)
{
    put(h, f->name, f->name_len);
    put(h, ": ", 2);
    put(h, f->value, f->value_len);
    put(h, "\r\n", 2);
}

static void put_head(struct head *h, const struct wxl_codec_request *req, const char *length)
{
    const struct wxl_codec_field host = {"Host", 4, req->host, req->host_len};
    size_t i;

    put(h, req->method, req->method_len);
    put(h, " ", 1);
    put(h, req->target, req->target_len);
    put_text(h, " HTTP/1.1\r\n");
    put_field(h, &host);
    if (req->close) {
        put_text(h, "Connection: close\r\n");
    }
    for (i = 0; i < req->field_count; i++) {
        put_field(h, &req->fields[i]);
    }
    put_text(h, length);
    put(h, "\r\n", 2);
}

enum wxl_status wxl_codec_write_head(struct wxl_buf *out, const struct wxl_codec_request *req,
                                     struct wxl_error *err)
{
    struct head head = {NULL, 0};
    char length[48] = "";
    enum wxl_status st = check(req, err);

    if (st != WXL_OK) {
        return st;
    }
    if (req->has_body || expects_body(req)) {
        snprintf(length, sizeof length, "Content-Length: %" PRIu64 "\r\n",
                 req->has_body ? req->content_length : 0);
    }
    put_head(&head, req, length);
    head.at = wxl_buf_reserve(out, head.n, &st);
    if (!head.at) {
        return wxl_fail(err, st, 0, "the request head: %s", wxl_status_text(st));
    }
    head.n = 0;
    put_head(&head, req, length);
    wxl_buf_commit(out, head.n);
    return WXL_OK;
}
