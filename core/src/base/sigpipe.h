/* Writing into a connection that the peer has closed raises SIGPIPE, which ends a process by
 * default. With CURLOPT_NOSIGNAL, which threads need, libcurl before 7.87 lets it through from TLS.
 * The handling of the signal belongs to the host program, therefore it is only blocked in this
 * thread during a call that may write. */
#ifndef WXL_SIGPIPE_H
#define WXL_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>

struct wxl_sigpipe {
    sigset_t before;
    bool held; /* false: it could not be held back, or was pending already and is left alone */
};

void wxl_sigpipe_hold(struct wxl_sigpipe *s);

/* Discards a signal that came meanwhile and restores the mask. errno is kept. */
void wxl_sigpipe_release(struct wxl_sigpipe *s);

#endif
