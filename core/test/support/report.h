/* Put before every C test program: beside what cmocka prints, the file that WXLIVE_REPORT names gets
 * "PASSED FAILED", the number of cases. */
#ifndef WXL_TEST_REPORT_H
#define WXL_TEST_REPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static inline int report(size_t count, int failed)
{
    const char *path = getenv("WXLIVE_REPORT");
    FILE *file = path ? fopen(path, "w") : NULL;

    if (file) {
        (void)fprintf(file, "%zu %d\n", count - (size_t)failed, failed);
        (void)fclose(file);
    }
    return failed;
}

#undef cmocka_run_group_tests
#define cmocka_run_group_tests(tests, set_up, tear_down) \
    report(sizeof(tests) / sizeof((tests)[0]), \
           _cmocka_run_group_tests(#tests, tests, sizeof(tests) / sizeof((tests)[0]), set_up, \
                                   tear_down))

#endif
