#include "wxlive/base/alloc.h"

#include <openssl/crypto.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *libc_realloc(void *ctx, void *p, size_t n)
{
    (void)ctx;
    return realloc(p, n);
}

static void libc_free(void *ctx, void *p)
{
    (void)ctx;
    free(p);
}

static const struct wxl_allocator libc_allocator = {libc_realloc, libc_free, NULL};

/* Written only by wxl_set_allocator, which the header allows before anything else runs. */
static struct wxl_allocator current = {libc_realloc, libc_free, NULL};

void wxl_set_allocator(const struct wxl_allocator *a)
{
    current = a ? *a : libc_allocator;
}

void *wxl_malloc(size_t n)
{
    return current.realloc_fn(current.ctx, NULL, n ? n : 1);
}

void *wxl_calloc(size_t count, size_t size)
{
    void *p;

    if (size && count > SIZE_MAX / size) {
        return NULL;
    }
    p = wxl_malloc(count * size);
    if (p) {
        memset(p, 0, count * size);
    }
    return p;
}

void *wxl_realloc(void *p, size_t n)
{
    return current.realloc_fn(current.ctx, p, n ? n : 1);
}

char *wxl_strndup(const char *s, size_t n)
{
    char *copy;

    if (n == SIZE_MAX) {
        return NULL;
    }
    copy = wxl_malloc(n + 1);
    if (copy) {
        memcpy(copy, s, n);
        copy[n] = '\0';
    }
    return copy;
}

char *wxl_strdup(const char *s)
{
    return wxl_strndup(s, strlen(s));
}

void wxl_free(void *p)
{
    if (p) {
        current.free_fn(current.ctx, p);
    }
}

void wxl_free_secret(void *p, size_t n)
{
    if (p) {
        OPENSSL_cleanse(p, n);
        wxl_free(p);
    }
}
