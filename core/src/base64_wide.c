#include "base64_wide.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

/* Characters of a step, which make 24 bytes; but whole vectors are written: the 8 bytes too many
 * must be within what the characters left behind make. */
#define STEP 32
#define LEFT 16

/* 4 values of 6 bits, one in a byte, become 3 bytes: first pairs of 12 bits, then fours of 24, then
 * their bytes are brought into the order and the place where they belong. */
__attribute__((target("avx2"))) static void pack(__m256i values, unsigned char *out)
{
    const __m256i order = _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1,
                                           2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
    const __m256i place = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7);
    __m256i v = _mm256_maddubs_epi16(values, _mm256_set1_epi16(0x0140));

    v = _mm256_madd_epi16(v, _mm256_set1_epi32(0x00011000));
    v = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(v, order), place);
    _mm256_storeu_si256((__m256i *)out, v);
}

/* A table of sixteen bytes in both halves, as the processor looks things up. */
#define TABLE(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)

/* After Mula and Lemire, "Faster Base64 Encoding and Decoding Using AVX2 Instructions" (2018): a
 * character is looked up by its upper and by its lower half. The upper one tells the kind of
 * character, as a bit, and what is to be added; the lower one tells with which kinds it is none. */
__attribute__((target("avx2"))) static size_t decode(const unsigned char *in, size_t n,
                                                     unsigned char *out, unsigned *wrong)
{
    /* 1: 2x, + and /; 2: 3x, digits; 4: 4x and 6x, A to O; 8: 5x and 7x, P to Z; 16: no base64 */
    const __m256i kinds = TABLE(16, 16, 1, 2, 4, 8, 4, 8, 16, 16, 16, 16, 16, 16, 16, 16);
    const __m256i not_in =
        TABLE(1 | 4 | 16, 17, 17, 17, 17, 17, 17, 17, 17, 17, 1 | 2 | 16, 2 | 8 | 16,
              1 | 2 | 8 | 16, 1 | 2 | 8 | 16, 1 | 2 | 8 | 16, 2 | 8 | 16);
    /* the slash stands beside its kind, at 1 */
    const __m256i shift = TABLE(0, 63 - '/', 62 - '+', 52 - '0', -'A', -'A', 26 - 'a', 26 - 'a', 0,
                                0, 0, 0, 0, 0, 0, 0);
    const __m256i half = _mm256_set1_epi8(15);
    const __m256i slash = _mm256_set1_epi8('/');
    __m256i bad = _mm256_setzero_si256();
    size_t i;

    for (i = 0; n - i >= STEP + LEFT; i += STEP) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(in + i));
        __m256i upper = _mm256_and_si256(_mm256_srli_epi32(v, 4), half);
        __m256i lower = _mm256_and_si256(v, half);
        __m256i at = _mm256_add_epi8(upper, _mm256_cmpeq_epi8(v, slash));

        bad = _mm256_or_si256(bad, _mm256_and_si256(_mm256_shuffle_epi8(kinds, upper),
                                                    _mm256_shuffle_epi8(not_in, lower)));
        pack(_mm256_add_epi8(v, _mm256_shuffle_epi8(shift, at)), out + i / 4 * 3);
    }
    *wrong |= !_mm256_testz_si256(bad, bad);
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
