#include <stdint.h>
#include "wxlive/base/text.h"

struct range {
    unsigned long first;
    unsigned long last;
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* Characters that take two columns: wide and full-width forms of East Asia, and the emoji that are
 * shown as pictures without being asked to (Unicode 15, EastAsianWidth W and F). */
static const struct range wide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},
    {0x23f0, 0x23f0},   {0x23f3, 0x23f3},   {0x25fd, 0x25fe},   {0x2614, 0x2615},
    {0x2648, 0x2653},   {0x267f, 0x267f},   {0x2693, 0x2693},   {0x26a1, 0x26a1},
    {0x26aa, 0x26ab},   {0x26bd, 0x26be},   {0x26c4, 0x26c5},   {0x26ce, 0x26ce},
    {0x26d4, 0x26d4},   {0x26ea, 0x26ea},   {0x26f2, 0x26f3},   {0x26f5, 0x26f5},
    {0x26fa, 0x26fa},   {0x26fd, 0x26fd},   {0x2705, 0x2705},   {0x270a, 0x270b},
    {0x2728, 0x2728},   {0x274c, 0x274c},   {0x274e, 0x274e},   {0x2753, 0x2755},
    {0x2757, 0x2757},   {0x2795, 0x2797},   {0x27b0, 0x27b0},   {0x27bf, 0x27bf},
    {0x2b1b, 0x2b1c},   {0x2b50, 0x2b50},   {0x2b55, 0x2b55},   {0x2e80, 0x303e},
    {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xa000, 0xa4cf},
    {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe10, 0xfe19},
    {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x16fe0, 0x18aff},
    {0x1b000, 0x1b2ff}, {0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f18e},
    {0x1f191, 0x1f19a}, {0x1f200, 0x1f320}, {0x1f32d, 0x1f335}, {0x1f337, 0x1f37c},
    {0x1f37e, 0x1f393}, {0x1f3a0, 0x1f3ca}, {0x1f3cf, 0x1f3d3}, {0x1f3e0, 0x1f3f0},
    {0x1f3f4, 0x1f3f4}, {0x1f3f8, 0x1f43e}, {0x1f440, 0x1f440}, {0x1f442, 0x1f4fc},
    {0x1f4ff, 0x1f53d}, {0x1f54b, 0x1f54e}, {0x1f550, 0x1f567}, {0x1f57a, 0x1f57a},
    {0x1f595, 0x1f596}, {0x1f5a4, 0x1f5a4}, {0x1f5fb, 0x1f64f}, {0x1f680, 0x1f6c5},
    {0x1f6cc, 0x1f6cc}, {0x1f6d0, 0x1f6d2}, {0x1f6d5, 0x1f6d7}, {0x1f6dc, 0x1f6df},
    {0x1f6eb, 0x1f6ec}, {0x1f6f4, 0x1f6fc}, {0x1f7e0, 0x1f7eb}, {0x1f7f0, 0x1f7f0},
    {0x1f90c, 0x1f93a}, {0x1f93c, 0x1f945}, {0x1f947, 0x1f9ff}, {0x1fa70, 0x1faff},
    {0x20000, 0x3fffd},
};

/* Blanks and invisible characters: at the ends of a text they mean nothing. */
static const struct range blank[] = {
    {0x09, 0x0d},     {0x20, 0x20},     {0x85, 0x85},     {0xa0, 0xa0},     {0xad, 0xad},
    {0x61c, 0x61c},   {0x115f, 0x1160}, {0x1680, 0x1680}, {0x180e, 0x180e}, {0x2000, 0x200f},
    {0x2028, 0x202f}, {0x205f, 0x206f}, {0x2800, 0x2800}, {0x3000, 0x3000}, {0x3164, 0x3164},
    {0xfeff, 0xfeff}, {0xffa0, 0xffa0},
};

/* Characters without a picture and without a width: controls, line ends, zero-width characters and
 * marks of direction. Two texts that differ in one of them look alike. */
static const struct range hidden[] = {
    {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},     {0x115f, 0x1160},
    {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},   {0x3164, 0x3164},
    {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
};

static bool is_in(const struct range *table, size_t count, unsigned long code)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (code > table[middle].last) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && code >= table[low].first;
}

/* Most characters of the texts here that are not plain: they are wide, and in no other table. */
static bool is_ideograph(unsigned long code)
{
    return code >= 0x4e00 && code <= 0x9fff;
}

static unsigned width_of(unsigned long code)
{
    if (code < 0x300) {
        return 1;
    }
    if (is_ideograph(code)) {
        return 2;
    }
    if (code <= 0x36f || code == 0x200d || (code >= 0xfe00 && code <= 0xfe0f)) {
        return 0;
    }
    return is_in(wide, COUNT(wide), code) ? 2 : 1;
}

static bool goes_on(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

size_t wxl_text_decode(const char *s, size_t len, size_t i, unsigned long *code)
{
    static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)s[i];
    size_t n;
    size_t k;

    if (lead < 0x80) {
        *code = lead;
        return i + 1;
    }
    n = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || n > len - i) {
        return 0;
    }
    *code = lead & (0xffu >> (n + 1));
    for (k = 1; k < n; k++) {
        unsigned char c = (unsigned char)s[i + k];

        if (!goes_on(s[i + k])) {
            return 0;
        }
        *code = *code << 6 | (c & 0x3f);
    }
    if (*code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff)) {
        return 0;
    }
    return i + n;
}

size_t wxl_text_next(const char *s, size_t len, size_t i, unsigned *width)
{
    unsigned long code = 0;
    size_t after = wxl_text_decode(s, len, i, &code);

    if (after) {
        *width = width_of(code);
    }
    return after;
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

size_t wxl_text_most_units(const char *s, size_t len)
{
    size_t units = 0;
    size_t i;

    for (i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];

        if (c < 0x80) {
            units += 1;
        } else if (c >= 0xc0) { /* the first byte of a longer character */
            units += c >= 0xf0 ? 4 : 2;
        }
    }
    return units;
}

/* Where the character that ends before byte `end` begins; `end` itself when it is not UTF-8. */
static size_t step_back(const char *s, size_t end, unsigned long *code)
{
    size_t at = end - 1;

    while (at > 0 && end - at < 4 && ((unsigned char)s[at] & 0xc0) == 0x80) {
        at--;
    }
    return wxl_text_decode(s, end, at, code) == end ? at : end;
}

void wxl_text_trim(const char *s, size_t len, size_t *from, size_t *to)
{
    unsigned long code = 0;
    size_t first = 0;
    size_t last = len;

    while (first < last) {
        size_t after = wxl_text_decode(s, last, first, &code);

        if (!after || !is_in(blank, COUNT(blank), code)) {
            break;
        }
        first = after;
    }
    while (last > first) {
        size_t before = step_back(s, last, &code);

        if (before == last || !is_in(blank, COUNT(blank), code)) {
            break;
        }
        last = before;
    }
    *from = first;
    *to = last;
}

/* Joiners and tags belong to the emoji before them: families, professions, some flags. */
static bool continues_emoji(unsigned long code, unsigned long before)
{
    return (code == 0x200d || (code >= 0xe0020 && code <= 0xe007f)) &&
           (before >= 0x1f000 || before == 0xfe0f || (before >= 0x2190 && before < 0x2c00));
}

size_t wxl_text_find_hidden(const char *s, size_t len, unsigned long *code)
{
    unsigned long before = 0;
    size_t i = 0;

    while (i < len) {
        unsigned char c = (unsigned char)s[i];
        size_t after;

        if (c >= 0x20 && c < 0x7f) {
            before = c;
            i++;
            continue;
        }
        after = wxl_text_decode(s, len, i, code);
        if (!after) {
            *code = before = 0;
            i++;
            continue;
        }
        if (!is_ideograph(*code) && is_in(hidden, COUNT(hidden), *code) &&
            !continues_emoji(*code, before)) {
            return i;
        }
        before = *code;
        i = after;
    }
    return len;
}

/* Letters, digits, '-' and '_'. */
static const bool in_word[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0,
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1,
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0,
};

bool wxl_text_is_word(const char *s, size_t len)
{
    const char *end = s + len;

    while (s < end && in_word[(unsigned char)*s]) {
        s++;
    }
    return s == end && len > 0;
}
