#include "wxlive/base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "wxlive/base/text.h"

static const struct {
    const char *name;
    const char *text;
} statuses[] = {
#define WXL_STATUS_ENTRY(id, name, text) {name, text},
    WXL_STATUS_TABLE(WXL_STATUS_ENTRY)
#undef WXL_STATUS_ENTRY
};

const char *wxl_status_name(enum wxl_status st)
{
    return (unsigned)st < WXL_STATUS_COUNT ? statuses[st].name : "unknown";
}

const char *wxl_status_text(enum wxl_status st)
{
    return (unsigned)st < WXL_STATUS_COUNT ? statuses[st].text : "unknown";
}

/* Cuts a half character that snprintf may have left at the end. */
static size_t utf8_floor(const char *s, size_t n)
{
    unsigned long code = 0;
    size_t i = n;

    while (i > 0 && n - i < 4 && ((unsigned char)s[i - 1] & 0xc0) == 0x80) {
        i--;
    }
    return i > 0 && !wxl_text_decode(s, n, i - 1, &code) ? i - 1 : n;
}

enum wxl_status (wxl_fail)(struct wxl_error *err, enum wxl_status st, long code, const char *fmt, ...)
{
    va_list ap;
    size_t i;
    size_t n;
    int len;

    if (!err) {
        return st;
    }
    err->status = st;
    err->code = code;
    va_start(ap, fmt);
    len = vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    if (len < 0) {
        err->text[0] = '\0';
        return st;
    }
    n = strlen(err->text);
    if ((size_t)len >= sizeof err->text) {
        n = utf8_floor(err->text, n);
        err->text[n] = '\0';
    }
    for (i = 0; i < n; i++) {
        if ((unsigned char)err->text[i] < 0x20 || err->text[i] == 0x7f) {
            err->text[i] = ' ';
        }
    }
    return st;
}
