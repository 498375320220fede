/* multi: exchanges side by side, what is kept of them, what goes with a client that is freed */
#include "support/http_fixture.h"
#include "support/torture.h"
#include "wxlive/multi.h"

#include <malloc.h>

#define SECONDS_MAX 10

/* Polls until one exchange is finished and takes it. */
static enum wxl_status take(struct wxl_multi *m, uint64_t *tag, struct wxl_http_response *out,
                            struct wxl_error *err)
{
    struct wxl_http_timing timing;
    enum wxl_status st = WXL_OK;
    int i;

    for (i = 0; i < SECONDS_MAX * 10; i++) {
        if (wxl_multi_next(m, tag, &st, out, &timing, err)) {
            return st;
        }
        assert_int_equal(wxl_multi_poll(m, 100, err), WXL_OK);
    }
    fail_msg("no exchange was finished in %d s", SECONDS_MAX);
    return st;
}

static void starts(struct wxl_multi *m, struct fixture *f, uint64_t tag)
{
    assert_int_equal(wxl_multi_start(m, f->client, &f->rq, tag, &f->err), WXL_OK);
}

static void several_exchanges_are_told_apart_by_their_tags(void **state)
{
    static const struct tiny_reply replies[] = {
        {OK_REPLY, TINY_KEEP, NULL}, {OK_REPLY, TINY_KEEP, NULL}, {OK_REPLY, TINY_KEEP, NULL}};
    struct wxl_multi *m;
    struct fixture f;
    uint64_t tag = 0;
    unsigned seen = 0;
    int i;

    (void)state;
    fixture_start(&f, replies, COUNT(replies));
    /* one connection: the server takes one at a time, the others wait for their turn */
    assert_int_equal(wxl_multi_new(&m, 1, &f.err), WXL_OK);
    for (i = 0; i < 3; i++) {
        starts(m, &f, (uint64_t)i);
    }
    assert_int_equal(wxl_multi_active(m), 3);
    for (i = 0; i < 3; i++) {
        assert_int_equal(take(m, &tag, &f.rs, &f.err), WXL_OK);
        assert_int_equal(f.rs.status, 200);
        assert_memory_equal(f.rs.body, "ok", 2);
        seen |= 1u << tag;
    }
    assert_int_equal(seen, 7);
    assert_int_equal(wxl_multi_active(m), 0);
    was_asked(&f, 3, 1);
    wxl_multi_free(m);
    fixture_stop(&f);
}

static void a_failure_is_that_exchange_s_own(void **state)
{
    static const struct tiny_reply replies[] = {{OK_REPLY, TINY_KEEP, NULL}};
    struct wxl_multi *m;
    struct fixture f;
    uint64_t tag = 0;
    char nowhere[64];
    char *good;
    int port;
    int fd = tiny_bind(&port); /* bound, and nobody listens */
    int i;

    (void)state;
    fixture_start(&f, replies, COUNT(replies));
    good = (char *)f.rq.url;
    (void)snprintf(nowhere, sizeof nowhere, "http://127.0.0.1:%d/?" TOKEN, port);
    assert_int_equal(wxl_multi_new(&m, 0, &f.err), WXL_OK);
    f.rq.url = nowhere;
    starts(m, &f, 1);
    f.rq.url = good;
    starts(m, &f, 2);
    for (i = 0; i < 2; i++) {
        enum wxl_status st = take(m, &tag, &f.rs, &f.err);

        assert_int_equal(st, tag == 1 ? WXL_E_CONNECT : WXL_OK);
        assert_int_equal(f.rs.status, tag == 1 ? 0 : 200);
        assert_int_equal(f.rs.sent, tag != 1);
        assert_null(strstr(f.err.text, TOKEN));
    }
    wxl_multi_free(m);
    fixture_stop(&f);
    close(fd);
}

static void what_is_refused_was_not_begun(void **state)
{
    static const struct tiny_reply replies[] = {{OK_REPLY, TINY_KEEP, NULL}};
    struct wxl_http_request bad;
    struct wxl_http_timing timing;
    struct wxl_multi *m;
    struct fixture f;
    enum wxl_status st;
    uint64_t tag = 0;

    (void)state;
    fixture_start(&f, replies, COUNT(replies));
    assert_int_equal(wxl_multi_new(&m, 0, &f.err), WXL_OK);
    bad = f.rq;
    bad.url = "ftp://127.0.0.1/";
    assert_int_equal(wxl_multi_start(m, f.client, &bad, 1, &f.err), WXL_E_ARG);
    bad.url = NULL;
    assert_int_equal(wxl_multi_start(m, f.client, &bad, 1, &f.err), WXL_E_ARG);
    assert_int_equal(wxl_multi_active(m), 0);
    assert_int_equal(wxl_multi_poll(m, 0, &f.err), WXL_OK);
    assert_false(wxl_multi_next(m, &tag, &st, &f.rs, &timing, &f.err));
    /* the handle that was meant for it serves the next one */
    starts(m, &f, 5);
    assert_int_equal(take(m, &tag, &f.rs, &f.err), WXL_OK);
    assert_int_equal(tag, 5);
    wxl_multi_free(m);
    fixture_stop(&f);
}

static void what_is_under_way_is_broken_off_when_it_is_freed(void **state)
{
    static const struct tiny_reply replies[] = {{NULL, TINY_HANG, NULL}};
    const struct wxl_allocator counting = {torture_realloc, torture_free, NULL};
    struct wxl_multi *m;
    struct fixture f;
    int i;

    (void)state;
    torture_left = -1;
    torture_live = 0;
    wxl_set_allocator(&counting);
    fixture_start(&f, replies, COUNT(replies));
    assert_int_equal(wxl_multi_new(&m, 0, &f.err), WXL_OK);
    starts(m, &f, 1);
    for (i = 0; i < 1000 && tiny_get(&f.server, &f.server.requests) == 0; i++) {
        assert_int_equal(wxl_multi_poll(m, 10, &f.err), WXL_OK);
    }
    assert_int_equal(wxl_multi_active(m), 1);
    wxl_multi_free(m);
    wxl_multi_free(NULL);
    assert_true(tiny_wait(&f.server, &f.server.closed, 1));
    fixture_stop(&f);
    assert_int_equal(torture_live, 0);
    wxl_set_allocator(NULL);
}

/* Each of many clients makes two exchanges at a time and is freed: their handles go with them, and
 * do not crowd out those of a client that stays. */
static void handles_go_with_their_client(void **state)
{
    enum { CLIENTS = 12, REPLIES = 2 * CLIENTS };
    static const struct wxl_http_options none = {.proxy = ""};
    const struct wxl_allocator counting = {torture_realloc, torture_free, NULL};
    struct tiny_reply replies[REPLIES];
    struct wxl_http_response rs;
    struct wxl_http *client;
    struct wxl_multi *m;
    struct fixture f;
    uint64_t tag = 0;
    long first = 0;
    int i;

    (void)state;
    for (i = 0; i < REPLIES; i++) {
        replies[i] = (struct tiny_reply){OK_REPLY, TINY_KEEP, NULL};
    }
    fixture_start(&f, replies, REPLIES);
    torture_left = -1;
    torture_live = 0;
    wxl_set_allocator(&counting);
    assert_int_equal(wxl_multi_new(&m, 1, &f.err), WXL_OK);
    for (i = 0; i < CLIENTS; i++) {
        assert_int_equal(wxl_http_new(&client, &none, &f.err), WXL_OK);
        assert_int_equal(wxl_multi_start(m, client, &f.rq, 1, &f.err), WXL_OK);
        assert_int_equal(wxl_multi_start(m, client, &f.rq, 2, &f.err), WXL_OK);
        assert_int_equal(take(m, &tag, &rs, &f.err), WXL_OK);
        assert_int_equal(take(m, &tag, &rs, &f.err), WXL_OK);
        wxl_http_free(client); /* while what it was told last is still looked at */
        assert_memory_equal(rs.body, "ok", 2);
        first = i == 0 ? torture_live : first;
        assert_in_range(torture_live, 1, first);
    }
    wxl_multi_free(m);
    assert_int_equal(torture_live, 0);
    wxl_set_allocator(NULL);
    fixture_stop(&f);
}

static size_t held; /* bytes that were given out and not freed */

static void *weigh_realloc(void *ctx, void *p, size_t n)
{
    (void)ctx;
    held -= p ? malloc_usable_size(p) : 0;
    p = realloc(p, n);
    held += p ? malloc_usable_size(p) : 0;
    return p;
}

static void weigh_free(void *ctx, void *p)
{
    (void)ctx;
    held -= p ? malloc_usable_size(p) : 0;
    free(p);
}

/* After a rush of large answers most handles give the memory for them back. */
static void a_rush_of_large_answers_leaves_little_behind(void **state)
{
    enum { RUSH = 60, BYTES = 100000, MOST = 16 * 2 * BYTES };
    static const struct wxl_allocator weighing = {weigh_realloc, weigh_free, NULL};
    static struct tiny_reply replies[RUSH];
    static char answer[BYTES + 100];
    struct wxl_http_response rs;
    struct wxl_http_timing timing;
    enum wxl_status st;
    struct wxl_multi *m;
    struct fixture f;
    uint64_t tag = 0;
    int n = snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n",
                     BYTES);
    int i;

    (void)state;
    memset(answer + n, 'x', BYTES);
    for (i = 0; i < RUSH; i++) {
        replies[i] = (struct tiny_reply){answer, TINY_KEEP, NULL};
    }
    wxl_set_allocator(&weighing);
    held = 0;
    fixture_start(&f, replies, RUSH);
    assert_int_equal(wxl_multi_new(&m, 1, &f.err), WXL_OK);
    for (i = 0; i < RUSH; i++) {
        starts(m, &f, (uint64_t)i);
    }
    for (i = 0; i < RUSH; i++) {
        assert_int_equal(take(m, &tag, &rs, &f.err), WXL_OK);
        assert_int_equal(rs.body_len, BYTES);
    }
    assert_false(wxl_multi_next(m, &tag, &st, &rs, &timing, &f.err)); /* the last is put away */
    assert_in_range(held, 1, MOST);
    wxl_multi_free(m);
    fixture_stop(&f);
    assert_int_equal(held, 0);
    wxl_set_allocator(NULL);
}

static void a_foreign_loop_learns_what_to_watch(void **state)
{
    static const struct tiny_reply replies[] = {{OK_REPLY, TINY_KEEP, NULL}};
    struct wxl_multi_fd fds[4];
    struct wxl_multi *m;
    struct fixture f;
    uint64_t tag = 0;
    size_t n = 9;
    long ms = 9;
    int i;

    (void)state;
    fixture_start(&f, replies, COUNT(replies));
    assert_int_equal(wxl_multi_new(&m, 0, &f.err), WXL_OK);
    assert_int_equal(wxl_multi_watch(m, fds, COUNT(fds), &n, &ms, &f.err), WXL_OK);
    assert_int_equal(n, 0);
    assert_int_equal(ms, -1); /* nothing is under way: sleep for as long as you like */
    starts(m, &f, 3);
    for (i = 0; i < 1000 && n == 0; i++) {
        assert_int_equal(wxl_multi_poll(m, 0, &f.err), WXL_OK);
        assert_int_equal(wxl_multi_watch(m, fds, COUNT(fds), &n, &ms, &f.err), WXL_OK);
        assert_true(ms >= 0);
    }
    assert_int_equal(n, 1);
    assert_true(fds[0].read || fds[0].write);
    /* no room: it is still told how many there are */
    fds[0].fd = -5;
    assert_int_equal(wxl_multi_watch(m, fds, 0, &n, &ms, &f.err), WXL_OK);
    assert_int_equal(fds[0].fd, -5);
    assert_int_equal(n, 1);
    assert_int_equal(take(m, &tag, &f.rs, &f.err), WXL_OK);
    wxl_multi_free(m);
    fixture_stop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_exchanges_are_told_apart_by_their_tags),
        cmocka_unit_test(a_failure_is_that_exchange_s_own),
        cmocka_unit_test(what_is_refused_was_not_begun),
        cmocka_unit_test(what_is_under_way_is_broken_off_when_it_is_freed),
        cmocka_unit_test(handles_go_with_their_client),
        cmocka_unit_test(a_rush_of_large_answers_leaves_little_behind),
        cmocka_unit_test(a_foreign_loop_learns_what_to_watch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
