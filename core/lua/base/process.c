/* Functions of the process for a command: sound standard streams, signals, the identity of the
 * machine, files. */
#include "base/binding.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "wxlive/base/digits.h"
#include "wxlive/base/process.h"

#define CHUNK_BYTES 16384
#define HOST_BYTES 256
#define LAST_WORDS_BYTES 256

/* Signals belong to the process, not to a Lua state: so does their count. */
static volatile sig_atomic_t interrupted;

static void count_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

static void end_at_once(int signal_number)
{
    _exit(128 + signal_number);
}

/* What Ctrl-C prints. The interpreter's own handler would raise an error wherever the program is,
 * and code that catches errors there would take it for a failure of a token, a driver or a row. */
static char last_words[LAST_WORDS_BYTES];
static size_t last_words_bytes;

static void end_with_words(int signal_number)
{
    ssize_t written = write(STDERR_FILENO, last_words, last_words_bytes);

    (void)written;
    _exit(128 + signal_number);
}

/* Writing to a pipe without a reader fails with EPIPE. A handler and not SIG_IGN: a program that
 * this process starts has its default again. */
static void keep_running(int signal_number)
{
    (void)signal_number;
}

static int handle(int signal_number, void (*handler)(int), int flags)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigemptyset(&action.sa_mask);
    return sigaction(signal_number, &action, NULL) == 0;
}

/* The signals that ask a process to end. One that was started with SIGHUP ignored (nohup) outlives
 * its terminal. */
static int set_handler(void (*handler)(int), int flags)
{
    struct sigaction now;
    int fine = handle(SIGINT, handler, flags) && handle(SIGTERM, handler, flags);

    if (sigaction(SIGHUP, NULL, &now) == 0 && now.sa_handler != SIG_IGN) {
        fine = handle(SIGHUP, handler, flags) && fine;
    }
    return fine;
}

/* As process 1 of a container there is no default: the kernel drops a signal without a handler. */
static int set_default(void)
{
    int fine = set_handler(getpid() == 1 ? end_at_once : SIG_DFL, 0);

    return (last_words_bytes == 0 || handle(SIGINT, end_with_words, 0)) && fine;
}

/* Opens what the caller closed of descriptors 0 to 2, so that no file of ours gets one of these
 * numbers and receives printed text. Each is opened in the wrong direction (for reading instead of
 * writing), so that its use fails. */
static int open_standard(void)
{
    int fd;

    for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) == -1 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd) {
            return 0;
        }
    }
    return 1;
}

/* process.prepare(words) -> boolean: what every command does first. Descriptors 0 to 2 are open,
 * writing to a closed pipe is an error and not the end, process 1 can be ended, and Ctrl-C ends the
 * process with status 130 after printing the words (the beginning of them, if they are long). */
static int process_prepare(lua_State *L)
{
    size_t bytes;
    const char *words = luaL_checklstring(L, 1, &bytes);
    int fine = open_standard() && handle(SIGPIPE, keep_running, SA_RESTART);

    last_words_bytes = 0; /* no handler prints them while they change */
    memcpy(last_words, words, bytes < sizeof last_words ? bytes : sizeof last_words);
    last_words_bytes = bytes < sizeof last_words ? bytes : sizeof last_words;
    fine = handle(SIGINT, end_with_words, 0) && fine;
    lua_pushboolean(L, fine && (getpid() != 1 || set_default()));
    return 1;
}

/* Whether the reader of the standard output has gone. */
static int unread(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = 0};

    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

/* process.flush() -> true | nil, err: whether all that was written to the standard output has left
 * the process. A write that failed before counts, too. err.closed: its reader has gone. */
static int process_flush(lua_State *L)
{
    struct wxl_error err = {WXL_OK, 0, ""};
    int failed = fflush(stdout) != 0;
    int code = failed ? errno : EIO;

    if (!failed && !ferror(stdout)) {
        lua_pushboolean(L, 1);
        return 1;
    }
    clearerr(stdout);
    code = unread() ? EPIPE : code;
    (void)wxl_fail(&err, WXL_E_IO, code, "%s", strerror(code));
    (void)wxl_pushfailure(L, &err);
    wxl_setboolean(L, "closed", code == EPIPE);
    return 2;
}

/* process.catch(): from now on the first Ctrl-C, SIGTERM or SIGHUP only sets the flag; the next one
 * ends the process as usual. */
static int process_catch(lua_State *L)
{
    interrupted = 0;
    lua_pushboolean(L, set_handler(count_interrupt, (int)SA_RESETHAND));
    return 1;
}

/* process.release(): restores the system's defaults. */
static int process_release(lua_State *L)
{
    lua_pushboolean(L, set_default());
    return 1;
}

/* process.interrupted() -> boolean */
static int process_interrupted(lua_State *L)
{
    lua_pushboolean(L, interrupted != 0);
    return 1;
}

/* process.host() -> the machine's name */
static int process_host(lua_State *L)
{
    char name[HOST_BYTES];

    if (gethostname(name, sizeof name) != 0) {
        lua_pushliteral(L, "localhost");
        return 1;
    }
    name[sizeof name - 1] = '\0';
    lua_pushstring(L, name);
    return 1;
}

/* process.mark() -> a name of this process that others can ask about | nil: the system has none */
static int process_mark(lua_State *L)
{
    char mark[WXL_PROCESS_MARK_MAX];

    wxl_process_mark(mark);
    if (mark[0] == '\0') {
        return 0;
    }
    lua_pushstring(L, mark);
    return 1;
}

/* process.is_over(mark) -> true when the process is known to have ended */
static int process_is_over(lua_State *L)
{
    size_t len = 0;
    const char *mark = luaL_checklstring(L, 1, &len);

    lua_pushboolean(L, wxl_process_is_over(mark, len));
    return 1;
}

/* process.boot() -> name of this run of the machine (nil: unknown), seconds since its start */
static int process_boot(lua_State *L)
{
    char mark[WXL_BOOT_MARK_MAX];

    wxl_boot_mark(mark);
    if (mark[0] == '\0') {
        return 0;
    }
    lua_pushstring(L, mark);
    lua_pushnumber(L, (lua_Number)wxl_boot_time() / 1000);
    return 2;
}

/* process.undumpable() -> whether a crash now leaves no core file, and hands none to the program of
 * core_pattern. Memory holds the secret, and what is written down about a crash is read by others.
 */
static int process_undumpable(lua_State *L)
{
#ifdef __linux__
    /* RLIMIT_CORE is left alone: child processes would inherit it. */
    lua_pushboolean(L, prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) == 0);
#else
    static const struct rlimit none = {0, 0};

    lua_pushboolean(L, setrlimit(RLIMIT_CORE, &none) == 0);
#endif
    return 1;
}

/* process.dumpable() -> boolean */
static int process_dumpable(lua_State *L)
{
#ifdef __linux__
    lua_pushboolean(L, prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L) == 1);
#else
    struct rlimit limit;

    lua_pushboolean(L, getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur > 0);
#endif
    return 1;
}

static enum wxl_status digest_stream(FILE *file, unsigned char *md, unsigned int *n,
                                     struct wxl_error *err)
{
    unsigned char chunk[CHUNK_BYTES];
    enum wxl_status st = WXL_OK;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int started = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;
    int ok = started;
    size_t got = 1;

    while (ok && got > 0) {
        got = fread(chunk, 1, sizeof chunk, file);
        ok = EVP_DigestUpdate(ctx, chunk, got) == 1;
    }
    if (ferror(file)) {
        st = wxl_fail(err, WXL_E_IO, errno, "the file cannot be read");
    } else if (!ok || EVP_DigestFinal_ex(ctx, md, n) != 1) {
        st = wxl_fail(err, WXL_E_CRYPTO, 0, "%s",
                      started ? "SHA-256 failed" : "no SHA-256 is available");
    }
    EVP_MD_CTX_free(ctx);
    return st;
}

/* process.digest(path) -> SHA-256 of the file in hex | nil, err */
static int process_digest(lua_State *L)
{
    unsigned char md[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    unsigned int n = 0;
    struct wxl_error err = {WXL_OK, 0, ""};
    const char *path = luaL_checkstring(L, 1);
    struct stat about;
    FILE *file;

    /* A pipe or a device might never end. */
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode)) {
        (void)wxl_fail(&err, WXL_E_IO, 0, "it is not a file");
        return wxl_pushfailure(L, &err);
    }
    file = fopen(path, "rb");
    if (!file) {
        (void)wxl_fail(&err, WXL_E_IO, errno, "the file cannot be opened");
        return wxl_pushfailure(L, &err);
    }
    (void)digest_stream(file, md, &n, &err);
    (void)fclose(file);
    if (err.status != WXL_OK) {
        return wxl_pushfailure(L, &err);
    }
    wxl_digits_hex(md, n, hex);
    lua_pushstring(L, hex);
    return 1;
}

/* process.owner(path) -> name of the user that a file belongs to, or its number | nil */
static int process_owner(lua_State *L)
{
    struct stat st;
    const struct passwd *user;

    if (stat(luaL_checkstring(L, 1), &st) == -1) {
        return 0;
    }
    user = getpwuid(st.st_uid);
    if (user) {
        lua_pushstring(L, user->pw_name);
    } else {
        lua_pushfstring(L, "%d", (int)st.st_uid);
    }
    return 1;
}

static const luaL_Reg process_functions[] = {
    {"prepare", process_prepare},
    {"flush", process_flush},
    {"catch", process_catch},
    {"release", process_release},
    {"interrupted", process_interrupted},
    {"host", process_host},
    {"mark", process_mark},
    {"is_over", process_is_over},
    {"boot", process_boot},
    {"digest", process_digest},
    {"owner", process_owner},
    {"libpq_says", wxl_libpq_says},
    {"undumpable", process_undumpable},
    {"dumpable", process_dumpable},
    {NULL, NULL},
};

void wxl_open_process(lua_State *L)
{
    wxl_setmodule(L, "process", process_functions);
}
