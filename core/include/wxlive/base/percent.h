/* Percent-encoding of everything but the unreserved characters of RFC 3986. */
#ifndef WXLIVE_PERCENT_H
#define WXLIVE_PERCENT_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How long the text becomes. */
size_t wxl_percent_length(const char *text, size_t len);

/* Writes it to out, which has room for wxl_percent_length bytes. Returns how many were written. */
size_t wxl_percent_encode(const char *text, size_t len, char *out);

#ifdef __cplusplus
}
#endif

#endif
