/* Counts which lines of Lua files run: scripts/dev/coverage loads it into every interpreter.
 *
 * A hook in C, because coroutines take it over from where they were made, and because the suites
 * have time limits. On exit a file named after the process, in the directory WXLIVE_LINES, gets one
 * line for each line that ran: path from lua/wxlive/ on, tab, number. */
#include <lua.h>

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES_MAX 1024
#define LINES_MAX 4096

/* Of the process, not of a Lua state: what counts is that a line ran at all. */
static struct {
    char *path;
    unsigned char ran[LINES_MAX];
} * files[FILES_MAX];
static size_t count;
static size_t last;

static void note(const char *path, int line)
{
    size_t i = last;

    if (i >= count || strcmp(files[i]->path, path) != 0) {
        for (i = 0; i < count && strcmp(files[i]->path, path) != 0; i++) {
        }
    }
    if (i == count) {
        if (count == FILES_MAX) {
            return;
        }
        files[i] = calloc(1, sizeof *files[i]);
        if (!files[i]) {
            return;
        }
        files[i]->path = strdup(path);
        count += files[i]->path ? 1 : 0;
    }
    if (i < count && line > 0 && line < LINES_MAX) {
        files[i]->ran[line] = 1;
        last = i;
    }
}

static void on_line(lua_State *L, lua_Debug *ar)
{
    const char *path = lua_getinfo(L, "S", ar) && ar->source[0] == '@'
                           ? strstr(ar->source, "lua/wxlive/")
                           : NULL;

    if (path) {
        note(path, ar->currentline);
    }
}

static void write_down(void)
{
    char name[4096];
    size_t i;
    int line;
    FILE *out;

    (void)snprintf(name, sizeof name, "%s/%ld", getenv("WXLIVE_LINES"), (long)getpid());
    out = fopen(name, "a");
    for (i = 0; out && i < count; i++) {
        for (line = 1; line < LINES_MAX; line++) {
            if (files[i]->ran[line]) {
                (void)fprintf(out, "%s\t%d\n", files[i]->path, line);
            }
        }
    }
    if (out) {
        (void)fclose(out);
    }
}

__attribute__((visibility("default"))) int luaopen_lua_lines(lua_State *L);

int luaopen_lua_lines(lua_State *L)
{
    if (getenv("WXLIVE_LINES")) {
        /* What LuaJIT has compiled calls no hooks. */
        if (luaL_loadstring(L, "if jit then jit.off() end") != 0 || lua_pcall(L, 0, 0, 0) != 0) {
            return lua_error(L);
        }
        lua_sethook(L, on_line, LUA_MASKLINE, 0);
        (void)atexit(write_down);
    }
    return 0;
}
