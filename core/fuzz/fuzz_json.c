/* JSON words: never past the end, always forward, and what is quoted reads back as it was. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wxlive/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(const char *text, size_t size)
{
    struct wxl_json_reader r;
    struct wxl_json_token t;
    enum wxl_json_kind kind;
    const char *before;

    wxl_json_begin(&r, text, size);
    do {
        before = r.at;
        kind = wxl_json_next(&r, &t);
        if (kind == WXL_JSON_STRING) {
            char *out = malloc(t.len + 1);
            size_t n = 0;

            if (!out || (wxl_json_unescape(t.text, t.len, out, &n) == WXL_OK && n > t.len)) {
                abort();
            }
            free(out);
        }
        if (kind > WXL_JSON_BAD && r.at <= before) {
            abort();
        }
    } while (kind != WXL_JSON_END && kind != WXL_JSON_BAD);
}

static void there_and_back(const char *text, size_t size)
{
    char *quoted = malloc(WXL_JSON_QUOTED(size));
    char *back = malloc(WXL_JSON_QUOTED(size));
    struct wxl_json_reader r;
    struct wxl_json_token t;
    size_t n = 0;

    if (!quoted || !back) {
        abort();
    }
    wxl_json_begin(&r, quoted, wxl_json_quote(text, size, quoted));
    if (wxl_json_next(&r, &t) != WXL_JSON_STRING || r.at != r.end ||
        wxl_json_unescape(t.text, t.len, back, &n) != WXL_OK || n != size ||
        memcmp(back, text, n) != 0) {
        abort();
    }
    free(back);
    free(quoted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0) {
        read_all((const char *)data, size);
        there_and_back((const char *)data, size);
    }
    return 0;
}
