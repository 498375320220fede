/* wxlive.core.params: a call's parameters, checked and written for the wire in one pass.
 *
 * params.compiler(list_meta, digits_meta, empty_list | nil) -> compile
 * compile(spec) -> take
 *   spec.fields  list of fields of the catalogue; of a list of objects, field.inner is a spec of its
 *                own with `scalar`, the number of the field that a bare item stands for
 *   spec.index   every spelling -> number of its field; -1 for an object whose fields count as given
 *   spec.key     what names the values: "name" (as left out) or "wire"
 *   spec.open, spec.close  what a JSON body begins and ends with; without them there is none
 * take(params, fills) -> values, body | nil, query | nil, problems | nil
 *   fills        values for fields with `fill`, under that name
 *   values       what goes on the wire, by key; of what is right, where something is wrong
 *   query        list of name=value, percent-encoded
 *   problems     list of { number = field or 0, item = of a list, part = inner
 *                field or 0, rule = name, amount = number, value = what was given }; `more` counts
 *                unknown names beyond the first; rules have their words in wxlive.client.validate
 *
 * A field that is JSON null counts as not given. The body is put together in one buffer that stays
 * with the functions. No Lua function is called on the way. */
#include "params/params.h"

#include <string.h>

#include "base/scratch.h"

#define TEXT_MAX ((size_t)64 << 20)

enum {
    UP_RULES = 1,
    UP_NAMES,
    UP_INDEX,
    UP_BUFFER, /* this and those below belong to all functions of one compiler */
    UP_LIST_META,
    UP_DIGITS_META,
    UP_EMPTY_LIST,
    UP_LAST = UP_EMPTY_LIST,
    UP_SHARED = UP_LAST - UP_BUFFER + 1
};

/* Where things are on the stack of take(). */
enum {
    AT_PARAMS = 1,
    AT_FILLS,
    AT_VALUES,
    AT_QUERY,
    AT_PROBLEMS,
    AT_WRAPPED,
    AT_SCRATCH,
    AT_BASE = AT_SCRATCH
};

#define BIT(number) ((uint64_t)1 << (number))

/* The parameters of a call, or one object of a list. */
struct scope {
    const struct params *rules;
    int names;  /* stack indices */
    int index;
    int base;   /* what was given lies above it, in the order of the fields */
    int values;
    uint64_t given; /* a bit for each field */
};

struct call {
    lua_State *L;
    struct wxl_buf *out;
    bool body;   /* there is one to write */
    int field;   /* of the list whose items are read; 0: none is */
    size_t item; /* of that list */
    int pieces;  /* of the query */
    int reports;
    int unknown; /* names that are reported among them */
    int more;    /* and that are not */
};

static bool is_null(lua_State *L, int at)
{
    return lua_islightuserdata(L, at) && !lua_touserdata(L, at);
}

/* Reports what is wrong with a field (0: with what is not one), and the value at stack index `at`. */
static void report(struct call *c, int number, const struct param_fault *fault, int at)
{
    lua_State *L = c->L;

    luaL_checkstack(L, 4, "parameters");
    if (c->reports++ == 0) {
        lua_newtable(L);
        lua_replace(L, AT_PROBLEMS);
    }
    lua_createtable(L, 0, 6);
    if (c->field) {
        wxl_setint64(L, "number", c->field);
        wxl_setint64(L, "item", (int64_t)c->item);
        wxl_setint64(L, "part", number);
    } else {
        wxl_setint64(L, "number", number);
    }
    wxl_setstring(L, "rule", fault->rule);
    wxl_setint64(L, "amount", (int64_t)fault->amount);
    lua_pushvalue(L, at);
    lua_setfield(L, -2, "value");
    lua_rawseti(L, AT_PROBLEMS, c->reports);
}

static void report_rule(struct call *c, int number, const char *rule, int at)
{
    struct param_fault fault = {rule, 0};

    report(c, number, &fault, at);
}

/* ---- what was given, by field ---- */

/* The number of the field that the key below the top of the stack leads to; 0 where it leads
 * nowhere. */
static int number_of(struct call *c, const struct scope *s)
{
    lua_State *L = c->L;
    const struct params *rules = s->rules;
    int number;

    if (lua_type(L, -2) == LUA_TSTRING) {
        const char *text = lua_tostring(L, -2);
        unsigned at = wxl_param_place(rules, text);

        for (; rules->spellings[at].text; at = (at + 1) & rules->mask) {
            if (rules->spellings[at].text == text) {
                return rules->spellings[at].number;
            }
        }
    }
    lua_pushvalue(L, -2); /* a stranger, or a long string */
    lua_rawget(L, s->index);
    number = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
    return number;
}

/* Takes the value at the top of the stack, under the key below it, and pops the value. */
static void sort_in(struct call *c, struct scope *s)
{
    lua_State *L = c->L;
    int number = number_of(c, s);

    if (number > 0 && !(s->given & BIT(number))) {
        s->given |= BIT(number);
        lua_replace(L, s->base + number);
        return;
    }
    if (number < 0 && lua_istable(L, -1) && lua_isnil(L, AT_WRAPPED)) {
        lua_replace(L, AT_WRAPPED);
        return;
    }
    if (number <= 0 && c->unknown == PARAM_UNKNOWN_MAX) {
        c->more++;
    } else if (number <= 0) {
        c->unknown++;
        report_rule(c, 0, "unknown", lua_gettop(L) - 1);
    } else if (!lua_rawequal(L, -1, s->base + number)) {
        report_rule(c, number, "twice", lua_gettop(L));
    }
    lua_pop(L, 1);
}

static void collect(struct call *c, struct scope *s, int table)
{
    lua_State *L = c->L;

    lua_pushnil(L);
    while (lua_next(L, table)) {
        if (is_null(L, -1)) {
            lua_pop(L, 1);
        } else {
            sort_in(c, s);
        }
    }
}

/* Puts the client's own value or the default where a field's value would be. False: neither is. */
static bool substitute(struct call *c, const struct scope *s, int number)
{
    lua_State *L = c->L;

    if (!s->rules->fields[number].substituted) {
        return false;
    }
    lua_rawgeti(L, s->names, PARAM_NAME(number, PARAM_FILL));
    if (!lua_isnil(L, -1) && lua_istable(L, AT_FILLS)) {
        lua_rawget(L, AT_FILLS);
    }
    if (lua_isnil(L, -1) || !lua_istable(L, AT_FILLS)) {
        lua_pop(L, 1);
        lua_rawgeti(L, s->names, PARAM_NAME(number, PARAM_DEFAULT));
    }
    lua_replace(L, s->base + number);
    return !lua_isnil(L, s->base + number);
}

/* ---- writing ---- */

/* The body is given up at the first problem. */
static bool is_writing(const struct call *c)
{
    return c->body && c->reports == 0;
}

static void check_room(struct call *c, bool ok)
{
    if (!ok) {
        report_rule(c, 0, "too_long", AT_PARAMS);
    }
}

static void put(struct call *c, const char *text, size_t len)
{
    if (is_writing(c)) {
        check_room(c, wxl_buf_append(c->out, text, len) == WXL_OK);
    }
}

/* The key of a body comes with a comma before it, which the first one goes without. */
static size_t skipped(const struct call *c)
{
    return c->out->len > 0 && c->out->data[c->out->len - 1] == '{' ? 1 : 0;
}

static void put_key(struct call *c, const struct param_output *o)
{
    size_t skip = skipped(c);

    put(c, o->key + skip, o->key_len - skip);
}

/* A value, after its key where it has one. */
static void put_value(struct call *c, const struct param_output *o, const struct param_value *v)
{
    if (is_writing(c)) {
        size_t skip = o ? skipped(c) : 0;

        check_room(c, wxl_param_write(c->out, PARAM_BODY, o ? o->key + skip : NULL,
                                      o ? o->key_len - skip : 0, v));
    }
}

static void put_query(struct call *c, const struct param_output *o, const struct param_value *v)
{
    c->out->len = 0;
    if (wxl_param_write(c->out, PARAM_QUERY, o->key, o->key_len, v)) {
        lua_pushlstring(c->L, c->out->data, c->out->len);
        lua_rawseti(c->L, AT_QUERY, ++c->pieces);
    } else {
        check_room(c, false);
    }
}

static void write_value(struct call *c, const struct param *f, const struct param_output *o,
                        const struct param_value *v)
{
    if (f->place == PARAM_BODY) {
        put_value(c, o, v);
    } else if (f->place == PARAM_QUERY) {
        put_query(c, o, v);
    }
}

/* Pushes the wire form of the value at stack index `at`, for the table of values. */
static void push_value(struct call *c, int at, const struct param_value *v)
{
    lua_State *L = c->L;

    switch (v->kind) {
    case VALUE_INTEGER:
        wxl_pushint64(L, v->integer);
        break;
    case VALUE_FEN:
        if (v->integer % 100 == 0) {
            wxl_pushint64(L, v->integer / 100);
        } else {
            lua_pushnumber(L, (lua_Number)v->integer / 100);
        }
        break;
    case VALUE_DIGITS:
        lua_createtable(L, 1, 0);
        lua_pushlstring(L, v->text, v->len);
        lua_rawseti(L, -2, 1);
        lua_pushvalue(L, lua_upvalueindex(UP_DIGITS_META));
        lua_setmetatable(L, -2);
        break;
    case VALUE_TEXT:
        if (v->trimmed) {
            lua_pushlstring(L, v->text, v->len);
        } else {
            lua_pushvalue(L, at);
        }
        break;
    default:
        lua_pushboolean(L, v->integer != 0);
        break;
    }
}

static void push_key(struct call *c, const struct scope *s, int number)
{
    lua_rawgeti(c->L, s->names, PARAM_NAME(number, PARAM_KEY));
}

/* ---- lists ---- */

static void fields(struct call *c, struct scope *s);

/* Whether the table at stack index `at` has the keys 1 to n and no other. If not, the key is put in
 * place of the table. */
static bool is_list(lua_State *L, int at, size_t n)
{
    size_t keys = 0;

    lua_pushnil(L);
    while (lua_next(L, at)) {
        double key = lua_type(L, -2) == LUA_TNUMBER ? (double)lua_tonumber(L, -2) : 0;

        if (!(key >= 1 && key <= (double)n) || key != (double)(size_t)key) {
            lua_pop(L, 1);
            lua_replace(L, at);
            return false;
        }
        keys++;
        lua_pop(L, 1);
    }
    if (keys != n) {
        lua_pushinteger(L, (lua_Integer)n);
        lua_replace(L, at);
    }
    return keys == n;
}

/* Whether what was given at stack index `at` is a list of an acceptable length; n is its length. */
static bool open_list(struct call *c, const struct param *f, int number, int at, size_t *n)
{
    lua_State *L = c->L;
    struct param_fault fault = {NULL, 0};

    *n = 0;
    if (lua_istable(L, at)) {
        *n = wxl_rawlen(L, at);
        if (!is_list(L, at, *n)) {
            fault.rule = "gap";
        }
    } else if (!lua_isuserdata(L, at) || !lua_rawequal(L, at, lua_upvalueindex(UP_EMPTY_LIST))) {
        fault.rule = "type";
    }
    fault.amount = (double)*n;
    if (!fault.rule && *n < f->items_least) {
        fault.rule = "few";
    } else if (!fault.rule && f->items_most > 0 && *n > f->items_most) {
        fault.rule = "many";
    }
    if (fault.rule) {
        report(c, number, &fault, at);
    }
    return !fault.rule;
}

/* Replaces the item at the top of the stack by what goes on the wire; an object. */
static bool read_object(struct call *c, const struct scope *s, const struct param *f, int number)
{
    lua_State *L = c->L;
    int at = lua_gettop(L);
    int before = c->reports;
    struct scope inner = {f->inner, at + 1, at + 2, at + 3, at + 3, 0};

    if (!lua_istable(L, at) && !f->scalar) {
        report_rule(c, 0, "object", at);
        return false;
    }
    luaL_checkstack(L, f->inner->count + 12, "parameters");
    lua_rawgeti(L, s->names, PARAM_NAME(number, PARAM_INNER_NAMES));
    lua_rawgeti(L, s->names, PARAM_NAME(number, PARAM_INNER_INDEX));
    lua_createtable(L, 0, f->inner->count);
    lua_settop(L, inner.base + f->inner->count);
    if (lua_istable(L, at)) {
        collect(c, &inner, at);
    } else {
        lua_pushvalue(L, at);
        lua_replace(L, inner.base + f->scalar);
        inner.given = BIT(f->scalar);
    }
    put(c, "{", 1);
    fields(c, &inner);
    put(c, "}", 1);
    lua_pushvalue(L, inner.values);
    lua_replace(L, at);
    lua_settop(L, at);
    return c->reports == before;
}

/* The same for an item that is not an object. */
static bool read_scalar(struct call *c, const struct param *f)
{
    lua_State *L = c->L;
    struct param item = {.type = f->of, .required = true};
    struct param_fault fault = {NULL, 0};
    struct param_value v;
    int at = lua_gettop(L);

    if (wxl_param_judge(L, &item, 0, 0, at, &v, &fault) != PARAM_RIGHT) {
        report(c, 0, &fault, at);
        return false;
    }
    put_value(c, NULL, &v);
    push_value(c, at, &v);
    lua_replace(L, at);
    return true;
}

static void read_list(struct call *c, const struct scope *s, const struct param_output *o)
{
    lua_State *L = c->L;
    const struct param *f = &s->rules->fields[o->number];
    int at = s->base + o->number;
    int list = lua_gettop(L) + 2;
    size_t n;
    size_t i;

    if (!open_list(c, f, o->number, at, &n)) {
        return;
    }
    push_key(c, s, o->number);
    lua_createtable(L, (int)n, 0);
    lua_pushvalue(L, lua_upvalueindex(UP_LIST_META));
    lua_setmetatable(L, list);
    put_key(c, o);
    put(c, "[", 1);
    for (i = 1; i <= n; i++) {
        bool right;

        if (i > 1) {
            put(c, ",", 1);
        }
        lua_rawgeti(L, at, (int)i);
        c->field = o->number;
        c->item = i;
        right = f->inner ? read_object(c, s, f, o->number) : read_scalar(c, f);
        c->field = 0;
        if (!right) { /* one item is enough to tell */
            lua_settop(L, list - 2);
            return;
        }
        lua_rawseti(L, list, (int)i);
    }
    put(c, "]", 1);
    lua_rawset(L, s->values);
}

/* ---- fields ---- */

/* Judges one field and writes it. False: it counts as not given. */
static bool field(struct call *c, struct scope *s, const struct param_output *o)
{
    lua_State *L = c->L;
    const struct param *f = &s->rules->fields[o->number];
    struct param_fault fault = {NULL, 0};
    struct param_value v;
    int at = s->base + o->number;
    enum param_verdict verdict;

    if (f->type == PARAM_LIST) {
        if (!f->required && wxl_param_is_blank(L, at)) {
            return false;
        }
        read_list(c, s, o);
        return true;
    }
    verdict = wxl_param_judge(L, f, s->names, o->number, at, &v, &fault);
    if (verdict == PARAM_WRONG) {
        report(c, o->number, &fault, at);
        s->given &= ~BIT(o->number); /* nothing is left for a second name */
    } else if (verdict == PARAM_RIGHT) {
        write_value(c, f, o, &v);
        if (!o->again) {
            push_key(c, s, o->number);
            push_value(c, at, &v);
            lua_rawset(L, s->values);
        }
    }
    return verdict != PARAM_ABSENT;
}

static void fields(struct call *c, struct scope *s)
{
    int i;

    for (i = 0; i < s->rules->output_count; i++) {
        const struct param_output *o = &s->rules->outputs[i];

        if (((s->given & BIT(o->number)) && field(c, s, o)) || o->again) {
            continue;
        }
        s->given &= ~BIT(o->number);
        if (substitute(c, s, o->number)) {
            s->given |= BIT(o->number);
            (void)field(c, s, o);
        } else if (s->rules->fields[o->number].required) {
            report_rule(c, o->number, "missing", s->base + o->number);
        }
    }
}

/* ---- take ---- */

static struct wxl_scratch *begin(lua_State *L, const struct params *rules)
{
    struct wxl_scratch *scratch;

    luaL_checktype(L, AT_PARAMS, LUA_TTABLE);
    lua_settop(L, AT_SCRATCH - 1);
    luaL_checkstack(L, rules->count + 16, "parameters");
    scratch = wxl_scratch_take(L, lua_upvalueindex(UP_BUFFER));
    lua_settop(L, AT_BASE + rules->count);
    return scratch;
}

/* Pushes what take() returns. */
static void end(struct call *c, const struct params *rules)
{
    lua_State *L = c->L;

    lua_pushvalue(L, AT_VALUES);
    if (rules->body) {
        put(c, rules->close, strlen(rules->close));
    }
    if (is_writing(c)) {
        lua_pushlstring(L, c->out->data, c->out->len);
    } else {
        lua_pushnil(L);
    }
    lua_pushvalue(L, AT_QUERY);
    lua_pushvalue(L, AT_PROBLEMS);
    if (c->more > 0) {
        wxl_setint64(L, "more", c->more);
    }
}

/* take(params, fills) */
static int take(lua_State *L)
{
    const struct params *rules = lua_touserdata(L, lua_upvalueindex(UP_RULES));
    struct scope s = {rules, lua_upvalueindex(UP_NAMES), lua_upvalueindex(UP_INDEX), AT_BASE,
                      AT_VALUES, 0};
    struct wxl_scratch *scratch = begin(L, rules);
    struct call c = {.L = L, .out = &scratch->buf, .body = rules->body};

    collect(&c, &s, AT_PARAMS);
    if (!lua_isnil(L, AT_WRAPPED)) {
        collect(&c, &s, AT_WRAPPED);
    }
    lua_createtable(L, 0, __builtin_popcountll(s.given | rules->defaults));
    lua_replace(L, AT_VALUES);
    if (rules->query) {
        lua_createtable(L, rules->count, 0);
        lua_replace(L, AT_QUERY);
    }
    if (rules->body) {
        put(&c, rules->open, strlen(rules->open));
    }
    fields(&c, &s);
    end(&c, rules);
    wxl_scratch_release(scratch);
    return 4;
}

/* compile(spec) */
static int compile(lua_State *L)
{
    int i;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    (void)wxl_params_compile(L, 1);
    lua_getfield(L, 1, "index");
    luaL_checktype(L, -1, LUA_TTABLE);
    for (i = 1; i <= UP_SHARED; i++) {
        lua_pushvalue(L, lua_upvalueindex(i));
    }
    lua_pushcclosure(L, take, UP_LAST);
    return 1;
}

/* params.compiler(list_meta, digits_meta, empty_list) */
static int params_compiler(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 3);
    wxl_newscratch(L, TEXT_MAX);
    lua_insert(L, 1);
    lua_pushcclosure(L, compile, UP_SHARED);
    return 1;
}

static const luaL_Reg params_functions[] = {
    {"compiler", params_compiler},
    {NULL, NULL},
};

void wxl_open_params(lua_State *L)
{
    wxl_setmodule(L, "params", params_functions);
}
