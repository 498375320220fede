/* resp: commands to bytes, bytes to replies, whole and split everywhere, with memory running out */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wxlive/base/alloc.h"
#include "wxlive/base/buf.h"
#include "wxlive/resp.h"

static void commands_carry_any_bytes(void **state)
{
    const char *const argv[] = {"SET", "k", "a\0b\r\n"};
    const size_t len[] = {3, 1, 5};
    struct wxl_buf out;

    (void)state;
    wxl_buf_init(&out, 100);
    assert_int_equal(wxl_resp_command(&out, 3, argv, len, NULL), WXL_OK);
    assert_int_equal(out.len, 31);
    assert_memory_equal(out.data, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\na\0b\r\n\r\n", 31);
    assert_int_equal(wxl_resp_command(&out, 0, argv, len, NULL), WXL_E_ARG);
    wxl_buf_free(&out);
    wxl_buf_init(&out, 10);
    assert_int_equal(wxl_resp_command(&out, 3, argv, len, NULL), WXL_E_LIMIT);
    wxl_buf_wipe(&out);
}

static struct wxl_resp *new_reader(size_t max)
{
    struct wxl_resp *r = NULL;

    assert_int_equal(wxl_resp_new(&r, max, NULL), WXL_OK);
    return r;
}

static const char sample[] = "+OK\r\n$5\r\na\0b\r\n\r\n:-42\r\n$-1\r\n-ERR no\r\n"
                             "*3\r\n*2\r\n:1\r\n*0\r\n*-1\r\n$0\r\n\r\n";

static struct wxl_resp_value *expect(struct wxl_resp *r, enum wxl_resp_type type)
{
    struct wxl_resp_value *v = NULL;

    assert_int_equal(wxl_resp_next(r, &v, NULL), WXL_OK);
    assert_non_null(v);
    assert_int_equal(v->type, type);
    return v;
}

/* Feeds the sample in two portions, reading after each. */
static void read_sample_split_at(size_t at)
{
    struct wxl_resp *r = new_reader(0);
    struct wxl_resp_value *got[7] = {NULL};
    size_t n = 0;
    size_t i;

    for (i = 0; i < 2; i++) {
        assert_int_equal(wxl_resp_feed(r, i ? sample + at : sample,
                                       i ? sizeof sample - 1 - at : at, NULL), WXL_OK);
        do {
            assert_true(n < 7);
            assert_int_equal(wxl_resp_next(r, &got[n], NULL), WXL_OK);
        } while (got[n] && n++ < 6);
    }
    assert_int_equal(n, 6);
    assert_int_equal(got[0]->type, WXL_RESP_STATUS);
    assert_string_equal(got[0]->text, "OK");
    assert_int_equal(got[1]->type, WXL_RESP_STRING);
    assert_memory_equal(got[1]->text, "a\0b\r\n", 6);
    assert_int_equal(got[2]->type, WXL_RESP_INTEGER);
    assert_int_equal(got[2]->integer, -42);
    assert_int_equal(got[3]->type, WXL_RESP_NIL);
    assert_int_equal(got[4]->type, WXL_RESP_ERROR);
    assert_string_equal(got[4]->text, "ERR no");
    assert_int_equal(got[5]->type, WXL_RESP_ARRAY);
    assert_int_equal(got[5]->count, 3);
    assert_int_equal(got[5]->items[0]->count, 2);
    assert_int_equal(got[5]->items[0]->items[0]->integer, 1);
    assert_int_equal(got[5]->items[0]->items[1]->count, 0);
    assert_int_equal(got[5]->items[1]->type, WXL_RESP_NIL);
    assert_int_equal(got[5]->items[2]->len, 0);
    for (i = 0; i < n; i++) {
        wxl_resp_value_free(got[i]);
    }
    wxl_resp_free(r);
}

static void replies_are_read_however_they_are_cut(void **state)
{
    size_t at;

    (void)state;
    for (at = 0; at < sizeof sample; at++) {
        read_sample_split_at(at);
    }
}

/* Feeds text and gives the status that next ends with. */
static enum wxl_status fate(const char *text, size_t max)
{
    struct wxl_resp *r = new_reader(max);
    struct wxl_resp_value *v = NULL;
    struct wxl_error err = {WXL_OK, 0, ""};
    enum wxl_status st = wxl_resp_feed(r, text, strlen(text), &err);

    if (st == WXL_OK) {
        st = wxl_resp_next(r, &v, &err);
    }
    if (st != WXL_OK) {
        assert_int_equal(err.status, st);
        assert_null(v);
        /* it stays in the error */
        assert_int_equal(wxl_resp_feed(r, "+OK\r\n", 5, NULL), st);
        assert_int_equal(wxl_resp_next(r, &v, NULL), st);
    }
    wxl_resp_value_free(v);
    wxl_resp_free(r);
    return st;
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    assert_int_equal(fate("HTTP/1.1 400 Bad Request\r\n", 0), WXL_E_PROTOCOL);
    assert_int_equal(fate(":12x\r\n", 0), WXL_E_PROTOCOL);
    assert_int_equal(fate("$-7\r\n", 0), WXL_E_PROTOCOL);
    assert_int_equal(fate("*-7\r\n", 0), WXL_E_PROTOCOL);
}

static void what_a_peer_makes_grow_is_capped(void **state)
{
    (void)state;
    /* a count, before a single item has come */
    assert_int_equal(fate("*1000000000\r\n", 0), WXL_E_TOO_LARGE);
    assert_int_equal(fate("*2\r\n*1000\r\n", 4096), WXL_E_TOO_LARGE);
    /* bytes that wait for their end */
    assert_int_equal(fate("$900\r\n0123456789012345678901234567890123456789012345678901234567890", 64),
                     WXL_E_TOO_LARGE);
    /* a tree that is larger than its text */
    assert_int_equal(fate("*6\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n", 256), WXL_E_TOO_LARGE);
    assert_int_equal(fate("*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", 0), WXL_OK);
    assert_int_equal(fate("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", 0), WXL_E_TOO_LARGE);
    /* the cap is on each reply, not on all of them */
    {
        struct wxl_resp *r = new_reader(200);
        int i;

        for (i = 0; i < 50; i++) {
            assert_int_equal(wxl_resp_feed(r, "$10\r\n0123456789\r\n", 17, NULL), WXL_OK);
            wxl_resp_value_free(expect(r, WXL_RESP_STRING));
        }
        wxl_resp_free(r);
    }
}

/* ---- each allocation fails once ---------------------------------------------------------------*/

struct torture {
    long left; /* allocations that still succeed */
};

static void *failing_realloc(void *ctx, void *p, size_t n)
{
    struct torture *t = ctx;

    return t->left-- > 0 ? realloc(p, n) : NULL;
}

static void plain_free(void *ctx, void *p)
{
    (void)ctx;
    free(p);
}

static void memory_may_run_out_anywhere(void **state)
{
    struct torture t;
    const struct wxl_allocator failing = {failing_realloc, plain_free, &t};
    enum wxl_status st = WXL_E_NOMEM;
    long n;

    (void)state;
    wxl_set_allocator(&failing);
    for (n = 0; st != WXL_OK; n++) {
        struct wxl_resp *r = NULL;
        struct wxl_resp_value *v = NULL;

        assert_true(n < 100);
        t.left = n;
        st = wxl_resp_new(&r, 0, NULL);
        if (st == WXL_OK) {
            st = wxl_resp_feed(r, "*2\r\n$3\r\nabc\r\n*2\r\n:1\r\n+x\r\n", 25, NULL);
        }
        if (st == WXL_OK) {
            st = wxl_resp_next(r, &v, NULL);
        }
        assert_true(st == WXL_OK ? v != NULL : st == WXL_E_NOMEM);
        wxl_resp_value_free(v);
        wxl_resp_free(r);
    }
    wxl_set_allocator(NULL);
    assert_true(n > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_carry_any_bytes),
        cmocka_unit_test(replies_are_read_however_they_are_cut),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(what_a_peer_makes_grow_is_capped),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
