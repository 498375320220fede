/* Width of UTF-8 text as the platform and terminals count it: wide characters 2, others 1.
 *
 * The platform's pages say "a Chinese character is 2, any other 1". How emoji count is documented
 * nowhere; they are wide on every screen and count 2 here. Combining marks and joiners count 0. */
#ifndef WXLIVE_TEXT_H
#define WXLIVE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where the character at byte i of s ends, and its width; 0 when it is not well-formed UTF-8 there
 * (overlong forms and surrogates are not). */
size_t wxl_text_next(const char *s, size_t len, size_t i, unsigned *width);

/* The width of the whole. On false *bad is the byte, from 0, where it is not UTF-8. */
bool wxl_text_width(const char *s, size_t len, size_t *width, size_t *bad);

/* Whether it is one word: letters of ASCII, digits, "-" and "_", and not empty. */
bool wxl_text_is_word(const char *s, size_t len);

#ifdef __cplusplus
}
#endif

#endif
