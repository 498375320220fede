#include "wxlive/base/percent.h"

#include <stdbool.h>

#include "base/chars.h"

static bool is_unreserved(char c)
{
    return wxl_is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

size_t wxl_percent_length(const char *text, size_t len)
{
    size_t n = len;
    size_t i;

    for (i = 0; i < len; i++) {
        n += is_unreserved(text[i]) ? 0 : 2;
    }
    return n;
}

size_t wxl_percent_encode(const char *text, size_t len, char *out)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t n = 0;
    size_t i;

    for (i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (is_unreserved(text[i])) {
            out[n++] = text[i];
        } else {
            out[n] = '%';
            out[n + 1] = hex[c >> 4];
            out[n + 2] = hex[c & 15];
            n += 3;
        }
    }
    return n;
}
