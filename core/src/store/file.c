#include "wxlive/filestore.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/write.h"
#include "store/dir.h"
#include "store/entry.h"
#include "wxlive/base/alloc.h"
#include "wxlive/base/digits.h"

#define SWEEP_SECONDS 300
#define EXACT_MAX INT64_C(9007199254740992)
#define FILE_MAX (WXL_FILESTORE_VALUE_MAX + WXL_ENTRY_HEAD_MAX)

#define PREFIX "k-"
#define TEMP ".tmp" /* one name is enough: only the holder of the lock writes */

struct wxl_filestore {
    char *path;
    int64_t wait_ms;
};

/* A change under way: the directory, the lock in it, and the time it is. */
struct change {
    const struct wxl_filestore *fs;
    struct wxl_error *err;
    int dir;
    int lock;
    int64_t now;
};

static enum wxl_status no_memory(struct wxl_error *err)
{
    return wxl_fail(err, WXL_E_NOMEM, 0, "out of memory");
}

enum wxl_status wxl_filestore_open(const char *directory, struct wxl_filestore **out,
                                   struct wxl_error *err)
{
    size_t len = strlen(directory);
    struct wxl_filestore *fs;
    enum wxl_status st;
    int dir = -1;

    *out = NULL;
    while (len > 1 && directory[len - 1] == '/') {
        len--; /* behind a slash a symbolic link would be followed */
    }
    if (len == 0) {
        return wxl_fail(err, WXL_E_ARG, 0, "the directory of a file store needs a name");
    }
    fs = wxl_calloc(1, sizeof *fs);
    if (!fs) {
        return no_memory(err);
    }
    fs->wait_ms = WXL_FILESTORE_WAIT_MS;
    fs->path = wxl_strndup(directory, len);
    st = fs->path ? wxl_store_need_dir(fs->path, &dir, err) : no_memory(err);
    if (st != WXL_OK) {
        wxl_filestore_free(fs);
        return st;
    }
    close(dir);
    *out = fs;
    return WXL_OK;
}

void wxl_filestore_free(struct wxl_filestore *fs)
{
    if (fs) {
        wxl_free(fs->path);
        wxl_free(fs);
    }
}

void wxl_filestore_set_wait(struct wxl_filestore *fs, int64_t ms)
{
    fs->wait_ms = ms;
}

/* ---- entries --------------------------------------------------------------------------------- */

static enum wxl_status name_of(const char *key, size_t len, char *name, struct wxl_error *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_.:-";
    size_t i;

    if (len == 0 || len > WXL_FILESTORE_KEY_MAX) {
        return wxl_fail(err, WXL_E_ARG, 0, "a key must be 1 to %d bytes long",
                        WXL_FILESTORE_KEY_MAX);
    }
    for (i = 0; i < len; i++) {
        if (!memchr(allowed, key[i], sizeof allowed - 1)) {
            return wxl_fail(err, WXL_E_ARG, 0, "a key may hold letters, digits and _ . : - only");
        }
    }
    memcpy(name, PREFIX, 2);
    memcpy(name + 2, key, len);
    name[len + 2] = '\0';
    return WXL_OK;
}

/* Reads a whole file into raw. WXL_E_NOT_FOUND when there is none that could be an entry. */
static enum wxl_status read_file(const struct wxl_filestore *fs, int dir, const char *name,
                                 struct wxl_buf *raw, struct wxl_error *err)
{
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    enum wxl_status st = WXL_OK;
    struct stat about;
    ssize_t n = 1;
    char *at;

    if (fd == -1) {
        return errno == ENOENT || errno == ELOOP ? WXL_E_NOT_FOUND
                                                 : wxl_store_io_fail(err, fs->path, "read");
    }
    if (fstat(fd, &about) == -1) { /* "absent" would let a living entry be written over */
        st = wxl_store_io_fail(err, fs->path, "read");
        close(fd);
        return st;
    }
    if (!S_ISREG(about.st_mode) || about.st_size < 0 || about.st_size > (off_t)FILE_MAX) {
        close(fd);
        return WXL_E_NOT_FOUND;
    }
    while (st == WXL_OK && n > 0) {
        /* One byte more than it should have, to see the end in the same read. */
        at = wxl_buf_reserve(raw, (size_t)about.st_size + 1, &st);
        if (!at) {
            st = st == WXL_E_LIMIT ? WXL_E_NOT_FOUND : no_memory(err);
            break;
        }
        n = read(fd, at, (size_t)about.st_size + 1);
        if (n == -1 && errno == EINTR) {
            n = 1;
        } else if (n == -1) {
            st = wxl_store_io_fail(err, fs->path, "read");
        } else {
            wxl_buf_commit(raw, (size_t)n);
        }
    }
    close(fd);
    return st;
}

/* WXL_OK and an entry that is alive, or WXL_E_NOT_FOUND. raw holds what the entry points to. */
static enum wxl_status load(const struct wxl_filestore *fs, int dir, const char *name, int64_t now,
                            struct wxl_buf *raw, struct wxl_entry *e, struct wxl_error *err)
{
    enum wxl_status st = read_file(fs, dir, name, raw, err);

    if (st == WXL_OK &&
        (!wxl_entry_parse(name, raw->data, raw->len, e) || !wxl_entry_alive(e, now))) {
        st = WXL_E_NOT_FOUND;
    }
    return st;
}

static void init_raw(struct wxl_buf *raw)
{
    wxl_buf_init(raw, 2 * ((size_t)FILE_MAX + 1));
}

/* Writes an entry in one stroke. */
static enum wxl_status save(const struct change *c, const char *name, const struct wxl_entry *e,
                            int to_disk)
{
    char head[WXL_ENTRY_HEAD_MAX];
    size_t n = wxl_entry_head(e, name, head);
    enum wxl_status st;
    int fd;

    /* While this process holds the lock, a file of this name is the remainder of a killed
     * writer. */
    if (unlinkat(c->dir, TEMP, 0) == -1 && errno != ENOENT) {
        return wxl_store_io_fail(c->err, c->fs->path, "remove a leftover");
    }
    fd = openat(c->dir, TEMP, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd == -1) {
        return wxl_store_io_fail(c->err, c->fs->path, "write");
    }
    if (wxl_write_all(fd, head, n) == -1 || wxl_write_all(fd, e->value, e->len) == -1 ||
        (to_disk && fsync(fd) == -1)) {
        st = wxl_store_io_fail(c->err, c->fs->path, "write");
        close(fd);
        unlinkat(c->dir, TEMP, 0);
        return st;
    }
    if (close(fd) == -1 || renameat(c->dir, TEMP, c->dir, name) == -1) {
        st = wxl_store_io_fail(c->err, c->fs->path, "replace an entry");
        unlinkat(c->dir, TEMP, 0);
        return st;
    }
    if (to_disk) {
        /* Not every file system can sync a directory; then nothing more can be done. */
        (void)fsync(c->dir);
    }
    return WXL_OK;
}

/* ---- sweeping -------------------------------------------------------------------------------- */

/* Whether there is no living entry under an entry's name, as far as can be told. */
static int is_dead(const struct change *c, const char *name)
{
    struct wxl_entry e;
    struct wxl_buf raw;
    int dead;

    init_raw(&raw);
    dead = load(c->fs, c->dir, name, c->now, &raw, &e, NULL) == WXL_E_NOT_FOUND;
    wxl_buf_wipe(&raw);
    return dead;
}

static void sweep(const struct change *c)
{
    int copy = openat(c->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = copy == -1 ? NULL : fdopendir(copy);
    struct dirent *e;

    if (!d) {
        if (copy != -1) {
            close(copy);
        }
        return;
    }
    for (e = readdir(d); e; e = readdir(d)) {
        if (strncmp(e->d_name, PREFIX, 2) == 0 && is_dead(c, e->d_name)) {
            unlinkat(c->dir, e->d_name, 0);
        }
    }
    closedir(d);
    unlinkat(c->dir, TEMP, 0);
    /* The lock's own time says when this was done last, to every process. */
    (void)futimens(c->lock, NULL);
}

static int sweep_is_due(const struct change *c)
{
    struct stat st;
    time_t now = time(NULL);

    return fstat(c->lock, &st) == 0 && (st.st_mtime > now || now - st.st_mtime >= SWEEP_SECONDS);
}

/* ---- changes --------------------------------------------------------------------------------- */

static enum wxl_status begin_change(struct change *c, struct wxl_filestore *fs, int64_t now,
                                    struct wxl_error *err)
{
    enum wxl_status st;
    int64_t waited = 0;

    c->fs = fs;
    c->err = err;
    c->dir = -1;
    c->lock = -1;
    c->now = now;
    st = wxl_store_need_dir(fs->path, &c->dir, err);
    if (st == WXL_OK) {
        st = wxl_store_take_lock(fs->path, c->dir, fs->wait_ms, &c->lock, &waited, err);
        c->now += waited;
    }
    if (st == WXL_OK && sweep_is_due(c)) {
        sweep(c);
    }
    return st;
}

/* Closing the file releases the lock. */
static void end_change(struct change *c)
{
    if (c->lock != -1) {
        close(c->lock);
    }
    if (c->dir != -1) {
        close(c->dir);
    }
}

enum deed { SET, ADD, DELETE, INCR };

struct order {
    enum deed deed;
    const char *value; /* to write, or to compare for DELETE (NULL: any) */
    size_t len;
    int64_t now;
    int64_t ttl;
    int64_t by; /* INCR: the sum comes back in it */
    int done;   /* ADD, DELETE: whether it was */
};

static enum wxl_status check_order(const struct order *o, struct wxl_error *err)
{
    if (o->deed != DELETE && o->len > WXL_FILESTORE_VALUE_MAX) {
        return wxl_fail(err, WXL_E_LIMIT, 0, "a value may hold %d bytes at most",
                        WXL_FILESTORE_VALUE_MAX);
    }
    if (o->deed != DELETE && (o->ttl <= 0 || o->ttl > WXL_ENTRY_TTL_MAX)) {
        return wxl_fail(err, WXL_E_ARG, 0, "the time to live must be above 0 and below 100 years");
    }
    if (o->now < 0 || o->now > INT64_MAX - WXL_ENTRY_TTL_MAX - WXL_FILESTORE_SKEW_MS) {
        return wxl_fail(err, WXL_E_ARG, 0, "the time is out of range");
    }
    return WXL_OK;
}

static enum wxl_status add_up(const struct wxl_entry *old, struct order *o, char *text, size_t size,
                              struct wxl_error *err)
{
    int64_t sum = 0;

    if (old && !wxl_digits_read(old->value, old->len, &sum)) {
        return wxl_fail(err, WXL_E_FORMAT, 0, "the value is not a whole number");
    }
    if (o->by > EXACT_MAX || o->by < -EXACT_MAX || sum > EXACT_MAX || sum < -EXACT_MAX ||
        sum + o->by > EXACT_MAX || sum + o->by < -EXACT_MAX) {
        return wxl_fail(err, WXL_E_LIMIT, 0, "the sum would pass 2^53");
    }
    o->by += sum;
    (void)snprintf(text, size, "%" PRId64, o->by);
    return WXL_OK;
}

static enum wxl_status delete_entry(const struct change *c, const char *name,
                                    const struct wxl_entry *old, struct order *o)
{
    if (!old || (o->value && (old->len != o->len || memcmp(old->value, o->value, o->len) != 0))) {
        return WXL_OK;
    }
    if (unlinkat(c->dir, name, 0) == -1 && errno != ENOENT) {
        return wxl_store_io_fail(c->err, c->fs->path, "delete an entry");
    }
    o->done = 1;
    return WXL_OK;
}

/* Decides what the operation does, given the current entry (NULL: no live entry). */
static enum wxl_status carry_out(const struct change *c, const char *name,
                                 const struct wxl_entry *old, struct order *o)
{
    struct wxl_entry fresh = {c->now + o->ttl, o->ttl, o->value, o->len};
    char sum[24];
    enum wxl_status st;

    if (o->deed == DELETE) {
        return delete_entry(c, name, old, o);
    }
    if (o->deed == ADD && old) {
        return WXL_OK;
    }
    if (o->deed == INCR) {
        st = add_up(old, o, sum, sizeof sum, c->err);
        if (st != WXL_OK) {
            return st;
        }
        fresh.value = sum;
        fresh.len = strlen(sum);
        if (old) {
            fresh.ttl = old->ttl;
            fresh.expires = old->expires;
        }
    }
    st = save(c, name, &fresh, o->deed != INCR);
    o->done = st == WXL_OK;
    return st;
}

/* Every change: one lock, one look, one decision. */
static enum wxl_status change(struct wxl_filestore *fs, const char *key, size_t key_len,
                              struct order *o, struct wxl_error *err)
{
    char name[WXL_FILESTORE_KEY_MAX + 3];
    struct change c;
    struct wxl_buf raw;
    struct wxl_entry old = {0, 0, NULL, 0};
    enum wxl_status st = name_of(key, key_len, name, err);

    if (st == WXL_OK) {
        st = check_order(o, err);
    }
    if (st != WXL_OK) {
        return st;
    }
    init_raw(&raw);
    st = begin_change(&c, fs, o->now, err);
    if (st == WXL_OK) {
        st = load(fs, c.dir, name, c.now, &raw, &old, err);
        if (st == WXL_OK || st == WXL_E_NOT_FOUND) {
            st = carry_out(&c, name, st == WXL_OK ? &old : NULL, o);
        }
    }
    end_change(&c);
    wxl_buf_wipe(&raw);
    return st;
}

/* ---- the contract ---------------------------------------------------------------------------- */

enum wxl_status wxl_filestore_get(struct wxl_filestore *fs, const char *key, size_t key_len,
                                  int64_t now, struct wxl_buf *value, struct wxl_error *err)
{
    char name[WXL_FILESTORE_KEY_MAX + 3];
    struct wxl_buf raw;
    struct wxl_entry e;
    int dir = -1;
    enum wxl_status st = name_of(key, key_len, name, err);

    wxl_buf_reset(value, 0);
    if (st == WXL_OK) {
        st = wxl_store_open_dir(fs->path, &dir, err);
    }
    if (st != WXL_OK) {
        return st;
    }
    init_raw(&raw);
    st = load(fs, dir, name, now, &raw, &e, err);
    if (st == WXL_OK) {
        st = wxl_buf_append(value, e.value, e.len);
        if (st == WXL_E_NOMEM) {
            (void)no_memory(err);
        } else if (st != WXL_OK) {
            (void)wxl_fail(err, st, 0, "the value does not fit where it is read to");
        }
    }
    close(dir);
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

enum wxl_status wxl_filestore_sweep(struct wxl_filestore *fs, int64_t now, struct wxl_error *err)
{
    struct change c;
    enum wxl_status st = begin_change(&c, fs, now, err);

    if (st == WXL_OK) {
        sweep(&c);
    }
    end_change(&c);
    return st;
}
