#include "store/entry.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "wxlive/filestore.h"

/* FNV-1a over name and value: detects damage and a file under another entry's name, but not an
 * attacker. */
static uint64_t checksum(const char *name, const char *value, size_t len)
{
    uint64_t sum = UINT64_C(14695981039346656037);

    for (; *name; name++) {
        sum = (sum ^ (unsigned char)*name) * UINT64_C(1099511628211);
    }
    for (; len; value++, len--) {
        sum = (sum ^ (unsigned char)*value) * UINT64_C(1099511628211);
    }
    return sum;
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

size_t wxl_entry_parse_head(const char *text, size_t len, struct wxl_entry *e, uint64_t *sum)
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
    size_t head = wxl_entry_parse_head(text, len, e, &sum);

    if (head == 0 || e->len != len - head) {
        return 0;
    }
    e->value = text + head;
    return checksum(name, e->value, e->len) == sum;
}
