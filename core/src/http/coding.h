/* The content coding of an answer's body: none, or gzip. The core decodes for both transports,
 * and not libcurl, which takes a gzip stream that breaks off for a whole one. */
#ifndef WXL_HTTP_CODING_H
#define WXL_HTTP_CODING_H

#include <stdbool.h>
#include <stddef.h>

#include "wxlive/base/buf.h"
#include "wxlive/base/inflate.h"

enum wxl_coding_kind { WXL_CODING_NONE, WXL_CODING_GZIP, WXL_CODING_OTHER };

/* Zeroed to begin with. */
struct wxl_coding {
    struct wxl_inflate *inflate; /* made for the first gzip body; freed by the owner */
    enum wxl_coding_kind kind;
    bool begun; /* something of a gzip body has come */
};

/* Begins another answer. */
void wxl_coding_start(struct wxl_coding *c);

/* Takes one value of Content-Encoding, with or without blanks and a line's end around it. */
void wxl_coding_take(struct wxl_coding *c, const char *value, size_t n);

/* Appends what n bytes of the body stand for. As wxl_inflate_feed; and WXL_E_UNSUPPORTED, with err
 * untouched, for a coding that was not asked for. */
WXL_NODISCARD enum wxl_status wxl_coding_decode(struct wxl_coding *c, const char *p, size_t n,
                                                struct wxl_buf *out, struct wxl_error *err);

/* Whether the body may end here. One that never began may: an answer to HEAD names a coding,
 * too. */
bool wxl_coding_complete(const struct wxl_coding *c);

#endif
