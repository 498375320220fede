/* wxlive.core.params: the catalogue's entries as rules in C. */
#include "params/params.h"

#include <string.h>

#include "wxlive/json.h"

/* In the order of the enumerations. */
static const char *const types[] = {"id",      "integer", "time", "price", "string",
                                    "boolean", "cursor",  "file", "list",  NULL};
static const char *const formats[] = {"any", "media_id", "page_path", "cgi_path", NULL};
static const char *const places[] = {"part", "local", "body", "query", NULL};

static enum param_type type_of(lua_State *L, int field, const char *key)
{
    return (enum param_type)wxl_optfield_choice(L, field, key, types, NULL);
}

static size_t size_of(lua_State *L, int field, const char *key)
{
    return (size_t)wxl_optfield_number(L, field, key, 0);
}

static bool has_number(lua_State *L, int field, const char *key, long long *out)
{
    bool there;

    lua_getfield(L, field, key);
    there = !lua_isnil(L, -1);
    *out = there ? (long long)lua_tonumber(L, -1) : 0;
    lua_pop(L, 1);
    return there;
}

static void read_units(lua_State *L, int field, struct param *f)
{
    lua_getfield(L, field, "units");
    if (lua_istable(L, -1)) {
        lua_rawgeti(L, -1, 1);
        lua_rawgeti(L, -2, 2);
        f->units_least = (size_t)lua_tonumber(L, -2);
        f->units_most = (size_t)lua_tonumber(L, -1);
        lua_pop(L, 2);
    }
    lua_pop(L, 1);
}

/* The values that a field takes, if it takes only some. */
static void read_accepts(lua_State *L, int field, struct param *f)
{
    lua_getfield(L, field, "accepts");
    if (lua_istable(L, -1)) {
        lua_pushnil(L);
        while (lua_next(L, -2)) {
            lua_pop(L, 1);
            if (lua_type(L, -1) != LUA_TNUMBER) {
                f->listed = true;
                continue;
            }
            if (f->allowed_count == PARAM_ALLOWED_MAX) {
                luaL_error(L, "a field takes more than %d numbers", PARAM_ALLOWED_MAX);
            }
            f->allowed[f->allowed_count++] = (long long)lua_tonumber(L, -1);
        }
    }
    lua_pop(L, 1);
}

static void read_field(lua_State *L, int field, struct param *f)
{
    f->type = type_of(L, field, "type");
    f->format =
        (enum param_format)wxl_optfield_choice(L, field, "format", formats, "any");
    f->place = (enum param_place)wxl_optfield_choice(L, field, "where", places, "body");
    f->required = wxl_optfield_boolean(L, field, "required", 0);
    f->zero_is_default = wxl_optfield_boolean(L, field, "zero_is_default", 0);
    f->has_least = has_number(L, field, "min", &f->least);
    f->has_most = has_number(L, field, "max", &f->most);
    f->bytes_most = size_of(L, field, "max_chars");
    f->encoded_most = size_of(L, field, "max_encoded");
    f->items_least = size_of(L, field, "min_items");
    f->items_most = size_of(L, field, "max_items");
    read_units(L, field, f);
    read_accepts(L, field, f);
}

static void keep(lua_State *L, int names, int field, const char *key, int slot)
{
    lua_getfield(L, field, key);
    lua_rawseti(L, names, slot);
}

/* The list's own part: what its items are. */
static void read_items(lua_State *L, int field, struct param *f, int names, int number)
{
    int top = lua_gettop(L);

    if (f->place == PARAM_QUERY) {
        luaL_error(L, "a list has no form in a query");
    }
    lua_getfield(L, field, "inner");
    if (lua_istable(L, -1)) {
        f->inner = wxl_params_compile(L, top + 1);
        lua_getfield(L, top + 1, "index");
        lua_rawseti(L, names, PARAM_NAME(number, PARAM_INNER_INDEX));
        lua_pushvalue(L, -2); /* what holds the rules is kept beside the names */
        lua_setfield(L, -2, "rules");
        lua_rawseti(L, names, PARAM_NAME(number, PARAM_INNER_NAMES));
        f->scalar = (int)wxl_optfield_number(L, top + 1, "scalar", 0);
    } else {
        f->of = type_of(L, field, "of");
        luaL_argcheck(L, f->of != PARAM_LIST, 1, "a list of lists is not known");
    }
    lua_settop(L, top);
}

/* Pushes what stands before a value: ,"roomId": or roomId= */
static void push_key(lua_State *L, const char *wire, size_t len, enum param_place place)
{
    char quoted[WXL_JSON_QUOTED(64)];
    size_t n;

    if (len > 64) {
        luaL_error(L, "a field's wire name is too long");
    }
    if (place == PARAM_QUERY) {
        lua_pushlstring(L, wire, len); /* names of the catalogue need no encoding */
        lua_pushliteral(L, "=");
        lua_concat(L, 2);
        return;
    }
    n = wxl_json_quote(wire, len, quoted);
    lua_pushliteral(L, ",");
    lua_pushlstring(L, quoted, n);
    lua_pushliteral(L, ":");
    lua_concat(L, 3);
}

/* Adds a place on the wire under the name at the top of the stack, which is popped. The text stays
 * where it is for as long as the names hold it. */
static void add_output(lua_State *L, struct params *p, int names, int number)
{
    struct param_output *o = &p->outputs[p->output_count++];
    enum param_place place = p->fields[number].place;
    size_t len;
    const char *wire = lua_tolstring(L, -1, &len);

    o->number = number;
    if (wire && place >= PARAM_BODY) {
        push_key(L, wire, len, place);
        o->key = lua_tolstring(L, -1, &o->key_len);
        lua_rawseti(L, names, p->count * PARAM_NAMES_EACH + p->output_count);
    }
    lua_pop(L, 1);
}

static bool comes_before(const struct param_output *a, const struct param_output *b)
{
    if (!a->key || !b->key) {
        return a->key && !b->key;
    }
    return strcmp(a->key, b->key) < 0;
}

/* Keys of a body go out in the order of their bytes, so that equal values give equal text. */
static void order_outputs(struct params *p)
{
    int i;
    int j;

    for (i = 1; p->body && i < p->output_count; i++) {
        struct param_output moved = p->outputs[i];

        for (j = i; j > 0 && comes_before(&moved, &p->outputs[j - 1]); j--) {
            p->outputs[j] = p->outputs[j - 1];
        }
        p->outputs[j] = moved;
    }
    for (i = 0; i < p->output_count; i++) {
        for (j = 0; j < i; j++) {
            p->outputs[i].again |= p->outputs[j].number == p->outputs[i].number;
        }
    }
}

static void read_substitute(lua_State *L, int field, struct params *p, int number)
{
    lua_getfield(L, field, "fill");
    lua_getfield(L, field, "default");
    p->fields[number].substituted = !lua_isnil(L, -1) || !lua_isnil(L, -2);
    p->defaults |= (uint64_t)p->fields[number].substituted << number;
    lua_pop(L, 2);
}

static void read_fields(lua_State *L, int spec, struct params *p, int names)
{
    const char *key = wxl_optfield_bytes(L, spec, "key").p;
    int fields = lua_gettop(L) + 1;
    int i;

    lua_getfield(L, spec, "fields");
    for (i = 1; i <= p->count; i++) {
        struct param *f = &p->fields[i];

        lua_rawgeti(L, fields, i);
        luaL_checktype(L, fields + 1, LUA_TTABLE);
        read_field(L, fields + 1, f);
        p->query |= f->place == PARAM_QUERY;
        keep(L, names, fields + 1, key ? key : "name", PARAM_NAME(i, PARAM_KEY));
        keep(L, names, fields + 1, "default", PARAM_NAME(i, PARAM_DEFAULT));
        keep(L, names, fields + 1, "fill", PARAM_NAME(i, PARAM_FILL));
        read_substitute(L, fields + 1, p, i);
        keep(L, names, fields + 1, "accepts", PARAM_NAME(i, PARAM_ACCEPTS));
        if (f->type == PARAM_LIST) {
            read_items(L, fields + 1, f, names, i);
        }
        lua_getfield(L, fields + 1, "wire");
        add_output(L, p, names, i);
        lua_getfield(L, fields + 1, "also");
        if (lua_isnil(L, -1)) {
            lua_pop(L, 1);
        } else {
            add_output(L, p, names, i);
        }
        lua_settop(L, fields);
    }
    lua_settop(L, fields - 1);
}

/* The body's beginning and end; both are held by the names. */
static void read_frame(lua_State *L, int spec, struct params *p, int names)
{
    lua_getfield(L, spec, "open");
    p->open = lua_tostring(L, -1);
    lua_setfield(L, names, "open");
    lua_getfield(L, spec, "close");
    p->close = lua_tostring(L, -1);
    lua_setfield(L, names, "close");
    p->body = p->open != NULL;
}

/* The index by the places of its strings; held by the names. */
static void read_spellings(lua_State *L, int spec, struct params *p, int names)
{
    int index = lua_gettop(L) + 1;
    unsigned count = 0;
    unsigned size = 4;

    lua_getfield(L, spec, "index");
    luaL_checktype(L, index, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        count++;
    }
    while (size < 2 * count) {
        size *= 2;
    }
    p->spellings = lua_newuserdata(L, size * sizeof *p->spellings);
    memset(p->spellings, 0, size * sizeof *p->spellings);
    lua_setfield(L, names, "spellings");
    p->mask = size - 1;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -2) == LUA_TSTRING) {
            const char *text = lua_tostring(L, -2);
            unsigned at = wxl_param_place(p, text);

            while (p->spellings[at].text) {
                at = (at + 1) & p->mask;
            }
            p->spellings[at].text = text;
            p->spellings[at].number = (int)lua_tointeger(L, -1);
        }
    }
    lua_pop(L, 1);
}

const struct params *wxl_params_compile(lua_State *L, int spec)
{
    struct params *p;
    int count;
    size_t size;
    int names;

    luaL_checkstack(L, 12, "parameters");
    lua_getfield(L, spec, "fields");
    luaL_checktype(L, -1, LUA_TTABLE);
    count = (int)wxl_rawlen(L, -1);
    lua_pop(L, 1);
    if (count > PARAM_FIELDS_MAX) {
        luaL_error(L, "an endpoint has more than %d fields", PARAM_FIELDS_MAX);
    }
    size = ((size_t)count + 1) * sizeof p->fields[0] + (size_t)count * 2 * sizeof p->outputs[0];
    p = lua_newuserdata(L, sizeof *p + size);
    memset(p, 0, sizeof *p + size);
    p->count = count;
    p->fields = (struct param *)(p + 1);
    p->outputs = (struct param_output *)(p->fields + count + 1);
    lua_createtable(L, count * (PARAM_NAMES_EACH + 1), 4);
    names = lua_gettop(L);
    read_frame(L, spec, p, names);
    read_fields(L, spec, p, names);
    read_spellings(L, spec, p, names);
    if (p->body && p->query) {
        luaL_error(L, "an endpoint takes a body and a query");
    }
    order_outputs(p);
    return p;
}
