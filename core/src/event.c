#include "wxlive/event.h"

#include <string.h>

#include "event_walk.h"

#define SPELLINGS_MAX (WXL_EVENT_SLOTS / 4)
#define NAME_FIELD 0

/* ---- what is known ------------------------------------------------------------------------------
 */

void wxl_event_init(struct wxl_event_reader *r)
{
    memset(r, 0, sizeof *r);
    r->common = ~UINT32_C(0);
}

static enum wxl_status check_name(struct wxl_bytes name, struct wxl_error *err)
{
    return name.n > 0 && name.n <= WXL_EVENT_NAME_BYTES
               ? WXL_OK
               : wxl_fail(err, WXL_E_ARG, 0, "a name is missing or too long");
}

enum wxl_status wxl_event_add_field(struct wxl_event_reader *r, bool integer, struct wxl_error *err)
{
    if (r->field_count == WXL_EVENT_FIELDS) {
        return wxl_fail(err, WXL_E_LIMIT, 0, "more than %d fields", WXL_EVENT_FIELDS);
    }
    if (integer && r->field_count == NAME_FIELD) {
        return wxl_fail(err, WXL_E_ARG, 0, "the first field must be text: an event's name");
    }
    r->integers |= integer ? wxl_event_bit(r->field_count) : 0;
    r->field_count++;
    return WXL_OK;
}

static uint32_t all_fields(const struct wxl_event_reader *r)
{
    return r->field_count == WXL_EVENT_FIELDS ? ~UINT32_C(0) : wxl_event_bit(r->field_count) - 1;
}

enum wxl_status wxl_event_add_kind(struct wxl_event_reader *r, struct wxl_bytes name,
                                   uint32_t fields, struct wxl_error *err)
{
    enum wxl_status st = check_name(name, err);
    struct wxl_event_kind *k;

    if (st != WXL_OK) {
        return st;
    }
    if (r->kind_count == WXL_EVENT_KINDS) {
        return wxl_fail(err, WXL_E_LIMIT, 0, "more than %d events", WXL_EVENT_KINDS);
    }
    if (fields & ~all_fields(r)) {
        return wxl_fail(err, WXL_E_ARG, 0, "there is no such field");
    }
    k = &r->kinds[r->kind_count];
    memcpy(k->name, name.p, name.n);
    k->len = (unsigned char)name.n;
    k->fields = fields | wxl_event_bit(NAME_FIELD);
    r->common &= k->fields;
    r->kind_count++;
    return WXL_OK;
}

static enum wxl_status spell(struct wxl_event_reader *r, struct wxl_bytes spelling, int what,
                             struct wxl_error *err)
{
    struct wxl_event_spelling *s;
    enum wxl_status st = check_name(spelling, err);

    if (st != WXL_OK) {
        return st;
    }
    if (!wxl_event_is_plain_name(spelling)) {
        return wxl_fail(err, WXL_E_ARG, 0, "a spelling must be letters, digits and underscores");
    }
    if (r->spelling_count == SPELLINGS_MAX) {
        return wxl_fail(err, WXL_E_LIMIT, 0, "more than %d spellings", SPELLINGS_MAX);
    }
    s = &r->spellings[wxl_event_slot(r, spelling)];
    if (s->len) {
        return wxl_fail(err, WXL_E_ARG, 0, "a spelling is there twice");
    }
    memcpy(s->text, spelling.p, spelling.n);
    s->len = (unsigned char)spelling.n;
    s->what = (unsigned char)what;
    r->spelling_count++;
    return WXL_OK;
}

enum wxl_status wxl_event_spell_field(struct wxl_event_reader *r, struct wxl_bytes spelling,
                                      struct wxl_error *err)
{
    return r->field_count > 0 ? spell(r, spelling, r->field_count - 1, err)
                              : wxl_fail(err, WXL_E_ARG, 0, "there is no field to spell");
}

enum wxl_status wxl_event_spell_wrapper(struct wxl_event_reader *r, struct wxl_bytes spelling,
                                        struct wxl_error *err)
{
    return r->kind_count > 0 ? spell(r, spelling, WXL_EVENT_FIELDS + r->kind_count - 1, err)
                             : wxl_fail(err, WXL_E_ARG, 0, "there is no event to spell");
}

bool wxl_event_is_known(const struct wxl_event_reader *r, struct wxl_bytes name)
{
    return name.n > 0 && r->spellings[wxl_event_slot(r, name)].len > 0;
}

/* ---- reading -----------------------------------------------------------------------------------
 */

/* Which event it is: one that has all the fields that are there. */
static bool find_kind(const struct wxl_event_walk *w)
{
    const struct wxl_event_reader *r = w->reader;
    struct wxl_bytes name;
    int i;

    if (!(w->event->set & wxl_event_bit(NAME_FIELD))) {
        return false;
    }
    name = w->event->values[NAME_FIELD].text;
    for (i = 0; i < r->kind_count; i++) {
        const struct wxl_event_kind *k = &r->kinds[i];

        if (k->len == name.n && memcmp(k->name, name.p, name.n) == 0) {
            w->event->kind = i;
            return (w->event->set & ~k->fields) == 0 && (w->wrapper < 0 || w->wrapper == i);
        }
    }
    return false;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool wxl_event_read(const struct wxl_event_reader *r, struct wxl_bytes text,
                    struct wxl_event *event)
{
    struct wxl_event_walk w = {r, event, false, -1};
    bool plain;

    event->set = 0;
    event->extra_count = 0;
    while (text.n > 0 && is_space(*text.p)) {
        text.p++;
        text.n--;
    }
    event->format = text.n > 0 && *text.p == '<' ? WXL_EVENT_XML : WXL_EVENT_JSON;
    plain = event->format == WXL_EVENT_XML ? wxl_event_walk_xml(&w, text)
                                           : wxl_event_walk_json(&w, text);
    if (!plain || !find_kind(&w)) {
        event->set = 0;
        event->extra_count = 0;
        return false;
    }
    return true;
}
