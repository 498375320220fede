/* wxlive.core.json: JSON text to Lua values, in one walk and with nothing in between.
 *
 * json.reader { list_meta=, depth=, names=, shape=, strict= } -> read
 *   read(text) -> value | nil, reason
 *
 * depth is the deepest nesting that is read.
 * Whole numbers come as integers where the interpreter has them, and numbers that it cannot hold
 * exactly as their text: beyond 2^63 - 1, on LuaJIT beyond 2^53. null is the light userdata NULL;
 * in objects it disappears. An empty list gets list_meta. With `names` (a table, best with an
 * __index that works a name out) the keys of objects are renamed on the way. With `strict` (the
 * most values to read), the text comes from a stranger: it must be UTF-8 and hold no NUL, not even
 * an escaped one, and no object may hold a name twice.
 *
 * With `shape`, a list of fields as wxlive.contract makes it, the value is held against it on the
 * way: digits in quotes become numbers where a field is whole, a list that is absent from an object
 * below the top is there and empty, and what first falls short comes as a third result:
 *   { name or number of an element, innermost first ..., wanted = type, value = what is there }
 * without `wanted` for a field that is not there at all. */
#include "json/json.h"
#include "json/shape.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wxlive/json.h"
#include "wxlive/base/digits.h"
#include "wxlive/base/utf8.h"

/* A guess for the outermost object: an answer has errcode, errmsg and what was asked for. */
#define OUTER_FIELDS 4
#define DEPTH_MAX 200
#define UNESCAPED_ON_STACK 512

enum {
    UP_LIST_META = 1,
    UP_DEPTH,
    UP_NAMES,
    UP_STRICT,
    UP_SHAPE,
    UP_SHAPE_NAMES,
    UP_LAST = UP_SHAPE_NAMES
};

/* Where on the stack the report of a fault is. */
#define SHORT_INDEX 2

struct reading {
    lua_State *L;
    struct wxl_json_reader reader;
    struct wxl_json_token token;
    const char *wrong; /* what is, once something is */
    char twice[96];    /* the words for one case of it */
    int depth;
    int max_depth;
    int short_depth; /* depth up to which the place of a fault is reported; 0: no fault */
    unsigned held;   /* fields of the last object */
    bool renaming;
    bool strict;
    long values_left; /* when strict */
    unsigned char
        fields[DEPTH_MAX + 2]; /* of the last object this deep: a good guess for the next */
};

static bool read_value(struct reading *r, enum wxl_json_kind kind, const struct shape_field *field);

static bool refuse(struct reading *r, const char *what)
{
    if (!r->wrong) {
        r->wrong = what;
    }
    return false;
}

static enum wxl_json_kind next_token(struct reading *r)
{
    return wxl_json_next(&r->reader, &r->token);
}

static bool begins_as_number(const struct wxl_json_token *t)
{
    return t->len > 0 && t->text[0] <= '9' && t->text[0] >= '-';
}

/* The text at the top of the stack as a number, whatever the locale: Lua itself knows decimal
 * points of one byte only. */
static lua_Number to_number(lua_State *L)
{
    lua_Number n = lua_tonumber(L, -1);

    if (n != 0 || lua_isnumber(L, -1)) {
        return n;
    }
    n = strtod(luaL_gsub(L, lua_tostring(L, -1), ".", localeconv()->decimal_point), NULL);
    lua_pop(L, 1);
    return n;
}

/* A number that is exact, however whole it is. */
static void push_float(lua_State *L, double n)
{
    if (floor(n) == n) {
        wxl_pushint64(L, (int64_t)n);
    } else {
        lua_pushnumber(L, n);
    }
}

/* Digits that a number cannot hold exactly stay text: they may be an id or a cursor, and a rounded
 * id would name another thing. */
static void push_number(struct reading *r)
{
    const struct wxl_json_token *t = &r->token;
    lua_State *L = r->L;
    int64_t whole;
    lua_Number n;

    if (wxl_readexact(t->text, t->len, &whole)) {
        wxl_pushint64(L, whole);
        return;
    }
    lua_pushlstring(L, t->text, t->len);
    n = to_number(L);
    if (n < (double)WXL_EXACT_MAX && n > -(double)WXL_EXACT_MAX &&
        !wxl_digits_read(t->text, t->len, &whole)) {
        lua_pop(L, 1);
        push_float(L, n);
    }
}

static bool push_string(struct reading *r)
{
    const struct wxl_json_token *t = &r->token;
    char small[UNESCAPED_ON_STACK];
    char *out = small;
    size_t n = 0;

    if (!t->escaped) {
        lua_pushlstring(r->L, t->text, t->len);
        return true;
    }
    if (t->len > sizeof small) {
        out = lua_newuserdata(r->L, t->len);
    }
    if (wxl_json_unescape(t->text, t->len, out, &n) != WXL_OK) {
        return refuse(r, "an escape that does not exist");
    }
    if (r->strict && memchr(out, '\0', n)) {
        return refuse(r, "a NUL character");
    }
    lua_pushlstring(r->L, out, n);
    if (out != small) {
        lua_remove(r->L, -2);
    }
    return true;
}

/* An id may come in quotes. */
static bool read_text(struct reading *r, const struct shape_field *field)
{
    const struct wxl_json_token *t = &r->token;
    int64_t value;

    if (field && field->whole && begins_as_number(t) && wxl_readexact(t->text, t->len, &value)) {
        wxl_pushint64(r->L, value);
        return true;
    }
    return push_string(r);
}

/* ---- shapes ------------------------------------------------------------------------------------
 */

/* Adds to the report the name or number on top of the stack, under which the fault was met, and
 * pops it. */
static void report_place(struct reading *r)
{
    lua_rawseti(r->L, SHORT_INDEX, (int)wxl_rawlen(r->L, SHORT_INDEX) + 1);
    r->short_depth = r->depth;
}

/* Reports that the value on top of the stack is not of the type. The place is added next. */
static void report_value(struct reading *r, enum shape_type wanted)
{
    lua_State *L = r->L;

    lua_createtable(L, 4, 2);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, "value");
    lua_pushstring(L, wxl_shape_type_name(wanted));
    lua_setfield(L, -2, "wanted");
    lua_replace(L, SHORT_INDEX);
}

/* Whether there is something to report about the value on top of the stack, which began with a
 * token of this kind: that it does not fit, or that something in it was reported already. */
static bool falls_short(struct reading *r, const struct shape_field *field, enum wxl_json_kind kind)
{
    bool fits;

    if (r->short_depth) {
        return r->short_depth == r->depth + 1;
    }
    if (field->type == SHAPE_ANY) {
        return false;
    }
    fits = field->type == SHAPE_OBJECT ? kind == WXL_JSON_OBJECT && r->held > 0
           : field->type == SHAPE_LIST ? kind == WXL_JSON_LIST
                                       : wxl_shape_fits(r->L, field);
    if (!fits) {
        report_value(r, field->type);
    }
    return !fits;
}

/* Gives the object on top of the stack its absent lists, and reports another field that is absent.
 * What is made of an answer as a whole depends on its errcode: there lists are the caller's part.
 */
static void end_object(struct reading *r, const struct shape *shape, uint64_t seen)
{
    lua_State *L = r->L;
    uint64_t lists = r->depth > 1 ? shape->lists & ~seen : 0;
    /* An empty object is reported as such. */
    uint64_t absent = r->short_depth || (r->depth > 1 && !r->held) ? 0 : shape->needed & ~seen;
    int i;

    for (i = 0; (lists | absent) >> i; i++) {
        const struct shape_field *field = &shape->fields[i];

        if (lists >> i & 1) {
            lua_pushlstring(L, field->name, field->name_len);
            lua_newtable(L);
            lua_pushvalue(L, lua_upvalueindex(UP_LIST_META));
            lua_setmetatable(L, -2);
            lua_rawset(L, -3);
        } else if (absent >> i & 1) {
            lua_newtable(L);
            lua_replace(L, SHORT_INDEX);
            lua_pushlstring(L, field->name, field->name_len);
            report_place(r);
            absent = 0;
        }
    }
}

/* Many small values in a large text cost far more than their bytes. */
static bool count_value(struct reading *r)
{
    return !r->strict || r->values_left-- > 0 || refuse(r, "too many values");
}

/* Whether the object under the name at the top of the stack holds that name already. */
static bool is_there(lua_State *L)
{
    bool there;

    lua_pushvalue(L, -1);
    lua_rawget(L, -3);
    there = !lua_isnil(L, -1);
    lua_pop(L, 1);
    return there;
}

/* Pushes the name that the token is, in our spelling. */
static bool push_name(struct reading *r)
{
    if (!push_string(r)) {
        return false;
    }
    if (r->renaming) {
        lua_gettable(r->L, lua_upvalueindex(UP_NAMES));
    }
    return true;
}

/* As push_name, and gives the field that the name stands for. Most objects have the names of the
 * one before, in its order: then ours is at hand. */
static bool push_field_name(struct reading *r, struct shape *shape, int *next,
                            const struct shape_field **field)
{
    const char *text = r->token.text;
    size_t len = r->token.len;
    const struct shape_name *name = &shape->names[*next];

    if (*next < shape->name_count && wxl_shape_is(name, text, len)) {
        ++*next;
    } else {
        name = wxl_shape_find(shape, text, len, next);
    }
    if (name) {
        lua_rawgeti(r->L, lua_upvalueindex(UP_SHAPE_NAMES), name->place);
        *field = name->field;
        return true;
    }
    if (!push_name(r)) {
        return false;
    }
    *field = wxl_shape_learn(r->L, shape, lua_upvalueindex(UP_SHAPE_NAMES), text, len);
    return true;
}

/* Pushes the value of a field, whose name is on top of the stack, and holds it against the field.
 */
static bool read_field(struct reading *r, const struct shape_field *field)
{
    enum wxl_json_kind kind = next_token(r);
    bool ok;

    if (!count_value(r)) {
        return false;
    }
    ok = kind == WXL_JSON_STRING ? read_text(r, field) : read_value(r, kind, field);
    if (ok && field && kind != WXL_JSON_NULL && falls_short(r, field, kind)) {
        lua_pushvalue(r->L, -2);
        report_place(r);
    }
    return ok;
}

static bool read_object(struct reading *r, struct shape *shape)
{
    lua_State *L = r->L;
    enum wxl_json_kind kind = next_token(r);
    const struct shape_field *field = NULL;
    uint64_t seen = 0;
    unsigned count = 0;
    int next = 0;

    lua_createtable(L, 0, r->fields[r->depth]);
    while (kind != WXL_JSON_OBJECT_END) {
        if (kind != WXL_JSON_STRING) {
            return refuse(r, "an object without a name where one must be");
        }
        if (!(shape ? push_field_name(r, shape, &next, &field) : push_name(r))) {
            return false;
        }
        if (r->strict && is_there(L)) {
            (void)snprintf(r->twice, sizeof r->twice, "%.60s is there twice", lua_tostring(L, -1));
            return refuse(r, r->twice);
        }
        if (!wxl_json_pass(&r->reader, ':') && next_token(r) != WXL_JSON_COLON) {
            return refuse(r, "a name without a colon after it");
        }
        if (!read_field(r, field)) {
            return false;
        }
        if (lua_islightuserdata(L, -1)) { /* null */
            lua_pop(L, 2);
        } else {
            lua_rawset(L, -3);
            seen |= field ? UINT64_C(1) << (field - shape->fields) : 0;
            count++;
        }
        kind = wxl_json_pass(&r->reader, ',') ? WXL_JSON_COMMA : next_token(r);
        if (kind == WXL_JSON_COMMA) {
            kind = next_token(r) == WXL_JSON_STRING ? WXL_JSON_STRING : WXL_JSON_BAD;
        } else if (kind != WXL_JSON_OBJECT_END) {
            return refuse(r, "an object that goes on without a comma");
        }
    }
    r->fields[r->depth] = (unsigned char)(count < 64 ? count : 64);
    r->held = count;
    if (shape) {
        end_object(r, shape, seen);
    }
    return true;
}

/* item: what each element must be, or NULL. */
static bool read_list(struct reading *r, const struct shape_field *item)
{
    lua_State *L = r->L;
    enum wxl_json_kind kind = next_token(r);
    int i = 0;

    lua_newtable(L);
    if (kind == WXL_JSON_LIST_END) { /* nothing else distinguishes it from an object */
        lua_pushvalue(L, lua_upvalueindex(UP_LIST_META));
        lua_setmetatable(L, -2);
        return true;
    }
    for (;; kind = next_token(r)) {
        if (!count_value(r) || !read_value(r, kind, item)) {
            return false;
        }
        i++;
        if (item && falls_short(r, item, kind)) {
            lua_pushinteger(L, i);
            report_place(r);
        }
        lua_rawseti(L, -2, i);
        kind = next_token(r);
        if (kind == WXL_JSON_LIST_END) {
            return true;
        }
        if (kind != WXL_JSON_COMMA) {
            return refuse(r, "a list that goes on without a comma");
        }
    }
}

static bool read_nested(struct reading *r, bool object, const struct shape_field *field)
{
    bool ok;

    if (r->depth >= r->max_depth) {
        return refuse(r, "too deeply nested");
    }
    luaL_checkstack(r->L, 10, "JSON");
    r->depth++;
    ok = object ? read_object(r, field ? field->inner : NULL)
                : read_list(r, field ? field->item : NULL);
    r->depth--;
    return ok;
}

/* Pushes the value that begins with this token: of a field, or of an element of a field's list.
 * False, and something or nothing pushed, when it is not JSON. */
static bool read_value(struct reading *r, enum wxl_json_kind kind, const struct shape_field *field)
{
    switch (kind) {
    case WXL_JSON_OBJECT:
        return read_nested(r, true, field);
    case WXL_JSON_LIST:
        return read_nested(r, false, field);
    case WXL_JSON_STRING:
        return push_string(r);
    case WXL_JSON_INTEGER:
        lua_pushinteger(r->L, (lua_Integer)r->token.integer);
        return true;
    case WXL_JSON_DECIMAL:
        push_float(r->L, wxl_json_decimal(&r->token));
        return true;
    case WXL_JSON_NUMBER:
        push_number(r);
        return true;
    case WXL_JSON_TRUE:
    case WXL_JSON_FALSE:
        lua_pushboolean(r->L, kind == WXL_JSON_TRUE);
        return true;
    case WXL_JSON_NULL:
        lua_pushlightuserdata(r->L, NULL);
        return true;
    case WXL_JSON_END:
        return refuse(r, "the text ends too early");
    default:
        return refuse(r, "no value where one must be");
    }
}

/* What every answer is, to its shape. */
static struct shape_field whole_of(lua_State *L)
{
    struct shape_field whole;

    memset(&whole, 0, sizeof whole);
    whole.inner = lua_touserdata(L, lua_upvalueindex(UP_SHAPE));
    return whole;
}

static int json_read(lua_State *L)
{
    struct reading r;
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    struct shape_field whole = whole_of(L);

    lua_settop(L, SHORT_INDEX); /* which is nil */
    memset(&r, 0, sizeof r);
    r.fields[1] = OUTER_FIELDS;
    r.L = L;
    r.max_depth = (int)lua_tointeger(L, lua_upvalueindex(UP_DEPTH));
    r.renaming = lua_toboolean(L, lua_upvalueindex(UP_NAMES));
    r.strict = lua_toboolean(L, lua_upvalueindex(UP_STRICT));
    wxl_json_begin(&r.reader, text, len);
    if (r.strict) {
        struct wxl_bytes all = {r.reader.at, (size_t)(r.reader.end - r.reader.at)};

        r.values_left = (long)lua_tointeger(L, lua_upvalueindex(UP_STRICT));
        if (!wxl_utf8_text(all)) {
            lua_pushnil(L);
            lua_pushliteral(L, "not valid UTF-8");
            return 2;
        }
    }
    if (read_value(&r, next_token(&r), &whole) && next_token(&r) != WXL_JSON_END) {
        (void)refuse(&r, "something after the end");
    }
    if (r.wrong) {
        lua_pushnil(L);
        lua_pushfstring(L, "%s at byte %d", r.wrong, (int)(r.reader.at - r.reader.start) + 1);
        return 2;
    }
    if (r.short_depth) {
        lua_pushnil(L);
        lua_pushvalue(L, SHORT_INDEX);
        return 3;
    }
    return 1;
}

/* json.reader { list_meta=, depth=, names=, shape=, strict= } */
int wxl_json_reader(lua_State *L)
{
    struct shape *shape = NULL;
    lua_Integer depth;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    depth = (lua_Integer)wxl_optfield_number(L, 1, "depth", DEPTH_MAX);
    lua_getfield(L, 1, "list_meta");
    luaL_argcheck(L, lua_istable(L, -1), 1, "list_meta must be a table");
    lua_pushinteger(L, depth < 1 ? 1 : depth > DEPTH_MAX ? DEPTH_MAX : depth);
    lua_getfield(L, 1, "names");
    lua_getfield(L, 1, "strict");
    lua_getfield(L, 1, "shape");
    if (lua_istable(L, -1)) {
        shape = wxl_shape_compile(L, lua_gettop(L));
        lua_pushlightuserdata(L, shape);
        lua_replace(L, -3);
    } else {
        lua_pushnil(L);
    }
    lua_pushcclosure(L, json_read, UP_LAST);
    return 1;
}
