/* limits: what modules refuse at their bounds and of input that ordinary use never gives them */
#include "support/http_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "wxlive/response.h"
#include "wxlive/signature.h"
#include "wxlive/base/buf.h"
#include "wxlive/codec.h"
#include "wxlive/filestore.h"
#include "wxlive/base/key.h"
#include "wxlive/message.h"
#include "wxlive/stream.h"
#include "wxlive/base/text.h"
#include "wxlive/xml.h"

#define NOW INT64_C(1800000000000)
#define KEY "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
#define TIMEOUT_MS 8000

static struct wxl_bytes bytes(const char *text)
{
    struct wxl_bytes b = {text, strlen(text)};

    return b;
}

static char *filled(size_t n, char c)
{
    char *text = malloc(n + 1);

    assert_non_null(text);
    memset(text, c, n);
    text[n] = '\0';
    return text;
}

/* ---- errors and text ---------------------------------------------------------------------------
 */

static void an_error_is_cut_between_characters(void **state)
{
    static const char *const fills[] = {"\xc3\xa9", "\xe7\x9b\xb4", "\xf0\x9f\x8e\xa5"};
    struct wxl_error err;
    char text[3 * WXL_ERROR_TEXT_MAX];
    size_t kind;
    size_t lead;
    size_t n;
    size_t width;
    size_t bad;

    (void)state;
    for (kind = 0; kind < COUNT(fills); kind++) {
        for (lead = 0; lead < 4; lead++) { /* the end falls on every byte of a character once */
            memset(text, 'x', lead);
            for (n = lead; n < 2 * WXL_ERROR_TEXT_MAX; n += strlen(fills[kind])) {
                memcpy(text + n, fills[kind], strlen(fills[kind]) + 1);
            }
            assert_int_equal(wxl_fail(&err, WXL_E_IO, 7, "%s", text), WXL_E_IO);
            n = strlen(err.text);
            assert_in_range(n, WXL_ERROR_TEXT_MAX - 4, WXL_ERROR_TEXT_MAX - 1);
            assert_true(wxl_text_width(err.text, n, &width, &bad));
            assert_memory_equal(err.text, text, n);
        }
    }
    memset(text, '\x80', sizeof text); /* no beginning of a character anywhere */
    text[sizeof text - 1] = '\0';
    assert_int_equal(wxl_fail(&err, WXL_E_IO, 7, "%s", text), WXL_E_IO);
    assert_true(strlen(err.text) < sizeof err.text);
    assert_int_equal(wxl_fail(NULL, WXL_E_IO, 7, "%s", text), WXL_E_IO);
}

static void widths_of_rare_characters(void **state)
{
    static const struct {
        const char *text;
        size_t width;
    } cases[] = {
        {"e\xcc\x81", 1},        /* a combining accent takes no room */
        {"\xef\xb8\x8f", 0},     /* nor does a variation selector, or a joiner */
        {"\xe2\x80\x8d", 0},     /* ... */
        {"\xf0\x9f\x8e\xa5", 2}, /* a picture */
        {"\xf4\x8f\xbf\xbf", 1}, /* the last of all, behind every wide range */
        {"\xe1\xb8\x80", 1},     /* between the ranges */
    };
    static const char *const broken[] = {"\xc3(",    "\xc3\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                         "\xc1\x81", "\xe7\x9b"};
    size_t width;
    size_t bad;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        assert_true(wxl_text_width(cases[i].text, strlen(cases[i].text), &width, &bad));
        assert_int_equal(width, cases[i].width);
    }
    for (i = 0; i < COUNT(broken); i++) {
        assert_false(wxl_text_width(broken[i], strlen(broken[i]), &width, &bad));
        assert_int_equal(bad, 0);
    }
}

/* ---- parsers -----------------------------------------------------------------------------------
 */

static void limits_above_the_ceiling_are_refused(void **state)
{
    struct wxl_xml_limits limits = {(size_t)64 * 1024 * 1024 + 1, 0, 0};
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_xml *x = NULL;

    (void)state;
    assert_int_equal(wxl_xml_new(&limits, &x, &err), WXL_E_ARG);
    assert_null(x);
    limits.bytes--;
    assert_int_equal(wxl_xml_new(&limits, &x, &err), WXL_OK);
    wxl_xml_free(x);
}

static enum wxl_status feed(struct wxl_response *a, const char *text, enum wxl_response_state *at)
{
    return wxl_response_feed(a, text, strlen(text), at, NULL);
}

static void an_answer_passes_over_what_it_has_no_use_for(void **state)
{
    struct wxl_response *a = wxl_response_new();
    enum wxl_response_state at = WXL_RESPONSE_HEAD;
    struct wxl_error err = {WXL_OK, 0, ""};
    const char *name;
    const char *value;
    size_t cursor = 0;

    (void)state;
    assert_non_null(a);
    assert_int_equal(wxl_response_start(a, "GET", 3, 100, &err), WXL_OK);
    assert_int_equal(wxl_response_field(a, &cursor, &name, &value), 0);
    /* "identity" is no encoding, trailers are nobody's, an empty portion is nothing */
    assert_int_equal(feed(a,
                          "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\n"
                          "Transfer-Encoding: chunked\r\nX-A: 1\r\n\r\n2\r\nok\r\n0\r\n",
                          &at),
                     WXL_OK);
    assert_int_equal(feed(a, "", &at), WXL_OK);
    assert_int_equal(at, WXL_RESPONSE_BODY);
    assert_int_equal(feed(a, "X-Late: 1\r\n\r\n", &at), WXL_OK);
    assert_int_equal(at, WXL_RESPONSE_DONE);
    assert_memory_equal(wxl_response_body(a)->data, "ok", 2);
    assert_int_equal(wxl_response_field(a, &cursor, &name, &value), 1);
    assert_string_equal(name, "content-encoding");
    while (wxl_response_field(a, &cursor, &name, &value)) {
        assert_string_not_equal(name, "x-late");
    }
    assert_true(wxl_response_reusable(a));
    wxl_response_free(a);
}

/* The connection behind a CONNECT that was granted belongs to the tunnel. */
static void a_tunnel_carries_no_other_request(void **state)
{
    struct wxl_codec *c = wxl_codec_new(NULL);
    struct wxl_codec_event ev;
    const char *replies[] = {"HTTP/1.1 200 OK\r\n\r\n",
                             "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"};
    size_t i;

    (void)state;
    assert_non_null(c);
    for (i = 0; i < COUNT(replies); i++) {
        wxl_codec_start(c, "CONNECT", 7, 0);
        assert_int_equal(wxl_codec_feed(c, replies[i], strlen(replies[i])), WXL_OK);
        do {
            assert_int_equal(wxl_codec_next(c, &ev, NULL), WXL_OK);
        } while (ev.type != WXL_CODEC_END);
        assert_int_equal(wxl_codec_reusable(c), i == 1);
    }
    wxl_codec_free(c);
}

/* Extensions of chunks count against the head: they cannot go on for ever. */
static void chunk_extensions_have_a_ceiling(void **state)
{
    struct wxl_codec_limits limits = {.head_bytes = 512, .line_bytes = 200, .chunk_line = 200};
    struct wxl_codec *c = wxl_codec_new(&limits);
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_codec_event ev = {.type = WXL_CODEC_NEED_DATA};
    const char *head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    char *filler = filled(100, 'e');
    char chunk[160];
    enum wxl_status st = WXL_OK;
    int n;

    (void)state;
    assert_non_null(c);
    wxl_codec_start(c, "GET", 3, 0);
    assert_int_equal(wxl_codec_feed(c, head, strlen(head)), WXL_OK);
    (void)snprintf(chunk, sizeof chunk, "1;a=%s\r\nx\r\n", filler);
    for (n = 0; n < 20 && st == WXL_OK; n++) {
        assert_int_equal(wxl_codec_feed(c, chunk, strlen(chunk)), WXL_OK);
        do {
            st = wxl_codec_next(c, &ev, &err);
        } while (st == WXL_OK && ev.type != WXL_CODEC_NEED_DATA);
    }
    assert_int_equal(st, WXL_E_LIMIT);
    assert_non_null(strstr(err.text, "head_bytes"));
    assert_in_range(n, 4, 6);
    free(filler);
    wxl_codec_free(c);
}

/* ---- keys and messages -------------------------------------------------------------------------
 */

static void a_key_s_number_has_a_length(void **state)
{
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_key *key = NULL;
    char *serial = filled(129, '7');
    char *pem = filled(64 * 1024 + 1, 'A');

    (void)state;
    assert_int_equal(wxl_key_private(bytes("-"), bytes(serial), &key, &err), WXL_E_ARG);
    assert_null(key);
    assert_non_null(strstr(err.text, "128"));
    assert_int_equal(wxl_key_public(bytes(pem), bytes("1"), &key, &err), WXL_E_ARG);
    assert_int_equal(wxl_key_public(bytes(""), bytes("1"), &key, &err), WXL_E_ARG);
    free(pem);
    free(serial);
}

static void bodies_above_the_ceiling_are_not_looked_at(void **state)
{
    struct wxl_signature_scope scope = {{"https://h/p", 11}, {"wx01", 4}, 1700000000};
    struct wxl_signature_cipher *cipher = NULL;
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_bytes key = bytes("0123456789abcdef0123456789abcdef");
    struct wxl_bytes body;
    struct wxl_buf out;
    char *text = filled(2 * (size_t)WXL_SIGNATURE_MAX + 1, ' ');

    (void)state;
    wxl_buf_init(&out, (size_t)1 << 30);
    assert_int_equal(wxl_signature_cipher_new(WXL_AES256_GCM, key, bytes("sn"), &cipher, &err),
                     WXL_OK);
    body = bytes(text);
    assert_int_equal(wxl_signature_open(cipher, &scope, body, &out, &err), WXL_E_LIMIT);
    body.n = WXL_SIGNATURE_MAX + 1;
    assert_int_equal(wxl_signature_seal(cipher, &scope, body, NULL, &out, &err), WXL_E_LIMIT);
    assert_int_equal(out.len, 0);
    body.n = 0; /* an empty text is a text */
    assert_int_equal(wxl_signature_seal(cipher, &scope, body, NULL, &out, &err), WXL_OK);
    scope.appid = bytes("wx|01"); /* it would move the borders of what is signed */
    assert_int_equal(wxl_signature_seal(cipher, &scope, body, NULL, &out, &err), WXL_E_ARG);
    wxl_signature_cipher_free(cipher);
    wxl_buf_free(&out);
    free(text);
}

static void a_message_s_parts_and_text_have_bounds(void **state)
{
    struct wxl_message_options o = {.token = {"token", 5},
                                    .aes_key = {KEY, 43},
                                    .appid = {"wx01", 4},
                                    .max = 1000};
    struct wxl_bytes parts[WXL_SIGNATURE_PARTS_MAX + 1];
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_bytes message;
    struct wxl_message *m = NULL;
    char hex[WXL_SIGNATURE_CHARS + 1];
    char *text = filled(4000, 'A');
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(parts); i++) {
        parts[i] = bytes("x");
    }
    assert_int_equal(wxl_message_new(&o, &m, &err), WXL_OK);
    assert_int_equal(wxl_message_sign(m, parts, WXL_SIGNATURE_PARTS_MAX - 1, hex, &err), WXL_OK);
    assert_int_equal(wxl_message_sign(m, parts, WXL_SIGNATURE_PARTS_MAX, hex, &err), WXL_E_LIMIT);
    assert_int_equal(wxl_message_sign(m, parts, 0, hex, &err), WXL_OK); /* the token alone */
    assert_int_equal(wxl_message_decrypt(m, bytes(text), &message, &err), WXL_E_CIPHERTEXT);
    wxl_message_free(m);
    o.max = (size_t)64 * 1024 * 1024 + 1;
    assert_int_equal(wxl_message_new(&o, &m, &err), WXL_E_ARG);
    o.max = 0;
    o.token.n = 0;
    assert_int_equal(wxl_message_new(&o, &m, &err), WXL_E_ARG);
    o.token = bytes(text);
    assert_int_equal(wxl_message_new(&o, &m, &err), WXL_E_ARG);
    free(text);
}

/* ---- files -------------------------------------------------------------------------------------
 */

static enum wxl_status put(struct wxl_filestore *fs, const char *key, int64_t now, int64_t ttl)
{
    struct wxl_error err = {WXL_OK, 0, ""};

    return wxl_filestore_set(fs, key, strlen(key), "v", 1, now, ttl, &err);
}

static void a_store_refuses_keys_times_and_places(void **state)
{
    char directory[] = "/tmp/wxl-limits-XXXXXX";
    char path[128];
    char command[160];
    struct wxl_filestore *fs = NULL;
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_buf small;
    char *longest = filled(WXL_FILESTORE_KEY_MAX + 1, 'k');

    (void)state;
    assert_non_null(mkdtemp(directory));
    assert_int_equal(wxl_filestore_open(directory, &fs, &err), WXL_OK);
    assert_int_equal(put(fs, "", NOW, 1000), WXL_E_ARG);
    assert_int_equal(put(fs, "a/b", NOW, 1000), WXL_E_ARG);
    assert_int_equal(put(fs, "..", NOW, 1000), WXL_OK); /* no name of a file */
    assert_int_equal(put(fs, longest, NOW, 1000), WXL_E_ARG);
    longest[WXL_FILESTORE_KEY_MAX] = '\0';
    assert_int_equal(put(fs, longest, NOW, 1000), WXL_OK);
    assert_int_equal(put(fs, "k", -1, 1000), WXL_E_ARG);
    assert_int_equal(put(fs, "k", INT64_MAX, 1000), WXL_E_ARG);
    assert_int_equal(put(fs, "k", NOW, 0), WXL_E_ARG);
    assert_int_equal(put(fs, "k", NOW, INT64_MAX), WXL_E_ARG);

    /* a value that is larger than where it is to go */
    assert_int_equal(wxl_filestore_set(fs, "k", 1, "0123456789", 10, NOW, 1000, &err), WXL_OK);
    wxl_buf_init(&small, 9);
    assert_int_equal(wxl_filestore_get(fs, "k", 1, NOW, &small, &err), WXL_E_LIMIT);
    assert_int_equal(small.len, 0);
    wxl_buf_free(&small);

    /* what lies in the place of the temporary file is no file: it is not removed, it is said */
    (void)snprintf(path, sizeof path, "%s/.tmp", directory);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(wxl_filestore_set(fs, "k", 1, "v", 1, NOW, 1000, &err), WXL_E_IO);
    assert_non_null(strstr(err.text, directory));
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(put(fs, "k", NOW, 1000), WXL_OK);
    wxl_filestore_free(fs);

    /* no directory can be made below a file */
    (void)snprintf(path, sizeof path, "%s/file", directory);
    assert_int_equal(close(open(path, O_WRONLY | O_CREAT, 0600)), 0);
    (void)snprintf(path, sizeof path, "%s/file/below/it", directory);
    assert_int_equal(wxl_filestore_open(path, &fs, &err), WXL_E_IO);
    assert_null(fs);
    (void)snprintf(path, sizeof path, "%s/file", directory);
    assert_true(wxl_filestore_open(path, &fs, &err) != WXL_OK);
    free(longest);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", directory);
    assert_int_equal(system(command), 0);
}

/* ---- connections -------------------------------------------------------------------------------
 */

static void a_stream_refuses_what_is_no_place(void **state)
{
    static const struct wxl_stream_options refused[] = {
        {.host = "", .port = 1},
        {.host = "a b", .port = 1},
        {.host = "h/x", .port = 1},
        {.host = "127.0.0.1", .port = 0},
        {.host = "127.0.0.1", .port = 65536},
        {.host = "127.0.0.1", .port = 1, .tls = true, .server_name = "a b"},
    };
    struct wxl_stream_options o = {.host = "a..b", .port = 1, .connect_timeout_ms = TIMEOUT_MS};
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_stream *s = NULL;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(refused); i++) {
        assert_int_equal(wxl_stream_open(&s, &refused[i], &err), WXL_E_ARG);
        assert_null(s);
    }
    /* no name server is asked for a name with an empty label */
    assert_int_equal(wxl_stream_open(&s, &o, &err), WXL_E_RESOLVE);
    assert_non_null(strstr(err.text, "a..b:1"));
    /* files that are not there */
    o = (struct wxl_stream_options){.host = "127.0.0.1",
                                    .port = 1,
                                    .tls = true,
                                    .connect_timeout_ms = TIMEOUT_MS,
                                    .cert_file = "/nonexistent.pem",
                                    .key_file = "/nonexistent.pem"};
    assert_true(wxl_stream_open(&s, &o, &err) != WXL_OK);
    assert_null(s);
}

static void a_proxy_that_cannot_be_found_is_the_proxy_s_failure(void **state)
{
    static const struct tiny_reply replies[] = {{OK_REPLY, TINY_KEEP, NULL}};
    struct wxl_http_options options = {.proxy = "http://a..b:3128"};
    struct fixture f;

    (void)state;
    fixture_start(&f, replies, COUNT(replies));
    fixture_client(&f, &options);
    f.rq.url = "http://platform.example/?access_token=" TOKEN;
    fails(&f, WXL_E_PROXY, false);

    /* no_proxy=*: nothing goes through the environment's proxy */
    options.proxy = NULL;
    setenv("http_proxy", "http://a..b:3128", 1);
    setenv("no_proxy", "*", 1);
    fixture_client(&f, &options);
    f.rq.url = f.url;
    succeeds(&f, 200);
    unsetenv("no_proxy");
    unsetenv("http_proxy");
    fixture_stop(&f);
}

/* A signal that was pending before a call is its owner's. */
static void a_pending_sigpipe_is_left_alone(void **state)
{
    static const struct tiny_reply replies[] = {{OK_REPLY, TINY_KEEP, NULL}};
    struct fixture f;
    sigset_t set;
    sigset_t before;
    int taken = 0;

    (void)state;
    fixture_start(&f, replies, COUNT(replies));
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGPIPE);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &set, &before), 0);
    assert_int_equal(raise(SIGPIPE), 0);
    succeeds(&f, 200);
    assert_int_equal(sigpending(&set), 0);
    assert_true(sigismember(&set, SIGPIPE));
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGPIPE);
    assert_int_equal(sigwait(&set, &taken), 0);
    assert_int_equal(taken, SIGPIPE);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
    fixture_stop(&f);
}

/* A file without a directory in its path goes to the current one. */
static void a_download_may_go_to_the_current_directory(void **state)
{
    static const struct tiny_reply replies[] = {{OK_REPLY, TINY_KEEP, NULL}};
    char directory[] = "/tmp/wxl-limits-XXXXXX";
    char here[1024];
    struct fixture f;

    (void)state;
    assert_non_null(getcwd(here, sizeof here));
    assert_non_null(mkdtemp(directory));
    assert_int_equal(chdir(directory), 0);
    fixture_start(&f, replies, COUNT(replies));
    f.rq.save_to = "plain-name";
    succeeds(&f, 200);
    assert_string_equal(f.rs.saved, "plain-name");
    assert_int_equal(unlink("plain-name"), 0);
    fixture_stop(&f);
    assert_int_equal(chdir(here), 0);
    assert_int_equal(rmdir(directory), 0); /* and nothing else is there */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_is_cut_between_characters),
        cmocka_unit_test(widths_of_rare_characters),
        cmocka_unit_test(limits_above_the_ceiling_are_refused),
        cmocka_unit_test(an_answer_passes_over_what_it_has_no_use_for),
        cmocka_unit_test(a_tunnel_carries_no_other_request),
        cmocka_unit_test(chunk_extensions_have_a_ceiling),
        cmocka_unit_test(a_key_s_number_has_a_length),
        cmocka_unit_test(bodies_above_the_ceiling_are_not_looked_at),
        cmocka_unit_test(a_message_s_parts_and_text_have_bounds),
        cmocka_unit_test(a_store_refuses_keys_times_and_places),
        cmocka_unit_test(a_stream_refuses_what_is_no_place),
        cmocka_unit_test(a_proxy_that_cannot_be_found_is_the_proxy_s_failure),
        cmocka_unit_test(a_pending_sigpipe_is_left_alone),
        cmocka_unit_test(a_download_may_go_to_the_current_directory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
