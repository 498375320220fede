/* The file store under processes that race and are killed, in directories that are not what they
 * seem, with files that are damaged. Its contract is tested from Lua as well. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/torture.h"
#include "wxlive/filestore.h"

#define NOW INT64_C(1800000000000)
#define PROCESSES 8
#define LONG_WAIT_MS 50000 /* for the lock, where a busy machine may be slow; */
#define LONG_LIFE_MS 600000 /* what waits for a lock grows older meanwhile */

static char directory[64];

static int make_directory(void **state)
{
    (void)state;
    snprintf(directory, sizeof directory, "/tmp/wxl-filestore-XXXXXX");
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    return system(command);
}

static struct wxl_filestore *open_store(void)
{
    struct wxl_filestore *fs = NULL;
    struct wxl_error err = {WXL_OK, 0, ""};

    if (wxl_filestore_open(directory, &fs, &err) != WXL_OK) {
        fprintf(stderr, "%s\n", err.text);
    }
    return fs;
}

static struct wxl_filestore *new_store(void)
{
    struct wxl_filestore *fs = open_store();

    assert_non_null(fs);
    return fs;
}

static void processes_race_for_one_entry(void **state)
{
    pid_t pids[PROCESSES];
    int winners = 0;
    int status = 0;
    int i;
    struct wxl_filestore *fs;
    int64_t sum = 0;

    (void)state;
    for (i = 0; i < PROCESSES; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            int added = 0;
            int k;

            fs = open_store();
            if (fs) {
                wxl_filestore_set_wait(fs, LONG_WAIT_MS);
            }
            if (!fs || wxl_filestore_add(fs, "lock", 4, "me", 2, NOW, LONG_LIFE_MS, &added, NULL)) {
                _exit(100);
            }
            for (k = 0; k < 25; k++) {
                if (wxl_filestore_incr(fs, "n", 1, 1, NOW, LONG_LIFE_MS, &sum, NULL)) {
                    _exit(101);
                }
            }
            _exit(added);
        }
    }
    for (i = 0; i < PROCESSES; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status));
        assert_in_range(WEXITSTATUS(status), 0, 1);
        winners += WEXITSTATUS(status);
    }
    assert_int_equal(winners, 1);
    fs = open_store();
    assert_int_equal(wxl_filestore_incr(fs, "n", 1, 0, NOW, LONG_LIFE_MS, &sum, NULL), WXL_OK);
    assert_int_equal(sum, PROCESSES * 25);
    wxl_filestore_free(fs);
}

/* A writer is killed at some point of its work, again and again: the value is always one that was
 * written whole, and nobody is locked out. */
static void killed_writers_lose_nothing(void **state)
{
    static char value[20000];
    struct wxl_filestore *fs = new_store();
    struct wxl_buf b;
    int round;

    (void)state;
    assert_non_null(fs);
    wxl_buf_init(&b, WXL_FILESTORE_VALUE_MAX);
    for (round = 0; round < 60; round++) {
        const struct timespec pause = {0, 200000L + round * 97000L};
        int begun[2];
        char byte;
        pid_t pid;

        assert_int_equal(pipe(begun), 0);
        pid = fork();
        if (pid == 0) {
            struct wxl_filestore *mine = new_store();
            int i;

            for (i = 0;; i++) {
                memset(value, 'a' + i % 26, sizeof value);
                if (wxl_filestore_set(mine, "k", 1, value, sizeof value, NOW, 1000, NULL)) {
                    _exit(1);
                }
                if (i == 0 && write(begun[1], "b", 1) != 1) {
                    _exit(1);
                }
            }
        }
        close(begun[1]);
        assert_int_equal(read(begun[0], &byte, 1), 1);
        close(begun[0]);
        nanosleep(&pause, NULL);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        assert_int_equal(wxl_filestore_get(fs, "k", 1, NOW, &b, NULL), WXL_OK);
        assert_int_equal(b.len, sizeof value);
        memset(value, b.data[0], sizeof value);
        assert_memory_equal(b.data, value, sizeof value);
        assert_int_equal(wxl_filestore_set(fs, "other", 5, "x", 1, NOW, 1000, NULL), WXL_OK);
    }
    wxl_buf_free(&b);
    wxl_filestore_free(fs);
}

static void limits_are_kept(void **state)
{
    static char value[WXL_FILESTORE_VALUE_MAX + 1];
    struct wxl_filestore *fs = new_store();
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_buf b;
    int64_t sum;

    (void)state;
    wxl_buf_init(&b, WXL_FILESTORE_VALUE_MAX);
    memset(value, 'v', sizeof value);
    assert_int_equal(wxl_filestore_set(fs, "k", 1, value, sizeof value, NOW, 1, &err), WXL_E_LIMIT);
    assert_int_equal(wxl_filestore_set(fs, "k", 1, value, sizeof value - 1, NOW, 1, &err), WXL_OK);
    assert_int_equal(wxl_filestore_get(fs, "k", 1, NOW, &b, &err), WXL_OK);
    assert_int_equal(b.len, WXL_FILESTORE_VALUE_MAX);
    assert_int_equal(wxl_filestore_set(fs, "k", 1, "v", 1, NOW, INT64_MAX, &err), WXL_E_ARG);
    assert_int_equal(wxl_filestore_incr(fs, "n", 1, INT64_MAX, NOW, 1, &sum, &err), WXL_E_LIMIT);
    assert_int_equal(wxl_filestore_incr(fs, "n", 1, INT64_C(1) << 53, NOW, 9, &sum, &err), WXL_OK);
    assert_int_equal(wxl_filestore_incr(fs, "n", 1, 1, NOW, 9, &sum, &err), WXL_E_LIMIT);
    wxl_buf_free(&b);
    wxl_filestore_free(fs);
}

static void a_key_is_no_path(void **state)
{
    static const char *const keys[] = {"../k", "a/../../k", "/tmp/k", "a/b", "a\\b", "a b", "a\nb",
                                       "\xe5\xb0\x81"};
    struct wxl_filestore *fs = open_store();
    struct wxl_buf b;
    size_t i;

    (void)state;
    wxl_buf_init(&b, WXL_FILESTORE_VALUE_MAX);
    for (i = 0; i < sizeof keys / sizeof *keys; i++) {
        size_t n = strlen(keys[i]);

        assert_int_equal(wxl_filestore_set(fs, keys[i], n, "v", 1, NOW, 1, NULL), WXL_E_ARG);
        assert_int_equal(wxl_filestore_get(fs, keys[i], n, NOW, &b, NULL), WXL_E_ARG);
    }
    assert_int_equal(wxl_filestore_set(fs, "a\0b", 3, "v", 1, NOW, 1, NULL), WXL_E_ARG);
    assert_int_equal(wxl_filestore_set(fs, "", 0, "v", 1, NOW, 1, NULL), WXL_E_ARG);
    wxl_buf_free(&b);
    wxl_filestore_free(fs);
}

/* ---- directories and files ------------------------------------------------------------------- */

static const char *in_directory(const char *name)
{
    static char path[160];

    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static void write_file(const char *name, const void *bytes, size_t n)
{
    FILE *f = fopen(in_directory(name), "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static size_t read_file(const char *name, char *bytes, size_t max)
{
    FILE *f = fopen(in_directory(name), "rb");
    size_t n;

    assert_non_null(f);
    n = fread(bytes, 1, max, f);
    fclose(f);
    return n;
}

static int is_there(const char *name)
{
    struct stat st;

    return lstat(in_directory(name), &st) == 0;
}

static enum wxl_status get(struct wxl_filestore *fs, const char *key, int64_t now)
{
    struct wxl_buf b;
    enum wxl_status st;

    wxl_buf_init(&b, WXL_FILESTORE_VALUE_MAX);
    st = wxl_filestore_get(fs, key, strlen(key), now, &b, NULL);
    wxl_buf_free(&b);
    return st;
}

static enum wxl_status set(struct wxl_filestore *fs, const char *key, int64_t ttl)
{
    return wxl_filestore_set(fs, key, strlen(key), "value", 5, NOW, ttl, NULL);
}

static void what_is_made_is_for_the_owner_only(void **state)
{
    char deep[128];
    struct wxl_filestore *fs = NULL;
    struct stat st;
    mode_t before = umask(0);

    (void)state;
    snprintf(deep, sizeof deep, "%s/a/b//", directory);
    assert_int_equal(wxl_filestore_open(deep, &fs, NULL), WXL_OK);
    assert_int_equal(set(fs, "k", 1000), WXL_OK);
    umask(before);
    assert_int_equal(stat(in_directory("a"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(stat(in_directory("a/b"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(stat(in_directory("a/b/k-k"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(stat(in_directory("a/b/.lock"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_false(is_there("a/b/.tmp"));
    wxl_filestore_free(fs);
}

static enum wxl_status open_named(const char *path, struct wxl_error *err)
{
    struct wxl_filestore *fs = NULL;
    enum wxl_status st = wxl_filestore_open(path, &fs, err);

    assert_true((st == WXL_OK) == (fs != NULL));
    wxl_filestore_free(fs);
    return st;
}

static void directories_that_cannot_be_trusted_are_refused(void **state)
{
    struct wxl_filestore *fs = new_store();
    struct wxl_error err = {WXL_OK, 0, ""};

    (void)state;
    assert_int_equal(mkdir(in_directory("real"), 0700), 0);
    assert_int_equal(symlink("real", in_directory("link")), 0);
    assert_int_equal(open_named(in_directory("link"), &err), WXL_E_IO);
    assert_non_null(strstr(err.text, "symbolic link"));
    assert_int_equal(open_named(in_directory("link/"), &err), WXL_E_IO);
    write_file("file", "", 0);
    assert_int_equal(open_named(in_directory("file"), &err), WXL_E_IO);
    assert_int_equal(open_named("", &err), WXL_E_ARG);
    assert_int_equal(chmod(directory, 0770), 0);
    assert_int_equal(open_named(directory, &err), WXL_E_IO);
    assert_non_null(strstr(err.text, "0770"));
    assert_non_null(strstr(err.text, "chmod 700"));
    /* It is looked at again by every call. */
    assert_int_equal(wxl_filestore_set(fs, "k", 1, "v", 1, NOW, 9, &err), WXL_E_IO);
    assert_int_equal(get(fs, "k", NOW), WXL_E_IO);
    assert_int_equal(chmod(directory, 0700), 0);
    assert_int_equal(set(fs, "k", 9), WXL_OK);
    if (geteuid() == 0) {
        assert_int_equal(chown(in_directory("real"), 65534, 65534), 0);
        assert_int_equal(open_named(in_directory("real"), &err), WXL_E_IO);
        assert_non_null(strstr(err.text, "belongs to user 65534"));
    }
    wxl_filestore_free(fs);
}

static void what_stands_in_the_place_of_an_entry_is_not_followed(void **state)
{
    struct wxl_filestore *fs = new_store();
    char bytes[200];
    size_t n;

    (void)state;
    assert_int_equal(set(fs, "real", 1000), WXL_OK);
    n = read_file("k-real", bytes, sizeof bytes);
    assert_int_equal(symlink("k-real", in_directory("k-link")), 0);
    assert_int_equal(get(fs, "link", NOW), WXL_E_NOT_FOUND);
    assert_int_equal(set(fs, "link", 1000), WXL_OK); /* takes its place, leaves what it named */
    assert_int_equal(get(fs, "link", NOW), WXL_OK);
    assert_int_equal(get(fs, "real", NOW), WXL_OK);
    /* An entry under another key's name is no entry. */
    write_file("k-copy", bytes, n);
    assert_int_equal(get(fs, "copy", NOW), WXL_E_NOT_FOUND);
    /* Nor is a good one that is elsewhere, though the name leads there. */
    assert_int_equal(set(fs, "away", 1000), WXL_OK);
    n = read_file("k-away", bytes, sizeof bytes);
    write_file("elsewhere", bytes, n);
    assert_int_equal(unlink(in_directory("k-away")), 0);
    assert_int_equal(symlink("elsewhere", in_directory("k-away")), 0);
    assert_int_equal(get(fs, "away", NOW), WXL_E_NOT_FOUND);
    /* Nobody blocks on a pipe, or stumbles over a directory. */
    assert_int_equal(mkfifo(in_directory("k-pipe"), 0600), 0);
    assert_int_equal(get(fs, "pipe", NOW), WXL_E_NOT_FOUND);
    assert_int_equal(mkdir(in_directory("k-dir"), 0700), 0);
    assert_int_equal(get(fs, "dir", NOW), WXL_E_NOT_FOUND);
    assert_int_equal(set(fs, "dir", 1000), WXL_E_IO);
    /* Nor is the temporary file or the lock. */
    assert_int_equal(symlink("outside", in_directory(".tmp")), 0);
    assert_int_equal(set(fs, "k", 1000), WXL_OK);
    assert_false(is_there("outside"));
    assert_int_equal(unlink(in_directory(".lock")), 0);
    assert_int_equal(symlink("outside", in_directory(".lock")), 0);
    assert_int_equal(set(fs, "k", 1000), WXL_E_IO);
    assert_false(is_there("outside"));
    wxl_filestore_free(fs);
}

static void damaged_files_count_as_absent(void **state)
{
    struct wxl_filestore *fs = new_store();
    char whole[200];
    char bytes[201];
    size_t n;
    size_t i;

    (void)state;
    assert_int_equal(set(fs, "k", 1000), WXL_OK);
    n = read_file("k-k", whole, sizeof whole);
    for (i = 0; i < n; i++) {
        write_file("k-k", whole, i); /* cut */
        assert_int_equal(get(fs, "k", NOW), WXL_E_NOT_FOUND);
        memcpy(bytes, whole, n);
        bytes[i] = (char)(bytes[i] ^ 0x11); /* altered; a changed end may still be an end */
        write_file("k-k", bytes, n);
        if (i < 5 || i > 40) {
            assert_int_equal(get(fs, "k", NOW), WXL_E_NOT_FOUND);
        } else {
            (void)get(fs, "k", NOW);
        }
    }
    memcpy(bytes, whole, n);
    bytes[n] = 'x';
    write_file("k-k", bytes, n + 1); /* longer */
    assert_int_equal(get(fs, "k", NOW), WXL_E_NOT_FOUND);
    assert_int_equal(truncate(in_directory("k-k"), 10000000), 0);
    assert_int_equal(get(fs, "k", NOW), WXL_E_NOT_FOUND);
    assert_int_equal(set(fs, "k", 1000), WXL_OK);
    assert_int_equal(get(fs, "k", NOW), WXL_OK);
    wxl_filestore_free(fs);
}

static void a_directory_that_was_cleaned_away_is_made_anew(void **state)
{
    struct wxl_filestore *fs = new_store();

    (void)state;
    assert_int_equal(set(fs, "k", 1000), WXL_OK);
    assert_int_equal(remove_directory(NULL), 0);
    assert_int_equal(get(fs, "k", NOW), WXL_E_NOT_FOUND);
    assert_int_equal(set(fs, "k", 1000), WXL_OK);
    assert_int_equal(get(fs, "k", NOW), WXL_OK);
    wxl_filestore_free(fs);
}

/* ---- ends ------------------------------------------------------------------------------------ */

static void entries_end_and_clocks_jump(void **state)
{
    struct wxl_filestore *fs = new_store();

    (void)state;
    assert_int_equal(set(fs, "k", 10000), WXL_OK);
    assert_int_equal(get(fs, "k", NOW + 9000), WXL_OK);
    assert_int_equal(get(fs, "k", NOW + 11000), WXL_E_NOT_FOUND);
    assert_int_equal(get(fs, "k", NOW - 1000), WXL_OK);           /* nudged */
    assert_int_equal(get(fs, "k", NOW - 60000), WXL_E_NOT_FOUND); /* set back */
    wxl_filestore_free(fs);
}

static void the_dead_are_swept_away(void **state)
{
    const struct timespec old[2] = {{1000, 0}, {1000, 0}};
    struct wxl_filestore *fs = new_store();

    (void)state;
    assert_int_equal(set(fs, "short", 1000), WXL_OK);
    assert_int_equal(set(fs, "long", 100000), WXL_OK);
    write_file("k-rubbish", "rubbish", 7);
    write_file("else", "not ours", 8);
    write_file(".tmp", "of a killed writer", 18);
    assert_int_equal(wxl_filestore_sweep(fs, NOW + 5000, NULL), WXL_OK);
    assert_false(is_there("k-short"));
    assert_true(is_there("k-long"));
    assert_false(is_there("k-rubbish"));
    assert_true(is_there("else"));
    assert_false(is_there(".tmp"));
    /* By itself, too: the lock's time says that the last sweep was long ago. */
    write_file("k-rubbish", "rubbish", 7);
    assert_int_equal(set(fs, "other", 1000), WXL_OK);
    assert_true(is_there("k-rubbish"));
    assert_int_equal(utimensat(AT_FDCWD, in_directory(".lock"), old, 0), 0);
    assert_int_equal(set(fs, "other", 1000), WXL_OK);
    assert_false(is_there("k-rubbish"));
    assert_true(is_there("k-other"));
    wxl_filestore_free(fs);
}

/* ---- the lock -------------------------------------------------------------------------------- */

/* A process that takes the store's lock, says so, and then does nothing until it is killed. */
static pid_t hold_lock(void)
{
    int pipe_fds[2];
    char byte = 0;
    pid_t pid;

    assert_int_equal(pipe(pipe_fds), 0);
    pid = fork();
    if (pid == 0) {
        int fd = open(in_directory(".lock"), O_RDWR | O_CREAT, 0600);

        if (fd == -1 || flock(fd, LOCK_EX) == -1 || write(pipe_fds[1], "x", 1) != 1) {
            _exit(1);
        }
        for (;;) {
            pause();
        }
    }
    close(pipe_fds[1]);
    assert_int_equal(read(pipe_fds[0], &byte, 1), 1); /* no byte: the child could not */
    close(pipe_fds[0]);
    return pid;
}

static void nobody_waits_for_the_lock_for_ever(void **state)
{
    struct wxl_filestore *fs = new_store();
    struct wxl_error err = {WXL_OK, 0, ""};
    pid_t holder;

    (void)state;
    assert_int_equal(set(fs, "k", 1000), WXL_OK);
    holder = hold_lock();
    wxl_filestore_set_wait(fs, 50);
    assert_int_equal(wxl_filestore_set(fs, "k", 1, "v", 1, NOW, 9, &err), WXL_E_TIMEOUT);
    assert_non_null(strstr(err.text, directory));
    assert_int_equal(get(fs, "k", NOW), WXL_OK); /* readers need no lock */
    kill(holder, SIGKILL);
    assert_int_equal(waitpid(holder, NULL, 0), holder);
    assert_int_equal(set(fs, "k", 1000), WXL_OK); /* the kernel gave it back */
    wxl_filestore_free(fs);
}

static void a_lock_file_that_was_removed_is_no_lock(void **state)
{
    struct wxl_filestore *fs = new_store();
    pid_t holder = hold_lock();

    (void)state;
    assert_int_equal(unlink(in_directory(".lock")), 0);
    wxl_filestore_set_wait(fs, 50);
    assert_int_equal(set(fs, "k", 1000), WXL_OK);
    kill(holder, SIGKILL);
    assert_int_equal(waitpid(holder, NULL, 0), holder);
    wxl_filestore_free(fs);
}

/* An object that was opened before a fork still keeps both sides apart. */
static void an_object_survives_a_fork(void **state)
{
    struct wxl_filestore *fs = new_store();
    int64_t sum = 0;
    int status = 0;
    pid_t pid;
    int i;

    (void)state;
    wxl_filestore_set_wait(fs, LONG_WAIT_MS);
    pid = fork();
    for (i = 0; i < 100; i++) {
        if (wxl_filestore_incr(fs, "n", 1, 1, NOW, LONG_LIFE_MS, &sum, NULL) != WXL_OK) {
            sum = -1000;
        }
    }
    if (pid == 0) {
        _exit(sum < 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(wxl_filestore_incr(fs, "n", 1, 0, NOW, LONG_LIFE_MS, &sum, NULL), WXL_OK);
    assert_int_equal(sum, 200);
    wxl_filestore_free(fs);
}

/* ---- memory ---------------------------------------------------------------------------------- */

static int whole_use(void *arg)
{
    struct wxl_filestore *fs = NULL;
    struct wxl_buf b;
    int64_t sum;
    int yes;
    int ok;

    (void)arg;
    if (wxl_filestore_open(directory, &fs, NULL) != WXL_OK) {
        return 0;
    }
    wxl_buf_init(&b, 1000);
    ok = wxl_filestore_set(fs, "k", 1, "v", 1, NOW, 9, NULL) == WXL_OK &&
         wxl_filestore_get(fs, "k", 1, NOW, &b, NULL) == WXL_OK &&
         wxl_filestore_incr(fs, "n", 1, 1, NOW, 9, &sum, NULL) == WXL_OK &&
         wxl_filestore_add(fs, "k", 1, "w", 1, NOW, 9, &yes, NULL) == WXL_OK &&
         wxl_filestore_delete(fs, "k", 1, "v", 1, NOW, &yes, NULL) == WXL_OK;
    wxl_buf_free(&b);
    wxl_filestore_free(fs);
    return ok;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_int_equal(torture(whole_use, NULL, 60), 1);
}

#define IN_DIRECTORY(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(processes_race_for_one_entry),
        IN_DIRECTORY(killed_writers_lose_nothing),
        IN_DIRECTORY(limits_are_kept),
        IN_DIRECTORY(a_key_is_no_path),
        IN_DIRECTORY(what_is_made_is_for_the_owner_only),
        IN_DIRECTORY(directories_that_cannot_be_trusted_are_refused),
        IN_DIRECTORY(what_stands_in_the_place_of_an_entry_is_not_followed),
        IN_DIRECTORY(damaged_files_count_as_absent),
        IN_DIRECTORY(a_directory_that_was_cleaned_away_is_made_anew),
        IN_DIRECTORY(entries_end_and_clocks_jump),
        IN_DIRECTORY(the_dead_are_swept_away),
        IN_DIRECTORY(nobody_waits_for_the_lock_for_ever),
        IN_DIRECTORY(a_lock_file_that_was_removed_is_no_lock),
        IN_DIRECTORY(an_object_survives_a_fork),
        IN_DIRECTORY(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
