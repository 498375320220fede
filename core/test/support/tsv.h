/* Tab-separated test data: a line is a case, a field may be hex. */
#ifndef WXL_TEST_TSV_H
#define WXL_TEST_TSV_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wxlive/base/bytes.h"

#define TSV_FIELDS 12

struct tsv {
    FILE *file;
    char *line;
    size_t size;
    char *field[TSV_FIELDS];
    size_t count;
};

static inline void tsv_open(struct tsv *t, const char *name)
{
    char path[512];

    memset(t, 0, sizeof *t);
    snprintf(path, sizeof path, "%s/%s", WXL_TEST_DATA, name);
    t->file = fopen(path, "rb");
    assert_non_null(t->file);
}

/* The next line into field[0..count-1]; 0 and all closed at the end. */
static inline int tsv_next(struct tsv *t)
{
    ssize_t n = getline(&t->line, &t->size, t->file);
    char *at = t->line;

    t->count = 0;
    if (n <= 0) {
        fclose(t->file);
        free(t->line);
        return 0;
    }
    if (t->line[n - 1] == '\n') {
        t->line[n - 1] = '\0';
    }
    while (at && t->count < TSV_FIELDS) {
        t->field[t->count++] = at;
        at = strchr(at, '\t');
        if (at) {
            *at++ = '\0';
        }
    }
    return 1;
}

static inline struct wxl_bytes tsv_bytes(const char *text)
{
    struct wxl_bytes b = {text, strlen(text)};

    return b;
}

/* Bytes of a hex field, or of "@N", N bytes of a pattern. The caller frees b.p. */
static inline struct wxl_bytes tsv_unhex(const char *text)
{
    size_t n = text[0] == '@' ? strtoul(text + 1, NULL, 10) : strlen(text) / 2;
    unsigned char *out = malloc(n + 1);
    struct wxl_bytes b = {(const char *)out, n};
    size_t i;

    assert_non_null(out);
    for (i = 0; i < n; i++) {
        unsigned byte = (unsigned)((i * 7 + 3) % 251);

        if (text[0] != '@') {
            assert_int_equal(sscanf(text + 2 * i, "%2x", &byte), 1);
        }
        out[i] = (unsigned char)byte;
    }
    return b;
}

static inline void tsv_free(struct wxl_bytes b)
{
    free((void *)(uintptr_t)b.p);
}

#endif
