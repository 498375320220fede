/* wxlive.core.json: Lua values to JSON text.
 *
 * json.decimal_point() -> text      of the locale, which lua-cjson must be told
 * json.writer { list_meta=, empty_list_meta=, empty_list=, digits_meta= } -> write
 *   write(value) -> text | nil, reason
 *
 * Keys are written in the order of their bytes, so that equal values give equal text. A table is a
 * list when list_meta is its metatable, t[1] is there, or it is empty and empty_list_meta is its
 * metatable; with digits_meta it is a number whose digits are t[1]. The value empty_list is a list,
 * too. A number that cannot be written exactly is refused. */
#include "json/json.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scratch.h"
#include "wxlive/json.h"

#define EXACT_MAX 9007199254740992.0
#define DEPTH_MAX 64
#define TEXT_MAX ((size_t)64 << 20)
#define KEYS_ON_STACK 32

enum {
    UP_BUFFER = 1,
    UP_LIST_META,
    UP_EMPTY_LIST_META,
    UP_EMPTY_LIST,
    UP_DIGITS_META,
    UP_LAST = UP_DIGITS_META
};

struct writing {
    lua_State *L;
    struct wxl_buf *out;
    char wrong[96]; /* what is, once something is */
    int depth;
};

struct key {
    const char *text;
    size_t len;
    int index; /* where it is kept: on the stack or in a table of keys */
};

static bool write_value(struct writing *w);

static bool refuse(struct writing *w, const char *format, const char *what)
{
    (void)snprintf(w->wrong, sizeof w->wrong, format, what);
    return false;
}

static bool put(struct writing *w, const char *text, size_t len)
{
    struct wxl_buf *out = w->out;

    if (len < out->cap - out->len) { /* nearly always: pieces are short, and the buffer is kept */
        memcpy(out->data + out->len, text, len);
        wxl_buf_commit(out, len);
        return true;
    }
    return wxl_buf_append(w->out, text, len) == WXL_OK || refuse(w, "%s", "it is too long");
}

static bool put_string(struct writing *w, const char *text, size_t len)
{
    return wxl_json_append_string(w->out, text, len) == WXL_OK || refuse(w, "%s", "it is too long");
}

static bool put_integer(struct writing *w, long long value)
{
    return wxl_json_append_integer(w->out, value) == WXL_OK || refuse(w, "%s", "it is too long");
}

/* The decimal point of a locale, which may be a comma or have several bytes, becomes JSON's.
 * Returns the length that remains. */
static size_t plain_point(char *text)
{
    static const char plain[] = "0123456789+-e.";
    size_t at = strspn(text, plain);
    size_t point = strcspn(text + at, plain);

    if (point > 0) {
        memmove(text + at + 1, text + at + point, strlen(text + at + point) + 1);
        text[at] = '.';
    }
    return strlen(text);
}

static bool put_number(struct writing *w)
{
    lua_Number n = lua_tonumber(w->L, -1);
    char text[40];

#if LUA_VERSION_NUM >= 504
    if (lua_isinteger(w->L, -1)) {
        return put_integer(w, lua_tointeger(w->L, -1));
    }
#endif
    if (!(n - n == 0)) {
        return refuse(w, "%s", "a number that is not finite has no JSON form");
    }
    if (floor(n) == n) {
        if (n > EXACT_MAX || n < -EXACT_MAX) {
            return refuse(w, "%s",
                          "a whole number beyond 2^53 cannot be carried exactly: send it as text");
        }
        return put_integer(w, (long long)n);
    }
    (void)snprintf(text, sizeof text, "%.14g", n);
    if (strtod(text, NULL) != n) {
        (void)snprintf(text, sizeof text, "%.17g", n);
    }
    return put(w, text, plain_point(text));
}

static int by_bytes(const void *a, const void *b)
{
    const struct key *x = a;
    const struct key *y = b;
    int order = memcmp(x->text, y->text, x->len < y->len ? x->len : y->len);

    return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* Insertion sort, because there are few keys, often in order already. */
static void sort_keys(struct key *keys, int n)
{
    int i;
    int j;

    if (n > KEYS_ON_STACK) {
        qsort(keys, (size_t)n, sizeof *keys, by_bytes);
        return;
    }
    for (i = 1; i < n; i++) {
        struct key moved = keys[i];

        for (j = i; j > 0 && by_bytes(&keys[j - 1], &moved) > 0; j--) {
            keys[j] = keys[j - 1];
        }
        keys[j] = moved;
    }
}

/* The number of keys of the table at `table`, or -1 when one of them is not text. */
static int count_keys(struct writing *w, int table)
{
    lua_State *L = w->L;
    int n = 0;

    lua_pushnil(L);
    while (lua_next(L, table)) {
        if (lua_type(L, -2) != LUA_TSTRING) {
            (void)refuse(w, "%s", "a table with mixed keys has no JSON form");
            return -1;
        }
        lua_pop(L, 1);
        n++;
    }
    return n;
}

/* Keeps the keys of the table at `table` from collection, and gives their texts. Few keys stay on
 * the stack behind `base`; many, which would overflow it (LuaJIT's holds some thousand values), go
 * into a table at base + 1. Their number, which is at most n. */
static int keep_keys(lua_State *L, int table, int base, struct key *keys, int n)
{
    int found = 0;

    if (n > KEYS_ON_STACK) {
        lua_createtable(L, n, 0);
    }
    lua_pushnil(L);
    while (found < n && lua_next(L, table)) {
        struct key *key = &keys[found++];

        lua_pop(L, 1);
        key->text = lua_tolstring(L, -1, &key->len);
        key->index = found;
        lua_pushvalue(L, -1); /* what the next round asks with */
        if (n > KEYS_ON_STACK) {
            lua_rawseti(L, base + 1, found);
        }
    }
    return found;
}

static bool write_object(struct writing *w, int table)
{
    lua_State *L = w->L;
    struct key few[KEYS_ON_STACK];
    struct key *keys = few;
    int n = count_keys(w, table);
    int base;
    int i;

    if (n < 0 || !put(w, "{", 1)) {
        return false;
    }
    luaL_checkstack(L, KEYS_ON_STACK + 8, "JSON");
    if (n > KEYS_ON_STACK) {
        keys = lua_newuserdata(L, (size_t)n * sizeof *keys);
    }
    base = lua_gettop(L);
    n = keep_keys(L, table, base, keys, n);
    sort_keys(keys, n);
    for (i = 0; i < n; i++) {
        if ((i > 0 && !put(w, ",", 1)) || !put_string(w, keys[i].text, keys[i].len) ||
            !put(w, ":", 1)) {
            return false;
        }
        if (keys == few) {
            lua_pushvalue(L, base + keys[i].index);
        } else {
            lua_rawgeti(L, base + 1, keys[i].index);
        }
        lua_rawget(L, table);
        if (!write_value(w)) {
            return false;
        }
        lua_pop(L, 1);
    }
    lua_settop(L, table);
    return put(w, "}", 1);
}

static bool write_list(struct writing *w, int table)
{
    lua_State *L = w->L;
    size_t n = wxl_rawlen(L, table);
    size_t i;

    if (!put(w, "[", 1)) {
        return false;
    }
    for (i = 1; i <= n; i++) {
        if (i > 1 && !put(w, ",", 1)) {
            return false;
        }
        lua_rawgeti(L, table, (int)i);
        if (!write_value(w)) {
            return false;
        }
        lua_pop(L, 1);
    }
    return put(w, "]", 1);
}

static bool is_empty(lua_State *L, int table)
{
    lua_pushnil(L);
    if (!lua_next(L, table)) {
        return true;
    }
    lua_pop(L, 2);
    return false;
}

enum table_kind { OBJECT, LIST, DIGITS };

static enum table_kind kind_of(lua_State *L, int table)
{
    enum table_kind kind = OBJECT;

    if (lua_getmetatable(L, table)) {
        if (lua_rawequal(L, -1, lua_upvalueindex(UP_LIST_META))) {
            kind = LIST;
        } else if (lua_rawequal(L, -1, lua_upvalueindex(UP_DIGITS_META))) {
            kind = DIGITS;
        } else if (lua_rawequal(L, -1, lua_upvalueindex(UP_EMPTY_LIST_META))) {
            kind = is_empty(L, table) ? LIST : OBJECT;
        }
        lua_pop(L, 1);
    }
    if (kind == OBJECT) {
        lua_rawgeti(L, table, 1);
        kind = lua_isnil(L, -1) ? OBJECT : LIST;
        lua_pop(L, 1);
    }
    return kind;
}

static bool write_digits(struct writing *w, int table)
{
    size_t len;
    const char *text;
    bool ok;

    lua_rawgeti(w->L, table, 1);
    text = lua_tolstring(w->L, -1, &len);
    ok = text ? put(w, text, len) : refuse(w, "%s", "a number without digits has no JSON form");
    lua_pop(w->L, 1);
    return ok;
}

static bool write_table(struct writing *w)
{
    lua_State *L = w->L;
    int table = lua_gettop(L);
    enum table_kind kind;
    bool ok;

    if (w->depth >= DEPTH_MAX) {
        return refuse(w, "%s", "nested too deeply (or a table that holds itself)");
    }
    luaL_checkstack(L, 8, "JSON");
    kind = kind_of(L, table);
    if (kind == DIGITS) {
        return write_digits(w, table);
    }
    w->depth++;
    ok = kind == LIST ? write_list(w, table) : write_object(w, table);
    w->depth--;
    return ok;
}

/* Writes the value at the top of the stack, and leaves it there. */
static bool write_value(struct writing *w)
{
    size_t len;
    const char *text;

    switch (lua_type(w->L, -1)) {
    case LUA_TSTRING:
        text = lua_tolstring(w->L, -1, &len);
        return put_string(w, text, len);
    case LUA_TNUMBER:
        return put_number(w);
    case LUA_TBOOLEAN:
        return lua_toboolean(w->L, -1) ? put(w, "true", 4) : put(w, "false", 5);
    case LUA_TTABLE:
        return write_table(w);
    case LUA_TLIGHTUSERDATA:
        if (!lua_touserdata(w->L, -1)) {
            return put(w, "null", 4);
        }
        break;
    default:
        break;
    }
    if (lua_isuserdata(w->L, -1) && lua_rawequal(w->L, -1, lua_upvalueindex(UP_EMPTY_LIST))) {
        return put(w, "[]", 2);
    }
    return refuse(w, "a %s has no JSON form", luaL_typename(w->L, -1));
}

static int push_result(const struct writing *w, bool ok)
{
    if (ok) {
        lua_pushlstring(w->L, w->out->data, w->out->len);
        return 1;
    }
    lua_pushnil(w->L);
    lua_pushstring(w->L, w->wrong);
    return 2;
}

static int json_write(lua_State *L)
{
    struct wxl_scratch *scratch;
    struct writing w;
    int results;

    luaL_checkany(L, 1);
    lua_settop(L, 1);
    scratch = wxl_scratch_take(L, lua_upvalueindex(UP_BUFFER));
    lua_insert(L, 1);
    w.L = L;
    w.out = &scratch->buf;
    w.wrong[0] = '\0';
    w.depth = 0;
    results = push_result(&w, write_value(&w));
    wxl_scratch_release(scratch);
    return results;
}

/* json.writer { list_meta=, empty_list_meta=, empty_list=, digits_meta= }: the text is put together
 * in one buffer that stays with the function. */
static int json_writer(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    wxl_newscratch(L, TEXT_MAX); /* as UP_BUFFER; those below follow */
    lua_getfield(L, 1, "list_meta");
    lua_getfield(L, 1, "empty_list_meta");
    lua_getfield(L, 1, "empty_list");
    lua_getfield(L, 1, "digits_meta");
    lua_pushcclosure(L, json_write, UP_LAST);
    return 1;
}

static int json_decimal_point(lua_State *L)
{
    lua_pushstring(L, localeconv()->decimal_point);
    return 1;
}

static const luaL_Reg json_functions[] = {
    {"decimal_point", json_decimal_point},
    {"reader", wxl_json_reader},
    {"writer", json_writer},
    {NULL, NULL},
};

void wxl_open_json(lua_State *L)
{
    luaL_newlib(L, json_functions);
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, -2, "null");
    lua_setfield(L, -2, "json");
}
