/* HTTP/1.1 as a client speaks it, without any I/O: a writer of request heads and a reader of
 * responses. The caller owns the connection, of any kind; therefore one codec serves nginx
 * cosockets, plain sockets and tests. Strict: a response that two readers could understand
 * differently is refused. */
#ifndef WXLIVE_CODEC_H
#define WXLIVE_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "wxlive/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wxl_buf;
struct wxl_codec;

/* ---- writing --------------------------------------------------------------------------------- */

struct wxl_codec_field {
    const char *name;
    size_t name_len;
    const char *value;
    size_t value_len;
};

struct wxl_codec_request {
    const char *method; /* a token such as "GET" */
    size_t method_len;
    const char *target; /* "/path?query", or "host:port" for CONNECT; visible ASCII only */
    size_t target_len;
    const char *host; /* of the Host field: "name" or "name:port" */
    size_t host_len;
    const struct wxl_codec_field *fields; /* may be NULL when field_count is 0 */
    size_t field_count;
    uint64_t content_length; /* bytes of body that the caller will send after the head */
    int has_body;            /* 0: no body; Content-Length is still written for POST, PUT, PATCH */
    int close;               /* ask the peer to close afterwards */
};

/* Appends the request line, Host, the framing fields, the caller's fields and the empty line.
 * WXL_E_ARG when a part holds CR, LF, NUL or another byte that does not belong there, or when a
 * field is one that the writer itself is responsible for (Host, Content-Length, Transfer-Encoding,
 * Connection, Expect, Upgrade, TE, Trailer). On failure `out` is unchanged. */
WXL_NODISCARD enum wxl_status wxl_codec_write_head(struct wxl_buf *out,
                                                   const struct wxl_codec_request *req,
                                                   struct wxl_error *err);

/* ---- reading --------------------------------------------------------------------------------- */

/* The limits of a response. A field of 0 takes the default; error texts name the field. */
struct wxl_codec_limits {
    size_t head_bytes;   /* status lines, fields, trailers and chunk extensions together: 65536 */
    size_t line_bytes;   /* any one of those lines: 16384 */
    size_t field_count;  /* fields and trailers: 128 */
    size_t interim;      /* 1xx answers before the real one: 8 */
    size_t chunk_line;   /* chunk size with its extensions, one line: 256 */
    uint64_t body_bytes; /* body as it is on the wire, chunk framing not counted: no limit */
};

#define WXL_CODEC_CHUNK_DIGITS 15        /* hexadecimal digits of a chunk size */
#define WXL_CODEC_FEED_MAX (1024 * 1024) /* bytes that may wait unread beyond head_bytes */

enum wxl_codec_event_type {
    WXL_CODEC_NEED_DATA, /* feed more, or say eof */
    WXL_CODEC_STATUS,    /* status, minor; value is the reason phrase, possibly empty */
    WXL_CODEC_FIELD,     /* name (lower case) and value (without white space around it) */
    WXL_CODEC_HEAD_END,  /* all fields were given out; framing is settled */
    WXL_CODEC_BODY,      /* value is a piece of the body, never empty */
    WXL_CODEC_TRAILER,   /* as FIELD, after a chunked body */
    WXL_CODEC_END        /* complete; comes again however often next is called */
};

/* Pointers reach into the reader and hold until its next feed, start or free. */
struct wxl_codec_event {
    enum wxl_codec_event_type type;
    int status;
    int minor; /* HTTP/1.minor */
    const char *name;
    size_t name_len;
    const char *value;
    size_t value_len;
};

/* A reader, to be started before use. limits may be NULL (all defaults) and is copied.
 * NULL when memory is short. Free with wxl_codec_free, which takes NULL. */
struct wxl_codec *wxl_codec_new(const struct wxl_codec_limits *limits);
void wxl_codec_free(struct wxl_codec *c);

/* Begins a response to a request of this method (HEAD and CONNECT change how it is framed). Forgets
 * everything, errors and leftover bytes too: take those first. body_bytes replaces the limit for
 * this response; 0 keeps the one given to wxl_codec_new. */
void wxl_codec_start(struct wxl_codec *c, const char *method, size_t method_len,
                     uint64_t body_bytes);

/* Stores n bytes (copied). WXL_E_LIMIT when more wait than may: call next until it needs data.
 * That and WXL_E_NOMEM change nothing. After an error of next, or eof, WXL_E_CLOSED. */
WXL_NODISCARD enum wxl_status wxl_codec_feed(struct wxl_codec *c, const void *p, size_t n);

/* The peer will send no more; the next call of wxl_codec_next says what that means. */
void wxl_codec_eof(struct wxl_codec *c);

/* The next event. On failure *ev is zeroed and every later call fails the same way:
 * WXL_E_PROTOCOL (malformed, ambiguous), WXL_E_LIMIT (a limit other than the body's),
 * WXL_E_TOO_LARGE (body_bytes), WXL_E_LOST (eof inside the message). */
WXL_NODISCARD enum wxl_status wxl_codec_next(struct wxl_codec *c, struct wxl_codec_event *ev,
                                             struct wxl_error *err);

/* Bytes behind the end of the message; 0 before END. They stay the reader's. */
size_t wxl_codec_leftover(const struct wxl_codec *c, const char **p);

/* Whether another request may be sent on the connection: the message is complete, both versions
 * and fields allow it, its end did not depend on the peer closing, and nothing is left over. */
int wxl_codec_reusable(const struct wxl_codec *c);

/* Whether any byte of an answer was fed since start. */
int wxl_codec_touched(const struct wxl_codec *c);

#ifdef __cplusplus
}
#endif

#endif
