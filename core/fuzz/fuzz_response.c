/* Signed answers: any body under the right signature, as if the platform itself were hostile, and
 * any body and headers under none, which must never be believed. The first byte chooses. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wxlive/signature.h"

#define NOW 1700000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct wxl_signature_scope scope = {{"https://h/p", 11}, {"wx01", 4}, NOW};
static struct wxl_signature_cipher *cipher;
static struct wxl_key *key;

static struct wxl_bytes bytes(const char *p, size_t n)
{
    struct wxl_bytes b = {p, n};

    return b;
}

/* A key of its own each run: what must not be found is a way around it. */
static void prepare(void)
{
    EVP_PKEY *made = EVP_RSA_gen(2048);
    BIO *pem = BIO_new(BIO_s_mem());
    char *text;
    long n;

    if (!made || !pem || !PEM_write_bio_PrivateKey(pem, made, NULL, NULL, 0, NULL, NULL)) {
        abort();
    }
    n = BIO_get_mem_data(pem, &text);
    if (wxl_key_private(bytes(text, (size_t)n), bytes("s", 1), &key, NULL) != WXL_OK ||
        wxl_signature_cipher_new(WXL_AES256_GCM, bytes("0123456789abcdef0123456789abcdef", 32),
                                 bytes("sn", 2), &cipher, NULL) != WXL_OK) {
        abort();
    }
    BIO_free(pem);
    EVP_PKEY_free(made);
}

/* Cuts the next field off: up to a newline. */
static struct wxl_bytes field(const char **p, const char *end)
{
    const char *newline = memchr(*p, '\n', (size_t)(end - *p));
    struct wxl_bytes out = bytes(*p, (size_t)((newline ? newline : end) - *p));

    *p = newline ? newline + 1 : end;
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *p = (const char *)data + 1;
    const char *end = (const char *)data + size;
    const struct wxl_key *keys[1];
    struct wxl_signature_headers headers;
    struct wxl_signature_trust trust;
    struct wxl_buf signature;
    struct wxl_buf out;
    int64_t timestamp;
    int renew;
    enum wxl_status st;

    if (size == 0) {
        return 0;
    }
    if (!key) {
        prepare();
    }
    memset(&headers, 0, sizeof headers);
    memset(&trust, 0, sizeof trust);
    keys[0] = key;
    trust.cipher = cipher;
    trust.keys = keys;
    trust.key_count = 1;
    trust.urlpath = scope.urlpath;
    trust.appid = scope.appid;
    trust.now = NOW;
    trust.window = 300;
    wxl_buf_init(&signature, 4096);
    wxl_buf_init(&out, 1 << 20);
    if (data[0] & 1) {
        struct wxl_bytes body = bytes(p, (size_t)(end - p));

        if (wxl_signature_sign(key, &scope, body, &signature, NULL) != WXL_OK) {
            abort();
        }
        headers.appid = scope.appid;
        headers.timestamp = bytes("1700000000", 10);
        headers.serial = bytes("s", 1);
        headers.signature = bytes(signature.data, signature.len);
        st = wxl_signature_answer(&trust, &headers, body, &out, &renew, &timestamp, NULL);
        if (st != WXL_OK && st != WXL_E_FORMAT && st != WXL_E_CIPHERTEXT) {
            abort();
        }
    } else {
        headers.appid = field(&p, end);
        headers.timestamp = field(&p, end);
        headers.serial = field(&p, end);
        headers.signature = field(&p, end);
        headers.serial_deprecated = field(&p, end);
        headers.signature_deprecated = field(&p, end);
        st = wxl_signature_answer(&trust, &headers, bytes(p, (size_t)(end - p)), &out, &renew,
                                  &timestamp, NULL);
        if (st == WXL_OK || out.len != 0) {
            abort();
        }
    }
    wxl_buf_free(&signature);
    wxl_buf_free(&out);
    return 0;
}
