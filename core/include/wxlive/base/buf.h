/* A growing byte buffer with a ceiling. Single-threaded, owned by the holder of the struct. */
#ifndef WXLIVE_BUF_H
#define WXLIVE_BUF_H

#include <stddef.h>

#include "wxlive/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wxl_buf {
    char *data; /* NUL-terminated once something was appended; NULL before */
    size_t len;
    size_t cap;
    size_t max; /* ceiling on len, in bytes */
};

/* An empty buffer that will never hold more than max bytes. Allocates nothing. */
void wxl_buf_init(struct wxl_buf *b, size_t max);

/* Appends n bytes (copied). On failure the buffer is unchanged.
 * WXL_E_LIMIT when the ceiling would be passed, WXL_E_NOMEM when memory is short. */
WXL_NODISCARD enum wxl_status wxl_buf_append(struct wxl_buf *b, const void *p, size_t n);
WXL_NODISCARD enum wxl_status wxl_buf_append_str(struct wxl_buf *b, const char *s);

/* Makes room for n more bytes and returns where to write them (NULL on failure, status in *st);
 * wxl_buf_commit then says how many were written. */
char *wxl_buf_reserve(struct wxl_buf *b, size_t n, enum wxl_status *st);
void wxl_buf_commit(struct wxl_buf *b, size_t n);

/* Empties it and keeps the memory for the next use; what grew past `keep` bytes is given back. */
void wxl_buf_reset(struct wxl_buf *b, size_t keep);

/* Frees it. wxl_buf_wipe first overwrites what was held. Both leave an empty buffer. (What it moves
 * out of as it grows, and gives back in wxl_buf_reset, is always overwritten.) */
void wxl_buf_free(struct wxl_buf *b);
void wxl_buf_wipe(struct wxl_buf *b);

#ifdef __cplusplus
}
#endif

#endif
