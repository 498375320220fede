/* Tokens refreshed ahead of their end, and clocks that jump. */
#include "support/token_fixture.h"

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
    ACTION(f, WXL_TOKEN_WRITE);
    ACTION(f, WXL_TOKEN_UNLOCK);
    lands_with(f, "T2");
}

static void nobody_waits_for_a_refresh_ahead_elsewhere(void **state)
{
    struct wxl_token_flight *f;

    (void)state;
    fill("T1", LIFE);
    pass(LIFE - 100 * SECOND);
    f = begin(NULL, SECOND);
    ACTION(f, WXL_TOKEN_READ);
    stored(f, "T1", now.wall + 100 * SECOND, now.wall - LIFE);
    wxl_token_checked(f, now, 0);
    ACTION(f, WXL_TOKEN_LOCK);
    wxl_token_locked(f, now, 0, "other", 5, 0);
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
    ACTION(f, WXL_TOKEN_PUBLISH); /* other processes put theirs off, too */
    ACTION(f, WXL_TOKEN_UNLOCK);
    ACTION(f, WXL_TOKEN_USE);
    assert_int_equal(ask.failure, WXL_TOKEN_F_FETCH);
    wxl_token_end(f);
    pass(29 * SECOND);
    assert_true(wxl_token_peek(cell, now) != 0);
    pass(2 * SECOND);
    f = begin(NULL, 20 * SECOND);
    ACTION(f, WXL_TOKEN_READ);
    stored(f, "", 0, 0);
    wxl_token_checked(f, now, 1);
    ACTION(f, WXL_TOKEN_USE);
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
            ACTION(f, WXL_TOKEN_WRITE);
            ACTION(f, WXL_TOKEN_UNLOCK);
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
    ACTION(f, WXL_TOKEN_READ);
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
        ACTION(f, WXL_TOKEN_READ);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stable, one_refreshes_ahead_and_the_others_go_on),
        TEST(plain, nobody_waits_for_a_refresh_ahead_elsewhere),
        TEST(stable, a_failed_refresh_ahead_is_nobodys_failure),
        TEST(stable, the_same_token_fetched_ahead_is_not_fetched_over_and_over),
        TEST(stable, a_recent_fetch_of_another_process_puts_ours_off),
        TEST(stable, margins_are_spread),
        TEST(stable, a_wall_clock_that_jumps_makes_nothing_live_longer),
        TEST(stable, a_clock_set_back_during_a_fetch_ends_the_token_in_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
