/* A stream of bytes over TCP or TLS, for protocols that Lua speaks itself (Redis). */
#include "base/binding.h"

#include "wxlive/stream.h"

#define STREAM "wxlive.stream"
#define RECEIVE_MAX 16384

struct box {
    struct wxl_stream *stream; /* NULL: closed */
};

/* Seconds to milliseconds, rounded up; what is past stays 0. */
static long to_ms(lua_Number seconds)
{
    return seconds > 0 ? seconds < 86400.0 ? (long)(seconds * 1000) + 1 : 86400000L : 0;
}

static const char *name_field(lua_State *L, const char *key)
{
    size_t len;

    return wxl_optfield_string(L, 1, key, &len);
}

/* stream.connect{ host=, port=, tls=, server_name=, ca_file=, cert_file=, key_file=,
 *   connect_timeout=seconds } -> stream | nil, err */
static int stream_connect(lua_State *L)
{
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_stream_options o = {0};
    struct box *b;

    luaL_checktype(L, 1, LUA_TTABLE);
    o.host = name_field(L, "host");
    o.port = (int)wxl_optfield_number(L, 1, "port", 0);
    o.tls = wxl_optfield_boolean(L, 1, "tls", 0);
    o.server_name = name_field(L, "server_name");
    o.ca_file = name_field(L, "ca_file");
    o.cert_file = name_field(L, "cert_file");
    o.key_file = name_field(L, "key_file");
    o.connect_timeout_ms = to_ms((lua_Number)wxl_optfield_number(L, 1, "connect_timeout", 0));
    b = wxl_newbox(L, STREAM, sizeof *b);
    return wxl_pushbox(L, wxl_stream_open(&b->stream, &o, &err), &err);
}

/* stream:send(bytes, seconds) -> true | nil, err */
static int stream_send(lua_State *L)
{
    struct wxl_error err = {WXL_OK, 0, ""};
    struct box *b = wxl_checkbox(L, 1, STREAM);
    struct wxl_bytes bytes = wxl_checkbytes(L, 2);
    long ms = to_ms(luaL_checknumber(L, 3));

    return wxl_pushoutcome(L, wxl_stream_send(b->stream, bytes.p, bytes.n, ms, &err), &err, 1);
}

/* stream:receive(seconds) -> bytes that came, at least one | nil, err */
static int stream_receive(lua_State *L)
{
    struct wxl_error err = {WXL_OK, 0, ""};
    struct box *b = wxl_checkbox(L, 1, STREAM);
    lua_Number seconds = luaL_checknumber(L, 2);
    char bytes[RECEIVE_MAX];
    size_t got;

    if (wxl_stream_receive(b->stream, bytes, sizeof bytes, to_ms(seconds), &got, &err) != WXL_OK) {
        return wxl_pushfailure(L, &err);
    }
    lua_pushlstring(L, bytes, got);
    return 1;
}

/* stream:quiet() -> whether it can be used again: open, and nothing unasked for has come */
static int stream_quiet(lua_State *L)
{
    struct box *b = luaL_checkudata(L, 1, STREAM);

    lua_pushboolean(L, b->stream && wxl_stream_quiet(b->stream));
    return 1;
}

static int stream_close(lua_State *L)
{
    struct box *b = luaL_checkudata(L, 1, STREAM);

    wxl_stream_close(b->stream);
    b->stream = NULL;
    return 0;
}

static const luaL_Reg stream_methods[] = {
    {"send", stream_send},
    {"receive", stream_receive},
    {"quiet", stream_quiet},
    {NULL, NULL},
};

static const luaL_Reg stream_functions[] = {
    {"connect", stream_connect},
    {NULL, NULL},
};

void wxl_open_stream(lua_State *L)
{
    wxl_newclass(L, STREAM, stream_methods, stream_close);
    wxl_setmodule(L, "stream", stream_functions);
}
