/* wxlive.core.event: the events that the platform is known to push, read from JSON in one walk.
 *
 * event.reader { names=, fields=, event_field=, events= } -> read
 *   names    table, best with an __index: how a field that no event is known to have is called
 *   fields   list of { integer=, spellings= }: whether they are integers or text, and how they are
 *            spelt on the wire, what they are called on the event among it
 *   event_field   position in `fields` of the event's name
 *   events   list of { event=, wrappers=, fields=, build= }: its name, the spellings of the object
 *            that its own fields may be in, positions in `fields`; build(raw, value...) makes the
 *            event of the values in the order of its `fields`, nil where there is none; its name,
 *            which build knows, need not be among them
 *   read(text) -> event | nil
 *
 * Nothing is made before the whole text is known to be plain: a known event, every field there once
 * and of its type or plainly turned into it, strings without escapes. nil for anything else, right
 * or wrong: the general reader has the last word on that. */
#include "binding.h"

#include <stdbool.h>
#include <string.h>

#include "wxlive/json.h"
#include "wxlive/utf8.h"

#define FIELDS_MAX 32
#define EVENTS_MAX 8
#define EXTRAS_MAX 16 /* fields that no event is known to have */
#define NAME_MAX_LEN 46
#define SLOTS 256 /* of the hash table of spellings: a power of two, far above their number */
#define SPELLINGS_MAX (SLOTS / 4)
#define ID_DIGITS_MAX 15

enum { UP_READER = 1, UP_NAMES, UP_BUILD, UP_LAST = UP_BUILD };

struct spelling {
    char text[NAME_MAX_LEN];
    unsigned char len;  /* 0: free */
    unsigned char what; /* a field, or FIELDS_MAX + the event whose wrapper it is */
};

struct known {
    char name[NAME_MAX_LEN];
    unsigned char len;
    unsigned char count;
    unsigned char fields[FIELDS_MAX];
    uint32_t set; /* of the same fields */
};

struct reader {
    struct spelling spellings[SLOTS];
    struct known events[EVENTS_MAX];
    uint32_t integers; /* set of fields */
    uint32_t common;   /* those that all events have: they stand outside of a wrapper */
    int event_count;
    int spelling_count;
    int event_field; /* the field that holds the event's name */
};

struct value {
    enum wxl_json_kind kind;
    struct wxl_json_token token;
};

struct extra {
    struct wxl_json_token name;
    struct value value;
};

/* What a text holds. The tokens borrow from it. */
struct found {
    const struct reader *reader;
    struct wxl_json_reader json;
    struct value values[FIELDS_MAX];
    struct extra extras[EXTRAS_MAX];
    uint32_t set; /* of the fields that are there */
    int extra_count;
    int wrapper; /* the event whose wrapper was there, or -1 */
};

/* ---- spellings ---------------------------------------------------------------------------------
 */

static unsigned slot_of(const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text;

    return (unsigned)(len * 37 + p[0] * 5 + p[len / 2] * 11 + p[len - 1]) % SLOTS;
}

/* The slot of a spelling of at least one byte: a free one when it is not there. */
static unsigned find_spelling(const struct reader *r, const char *text, size_t len)
{
    unsigned i = slot_of(text, len);

    while (r->spellings[i].len &&
           (r->spellings[i].len != len || memcmp(r->spellings[i].text, text, len) != 0)) {
        i = (i + 1) % SLOTS;
    }
    return i;
}

/* ---- the walk ----------------------------------------------------------------------------------
 */

/* Digits that are written as a number is: no sign, no zero in front, exact in a double. */
static bool is_plain_number(const struct wxl_json_token *t)
{
    size_t i;

    if (t->len == 0 || t->len > ID_DIGITS_MAX || (t->text[0] == '0' && t->len > 1)) {
        return false;
    }
    for (i = 0; i < t->len; i++) {
        if (t->text[i] < '0' || t->text[i] > '9') {
            return false;
        }
    }
    return true;
}

static bool is_plain_text(const struct value *v)
{
    return v->kind == WXL_JSON_STRING && !v->token.escaped;
}

/* Whether a value has the type of the field, or can plainly be turned into it. */
static bool is_typed(const struct value *v, bool integer)
{
    if (integer) {
        return v->kind == WXL_JSON_INTEGER || (is_plain_text(v) && is_plain_number(&v->token));
    }
    return is_plain_text(v) || (v->kind == WXL_JSON_INTEGER && is_plain_number(&v->token));
}

static bool keep_field(struct found *f, int field, const struct value *v)
{
    uint32_t bit = UINT32_C(1) << field;

    if (f->set & bit) {
        return false;
    }
    if (v->kind == WXL_JSON_NULL) {
        return true;
    }
    if (!is_typed(v, f->reader->integers & bit)) {
        return false;
    }
    f->set |= bit;
    f->values[field] = *v;
    return true;
}

static bool keep_extra(struct found *f, const struct wxl_json_token *name, const struct value *v)
{
    if (f->extra_count == EXTRAS_MAX || name->escaped ||
        !(is_plain_text(v) || v->kind == WXL_JSON_INTEGER || v->kind == WXL_JSON_TRUE ||
          v->kind == WXL_JSON_FALSE)) {
        return false;
    }
    f->extras[f->extra_count].name = *name;
    f->extras[f->extra_count].value = *v;
    f->extra_count++;
    return true;
}

/* The next token is mostly the one character right here. */
static enum wxl_json_kind next_kind(struct found *f, char usual, enum wxl_json_kind kind)
{
    struct wxl_json_token t;

    if (f->json.at < f->json.end && *f->json.at == usual) {
        f->json.at++;
        return kind;
    }
    return wxl_json_next(&f->json, &t);
}

static bool read_members(struct found *f, bool wrapped);

static bool read_wrapper(struct found *f, int event, enum wxl_json_kind kind)
{
    if (kind != WXL_JSON_OBJECT || f->wrapper >= 0) {
        return false;
    }
    f->wrapper = event;
    return read_members(f, true);
}

static bool read_member(struct found *f, bool wrapped)
{
    struct wxl_json_token name = {NULL, 0, 0, false};
    struct value v = {WXL_JSON_BAD, {NULL, 0, 0, false}};
    const struct spelling *s;

    if (wxl_json_next(&f->json, &name) != WXL_JSON_STRING || name.len == 0 ||
        next_kind(f, ':', WXL_JSON_COLON) != WXL_JSON_COLON) {
        return false;
    }
    v.kind = wxl_json_next(&f->json, &v.token);
    s = &f->reader->spellings[find_spelling(f->reader, name.text, name.len)];
    if (!s->len) {
        return keep_extra(f, &name, &v);
    }
    if (s->what < FIELDS_MAX) {
        return !(wrapped && f->reader->common & UINT32_C(1) << s->what) &&
               keep_field(f, s->what, &v);
    }
    return !wrapped && read_wrapper(f, s->what - FIELDS_MAX, v.kind);
}

/* What follows the brace of an object, up to and with its end. */
static bool read_members(struct found *f, bool wrapped)
{
    enum wxl_json_kind kind;

    do {
        if (!read_member(f, wrapped)) {
            return false;
        }
        kind = next_kind(f, ',', WXL_JSON_COMMA);
    } while (kind == WXL_JSON_COMMA);
    return kind == WXL_JSON_OBJECT_END;
}

/* Which event it is: one that has all the fields that are there. -1: none. */
static int which_event(const struct found *f)
{
    const struct reader *r = f->reader;
    const struct wxl_json_token *name = &f->values[r->event_field].token;
    int i;

    if (!(f->set & UINT32_C(1) << r->event_field)) {
        return -1;
    }
    for (i = 0; i < r->event_count; i++) {
        const struct known *e = &r->events[i];

        if (e->len == name->len && memcmp(e->name, name->text, name->len) == 0) {
            return (f->set & ~e->set) == 0 && (f->wrapper < 0 || f->wrapper == i) ? i : -1;
        }
    }
    return -1;
}

static int walk(struct found *f, const struct reader *r, struct wxl_bytes text)
{
    struct wxl_json_token t;

    f->reader = r;
    f->set = 0;
    f->extra_count = 0;
    f->wrapper = -1;
    wxl_json_begin(&f->json, text.p, text.n);
    if (wxl_json_next(&f->json, &t) != WXL_JSON_OBJECT || !read_members(f, false) ||
        wxl_json_next(&f->json, &t) != WXL_JSON_END || !wxl_utf8_text(text)) {
        return -1;
    }
    return which_event(f);
}

/* ---- the event ---------------------------------------------------------------------------------
 */

static lua_Integer plain_number(const struct wxl_json_token *t)
{
    lua_Integer n = 0;
    size_t i;

    for (i = 0; i < t->len; i++) {
        n = n * 10 + (t->text[i] - '0');
    }
    return n;
}

static void push_field(lua_State *L, const struct found *f, int field)
{
    const struct value *v = &f->values[field];

    if (!(f->set & UINT32_C(1) << field)) {
        lua_pushnil(L);
    } else if (!(f->reader->integers & UINT32_C(1) << field)) {
        lua_pushlstring(L, v->token.text, v->token.len);
    } else if (v->kind == WXL_JSON_INTEGER) {
        lua_pushinteger(L, (lua_Integer)v->token.integer);
    } else {
        lua_pushinteger(L, plain_number(&v->token));
    }
}

/* Adds a field that no event is known to have to the one at the top. False when its name, as it is
 * called on the event, is one of the known fields or there already. */
static bool add_extra(lua_State *L, const struct reader *r, const struct extra *x)
{
    const char *name;
    size_t len = 0;

    lua_pushlstring(L, x->name.text, x->name.len);
    lua_gettable(L, lua_upvalueindex(UP_NAMES));
    name = lua_tolstring(L, -1, &len);
    if (!name || len == 0 || r->spellings[find_spelling(r, name, len)].len) {
        return false;
    }
    lua_pushvalue(L, -1);
    lua_rawget(L, -3);
    if (!lua_isnil(L, -1)) {
        return false;
    }
    lua_pop(L, 1);
    switch (x->value.kind) {
    case WXL_JSON_STRING:
        lua_pushlstring(L, x->value.token.text, x->value.token.len);
        break;
    case WXL_JSON_INTEGER:
        lua_pushinteger(L, (lua_Integer)x->value.token.integer);
        break;
    default:
        lua_pushboolean(L, x->value.kind == WXL_JSON_TRUE);
        break;
    }
    lua_rawset(L, -3);
    return true;
}

static int event_read(lua_State *L)
{
    const struct reader *r = lua_touserdata(L, lua_upvalueindex(UP_READER));
    struct wxl_bytes text;
    struct found f;
    int event;
    int i;

    text.p = luaL_checklstring(L, 1, &text.n);
    event = walk(&f, r, text);
    if (event < 0) {
        return 0;
    }
    luaL_checkstack(L, FIELDS_MAX + 8, "event");
    lua_rawgeti(L, lua_upvalueindex(UP_BUILD), event + 1);
    lua_pushvalue(L, 1);
    for (i = 0; i < r->events[event].count; i++) {
        push_field(L, &f, r->events[event].fields[i]);
    }
    lua_call(L, r->events[event].count + 1, 1);
    for (i = 0; i < f.extra_count; i++) {
        if (!add_extra(L, r, &f.extras[i])) {
            return 0;
        }
    }
    return 1;
}

/* ---- making a reader ---------------------------------------------------------------------------
 */

/* The text at the top of the stack, which is popped: some table holds it. */
static struct wxl_bytes take_name(lua_State *L)
{
    struct wxl_bytes name;

    name.p = lua_tolstring(L, -1, &name.n);
    luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING && name.n > 0 && name.n <= NAME_MAX_LEN, 1,
                  "a name is missing or too long");
    lua_pop(L, 1);
    return name;
}

/* Enters all of the list in the field `key` of the table at the top of the stack. */
static void enter_spellings(lua_State *L, struct reader *r, const char *key, int what)
{
    int count;
    int i;

    lua_getfield(L, -1, key);
    luaL_argcheck(L, lua_istable(L, -1), 1, "spellings must be lists");
    count = (int)wxl_rawlen(L, -1);
    for (i = 1; i <= count; i++) {
        struct wxl_bytes name;
        struct spelling *s;

        lua_rawgeti(L, -1, i);
        name = take_name(L);
        s = &r->spellings[find_spelling(r, name.p, name.n)];
        luaL_argcheck(L, !s->len && r->spelling_count < SPELLINGS_MAX, 1,
                      "a spelling is there twice, or there are too many");
        memcpy(s->text, name.p, name.n);
        s->len = (unsigned char)name.n;
        s->what = (unsigned char)what;
        r->spelling_count++;
    }
    lua_pop(L, 1);
}

/* Enters the event whose table is at the top of the stack. */
static void enter_event(lua_State *L, struct reader *r, int event, int field_count)
{
    struct known *e = &r->events[event];
    struct wxl_bytes name;
    int i;

    lua_getfield(L, -1, "event");
    name = take_name(L);
    memcpy(e->name, name.p, name.n);
    e->len = (unsigned char)name.n;
    lua_getfield(L, -1, "fields");
    luaL_argcheck(L, lua_istable(L, -1) && wxl_rawlen(L, -1) <= FIELDS_MAX, 1,
                  "fields must be a list of at most 32");
    e->count = (unsigned char)wxl_rawlen(L, -1);
    for (i = 0; i < e->count; i++) {
        lua_Integer field;

        lua_rawgeti(L, -1, i + 1);
        field = lua_tointeger(L, -1);
        luaL_argcheck(L, field >= 1 && field <= field_count, 1, "no such field");
        e->fields[i] = (unsigned char)(field - 1);
        e->set |= UINT32_C(1) << (field - 1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    e->set |= UINT32_C(1) << r->event_field;
    r->common &= e->set;
    enter_spellings(L, r, "wrappers", FIELDS_MAX + event);
}

static int list_of(lua_State *L, const char *key, int most)
{
    lua_getfield(L, 1, key);
    luaL_argcheck(L, lua_istable(L, -1) && wxl_rawlen(L, -1) <= (size_t)most, 1,
                  "fields and events must be lists of at most 32 and 8");
    return (int)wxl_rawlen(L, -1);
}

static int event_reader(lua_State *L)
{
    struct reader *r;
    int fields;
    int i;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    r = lua_newuserdata(L, sizeof *r);
    memset(r, 0, sizeof *r);
    r->common = ~UINT32_C(0);
    fields = list_of(L, "fields", FIELDS_MAX);
    for (i = 0; i < fields; i++) {
        lua_rawgeti(L, 3, i + 1);
        luaL_argcheck(L, lua_istable(L, -1), 1, "a field must be a table");
        if (wxl_optfield_boolean(L, lua_gettop(L), "integer", 0)) {
            r->integers |= UINT32_C(1) << i;
        }
        enter_spellings(L, r, "spellings", i);
        lua_pop(L, 1);
    }
    lua_settop(L, 2);
    r->event_field = (int)wxl_optfield_number(L, 1, "event_field", 0) - 1;
    luaL_argcheck(L, r->event_field >= 0 && r->event_field < fields, 1,
                  "event_field must be a position in fields");
    lua_getfield(L, 1, "names");
    lua_newtable(L);
    r->event_count = list_of(L, "events", EVENTS_MAX);
    for (i = 0; i < r->event_count; i++) {
        lua_rawgeti(L, 5, i + 1);
        luaL_argcheck(L, lua_istable(L, -1), 1, "an event must be a table");
        enter_event(L, r, i, fields);
        lua_getfield(L, -1, "build");
        lua_rawseti(L, 4, i + 1);
        lua_pop(L, 1);
    }
    lua_settop(L, 4);
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
