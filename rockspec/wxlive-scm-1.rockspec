rockspec_format = "3.0"
package = "wxlive"
version = "scm-1"
source = {
  url = "git+file://.",  -- made from a checkout: luarocks make rockspec/wxlive-scm-1.rockspec
}
description = {
  summary = "WeChat Mini Program live broadcasts (小程序直播) from Lua",
  detailed = [[
    Every endpoint of the live-broadcast server API as a method, retries that never make a room
    twice, one access token for all processes, errors that say what to do, and a sandbox that
    stands in for the platform.]],
  license = "MIT",
  labels = { "wechat", "live", "http", "sdk" },
}
supported_platforms = { "unix" }
dependencies = {
  "lua >= 5.1, < 5.5",  -- LuaJIT 2.1 or Lua 5.4; the build refuses others
  "argparse >= 0.7.0",  -- the command
  "lua-cjson >= 2.1.0",
  "luadbi-sqlite3 >= 0.7.2",  -- the ledger, and the sandbox's state
}
-- Libraries only: CMake finds the headers. libmicrohttpd is taken when it is there; the sandbox
-- needs it.
external_dependencies = {
  CURL = { library = "curl" },
  CRYPTO = { library = "crypto" },
  EXPAT = { library = "expat" },
  ZLIB = { library = "z" },
}
build = {
  type = "cmake",
  variables = {
    CMAKE_BUILD_TYPE = "Release",
    CMAKE_INSTALL_PREFIX = "$(PREFIX)",
    WXLIVE_LUA_INCDIR = "$(LUA_INCDIR)",
    WXLIVE_LUADIR = "$(LUADIR)",
    WXLIVE_LUALIBDIR = "$(LIBDIR)",
    WXLIVE_BINDIR = "$(BINDIR)",
    WXLIVE_TESTS = "OFF",
    WXLIVE_INSTALL_CORE = "OFF",
  },
  copy_directories = { "docs" },
}
test = {
  type = "command",
  script = "scripts/dev/lib/rock_test.lua",
}
