#include "http/check.h"

#include <string.h>
#include <strings.h>

#include "base/chars.h"
#include "codec/own.h"
#include "wxlive/base/digits.h"

bool wxl_http_text_ok(const char *s)
{
    for (; *s; s++) {
        if ((unsigned char)*s < 0x20 || *s == 0x7f) {
            return false;
        }
    }
    return true;
}

/* libcurl's side writes two more than the codec does. */
static bool is_own_header(const char *name, size_t n)
{
    return codec_is_own_field(name, n) || wxl_is_word(name, n, "content-type") ||
           wxl_is_word(name, n, "proxy-authorization");
}

static enum wxl_status check_header(const struct wxl_http_header *h, struct wxl_error *err)
{
    size_t n = h->name ? strlen(h->name) : 0;

    if (!wxl_is_token(h->name, n)) {
        return wxl_fail(err, WXL_E_ARG, 0, "the name of a header is not acceptable");
    }
    if (is_own_header(h->name, n)) {
        return wxl_fail(err, WXL_E_ARG, 0, "header %s is written by the transport itself", h->name);
    }
    if (!h->value || !wxl_http_text_ok(h->value)) {
        return wxl_fail(err, WXL_E_ARG, 0, "header %s: control characters in its value", h->name);
    }
    return WXL_OK;
}

static bool read_origin(const char *url, struct wxl_http_origin *origin)
{
    bool tls = strncasecmp(url, "https://", 8) == 0;
    const char *p = url + (tls ? 8 : 7);
    const char *end;
    const char *host_end;
    int64_t port = tls ? 443 : 80;

    if (!tls && strncasecmp(url, "http://", 7) != 0) {
        return false;
    }
    for (end = p; *end && *end != '/' && *end != '?' && *end != '#'; end++) {
    }
    if (memchr(p, '@', (size_t)(end - p)) || strchr(end, '#')) {
        return false;
    }
    host_end = *p == '[' ? memchr(p, ']', (size_t)(end - p)) : memchr(p, ':', (size_t)(end - p));
    if (*p == '[') {
        host_end = host_end ? host_end + 1 : p;
    } else if (!host_end) {
        host_end = end;
    }
    origin->tls = tls;
    origin->url_len = (size_t)(end - url);
    origin->host = p;
    origin->host_len = (int)(host_end - p);
    if (host_end != end &&
        (*host_end != ':' || !wxl_digits_read(host_end + 1, (size_t)(end - host_end) - 1, &port))) {
        return false;
    }
    origin->port = (int)port;
    return origin->host_len > 0 && port > 0 && port <= 65535;
}

static enum wxl_status check_url(const char *url, struct wxl_http_origin *origin,
                                 struct wxl_error *err)
{
    const char *p = url;

    if (!url || strnlen(url, WXL_HTTP_URL_MAX) == WXL_HTTP_URL_MAX) {
        return wxl_fail(err, WXL_E_ARG, 0, "the address is missing or longer than %d bytes",
                        WXL_HTTP_URL_MAX - 1);
    }
    while ((unsigned char)*p > 0x20 && *p != 0x7f) {
        p++;
    }
    if (*p) {
        return wxl_fail(err, WXL_E_ARG, 0, "the address holds a space or a control character");
    }
    if (!read_origin(url, origin)) {
        return wxl_fail(err, WXL_E_ARG, 0,
                        "the address must be http:// or https://, a host and a port if need be, "
                        "without user, password or fragment");
    }
    return WXL_OK;
}

enum wxl_status wxl_http_check(const struct wxl_http_request *rq, struct wxl_http_origin *origin,
                               struct wxl_error *err)
{
    enum wxl_status st = check_url(rq->url, origin, err);
    size_t i;

    for (i = 0; i < rq->header_count && st == WXL_OK; i++) {
        st = check_header(&rq->headers[i], err);
    }
    if (st != WXL_OK) {
        return st;
    }
    if (rq->content_type && !wxl_http_text_ok(rq->content_type)) {
        return wxl_fail(err, WXL_E_ARG, 0, "the content type holds control characters");
    }
    if (!rq->post && (rq->body || rq->part_count)) {
        return wxl_fail(err, WXL_E_ARG, 0, "a GET takes no body");
    }
    if (rq->part_count && (rq->body || rq->content_type)) {
        return wxl_fail(err, WXL_E_ARG, 0, "a form brings its own body and content type");
    }
    if (rq->timeout_ms < 0 || rq->connect_timeout_ms < 0) {
        return wxl_fail(err, WXL_E_ARG, 0, "a time-out must be above 0");
    }
    return WXL_OK;
}
