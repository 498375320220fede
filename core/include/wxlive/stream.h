/* A stream of bytes to one host and port, in the clear or over TLS, with a deadline on every wait.
 *
 * It is libcurl's connect-only mode: libcurl resolves, connects and does TLS, and no protocol is
 * spoken. TLS is verified always, 1.2 or newer. No proxy is used. A stream belongs to one thread at
 * a time. SIGPIPE never reaches the process from here.
 */
#ifndef WXLIVE_STREAM_H
#define WXLIVE_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "wxlive/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WXL_STREAM_CONNECT_TIMEOUT_MS 5000L

struct wxl_stream;

/* Zero or NULL stands for the default of a field. Nothing is kept after wxl_stream_open. */
struct wxl_stream_options {
    const char *host; /* name or address; IPv6 with or without brackets */
    int port;         /* 1 to 65535 */
    bool tls;
    const char *server_name; /* what the certificate must say, when not the host */
    const char *ca_file;     /* PEM bundle instead of the system's (see http.h) */
    const char *cert_file;   /* PEM, for servers that want to see a certificate; with key_file */
    const char *key_file;
    long connect_timeout_ms; /* name look-up, connect and TLS together */
};

/* Connects. *out is NULL on failure, else closed with wxl_stream_close. err names host and port. */
WXL_NODISCARD enum wxl_status wxl_stream_open(struct wxl_stream **out,
                                              const struct wxl_stream_options *options,
                                              struct wxl_error *err);

/* Sends all n bytes within timeout_ms. On failure it is not known how many of them went out, and
 * the stream can only be closed. */
WXL_NODISCARD enum wxl_status wxl_stream_send(struct wxl_stream *s, const void *data, size_t n,
                                              long timeout_ms, struct wxl_error *err);

/* Waits up to timeout_ms for at least one byte; *got is how many of cap came. WXL_E_LOST when the
 * peer has closed. timeout_ms 0 takes what is there. */
WXL_NODISCARD enum wxl_status wxl_stream_receive(struct wxl_stream *s, void *data, size_t cap,
                                                 long timeout_ms, size_t *got,
                                                 struct wxl_error *err);

/* Whether a stream on which nothing is awaited can still be used: the peer has not closed it and
 * has sent nothing. */
bool wxl_stream_quiet(struct wxl_stream *s);

/* Closes and frees. NULL is accepted. */
void wxl_stream_close(struct wxl_stream *s);

#ifdef __cplusplus
}
#endif

#endif
