/* wxlive.curl.http: the HTTP client. Users reach it through lua/wxlive/transport/curl.lua. */
#include "http/request.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#define CLIENT "wxlive.http"
#define SECONDS_MAX 86400.0

struct wxl_http *wxl_check_client(lua_State *L)
{
    return wxl_checkheld(L, 1, CLIENT);
}

/* The string at index, or NULL for nil. Raises for other types. A NUL inside would make libcurl see
 * another text than Lua does; then *err is set. */
static const char *text_at(lua_State *L, int index, const char *what, struct wxl_error *err)
{
    size_t len;
    const char *s;

    if (lua_isnoneornil(L, index)) {
        return NULL;
    }
    if (lua_type(L, index) != LUA_TSTRING) {
        luaL_error(L, "'%s' must be a string, not a %s", what, luaL_typename(L, index));
    }
    s = lua_tolstring(L, index, &len);
    if (memchr(s, '\0', len)) {
        (void)wxl_fail(err, WXL_E_ARG, 0, "%s holds a NUL byte", what);
    }
    return s;
}

/* Pushes a field of the table at index, past any metamethod, and returns where it is. */
static int push_raw(lua_State *L, int table, const char *key)
{
    lua_pushstring(L, key);
    lua_rawget(L, table);
    return lua_gettop(L);
}

/* As text_at, of a field. The string stays on the stack. */
static const char *text_field(lua_State *L, int table, const char *key, struct wxl_error *err)
{
    return text_at(L, push_raw(L, table, key), key, err);
}

/* As text_field, for bytes of any kind. */
static const char *bytes_field(lua_State *L, int table, const char *key, size_t *len)
{
    int at = push_raw(L, table, key);

    *len = 0;
    return lua_isnil(L, at) ? NULL : luaL_checklstring(L, at, len);
}

/* Whether the field holds a number, and not nil. Raises for other types. */
static bool number_field(lua_State *L, int table, const char *key, double *n)
{
    int at = push_raw(L, table, key);

    if (lua_isnil(L, at)) { /* nearly always */
        return false;
    }
    if (lua_type(L, at) != LUA_TNUMBER) {
        luaL_error(L, "'%s' must be a number, not a %s", key, luaL_typename(L, at));
    }
    *n = (double)lua_tonumber(L, at);
    return true;
}

/* Seconds as milliseconds, 0 for nil. */
static long milliseconds_field(lua_State *L, int table, const char *key, struct wxl_error *err)
{
    double seconds;

    if (!number_field(L, table, key, &seconds)) {
        return 0;
    }
    if (!(seconds > 0)) {
        (void)wxl_fail(err, WXL_E_ARG, 0, "%s must be above 0", key);
        return 0;
    }
    return (long)ceil((seconds < SECONDS_MAX ? seconds : SECONDS_MAX) * 1000);
}

static size_t size_field(lua_State *L, int table, const char *key, struct wxl_error *err)
{
    double n;

    if (!number_field(L, table, key, &n)) {
        return 0;
    }
    if (!(n >= 1 && n <= 9007199254740992.0)) {
        (void)wxl_fail(err, WXL_E_ARG, 0, "%s must be a number of bytes, 1 or more", key);
        return 0;
    }
    return (size_t)n;
}

static enum wxl_http2 http2_field(lua_State *L, int table)
{
    enum wxl_http2 http2 =
        wxl_optfield_boolean(L, table, "http2", 0) ? WXL_HTTP2_ALWAYS : WXL_HTTP2_MANY;

    return wxl_optfield_boolean(L, table, "http2", 1) ? http2 : WXL_HTTP2_NEVER;
}

/* http.new { proxy=, proxy_user=, proxy_password=, ca_file=, connect_timeout=, timeout=, max_body=,
 * http2= } -> client | nil, err */
static int http_new(lua_State *L)
{
    struct wxl_http_options options;
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_http **box;
    enum wxl_status st;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    memset(&options, 0, sizeof options);
    options.proxy = text_field(L, 1, "proxy", &err);
    options.proxy_user = text_field(L, 1, "proxy_user", &err);
    options.proxy_password = text_field(L, 1, "proxy_password", &err);
    options.ca_file = text_field(L, 1, "ca_file", &err);
    options.http2 = http2_field(L, 1);
    options.connect_timeout_ms = milliseconds_field(L, 1, "connect_timeout", &err);
    options.timeout_ms = milliseconds_field(L, 1, "timeout", &err);
    options.max_body = size_field(L, 1, "max_body", &err);
    box = wxl_newbox(L, CLIENT, sizeof *box);
    st = err.status;
    if (st == WXL_OK) {
        st = wxl_http_new(box, &options, &err);
    }
    return wxl_pushbox(L, st, &err);
}

static int client_close(lua_State *L)
{
    wxl_http_free(wxl_takeheld(L, CLIENT));
    return 0;
}

/* The table in a field, or 0 for nil. */
static int table_field(lua_State *L, int table, const char *key)
{
    int at = push_raw(L, table, key);

    if (lua_isnil(L, at)) {
        return 0;
    }
    if (!lua_istable(L, at)) {
        luaL_error(L, "'%s' must be a table, not a %s", key, luaL_typename(L, at));
    }
    return at;
}

static size_t count_pairs(lua_State *L, int table)
{
    size_t n = 0;

    lua_pushnil(L);
    while (lua_next(L, table)) {
        lua_pop(L, 1);
        n++;
    }
    return n;
}

static void need_stack(lua_State *L, size_t slots)
{
    luaL_checkstack(L, slots < INT_MAX ? (int)slots : INT_MAX, "too many fields");
}

static void read_headers(lua_State *L, int table, struct wxl_http_request *rq,
                         struct wxl_error *err)
{
    struct wxl_http_header *list;
    size_t n = count_pairs(L, table);

    if (n == 0) {
        return;
    }
    need_stack(L, 2 * n + LUA_MINSTACK);
    list = lua_newuserdata(L, n * sizeof *list);
    rq->headers = list;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        struct wxl_http_header *h = &list[rq->header_count++];

        h->name = text_at(L, -2, "the name of a header", err);
        h->value = text_at(L, -1, "the value of a header", err);
        lua_pushvalue(L, -2); /* name and value stay; lua_next wants the name on top */
    }
}

static void read_part(lua_State *L, int part, struct wxl_http_part *out, struct wxl_error *err)
{
    memset(out, 0, sizeof *out);
    out->name = text_field(L, part, "name", err);
    out->path = text_field(L, part, "path", err);
    out->filename = text_field(L, part, "filename", err);
    out->content_type = text_field(L, part, "content_type", err);
    out->data = bytes_field(L, part, "data", &out->data_len);
    if (!out->path == !out->data) {
        (void)wxl_fail(err, WXL_E_ARG, 0, "a part of the form needs either path or data");
    }
}

static void read_form(lua_State *L, int table, struct wxl_http_request *rq, struct wxl_error *err)
{
    enum { SLOTS = 6 };
    struct wxl_http_part *list;
    size_t n = wxl_rawlen(L, table);
    size_t i;

    if (n == 0) {
        (void)wxl_fail(err, WXL_E_ARG, 0, "the form has no parts");
        return;
    }
    need_stack(L, SLOTS * n + LUA_MINSTACK);
    list = lua_newuserdata(L, n * sizeof *list);
    rq->parts = list;
    rq->part_count = n;
    for (i = 0; i < n; i++) {
        lua_rawgeti(L, table, (int)i + 1);
        luaL_checktype(L, -1, LUA_TTABLE);
        read_part(L, lua_gettop(L), &list[i], err);
    }
}

static bool is_post(const char *method, struct wxl_error *err)
{
    bool post = method && strcmp(method, "POST") == 0;

    if (!post && (!method || strcmp(method, "GET") != 0)) {
        (void)wxl_fail(err, WXL_E_ARG, 0, "method must be GET or POST");
    }
    return post;
}

void wxl_read_request(lua_State *L, int index, struct wxl_http_request *rq, struct wxl_error *err)
{
    enum { FIELDS = 11 };
    int headers;
    int form;

    luaL_checktype(L, index, LUA_TTABLE);
    luaL_checkstack(L, FIELDS + LUA_MINSTACK, NULL);
    memset(rq, 0, sizeof *rq);
    rq->url = text_field(L, index, "url", err);
    rq->post = is_post(text_field(L, index, "method", err), err);
    rq->content_type = text_field(L, index, "content_type", err);
    rq->body = bytes_field(L, index, "body", &rq->body_len);
    rq->save_to = text_field(L, index, "save_to", err);
    rq->timeout_ms = milliseconds_field(L, index, "timeout", err);
    rq->connect_timeout_ms = milliseconds_field(L, index, "connect_timeout", err);
    rq->max_body = size_field(L, index, "max_body", err);
    rq->resend = lua_toboolean(L, push_raw(L, index, "resend"));
    headers = table_field(L, index, "headers");
    form = table_field(L, index, "form");
    if (headers) {
        read_headers(L, headers, rq, err);
    }
    if (form) {
        read_form(L, form, rq, err);
    }
}

static const char *version_text(int version)
{
    return version == 20 ? "2" : version == 10 ? "1.0" : "1.1";
}

static void set_number(lua_State *L, int slot, double value)
{
    lua_pushnumber(L, value);
    lua_rawseti(L, -2, slot);
}

/* The numbered fields are what `timing` is made of when asked for, as `headers` is of head, and
 * `size` of body. */
static void push_table(lua_State *L, const struct wxl_http_response *rs,
                       const struct wxl_http_timing *t)
{
    lua_createtable(L, 5, 8);
    set_number(L, 1, t->dns);
    set_number(L, 2, t->connect);
    set_number(L, 3, t->tls);
    set_number(L, 4, t->first_byte);
    set_number(L, 5, t->total);
    wxl_setint64(L, "status", rs->status);
    wxl_setbytes(L, "body", rs->body, rs->body_len);
    wxl_setstring(L, "content_type", rs->content_type);
    wxl_setbytes(L, "head", rs->head, rs->head_len);
    wxl_setstring(L, "http_version", version_text(rs->http_version));
    wxl_setboolean(L, "reused", rs->reused);
    if (rs->saved) {
        wxl_setint64(L, "size", (int64_t)rs->size);
        wxl_setstring(L, "saved", rs->saved);
    }
    if (rs->retry_after > 0) {
        wxl_setint64(L, "retry_after", rs->retry_after);
    }
}

int wxl_push_response(lua_State *L, enum wxl_status st, const struct wxl_http_response *rs,
                      const struct wxl_http_timing *t, const struct wxl_error *err)
{
    if (st != WXL_OK) {
        wxl_pushfailure(L, err);
        wxl_setboolean(L, "sent", rs->sent);
        return 2;
    }
    push_table(L, rs, t);
    return 1;
}

/* client:send(request) -> response | nil, err (with err.sent). See wxlive.HttpRequest and
 * wxlive.HttpResponse for the fields. */
static int client_send(lua_State *L)
{
    struct wxl_http *client = wxl_check_client(L);
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_http_request rq;
    struct wxl_http_response rs;
    struct wxl_http_timing t;
    enum wxl_status st;

    lua_settop(L, 2);
    memset(&rs, 0, sizeof rs);
    wxl_read_request(L, 2, &rq, &err);
    st = err.status;
    if (st == WXL_OK) {
        st = wxl_http_perform(client, &rq, &rs, &err);
        wxl_http_timing(client, &t);
    }
    return wxl_push_response(L, st, &rs, &t, &err);
}

static const luaL_Reg client_methods[] = {
    {"send", client_send},
    {NULL, NULL},
};

static const luaL_Reg http_functions[] = {
    {"new", http_new},
    {NULL, NULL},
};

void wxl_open_http(lua_State *L)
{
    wxl_newclass(L, CLIENT, client_methods, client_close);
    wxl_setmodule(L, "http", http_functions);
}
