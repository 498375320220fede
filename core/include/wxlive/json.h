/* Reading JSON text (RFC 8259): one token after the other, nothing allocated, nothing copied.
 *
 * The reader knows tokens, not grammar: the caller keeps the nesting, and checks the order of
 * tokens. Strings may hold raw control characters: the platform sends line breaks in messages.
 * Their UTF-8 is passed on as it came. */
#ifndef WXLIVE_JSON_H
#define WXLIVE_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "wxlive/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wxl_json_kind {
    WXL_JSON_END, /* of the text */
    WXL_JSON_BAD, /* no token begins here, or it is not complete */
    WXL_JSON_OBJECT,
    WXL_JSON_OBJECT_END,
    WXL_JSON_LIST,
    WXL_JSON_LIST_END,
    WXL_JSON_COLON,
    WXL_JSON_COMMA,
    WXL_JSON_STRING,
    WXL_JSON_INTEGER, /* at most 15 digits, without fraction or exponent: `integer` has it */
    WXL_JSON_DECIMAL, /* at most 15 digits with a point among them: see wxl_json_decimal */
    WXL_JSON_NUMBER,  /* any other number: its text, for callers that can convert it */
    WXL_JSON_TRUE,
    WXL_JSON_FALSE,
    WXL_JSON_NULL
};

struct wxl_buf;

/* Borrows the text. */
struct wxl_json_reader {
    const char *start;
    const char *at;
    const char *end;
    const char *back; /* the first backslash from `at` on, or one before it: then it is not known */
};

struct wxl_json_token {
    const char *text; /* of a string: between the quotes, as it stands there */
    size_t len;
    long long integer; /* of a decimal: without the point */
    int fraction;      /* digits behind the point */
    bool escaped;      /* the string holds backslashes: wxl_json_unescape it */
};

/* A byte order mark before the text is skipped, and so are blanks and control characters behind
 * it, NULs among them: some servers send a C string with its end. */
void wxl_json_begin(struct wxl_json_reader *r, const char *text, size_t len);

/* The next token. After WXL_JSON_BAD, `at` is where it went wrong. */
enum wxl_json_kind wxl_json_next(struct wxl_json_reader *r, struct wxl_json_token *t);

/* Passes this character, a colon or a comma, when it comes next, as nearly always. False: what
 * comes next is for wxl_json_next to say, a blank before that character among it. */
static inline bool wxl_json_pass(struct wxl_json_reader *r, char c)
{
    if (r->at < r->end && *r->at == c) {
        r->at++;
        return true;
    }
    return false;
}

/* The value of a WXL_JSON_DECIMAL. */
double wxl_json_decimal(const struct wxl_json_token *t);

/* Writes the string without its escapes to out, which has room for len bytes. WXL_E_FORMAT for an
 * escape that does not exist; half of a surrogate pair, which a nickname cut in two leaves,
 * becomes U+FFFD. */
WXL_NODISCARD enum wxl_status wxl_json_unescape(const char *text, size_t len, char *out,
                                                size_t *out_len);

/* Writes the string with quotes, escaping only what JSON demands, to out, which has room for
 * WXL_JSON_QUOTED(len) bytes. Returns how many were written. */
#define WXL_JSON_QUOTED(len) ((len)*6 + 2)
size_t wxl_json_quote(const char *text, size_t len, char *out);

/* Writes the number's digits to out, which has room for WXL_JSON_INTEGER_MAX bytes. Returns how
 * many were written. */
#define WXL_JSON_INTEGER_MAX 20
size_t wxl_json_integer(long long value, char *out);

/* Appends the string with quotes, or the number's digits. On failure the buffer is unchanged. */
WXL_NODISCARD enum wxl_status wxl_json_append_string(struct wxl_buf *out, const char *text,
                                                     size_t len);
WXL_NODISCARD enum wxl_status wxl_json_append_integer(struct wxl_buf *out, long long value);

#ifdef __cplusplus
}
#endif

#endif
