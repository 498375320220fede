#include "wxlive/base/key.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/crypto.h"
#include "wxlive/base/alloc.h"

#define PEM_MAX (64 * 1024)
#define SERIAL_MAX 128
#define RSA_BITS_MIN 2048
#define PSS_SALT 32

struct wxl_key {
    EVP_PKEY *pkey;
    enum wxl_key_kind kind;
    size_t serial_len;
    char serial[SERIAL_MAX + 1];
};

/* OpenSSL would ask at the terminal for the passphrase of an encrypted key. */
static int no_passphrase(char *buf, int size, int writing, void *ctx)
{
    (void)buf;
    (void)size;
    (void)writing;
    (void)ctx;
    return -1;
}

static EVP_PKEY *read_private(struct wxl_bytes pem)
{
    BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;

    BIO_free(bio);
    return pkey;
}

static EVP_PKEY *read_public(struct wxl_bytes pem)
{
    BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, no_passphrase, NULL) : NULL;
    EVP_PKEY *pkey = NULL;

    if (certificate) {
        pkey = X509_get_pubkey(certificate);
        X509_free(certificate);
    } else if (bio && BIO_seek(bio, 0) == 0) {
        pkey = PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL);
    }
    BIO_free(bio);
    return pkey;
}

static enum wxl_status classify(struct wxl_key *key, struct wxl_error *err)
{
    if (EVP_PKEY_is_a(key->pkey, "RSA") || EVP_PKEY_is_a(key->pkey, "RSA-PSS")) {
        key->kind = WXL_KEY_RSA;
        if (EVP_PKEY_get_bits(key->pkey) < RSA_BITS_MIN) {
            return wxl_fail(err, WXL_E_ARG, 0, "an RSA key below 2048 bits is too weak");
        }
        return WXL_OK;
    }
    if (EVP_PKEY_is_a(key->pkey, "SM2")) {
        key->kind = WXL_KEY_SM2;
        if (key->serial_len == 0) {
            return wxl_fail(err, WXL_E_ARG, 0, "an SM2 key needs its number: it is the user id");
        }
        return WXL_OK;
    }
    return wxl_fail(err, WXL_E_UNSUPPORTED, 0, "the key is neither RSA nor SM2");
}

static enum wxl_status make(EVP_PKEY *(*read)(struct wxl_bytes), const char *wanted,
                            struct wxl_bytes pem, struct wxl_bytes serial, struct wxl_key **out,
                            struct wxl_error *err)
{
    struct wxl_key *key;
    enum wxl_status st;

    *out = NULL;
    if (pem.n == 0 || pem.n > PEM_MAX) {
        return wxl_fail(err, WXL_E_ARG, 0, "%s", wanted);
    }
    if (serial.n > SERIAL_MAX) {
        return wxl_fail(err, WXL_E_ARG, 0, "a key's number is at most 128 bytes long");
    }
    key = wxl_calloc(1, sizeof *key);
    if (!key) {
        return wxl_fail_nomem(err);
    }
    if (serial.n > 0) {
        memcpy(key->serial, serial.p, serial.n);
    }
    key->serial_len = serial.n;
    key->pkey = read(pem);
    /* OpenSSL's reason names a decoder, which does not help the user; therefore the text is our
     * own. */
    ERR_clear_error();
    st = key->pkey ? classify(key, err) : wxl_fail(err, WXL_E_ARG, 0, "%s", wanted);
    if (st != WXL_OK) {
        wxl_key_free(key);
        return st;
    }
    *out = key;
    return WXL_OK;
}

enum wxl_status wxl_key_private(struct wxl_bytes pem, struct wxl_bytes serial, struct wxl_key **out,
                                struct wxl_error *err)
{
    return make(read_private, "this is not an unencrypted private key in PEM form", pem, serial,
                out, err);
}

enum wxl_status wxl_key_public(struct wxl_bytes pem, struct wxl_bytes serial, struct wxl_key **out,
                               struct wxl_error *err)
{
    return make(read_public, "this is not a certificate or public key in PEM form", pem, serial,
                out, err);
}

void wxl_key_free(struct wxl_key *key)
{
    if (key) {
        EVP_PKEY_free(key->pkey);
        wxl_free(key);
    }
}

enum wxl_key_kind wxl_key_kind_of(const struct wxl_key *key)
{
    return key->kind;
}

struct wxl_bytes wxl_key_serial(const struct wxl_key *key)
{
    struct wxl_bytes serial = {key->serial, key->serial_len};

    return serial;
}

typedef int (*init_function)(EVP_MD_CTX *, EVP_PKEY_CTX **, const char *, OSSL_LIB_CTX *,
                             const char *, EVP_PKEY *, const OSSL_PARAM *);

/* A context for signing or verifying with the key; NULL on failure, the reason in OpenSSL's queue.
 */
static EVP_MD_CTX *prepare(const struct wxl_key *key, init_function init)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pctx = NULL; /* owned by ctx */
    int ok = ctx != NULL;

    if (ok && key->kind == WXL_KEY_SM2) {
        /* The number is set afterwards: OpenSSL before 3.0.20 refuses it among the parameters. */
        ok = init(ctx, &pctx, "SM3", NULL, NULL, key->pkey, NULL) > 0 &&
             EVP_PKEY_CTX_set1_id(pctx, key->serial, (int)key->serial_len) > 0;
    } else if (ok) {
        ok = init(ctx, &pctx, "SHA256", NULL, NULL, key->pkey, NULL) > 0 &&
             EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) > 0 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, PSS_SALT) > 0 &&
             EVP_PKEY_CTX_set_rsa_mgf1_md_name(pctx, "SHA256", NULL) > 0;
    }
    if (!ok) {
        EVP_MD_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

enum wxl_status wxl_key_sign(const struct wxl_key *key, struct wxl_bytes data, struct wxl_buf *out,
                             struct wxl_error *err)
{
    enum wxl_status st = WXL_OK;
    size_t n = 0;
    char *at;
    EVP_MD_CTX *ctx;

    ERR_clear_error();
    ctx = prepare(key, EVP_DigestSignInit_ex);
    if (!ctx || EVP_DigestSign(ctx, NULL, &n, (const unsigned char *)data.p, data.n) <= 0) {
        st = wxl_crypto_fail(err, WXL_E_CRYPTO, "the payload could not be signed");
        goto done;
    }
    at = wxl_buf_reserve(out, n, &st);
    if (!at) {
        st = wxl_fail(err, st, 0, "%s", wxl_status_text(st));
        goto done;
    }
    if (EVP_DigestSign(ctx, (unsigned char *)at, &n, (const unsigned char *)data.p, data.n) <= 0) {
        st = wxl_crypto_fail(err, WXL_E_CRYPTO, "the payload could not be signed");
        goto done;
    }
    wxl_buf_commit(out, n);
done:
    EVP_MD_CTX_free(ctx);
    return st;
}

enum wxl_status wxl_key_verify(const struct wxl_key *key, struct wxl_bytes data,
                               struct wxl_bytes signature, struct wxl_error *err)
{
    enum wxl_status st = WXL_OK;
    EVP_MD_CTX *ctx;

    ERR_clear_error();
    ctx = prepare(key, EVP_DigestVerifyInit_ex);
    if (!ctx) {
        return wxl_crypto_fail(err, WXL_E_CRYPTO, "the signature could not be checked");
    }
    if (EVP_DigestVerify(ctx, (const unsigned char *)signature.p, signature.n,
                         (const unsigned char *)data.p, data.n) != 1) {
        ERR_clear_error();
        st = wxl_fail(err, WXL_E_SIGNATURE, 0, "%s", wxl_status_text(WXL_E_SIGNATURE));
    }
    EVP_MD_CTX_free(ctx);
    return st;
}
