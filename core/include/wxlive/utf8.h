/* Whether bytes are text. */
#ifndef WXLIVE_UTF8_H
#define WXLIVE_UTF8_H

#include "wxlive/bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

/* 1 when the bytes are well-formed UTF-8 (no overlong forms, no surrogates) without NUL, else 0. */
int wxl_utf8_text(struct wxl_bytes text);

#ifdef __cplusplus
}
#endif

#endif
