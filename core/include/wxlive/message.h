/* Callback messages of the platform: their SHA-1 signature, and AES-256-CBC opening and sealing.
 *
 * A frame, before encryption, is 16 random bytes, the message's length in 4 bytes (network order),
 * the message, the appid, then PKCS#7 padding to a block of 32. Key: the EncodingAESKey with "="
 * appended, base64-decoded; IV: the key's first 16 bytes.
 *
 * A struct wxl_message serves one thread at a time. All lengths are in bytes.
 */
#ifndef WXLIVE_MESSAGE_H
#define WXLIVE_MESSAGE_H

#include <stddef.h>

#include "wxlive/base/buf.h"
#include "wxlive/base/bytes.h"
#include "wxlive/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WXL_SIGNATURE_CHARS 40       /* hex digits of a SHA-1 */
#define WXL_MESSAGE_MAX (1024 * 1024) /* default ceiling on one message */
#define WXL_MESSAGE_RANDOM 16        /* random bytes at the head of a frame */
#define WXL_SIGNATURE_PARTS_MAX 32

/* Lower-case hex SHA-1 of the parts sorted bytewise and joined; written with a NUL. The order in
 * which the parts are given does not matter. WXL_E_LIMIT beyond WXL_SIGNATURE_PARTS_MAX parts. */
WXL_NODISCARD enum wxl_status wxl_message_sha1(const struct wxl_bytes *parts, size_t count,
                                               char hex[WXL_SIGNATURE_CHARS + 1],
                                               struct wxl_error *err);

struct wxl_message_options {
    struct wxl_bytes token;            /* required, 1 to 128 bytes */
    struct wxl_bytes aes_key;          /* EncodingAESKey; n 0: signatures only */
    struct wxl_bytes previous_aes_key; /* the one before, while keys change; n 0: none */
    struct wxl_bytes appid;            /* required with aes_key, 1 to 128 bytes */
    size_t max;                        /* largest message; 0 means WXL_MESSAGE_MAX, at most 64 MiB */
};

struct wxl_message;

/* Copies what it keeps. On failure *out is NULL. */
WXL_NODISCARD enum wxl_status wxl_message_new(const struct wxl_message_options *options,
                                              struct wxl_message **out, struct wxl_error *err);

/* Wipes the keys and everything decrypted, then frees. NULL is accepted. */
void wxl_message_free(struct wxl_message *m);

/* The signature over the token and `count` more parts (timestamp, nonce and, where there is one,
 * the Encrypt text). */
WXL_NODISCARD enum wxl_status wxl_message_sign(struct wxl_message *m, const struct wxl_bytes *parts,
                                               size_t count, char hex[WXL_SIGNATURE_CHARS + 1],
                                               struct wxl_error *err);

/* WXL_OK when `given` is that signature, WXL_E_SIGNATURE when not; compared in constant time. */
WXL_NODISCARD enum wxl_status wxl_message_verify(struct wxl_message *m,
                                                 const struct wxl_bytes *parts, size_t count,
                                                 struct wxl_bytes given, struct wxl_error *err);

/* Decrypts an Encrypt text (strict base64). Tries the current key, then the previous one. Whatever
 * is wrong, the answer is WXL_E_CIPHERTEXT with one and the same text. *out points into m and is
 * good until the next call on m. Verify first: the format has no integrity of its own. */
WXL_NODISCARD enum wxl_status wxl_message_decrypt(struct wxl_message *m, struct wxl_bytes encrypt,
                                                  struct wxl_bytes *out, struct wxl_error *err);

/* wxl_message_verify over timestamp, nonce and encrypt, then wxl_message_decrypt. */
WXL_NODISCARD enum wxl_status wxl_message_open(struct wxl_message *m, struct wxl_bytes timestamp,
                                               struct wxl_bytes nonce, struct wxl_bytes encrypt,
                                               struct wxl_bytes signature, struct wxl_bytes *out,
                                               struct wxl_error *err);

/* Encrypts a message under the current key and appends the base64 text to out. random: 16 bytes for
 * reproducible vectors, or NULL for OpenSSL's generator. On failure out is as it was. */
WXL_NODISCARD enum wxl_status wxl_message_seal(struct wxl_message *m, struct wxl_bytes message,
                                               const unsigned char *random, struct wxl_buf *out,
                                               struct wxl_error *err);

/* The result of opening an Encrypt text, step by step, for the key's owner at a terminal. It
 * reveals what wxl_message_decrypt keeps secret: never let a remote party see or time it. */
struct wxl_message_steps {
    int base64_ok;
    size_t cipher_len;   /* bytes after base64 */
    int blocks_ok;       /* a whole number of 32-byte blocks, and enough of them */
    int previous_key;    /* the steps below are of the previous key, which alone succeeded */
    unsigned pad;        /* value of the last byte */
    int pad_ok;
    size_t message_len;  /* as the frame claims */
    int length_ok;
    int appid_ok;
    char appid[129];     /* what the frame holds there, when length_ok; unprintable bytes are '?' */
};

WXL_NODISCARD enum wxl_status wxl_message_explain(struct wxl_message *m, struct wxl_bytes encrypt,
                                                  struct wxl_message_steps *steps,
                                                  struct wxl_error *err);

#ifdef __cplusplus
}
#endif

#endif
