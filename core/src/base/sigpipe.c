#include "base/sigpipe.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

void wxl_sigpipe_hold(struct wxl_sigpipe *s)
{
    sigset_t set;

    s->held = false;
    if (sigpending(&set) != 0 || sigismember(&set, SIGPIPE)) {
        return;
    }
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGPIPE);
    s->held = pthread_sigmask(SIG_BLOCK, &set, &s->before) == 0;
}

void wxl_sigpipe_release(struct wxl_sigpipe *s)
{
    const struct timespec now = {0, 0};
    int saved = errno;
    sigset_t set;

    if (!s->held) {
        return;
    }
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGPIPE);
    while (sigtimedwait(&set, NULL, &now) == -1 && errno == EINTR) {
    }
    (void)pthread_sigmask(SIG_SETMASK, &s->before, NULL);
    errno = saved;
}
