/* http: everything that can go wrong on the way, and whether the peer can have seen the request */
#include "support/http_fixture.h"

#include <errno.h>
#include <fcntl.h>

/* A host name that the C library refuses by itself: no name server is asked. */
#define NO_HOST "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.invalid"

static void a_post(struct fixture *f)
{
    f->rq.post = true;
    f->rq.content_type = "application/json";
    f->rq.body = "{}";
    f->rq.body_len = 2;
}

/* ---- the request that libcurl would repeat by itself -------------------------------------------
 */

static void a_create_is_never_put_on_the_wire_twice(void **state)
{
    static const enum tiny_then ways[] = {TINY_CLOSE, TINY_RESET};
    struct fixture f;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(ways); i++) {
        const struct tiny_reply replies[] = {
            {OK_REPLY, TINY_KEEP, NULL},
            {NULL, ways[i], NULL},
            {OK_REPLY, TINY_KEEP, NULL},
        };

        fixture_start(&f, replies, COUNT(replies));
        succeeds(&f, 200);
        a_post(&f);
        fails(&f, WXL_E_LOST, true); /* the server has read it: it came exactly once */
        assert_int_equal(tiny_get(&f.server, &f.server.requests), 2);
        succeeds(&f, 200); /* and the client works on */
        assert_int_equal(tiny_get(&f.server, &f.server.requests), 3);
        fixture_stop(&f);
    }
}

static void a_read_is_repeated_on_a_fresh_connection(void **state)
{
    static const struct tiny_reply replies[] = {
        {OK_REPLY, TINY_KEEP, NULL},
        {NULL, TINY_CLOSE, NULL},
        {OK_REPLY, TINY_KEEP, NULL},
    };
    struct fixture f;

    (void)state;
    fixture_start(&f, replies, COUNT(replies));
    f.rq.resend = true;
    succeeds(&f, 200);
    succeeds(&f, 200);
    was_asked(&f, 3, 2);
    assert_false(f.rs.reused);
    fixture_stop(&f);
}

static void a_connection_known_to_be_dead_is_not_used(void **state)
{
    static const struct tiny_reply replies[] = {
        {OK_REPLY, TINY_CLOSE, NULL},
        {OK_REPLY, TINY_KEEP, NULL},
    };
    struct fixture f;

    (void)state;
    fixture_start(&f, replies, COUNT(replies));
    succeeds(&f, 200);
    assert_true(tiny_wait(&f.server, &f.server.closed, 1));
    a_post(&f);
    succeeds(&f, 200);
    was_asked(&f, 2, 2);
    fixture_stop(&f);
}

/* ---- sent, and the outcome unknown -------------------------------------------------------------
 */

struct fault {
    const char *name;
    struct tiny_reply reply;
    enum wxl_status status;
};

static void the_outcome_is_unknown_once_it_was_sent(void **state)
{
    static const struct fault faults[] = {
        {"closed without an answer", {NULL, TINY_CLOSE, NULL}, WXL_E_LOST},
        {"reset without an answer", {NULL, TINY_RESET, NULL}, WXL_E_LOST},
        {"closed in the head", {"HTTP/1.1 200 OK\r\nX: ", TINY_CLOSE, NULL}, WXL_E_LOST},
        {"body cut short",
         {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", TINY_CLOSE, NULL},
         WXL_E_LOST},
        {"body reset",
         {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", TINY_RESET, NULL},
         WXL_E_LOST},
        {"chunks cut short",
         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", TINY_CLOSE, NULL},
         WXL_E_LOST},
        {"no last chunk",
         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", TINY_CLOSE, NULL},
         WXL_E_LOST},
        {"bad chunk size",
         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", TINY_CLOSE, NULL},
         WXL_E_LOST},
        {"no HTTP", {"SSH-2.0-OpenSSH_9.2\r\n", TINY_CLOSE, NULL}, WXL_E_PROTOCOL},
        {"bad status line", {"HTTP/1.1 abc\r\n\r\n", TINY_CLOSE, NULL}, WXL_E_PROTOCOL},
        {"bad gzip",
         {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 6\r\n\r\nnogzip",
          TINY_CLOSE, NULL},
         WXL_E_PROTOCOL},
        {"gzip that breaks off",
         {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" GZIP_CUT_SHORT, TINY_CLOSE, NULL},
         WXL_E_PROTOCOL},
        {"gzip twice",
         {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\n\r\n" GZIP_CUT_SHORT, TINY_CLOSE,
          NULL},
         WXL_E_PROTOCOL},
        {"an encoding that was not asked for",
         {"HTTP/1.1 200 OK\r\nX: y\r\ncontent-encoding:\tbr\r\nContent-Length: 2\r\n\r\n{}", TINY_CLOSE,
          NULL},
         WXL_E_PROTOCOL},
        {"bad length",
         {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nabc", TINY_CLOSE, NULL},
         WXL_E_PROTOCOL},
        {"two lengths",
         {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 1\r\n\r\nabc", TINY_CLOSE, NULL},
         WXL_E_PROTOCOL},
        {"a length and more",
         {"HTTP/1.1 200 OK\r\nContent-Length: 3.0\r\n\r\nabc", TINY_CLOSE, NULL},
         WXL_E_PROTOCOL},
    };
    struct fixture f;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(faults); i++) {
        fixture_start(&f, &faults[i].reply, 1);
        a_post(&f);
        print_message("  %s\n", faults[i].name);
        fails(&f, faults[i].status, true);
        was_asked(&f, 1, 1);
        fixture_stop(&f);
    }
}

/* libcurl 7.88 took the line for the rest of one that it had freed. */
static void a_blank_before_the_first_header_line_is_refused(void **state)
{
    static const struct tiny_reply replies[] = {
        {OK_REPLY, TINY_KEEP, NULL},
        {"HTTP/1.1 200 OK\r\n X: y\r\nContent-Length: 2\r\n\r\n{}", TINY_CLOSE, NULL},
        {"HTTP/1.1 200 OK\r\nX: y\r\n z\r\nContent-Length: 2\r\n\r\n{}", TINY_KEEP, NULL},
        {"HTTP/1.1 200 OK\r\n\tX\r\n\r\n", TINY_CLOSE, NULL},
        {OK_REPLY, TINY_KEEP, NULL},
    };
    struct fixture f;

    (void)state;
    fixture_start(&f, replies, COUNT(replies));
    succeeds(&f, 200);
    fails(&f, WXL_E_PROTOCOL, true);
    succeeds(&f, 200);
    fails(&f, WXL_E_PROTOCOL, true);
    succeeds(&f, 200);
    fixture_stop(&f);
}

/* Recorded exchanges, cut off after each of their bytes, by a close and by a reset. */
static void an_answer_cut_at_any_byte_is_no_answer(void **state)
{
    static const char *const recorded[] = {
        "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: application/json\r\n"
        "Content-Length: 27\r\n\r\n{\"errcode\":0,\"errmsg\":\"ok\"}",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        "10\r\n{\"errcode\":0,\"er\r\nb\r\nrmsg\":\"ok\"}\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 62\r\n\r\n"
        "{\"access_token\":\"" TOKEN "\",\"expires_in\":7200}",
    };
    static const enum tiny_then ways[] = {TINY_CLOSE, TINY_RESET};
    size_t i;
    size_t way;

    (void)state;
    for (i = 0; i < COUNT(recorded); i++) {
        size_t whole = strlen(recorded[i]);
        size_t n;

        for (n = 0; n < whole; n++) {
            char *part = strndup(recorded[i], n);

            assert_non_null(part);
            for (way = 0; way < COUNT(ways); way++) {
                const struct tiny_reply reply = {part, ways[way], NULL};
                struct fixture f;
                enum wxl_status st;

                fixture_start(&f, &reply, 1);
                a_post(&f);
                st = wxl_http_perform(f.client, &f.rq, &f.rs, &f.err);
                /* Behind the last chunk only an empty line is missing: all of the body is there. */
                if (st == WXL_OK && i == 1 && n >= whole - 2) {
                    assert_string_equal(f.rs.body, "{\"errcode\":0,\"errmsg\":\"ok\"}");
                    fixture_stop(&f);
                    continue;
                }
                if ((st != WXL_E_LOST && st != WXL_E_PROTOCOL) || !f.rs.sent || f.rs.body) {
                    fail_msg("exchange %zu cut at byte %zu: %s, sent %d", i, n, wxl_status_name(st),
                             f.rs.sent);
                }
                assert_null(strstr(f.err.text, TOKEN));
                was_asked(&f, 1, 1);
                fixture_stop(&f);
            }
            free(part);
        }
    }
}

static void time_runs_out_after_sending(void **state)
{
    static const struct tiny_reply replies[] = {
        {NULL, TINY_HANG, NULL},
        {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", TINY_HANG, NULL},
    };
    struct fixture f;

    (void)state;
    fixture_start(&f, replies, COUNT(replies));
    f.rq.timeout_ms = 600;
    fails(&f, WXL_E_TIMEOUT, true);
    fails(&f, WXL_E_TIMEOUT, true);
    was_asked(&f, 2, 2);
    fixture_stop(&f);
}

static char *repeated(const char *first, const char *again, size_t count, const char *last)
{
    char *all = malloc(strlen(first) + strlen(again) * count + strlen(last) + 1);
    char *at = all;

    assert_non_null(all);
    at = stpcpy(at, first);
    while (count-- > 0) {
        at = stpcpy(at, again);
    }
    (void)stpcpy(at, last);
    return all;
}

static void floods_of_headers_are_cut_off(void **state)
{
    struct fixture f;
    size_t i;
    char *floods[5];

    (void)state;
    floods[0] = repeated("HTTP/1.1 200 OK\r\n", "X: y\r\n", 300, "Content-Length: 0\r\n\r\n");
    floods[1] = repeated("HTTP/1.1 200 OK\r\nX: ", "0123456789", 7000, "\r\n\r\n");
    floods[2] = repeated("HTTP/1.1 200 OK\r\nX: ", "0123456789", 30000, "");
    floods[3] = repeated("", "HTTP/1.1 100 Continue\r\n\r\n", 5000, "");
    floods[4] = repeated("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "T: 1\r\n",
                         5000, "\r\n");
    for (i = 0; i < COUNT(floods); i++) {
        const struct tiny_reply reply = {floods[i], TINY_HANG, NULL};

        fixture_start(&f, &reply, 1);
        fails(&f, WXL_E_TOO_LARGE, true);
        fixture_stop(&f);
        free(floods[i]);
    }
}

/* ---- never sent --------------------------------------------------------------------------------
 */

static void nobody_listens(void **state)
{
    struct fixture f;
    char url[64];
    int port;
    int fd;

    (void)state;
    fixture_start(&f, NULL, 0);
    fd = tiny_bind(&port); /* bound, so that nobody else gets the port, and deaf */
    snprintf(url, sizeof url, "http://127.0.0.1:%d/?access_token=" TOKEN, port);
    f.rq.url = url;
    fails(&f, WXL_E_CONNECT, false);
    assert_non_null(strstr(f.err.text, "127.0.0.1:"));
    assert_non_null(strstr(f.err.text, strerror(ECONNREFUSED)));
    close(fd);

    f.rq.url = "https://" NO_HOST "/?access_token=" TOKEN;
    fails(&f, WXL_E_RESOLVE, false);
    assert_non_null(strstr(f.err.text, ".invalid:443"));
    fixture_stop(&f);
}

static void time_runs_out_before_sending(void **state)
{
    enum { FILLERS = 4 };
    struct sockaddr_in at;
    int fillers[FILLERS];
    struct fixture f;
    char url[64];
    int port;
    int fd;
    int i;

    (void)state;
    fixture_start(&f, NULL, 0);
    /* A full queue of connections drops what comes on top: connecting takes for ever. */
    fd = tiny_bind(&port);
    assert_int_equal(listen(fd, 0), 0);
    memset(&at, 0, sizeof at);
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons((in_port_t)port);
    for (i = 0; i < FILLERS; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM, 0);
        (void)fcntl(fillers[i], F_SETFL, O_NONBLOCK);
        (void)connect(fillers[i], (struct sockaddr *)&at, sizeof at);
    }
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", port);
    f.rq.url = url;
    f.rq.connect_timeout_ms = 150;
    fails(&f, WXL_E_TIMEOUT, false);
    assert_non_null(strstr(f.err.text, "0.15 s"));
    f.rq.connect_timeout_ms = 0;
    f.rq.timeout_ms = 150;
    fails(&f, WXL_E_TIMEOUT, false);
    for (i = 0; i < FILLERS; i++) {
        close(fillers[i]);
    }
    close(fd);
    fixture_stop(&f);
}

static void tls_never_got_as_far(void **state)
{
    /* the server hangs up in the middle of the handshake */
    struct fixture f;
    char url[64];

    (void)state;
    fixture_start(&f, NULL, 0);
    snprintf(url, sizeof url, "https://127.0.0.1:%d/?access_token=" TOKEN, f.server.port);
    f.rq.url = url;
    fails(&f, WXL_E_TLS, false);
    was_asked(&f, 0, 1);
    fixture_stop(&f);
}

static void the_proxy_refuses(void **state)
{
    static const struct {
        struct tiny_reply reply;
        const char *says;
    } refusals[] = {
        {{"HTTP/1.1 407 Auth\r\nContent-Length: 0\r\n\r\n", TINY_CLOSE, NULL}, "407"},
        {{"HTTP/1.1 403 No\r\nContent-Length: 4\r\n\r\nnope", TINY_CLOSE, NULL}, "403"},
        {{"HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n", TINY_CLOSE, NULL}, "502"},
        {{NULL, TINY_CLOSE, NULL}, "did not relay"},
        {{NULL, TINY_RESET, NULL}, "did not relay"},
    };
    struct wxl_http_options options;
    struct fixture f;
    char proxy[96];
    size_t i;

    (void)state;
    memset(&options, 0, sizeof options);
    options.proxy = proxy;
    for (i = 0; i < COUNT(refusals); i++) {
        fixture_start(&f, &refusals[i].reply, 1);
        snprintf(proxy, sizeof proxy, "http://someone:" TOKEN "@127.0.0.1:%d", f.server.port);
        fixture_client(&f, &options);
        f.rq.url = "https://platform.example/x?access_token=" TOKEN;
        fails(&f, WXL_E_PROXY, false);
        assert_non_null(strstr(f.err.text, refusals[i].says));
        assert_non_null(strstr(f.err.text, "platform.example:443"));
        assert_null(strstr(f.err.text, "someone"));
        request_has(&f, "CONNECT platform.example:443 HTTP/1.1\r\n");
        request_has(&f, "Proxy-Authorization: Basic ");
        request_lacks(&f, "access_token");
        fixture_stop(&f);
    }

    /* plain http is relayed, not tunnelled: the refusal is an answer like any other */
    fixture_start(&f, &refusals[0].reply, 1);
    snprintf(proxy, sizeof proxy, "127.0.0.1:%d", f.server.port);
    fixture_client(&f, &options);
    f.rq.url = "http://platform.example/x";
    fails(&f, WXL_E_PROXY, false);
    fixture_stop(&f);

    /* it is not there, or has no name that anybody knows */
    fixture_start(&f, NULL, 0);
    f.rq.url = "https://platform.example/x";
    options.proxy = "http://someone:" TOKEN "@127.0.0.1:1";
    fixture_client(&f, &options);
    fails(&f, WXL_E_PROXY, false);
    assert_non_null(strstr(f.err.text, "127.0.0.1:1"));
    options.proxy = "socks5h://someone:" TOKEN "@" NO_HOST ":1080";
    fixture_client(&f, &options);
    fails(&f, WXL_E_PROXY, false);
    fixture_stop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_create_is_never_put_on_the_wire_twice),
        cmocka_unit_test(a_read_is_repeated_on_a_fresh_connection),
        cmocka_unit_test(a_connection_known_to_be_dead_is_not_used),
        cmocka_unit_test(the_outcome_is_unknown_once_it_was_sent),
        cmocka_unit_test(a_blank_before_the_first_header_line_is_refused),
        cmocka_unit_test(an_answer_cut_at_any_byte_is_no_answer),
        cmocka_unit_test(time_runs_out_after_sending),
        cmocka_unit_test(floods_of_headers_are_cut_off),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(time_runs_out_before_sending),
        cmocka_unit_test(tls_never_got_as_far),
        cmocka_unit_test(the_proxy_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
