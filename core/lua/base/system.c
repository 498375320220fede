/* Clock, sleep, random bytes and a few facts of the process that plain Lua cannot give. */
#include "base/binding.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <lualib.h>
#include <math.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "wxlive/base/clock.h"
#include "wxlive/http.h"

#define RANDOM_MAX_BYTES 4096
#define SLEEP_MAX_SECONDS 86400.0

static int push_seconds(lua_State *L, struct timespec ts)
{
    lua_pushnumber(L, (lua_Number)ts.tv_sec + (lua_Number)ts.tv_nsec / 1e9);
    return 1;
}

/* system.now() -> seconds since 1970, with a fraction */
static int system_now(lua_State *L)
{
    struct timespec ts = {0, 0};

    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return push_seconds(L, ts);
}

/* system.monotonic() -> seconds from an arbitrary start; never goes back. The time asleep counts: a
 * show on a laptop stays on time. */
static int system_monotonic(lua_State *L)
{
    return push_seconds(L, wxl_clock_steady());
}

/* system.sleep(seconds): blocks the thread; signals do not shorten it. */
static int system_sleep(lua_State *L)
{
    lua_Number seconds = luaL_checknumber(L, 1);
    struct timespec ts;

    if (!(seconds > 0)) {
        return 0;
    }
    if (seconds > SLEEP_MAX_SECONDS) {
        seconds = SLEEP_MAX_SECONDS;
    }
    ts.tv_sec = (time_t)seconds;
    ts.tv_nsec = (long)((seconds - floor(seconds)) * 1e9);
    while (nanosleep(&ts, &ts) == -1 && errno == EINTR) {
    }
    return 0;
}

/* system.random(n) -> n bytes from OpenSSL's generator | nil, err */
static int system_random(lua_State *L)
{
    unsigned char bytes[RANDOM_MAX_BYTES];
    lua_Integer n = luaL_checkinteger(L, 1);
    struct wxl_error err = {WXL_OK, 0, ""};

    luaL_argcheck(L, n >= 1 && n <= RANDOM_MAX_BYTES, 1, "must be between 1 and 4096");
    if (RAND_bytes(bytes, (int)n) != 1) {
        (void)wxl_fail(&err, WXL_E_CRYPTO, 0, "no random bytes are available");
        return wxl_pushfailure(L, &err);
    }
    lua_pushlstring(L, (const char *)bytes, (size_t)n);
    return 1;
}

/* system.isatty(fd) -> boolean */
static int system_isatty(lua_State *L)
{
    lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
    return 1;
}

/* system.columns(fd) -> how many columns the terminal has | nil where it is none, or does not say */
static int system_columns(lua_State *L)
{
    struct winsize size;

    if (ioctl((int)luaL_checkinteger(L, 1), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
        return 0;
    }
    lua_pushinteger(L, (lua_Integer)size.ws_col);
    return 1;
}

/* system.file_mode(path) -> permission bits | nil */
static int system_file_mode(lua_State *L)
{
    struct stat st;

    if (stat(luaL_checkstring(L, 1), &st) == -1) {
        return 0;
    }
    lua_pushinteger(L, (lua_Integer)(st.st_mode & 07777));
    return 1;
}

/* system.file_size(path) -> bytes of a regular file | nil, what is there instead */
static int system_file_size(lua_State *L)
{
    struct stat st;

    if (stat(luaL_checkstring(L, 1), &st) == -1) {
        lua_pushnil(L);
        lua_pushstring(L, strerror(errno));
        return 2;
    }
    if (!S_ISREG(st.st_mode)) {
        lua_pushnil(L);
        lua_pushstring(L, S_ISDIR(st.st_mode) ? "it is a directory" : "it is not a file");
        return 2;
    }
    lua_pushinteger(L, (lua_Integer)st.st_size);
    return 1;
}

/* system.is_replaceable(path) -> whether a file may be renamed onto it; see wxl_http_may_save */
static int system_is_replaceable(lua_State *L)
{
    lua_pushboolean(L, wxl_http_may_save(luaL_checkstring(L, 1)));
    return 1;
}

/* system.is_same_file(path, other) -> whether both are there and one file, under whatever names */
static int system_is_same_file(lua_State *L)
{
    struct stat one;
    struct stat other;

    lua_pushboolean(L, stat(luaL_checkstring(L, 1), &one) == 0 &&
                           stat(luaL_checkstring(L, 2), &other) == 0 &&
                           one.st_dev == other.st_dev && one.st_ino == other.st_ino);
    return 1;
}

/* system.file_id(path) -> a text that no other file has while this one is there, or is open; nil and
 * the system's number of the reason when it cannot be told. The file is not opened. */
static int system_file_id(lua_State *L)
{
    struct stat st;
    char id[40];

    if (stat(luaL_checkstring(L, 1), &st) == -1) {
        lua_pushnil(L);
        lua_pushinteger(L, errno);
        return 2;
    }
    (void)snprintf(id, sizeof id, "%llx:%llx", (unsigned long long)st.st_dev,
                   (unsigned long long)st.st_ino);
    lua_pushstring(L, id);
    return 1;
}

/* system.real_path(path) -> the absolute path without symbolic links; nil when it is not there */
static int system_real_path(lua_State *L)
{
    char resolved[PATH_MAX];

    lua_pushstring(L, realpath(luaL_checkstring(L, 1), resolved)); /* nil for NULL */
    return 1;
}

/* system.pid() -> process id */
static int system_pid(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)getpid());
    return 1;
}

static FILE *open_file(lua_State *L, int at)
{
#if LUA_VERSION_NUM >= 504
    luaL_Stream *stream = luaL_checkudata(L, at, LUA_FILEHANDLE);

    return stream->closef ? stream->f : NULL;
#else
    FILE **stream = luaL_checkudata(L, at, LUA_FILEHANDLE);

    return *stream;
#endif
}

/* system.claim(file, path) -> "claimed", until the file is closed or the process ends
 *                           | "busy": claimed through another handle, here or in another process
 *                           | "gone": path is no longer this file; open it again
 * A file system that knows no locks claims nothing and refuses nothing. */
static int system_claim(lua_State *L)
{
    FILE *file = open_file(L, 1);
    const char *path = luaL_checkstring(L, 2);
    struct stat mine;
    struct stat named;
    int fd;

    luaL_argcheck(L, file != NULL, 1, "is closed");
    fd = fileno(file);
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC); /* a child would hold on to it */
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        lua_pushliteral(L, "busy");
    } else if (fstat(fd, &mine) != 0 || stat(path, &named) != 0 || mine.st_dev != named.st_dev ||
               mine.st_ino != named.st_ino) {
        lua_pushliteral(L, "gone");
    } else {
        lua_pushliteral(L, "claimed");
    }
    return 1;
}

static const luaL_Reg system_functions[] = {
    {"now", system_now},       {"monotonic", system_monotonic}, {"sleep", system_sleep},
    {"random", system_random}, {"isatty", system_isatty},       {"file_mode", system_file_mode},
    {"pid", system_pid},       {"claim", system_claim},         {"file_size", system_file_size},
    {"is_replaceable", system_is_replaceable},                  {"is_same_file", system_is_same_file},
    {"columns", system_columns}, {"real_path", system_real_path}, {"file_id", system_file_id},
    {NULL, NULL},
};

void wxl_open_system(lua_State *L)
{
    wxl_setmodule(L, "system", system_functions);
}
