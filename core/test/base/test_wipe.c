/* What the core gives back to the allocator holds no secret: neither what it frees nor what a
 * growing buffer leaves behind. The allocator of this test looks into every block. */
#include "support/http_fixture.h"

#include <stdlib.h>
#include <zlib.h>

#include "wxlive/base/alloc.h"
#include "wxlive/response.h"
#include "wxlive/signature.h"
#include "wxlive/filestore.h"
#include "wxlive/message.h"
#include "wxlive/token.h"

#define SECRET "S3CR3T-THAT-NOBODY-MAY-FIND"
#define KEY43 "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"

/* ---- the allocator -----------------------------------------------------------------------------
 */

union head {
    size_t size;
    long double wide;
    void *pointer;
};

static struct {
    const char *needle;
    size_t needle_len;
    int found; /* blocks that were given back with the needle in them */
    int freed; /* blocks that were given back */
} look;

static void inspect(const union head *h)
{
    const char *p = (const char *)(h + 1);
    size_t i;

    look.freed++;
    for (i = 0; i + look.needle_len <= h->size; i++) {
        if (memcmp(p + i, look.needle, look.needle_len) == 0) {
            look.found++;
            return;
        }
    }
}

static void looking_free(void *ctx, void *p)
{
    union head *h = (union head *)p - 1;

    (void)ctx;
    inspect(h);
    free(h);
}

/* Always another block, as realloc may do. */
static void *looking_realloc(void *ctx, void *p, size_t n)
{
    /* zeros: what a block never was given is not found in it */
    union head *made = calloc(1, sizeof *made + n);

    (void)ctx;
    if (!made) {
        return NULL;
    }
    made->size = n;
    if (p) {
        const union head *old = (const union head *)p - 1;

        memcpy(made + 1, p, old->size < n ? old->size : n);
        looking_free(NULL, p);
    }
    return made + 1;
}

static void watch_for(const void *needle, size_t n)
{
    look.needle = needle;
    look.needle_len = n;
    look.found = 0;
    look.freed = 0;
}

static int begin(void **state)
{
    static const struct wxl_allocator looking = {looking_realloc, looking_free, NULL};

    (void)state;
    watch_for(SECRET, sizeof SECRET - 1);
    wxl_set_allocator(&looking);
    return 0;
}

static int end(void **state)
{
    (void)state;
    wxl_set_allocator(NULL);
    return 0;
}

static void nothing_was_left(void)
{
    assert_true(look.freed > 0);
    assert_int_equal(look.found, 0);
}

static struct wxl_bytes bytes(const char *text)
{
    struct wxl_bytes b = {text, strlen(text)};

    return b;
}

/* ---- cases -------------------------------------------------------------------------------------
 */

static void the_allocator_sees_what_is_left(void **state)
{
    char *p = wxl_strdup("..." SECRET);

    (void)state;
    assert_non_null(p);
    p = wxl_realloc(p, 100);
    assert_int_equal(look.found, 1);
    wxl_free(p);
    assert_int_equal(look.found, 2);
    p = wxl_strdup(SECRET);
    wxl_free_secret(p, strlen(SECRET));
    assert_int_equal(look.found, 2);
}

static void a_buffer_that_grows_leaves_nothing_behind(void **state)
{
    char filler[5000];
    struct wxl_buf b;

    (void)state;
    memset(filler, '.', sizeof filler);
    wxl_buf_init(&b, 1 << 20);
    assert_int_equal(wxl_buf_append_str(&b, SECRET), WXL_OK);
    assert_int_equal(wxl_buf_append(&b, filler, sizeof filler), WXL_OK);
    assert_memory_equal(b.data, SECRET, sizeof SECRET - 1);
    nothing_was_left();
    wxl_buf_wipe(&b);
    nothing_was_left();
}

static void a_buffer_that_shrinks_leaves_nothing_behind(void **state)
{
    char filler[5000];
    struct wxl_buf b;

    (void)state;
    memset(filler, '.', sizeof filler);
    wxl_buf_init(&b, 1 << 20);
    assert_int_equal(wxl_buf_append(&b, filler, sizeof filler), WXL_OK);
    assert_int_equal(wxl_buf_append_str(&b, SECRET), WXL_OK);
    wxl_buf_reset(&b, 1000);
    nothing_was_left();
    wxl_buf_free(&b);
    nothing_was_left();
}

static void callback_settings_are_wiped(void **state)
{
    struct wxl_message_options o;
    struct wxl_message *m;
    struct wxl_bytes text;
    struct wxl_bytes opened;
    struct wxl_buf sealed;

    (void)state;
    memset(&o, 0, sizeof o);
    o.token = bytes(SECRET);
    o.aes_key = bytes(KEY43);
    o.appid = bytes("wx1");
    assert_int_equal(wxl_message_new(&o, &m, NULL), WXL_OK);
    wxl_message_free(m);
    nothing_was_left();

    o.token = bytes("token");
    text = bytes("<xml>" SECRET "</xml>");
    wxl_buf_init(&sealed, 1 << 20);
    assert_int_equal(wxl_message_new(&o, &m, NULL), WXL_OK);
    assert_int_equal(wxl_message_seal(m, text, NULL, &sealed, NULL), WXL_OK);
    text.p = sealed.data;
    text.n = sealed.len;
    assert_int_equal(wxl_message_decrypt(m, text, &opened, NULL), WXL_OK);
    assert_int_equal(opened.n, 11 + sizeof SECRET - 1);
    wxl_message_free(m);
    wxl_buf_free(&sealed);
    nothing_was_left();
}

static void a_symmetric_key_is_wiped(void **state)
{
    static const char raw[] = "0123456789abcdefghijklmnopqrstuv";
    struct wxl_bytes key = {raw, 32};
    struct wxl_signature_cipher *cipher;

    (void)state;
    watch_for(raw, 32);
    assert_int_equal(wxl_signature_cipher_new(WXL_AES256_GCM, key, bytes("sn"), &cipher, NULL),
                     WXL_OK);
    wxl_signature_cipher_free(cipher);
    nothing_was_left();
}

static void what_gcm_opens_and_does_not_prove_is_wiped(void **state)
{
    static const char raw[] = "0123456789abcdefghijklmnopqrstuv";
    struct wxl_bytes key = {raw, 32};
    struct wxl_signature_scope scope = {bytes("https://h/p"), bytes("wx1"), 1800000000};
    struct wxl_signature_cipher *cipher;
    struct wxl_buf sealed;
    struct wxl_buf out;
    struct wxl_bytes body;

    (void)state;
    wxl_buf_init(&sealed, 1 << 20);
    wxl_buf_init(&out, 1 << 20);
    assert_int_equal(wxl_signature_cipher_new(WXL_AES256_GCM, key, bytes("sn"), &cipher, NULL),
                     WXL_OK);
    assert_int_equal(wxl_signature_seal(cipher, &scope, bytes(SECRET), NULL, &sealed, NULL),
                     WXL_OK);
    body.p = sealed.data;
    body.n = sealed.len;
    scope.timestamp++;
    assert_int_equal(wxl_signature_open(cipher, &scope, body, &out, NULL), WXL_E_CIPHERTEXT);
    assert_int_equal(out.len, 0);
    assert_non_null(out.data);
    wxl_buf_free(&out); /* without wiping: there must be nothing to wipe */
    wxl_buf_free(&sealed);
    wxl_signature_cipher_free(cipher);
    nothing_was_left();
}

static void tokens_are_wiped(void **state)
{
    struct wxl_token_clock now = {1800000000000, 0};
    struct wxl_token_config config;
    struct wxl_token_flight *f;
    struct wxl_token_cell *cell;
    struct wxl_token_ask ask;
    int i;

    (void)state;
    wxl_token_defaults(&config, WXL_TOKEN_PROVIDER);
    assert_int_equal(wxl_token_cell_new(&config, 1, &cell), WXL_OK);
    /* one that is refused and one that is at hand */
    for (i = 0; i < 2; i++) {
        const char *refused = i > 0 ? SECRET "-0" : NULL;

        assert_int_equal(wxl_token_begin(cell, now, 60000, refused, refused ? strlen(refused) : 0,
                                         &f),
                         WXL_OK);
        assert_int_equal(wxl_token_next(f, now, &ask), WXL_TOKEN_FETCH);
        assert_int_equal(wxl_token_fetched(f, now, i ? SECRET "-1" : SECRET "-0", sizeof SECRET + 1,
                                           7200000),
                         WXL_OK);
        assert_int_equal(wxl_token_next(f, now, &ask), WXL_TOKEN_USE);
        wxl_token_end(f);
    }
    wxl_token_cell_free(cell);
    nothing_was_left();
}

static void a_password_of_the_proxy_is_wiped(void **state)
{
    static const struct wxl_http_options given[] = {
        {.proxy = "http://user:" SECRET "@127.0.0.1:1"},
        {.proxy = "http://127.0.0.1:1", .proxy_user = "user", .proxy_password = SECRET},
    };
    struct wxl_http *client;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(given); i++) {
        assert_int_equal(wxl_http_new(&client, &given[i], NULL), WXL_OK);
        wxl_http_free(client);
        nothing_was_left();
    }
}

static void what_a_call_sent_and_got_is_wiped(void **state)
{
    static const struct tiny_reply replies[] = {
        {"HTTP/1.1 200 OK\r\nX-Token: " SECRET "\r\nContent-Length: 46\r\n\r\n"
         "{\"access_token\":\"" SECRET "\"}",
         TINY_KEEP, NULL},
    };
    static const struct wxl_http_header header = {"X-Secret", SECRET};
    struct fixture f;

    (void)state;
    fixture_start(&f, replies, COUNT(replies));
    f.rq.headers = &header;
    f.rq.header_count = 1;
    succeeds(&f, 200);
    assert_non_null(strstr(f.rs.body, SECRET));
    fixture_stop(&f);
    nothing_was_left();
}

static size_t gzip(const char *text, size_t n, unsigned char *out, size_t size)
{
    z_stream z;

    memset(&z, 0, sizeof z);
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)(size_t)text;
    z.avail_in = (unsigned)n;
    z.next_out = out;
    z.avail_out = (unsigned)size;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    (void)deflateEnd(&z);
    return size - z.avail_out;
}

static void take_answer(const char *head, const void *body, size_t n, size_t step)
{
    struct wxl_response *a = wxl_response_new();
    enum wxl_response_state now = WXL_RESPONSE_HEAD;
    size_t i;

    assert_non_null(a);
    assert_int_equal(wxl_response_start(a, "GET", 3, 1 << 20, NULL), WXL_OK);
    assert_int_equal(wxl_response_feed(a, head, strlen(head), &now, NULL), WXL_OK);
    for (i = 0; i < n; i += step) {
        assert_int_equal(wxl_response_feed(a, (const char *)body + i, n - i < step ? n - i : step,
                                           &now, NULL),
                         WXL_OK);
    }
    assert_int_equal(now, WXL_RESPONSE_DONE);
    wxl_response_free(a);
}

static void an_answer_is_wiped(void **state)
{
    (void)state;
    take_answer("HTTP/1.1 200 OK\r\nX-Token: " SECRET "\r\nContent-Length: 27\r\n\r\n", SECRET,
                sizeof SECRET - 1, 27);
    nothing_was_left();
}

static void a_decoded_answer_is_wiped(void **state)
{
    char text[20000];
    unsigned char packed[4096];
    char head[128];
    size_t n;

    (void)state;
    /* zlib's window takes what is handed over in more than one piece */
    memset(text, 'x', sizeof text);
    memcpy(text + 100, SECRET, sizeof SECRET - 1);
    n = gzip(text, sizeof text, packed, sizeof packed);
    (void)snprintf(head, sizeof head,
                   "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n", n);
    take_answer(head, packed, n, 10);
    nothing_was_left();
}

static void an_entry_of_a_file_store_is_wiped(void **state)
{
    char directory[] = "/tmp/wxlive-wipe-XXXXXX";
    char command[64];
    struct wxl_filestore *fs;
    struct wxl_buf value;

    (void)state;
    assert_non_null(mkdtemp(directory));
    assert_int_equal(wxl_filestore_open(directory, &fs, NULL), WXL_OK);
    assert_int_equal(wxl_filestore_set(fs, "token", 5, SECRET, sizeof SECRET - 1, 1000, 60000,
                                       NULL),
                     WXL_OK);
    wxl_buf_init(&value, 1 << 16);
    assert_int_equal(wxl_filestore_get(fs, "token", 5, 1000, &value, NULL), WXL_OK);
    assert_string_equal(value.data, SECRET);
    wxl_buf_wipe(&value);
    wxl_filestore_free(fs);
    (void)snprintf(command, sizeof command, "rm -rf %s", directory);
    assert_int_equal(system(command), 0);
    nothing_was_left();
}

#define LOOKING(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOKING(the_allocator_sees_what_is_left),
        LOOKING(a_buffer_that_grows_leaves_nothing_behind),
        LOOKING(a_buffer_that_shrinks_leaves_nothing_behind),
        LOOKING(callback_settings_are_wiped),
        LOOKING(a_symmetric_key_is_wiped),
        LOOKING(what_gcm_opens_and_does_not_prove_is_wiped),
        LOOKING(tokens_are_wiped),
        LOOKING(a_password_of_the_proxy_is_wiped),
        LOOKING(what_a_call_sent_and_got_is_wiped),
        LOOKING(an_answer_is_wiped),
        LOOKING(a_decoded_answer_is_wiped),
        LOOKING(an_entry_of_a_file_store_is_wiped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
