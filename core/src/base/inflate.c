#include "wxlive/base/inflate.h"

#include <string.h>
#include <zlib.h>

#include "wxlive/base/alloc.h"
#include "wxlive/base/buf.h"

#define GZIP_ONLY (16 + MAX_WBITS)
#define BLOCK 4096 /* what zlib may write at a time */

struct wxl_inflate {
    z_stream stream;
    int complete; /* the last member has ended, nothing of another has come */
    unsigned char block[BLOCK]; /* where zlib writes; like its window it may hold a token */
};

/* zlib's window holds the last decoded bytes, which may be a token. Each block stores its size, so
 * that it can be wiped. */
union block {
    size_t size; /* this included */
    long double wide;
    void *pointer;
};

static void *take(void *ctx, unsigned count, unsigned size)
{
    size_t n = sizeof(union block) + (size_t)count * size;
    union block *block = wxl_calloc(1, n);

    (void)ctx;
    if (!block) {
        return NULL;
    }
    block->size = n;
    return block + 1;
}

static void give(void *ctx, void *p)
{
    union block *block = (union block *)p - 1;

    (void)ctx;
    wxl_free_secret(block, block->size);
}

struct wxl_inflate *wxl_inflate_new(void)
{
    struct wxl_inflate *z = wxl_calloc(1, sizeof *z);

    if (!z) {
        return NULL;
    }
    z->stream.zalloc = take;
    z->stream.zfree = give;
    if (inflateInit2(&z->stream, GZIP_ONLY) != Z_OK) {
        wxl_free(z);
        return NULL;
    }
    return z;
}

void wxl_inflate_free(struct wxl_inflate *z)
{
    if (z) {
        (void)inflateEnd(&z->stream);
        wxl_free_secret(z, sizeof *z);
    }
}

enum wxl_status wxl_inflate_reset(struct wxl_inflate *z, struct wxl_error *err)
{
    z->complete = 0;
    if (inflateReset(&z->stream) != Z_OK) {
        return wxl_fail(err, WXL_E_FORMAT, 0, "the gzip decoder cannot be used again");
    }
    return WXL_OK;
}

static enum wxl_status run(struct wxl_inflate *z, struct wxl_buf *out, struct wxl_error *err)
{
    enum wxl_status st;
    int rc;

    z->stream.next_out = z->block;
    z->stream.avail_out = sizeof z->block;
    rc = inflate(&z->stream, Z_NO_FLUSH);
    st = wxl_buf_append(out, z->block, sizeof z->block - z->stream.avail_out);
    if (st == WXL_E_LIMIT) {
        return wxl_fail(err, st, 0, "the decoded answer is larger than %zu bytes", out->max);
    }
    if (st != WXL_OK) {
        return wxl_fail(err, st, 0, "the decoded answer: %s", wxl_status_text(st));
    }
    z->complete = rc == Z_STREAM_END;
    if (rc == Z_MEM_ERROR) {
        return wxl_fail(err, WXL_E_NOMEM, 0, "the gzip decoder is short of memory");
    }
    /* Z_BUF_ERROR asks for more input. */
    return rc == Z_OK || rc == Z_BUF_ERROR || rc == Z_STREAM_END
               ? WXL_OK
               : wxl_fail(err, WXL_E_FORMAT, rc, "the gzip data is damaged");
}

enum wxl_status wxl_inflate_feed(struct wxl_inflate *z, const void *p, size_t n,
                                 struct wxl_buf *out, struct wxl_error *err)
{
    enum wxl_status st = WXL_OK;

    /* zlib's pointer is not const-qualified everywhere; it only reads. */
    z->stream.next_in = (unsigned char *)(size_t)p;
    z->stream.avail_in = (unsigned)n;
    while (st == WXL_OK && (z->stream.avail_in > 0 || (!z->complete && z->stream.avail_out == 0))) {
        if (z->complete) {
            st = wxl_inflate_reset(z, err); /* the next member */
        }
        if (st == WXL_OK) {
            st = run(z, out, err);
        }
    }
    return st;
}

int wxl_inflate_complete(const struct wxl_inflate *z)
{
    return z->complete;
}
