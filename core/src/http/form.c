#include "http/form.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/check.h"
#include "http/file.h"
#include "wxlive/base/alloc.h"

#define FILENAME_MAX_BYTES 256

struct file_source {
    int fd;
    curl_off_t left; /* bytes that were promised to the server and not read yet */
    curl_off_t size;
    struct wxl_error *why;
};

static size_t read_file(char *to, size_t size, size_t count, void *arg)
{
    struct file_source *f = arg;
    size_t room = size * count;
    ssize_t got;

    if ((curl_off_t)room > f->left) {
        room = (size_t)f->left; /* further bytes were not announced in the
                                 * head */
    }
    if (room == 0) {
        return 0;
    }
    do {
        got = read(f->fd, to, room);
    } while (got < 0 && errno == EINTR);
    if (got <= 0) {
        (void)wxl_fail(f->why, WXL_E_IO, got < 0 ? errno : 0,
                       "a file could not be read to its end while it was being sent: %s",
                       got < 0 ? strerror(errno) : "it became shorter");
        return CURL_READFUNC_ABORT;
    }
    f->left -= got;
    return (size_t)got;
}

static int seek_file(void *arg, curl_off_t offset, int origin)
{
    struct file_source *f = arg;

    if (origin != SEEK_SET || lseek(f->fd, (off_t)offset, SEEK_SET) < 0) {
        return CURL_SEEKFUNC_FAIL;
    }
    f->left = f->size - offset;
    return CURL_SEEKFUNC_OK;
}

static void close_file(void *arg)
{
    struct file_source *f = arg;

    (void)close(f->fd);
    wxl_free(f);
}

static enum wxl_status open_file(struct file_source **out, const char *path, struct wxl_error *why,
                                 struct wxl_error *err)
{
    struct file_source *f;
    struct stat about;
    /* Without O_NONBLOCK a named pipe would hold the call forever. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    int number = errno;

    if (fd >= 0 && fstat(fd, &about) != 0) {
        number = errno;
        (void)close(fd);
        fd = -1;
    }
    if (fd < 0) {
        return wxl_fail(err, WXL_E_IO, number, "cannot read %s: %s", path, strerror(number));
    }
    if (!S_ISREG(about.st_mode) || about.st_size == 0) {
        (void)close(fd);
        return wxl_fail(err, WXL_E_IO, 0, "cannot send %s: it is %s", path,
                        S_ISDIR(about.st_mode)    ? "a directory"
                        : !S_ISREG(about.st_mode) ? "not a file"
                                                  : "empty");
    }
    f = wxl_malloc(sizeof *f);
    if (!f) {
        (void)close(fd);
        return wxl_fail(err, WXL_E_NOMEM, 0, "no memory to send %s", path);
    }
    f->fd = fd;
    f->size = about.st_size;
    f->left = about.st_size;
    f->why = why;
    *out = f;
    return WXL_OK;
}

void wxl_http_form_filename(char *out, size_t size, const char *name)
{
    size_t n = 0;
    bool replaced = false;

    for (; *name && n + 1 < size; name++) {
        bool plain = *name >= 0x20 && *name < 0x7f && *name != '"' && *name != '\\';

        if (plain) {
            out[n++] = *name;
        } else if (!replaced) {
            out[n++] = '_';
        }
        replaced = !plain;
    }
    out[n] = '\0';
}

static enum wxl_status check_part(const struct wxl_http_part *from, struct wxl_error *err)
{
    if (!from->name || !wxl_http_text_ok(from->name)) {
        return wxl_fail(err, WXL_E_ARG, 0, "a part of the form has no usable name");
    }
    if ((from->filename && !wxl_http_text_ok(from->filename)) ||
        (from->content_type && !wxl_http_text_ok(from->content_type))) {
        return wxl_fail(err, WXL_E_ARG, 0,
                        "part %s: filename and content type must not hold control characters",
                        from->name);
    }
    return WXL_OK;
}

static enum wxl_status add_part(curl_mime *form, const struct wxl_http_part *from,
                                struct wxl_error *why, struct wxl_error *err)
{
    char filename[FILENAME_MAX_BYTES];
    const char *filename_from = from->filename;
    struct file_source *f = NULL;
    enum wxl_status st = check_part(from, err);
    curl_mimepart *part;
    CURLcode rc = CURLE_OUT_OF_MEMORY;

    if (st == WXL_OK && from->path) {
        st = open_file(&f, from->path, why, err);
    }
    if (st != WXL_OK) {
        return st;
    }
    part = curl_mime_addpart(form);
    if (part && f) {
        rc = curl_mime_data_cb(part, f->size, read_file, seek_file, close_file, f);
    } else if (part) {
        rc = curl_mime_data(part, from->data ? from->data : "", from->data_len);
    }
    if (rc != CURLE_OK) {
        if (f) {
            close_file(f);
        }
        return wxl_fail(err, WXL_E_NOMEM, (long)rc, "no memory for part %s of the form",
                        from->name);
    }
    rc = curl_mime_name(part, from->name);
    if (!filename_from && from->path) {
        filename_from = wxl_http_file_name(from->path);
    }
    if (rc == CURLE_OK && filename_from) {
        wxl_http_form_filename(filename, sizeof filename, filename_from);
        rc = curl_mime_filename(part, filename);
    }
    if (rc == CURLE_OK && from->content_type) {
        rc = curl_mime_type(part, from->content_type);
    }
    return rc == CURLE_OK ? WXL_OK
                          : wxl_fail(err, WXL_E_NOMEM, (long)rc,
                                     "no memory for part %s of the form", from->name);
}

enum wxl_status wxl_http_form_build(curl_mime **out, CURL *easy, const struct wxl_http_part *parts,
                                    size_t count, struct wxl_error *why, struct wxl_error *err)
{
    enum wxl_status st = WXL_OK;
    curl_mime *form = curl_mime_init(easy);
    size_t i;

    *out = NULL;
    if (!form) {
        return wxl_fail(err, WXL_E_NOMEM, 0, "no memory for the form");
    }
    for (i = 0; i < count && st == WXL_OK; i++) {
        st = add_part(form, &parts[i], why, err);
    }
    if (st != WXL_OK) {
        curl_mime_free(form);
        return st;
    }
    *out = form;
    return WXL_OK;
}
