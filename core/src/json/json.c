#include "wxlive/json.h"

#include <string.h>

#include "base/chars.h"
#include "wxlive/base/buf.h"
#include "wxlive/base/utf8.h"

/* A whole number of so many digits is exact in a double and in 64 bits. */
#define EXACT_DIGITS 15

/* Functions that stay functions: half of all tokens are one character, and wxl_json_next saves no
 * registers for those. */
#define WXL_APART __attribute__((noinline))

/* Bytes that may follow the value and are ignored: the NUL of a C string, line ends, blanks. */
static bool is_padding(char c)
{
    return (unsigned char)c <= ' ';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

void wxl_json_begin(struct wxl_json_reader *r, const char *text, size_t len)
{
    struct wxl_bytes all = {text, len};
    size_t bom = wxl_utf8_bom(all);

    while (len > bom && is_padding(text[len - 1])) {
        len--;
    }
    r->start = text;
    r->at = text + bom;
    r->end = text + len;
    r->back = r->at;
}

/* Behind the digits at p; *value goes on with them. */
static const char *read_digits(const char *p, const char *end, unsigned long long *value)
{
    unsigned long long n = *value;

    for (; p < end && wxl_is_digit(*p); p++) {
        n = n * 10 + (unsigned long long)(*p - '0');
    }
    *value = n;
    return p;
}

/* Behind the exponent at p, if there is one; NULL when it has no digits. */
static const char *skip_exponent(const char *p, const char *end)
{
    unsigned long long any = 0;
    const char *digits;

    if (p == end || (*p | 0x20) != 'e') {
        return p;
    }
    p++;
    p += p < end && (*p == '+' || *p == '-');
    digits = p;
    p = read_digits(p, end, &any);
    return p == digits ? NULL : p;
}

static WXL_APART enum wxl_json_kind read_number(struct wxl_json_reader *r, struct wxl_json_token *t)
{
    bool negative = *r->at == '-';
    const char *digits = r->at + negative;
    unsigned long long value = 0;
    const char *p = read_digits(digits, r->end, &value);
    const char *whole = p;
    const char *end;

    if (p == digits || (*digits == '0' && p - digits > 1)) {
        return WXL_JSON_BAD;
    }
    t->fraction = 0;
    if (p < r->end && *p == '.') {
        p = read_digits(whole + 1, r->end, &value);
        t->fraction = (int)(p - whole) - 1;
        if (t->fraction == 0) {
            return WXL_JSON_BAD;
        }
    }
    end = skip_exponent(p, r->end);
    if (!end) {
        return WXL_JSON_BAD;
    }
    t->text = r->at;
    t->len = (size_t)(end - r->at);
    r->at = end;
    if (end != p || p - digits - (p > whole) > EXACT_DIGITS) {
        return WXL_JSON_NUMBER;
    }
    t->integer = negative ? -(long long)value : (long long)value;
    return p == whole ? WXL_JSON_INTEGER : WXL_JSON_DECIMAL;
}

/* Both numbers are exact, and so the quotient is the nearest there is. (Where the processor divides
 * with more digits than a double has, it may be rounded twice.) */
double wxl_json_decimal(const struct wxl_json_token *t)
{
    static const double tens[EXACT_DIGITS + 1] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                  1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

    return (double)t->integer / tens[t->fraction];
}

/* The quote that ends a string whose text holds backslashes from `back` on; NULL when none does. */
static const char *end_of_escaped(const char *back, const char *end)
{
    const char *p = back;

    while (p < end && *p != '"') {
        p += *p == '\\' ? 2 : 1;
    }
    return p < end ? p : NULL;
}

/* Most strings hold no escape, and memchr is much faster than any loop over bytes. Backslashes are
 * rarer than strings: where the next one is, is remembered. */
static WXL_APART enum wxl_json_kind read_string(struct wxl_json_reader *r, struct wxl_json_token *t)
{
    const char *text = r->at + 1;
    const char *quote = memchr(text, '"', (size_t)(r->end - text));

    if (r->back < text) {
        r->back = memchr(text, '\\', (size_t)(r->end - text));
        r->back = r->back ? r->back : r->end;
    }
    t->escaped = quote && r->back < quote;
    if (t->escaped) {
        quote = end_of_escaped(r->back, r->end);
    }
    if (!quote) {
        return WXL_JSON_BAD;
    }
    t->text = text;
    t->len = (size_t)(quote - text);
    r->at = quote + 1;
    return WXL_JSON_STRING;
}

static WXL_APART enum wxl_json_kind read_word(struct wxl_json_reader *r, const char *word,
                                              size_t len, enum wxl_json_kind kind)
{
    if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0) {
        return WXL_JSON_BAD;
    }
    r->at += len;
    return kind;
}

static enum wxl_json_kind one_char(struct wxl_json_reader *r, enum wxl_json_kind kind)
{
    r->at++;
    return kind;
}

enum wxl_json_kind wxl_json_next(struct wxl_json_reader *r, struct wxl_json_token *t)
{
    while (r->at < r->end && is_padding(*r->at) && is_blank(*r->at)) {
        r->at++;
    }
    if (r->at == r->end) {
        return WXL_JSON_END;
    }
    switch (*r->at) {
    case '{':
        return one_char(r, WXL_JSON_OBJECT);
    case '}':
        return one_char(r, WXL_JSON_OBJECT_END);
    case '[':
        return one_char(r, WXL_JSON_LIST);
    case ']':
        return one_char(r, WXL_JSON_LIST_END);
    case ':':
        return one_char(r, WXL_JSON_COLON);
    case ',':
        return one_char(r, WXL_JSON_COMMA);
    case '"':
        return read_string(r, t);
    case 't':
        return read_word(r, "true", 4, WXL_JSON_TRUE);
    case 'f':
        return read_word(r, "false", 5, WXL_JSON_FALSE);
    case 'n':
        return read_word(r, "null", 4, WXL_JSON_NULL);
    default:
        return *r->at == '-' || wxl_is_digit(*r->at) ? read_number(r, t) : WXL_JSON_BAD;
    }
}

/* ---- escapes -----------------------------------------------------------------------------------
 */

/* Four hex digits at p, or -1. */
static long read_hex(const char *p, const char *end)
{
    long value = 0;
    int i;

    if (end - p < 4) {
        return -1;
    }
    for (i = 0; i < 4; i++) {
        int digit = wxl_hex_value(p[i]);

        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

static char *put_utf8(char *out, long code)
{
    if (code < 0x80) {
        *out++ = (char)code;
    } else if (code < 0x800) {
        *out++ = (char)(0xc0 | (code >> 6));
        *out++ = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        *out++ = (char)(0xe0 | (code >> 12));
        *out++ = (char)(0x80 | ((code >> 6) & 0x3f));
        *out++ = (char)(0x80 | (code & 0x3f));
    } else {
        *out++ = (char)(0xf0 | (code >> 18));
        *out++ = (char)(0x80 | ((code >> 12) & 0x3f));
        *out++ = (char)(0x80 | ((code >> 6) & 0x3f));
        *out++ = (char)(0x80 | (code & 0x3f));
    }
    return out;
}

/* U+FFFD, which replaces half of a surrogate pair. */
#define REPLACEMENT 0xfffd

/* The code point of the \u escape whose digits begin at *p, which moves past it (and past the
 * second half of a pair); -1 when there is none. */
static long read_code(const char **p, const char *end)
{
    long code = read_hex(*p, end);
    long low;

    if (code < 0) {
        return -1;
    }
    *p += 4;
    if (code < 0xd800 || code > 0xdfff) {
        return code;
    }
    if (code > 0xdbff || end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u') {
        return REPLACEMENT;
    }
    low = read_hex(*p + 2, end);
    if (low < 0xdc00 || low > 0xdfff) {
        return REPLACEMENT;
    }
    *p += 6;
    return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
}

enum wxl_status wxl_json_unescape(const char *text, size_t len, char *out, size_t *out_len)
{
    static const char names[] = "\"\\/bfnrt";
    static const char meant[] = "\"\\/\b\f\n\r\t";
    const char *p = text;
    const char *end = text + len;
    char *to = out;

    while (p < end) {
        const char *known;
        long code;

        if (*p != '\\') {
            *to++ = *p++;
            continue;
        }
        p++;
        if (p < end && *p == 'u') {
            p++;
            code = read_code(&p, end);
            if (code < 0) {
                return WXL_E_FORMAT;
            }
            to = put_utf8(to, code);
            continue;
        }
        known = p < end && *p ? strchr(names, *p) : NULL;
        if (!known) {
            return WXL_E_FORMAT;
        }
        *to++ = meant[known - names];
        p++;
    }
    *out_len = (size_t)(to - out);
    return WXL_OK;
}

/* Characters that must be escaped in a string: control characters, the quote and the backslash. */
static const bool needs_escape[256] = {
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,         1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, ['"'] = 1, ['\\'] = 1,
};

size_t wxl_json_quote(const char *text, size_t len, char *out)
{
    static const char hex[] = "0123456789abcdef";
    static const char letters[] = "........btn.fr..................";
    const char *end = text + len;
    char *to = out;

    *to++ = '"';
    for (; text < end; text++) {
        const char *run = text;
        char c;

        while (text < end && !needs_escape[(unsigned char)*text]) {
            text++;
        }
        memcpy(to, run, (size_t)(text - run));
        to += text - run;
        if (text == end) {
            break;
        }
        c = *text;
        *to++ = '\\';
        if (c == '"' || c == '\\') {
            *to++ = c;
        } else if (letters[(unsigned char)c] != '.') {
            *to++ = letters[(unsigned char)c];
        } else {
            to[0] = 'u';
            to[1] = '0';
            to[2] = '0';
            to[3] = hex[(unsigned char)c >> 4];
            to[4] = hex[(unsigned char)c & 15];
            to += 5;
        }
    }
    *to++ = '"';
    return (size_t)(to - out);
}

enum wxl_status wxl_json_append_string(struct wxl_buf *out, const char *text, size_t len)
{
    enum wxl_status st = WXL_E_LIMIT;
    char *at = NULL;

    if (len <= ((size_t)-1 - 2) / 6) {
        at = wxl_buf_reserve(out, WXL_JSON_QUOTED(len), &st);
    }
    if (at) {
        wxl_buf_commit(out, wxl_json_quote(text, len, at));
        st = WXL_OK;
    }
    return st;
}

size_t wxl_json_integer(long long value, char *out)
{
    char digits[WXL_JSON_INTEGER_MAX];
    char *end = digits + sizeof digits;
    char *at = end;
    unsigned long long rest =
        value < 0 ? 0ULL - (unsigned long long)value : (unsigned long long)value;

    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0) {
        *--at = '-';
    }
    memcpy(out, at, (size_t)(end - at));
    return (size_t)(end - at);
}

enum wxl_status wxl_json_append_integer(struct wxl_buf *out, long long value)
{
    char digits[WXL_JSON_INTEGER_MAX];

    return wxl_buf_append(out, digits, wxl_json_integer(value, digits));
}
