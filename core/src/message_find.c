/* The Encrypt text in the envelope that a callback came in. */
#include "wxlive/message.h"

#include <string.h>

static const char *find(const char *p, const char *end, const char *text)
{
    size_t n = strlen(text);

    while ((size_t)(end - p) >= n) {
        p = memchr(p, text[0], (size_t)(end - p) - n + 1);
        if (!p) {
            return NULL;
        }
        if (memcmp(p, text, n) == 0) {
            return p;
        }
        p++;
    }
    return NULL;
}

static int starts(const char *p, const char *end, const char *text)
{
    size_t n = strlen(text);

    return (size_t)(end - p) >= n && memcmp(p, text, n) == 0;
}

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')) {
        p++;
    }
    return p;
}

/* What stands between p and `close`; not when it holds what stands for something else there: a
 * backslash, an entity, a tag. */
static enum wxl_status take(const char *p, const char *end, const char *close,
                            struct wxl_bytes *encrypt)
{
    const char *to = memchr(p, close[0], (size_t)(end - p));
    size_t n = to ? (size_t)(to - p) : 0;

    if (n == 0 || !starts(to, end, close) || memchr(p, '\\', n) || memchr(p, '&', n) ||
        memchr(p, '<', n)) {
        return WXL_E_NOT_FOUND;
    }
    encrypt->p = p;
    encrypt->n = n;
    return WXL_OK;
}

static enum wxl_status find_in_xml(const char *p, const char *end, struct wxl_bytes *encrypt)
{
    static const char tag[] = "<Encrypt>";
    static const char cdata[] = "<![CDATA[";

    while (p && p < end) {
        p = memchr(p, '<', (size_t)(end - p));
        if (p && starts(p, end, cdata)) {
            p = find(p, end, "]]>"); /* text of a user: may spell any tag */
        } else if (p && starts(p, end, tag)) {
            p += sizeof tag - 1;
            if (starts(p, end, cdata)) {
                return take(p + sizeof cdata - 1, end, "]]></Encrypt>", encrypt);
            }
            return take(p, end, "</Encrypt>", encrypt);
        } else if (p) {
            p++;
        }
    }
    return WXL_E_NOT_FOUND;
}

static enum wxl_status find_in_json(const char *p, const char *end, struct wxl_bytes *encrypt)
{
    static const char key[] = "\"Encrypt\"";

    for (p = find(p, end, key); p; p = find(p, end, key)) {
        p = skip_space(p + sizeof key - 1, end);
        if (p == end || *p != ':') {
            continue; /* a value, not a name */
        }
        p = skip_space(p + 1, end);
        if (p == end || *p != '"') {
            continue;
        }
        return take(p + 1, end, "\"", encrypt);
    }
    return WXL_E_NOT_FOUND;
}

enum wxl_status wxl_message_find(struct wxl_bytes body, struct wxl_bytes *encrypt)
{
    const char *end;
    const char *p;

    encrypt->p = NULL;
    encrypt->n = 0;
    if (body.n == 0) {
        return WXL_E_NOT_FOUND;
    }
    end = body.p + body.n;
    p = skip_space(body.p, end);
    if (p < end && *p == '<') {
        return find_in_xml(p, end, encrypt);
    }
    return p < end && *p == '{' ? find_in_json(p, end, encrypt) : WXL_E_NOT_FOUND;
}
