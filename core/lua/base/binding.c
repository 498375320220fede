#include "base/binding.h"

#include <string.h>

#include "wxlive/base/digits.h"

size_t wxl_rawlen(lua_State *L, int index)
{
#if LUA_VERSION_NUM >= 504
    return (size_t)lua_rawlen(L, index);
#else
    return lua_objlen(L, index);
#endif
}

void wxl_newclass(lua_State *L, const char *name, const luaL_Reg *methods, lua_CFunction close)
{
    if (luaL_newmetatable(L, name)) {
        lua_pushcfunction(L, close);
        lua_pushvalue(L, -1);
        lua_setfield(L, -3, "__gc");
#if LUA_VERSION_NUM >= 504
        lua_pushvalue(L, -1);
        lua_setfield(L, -3, "__close");
#endif
        lua_newtable(L);
        if (methods) {
            luaL_setfuncs(L, methods, 0);
        }
        lua_insert(L, -2);
        lua_setfield(L, -2, "close");
        lua_setfield(L, -2, "__index");
        lua_pushstring(L, name);
        lua_setfield(L, -2, "__name");
        lua_pushstring(L, name);
        lua_setfield(L, -2, "__metatable");
    }
    lua_pop(L, 1);
}

void *wxl_newbox(lua_State *L, const char *name, size_t size)
{
#if LUA_VERSION_NUM >= 504
    void *box = lua_newuserdatauv(L, size, 1);
#else
    void *box = lua_newuserdata(L, size);
#endif

    memset(box, 0, size);
    luaL_setmetatable(L, name);
    return box;
}

void *wxl_checkheld(lua_State *L, int arg, const char *name)
{
    void *held;

    memcpy(&held, luaL_checkudata(L, arg, name), sizeof held);
    luaL_argcheck(L, held != NULL, arg, "handle is closed");
    return held;
}

void *wxl_checkbox(lua_State *L, int arg, const char *name)
{
    (void)wxl_checkheld(L, arg, name);
    return lua_touserdata(L, arg);
}

void *wxl_takeheld(lua_State *L, const char *name)
{
    static void *const none = NULL;
    void *box = luaL_checkudata(L, 1, name);
    void *held;

    memcpy(&held, box, sizeof held);
    memcpy(box, &none, sizeof none);
    return held;
}

void wxl_setmodule(lua_State *L, const char *name, const luaL_Reg *funcs)
{
    lua_newtable(L);
    luaL_setfuncs(L, funcs, 0);
    lua_setfield(L, -2, name);
}

void wxl_keep(lua_State *L)
{
#if LUA_VERSION_NUM >= 504
    lua_setiuservalue(L, -2, 1);
#else
    lua_createtable(L, 1, 0);
    lua_insert(L, -2);
    lua_rawseti(L, -2, 1);
    lua_setfenv(L, -2);
#endif
}

void wxl_pushkept(lua_State *L, int index)
{
#if LUA_VERSION_NUM >= 504
    lua_getiuservalue(L, index, 1);
#else
    lua_getfenv(L, index);
    lua_rawgeti(L, -1, 1);
    lua_remove(L, -2);
#endif
}

void wxl_pushint64(lua_State *L, int64_t v)
{
#if LUA_VERSION_NUM >= 504
    lua_pushinteger(L, (lua_Integer)v);
#else
    lua_pushnumber(L, (lua_Number)v);
#endif
}

bool wxl_readexact(const char *text, size_t len, int64_t *v)
{
#if LUA_VERSION_NUM >= 504
    return wxl_digits_read(text, len, v);
#else
    return wxl_digits_read(text, len, v) && *v <= WXL_EXACT_MAX && *v >= -WXL_EXACT_MAX;
#endif
}

void wxl_setboolean(lua_State *L, const char *key, int v)
{
    lua_pushboolean(L, v);
    lua_setfield(L, -2, key);
}

void wxl_setint64(lua_State *L, const char *key, int64_t v)
{
    wxl_pushint64(L, v);
    lua_setfield(L, -2, key);
}

void wxl_setstring(lua_State *L, const char *key, const char *s)
{
    lua_pushstring(L, s); /* nil for NULL */
    lua_setfield(L, -2, key);
}

void wxl_setbytes(lua_State *L, const char *key, const char *p, size_t n)
{
    lua_pushlstring(L, p, n);
    lua_setfield(L, -2, key);
}

/* Pushes a field, which is of this type or nil. Whether it is there. */
static bool push_field(lua_State *L, int index, const char *key, int type)
{
    lua_getfield(L, index, key);
    if (!lua_isnil(L, -1) && lua_type(L, -1) != type) {
        luaL_error(L, "field '%s' must be a %s, not a %s", key, lua_typename(L, type),
                   luaL_typename(L, -1));
    }
    return !lua_isnil(L, -1);
}

struct wxl_bytes wxl_optfield_bytes(lua_State *L, int index, const char *key)
{
    struct wxl_bytes b = {NULL, 0};

    if (push_field(L, index, key, LUA_TSTRING)) {
        b.p = lua_tolstring(L, -1, &b.n);
    }
    lua_pop(L, 1);
    return b;
}

struct wxl_bytes wxl_checkbytes(lua_State *L, int arg)
{
    struct wxl_bytes b;

    b.p = luaL_checklstring(L, arg, &b.n);
    return b;
}

double wxl_optfield_number(lua_State *L, int index, const char *key, double fallback)
{
    double v = push_field(L, index, key, LUA_TNUMBER) ? (double)lua_tonumber(L, -1) : fallback;

    lua_pop(L, 1);
    return v;
}

int wxl_optfield_boolean(lua_State *L, int index, const char *key, int fallback)
{
    int v = push_field(L, index, key, LUA_TBOOLEAN) ? lua_toboolean(L, -1) : fallback;

    lua_pop(L, 1);
    return v;
}

int wxl_optfield_choice(lua_State *L, int index, const char *key, const char *const *names,
                        const char *fallback)
{
    int i;

    lua_getfield(L, index, key);
    i = luaL_checkoption(L, -1, fallback, names);
    lua_pop(L, 1);
    return i;
}

int wxl_pushoutcome(lua_State *L, enum wxl_status st, const struct wxl_error *err, int value)
{
    if (st != WXL_OK) {
        return wxl_pushfailure(L, err);
    }
    lua_pushboolean(L, value);
    return 1;
}

int wxl_pushbytes(lua_State *L, enum wxl_status st, const struct wxl_error *err, const char *p,
                  size_t n)
{
    if (st != WXL_OK) {
        return wxl_pushfailure(L, err);
    }
    lua_pushlstring(L, p, n);
    return 1;
}

int wxl_pushbox(lua_State *L, enum wxl_status st, const struct wxl_error *err)
{
    return st == WXL_OK ? 1 : wxl_pushfailure(L, err);
}

int wxl_pushfailure(lua_State *L, const struct wxl_error *err)
{
    lua_pushnil(L);
    lua_createtable(L, 0, 3);
    wxl_setstring(L, "status", wxl_status_name(err->status));
    wxl_setstring(L, "message", err->text[0] ? err->text : wxl_status_text(err->status));
    wxl_setint64(L, "code", err->code);
    return 2;
}
