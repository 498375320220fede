/* Signed and encrypted API requests and answers ("API security").
 *
 * Both ways: the JSON of all parameters is encrypted with GCM (12-byte IV, 16-byte tag, additional
 * data `urlpath|appid|timestamp|sn`) into a body {"iv","data","authtag"}; then four lines, urlpath,
 * appid, timestamp and that body, joined by single newlines, are signed. urlpath is the whole URL
 * without its query. sn is the number of the symmetric key and is not among the signed lines.
 *
 * The functions have no state: they serve the caller and the platform's part (a sandbox) alike.
 * Timestamps are Unix seconds.
 */
#ifndef WXLIVE_SIGNATURE_H
#define WXLIVE_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

#include "wxlive/base/buf.h"
#include "wxlive/base/bytes.h"
#include "wxlive/base/key.h"
#include "wxlive/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WXL_SIGNATURE_MAX (16 * 1024 * 1024) /* ceiling on one body, plain or encrypted */
#define WXL_SIGNATURE_IV 12
#define WXL_SIGNATURE_TAG 16

enum wxl_signature_suite { WXL_AES256_GCM, WXL_SM4_GCM };

/* Whether the installed OpenSSL offers the suite (SM4-GCM came after 3.0). */
int wxl_signature_offers(enum wxl_signature_suite suite);

/* A symmetric key with its number. Immutable once made; wiped when freed. */
struct wxl_signature_cipher;

/* key: raw bytes, 32 for AES256_GCM, 16 for SM4_GCM (WXL_E_ARG else). sn: 1 to 128 bytes.
 * WXL_E_UNSUPPORTED when OpenSSL lacks the suite. On failure *out is NULL. */
WXL_NODISCARD enum wxl_status wxl_signature_cipher_new(enum wxl_signature_suite suite,
                                                       struct wxl_bytes key, struct wxl_bytes sn,
                                                       struct wxl_signature_cipher **out,
                                                       struct wxl_error *err);
void wxl_signature_cipher_free(struct wxl_signature_cipher *cipher); /* NULL is accepted */

/* The values that the signature of one request or answer covers. urlpath and appid hold no control
 * character and no '|'.
 */
struct wxl_signature_scope {
    struct wxl_bytes urlpath;
    struct wxl_bytes appid;
    int64_t timestamp;
};

/* The additional data of GCM, and the four lines to sign; appended to out. */
WXL_NODISCARD enum wxl_status wxl_signature_aad(const struct wxl_signature_cipher *cipher,
                                                const struct wxl_signature_scope *scope,
                                                struct wxl_buf *out, struct wxl_error *err);
WXL_NODISCARD enum wxl_status wxl_signature_payload(const struct wxl_signature_scope *scope,
                                                    struct wxl_bytes postdata, struct wxl_buf *out,
                                                    struct wxl_error *err);

/* Encrypts: appends the body to out. iv: 12 bytes for reproducible vectors, NULL for OpenSSL's
 * generator (anything else must never be reused under one key). On failure out is as it was. */
WXL_NODISCARD enum wxl_status wxl_signature_seal(const struct wxl_signature_cipher *cipher,
                                                 const struct wxl_signature_scope *scope,
                                                 struct wxl_bytes plain, const unsigned char *iv,
                                                 struct wxl_buf *out, struct wxl_error *err);

/* Decrypts a body: appends the plain text to out, all of it or nothing. WXL_E_FORMAT when it is not
 * of that form, WXL_E_CIPHERTEXT for whatever else is wrong. */
WXL_NODISCARD enum wxl_status wxl_signature_open(const struct wxl_signature_cipher *cipher,
                                                 const struct wxl_signature_scope *scope,
                                                 struct wxl_bytes postdata, struct wxl_buf *out,
                                                 struct wxl_error *err);

/* Signs the four lines with a private key: appends base64 to out. Verifies such a text:
 * WXL_E_SIGNATURE unless it matches. */
WXL_NODISCARD enum wxl_status wxl_signature_sign(const struct wxl_key *key,
                                                 const struct wxl_signature_scope *scope,
                                                 struct wxl_bytes postdata, struct wxl_buf *out,
                                                 struct wxl_error *err);
WXL_NODISCARD enum wxl_status
wxl_signature_verify(const struct wxl_key *key, const struct wxl_signature_scope *scope,
                     struct wxl_bytes postdata, struct wxl_bytes signature, struct wxl_error *err);

/* The headers of an answer, as they came; n 0 where one was absent. */
struct wxl_signature_headers {
    struct wxl_bytes appid;                /* Wechatmp-Appid */
    struct wxl_bytes timestamp;            /* Wechatmp-TimeStamp */
    struct wxl_bytes serial;               /* Wechatmp-Serial */
    struct wxl_bytes signature;            /* Wechatmp-Signature */
    struct wxl_bytes serial_deprecated;    /* Wechatmp-Serial-Deprecated */
    struct wxl_bytes signature_deprecated; /* Wechatmp-Signature-Deprecated */
};

/* What an answer is held against. */
struct wxl_signature_trust {
    const struct wxl_signature_cipher *cipher;
    const struct wxl_key *const *keys; /* the platform's, each under its serial */
    size_t key_count;
    struct wxl_bytes urlpath; /* of the request */
    struct wxl_bytes appid;
    int64_t now;
    int64_t window; /* seconds that the clocks may differ */
};

/* Checks appid and timestamp, verifies the signature of the pair whose serial is held (the current
 * one if both are), and only then decrypts: appends the plain text to out.
 * *renew becomes 1 when only the deprecated serial is held: fetch the new certificate, whose number
 * is headers->serial. Failures: WXL_E_FORMAT (headers missing or malformed), WXL_E_STALE,
 * WXL_E_NOT_FOUND (no serial is held), WXL_E_SIGNATURE, WXL_E_CIPHERTEXT. */
WXL_NODISCARD enum wxl_status wxl_signature_answer(const struct wxl_signature_trust *trust,
                                                   const struct wxl_signature_headers *headers,
                                                   struct wxl_bytes body, struct wxl_buf *out,
                                                   int *renew, int64_t *timestamp,
                                                   struct wxl_error *err);

#ifdef __cplusplus
}
#endif

#endif
