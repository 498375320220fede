/* status, alloc and buf: what everything else stands on */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wxlive/base/alloc.h"
#include "wxlive/base/buf.h"
#include "wxlive/base/status.h"

static void status_names_are_stable(void **state)
{
    (void)state;
    assert_string_equal(wxl_status_name(WXL_OK), "ok");
    assert_string_equal(wxl_status_name(WXL_E_CIPHERTEXT), "bad_ciphertext");
    assert_string_equal(wxl_status_name((enum wxl_status)9999), "unknown");
    assert_string_equal(wxl_status_text((enum wxl_status)-1), "unknown");
}

static void error_text_is_one_clean_line(void **state)
{
    struct wxl_error err;
    char text[400];
    size_t i;

    (void)state;
    assert_int_equal(wxl_fail(&err, WXL_E_IO, 5, "a\nb\tc%c", 0x7f), WXL_E_IO);
    assert_string_equal(err.text, "a b c ");
    assert_int_equal(err.code, 5);
    assert_int_equal(wxl_fail(NULL, WXL_E_IO, 0, "nobody listens"), WXL_E_IO);
    /* three-byte characters never end in the middle, wherever the cut falls */
    for (i = 0; i < 4; i++) {
        memset(text, 'x', sizeof text);
        memcpy(text + 250 + i, "\xe7\x9b\xb4\xe6\x92\xad", 6);
        text[380] = '\0';
        (void)wxl_fail(&err, WXL_E_IO, 0, "%s", text);
        assert_true(strlen(err.text) >= 252);
        assert_true((unsigned char)err.text[strlen(err.text) - 1] < 0x80 ||
                    strlen(err.text) == 253 + i);
    }
}

static void buffer_keeps_its_ceiling(void **state)
{
    struct wxl_buf b;

    (void)state;
    wxl_buf_init(&b, 5);
    assert_int_equal(wxl_buf_append_str(&b, "abc"), WXL_OK);
    assert_int_equal(wxl_buf_append_str(&b, "def"), WXL_E_LIMIT);
    assert_string_equal(b.data, "abc");
    assert_int_equal(wxl_buf_append_str(&b, "de"), WXL_OK);
    assert_int_equal(b.len, 5);
    assert_int_equal(wxl_buf_append(&b, "", 0), WXL_OK);
    assert_int_equal(wxl_buf_append(&b, "x", SIZE_MAX), WXL_E_LIMIT);
    wxl_buf_reset(&b, 64);
    assert_int_equal(b.len, 0);
    wxl_buf_wipe(&b);
    assert_null(b.data);
}

static void *no_realloc(void *ctx, void *p, size_t n)
{
    (void)ctx;
    (void)p;
    (void)n;
    return NULL;
}

static void no_free(void *ctx, void *p)
{
    (void)ctx;
    (void)p;
}

static void memory_shortage_is_reported(void **state)
{
    const struct wxl_allocator none = {no_realloc, no_free, NULL};
    struct wxl_buf b;

    (void)state;
    wxl_set_allocator(&none);
    wxl_buf_init(&b, 100);
    assert_int_equal(wxl_buf_append_str(&b, "abc"), WXL_E_NOMEM);
    assert_null(wxl_strdup("x"));
    assert_null(wxl_calloc(2, 2));
    wxl_set_allocator(NULL);
    assert_null(wxl_calloc(SIZE_MAX, 2));
    assert_null(wxl_strndup("x", SIZE_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_names_are_stable),
        cmocka_unit_test(error_text_is_one_clean_line),
        cmocka_unit_test(buffer_keeps_its_ceiling),
        cmocka_unit_test(memory_shortage_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
