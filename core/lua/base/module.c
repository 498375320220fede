/* luaopen_wxlive_core: the only symbol that the shared object exports. */
#include "base/binding.h"

#include "base/scratch.h"
#include "wxlive/base/version.h"

WXL_EXPORT int luaopen_wxlive_core(lua_State *L);

int luaopen_wxlive_core(lua_State *L)
{
    lua_newtable(L);
    lua_pushliteral(L, WXLIVE_VERSION);
    lua_setfield(L, -2, "version");
    wxl_open_signature(L);
    wxl_open_codec(L);
    wxl_open_filestore(L);
    wxl_open_scratch(L);
    wxl_open_json(L);
    wxl_open_message(L);
    wxl_open_params(L);
    wxl_open_process(L);
    wxl_open_system(L);
    wxl_open_terminal(L);
    wxl_open_text(L);
    wxl_open_token(L);
    wxl_open_xml(L);
    return 1;
}
