#include "wxlive/utf8.h"

#include <stdint.h>
#include <string.h>

/* Length of the character at p (at most n bytes follow), 0 when it is malformed. */
static size_t character(const unsigned char *p, size_t n)
{
    unsigned char lead = p[0];
    size_t len = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    unsigned char low = 0x80; /* range of the second byte */
    unsigned char high = 0xbf;
    size_t i;

    if (lead == 0 || (lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || len > n) {
        return 0;
    }
    if (lead == 0xe0) {
        low = 0xa0;
    } else if (lead == 0xed) {
        high = 0x9f;
    } else if (lead == 0xf0) {
        low = 0x90;
    } else if (lead == 0xf4) {
        high = 0x8f;
    }
    for (i = 1; i < len; i++) {
        if (p[i] < low || p[i] > high) {
            return 0;
        }
        low = 0x80;
        high = 0xbf;
    }
    return len;
}

/* Whether eight bytes are all ASCII and none is NUL. */
static int plain_eight(const unsigned char *p)
{
    const uint64_t high = UINT64_C(0x8080808080808080);
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t v;

    memcpy(&v, p, sizeof v);
    return ((v | (v - ones)) & high) == 0;
}

/* Most of Chinese: three bytes, no lead byte that restricts the second. */
static int usual_three(const unsigned char *p)
{
    return p[0] > 0xe0 && p[0] < 0xed && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80;
}

/* Vectors of the compiler, not of one processor: SSE2 and NEON are everywhere where it counts, and
 * elsewhere this is done in smaller pieces. Comparing gives all ones or zero for each byte. */
typedef unsigned char bytes16 __attribute__((vector_size(16)));

/* Whether fifteen bytes, of the sixteen there, are five of the usual three. Taking the marks off
 * (1110 before the first, 10 before the others) leaves 1 to 12 of a first byte, 0 to 63 of others,
 * and more than that of everything else. The sixteenth is not looked at. */
static int usual_fifteen(const unsigned char *p)
{
    static const bytes16 marks = {0xe0, 0x80, 0x80, 0xe0, 0x80, 0x80, 0xe0, 0x80,
                                  0x80, 0xe0, 0x80, 0x80, 0xe0, 0x80, 0x80, 0};
    static const bytes16 least = {1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0};
    static const bytes16 most = {12, 63, 63, 12, 63, 63, 12, 63, 63, 12, 63, 63, 12, 63, 63, 255};
    bytes16 v;
    uint64_t fine[2];

    memcpy(&v, p, sizeof v);
    v ^= marks;
    v = (bytes16)((v >= least) & (v <= most));
    memcpy(fine, &v, sizeof v);
    return (fine[0] & fine[1]) == UINT64_MAX;
}

int wxl_utf8_text(struct wxl_bytes text)
{
    const unsigned char *p = (const unsigned char *)text.p;
    size_t left = text.n;

    while (left > 0) {
        size_t len;

        if (left >= 8 && plain_eight(p)) {
            len = 8;
        } else if (left >= 16 && usual_fifteen(p)) {
            len = 15;
        } else if (left >= 3 && usual_three(p)) {
            len = 3;
        } else {
            len = character(p, left);
        }
        if (len == 0) {
            return 0;
        }
        p += len;
        left -= len;
    }
    return 1;
}
