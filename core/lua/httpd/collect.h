/* The side of the HTTP server that libmicrohttpd (MHD) sees. It knows nothing of Lua, so
 * that no Lua can run below a foreign frame.
 *
 * MHD's callbacks collect a request into an exchange, suspend its connection and queue it. The
 * poller takes it from the queue and answers in its own time and order. There is one thread: MHD
 * works while wxl_httpd_run runs, and at no other time.
 *
 * An exchange belongs to two parties, MHD (`server` is set) and the taker (`held`), and is freed
 * when both have released it.
 */
#ifndef WXL_HTTPD_COLLECT_H
#define WXL_HTTPD_COLLECT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "wxlive/base/buf.h"
#include "wxlive/base/status.h"

struct MHD_Connection;
struct MHD_Daemon;
struct MHD_Response;

#define WXL_HTTPD_HEADERS_MAX 100

struct wxl_exchange;

struct wxl_httpd {
    struct MHD_Daemon *daemon; /* NULL: closed */
    LIST_HEAD(, wxl_exchange) live; /* all that MHD knows of */
    TAILQ_HEAD(, wxl_exchange) waiting; /* collected, to be taken; oldest first */
    size_t max_body;
};

enum wxl_verdict { WXL_UNDECIDED, WXL_ANSWERED, WXL_CLOSING, WXL_RESETTING };

struct wxl_exchange {
    struct wxl_httpd *server; /* NULL once MHD has let go */
    LIST_ENTRY(wxl_exchange) living;
    TAILQ_ENTRY(wxl_exchange) queue; /* while it is in the queue: `waits` */
    struct MHD_Connection *conn;
    struct MHD_Response *response;
    const char *method; /* lives as long as conn does */
    struct wxl_buf body;
    struct wxl_buf out; /* of a streamed answer: what is still to be sent */
    size_t out_sent;
    size_t drained;
    unsigned long nth; /* n-th request on its connection, from 1 */
    unsigned int status;
    enum wxl_verdict verdict;
    int started, too_large, suspended, streaming, waits, held;
    char uri[]; /* path and query as they came */
};

struct wxl_headers {
    const char *name[WXL_HTTPD_HEADERS_MAX]; /* borrowed from the connection */
    const char *value[WXL_HTTPD_HEADERS_MAX];
    size_t count;
};

/* Listens on an address in digits (IPv4 or IPv6); port 0: the system chooses. `s` is zeroed and
 * stays where it is until wxl_httpd_stop, which may be called again and without a start; exchanges
 * that are still held then have no server. */
WXL_NODISCARD enum wxl_status wxl_httpd_start(struct wxl_httpd *s, const char *address,
                                              uint16_t port, size_t max_body,
                                              struct wxl_error *err);
void wxl_httpd_stop(struct wxl_httpd *s);

uint16_t wxl_httpd_port(const struct wxl_httpd *s);

/* A descriptor that is readable when wxl_httpd_run has something to do. */
int wxl_httpd_fd(const struct wxl_httpd *s);

/* Milliseconds after which it is to be called whatever the descriptor says; -1: never. */
int wxl_httpd_timeout(const struct wxl_httpd *s);

/* Does what can be done without waiting. */
void wxl_httpd_run(struct wxl_httpd *s);

/* Takes the oldest collected exchange; NULL when there is none. It is held until wxl_exchange_drop,
 * or until an answer that is not streamed. */
struct wxl_exchange *wxl_httpd_take(struct wxl_httpd *s);

/* Of an exchange that is held, unanswered and has its server: what came with it. */
void wxl_exchange_headers(struct wxl_exchange *x, struct wxl_headers *headers);
void wxl_exchange_remote(struct wxl_exchange *x, char *text, size_t room);

/* Begins the answer: body copied, headers to be added by the caller. With a length beyond that of
 * the body the answer is streamed. WXL_E_CLOSED when the client's connection has gone. */
WXL_NODISCARD enum wxl_status wxl_exchange_begin(struct wxl_exchange *x, unsigned int status,
                                                 const char *body, size_t n, uint64_t length);
WXL_NODISCARD enum wxl_status wxl_exchange_header(struct wxl_exchange *x, const char *name,
                                                  const char *value);

/* Lets the answer go. Returns whether it is streamed; when not, the exchange is no longer held. */
int wxl_exchange_answer(struct wxl_exchange *x);

/* Adds to a streamed answer. WXL_E_CLOSED when it is complete or the connection has gone. */
WXL_NODISCARD enum wxl_status wxl_exchange_send(struct wxl_exchange *x, const char *bytes,
                                                size_t n);

/* Releases it; an unanswered connection is closed (WXL_CLOSING) or reset (WXL_RESETTING). Returns
 * whether there was a connection left to do that to. */
int wxl_exchange_drop(struct wxl_exchange *x, enum wxl_verdict verdict);

#endif
