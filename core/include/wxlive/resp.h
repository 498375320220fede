/* Redis's protocol without a socket: commands to bytes, bytes to replies. A wrap of hiredis'
 * formatter and reader that puts a limit on everything a peer can make grow. RESP2 only.
 *
 * Built where hiredis was found, as a library of its own (wxlive_resp).
 */
#ifndef WXLIVE_RESP_H
#define WXLIVE_RESP_H

#include <stddef.h>
#include <stdint.h>

#include "wxlive/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WXL_RESP_MAX_REPLY ((size_t)1 << 20) /* bytes of one reply, and of its tree in memory */
#define WXL_RESP_MAX_DEPTH 4                 /* arrays in arrays */

struct wxl_buf;
struct wxl_resp; /* a reader */

enum wxl_resp_type {
    WXL_RESP_NIL,
    WXL_RESP_STRING,
    WXL_RESP_STATUS, /* "OK" */
    WXL_RESP_ERROR,  /* "ERR what is wrong" */
    WXL_RESP_INTEGER,
    WXL_RESP_ARRAY
};

struct wxl_resp_value {
    enum wxl_resp_type type;
    int64_t integer;
    char *text; /* of STRING, STATUS and ERROR; NUL-terminated, may hold NULs */
    size_t len;
    struct wxl_resp_value **items; /* of ARRAY; none is NULL */
    size_t count;
};

/* Appends the command argv[0..argc-1] (lengths in len) to out. WXL_E_ARG without arguments. */
WXL_NODISCARD enum wxl_status wxl_resp_command(struct wxl_buf *out, size_t argc,
                                               const char *const *argv, const size_t *len,
                                               struct wxl_error *err);

/* A reader; max_reply 0 means the default. *out is NULL on failure. */
WXL_NODISCARD enum wxl_status wxl_resp_new(struct wxl_resp **out, size_t max_reply,
                                           struct wxl_error *err);
void wxl_resp_free(struct wxl_resp *r);

/* Takes bytes (copied) as they come, in any portions. WXL_E_TOO_LARGE when more is unread than one
 * reply may have. After a failure of feed or next the reader stays in it. */
WXL_NODISCARD enum wxl_status wxl_resp_feed(struct wxl_resp *r, const void *data, size_t n,
                                            struct wxl_error *err);

/* The next complete reply in *out, the caller's (wxl_resp_value_free); NULL when more bytes are
 * needed. WXL_E_PROTOCOL, WXL_E_TOO_LARGE or WXL_E_NOMEM. */
WXL_NODISCARD enum wxl_status wxl_resp_next(struct wxl_resp *r, struct wxl_resp_value **out,
                                            struct wxl_error *err);

void wxl_resp_value_free(struct wxl_resp_value *v);

#ifdef __cplusplus
}
#endif

#endif
