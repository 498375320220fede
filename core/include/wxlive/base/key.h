/* Keys that sign and verify: RSA (PSS, SHA-256, MGF1-SHA-256, salt of 32 bytes) and SM2 (with SM3,
 * signatures in DER), read from PEM once. Which of the two is decided by the key itself.
 *
 * A key is immutable: any number of threads may use one. Nothing here ever shows key material.
 */
#ifndef WXLIVE_KEY_H
#define WXLIVE_KEY_H

#include <stddef.h>

#include "wxlive/base/buf.h"
#include "wxlive/base/bytes.h"
#include "wxlive/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wxl_key_kind { WXL_KEY_RSA, WXL_KEY_SM2 };

struct wxl_key;

/* Reads an unencrypted private key (PKCS#8, PKCS#1 or SEC1 PEM). serial: the number that the
 * console shows for it, at most 128 bytes; it is the user id of SM2 and may be empty for RSA.
 * WXL_E_ARG for anything but such a key or an RSA key below 2048 bits, WXL_E_UNSUPPORTED for other
 * kinds. On failure *out is NULL. */
WXL_NODISCARD enum wxl_status wxl_key_private(struct wxl_bytes pem, struct wxl_bytes serial,
                                              struct wxl_key **out, struct wxl_error *err);

/* The same for a certificate or a public key. The certificate's chain and dates are not looked at:
 * it is trusted because its owner configured it under this serial. */
WXL_NODISCARD enum wxl_status wxl_key_public(struct wxl_bytes pem, struct wxl_bytes serial,
                                             struct wxl_key **out, struct wxl_error *err);

/* NULL is accepted. */
void wxl_key_free(struct wxl_key *key);

enum wxl_key_kind wxl_key_kind_of(const struct wxl_key *key);
struct wxl_bytes wxl_key_serial(const struct wxl_key *key);

/* Signs data with a private key; the raw signature is appended to out. */
WXL_NODISCARD enum wxl_status wxl_key_sign(const struct wxl_key *key, struct wxl_bytes data,
                                           struct wxl_buf *out, struct wxl_error *err);

/* WXL_OK when signature (raw) is the key's over data, else WXL_E_SIGNATURE. Takes private keys too. */
WXL_NODISCARD enum wxl_status wxl_key_verify(const struct wxl_key *key, struct wxl_bytes data,
                                             struct wxl_bytes signature, struct wxl_error *err);

#ifdef __cplusplus
}
#endif

#endif
