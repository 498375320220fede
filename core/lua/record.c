/* wxlive.core.record: the parameters of a call to its wire values, when all is plainly well.
 *
 * record.acceptor(fields, check) -> accept
 *   fields  list of a catalogue entry's parameters
 *   check   check(field, value) -> wire value | nil; has the last word on every value
 *   accept(params, context) -> values by name | nil
 *
 * nil means that something is wrong, missing, unknown or given twice: what, and in which words, is
 * for the caller to find. Here only the plain cases of the common types are recognised as right;
 * everything else is asked of `check`. So each rule has one home, and this is only its short cut.
 * No table but the one of the values is made, and no text. */
#include "binding.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "wxlive/text.h"

enum { UP_PLAN = 1, UP_NAMES, UP_CHECK };

/* What lies in the table of names for each field, one after the other. */
enum { NAME = 1, WIRE, ACCEPTS, FIELD, DEFAULT, FILL, PER_FIELD = FILL };

enum kind { KIND_OTHER, KIND_LISTED, KIND_ID, KIND_INTEGER, KIND_TIME, KIND_STRING };

struct field {
    enum kind kind;
    bool required;
    bool word;     /* of a string: letters, digits, - and _ only */
    double least;  /* of a number; of a string: its width */
    double most;
};

struct plan {
    int count;
    struct field fields[1];
};

/* Strings with limits of other kinds, and with formats of more than one word, are left to check. */
static enum kind string_kind(lua_State *L, int index, struct field *f)
{
    size_t len;
    const char *format = wxl_optfield_string(L, index, "format", &len);

    f->word = format && strcmp(format, "media_id") == 0;
    f->least = 1;
    f->most = HUGE_VAL;
    if ((format && !f->word) || wxl_optfield_number(L, index, "max_encoded", 0) > 0) {
        return KIND_OTHER;
    }
    lua_getfield(L, index, "units");
    if (lua_istable(L, -1)) {
        lua_rawgeti(L, -1, 1);
        lua_rawgeti(L, -2, 2);
        f->least = lua_tonumber(L, -2);
        f->most = lua_tonumber(L, -1);
        lua_pop(L, 2);
    }
    lua_pop(L, 1);
    return KIND_STRING;
}

static void read_field(lua_State *L, int index, struct field *f)
{
    size_t len;
    const char *type = wxl_optfield_string(L, index, "type", &len);
    double largest = 9007199254740992.0;

    memset(f, 0, sizeof *f);
    f->required = wxl_optfield_boolean(L, index, "required", 0);
    lua_getfield(L, index, "accepts");
    if (lua_istable(L, -1)) {
        f->kind = KIND_LISTED;
    } else if (type && strcmp(type, "id") == 0) {
        f->kind = KIND_ID;
        f->least = 1;
        f->most = largest;
    } else if (type && strcmp(type, "integer") == 0) {
        f->kind = KIND_INTEGER;
        f->least = wxl_optfield_number(L, index, "min", -largest);
        f->most = wxl_optfield_number(L, index, "max", largest);
    } else if (type && strcmp(type, "time") == 0) {
        f->kind = KIND_TIME;
        f->least = 1e9;
        f->most = 1e11;
    } else if (type && strcmp(type, "string") == 0) {
        f->kind = string_kind(L, index, f);
    }
    lua_pop(L, 1);
}

/* Whether the value at the top of the stack, which belongs to field i, is plainly right. */
static bool plainly_right(lua_State *L, const struct field *f, int i)
{
    double n;
    size_t len;
    size_t width;
    size_t bad;
    size_t from;
    size_t to;
    unsigned long code;
    const char *s;
    bool listed;

    switch (f->kind) {
    case KIND_LISTED:
        lua_rawgeti(L, lua_upvalueindex(UP_NAMES), i * PER_FIELD + ACCEPTS);
        lua_pushvalue(L, -2);
        lua_rawget(L, -2);
        listed = lua_toboolean(L, -1);
        lua_pop(L, 2);
        return listed;
    case KIND_ID:
    case KIND_INTEGER:
    case KIND_TIME:
        n = lua_type(L, -1) == LUA_TNUMBER ? (double)lua_tonumber(L, -1) : NAN;
        return n >= f->least && n <= f->most && floor(n) == n;
    case KIND_STRING:
        if (lua_type(L, -1) != LUA_TSTRING) {
            return false;
        }
        s = lua_tolstring(L, -1, &len);
        if (f->word) {
            return wxl_text_is_word(s, len);
        }
        wxl_text_trim(s, len, &from, &to);
        return to - from == len && wxl_text_find_hidden(s, len, &code) == len &&
               wxl_text_width(s, len, &width, &bad) && (double)width >= f->least &&
               (double)width <= f->most;
    default:
        return false;
    }
}

/* Replaces the value at the top of the stack by what goes on the wire. False: it may not. */
static bool to_wire(lua_State *L, const struct field *f, int i)
{
    if (plainly_right(L, f, i)) {
        return true;
    }
    lua_pushvalue(L, lua_upvalueindex(UP_CHECK));
    lua_rawgeti(L, lua_upvalueindex(UP_NAMES), i * PER_FIELD + FIELD);
    lua_pushvalue(L, -3);
    lua_call(L, 2, 1);
    lua_remove(L, -2);
    return !lua_isnil(L, -1);
}

/* Pushes the field's parameter under one of its two spellings; nil when it is not there. */
static void push_given(lua_State *L, int i)
{
    lua_rawgeti(L, lua_upvalueindex(UP_NAMES), i * PER_FIELD + NAME);
    lua_rawget(L, 1);
    if (!lua_isnil(L, -1)) {
        return;
    }
    lua_pop(L, 1);
    lua_rawgeti(L, lua_upvalueindex(UP_NAMES), i * PER_FIELD + WIRE);
    lua_rawget(L, 1);
}

/* Pushes what stands for a value that was not given: the client's own, or the default, or nil. */
static void push_substitute(lua_State *L, int i)
{
    lua_rawgeti(L, lua_upvalueindex(UP_NAMES), i * PER_FIELD + FILL);
    if (lua_toboolean(L, -1)) {
        lua_gettable(L, 2); /* the context hides the secret behind a metamethod */
        if (lua_toboolean(L, -1)) {
            return;
        }
    }
    lua_pop(L, 1);
    lua_rawgeti(L, lua_upvalueindex(UP_NAMES), i * PER_FIELD + DEFAULT);
}

static int count_keys(lua_State *L, int table)
{
    int n = 0;

    lua_pushnil(L);
    while (lua_next(L, table)) {
        lua_pop(L, 1);
        n++;
    }
    return n;
}

/* accept(params, context) -> values | nil */
static int accept(lua_State *L)
{
    enum { PARAMS = 1, CONTEXT, VALUES };
    const struct plan *plan = lua_touserdata(L, lua_upvalueindex(UP_PLAN));
    int left;
    int i;

    luaL_checktype(L, PARAMS, LUA_TTABLE);
    luaL_checktype(L, CONTEXT, LUA_TTABLE);
    lua_settop(L, CONTEXT);
    left = count_keys(L, PARAMS);
    lua_createtable(L, 0, left);
    for (i = 0; i < plan->count; i++) {
        const struct field *f = &plan->fields[i];

        push_given(L, i);
        if (lua_isnil(L, -1)) {
            lua_pop(L, 1);
            push_substitute(L, i);
        } else {
            left--;
        }
        if (lua_isnil(L, -1)) {
            if (f->required) {
                return 1; /* the nil */
            }
            lua_pop(L, 1);
            continue;
        }
        if (!to_wire(L, f, i)) {
            return 1; /* likewise */
        }
        lua_rawgeti(L, lua_upvalueindex(UP_NAMES), i * PER_FIELD + NAME);
        lua_insert(L, -2);
        lua_rawset(L, VALUES);
    }
    /* Something is left over: another spelling, a field given twice, or one that does not exist. */
    if (left != 0) {
        lua_pushnil(L);
    }
    return 1;
}

static void keep(lua_State *L, int names, int from, const char *key, int slot)
{
    lua_getfield(L, from, key);
    lua_rawseti(L, names, slot);
}

/* record.acceptor(fields, check) */
static int record_acceptor(lua_State *L)
{
    enum { FIELDS = 1, CHECK, PLAN, NAMES, ONE };
    struct plan *plan;
    int n;
    int i;

    luaL_checktype(L, FIELDS, LUA_TTABLE);
    luaL_checktype(L, CHECK, LUA_TFUNCTION);
    lua_settop(L, CHECK);
    n = (int)wxl_rawlen(L, FIELDS);
    plan = lua_newuserdata(L, sizeof *plan + (size_t)n * sizeof plan->fields[0]);
    plan->count = n;
    lua_createtable(L, n * PER_FIELD, 0);
    for (i = 0; i < n; i++) {
        int base = i * PER_FIELD;

        lua_rawgeti(L, FIELDS, i + 1);
        luaL_checktype(L, ONE, LUA_TTABLE);
        read_field(L, ONE, &plan->fields[i]);
        keep(L, NAMES, ONE, "name", base + NAME);
        keep(L, NAMES, ONE, "wire", base + WIRE);
        keep(L, NAMES, ONE, "accepts", base + ACCEPTS);
        keep(L, NAMES, ONE, "default", base + DEFAULT);
        keep(L, NAMES, ONE, "fill", base + FILL);
        lua_rawseti(L, NAMES, base + FIELD);
    }
    lua_pushvalue(L, CHECK);
    lua_pushcclosure(L, accept, UP_CHECK);
    return 1;
}

static const luaL_Reg record_functions[] = {
    {"acceptor", record_acceptor},
    {NULL, NULL},
};

void wxl_open_record(lua_State *L)
{
    lua_newtable(L);
    wxl_setfuncs(L, record_functions);
    lua_setfield(L, -2, "record");
}
