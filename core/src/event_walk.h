/* What the walks through JSON and XML have in common: the fields of one message, as they come. */
#ifndef WXL_EVENT_WALK_H
#define WXL_EVENT_WALK_H

#include "wxlive/event.h"

struct wxl_event_walk {
    const struct wxl_event_reader *reader;
    struct wxl_event *event;
    bool wrapped; /* within a wrapper */
    int wrapper;  /* the event whose wrapper was there, or -1 */
};

static inline uint32_t wxl_event_bit(int field)
{
    return UINT32_C(1) << field;
}

/* The slot of a name of at least one byte: a free one when it is not there. */
unsigned wxl_event_slot(const struct wxl_event_reader *r, struct wxl_bytes name);

/* Whether a name is of the letters, digits and underscores of ASCII, and so itself in any form. */
bool wxl_event_is_plain_name(struct wxl_bytes name);

enum wxl_event_place { WXL_EVENT_FIELD, WXL_EVENT_WRAPPER, WXL_EVENT_EXTRA, WXL_EVENT_MISPLACED };

/* What a name stands for here; *which is the field or the event. */
enum wxl_event_place wxl_event_find(const struct wxl_event_walk *w, struct wxl_bytes name,
                                    int *which);

/* What a field holds is kept in w->event. False where the message is not plain: the field is there
 * already, or is of another type; there are too many. */
bool wxl_event_keep_text(struct wxl_event_walk *w, int field, struct wxl_bytes text);
bool wxl_event_keep_integer(struct wxl_event_walk *w, int field, struct wxl_bytes text,
                            int64_t integer);
bool wxl_event_keep_extra(struct wxl_event_walk *w, struct wxl_bytes name,
                          const struct wxl_event_value *value);

/* The walks. Each reads the whole text or returns false. */
bool wxl_event_walk_json(struct wxl_event_walk *w, struct wxl_bytes text);
bool wxl_event_walk_xml(struct wxl_event_walk *w, struct wxl_bytes text);

#endif
