/* A stream of bytes over TCP or TLS, for protocols that Lua speaks itself (Redis). */
#include "base/binding.h"

#include "wxlive/stream.h"

#define STREAM "wxlive.stream"
#define RECEIVE_MAX 16384

/* Seconds to milliseconds, rounded up; what is past stays 0. */
static long to_ms(lua_Number seconds)
{
    return seconds > 0 ? seconds < 86400.0 ? (long)(seconds * 1000) + 1 : 86400000L : 0;
}

/* stream.connect{ host=, port=, tls=, server_name=, ca_file=, cert_file=, key_file=,
 *   connect_timeout=seconds } -> stream | nil, err */
static int stream_connect(lua_State *L)
{
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_stream_options o = {0};
    struct wxl_stream **box;

    luaL_checktype(L, 1, LUA_TTABLE);
    o.host = wxl_optfield_bytes(L, 1, "host").p;
    o.port = (int)wxl_optfield_number(L, 1, "port", 0);
    o.tls = wxl_optfield_boolean(L, 1, "tls", 0);
    o.server_name = wxl_optfield_bytes(L, 1, "server_name").p;
    o.ca_file = wxl_optfield_bytes(L, 1, "ca_file").p;
    o.cert_file = wxl_optfield_bytes(L, 1, "cert_file").p;
    o.key_file = wxl_optfield_bytes(L, 1, "key_file").p;
    o.connect_timeout_ms = to_ms((lua_Number)wxl_optfield_number(L, 1, "connect_timeout", 0));
    box = wxl_newbox(L, STREAM, sizeof *box);
    return wxl_pushbox(L, wxl_stream_open(box, &o, &err), &err);
}

/* stream:send(bytes, seconds) -> true | nil, err */
static int stream_send(lua_State *L)
{
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_stream *s = wxl_checkheld(L, 1, STREAM);
    struct wxl_bytes bytes = wxl_checkbytes(L, 2);
    long ms = to_ms(luaL_checknumber(L, 3));

    return wxl_pushoutcome(L, wxl_stream_send(s, bytes.p, bytes.n, ms, &err), &err, 1);
}

/* stream:receive(seconds) -> bytes that came, at least one | nil, err */
static int stream_receive(lua_State *L)
{
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_stream *s = wxl_checkheld(L, 1, STREAM);
    long ms = to_ms(luaL_checknumber(L, 2));
    char bytes[RECEIVE_MAX];
    size_t got = 0;
    enum wxl_status st = wxl_stream_receive(s, bytes, sizeof bytes, ms, &got, &err);

    return wxl_pushbytes(L, st, &err, bytes, got);
}

/* stream:quiet() -> whether it can be used again: open, and nothing unasked for has come */
static int stream_quiet(lua_State *L)
{
    struct wxl_stream **box = luaL_checkudata(L, 1, STREAM);

    lua_pushboolean(L, *box && wxl_stream_quiet(*box));
    return 1;
}

static int stream_close(lua_State *L)
{
    wxl_stream_close(wxl_takeheld(L, STREAM));
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
