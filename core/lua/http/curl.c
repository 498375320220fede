/* wxlive.curl: what needs libcurl. It is a module of its own because libcurl brings some thirty
 * libraries: a program loads them with its first transport, and an nginx worker never does. */
#include "base/binding.h"

WXL_EXPORT int luaopen_wxlive_curl(lua_State *L);

int luaopen_wxlive_curl(lua_State *L)
{
    lua_newtable(L);
    wxl_open_http(L);
    wxl_open_multi(L);
    wxl_open_stream(L);
    return 1;
}
