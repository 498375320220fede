/* The HTTP codec for Lua: one object per exchange, which writes the head of the request and
 * collects the response. It does no I/O: the owner of the connection transports the bytes. */
#include "base/binding.h"

#include <string.h>

#include "wxlive/base/buf.h"
#include "wxlive/codec.h"
#include "wxlive/response.h"

#define EXCHANGE "wxlive.exchange"
#define HEAD_MAX 65536
#define BODY_MAX 65536 /* of a body that stands behind its head */
#define FIELDS_MAX 64

struct exchange {
    struct wxl_response *answer;
    struct wxl_buf head;
};

static int exchange_close(lua_State *L)
{
    struct exchange *x = luaL_checkudata(L, 1, EXCHANGE);

    wxl_response_free(wxl_takeheld(L, EXCHANGE));
    wxl_buf_wipe(&x->head); /* it holds the target, and that a token */
    return 0;
}

static struct wxl_response *check_answer(lua_State *L)
{
    return wxl_checkheld(L, 1, EXCHANGE);
}

/* codec.exchange() -> exchange | nil, err */
static int exchange_new(lua_State *L)
{
    struct exchange *x = wxl_newbox(L, EXCHANGE, sizeof *x);
    struct wxl_error err = {WXL_OK, 0, ""};

    wxl_buf_init(&x->head, HEAD_MAX + BODY_MAX);
    x->answer = wxl_response_new();
    if (!x->answer) {
        (void)wxl_fail(&err, WXL_E_NOMEM, 0, "no memory for an HTTP exchange");
        return wxl_pushfailure(L, &err);
    }
    return 1;
}

/* Reads { "Name", "value", ... } at `index`; the strings stay the table's. */
static size_t read_fields(lua_State *L, int index, struct wxl_codec_field *fields)
{
    size_t count;
    size_t i;

    if (lua_isnoneornil(L, index)) {
        return 0;
    }
    luaL_checktype(L, index, LUA_TTABLE);
    count = wxl_rawlen(L, index) / 2;
    luaL_argcheck(L, count <= FIELDS_MAX, index, "more than 64 header fields");
    for (i = 0; i < count; i++) {
        lua_rawgeti(L, index, (int)(2 * i + 1));
        lua_rawgeti(L, index, (int)(2 * i + 2));
        /* Numbers would be converted in place and the string have no owner. */
        luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING && lua_type(L, -1) == LUA_TSTRING, index,
                      "header fields must be strings");
        fields[i].name = lua_tolstring(L, -2, &fields[i].name_len);
        fields[i].value = lua_tolstring(L, -1, &fields[i].value_len);
        lua_pop(L, 2);
    }
    return count;
}

static int head_too_long(const struct exchange *x, struct wxl_error *err)
{
    return x->head.len > HEAD_MAX &&
           wxl_fail(err, WXL_E_LIMIT, 0, "the request head is longer than %d bytes", HEAD_MAX);
}

/* exchange:start(method, target, host, fields, max_body, content, close) -> head | nil, err
 * Forgets the exchange before. fields: { "Name", "value", ... } or nil. content: the length of a
 * body that is sent separately; or a body, which then stands behind the head; nil: no body. */
static int exchange_start(lua_State *L)
{
    struct exchange *x = wxl_checkbox(L, 1, EXCHANGE);
    struct wxl_codec_field fields[FIELDS_MAX];
    struct wxl_codec_request req = {0};
    struct wxl_error err = {WXL_OK, 0, ""};
    lua_Number max_body;
    lua_Number length = 0;
    const char *body = "";
    size_t body_len = 0;
    enum wxl_status st;

    req.method = luaL_checklstring(L, 2, &req.method_len);
    req.target = luaL_checklstring(L, 3, &req.target_len);
    req.host = luaL_checklstring(L, 4, &req.host_len);
    req.fields = fields;
    req.field_count = read_fields(L, 5, fields);
    max_body = luaL_checknumber(L, 6);
    if (lua_type(L, 7) == LUA_TSTRING) {
        body = lua_tolstring(L, 7, &body_len);
        length = (lua_Number)body_len;
    } else {
        length = luaL_optnumber(L, 7, 0);
    }
    luaL_argcheck(L, max_body >= 1 && max_body <= 9007199254740992.0, 6, "out of range");
    luaL_argcheck(L, length >= 0 && length <= 9007199254740992.0, 7, "out of range");
    luaL_argcheck(L, body_len <= BODY_MAX, 7, "a body of more than 64 KiB is sent separately");
    req.has_body = !lua_isnoneornil(L, 7);
    req.content_length = (uint64_t)length;
    req.close = lua_toboolean(L, 8);
    wxl_buf_reset(&x->head, HEAD_MAX);
    if (wxl_codec_write_head(&x->head, &req, &err) != WXL_OK || head_too_long(x, &err) ||
        wxl_response_start(x->answer, req.method, req.method_len, (uint64_t)max_body, &err) !=
            WXL_OK) {
        return wxl_pushfailure(L, &err);
    }
    st = wxl_buf_append(&x->head, body, body_len);
    if (st != WXL_OK) {
        (void)wxl_fail(&err, st, 0, "the request: %s", wxl_status_text(st));
    }
    return wxl_pushbytes(L, st, &err, x->head.data, x->head.len);
}

static int push_state(lua_State *L, enum wxl_status st, enum wxl_response_state state,
                      const struct wxl_error *err)
{
    static const char *const names[] = {"head", "body", "done"};

    if (st != WXL_OK) {
        return wxl_pushfailure(L, err);
    }
    lua_pushstring(L, names[state]);
    return 1;
}

/* exchange:feed(bytes) -> "head" | "body" | "done" | nil, err: how far the response is now */
static int exchange_feed(lua_State *L)
{
    struct wxl_response *answer = check_answer(L);
    struct wxl_bytes bytes = wxl_checkbytes(L, 2);
    struct wxl_error err = {WXL_OK, 0, ""};
    enum wxl_response_state state = WXL_RESPONSE_HEAD;
    enum wxl_status st = wxl_response_feed(answer, bytes.p, bytes.n, &state, &err);

    return push_state(L, st, state, &err);
}

/* exchange:eof() -> as feed: the peer has closed */
static int exchange_eof(lua_State *L)
{
    struct wxl_error err = {WXL_OK, 0, ""};
    enum wxl_response_state state = WXL_RESPONSE_HEAD;
    enum wxl_status st = wxl_response_eof(check_answer(L), &state, &err);

    return push_state(L, st, state, &err);
}

/* exchange:status() -> code, "1.1" | nothing while the head is coming */
static int exchange_status(lua_State *L)
{
    const struct wxl_response *answer = check_answer(L);
    int status = wxl_response_status(answer);

    if (status == 0) {
        return 0;
    }
    lua_pushinteger(L, status);
    lua_pushstring(L, wxl_response_minor(answer) == 1 ? "1.1" : "1.0");
    return 2;
}

/* exchange:body() -> the decoded bytes that came since the last call, possibly "" */
static int exchange_body(lua_State *L)
{
    struct wxl_response *answer = check_answer(L);
    const struct wxl_buf *body = wxl_response_body(answer);

    lua_pushlstring(L, body->len > 0 ? body->data : "", body->len);
    wxl_response_drop(answer);
    return 1;
}

/* exchange:received() -> decoded bytes in all */
static int exchange_received(lua_State *L)
{
    wxl_pushint64(L, (int64_t)wxl_response_received(check_answer(L)));
    return 1;
}

static void push_field(lua_State *L, const struct wxl_response *a, const char *wanted)
{
    size_t cursor = 0;
    const char *name;
    const char *value;

    while (wxl_response_field(a, &cursor, &name, &value)) {
        if (strcmp(name, wanted) == 0) {
            lua_pushstring(L, value);
            return;
        }
    }
    lua_pushnil(L);
}

static void push_head(lua_State *L, const struct wxl_response *a)
{
    size_t cursor = 0;
    const char *name;
    const char *value;
    luaL_Buffer head;

    luaL_buffinit(L, &head);
    while (wxl_response_field(a, &cursor, &name, &value)) {
        luaL_addstring(&head, name);
        luaL_addlstring(&head, ": ", 2);
        luaL_addstring(&head, value);
        luaL_addlstring(&head, "\r\n", 2);
    }
    luaL_pushresult(&head);
}

/* exchange:take() -> status, "1.1", body, received, content type | nil, Retry-After | nil, head
 * All of a response at once. head: a line for each field, for callers that ask for more. */
static int exchange_take(lua_State *L)
{
    const struct wxl_response *answer = check_answer(L);

    lua_pushinteger(L, wxl_response_status(answer));
    lua_pushstring(L, wxl_response_minor(answer) == 1 ? "1.1" : "1.0");
    exchange_body(L);
    exchange_received(L);
    push_field(L, answer, "content-type");
    push_field(L, answer, "retry-after");
    push_head(L, answer);
    return 7;
}

/* exchange:leftover() -> bytes behind the response, possibly "" */
static int exchange_leftover(lua_State *L)
{
    const char *p = NULL;
    size_t n = wxl_response_leftover(check_answer(L), &p);

    lua_pushlstring(L, n > 0 ? p : "", n);
    return 1;
}

/* exchange:reusable() -> whether the connection may carry another request */
static int exchange_reusable(lua_State *L)
{
    lua_pushboolean(L, wxl_response_reusable(check_answer(L)));
    return 1;
}

/* exchange:touched() -> whether any byte of an answer has come */
static int exchange_touched(lua_State *L)
{
    lua_pushboolean(L, wxl_response_touched(check_answer(L)));
    return 1;
}

static const luaL_Reg exchange_methods[] = {
    {"start", exchange_start},       {"feed", exchange_feed},
    {"eof", exchange_eof},           {"status", exchange_status},
    {"body", exchange_body},         {"received", exchange_received},
    {"leftover", exchange_leftover}, {"reusable", exchange_reusable},
    {"touched", exchange_touched},   {"take", exchange_take},
    {NULL, NULL},
};

static const luaL_Reg codec_functions[] = {
    {"exchange", exchange_new},
    {NULL, NULL},
};

void wxl_open_codec(lua_State *L)
{
    wxl_newclass(L, EXCHANGE, exchange_methods, exchange_close);
    wxl_setmodule(L, "codec", codec_functions);
}
