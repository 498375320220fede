/* A token cell, both clocks, and the actions that every test of the state machine goes through. */
#ifndef WXL_TOKEN_FIXTURE_H
#define WXL_TOKEN_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wxlive/token.h"

#define SECOND INT64_C(1000)
#define LIFE (7200 * SECOND)

/* The world of one test: both clocks, the cell, and what the last action asked for. */
static struct wxl_token_clock now;
static struct wxl_token_cell *cell;
static struct wxl_token_ask ask;
static int64_t lock_ms; /* of the mode under test */
static int64_t fetch_ms;

static inline void pass(int64_t ms)
{
    now.wall += ms;
    now.mono += ms;
}

static inline void open_cell(enum wxl_token_mode mode)
{
    struct wxl_token_config config;

    now.wall = INT64_C(1800000000000);
    now.mono = 5000000;
    wxl_token_defaults(&config, mode);
    lock_ms = config.lock_ms;
    fetch_ms = config.fetch_ms;
    assert_int_equal(wxl_token_cell_new(&config, 7, &cell), WXL_OK);
}

static inline int stable(void **state)
{
    (void)state;
    open_cell(WXL_TOKEN_STABLE);
    return 0;
}

static inline int plain(void **state)
{
    (void)state;
    open_cell(WXL_TOKEN_PLAIN);
    return 0;
}

static inline int provider(void **state)
{
    (void)state;
    open_cell(WXL_TOKEN_PROVIDER);
    return 0;
}

static inline int close_cell(void **state)
{
    (void)state;
    wxl_token_cell_free(cell);
    cell = NULL;
    return 0;
}

static inline struct wxl_token_flight *begin(const char *refused, int64_t time)
{
    struct wxl_token_flight *f = NULL;

    assert_int_equal(wxl_token_begin(cell, now, now.mono + time, refused,
                                     refused ? strlen(refused) : 0, &f),
                     WXL_OK);
    return f;
}

static inline void action_is(struct wxl_token_flight *f, enum wxl_token_action wanted, int line)
{
    enum wxl_token_action action = wxl_token_next(f, now, &ask);

    if (action != wanted) {
        print_error("line %d: action %d instead of %d\n", line, (int)action, (int)wanted);
    }
    assert_int_equal(action, wanted);
}

#define ACTION(f, wanted) action_is(f, wanted, __LINE__)

static inline void stored(struct wxl_token_flight *f, const char *token, int64_t end, int64_t fetched)
{
    assert_int_equal(wxl_token_stored(f, now, token, strlen(token), end, fetched), WXL_OK);
}

static inline void fetched(struct wxl_token_flight *f, const char *token, int64_t life)
{
    assert_int_equal(wxl_token_fetched(f, now, token, strlen(token), life), WXL_OK);
}

static inline void token_is(const char *wanted)
{
    size_t len = 0;
    const char *token = wxl_token_text(cell, &len);

    assert_int_equal(len, strlen(wanted));
    assert_memory_equal(token ? token : "", wanted, len);
}

/* USE with that token; the flight is over. */
static inline void lands_with(struct wxl_token_flight *f, const char *token)
{
    ACTION(f, WXL_TOKEN_USE);
    ACTION(f, WXL_TOKEN_USE);
    token_is(token);
    wxl_token_end(f);
}

static inline void fails_with(struct wxl_token_flight *f, enum wxl_token_failure why)
{
    ACTION(f, WXL_TOKEN_FAIL);
    assert_int_equal(ask.failure, why);
    ACTION(f, WXL_TOKEN_FAIL);
    assert_int_equal(ask.failure, why);
    wxl_token_end(f);
}

/* Through an empty store to the fetch, with the lock taken. */
static inline void to_fetch(struct wxl_token_flight *f)
{
    ACTION(f, WXL_TOKEN_READ);
    stored(f, "", 0, 0);
    ACTION(f, WXL_TOKEN_CHECK);
    wxl_token_checked(f, now, 0);
    ACTION(f, WXL_TOKEN_LOCK);
    assert_int_equal(ask.keep_ms, lock_ms);
    wxl_token_locked(f, now, 1, "me", 2, 0);
    ACTION(f, WXL_TOKEN_READ);
    stored(f, "", 0, 0);
    ACTION(f, WXL_TOKEN_CHECK);
    wxl_token_checked(f, now, 0);
    ACTION(f, WXL_TOKEN_FETCH);
}

static inline void fill(const char *token, int64_t life)
{
    struct wxl_token_flight *f = begin(NULL, 20 * SECOND);

    to_fetch(f);
    assert_int_equal(ask.timeout_ms, fetch_ms);
    assert_false(ask.force);
    assert_false(ask.cut);
    fetched(f, token, life);
    ACTION(f, WXL_TOKEN_WRITE);
    ACTION(f, WXL_TOKEN_UNLOCK);
    lands_with(f, token);
}

#define TEST(mode, name) cmocka_unit_test_setup_teardown(name, mode, close_cell)

#endif
