#include "wxlive/signature.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "signature/body.h"
#include "base/chars.h"
#include "base/crypto.h"
#include "wxlive/base/alloc.h"
#include "wxlive/base/base64.h"
#include "wxlive/base/digits.h"

#define SN_MAX 128
#define URL_MAX 2048
#define SCOPE_MAX 4096 /* additional data; and the lines to sign without the body */
#define SIGNATURE_MAX 4096

struct wxl_signature_cipher {
    EVP_CIPHER *cipher;
    unsigned char key[32];
    size_t sn_len;
    char sn[SN_MAX + 1];
};

static const char *const suite_names[] = {"AES-256-GCM", "SM4-GCM"};
static const size_t suite_key_lengths[] = {32, 16};

/* ---- symmetric key -----------------------------------------------------------------------------
 */

int wxl_signature_offers(enum wxl_signature_suite suite)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, suite_names[suite], NULL);
    int offered = cipher != NULL;

    EVP_CIPHER_free(cipher);
    ERR_clear_error();
    return offered;
}

/* No newline and no '|' may move a value from one field into the next. */
static int plain_field(struct wxl_bytes field, size_t max)
{
    return field.n <= max && wxl_is_visible(field.p, field.n) && !memchr(field.p, '|', field.n);
}

enum wxl_status wxl_signature_cipher_new(enum wxl_signature_suite suite, struct wxl_bytes key,
                                         struct wxl_bytes sn, struct wxl_signature_cipher **out,
                                         struct wxl_error *err)
{
    struct wxl_signature_cipher *made;

    *out = NULL;
    if (key.n != suite_key_lengths[suite]) {
        return wxl_fail(err, WXL_E_ARG, 0, "a key of %s is %zu bytes long, not %zu",
                        suite_names[suite], suite_key_lengths[suite], key.n);
    }
    if (!plain_field(sn, SN_MAX)) {
        return wxl_fail(err, WXL_E_ARG, 0,
                        "the symmetric key's number is 1 to 128 ASCII characters");
    }
    made = wxl_calloc(1, sizeof *made);
    if (!made) {
        return wxl_fail_nomem(err);
    }
    made->cipher = EVP_CIPHER_fetch(NULL, suite_names[suite], NULL);
    if (!made->cipher) {
        ERR_clear_error();
        wxl_free(made);
        return wxl_fail(err, WXL_E_UNSUPPORTED, 0, "the OpenSSL at hand (%s) has no %s",
                        OpenSSL_version(OPENSSL_VERSION_STRING), suite_names[suite]);
    }
    memcpy(made->key, key.p, key.n);
    memcpy(made->sn, sn.p, sn.n);
    made->sn_len = sn.n;
    *out = made;
    return WXL_OK;
}

void wxl_signature_cipher_free(struct wxl_signature_cipher *cipher)
{
    if (cipher) {
        EVP_CIPHER_free(cipher->cipher);
        wxl_free_secret(cipher, sizeof *cipher);
    }
}

/* ---- what is bound and what is signed ----------------------------------------------------------
 */

static enum wxl_status check_scope(const struct wxl_signature_scope *scope, struct wxl_error *err)
{
    if (!plain_field(scope->urlpath, URL_MAX) || memchr(scope->urlpath.p, '?', scope->urlpath.n)) {
        return wxl_fail(err, WXL_E_ARG, 0, "urlpath is the whole URL without its query");
    }
    if (!plain_field(scope->appid, SN_MAX)) {
        return wxl_fail(err, WXL_E_ARG, 0, "appid is 1 to 128 ASCII characters");
    }
    if (scope->timestamp <= 0) {
        return wxl_fail(err, WXL_E_ARG, 0, "timestamp is in Unix seconds");
    }
    return WXL_OK;
}

/* URL, appid, timestamp and a fourth part, checked and joined. */
static enum wxl_status join_scope(const struct wxl_signature_scope *scope, struct wxl_bytes last,
                                  char separator, struct wxl_buf *out, struct wxl_error *err)
{
    char middle[SN_MAX + 32];
    size_t before = out->len;
    size_t n;
    enum wxl_status st = check_scope(scope, err);

    if (st != WXL_OK) {
        return st;
    }
    n = (size_t)snprintf(middle, sizeof middle, "%c%.*s%c%" PRId64 "%c", separator,
                         (int)scope->appid.n, scope->appid.p, separator, scope->timestamp,
                         separator);
    st = wxl_buf_append(out, scope->urlpath.p, scope->urlpath.n);
    if (st == WXL_OK) {
        st = wxl_buf_append(out, middle, n);
    }
    if (st == WXL_OK) {
        st = wxl_buf_append(out, last.p, last.n);
    }
    if (st != WXL_OK) {
        out->len = before;
        return wxl_fail(err, st, 0, "%s", wxl_status_text(st));
    }
    return WXL_OK;
}

enum wxl_status wxl_signature_aad(const struct wxl_signature_cipher *cipher,
                                  const struct wxl_signature_scope *scope, struct wxl_buf *out,
                                  struct wxl_error *err)
{
    struct wxl_bytes sn = {cipher->sn, cipher->sn_len};

    return join_scope(scope, sn, '|', out, err);
}

enum wxl_status wxl_signature_payload(const struct wxl_signature_scope *scope,
                                      struct wxl_bytes postdata, struct wxl_buf *out,
                                      struct wxl_error *err)
{
    return join_scope(scope, postdata, '\n', out, err);
}

/* ---- encryption --------------------------------------------------------------------------------
 */

/* One GCM pass over n bytes, with the additional data. Encrypting writes the tag, decrypting checks
 * it. Returns 0 on any failure. */
static int gcm(const struct wxl_signature_cipher *cipher, int encrypt, const unsigned char *iv,
               const struct wxl_buf *aad, const unsigned char *in, size_t n, unsigned char *out,
               unsigned char *tag)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len = 0;
    int ok = ctx && EVP_CipherInit_ex2(ctx, cipher->cipher, cipher->key, iv, encrypt, NULL) &&
             EVP_CipherUpdate(ctx, NULL, &len, (const unsigned char *)aad->data, (int)aad->len) &&
             (n == 0 || (EVP_CipherUpdate(ctx, out, &len, in, (int)n) && (size_t)len == n));

    if (ok && !encrypt) {
        ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, WXL_SIGNATURE_TAG, tag);
    }
    ok = ok && EVP_CipherFinal_ex(ctx, out + n, &len);
    if (ok && encrypt) {
        ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, WXL_SIGNATURE_TAG, tag);
    }
    EVP_CIPHER_CTX_free(ctx);
    return ok;
}

enum wxl_status wxl_signature_seal(const struct wxl_signature_cipher *cipher,
                                   const struct wxl_signature_scope *scope, struct wxl_bytes plain,
                                   const unsigned char *iv, struct wxl_buf *out,
                                   struct wxl_error *err)
{
    struct wxl_signature_body body;
    struct wxl_buf aad;
    unsigned char *data = NULL;
    enum wxl_status st;

    wxl_buf_init(&aad, SCOPE_MAX);
    memset(&body, 0, sizeof body);
    if (plain.n > WXL_SIGNATURE_MAX) {
        return wxl_fail(err, WXL_E_LIMIT, 0, "the body is longer than 16 MiB");
    }
    ERR_clear_error();
    st = wxl_signature_aad(cipher, scope, &aad, err);
    if (st != WXL_OK) {
        goto done;
    }
    data = wxl_malloc(plain.n + 1);
    if (!data) {
        st = wxl_fail_nomem(err);
        goto done;
    }
    if (iv) {
        memcpy(body.iv, iv, WXL_SIGNATURE_IV);
    } else if (RAND_bytes(body.iv, WXL_SIGNATURE_IV) != 1) {
        st = wxl_crypto_fail(err, WXL_E_CRYPTO, "no random bytes are available");
        goto done;
    }
    if (!gcm(cipher, 1, body.iv, &aad, (const unsigned char *)plain.p, plain.n, data, body.tag)) {
        st = wxl_crypto_fail(err, WXL_E_CRYPTO, "the body could not be encrypted");
        goto done;
    }
    body.data = data;
    body.data_len = plain.n;
    st = wxl_signature_body_write(&body, out);
    if (st != WXL_OK) {
        st = wxl_fail(err, st, 0, "%s", wxl_status_text(st));
    }
done:
    wxl_free(data);
    wxl_buf_free(&aad);
    return st;
}

enum wxl_status wxl_signature_open(const struct wxl_signature_cipher *cipher,
                                   const struct wxl_signature_scope *scope,
                                   struct wxl_bytes postdata, struct wxl_buf *out,
                                   struct wxl_error *err)
{
    struct wxl_signature_body body;
    struct wxl_buf aad;
    char *at;
    enum wxl_status st;

    wxl_buf_init(&aad, SCOPE_MAX);
    memset(&body, 0, sizeof body);
    ERR_clear_error();
    st = wxl_signature_aad(cipher, scope, &aad, err);
    if (st == WXL_OK) {
        st = wxl_signature_body_read(postdata, &body, err);
    }
    if (st != WXL_OK) {
        goto done;
    }
    at = wxl_buf_reserve(out, body.data_len, &st);
    if (!at) {
        st = wxl_fail(err, st, 0, "%s", wxl_status_text(st));
        goto done;
    }
    if (!gcm(cipher, 0, body.iv, &aad, body.data, body.data_len, (unsigned char *)at, body.tag)) {
        OPENSSL_cleanse(at, body.data_len); /* GCM hands plain text out before it is proven */
        ERR_clear_error();
        st = wxl_fail(err, WXL_E_CIPHERTEXT, 0, "the body does not decrypt with this key");
        goto done;
    }
    wxl_buf_commit(out, body.data_len);
done:
    wxl_signature_body_free(&body);
    wxl_buf_free(&aad);
    return st;
}

/* ---- signature ---------------------------------------------------------------------------------
 */

enum wxl_status wxl_signature_sign(const struct wxl_key *key,
                                   const struct wxl_signature_scope *scope,
                                   struct wxl_bytes postdata, struct wxl_buf *out,
                                   struct wxl_error *err)
{
    struct wxl_buf payload;
    struct wxl_buf signature;
    struct wxl_bytes lines;
    enum wxl_status st;

    wxl_buf_init(&payload, SCOPE_MAX + 2 * (size_t)WXL_SIGNATURE_MAX);
    wxl_buf_init(&signature, SIGNATURE_MAX);
    st = wxl_signature_payload(scope, postdata, &payload, err);
    if (st != WXL_OK) {
        goto done;
    }
    lines.p = payload.data;
    lines.n = payload.len;
    st = wxl_key_sign(key, lines, &signature, err);
    if (st != WXL_OK) {
        goto done;
    }
    st = wxl_base64_append(out, signature.data, signature.len);
    if (st != WXL_OK) {
        st = wxl_fail(err, st, 0, "%s", wxl_status_text(st));
    }
done:
    wxl_buf_free(&signature);
    wxl_buf_free(&payload);
    return st;
}

enum wxl_status wxl_signature_verify(const struct wxl_key *key,
                                     const struct wxl_signature_scope *scope,
                                     struct wxl_bytes postdata, struct wxl_bytes signature,
                                     struct wxl_error *err)
{
    unsigned char raw[SIGNATURE_MAX];
    struct wxl_buf payload;
    struct wxl_bytes lines;
    struct wxl_bytes decoded = {(const char *)raw, 0};
    enum wxl_status st;

    if (wxl_base64_decoded_max(signature.n) > sizeof raw ||
        wxl_base64_decode(signature.p, signature.n, raw, &decoded.n) != WXL_OK) {
        return wxl_fail(err, WXL_E_SIGNATURE, 0, "%s", wxl_status_text(WXL_E_SIGNATURE));
    }
    wxl_buf_init(&payload, SCOPE_MAX + 2 * (size_t)WXL_SIGNATURE_MAX);
    st = wxl_signature_payload(scope, postdata, &payload, err);
    if (st == WXL_OK) {
        lines.p = payload.data;
        lines.n = payload.len;
        st = wxl_key_verify(key, lines, decoded, err);
    }
    wxl_buf_free(&payload);
    return st;
}

/* ---- answers -----------------------------------------------------------------------------------
 */

static const struct wxl_key *held(const struct wxl_signature_trust *trust, struct wxl_bytes serial)
{
    size_t i;

    for (i = 0; serial.n > 0 && i < trust->key_count; i++) {
        struct wxl_bytes mine = wxl_key_serial(trust->keys[i]);

        if (mine.n == serial.n && memcmp(mine.p, serial.p, serial.n) == 0) {
            return trust->keys[i];
        }
    }
    return NULL;
}

static enum wxl_status check_headers(const struct wxl_signature_trust *trust,
                                     const struct wxl_signature_headers *headers,
                                     struct wxl_signature_scope *scope, struct wxl_error *err)
{
    int64_t apart;

    if (headers->appid.n == 0 || headers->timestamp.n == 0 || headers->serial.n == 0 ||
        headers->signature.n == 0) {
        return wxl_fail(err, WXL_E_FORMAT, 0,
                        "the answer is not signed: a Wechatmp header is missing");
    }
    if (headers->appid.n != trust->appid.n ||
        memcmp(headers->appid.p, trust->appid.p, trust->appid.n) != 0) {
        return wxl_fail(err, WXL_E_FORMAT, 0, "the answer is for another appid");
    }
    /* 12 digits last beyond the year 30000 */
    if (headers->timestamp.n > 12 ||
        !wxl_digits_read(headers->timestamp.p, headers->timestamp.n, &scope->timestamp) ||
        scope->timestamp <= 0) {
        return wxl_fail(err, WXL_E_FORMAT, 0, "the answer's timestamp is not a number");
    }
    apart = trust->now - scope->timestamp;
    if (apart > trust->window || apart < -trust->window) {
        return wxl_fail(err, WXL_E_STALE, 0,
                        "the answer's timestamp is %" PRId64 " s away from this clock", apart);
    }
    scope->urlpath = trust->urlpath;
    scope->appid = trust->appid;
    return WXL_OK;
}

enum wxl_status wxl_signature_answer(const struct wxl_signature_trust *trust,
                                     const struct wxl_signature_headers *headers,
                                     struct wxl_bytes body, struct wxl_buf *out, int *renew,
                                     int64_t *timestamp, struct wxl_error *err)
{
    struct wxl_signature_scope scope = {{NULL, 0}, {NULL, 0}, 0};
    enum wxl_status st = check_headers(trust, headers, &scope, err);
    const struct wxl_key *key;

    *renew = 0;
    *timestamp = 0;
    if (st != WXL_OK) {
        return st;
    }
    key = held(trust, headers->serial);
    if (key) {
        st = wxl_signature_verify(key, &scope, body, headers->signature, err);
    } else {
        key = held(trust, headers->serial_deprecated);
        if (!key) {
            return wxl_fail(err, WXL_E_NOT_FOUND, 0,
                            "no certificate is configured under the serial of the answer");
        }
        *renew = 1;
        st = wxl_signature_verify(key, &scope, body, headers->signature_deprecated, err);
    }
    if (st == WXL_OK) {
        st = wxl_signature_open(trust->cipher, &scope, body, out, err);
    }
    if (st != WXL_OK) {
        *renew = 0;
        return st;
    }
    *timestamp = scope.timestamp;
    return WXL_OK;
}
