/* The response reader on anything: no crash, no leak, and the same events however it is cut. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wxlive/response.h"
#include "wxlive/base/buf.h"
#include "wxlive/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* FNV-1a over what a reader of the events would see; pieces of the body run together. */
struct digest {
    uint64_t sum;
    int over;
    enum wxl_status st;
};

static void mix(struct digest *d, const void *p, size_t n)
{
    const unsigned char *s = p;
    size_t i;

    for (i = 0; i < n; i++) {
        d->sum = (d->sum ^ s[i]) * 1099511628211u;
    }
}

static void drain(struct digest *d, struct wxl_codec *c)
{
    struct wxl_codec_event ev;

    while (!d->over) {
        d->st = wxl_codec_next(c, &ev, NULL);
        if (d->st != WXL_OK || ev.type == WXL_CODEC_END) {
            d->over = 1;
            return;
        }
        if (ev.type == WXL_CODEC_NEED_DATA) {
            return;
        }
        if (ev.type != WXL_CODEC_BODY) {
            mix(d, &ev.type, sizeof ev.type);
            mix(d, &ev.status, sizeof ev.status);
            mix(d, ev.name, ev.name_len);
            mix(d, ":", 1);
        }
        mix(d, ev.value, ev.value_len);
    }
}

static void run(struct digest *d, const char *method, int small, const uint8_t *data, size_t size,
                size_t step)
{
    const struct wxl_codec_limits tight = {200, 60, 5, 2, 12, 40};
    struct wxl_codec *c = wxl_codec_new(small ? &tight : NULL);
    size_t at;
    int reusable;

    d->sum = 1469598103934665603u;
    d->over = 0;
    d->st = WXL_OK;
    if (!c) {
        abort();
    }
    wxl_codec_start(c, method, strlen(method), 0);
    for (at = 0; at < size && !d->over; at += step) {
        size_t n = size - at < step ? size - at : step;

        if (wxl_codec_feed(c, data + at, n) != WXL_OK) {
            abort();
        }
        drain(d, c);
    }
    reusable = wxl_codec_reusable(c);
    if (reusable && !d->over) {
        abort();
    }
    if (!d->over) {
        wxl_codec_eof(c);
        drain(d, c);
        if (!d->over) {
            abort();
        }
    }
    mix(d, &d->st, sizeof d->st);
    wxl_codec_free(c);
}

static void collect(const uint8_t *data, size_t size, size_t step)
{
    struct wxl_response *m = wxl_response_new();
    enum wxl_response_state state = WXL_RESPONSE_HEAD;
    enum wxl_status st;
    size_t at;

    if (!m || wxl_response_start(m, "GET", 3, 4096, NULL) != WXL_OK) {
        abort();
    }
    st = WXL_OK;
    for (at = 0; at < size && st == WXL_OK; at += step) {
        st = wxl_response_feed(m, data + at, size - at < step ? size - at : step, &state, NULL);
        if (wxl_response_body(m)->len > 4096) {
            abort();
        }
    }
    if (st == WXL_OK) {
        st = wxl_response_eof(m, &state, NULL);
        if (st == WXL_OK && state != WXL_RESPONSE_DONE) {
            abort();
        }
    }
    wxl_response_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const methods[] = {"GET", "HEAD", "CONNECT", "POST"};
    struct digest whole;
    struct digest cut;
    const char *method;
    size_t step;

    if (size < 2 || size > 100000) {
        return 0;
    }
    method = methods[data[0] & 3];
    step = (size_t)(data[1] % 31) + 1;
    run(&whole, method, data[0] & 4, data + 2, size - 2, size);
    run(&cut, method, data[0] & 4, data + 2, size - 2, step);
    if (whole.sum != cut.sum || whole.st != cut.st) {
        abort();
    }
    collect(data + 2, size - 2, step);
    return 0;
}
