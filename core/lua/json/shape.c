#include "json/shape.h"

#include <math.h>
#include <string.h>

#include "wxlive/base/digits.h"

/* Names longer than this are not noted. */
#define NAME_MAX_BYTES 40

static const char *const types[] = {"any",    "id",     "integer", "number", "string",
                                    "cursor", "object", "list",    NULL};

const char *wxl_shape_type_name(enum shape_type type)
{
    return types[type];
}

/* ---- compiling ---------------------------------------------------------------------------------
 */

static enum shape_type type_of(lua_State *L, int field, const char *key)
{
    return (enum shape_type)wxl_optfield_choice(L, field, key, types, "any");
}

/* Keeps the value on top of the stack in the table of names, and pops it. Returns its place. */
static int hold(lua_State *L, int names)
{
    int place = (int)wxl_rawlen(L, names) + 1;

    lua_rawseti(L, names, place);
    return place;
}

static struct shape *compile(lua_State *L, int spec, int names);

static void compile_field(lua_State *L, struct shape *shape, int number, int names)
{
    struct shape_field *f = &shape->fields[number];
    struct shape_field *item = f;
    uint64_t bit = UINT64_C(1) << number;
    int spec = lua_gettop(L);
    struct wxl_bytes name;

    name = wxl_optfield_bytes(L, spec, "name");
    f->name = name.p;
    f->name_len = name.n;
    if (!f->name) {
        luaL_error(L, "a field of an answer has no name");
    }
    f->type = type_of(L, spec, "type");
    f->whole = wxl_optfield_boolean(L, spec, "whole", 0);
    f->empty = wxl_optfield_boolean(L, spec, "may_be_empty", 0);
    f->digits = wxl_optfield_boolean(L, spec, "digits", 0);
    f->least = wxl_optfield_number(L, spec, "least", -HUGE_VAL);
    if (wxl_optfield_boolean(L, spec, "must", 0)) {
        shape->needed |= bit;
    } else if (f->type == SHAPE_LIST) {
        shape->lists |= bit;
    }
    if (f->type == SHAPE_LIST) {
        item = &shape->fields[shape->field_count + number];
        *item = *f;
        item->type = type_of(L, spec, "element");
        f->item = item;
    }
    lua_getfield(L, spec, "fields");
    if (lua_istable(L, -1)) {
        item->inner = compile(L, lua_gettop(L), names);
    }
    lua_settop(L, spec);
}

static struct shape *compile(lua_State *L, int spec, int names)
{
    int count = (int)wxl_rawlen(L, spec);
    struct shape *shape;
    size_t size = sizeof *shape + 2 * (size_t)count * sizeof *shape->fields;
    int i;

    luaL_argcheck(L, count <= SHAPE_FIELDS_MAX, 1, "an answer has too many fields");
    luaL_checkstack(L, LUA_MINSTACK, "fields of an answer");
    shape = lua_newuserdata(L, size);
    memset(shape, 0, size);
    shape->fields = (struct shape_field *)(void *)(shape + 1);
    shape->field_count = count;
    (void)hold(L, names);
    lua_pushvalue(L, spec); /* whose names are borrowed */
    (void)hold(L, names);
    for (i = 0; i < count; i++) {
        lua_rawgeti(L, spec, i + 1);
        luaL_checktype(L, -1, LUA_TTABLE);
        compile_field(L, shape, i, names);
        lua_pop(L, 1);
    }
    return shape;
}

struct shape *wxl_shape_compile(lua_State *L, int spec)
{
    lua_newtable(L);
    return compile(L, spec, lua_gettop(L));
}

/* ---- names -------------------------------------------------------------------------------------
 */

const struct shape_name *wxl_shape_find(const struct shape *shape, const char *text, size_t len,
                                        int *next)
{
    const struct shape_name *first = shape->names;
    const struct shape_name *end = first + shape->name_count;
    const struct shape_name *name = first + *next;
    int n;

    for (n = shape->name_count; n > 0; n--) {
        if (name == end) {
            name = first;
        }
        if (wxl_shape_is(name, text, len)) {
            *next = (int)(name - first) + 1;
            return name;
        }
        name++;
    }
    return NULL;
}

static const struct shape_field *field_named(const struct shape *shape, const char *name,
                                             size_t len)
{
    int i;

    for (i = 0; i < shape->field_count; i++) {
        const struct shape_field *f = &shape->fields[i];

        if (f->name_len == len && memcmp(f->name, name, len) == 0) {
            return f;
        }
    }
    return NULL;
}

const struct shape_field *wxl_shape_learn(lua_State *L, struct shape *shape, int names,
                                          const char *text, size_t len)
{
    size_t name_len;
    const char *name = lua_tolstring(L, -1, &name_len);
    const struct shape_field *field = field_named(shape, name, name_len);
    struct shape_name noted = {NULL, len, 0, field};

    if (shape->name_count < SHAPE_NAMES_MAX && len <= NAME_MAX_BYTES) {
        lua_pushlstring(L, text, len);
        noted.wire = lua_tostring(L, -1);
        (void)hold(L, names);
        lua_pushvalue(L, -1);
        noted.place = hold(L, names);
        shape->names[shape->name_count++] = noted;
    }
    return field;
}

/* ---- values ------------------------------------------------------------------------------------
 */

/* Digits with or without a sign; for an id without one, and not of zero. */
static bool are_digits(const char *s, size_t len, bool id)
{
    size_t sign = !id && len > 1 && s[0] == '-';

    return wxl_digits_only(s + sign, len - sign) && (!id || strspn(s, "0") < len);
}

static bool is_whole(lua_State *L, double least)
{
    double n = (double)lua_tonumber(L, -1);

    return n >= least && floor(n) == n;
}

bool wxl_shape_fits(lua_State *L, const struct shape_field *field)
{
    int found = lua_type(L, -1);
    const char *text;
    size_t len;

    switch (field->type) {
    case SHAPE_ID:
    case SHAPE_INTEGER:
        if (found == LUA_TNUMBER) {
            return is_whole(L, field->type == SHAPE_ID ? 1 : field->least);
        }
        text = found == LUA_TSTRING ? lua_tolstring(L, -1, &len) : NULL;
        return text && are_digits(text, len, field->type == SHAPE_ID);
    case SHAPE_NUMBER:
        return found == LUA_TNUMBER;
    case SHAPE_STRING:
        return (found == LUA_TSTRING && (field->empty || wxl_rawlen(L, -1) > 0)) ||
               (found == LUA_TNUMBER && field->digits && is_whole(L, -HUGE_VAL));
    case SHAPE_CURSOR:
        return found == LUA_TSTRING || (found == LUA_TNUMBER && is_whole(L, -HUGE_VAL));
    case SHAPE_OBJECT:
    case SHAPE_LIST:
        return found == LUA_TTABLE;
    default:
        return true;
    }
}
