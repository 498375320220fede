/* Strict base64 (RFC 4648, section 4) for what strangers send: no white space, no missing or extra
 * padding, no bits that are never read. One text for one sequence of bytes, so nothing can be
 * altered without a trace. */
#ifndef WXLIVE_BASE64_H
#define WXLIVE_BASE64_H

#include <stddef.h>

#include "wxlive/base/buf.h"
#include "wxlive/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes that n characters of base64 hold at most, and characters that n bytes take (no NUL). */
size_t wxl_base64_decoded_max(size_t n);
size_t wxl_base64_encoded_size(size_t n);

/* Decodes n characters into out, which has room for wxl_base64_decoded_max(n) bytes and does not
 * overlap s. WXL_E_FORMAT when they are not strict base64; out may have been written to then. */
WXL_NODISCARD enum wxl_status wxl_base64_decode(const char *s, size_t n, unsigned char *out,
                                                size_t *out_len);

/* Writes wxl_base64_encoded_size(n) characters and a NUL. n is at most 1 GiB. */
void wxl_base64_encode(const unsigned char *p, size_t n, char *out);

/* Appends the base64 of n bytes. */
WXL_NODISCARD enum wxl_status wxl_base64_append(struct wxl_buf *out, const void *p, size_t n);

/* Decodes the 43 characters of an EncodingAESKey to its 32 bytes. The console makes these at
 * random, so the two bits that the last character has to spare are ignored, unlike anywhere else. */
WXL_NODISCARD enum wxl_status wxl_base64_decode_aes_key(const char *s, size_t n,
                                                        unsigned char key[32]);

#ifdef __cplusplus
}
#endif

#endif
