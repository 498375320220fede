/* Redis replies: any bytes in any portions read to the same values as in one piece. The first byte
 * is the size of the portions. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wxlive/resp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A number that stands for what was read, and how it ended. */
struct summary {
    uint64_t values;
    size_t count;
    enum wxl_status end;
};

static uint64_t mix(uint64_t h, uint64_t x)
{
    return (h ^ x) * UINT64_C(1099511628211);
}

static uint64_t digest(const struct wxl_resp_value *v, int depth)
{
    uint64_t h = mix(14695981039346656037U, (uint64_t)v->type);
    size_t i;

    if (depth > WXL_RESP_MAX_DEPTH + 1) {
        abort();
    }
    h = mix(h, (uint64_t)v->integer);
    for (i = 0; i < v->len; i++) {
        h = mix(h, (unsigned char)v->text[i]);
    }
    for (i = 0; i < v->count; i++) {
        h = mix(h, digest(v->items[i], depth + 1));
    }
    return h;
}

static struct summary read_in(const uint8_t *data, size_t size, size_t portion)
{
    struct summary s = {0, 0, WXL_OK};
    struct wxl_resp *r = NULL;
    struct wxl_resp_value *v;
    size_t at = 0;

    if (wxl_resp_new(&r, 4096, NULL) != WXL_OK) {
        abort();
    }
    while (s.end == WXL_OK && at < size) {
        size_t n = size - at < portion ? size - at : portion;

        s.end = wxl_resp_feed(r, data + at, n, NULL);
        at += n;
        do {
            v = NULL;
            if (s.end == WXL_OK) {
                s.end = wxl_resp_next(r, &v, NULL);
            }
            if (v) {
                s.values = mix(s.values, digest(v, 0));
                s.count++;
                wxl_resp_value_free(v);
            }
        } while (v && s.end == WXL_OK);
    }
    wxl_resp_free(r);
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct summary whole;
    struct summary parts;

    if (size < 2 || size > 4096) {
        return 0;
    }
    whole = read_in(data + 1, size - 1, size);
    parts = read_in(data + 1, size - 1, (size_t)data[0] % 16 + 1);
    if (whole.end == WXL_OK && parts.end == WXL_OK &&
        (whole.count != parts.count || whole.values != parts.values)) {
        abort();
    }
    if ((whole.end == WXL_OK) != (parts.end == WXL_OK) && whole.end != WXL_E_TOO_LARGE &&
        parts.end != WXL_E_TOO_LARGE) {
        abort();
    }
    return 0;
}
