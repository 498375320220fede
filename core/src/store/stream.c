#include "wxlive/stream.h"

#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/sigpipe.h"
#include "http/ca.h"
#include "http/error.h"
#include "http/settings.h"
#include "wxlive/base/alloc.h"
#include "wxlive/base/clock.h"

#define NAME_MAX_LEN 255

struct wxl_stream {
    CURL *easy;
    struct curl_slist *connect_to; /* libcurl reads it for as long as the handle lives */
    curl_socket_t fd;
    char where[NAME_MAX_LEN + 16]; /* host:port, for messages */
    char detail[CURL_ERROR_SIZE];
};

static int64_t now_ms(void)
{
    return wxl_clock_ms(CLOCK_MONOTONIC);
}

/* The host becomes part of an address; therefore characters with a meaning there are refused. */
static bool is_host(const char *host)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789.-_:[]";
    size_t n = host ? strlen(host) : 0;

    return n > 0 && n <= NAME_MAX_LEN && strspn(host, allowed) == n;
}

static enum wxl_status check(const struct wxl_stream_options *o, struct wxl_error *err)
{
    if (!is_host(o->host)) {
        return wxl_fail(err, WXL_E_ARG, 0, "host must be a host name or an address");
    }
    if (o->server_name && !is_host(o->server_name)) {
        return wxl_fail(err, WXL_E_ARG, 0, "server_name must be a host name");
    }
    if (o->port < 1 || o->port > 65535) {
        return wxl_fail(err, WXL_E_ARG, 0, "port must be between 1 and 65535");
    }
    if (!o->cert_file != !o->key_file) {
        return wxl_fail(err, WXL_E_ARG, 0, "cert_file and key_file go together");
    }
    return WXL_OK;
}

/* The status of a failure to connect. */
static enum wxl_status status_of(CURLcode code)
{
    enum wxl_status st = wxl_http_status_of(code);

    if (code == CURLE_UNSUPPORTED_PROTOCOL) {
        return WXL_E_UNSUPPORTED; /* this libcurl has no TLS */
    }
    return st == WXL_E_LOST ? WXL_E_CONNECT : st;
}

#define SET(option, value) WXL_HTTP_SET(s->easy, option, value, err)

static enum wxl_status set_tls(struct wxl_stream *s, const struct wxl_stream_options *o,
                               struct wxl_error *err)
{
    const char *file = o->ca_file;
    const char *dir = NULL;
    enum wxl_status st;

    if (!file) {
        wxl_http_ca_find(&file, &dir);
    }
    st = wxl_http_trust(s->easy, file, dir, err);
    if (st != WXL_OK) {
        return st;
    }
    /* What runs over it is not HTTP. */
    SET(CURLOPT_SSL_ENABLE_ALPN, 0L);
    if (o->cert_file) {
        SET(CURLOPT_SSLCERT, o->cert_file);
        SET(CURLOPT_SSLKEY, o->key_file);
    }
    return WXL_OK;
}

static enum wxl_status configure(struct wxl_stream *s, const struct wxl_stream_options *o,
                                 struct wxl_error *err)
{
    char text[2 * NAME_MAX_LEN + 64];
    bool bare6 = strchr(o->host, ':') && o->host[0] != '[';
    long limit = o->connect_timeout_ms > 0 ? o->connect_timeout_ms : WXL_STREAM_CONNECT_TIMEOUT_MS;

    (void)snprintf(s->where, sizeof s->where, "%s%s%s:%d", bare6 ? "[" : "", o->host,
                   bare6 ? "]" : "", o->port);
    SET(CURLOPT_ERRORBUFFER, s->detail);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_CONNECT_ONLY, 1L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_FRESH_CONNECT, 1L);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, limit);
    SET(CURLOPT_TIMEOUT_MS, limit);
    (void)snprintf(text, sizeof text, "http%s://%s/", o->tls ? "s" : "", s->where);
    if (o->tls && o->server_name) {
        /* The certificate is checked against the name in the address; the connection goes
         * elsewhere. */
        (void)snprintf(text, sizeof text, "::%s", s->where);
        s->connect_to = curl_slist_append(NULL, text);
        if (!s->connect_to) {
            return wxl_fail(err, WXL_E_NOMEM, 0, "out of memory");
        }
        SET(CURLOPT_CONNECT_TO, s->connect_to);
        (void)snprintf(text, sizeof text, "https://%s:%d/", o->server_name, o->port);
    }
    SET(CURLOPT_URL, text);
    return o->tls ? set_tls(s, o, err) : WXL_OK;
}

static enum wxl_status dial(struct wxl_stream *s, struct wxl_error *err)
{
    struct wxl_sigpipe pipe;
    CURLcode code;
    enum wxl_status st;

    wxl_sigpipe_hold(&pipe);
    code = curl_easy_perform(s->easy);
    wxl_sigpipe_release(&pipe);
    if (code != CURLE_OK) {
        st = status_of(code);
        return wxl_fail(err, st, (long)code, "%s: %s", s->where,
                        s->detail[0] ? s->detail : curl_easy_strerror(code));
    }
    code = curl_easy_getinfo(s->easy, CURLINFO_ACTIVESOCKET, &s->fd);
    if (code != CURLE_OK || s->fd == CURL_SOCKET_BAD) {
        return wxl_fail(err, WXL_E_CONNECT, (long)code, "%s: the connection was closed at once",
                        s->where);
    }
    return WXL_OK;
}

enum wxl_status wxl_stream_open(struct wxl_stream **out, const struct wxl_stream_options *options,
                                struct wxl_error *err)
{
    struct wxl_stream *s;
    enum wxl_status st;

    *out = NULL;
    st = check(options, err);
    if (st == WXL_OK) {
        st = wxl_curl_start(err);
    }
    if (st != WXL_OK) {
        return st;
    }
    s = wxl_calloc(1, sizeof *s);
    if (!s) {
        return wxl_fail(err, WXL_E_NOMEM, 0, "out of memory");
    }
    s->easy = curl_easy_init();
    st = s->easy ? configure(s, options, err) : wxl_fail(err, WXL_E_NOMEM, 0, "out of memory");
    if (st == WXL_OK) {
        st = dial(s, err);
    }
    if (st != WXL_OK) {
        wxl_stream_close(s);
        return st;
    }
    *out = s;
    return WXL_OK;
}

/* Waits until the socket is ready for `events`. WXL_E_TIMEOUT when the deadline passes first. */
static enum wxl_status await(const struct wxl_stream *s, short events, int64_t deadline,
                             struct wxl_error *err)
{
    struct pollfd p = {s->fd, events, 0};
    int64_t left;
    int n;

    for (;;) {
        left = deadline - now_ms();
        n = poll(&p, 1, left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left);
        if (n > 0) {
            return WXL_OK;
        }
        if (n == 0 && now_ms() >= deadline) {
            return wxl_fail(err, WXL_E_TIMEOUT, 0, "%s did not answer in time", s->where);
        }
        if (n < 0 && errno != EINTR) {
            return wxl_fail(err, WXL_E_LOST, errno, "%s: %s", s->where, strerror(errno));
        }
    }
}

enum wxl_status wxl_stream_send(struct wxl_stream *s, const void *data, size_t n, long timeout_ms,
                                struct wxl_error *err)
{
    int64_t deadline = now_ms() + timeout_ms;
    const char *p = data;
    struct wxl_sigpipe pipe;
    enum wxl_status st;
    CURLcode code;
    size_t sent;

    while (n > 0) {
        sent = 0;
        wxl_sigpipe_hold(&pipe);
        code = curl_easy_send(s->easy, p, n, &sent);
        wxl_sigpipe_release(&pipe);
        p += sent;
        n -= sent;
        if (code == CURLE_AGAIN || (code == CURLE_OK && n > 0)) {
            st = await(s, POLLOUT, deadline, err);
            if (st != WXL_OK) {
                return st;
            }
        } else if (code != CURLE_OK) {
            return wxl_fail(err, WXL_E_LOST, (long)code, "%s broke the connection", s->where);
        }
    }
    return WXL_OK;
}

/* As recv: WXL_OK with *got 0 means that the peer has closed; *again, that nothing is there. */
static enum wxl_status take(struct wxl_stream *s, void *data, size_t cap, size_t *got, bool *again,
                            struct wxl_error *err)
{
    struct wxl_sigpipe pipe;
    CURLcode code;

    *got = 0;
    wxl_sigpipe_hold(&pipe);
    code = curl_easy_recv(s->easy, data, cap, got);
    wxl_sigpipe_release(&pipe);
    *again = code == CURLE_AGAIN;
    if (code != CURLE_OK && code != CURLE_AGAIN) {
        return wxl_fail(err, WXL_E_LOST, (long)code, "%s broke the connection", s->where);
    }
    return WXL_OK;
}

enum wxl_status wxl_stream_receive(struct wxl_stream *s, void *data, size_t cap, long timeout_ms,
                                   size_t *got, struct wxl_error *err)
{
    int64_t deadline = now_ms() + timeout_ms;
    enum wxl_status st;
    bool again;

    /* TLS may hold decrypted bytes that the socket knows nothing of: so ask first, then wait. */
    for (;;) {
        st = take(s, data, cap, got, &again, err);
        if (st != WXL_OK) {
            return st;
        }
        if (!again) {
            return *got > 0 ? WXL_OK
                            : wxl_fail(err, WXL_E_LOST, 0, "%s closed the connection", s->where);
        }
        st = await(s, POLLIN, deadline, err);
        if (st != WXL_OK) {
            return st;
        }
    }
}

bool wxl_stream_quiet(struct wxl_stream *s)
{
    struct pollfd p = {s->fd, POLLIN, 0};
    size_t got;
    bool again;
    char byte;

    if (poll(&p, 1, 0) == 0) {
        return true;
    }
    /* Readable can also mean that TLS has something to say to itself, such as a session ticket. */
    return take(s, &byte, 1, &got, &again, NULL) == WXL_OK && again;
}

void wxl_stream_close(struct wxl_stream *s)
{
    struct wxl_sigpipe pipe;

    if (!s) {
        return;
    }
    wxl_sigpipe_hold(&pipe);
    curl_easy_cleanup(s->easy);
    wxl_sigpipe_release(&pipe);
    curl_slist_free_all(s->connect_to);
    wxl_free(s);
}
