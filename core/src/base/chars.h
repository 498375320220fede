/* Classes of characters, whatever the locale; most are of RFC 9110. */
#ifndef WXL_CHARS_H
#define WXL_CHARS_H

#include <stddef.h>
#include <string.h>

static inline int wxl_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline int wxl_is_alnum(char c)
{
    return wxl_is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The value of a hexadecimal digit, or -1. */
static inline int wxl_hex_value(char c)
{
    if (wxl_is_digit(c)) {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* tchar: what methods and field names are made of */
static inline int wxl_is_token(const char *s, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (!wxl_is_alnum(s[i]) && (s[i] == '\0' || !strchr("!#$%&'*+-.^_`|~", s[i]))) {
            return 0;
        }
    }
    return n > 0;
}

/* Field values and reason phrases: everything but control characters, the tab excepted. */
static inline int wxl_is_text(const char *s, size_t n)
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

/* Takes the blanks around a field's value away, and the end of its line. */
static inline void wxl_trim_value(const char **s, size_t *n)
{
    while (*n > 0 && (**s == ' ' || **s == '\t')) {
        (*s)++;
        (*n)--;
    }
    while (*n > 0 && (*s)[*n - 1] != '\0' && strchr(" \t\r\n", (*s)[*n - 1])) {
        (*n)--;
    }
}

/* Targets, hosts and tokens: visible ASCII. */
static inline int wxl_is_visible(const char *s, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if ((unsigned char)s[i] <= 0x20 || (unsigned char)s[i] >= 0x7f) {
            return 0;
        }
    }
    return n > 0;
}

static inline char wxl_lower(char c)
{
    if (c >= 'A' && c <= 'Z') {
        c = (char)(c | 0x20);
    }
    return c;
}

/* Whether s is `word` (lower case) in any mixture of cases. */
static inline int wxl_is_word(const char *s, size_t n, const char *word)
{
    size_t i;

    for (i = 0; i < n && word[i]; i++) {
        if (wxl_lower(s[i]) != word[i]) {
            return 0;
        }
    }
    return i == n && !word[i];
}

#endif
