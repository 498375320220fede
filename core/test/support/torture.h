/* Makes the n-th allocation fail, for n = 1, 2, ... until a run needs no more than it was given. */
#ifndef WXL_TEST_TORTURE_H
#define WXL_TEST_TORTURE_H

#include <stdlib.h>

#include "wxlive/base/alloc.h"

static long torture_left; /* allocations that still succeed; -1: all do */
static long torture_live; /* blocks not yet freed */

static void *torture_realloc(void *ctx, void *p, size_t n)
{
    (void)ctx;
    if (torture_left == 0) {
        return NULL;
    }
    if (torture_left > 0) {
        torture_left--;
    }
    if (!p) {
        torture_live++;
    }
    return realloc(p, n);
}

static void torture_free(void *ctx, void *p)
{
    (void)ctx;
    torture_live--;
    free(p);
}

/* run(arg) must clean up after itself whatever fails, and return whether it got through. */
static inline int torture(int (*run)(void *arg), void *arg, long most)
{
    const struct wxl_allocator failing = {torture_realloc, torture_free, NULL};
    long n;
    int through = 0;

    wxl_set_allocator(&failing);
    for (n = 0; n <= most && !through; n++) {
        torture_left = n;
        torture_live = 0;
        through = run(arg);
        if (torture_live != 0) {
            through = -1;
        }
    }
    torture_left = -1;
    wxl_set_allocator(NULL);
    return through;
}

#endif
