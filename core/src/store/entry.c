#include "store/entry.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/sum.h"
#include "wxlive/filestore.h"

/* Of name and value: a file under another entry's name is detected, too. */
static uint64_t checksum(const char *name, const char *value, size_t len)
{
    return wxl_sum(wxl_sum(WXL_SUM_START, name, strlen(name)), value, len);
}

int wxl_entry_alive(const struct wxl_entry *e, int64_t now)
{
    return e->ttl > 0 && e->ttl <= WXL_ENTRY_TTL_MAX && e->expires > now &&
           e->expires - now <= e->ttl + WXL_FILESTORE_SKEW_MS;
}

size_t wxl_entry_head(const struct wxl_entry *e, const char *name, char head[WXL_ENTRY_HEAD_MAX])
{
    int n = snprintf(head, WXL_ENTRY_HEAD_MAX, "wxl1 %" PRId64 " %" PRId64 " %zu %016" PRIx64 "\n",
                     e->expires, e->ttl, e->len, checksum(name, e->value, e->len));

    return n > 0 && n < WXL_ENTRY_HEAD_MAX ? (size_t)n : 0;
}

/* Reads the first line of text; everything but e->value is set. Its length, or 0 when it is
 * none. */
static size_t parse_head(const char *text, size_t len, struct wxl_entry *e, uint64_t *sum)
{
    char head[WXL_ENTRY_HEAD_MAX];
    const char *end = memchr(text, '\n', len < sizeof head ? len : sizeof head);
    size_t n;
    int used = 0;

    if (!end) {
        return 0;
    }
    n = (size_t)(end - text);
    memcpy(head, text, n);
    head[n] = '\0';
    /* NOLINTNEXTLINE(cert-err34-c): the widths keep every number inside its type */
    if (sscanf(head, "wxl1 %15" SCNd64 " %15" SCNd64 " %6zu %16" SCNx64 "%n", &e->expires, &e->ttl,
               &e->len, sum, &used) != 4 ||
        (size_t)used != n) {
        return 0;
    }
    return n + 1;
}

int wxl_entry_parse(const char *name, const char *text, size_t len, struct wxl_entry *e)
{
    uint64_t sum = 0;
    size_t head = parse_head(text, len, e, &sum);

    if (head == 0 || e->len != len - head) {
        return 0;
    }
    e->value = text + head;
    return checksum(name, e->value, e->len) == sum;
}
