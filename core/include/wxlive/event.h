/* The events that the platform is known to push, read from their text in one walk.
 *
 * A reader is told which fields there are, how they are spelt, and which event has which. It reads
 * a message that is plain: one object of JSON, or one element named xml, that holds a known event,
 * every field there once and of its type or plainly turned into it, strings without escapes,
 * elements without attributes, entities or comments. Everything else, right or wrong, is left to a
 * general reader; of a plain message wxlive/xml.h and any reader of JSON make the same.
 *
 * A reader holds no pointers and is not changed by reading: any thread may, and a copy is as good.
 */
#ifndef WXLIVE_EVENT_H
#define WXLIVE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "wxlive/bytes.h"
#include "wxlive/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WXL_EVENT_FIELDS 32     /* the most that a reader knows */
#define WXL_EVENT_KINDS 8       /* events, likewise */
#define WXL_EVENT_EXTRAS 16     /* fields that no event is known to have, in one message */
#define WXL_EVENT_NAME_BYTES 46 /* of a name or spelling */
#define WXL_EVENT_SLOTS \
    256 /* of the hash table of spellings; a quarter of them at most is used \
         */

enum wxl_event_type { WXL_EVENT_TEXT, WXL_EVENT_INTEGER, WXL_EVENT_TRUE, WXL_EVENT_FALSE };
enum wxl_event_format { WXL_EVENT_JSON, WXL_EVENT_XML };

struct wxl_event_spelling {
    char text[WXL_EVENT_NAME_BYTES];
    unsigned char len;  /* 0: free */
    unsigned char what; /* a field, or WXL_EVENT_FIELDS + the event whose wrapper it is */
};

struct wxl_event_kind {
    char name[WXL_EVENT_NAME_BYTES];
    unsigned char len;
    uint32_t fields; /* set */
};

struct wxl_event_reader {
    struct wxl_event_spelling spellings[WXL_EVENT_SLOTS];
    struct wxl_event_kind kinds[WXL_EVENT_KINDS];
    uint32_t integers; /* set of fields */
    uint32_t common;   /* those that all events have: they stand outside of a wrapper */
    int field_count;
    int kind_count;
    int spelling_count;
};

/* Text is borrowed from the message. */
struct wxl_event_value {
    struct wxl_bytes text; /* of WXL_EVENT_TEXT */
    int64_t integer;       /* of WXL_EVENT_INTEGER: at most 15 digits, exact in a double */
    enum wxl_event_type type;
};

struct wxl_event_extra {
    struct wxl_bytes name;
    struct wxl_event_value value;
};

struct wxl_event {
    int kind; /* position among the reader's events */
    enum wxl_event_format format;
    uint32_t set;                                    /* of the fields that are there */
    struct wxl_event_value values[WXL_EVENT_FIELDS]; /* of the fields in `set`, of their type */
    int extra_count;
    struct wxl_event_extra extras[WXL_EVENT_EXTRAS];
};

/* An empty reader. */
void wxl_event_init(struct wxl_event_reader *r);

/* Fields and events are numbered from 0 in the order in which they are added, fields first. The
 * first field is the one that holds an event's name.
 * WXL_E_LIMIT when there are too many; WXL_E_ARG when the first is no text. */
WXL_NODISCARD enum wxl_status wxl_event_add_field(struct wxl_event_reader *r, bool integer,
                                                  struct wxl_error *err);

/* `fields` is the set of those that the event may have, besides its name. WXL_E_ARG for a name that
 * is empty or too long, or a field that was not added; WXL_E_LIMIT when there are too many. */
WXL_NODISCARD enum wxl_status wxl_event_add_kind(struct wxl_event_reader *r, struct wxl_bytes name,
                                                 uint32_t fields, struct wxl_error *err);

/* How the field is spelt that was added last; how the object or element is that the fields of the
 * event may stand in that was added last. Spellings are of the letters, digits and underscores of
 * ASCII, the first no digit. WXL_E_ARG for any other, for one that is empty, too long, or there
 * already, and where nothing was added; WXL_E_LIMIT when there are too many. */
WXL_NODISCARD enum wxl_status
wxl_event_spell_field(struct wxl_event_reader *r, struct wxl_bytes spelling, struct wxl_error *err);
WXL_NODISCARD enum wxl_status wxl_event_spell_wrapper(struct wxl_event_reader *r,
                                                      struct wxl_bytes spelling,
                                                      struct wxl_error *err);

/* Whether a field or wrapper is spelt so. */
bool wxl_event_is_known(const struct wxl_event_reader *r, struct wxl_bytes name);

/* Reads a message. False when it is not plain; *event holds nothing then. Fields in `extras` are as
 * they came: two may have one name. Nothing is allocated, and each byte is looked at a few times at
 * the most. */
bool wxl_event_read(const struct wxl_event_reader *r, struct wxl_bytes text,
                    struct wxl_event *event);

#ifdef __cplusplus
}
#endif

#endif
