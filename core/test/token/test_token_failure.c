/* Fetches that fail, tokens that the platform refuses, and providers. */
#include "support/token_fixture.h"

/* ---- failures -------------------------------------------------------------------------------- */

static void who_waited_gets_the_failure_of_the_first(void **state)
{
    struct wxl_token_flight *first = begin(NULL, 60 * SECOND);
    struct wxl_token_flight *second = begin(NULL, 60 * SECOND);
    struct wxl_token_flight *third;

    (void)state;
    to_fetch(first);
    ACTION(second, WXL_TOKEN_WAIT);
    wxl_token_fetch_failed(first, now, WXL_TOKEN_PASSING);
    ACTION(first, WXL_TOKEN_PUBLISH);
    assert_int_equal(ask.keep_ms, 2 * SECOND);
    ACTION(second, WXL_TOKEN_WAIT); /* until the first has said why */
    ACTION(first, WXL_TOKEN_UNLOCK);
    fails_with(first, WXL_TOKEN_F_FETCH);
    third = begin(NULL, SECOND);
    fails_with(third, WXL_TOKEN_F_SHARED);
    pass(10 * SECOND); /* the second overslept: it is still its failure */
    fails_with(second, WXL_TOKEN_F_SHARED);
    third = begin(NULL, SECOND);
    ACTION(third, WXL_TOKEN_READ);
    wxl_token_end(third);
}

static void what_a_person_must_mend_is_answered_longer(void **state)
{
    struct wxl_token_flight *f = begin(NULL, 60 * SECOND);

    (void)state;
    to_fetch(f);
    wxl_token_fetch_failed(f, now, WXL_TOKEN_LASTING);
    ACTION(f, WXL_TOKEN_PUBLISH);
    assert_int_equal(ask.keep_ms, 5 * SECOND);
    ACTION(f, WXL_TOKEN_UNLOCK);
    fails_with(f, WXL_TOKEN_F_FETCH);
    pass(4900);
    f = begin(NULL, SECOND);
    fails_with(f, WXL_TOKEN_F_SHARED);
    pass(200);
    f = begin(NULL, SECOND);
    ACTION(f, WXL_TOKEN_READ);
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
    ACTION(other, WXL_TOKEN_WAIT);
    pass(300);
    wxl_token_fetch_failed(hasty, now, WXL_TOKEN_PRIVATE);
    ACTION(hasty, WXL_TOKEN_UNLOCK);
    fails_with(hasty, WXL_TOKEN_F_FETCH);
    to_fetch(other);
    wxl_token_end(other);
}

static void a_failure_of_another_process_is_the_answer(void **state)
{
    struct wxl_token_flight *f = begin(NULL, 60 * SECOND);

    (void)state;
    ACTION(f, WXL_TOKEN_READ);
    stored(f, "", 0, 0);
    ACTION(f, WXL_TOKEN_CHECK);
    wxl_token_checked(f, now, 1);
    fails_with(f, WXL_TOKEN_F_SHARED);
    pass(3 * SECOND);
    f = begin(NULL, 60 * SECOND);
    ACTION(f, WXL_TOKEN_READ);
    stored(f, "", 0, 0);
    wxl_token_checked(f, now, 0);
    ACTION(f, WXL_TOKEN_LOCK);
    wxl_token_locked(f, now, 1, "me", 2, 0);
    stored(f, "", 0, 0);
    ACTION(f, WXL_TOKEN_CHECK);
    wxl_token_checked(f, now, 1); /* published between our look and our lock */
    ACTION(f, WXL_TOKEN_UNLOCK);
    fails_with(f, WXL_TOKEN_F_SHARED);
}

static void the_store_may_fail_at_any_step(void **state)
{
    int at;

    (void)state;
    for (at = 0; at < 5; at++) {
        struct wxl_token_flight *f = begin(NULL, 60 * SECOND);

        ACTION(f, WXL_TOKEN_READ);
        if (at > 0) {
            stored(f, "", 0, 0);
        }
        if (at > 1) {
            wxl_token_checked(f, now, 0);
        }
        if (at > 2) {
            ACTION(f, WXL_TOKEN_LOCK);
            wxl_token_locked(f, now, 1, "me", 2, 0);
        }
        if (at > 3) {
            stored(f, "", 0, 0);
        }
        wxl_token_store_failed(f, now);
        ACTION(f, WXL_TOKEN_FETCH); /* stable: every process gets the same token anyhow */
        fetched(f, at % 2 ? "T1" : "T2", LIFE);
        if (at > 2) {
            ACTION(f, WXL_TOKEN_WRITE);
            ACTION(f, WXL_TOKEN_UNLOCK);
        }
        lands_with(f, at % 2 ? "T1" : "T2");
        pass(LIFE);
    }
}

static void plain_tokens_need_the_store(void **state)
{
    struct wxl_token_flight *f = begin(NULL, 60 * SECOND);

    (void)state;
    ACTION(f, WXL_TOKEN_READ);
    wxl_token_store_failed(f, now);
    fails_with(f, WXL_TOKEN_F_STORE);
    pass(3 * SECOND);
    fill("T1", LIFE);
    pass(LIFE - 300 * SECOND);
    f = begin(NULL, 60 * SECOND);
    ACTION(f, WXL_TOKEN_READ);
    wxl_token_store_failed(f, now);
    ACTION(f, WXL_TOKEN_USE); /* while it lives */
    assert_int_equal(ask.failure, WXL_TOKEN_F_STORE);
    wxl_token_end(f);
}

static void answers_that_were_not_asked_for_change_nothing(void **state)
{
    struct wxl_token_flight *f = begin(NULL, 60 * SECOND);

    (void)state;
    fetched(f, "T9", LIFE);
    wxl_token_locked(f, now, 1, "me", 2, 0);
    wxl_token_checked(f, now, 1);
    wxl_token_rationed(f, now, 0);
    wxl_token_store_failed(f, now);
    wxl_token_fetch_failed(f, now, WXL_TOKEN_LASTING);
    to_fetch(f);
    stored(f, "T8", now.wall + LIFE, now.wall);
    wxl_token_store_failed(f, now);
    ACTION(f, WXL_TOKEN_FETCH);
    fetched(f, "T1", LIFE);
    ACTION(f, WXL_TOKEN_WRITE);
    ACTION(f, WXL_TOKEN_UNLOCK);
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
    ACTION(f, WXL_TOKEN_READ);
    ACTION(other, WXL_TOKEN_WAIT);
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
    ACTION(f, WXL_TOKEN_READ);
    stored(f, "T1", now.wall + LIFE, now.wall);
    ACTION(f, WXL_TOKEN_CHECK);
    wxl_token_checked(f, now, 0);
    ACTION(f, WXL_TOKEN_LOCK);
    wxl_token_locked(f, now, 1, "me", 2, 0);
    stored(f, "T1", now.wall + LIFE, now.wall);
    wxl_token_checked(f, now, 0);
    ACTION(f, WXL_TOKEN_FETCH);
    assert_false(ask.force);
    fetched(f, "T2", LIFE);
    ACTION(f, WXL_TOKEN_WRITE);
    ACTION(f, WXL_TOKEN_UNLOCK);
    lands_with(f, "T2");
}

static struct wxl_token_flight *to_ration(const char *refused)
{
    struct wxl_token_flight *f = begin(refused, 60 * SECOND);

    to_fetch(f);
    assert_false(ask.force);
    fetched(f, refused, LIFE);
    ACTION(f, WXL_TOKEN_RATION);
    return f;
}

static void only_the_same_token_again_is_forced(void **state)
{
    struct wxl_token_flight *f;

    (void)state;
    fill("T1", LIFE);
    f = to_ration("T1");
    wxl_token_rationed(f, now, 0);
    ACTION(f, WXL_TOKEN_FETCH);
    assert_true(ask.force);
    fetched(f, "T2", LIFE);
    ACTION(f, WXL_TOKEN_WRITE);
    ACTION(f, WXL_TOKEN_UNLOCK);
    lands_with(f, "T2");
    f = to_ration("T2");
    wxl_token_rationed(f, now, 0);
    ACTION(f, WXL_TOKEN_FETCH);
    fetched(f, "T2", LIFE); /* the platform insists */
    ACTION(f, WXL_TOKEN_PUBLISH);
    ACTION(f, WXL_TOKEN_UNLOCK);
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
    ACTION(f, WXL_TOKEN_RATION);
    wxl_token_rationed(f, now, 0);
    ACTION(f, WXL_TOKEN_FETCH);
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
    ACTION(f, WXL_TOKEN_PUBLISH);
    assert_int_equal(ask.keep_ms, 20 * SECOND);
    ACTION(f, WXL_TOKEN_UNLOCK);
    fails_with(f, WXL_TOKEN_F_RATION);
    pass(19 * SECOND);
    fails_with(begin(NULL, SECOND), WXL_TOKEN_F_SHARED);
    fails_with(begin("T1", SECOND), WXL_TOKEN_F_SHARED);
    pass(2 * SECOND);
    f = begin(NULL, 20 * SECOND);
    to_fetch(f);
    fetched(f, "T1", LIFE); /* which another call knows to be refused */
    ACTION(f, WXL_TOKEN_RATION);
    wxl_token_rationed(f, now, 40000 * SECOND);
    ACTION(f, WXL_TOKEN_PUBLISH);
    assert_int_equal(ask.keep_ms, 30 * SECOND); /* looks again, even if the day is long */
    wxl_token_end(f);
}

static void a_refused_token_is_forgotten_in_time(void **state)
{
    struct wxl_token_flight *f;

    (void)state;
    fill("T1", LIFE);
    f = begin("T1", SECOND);
    ACTION(f, WXL_TOKEN_READ);
    wxl_token_end(f);
    f = begin(NULL, SECOND);
    ACTION(f, WXL_TOKEN_READ);
    stored(f, "T1", now.wall + LIFE, now.wall);
    ACTION(f, WXL_TOKEN_CHECK);
    wxl_token_end(f);
    pass(61 * SECOND);
    f = begin(NULL, SECOND);
    ACTION(f, WXL_TOKEN_READ);
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
    ACTION(f, WXL_TOKEN_WRITE);
    ACTION(f, WXL_TOKEN_UNLOCK);
    lands_with(f, "T2");
    pass(2 * SECOND);
    f = begin("T2", 20 * SECOND);
    ACTION(f, WXL_TOKEN_READ);
    stored(f, "T2", now.wall + LIFE, now.wall);
    ACTION(f, WXL_TOKEN_CHECK);
    wxl_token_checked(f, now, 0);
    fails_with(f, WXL_TOKEN_F_CONTESTED);
    pass(29 * SECOND);
    fails_with(begin(NULL, SECOND), WXL_TOKEN_F_SHARED);
    pass(2 * SECOND);
    f = begin(NULL, SECOND);
    ACTION(f, WXL_TOKEN_READ);
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
    ACTION(f, WXL_TOKEN_PUBLISH);
    assert_int_equal(ask.failure, WXL_TOKEN_F_SAME);
    ACTION(f, WXL_TOKEN_UNLOCK);
    fails_with(f, WXL_TOKEN_F_SAME);
}

static void a_token_refused_while_it_is_being_stored_is_fetched_once_more(void **state)
{
    struct wxl_token_flight *f = begin(NULL, 60 * SECOND);
    struct wxl_token_flight *other;

    (void)state;
    to_fetch(f);
    fetched(f, "T1", LIFE);
    ACTION(f, WXL_TOKEN_WRITE);
    other = begin("T1", 60 * SECOND);
    ACTION(other, WXL_TOKEN_WAIT);
    ACTION(f, WXL_TOKEN_UNLOCK);
    to_fetch(f);
    fetched(f, "T2", LIFE);
    lands_with(other, "T2");
    ACTION(f, WXL_TOKEN_WRITE);
    ACTION(f, WXL_TOKEN_UNLOCK);
    wxl_token_end(begin("T2", SECOND)); /* and again: enough */
    fails_with(f, WXL_TOKEN_F_BAD_TOKEN);
}

/* ---- providers ------------------------------------------------------------------------------- */

static void a_provider_knows_no_store(void **state)
{
    struct wxl_token_flight *f = begin(NULL, SECOND);

    (void)state;
    ACTION(f, WXL_TOKEN_FETCH);
    fetched(f, "P1", LIFE);
    lands_with(f, "P1");
    f = begin("P1", SECOND);
    ACTION(f, WXL_TOKEN_FETCH);
    assert_false(ask.force);
    fetched(f, "P1", LIFE);
    fails_with(f, WXL_TOKEN_F_SAME);
    fails_with(begin(NULL, SECOND), WXL_TOKEN_F_SHARED);
    pass(6 * SECOND);
    f = begin(NULL, SECOND);
    ACTION(f, WXL_TOKEN_FETCH);
    wxl_token_fetch_failed(f, now, WXL_TOKEN_PASSING);
    fails_with(f, WXL_TOKEN_F_FETCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
