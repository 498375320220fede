/* wxlive.curl.multi: many exchanges at a time. lua/wxlive/concurrent/loop.lua drives it. */
#include "http/request.h"

#include <string.h>

#include "wxlive/multi.h"

#define MULTI "wxlive.multi"
#define WATCH_MAX 1024

/* multi.new(max_connections | nil) -> multi | nil, err
 * Its user value is a table: tag -> a list of all that the request with this tag borrows. */
static int multi_new(lua_State *L)
{
    long most = (long)luaL_optinteger(L, 1, 0);
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_multi **box = wxl_newbox(L, MULTI, sizeof *box);

    lua_newtable(L);
    wxl_keep(L);
    return wxl_pushbox(L, wxl_multi_new(box, most, &err), &err);
}

static int multi_close(lua_State *L)
{
    wxl_multi_free(wxl_takeheld(L, MULTI));
    return 0;
}

/* Keeps what lies on the stack from `first` on under this tag. */
static void keep(lua_State *L, int multi, int first, lua_Integer tag)
{
    int top = lua_gettop(L);
    int i;

    lua_createtable(L, top - first + 1, 0);
    for (i = first; i <= top; i++) {
        lua_pushvalue(L, i);
        lua_rawseti(L, -2, i - first + 1);
    }
    wxl_pushkept(L, multi);
    lua_insert(L, -2);
    lua_rawseti(L, -2, (int)tag);
    lua_pop(L, 1);
}

/* The exchange is over: releases what its request refers to. */
static void let_go(lua_State *L, int multi, uint64_t tag)
{
    wxl_pushkept(L, multi);
    lua_pushnil(L);
    lua_rawseti(L, -2, (int)tag);
    lua_pop(L, 1);
}

/* multi.start(client, request, multi, tag) -> true | nil, err */
static int multi_start(lua_State *L)
{
    enum { REQUEST = 2, MULTI_AT, TAG, BORROWED };
    struct wxl_http *client = wxl_check_client(L);
    struct wxl_multi *m;
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_http_request *rq;
    struct wxl_http_response none;
    lua_Integer tag;
    enum wxl_status st;

    lua_settop(L, TAG);
    m = wxl_checkheld(L, MULTI_AT, MULTI);
    tag = luaL_checkinteger(L, TAG);
    memset(&none, 0, sizeof none);
    lua_pushvalue(L, 1); /* the client, too, must live as long as the exchange */
    rq = lua_newuserdata(L, sizeof *rq);
    wxl_read_request(L, REQUEST, rq, &err);
    st = err.status;
    if (st == WXL_OK) {
        keep(L, MULTI_AT, BORROWED, tag);
        st = wxl_multi_start(m, client, rq, (uint64_t)tag, &err);
    }
    if (st != WXL_OK) {
        let_go(L, MULTI_AT, (uint64_t)tag);
        return wxl_push_response(L, st, &none, NULL, &err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* multi:poll(seconds) -> true | nil, err */
static int multi_poll(lua_State *L)
{
    struct wxl_multi *m = wxl_checkheld(L, 1, MULTI);
    lua_Number seconds = luaL_optnumber(L, 2, 0);
    struct wxl_error err = {WXL_OK, 0, ""};
    int ms = seconds <= 0 ? 0 : seconds > 3600 ? 3600000 : (int)(seconds * 1000 + 0.999);

    return wxl_pushoutcome(L, wxl_multi_poll(m, ms, &err), &err, 1);
}

/* multi:next() -> tag, response | tag, nil, err | nothing when none is finished */
static int multi_next(lua_State *L)
{
    struct wxl_multi *m = wxl_checkheld(L, 1, MULTI);
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_http_response rs;
    struct wxl_http_timing t;
    enum wxl_status st = WXL_OK;
    uint64_t tag = 0;
    int count;

    memset(&rs, 0, sizeof rs);
    if (!wxl_multi_next(m, &tag, &st, &rs, &t, &err)) {
        return 0;
    }
    lua_pushinteger(L, (lua_Integer)tag);
    count = 1 + wxl_push_response(L, st, &rs, &t, &err);
    let_go(L, 1, tag); /* not before: the response names what the request borrows */
    return count;
}

/* multi:active() -> number of exchanges under way */
static int multi_active(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)wxl_multi_active(wxl_checkheld(L, 1, MULTI)));
    return 1;
}

/* multi:watch() -> { { fd=, read=, write= }, ... }, seconds to sleep at most | nil
 * For a foreign event loop. */
static int multi_watch(lua_State *L)
{
    struct wxl_multi *m = wxl_checkheld(L, 1, MULTI);
    struct wxl_multi_fd fds[WATCH_MAX];
    struct wxl_error err = {WXL_OK, 0, ""};
    size_t n = 0;
    size_t i;
    long ms = -1;

    if (wxl_multi_watch(m, fds, WATCH_MAX, &n, &ms, &err) != WXL_OK) {
        return wxl_pushfailure(L, &err);
    }
    n = n < WATCH_MAX ? n : WATCH_MAX;
    lua_createtable(L, (int)n, 0);
    for (i = 0; i < n; i++) {
        lua_createtable(L, 0, 3);
        wxl_setint64(L, "fd", fds[i].fd);
        wxl_setboolean(L, "read", fds[i].read);
        wxl_setboolean(L, "write", fds[i].write);
        lua_rawseti(L, -2, (int)i + 1);
    }
    if (ms < 0) {
        lua_pushnil(L);
    } else {
        lua_pushnumber(L, (lua_Number)ms / 1000);
    }
    return 2;
}

static const luaL_Reg multi_methods[] = {
    {"poll", multi_poll},     {"next", multi_next},   {"active", multi_active},
    {"watch", multi_watch},   {NULL, NULL},
};

static const luaL_Reg multi_functions[] = {
    {"new", multi_new},
    {"start", multi_start},
    {NULL, NULL},
};

void wxl_open_multi(lua_State *L)
{
    wxl_newclass(L, MULTI, multi_methods, multi_close);
    wxl_setmodule(L, "multi", multi_functions);
}
