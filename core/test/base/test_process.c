/* Marks of processes and of the machine's run. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "wxlive/base/process.h"

static int is_over(const char *mark)
{
    return wxl_process_is_over(mark, strlen(mark));
}

/* Starts a process that waits to be killed; its mark comes through a pipe. */
static pid_t start(char mark[WXL_PROCESS_MARK_MAX])
{
    int ends[2];
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char mine[WXL_PROCESS_MARK_MAX] = "";

        wxl_process_mark(mine);
        (void)alarm(60); /* where the test gives up */
        _exit(write(ends[1], mine, sizeof mine) == (ssize_t)sizeof mine && pause() == 0 ? 0 : 1);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], mark, WXL_PROCESS_MARK_MAX), WXL_PROCESS_MARK_MAX);
    close(ends[0]);
    return pid;
}

static void a_living_process_is_not_over(void **state)
{
    char mine[WXL_PROCESS_MARK_MAX];
    char again[WXL_PROCESS_MARK_MAX];

    (void)state;
    wxl_process_mark(mine);
    wxl_process_mark(again);
    assert_true(strlen(mine) > 0);
    assert_string_equal(mine, again);
    assert_false(is_over(mine));
}

static void a_killed_process_is_over_before_and_after_its_parent_looks(void **state)
{
    char mark[WXL_PROCESS_MARK_MAX];
    siginfo_t about;
    pid_t pid = start(mark);

    (void)state;
    assert_false(is_over(mark));
    assert_int_equal(kill(pid, SIGSTOP), 0);
    assert_int_equal(waitid(P_PID, (id_t)pid, &about, WSTOPPED | WNOWAIT), 0);
    assert_false(is_over(mark)); /* it may go on */
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitid(P_PID, (id_t)pid, &about, WEXITED | WNOWAIT), 0);
    assert_true(is_over(mark)); /* its remains are still there */
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_true(is_over(mark));
}

static void another_process_with_the_same_id_is_another_one(void **state)
{
    char mark[WXL_PROCESS_MARK_MAX];
    char *last;

    (void)state;
    wxl_process_mark(mark);
    assert_true(mark[0] != '\0');
    last = mark + strlen(mark) - 1;
    *last = *last == '1' ? '2' : '1';
    assert_true(is_over(mark));
}

static void what_is_not_known_is_not_over(void **state)
{
    static const char *const marks[] = {
        "",
        "x",
        "0000000000000000:1:1",
        "1234567890abcdef:999999:1", /* another machine */
        "1234567890abcdef:999999",
        "a:b:c",
        "::",
        "1234567890abcdef:-1:5",
        "1234567890abcdef:99999999999999999999:5",
        "1234567890abcdef:9:5 ",
    };
    char mine[WXL_PROCESS_MARK_MAX];
    char odd[2 * WXL_PROCESS_MARK_MAX];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        assert_false(is_over(marks[i]));
    }
    wxl_process_mark(mine);
    (void)snprintf(odd, sizeof odd, "%.16s:0:1", mine);
    assert_false(is_over(odd));
    (void)snprintf(odd, sizeof odd, "%.16s:-1:1", mine);
    assert_false(is_over(odd));
    (void)snprintf(odd, sizeof odd, "%.16s:999999999:1x", mine);
    assert_false(is_over(odd));
    memset(odd, '1', sizeof odd);
    assert_false(wxl_process_is_over(odd, sizeof odd));
}

static void the_machines_clock_is_one_for_all(void **state)
{
    char one[WXL_BOOT_MARK_MAX];
    char two[WXL_BOOT_MARK_MAX];
    int64_t at = wxl_boot_time();

    (void)state;
    wxl_boot_mark(one);
    wxl_boot_mark(two);
    assert_int_equal(strlen(one), 16);
    assert_string_equal(one, two);
    assert_true(at > 0 && wxl_boot_time() >= at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_living_process_is_not_over),
        cmocka_unit_test(a_killed_process_is_over_before_and_after_its_parent_looks),
        cmocka_unit_test(another_process_with_the_same_id_is_another_one),
        cmocka_unit_test(what_is_not_known_is_not_over),
        cmocka_unit_test(the_machines_clock_is_one_for_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
