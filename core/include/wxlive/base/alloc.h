/* All allocation of the core goes through one replaceable table, so that a host can count it and a
 * test can fail the n-th request. Memory that libcurl and OpenSSL take for themselves is theirs. */
#ifndef WXLIVE_ALLOC_H
#define WXLIVE_ALLOC_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct wxl_allocator {
    void *(*realloc_fn)(void *ctx, void *p, size_t n); /* p NULL: new block. n is never 0. */
    void (*free_fn)(void *ctx, void *p);               /* p is never NULL */
    void *ctx;
};

/* Replaces the table (NULL: back to the C library's). Call before any other function of the core
 * and from one thread only; blocks must be freed by the table that made them. */
void wxl_set_allocator(const struct wxl_allocator *a);

/* As malloc, calloc, realloc, strdup and free. NULL means out of memory; wxl_free takes NULL.
 * wxl_strndup copies n bytes and adds a NUL. */
void *wxl_malloc(size_t n);
void *wxl_calloc(size_t count, size_t size);
void *wxl_realloc(void *p, size_t n);
char *wxl_strndup(const char *s, size_t n);
char *wxl_strdup(const char *s);
void wxl_free(void *p);

/* Wipes n bytes in a way that the compiler may not drop, then frees. p may be NULL. */
void wxl_free_secret(void *p, size_t n);

#ifdef __cplusplus
}
#endif

#endif
