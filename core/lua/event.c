/* wxlive.core.event: the events that the platform is known to push, read in one walk.
 *
 * event.reader { names=, fields=, events= } -> read
 *   names    table, best with an __index: how a field that no event is known to have is called
 *   fields   list of { integer=, spellings= }: whether they are integers or text, and how they are
 *            spelt on the wire, what they are called on the event among it. The first one holds
 *            the event's name
 *   events   list of { event=, wrappers=, fields=, build= }: its name, the spellings of the object
 *            that its own fields may be in, positions in `fields`. `build` has two functions, json
 *            and xml: build.json(raw, value...) makes the event of the values in the order of its
 *            `fields`, nil where there is none; its name, which they know, need not be among them
 *   read(text) -> event | nil
 *
 * nil for what is not plain, as wxlive/event.h has it, right or wrong: the general reader has the
 * last word on that. */
#include "binding.h"

#include <stdbool.h>
#include <string.h>

#include "wxlive/event.h"

enum { UP_READER = 1, UP_NAMES, UP_BUILD, UP_LAST = UP_BUILD };

/* In the table at UP_BUILD: the builder of an event from a format. */
#define FORMATS 2
static const char *const format_names[FORMATS] = {"json", "xml"}; /* by enum wxl_event_format */

/* A reader, and what builders are given: the fields of each event in their order. */
struct box {
    struct wxl_event_reader reader;
    struct {
        unsigned char count;
        unsigned char fields[WXL_EVENT_FIELDS];
    } order[WXL_EVENT_KINDS];
};

/* ---- the event ---------------------------------------------------------------------------------
 */

static void push_value(lua_State *L, const struct wxl_event_value *v)
{
    switch (v->type) {
    case WXL_EVENT_TEXT:
        lua_pushlstring(L, v->text.p, v->text.n);
        break;
    case WXL_EVENT_INTEGER:
        lua_pushinteger(L, (lua_Integer)v->integer);
        break;
    default:
        lua_pushboolean(L, v->type == WXL_EVENT_TRUE);
        break;
    }
}

/* Adds a field that no event is known to have to the one at the top. False when its name, as it is
 * called on the event, is one of the known fields or there already. */
static bool add_extra(lua_State *L, const struct wxl_event_reader *r,
                      const struct wxl_event_extra *x)
{
    struct wxl_bytes name;

    lua_pushlstring(L, x->name.p, x->name.n);
    lua_gettable(L, lua_upvalueindex(UP_NAMES));
    name.p = lua_tolstring(L, -1, &name.n);
    if (!name.p || name.n == 0 || wxl_event_is_known(r, name)) {
        return false;
    }
    lua_pushvalue(L, -1);
    lua_rawget(L, -3);
    if (!lua_isnil(L, -1)) {
        return false;
    }
    lua_pop(L, 1);
    push_value(L, &x->value);
    lua_rawset(L, -3);
    return true;
}

static int event_read(lua_State *L)
{
    const struct box *box = lua_touserdata(L, lua_upvalueindex(UP_READER));
    struct wxl_bytes text;
    struct wxl_event event;
    int count;
    int i;

    text.p = luaL_checklstring(L, 1, &text.n);
    if (!wxl_event_read(&box->reader, text, &event)) {
        return 0;
    }
    luaL_checkstack(L, WXL_EVENT_FIELDS + 8, "event");
    lua_rawgeti(L, lua_upvalueindex(UP_BUILD), event.kind * FORMATS + (int)event.format + 1);
    lua_pushvalue(L, 1);
    count = box->order[event.kind].count;
    for (i = 0; i < count; i++) {
        int field = box->order[event.kind].fields[i];

        if (event.set & UINT32_C(1) << field) {
            push_value(L, &event.values[field]);
        } else {
            lua_pushnil(L);
        }
    }
    lua_call(L, count + 1, 1);
    for (i = 0; i < event.extra_count; i++) {
        if (!add_extra(L, &box->reader, &event.extras[i])) {
            return 0;
        }
    }
    return 1;
}

/* ---- making a reader ---------------------------------------------------------------------------
 */

static void must(lua_State *L, enum wxl_status st, const struct wxl_error *err)
{
    if (st != WXL_OK) {
        luaL_argerror(L, 1, err->text);
    }
}

/* The text at the top of the stack, which is popped: some table holds it. Empty for what is none.
 */
static struct wxl_bytes take_name(lua_State *L)
{
    struct wxl_bytes name = {NULL, 0};

    if (lua_type(L, -1) == LUA_TSTRING) {
        name.p = lua_tolstring(L, -1, &name.n);
    }
    lua_pop(L, 1);
    return name;
}

/* Pushes the list in a field of the table at `index`; returns its length. */
static int push_list(lua_State *L, int index, const char *key)
{
    lua_getfield(L, index, key);
    luaL_argcheck(L, lua_istable(L, -1), 1, "fields, events and spellings must be lists");
    return (int)wxl_rawlen(L, -1);
}

typedef enum wxl_status (*speller)(struct wxl_event_reader *r, struct wxl_bytes spelling,
                                   struct wxl_error *err);

/* Enters all of the list in the field `key` of the table at the top of the stack. */
static void enter_spellings(lua_State *L, struct wxl_event_reader *r, const char *key,
                            speller spell)
{
    struct wxl_error err = {WXL_OK, 0, ""};
    int count = push_list(L, -1, key);
    int i;

    for (i = 1; i <= count; i++) {
        lua_rawgeti(L, -1, i);
        must(L, spell(r, take_name(L), &err), &err);
    }
    lua_pop(L, 1);
}

/* Enters the field whose table is at the top of the stack. */
static void enter_field(lua_State *L, struct box *box)
{
    struct wxl_error err = {WXL_OK, 0, ""};

    luaL_argcheck(L, lua_istable(L, -1), 1, "a field must be a table");
    must(L,
         wxl_event_add_field(&box->reader,
                             wxl_optfield_boolean(L, lua_gettop(L), "integer", 0) != 0, &err),
         &err);
    enter_spellings(L, &box->reader, "spellings", wxl_event_spell_field);
}

/* Reads which fields an event has, in their order; returns them as a set. */
static uint32_t read_order(lua_State *L, struct box *box, int event)
{
    uint32_t set = 0;
    int count = push_list(L, -1, "fields");
    int i;

    luaL_argcheck(L, count <= WXL_EVENT_FIELDS, 1, "an event has too many fields");
    box->order[event].count = (unsigned char)count;
    for (i = 0; i < count; i++) {
        lua_Integer field;

        lua_rawgeti(L, -1, i + 1);
        field = lua_tointeger(L, -1);
        luaL_argcheck(L, field >= 1 && field <= WXL_EVENT_FIELDS, 1, "there is no such field");
        box->order[event].fields[i] = (unsigned char)(field - 1);
        set |= UINT32_C(1) << (field - 1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return set;
}

/* Enters the event whose table is at the top of the stack, and its builders in the table at
 * `builds`. */
static void enter_event(lua_State *L, struct box *box, int event, int builds)
{
    struct wxl_error err = {WXL_OK, 0, ""};
    uint32_t fields;
    int i;

    luaL_argcheck(L, lua_istable(L, -1), 1, "an event must be a table");
    luaL_argcheck(L, event < WXL_EVENT_KINDS, 1, "too many events");
    fields = read_order(L, box, event);
    lua_getfield(L, -1, "event");
    must(L, wxl_event_add_kind(&box->reader, take_name(L), fields, &err), &err);
    enter_spellings(L, &box->reader, "wrappers", wxl_event_spell_wrapper);
    lua_getfield(L, -1, "build");
    luaL_argcheck(L, lua_istable(L, -1), 1, "an event's build must be a table");
    for (i = 0; i < FORMATS; i++) {
        lua_getfield(L, -1, format_names[i]);
        luaL_argcheck(L, lua_isfunction(L, -1), 1, "an event's build must have json and xml");
        lua_rawseti(L, builds, event * FORMATS + i + 1);
    }
    lua_pop(L, 1);
}

static int event_reader(lua_State *L)
{
    struct box *box;
    int count;
    int i;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    box = lua_newuserdata(L, sizeof *box); /* 2 */
    memset(box, 0, sizeof *box);
    wxl_event_init(&box->reader);
    lua_getfield(L, 1, "names"); /* 3 */
    lua_newtable(L);             /* 4: builders */
    count = push_list(L, 1, "fields");
    for (i = 0; i < count; i++) {
        lua_rawgeti(L, -1, i + 1);
        enter_field(L, box);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    count = push_list(L, 1, "events");
    for (i = 0; i < count; i++) {
        lua_rawgeti(L, -1, i + 1);
        enter_event(L, box, i, 4);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    lua_pushcclosure(L, event_read, UP_LAST);
    return 1;
}

static const luaL_Reg event_functions[] = {
    {"reader", event_reader},
    {NULL, NULL},
};

void wxl_open_event(lua_State *L)
{
    lua_newtable(L);
    wxl_setfuncs(L, event_functions);
    lua_setfield(L, -2, "event");
}
