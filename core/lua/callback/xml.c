/* wxlive.core.xml: callback XML straight into Lua tables. */
#include "base/binding.h"

#include "wxlive/xml.h"

#define XML_CLASS "wxlive.xml"
#define DEPTH_MAX 64

static int xml_close(lua_State *L)
{
    wxl_xml_free(wxl_takeheld(L, XML_CLASS));
    return 0;
}

static size_t check_limit(lua_State *L, const char *key, double max)
{
    double v = wxl_optfield_number(L, 1, key, 0);

    if (!(v >= 0 && v <= max)) {
        luaL_error(L, "field '%s' is out of range", key);
    }
    return (size_t)v;
}

/* xml.new{ bytes=, depth=, elements= } -> reader | nil, err */
static int xml_new(lua_State *L)
{
    struct wxl_xml_limits limits;
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_xml **box;

    luaL_checktype(L, 1, LUA_TTABLE);
    limits.bytes = check_limit(L, "bytes", 64.0 * 1024 * 1024);
    limits.depth = check_limit(L, "depth", DEPTH_MAX);
    limits.elements = check_limit(L, "elements", 1e6);
    box = wxl_newbox(L, XML_CLASS, sizeof *box);
    return wxl_pushbox(L, wxl_xml_new(&limits, box, &err), &err);
}

/* Pushes the key for an element: its name, or what the table at `names` makes of it. */
static void push_key(lua_State *L, const struct wxl_xml_node *node, int names)
{
    lua_pushlstring(L, node->name.p, node->name.n);
    if (names) {
        lua_gettable(L, names); /* one that was not met before its __index makes and keeps */
    }
}

/* Stack: table key value. Sets the field and pops both; a name that is there already makes a list. */
static void add_field(lua_State *L)
{
    lua_pushvalue(L, -2);
    lua_rawget(L, -4); /* table key value old */
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_rawset(L, -3);
        return;
    }
    if (lua_istable(L, -1)) {
        lua_rawgeti(L, -1, 1);
        if (!lua_isnil(L, -1)) { /* only lists have [1] */
            lua_pop(L, 1);
            lua_insert(L, -2); /* table key list value */
            lua_rawseti(L, -2, (int)wxl_rawlen(L, -2) + 1);
            lua_pop(L, 2);
            return;
        }
        lua_pop(L, 1);
    }
    lua_createtable(L, 2, 0); /* table key value old list */
    lua_insert(L, -3);        /* table key list value old */
    lua_rawseti(L, -3, 1);
    lua_rawseti(L, -2, 2);
    lua_rawset(L, -3);
}

/* Pushes what element i holds: its text, or a table of its children. Returns the index after it. */
static size_t push_value(lua_State *L, const struct wxl_xml_node *nodes, size_t i, int names)
{
    const struct wxl_xml_node *node = &nodes[i++];
    size_t left = node->children;

    if (left == 0) {
        lua_pushlstring(L, node->text.p, node->text.n);
        return i;
    }
    luaL_checkstack(L, 8, "XML");
    lua_createtable(L, 0, (int)left);
    for (; left > 0; left--) {
        push_key(L, &nodes[i], names);
        i = push_value(L, nodes, i, names);
        add_field(L);
    }
    return i;
}

/* reader:decode(text [, names]) -> table of the root's children, root's name | nil, err
 * names maps the wire's names to others; what it lacks comes from its __index. */
static int xml_decode(lua_State *L)
{
    struct wxl_xml *x = wxl_checkheld(L, 1, XML_CLASS);
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_bytes text = wxl_checkbytes(L, 2);
    const struct wxl_xml_node *nodes;
    size_t count;
    int names = lua_istable(L, 3) ? 3 : 0;

    luaL_argcheck(L, names || lua_isnoneornil(L, 3), 3, "must be a table");
    if (wxl_xml_parse(x, text, &nodes, &count, &err) != WXL_OK) {
        return wxl_pushfailure(L, &err);
    }
    if (nodes[0].children == 0) {
        lua_newtable(L);
    } else {
        push_value(L, nodes, 0, names);
    }
    lua_pushlstring(L, nodes[0].name.p, nodes[0].name.n);
    return 2;
}

static const luaL_Reg xml_methods[] = {{"decode", xml_decode}, {NULL, NULL}};
static const luaL_Reg xml_functions[] = {{"new", xml_new}, {NULL, NULL}};

void wxl_open_xml(lua_State *L)
{
    wxl_newclass(L, XML_CLASS, xml_methods, xml_close);
    wxl_setmodule(L, "xml", xml_functions);
}
