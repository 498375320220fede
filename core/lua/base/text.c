/* wxlive.core.text: functions on strings for sheets, checks of requests and terminals. */
#include "base/binding.h"

#include <string.h>

#include "wxlive/base/percent.h"
#include "wxlive/base/text.h"
#include "wxlive/base/utf8.h"

/* text.width(s) -> width, whether it holds a NUL | nil, the byte where it is not UTF-8 */
static int text_width(lua_State *L)
{
    struct wxl_bytes s = wxl_checkbytes(L, 1);
    size_t width;
    size_t bad = 0;

    if (!wxl_text_width(s.p, s.n, &width, &bad)) {
        lua_pushnil(L);
        lua_pushinteger(L, (lua_Integer)bad + 1);
        return 2;
    }
    lua_pushinteger(L, (lua_Integer)width);
    lua_pushboolean(L, memchr(s.p, '\0', s.n) != NULL);
    return 2;
}

/* text.cut(s, max) -> the longest beginning that is at most so wide, its width. What is not UTF-8
 * counts as one column. */
static int text_cut(lua_State *L)
{
    struct wxl_bytes s = wxl_checkbytes(L, 1);
    lua_Integer max = luaL_checkinteger(L, 2);
    lua_Integer width = 0;
    size_t i = 0;

    while (i < s.n) {
        unsigned w = 1;
        size_t after = wxl_text_next(s.p, s.n, i, &w);

        if (width + (lua_Integer)w > max) {
            break;
        }
        width += (lua_Integer)w;
        i = after ? after : i + 1;
    }
    lua_pushlstring(L, s.p, i);
    lua_pushinteger(L, width);
    return 2;
}

/* Returns the bytes [from, to) of s, the string at argument 1. */
static int push_part(lua_State *L, struct wxl_bytes s, size_t from, size_t to)
{
    if (to - from == s.n) {
        lua_settop(L, 1);
    } else {
        lua_pushlstring(L, s.p + from, to - from);
    }
    return 1;
}

/* text.without_bom(s) -> s, without the byte order mark that it may begin with */
static int text_without_bom(lua_State *L)
{
    struct wxl_bytes s = wxl_checkbytes(L, 1);

    return push_part(L, s, wxl_utf8_bom(s), s.n);
}

/* text.most_units(s) -> the most that the platform may count it as */
static int text_most_units(lua_State *L)
{
    struct wxl_bytes s = wxl_checkbytes(L, 1);

    lua_pushinteger(L, (lua_Integer)wxl_text_most_units(s.p, s.n));
    return 1;
}

/* text.trim(s) -> s without the blanks and invisible characters at its ends */
static int text_trim(lua_State *L)
{
    struct wxl_bytes s = wxl_checkbytes(L, 1);
    size_t from;
    size_t to;

    wxl_text_trim(s.p, s.n, &from, &to);
    return push_part(L, s, from, to);
}

/* text.hidden(s) -> nil | the byte at which the first invisible character begins, its code point */
static int text_hidden(lua_State *L)
{
    struct wxl_bytes s = wxl_checkbytes(L, 1);
    unsigned long code = 0;
    size_t at = wxl_text_find_hidden(s.p, s.n, &code);

    if (at == s.n) {
        return 0;
    }
    lua_pushinteger(L, (lua_Integer)at + 1);
    lua_pushinteger(L, (lua_Integer)code);
    return 2;
}

/* text.escape(s) -> s, percent-encoded */
static int text_escape(lua_State *L)
{
    struct wxl_bytes s = wxl_checkbytes(L, 1);
    size_t longer = wxl_percent_length(s.p, s.n);
    char *out;

    if (longer == s.n) {
        lua_settop(L, 1);
    } else {
        out = lua_newuserdata(L, longer);
        lua_pushlstring(L, out, wxl_percent_encode(s.p, s.n, out));
    }
    return 1;
}

/* text.escaped_length(s) -> the length of text.escape(s) */
static int text_escaped_length(lua_State *L)
{
    struct wxl_bytes s = wxl_checkbytes(L, 1);

    lua_pushinteger(L, (lua_Integer)wxl_percent_length(s.p, s.n));
    return 1;
}

static const luaL_Reg text_functions[] = {
    {"width", text_width},
    {"cut", text_cut},
    {"escape", text_escape},
    {"escaped_length", text_escaped_length},
    {"without_bom", text_without_bom},
    {"most_units", text_most_units},
    {"trim", text_trim},
    {"hidden", text_hidden},
    {NULL, NULL},
};

void wxl_open_text(lua_State *L)
{
    wxl_setmodule(L, "text", text_functions);
}
