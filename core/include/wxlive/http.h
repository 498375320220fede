/* An HTTP client over libcurl: one request out, one response in, connections kept for the next.
 *
 * TLS is verified always (1.2 or newer), redirects are not followed, only http and https are
 * spoken, and what a peer may send is capped. A client belongs to one thread at a time; different
 * clients are independent of each other.
 *
 * Whether a request that failed may be made again depends on whether the peer can have seen it, so
 * every exchange says so: `sent` is false when nothing of the request was put on a wire. libcurl
 * automatically repeats a request whose kept connection turns out to be dead; this is allowed only
 * for requests with `resend`. Every other request is put on a wire at most once.
 *
 * Proxy: the `proxy` option wins. Without it http_proxy, https_proxy, all_proxy and no_proxy are
 * obeyed as libcurl does, but addresses of this machine (localhost, 127.0.0.0/8, ::1) are always
 * reached directly. proxy = "" means no proxy, whatever the environment says.
 *
 * Certificates: `ca_file` when given; else the file that libcurl was built with, if it exists; else
 * SSL_CERT_FILE, SSL_CERT_DIR and the places where systems keep their bundle. Neither an option nor
 * the environment turns verification off.
 */
#ifndef WXLIVE_HTTP_H
#define WXLIVE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wxlive/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WXL_HTTP_CONNECT_TIMEOUT_MS 5000L
#define WXL_HTTP_TIMEOUT_MS 30000L
#define WXL_HTTP_MAX_BODY ((size_t)8 << 20)
#define WXL_HTTP_MAX_HEAD ((size_t)64 << 10) /* bytes of all header lines of one exchange */
#define WXL_HTTP_MAX_HEAD_LINES 256

struct wxl_http; /* a client */

/* Where HTTP/2 is offered, over TLS only. One exchange after the other gains nothing from it, and
 * costs a third more work in libcurl; many at a time share one connection. */
enum wxl_http2 {
    WXL_HTTP2_MANY, /* for exchanges on a multi */
    WXL_HTTP2_ALWAYS,
    WXL_HTTP2_NEVER
};

/* Zero or NULL stands for the default of a field. All strings are copied. */
struct wxl_http_options {
    const char *proxy;      /* [scheme://][user:password@]host:port; http, https, socks4(a),
                               socks5(h). "": none. NULL: as the environment says */
    const char *proxy_user; /* instead of a user in the address; both or neither */
    const char *proxy_password;
    const char *ca_file;     /* PEM bundle that replaces the system's */
    long connect_timeout_ms; /* for requests that do not give their own */
    long timeout_ms;         /* likewise, for the whole exchange */
    size_t max_body;         /* cap on a body held in memory, after decompression */
    enum wxl_http2 http2;
};

struct wxl_http_header {
    const char *name;
    const char *value;
};

/* One part of multipart/form-data: a file that is streamed (path), or bytes (data, data_len). */
struct wxl_http_part {
    const char *name;
    const char *path;
    const void *data;
    size_t data_len;
    const char *filename;     /* NULL: the last step of path; what is not plain ASCII becomes "_" */
    const char *content_type; /* may be NULL */
};

/* Borrowed in whole, with everything it points to, until wxl_http_perform returns. */
struct wxl_http_request {
    const char *url;          /* http:// or https://, without user, password or fragment */
    bool post;                /* else GET, which takes neither body nor parts */
    const char *content_type; /* of body; may be NULL */
    const struct wxl_http_header *headers;
    size_t header_count;
    const void *body;
    size_t body_len;
    const struct wxl_http_part *parts; /* instead of body */
    size_t part_count;
    const char *save_to; /* file that takes the body of a 2xx answer; see wxl_http_perform */
    long timeout_ms;
    long connect_timeout_ms;
    size_t max_body;
    bool resend; /* a read: libcurl may repeat it when a kept connection was dead */
};

/* Pointers are good until the next call on the same client. */
struct wxl_http_response {
    bool sent; /* false: nothing of the request was put on a wire. Valid on failure too */
    int status;
    int http_version; /* 10, 11 or 20 */
    bool reused;      /* over a connection that was there already */
    const char *body; /* NUL-terminated, never NULL; empty when the body went to a file */
    size_t body_len;
    const char *head; /* header lines as they came, CRLF and all, without the status line */
    size_t head_len;
    const char *content_type; /* NULL when there was none */
    long retry_after;         /* seconds, 0 when there was none */
    const char *saved;        /* save_to, when the file is there now, else NULL */
    uint64_t size;            /* bytes of the body, in memory or in the file, decompressed */
};

/* Seconds. dns, connect and tls are the time that each step took, 0 on a kept connection;
 * first_byte and total count from the start. */
struct wxl_http_timing {
    double dns;
    double connect;
    double tls;
    double first_byte;
    double total;
};

/* Makes a client; nothing is sent. *out is NULL on failure, else freed with wxl_http_free.
 * WXL_E_ARG for options that cannot be used (a proxy address, a ca_file without certificates). */
WXL_NODISCARD enum wxl_status
wxl_http_new(struct wxl_http **out, const struct wxl_http_options *options, struct wxl_error *err);

/* Closes its connections and frees it. NULL is accepted. */
void wxl_http_free(struct wxl_http *client);

/* Sends one request and waits for the answer, whatever its HTTP status. On failure *out is zero
 * but for `sent`, and err names host and port, never the path or query of the address nor the
 * proxy's user or password.
 *
 * The time-outs are kept for everything but the look-up of a host name, which the C library may
 * hold on to for as long as it waits for a name server.
 *
 * save_to: the body of a 2xx answer goes to a new file beside save_to, which takes its name once it
 * is complete and on disk; on any failure nothing is left behind and an older file stays as it was.
 * Answers other than 2xx come in `body` instead. max_body does not apply to the file. */
WXL_NODISCARD enum wxl_status wxl_http_perform(struct wxl_http *client,
                                               const struct wxl_http_request *request,
                                               struct wxl_http_response *out,
                                               struct wxl_error *err);

/* Whether a file may be put at a path: nothing is there, or a plain file, which it would replace.
 * False for what a rename must never replace: devices, pipes, directories and the links in /dev. */
bool wxl_http_may_save(const char *path);

/* How long the steps of the last exchange took. */
void wxl_http_timing(const struct wxl_http *client, struct wxl_http_timing *out);

#ifdef __cplusplus
}
#endif

#endif
