/* One HTTP response collected out of the codec's events: status, fields, decoded body. For callers
 * that want the whole response and not its pieces; long bodies can be taken while they arrive. */
#ifndef WXLIVE_RESPONSE_H
#define WXLIVE_RESPONSE_H

#include <stddef.h>
#include <stdint.h>

#include "wxlive/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wxl_buf;
struct wxl_response;

enum wxl_response_state {
    WXL_RESPONSE_HEAD, /* status and fields are still coming */
    WXL_RESPONSE_BODY, /* the head is complete */
    WXL_RESPONSE_DONE
};

/* NULL when memory is short. Free with wxl_response_free, which takes NULL. */
struct wxl_response *wxl_response_new(void);
void wxl_response_free(struct wxl_response *a);

/* Begins the response to a request of this method; forgets the one before. max_body caps the body,
 * on the wire and decoded; 0 is not allowed (WXL_E_ARG). */
WXL_NODISCARD enum wxl_status wxl_response_start(struct wxl_response *a, const char *method,
                                                 size_t method_len, uint64_t max_body,
                                                 struct wxl_error *err);

/* Takes bytes from the connection (copied), or its end, and says how far the response is.
 * A failure stays until the next start: those of wxl_codec_next, and WXL_E_PROTOCOL when the body
 * is in an encoding other than gzip or is damaged. */
WXL_NODISCARD enum wxl_status wxl_response_feed(struct wxl_response *a, const void *p, size_t n,
                                                enum wxl_response_state *state,
                                                struct wxl_error *err);
WXL_NODISCARD enum wxl_status
wxl_response_eof(struct wxl_response *a, enum wxl_response_state *state, struct wxl_error *err);

/* Status code and HTTP/1.minor; 0 while the head is coming. */
int wxl_response_status(const struct wxl_response *a);
int wxl_response_minor(const struct wxl_response *a);

/* Walks over the fields: start with *cursor = 0; 0 when there are no more. Names are lower case.
 * The strings are NUL-terminated and hold until the next start. */
int wxl_response_field(const struct wxl_response *a, size_t *cursor, const char **name,
                       const char **value);

/* The decoded body so far, less what was dropped. It stays the answer's; to take it as it comes,
 * copy it out and drop it. wxl_response_received counts all that was decoded. */
const struct wxl_buf *wxl_response_body(const struct wxl_response *a);
void wxl_response_drop(struct wxl_response *a);
uint64_t wxl_response_received(const struct wxl_response *a);

/* As the codec's. */
size_t wxl_response_leftover(const struct wxl_response *a, const char **p);
int wxl_response_reusable(const struct wxl_response *a);
int wxl_response_touched(const struct wxl_response *a);

#ifdef __cplusplus
}
#endif

#endif
