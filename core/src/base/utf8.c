#include "wxlive/base/utf8.h"

#include <stdint.h>
#include <string.h>

#include "wxlive/base/text.h"

size_t wxl_utf8_bom(struct wxl_bytes text)
{
    return text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* Length of the character at p (at most n bytes follow), 0 when it is malformed or a NUL. */
static size_t character(const unsigned char *p, size_t n)
{
    unsigned long code = 0;
    size_t len = wxl_text_decode((const char *)p, n, 0, &code);

    return code ? len : 0;
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

static int all(bytes16 v)
{
    uint64_t halves[2];

    memcpy(halves, &v, sizeof v);
    return (halves[0] & halves[1]) == UINT64_MAX;
}

/* Whether all sixteen are ASCII and none is NUL. */
static int plain_sixteen(bytes16 v)
{
    return all((bytes16)(v - 1 < 127));
}

/* Whether the first fifteen are five of the usual three. Taking the marks off (1110 before the
 * first of three, 10 before the others) leaves 1 to 12 of a first byte, 0 to 63 of others, and more
 * than that of everything else. */
static int usual_fifteen(bytes16 v)
{
    static const bytes16 marks = {0xe0, 0x80, 0x80, 0xe0, 0x80, 0x80, 0xe0, 0x80,
                                  0x80, 0xe0, 0x80, 0x80, 0xe0, 0x80, 0x80, 0};
    static const bytes16 least = {1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0};
    static const bytes16 most = {12, 63, 63, 12, 63, 63, 12, 63, 63, 12, 63, 63, 12, 63, 63, 255};

    v ^= marks;
    return all((bytes16)((v >= least) & (v <= most)));
}

/* The length of plain text at p, of which at least one byte is left: as far as one step can decide.
 * 0 when it is not text. */
static size_t one_look(const unsigned char *p, size_t left)
{
    if (left >= sizeof(bytes16)) {
        bytes16 v;

        memcpy(&v, p, sizeof v);
        if (plain_sixteen(v)) {
            return 16;
        }
        if (usual_fifteen(v)) {
            return 15;
        }
    }
    if (left >= 8 && plain_eight(p)) {
        return 8;
    }
    return left >= 3 && usual_three(p) ? 3 : character(p, left);
}

int wxl_utf8_text(struct wxl_bytes text)
{
    const unsigned char *p = (const unsigned char *)text.p;
    size_t left = text.n;

    while (left > 0) {
        size_t len = one_look(p, left);

        if (len == 0) {
            return 0;
        }
        p += len;
        left -= len;
    }
    return 1;
}
