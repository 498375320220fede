/* The token's state machine, driven with no clock, store or network. */
#include "support/token_fixture.h"
#include "support/torture.h"

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
    ACTION(f, WXL_TOKEN_READ);
    ACTION(f, WXL_TOKEN_READ);
    stored(f, "S1", now.wall + LIFE / 2, now.wall - LIFE / 2);
    lands_with(f, "S1");
    assert_true(wxl_token_peek(cell, now) != 0);
}

static void the_store_is_read_again_under_the_lock(void **state)
{
    struct wxl_token_flight *f = begin(NULL, SECOND);

    (void)state;
    ACTION(f, WXL_TOKEN_READ);
    stored(f, "", 0, 0);
    ACTION(f, WXL_TOKEN_CHECK);
    wxl_token_checked(f, now, 0);
    ACTION(f, WXL_TOKEN_LOCK);
    wxl_token_locked(f, now, 1, "me", 2, 0);
    ACTION(f, WXL_TOKEN_READ);
    stored(f, "S1", now.wall + LIFE, now.wall);
    ACTION(f, WXL_TOKEN_UNLOCK);
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

        ACTION(f, WXL_TOKEN_READ);
        stored(f, cases[i].token, now.wall + cases[i].end, now.wall + cases[i].fetched);
        ACTION(f, WXL_TOKEN_CHECK);
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
    ACTION(f, WXL_TOKEN_PUBLISH);
    assert_int_equal(ask.failure, WXL_TOKEN_F_BAD_TOKEN);
    ACTION(f, WXL_TOKEN_UNLOCK);
    fails_with(f, WXL_TOKEN_F_BAD_TOKEN);
    pass(3 * SECOND);
    f = begin(NULL, SECOND);
    to_fetch(f);
    assert_int_equal(wxl_token_fetched(f, now, text, sizeof text - 1, LIFE), WXL_OK);
    ACTION(f, WXL_TOKEN_WRITE);
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
    ACTION(f, WXL_TOKEN_PUBLISH);
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
        ACTION(second, WXL_TOKEN_WAIT);
        assert_in_range(ask.wait_ms, 1, 751);
        last = ask.wait_ms;
        pass(10);
    }
    assert_true(last >= 250);
    fetched(first, "T1", LIFE);
    ACTION(first, WXL_TOKEN_WRITE);
    lands_with(second, "T1"); /* without waiting for the store */
    ACTION(first, WXL_TOKEN_UNLOCK);
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
    ACTION(first, WXL_TOKEN_WRITE);
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
    ACTION(next, WXL_TOKEN_WAIT);
    pass(100);
    to_fetch(next);
    fetched(next, "T2", LIFE);
    /* The lost one comes back too late: it takes the newer token, and it stores nothing. */
    fetched(lost, "T1", LIFE + 100 * SECOND);
    ACTION(lost, WXL_TOKEN_UNLOCK);
    lands_with(lost, "T2");
    ACTION(next, WXL_TOKEN_WRITE);
    token_is("T2");
    ACTION(next, WXL_TOKEN_UNLOCK);
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
    ACTION(lost, WXL_TOKEN_UNLOCK); /* and nothing is published */
    fails_with(lost, WXL_TOKEN_F_FETCH);
    ACTION(third, WXL_TOKEN_WAIT);
    fetched(next, "T2", LIFE);
    ACTION(next, WXL_TOKEN_WRITE);
    ACTION(next, WXL_TOKEN_UNLOCK);
    lands_with(next, "T2");
    lands_with(third, "T2");
}

static void an_ended_flight_gives_up_the_lead_at_once(void **state)
{
    struct wxl_token_flight *gone = begin(NULL, SECOND);
    struct wxl_token_flight *next = begin(NULL, SECOND);

    (void)state;
    to_fetch(gone);
    ACTION(next, WXL_TOKEN_WAIT);
    wxl_token_end(gone);
    ACTION(next, WXL_TOKEN_READ);
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
        ACTION(f, WXL_TOKEN_READ);
        stored(f, "", 0, 0);
        ACTION(f, WXL_TOKEN_CHECK);
        wxl_token_checked(f, now, 0);
        ACTION(f, WXL_TOKEN_LOCK);
        wxl_token_locked(f, now, 0, "other", 5, 0);
        ACTION(f, WXL_TOKEN_WAIT);
        pass(ask.wait_ms);
        ACTION(other, WXL_TOKEN_WAIT); /* its lead is renewed as long as it goes on */
    }
    ACTION(f, WXL_TOKEN_READ);
    stored(f, "S1", now.wall + LIFE, now.wall);
    lands_with(f, "S1");
    lands_with(other, "S1");
}

static void waiting_for_another_process_ends_at_the_deadline(void **state)
{
    struct wxl_token_flight *f = begin(NULL, SECOND);

    (void)state;
    ACTION(f, WXL_TOKEN_READ);
    stored(f, "", 0, 0);
    wxl_token_checked(f, now, 0);
    ACTION(f, WXL_TOKEN_LOCK);
    wxl_token_locked(f, now, 0, "other", 5, 0);
    pass(SECOND);
    fails_with(f, WXL_TOKEN_F_DEADLINE);
    f = begin(NULL, SECOND); /* which is no failure of the fetch: the next one tries */
    ACTION(f, WXL_TOKEN_READ);
    wxl_token_end(f);
}

static void no_time_left_means_no_fetch(void **state)
{
    struct wxl_token_flight *f = begin(NULL, 0);

    (void)state;
    ACTION(f, WXL_TOKEN_READ);
    stored(f, "", 0, 0);
    wxl_token_checked(f, now, 0);
    ACTION(f, WXL_TOKEN_LOCK);
    wxl_token_locked(f, now, 1, "me", 2, 0);
    stored(f, "", 0, 0);
    wxl_token_checked(f, now, 0);
    ACTION(f, WXL_TOKEN_UNLOCK);
    fails_with(f, WXL_TOKEN_F_DEADLINE);
}

/* ---- holders that do not come back ------------------------------------------------------------
 */

static void to_lock(struct wxl_token_flight *f)
{
    ACTION(f, WXL_TOKEN_READ);
    stored(f, "", 0, 0);
    ACTION(f, WXL_TOKEN_CHECK);
    wxl_token_checked(f, now, 0);
    ACTION(f, WXL_TOKEN_LOCK);
}

/* Goes on until something other than another look at the lock is asked for. */
static enum wxl_token_action keep_waiting(struct wxl_token_flight *f, const char *holder)
{
    enum wxl_token_action action = wxl_token_next(f, now, &ask);

    while (action == WXL_TOKEN_WAIT) {
        pass(ask.wait_ms);
        to_lock(f);
        wxl_token_locked(f, now, 0, holder, strlen(holder), 0);
        action = wxl_token_next(f, now, &ask);
    }
    return action;
}

static void a_dead_holder_is_replaced_at_once(void **state)
{
    struct wxl_token_flight *f = begin(NULL, 10 * SECOND);

    (void)state;
    to_lock(f);
    wxl_token_locked(f, now, 0, "dead", 4, 1);
    ACTION(f, WXL_TOKEN_TAKE);
    assert_true(ask.gone);
    assert_int_equal(ask.keep_ms, lock_ms);
    wxl_token_locked(f, now, 1, "me", 2, 0);
    ACTION(f, WXL_TOKEN_READ);
    wxl_token_end(f);
    f = begin(NULL, 10 * SECOND);
    to_lock(f);
    wxl_token_locked(f, now, 0, "dead", 4, 1);
    ACTION(f, WXL_TOKEN_TAKE);
    wxl_token_locked(f, now, 0, "quicker", 7, 0); /* another one was */
    ACTION(f, WXL_TOKEN_WAIT);
    wxl_token_end(f);
    f = begin(NULL, 10 * SECOND);
    to_lock(f);
    wxl_token_locked(f, now, 0, "", 0, 1); /* it is not known who is dead */
    ACTION(f, WXL_TOKEN_WAIT);
    wxl_token_end(f);
}

static void a_silent_holder_is_replaced_after_half_of_the_time(void **state)
{
    static const int64_t times[] = {500, 1000, 3000, 10000, 30000, 60000};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct wxl_token_flight *f = begin(NULL, times[i]);
        int64_t began = now.mono;
        char holder[] = {'h', (char)('0' + (int)i)};

        to_lock(f);
        wxl_token_locked(f, now, 0, holder, 2, 0);
        while (wxl_token_next(f, now, &ask) == WXL_TOKEN_WAIT) {
            pass(ask.wait_ms);
            to_lock(f);
            wxl_token_locked(f, now, 0, holder, 2, 0);
        }
        ACTION(f, WXL_TOKEN_TAKE);
        assert_false(ask.gone);
        assert_in_range(now.mono - began, times[i] / 2, times[i] / 2 + 750);
        wxl_token_end(f);
    }
}

static void each_new_holder_is_waited_for_anew(void **state)
{
    struct wxl_token_flight *f = begin(NULL, 10 * SECOND);
    int64_t began = now.mono;

    (void)state;
    to_lock(f);
    wxl_token_locked(f, now, 0, "first", 5, 0);
    assert_int_equal(keep_waiting(f, "first"), WXL_TOKEN_TAKE);
    wxl_token_locked(f, now, 0, "second", 6, 0); /* who was quicker */
    assert_int_equal(keep_waiting(f, "second"), WXL_TOKEN_TAKE);
    assert_in_range(now.mono - began, 7500, 9000);
    wxl_token_locked(f, now, 1, "me", 2, 0);
    ACTION(f, WXL_TOKEN_READ);
    stored(f, "", 0, 0);
    wxl_token_checked(f, now, 0);
    ACTION(f, WXL_TOKEN_FETCH);
    assert_true(ask.timeout_ms > SECOND);
    wxl_token_end(f);
}

static void who_has_no_time_takes_nothing(void **state)
{
    struct wxl_token_flight *f = begin(NULL, 0);

    (void)state;
    to_lock(f);
    wxl_token_locked(f, now, 0, "other", 5, 0);
    fails_with(f, WXL_TOKEN_F_DEADLINE);
    f = begin(NULL, 100); /* and less than a healthy fetch takes is no patience */
    to_lock(f);
    wxl_token_locked(f, now, 0, "other", 5, 0);
    assert_int_equal(keep_waiting(f, "other"), WXL_TOKEN_FAIL);
    wxl_token_end(f);
}

static void a_plain_lock_is_only_taken_from_the_dead(void **state)
{
    struct wxl_token_flight *f = begin(NULL, 10 * SECOND);

    (void)state;
    to_lock(f);
    wxl_token_locked(f, now, 0, "other", 5, 0);
    assert_int_equal(keep_waiting(f, "other"), WXL_TOKEN_FAIL);
    assert_int_equal(ask.failure, WXL_TOKEN_F_DEADLINE);
    wxl_token_end(f);
    f = begin(NULL, 10 * SECOND);
    to_lock(f);
    wxl_token_locked(f, now, 0, "dead", 4, 1);
    ACTION(f, WXL_TOKEN_TAKE);
    wxl_token_end(f);
    assert_true(lock_ms < 10 * SECOND); /* the rest of them ends within a reader's time */
}

static void a_silent_leader_of_this_process_is_replaced_too(void **state)
{
    struct wxl_token_flight *lost = begin(NULL, 60 * SECOND);
    struct wxl_token_flight *second = begin(NULL, 10 * SECOND);
    struct wxl_token_flight *third = begin(NULL, 10 * SECOND);

    (void)state;
    to_fetch(lost);
    pass(4900);
    ACTION(second, WXL_TOKEN_WAIT);
    pass(100);
    ACTION(second, WXL_TOKEN_READ);
    ACTION(third, WXL_TOKEN_WAIT); /* for the second one now */
    stored(second, "", 0, 0);
    wxl_token_checked(second, now, 0);
    ACTION(second, WXL_TOKEN_LOCK);
    wxl_token_locked(second, now, 0, "me", 2, 0); /* which the lost one took long ago */
    ACTION(second, WXL_TOKEN_TAKE);
    wxl_token_locked(second, now, 1, "new", 3, 0);
    stored(second, "", 0, 0);
    wxl_token_checked(second, now, 0);
    ACTION(second, WXL_TOKEN_FETCH);
    fetched(lost, "T1", LIFE); /* it was only slow: all the better */
    lands_with(third, "T1");
    wxl_token_end(lost);
    wxl_token_end(second);
}

static void a_flight_that_was_adjourned_leads_for_a_second(void **state)
{
    struct wxl_token_flight *f = begin(NULL, 4 * SECOND);
    struct wxl_token_flight *other = begin(NULL, 4 * SECOND);

    (void)state;
    ACTION(f, WXL_TOKEN_READ);
    wxl_token_adjourn(f, now, 1);
    pass(900);
    ACTION(other, WXL_TOKEN_WAIT);
    to_fetch(f); /* it has begun in time, and leads on */
    assert_int_equal(ask.timeout_ms, fetch_ms);
    assert_false(ask.cut);
    pass(900);
    ACTION(other, WXL_TOKEN_WAIT);
    wxl_token_end(f);
    ACTION(other, WXL_TOKEN_READ);
    wxl_token_adjourn(other, now, 1);
    f = begin(NULL, 4 * SECOND);
    pass(1000);
    ACTION(f, WXL_TOKEN_READ); /* that one never began */
    wxl_token_adjourn(f, now, 1);
    wxl_token_adjourn(f, now, 0);
    to_fetch(f);
    assert_int_equal(ask.timeout_ms, 3 * SECOND);
    wxl_token_end(f);
    wxl_token_end(other);
}

/* ---- life of the objects --------------------------------------------------------------------- */

static void a_cell_lives_as_long_as_its_flights(void **state)
{
    struct wxl_token_flight *f = begin(NULL, 20 * SECOND);

    (void)state;
    to_fetch(f);
    wxl_token_cell_free(cell);
    fetched(f, "T1", LIFE);
    ACTION(f, WXL_TOKEN_WRITE);
    ACTION(f, WXL_TOKEN_UNLOCK);
    ACTION(f, WXL_TOKEN_USE);
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
        TEST(stable, a_dead_holder_is_replaced_at_once),
        TEST(plain, a_dead_holder_is_replaced_at_once),
        TEST(stable, a_silent_holder_is_replaced_after_half_of_the_time),
        TEST(stable, each_new_holder_is_waited_for_anew),
        TEST(stable, who_has_no_time_takes_nothing),
        TEST(plain, a_plain_lock_is_only_taken_from_the_dead),
        TEST(stable, a_silent_leader_of_this_process_is_replaced_too),
        TEST(stable, a_flight_that_was_adjourned_leads_for_a_second),
        TEST(stable, a_cell_lives_as_long_as_its_flights),
        TEST(stable, settings_that_cannot_hold_are_refused),
        TEST(stable, every_allocation_may_fail),
        TEST(stable, tokens_are_wiped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
