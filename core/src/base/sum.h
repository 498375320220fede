/* FNV-1a: distinguishes texts and detects damage, but does not protect from an attacker. */
#ifndef WXL_SUM_H
#define WXL_SUM_H

#include <stddef.h>
#include <stdint.h>

#define WXL_SUM_START UINT64_C(14695981039346656037)

/* The sum of what was summed before and of these bytes behind it. */
static inline uint64_t wxl_sum(uint64_t sum, const char *text, size_t len)
{
    for (; len; text++, len--) {
        sum = (sum ^ (unsigned char)*text) * UINT64_C(1099511628211);
    }
    return sum;
}

#endif
