/* wxlive.httpd: the HTTP server under the sandbox and under what commands serve. It speaks plain
 * HTTP; unless its caller names another address it listens on loopback.
 *
 * Requests are collected by collect.c, where no Lua runs; the Lua loop takes them with
 * server:poll() and answers through their exchange. */
#include "base/binding.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "httpd/collect.h"
#include "wxlive/base/clock.h"

#define SERVER "wxlive.httpd.server"
#define EXCHANGE "wxlive.httpd.exchange"

#define LOOPBACK "127.0.0.1"
#define DEFAULT_MAX_BODY (12u << 20)
#define HEADER_NAME_MAX 128
#define ADDRESS_MAX 64
/* How often the standard input and the parent process are looked at, in seconds. */
#define WATCH_EVERY 0.2
#define LONGEST_WAIT 60

WXL_EXPORT int luaopen_wxlive_httpd(lua_State *L);

struct server_box {
    struct wxl_httpd httpd;
    int watch_stdin;
    int ended; /* the standard input, or the parent, has gone */
    pid_t parent;
    double watched_at;
};

struct exchange_box {
    struct wxl_exchange *x; /* NULL: answered or given up */
};

static double monotonic(void)
{
    return (double)wxl_clock_ms(CLOCK_MONOTONIC) / 1000;
}

/* ---- exchange: what Lua sees ---------------------------------------------------------------- */

static struct exchange_box *check_exchange(lua_State *L)
{
    return luaL_checkudata(L, 1, EXCHANGE);
}

static int exchange_drop(struct exchange_box *box, enum wxl_verdict verdict)
{
    struct wxl_exchange *x = box->x;

    box->x = NULL;
    return x && wxl_exchange_drop(x, verdict);
}

/* exchange:close() -> whether there was anything to close. FIN without (the rest of) an answer. */
static int exchange_close(lua_State *L)
{
    lua_pushboolean(L, exchange_drop(check_exchange(L), WXL_CLOSING));
    return 1;
}

/* exchange:reset() -> as close, with RST. */
static int exchange_reset(lua_State *L)
{
    lua_pushboolean(L, exchange_drop(check_exchange(L), WXL_RESETTING));
    return 1;
}

static enum wxl_status add_headers(lua_State *L, int headers, struct wxl_exchange *x)
{
    enum wxl_status st = WXL_OK;

    lua_pushnil(L);
    while (lua_next(L, headers)) {
        if (st == WXL_OK) {
            st = wxl_exchange_header(x, lua_tostring(L, -2), lua_tostring(L, -1));
        }
        lua_pop(L, 1);
    }
    return st;
}

/* Leaves the table of headers on the stack and returns its index; 0 when there is none. */
static int check_headers(lua_State *L)
{
    int headers;

    lua_getfield(L, 2, "headers");
    if (!lua_istable(L, -1)) {
        return 0;
    }
    headers = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, headers)) {
        if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING) {
            luaL_error(L, "field 'headers' must map text to text");
        }
        lua_pop(L, 1);
    }
    return headers;
}

/* exchange:respond{ status=200, headers={}, body="", length=#body } -> true | false (client gone)
 *
 * With a length beyond the body the answer stays open: send() brings the rest, and close() or
 * reset() ends it early, which the client sees as an answer cut short. */
static int exchange_respond(lua_State *L)
{
    struct exchange_box *box = check_exchange(L);
    struct wxl_bytes body;
    double status, length;
    int headers;
    enum wxl_status st;
    struct wxl_error err = {WXL_OK, 0, ""};

    luaL_checktype(L, 2, LUA_TTABLE);
    status = wxl_optfield_number(L, 2, "status", 200);
    body = wxl_optfield_bytes(L, 2, "body");
    length = wxl_optfield_number(L, 2, "length", (double)body.n);
    luaL_argcheck(L, status >= 200 && status <= 599, 2, "status must be from 200 to 599");
    luaL_argcheck(L, length >= (double)body.n && length < 1e15, 2,
                  "length must not be below that of the body");
    headers = check_headers(L);
    luaL_argcheck(L, box->x && (!box->x->server || box->x->verdict == WXL_UNDECIDED), 1,
                  "exchange is answered already");

    st = wxl_exchange_begin(box->x, (unsigned int)status, body.p ? body.p : "", body.n,
                            (uint64_t)length);
    if (st == WXL_OK && headers) {
        st = add_headers(L, headers, box->x);
    }
    if (st == WXL_OK && !wxl_exchange_answer(box->x)) {
        box->x = NULL;
    } else if (st != WXL_OK) {
        exchange_drop(box, WXL_CLOSING);
        if (st != WXL_E_CLOSED) {
            (void)wxl_fail(&err, st, 0, "the answer could not be built");
            return wxl_pushfailure(L, &err);
        }
    }
    lua_pushboolean(L, st == WXL_OK);
    return 1;
}

/* exchange:send(bytes) -> true | false (over, or the client has gone) */
static int exchange_send(lua_State *L)
{
    struct exchange_box *box = check_exchange(L);
    size_t n;
    const char *bytes = luaL_checklstring(L, 2, &n);

    lua_pushboolean(L, box->x && wxl_exchange_send(box->x, bytes, n) == WXL_OK);
    return 1;
}

static const luaL_Reg exchange_methods[] = {
    {"respond", exchange_respond},
    {"send", exchange_send},
    {"reset", exchange_reset},
    {NULL, NULL},
};

/* ---- server --------------------------------------------------------------------------------- */

static int server_close(lua_State *L)
{
    struct server_box *s = luaL_checkudata(L, 1, SERVER);

    wxl_httpd_stop(&s->httpd);
    return 0;
}

static int server_port(lua_State *L)
{
    struct server_box *s = wxl_checkbox(L, 1, SERVER);

    lua_pushinteger(L, wxl_httpd_port(&s->httpd));
    return 1;
}

/* Names in lower case; of a repeated one the last counts. */
static void push_headers(lua_State *L, struct wxl_exchange *x)
{
    struct wxl_headers headers;
    char name[HEADER_NAME_MAX];

    wxl_exchange_headers(x, &headers);
    lua_createtable(L, 0, (int)headers.count);
    for (size_t i = 0; i < headers.count; i++) {
        size_t len = strlen(headers.name[i]);

        if (len >= sizeof name) {
            continue;
        }
        for (size_t k = 0; k < len; k++) {
            name[k] = (char)tolower((unsigned char)headers.name[i][k]);
        }
        lua_pushlstring(L, name, len);
        lua_pushstring(L, headers.value[i]);
        lua_rawset(L, -3);
    }
}

/* Fills the table on top of the stack with the facts of a request that was just taken. */
static void push_request(lua_State *L, struct wxl_exchange *x)
{
    const char *mark = strchr(x->uri, '?');
    size_t path = mark ? (size_t)(mark - x->uri) : strlen(x->uri);
    char remote[ADDRESS_MAX];

    wxl_setstring(L, "method", x->method);
    wxl_setbytes(L, "path", x->uri, path);
    wxl_setstring(L, "query", mark ? mark + 1 : "");
    wxl_setbytes(L, "body", x->body.data ? x->body.data : "", x->body.len);
    wxl_buf_free(&x->body);
    wxl_setboolean(L, "too_large", x->too_large);
    wxl_setint64(L, "nth", (int64_t)x->nth);
    wxl_exchange_remote(x, remote, sizeof remote);
    wxl_setstring(L, "remote", remote);
    push_headers(L, x);
    lua_setfield(L, -2, "headers");
}

/* Pushes the exchange and the request's facts. Box and table come first: until both are there the
 * request stays in the queue, and afterwards the box owns it. */
static int push_exchange(lua_State *L, struct wxl_httpd *httpd)
{
    struct exchange_box *box = wxl_newbox(L, EXCHANGE, sizeof *box);

    lua_pushvalue(L, 1);
    wxl_keep(L);
    lua_createtable(L, 0, 8);
    box->x = wxl_httpd_take(httpd);
    push_request(L, box->x);
    return 2;
}

/* The process that started us may end, or ask us to end by closing or writing to our input. Other
 * processes may have inherited that pipe, so the parent itself is watched as well. */
static void watch(struct server_box *s, double now)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

    if (!s->watch_stdin || s->ended || now - s->watched_at < WATCH_EVERY) {
        return;
    }
    s->watched_at = now;
    s->ended = getppid() != s->parent || (poll(&input, 1, 0) > 0 && input.revents != 0);
}

/* Waits for work, the standard input or the time. -1 when a signal came. */
static int wait_for_work(struct server_box *s, double seconds)
{
    struct pollfd fds[2] = {{.fd = wxl_httpd_fd(&s->httpd), .events = POLLIN},
                            {.fd = STDIN_FILENO, .events = POLLIN}};
    int wanted = wxl_httpd_timeout(&s->httpd);
    int ms, ready;

    seconds = seconds > LONGEST_WAIT ? LONGEST_WAIT : seconds;
    if (s->watch_stdin && seconds > WATCH_EVERY) {
        seconds = WATCH_EVERY;
    }
    ms = (int)ceil(seconds * 1000);
    ready = poll(fds, s->watch_stdin ? 2 : 1, wanted >= 0 && wanted < ms ? wanted : ms);
    if (ready > 0 && fds[1].revents) {
        s->watched_at = 0;
    }
    return ready == -1 && errno == EINTR ? -1 : 0;
}

/* server:poll(seconds?) -> exchange, request
 *                        | nil, "timeout" (also after a signal) | nil, "eof" (see watch) */
static int server_poll(lua_State *L)
{
    struct server_box *s = wxl_checkbox(L, 1, SERVER);
    double now = monotonic();
    double until = now + (double)luaL_optnumber(L, 2, 1e9);

    lua_settop(L, 1);
    for (;;) {
        watch(s, now);
        if (s->ended) {
            lua_pushnil(L);
            lua_pushliteral(L, "eof");
            return 2;
        }
        wxl_httpd_run(&s->httpd);
        if (!TAILQ_EMPTY(&s->httpd.waiting)) {
            return push_exchange(L, &s->httpd);
        }
        now = monotonic();
        if (now >= until || wait_for_work(s, until - now) == -1) {
            lua_pushnil(L);
            lua_pushliteral(L, "timeout");
            return 2;
        }
        now = monotonic();
    }
}

static const luaL_Reg server_methods[] = {
    {"poll", server_poll},
    {"port", server_port},
    {NULL, NULL},
};

/* httpd.listen{ address="127.0.0.1", port=0, max_body=12 MiB, watch_stdin=false }
 * -> server | nil, err
 *
 * address: in digits, IPv4 or IPv6. */
static int httpd_listen(lua_State *L)
{
    struct server_box *s;
    const char *address;
    double port, max_body;
    int watch_stdin;
    struct wxl_error err = {WXL_OK, 0, ""};
    enum wxl_status st;

    luaL_checktype(L, 1, LUA_TTABLE);
    address = wxl_optfield_bytes(L, 1, "address").p;
    port = wxl_optfield_number(L, 1, "port", 0);
    max_body = wxl_optfield_number(L, 1, "max_body", DEFAULT_MAX_BODY);
    watch_stdin = wxl_optfield_boolean(L, 1, "watch_stdin", 0);
    luaL_argcheck(L, port >= 0 && port <= 65535, 1, "port must be from 0 to 65535");
    luaL_argcheck(L, max_body >= 1 && max_body <= (1u << 30), 1, "max_body is out of range");

    s = wxl_newbox(L, SERVER, sizeof *s);
    s->watch_stdin = watch_stdin;
    s->parent = getppid();
    st = wxl_httpd_start(&s->httpd, address ? address : LOOPBACK, (uint16_t)port, (size_t)max_body,
                         &err);
    return wxl_pushbox(L, st, &err);
}

static const luaL_Reg httpd_functions[] = {
    {"listen", httpd_listen},
    {NULL, NULL},
};

int luaopen_wxlive_httpd(lua_State *L)
{
    wxl_newclass(L, SERVER, server_methods, server_close);
    wxl_newclass(L, EXCHANGE, exchange_methods, exchange_close);
    luaL_newlib(L, httpd_functions);
    return 1;
}
