/* Callback messages read into events: what Lua makes of any XML or JSON. Alone among the targets it
 * has a Lua in it, with the binding linked in, so that both are seen by the fuzzer.
 *
 * WXL_FUZZ_LUA names the directory of the Lua modules. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int luaopen_wxlive_core(lua_State *L);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is read has a kind and an identity, the same when it is read again, text where the
 * platform has text, and can be printed. Nothing raises. */
static const char script[] =
    "local dir = ...\n"
    "package.path = dir .. '/?.lua;' .. dir .. '/?/init.lua;' .. package.path\n"
    "local events = require 'wxlive.callback.event'\n"
    "local json = require 'wxlive.json'\n"
    "local texts = { 'event', 'msg_type', 'msg_id', 'from_user_name', 'to_user_name' }\n"
    "return function(text)\n"
    "  local event, reason = events.read(text)\n"
    "  if not event then\n"
    "    assert(type(reason) == 'string' and #reason < 500, 'no reason')\n"
    "    return\n"
    "  end\n"
    "  assert(event.raw == text and type(event.kind) == 'string')\n"
    "  for _, name in ipairs(texts) do\n"
    "    local value = event[name]\n"
    "    assert(value == nil or type(value) == 'string', name)\n"
    "  end\n"
    "  local identity = events.identity(event)\n"
    "  assert(identity:find('^%x+$') and #identity == 40, 'identity')\n"
    "  local again = assert(events.read(text))\n"
    "  assert(events.identity(again) == identity, 'another identity')\n"
    "  json.encode(event)\n"
    "end\n";

static void must(lua_State *L, int status)
{
    if (status != LUA_OK) {
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
        abort();
    }
}

static lua_State *start(void)
{
    lua_State *L = luaL_newstate();

    if (!L) {
        abort();
    }
    luaL_openlibs(L);
    luaL_requiref(L, "wxlive.core", luaopen_wxlive_core, 0);
    lua_settop(L, 0);
    must(L, luaL_loadbuffer(L, script, sizeof script - 1, "=fuzz_event"));
    lua_pushstring(L, WXL_FUZZ_LUA);
    must(L, lua_pcall(L, 1, 1, 0));
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
