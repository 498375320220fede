/* Runs each case of a test program again and again, each time with one call out of the core made to
 * fail: the first allocation, the second, ...; the first EVP_DigestUpdate, the second, ...
 *
 * The case need not pass then: what it expects does not come about. It must not crash, hang or read
 * what is not its own (build it with ASan for that). Each try is a process of its own, so nothing
 * that a case leaves behind when it gives up disturbs the next; leaks are looked for by the
 * cases that use torture.h, which clean up.
 *
 * TORTURE_SECONDS (8): about how long a program may take; long cases get fewer tries, evenly
 * spread. TORTURE_TRACE=1 names each try. */
#include "support/torture_run.h"

#include <curl/curl.h>
#include <dirent.h>
#include <errno.h>
#include <expat.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#undef curl_easy_setopt

#define SANITIZER_EXIT 77
#define TRIES_MAX 200 /* of one call in one case */
#define HANG_SECONDS 60

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
    return "exitcode=77";
}

const char *__ubsan_default_options(void)
{
    return "halt_on_error=1:exitcode=77";
}

/* ---- the calls ---------------------------------------------------------------------------------
 */

#define CALL(result, failure, number, name, parameters, arguments) CALL_##name,
enum {
#include "support/torture_calls.h"
    CALL_setopt,
    CALLS
};
#undef CALL

#define CALL(result, failure, number, name, parameters, arguments) #name,
static const char *const names[] = {
#include "support/torture_calls.h"
    "curl_easy_setopt"};
#undef CALL

struct shared {
    long counts[CALLS]; /* of the run without failure */
    long reached;       /* whether the failure came about */
};

static struct shared *shared;
static int counting;
static int target = -1;
static long countdown;

static int strikes(int call)
{
    if (counting) {
        __atomic_add_fetch(&shared->counts[call], 1, __ATOMIC_RELAXED);
    }
    if (call != target || __atomic_sub_fetch(&countdown, 1, __ATOMIC_RELAXED) != 0) {
        return 0;
    }
    shared->reached = 1;
    return 1;
}

/* The linker leads shared libraries here as well when they import the name. */
#define VISIBLE __attribute__((visibility("default")))

#define CALL(result, failure, number, name, parameters, arguments) \
    result __real_##name parameters; \
    VISIBLE result __wrap_##name parameters; \
    result __wrap_##name parameters \
    { \
        if (strikes(CALL_##name)) { \
            errno = (number) ? (number) : errno; \
            return failure; \
        } \
        return __real_##name arguments; \
    }
#include "support/torture_calls.h"
#undef CALL

CURLcode __real_curl_easy_setopt(CURL *handle, CURLoption option, ...);
VISIBLE CURLcode __wrap_curl_easy_setopt(CURL *handle, CURLoption option, ...);

/* Whatever the third argument is, a register carries it. */
CURLcode __wrap_curl_easy_setopt(CURL *handle, CURLoption option, ...)
{
    va_list list;
    void *value;

    if (strikes(CALL_setopt)) {
        return CURLE_OUT_OF_MEMORY;
    }
    va_start(list, option);
    value = va_arg(list, void *);
    va_end(list);
    return __real_curl_easy_setopt(handle, option, value);
}

/* ---- one try -----------------------------------------------------------------------------------
 */

/* A failed assertion ends the process by exit: that is all right, and no leak is looked for. */
static void give_up(void)
{
    _exit(1);
}

static void run_case(const struct CMUnitTest *test, CMFixtureFunction set_up,
                     CMFixtureFunction tear_down)
{
    int quiet = open("/dev/null", O_WRONLY);
    void *group = NULL;
    void *state = test->initial_state;

    (void)setpgid(0, 0); /* what it starts ends with it */
    (void)dup2(quiet, 1);
    if (!getenv("TORTURE_TRACE")) {
        (void)dup2(quiet, 2);
    }
    (void)alarm(HANG_SECONDS);
    (void)atexit(give_up);
    if (set_up && set_up(&group) != 0) {
        _exit(1);
    }
    if (!state) {
        state = group;
    }
    if (test->setup_func && test->setup_func(&state) != 0) {
        _exit(1);
    }
    test->test_func(&state);
    if (test->teardown_func) {
        (void)test->teardown_func(&state);
    }
    if (tear_down) {
        (void)tear_down(&group);
    }
    _exit(0);
}

/* The wait status of a run in a process of its own. */
static int in_child(const struct CMUnitTest *test, CMFixtureFunction set_up,
                    CMFixtureFunction tear_down)
{
    int status = -1;
    pid_t child = fork();

    if (child == 0) {
        run_case(test, set_up, tear_down);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("torture");
        exit(2);
    }
    (void)kill(-child, SIGKILL);
    return status;
}

static double seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct tally {
    long tries;
    long noticed; /* the case gave up, as it should when it needs what failed */
    long bad;
};

static void judge(struct tally *tally, const struct CMUnitTest *test, int call, long n, int status)
{
    tally->tries++;
    if (WIFEXITED(status) && WEXITSTATUS(status) != SANITIZER_EXIT) {
        tally->noticed += WEXITSTATUS(status) != 0;
        return;
    }
    tally->bad++;
    fprintf(stderr, "FAILED: %s, %s number %ld made to fail: %s %d\n", test->name, names[call], n,
            WIFSIGNALED(status) ? "signal" : "exit status",
            WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

static void torture_case(struct tally *tally, const struct CMUnitTest *test,
                         CMFixtureFunction set_up, CMFixtureFunction tear_down, double budget)
{
    double began = seconds();
    double one;
    long most = 0;
    long allowed;
    int call;

    memset(shared, 0, sizeof *shared);
    counting = 1;
    if (in_child(test, set_up, tear_down) != 0) {
        tally->bad++;
        fprintf(stderr, "FAILED: %s, with nothing made to fail\n", test->name);
        return;
    }
    counting = 0;
    one = seconds() - began + 0.0005;
    for (call = 0; call < CALLS; call++) {
        most += shared->counts[call] < TRIES_MAX ? shared->counts[call] : TRIES_MAX;
    }
    allowed = (long)(budget / one) + 1;
    for (call = 0; call < CALLS; call++) {
        long count = shared->counts[call];
        long wanted = count < TRIES_MAX ? count : TRIES_MAX;
        long step;
        long n;

        if (most > allowed) {
            wanted = wanted * allowed / most;
            wanted = count > 0 && wanted == 0 ? 1 : wanted;
        }
        step = wanted > 0 ? (count + wanted - 1) / wanted : 1;
        for (n = 1; n <= count; n += step) {
            target = call;
            countdown = n;
            if (getenv("TORTURE_TRACE")) {
                fprintf(stderr, "%s: %s %ld\n", test->name, names[call], n);
            }
            judge(tally, test, call, n, in_child(test, set_up, tear_down));
            target = -1;
        }
    }
}

int torture_group(const struct CMUnitTest *tests, size_t count, CMFixtureFunction set_up,
                  CMFixtureFunction tear_down)
{
    const char *limit = getenv("TORTURE_SECONDS");
    double budget = limit ? atof(limit) : 8.0;
    struct tally tally = {0, 0, 0};
    size_t i;

    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        perror("torture");
        return 2;
    }
    for (i = 0; i < count; i++) {
        torture_case(&tally, &tests[i], set_up, tear_down, budget / (double)count);
    }
    printf("%zu cases, %ld tries with one call made to fail: %ld noticed, %ld crashed or hung\n",
           count, tally.tries, tally.noticed, tally.bad);
    return tally.bad > 0;
}
