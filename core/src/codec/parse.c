#include "codec/parse.h"

#include "base/chars.h"
#include "wxlive/base/digits.h"
#include "wxlive/codec.h"

int codec_parse_status(const char *s, size_t n, int *minor, int *status, const char **reason)
{
    if (n < 12 || (s[7] != '0' && s[7] != '1') || s[8] != ' ' || !wxl_is_digit(s[9]) ||
        !wxl_is_digit(s[10]) || !wxl_is_digit(s[11]) || (n > 12 && s[12] != ' ')) {
        return 0;
    }
    *minor = s[7] - '0';
    *status = (s[9] - '0') * 100 + (s[10] - '0') * 10 + (s[11] - '0');
    *reason = s + (n > 12 ? 13 : 12);
    return 1;
}

int codec_parse_length(const char *s, size_t n, uint64_t *length)
{
    int64_t value;

    if (n == 0 || n > 19 || s[0] == '-' || !wxl_digits_read(s, n, &value)) {
        return 0;
    }
    *length = (uint64_t)value;
    return 1;
}

void codec_parse_connection(const char *s, size_t n, int *says_close, int *says_keep_alive)
{
    size_t i = 0;

    while (i < n) {
        size_t start;
        size_t end;

        while (i < n && (s[i] == ' ' || s[i] == '\t' || s[i] == ',')) {
            i++;
        }
        start = i;
        while (i < n && s[i] != ',') {
            i++;
        }
        end = i;
        while (end > start && (s[end - 1] == ' ' || s[end - 1] == '\t')) {
            end--;
        }
        if (wxl_is_word(s + start, end - start, "close")) {
            *says_close = 1;
        } else if (wxl_is_word(s + start, end - start, "keep-alive")) {
            *says_keep_alive = 1;
        }
    }
}

static size_t skip_blank(const char *s, size_t n, size_t i)
{
    while (i < n && (s[i] == ' ' || s[i] == '\t')) {
        i++;
    }
    return i;
}

static size_t skip_token(const char *s, size_t n, size_t i)
{
    while (i < n && wxl_is_token(s + i, 1)) {
        i++;
    }
    return i;
}

/* The index behind a quoted string that starts at i; n + 1 when it does not end. */
static size_t skip_quoted(const char *s, size_t n, size_t i)
{
    for (i++; i < n; i++) {
        if (s[i] == '"') {
            return i + 1;
        }
        if (s[i] == '\\') {
            i++;
        }
    }
    return n + 1;
}

/* *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted ) ] ): read only to be refused when wrong. */
static int is_extension(const char *s, size_t n)
{
    size_t i = 0;

    if (!wxl_is_text(s, n)) {
        return 0;
    }
    while (i < n) {
        size_t at;

        i = skip_blank(s, n, i);
        if (i >= n || s[i] != ';') {
            return 0;
        }
        at = skip_blank(s, n, i + 1);
        i = skip_token(s, n, at);
        if (i == at) {
            return 0;
        }
        at = skip_blank(s, n, i);
        if (at < n && s[at] == '=') {
            at = skip_blank(s, n, at + 1);
            i = at < n && s[at] == '"' ? skip_quoted(s, n, at) : skip_token(s, n, at);
            if (i == at || i > n) {
                return 0;
            }
        }
    }
    return 1;
}

int codec_parse_chunk(const char *s, size_t n, uint64_t *size, size_t *extra)
{
    uint64_t sum = 0;
    size_t digits = 0;

    while (digits < n && wxl_hex_value(s[digits]) >= 0) {
        if (digits == WXL_CODEC_CHUNK_DIGITS) {
            return 0;
        }
        sum = sum * 16 + (uint64_t)wxl_hex_value(s[digits]);
        digits++;
    }
    if (digits == 0 || !is_extension(s + digits, n - digits)) {
        return 0;
    }
    *size = sum;
    *extra = n - digits;
    return 1;
}
