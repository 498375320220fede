/* Base64 by vectors, where the processor has them. */
#ifndef WXL_BASE64_WIDE_H
#define WXL_BASE64_WIDE_H

#include <stddef.h>

/* Decodes from the front of n characters as many as go in whole vectors, always leaving some for
 * the caller; none where there are no vectors. Returns how many (a multiple of 4; 3/4 as many bytes
 * are written, and what follows them in out, up to n / 4 * 3 - 3, may be overwritten). Characters
 * that are no base64 set *wrong. Fast, but not in constant time: for what is no secret. */
size_t wxl_base64_wide(const unsigned char *in, size_t n, unsigned char *out, unsigned *wrong);

#endif
