/* stream: against a listening socket of this very test; TLS is tested from Lua with a real server */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wxlive/base/alloc.h"
#include "wxlive/stream.h"

struct server {
    int listener;
    int port;
};

static int set_up(void **state)
{
    static struct server server;
    struct sockaddr_in at = {0};
    socklen_t len = sizeof at;

    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.listener = socket(AF_INET, SOCK_STREAM, 0);
    if (server.listener < 0 || bind(server.listener, (struct sockaddr *)&at, sizeof at) != 0 ||
        listen(server.listener, 8) != 0 ||
        getsockname(server.listener, (struct sockaddr *)&at, &len) != 0) {
        return -1;
    }
    server.port = ntohs(at.sin_port);
    *state = &server;
    return 0;
}

static int tear_down(void **state)
{
    struct server *server = *state;

    return close(server->listener);
}

/* A stream and the server's end of it. */
static struct wxl_stream *open_pair(const struct server *server, int *peer)
{
    struct wxl_stream_options o = {.host = "127.0.0.1", .port = server->port};
    struct wxl_stream *s = NULL;

    assert_int_equal(wxl_stream_open(&s, &o, NULL), WXL_OK);
    *peer = accept(server->listener, NULL, NULL);
    assert_true(*peer >= 0);
    return s;
}

static void bytes_go_both_ways(void **state)
{
    struct wxl_stream *s;
    char bytes[64];
    size_t got;
    int peer;

    s = open_pair(*state, &peer);
    assert_true(wxl_stream_quiet(s));
    assert_int_equal(wxl_stream_send(s, "ping", 4, 1000, NULL), WXL_OK);
    assert_int_equal(read(peer, bytes, sizeof bytes), 4);
    assert_int_equal(write(peer, "pong", 4), 4);
    assert_int_equal(wxl_stream_receive(s, bytes, sizeof bytes, 1000, &got, NULL), WXL_OK);
    assert_int_equal(got, 4);
    assert_memory_equal(bytes, "pong", 4);
    assert_true(wxl_stream_quiet(s));
    close(peer);
    wxl_stream_close(s);
}

static void every_wait_ends(void **state)
{
    struct wxl_error err = {WXL_OK, 0, ""};
    static char much[1 << 22];
    struct wxl_stream *s;
    char byte;
    size_t got;
    int peer;

    s = open_pair(*state, &peer);
    assert_int_equal(wxl_stream_receive(s, &byte, 1, 30, &got, &err), WXL_E_TIMEOUT);
    assert_non_null(strstr(err.text, "127.0.0.1"));
    /* nobody reads: the buffers between us fill up */
    assert_int_equal(wxl_stream_send(s, much, sizeof much, 30, &err), WXL_E_TIMEOUT);
    close(peer);
    wxl_stream_close(s);
}

static void a_peer_that_left_is_noticed(void **state)
{
    struct wxl_stream *s;
    char byte;
    size_t got;
    int peer;
    int i;

    s = open_pair(*state, &peer);
    close(peer);
    assert_int_equal(wxl_stream_receive(s, &byte, 1, 1000, &got, NULL), WXL_E_LOST);
    assert_false(wxl_stream_quiet(s));
    /* and writing to it ends in an error, not in SIGPIPE */
    for (i = 0; i < 1000 && wxl_stream_send(s, "x", 1, 1000, NULL) == WXL_OK; i++) {
    }
    assert_true(i < 1000);
    wxl_stream_close(s);

    s = open_pair(*state, &peer);
    assert_int_equal(write(peer, "unasked", 7), 7);
    while (wxl_stream_quiet(s)) {
    }
    close(peer);
    wxl_stream_close(s);
}

static void bad_addresses_are_refused(void **state)
{
    const struct server *server = *state;
    struct wxl_stream_options o = {.host = "127.0.0.1", .port = 0};
    const char *const hosts[] = {NULL, "", "a b", "h/p", "u@h", "h?x", "h#x"};
    struct wxl_stream *s;
    size_t i;

    assert_int_equal(wxl_stream_open(&s, &o, NULL), WXL_E_ARG);
    assert_null(s);
    o.port = server->port;
    for (i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        o.host = hosts[i];
        assert_int_equal(wxl_stream_open(&s, &o, NULL), WXL_E_ARG);
    }
    o.host = "127.0.0.1";
    o.cert_file = "only-one";
    assert_int_equal(wxl_stream_open(&s, &o, NULL), WXL_E_ARG);
    o.cert_file = NULL;
    /* no TLS on the other side: the handshake waits for an answer and gives up in time */
    o.tls = true;
    o.connect_timeout_ms = 50;
    assert_int_equal(wxl_stream_open(&s, &o, NULL), WXL_E_TIMEOUT);
    close(accept(server->listener, NULL, NULL));
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
    const struct server *server = *state;
    struct wxl_stream_options o = {.host = "127.0.0.1", .port = server->port};
    struct wxl_stream *s;

    wxl_set_allocator(&none);
    assert_int_equal(wxl_stream_open(&s, &o, NULL), WXL_E_NOMEM);
    wxl_set_allocator(NULL);
    assert_null(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_go_both_ways),
        cmocka_unit_test(every_wait_ends),
        cmocka_unit_test(a_peer_that_left_is_noticed),
        cmocka_unit_test(bad_addresses_are_refused),
        cmocka_unit_test(memory_shortage_is_reported),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
