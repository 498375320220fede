/* wxlive.core.token: cells and flights of the token's state machine. Times are seconds. */
#include "binding.h"

#include <math.h>

#include "wxlive/token.h"

#define CELL_MT "wxlive.core.token.cell"
#define FLIGHT_MT "wxlive.core.token.flight"

struct cell_box {
    struct wxl_token_cell *cell;
};

struct flight_box {
    struct wxl_token_flight flight;
    int open;
};

static const char *const step_names[] = {"use",   "read",    "lock",   "ration", "fetch",
                                         "write", "publish", "unlock", "wait",   "fail"};
static const char *const failure_names[] = {"none",     "fetch", "shared",
                                            "deadline", "store", "ration"};

static int64_t to_ms(lua_Number seconds)
{
    return seconds > -9e15 && seconds < 9e15 ? (int64_t)floor(seconds * 1000.0) : 0;
}

static struct wxl_token_cell *check_cell(lua_State *L, int index)
{
    struct cell_box *box = luaL_checkudata(L, index, CELL_MT);

    luaL_argcheck(L, box->cell != NULL, index, "the cell is closed");
    return box->cell;
}

static struct wxl_token_flight *check_flight(lua_State *L)
{
    struct flight_box *box = luaL_checkudata(L, 1, FLIGHT_MT);

    luaL_argcheck(L, box->open, 1, "the flight is over");
    return &box->flight;
}

static int out_of_memory(lua_State *L)
{
    return luaL_error(L, "out of memory");
}

/* token.cell{ plain=, jitter=, shared=, margin=, reserve=, failure=, wait= } -> cell */
static int token_cell(lua_State *L)
{
    struct wxl_token_config config;
    struct cell_box *box;
    int plain;

    luaL_checktype(L, 1, LUA_TTABLE);
    plain = wxl_optfield_boolean(L, 1, "plain", 0);
    wxl_token_defaults(&config, plain, wxl_optfield_number(L, 1, "jitter", 0));
    config.shared = wxl_optfield_boolean(L, 1, "shared", 1);
    config.needs_lock = config.needs_lock && config.shared;
    config.can_force = wxl_optfield_boolean(L, 1, "can_force", config.can_force);
    config.margin_ms = to_ms(wxl_optfield_number(L, 1, "margin", (double)config.margin_ms / 1e3));
    config.reserve_ms =
        to_ms(wxl_optfield_number(L, 1, "reserve", (double)config.reserve_ms / 1e3));
    config.failure_ms =
        to_ms(wxl_optfield_number(L, 1, "failure", (double)config.failure_ms / 1e3));
    config.wait_ms = to_ms(wxl_optfield_number(L, 1, "wait", (double)config.wait_ms / 1e3));
    box = wxl_newbox(L, CELL_MT, sizeof *box);
    box->cell = wxl_token_cell_new(&config);
    return box->cell ? 1 : out_of_memory(L);
}

/* cell:peek(now) -> token | nil */
static int cell_peek(lua_State *L)
{
    struct wxl_token_cell *cell = check_cell(L, 1);
    size_t len = 0;
    const char *token = wxl_token_peek(cell, to_ms(luaL_checknumber(L, 2)), &len);

    if (!token) {
        return 0;
    }
    lua_pushlstring(L, token, len);
    return 1;
}

/* cell:expires() -> seconds since 1970 | nil */
static int cell_expires(lua_State *L)
{
    int64_t at = wxl_token_expires(check_cell(L, 1));

    if (!at) {
        return 0;
    }
    lua_pushnumber(L, (lua_Number)at / 1000);
    return 1;
}

static int cell_close(lua_State *L)
{
    struct cell_box *box = luaL_checkudata(L, 1, CELL_MT);

    wxl_token_cell_free(box->cell);
    box->cell = NULL;
    return 0;
}

/* cell:flight(deadline, refused, random) -> flight */
static int cell_flight(lua_State *L)
{
    struct wxl_token_cell *cell = check_cell(L, 1);
    int64_t deadline = to_ms(luaL_checknumber(L, 2));
    size_t len = 0;
    const char *refused = luaL_optlstring(L, 3, NULL, &len);
    unsigned random = (unsigned)(luaL_optnumber(L, 4, 0.5) * 4294967295.0) | 1U;
    struct flight_box *box = wxl_newbox(L, FLIGHT_MT, sizeof *box);

    wxl_keepalive(L, -1, 1);
    if (wxl_token_begin(&box->flight, cell, deadline, refused, len, random) != WXL_OK) {
        return out_of_memory(L);
    }
    box->open = 1;
    return 1;
}

/* flight:next(now) -> step name, seconds to wait */
static int flight_next(lua_State *L)
{
    struct wxl_token_flight *f = check_flight(L);
    int64_t wait_ms = 0;
    enum wxl_token_step step = wxl_token_next(f, to_ms(luaL_checknumber(L, 2)), &wait_ms);

    lua_pushstring(L, step_names[step]);
    lua_pushnumber(L, (lua_Number)wait_ms / 1000);
    return 2;
}

/* flight:token() -> token */
static int flight_token(lua_State *L)
{
    size_t len = 0;
    const char *token = wxl_token_of(check_flight(L), &len);

    if (!token) {
        return 0;
    }
    lua_pushlstring(L, token, len);
    return 1;
}

/* flight:failure() -> why it failed */
static int flight_failure(lua_State *L)
{
    struct wxl_token_flight *f = check_flight(L);

    lua_pushstring(L, failure_names[f->failure]);
    return 1;
}

/* flight:forced() -> whether the fetch must be a forced refresh */
static int flight_forced(lua_State *L)
{
    lua_pushboolean(L, check_flight(L)->force);
    return 1;
}

/* flight:stored(now, token | nil, expires_at | nil, failed) */
static int flight_stored(lua_State *L)
{
    struct wxl_token_flight *f = check_flight(L);
    int64_t now = to_ms(luaL_checknumber(L, 2));
    size_t len = 0;
    const char *token = luaL_optlstring(L, 3, "", &len);
    int64_t expires = to_ms(luaL_optnumber(L, 4, 0));

    if (wxl_token_stored(f, now, token, len, expires, lua_toboolean(L, 5)) != WXL_OK) {
        return out_of_memory(L);
    }
    return 0;
}

/* flight:locked(got): true taken, false somebody has it, nil the store failed */
static int flight_locked(lua_State *L)
{
    struct wxl_token_flight *f = check_flight(L);

    wxl_token_locked(f, lua_isnoneornil(L, 2) ? -1 : lua_toboolean(L, 2));
    return 0;
}

static int flight_rationed(lua_State *L)
{
    wxl_token_rationed(check_flight(L), lua_toboolean(L, 2));
    return 0;
}

/* flight:fetched(now, token, seconds it lives) */
static int flight_fetched(lua_State *L)
{
    struct wxl_token_flight *f = check_flight(L);
    int64_t now = to_ms(luaL_checknumber(L, 2));
    size_t len = 0;
    const char *token = luaL_checklstring(L, 3, &len);

    if (wxl_token_fetched(f, now, token, len, to_ms(luaL_checknumber(L, 4))) != WXL_OK) {
        return out_of_memory(L);
    }
    return 0;
}

static int flight_fetch_failed(lua_State *L)
{
    wxl_token_fetch_failed(check_flight(L), to_ms(luaL_checknumber(L, 2)));
    return 0;
}

static int flight_close(lua_State *L)
{
    struct flight_box *box = luaL_checkudata(L, 1, FLIGHT_MT);

    if (box->open) {
        wxl_token_end(&box->flight);
        box->open = 0;
    }
    return 0;
}

static const luaL_Reg cell_methods[] = {
    {"peek", cell_peek},
    {"expires", cell_expires},
    {"flight", cell_flight},
    {NULL, NULL},
};

static const luaL_Reg flight_methods[] = {
    {"next", flight_next},           {"token", flight_token},
    {"failure", flight_failure},     {"forced", flight_forced},
    {"stored", flight_stored},       {"locked", flight_locked},
    {"rationed", flight_rationed},   {"fetched", flight_fetched},
    {"fetch_failed", flight_fetch_failed}, {NULL, NULL},
};

static const luaL_Reg token_functions[] = {
    {"cell", token_cell},
    {NULL, NULL},
};

void wxl_open_token(lua_State *L)
{
    wxl_newclass(L, CELL_MT, cell_methods, cell_close);
    wxl_newclass(L, FLIGHT_MT, flight_methods, flight_close);
    lua_newtable(L);
    wxl_setfuncs(L, token_functions);
    lua_setfield(L, -2, "token");
}
