/* http: forms streamed from files, downloads streamed to files, and memory that runs out */
#include "support/http_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "wxlive/base/alloc.h"

#define IMAGE "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n"

static char directory[] = "/tmp/wxlive-test-XXXXXX";

static const char *in_directory(const char *name)
{
    static char paths[4][128];
    static int next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", directory, name);
    return path;
}

static void write_file(const char *path, const char *bytes, size_t n)
{
    FILE *out = fopen(path, "wb");

    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, n, out), n);
    assert_int_equal(fclose(out), 0);
}

static void file_holds(const char *path, const char *bytes)
{
    char found[64] = "";
    FILE *in = fopen(path, "rb");

    assert_non_null(in);
    (void)!fread(found, 1, sizeof found - 1, in);
    fclose(in);
    assert_string_equal(found, bytes);
}

static int entries(const char *path)
{
    DIR *dir = opendir(path);
    int n = -2; /* . and .. */

    assert_non_null(dir);
    while (readdir(dir)) {
        n++;
    }
    closedir(dir);
    return n;
}

/* ---- forms -------------------------------------------------------------------------------------
 */

static void a_form_is_what_the_platform_wants(void **state)
{
    static const struct tiny_reply replies[] = {{OK_REPLY, TINY_KEEP, NULL},
                                                {OK_REPLY, TINY_KEEP, NULL}};
    struct wxl_http_part parts[] = {
        {.name = "media", .content_type = "image/png", .path = in_directory("\xe5\xb0\x81 1.png")},
        {.name = "plain", .data = "", .data_len = 0},
        {.name = "note", .data = "a\0b", .data_len = 3, .filename = "x\"y\\z.txt"},
    };
    struct fixture f;

    (void)state;
    write_file(parts[0].path, "\x89PNG\r\n\x1a\n", 8);
    fixture_start(&f, replies, COUNT(replies));
    f.rq.post = true;
    f.rq.parts = parts;
    f.rq.part_count = COUNT(parts);
    succeeds(&f, 200);
    request_has(&f, "\r\nContent-Type: multipart/form-data; boundary=-");
    request_lacks(&f, "boundary=\"");
    request_has(&f, "Content-Disposition: form-data; name=\"media\"; filename=\"_ 1.png\"\r\n"
                    "Content-Type: image/png\r\n\r\n\x89PNG\r\n\x1a\n\r\n--");
    request_has(&f, "name=\"plain\"\r\n\r\n\r\n");
    request_has(&f, "name=\"note\"; filename=\"x_y_z.txt\"\r\n");
    assert_memory_equal(strstr(tiny_last(&f.server), "\r\n\r\na") + 4, "a\0b\r\n--", 7);
    request_lacks(&f, "filename*");
    request_lacks(&f, "Expect");
    request_lacks(&f, "chunked");

    f.rq.parts = NULL; /* the form is gone with its request */
    f.rq.part_count = 0;
    f.rq.post = false;
    succeeds(&f, 200);
    request_has(&f, "GET ");
    request_lacks(&f, "Content-");
    fixture_stop(&f);
}

static void a_repeated_form_begins_at_its_start(void **state)
{
    static const struct tiny_reply replies[] = {{OK_REPLY, TINY_KEEP, NULL},
                                                {NULL, TINY_CLOSE, NULL},
                                                {OK_REPLY, TINY_KEEP, NULL}};
    struct wxl_http_part part = {.name = "media", .path = in_directory("again.bin")};
    struct fixture f;

    (void)state;
    write_file(part.path, "the whole of it", 15);
    fixture_start(&f, replies, COUNT(replies));
    succeeds(&f, 200);
    f.rq.post = true;
    f.rq.parts = &part;
    f.rq.part_count = 1;
    f.rq.resend = true;
    succeeds(&f, 200);
    was_asked(&f, 3, 2);
    request_has(&f, "\r\n\r\nthe whole of it\r\n--");
    fixture_stop(&f);
}

static void what_cannot_be_sent_is_found_out_before(void **state)
{
    struct wxl_http_part parts[] = {
        {.name = "a", .data = "fine", .data_len = 4},
        {.name = "media", .path = in_directory("missing.png")},
    };
    static const struct wxl_http_part bad[] = {
        {.data = "x", .data_len = 1},
        {.name = "a\r\nb", .data = "x", .data_len = 1},
        {.name = "a", .data = "x", .data_len = 1, .filename = "a\nb"},
        {.name = "a", .data = "x", .data_len = 1, .content_type = "a\r\nX: y"},
    };
    struct fixture f;
    size_t i;

    (void)state;
    fixture_start(&f, NULL, 0);
    f.rq.post = true;
    f.rq.parts = parts;
    f.rq.part_count = COUNT(parts);
    fails(&f, WXL_E_IO, false);
    assert_non_null(strstr(f.err.text, "missing.png"));
    assert_int_equal(f.err.code, ENOENT);
    parts[1].path = directory;
    fails(&f, WXL_E_IO, false);
    assert_non_null(strstr(f.err.text, "a directory"));
    parts[1].path = in_directory("empty.png");
    write_file(parts[1].path, "", 0);
    fails(&f, WXL_E_IO, false);
    assert_non_null(strstr(f.err.text, "empty"));
    parts[1].path = in_directory("pipe");
    assert_int_equal(mkfifo(parts[1].path, 0600), 0);
    fails(&f, WXL_E_IO, false); /* and does not wait for a writer */
    assert_non_null(strstr(f.err.text, "not a file"));
    f.rq.part_count = 1;
    for (i = 0; i < COUNT(bad); i++) {
        f.rq.parts = &bad[i];
        fails(&f, WXL_E_ARG, false);
    }
    was_asked(&f, 0, 0);
    fixture_stop(&f);
}

static void a_file_that_shrinks_on_the_way_is_an_error(void **state)
{
    enum { SIZE = 16 << 20 };
    struct wxl_http_part part = {.name = "media", .path = in_directory("shrinks.bin")};
    const struct tiny_reply reply = {OK_REPLY, TINY_CLOSE, part.path};
    char *bytes = calloc(1, SIZE);
    struct fixture f;

    (void)state;
    assert_non_null(bytes);
    write_file(part.path, bytes, SIZE);
    free(bytes);
    fixture_start(&f, &reply, 1);
    f.rq.post = true;
    f.rq.parts = &part;
    f.rq.part_count = 1;
    fails(&f, WXL_E_IO, true);
    assert_non_null(strstr(f.err.text, "shorter"));
    fixture_stop(&f);
}

/* ---- downloads ---------------------------------------------------------------------------------
 */

static void a_download_takes_its_name_when_complete(void **state)
{
    static const struct tiny_reply replies[] = {
        {IMAGE "Content-Length: 10\r\n\r\n0123456789", TINY_KEEP, NULL},
        {"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\n{\"a\": 123}",
         TINY_KEEP, NULL},
        {IMAGE "Content-Length: 0\r\n\r\n", TINY_KEEP, NULL},
    };
    const char *path = in_directory("media.jpg");
    struct fixture f;

    (void)state;
    write_file(path, "what was there before", 21);
    fixture_start(&f, replies, COUNT(replies));
    f.rq.save_to = path;
    f.rq.max_body = 5; /* of memory, not of a file */
    succeeds(&f, 200);
    file_holds(path, "0123456789");
    assert_ptr_equal(f.rs.saved, path);
    assert_int_equal(f.rs.size, 10);
    assert_string_equal(f.rs.body, "");
    assert_string_equal(f.rs.content_type, "image/jpeg");
    succeeds(&f, 200);
    file_holds(path, "{\"a\": 123}"); /* what it means is not asked here */
    assert_string_equal(f.rs.content_type, "text/plain");
    succeeds(&f, 200);
    file_holds(path, "");
    assert_int_equal(f.rs.size, 0);
    fixture_stop(&f);
}

/* Whoever can put a link there must not choose which file of ours is overwritten. */
static void a_link_in_the_place_of_a_download_is_replaced(void **state)
{
    static const struct tiny_reply reply = {IMAGE "Content-Length: 10\r\n\r\n0123456789", TINY_KEEP,
                                            NULL};
    char victim[256];
    char text[16] = "";
    struct stat about;
    struct fixture f;
    FILE *file;

    (void)state;
    snprintf(victim, sizeof victim, "%s", in_directory("victim"));
    write_file(victim, "mine", 4);
    assert_int_equal(symlink(victim, in_directory("linked.jpg")), 0);
    fixture_start(&f, &reply, 1);
    f.rq.save_to = in_directory("linked.jpg");
    succeeds(&f, 200);
    fixture_stop(&f);
    assert_int_equal(lstat(in_directory("linked.jpg"), &about), 0);
    assert_true(S_ISREG(about.st_mode));
    assert_int_equal(about.st_size, 10);
    file = fopen(victim, "rb");
    assert_non_null(file);
    assert_int_equal(fread(text, 1, sizeof text, file), 4);
    fclose(file);
    assert_string_equal(text, "mine");
    assert_int_equal(unlink(victim), 0);
    assert_int_equal(unlink(in_directory("linked.jpg")), 0);
}

static void an_answer_that_is_no_file_comes_in_memory(void **state)
{
    static const struct tiny_reply replies[] = {
        {"HTTP/1.1 404 No\r\nContent-Type: image/jpeg\r\nContent-Length: 3\r\n\r\nno!", TINY_KEEP,
         NULL},
        {"HTTP/1.1 302 Found\r\nContent-Length: 2\r\n\r\n{}", TINY_KEEP, NULL},
        {"HTTP/1.1 500 No\r\nContent-Length: 20\r\n\r\n{456789012345678901}", TINY_KEEP, NULL},
    };
    const char *path = in_directory("diverted.jpg");
    int before = entries(directory);
    struct fixture f;

    (void)state;
    fixture_start(&f, replies, COUNT(replies));
    f.rq.save_to = path;
    f.rq.max_body = 5;
    succeeds(&f, 404);
    assert_null(f.rs.saved);
    assert_string_equal(f.rs.body, "no!");
    succeeds(&f, 302);
    assert_null(f.rs.saved);
    assert_string_equal(f.rs.body, "{}");
    fails(&f, WXL_E_TOO_LARGE, true);
    assert_int_equal(entries(directory), before);
    fixture_stop(&f);
}

static void a_broken_download_leaves_nothing_behind(void **state)
{
    static const struct tiny_reply replies[] = {
        {IMAGE "Content-Length: 10\r\n\r\n012", TINY_CLOSE, NULL},
        {IMAGE "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", TINY_CLOSE, NULL},
        {IMAGE "Content-Encoding: gzip\r\n\r\n" GZIP_CUT_SHORT, TINY_CLOSE, NULL},
        {IMAGE "Content-Encoding: gzip\r\nContent-Length: 6\r\n\r\nnogzip", TINY_CLOSE, NULL},
        {IMAGE "Content-Length: 10\r\n\r\n012", TINY_HANG, NULL},
    };
    static const enum wxl_status wanted[] = {WXL_E_LOST, WXL_E_LOST, WXL_E_PROTOCOL,
                                             WXL_E_PROTOCOL, WXL_E_TIMEOUT};
    const char *path = in_directory("kept.jpg");
    struct fixture f;
    int before;
    size_t i;

    (void)state;
    write_file(path, "old", 3);
    before = entries(directory);
    fixture_start(&f, replies, COUNT(replies));
    f.rq.save_to = path;
    for (i = 0; i < COUNT(replies); i++) {
        f.rq.timeout_ms = replies[i].then == TINY_HANG ? 600 : 8000; /* a machine may be busy */
        fails(&f, wanted[i], true);
        file_holds(path, "old");
        assert_int_equal(entries(directory), before);
    }
    fixture_stop(&f);
}

static void a_place_that_takes_no_file_is_found_out_before(void **state)
{
    struct fixture f;

    (void)state;
    fixture_start(&f, NULL, 0);
    f.rq.save_to = in_directory("no/such/place.jpg");
    fails(&f, WXL_E_IO, false);
    f.rq.save_to = directory;
    fails(&f, WXL_E_IO, false);
    f.rq.save_to = in_directory("");
    fails(&f, WXL_E_IO, false);
    f.rq.save_to = "";
    fails(&f, WXL_E_IO, false);
    f.rq.save_to = "/dev/null/x";
    fails(&f, WXL_E_IO, false);
    assert_int_equal(symlink("/dev/null", in_directory("null")), 0);
    f.rq.save_to = in_directory("null");
    fails(&f, WXL_E_IO, false);
    assert_int_equal(unlink(in_directory("null")), 0);
    assert_false(wxl_http_may_save("/dev/null"));
    assert_false(wxl_http_may_save("/dev/stdout"));
    was_asked(&f, 0, 0);
    fixture_stop(&f);
}

static void a_file_system_that_is_full_is_an_error(void **state)
{
    enum { SIZE = 200000 };
    struct rlimit old;
    struct rlimit small;
    struct tiny_reply reply = {NULL, TINY_CLOSE, NULL};
    int before = entries(directory);
    struct fixture f;
    char *bytes = malloc(SIZE + 256);
    int head;

    (void)state;
    assert_non_null(bytes);
    head = snprintf(bytes, 256, IMAGE "Content-Length: %d\r\n\r\n", SIZE);
    memset(bytes + head, 'x', SIZE);
    bytes[head + SIZE] = '\0';
    reply.bytes = bytes;
    fixture_start(&f, &reply, 1);
    f.rq.save_to = in_directory("large.jpg");
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 50000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    fails(&f, WXL_E_IO, true);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(f.err.code, EFBIG);
    assert_int_equal(entries(directory), before);
    fixture_stop(&f);
    free(bytes);
}

/* ---- memory ------------------------------------------------------------------------------------
 */

struct rationed {
    int left; /* allocations that still succeed */
    int live; /* blocks that were given out and not taken back */
};

static void *rationed_realloc(void *ctx, void *p, size_t n)
{
    struct rationed *r = ctx;
    void *block;

    if (r->left == 0) {
        return NULL;
    }
    r->left--;
    block = realloc(p, n);
    r->live += block && !p;
    return block;
}

static void rationed_free(void *ctx, void *p)
{
    struct rationed *r = ctx;

    r->live--;
    free(p);
}

static enum wxl_status one_of_everything(const char *url, const char *form_path,
                                         const char *save_path, struct wxl_error *err)
{
    const struct wxl_http_options options = {.proxy = "http://127.0.0.1:1",
                                             .proxy_user = "u",
                                             .proxy_password = "p"};
    const struct wxl_http_options direct = {.proxy = ""};
    const struct wxl_http_header header = {"X-One", "1"};
    const struct wxl_http_part part = {.name = "media", .path = form_path};
    struct wxl_http_request rq = {.url = url, .save_to = save_path, .timeout_ms = 8000};
    struct wxl_http_response rs;
    struct wxl_http *client;
    enum wxl_status st = wxl_http_new(&client, &options, err);

    wxl_http_free(client);
    if (st != WXL_OK) {
        return st;
    }
    st = wxl_http_new(&client, &direct, err);
    if (st == WXL_OK) {
        st = wxl_http_perform(client, &rq, &rs, err); /* the download */
    }
    if (st == WXL_OK) {
        rq.save_to = NULL;
        rq.post = true;
        rq.headers = &header;
        rq.header_count = 1;
        rq.content_type = "text/plain";
        st = wxl_http_perform(client, &rq, &rs, err);
    }
    if (st == WXL_OK) {
        rq.header_count = 0;
        st = wxl_http_perform(client, &rq, &rs, err);
    }
    if (st == WXL_OK) {
        rq.content_type = NULL;
        rq.parts = &part;
        rq.part_count = 1;
        st = wxl_http_perform(client, &rq, &rs, err);
    }
    wxl_http_free(client);
    return st;
}

static void every_allocation_may_fail(void **state)
{
    static const struct tiny_reply replies[] = {
        {IMAGE "Content-Length: 5\r\n\r\nimage", TINY_KEEP, NULL},
        {OK_REPLY, TINY_KEEP, NULL},
        {OK_REPLY, TINY_KEEP, NULL},
        {OK_REPLY, TINY_CLOSE, NULL},
    };
    const char *form_path = in_directory("form.bin");
    const char *save_path = in_directory("torture.jpg");
    struct rationed r = {0, 0};
    const struct wxl_allocator table = {rationed_realloc, rationed_free, &r};
    struct wxl_error err;
    enum wxl_status st = WXL_E_NOMEM;
    struct fixture f;
    int round;
    int before;

    (void)state;
    write_file(form_path, "form", 4);
    before = entries(directory);
    for (round = 0; st != WXL_OK; round++) {
        assert_true(round < 200);
        /* the fixture's own client lives outside the ration */
        fixture_start(&f, replies, COUNT(replies));
        wxl_set_allocator(&table);
        r.left = round;
        memset(&err, 0, sizeof err);
        st = one_of_everything(f.url, form_path, save_path, &err);
        wxl_set_allocator(NULL);
        if (st != WXL_OK && st != WXL_E_NOMEM) {
            fail_msg("round %d: %s: %s", round, wxl_status_name(st), err.text);
        }
        assert_int_equal(r.live, 0);
        assert_int_equal(entries(directory), before + (access(save_path, F_OK) == 0));
        fixture_stop(&f);
    }
    print_message("  %d allocations\n", round - 1);
    assert_true(round > 15);
    file_holds(save_path, "image");
}

static int make_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
    DIR *dir = opendir(directory);
    struct dirent *entry;

    (void)state;
    while (dir && (entry = readdir(dir)) != NULL) {
        (void)unlinkat(dirfd(dir), entry->d_name, 0);
    }
    if (dir) {
        closedir(dir);
    }
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_form_is_what_the_platform_wants),
        cmocka_unit_test(a_repeated_form_begins_at_its_start),
        cmocka_unit_test(what_cannot_be_sent_is_found_out_before),
        cmocka_unit_test(a_file_that_shrinks_on_the_way_is_an_error),
        cmocka_unit_test(a_download_takes_its_name_when_complete),
        cmocka_unit_test(a_link_in_the_place_of_a_download_is_replaced),
        cmocka_unit_test(an_answer_that_is_no_file_comes_in_memory),
        cmocka_unit_test(a_broken_download_leaves_nothing_behind),
        cmocka_unit_test(a_place_that_takes_no_file_is_found_out_before),
        cmocka_unit_test(a_file_system_that_is_full_is_an_error),
        cmocka_unit_test(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
