/* The format of a file store's entry on disk: one line, then the value.
 *
 *     wxl1 <end, ms since 1970> <whole life, ms> <length of the value> <checksum>\n
 *
 * Pure: no file is touched here. */
#ifndef WXL_FILESTORE_ENTRY_H
#define WXL_FILESTORE_ENTRY_H

#include <stddef.h>
#include <stdint.h>

#define WXL_ENTRY_HEAD_MAX 96
#define WXL_ENTRY_TTL_MAX INT64_C(3155760000000) /* a hundred years */

struct wxl_entry {
    int64_t expires;
    int64_t ttl;
    const char *value; /* borrowed */
    size_t len;
};

/* Whether it is alive at `now`. If the end is further away than the whole life, the clock has been
 * set back since the entry was written. */
int wxl_entry_alive(const struct wxl_entry *e, int64_t now);

/* Writes the first line into head (NUL-terminated) and returns its length. name is the file's. */
size_t wxl_entry_head(const struct wxl_entry *e, const char *name, char head[WXL_ENTRY_HEAD_MAX]);

/* Reads a whole file; e->value points into it. 0 when it is cut, altered or another key's. */
int wxl_entry_parse(const char *name, const char *text, size_t len, struct wxl_entry *e);

#endif
