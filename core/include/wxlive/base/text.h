/* Text that people write, as UTF-8: its width on a screen, the length that the platform may count,
 * and its invisible characters. */
#ifndef WXLIVE_TEXT_H
#define WXLIVE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where the character at byte i of s ends, and its code point; 0 when it is not well-formed UTF-8
 * there (overlong forms and surrogates are not). */
size_t wxl_text_decode(const char *s, size_t len, size_t i, unsigned long *code);

/* The same with the character's width. */
size_t wxl_text_next(const char *s, size_t len, size_t i, unsigned *width);

/* The width of the whole in columns of a terminal: wide characters and emoji 2, combining marks and
 * joiners 0, others 1. On false *bad is the byte, from 0, where it is not UTF-8. */
bool wxl_text_width(const char *s, size_t len, size_t *width, size_t *bad);

/* The most that the platform may count a text as, against its limits of length. Its pages say "a
 * Chinese character is 2, any other 1"; punctuation that Chinese and Latin text share was seen to
 * count 2, and emoji more, as their bytes in GB18030 do. The least is the width. The text is UTF-8. */
size_t wxl_text_most_units(const char *s, size_t len);

/* The bytes [*from, *to) of s without the blanks at its ends: those of Unicode, line ends, byte
 * order marks and zero-width characters. Bytes that are not UTF-8 are not blank. */
void wxl_text_trim(const char *s, size_t len, size_t *from, size_t *to);

/* The first byte of the first character that cannot be seen and takes no room: a control, a line
 * end, a zero-width character or a mark of direction; *code is its code point. len when there is
 * none. Joiners inside emoji are part of what is seen. */
size_t wxl_text_find_hidden(const char *s, size_t len, unsigned long *code);

/* Whether it is one word: letters of ASCII, digits, "-" and "_", and not empty. */
bool wxl_text_is_word(const char *s, size_t len);

#ifdef __cplusplus
}
#endif

#endif
