/* One HTTP response collected out of the codec's events: status, fields, decoded body. For callers
 * who want the whole and not its pieces; long bodies can be taken while they come. */
#ifndef WXLIVE_ANSWER_H
#define WXLIVE_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "wxlive/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wxl_buf;
struct wxl_answer;

enum wxl_answer_state {
    WXL_ANSWER_HEAD, /* status and fields are still coming */
    WXL_ANSWER_BODY, /* the head is complete */
    WXL_ANSWER_DONE
};

/* NULL when memory is short. Free with wxl_answer_free, which takes NULL. */
struct wxl_answer *wxl_answer_new(void);
void wxl_answer_free(struct wxl_answer *a);

/* Begins the response to a request of this method; forgets the one before. max_body caps the body,
 * on the wire and decoded; 0 is not allowed (WXL_E_ARG). */
WXL_NODISCARD enum wxl_status wxl_answer_start(struct wxl_answer *a, const char *method,
                                               size_t method_len, uint64_t max_body,
                                               struct wxl_error *err);

/* Takes bytes from the connection (copied), or its end, and says how far the response is.
 * A failure stays until the next start: those of wxl_codec_next, and WXL_E_PROTOCOL when the body
 * is in an encoding other than gzip or is damaged. */
WXL_NODISCARD enum wxl_status wxl_answer_feed(struct wxl_answer *a, const void *p, size_t n,
                                              enum wxl_answer_state *state, struct wxl_error *err);
WXL_NODISCARD enum wxl_status wxl_answer_eof(struct wxl_answer *a, enum wxl_answer_state *state,
                                             struct wxl_error *err);

/* Status code and HTTP/1.minor; 0 while the head is coming. */
int wxl_answer_status(const struct wxl_answer *a);
int wxl_answer_minor(const struct wxl_answer *a);

/* Walks over the fields: start with *cursor = 0; 0 when there are no more. Names are lower case.
 * The strings are NUL-terminated and hold until the next start. */
int wxl_answer_field(const struct wxl_answer *a, size_t *cursor, const char **name,
                     const char **value);

/* The decoded body so far, less what was dropped. It stays the answer's; to take it as it comes,
 * copy it out and drop it. wxl_answer_received counts all that was decoded. */
const struct wxl_buf *wxl_answer_body(const struct wxl_answer *a);
void wxl_answer_drop(struct wxl_answer *a);
uint64_t wxl_answer_received(const struct wxl_answer *a);

/* As the codec's. */
size_t wxl_answer_leftover(const struct wxl_answer *a, const char **p);
int wxl_answer_reusable(const struct wxl_answer *a);
int wxl_answer_touched(const struct wxl_answer *a);

#ifdef __cplusplus
}
#endif

#endif
