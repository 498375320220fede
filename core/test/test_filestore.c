/* The file store under processes that race, and that are killed. Its contract is tested from Lua. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "torture.h"
#include "wxlive/filestore.h"

#define NOW INT64_C(1800000000000)
#define PROCESSES 8

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
            if (!fs || wxl_filestore_add(fs, "lock", 4, "me", 2, NOW, 1000, &added, NULL)) {
                _exit(100);
            }
            for (k = 0; k < 25; k++) {
                if (wxl_filestore_incr(fs, "n", 1, 1, NOW, 1000, &sum, NULL)) {
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
    assert_int_equal(wxl_filestore_incr(fs, "n", 1, 0, NOW, 1000, &sum, NULL), WXL_OK);
    assert_int_equal(sum, PROCESSES * 25);
    wxl_filestore_free(fs);
}

/* A writer is killed at some point of its work, again and again: the value is always one that was
 * written whole, and nobody is locked out. */
static void killed_writers_lose_nothing(void **state)
{
    static char value[20000];
    struct wxl_filestore *fs = open_store();
    struct wxl_buf b;
    int round;
    int seen = 0;

    (void)state;
    assert_non_null(fs);
    wxl_buf_init(&b, WXL_FILESTORE_VALUE_MAX);
    for (round = 0; round < 60; round++) {
        const struct timespec pause = {0, 200000L + round * 97000L};
        pid_t pid = fork();

        if (pid == 0) {
            struct wxl_filestore *mine = open_store();
            int i;

            for (i = 0;; i++) {
                memset(value, 'a' + i % 26, sizeof value);
                if (wxl_filestore_set(mine, "k", 1, value, sizeof value, NOW, 1000, NULL)) {
                    _exit(1);
                }
            }
        }
        nanosleep(&pause, NULL);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        if (wxl_filestore_get(fs, "k", 1, NOW, &b, NULL) == WXL_OK) {
            seen++;
            assert_int_equal(b.len, sizeof value);
            memset(value, b.data[0], sizeof value);
            assert_memory_equal(b.data, value, sizeof value);
        }
        assert_int_equal(wxl_filestore_set(fs, "other", 5, "x", 1, NOW, 1000, NULL), WXL_OK);
    }
    assert_true(seen > 10);
    wxl_buf_free(&b);
    wxl_filestore_free(fs);
}

static void limits_are_kept(void **state)
{
    static char value[WXL_FILESTORE_VALUE_MAX + 1];
    struct wxl_filestore *fs = open_store();
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(processes_race_for_one_entry, make_directory,
                                        remove_directory),
        cmocka_unit_test_setup_teardown(killed_writers_lose_nothing, make_directory,
                                        remove_directory),
        cmocka_unit_test_setup_teardown(limits_are_kept, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, make_directory,
                                        remove_directory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
