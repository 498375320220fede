#include "wxlive/filestore.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "wxlive/alloc.h"

#define HEADER_MAX 80
#define STALE_TEMP_SECONDS 60
#define LOCK_POLL_MS 2
#define EXACT_MAX INT64_C(9007199254740992)

struct wxl_filestore {
    int dir;             /* descriptor of the directory */
    unsigned long serial; /* makes names of temporary files unlike */
    char *path;          /* for messages */
};

struct entry {
    int64_t expires;
    int64_t ttl;
    const char *value; /* into the buffer that was read */
    size_t len;
};

static enum wxl_status io_fail(struct wxl_error *err, const struct wxl_filestore *fs,
                               const char *what)
{
    int code = errno;

    return wxl_fail(err, WXL_E_IO, code, "%s in %s: %s", what, fs->path, strerror(code));
}

/* ---- the directory ----------------------------------------------------------------------------- */

/* mkdir -p. The directory itself is for nobody else; so are the ones that had to be made. */
static int make_directories(char *path)
{
    char *slash;

    for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0700) == -1 && errno != EEXIST) {
            *slash = '/';
            return -1;
        }
        *slash = '/';
    }
    return mkdir(path, 0700) == -1 && errno != EEXIST ? -1 : 0;
}

static enum wxl_status check_directory(const struct wxl_filestore *fs, struct wxl_error *err)
{
    struct stat st;

    if (fstat(fs->dir, &st) == -1) {
        return io_fail(err, fs, "cannot look at the directory");
    }
    if (st.st_uid != geteuid()) {
        return wxl_fail(err, WXL_E_IO, EPERM, "%s belongs to another user; choose a directory of "
                        "your own", fs->path);
    }
    if (st.st_mode & (S_IWGRP | S_IWOTH)) {
        return wxl_fail(err, WXL_E_IO, EPERM, "others may write to %s; chmod 700 it", fs->path);
    }
    return WXL_OK;
}

/* Removes what writers that were killed left behind. */
static void sweep(const struct wxl_filestore *fs)
{
    int copy = openat(fs->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = copy == -1 ? NULL : fdopendir(copy);
    struct dirent *e;
    struct stat st;
    time_t now = time(NULL);

    if (!d) {
        if (copy != -1) {
            close(copy);
        }
        return;
    }
    for (e = readdir(d); e; e = readdir(d)) {
        if (strncmp(e->d_name, ".tmp-", 5) == 0 &&
            fstatat(fs->dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            (st.st_mtime > now || now - st.st_mtime > STALE_TEMP_SECONDS)) {
            unlinkat(fs->dir, e->d_name, 0);
        }
    }
    closedir(d);
}

enum wxl_status wxl_filestore_open(const char *directory, struct wxl_filestore **out,
                                   struct wxl_error *err)
{
    struct wxl_filestore *fs;
    enum wxl_status st;

    *out = NULL;
    if (!directory[0]) {
        return wxl_fail(err, WXL_E_ARG, 0, "the directory of a file store needs a name");
    }
    fs = wxl_calloc(1, sizeof *fs);
    if (!fs) {
        return wxl_fail(err, WXL_E_NOMEM, 0, "out of memory");
    }
    fs->dir = -1;
    fs->path = wxl_strdup(directory);
    if (!fs->path) {
        st = wxl_fail(err, WXL_E_NOMEM, 0, "out of memory");
        goto failed;
    }
    if (make_directories(fs->path) == -1) {
        st = io_fail(err, fs, "cannot make the directory");
        goto failed;
    }
    fs->dir = open(fs->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fs->dir == -1) {
        st = io_fail(err, fs, "cannot open the directory");
        goto failed;
    }
    st = check_directory(fs, err);
    if (st != WXL_OK) {
        goto failed;
    }
    sweep(fs);
    *out = fs;
    return WXL_OK;
failed:
    wxl_filestore_free(fs);
    return st;
}

void wxl_filestore_free(struct wxl_filestore *fs)
{
    if (fs) {
        if (fs->dir != -1) {
            close(fs->dir);
        }
        wxl_free(fs->path);
        wxl_free(fs);
    }
}

/* ---- entries ----------------------------------------------------------------------------------- */

static enum wxl_status name_of(const char *key, size_t len, char *name, struct wxl_error *err)
{
    size_t i;

    if (len == 0 || len > WXL_FILESTORE_KEY_MAX) {
        return wxl_fail(err, WXL_E_ARG, 0, "a key must be 1 to %d bytes long",
                        WXL_FILESTORE_KEY_MAX);
    }
    for (i = 0; i < len; i++) {
        char c = key[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '.' || c == ':' || c == '-')) {
            return wxl_fail(err, WXL_E_ARG, 0, "a key may hold letters, digits and _ . : - only");
        }
    }
    memcpy(name, "k-", 2);
    memcpy(name + 2, key, len);
    name[len + 2] = '\0';
    return WXL_OK;
}

/* "wxl1 <expires> <ttl> <length>\n" and the value: cut or altered files do not parse. */
static int parse(const struct wxl_buf *b, struct entry *e)
{
    const char *end = b->data ? memchr(b->data, '\n', b->len < HEADER_MAX ? b->len : HEADER_MAX)
                              : NULL;
    int used = 0;
    size_t head;

    /* NOLINTNEXTLINE(cert-err34-c): a number that does not fit does not agree with the length */
    if (!end || sscanf(b->data, "wxl1 %" SCNd64 " %" SCNd64 " %zu%n", &e->expires, &e->ttl, &e->len,
                       &used) != 3) {
        return 0;
    }
    head = (size_t)(end - b->data);
    if ((size_t)used != head || b->len - head - 1 != e->len) {
        return 0;
    }
    e->value = end + 1;
    return 1;
}

/* WXL_OK and an entry that is alive, or WXL_E_NOT_FOUND. */
static enum wxl_status load(struct wxl_filestore *fs, const char *name, int64_t now,
                            struct wxl_buf *raw, struct entry *e, struct wxl_error *err)
{
    int fd = openat(fs->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    enum wxl_status st = WXL_OK;
    char *at;
    ssize_t n;

    wxl_buf_reset(raw, 0);
    if (fd == -1) {
        return errno == ENOENT || errno == ELOOP ? WXL_E_NOT_FOUND
                                                 : io_fail(err, fs, "cannot read an entry");
    }
    do {
        at = wxl_buf_reserve(raw, 512, &st);
        if (!at) {
            /* Larger than any value: not ours. */
            st = st == WXL_E_LIMIT ? WXL_E_NOT_FOUND : wxl_fail(err, st, 0, "out of memory");
            break;
        }
        n = read(fd, at, 512);
        if (n > 0) {
            wxl_buf_commit(raw, (size_t)n);
        } else if (n == -1 && errno != EINTR) {
            st = io_fail(err, fs, "cannot read an entry");
        }
    } while (st == WXL_OK && n != 0);
    close(fd);
    if (st != WXL_OK) {
        return st;
    }
    if (!parse(raw, e) || e->expires <= now || e->expires - now > e->ttl) {
        return WXL_E_NOT_FOUND;
    }
    return WXL_OK;
}

static int write_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t k = write(fd, p, n);

        if (k == -1 && errno == EINTR) {
            continue;
        }
        if (k <= 0) {
            return -1;
        }
        p += k;
        n -= (size_t)k;
    }
    return 0;
}

static enum wxl_status save(struct wxl_filestore *fs, const char *name, const struct entry *e,
                            struct wxl_error *err)
{
    char temp[64];
    char head[HEADER_MAX];
    int fd;
    int n;
    enum wxl_status st;

    snprintf(temp, sizeof temp, ".tmp-%ld-%p-%lu", (long)getpid(), (void *)fs, fs->serial++);
    n = snprintf(head, sizeof head, "wxl1 %" PRId64 " %" PRId64 " %zu\n", e->expires, e->ttl,
                 e->len);
    fd = openat(fs->dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd == -1) {
        return io_fail(err, fs, "cannot write");
    }
    if (write_all(fd, head, (size_t)n) == -1 || write_all(fd, e->value, e->len) == -1 ||
        fsync(fd) == -1) {
        st = io_fail(err, fs, "cannot write an entry");
        close(fd);
        goto failed;
    }
    if (close(fd) == -1 || renameat(fs->dir, temp, fs->dir, name) == -1) {
        st = io_fail(err, fs, "cannot replace an entry");
        goto failed;
    }
    /* Without this a crash of the machine could bring the old entry back. Not all file systems know
     * how to sync a directory; then there is nothing more to be had. */
    (void)fsync(fs->dir);
    return WXL_OK;
failed:
    unlinkat(fs->dir, temp, 0);
    return st;
}

/* ---- the lock ---------------------------------------------------------------------------------- */

static enum wxl_status lock(struct wxl_filestore *fs, int *fd, struct wxl_error *err)
{
    const struct timespec pause = {0, LOCK_POLL_MS * 1000000L};
    int tries = WXL_FILESTORE_WAIT_MS / LOCK_POLL_MS;

    *fd = openat(fs->dir, ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (*fd == -1) {
        return io_fail(err, fs, "cannot open the lock");
    }
    while (flock(*fd, LOCK_EX | LOCK_NB) == -1) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            (void)io_fail(err, fs, "cannot lock");
            close(*fd);
            return WXL_E_IO;
        }
        if (tries-- <= 0) {
            close(*fd);
            return wxl_fail(err, WXL_E_TIMEOUT, 0, "the lock in %s was held for %d ms by another "
                            "process; is one stopped?", fs->path, WXL_FILESTORE_WAIT_MS);
        }
        nanosleep(&pause, NULL);
    }
    return WXL_OK;
}

/* ---- the contract ------------------------------------------------------------------------------ */

static enum wxl_status check_value(size_t len, int64_t now, int64_t ttl, struct wxl_error *err)
{
    if (len > WXL_FILESTORE_VALUE_MAX) {
        return wxl_fail(err, WXL_E_LIMIT, 0, "a value may hold %d bytes at most",
                        WXL_FILESTORE_VALUE_MAX);
    }
    if (ttl <= 0 || now < 0 || ttl > INT64_MAX - now) {
        return wxl_fail(err, WXL_E_ARG, 0, "the time to live must be above 0");
    }
    return WXL_OK;
}

enum wxl_status wxl_filestore_get(struct wxl_filestore *fs, const char *key, size_t key_len,
                                  int64_t now, struct wxl_buf *value, struct wxl_error *err)
{
    char name[WXL_FILESTORE_KEY_MAX + 3];
    struct wxl_buf raw;
    struct entry e;
    enum wxl_status st;

    wxl_buf_init(&raw, WXL_FILESTORE_VALUE_MAX + HEADER_MAX + 512);
    wxl_buf_reset(value, 0);
    st = name_of(key, key_len, name, err);
    if (st == WXL_OK) {
        st = load(fs, name, now, &raw, &e, err);
    }
    if (st == WXL_OK) {
        st = wxl_buf_append(value, e.value, e.len);
        if (st != WXL_OK) {
            (void)wxl_fail(err, st, 0, "out of memory");
        }
    }
    wxl_buf_wipe(&raw);
    return st;
}

enum change { SET, ADD, DELETE, INCR };

struct order {
    enum change what;
    const char *value; /* to write, or to compare for DELETE (NULL: any) */
    size_t len;
    int64_t now;
    int64_t ttl;
    int64_t by;  /* INCR; the sum comes back in it */
    int done;    /* ADD, DELETE: whether it was */
};

static enum wxl_status add_up(const struct entry *old, struct order *o, char *text, size_t size,
                              struct wxl_error *err)
{
    char digits[24];
    char *end = digits;
    int64_t sum = 0;

    if (old) {
        if (old->len == 0 || old->len >= sizeof digits) {
            return wxl_fail(err, WXL_E_FORMAT, 0, "the value is not a whole number");
        }
        memcpy(digits, old->value, old->len);
        digits[old->len] = '\0';
        sum = strtoll(digits, &end, 10);
        if (end != digits + old->len) {
            return wxl_fail(err, WXL_E_FORMAT, 0, "the value is not a whole number");
        }
    }
    if (o->by > EXACT_MAX || o->by < -EXACT_MAX || sum > EXACT_MAX || sum < -EXACT_MAX ||
        sum + o->by > EXACT_MAX || sum + o->by < -EXACT_MAX) {
        return wxl_fail(err, WXL_E_LIMIT, 0, "the sum would pass 2^53");
    }
    o->by += sum;
    snprintf(text, size, "%" PRId64, o->by);
    return WXL_OK;
}

/* Every change: one lock, one look, one decision. */
static enum wxl_status change(struct wxl_filestore *fs, const char *key, size_t key_len,
                              struct order *o, struct wxl_error *err)
{
    char name[WXL_FILESTORE_KEY_MAX + 3];
    char sum[24];
    struct wxl_buf raw;
    struct entry old = {0, 0, NULL, 0};
    struct entry fresh = {0, 0, NULL, 0};
    enum wxl_status st = name_of(key, key_len, name, err);
    int alive;
    int fd = -1;

    wxl_buf_init(&raw, WXL_FILESTORE_VALUE_MAX + HEADER_MAX + 512);
    if (st == WXL_OK && o->what != DELETE) {
        st = check_value(o->len, o->now, o->ttl, err);
    }
    if (st == WXL_OK) {
        st = lock(fs, &fd, err);
    }
    if (st != WXL_OK) {
        return st;
    }
    st = load(fs, name, o->now, &raw, &old, err);
    alive = st == WXL_OK;
    if (!alive && st != WXL_E_NOT_FOUND) {
        goto done;
    }
    st = WXL_OK;
    fresh.value = o->value;
    fresh.len = o->len;
    fresh.ttl = o->ttl;
    fresh.expires = o->now + o->ttl;
    o->done = 1;
    if (o->what == DELETE) {
        o->done = alive && (!o->value || (old.len == o->len &&
                                          memcmp(old.value, o->value, o->len) == 0));
        if (o->done && unlinkat(fs->dir, name, 0) == -1 && errno != ENOENT) {
            st = io_fail(err, fs, "cannot delete an entry");
        }
        goto done;
    }
    if (o->what == ADD && alive) {
        o->done = 0;
        goto done;
    }
    if (o->what == INCR) {
        st = add_up(alive ? &old : NULL, o, sum, sizeof sum, err);
        if (st != WXL_OK) {
            goto done;
        }
        fresh.value = sum;
        fresh.len = strlen(sum);
        if (alive) {
            fresh.ttl = old.ttl;
            fresh.expires = old.expires;
        }
    }
    st = save(fs, name, &fresh, err);
done:
    close(fd);
    wxl_buf_wipe(&raw);
    return st;
}

enum wxl_status wxl_filestore_set(struct wxl_filestore *fs, const char *key, size_t key_len,
                                  const char *value, size_t len, int64_t now, int64_t ttl,
                                  struct wxl_error *err)
{
    struct order o = {SET, value, len, now, ttl, 0, 0};

    return change(fs, key, key_len, &o, err);
}

enum wxl_status wxl_filestore_add(struct wxl_filestore *fs, const char *key, size_t key_len,
                                  const char *value, size_t len, int64_t now, int64_t ttl,
                                  int *added, struct wxl_error *err)
{
    struct order o = {ADD, value, len, now, ttl, 0, 0};
    enum wxl_status st = change(fs, key, key_len, &o, err);

    *added = st == WXL_OK && o.done;
    return st;
}

enum wxl_status wxl_filestore_delete(struct wxl_filestore *fs, const char *key, size_t key_len,
                                     const char *expected, size_t expected_len, int64_t now,
                                     int *deleted, struct wxl_error *err)
{
    struct order o = {DELETE, expected, expected_len, now, 0, 0, 0};
    enum wxl_status st = change(fs, key, key_len, &o, err);

    *deleted = st == WXL_OK && o.done;
    return st;
}

enum wxl_status wxl_filestore_incr(struct wxl_filestore *fs, const char *key, size_t key_len,
                                   int64_t by, int64_t now, int64_t ttl, int64_t *sum,
                                   struct wxl_error *err)
{
    struct order o = {INCR, "", 0, now, ttl, by, 0};
    enum wxl_status st = change(fs, key, key_len, &o, err);

    *sum = st == WXL_OK ? o.by : 0;
    return st;
}
