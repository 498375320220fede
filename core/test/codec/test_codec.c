/* The HTTP codec: cases of the reader in data files, the writer's refusals */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wxlive/base/alloc.h"
#include "wxlive/base/buf.h"
#include "wxlive/codec.h"

/* ---- data files ------------------------------------------------------------------------------ */

struct test_case {
    char name[128];
    char method[16];
    struct wxl_codec_limits limits;
    int eof;
    struct wxl_buf message;
    struct wxl_buf events;
};

static void put(struct wxl_buf *b, const char *p, size_t n)
{
    assert_int_equal(wxl_buf_append(b, p, n), WXL_OK);
}

static void unescape(struct wxl_buf *b, const char *s)
{
    for (; *s; s++) {
        char c = *s;

        if (c == '\\') {
            c = *++s;
            switch (c) {
            case 'r':
                c = '\r';
                break;
            case 'n':
                c = '\n';
                break;
            case 't':
                c = '\t';
                break;
            case 's':
                c = ' ';
                break;
            case '0':
                c = '\0';
                break;
            case '\\':
                break;
            case 'x': {
                char hex[3] = {s[1], s[2], '\0'};

                c = (char)strtoul(hex, NULL, 16);
                s += 2;
                break;
            }
            default:
                fail_msg("unknown escape \\%c", c);
            }
        }
        put(b, &c, 1);
    }
}

static void escape(struct wxl_buf *b, const char *p, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        char code[8];

        switch (c) {
        case '\r':
            strcpy(code, "\\r");
            break;
        case '\n':
            strcpy(code, "\\n");
            break;
        case '\t':
            strcpy(code, "\\t");
            break;
        case '\0':
            strcpy(code, "\\0");
            break;
        case '\\':
            strcpy(code, "\\\\");
            break;
        default:
            snprintf(code, sizeof code, c >= 0x20 && c < 0x7f ? "%c" : "\\x%02x", c);
        }
        put(b, code, strlen(code));
    }
}

static void set_limit(struct test_case *t, const char *name, unsigned long value)
{
    if (strcmp(name, "head_bytes") == 0) {
        t->limits.head_bytes = value;
    } else if (strcmp(name, "line_bytes") == 0) {
        t->limits.line_bytes = value;
    } else if (strcmp(name, "field_count") == 0) {
        t->limits.field_count = value;
    } else if (strcmp(name, "interim") == 0) {
        t->limits.interim = value;
    } else if (strcmp(name, "chunk_line") == 0) {
        t->limits.chunk_line = value;
    } else if (strcmp(name, "body_bytes") == 0) {
        t->limits.body_bytes = value;
    } else {
        fail_msg("%s: unknown limit %s", t->name, name);
    }
}

static void setting(struct test_case *t, const char *line)
{
    char name[32];
    unsigned long value;

    if (strcmp(line, "eof") == 0) {
        t->eof = 1;
    } else if (sscanf(line, "method %15s", t->method) != 1) {
        if (sscanf(line, "limit %31s %lu", name, &value) != 2) {
            fail_msg("%s: cannot read \"%s\"", t->name, line);
        }
        set_limit(t, name, value);
    }
}

static void begin_case(struct test_case *t, const char *name)
{
    memset(t, 0, sizeof *t);
    snprintf(t->name, sizeof t->name, "%.100s", name);
    strcpy(t->method, "GET");
    wxl_buf_init(&t->message, 65536);
    wxl_buf_init(&t->events, 65536);
}

/* ---- one run --------------------------------------------------------------------------------- */

struct trace {
    struct wxl_buf text;
    int in_body;
    int over; /* END or an error was seen */
};

static void note(struct trace *t, const char *what)
{
    if (t->in_body) {
        put(&t->text, "\n", 1);
        t->in_body = 0;
    }
    put(&t->text, what, strlen(what));
}

/* No space at the end of a line: editors take it away. */
static void note_value(struct trace *t, const struct wxl_codec_event *ev)
{
    put(&t->text, " ", ev->value_len > 0);
    escape(&t->text, ev->value, ev->value_len);
    put(&t->text, "\n", 1);
}

static void note_pair(struct trace *t, const char *what, const struct wxl_codec_event *ev)
{
    note(t, what);
    escape(&t->text, ev->name, ev->name_len);
    put(&t->text, ":", 1);
    note_value(t, ev);
}

static void note_end(struct trace *t, const struct wxl_codec *c)
{
    const char *rest;
    size_t n = wxl_codec_leftover(c, &rest);

    note(t, wxl_codec_reusable(c) ? "end reuse\n" : "end no reuse\n");
    if (n > 0) {
        note(t, "leftover ");
        escape(&t->text, rest, n);
        put(&t->text, "\n", 1);
    }
}

static void note_error(struct trace *t, enum wxl_status st, const struct wxl_error *err)
{
    note(t, "error ");
    note(t, wxl_status_name(st));
    note(t, " ");
    note(t, err->text);
    note(t, "\n");
}

/* Takes every event that is there; the end is noted only when nothing more will be fed. */
static void drain(struct trace *t, struct wxl_codec *c, int last)
{
    struct wxl_codec_event ev;
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_error again = {WXL_OK, 0, ""};
    enum wxl_status st = WXL_OK;
    char line[64];

    while (!t->over) {
        st = wxl_codec_next(c, &ev, &err);
        if (st != WXL_OK) {
            note_error(t, st, &err);
            t->over = 1;
            assert_int_equal(wxl_codec_next(c, &ev, &again), st);
            assert_string_equal(again.text, err.text);
            assert_int_equal(wxl_codec_feed(c, "x", 1), WXL_E_CLOSED);
            assert_false(wxl_codec_reusable(c));
            return;
        }
        switch (ev.type) {
        case WXL_CODEC_STATUS:
            snprintf(line, sizeof line, "status 1.%d %d", ev.minor, ev.status);
            note(t, line);
            note_value(t, &ev);
            break;
        case WXL_CODEC_FIELD:
            note_pair(t, "field ", &ev);
            break;
        case WXL_CODEC_TRAILER:
            note_pair(t, "trailer ", &ev);
            break;
        case WXL_CODEC_HEAD_END:
            note(t, "head\n");
            break;
        case WXL_CODEC_BODY:
            assert_true(ev.value_len > 0);
            if (!t->in_body) {
                note(t, "body ");
                t->in_body = 1;
            }
            escape(&t->text, ev.value, ev.value_len);
            break;
        case WXL_CODEC_END:
            if (last) {
                note_end(t, c);
                t->over = 1;
            }
            return;
        case WXL_CODEC_NEED_DATA:
            if (last) {
                note(t, "need\n");
                t->over = 1;
            }
            return;
        }
    }
}

static struct wxl_codec *new_codec(const struct wxl_codec_limits *limits)
{
    struct wxl_codec *c = wxl_codec_new(limits);

    assert_non_null(c);
    return c;
}

/* Feeds the message in pieces: cut at `cut`, and from there on in pieces of `step` bytes. */
static void run(const struct test_case *tc, size_t cut, size_t step, struct trace *t)
{
    struct wxl_codec *c = new_codec(&tc->limits);
    size_t at = 0;

    assert_non_null(c);
    memset(t, 0, sizeof *t);
    wxl_buf_init(&t->text, 65536);
    wxl_codec_start(c, tc->method, strlen(tc->method), 0);
    while (at < tc->message.len && !t->over) {
        size_t n = at < cut ? cut : step;
        /* A copy of its own, so that a sanitizer sees a read past the piece. */
        char *piece;

        if (n > tc->message.len - at) {
            n = tc->message.len - at;
        }
        piece = malloc(n);
        assert_non_null(piece);
        memcpy(piece, tc->message.data + at, n);
        assert_int_equal(wxl_codec_feed(c, piece, n), WXL_OK);
        free(piece);
        drain(t, c, 0);
        at += n;
    }
    if (tc->eof && !t->over) {
        wxl_codec_eof(c);
    }
    drain(t, c, 1);
    wxl_codec_free(c);
}

/* The error line of a case holds a part of the text, every other line all of it. */
static int same_events(const char *wanted, const char *got)
{
    while (*wanted && *got) {
        size_t w = strcspn(wanted, "\n");
        size_t g = strcspn(got, "\n");

        if (strncmp(wanted, "error ", 6) == 0) {
            size_t status = strcspn(wanted + 6, " ") + 7;
            char part[200];
            char line[400];

            if (strncmp(wanted, got, status) != 0 || w - status >= sizeof part ||
                g >= sizeof line) {
                return 0;
            }
            snprintf(part, sizeof part, "%.*s", (int)(w - status), wanted + status);
            snprintf(line, sizeof line, "%.*s", (int)g, got);
            if (!strstr(line, part)) {
                return 0;
            }
        } else if (w != g || memcmp(wanted, got, w) != 0) {
            return 0;
        }
        wanted += w + (wanted[w] != '\0');
        got += g + (got[g] != '\0');
    }
    return !*wanted && !*got;
}

static void check_run(const struct test_case *tc, size_t cut, size_t step)
{
    struct trace t;

    run(tc, cut, step, &t);
    if (!same_events(tc->events.data ? tc->events.data : "", t.text.data)) {
        fail_msg("case \"%s\", cut at %zu, then pieces of %zu:\nwanted\n%s\ngot\n%s", tc->name, cut,
                 step, tc->events.data, t.text.data);
    }
    wxl_buf_free(&t.text);
}

static void run_case(struct test_case *tc)
{
    size_t cut;
    size_t all = tc->message.len + 1;

    check_run(tc, 0, all);
    check_run(tc, 0, 1);
    check_run(tc, 0, 3);
    for (cut = 1; cut < tc->message.len; cut++) {
        check_run(tc, cut, all);
        check_run(tc, cut, 1);
    }
    wxl_buf_free(&tc->message);
    wxl_buf_free(&tc->events);
}

static void run_file(const char *name)
{
    char path[512];
    char line[1024];
    struct test_case tc;
    enum { NONE, SETTINGS, MESSAGE, EVENTS } part = NONE;
    FILE *f;
    int count = 0;

    snprintf(path, sizeof path, WXL_TEST_DATA "/codec/%s", name);
    f = fopen(path, "rb");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "=== ", 4) == 0) {
            if (part != NONE) {
                run_case(&tc);
            }
            begin_case(&tc, line + 4);
            part = SETTINGS;
            count++;
        } else if (strcmp(line, "--- message") == 0) {
            part = MESSAGE;
        } else if (strcmp(line, "--- events") == 0) {
            part = EVENTS;
        } else if (part == SETTINGS) {
            setting(&tc, line);
        } else if (part == MESSAGE) {
            unescape(&tc.message, line);
        } else if (part == EVENTS) {
            put(&tc.events, line, strlen(line));
            put(&tc.events, "\n", 1);
        }
    }
    fclose(f);
    assert_true(count > 0);
    run_case(&tc);
}

static void framing_cases(void **state)
{
    (void)state;
    run_file("framing.txt");
}

static void chunked_cases(void **state)
{
    (void)state;
    run_file("chunked.txt");
}

static void head_cases(void **state)
{
    (void)state;
    run_file("head.txt");
}

/* ---- what data files cannot say -------------------------------------------------------------- */

static void waiting_bytes_are_limited(void **state)
{
    static char block[65536];
    struct wxl_codec_limits limits = {0};
    struct wxl_codec *c;
    struct wxl_codec_event ev;
    enum wxl_status st;
    size_t fed = 0;

    (void)state;
    limits.head_bytes = 100;
    c = new_codec(&limits);
    memset(block, 'x', sizeof block);
    assert_int_equal(wxl_codec_feed(c, "HTTP/1.1 200 OK\r\n\r\n", 19), WXL_OK);
    do {
        st = wxl_codec_feed(c, block, sizeof block);
        fed += sizeof block;
        assert_true(fed <= WXL_CODEC_FEED_MAX + sizeof block);
    } while (st == WXL_OK);
    assert_int_equal(st, WXL_E_LIMIT);
    /* refusing changed nothing: what waits is read, and then there is room again */
    do {
        assert_int_equal(wxl_codec_next(c, &ev, NULL), WXL_OK);
    } while (ev.type != WXL_CODEC_NEED_DATA);
    assert_int_equal(wxl_codec_feed(c, block, sizeof block), WXL_OK);
    wxl_codec_eof(c);
    assert_int_equal(wxl_codec_feed(c, block, 1), WXL_E_CLOSED);
    wxl_codec_free(c);
}

static void a_reader_serves_again(void **state)
{
    struct wxl_codec *c = new_codec(NULL);
    struct wxl_codec_event ev;

    (void)state;
    assert_false(wxl_codec_touched(c));
    assert_int_equal(wxl_codec_feed(c, "nonsense", 8), WXL_OK);
    assert_true(wxl_codec_touched(c));
    assert_int_equal(wxl_codec_next(c, &ev, NULL), WXL_E_PROTOCOL);
    wxl_codec_start(c, "POST", 4, 0);
    assert_false(wxl_codec_touched(c));
    assert_int_equal(wxl_codec_feed(c, "HTTP/1.1 204 x\r\n\r\n", 18), WXL_OK);
    assert_int_equal(wxl_codec_next(c, &ev, NULL), WXL_OK);
    assert_int_equal(ev.type, WXL_CODEC_STATUS);
    assert_int_equal(ev.status, 204);
    wxl_codec_free(c);
    wxl_codec_free(NULL);
}

static struct wxl_codec_request request(const char *method, const char *target, const char *host)
{
    struct wxl_codec_request req = {0};

    req.method = method;
    req.method_len = strlen(method);
    req.target = target;
    req.target_len = strlen(target);
    req.host = host;
    req.host_len = strlen(host);
    return req;
}

static void heads_are_written(void **state)
{
    const struct wxl_codec_field fields[] = {
        {"Content-Type", 12, "application/json", 16},
        {"X-Name", 6, "\xe7\x9b\xb4\ta", 5},
    };
    struct wxl_codec_request req = request("POST", "/a?b=c", "api.example.test:8443");
    struct wxl_buf out;

    (void)state;
    wxl_buf_init(&out, 1000);
    req.fields = fields;
    req.field_count = 2;
    req.has_body = 1;
    req.content_length = 4294967296u;
    assert_int_equal(wxl_codec_write_head(&out, &req, NULL), WXL_OK);
    assert_string_equal(out.data, "POST /a?b=c HTTP/1.1\r\nHost: api.example.test:8443\r\n"
                                  "Content-Type: application/json\r\nX-Name: \xe7\x9b\xb4\ta\r\n"
                                  "Content-Length: 4294967296\r\n\r\n");
    wxl_buf_reset(&out, 0);
    req = request("GET", "/", "h");
    req.close = 1;
    assert_int_equal(wxl_codec_write_head(&out, &req, NULL), WXL_OK);
    assert_string_equal(out.data, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    /* a server must not wait for a body that nobody sends */
    wxl_buf_reset(&out, 0);
    req = request("POST", "/", "h");
    assert_int_equal(wxl_codec_write_head(&out, &req, NULL), WXL_OK);
    assert_string_equal(out.data, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
    wxl_buf_free(&out);
}

static void refused(struct wxl_codec_request *req, const char *part)
{
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_buf out;

    wxl_buf_init(&out, 1000);
    put(&out, "kept", 4);
    assert_int_equal(wxl_codec_write_head(&out, req, &err), WXL_E_ARG);
    assert_string_equal(out.data, "kept");
    if (!strstr(err.text, part)) {
        fail_msg("\"%s\" does not speak of \"%s\"", err.text, part);
    }
    wxl_buf_free(&out);
}

static void injection_is_refused(void **state)
{
    static const char *const own[] = {"Host",       "content-length", "Transfer-Encoding",
                                      "CONNECTION", "Expect",         "Upgrade",
                                      "TE",         "Trailer"};
    static const char bad[] = {'\r', '\n', '\0', ' ', '\x7f', '\x80', '\t'};
    struct wxl_codec_request req;
    struct wxl_codec_field field;
    char text[] = "/a?b";
    char value[] = "abc";
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad; i++) {
        text[2] = bad[i];
        req = request("GET", "/", "h");
        req.target = text;
        req.target_len = 4;
        refused(&req, "target");
        req = request("GET", "/", "h");
        req.host = text;
        req.host_len = 4;
        refused(&req, "host");
        req = request("GET", "/", "h");
        req.method = text;
        req.method_len = 4;
        refused(&req, "method");
        field.name = text;
        field.name_len = 4;
        field.value = "v";
        field.value_len = 1;
        req = request("GET", "/", "h");
        req.fields = &field;
        req.field_count = 1;
        refused(&req, "the name of header field 1");
    }
    for (i = 0; i < 3; i++) {
        value[1] = bad[i];
        field.name = "X";
        field.name_len = 1;
        field.value = value;
        field.value_len = 3;
        req = request("GET", "/", "h");
        req.fields = &field;
        req.field_count = 1;
        refused(&req, "the value of header field X");
    }
    for (i = 0; i < sizeof own / sizeof own[0]; i++) {
        field.name = own[i];
        field.name_len = strlen(own[i]);
        field.value = "1";
        field.value_len = 1;
        req = request("GET", "/", "h");
        req.fields = &field;
        req.field_count = 1;
        refused(&req, own[i]);
    }
    req = request("", "/", "h");
    refused(&req, "method");
    req = request("GET", "", "h");
    refused(&req, "target");
    req = request("GET", "/", "");
    refused(&req, "host");
}

static void a_head_beyond_the_buffer_changes_nothing(void **state)
{
    struct wxl_codec_request req = request("POST", "/", "h");
    struct wxl_error err;
    size_t max;

    (void)state;
    for (max = 4; max < 60; max++) {
        struct wxl_buf out;
        enum wxl_status st;

        wxl_buf_init(&out, max);
        put(&out, "kept", 4);
        st = wxl_codec_write_head(&out, &req, &err);
        if (st == WXL_OK) {
            assert_int_equal(out.len, max);
            wxl_buf_free(&out);
            return;
        }
        assert_int_equal(st, WXL_E_LIMIT);
        assert_string_equal(out.data, "kept");
        wxl_buf_free(&out);
    }
    fail_msg("it never fitted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(framing_cases),
        cmocka_unit_test(chunked_cases),
        cmocka_unit_test(head_cases),
        cmocka_unit_test(waiting_bytes_are_limited),
        cmocka_unit_test(a_reader_serves_again),
        cmocka_unit_test(heads_are_written),
        cmocka_unit_test(injection_is_refused),
        cmocka_unit_test(a_head_beyond_the_buffer_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
