/* Runs a Lua script in several threads at once, each in a Lua state of its own: the core keeps
 * nothing that states share without a lock, and ThreadSanitizer is there to say so.
 *
 *   threads COUNT SCRIPT [ARGUMENT...]
 *
 * The script's arguments are its ..., with the thread's number before them. Ends with 0 when every
 * script ran to its end.
 */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS_MAX = 64 };

struct job {
    pthread_t thread;
    lua_Integer number;
    const char *script;
    char **arguments;
    int argument_count;
    int failed;
};

static void *run(void *given)
{
    struct job *job = given;
    lua_State *L = luaL_newstate();
    int i;

    job->failed = 1;
    if (!L) {
        return NULL;
    }
    luaL_openlibs(L);
    if (luaL_loadfile(L, job->script) == LUA_OK) {
        lua_pushinteger(L, job->number);
        for (i = 0; i < job->argument_count; i++) {
            lua_pushstring(L, job->arguments[i]);
        }
        job->failed = lua_pcall(L, 1 + job->argument_count, 0, 0) != LUA_OK;
    }
    if (job->failed) {
        (void)fprintf(stderr, "thread %d: %s\n", (int)job->number, lua_tostring(L, -1));
    }
    lua_close(L);
    return NULL;
}

int main(int argc, char **argv)
{
    static struct job jobs[THREADS_MAX];
    long count = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
    int failed = 0;
    long started;
    long i;

    if (count < 1 || count > THREADS_MAX) {
        (void)fprintf(stderr, "usage: threads COUNT SCRIPT [ARGUMENT...]\n");
        return 2;
    }
    for (started = 0; started < count; started++) {
        jobs[started].number = started + 1;
        jobs[started].script = argv[2];
        jobs[started].arguments = argv + 3;
        jobs[started].argument_count = argc - 3;
        if (pthread_create(&jobs[started].thread, NULL, run, &jobs[started]) != 0) {
            failed = 1;
            break;
        }
    }
    for (i = 0; i < started; i++) {
        failed |= pthread_join(jobs[i].thread, NULL) != 0 || jobs[i].failed;
    }
    return failed;
}
