#include "wxlive/base/buf.h"

#include <openssl/crypto.h>
#include <string.h>

#include "wxlive/base/alloc.h"

#define BUF_FIRST 256

void wxl_buf_init(struct wxl_buf *b, size_t max)
{
    memset(b, 0, sizeof *b);
    /* One byte is kept for the NUL, so the ceiling can never be the largest size_t. */
    b->max = max < (size_t)-1 / 2 ? max : (size_t)-1 / 2;
}

/* Moves the content to a new block of cap bytes. realloc would leave a copy in the old block, which
 * could no longer be wiped. */
static char *moved(const struct wxl_buf *b, size_t cap)
{
    char *grown = wxl_malloc(cap);

    if (grown && b->data) {
        memcpy(grown, b->data, b->len);
        wxl_free_secret(b->data, b->cap);
    }
    if (grown) {
        grown[b->len] = '\0';
    }
    return grown;
}

char *wxl_buf_reserve(struct wxl_buf *b, size_t n, enum wxl_status *st)
{
    size_t need;
    size_t cap;
    char *grown;

    if (n > b->max - b->len) {
        *st = WXL_E_LIMIT;
        return NULL;
    }
    need = b->len + n + 1;
    if (need > b->cap) {
        cap = b->cap ? b->cap : BUF_FIRST;
        while (cap < need) {
            cap *= 2;
        }
        if (cap > b->max + 1) {
            cap = b->max + 1;
        }
        grown = moved(b, cap);
        if (!grown) {
            *st = WXL_E_NOMEM;
            return NULL;
        }
        b->data = grown;
        b->cap = cap;
    }
    *st = WXL_OK;
    return b->data + b->len;
}

void wxl_buf_commit(struct wxl_buf *b, size_t n)
{
    b->len += n;
    b->data[b->len] = '\0';
}

enum wxl_status wxl_buf_append(struct wxl_buf *b, const void *p, size_t n)
{
    enum wxl_status st;
    char *at = wxl_buf_reserve(b, n, &st);

    if (!at) {
        return st;
    }
    if (n) {
        memcpy(at, p, n);
    }
    wxl_buf_commit(b, n);
    return WXL_OK;
}

enum wxl_status wxl_buf_append_str(struct wxl_buf *b, const char *s)
{
    return wxl_buf_append(b, s, strlen(s));
}

void wxl_buf_reset(struct wxl_buf *b, size_t keep)
{
    char *smaller;

    b->len = 0;
    if (b->cap > keep && keep > 0) {
        OPENSSL_cleanse(b->data, b->cap);
        smaller = wxl_realloc(b->data, keep);
        if (smaller) {
            b->data = smaller;
            b->cap = keep;
        }
    }
    if (b->data) {
        b->data[0] = '\0';
    }
}

void wxl_buf_free(struct wxl_buf *b)
{
    wxl_free(b->data);
    b->data = NULL;
    b->len = 0;
    b->cap = 0;
}

void wxl_buf_wipe(struct wxl_buf *b)
{
    if (b->data) {
        OPENSSL_cleanse(b->data, b->cap);
    }
    wxl_buf_free(b);
}
