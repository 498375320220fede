/* Decoding of gzip, piece by piece, with a ceiling on what comes out. */
#ifndef WXLIVE_INFLATE_H
#define WXLIVE_INFLATE_H

#include <stddef.h>

#include "wxlive/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wxl_buf;
struct wxl_inflate;

/* A decoder for one gzip stream (RFC 1952, of one or more members). NULL when memory is short.
 * Free with wxl_inflate_free, which takes NULL. */
struct wxl_inflate *wxl_inflate_new(void);
void wxl_inflate_free(struct wxl_inflate *z);

/* Ready for another stream, as if new. */
WXL_NODISCARD enum wxl_status wxl_inflate_reset(struct wxl_inflate *z, struct wxl_error *err);

/* Decodes n bytes, at most 1 GiB, onto the end of `out`. WXL_E_LIMIT when the ceiling of `out`
 * would be passed, WXL_E_FORMAT when the bytes are not gzip (checksum and length included),
 * WXL_E_NOMEM. After a failure only reset and free are allowed; what `out` got until then is
 * useless. */
WXL_NODISCARD enum wxl_status wxl_inflate_feed(struct wxl_inflate *z, const void *p, size_t n,
                                               struct wxl_buf *out, struct wxl_error *err);

/* Whether the stream may end here: at least one member, and the last one is complete. */
int wxl_inflate_complete(const struct wxl_inflate *z);

#ifdef __cplusplus
}
#endif

#endif
