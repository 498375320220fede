/* A response collected whole: gzip, caps, taking the body while it comes, memory shortage */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "wxlive/base/alloc.h"
#include "wxlive/response.h"
#include "wxlive/base/buf.h"
#include "wxlive/base/inflate.h"

static const char text[] =
    "{\"errcode\":0,\"errmsg\":\"ok\",\"name\":\"\xe7\x9b\xb4\xe6\x92\xad\"}";

/* gzip of n bytes, appended */
static void pack(struct wxl_buf *out, const void *p, size_t n)
{
    z_stream z;
    unsigned char block[4096];

    memset(&z, 0, sizeof z);
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)(size_t)p;
    z.avail_in = (unsigned)n;
    do {
        z.next_out = block;
        z.avail_out = sizeof block;
        (void)deflate(&z, Z_FINISH);
        assert_int_equal(wxl_buf_append(out, block, sizeof block - z.avail_out), WXL_OK);
    } while (z.avail_out == 0);
    deflateEnd(&z);
}

/* An answer with Content-Length and one more field. */
static void answer(struct wxl_buf *out, const char *field, const void *body, size_t n)
{
    char head[200];

    wxl_buf_init(out, 1u << 24);
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\n%s\r\nContent-Length: %zu\r\n\r\n", field, n);
    assert_int_equal(wxl_buf_append_str(out, head), WXL_OK);
    assert_int_equal(wxl_buf_append(out, body, n), WXL_OK);
}

static enum wxl_status feed(struct wxl_response *m, const struct wxl_buf *bytes, size_t step,
                            enum wxl_response_state *state, struct wxl_error *err)
{
    enum wxl_status st = WXL_OK;
    size_t at;

    for (at = 0; st == WXL_OK && at < bytes->len; at += step) {
        size_t n = bytes->len - at < step ? bytes->len - at : step;

        st = wxl_response_feed(m, bytes->data + at, n, state, err);
    }
    return st;
}

static void start(struct wxl_response *m, uint64_t max)
{
    assert_int_equal(wxl_response_start(m, "GET", 3, max, NULL), WXL_OK);
}

static struct wxl_response *new_answer(void)
{
    struct wxl_response *m = wxl_response_new();

    assert_non_null(m);
    return m;
}

static void a_response_is_collected(void **state)
{
    struct wxl_response *m = new_answer();
    enum wxl_response_state at = WXL_RESPONSE_HEAD;
    struct wxl_buf bytes;
    size_t cursor = 0;
    size_t step;
    const char *name;
    const char *value;

    (void)state;
    answer(&bytes, "X-A: 1\r\nX-A: 2", text, sizeof text - 1);
    for (step = 1; step <= bytes.len; step++) {
        start(m, 1000);
        assert_int_equal(wxl_response_status(m), 0);
        assert_int_equal(feed(m, &bytes, step, &at, NULL), WXL_OK);
        assert_int_equal(at, WXL_RESPONSE_DONE);
        assert_int_equal(wxl_response_status(m), 200);
        assert_int_equal(wxl_response_minor(m), 1);
        assert_string_equal(wxl_response_body(m)->data, text);
        assert_true(wxl_response_reusable(m));
    }
    assert_true(wxl_response_field(m, &cursor, &name, &value));
    assert_string_equal(name, "x-a");
    assert_string_equal(value, "1");
    assert_true(wxl_response_field(m, &cursor, &name, &value));
    assert_string_equal(value, "2");
    assert_true(wxl_response_field(m, &cursor, &name, &value));
    assert_string_equal(name, "content-length");
    assert_false(wxl_response_field(m, &cursor, &name, &value));
    wxl_buf_free(&bytes);
    wxl_response_free(m);
    wxl_response_free(NULL);
}

static void gzip_is_decoded(void **state)
{
    struct wxl_response *m = new_answer();
    enum wxl_response_state at = WXL_RESPONSE_HEAD;
    struct wxl_buf packed;
    struct wxl_buf bytes;
    size_t step;

    (void)state;
    wxl_buf_init(&packed, 100000);
    pack(&packed, text, 10);
    pack(&packed, text + 10, sizeof text - 1 - 10); /* a second member continues the first */
    answer(&bytes, "Content-Encoding: GZip", packed.data, packed.len);
    for (step = 1; step <= bytes.len; step++) {
        start(m, 1000);
        assert_int_equal(feed(m, &bytes, step, &at, NULL), WXL_OK);
        assert_int_equal(at, WXL_RESPONSE_DONE);
        assert_string_equal(wxl_response_body(m)->data, text);
    }
    wxl_buf_free(&bytes);
    wxl_buf_free(&packed);
    wxl_response_free(m);
}

static void fails(const char *field, const void *body, size_t n, uint64_t max,
                  enum wxl_status wanted)
{
    struct wxl_response *m = new_answer();
    enum wxl_response_state at = WXL_RESPONSE_HEAD;
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_buf bytes;

    answer(&bytes, field, body, n);
    start(m, max);
    assert_int_equal(feed(m, &bytes, 7, &at, &err), wanted);
    assert_int_equal(err.status, wanted);
    assert_true(err.text[0] != '\0');
    assert_int_equal(wxl_response_feed(m, "x", 1, &at, NULL), wanted); /* it stays */
    assert_false(wxl_response_reusable(m));
    wxl_buf_free(&bytes);
    wxl_response_free(m);
}

static void damage_is_found(void **state)
{
    struct wxl_buf packed;

    (void)state;
    wxl_buf_init(&packed, 100000);
    pack(&packed, text, sizeof text - 1);
    fails("Content-Encoding: gzip", packed.data, packed.len - 1, 1000, WXL_E_PROTOCOL);
    packed.data[packed.len - 1] ^= 1; /* the length */
    fails("Content-Encoding: gzip", packed.data, packed.len, 1000, WXL_E_PROTOCOL);
    packed.data[packed.len - 1] ^= 1;
    packed.data[packed.len - 6] ^= 1; /* the checksum */
    fails("Content-Encoding: gzip", packed.data, packed.len, 1000, WXL_E_PROTOCOL);
    packed.data[packed.len - 6] ^= 1;
    assert_int_equal(wxl_buf_append_str(&packed, "junk"), WXL_OK);
    fails("Content-Encoding: gzip", packed.data, packed.len, 1000, WXL_E_PROTOCOL);
    fails("Content-Encoding: gzip", text, sizeof text - 1, 1000, WXL_E_PROTOCOL);
    fails("Content-Encoding: br", text, sizeof text - 1, 1000, WXL_E_PROTOCOL);
    fails("Content-Encoding: gzip, gzip", text, sizeof text - 1, 1000, WXL_E_PROTOCOL);
    fails("Content-Encoding: gzip\r\nContent-Encoding: gzip", text, 5, 1000, WXL_E_PROTOCOL);
    wxl_buf_free(&packed);
}

static void what_comes_out_is_capped(void **state)
{
    static char zeros[300000];
    struct wxl_response *m = new_answer();
    enum wxl_response_state at = WXL_RESPONSE_HEAD;
    struct wxl_buf packed;
    struct wxl_buf bytes;

    (void)state;
    wxl_buf_init(&packed, 100000);
    pack(&packed, zeros, sizeof zeros);
    assert_true(packed.len < 1000);
    fails("Content-Encoding: gzip", packed.data, packed.len, sizeof zeros - 1, WXL_E_TOO_LARGE);
    answer(&bytes, "Content-Encoding: gzip", packed.data, packed.len);
    start(m, sizeof zeros);
    assert_int_equal(feed(m, &bytes, 100, &at, NULL), WXL_OK);
    assert_int_equal(at, WXL_RESPONSE_DONE);
    assert_int_equal(wxl_response_received(m), sizeof zeros);
    assert_int_equal(wxl_response_start(m, "GET", 3, 0, NULL), WXL_E_ARG);
    fails("X-A: b", zeros, 500, 499, WXL_E_TOO_LARGE);
    wxl_buf_free(&bytes);
    wxl_buf_free(&packed);
    wxl_response_free(m);
}

/* What was taken out counts towards the cap, but not towards memory. */
static void a_body_is_taken_while_it_comes(void **state)
{
    static char zeros[300000];
    struct wxl_response *m = new_answer();
    enum wxl_response_state at = WXL_RESPONSE_HEAD;
    struct wxl_buf bytes;
    size_t i;
    size_t most = 0;

    (void)state;
    answer(&bytes, "X-A: b", zeros, sizeof zeros);
    start(m, sizeof zeros);
    for (i = 0; i < bytes.len; i += 1000) {
        size_t n = bytes.len - i < 1000 ? bytes.len - i : 1000;

        assert_int_equal(wxl_response_feed(m, bytes.data + i, n, &at, NULL), WXL_OK);
        most = wxl_response_body(m)->len > most ? wxl_response_body(m)->len : most;
        wxl_response_drop(m);
    }
    assert_int_equal(at, WXL_RESPONSE_DONE);
    assert_int_equal(wxl_response_received(m), sizeof zeros);
    assert_true(most <= 1000);
    wxl_buf_free(&bytes);
    wxl_response_free(m);
}

static void an_answer_without_body_may_name_an_encoding(void **state)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
                               "Content-Length: 500\r\n\r\n";
    struct wxl_response *m = new_answer();
    enum wxl_response_state at = WXL_RESPONSE_HEAD;
    const char *rest;

    (void)state;
    assert_int_equal(wxl_response_start(m, "HEAD", 4, 100, NULL), WXL_OK);
    assert_int_equal(wxl_response_feed(m, head, sizeof head - 1, &at, NULL), WXL_OK);
    assert_int_equal(at, WXL_RESPONSE_DONE);
    assert_int_equal(wxl_response_leftover(m, &rest), 0);
    wxl_response_free(m);
}

static void the_end_of_the_connection_may_end_it(void **state)
{
    struct wxl_response *m = new_answer();
    enum wxl_response_state at = WXL_RESPONSE_HEAD;
    struct wxl_error err = {WXL_OK, 0, ""};

    (void)state;
    start(m, 100);
    assert_int_equal(wxl_response_eof(m, &at, &err), WXL_E_LOST);
    assert_false(wxl_response_touched(m));
    start(m, 100);
    assert_int_equal(wxl_response_feed(m, "HTTP/1.0 200 OK\r\n\r\nall", 22, &at, NULL), WXL_OK);
    assert_int_equal(at, WXL_RESPONSE_BODY);
    assert_true(wxl_response_touched(m));
    assert_int_equal(wxl_response_eof(m, &at, &err), WXL_OK);
    assert_int_equal(at, WXL_RESPONSE_DONE);
    assert_string_equal(wxl_response_body(m)->data, "all");
    assert_false(wxl_response_reusable(m));
    wxl_response_free(m);
}

/* ---- torture: each allocation fails once ----------------------------------------------------- */

static long countdown;

static void *failing_realloc(void *ctx, void *p, size_t n)
{
    (void)ctx;
    return countdown-- == 0 ? NULL : realloc(p, n);
}

static void plain_free(void *ctx, void *p)
{
    (void)ctx;
    free(p);
}

static enum wxl_status exchange(const struct wxl_buf *bytes)
{
    struct wxl_response *m = wxl_response_new();
    enum wxl_response_state at = WXL_RESPONSE_HEAD;
    struct wxl_error err = {WXL_OK, 0, ""};
    enum wxl_status st;

    if (!m) {
        return WXL_E_NOMEM;
    }
    st = wxl_response_start(m, "GET", 3, 1000000, &err);
    if (st == WXL_OK) {
        st = feed(m, bytes, 300, &at, &err);
    }
    assert_int_equal(st, err.status);
    wxl_response_free(m);
    return st;
}

static void every_allocation_may_fail(void **state)
{
    const struct wxl_allocator failing = {failing_realloc, plain_free, NULL};
    static char block[20000];
    struct wxl_buf packed;
    struct wxl_buf bytes;
    enum wxl_status st;
    long n = 0;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof block; i++) {
        block[i] = (char)(i * i >> 3);
    }
    wxl_buf_init(&packed, 100000);
    pack(&packed, block, sizeof block);
    answer(&bytes, "Content-Encoding: gzip", packed.data, packed.len);
    do {
        countdown = n++;
        wxl_set_allocator(&failing);
        st = exchange(&bytes);
        wxl_set_allocator(NULL);
        assert_true(st == WXL_OK || st == WXL_E_NOMEM);
        assert_true(n < 1000);
    } while (st != WXL_OK);
    assert_true(n > 8);
    wxl_buf_free(&bytes);
    wxl_buf_free(&packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_response_is_collected),
        cmocka_unit_test(gzip_is_decoded),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(what_comes_out_is_capped),
        cmocka_unit_test(a_body_is_taken_while_it_comes),
        cmocka_unit_test(an_answer_without_body_may_name_an_encoding),
        cmocka_unit_test(the_end_of_the_connection_may_end_it),
        cmocka_unit_test(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
