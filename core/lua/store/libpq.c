/* Gets the reason of a failed connection from PostgreSQL's client library, because LuaDBI drops it.
 * The library is not linked, but loaded: it is installed with LuaDBI's driver. */
#include "base/binding.h"

#include <dlfcn.h>
#include <string.h>

struct pg_conn;

struct libpq {
    struct pg_conn *(*connect)(const char *);
    char *(*message)(const struct pg_conn *);
    void (*finish)(struct pg_conn *);
};

static void *open_library(void)
{
    static const char *const names[] = {"libpq.so.5", "libpq.5.dylib", "libpq.dylib"};
    void *library = NULL;
    size_t i;

    for (i = 0; !library && i < sizeof names / sizeof *names; i++) {
        library = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
    }
    return library;
}

/* ISO C has no conversion from dlsym's result to a function; copying its bytes is POSIX's way. */
static int find(void *library, const char *name, void *function, size_t size)
{
    void *symbol = dlsym(library, name);

    if (!symbol || size != sizeof symbol) {
        return 0;
    }
    memcpy(function, &symbol, size);
    return 1;
}

static int load(struct libpq *pq, void *library)
{
    return find(library, "PQconnectdb", &pq->connect, sizeof pq->connect) &&
           find(library, "PQerrorMessage", &pq->message, sizeof pq->message) &&
           find(library, "PQfinish", &pq->finish, sizeof pq->finish);
}

int wxl_libpq_says(lua_State *L)
{
    const char *address = luaL_checkstring(L, 1);
    char words[1024] = "";
    struct libpq pq;
    struct pg_conn *connection;
    const char *message;
    void *library = open_library();

    if (!library) {
        return 0;
    }
    if (load(&pq, library)) {
        connection = pq.connect(address);
        message = connection ? pq.message(connection) : NULL;
        if (message) {
            strncpy(words, message, sizeof words - 1);
        }
        pq.finish(connection);
    }
    (void)dlclose(library);
    if (!words[0]) {
        return 0;
    }
    lua_pushstring(L, words);
    return 1;
}
