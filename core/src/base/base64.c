#include "wxlive/base/base64.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#define AES_KEY_CHARS 43

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#define BAD 0x80
#define B8 BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD
#define B32 B8, B8, B8, B8

static const unsigned char values[256] = {
    B32,
    B8, BAD, BAD, BAD, 62, BAD, BAD, BAD, 63,                    /* + and / */
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, BAD, BAD, BAD, BAD, BAD, BAD,
    BAD, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, BAD, BAD, BAD, BAD, BAD,
    BAD, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, BAD, BAD, BAD, BAD, BAD,
    B32, B32, B32, B32,
};

size_t wxl_base64_decoded_max(size_t n)
{
    return n / 4 * 3;
}

size_t wxl_base64_encoded_size(size_t n)
{
    return (n + 2) / 3 * 4;
}

static void put_three(unsigned a, unsigned b, unsigned c, unsigned d, unsigned char *to)
{
    to[0] = (unsigned char)(a << 2 | b >> 4);
    to[1] = (unsigned char)(b << 4 | c >> 2);
    to[2] = (unsigned char)(c << 6 | d);
}

/* The last four characters: the only ones that may hold padding. Returns how many of the three
 * bytes count, 0 when they are not strict. */
static size_t decode_last(const unsigned char *s, unsigned char *out)
{
    unsigned padding = s[3] != '=' ? 0 : s[2] != '=' ? 1 : 2;
    unsigned a = values[s[0]];
    unsigned b = values[s[1]];
    unsigned c = padding < 2 ? values[s[2]] : 0;
    unsigned d = padding < 1 ? values[s[3]] : 0;
    unsigned spare = padding == 2 ? b & 15 : padding == 1 ? c & 3 : 0;

    put_three(a, b, c, d, out);
    return (a | b | c | d) & BAD || spare ? 0 : 3 - padding;
}

enum wxl_status wxl_base64_decode(const char *s, size_t n, unsigned char *out, size_t *out_len)
{
    const unsigned char *in = (const unsigned char *)s;
    const unsigned char *last;
    unsigned char *to = out;
    unsigned wrong = 0;
    size_t tail;

    *out_len = 0;
    if (n == 0) {
        return WXL_OK;
    }
    if (n % 4 != 0) {
        return WXL_E_FORMAT;
    }
    last = in + n - 4;
    for (; in < last; in += 4, to += 3) {
        unsigned a = values[in[0]];
        unsigned b = values[in[1]];
        unsigned c = values[in[2]];
        unsigned d = values[in[3]];

        wrong |= a | b | c | d;
        put_three(a, b, c, d, to);
    }
    tail = decode_last(last, to);
    if (wrong & BAD || tail == 0) {
        return WXL_E_FORMAT;
    }
    *out_len = (size_t)(to - out) + tail;
    return WXL_OK;
}

enum wxl_status wxl_base64_append(struct wxl_buf *out, const void *p, size_t n)
{
    size_t chars = wxl_base64_encoded_size(n);
    enum wxl_status st;
    char *at = wxl_buf_reserve(out, chars, &st);

    if (at) {
        wxl_base64_encode(p, n, at);
        wxl_buf_commit(out, chars);
    }
    return at ? WXL_OK : st;
}

void wxl_base64_encode(const unsigned char *p, size_t n, char *out)
{
    EVP_EncodeBlock((unsigned char *)out, p, (int)n);
}

enum wxl_status wxl_base64_decode_aes_key(const char *s, size_t n, unsigned char key[32])
{
    char text[AES_KEY_CHARS + 1];
    unsigned char bytes[33];
    unsigned last;
    size_t len = 0;
    enum wxl_status st;

    if (n != AES_KEY_CHARS) {
        return WXL_E_FORMAT;
    }
    last = values[(unsigned char)s[AES_KEY_CHARS - 1]];
    if (last & BAD) {
        return WXL_E_FORMAT;
    }
    memcpy(text, s, AES_KEY_CHARS);
    text[AES_KEY_CHARS] = '=';
    text[AES_KEY_CHARS - 1] = alphabet[last & 0x3c]; /* the spare bits cleared */
    st = wxl_base64_decode(text, sizeof text, bytes, &len);
    if (st == WXL_OK) {
        memcpy(key, bytes, 32);
    }
    OPENSSL_cleanse(text, sizeof text);
    OPENSSL_cleanse(bytes, sizeof bytes);
    return st;
}
