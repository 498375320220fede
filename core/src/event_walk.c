#include "event_walk.h"

#include <string.h>

#define EXACT_DIGITS 15 /* a whole number of so many is exact in a double */

/* ---- names -------------------------------------------------------------------------------------
 */

/* A few bytes tell the platform's names apart well enough. */
static unsigned slot_of(struct wxl_bytes name)
{
    const unsigned char *p = (const unsigned char *)name.p;
    size_t n = name.n;

    return (unsigned)(n * 37 + p[0] * 5 + p[n / 2] * 11 + p[n - 1]) % WXL_EVENT_SLOTS;
}

unsigned wxl_event_slot(const struct wxl_event_reader *r, struct wxl_bytes name)
{
    unsigned i = slot_of(name);

    while (r->spellings[i].len &&
           (r->spellings[i].len != name.n || memcmp(r->spellings[i].text, name.p, name.n) != 0)) {
        i = (i + 1) % WXL_EVENT_SLOTS;
    }
    return i;
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

enum wxl_event_place wxl_event_find(const struct wxl_event_walk *w, struct wxl_bytes name,
                                    int *which)
{
    const struct wxl_event_spelling *s = &w->reader->spellings[wxl_event_slot(w->reader, name)];

    if (!s->len) {
        return WXL_EVENT_EXTRA;
    }
    if (s->what < WXL_EVENT_FIELDS) {
        *which = s->what;
        return w->wrapped && w->reader->common & wxl_event_bit(s->what) ? WXL_EVENT_MISPLACED
                                                                        : WXL_EVENT_FIELD;
    }
    *which = s->what - WXL_EVENT_FIELDS;
    return w->wrapped || w->wrapper >= 0 ? WXL_EVENT_MISPLACED : WXL_EVENT_WRAPPER;
}

/* ---- values ------------------------------------------------------------------------------------
 */

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
    if (w->event->set & wxl_event_bit(field)) {
        return NULL;
    }
    w->event->set |= wxl_event_bit(field);
    return &w->event->values[field];
}

bool wxl_event_keep_text(struct wxl_event_walk *w, int field, struct wxl_bytes text)
{
    struct wxl_event_value *v = place_for(w, field);

    if (!v) {
        return false;
    }
    if (w->reader->integers & wxl_event_bit(field)) {
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

    if (!(w->reader->integers & wxl_event_bit(field))) {
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
