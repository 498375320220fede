/* Put before every test program that is built to be tortured: its cases run under torture_group. */
#ifndef WXL_TEST_TORTURE_RUN_H
#define WXL_TEST_TORTURE_RUN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

int torture_group(const struct CMUnitTest *tests, size_t count, CMFixtureFunction set_up,
                  CMFixtureFunction tear_down);

#undef cmocka_run_group_tests
#define cmocka_run_group_tests(tests, set_up, tear_down) \
    torture_group(tests, sizeof(tests) / sizeof((tests)[0]), set_up, tear_down)

#endif
