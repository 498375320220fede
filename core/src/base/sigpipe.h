/* Writing into a connection that the peer has closed raises SIGPIPE, which ends a process that has
 * not asked otherwise. libcurl before 7.87 lets it through from TLS when it is told to keep its
 * hands off signals, as threads need it. The signal's handling belongs to the host, so it is only
 * held back, in this thread, round a call that may write. */
#ifndef WXL_SIGPIPE_H
#define WXL_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>

struct wxl_sigpipe {
    sigset_t before;
    bool held; /* false: it could not be held back, or was pending already and is left alone */
};

void wxl_sigpipe_hold(struct wxl_sigpipe *s);

/* Swallows what came meanwhile and puts the mask back. errno is kept. */
void wxl_sigpipe_release(struct wxl_sigpipe *s);

#endif
