#include "wxlive/event.h"

#include <string.h>

#include "event_walk.h"

#define SPELLINGS_MAX (WXL_EVENT_SLOTS / 4)
#define NAME_FIELD 0
#define EXACT_DIGITS 15 /* a whole number of so many is exact in a double */

/* ---- what is known ------------------------------------------------------------------------------
 */

static uint32_t bit(int field)
{
    return UINT32_C(1) << field;
}

/* A few bytes tell the platform's names apart well enough. */
static unsigned slot_of(struct wxl_bytes name)
{
    const unsigned char *p = (const unsigned char *)name.p;
    size_t n = name.n;

    return (unsigned)(n * 37 + p[0] * 5 + p[n / 2] * 11 + p[n - 1]) % WXL_EVENT_SLOTS;
}

/* The slot of a name of at least one byte: a free one when it is not there. */
static unsigned find_slot(const struct wxl_event_reader *r, struct wxl_bytes name)
{
    unsigned i = slot_of(name);

    while (r->spellings[i].len &&
           (r->spellings[i].len != name.n || memcmp(r->spellings[i].text, name.p, name.n) != 0)) {
        i = (i + 1) % WXL_EVENT_SLOTS;
    }
    return i;
}

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
    r->integers |= integer ? bit(r->field_count) : 0;
    r->field_count++;
    return WXL_OK;
}

static uint32_t all_fields(const struct wxl_event_reader *r)
{
    return r->field_count == WXL_EVENT_FIELDS ? ~UINT32_C(0) : bit(r->field_count) - 1;
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
    k->fields = fields | bit(NAME_FIELD);
    r->common &= k->fields;
    r->kind_count++;
    return WXL_OK;
}

bool wxl_event_is_plain_name(struct wxl_bytes name)
{
    size_t i;

    for (i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

        if (!letter && !(i > 0 && c >= '0' && c <= '9')) {
            return false;
        }
    }
    return true;
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
    s = &r->spellings[find_slot(r, spelling)];
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
    return name.n > 0 && r->spellings[find_slot(r, name)].len > 0;
}

/* ---- what comes --------------------------------------------------------------------------------
 */

enum wxl_event_place wxl_event_find(const struct wxl_event_walk *w, struct wxl_bytes name,
                                    int *which)
{
    const struct wxl_event_spelling *s = &w->reader->spellings[find_slot(w->reader, name)];

    if (!s->len) {
        return WXL_EVENT_EXTRA;
    }
    if (s->what < WXL_EVENT_FIELDS) {
        *which = s->what;
        return w->wrapped && w->reader->common & bit(s->what) ? WXL_EVENT_MISPLACED
                                                              : WXL_EVENT_FIELD;
    }
    *which = s->what - WXL_EVENT_FIELDS;
    return w->wrapped || w->wrapper >= 0 ? WXL_EVENT_MISPLACED : WXL_EVENT_WRAPPER;
}

/* Digits that are written as a number is: no sign, no zero in front, exact in a double. */
static bool plain_number(struct wxl_bytes text, int64_t *number)
{
    int64_t n = 0;
    size_t i;

    if (text.n == 0 || text.n > EXACT_DIGITS || (text.p[0] == '0' && text.n > 1)) {
        return false;
    }
    for (i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') {
            return false;
        }
        n = n * 10 + (text.p[i] - '0');
    }
    *number = n;
    return true;
}

/* Where the value of a field goes; NULL when it has one. */
static struct wxl_event_value *place_for(struct wxl_event_walk *w, int field)
{
    if (w->event->set & bit(field)) {
        return NULL;
    }
    w->event->set |= bit(field);
    return &w->event->values[field];
}

bool wxl_event_keep_text(struct wxl_event_walk *w, int field, struct wxl_bytes text)
{
    struct wxl_event_value *v = place_for(w, field);

    if (!v) {
        return false;
    }
    if (w->reader->integers & bit(field)) {
        v->type = WXL_EVENT_INTEGER;
        return plain_number(text, &v->integer);
    }
    v->type = WXL_EVENT_TEXT;
    v->text = text;
    return true;
}

bool wxl_event_keep_integer(struct wxl_event_walk *w, int field, struct wxl_bytes text,
                            int64_t integer)
{
    struct wxl_event_value *v;

    if (!(w->reader->integers & bit(field))) {
        return plain_number(text, &integer) && wxl_event_keep_text(w, field, text);
    }
    v = place_for(w, field);
    if (!v) {
        return false;
    }
    v->type = WXL_EVENT_INTEGER;
    v->integer = integer;
    return true;
}

bool wxl_event_keep_extra(struct wxl_event_walk *w, struct wxl_bytes name,
                          const struct wxl_event_value *value)
{
    struct wxl_event *e = w->event;

    if (e->extra_count == WXL_EVENT_EXTRAS) {
        return false;
    }
    e->extras[e->extra_count].name = name;
    e->extras[e->extra_count].value = *value;
    e->extra_count++;
    return true;
}

/* Which event it is: one that has all the fields that are there. */
static bool find_kind(const struct wxl_event_walk *w)
{
    const struct wxl_event_reader *r = w->reader;
    struct wxl_bytes name;
    int i;

    if (!(w->event->set & bit(NAME_FIELD))) {
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
