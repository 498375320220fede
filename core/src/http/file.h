/* A download on its way to a file: written beside it, and put in its place when complete. */
#ifndef WXL_HTTP_FILE_H
#define WXL_HTTP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wxlive/base/status.h"

struct wxl_http_file {
    const char *path; /* where it shall go; borrowed. NULL: no download */
    char *part;       /* name of the temporary file; NULL while there is no file */
    int fd;
    uint64_t size;
};

/* The last step of path. */
const char *wxl_http_file_name(const char *path);

/* Remembers path (borrowed until finish or drop) and sees whether a file can be made there. */
WXL_NODISCARD enum wxl_status wxl_http_file_plan(struct wxl_http_file *f, const char *path,
                                                 struct wxl_error *err);

/* Makes the file beside the target. Appends to it. */
WXL_NODISCARD enum wxl_status wxl_http_file_open(struct wxl_http_file *f, struct wxl_error *err);
WXL_NODISCARD enum wxl_status wxl_http_file_write(struct wxl_http_file *f, const void *p, size_t n,
                                                  struct wxl_error *err);

/* Puts the complete file in its place, on disk. On failure it is removed. */
WXL_NODISCARD enum wxl_status wxl_http_file_finish(struct wxl_http_file *f, struct wxl_error *err);

/* Removes the temporary file, if there is one. */
void wxl_http_file_drop(struct wxl_http_file *f);

#endif
