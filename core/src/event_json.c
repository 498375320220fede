/* A known event in plain JSON. */
#include "event_walk.h"
#include "wxlive/json.h"
#include "wxlive/utf8.h"

/* The next token is mostly the one character right here. */
static enum wxl_json_kind next_kind(struct wxl_json_reader *json, char usual,
                                    enum wxl_json_kind kind)
{
    struct wxl_json_token t;

    if (json->at < json->end && *json->at == usual) {
        json->at++;
        return kind;
    }
    return wxl_json_next(json, &t);
}

static struct wxl_bytes bytes_of(const struct wxl_json_token *t)
{
    struct wxl_bytes b = {t->text, t->len};

    return b;
}

static bool keep_field(struct wxl_event_walk *w, int field, enum wxl_json_kind kind,
                       const struct wxl_json_token *t)
{
    switch (kind) {
    case WXL_JSON_STRING:
        return !t->escaped && wxl_event_keep_text(w, field, bytes_of(t));
    case WXL_JSON_INTEGER:
        return wxl_event_keep_integer(w, field, bytes_of(t), t->integer);
    case WXL_JSON_NULL: /* as if it were not there, unless it is there as well */
        return !(w->event->set & wxl_event_bit(field));
    default:
        return false;
    }
}

static bool keep_extra(struct wxl_event_walk *w, const struct wxl_json_token *name,
                       enum wxl_json_kind kind, const struct wxl_json_token *t)
{
    struct wxl_event_value v = {{t->text, t->len}, t->integer, WXL_EVENT_TEXT};

    if (name->escaped) {
        return false;
    }
    switch (kind) {
    case WXL_JSON_STRING:
        return !t->escaped && wxl_event_keep_extra(w, bytes_of(name), &v);
    case WXL_JSON_INTEGER:
        v.type = WXL_EVENT_INTEGER;
        break;
    case WXL_JSON_TRUE:
        v.type = WXL_EVENT_TRUE;
        break;
    case WXL_JSON_FALSE:
        v.type = WXL_EVENT_FALSE;
        break;
    default:
        return false;
    }
    return wxl_event_keep_extra(w, bytes_of(name), &v);
}

static bool read_members(struct wxl_event_walk *w, struct wxl_json_reader *json);

static bool read_wrapper(struct wxl_event_walk *w, struct wxl_json_reader *json, int event)
{
    bool plain;

    w->wrapper = event;
    w->wrapped = true;
    plain = read_members(w, json);
    w->wrapped = false;
    return plain;
}

static bool read_member(struct wxl_event_walk *w, struct wxl_json_reader *json)
{
    struct wxl_json_token name = {NULL, 0, 0, false};
    struct wxl_json_token value = {NULL, 0, 0, false};
    enum wxl_json_kind kind;
    int which = 0;

    if (wxl_json_next(json, &name) != WXL_JSON_STRING || name.len == 0 ||
        next_kind(json, ':', WXL_JSON_COLON) != WXL_JSON_COLON) {
        return false;
    }
    kind = wxl_json_next(json, &value);
    switch (wxl_event_find(w, bytes_of(&name), &which)) {
    case WXL_EVENT_FIELD:
        return keep_field(w, which, kind, &value);
    case WXL_EVENT_EXTRA:
        return keep_extra(w, &name, kind, &value);
    case WXL_EVENT_WRAPPER:
        return kind == WXL_JSON_OBJECT && read_wrapper(w, json, which);
    default:
        return false;
    }
}

/* What follows the brace of an object, up to and with its end. An empty one is not plain. */
static bool read_members(struct wxl_event_walk *w, struct wxl_json_reader *json)
{
    enum wxl_json_kind kind;

    do {
        if (!read_member(w, json)) {
            return false;
        }
        kind = next_kind(json, ',', WXL_JSON_COMMA);
    } while (kind == WXL_JSON_COMMA);
    return kind == WXL_JSON_OBJECT_END;
}

bool wxl_event_walk_json(struct wxl_event_walk *w, struct wxl_bytes text)
{
    struct wxl_json_reader json;
    struct wxl_json_token t;

    wxl_json_begin(&json, text.p, text.n);
    return wxl_json_next(&json, &t) == WXL_JSON_OBJECT && read_members(w, &json) &&
           wxl_json_next(&json, &t) == WXL_JSON_END && wxl_utf8_text(text);
}
