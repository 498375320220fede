/* Writing to a descriptor. */
#ifndef WXL_WRITE_H
#define WXL_WRITE_H

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

/* Writes all n bytes, also when a signal comes in between. -1 on failure, see errno. */
static inline int wxl_write_all(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;

    while (n > 0) {
        ssize_t k = write(fd, p, n);

        if (k >= 0) {
            p += k;
            n -= (size_t)k;
        } else if (errno != EINTR) {
            return -1;
        }
    }
    return 0;
}

#endif
