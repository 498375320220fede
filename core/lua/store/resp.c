/* require "wxlive.resp": Redis's protocol without a socket. A module of its own, because it alone
 * needs hiredis.
 *
 * Replies are spelled as in Redis's own scripts: string, number (an integer), table (an array),
 * false (nil), { ok = text } (status), { err = text }. */
#include "base/binding.h"

#include "wxlive/base/buf.h"
#include "wxlive/resp.h"

#define CODEC "wxlive.resp"
#define MAX_ARGS 64
#define MAX_COMMAND ((size_t)1 << 20)

struct box {
    struct wxl_resp *reader;      /* NULL: closed */
    struct wxl_resp_value *reply; /* while it is copied into Lua, which may raise */
    struct wxl_buf command;       /* likewise */
};

/* resp.new([max_reply bytes]) -> codec | nil, err */
static int resp_new(lua_State *L)
{
    struct wxl_error err = {WXL_OK, 0, ""};
    lua_Number max = luaL_optnumber(L, 1, 0);
    struct box *b;

    luaL_argcheck(L, max >= 0 && max <= 1e9, 1, "must be a number of bytes");
    b = wxl_newbox(L, CODEC, sizeof *b);
    wxl_buf_init(&b->command, MAX_COMMAND);
    return wxl_pushbox(L, wxl_resp_new(&b->reader, (size_t)max, &err), &err);
}

/* codec:command(name, argument, ...) -> bytes | nil, err. All are strings. */
static int codec_command(lua_State *L)
{
    struct wxl_error err = {WXL_OK, 0, ""};
    struct box *b = wxl_checkbox(L, 1, CODEC);
    int argc = lua_gettop(L) - 1;
    const char *argv[MAX_ARGS];
    size_t len[MAX_ARGS];
    enum wxl_status st;
    int results;
    int i;

    luaL_argcheck(L, argc >= 1 && argc <= MAX_ARGS, 2, "1 to 64 arguments");
    for (i = 0; i < argc; i++) {
        luaL_checktype(L, i + 2, LUA_TSTRING);
        argv[i] = lua_tolstring(L, i + 2, &len[i]);
    }
    /* What an earlier call left when Lua raised. */
    wxl_buf_wipe(&b->command);
    st = wxl_resp_command(&b->command, (size_t)argc, argv, len, &err);
    results = wxl_pushbytes(L, st, &err, b->command.data, b->command.len);
    wxl_buf_wipe(&b->command);
    return results;
}

/* codec:feed(bytes) -> true | nil, err */
static int codec_feed(lua_State *L)
{
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_resp *reader = wxl_checkheld(L, 1, CODEC);
    struct wxl_bytes bytes = wxl_checkbytes(L, 2);

    return wxl_pushoutcome(L, wxl_resp_feed(reader, bytes.p, bytes.n, &err), &err, 1);
}

static void push_value(lua_State *L, const struct wxl_resp_value *v)
{
    size_t i;

    luaL_checkstack(L, 4, "reply");
    switch (v->type) {
    case WXL_RESP_NIL:
        lua_pushboolean(L, 0);
        break;
    case WXL_RESP_STRING:
        lua_pushlstring(L, v->text, v->len);
        break;
    case WXL_RESP_INTEGER:
        wxl_pushint64(L, v->integer);
        break;
    case WXL_RESP_STATUS:
    case WXL_RESP_ERROR:
        lua_createtable(L, 0, 1);
        wxl_setbytes(L, v->type == WXL_RESP_ERROR ? "err" : "ok", v->text, v->len);
        break;
    case WXL_RESP_ARRAY:
        lua_newtable(L);
        for (i = 0; i < v->count; i++) {
            push_value(L, v->items[i]);
            lua_rawseti(L, -2, (int)i + 1);
        }
        break;
    }
}

/* codec:next() -> reply | nil (feed more) | nil, err */
static int codec_next(lua_State *L)
{
    struct wxl_error err = {WXL_OK, 0, ""};
    struct box *b = wxl_checkbox(L, 1, CODEC);

    wxl_resp_value_free(b->reply);
    b->reply = NULL;
    if (wxl_resp_next(b->reader, &b->reply, &err) != WXL_OK) {
        return wxl_pushfailure(L, &err);
    }
    if (!b->reply) {
        lua_pushnil(L);
        return 1;
    }
    push_value(L, b->reply);
    wxl_resp_value_free(b->reply);
    b->reply = NULL;
    return 1;
}

static int codec_close(lua_State *L)
{
    struct box *b = luaL_checkudata(L, 1, CODEC);

    wxl_resp_value_free(b->reply);
    b->reply = NULL;
    wxl_buf_wipe(&b->command);
    wxl_resp_free(wxl_takeheld(L, CODEC));
    return 0;
}

static const luaL_Reg codec_methods[] = {
    {"command", codec_command},
    {"feed", codec_feed},
    {"next", codec_next},
    {NULL, NULL},
};

static const luaL_Reg resp_functions[] = {
    {"new", resp_new},
    {NULL, NULL},
};

WXL_EXPORT int luaopen_wxlive_resp(lua_State *L);

int luaopen_wxlive_resp(lua_State *L)
{
    wxl_newclass(L, CODEC, codec_methods, codec_close);
    luaL_newlib(L, resp_functions);
    return 1;
}
