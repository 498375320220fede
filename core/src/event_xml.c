/* A known event in plain XML, as the platform writes it: elements without attributes, each with one
 * text or one CDATA section, or, the event's own one, with elements. What expat would read
 * otherwise than it stands there (references, line ends, sections that lost their '<') is not
 * plain. */
#include <string.h>

#include "event_walk.h"
#include "wxlive/utf8.h"

static const char cdata_open[] = "<![CDATA[";
static const char cdata_close[] = "]]>";

struct cursor {
    const char *at;
    const char *end;
};

static size_t left(const struct cursor *c)
{
    return (size_t)(c->end - c->at);
}

static bool take(struct cursor *c, const char *text, size_t n)
{
    if (left(c) < n || memcmp(c->at, text, n) != 0) {
        return false;
    }
    c->at += n;
    return true;
}

static void skip_space(struct cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\t')) {
        c->at++;
    }
}

/* The name in a start tag. It may be anything but empty. */
static bool take_name(struct cursor *c, struct wxl_bytes *name)
{
    const char *close = c->at < c->end && *c->at == '<' ? memchr(c->at, '>', left(c)) : NULL;

    if (!close || close == c->at + 1) {
        return false;
    }
    name->p = c->at + 1;
    name->n = (size_t)(close - name->p);
    c->at = close + 1;
    return true;
}

static bool take_end(struct cursor *c, struct wxl_bytes name)
{
    const char *p = c->at;

    if (left(c) < name.n + 3 || p[0] != '<' || p[1] != '/' || p[name.n + 2] != '>' ||
        memcmp(p + 2, name.p, name.n) != 0) {
        return false;
    }
    c->at += name.n + 3;
    return true;
}

static bool take_section(struct cursor *c, struct wxl_bytes *text)
{
    const char *p = c->at;

    text->p = p;
    do {
        p = memchr(p, ']', (size_t)(c->end - p));
        if (!p || (size_t)(c->end - p) < sizeof cdata_close - 1) {
            return false;
        }
    } while (memcmp(p++, cdata_close, sizeof cdata_close - 1) != 0);
    text->n = (size_t)(p - 1 - text->p);
    c->at = p + sizeof cdata_close - 2;
    return true;
}

/* Text up to the next tag. A reference, and what a broken section begins or any section ends with,
 * are not plain. */
static bool take_text(struct cursor *c, struct wxl_bytes *text)
{
    const char *p = c->at;

    while (p < c->end && *p != '<') {
        if (*p == '&' || *p == '!' || *p == ']') {
            return false;
        }
        p++;
    }
    text->p = c->at;
    text->n = (size_t)(p - c->at);
    c->at = p;
    return true;
}

/* What an element holds, and its end. */
static bool take_leaf(struct cursor *c, struct wxl_bytes name, struct wxl_bytes *text)
{
    bool plain =
        take(c, cdata_open, sizeof cdata_open - 1) ? take_section(c, text) : take_text(c, text);

    return plain && take_end(c, name);
}

static bool read_elements(struct wxl_event_walk *w, struct cursor *c, struct wxl_bytes around);

static bool read_wrapper(struct wxl_event_walk *w, struct cursor *c, struct wxl_bytes name,
                         int event)
{
    bool plain;

    w->wrapper = event;
    w->wrapped = true;
    plain = read_elements(w, c, name);
    w->wrapped = false;
    return plain;
}

static bool read_element(struct wxl_event_walk *w, struct cursor *c)
{
    struct wxl_bytes name;
    struct wxl_event_value v = {{NULL, 0}, 0, WXL_EVENT_TEXT};
    int which = 0;

    if (!take_name(c, &name)) {
        return false;
    }
    switch (wxl_event_find(w, name, &which)) {
    case WXL_EVENT_FIELD:
        return take_leaf(c, name, &v.text) && wxl_event_keep_text(w, which, v.text);
    case WXL_EVENT_EXTRA:
        return wxl_event_is_plain_name(name) && take_leaf(c, name, &v.text) &&
               wxl_event_keep_extra(w, name, &v);
    case WXL_EVENT_WRAPPER:
        return read_wrapper(w, c, name, which);
    default:
        return false;
    }
}

/* One element or more, and the end of the one around them. */
static bool read_elements(struct wxl_event_walk *w, struct cursor *c, struct wxl_bytes around)
{
    do {
        skip_space(c);
        if (!read_element(w, c)) {
            return false;
        }
        skip_space(c);
    } while (left(c) < 2 || c->at[1] != '/');
    return take_end(c, around);
}

bool wxl_event_walk_xml(struct wxl_event_walk *w, struct wxl_bytes text)
{
    static const struct wxl_bytes root = {"xml", 3};
    struct cursor c = {text.p, text.p + text.n};

    if (!take(&c, "<xml>", 5) || !read_elements(w, &c, root)) {
        return false;
    }
    skip_space(&c);
    return c.at == c.end && wxl_utf8_xml(text);
}
