/* Feeds Lua parsers: WXL_FUZZ_SCRIPT is a Lua file that returns a function of one text, which may
 * not raise. The binding is linked in, so that the C under it is seen by the fuzzer.
 *
 * WXL_FUZZ_MODULES names the directory of the Lua modules. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int luaopen_wxlive_core(lua_State *L);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(lua_State *L, int status)
{
    if (status != LUA_OK) {
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
        abort();
    }
}

static lua_State *start(void)
{
    static const char path[] = WXL_FUZZ_MODULES "/?.lua;" WXL_FUZZ_MODULES "/?/init.lua;";
    lua_State *L = luaL_newstate();

    if (!L) {
        abort();
    }
    luaL_openlibs(L);
    luaL_requiref(L, "wxlive.core", luaopen_wxlive_core, 0);
    lua_getglobal(L, "package");
    lua_pushstring(L, path);
    lua_getfield(L, -2, "path");
    lua_concat(L, 2);
    lua_setfield(L, -2, "path");
    lua_settop(L, 0);
    must(L, luaL_loadfile(L, WXL_FUZZ_SCRIPT));
    must(L, lua_pcall(L, 0, 1, 0));
    return L;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static lua_State *L;

    if (!L) {
        L = start();
    }
    lua_pushvalue(L, 1);
    lua_pushlstring(L, (const char *)data, size);
    must(L, lua_pcall(L, 1, 0, 0));
    return 0;
}
