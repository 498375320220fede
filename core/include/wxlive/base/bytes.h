/* A borrowed run of bytes: pointer and length, never NUL-terminated by promise. */
#ifndef WXLIVE_BYTES_H
#define WXLIVE_BYTES_H

#include <stddef.h>

struct wxl_bytes {
    const char *p; /* may be NULL only when n is 0 */
    size_t n;
};

#endif
