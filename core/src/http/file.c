#include "http/file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/write.h"
#include "wxlive/base/alloc.h"
#include "wxlive/base/digits.h"
#include "wxlive/http.h"

#define TRIES 8
#define SUFFIX_BYTES sizeof ".part-0123456789abcdef"

static enum wxl_status cannot(struct wxl_error *err, const char *what, const char *path, int number)
{
    return wxl_fail(err, WXL_E_IO, number, "cannot %s %s: %s", what, path,
                    number == ENOSPC || number == EDQUOT ? "the disk is full" : strerror(number));
}

const char *wxl_http_file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* The directory of path, with "." as its last step: new memory, NULL when there is none. */
static char *directory_of(const char *path)
{
    size_t n = (size_t)(wxl_http_file_name(path) - path);
    char *directory = wxl_strndup(path, n + 1);

    if (directory) {
        directory[n] = '.';
    }
    return directory;
}

bool wxl_http_may_save(const char *path)
{
    struct stat about;

    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode)) {
        return false;
    }
    /* /dev/stdout is a link, to a plain file when the output is redirected. */
    return strncmp(path, "/dev/", 5) != 0 || lstat(path, &about) != 0 || S_ISREG(about.st_mode);
}

enum wxl_status wxl_http_file_plan(struct wxl_http_file *f, const char *path, struct wxl_error *err)
{
    struct stat about;
    char *directory;
    int number;

    if (!*wxl_http_file_name(path) || (stat(path, &about) == 0 && S_ISDIR(about.st_mode))) {
        return cannot(err, "write", path, EISDIR);
    }
    if (!wxl_http_may_save(path)) {
        return wxl_fail(err, WXL_E_IO, 0, "cannot write %s: it is not a file", path);
    }
    directory = directory_of(path);
    if (!directory) {
        return wxl_fail(err, WXL_E_NOMEM, 0, "no memory to write %s", path);
    }
    number = access(directory, W_OK | X_OK) == 0 ? 0 : errno;
    wxl_free(directory);
    if (number) {
        return cannot(err, "write", path, number);
    }
    f->path = path;
    f->part = NULL;
    f->fd = -1;
    f->size = 0;
    return WXL_OK;
}

enum wxl_status wxl_http_file_open(struct wxl_http_file *f, struct wxl_error *err)
{
    unsigned char random[8];
    size_t size = strlen(f->path) + SUFFIX_BYTES;
    size_t end = size - 2 * sizeof random - 1;
    int number = EEXIST;
    int tries;

    f->part = wxl_malloc(size);
    if (!f->part) {
        return wxl_fail(err, WXL_E_NOMEM, 0, "no memory to write %s", f->path);
    }
    for (tries = 0; tries < TRIES && number == EEXIST; tries++) {
        if (RAND_bytes(random, sizeof random) != 1) {
            number = EIO;
            break;
        }
        (void)snprintf(f->part, size, "%s.part-", f->path);
        wxl_digits_hex(random, sizeof random, f->part + end);
        f->fd = open(f->part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (f->fd >= 0) {
            return WXL_OK;
        }
        number = errno;
    }
    wxl_free(f->part); /* it is not ours to remove */
    f->part = NULL;
    return cannot(err, "write", f->path, number);
}

enum wxl_status wxl_http_file_write(struct wxl_http_file *f, const void *p, size_t n,
                                    struct wxl_error *err)
{
    if (wxl_write_all(f->fd, p, n) == -1) {
        return cannot(err, "write", f->path, errno);
    }
    f->size += n;
    return WXL_OK;
}

/* Makes the new name survive a power cut. Not every file system can do this; that is not an
 * error. */
static void sync_directory(const char *path)
{
    char *directory = directory_of(path);
    int fd = directory ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (fd >= 0) {
        (void)fsync(fd);
        (void)close(fd);
    }
    wxl_free(directory);
}

enum wxl_status wxl_http_file_finish(struct wxl_http_file *f, struct wxl_error *err)
{
    enum wxl_status st = WXL_OK;
    int fd = f->fd;

    f->fd = -1;
    if (fsync(fd) != 0) {
        st = cannot(err, "write", f->path, errno);
    }
    /* Some file systems report a full disk only here. */
    if (close(fd) != 0 && st == WXL_OK) {
        st = cannot(err, "write", f->path, errno);
    }
    if (st == WXL_OK && rename(f->part, f->path) != 0) {
        st = cannot(err, "put a finished download at", f->path, errno);
    }
    if (st != WXL_OK) {
        wxl_http_file_drop(f);
        return st;
    }
    wxl_free(f->part);
    f->part = NULL;
    sync_directory(f->path);
    return WXL_OK;
}

void wxl_http_file_drop(struct wxl_http_file *f)
{
    if (!f->part) {
        return;
    }
    if (f->fd >= 0) {
        (void)close(f->fd);
        f->fd = -1;
    }
    (void)unlink(f->part);
    wxl_free(f->part);
    f->part = NULL;
}
