#include "http/coding.h"

#include "base/chars.h"

void wxl_coding_start(struct wxl_coding *c)
{
    c->kind = WXL_CODING_NONE;
    c->begun = false;
}

void wxl_coding_take(struct wxl_coding *c, const char *value, size_t n)
{
    wxl_trim_value(&value, &n);
    if (n > 0 && !wxl_is_word(value, n, "identity")) {
        bool gzip = wxl_is_word(value, n, "gzip") || wxl_is_word(value, n, "x-gzip");

        c->kind = gzip && c->kind == WXL_CODING_NONE ? WXL_CODING_GZIP : WXL_CODING_OTHER;
    }
}

static enum wxl_status begin_gzip(struct wxl_coding *c, struct wxl_error *err)
{
    if (c->inflate) {
        return wxl_inflate_reset(c->inflate, err);
    }
    c->inflate = wxl_inflate_new();
    return c->inflate ? WXL_OK : wxl_fail(err, WXL_E_NOMEM, 0, "no memory for the gzip decoder");
}

enum wxl_status wxl_coding_decode(struct wxl_coding *c, const char *p, size_t n,
                                  struct wxl_buf *out, struct wxl_error *err)
{
    enum wxl_status st = WXL_OK;

    if (c->kind == WXL_CODING_NONE) {
        return wxl_buf_append(out, p, n);
    }
    if (c->kind == WXL_CODING_OTHER) {
        return WXL_E_UNSUPPORTED;
    }
    if (!c->begun) {
        st = begin_gzip(c, err);
        c->begun = st == WXL_OK;
    }
    return st == WXL_OK ? wxl_inflate_feed(c->inflate, p, n, out, err) : st;
}

bool wxl_coding_complete(const struct wxl_coding *c)
{
    return c->kind != WXL_CODING_GZIP || !c->begun || wxl_inflate_complete(c->inflate);
}
