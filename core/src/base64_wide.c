#include "base64_wide.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>
#include <string.h>

/* Characters of a step, which make 24 bytes; but whole vectors are written: the 8 bytes too many
 * must be within what the characters left behind make. */
#define STEP 32
#define LEFT 16

typedef unsigned char bytes32 __attribute__((vector_size(32)));

/* 4 values of 6 bits, one in a byte, become 3 bytes: first pairs of 12 bits, then fours of 24, then
 * their bytes are brought into the order and the place where they belong. */
__attribute__((target("avx2"))) static void pack(bytes32 values, unsigned char *out)
{
    const __m256i order = _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1,
                                           2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
    const __m256i place = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7);
    __m256i v = _mm256_maddubs_epi16((__m256i)values, _mm256_set1_epi16(0x0140));

    v = _mm256_madd_epi16(v, _mm256_set1_epi32(0x00011000));
    v = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(v, order), place);
    _mm256_storeu_si256((__m256i *)out, v);
}

__attribute__((target("avx2"))) static size_t decode(const unsigned char *in, size_t n,
                                                     unsigned char *out, unsigned *wrong)
{
    bytes32 known = (bytes32)_mm256_set1_epi8(-1);
    size_t i;

    for (i = 0; n - i >= STEP + LEFT; i += STEP) {
        bytes32 v;
        bytes32 upper;
        bytes32 lower;
        bytes32 digit;
        bytes32 plus;
        bytes32 slash;

        memcpy(&v, in + i, sizeof v);
        upper = (bytes32)((v >= 'A') & (v <= 'Z'));
        lower = (bytes32)((v >= 'a') & (v <= 'z'));
        digit = (bytes32)((v >= '0') & (v <= '9'));
        plus = (bytes32)(v == '+');
        slash = (bytes32)(v == '/');
        known &= upper | lower | digit | plus | slash;
        v -= (upper & 'A') | (lower & ('a' - 26));
        v += (digit & (52 - '0')) | (plus & (62 - '+')) | (slash & (63 - '/'));
        pack(v, out + i / 4 * 3);
    }
    *wrong |= (unsigned)~_mm256_movemask_epi8((__m256i)known);
    return i;
}

size_t wxl_base64_wide(const unsigned char *in, size_t n, unsigned char *out, unsigned *wrong)
{
    return n >= STEP + LEFT && __builtin_cpu_supports("avx2") ? decode(in, n, out, wrong) : 0;
}

#else

size_t wxl_base64_wide(const unsigned char *in, size_t n, unsigned char *out, unsigned *wrong)
{
    (void)in;
    (void)n;
    (void)out;
    (void)wrong;
    return 0;
}

#endif
