/* The token's state machine, driven with no clock, store or network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "torture.h"
#include "wxlive/token.h"

#define SECOND INT64_C(1000)
#define LIFE (7200 * SECOND)

/* The world of one test: both clocks, the cell, and what the last step asked for. */
static struct wxl_token_clock now;
static struct wxl_token_cell *cell;
static struct wxl_token_ask ask;

static void pass(int64_t ms)
{
    now.wall += ms;
    now.mono += ms;
}

static void open_cell(enum wxl_token_mode mode)
{
    struct wxl_token_config config;

    now.wall = INT64_C(1800000000000);
    now.mono = 5000000;
    wxl_token_defaults(&config, mode);
    assert_int_equal(wxl_token_cell_new(&config, 7, &cell), WXL_OK);
}

static int stable(void **state)
{
    (void)state;
    open_cell(WXL_TOKEN_STABLE);
    return 0;
}

static int plain(void **state)
{
    (void)state;
    open_cell(WXL_TOKEN_PLAIN);
    return 0;
}

static int provider(void **state)
{
    (void)state;
    open_cell(WXL_TOKEN_PROVIDER);
    return 0;
}

static int close_cell(void **state)
{
    (void)state;
    wxl_token_cell_free(cell);
    cell = NULL;
    return 0;
}

static struct wxl_token_flight *begin(const char *refused, int64_t time)
{
    struct wxl_token_flight *f = NULL;

    assert_int_equal(wxl_token_begin(cell, now, now.mono + time, refused,
                                     refused ? strlen(refused) : 0, &f),
                     WXL_OK);
    return f;
}

static void step_is(struct wxl_token_flight *f, enum wxl_token_step wanted, int line)
{
    enum wxl_token_step step = wxl_token_next(f, now, &ask);

    if (step != wanted) {
        print_error("line %d: step %d instead of %d\n", line, (int)step, (int)wanted);
    }
    assert_int_equal(step, wanted);
}

#define STEP(f, wanted) step_is(f, wanted, __LINE__)

static void stored(struct wxl_token_flight *f, const char *token, int64_t end, int64_t fetched)
{
    assert_int_equal(wxl_token_stored(f, now, token, strlen(token), end, fetched), WXL_OK);
}

static void fetched(struct wxl_token_flight *f, const char *token, int64_t life)
{
    assert_int_equal(wxl_token_fetched(f, now, token, strlen(token), life), WXL_OK);
}

static void token_is(const char *wanted)
{
    size_t len = 0;
    const char *token = wxl_token_text(cell, &len);

    assert_int_equal(len, strlen(wanted));
    assert_memory_equal(token ? token : "", wanted, len);
}

/* USE with that token; the flight is over. */
static void lands_with(struct wxl_token_flight *f, const char *token)
{
    STEP(f, WXL_TOKEN_USE);
    STEP(f, WXL_TOKEN_USE);
    token_is(token);
    wxl_token_end(f);
}

static void fails_with(struct wxl_token_flight *f, enum wxl_token_failure why)
{
    STEP(f, WXL_TOKEN_FAIL);
    assert_int_equal(ask.failure, why);
    STEP(f, WXL_TOKEN_FAIL);
    assert_int_equal(ask.failure, why);
    wxl_token_end(f);
}

/* Through an empty store to the fetch, with the lock taken. */
static void to_fetch(struct wxl_token_flight *f)
{
    STEP(f, WXL_TOKEN_READ);
    stored(f, "", 0, 0);
    STEP(f, WXL_TOKEN_CHECK);
    wxl_token_checked(f, now, 0);
    STEP(f, WXL_TOKEN_LOCK);
    assert_int_equal(ask.keep_ms, 15 * SECOND);
    wxl_token_locked(f, now, 1);
    STEP(f, WXL_TOKEN_READ);
    stored(f, "", 0, 0);
    STEP(f, WXL_TOKEN_CHECK);
    wxl_token_checked(f, now, 0);
    STEP(f, WXL_TOKEN_FETCH);
}

static void fill(const char *token, int64_t life)
{
    struct wxl_token_flight *f = begin(NULL, 20 * SECOND);

    to_fetch(f);
    assert_int_equal(ask.timeout_ms, 10 * SECOND);
    assert_false(ask.force);
    assert_false(ask.cut);
    fetched(f, token, life);
    STEP(f, WXL_TOKEN_WRITE);
    STEP(f, WXL_TOKEN_UNLOCK);
    lands_with(f, token);
}

/* ---- the common way -------------------------------------------------------------------------- */

static void a_fresh_token_asks_for_nothing(void **state)
{
    struct wxl_token_flight *f;
    uint64_t serial;

    (void)state;
    assert_true(wxl_token_peek(cell, now) == 0);
    assert_true(wxl_token_expires(cell) == 0);
    fill("T1", LIFE);
    serial = wxl_token_peek(cell, now);
    assert_true(serial != 0);
    assert_true(wxl_token_expires(cell) == now.wall + LIFE);
    pass(LIFE - 281 * SECOND);
    assert_true(wxl_token_peek(cell, now) == serial);
    f = begin(NULL, SECOND);
    lands_with(f, "T1");
    pass(81 * SECOND);
    assert_true(wxl_token_peek(cell, now) == 0);
    assert_true(wxl_token_usable(cell, now));
    pass(194 * SECOND);
    assert_true(wxl_token_usable(cell, now));
    pass(SECOND);
    assert_false(wxl_token_usable(cell, now));
}

static void a_stored_token_is_adopted(void **state)
{
    struct wxl_token_flight *f = begin(NULL, SECOND);

    (void)state;
    STEP(f, WXL_TOKEN_READ);
    STEP(f, WXL_TOKEN_READ);
    stored(f, "S1", now.wall + LIFE / 2, now.wall - LIFE / 2);
    lands_with(f, "S1");
    assert_true(wxl_token_peek(cell, now) != 0);
}

static void the_store_is_read_again_under_the_lock(void **state)
{
    struct wxl_token_flight *f = begin(NULL, SECOND);

    (void)state;
    STEP(f, WXL_TOKEN_READ);
    stored(f, "", 0, 0);
    STEP(f, WXL_TOKEN_CHECK);
    wxl_token_checked(f, now, 0);
    STEP(f, WXL_TOKEN_LOCK);
    wxl_token_locked(f, now, 1);
    STEP(f, WXL_TOKEN_READ);
    stored(f, "S1", now.wall + LIFE, now.wall);
    STEP(f, WXL_TOKEN_UNLOCK);
    lands_with(f, "S1");
}

static void rubbish_in_the_store_counts_as_none(void **state)
{
    static const struct {
        const char *token;
        int64_t end;
        int64_t fetched;
    } cases[] = {
        {"T", 0, 0},                       /* over */
        {"T", -5 * SECOND, 0},             /* long over */
        {"T", 7801 * SECOND, 0},           /* lives longer than any token */
        {"T", INT64_MAX / 2, 0},           /* absurd */
        {"T", 7200 * SECOND, 61 * SECOND}, /* fetched in the future */
        {"a b", 7200 * SECOND, 0},
        {"a\nb", 7200 * SECOND, 0},
        {"\x7f", 7200 * SECOND, 0},
        {"\xe7\x9b\xb4", 7200 * SECOND, 0},
        {"", 7200 * SECOND, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wxl_token_flight *f = begin(NULL, SECOND);

        STEP(f, WXL_TOKEN_READ);
        stored(f, cases[i].token, now.wall + cases[i].end, now.wall + cases[i].fetched);
        STEP(f, WXL_TOKEN_CHECK);
        wxl_token_end(f);
    }
    assert_false(wxl_token_usable(cell, now));
}

static void the_longest_token_is_taken_and_no_longer_one(void **state)
{
    char text[WXL_TOKEN_MAX + 1];
    struct wxl_token_flight *f;
    size_t len = 0;

    (void)state;
    memset(text, 'x', sizeof text);
    f = begin(NULL, SECOND);
    to_fetch(f);
    assert_int_equal(wxl_token_fetched(f, now, text, sizeof text, LIFE), WXL_OK);
    STEP(f, WXL_TOKEN_PUBLISH);
    assert_int_equal(ask.failure, WXL_TOKEN_F_BAD_TOKEN);
    STEP(f, WXL_TOKEN_UNLOCK);
    fails_with(f, WXL_TOKEN_F_BAD_TOKEN);
    pass(3 * SECOND);
    f = begin(NULL, SECOND);
    to_fetch(f);
    assert_int_equal(wxl_token_fetched(f, now, text, sizeof text - 1, LIFE), WXL_OK);
    STEP(f, WXL_TOKEN_WRITE);
    wxl_token_end(f);
    assert_non_null(wxl_token_text(cell, &len));
    assert_int_equal(len, WXL_TOKEN_MAX);
    assert_int_equal(wxl_token_begin(cell, now, 0, text, sizeof text, &f), WXL_E_ARG);
    assert_null(f);
}

static void a_short_life_is_used_to_its_half(void **state)
{
    (void)state;
    fill("T1", 10 * SECOND);
    pass(4900);
    assert_true(wxl_token_peek(cell, now) != 0);
    pass(200);
    assert_true(wxl_token_peek(cell, now) == 0);
    assert_true(wxl_token_usable(cell, now));
    pass(4000);
    assert_false(wxl_token_usable(cell, now));
}

static void life_is_counted_from_the_asking(void **state)
{
    struct wxl_token_flight *f = begin(NULL, 20 * SECOND);
    int64_t asked = now.wall;

    (void)state;
    to_fetch(f);
    pass(9 * SECOND);
    fetched(f, "T1", LIFE);
    assert_true(wxl_token_expires(cell) == asked + LIFE);
    wxl_token_end(f);
    f = begin("T1", 20 * SECOND);
    to_fetch(f);
    pass(9 * SECOND);
    fetched(f, "T2", 8 * SECOND); /* dead on arrival */
    STEP(f, WXL_TOKEN_PUBLISH);
    assert_int_equal(ask.failure, WXL_TOKEN_F_BAD_TOKEN);
    wxl_token_end(f);
}

/* ---- one fetch at a time --------------------------------------------------------------------- */

static void those_who_come_later_wait_for_the_first(void **state)
{
    struct wxl_token_flight *first = begin(NULL, 20 * SECOND);
    struct wxl_token_flight *second = begin(NULL, 20 * SECOND);
    int64_t last = 0;
    int i;

    (void)state;
    to_fetch(first);
    for (i = 0; i < 12; i++) {
        STEP(second, WXL_TOKEN_WAIT);
        assert_in_range(ask.wait_ms, 1, 751);
        last = ask.wait_ms;
        pass(10);
    }
    assert_true(last >= 250);
    fetched(first, "T1", LIFE);
    STEP(first, WXL_TOKEN_WRITE);
    lands_with(second, "T1"); /* without waiting for the store */
    STEP(first, WXL_TOKEN_UNLOCK);
    lands_with(first, "T1");
}

static void a_wait_ends_at_the_deadline(void **state)
{
    struct wxl_token_flight *first = begin(NULL, 20 * SECOND);
    struct wxl_token_flight *second = begin(NULL, 100);
    int i;

    (void)state;
    to_fetch(first);
    for (i = 0; i < 100 && wxl_token_next(second, now, &ask) == WXL_TOKEN_WAIT; i++) {
        assert_in_range(ask.wait_ms, 1, 100);
        pass(ask.wait_ms);
    }
    fails_with(second, WXL_TOKEN_F_DEADLINE);
    fetched(first, "T1", LIFE); /* which did not disturb the first */
    STEP(first, WXL_TOKEN_WRITE);
    wxl_token_end(first);
    assert_true(wxl_token_peek(cell, now) != 0);
}

static void the_lead_of_an_abandoned_flight_runs_out(void **state)
{
    struct wxl_token_flight *lost = begin(NULL, 60 * SECOND);
    struct wxl_token_flight *next = begin(NULL, 60 * SECOND);

    (void)state;
    to_fetch(lost);
    pass(14900);
    STEP(next, WXL_TOKEN_WAIT);
    pass(100);
    to_fetch(next);
    fetched(next, "T2", LIFE);
    /* The lost one comes back too late: it takes the newer token, and it stores nothing. */
    fetched(lost, "T1", LIFE + 100 * SECOND);
    STEP(lost, WXL_TOKEN_UNLOCK);
    lands_with(lost, "T2");
    STEP(next, WXL_TOKEN_WRITE);
    token_is("T2");
    STEP(next, WXL_TOKEN_UNLOCK);
    wxl_token_end(next);
}

static void who_was_replaced_fails_alone(void **state)
{
    struct wxl_token_flight *lost = begin(NULL, 60 * SECOND);
    struct wxl_token_flight *next = begin(NULL, 60 * SECOND);
    struct wxl_token_flight *third = begin(NULL, 60 * SECOND);

    (void)state;
    to_fetch(lost);
    pass(15000);
    to_fetch(next);
    wxl_token_fetch_failed(lost, now, WXL_TOKEN_LASTING);
    STEP(lost, WXL_TOKEN_UNLOCK); /* and nothing is published */
    fails_with(lost, WXL_TOKEN_F_FETCH);
    STEP(third, WXL_TOKEN_WAIT);
    fetched(next, "T2", LIFE);
    STEP(next, WXL_TOKEN_WRITE);
    STEP(next, WXL_TOKEN_UNLOCK);
    lands_with(next, "T2");
    lands_with(third, "T2");
}

static void an_ended_flight_gives_up_the_lead_at_once(void **state)
{
    struct wxl_token_flight *gone = begin(NULL, SECOND);
    struct wxl_token_flight *next = begin(NULL, SECOND);

    (void)state;
    to_fetch(gone);
    STEP(next, WXL_TOKEN_WAIT);
    wxl_token_end(gone);
    STEP(next, WXL_TOKEN_READ);
    wxl_token_end(next);
    wxl_token_end(NULL);
}

static void one_flight_asks_for_all_while_another_process_fetches(void **state)
{
    struct wxl_token_flight *f = begin(NULL, 60 * SECOND);
    struct wxl_token_flight *other = begin(NULL, 60 * SECOND);
    int i;

    (void)state;
    for (i = 0; i < 50; i++) {
        STEP(f, WXL_TOKEN_READ);
        stored(f, "", 0, 0);
        STEP(f, WXL_TOKEN_CHECK);
        wxl_token_checked(f, now, 0);
        STEP(f, WXL_TOKEN_LOCK);
        wxl_token_locked(f, now, 0);
        STEP(f, WXL_TOKEN_WAIT);
        pass(ask.wait_ms);
        STEP(other, WXL_TOKEN_WAIT); /* its lead is renewed as long as it goes on */
    }
    STEP(f, WXL_TOKEN_READ);
    stored(f, "S1", now.wall + LIFE, now.wall);
    lands_with(f, "S1");
    lands_with(other, "S1");
}

static void waiting_for_another_process_ends_at_the_deadline(void **state)
{
    struct wxl_token_flight *f = begin(NULL, SECOND);

    (void)state;
    STEP(f, WXL_TOKEN_READ);
    stored(f, "", 0, 0);
    wxl_token_checked(f, now, 0);
    STEP(f, WXL_TOKEN_LOCK);
    wxl_token_locked(f, now, 0);
    pass(SECOND);
    fails_with(f, WXL_TOKEN_F_DEADLINE);
    f = begin(NULL, SECOND); /* which is no failure of the fetch: the next one tries */
    STEP(f, WXL_TOKEN_READ);
    wxl_token_end(f);
}

static void no_time_left_means_no_fetch(void **state)
{
    struct wxl_token_flight *f = begin(NULL, 0);

    (void)state;
    STEP(f, WXL_TOKEN_READ);
    stored(f, "", 0, 0);
    wxl_token_checked(f, now, 0);
    STEP(f, WXL_TOKEN_LOCK);
    wxl_token_locked(f, now, 1);
    stored(f, "", 0, 0);
    wxl_token_checked(f, now, 0);
    STEP(f, WXL_TOKEN_UNLOCK);
    fails_with(f, WXL_TOKEN_F_DEADLINE);
}

/* ---- ahead of the end ------------------------------------------------------------------------ */

static void one_refreshes_ahead_and_the_others_go_on(void **state)
{
    struct wxl_token_flight *f;
    struct wxl_token_flight *other;

    (void)state;
    fill("T1", LIFE);
    pass(LIFE - 100 * SECOND);
    f = begin(NULL, 8 * SECOND);
    to_fetch(f);
    assert_int_equal(ask.timeout_ms, 4 * SECOND); /* half of the caller's time */
    assert_true(ask.cut);
    assert_true(wxl_token_peek(cell, now) != 0);
    other = begin(NULL, SECOND);
    lands_with(other, "T1");
    fetched(f, "T2", LIFE);
    STEP(f, WXL_TOKEN_WRITE);
    STEP(f, WXL_TOKEN_UNLOCK);
    lands_with(f, "T2");
}

static void nobody_waits_for_a_refresh_ahead_elsewhere(void **state)
{
    struct wxl_token_flight *f;

    (void)state;
    fill("T1", LIFE);
    pass(LIFE - 100 * SECOND);
    f = begin(NULL, SECOND);
    STEP(f, WXL_TOKEN_READ);
    stored(f, "T1", now.wall + 100 * SECOND, now.wall - LIFE);
    wxl_token_checked(f, now, 0);
    STEP(f, WXL_TOKEN_LOCK);
    wxl_token_locked(f, now, 0);
    lands_with(f, "T1");
    assert_true(wxl_token_peek(cell, now) != 0); /* put off for 3 s */
    pass(3100);
    assert_true(wxl_token_peek(cell, now) == 0);
}

static void a_failed_refresh_ahead_is_nobodys_failure(void **state)
{
    struct wxl_token_flight *f;

    (void)state;
    fill("T1", LIFE);
    pass(LIFE - 100 * SECOND);
    f = begin(NULL, 20 * SECOND);
    to_fetch(f);
    wxl_token_fetch_failed(f, now, WXL_TOKEN_PASSING);
    STEP(f, WXL_TOKEN_PUBLISH); /* other processes put theirs off, too */
    STEP(f, WXL_TOKEN_UNLOCK);
    STEP(f, WXL_TOKEN_USE);
    assert_int_equal(ask.failure, WXL_TOKEN_F_FETCH);
    wxl_token_end(f);
    pass(29 * SECOND);
    assert_true(wxl_token_peek(cell, now) != 0);
    pass(2 * SECOND);
    f = begin(NULL, 20 * SECOND);
    STEP(f, WXL_TOKEN_READ);
    stored(f, "", 0, 0);
    wxl_token_checked(f, now, 1);
    STEP(f, WXL_TOKEN_USE);
    assert_int_equal(ask.failure, WXL_TOKEN_F_SHARED);
    wxl_token_end(f);
    f = begin(NULL, 20 * SECOND);
    lands_with(f, "T1");
}

static void the_same_token_fetched_ahead_is_not_fetched_over_and_over(void **state)
{
    struct wxl_token_flight *f;
    uint64_t serial;
    int64_t end;
    int fetches = 0;

    (void)state;
    fill("T1", LIFE);
    serial = wxl_token_peek(cell, now);
    end = now.wall + LIFE;
    pass(LIFE - 280 * SECOND);
    while (wxl_token_usable(cell, now)) {
        if (!wxl_token_peek(cell, now)) {
            f = begin(NULL, 20 * SECOND);
            to_fetch(f);
            fetched(f, "T1", end - now.wall); /* the platform has nothing newer yet */
            STEP(f, WXL_TOKEN_WRITE);
            STEP(f, WXL_TOKEN_UNLOCK);
            lands_with(f, "T1");
            fetches++;
        }
        pass(500);
    }
    assert_in_range(fetches, 5, 20);
    assert_true(serial == 1);
}

static void a_recent_fetch_of_another_process_puts_ours_off(void **state)
{
    struct wxl_token_flight *f;

    (void)state;
    fill("T1", LIFE);
    pass(LIFE - 100 * SECOND);
    f = begin(NULL, SECOND);
    STEP(f, WXL_TOKEN_READ);
    stored(f, "T1", now.wall + 100 * SECOND, now.wall - 5 * SECOND);
    lands_with(f, "T1");
    assert_true(wxl_token_peek(cell, now) != 0);
}

static void margins_are_spread(void **state)
{
    int64_t least = LIFE;
    int64_t most = 0;
    int i;

    (void)state;
    for (i = 0; i < 200; i++) {
        struct wxl_token_config config;
        struct wxl_token_flight *f;
        int64_t left;

        close_cell(NULL);
        wxl_token_defaults(&config, WXL_TOKEN_STABLE);
        assert_int_equal(wxl_token_cell_new(&config, (uint32_t)i * 2654435761U, &cell), WXL_OK);
        f = begin(NULL, SECOND);
        STEP(f, WXL_TOKEN_READ);
        stored(f, "S", now.wall + LIFE, now.wall);
        wxl_token_end(f);
        for (left = 300 * SECOND; left > 0; left -= SECOND) {
            struct wxl_token_clock then = {now.wall + LIFE - left, now.mono + LIFE - left};

            if (!wxl_token_peek(cell, then)) {
                break;
            }
        }
        least = left < least ? left : least;
        most = left > most ? left : most;
    }
    assert_in_range(least, 199 * SECOND, 215 * SECOND);
    assert_in_range(most, 265 * SECOND, 280 * SECOND);
}

/* ---- clocks that jump ------------------------------------------------------------------------ */

static void a_wall_clock_that_jumps_makes_nothing_live_longer(void **state)
{
    (void)state;
    fill("T1", LIFE);
    now.wall -= 86400 * SECOND;
    assert_true(wxl_token_peek(cell, now) != 0); /* the other clock knows how old it is */
    pass(LIFE);
    assert_false(wxl_token_usable(cell, now));
    fill("T2", LIFE);
    now.wall += 86400 * SECOND; /* or the machine was asleep */
    assert_false(wxl_token_usable(cell, now));
}

static void a_clock_set_back_during_a_fetch_ends_the_token_in_time(void **state)
{
    struct wxl_token_flight *f = begin(NULL, 20 * SECOND);

    (void)state;
    to_fetch(f);
    now.wall -= 3600 * SECOND;
    fetched(f, "T1", LIFE);
    assert_true(wxl_token_expires(cell) == now.wall + LIFE);
    wxl_token_end(f);
}

/* ---- failures -------------------------------------------------------------------------------- */

static void who_waited_gets_the_failure_of_the_first(void **state)
{
    struct wxl_token_flight *first = begin(NULL, 60 * SECOND);
    struct wxl_token_flight *second = begin(NULL, 60 * SECOND);
    struct wxl_token_flight *third;

    (void)state;
    to_fetch(first);
    STEP(second, WXL_TOKEN_WAIT);
    wxl_token_fetch_failed(first, now, WXL_TOKEN_PASSING);
    STEP(first, WXL_TOKEN_PUBLISH);
    assert_int_equal(ask.keep_ms, 2 * SECOND);
    STEP(second, WXL_TOKEN_WAIT); /* until the first has said why */
    STEP(first, WXL_TOKEN_UNLOCK);
    fails_with(first, WXL_TOKEN_F_FETCH);
    third = begin(NULL, SECOND);
    fails_with(third, WXL_TOKEN_F_SHARED);
    pass(10 * SECOND); /* the second overslept: it is still its failure */
    fails_with(second, WXL_TOKEN_F_SHARED);
    third = begin(NULL, SECOND);
    STEP(third, WXL_TOKEN_READ);
    wxl_token_end(third);
}

static void what_a_person_must_mend_is_answered_longer(void **state)
{
    struct wxl_token_flight *f = begin(NULL, 60 * SECOND);

    (void)state;
    to_fetch(f);
    wxl_token_fetch_failed(f, now, WXL_TOKEN_LASTING);
    STEP(f, WXL_TOKEN_PUBLISH);
    assert_int_equal(ask.keep_ms, 5 * SECOND);
    STEP(f, WXL_TOKEN_UNLOCK);
    fails_with(f, WXL_TOKEN_F_FETCH);
    pass(4900);
    f = begin(NULL, SECOND);
    fails_with(f, WXL_TOKEN_F_SHARED);
    pass(200);
    f = begin(NULL, SECOND);
    STEP(f, WXL_TOKEN_READ);
    wxl_token_end(f);
}

static void a_private_failure_is_nobody_elses(void **state)
{
    struct wxl_token_flight *hasty = begin(NULL, 300);
    struct wxl_token_flight *other = begin(NULL, 60 * SECOND);

    (void)state;
    to_fetch(hasty);
    assert_int_equal(ask.timeout_ms, 300);
    assert_true(ask.cut);
    STEP(other, WXL_TOKEN_WAIT);
    pass(300);
    wxl_token_fetch_failed(hasty, now, WXL_TOKEN_PRIVATE);
    STEP(hasty, WXL_TOKEN_UNLOCK);
    fails_with(hasty, WXL_TOKEN_F_FETCH);
    to_fetch(other);
    wxl_token_end(other);
}

static void a_failure_of_another_process_is_the_answer(void **state)
{
    struct wxl_token_flight *f = begin(NULL, 60 * SECOND);

    (void)state;
    STEP(f, WXL_TOKEN_READ);
    stored(f, "", 0, 0);
    STEP(f, WXL_TOKEN_CHECK);
    wxl_token_checked(f, now, 1);
    fails_with(f, WXL_TOKEN_F_SHARED);
    pass(3 * SECOND);
    f = begin(NULL, 60 * SECOND);
    STEP(f, WXL_TOKEN_READ);
    stored(f, "", 0, 0);
    wxl_token_checked(f, now, 0);
    STEP(f, WXL_TOKEN_LOCK);
    wxl_token_locked(f, now, 1);
    stored(f, "", 0, 0);
    STEP(f, WXL_TOKEN_CHECK);
    wxl_token_checked(f, now, 1); /* published between our look and our lock */
    STEP(f, WXL_TOKEN_UNLOCK);
    fails_with(f, WXL_TOKEN_F_SHARED);
}

static void the_store_may_fail_at_any_step(void **state)
{
    int at;

    (void)state;
    for (at = 0; at < 5; at++) {
        struct wxl_token_flight *f = begin(NULL, 60 * SECOND);

        STEP(f, WXL_TOKEN_READ);
        if (at > 0) {
            stored(f, "", 0, 0);
        }
        if (at > 1) {
            wxl_token_checked(f, now, 0);
        }
        if (at > 2) {
            STEP(f, WXL_TOKEN_LOCK);
            wxl_token_locked(f, now, 1);
        }
        if (at > 3) {
            stored(f, "", 0, 0);
        }
        wxl_token_store_failed(f, now);
        STEP(f, WXL_TOKEN_FETCH); /* stable: every process gets the same token anyhow */
        fetched(f, at % 2 ? "T1" : "T2", LIFE);
        if (at > 2) {
            STEP(f, WXL_TOKEN_WRITE);
            STEP(f, WXL_TOKEN_UNLOCK);
        }
        lands_with(f, at % 2 ? "T1" : "T2");
        pass(LIFE);
    }
}

static void plain_tokens_need_the_store(void **state)
{
    struct wxl_token_flight *f = begin(NULL, 60 * SECOND);

    (void)state;
    STEP(f, WXL_TOKEN_READ);
    wxl_token_store_failed(f, now);
    fails_with(f, WXL_TOKEN_F_STORE);
    pass(3 * SECOND);
    fill("T1", LIFE);
    pass(LIFE - 300 * SECOND);
    f = begin(NULL, 60 * SECOND);
    STEP(f, WXL_TOKEN_READ);
    wxl_token_store_failed(f, now);
    STEP(f, WXL_TOKEN_USE); /* while it lives */
    assert_int_equal(ask.failure, WXL_TOKEN_F_STORE);
    wxl_token_end(f);
}

static void answers_that_were_not_asked_for_change_nothing(void **state)
{
    struct wxl_token_flight *f = begin(NULL, 60 * SECOND);

    (void)state;
    fetched(f, "T9", LIFE);
    wxl_token_locked(f, now, 1);
    wxl_token_checked(f, now, 1);
    wxl_token_rationed(f, now, 0);
    wxl_token_store_failed(f, now);
    wxl_token_fetch_failed(f, now, WXL_TOKEN_LASTING);
    to_fetch(f);
    stored(f, "T8", now.wall + LIFE, now.wall);
    wxl_token_store_failed(f, now);
    STEP(f, WXL_TOKEN_FETCH);
    fetched(f, "T1", LIFE);
    STEP(f, WXL_TOKEN_WRITE);
    STEP(f, WXL_TOKEN_UNLOCK);
    fetched(f, "T7", LIFE);
    lands_with(f, "T1");
}

/* ---- refused tokens -------------------------------------------------------------------------- */

static void a_refused_token_is_compared_with_the_cell(void **state)
{
    (void)state;
    fill("T1", LIFE);
    lands_with(begin("T0", SECOND), "T1");
}

static void then_with_the_store(void **state)
{
    struct wxl_token_flight *f;
    struct wxl_token_flight *other;

    (void)state;
    fill("T1", LIFE);
    f = begin("T1", SECOND);
    assert_false(wxl_token_usable(cell, now)); /* nobody else uses it from now on */
    other = begin("T1", SECOND);
    STEP(f, WXL_TOKEN_READ);
    STEP(other, WXL_TOKEN_WAIT);
    stored(f, "S2", now.wall + 60 * SECOND, now.wall - LIFE); /* old, but not refused */
    lands_with(f, "S2");
    lands_with(other, "S2");
}

static void then_fetched_plainly(void **state)
{
    struct wxl_token_flight *f;

    (void)state;
    fill("T1", LIFE);
    f = begin("T1", 60 * SECOND);
    STEP(f, WXL_TOKEN_READ);
    stored(f, "T1", now.wall + LIFE, now.wall);
    STEP(f, WXL_TOKEN_CHECK);
    wxl_token_checked(f, now, 0);
    STEP(f, WXL_TOKEN_LOCK);
    wxl_token_locked(f, now, 1);
    stored(f, "T1", now.wall + LIFE, now.wall);
    wxl_token_checked(f, now, 0);
    STEP(f, WXL_TOKEN_FETCH);
    assert_false(ask.force);
    fetched(f, "T2", LIFE);
    STEP(f, WXL_TOKEN_WRITE);
    STEP(f, WXL_TOKEN_UNLOCK);
    lands_with(f, "T2");
}

static struct wxl_token_flight *to_ration(const char *refused)
{
    struct wxl_token_flight *f = begin(refused, 60 * SECOND);

    to_fetch(f);
    assert_false(ask.force);
    fetched(f, refused, LIFE);
    STEP(f, WXL_TOKEN_RATION);
    return f;
}

static void only_the_same_token_again_is_forced(void **state)
{
    struct wxl_token_flight *f;

    (void)state;
    fill("T1", LIFE);
    f = to_ration("T1");
    wxl_token_rationed(f, now, 0);
    STEP(f, WXL_TOKEN_FETCH);
    assert_true(ask.force);
    fetched(f, "T2", LIFE);
    STEP(f, WXL_TOKEN_WRITE);
    STEP(f, WXL_TOKEN_UNLOCK);
    lands_with(f, "T2");
    f = to_ration("T2");
    wxl_token_rationed(f, now, 0);
    STEP(f, WXL_TOKEN_FETCH);
    fetched(f, "T2", LIFE); /* the platform insists */
    STEP(f, WXL_TOKEN_PUBLISH);
    STEP(f, WXL_TOKEN_UNLOCK);
    fails_with(f, WXL_TOKEN_F_SAME);
}

static void two_fetches_fit_into_one_lock(void **state)
{
    struct wxl_token_flight *f;

    (void)state;
    fill("T1", LIFE);
    f = begin("T1", 60 * SECOND);
    to_fetch(f);
    pass(9 * SECOND);
    fetched(f, "T1", LIFE);
    STEP(f, WXL_TOKEN_RATION);
    wxl_token_rationed(f, now, 0);
    STEP(f, WXL_TOKEN_FETCH);
    assert_int_equal(ask.timeout_ms, 6 * SECOND);
    wxl_token_end(f);
}

static void a_spent_ration_answers_until_it_is_free(void **state)
{
    struct wxl_token_flight *f;

    (void)state;
    fill("T1", LIFE);
    f = to_ration("T1");
    wxl_token_rationed(f, now, 20 * SECOND);
    STEP(f, WXL_TOKEN_PUBLISH);
    assert_int_equal(ask.keep_ms, 20 * SECOND);
    STEP(f, WXL_TOKEN_UNLOCK);
    fails_with(f, WXL_TOKEN_F_RATION);
    pass(19 * SECOND);
    fails_with(begin(NULL, SECOND), WXL_TOKEN_F_SHARED);
    fails_with(begin("T1", SECOND), WXL_TOKEN_F_SHARED);
    pass(2 * SECOND);
    f = begin(NULL, 20 * SECOND);
    to_fetch(f);
    fetched(f, "T1", LIFE); /* which another call knows to be refused */
    STEP(f, WXL_TOKEN_RATION);
    wxl_token_rationed(f, now, 40000 * SECOND);
    STEP(f, WXL_TOKEN_PUBLISH);
    assert_int_equal(ask.keep_ms, 30 * SECOND); /* looks again, even if the day is long */
    wxl_token_end(f);
}

static void a_refused_token_is_forgotten_in_time(void **state)
{
    struct wxl_token_flight *f;

    (void)state;
    fill("T1", LIFE);
    f = begin("T1", SECOND);
    STEP(f, WXL_TOKEN_READ);
    wxl_token_end(f);
    f = begin(NULL, SECOND);
    STEP(f, WXL_TOKEN_READ);
    stored(f, "T1", now.wall + LIFE, now.wall);
    STEP(f, WXL_TOKEN_CHECK);
    wxl_token_end(f);
    pass(61 * SECOND);
    f = begin(NULL, SECOND);
    STEP(f, WXL_TOKEN_READ);
    stored(f, "T1", now.wall + LIFE - 61 * SECOND, now.wall - 61 * SECOND);
    lands_with(f, "T1"); /* better than none */
}

static void plain_a_second_refusal_right_after_is_reported(void **state)
{
    struct wxl_token_flight *f;

    (void)state;
    fill("T1", LIFE);
    pass(SECOND);
    f = begin("T1", 20 * SECOND);
    to_fetch(f);
    fetched(f, "T2", LIFE);
    STEP(f, WXL_TOKEN_WRITE);
    STEP(f, WXL_TOKEN_UNLOCK);
    lands_with(f, "T2");
    pass(2 * SECOND);
    f = begin("T2", 20 * SECOND);
    STEP(f, WXL_TOKEN_READ);
    stored(f, "T2", now.wall + LIFE, now.wall);
    STEP(f, WXL_TOKEN_CHECK);
    wxl_token_checked(f, now, 0);
    fails_with(f, WXL_TOKEN_F_CONTESTED);
    pass(29 * SECOND);
    fails_with(begin(NULL, SECOND), WXL_TOKEN_F_SHARED);
    pass(2 * SECOND);
    f = begin(NULL, SECOND);
    STEP(f, WXL_TOKEN_READ);
    stored(f, "S3", now.wall + LIFE, now.wall);
    lands_with(f, "S3");
}

static void plain_is_never_forced(void **state)
{
    struct wxl_token_flight *f;

    (void)state;
    fill("T1", LIFE);
    f = begin("T1", 20 * SECOND);
    to_fetch(f);
    fetched(f, "T1", LIFE);
    STEP(f, WXL_TOKEN_PUBLISH);
    assert_int_equal(ask.failure, WXL_TOKEN_F_SAME);
    STEP(f, WXL_TOKEN_UNLOCK);
    fails_with(f, WXL_TOKEN_F_SAME);
}

static void a_token_refused_while_it_is_being_stored_is_fetched_once_more(void **state)
{
    struct wxl_token_flight *f = begin(NULL, 60 * SECOND);
    struct wxl_token_flight *other;

    (void)state;
    to_fetch(f);
    fetched(f, "T1", LIFE);
    STEP(f, WXL_TOKEN_WRITE);
    other = begin("T1", 60 * SECOND);
    STEP(other, WXL_TOKEN_WAIT);
    STEP(f, WXL_TOKEN_UNLOCK);
    to_fetch(f);
    fetched(f, "T2", LIFE);
    lands_with(other, "T2");
    STEP(f, WXL_TOKEN_WRITE);
    STEP(f, WXL_TOKEN_UNLOCK);
    wxl_token_end(begin("T2", SECOND)); /* and again: enough */
    fails_with(f, WXL_TOKEN_F_BAD_TOKEN);
}

/* ---- providers ------------------------------------------------------------------------------- */

static void a_provider_knows_no_store(void **state)
{
    struct wxl_token_flight *f = begin(NULL, SECOND);

    (void)state;
    STEP(f, WXL_TOKEN_FETCH);
    fetched(f, "P1", LIFE);
    lands_with(f, "P1");
    f = begin("P1", SECOND);
    STEP(f, WXL_TOKEN_FETCH);
    assert_false(ask.force);
    fetched(f, "P1", LIFE);
    fails_with(f, WXL_TOKEN_F_SAME);
    fails_with(begin(NULL, SECOND), WXL_TOKEN_F_SHARED);
    pass(6 * SECOND);
    f = begin(NULL, SECOND);
    STEP(f, WXL_TOKEN_FETCH);
    wxl_token_fetch_failed(f, now, WXL_TOKEN_PASSING);
    fails_with(f, WXL_TOKEN_F_FETCH);
}

/* ---- life of the objects --------------------------------------------------------------------- */

static void a_cell_lives_as_long_as_its_flights(void **state)
{
    struct wxl_token_flight *f = begin(NULL, 20 * SECOND);

    (void)state;
    to_fetch(f);
    wxl_token_cell_free(cell);
    fetched(f, "T1", LIFE);
    STEP(f, WXL_TOKEN_WRITE);
    STEP(f, WXL_TOKEN_UNLOCK);
    STEP(f, WXL_TOKEN_USE);
    wxl_token_end(f);
    cell = NULL;
}

static void settings_that_cannot_hold_are_refused(void **state)
{
    struct wxl_token_config config;
    struct wxl_token_cell *none = NULL;

    (void)state;
    wxl_token_defaults(&config, WXL_TOKEN_STABLE);
    config.fetch_ms = config.lock_ms;
    assert_int_equal(wxl_token_cell_new(&config, 0, &none), WXL_E_ARG);
    assert_null(none);
    wxl_token_defaults(&config, WXL_TOKEN_STABLE);
    config.wait_ms = 0;
    assert_int_equal(wxl_token_cell_new(&config, 0, &none), WXL_E_ARG);
    wxl_token_cell_free(NULL);
}

/* A whole life, in which any allocation may fail. */
static int whole_life(void *arg)
{
    struct wxl_token_config config;
    struct wxl_token_cell *c = NULL;
    struct wxl_token_flight *f = NULL;
    int ok = 0;

    (void)arg;
    wxl_token_defaults(&config, WXL_TOKEN_STABLE);
    if (wxl_token_cell_new(&config, 0, &c) != WXL_OK) {
        return 0;
    }
    if (wxl_token_begin(c, now, now.mono + 1000, NULL, 0, &f) != WXL_OK) {
        goto done;
    }
    (void)wxl_token_next(f, now, &ask);
    if (wxl_token_stored(f, now, "S1", 2, now.wall + LIFE, now.wall) != WXL_OK) {
        ok = wxl_token_next(f, now, &ask) == WXL_TOKEN_READ ? 0 : -1; /* still open */
        goto done;
    }
    wxl_token_end(f);
    if (wxl_token_begin(c, now, now.mono + 1000, "S1", 2, &f) != WXL_OK) {
        goto done;
    }
    (void)wxl_token_next(f, now, &ask);
    wxl_token_store_failed(f, now);
    (void)wxl_token_next(f, now, &ask);
    if (wxl_token_fetched(f, now, "T2", 2, LIFE) != WXL_OK) {
        ok = wxl_token_next(f, now, &ask) == WXL_TOKEN_FETCH ? 0 : -1;
        goto done;
    }
    ok = wxl_token_next(f, now, &ask) == WXL_TOKEN_USE;
done:
    wxl_token_end(f);
    wxl_token_cell_free(c);
    return ok;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_int_equal(torture(whole_life, NULL, 20), 1);
}

/* What is freed must hold no token any more. */
static char leaked[64];

static void *watch_realloc(void *ctx, void *p, size_t n)
{
    (void)ctx;
    return realloc(p, n);
}

static void watch_free(void *ctx, void *p)
{
    (void)ctx;
    if (strncmp(p, "TOKEN-", 6) == 0) {
        memcpy(leaked, p, 7);
    }
    free(p);
}

static void tokens_are_wiped(void **state)
{
    const struct wxl_allocator watching = {watch_realloc, watch_free, NULL};
    struct wxl_token_flight *f;

    close_cell(NULL);
    wxl_set_allocator(&watching);
    stable(state);
    fill("TOKEN-1", LIFE);
    f = begin("TOKEN-1", 20 * SECOND);
    to_fetch(f);
    fetched(f, "TOKEN-2", LIFE);
    wxl_token_end(f);
    f = begin("TOKEN-2", 20 * SECOND);
    to_fetch(f);
    fetched(f, "TOKEN-3", LIFE);
    wxl_token_end(f);
    close_cell(NULL);
    wxl_set_allocator(NULL);
    assert_string_equal(leaked, "");
}

#define TEST(mode, name) cmocka_unit_test_setup_teardown(name, mode, close_cell)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stable, a_fresh_token_asks_for_nothing),
        TEST(stable, a_stored_token_is_adopted),
        TEST(stable, the_store_is_read_again_under_the_lock),
        TEST(stable, rubbish_in_the_store_counts_as_none),
        TEST(stable, the_longest_token_is_taken_and_no_longer_one),
        TEST(stable, a_short_life_is_used_to_its_half),
        TEST(stable, life_is_counted_from_the_asking),
        TEST(stable, those_who_come_later_wait_for_the_first),
        TEST(stable, a_wait_ends_at_the_deadline),
        TEST(stable, the_lead_of_an_abandoned_flight_runs_out),
        TEST(stable, who_was_replaced_fails_alone),
        TEST(stable, an_ended_flight_gives_up_the_lead_at_once),
        TEST(stable, one_flight_asks_for_all_while_another_process_fetches),
        TEST(stable, waiting_for_another_process_ends_at_the_deadline),
        TEST(stable, no_time_left_means_no_fetch),
        TEST(stable, one_refreshes_ahead_and_the_others_go_on),
        TEST(plain, nobody_waits_for_a_refresh_ahead_elsewhere),
        TEST(stable, a_failed_refresh_ahead_is_nobodys_failure),
        TEST(stable, the_same_token_fetched_ahead_is_not_fetched_over_and_over),
        TEST(stable, a_recent_fetch_of_another_process_puts_ours_off),
        TEST(stable, margins_are_spread),
        TEST(stable, a_wall_clock_that_jumps_makes_nothing_live_longer),
        TEST(stable, a_clock_set_back_during_a_fetch_ends_the_token_in_time),
        TEST(stable, who_waited_gets_the_failure_of_the_first),
        TEST(stable, what_a_person_must_mend_is_answered_longer),
        TEST(stable, a_private_failure_is_nobody_elses),
        TEST(stable, a_failure_of_another_process_is_the_answer),
        TEST(stable, the_store_may_fail_at_any_step),
        TEST(plain, plain_tokens_need_the_store),
        TEST(stable, answers_that_were_not_asked_for_change_nothing),
        TEST(stable, a_refused_token_is_compared_with_the_cell),
        TEST(stable, then_with_the_store),
        TEST(stable, then_fetched_plainly),
        TEST(stable, only_the_same_token_again_is_forced),
        TEST(stable, two_fetches_fit_into_one_lock),
        TEST(stable, a_spent_ration_answers_until_it_is_free),
        TEST(stable, a_refused_token_is_forgotten_in_time),
        TEST(plain, plain_a_second_refusal_right_after_is_reported),
        TEST(plain, plain_is_never_forced),
        TEST(stable, a_token_refused_while_it_is_being_stored_is_fetched_once_more),
        TEST(provider, a_provider_knows_no_store),
        TEST(stable, a_cell_lives_as_long_as_its_flights),
        TEST(stable, settings_that_cannot_hold_are_refused),
        TEST(stable, every_allocation_may_fail),
        TEST(stable, tokens_are_wiped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
