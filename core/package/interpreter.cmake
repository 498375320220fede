# Which interpreter the headers in WXLIVE_LUA_INCDIR belong to -> WXLIVE_LUA.
file(STRINGS ${WXLIVE_LUA_INCDIR}/lua.h wxl_lua_line REGEX "define[ \t]+LUA_VERSION_M[AI][JN]OR")
if(EXISTS ${WXLIVE_LUA_INCDIR}/luajit.h)
  set(WXLIVE_LUA luajit)
elseif(wxl_lua_line MATCHES "\"5\".*\"4\"")
  set(WXLIVE_LUA 5.4)
else()
  message(FATAL_ERROR "${WXLIVE_LUA_INCDIR}/lua.h is of neither Lua 5.4 nor LuaJIT 2.1, which are "
    "what wxlive runs on. LuaRocks: give --lua-version=5.4, or the directory of LuaJIT's headers as "
    "LUA_INCDIR.")
endif()
