/* The token's state machine, driven with no clock, store or network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "torture.h"
#include "wxlive/token.h"

#define T0 INT64_C(1800000000000)
#define HOUR INT64_C(3600000)

static struct wxl_token_cell *new_cell(int plain)
{
    struct wxl_token_config config;

    wxl_token_defaults(&config, plain, 0.5);
    return wxl_token_cell_new(&config);
}

static void begin(struct wxl_token_flight *f, struct wxl_token_cell *cell, int64_t deadline,
                  const char *refused)
{
    assert_int_equal(wxl_token_begin(f, cell, deadline, refused, refused ? strlen(refused) : 0, 7),
                     WXL_OK);
}

static void expect(struct wxl_token_flight *f, int64_t now, enum wxl_token_step wanted)
{
    int64_t wait_ms = 0;

    assert_int_equal(wxl_token_next(f, now, &wait_ms), wanted);
    assert_true(wanted != WXL_TOKEN_WAIT || (wait_ms > 0 && wait_ms <= 150));
}

static void stored(struct wxl_token_flight *f, int64_t now, const char *token, int64_t expires)
{
    assert_int_equal(wxl_token_stored(f, now, token, strlen(token), expires, 0), WXL_OK);
}

static void fetched(struct wxl_token_flight *f, int64_t now, const char *token, int64_t life)
{
    assert_int_equal(wxl_token_fetched(f, now, token, strlen(token), life), WXL_OK);
}

static void expect_token(const struct wxl_token_flight *f, const char *wanted)
{
    size_t len = 0;
    const char *token = wxl_token_of(f, &len);

    assert_int_equal(len, strlen(wanted));
    assert_memory_equal(token, wanted, len);
}

/* Fetches with nothing in the store, the long way. */
static void fill(struct wxl_token_cell *cell, int64_t now, const char *token, int64_t life)
{
    struct wxl_token_flight f;

    begin(&f, cell, now + 10000, NULL);
    expect(&f, now, WXL_TOKEN_READ);
    stored(&f, now, "", 0);
    expect(&f, now, WXL_TOKEN_LOCK);
    wxl_token_locked(&f, 1);
    expect(&f, now, WXL_TOKEN_READ);
    stored(&f, now, "", 0);
    expect(&f, now, WXL_TOKEN_FETCH);
    assert_int_equal(f.force, 0);
    fetched(&f, now, token, life);
    expect(&f, now, WXL_TOKEN_WRITE);
    expect(&f, now, WXL_TOKEN_UNLOCK);
    expect(&f, now, WXL_TOKEN_USE);
    expect(&f, now, WXL_TOKEN_USE);
    expect_token(&f, token);
    wxl_token_end(&f);
}

static void cold_store_takes_the_long_way(void **state)
{
    struct wxl_token_cell *cell = new_cell(0);
    size_t len = 0;

    (void)state;
    assert_null(wxl_token_peek(cell, T0, &len));
    assert_int_equal(wxl_token_expires(cell), 0);
    fill(cell, T0, "T1", 2 * HOUR);
    assert_non_null(wxl_token_peek(cell, T0, &len));
    assert_int_equal(len, 2);
    assert_int_equal(wxl_token_expires(cell), T0 + 2 * HOUR);
    /* fresh until the margin, then old, never past the reserve, never in the past */
    assert_non_null(wxl_token_peek(cell, T0 + 2 * HOUR - 256000, &len));
    assert_null(wxl_token_peek(cell, T0 + 2 * HOUR - 254000, &len));
    assert_null(wxl_token_peek(cell, T0 - 86400000, &len));
    wxl_token_cell_free(cell);
}

static void what_the_store_holds_is_used(void **state)
{
    struct wxl_token_cell *cell = new_cell(0);
    struct wxl_token_flight f;

    (void)state;
    begin(&f, cell, T0 + 10000, NULL);
    expect(&f, T0, WXL_TOKEN_READ);
    stored(&f, T0, "S1", T0 + HOUR);
    expect(&f, T0, WXL_TOKEN_USE);
    expect_token(&f, "S1");
    wxl_token_end(&f);
    wxl_token_cell_free(cell);
}

static void the_second_look_spares_a_fetch(void **state)
{
    struct wxl_token_cell *cell = new_cell(0);
    struct wxl_token_flight f;

    (void)state;
    begin(&f, cell, T0 + 10000, NULL);
    expect(&f, T0, WXL_TOKEN_READ);
    stored(&f, T0, "", 0);
    expect(&f, T0, WXL_TOKEN_LOCK);
    wxl_token_locked(&f, 1);
    expect(&f, T0, WXL_TOKEN_READ);
    stored(&f, T0, "S1", T0 + HOUR);
    expect(&f, T0, WXL_TOKEN_UNLOCK);
    expect(&f, T0, WXL_TOKEN_USE);
    wxl_token_end(&f);
    wxl_token_cell_free(cell);
}

static void a_held_lock_means_waiting_until_the_deadline(void **state)
{
    struct wxl_token_cell *cell = new_cell(0);
    struct wxl_token_flight f;
    int i;

    (void)state;
    begin(&f, cell, T0 + 1000, NULL);
    for (i = 0; i < 3; i++) {
        expect(&f, T0 + i, WXL_TOKEN_READ);
        stored(&f, T0 + i, "", 0);
        expect(&f, T0 + i, WXL_TOKEN_LOCK);
        wxl_token_locked(&f, 0);
        expect(&f, T0 + i, WXL_TOKEN_WAIT);
    }
    expect(&f, T0 + 1000, WXL_TOKEN_READ);
    stored(&f, T0 + 1000, "", 0);
    expect(&f, T0 + 1000, WXL_TOKEN_LOCK);
    wxl_token_locked(&f, 0);
    expect(&f, T0 + 1000, WXL_TOKEN_FAIL);
    assert_int_equal(f.failure, WXL_TOKEN_F_DEADLINE);
    wxl_token_end(&f);
    wxl_token_cell_free(cell);
}

static void one_flight_leads_in_a_process(void **state)
{
    struct wxl_token_cell *cell = new_cell(0);
    struct wxl_token_flight leader;
    struct wxl_token_flight other;

    (void)state;
    begin(&leader, cell, T0 + 10000, NULL);
    begin(&other, cell, T0 + 10000, NULL);
    expect(&leader, T0, WXL_TOKEN_READ);
    expect(&other, T0, WXL_TOKEN_WAIT);
    expect(&other, T0, WXL_TOKEN_WAIT);
    /* a leader that is given up (its coroutine died) holds nobody up */
    wxl_token_end(&leader);
    expect(&other, T0, WXL_TOKEN_READ);
    wxl_token_end(&other);
    wxl_token_cell_free(cell);
}

static void an_old_token_serves_while_one_refreshes(void **state)
{
    struct wxl_token_cell *cell = new_cell(0);
    struct wxl_token_flight leader;
    struct wxl_token_flight other;
    int64_t now = T0 + 2 * HOUR - 100000;

    (void)state;
    fill(cell, T0, "T1", 2 * HOUR);
    begin(&leader, cell, now + 10000, NULL);
    begin(&other, cell, now + 10000, NULL);
    expect(&leader, now, WXL_TOKEN_READ);
    expect(&other, now, WXL_TOKEN_USE);
    expect_token(&other, "T1");
    stored(&leader, now, "T1", T0 + 2 * HOUR);
    expect(&leader, now, WXL_TOKEN_LOCK);
    wxl_token_locked(&leader, 0);
    expect(&leader, now, WXL_TOKEN_USE);
    expect_token(&leader, "T1");
    wxl_token_end(&leader);
    wxl_token_end(&other);
    wxl_token_cell_free(cell);
}

static void a_failed_fetch_is_shared(void **state)
{
    struct wxl_token_cell *cell = new_cell(0);
    struct wxl_token_flight f;

    (void)state;
    begin(&f, cell, T0 + 10000, NULL);
    expect(&f, T0, WXL_TOKEN_READ);
    stored(&f, T0, "", 0);
    expect(&f, T0, WXL_TOKEN_LOCK);
    wxl_token_locked(&f, 1);
    expect(&f, T0, WXL_TOKEN_READ);
    stored(&f, T0, "", 0);
    expect(&f, T0, WXL_TOKEN_FETCH);
    wxl_token_fetch_failed(&f, T0);
    expect(&f, T0, WXL_TOKEN_PUBLISH);
    expect(&f, T0, WXL_TOKEN_UNLOCK);
    expect(&f, T0, WXL_TOKEN_FAIL);
    assert_int_equal(f.failure, WXL_TOKEN_F_FETCH);
    wxl_token_end(&f);

    begin(&f, cell, T0 + 10000, NULL);
    expect(&f, T0 + 100, WXL_TOKEN_FAIL);
    assert_int_equal(f.failure, WXL_TOKEN_F_SHARED);
    wxl_token_end(&f);
    begin(&f, cell, T0 + 10000, NULL);
    expect(&f, T0 + 2000, WXL_TOKEN_READ);
    /* another process has published its failure */
    assert_int_equal(wxl_token_stored(&f, T0 + 2000, "", 0, 0, 1), WXL_OK);
    expect(&f, T0 + 2000, WXL_TOKEN_FAIL);
    assert_int_equal(f.failure, WXL_TOKEN_F_SHARED);
    wxl_token_end(&f);
    wxl_token_cell_free(cell);
}

static void a_refused_token_goes_through_every_source(void **state)
{
    struct wxl_token_cell *cell = new_cell(0);
    struct wxl_token_flight f;

    (void)state;
    fill(cell, T0, "T1", 2 * HOUR);
    begin(&f, cell, T0 + 10000, "T1");
    expect(&f, T0, WXL_TOKEN_READ);
    stored(&f, T0, "T1", T0 + 2 * HOUR);
    expect(&f, T0, WXL_TOKEN_LOCK);
    wxl_token_locked(&f, 1);
    expect(&f, T0, WXL_TOKEN_READ);
    stored(&f, T0, "T1", T0 + 2 * HOUR);
    expect(&f, T0, WXL_TOKEN_FETCH);
    fetched(&f, T0, "T1", 2 * HOUR);
    expect(&f, T0, WXL_TOKEN_RATION);
    wxl_token_rationed(&f, 1);
    expect(&f, T0, WXL_TOKEN_FETCH);
    assert_int_equal(f.force, 1);
    fetched(&f, T0, "T2", 2 * HOUR);
    expect(&f, T0, WXL_TOKEN_WRITE);
    expect(&f, T0, WXL_TOKEN_UNLOCK);
    expect(&f, T0, WXL_TOKEN_USE);
    expect_token(&f, "T2");
    wxl_token_end(&f);
    /* the next one that was refused T1 finds T2 at once */
    begin(&f, cell, T0 + 10000, "T1");
    expect(&f, T0, WXL_TOKEN_USE);
    expect_token(&f, "T2");
    wxl_token_end(&f);
    wxl_token_cell_free(cell);
}

static void a_spent_ration_is_a_failure(void **state)
{
    struct wxl_token_cell *cell = new_cell(0);
    struct wxl_token_flight f;

    (void)state;
    begin(&f, cell, T0 + 10000, "T1");
    expect(&f, T0, WXL_TOKEN_READ);
    stored(&f, T0, "", 0);
    expect(&f, T0, WXL_TOKEN_LOCK);
    wxl_token_locked(&f, -1);
    expect(&f, T0, WXL_TOKEN_FETCH);
    fetched(&f, T0, "T1", 2 * HOUR);
    expect(&f, T0, WXL_TOKEN_RATION);
    wxl_token_rationed(&f, 0);
    expect(&f, T0, WXL_TOKEN_FAIL);
    assert_int_equal(f.failure, WXL_TOKEN_F_RATION);
    wxl_token_end(&f);
    wxl_token_cell_free(cell);
}

static void a_plain_token_is_never_fetched_without_the_lock(void **state)
{
    struct wxl_token_cell *cell = new_cell(1);
    struct wxl_token_flight f;

    (void)state;
    begin(&f, cell, T0 + 10000, NULL);
    expect(&f, T0, WXL_TOKEN_READ);
    stored(&f, T0, "", 0);
    expect(&f, T0, WXL_TOKEN_LOCK);
    wxl_token_locked(&f, -1);
    expect(&f, T0, WXL_TOKEN_FAIL);
    assert_int_equal(f.failure, WXL_TOKEN_F_STORE);
    wxl_token_end(&f);
    wxl_token_cell_free(cell);
}

static void rubbish_is_no_token(void **state)
{
    struct wxl_token_cell *cell = new_cell(0);
    struct wxl_token_flight f;
    char big[WXL_TOKEN_MAX + 2];
    const char *const bad[] = {"", "a b", "a\nb", "\xe7\x9b\xb4", "a\x7f"};
    size_t i;

    (void)state;
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    for (i = 0; i <= sizeof bad / sizeof *bad; i++) {
        begin(&f, cell, T0 + 10000, NULL);
        expect(&f, T0 + (int64_t)i * 9000, WXL_TOKEN_READ);
        stored(&f, T0, i < sizeof bad / sizeof *bad ? bad[i] : big, T0 + HOUR);
        expect(&f, T0, WXL_TOKEN_LOCK);
        wxl_token_locked(&f, -1);
        expect(&f, T0, WXL_TOKEN_FETCH);
        fetched(&f, T0 + (int64_t)i * 9000, i < sizeof bad / sizeof *bad ? bad[i] : big, HOUR);
        expect(&f, T0, WXL_TOKEN_PUBLISH);
        expect(&f, T0, WXL_TOKEN_FAIL);
        wxl_token_end(&f);
    }
    big[WXL_TOKEN_MAX] = '\0';
    fill(cell, T0 + HOUR, big, HOUR);
    wxl_token_cell_free(cell);
}

static int whole_life(void *arg)
{
    struct wxl_token_config config;
    struct wxl_token_cell *cell;
    struct wxl_token_flight f;
    int64_t wait_ms;
    int ok = 0;

    (void)arg;
    wxl_token_defaults(&config, 0, 0);
    cell = wxl_token_cell_new(&config);
    if (!cell) {
        return 0;
    }
    if (wxl_token_begin(&f, cell, T0 + 1000, "old", 3, 1) == WXL_OK) {
        if (wxl_token_next(&f, T0, &wait_ms) == WXL_TOKEN_READ &&
            wxl_token_stored(&f, T0, "a", 1, T0 + 10000, 0) == WXL_OK &&
            wxl_token_next(&f, T0, &wait_ms) == WXL_TOKEN_LOCK) {
            wxl_token_locked(&f, -1);
            ok = wxl_token_next(&f, T0, &wait_ms) == WXL_TOKEN_FETCH &&
                 wxl_token_fetched(&f, T0, "b", 1, HOUR) == WXL_OK &&
                 wxl_token_next(&f, T0, &wait_ms) == WXL_TOKEN_WRITE;
        }
        wxl_token_end(&f);
    }
    wxl_token_cell_free(cell);
    return ok;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_int_equal(torture(whole_life, NULL, 20), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cold_store_takes_the_long_way),
        cmocka_unit_test(what_the_store_holds_is_used),
        cmocka_unit_test(the_second_look_spares_a_fetch),
        cmocka_unit_test(a_held_lock_means_waiting_until_the_deadline),
        cmocka_unit_test(one_flight_leads_in_a_process),
        cmocka_unit_test(an_old_token_serves_while_one_refreshes),
        cmocka_unit_test(a_failed_fetch_is_shared),
        cmocka_unit_test(a_refused_token_goes_through_every_source),
        cmocka_unit_test(a_spent_ration_is_a_failure),
        cmocka_unit_test(a_plain_token_is_never_fetched_without_the_lock),
        cmocka_unit_test(rubbish_is_no_token),
        cmocka_unit_test(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
