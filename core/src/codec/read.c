#include "wxlive/codec.h"

#include <string.h>

#include "base/chars.h"
#include "codec/parse.h"
#include "wxlive/base/alloc.h"
#include "wxlive/base/buf.h"

#define HEAD_BYTES 65536
#define LINE_BYTES 16384
#define FIELD_COUNT 128
#define INTERIM 8
#define CHUNK_LINE 256
#define KEEP_BYTES 16384 /* memory that an idle reader holds on to */

enum state {
    AT_STATUS, /* to begin with */
    AT_FIELDS,
    IN_LENGTH,
    IN_CLOSE,
    AT_CHUNK,
    IN_CHUNK,
    AFTER_CHUNK,
    AT_TRAILERS,
    DONE
};

enum asked { ASKED_BODY, ASKED_HEAD, ASKED_CONNECT };

struct head {
    int status;
    int minor;
    int has_length;
    int chunked;
    int says_close;
    int says_keep_alive;
    uint64_t length;
};

struct wxl_codec {
    struct wxl_buf in;
    size_t pos;  /* first byte of `in` that was not read yet */
    size_t scan; /* bytes from pos that hold no line end */
    struct wxl_codec_limits limits;
    uint64_t body_limit;
    enum state state;
    enum asked asked;
    int eof;
    int touched;
    struct wxl_error failure; /* sticky; status WXL_OK while there is none */
    size_t head_used;
    size_t fields;
    size_t interims;
    struct head head; /* the one at hand */
    /* of the body */
    uint64_t left; /* of the fixed length, or of the chunk */
    uint64_t body_seen;
    int odd; /* framing fields in a response that cannot have a body: do not trust the bytes that
              * follow */
};

static size_t or_default(size_t given, size_t fallback)
{
    return given ? given : fallback;
}

struct wxl_codec *wxl_codec_new(const struct wxl_codec_limits *limits)
{
    struct wxl_codec *c = wxl_calloc(1, sizeof *c);
    struct wxl_codec_limits *l;

    if (!c) {
        return NULL;
    }
    l = &c->limits;
    if (limits) {
        *l = *limits;
    }
    l->head_bytes = or_default(l->head_bytes, HEAD_BYTES);
    l->line_bytes = or_default(l->line_bytes, LINE_BYTES);
    l->field_count = or_default(l->field_count, FIELD_COUNT);
    l->interim = or_default(l->interim, INTERIM);
    l->chunk_line = or_default(l->chunk_line, CHUNK_LINE);
    l->body_bytes = l->body_bytes ? l->body_bytes : UINT64_MAX;
    wxl_buf_init(&c->in, l->head_bytes < (size_t)-1 - WXL_CODEC_FEED_MAX
                             ? l->head_bytes + WXL_CODEC_FEED_MAX
                             : (size_t)-1);
    wxl_codec_start(c, "GET", 3, 0);
    return c;
}

void wxl_codec_free(struct wxl_codec *c)
{
    if (c) {
        wxl_buf_wipe(&c->in);
        wxl_free(c);
    }
}

void wxl_codec_start(struct wxl_codec *c, const char *method, size_t method_len,
                     uint64_t body_bytes)
{
    struct wxl_codec fresh = {.in = c->in, .limits = c->limits};

    wxl_buf_reset(&fresh.in, KEEP_BYTES);
    fresh.body_limit = body_bytes ? body_bytes : c->limits.body_bytes;
    if (wxl_is_word(method, method_len, "head")) {
        fresh.asked = ASKED_HEAD;
    } else if (wxl_is_word(method, method_len, "connect")) {
        fresh.asked = ASKED_CONNECT;
    }
    *c = fresh;
}

static size_t pending(const struct wxl_codec *c)
{
    return c->in.len - c->pos;
}

enum wxl_status wxl_codec_feed(struct wxl_codec *c, const void *p, size_t n)
{
    enum wxl_status st;

    if (c->eof || c->failure.status != WXL_OK) {
        return WXL_E_CLOSED;
    }
    if (n == 0) {
        return WXL_OK;
    }
    if (c->pos > 0) {
        size_t rest = pending(c);

        memmove(c->in.data, c->in.data + c->pos, rest);
        c->in.len = rest;
        c->pos = 0;
    }
    st = wxl_buf_append(&c->in, p, n);
    if (st == WXL_OK) {
        c->touched = 1;
    }
    return st;
}

void wxl_codec_eof(struct wxl_codec *c)
{
    c->eof = 1;
}

size_t wxl_codec_leftover(const struct wxl_codec *c, const char **p)
{
    *p = NULL;
    if (c->state != DONE || pending(c) == 0) {
        return 0;
    }
    *p = c->in.data + c->pos;
    return pending(c);
}

int wxl_codec_reusable(const struct wxl_codec *c)
{
    if (c->state != DONE || c->failure.status != WXL_OK || c->eof || c->odd || pending(c) > 0) {
        return 0;
    }
    if (c->asked == ASKED_CONNECT && c->head.status < 300) {
        return 0; /* it is a tunnel now */
    }
    return !c->head.says_close && (c->head.minor == 1 || c->head.says_keep_alive);
}

int wxl_codec_touched(const struct wxl_codec *c)
{
    return c->touched;
}

/* ---- lines ----------------------------------------------------------------------------------- */

static enum wxl_status malformed(struct wxl_codec *c, const char *what)
{
    return wxl_fail(&c->failure, WXL_E_PROTOCOL, 0, "%s", what);
}

static enum wxl_status over(struct wxl_codec *c, const char *limit, size_t value)
{
    return wxl_fail(&c->failure, WXL_E_LIMIT, 0, "the answer passes the limit %s (%zu)", limit,
                    value);
}

struct line {
    char *text; /* in the reader's buffer; NULL: more bytes are needed */
    size_t len; /* without CRLF */
};

/* Takes one line. Which limit is named depends only on the message, never on how it was cut. */
static enum wxl_status take_line(struct wxl_codec *c, size_t max, const char *max_name,
                                 struct line *line)
{
    size_t room = max + 2;
    size_t budget = c->limits.head_bytes - c->head_used;
    size_t have = pending(c);
    size_t n;
    const char *end;
    char *text;

    line->text = NULL;
    line->len = 0;
    if (have == 0) {
        return WXL_OK;
    }
    text = c->in.data + c->pos;
    end = memchr(text + c->scan, '\n', have - c->scan);
    n = end ? (size_t)(end - text) + 1 : have + 1;
    if (n > room || n > budget) {
        return budget < room ? over(c, "head_bytes", c->limits.head_bytes) : over(c, max_name, max);
    }
    if (!end) {
        c->scan = have;
        return WXL_OK;
    }
    if (n < 2 || text[n - 2] != '\r') {
        return malformed(c, "a line ends in LF without CR");
    }
    if (memchr(text, '\r', n - 2)) {
        return malformed(c, "a line holds CR without LF");
    }
    c->pos += n;
    c->scan = 0;
    line->text = text;
    line->len = n - 2;
    return WXL_OK;
}

static enum wxl_status take_head_line(struct wxl_codec *c, struct line *line)
{
    enum wxl_status st = take_line(c, c->limits.line_bytes, "line_bytes", line);

    if (st == WXL_OK && line->text) {
        c->head_used += line->len + 2;
    }
    return st;
}

/* ---- status line ----------------------------------------------------------------------------- */

/* Detects a peer that does not speak HTTP by the first bytes, because one that never ends the line
 * would keep the caller waiting until the limit. */
static int looks_like_http(const struct wxl_codec *c)
{
    static const char start[] = "HTTP/1.";
    size_t n = pending(c);

    if (n > sizeof start - 1) {
        n = sizeof start - 1;
    }
    return n == 0 || memcmp(c->in.data + c->pos, start, n) == 0;
}

static enum wxl_status read_status(struct wxl_codec *c, const struct line *line,
                                   struct wxl_codec_event *ev)
{
    const char *reason;

    if (!codec_parse_status(line->text, line->len, &c->head.minor, &c->head.status, &reason)) {
        return malformed(c, "the status line is malformed");
    }
    if (c->head.status < 100 || c->head.status > 599) {
        return malformed(c, "the status code is not between 100 and 599");
    }
    if (!wxl_is_text(reason, (size_t)(line->text + line->len - reason))) {
        return malformed(c, "the reason phrase holds a control character");
    }
    c->state = AT_FIELDS;
    if (c->head.status >= 200) {
        ev->type = WXL_CODEC_STATUS;
        ev->status = c->head.status;
        ev->minor = c->head.minor;
        ev->value = reason;
        ev->value_len = (size_t)(line->text + line->len - reason);
    }
    return WXL_OK;
}

/* ---- fields ---------------------------------------------------------------------------------- */

static enum wxl_status read_length(struct wxl_codec *c, const char *s, size_t n)
{
    uint64_t length;

    if (!codec_parse_length(s, n, &length)) {
        return malformed(c, "Content-Length is not a number that can be");
    }
    if (c->head.has_length && length != c->head.length) {
        return malformed(c, "two Content-Length fields differ");
    }
    c->head.has_length = 1;
    c->head.length = length;
    return WXL_OK;
}

static enum wxl_status read_coding(struct wxl_codec *c, const char *s, size_t n)
{
    if (c->head.minor == 0) {
        return malformed(c, "Transfer-Encoding in an HTTP/1.0 answer");
    }
    if (c->head.chunked || !wxl_is_word(s, n, "chunked")) {
        return malformed(c, "Transfer-Encoding is not just \"chunked\"");
    }
    c->head.chunked = 1;
    return WXL_OK;
}

/* Splits and checks a field; the name becomes lower case where it stands. */
static enum wxl_status split_field(struct wxl_codec *c, const struct line *line,
                                   struct wxl_codec_event *ev)
{
    char *s = line->text;
    const char *colon = memchr(s, ':', line->len);
    size_t name_len = colon ? (size_t)(colon - s) : 0;
    size_t from = name_len + 1;
    size_t to = line->len;
    size_t i;

    if (++c->fields > c->limits.field_count) {
        return over(c, "field_count", c->limits.field_count);
    }
    if (s[0] == ' ' || s[0] == '\t') {
        return malformed(c, "a header field is folded over two lines");
    }
    if (!colon) {
        return malformed(c, "a header line has no colon");
    }
    if (!wxl_is_token(s, name_len)) {
        return malformed(c, "the name of a header field is not a token");
    }
    while (from < to && (s[from] == ' ' || s[from] == '\t')) {
        from++;
    }
    while (to > from && (s[to - 1] == ' ' || s[to - 1] == '\t')) {
        to--;
    }
    if (!wxl_is_text(s + from, to - from)) {
        return malformed(c, "the value of a header field holds a control character");
    }
    for (i = 0; i < name_len; i++) {
        s[i] = wxl_lower(s[i]);
    }
    ev->name = s;
    ev->name_len = name_len;
    ev->value = s + from;
    ev->value_len = to - from;
    return WXL_OK;
}

static enum wxl_status read_field(struct wxl_codec *c, const struct line *line,
                                  struct wxl_codec_event *ev)
{
    struct wxl_codec_event field = {WXL_CODEC_FIELD, 0, 0, NULL, 0, NULL, 0};
    enum wxl_status st = split_field(c, line, &field);

    if (st != WXL_OK) {
        return st;
    }
    if (wxl_is_word(field.name, field.name_len, "content-length")) {
        st = read_length(c, field.value, field.value_len);
    } else if (wxl_is_word(field.name, field.name_len, "transfer-encoding")) {
        st = read_coding(c, field.value, field.value_len);
    } else if (wxl_is_word(field.name, field.name_len, "connection")) {
        codec_parse_connection(field.value, field.value_len, &c->head.says_close,
                               &c->head.says_keep_alive);
    }
    if (st == WXL_OK && c->head.status >= 200) {
        *ev = field;
    }
    return st;
}

static enum wxl_status read_trailer(struct wxl_codec *c, const struct line *line,
                                    struct wxl_codec_event *ev)
{
    struct wxl_codec_event field = {WXL_CODEC_TRAILER, 0, 0, NULL, 0, NULL, 0};
    enum wxl_status st = split_field(c, line, &field);

    if (st != WXL_OK) {
        return st;
    }
    if (wxl_is_word(field.name, field.name_len, "content-length") ||
        wxl_is_word(field.name, field.name_len, "transfer-encoding")) {
        return malformed(c, "a trailer holds a framing header");
    }
    *ev = field;
    return WXL_OK;
}

/* ---- framing --------------------------------------------------------------------------------- */

static enum wxl_status too_large(struct wxl_codec *c)
{
    return wxl_fail(&c->failure, WXL_E_TOO_LARGE, 0, "the answer is larger than %llu bytes",
                    (unsigned long long)c->body_limit);
}

static enum wxl_status end_interim(struct wxl_codec *c)
{
    if (c->head.status == 101) {
        return malformed(c, "the peer changes to a protocol that was not asked for");
    }
    if (++c->interims > c->limits.interim) {
        return over(c, "interim", c->limits.interim);
    }
    memset(&c->head, 0, sizeof c->head);
    c->state = AT_STATUS;
    return WXL_OK;
}

static enum wxl_status end_head(struct wxl_codec *c, struct wxl_codec_event *ev)
{
    int tunnel = c->asked == ASKED_CONNECT && c->head.status < 300;

    if (c->head.status < 200) {
        return end_interim(c);
    }
    if (c->head.chunked && c->head.has_length) {
        return malformed(c, "both Content-Length and Transfer-Encoding are given");
    }
    ev->type = WXL_CODEC_HEAD_END;
    if (tunnel || c->head.status == 204) {
        c->odd = c->head.chunked || (c->head.has_length && c->head.length > 0);
        c->state = DONE;
    } else if (c->asked == ASKED_HEAD || c->head.status == 304) {
        c->state = DONE;
    } else if (c->head.chunked) {
        c->state = AT_CHUNK;
    } else if (c->head.has_length) {
        if (c->head.length > c->body_limit) {
            return too_large(c);
        }
        c->left = c->head.length;
        c->state = c->head.length > 0 ? IN_LENGTH : DONE;
    } else {
        c->head.says_close = 1; /* it ends when the peer closes */
        c->state = IN_CLOSE;
    }
    return WXL_OK;
}

/* ---- chunks ---------------------------------------------------------------------------------- */

static enum wxl_status read_chunk_size(struct wxl_codec *c, const struct line *line)
{
    uint64_t size;
    size_t extra;

    if (!codec_parse_chunk(line->text, line->len, &size, &extra)) {
        return malformed(c, "a chunk size or its extension is malformed");
    }
    if (size > c->body_limit - c->body_seen) {
        return too_large(c);
    }
    /* Without this a peer could send extensions forever and no body. */
    if (extra > c->limits.head_bytes - c->head_used) {
        return over(c, "head_bytes", c->limits.head_bytes);
    }
    c->head_used += extra;
    c->left = size;
    c->state = size > 0 ? IN_CHUNK : AT_TRAILERS;
    return WXL_OK;
}

static enum wxl_status end_chunk(struct wxl_codec *c, int *short_of_data)
{
    size_t have = pending(c);
    const char *s = have > 0 ? c->in.data + c->pos : "";

    if ((have > 0 && s[0] != '\r') || (have > 1 && s[1] != '\n')) {
        return malformed(c, "a chunk does not end where its size says");
    }
    *short_of_data = have < 2;
    if (have >= 2) {
        c->pos += 2;
        c->state = AT_CHUNK;
    }
    return WXL_OK;
}

/* ---- events ---------------------------------------------------------------------------------- */

static enum wxl_status give_body(struct wxl_codec *c, struct wxl_codec_event *ev)
{
    uint64_t room = c->state == IN_CLOSE ? c->body_limit - c->body_seen : c->left;
    size_t n = pending(c);

    if (n == 0) {
        return WXL_OK;
    }
    if (room == 0) {
        return too_large(c); /* only without a length: with one the head has been refused */
    }
    if (n > room) {
        n = (size_t)room;
    }
    ev->type = WXL_CODEC_BODY;
    ev->value = c->in.data + c->pos;
    ev->value_len = n;
    c->pos += n;
    c->body_seen += n;
    if (c->state != IN_CLOSE) {
        c->left -= n;
        if (c->left == 0) {
            c->state = c->state == IN_LENGTH ? DONE : AFTER_CHUNK;
        }
    }
    return WXL_OK;
}

/* One step: an event in *ev, or progress (*moved), or neither when bytes are short. */
static enum wxl_status step(struct wxl_codec *c, struct wxl_codec_event *ev, int *moved)
{
    struct line line = {NULL, 0};
    enum wxl_status st = WXL_OK;
    int is_short = 0;

    switch (c->state) {
    case AT_STATUS:
        if (!looks_like_http(c)) {
            return malformed(c, "the peer does not speak HTTP/1");
        }
        st = take_head_line(c, &line);
        if (st == WXL_OK && line.text) {
            st = read_status(c, &line, ev);
        }
        break;
    case AT_FIELDS:
    case AT_TRAILERS:
        st = take_head_line(c, &line);
        if (st != WXL_OK || !line.text) {
            break;
        }
        if (line.len > 0) {
            st = c->state == AT_FIELDS ? read_field(c, &line, ev) : read_trailer(c, &line, ev);
        } else if (c->state == AT_FIELDS) {
            st = end_head(c, ev);
        } else {
            c->state = DONE;
        }
        break;
    case AT_CHUNK:
        st = take_line(c, c->limits.chunk_line, "chunk_line", &line);
        if (st == WXL_OK && line.text) {
            st = read_chunk_size(c, &line);
        }
        break;
    case AFTER_CHUNK:
        st = end_chunk(c, &is_short);
        *moved = !is_short;
        return st;
    case IN_LENGTH:
    case IN_CHUNK:
    case IN_CLOSE:
        return give_body(c, ev);
    case DONE:
        ev->type = WXL_CODEC_END;
        return WXL_OK;
    }
    *moved = line.text != NULL;
    return st;
}

static enum wxl_status at_eof(struct wxl_codec *c, struct wxl_codec_event *ev)
{
    if (c->state == IN_CLOSE) {
        c->state = DONE;
        ev->type = WXL_CODEC_END;
        return WXL_OK;
    }
    return wxl_fail(&c->failure, WXL_E_LOST, 0, "the peer closed the connection %s",
                    !c->touched             ? "without an answer"
                    : c->state <= AT_FIELDS ? "in the middle of the head"
                                            : "in the middle of the body");
}

enum wxl_status wxl_codec_next(struct wxl_codec *c, struct wxl_codec_event *ev,
                               struct wxl_error *err)
{
    enum wxl_status st = c->failure.status;
    int moved = 1;

    memset(ev, 0, sizeof *ev);
    while (st == WXL_OK && moved && ev->type == WXL_CODEC_NEED_DATA) {
        moved = 0;
        st = step(c, ev, &moved);
    }
    if (st == WXL_OK && ev->type == WXL_CODEC_NEED_DATA && c->eof) {
        st = at_eof(c, ev);
    }
    if (st != WXL_OK) {
        memset(ev, 0, sizeof *ev);
        if (err) {
            *err = c->failure;
        }
    }
    return st;
}
