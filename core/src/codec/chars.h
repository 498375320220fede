/* Character classes of RFC 9110 that writer and reader share. */
#ifndef WXL_CODEC_CHARS_H
#define WXL_CODEC_CHARS_H

#include <stddef.h>
#include <string.h>

static inline int codec_is_alnum(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* tchar: what methods and field names are made of */
static inline int codec_is_token(const char *s, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];

        if (!codec_is_alnum(c) && c != '-' && (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c))) {
            return 0;
        }
    }
    return n > 0;
}

/* Field values and reason phrases: everything but control characters, the tab excepted. */
static inline int codec_is_text(const char *s, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return 0;
        }
    }
    return 1;
}

/* Targets and hosts: visible ASCII. */
static inline int codec_is_visible(const char *s, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if ((unsigned char)s[i] <= 0x20 || (unsigned char)s[i] >= 0x7f) {
            return 0;
        }
    }
    return n > 0;
}

static inline char codec_lower(char c)
{
    if (c >= 'A' && c <= 'Z') {
        c = (char)(c | 0x20);
    }
    return c;
}

/* Whether s is `word` (lower case) in any mixture of cases. */
static inline int codec_is_word(const char *s, size_t n, const char *word)
{
    size_t i;

    for (i = 0; i < n && word[i]; i++) {
        if (codec_lower(s[i]) != word[i]) {
            return 0;
        }
    }
    return i == n && !word[i];
}

#endif
