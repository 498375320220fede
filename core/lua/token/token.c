/* wxlive.core.token: cells and flights of the token's state machine. Times are seconds; `wall` and
 * `mono` are the two clocks that the machine goes by. */
#include "base/binding.h"

#include <math.h>

#include "wxlive/token.h"

#define CELL_MT "wxlive.core.token.cell"
#define FLIGHT_MT "wxlive.core.token.flight"

static const char *const action_names[] = {
    [WXL_TOKEN_USE] = "use",         [WXL_TOKEN_FAIL] = "fail",     [WXL_TOKEN_READ] = "read",
    [WXL_TOKEN_CHECK] = "check",     [WXL_TOKEN_LOCK] = "lock",     [WXL_TOKEN_TAKE] = "take",
    [WXL_TOKEN_RATION] = "ration",   [WXL_TOKEN_FETCH] = "fetch",   [WXL_TOKEN_WRITE] = "write",
    [WXL_TOKEN_PUBLISH] = "publish", [WXL_TOKEN_UNLOCK] = "unlock", [WXL_TOKEN_WAIT] = "wait",
};

static const char *const failure_names[] = {
    [WXL_TOKEN_F_NONE] = NULL,
    [WXL_TOKEN_F_FETCH] = "fetch",
    [WXL_TOKEN_F_SHARED] = "shared",
    [WXL_TOKEN_F_DEADLINE] = "deadline",
    [WXL_TOKEN_F_STORE] = "store",
    [WXL_TOKEN_F_BAD_TOKEN] = "bad_token",
    [WXL_TOKEN_F_SAME] = "same",
    [WXL_TOKEN_F_RATION] = "ration",
    [WXL_TOKEN_F_CONTESTED] = "contested",
};

/* Milliseconds, kept far from the ends of the type so that sums of them cannot overflow. */
static int64_t to_ms(lua_Number seconds)
{
    if (!(seconds > -1e15)) {
        return -INT64_C(1000000000000000000);
    }
    return seconds < 1e15 ? (int64_t)floor(seconds * 1000.0 + 0.5) : INT64_C(1000000000000000000);
}

static struct wxl_token_clock check_clock(lua_State *L, int index)
{
    struct wxl_token_clock now;

    now.wall = to_ms(luaL_checknumber(L, index));
    now.mono = to_ms(luaL_checknumber(L, index + 1));
    return now;
}

static struct wxl_token_cell *check_cell(lua_State *L)
{
    return wxl_checkheld(L, 1, CELL_MT);
}

static struct wxl_token_flight *check_flight(lua_State *L)
{
    return wxl_checkheld(L, 1, FLIGHT_MT);
}

static void set_time(lua_State *L, const char *key, int64_t *ms)
{
    *ms = to_ms(wxl_optfield_number(L, 1, key, (double)*ms / 1000.0));
}

static int cell_close(lua_State *L)
{
    wxl_token_cell_free(wxl_takeheld(L, CELL_MT));
    return 0;
}

static int flight_close(lua_State *L)
{
    wxl_token_end(wxl_takeheld(L, FLIGHT_MT));
    return 0;
}

/* token.cell{ mode = "stable"|"plain"|"provider", seed =, lock =, fetch =, wait = }
 *   -> cell | nil, err */
static int token_cell(lua_State *L)
{
    static const char *const modes[] = {"stable", "plain", "provider", NULL};
    struct wxl_token_config config;
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_token_cell **box;
    enum wxl_status st;
    double seed;

    luaL_checktype(L, 1, LUA_TTABLE);
    wxl_token_defaults(&config,
                       (enum wxl_token_mode)wxl_optfield_choice(L, 1, "mode", modes, "stable"));
    set_time(L, "lock", &config.lock_ms);
    set_time(L, "fetch", &config.fetch_ms);
    set_time(L, "wait", &config.wait_ms);
    seed = wxl_optfield_number(L, 1, "seed", 0.5);
    box = wxl_newbox(L, CELL_MT, sizeof *box);
    st = wxl_token_cell_new(&config, (uint32_t)((seed - floor(seed)) * 4294967295.0), box);
    if (st != WXL_OK) {
        (void)wxl_fail(&err, st, 0, "%s",
                       st == WXL_E_NOMEM
                           ? "out of memory"
                           : "times must be above 0, and the lock must outlast a fetch");
    }
    return wxl_pushbox(L, st, &err);
}

/* cell:peek(wall, mono) -> number of the token that can be used as it is | nil */
static int cell_peek(lua_State *L)
{
    uint64_t serial = wxl_token_peek(check_cell(L), check_clock(L, 2));

    if (!serial) {
        return 0;
    }
    lua_pushnumber(L, (lua_Number)serial);
    return 1;
}

/* cell:usable(wall, mono) -> boolean */
static int cell_usable(lua_State *L)
{
    lua_pushboolean(L, wxl_token_usable(check_cell(L), check_clock(L, 2)));
    return 1;
}

/* cell:token() -> token | nil */
static int cell_token(lua_State *L)
{
    size_t len = 0;
    const char *token = wxl_token_text(check_cell(L), &len);

    if (!token) {
        return 0;
    }
    lua_pushlstring(L, token, len);
    return 1;
}

/* cell:expires() -> seconds since 1970 | nil */
static int cell_expires(lua_State *L)
{
    int64_t at = wxl_token_expires(check_cell(L));

    if (!at) {
        return 0;
    }
    lua_pushnumber(L, (lua_Number)at / 1000);
    return 1;
}

/* cell:flight(wall, mono, deadline on mono [, refused]) -> flight | nil, err */
static int cell_flight(lua_State *L)
{
    struct wxl_token_cell *cell = check_cell(L);
    struct wxl_token_clock now = check_clock(L, 2);
    int64_t deadline = to_ms(luaL_checknumber(L, 4));
    size_t len = 0;
    const char *refused = luaL_optlstring(L, 5, NULL, &len);
    struct wxl_token_flight **box = wxl_newbox(L, FLIGHT_MT, sizeof *box);
    struct wxl_error err = {WXL_OK, 0, ""};
    enum wxl_status st = wxl_token_begin(cell, now, deadline, refused, len, box);

    if (st != WXL_OK) {
        (void)wxl_fail(&err, st, 0, "%s",
                       st == WXL_E_NOMEM ? "out of memory"
                                         : "the refused token is longer than any token");
    }
    return wxl_pushbox(L, st, &err);
}

/* flight:next(wall, mono) -> action, and what goes with it:
 *   "wait", seconds   "lock", seconds   "take", seconds, gone   "fetch", seconds, forced, cut
 *   "publish", seconds, failure
 *   "use", nil | failure of a refresh ahead   "fail", failure */
static int flight_next(lua_State *L)
{
    struct wxl_token_flight *f = check_flight(L);
    struct wxl_token_clock now = check_clock(L, 2);
    struct wxl_token_ask ask;
    enum wxl_token_action action = wxl_token_next(f, now, &ask);
    const char *failure = failure_names[ask.failure];

    lua_pushstring(L, action_names[action]);
    switch (action) {
    case WXL_TOKEN_WAIT:
        lua_pushnumber(L, (lua_Number)ask.wait_ms / 1000);
        return 2;
    case WXL_TOKEN_LOCK:
    case WXL_TOKEN_TAKE:
        lua_pushnumber(L, (lua_Number)ask.keep_ms / 1000);
        lua_pushboolean(L, ask.gone);
        return 3;
    case WXL_TOKEN_FETCH:
        lua_pushnumber(L, (lua_Number)ask.timeout_ms / 1000);
        lua_pushboolean(L, ask.force);
        lua_pushboolean(L, ask.cut);
        return 4;
    case WXL_TOKEN_PUBLISH:
        lua_pushnumber(L, (lua_Number)ask.keep_ms / 1000);
        lua_pushstring(L, failure);
        return 3;
    case WXL_TOKEN_USE:
    case WXL_TOKEN_FAIL:
        lua_pushstring(L, failure);
        return 2;
    default:
        return 1;
    }
}

/* flight:stored(wall, mono [, token, expires_at, fetched_at]) */
static int flight_stored(lua_State *L)
{
    struct wxl_token_flight *f = check_flight(L);
    struct wxl_token_clock now = check_clock(L, 2);
    size_t len = 0;
    const char *token = luaL_optlstring(L, 4, "", &len);
    int64_t expires = to_ms(luaL_optnumber(L, 5, 0));
    int64_t fetched = to_ms(luaL_optnumber(L, 6, 0));

    if (wxl_token_stored(f, now, token, len, expires, fetched) != WXL_OK) {
        return luaL_error(L, "out of memory");
    }
    return 0;
}

/* flight:checked(wall, mono, failed) */
static int flight_checked(lua_State *L)
{
    wxl_token_checked(check_flight(L), check_clock(L, 2), lua_toboolean(L, 4));
    return 0;
}

/* flight:locked(wall, mono, taken, who holds it now | nil, whether that one is dead) */
static int flight_locked(lua_State *L)
{
    size_t len = 0;
    const char *holder = luaL_optlstring(L, 5, "", &len);

    wxl_token_locked(check_flight(L), check_clock(L, 2), lua_toboolean(L, 4), holder, len,
                     lua_toboolean(L, 6));
    return 0;
}

/* flight:adjourn(wall, mono, beside): see wxl_token_adjourn */
static int flight_adjourn(lua_State *L)
{
    wxl_token_adjourn(check_flight(L), check_clock(L, 2), lua_toboolean(L, 4));
    return 0;
}

/* flight:store_failed(wall, mono) */
static int flight_store_failed(lua_State *L)
{
    wxl_token_store_failed(check_flight(L), check_clock(L, 2));
    return 0;
}

/* flight:rationed(wall, mono, seconds to wait): 0 allows a forced refresh */
static int flight_rationed(lua_State *L)
{
    wxl_token_rationed(check_flight(L), check_clock(L, 2), to_ms(luaL_checknumber(L, 4)));
    return 0;
}

/* flight:fetched(wall, mono, token, seconds it lives) */
static int flight_fetched(lua_State *L)
{
    struct wxl_token_flight *f = check_flight(L);
    struct wxl_token_clock now = check_clock(L, 2);
    size_t len = 0;
    const char *token = luaL_checklstring(L, 4, &len);

    if (wxl_token_fetched(f, now, token, len, to_ms(luaL_checknumber(L, 5))) != WXL_OK) {
        return luaL_error(L, "out of memory");
    }
    return 0;
}

/* flight:fetch_failed(wall, mono, "passing"|"lasting"|"private") */
static int flight_fetch_failed(lua_State *L)
{
    static const char *const causes[] = {"passing", "lasting", "private", NULL};

    wxl_token_fetch_failed(check_flight(L), check_clock(L, 2),
                           (enum wxl_token_cause)luaL_checkoption(L, 4, NULL, causes));
    return 0;
}

static const luaL_Reg cell_methods[] = {
    {"peek", cell_peek},       {"usable", cell_usable}, {"token", cell_token},
    {"expires", cell_expires}, {"flight", cell_flight}, {NULL, NULL},
};

static const luaL_Reg flight_methods[] = {
    {"next", flight_next},
    {"stored", flight_stored},
    {"checked", flight_checked},
    {"locked", flight_locked},
    {"adjourn", flight_adjourn},
    {"rationed", flight_rationed},
    {"store_failed", flight_store_failed},
    {"fetched", flight_fetched},
    {"fetch_failed", flight_fetch_failed},
    {NULL, NULL},
};

static const luaL_Reg token_functions[] = {
    {"cell", token_cell},
    {NULL, NULL},
};

void wxl_open_token(lua_State *L)
{
    wxl_newclass(L, CELL_MT, cell_methods, cell_close);
    wxl_newclass(L, FLIGHT_MT, flight_methods, flight_close);
    wxl_setmodule(L, "token", token_functions);
}
