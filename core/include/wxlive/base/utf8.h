/* Whether bytes are text. */
#ifndef WXLIVE_UTF8_H
#define WXLIVE_UTF8_H

#include "wxlive/base/bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How many bytes a byte order mark at the beginning takes: 3, or 0 when there is none. It is not a
 * part of the text: readers of text that came from elsewhere begin behind it. */
size_t wxl_utf8_bom(struct wxl_bytes text);

/* 1 when the bytes are well-formed UTF-8 (no overlong forms, no surrogates) without NUL, else 0. */
int wxl_utf8_text(struct wxl_bytes text);

#ifdef __cplusplus
}
#endif

#endif
