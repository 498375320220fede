/* The system's clocks. */
#ifndef WXLIVE_CLOCK_H
#define WXLIVE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds by one of the clocks, such as CLOCK_MONOTONIC. */
static inline int64_t wxl_clock_ms(clockid_t id)
{
    struct timespec ts = {0, 0};

    (void)clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* The clock that never goes back. The time for which the machine was asleep counts where the system
 * can tell. */
static inline struct timespec wxl_clock_steady(void)
{
    struct timespec ts = {0, 0};

#ifdef CLOCK_BOOTTIME
    if (clock_gettime(CLOCK_BOOTTIME, &ts) == 0) {
        return ts;
    }
#endif
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts;
}

#endif
