/* wxlive.core.filestore: the file store's primitives. Times are seconds, as everywhere in Lua. */
#include "base/binding.h"

#include <math.h>

#include "base/scratch.h"
#include "wxlive/base/clock.h"
#include "wxlive/filestore.h"

#define STORE_MT "wxlive.core.filestore"

static struct wxl_filestore *check_store(lua_State *L)
{
    return wxl_checkheld(L, 1, STORE_MT);
}

static int64_t to_ms(lua_Number seconds)
{
    /* A number that no clock shows becomes -1, which the core refuses. */
    return seconds > -9e15 && seconds < 9e15 ? (int64_t)ceil(seconds * 1000.0) : -1;
}

static int64_t opt_now(lua_State *L, int index)
{
    return lua_isnoneornil(L, index) ? wxl_clock_ms(CLOCK_REALTIME)
                                     : to_ms(luaL_checknumber(L, index));
}

/* filestore.open(directory [, seconds to wait for the lock]) -> store | nil, err */
static int store_open(lua_State *L)
{
    const char *directory = luaL_checkstring(L, 1);
    int64_t wait_ms = to_ms(luaL_optnumber(L, 2, WXL_FILESTORE_WAIT_MS / 1000.0));
    struct wxl_filestore **box = wxl_newbox(L, STORE_MT, sizeof *box);
    struct wxl_error err = {WXL_OK, 0, ""};
    enum wxl_status st = wxl_filestore_open(directory, box, &err);

    if (st == WXL_OK) {
        wxl_filestore_set_wait(*box, wait_ms);
    }
    return wxl_pushbox(L, st, &err);
}

/* store:get(key [, now]) -> value | nil | nil, err */
static int store_get(lua_State *L)
{
    struct wxl_filestore *fs = check_store(L);
    struct wxl_bytes key = wxl_checkbytes(L, 2);
    int64_t now = opt_now(L, 3);
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_buf *value = wxl_newscratch(L, WXL_FILESTORE_VALUE_MAX);
    enum wxl_status st = wxl_filestore_get(fs, key.p, key.n, now, value, &err);
    int results = 0;

    if (st != WXL_E_NOT_FOUND) {
        results = wxl_pushbytes(L, st, &err, value->data ? value->data : "", value->len);
    }
    wxl_buf_wipe(value);
    return results;
}

/* store:set(key, value, ttl [, now]) -> true | nil, err */
static int store_set(lua_State *L)
{
    struct wxl_filestore *fs = check_store(L);
    struct wxl_bytes key = wxl_checkbytes(L, 2);
    struct wxl_bytes value = wxl_checkbytes(L, 3);
    int64_t ttl = to_ms(luaL_checknumber(L, 4));
    int64_t now = opt_now(L, 5);
    struct wxl_error err = {WXL_OK, 0, ""};
    enum wxl_status st = wxl_filestore_set(fs, key.p, key.n, value.p, value.n, now, ttl, &err);

    return wxl_pushoutcome(L, st, &err, 1);
}

/* store:add(key, value, ttl [, now]) -> boolean | nil, err */
static int store_add(lua_State *L)
{
    struct wxl_filestore *fs = check_store(L);
    struct wxl_bytes key = wxl_checkbytes(L, 2);
    struct wxl_bytes value = wxl_checkbytes(L, 3);
    int64_t ttl = to_ms(luaL_checknumber(L, 4));
    int64_t now = opt_now(L, 5);
    struct wxl_error err = {WXL_OK, 0, ""};
    int added = 0;
    enum wxl_status st = wxl_filestore_add(fs, key.p, key.n, value.p, value.n, now, ttl, &added, &err);

    return wxl_pushoutcome(L, st, &err, added);
}

/* store:delete(key [, value [, now]]) -> boolean | nil, err */
static int store_delete(lua_State *L)
{
    struct wxl_filestore *fs = check_store(L);
    struct wxl_bytes key = wxl_checkbytes(L, 2);
    size_t len = 0;
    const char *value = luaL_optlstring(L, 3, NULL, &len);
    int64_t now = opt_now(L, 4);
    struct wxl_error err = {WXL_OK, 0, ""};
    int deleted = 0;
    enum wxl_status st = wxl_filestore_delete(fs, key.p, key.n, value, len, now, &deleted, &err);

    return wxl_pushoutcome(L, st, &err, deleted);
}

/* store:incr(key, by, ttl [, now]) -> sum | nil, err */
static int store_incr(lua_State *L)
{
    struct wxl_filestore *fs = check_store(L);
    struct wxl_bytes key = wxl_checkbytes(L, 2);
    lua_Number amount = luaL_checknumber(L, 3);
    /* What is not a whole number within 2^53 becomes one beyond it, which the core refuses. */
    int64_t by = amount > -9.1e15 && amount < 9.1e15 && floor(amount) == amount ? (int64_t)amount
                                                                                : INT64_MAX;
    int64_t ttl = to_ms(luaL_checknumber(L, 4));
    int64_t now = opt_now(L, 5);
    struct wxl_error err = {WXL_OK, 0, ""};
    int64_t sum = 0;

    if (wxl_filestore_incr(fs, key.p, key.n, by, now, ttl, &sum, &err) != WXL_OK) {
        return wxl_pushfailure(L, &err);
    }
    wxl_pushint64(L, sum);
    return 1;
}

/* store:sweep([now]) -> true | nil, err */
static int store_sweep(lua_State *L)
{
    struct wxl_filestore *fs = check_store(L);
    struct wxl_error err = {WXL_OK, 0, ""};

    return wxl_pushoutcome(L, wxl_filestore_sweep(fs, opt_now(L, 2), &err), &err, 1);
}

static int store_close(lua_State *L)
{
    wxl_filestore_free(wxl_takeheld(L, STORE_MT));
    return 0;
}

static const luaL_Reg store_methods[] = {
    {"get", store_get},   {"set", store_set},     {"add", store_add}, {"delete", store_delete},
    {"incr", store_incr}, {"sweep", store_sweep}, {NULL, NULL},
};

static const luaL_Reg store_functions[] = {
    {"open", store_open},
    {NULL, NULL},
};

void wxl_open_filestore(lua_State *L)
{
    wxl_newclass(L, STORE_MT, store_methods, store_close);
    wxl_setmodule(L, "filestore", store_functions);
}
