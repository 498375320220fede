#include "wxlive/base/digits.h"

bool wxl_digits_only(const char *text, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
    }
    return len > 0;
}

bool wxl_digits_read(const char *text, size_t len, int64_t *value)
{
    bool negative = len > 0 && text[0] == '-';
    uint64_t most = (uint64_t)INT64_MAX + negative;
    uint64_t n = 0;
    size_t i;

    if (!wxl_digits_only(text + negative, len - negative)) {
        return false;
    }
    for (i = negative; i < len; i++) {
        unsigned digit = (unsigned char)text[i] - (unsigned)'0';

        if (n > (most - digit) / 10) {
            return false;
        }
        n = n * 10 + digit;
    }
    *value = negative ? (int64_t)(0 - n) : (int64_t)n;
    return true;
}

void wxl_digits_hex(const unsigned char *bytes, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    size_t i;

    for (i = 0; i < n; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * n] = '\0';
}
