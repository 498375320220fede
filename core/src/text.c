#include <stdint.h>
#include "wxlive/text.h"

/* Ranges of code points that take two columns: East Asian wide and full-width forms, and emoji. */
static const struct {
    unsigned long first;
    unsigned long last;
} wide[] = {
    {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},
    {0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},
    {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
    {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

static unsigned width_of(unsigned long code)
{
    size_t i;

    if (code < 0x300) {
        return 1;
    }
    if (code <= 0x36f || code == 0x200d || (code >= 0xfe00 && code <= 0xfe0f)) {
        return 0;
    }
    for (i = 0; i < sizeof wide / sizeof wide[0]; i++) {
        if (code < wide[i].first) {
            return 1;
        }
        if (code <= wide[i].last) {
            return 2;
        }
    }
    return 1;
}

size_t wxl_text_next(const char *s, size_t len, size_t i, unsigned *width)
{
    static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)s[i];
    unsigned long code;
    size_t n;
    size_t k;

    if (lead < 0x80) {
        *width = 1;
        return i + 1;
    }
    n = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || n > len - i) {
        return 0;
    }
    code = lead & (0xffu >> (n + 1));
    for (k = 1; k < n; k++) {
        unsigned char c = (unsigned char)s[i + k];

        if (c < 0x80 || c > 0xbf) {
            return 0;
        }
        code = code << 6 | (c & 0x3f);
    }
    if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        return 0;
    }
    *width = width_of(code);
    return i + n;
}

bool wxl_text_width(const char *s, size_t len, size_t *width, size_t *bad)
{
    size_t i = 0;

    *width = 0;
    while (i < len) {
        unsigned w = 1;
        size_t after = i;

        while (after < len && (unsigned char)s[after] < 0x80) {
            after++;
        }
        *width += after - i; /* most text is plain, or has long plain stretches */
        i = after;
        if (i == len) {
            break;
        }
        after = wxl_text_next(s, len, i, &w);
        if (!after) {
            *bad = i;
            return false;
        }
        *width += w;
        i = after;
    }
    return true;
}

/* Letters, digits, '-' and '_': a bit for each of the first 128 characters. */
static const uint32_t word_bits[4] = {0, 0x03ff2000, 0x87fffffe, 0x07fffffe};

bool wxl_text_is_word(const char *s, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];

        if (c > 127 || !(word_bits[c >> 5] >> (c & 31) & 1)) {
            return false;
        }
    }
    return len > 0;
}
