#include "wxlive/message.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <string.h>

#include "base/crypto.h"
#include "wxlive/base/alloc.h"
#include "wxlive/base/base64.h"
#include "wxlive/base/digits.h"

#define KEY_LEN 32
#define IV_LEN 16
#define BLOCK 32      /* of the padding; AES has blocks of 16 */
#define HEAD 20       /* random bytes and length */
#define FIELD_MAX 128 /* token and appid */
#define MAX_CEILING ((size_t)64 * 1024 * 1024)
#define SHA1_LEN 20

static const char uniform[] = "the message cannot be opened with this key and appid";

struct wxl_message {
    EVP_MD *sha1;
    EVP_MD_CTX *digest;
    EVP_CIPHER *cipher;
    /* Keyed once: a key schedule costs more than the rest. */
    EVP_CIPHER_CTX *open_current;
    EVP_CIPHER_CTX *open_previous;
    EVP_CIPHER_CTX *seal;
    unsigned char seal_iv[IV_LEN];
    struct wxl_bytes token; /* in token_text */
    struct wxl_bytes appid; /* in appid_text */
    char token_text[FIELD_MAX];
    char appid_text[FIELD_MAX];
    size_t max;
    unsigned char *cipher_text; /* scratch: base64 decoded */
    unsigned char *plain;       /* scratch: frame; holds what was decrypted last */
    size_t scratch;             /* size of each */
};

/* ---- signature ---------------------------------------------------------------------------------
 */

/* Bytewise order. The token is among the parts and a stranger chooses others, so the time must not
 * reveal how many leading bytes two of them share: every byte of the shorter one is compared. */
static int part_compare(const struct wxl_bytes *a, const struct wxl_bytes *b)
{
    size_t n = a->n < b->n ? a->n : b->n;
    int order = 0;
    size_t i;

    for (i = 0; i < n; i++) {
        int difference = (unsigned char)a->p[i] - (unsigned char)b->p[i];
        int undecided = -(order == 0);

        order |= difference & undecided;
    }
    if (order != 0) {
        return order;
    }
    return (a->n > b->n) - (a->n < b->n);
}

static void parts_sort(struct wxl_bytes *parts, size_t count)
{
    size_t i;
    size_t j;

    for (i = 1; i < count; i++) {
        struct wxl_bytes part = parts[i];

        for (j = i; j > 0 && part_compare(&parts[j - 1], &part) > 0; j--) {
            parts[j] = parts[j - 1];
        }
        parts[j] = part;
    }
}

/* Signs the parts and the token, which may be empty. */
static enum wxl_status sign_parts(EVP_MD_CTX *ctx, const EVP_MD *sha1, struct wxl_bytes token,
                                  const struct wxl_bytes *parts, size_t count, char *hex,
                                  struct wxl_error *err)
{
    struct wxl_bytes sorted[WXL_SIGNATURE_PARTS_MAX + 1];
    unsigned char md[SHA1_LEN];
    size_t i;
    int ok;

    if (count > WXL_SIGNATURE_PARTS_MAX - (token.n > 0)) {
        return wxl_fail(err, WXL_E_LIMIT, 0, "too many parts to sign");
    }
    sorted[0] = token;
    if (count > 0) {
        memcpy(sorted + 1, parts, count * sizeof *parts);
    }
    parts_sort(sorted, count + 1);
    ok = EVP_DigestInit_ex2(ctx, sha1, NULL);
    for (i = 0; ok && i <= count; i++) {
        ok = sorted[i].n == 0 || EVP_DigestUpdate(ctx, sorted[i].p, sorted[i].n);
    }
    if (!ok || !EVP_DigestFinal_ex(ctx, md, NULL)) {
        return wxl_crypto_fail(err, WXL_E_CRYPTO, "sha1");
    }
    wxl_digits_hex(md, SHA1_LEN, hex);
    return WXL_OK;
}

enum wxl_status wxl_message_sha1(const struct wxl_bytes *parts, size_t count,
                                 char hex[WXL_SIGNATURE_CHARS + 1], struct wxl_error *err)
{
    const struct wxl_bytes none = {"", 0};
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    enum wxl_status st;

    if (!ctx) {
        return wxl_crypto_fail(err, WXL_E_NOMEM, "sha1");
    }
    st = sign_parts(ctx, EVP_sha1(), none, parts, count, hex, err);
    EVP_MD_CTX_free(ctx);
    return st;
}

enum wxl_status wxl_message_sign(struct wxl_message *m, const struct wxl_bytes *parts, size_t count,
                                 char hex[WXL_SIGNATURE_CHARS + 1], struct wxl_error *err)
{
    return sign_parts(m->digest, m->sha1, m->token, parts, count, hex, err);
}

enum wxl_status wxl_message_verify(struct wxl_message *m, const struct wxl_bytes *parts,
                                   size_t count, struct wxl_bytes given, struct wxl_error *err)
{
    char hex[WXL_SIGNATURE_CHARS + 1];
    enum wxl_status st = wxl_message_sign(m, parts, count, hex, err);

    if (st != WXL_OK) {
        return st;
    }
    if (given.n != WXL_SIGNATURE_CHARS || CRYPTO_memcmp(hex, given.p, WXL_SIGNATURE_CHARS) != 0) {
        st = wxl_fail(err, WXL_E_SIGNATURE, 0, "%s", wxl_status_text(WXL_E_SIGNATURE));
    }
    OPENSSL_cleanse(hex, sizeof hex);
    return st;
}

/* ---- making and freeing ------------------------------------------------------------------------
 */

static enum wxl_status keyed(const EVP_CIPHER *cipher, const unsigned char *key, int encrypt,
                             EVP_CIPHER_CTX **out, struct wxl_error *err)
{
    *out = EVP_CIPHER_CTX_new();
    if (!*out || !EVP_CipherInit_ex2(*out, cipher, key, key, encrypt, NULL) ||
        !EVP_CIPHER_CTX_set_padding(*out, 0)) {
        return wxl_crypto_fail(err, WXL_E_CRYPTO, "aes-256-cbc");
    }
    return WXL_OK;
}

static enum wxl_status set_key(struct wxl_message *m, struct wxl_bytes text, int current,
                               struct wxl_error *err)
{
    unsigned char key[KEY_LEN];
    enum wxl_status st = wxl_base64_decode_aes_key(text.p, text.n, key);

    if (st != WXL_OK) {
        return wxl_fail(err, WXL_E_ARG, 0,
                        "an EncodingAESKey is 43 characters of base64 without its final '='");
    }
    if (current) {
        memcpy(m->seal_iv, key, IV_LEN);
        st = keyed(m->cipher, key, 0, &m->open_current, err);
        if (st == WXL_OK) {
            st = keyed(m->cipher, key, 1, &m->seal, err);
        }
    } else {
        st = keyed(m->cipher, key, 0, &m->open_previous, err);
    }
    OPENSSL_cleanse(key, sizeof key);
    return st;
}

static enum wxl_status set_keys(struct wxl_message *m, const struct wxl_message_options *o,
                                struct wxl_error *err)
{
    enum wxl_status st;

    m->cipher = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
    if (!m->cipher) {
        return wxl_crypto_fail(err, WXL_E_CRYPTO, "aes-256-cbc");
    }
    m->appid.p = memcpy(m->appid_text, o->appid.p, o->appid.n);
    m->appid.n = o->appid.n;
    st = set_key(m, o->aes_key, 1, err);
    if (st == WXL_OK && o->previous_aes_key.n > 0) {
        st = set_key(m, o->previous_aes_key, 0, err);
    }
    return st;
}

static enum wxl_status check_options(const struct wxl_message_options *o, struct wxl_error *err)
{
    if (o->token.n < 1 || o->token.n > FIELD_MAX) {
        return wxl_fail(err, WXL_E_ARG, 0, "token must be 1 to 128 bytes long");
    }
    if (o->max > MAX_CEILING) {
        return wxl_fail(err, WXL_E_ARG, 0, "max must not be above 64 MiB");
    }
    if (o->aes_key.n > 0 && (o->appid.n < 1 || o->appid.n > FIELD_MAX)) {
        return wxl_fail(err, WXL_E_ARG, 0, "appid must be 1 to 128 bytes long");
    }
    if (o->aes_key.n == 0 && o->previous_aes_key.n > 0) {
        return wxl_fail(err, WXL_E_ARG, 0, "a previous EncodingAESKey needs a current one");
    }
    return WXL_OK;
}

enum wxl_status wxl_message_new(const struct wxl_message_options *options, struct wxl_message **out,
                                struct wxl_error *err)
{
    enum wxl_status st = check_options(options, err);
    struct wxl_message *m;

    *out = NULL;
    if (st != WXL_OK) {
        return st;
    }
    m = wxl_calloc(1, sizeof *m);
    if (!m) {
        return wxl_fail_nomem(err);
    }
    ERR_clear_error();
    m->max = options->max ? options->max : WXL_MESSAGE_MAX;
    m->token.p = memcpy(m->token_text, options->token.p, options->token.n);
    m->token.n = options->token.n;
    m->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
    m->digest = EVP_MD_CTX_new();
    if (!m->sha1 || !m->digest) {
        st = wxl_crypto_fail(err, WXL_E_CRYPTO, "sha1");
    }
    if (st == WXL_OK && options->aes_key.n > 0) {
        st = set_keys(m, options, err);
    }
    if (st != WXL_OK) {
        wxl_message_free(m);
        return st;
    }
    *out = m;
    return WXL_OK;
}

void wxl_message_free(struct wxl_message *m)
{
    if (!m) {
        return;
    }
    EVP_MD_CTX_free(m->digest);
    EVP_MD_free(m->sha1);
    EVP_CIPHER_CTX_free(m->open_current);
    EVP_CIPHER_CTX_free(m->open_previous);
    EVP_CIPHER_CTX_free(m->seal);
    EVP_CIPHER_free(m->cipher);
    wxl_free(m->cipher_text);
    wxl_free_secret(m->plain, m->scratch);
    wxl_free_secret(m, sizeof *m);
}

/* Makes room for n bytes in both scratch buffers. Their former content is lost. */
static enum wxl_status reserve(struct wxl_message *m, size_t n, struct wxl_error *err)
{
    size_t size = 4096;

    if (m->plain && n <= m->scratch) {
        return WXL_OK;
    }
    while (size < n) {
        size *= 2;
    }
    wxl_free(m->cipher_text);
    wxl_free_secret(m->plain, m->scratch);
    m->scratch = 0;
    m->cipher_text = wxl_malloc(size);
    m->plain = wxl_malloc(size);
    if (!m->cipher_text || !m->plain) {
        wxl_free(m->cipher_text);
        wxl_free(m->plain);
        m->cipher_text = NULL;
        m->plain = NULL;
        return wxl_fail_nomem(err);
    }
    m->scratch = size;
    return WXL_OK;
}

/* ---- opening -----------------------------------------------------------------------------------
 */

/* All ones when a < b, else zero; for values far below the top bit. */
static size_t below(size_t a, size_t b)
{
    return (size_t)0 - ((a - b) >> (sizeof(size_t) * 8 - 1));
}

/* All ones when x is not zero. */
static size_t nonzero(size_t x)
{
    return (size_t)0 - ((x | ((size_t)0 - x)) >> (sizeof(size_t) * 8 - 1));
}

static size_t frame_length(const unsigned char *frame)
{
    return (size_t)frame[16] << 24 | (size_t)frame[17] << 16 | (size_t)frame[18] << 8 | frame[19];
}

/* Zero when the last 1 to 32 bytes all hold their own number. Always looks at 32 bytes.
 */
static size_t padding_wrong(const unsigned char *frame, size_t n)
{
    size_t pad = frame[n - 1];
    size_t wrong = below(pad, 1) | below(BLOCK, pad);
    size_t i;

    for (i = 0; i < BLOCK; i++) {
        wrong |= below(i, pad) & (frame[n - 1 - i] ^ pad);
    }
    return nonzero(wrong);
}

/* Checks padding, length and appid of a decrypted frame of n bytes. One verdict at the end; until
 * then the same work is done whatever is wrong. */
static int frame_opens(const struct wxl_message *m, const unsigned char *frame, size_t n,
                       size_t *message_len)
{
    size_t around = HEAD + m->appid.n;
    size_t wrong = padding_wrong(frame, n);
    size_t content = n - (frame[n - 1] & ~wrong);
    size_t len;

    wrong |= below(content, around);
    len = content - around; /* wraps around only where wrong is set already */
    wrong |= nonzero(len ^ frame_length(frame));
    len &= ~wrong;
    wrong |= (size_t)CRYPTO_memcmp(frame + HEAD + len, m->appid.p, m->appid.n);
    *message_len = len;
    return wrong == 0;
}

/* The IV is not set again: it affects only the first block, which holds random bytes that are never
 * used. The chain of the last message goes on instead, and yields other random bytes. */
static int decrypt_with(EVP_CIPHER_CTX *ctx, const unsigned char *in, size_t n, unsigned char *out)
{
    int len = 0;

    return EVP_DecryptUpdate(ctx, out, &len, in, (int)n) && (size_t)len == n;
}

static enum wxl_status refuse(struct wxl_error *err)
{
    ERR_clear_error();
    return wxl_fail(err, WXL_E_CIPHERTEXT, 0, "%s", uniform);
}

/* Whether n bytes of cipher text can hold a frame at all. The length is not a secret, therefore
 * this need not take constant time. */
static int size_possible(const struct wxl_message *m, size_t n)
{
    return n % BLOCK == 0 && n > HEAD + m->appid.n;
}

static enum wxl_status decode(struct wxl_message *m, struct wxl_bytes encrypt, size_t *n,
                              struct wxl_error *err)
{
    size_t longest = wxl_base64_encoded_size(m->max + HEAD + m->appid.n + BLOCK);
    enum wxl_status st;

    *n = 0;
    if (!m->open_current) {
        return wxl_fail(err, WXL_E_ARG, 0, "no EncodingAESKey is configured");
    }
    if (encrypt.n > longest) {
        return refuse(err);
    }
    st = reserve(m, wxl_base64_decoded_max(encrypt.n), err);
    if (st != WXL_OK) {
        return st;
    }
    return wxl_base64_decode(encrypt.p, encrypt.n, m->cipher_text, n) == WXL_OK ? WXL_OK
                                                                                : refuse(err);
}

enum wxl_status wxl_message_decrypt(struct wxl_message *m, struct wxl_bytes encrypt,
                                    struct wxl_bytes *out, struct wxl_error *err)
{
    size_t n;
    size_t len = 0;
    enum wxl_status st = decode(m, encrypt, &n, err);
    int ok;

    out->p = NULL;
    out->n = 0;
    if (st != WXL_OK) {
        return st;
    }
    if (!size_possible(m, n)) {
        return refuse(err);
    }
    ok = decrypt_with(m->open_current, m->cipher_text, n, m->plain) &&
         frame_opens(m, m->plain, n, &len);
    if (!ok && m->open_previous) {
        ok = decrypt_with(m->open_previous, m->cipher_text, n, m->plain) &&
             frame_opens(m, m->plain, n, &len);
    }
    if (!ok || len > m->max) {
        OPENSSL_cleanse(m->plain, n);
        return refuse(err);
    }
    out->p = (const char *)m->plain + HEAD;
    out->n = len;
    return WXL_OK;
}

enum wxl_status wxl_message_open(struct wxl_message *m, struct wxl_bytes timestamp,
                                 struct wxl_bytes nonce, struct wxl_bytes encrypt,
                                 struct wxl_bytes signature, struct wxl_bytes *out,
                                 struct wxl_error *err)
{
    const struct wxl_bytes parts[] = {timestamp, nonce, encrypt};
    enum wxl_status st = wxl_message_verify(m, parts, 3, signature, err);

    out->p = NULL;
    out->n = 0;
    return st == WXL_OK ? wxl_message_decrypt(m, encrypt, out, err) : st;
}

/* ---- sealing -----------------------------------------------------------------------------------
 */

static void put_length(unsigned char *at, size_t n)
{
    at[0] = (unsigned char)(n >> 24);
    at[1] = (unsigned char)(n >> 16);
    at[2] = (unsigned char)(n >> 8);
    at[3] = (unsigned char)n;
}

static enum wxl_status encrypt_frame(struct wxl_message *m, size_t n, struct wxl_buf *out,
                                     struct wxl_error *err)
{
    enum wxl_status st;
    int len = 0;

    if (!EVP_EncryptInit_ex2(m->seal, NULL, NULL, m->seal_iv, NULL) ||
        !EVP_EncryptUpdate(m->seal, m->cipher_text, &len, m->plain, (int)n) || (size_t)len != n) {
        return wxl_crypto_fail(err, WXL_E_CRYPTO, "aes-256-cbc");
    }
    st = wxl_base64_append(out, m->cipher_text, n);
    return st == WXL_OK ? st : wxl_fail(err, st, 0, "%s", wxl_status_text(st));
}

enum wxl_status wxl_message_seal(struct wxl_message *m, struct wxl_bytes message,
                                 const unsigned char *random, struct wxl_buf *out,
                                 struct wxl_error *err)
{
    enum wxl_status st;
    size_t content;
    size_t pad;

    if (!m->seal) {
        return wxl_fail(err, WXL_E_ARG, 0, "no EncodingAESKey is configured");
    }
    if (message.n > m->max) {
        return wxl_fail(err, WXL_E_LIMIT, 0, "the message is longer than %zu bytes", m->max);
    }
    content = HEAD + message.n + m->appid.n;
    pad = BLOCK - content % BLOCK;
    st = reserve(m, content + pad, err);
    if (st != WXL_OK) {
        return st;
    }
    if (random) {
        memcpy(m->plain, random, WXL_MESSAGE_RANDOM);
    } else if (RAND_bytes(m->plain, WXL_MESSAGE_RANDOM) != 1) {
        return wxl_crypto_fail(err, WXL_E_CRYPTO, "no random bytes are available");
    }
    put_length(m->plain + WXL_MESSAGE_RANDOM, message.n);
    if (message.n > 0) {
        memcpy(m->plain + HEAD, message.p, message.n);
    }
    memcpy(m->plain + HEAD + message.n, m->appid.p, m->appid.n);
    memset(m->plain + content, (int)pad, pad);
    st = encrypt_frame(m, content + pad, out, err);
    OPENSSL_cleanse(m->plain, content + pad);
    return st;
}

/* ---- explaining --------------------------------------------------------------------------------
 */

static void explain_frame(const struct wxl_message *m, const unsigned char *frame, size_t n,
                          struct wxl_message_steps *steps)
{
    size_t len;
    size_t i;

    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): reserve has made room for it */
    steps->pad = frame[n - 1];
    steps->pad_ok = padding_wrong(frame, n) == 0;
    steps->message_len = frame_length(frame);
    steps->length_ok = 0;
    if (!steps->pad_ok || steps->message_len > n - steps->pad ||
        n - steps->pad - steps->message_len <= HEAD) {
        return;
    }
    len = n - steps->pad - steps->message_len - HEAD;
    steps->length_ok = len <= FIELD_MAX;
    if (!steps->length_ok) {
        return;
    }
    for (i = 0; i < len; i++) {
        unsigned char c = frame[HEAD + steps->message_len + i];

        steps->appid[i] = (char)(c > 0x20 && c < 0x7f ? c : '?');
    }
    steps->appid[len] = '\0';
    steps->appid_ok =
        len == m->appid.n && memcmp(frame + HEAD + steps->message_len, m->appid.p, len) == 0;
}

enum wxl_status wxl_message_explain(struct wxl_message *m, struct wxl_bytes encrypt,
                                    struct wxl_message_steps *steps, struct wxl_error *err)
{
    struct wxl_message_steps other;
    size_t n;
    enum wxl_status st = decode(m, encrypt, &n, err);

    memset(steps, 0, sizeof *steps);
    if (st == WXL_E_CIPHERTEXT) {
        return WXL_OK; /* base64_ok is 0: that is the explanation */
    }
    if (st != WXL_OK) {
        return st;
    }
    steps->base64_ok = 1;
    steps->cipher_len = n;
    steps->blocks_ok = size_possible(m, n);
    if (!steps->blocks_ok) {
        return WXL_OK;
    }
    if (!decrypt_with(m->open_current, m->cipher_text, n, m->plain)) {
        return wxl_crypto_fail(err, WXL_E_CRYPTO, "aes-256-cbc");
    }
    explain_frame(m, m->plain, n, steps);
    other = *steps;
    if (!steps->appid_ok && m->open_previous &&
        decrypt_with(m->open_previous, m->cipher_text, n, m->plain)) {
        explain_frame(m, m->plain, n, &other);
        if (other.appid_ok) {
            other.previous_key = 1;
            *steps = other;
        }
    }
    OPENSSL_cleanse(m->plain, n);
    return WXL_OK;
}
