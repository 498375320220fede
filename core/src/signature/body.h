/* The encrypted body {"iv":"...","data":"...","authtag":"..."}: three base64 texts, nothing else.
 */
#ifndef WXL_SIGNATURE_BODY_H
#define WXL_SIGNATURE_BODY_H

#include <stddef.h>

#include "wxlive/signature.h"

struct wxl_signature_body {
    unsigned char iv[WXL_SIGNATURE_IV];
    unsigned char tag[WXL_SIGNATURE_TAG];
    const unsigned char *data;
    size_t data_len;
    unsigned char *owned; /* what read allocated */
};

/* Reads a body; wxl_signature_body_free afterwards, also after a failure (the struct zeroed
 * before). Keys in any order, each once, no others; white space between tokens; "\/" for "/" in the
 * texts. */
WXL_NODISCARD enum wxl_status wxl_signature_body_read(struct wxl_bytes text,
                                                      struct wxl_signature_body *body,
                                                      struct wxl_error *err);

/* Appends it to out in the order iv, data, authtag, without spaces. On failure out is as it was. */
WXL_NODISCARD enum wxl_status wxl_signature_body_write(const struct wxl_signature_body *body,
                                                       struct wxl_buf *out);

void wxl_signature_body_free(struct wxl_signature_body *body);

#endif
