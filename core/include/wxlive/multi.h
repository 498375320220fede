/* Many HTTP exchanges at a time, on libcurl's multi handle: one thread, no callbacks.
 *
 * Start exchanges, poll, and take the finished ones until there are none. Connections are shared by
 * all that is started on one multi, kept from one exchange to the next, and bounded in number;
 * exchanges beyond the bound wait for their turn. Over HTTP/2 they share one connection.
 *
 * A multi belongs to one thread at a time. It may outlive the clients that were used with it. */
#ifndef WXLIVE_MULTI_H
#define WXLIVE_MULTI_H

#include <stdbool.h>
#include <stdint.h>

#include "wxlive/http.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WXL_MULTI_CONNECTIONS 64 /* the default */

struct wxl_multi;

/* Makes a multi that opens max_connections at most (0: WXL_MULTI_CONNECTIONS). *out is NULL on
 * failure, else freed with wxl_multi_free. */
WXL_NODISCARD enum wxl_status wxl_multi_new(struct wxl_multi **out, long max_connections,
                                            struct wxl_error *err);

/* Aborts the exchanges that are under way (the peers may have acted on them) and closes the
 * connections. NULL is accepted. */
void wxl_multi_free(struct wxl_multi *m);

/* Begins an exchange with the client's settings. The request is borrowed, with all it points to,
 * until wxl_multi_next has given out its tag. Nothing is begun on failure. */
WXL_NODISCARD enum wxl_status wxl_multi_start(struct wxl_multi *m, struct wxl_http *client,
                                              const struct wxl_http_request *request, uint64_t tag,
                                              struct wxl_error *err);

/* Waits until something can be done, or timeout_ms have passed (0: does not wait), and does it. */
WXL_NODISCARD enum wxl_status wxl_multi_poll(struct wxl_multi *m, int timeout_ms,
                                             struct wxl_error *err);

/* Takes one finished exchange: true, its tag, its outcome as of wxl_http_perform, and its times.
 * What *out points to is good until the next call on this multi. False when none is finished. */
bool wxl_multi_next(struct wxl_multi *m, uint64_t *tag, enum wxl_status *st,
                    struct wxl_http_response *out, struct wxl_http_timing *timing,
                    struct wxl_error *err);

/* Exchanges that were started and not yet taken. */
size_t wxl_multi_active(const struct wxl_multi *m);

/* For a foreign event loop: descriptors to watch (up to max; the count comes back in *n, and may be
 * larger than max), and how long it may sleep at most, in ms. Call wxl_multi_poll with 0 when one
 * is ready or the time is over. */
struct wxl_multi_fd {
    int fd;
    bool read;
    bool write;
};
WXL_NODISCARD enum wxl_status wxl_multi_watch(struct wxl_multi *m, struct wxl_multi_fd *fds,
                                              size_t max, size_t *n, long *timeout_ms,
                                              struct wxl_error *err);

#ifdef __cplusplus
}
#endif

#endif
