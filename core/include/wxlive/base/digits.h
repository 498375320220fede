/* Decimal and hexadecimal digits. */
#ifndef WXLIVE_DIGITS_H
#define WXLIVE_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whether the text is digits, at least one, and nothing else. */
bool wxl_digits_only(const char *text, size_t len);

/* Reads digits, with or without a minus before them. False, and *value untouched, for any other text
 * and for a number beyond 64 bits. */
bool wxl_digits_read(const char *text, size_t len, int64_t *value);

/* Writes n bytes as 2 * n lower-case digits and a NUL. */
void wxl_digits_hex(const unsigned char *bytes, size_t n, char *out);

#ifdef __cplusplus
}
#endif

#endif
