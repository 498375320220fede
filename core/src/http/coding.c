#include "http/coding.h"

#include "base/chars.h"

void wxl_coding_start(struct wxl_coding *c)
{
    c->gzip = false;
    c->begun = false;
}

enum wxl_status wxl_coding_take(struct wxl_coding *c, const char *value, size_t n,
                                struct wxl_error *err)
{
    if (n == 0 || wxl_is_word(value, n, "identity")) {
        return WXL_OK;
    }
    if (c->gzip || !(wxl_is_word(value, n, "gzip") || wxl_is_word(value, n, "x-gzip"))) {
        return WXL_E_UNSUPPORTED;
    }
    c->gzip = true;
    if (c->inflate) {
        return wxl_inflate_reset(c->inflate, err);
    }
    c->inflate = wxl_inflate_new();
    return c->inflate ? WXL_OK : wxl_fail(err, WXL_E_NOMEM, 0, "no memory for the gzip decoder");
}

enum wxl_status wxl_coding_decode(struct wxl_coding *c, const char *p, size_t n,
                                  struct wxl_buf *out, struct wxl_error *err)
{
    c->begun = true;
    return c->gzip ? wxl_inflate_feed(c->inflate, p, n, out, err) : wxl_buf_append(out, p, n);
}

bool wxl_coding_complete(const struct wxl_coding *c)
{
    return !c->gzip || !c->begun || wxl_inflate_complete(c->inflate);
}
