/* signature: bodies and signatures of independent implementations (scripts/dev/vectors), answers
 * held against what was asked, and whatever is wrong with one refused */
#include "support/tsv.h"

#include "support/torture.h"
#include "wxlive/signature.h"

#define URLPATH "https://api.weixin.qq.com/wxaapi/broadcast/room/create"
#define APPID "wx0123456789abcdef"
#define NOW 1700000000

static const char raw_key[] = "0123456789abcdef0123456789abcdef";
static const struct wxl_signature_scope scope = {{URLPATH, sizeof URLPATH - 1},
                                                 {APPID, sizeof APPID - 1},
                                                 NOW};

static struct wxl_bytes bytes(const char *text)
{
    return tsv_bytes(text);
}

static struct wxl_bytes of_buf(const struct wxl_buf *b)
{
    struct wxl_bytes out = {b->data, b->len};

    return out;
}

/* The text of a file in the test data; the caller frees it. */
static char *read_file(const char *name)
{
    char path[512];
    char *text = calloc(1, 8192);
    FILE *file;

    snprintf(path, sizeof path, "%s/keys/%s", WXL_TEST_DATA, name);
    file = fopen(path, "rb");
    assert_non_null(file);
    assert_true(fread(text, 1, 8191, file) > 0);
    fclose(file);
    return text;
}

static enum wxl_status load(const char *name, int is_private, const char *serial,
                            struct wxl_key **key, struct wxl_error *err)
{
    char *pem = read_file(name);
    enum wxl_status st = is_private ? wxl_key_private(bytes(pem), bytes(serial), key, err)
                                    : wxl_key_public(bytes(pem), bytes(serial), key, err);

    free(pem);
    return st;
}

static struct wxl_key *key_of(const char *name, int is_private, const char *serial)
{
    struct wxl_key *key = NULL;
    struct wxl_error err;

    err.text[0] = '\0';
    if (load(name, is_private, serial, &key, &err) != WXL_OK) {
        fail_msg("%s: %s", name, err.text);
    }
    return key;
}

static struct wxl_signature_cipher *new_cipher(void)
{
    struct wxl_signature_cipher *cipher = NULL;

    assert_int_equal(wxl_signature_cipher_new(WXL_AES256_GCM, bytes(raw_key), bytes("sn1"), &cipher,
                                              NULL),
                     WXL_OK);
    return cipher;
}

/* ---- vectors -----------------------------------------------------------------------------------
 */

static void one_body(char **f)
{
    struct wxl_bytes key = tsv_unhex(f[5]);
    struct wxl_bytes iv = tsv_unhex(f[6]);
    struct wxl_bytes plain = tsv_unhex(f[7]);
    struct wxl_signature_scope at = {bytes(f[1]), bytes(f[2]), strtoll(f[3], NULL, 10)};
    struct wxl_signature_cipher *cipher = NULL;
    struct wxl_buf out;

    wxl_buf_init(&out, 1 << 20);
    assert_int_equal(wxl_signature_cipher_new(WXL_AES256_GCM, key, bytes(f[4]), &cipher, NULL),
                     WXL_OK);
    assert_int_equal(wxl_signature_seal(cipher, &at, plain, (const unsigned char *)iv.p, &out,
                                        NULL),
                     WXL_OK);
    assert_int_equal(out.len, strlen(f[8]));
    assert_memory_equal(out.data, f[8], out.len);
    out.len = 0;
    assert_int_equal(wxl_signature_open(cipher, &at, bytes(f[8]), &out, NULL), WXL_OK);
    assert_int_equal(out.len, plain.n);
    assert_memory_equal(out.data ? out.data : "", plain.p, plain.n);
    wxl_buf_free(&out);
    wxl_signature_cipher_free(cipher);
    tsv_free(key);
    tsv_free(iv);
    tsv_free(plain);
}

static void bodies_match_byte_for_byte(void **state)
{
    struct tsv t;
    int count = 0;

    (void)state;
    tsv_open(&t, "requests.tsv");
    while (tsv_next(&t)) {
        assert_int_equal(t.count, 9);
        one_body(t.field);
        count++;
    }
    assert_int_equal(count, 6);
}

static void signatures_of_others_verify(void **state)
{
    struct tsv t;
    int count = 0;

    (void)state;
    tsv_open(&t, "signatures.tsv");
    while (tsv_next(&t)) {
        struct wxl_key *key = key_of(t.field[1], 0, t.field[2]);
        struct wxl_key *other = key_of("other.pub.pem", 0, "");
        struct wxl_signature_scope at = {bytes(t.field[3]), bytes(t.field[4]),
                                         strtoll(t.field[5], NULL, 10)};
        struct wxl_bytes body = bytes(t.field[6]);
        struct wxl_bytes signature = bytes(t.field[7]);

        assert_int_equal(wxl_signature_verify(key, &at, body, signature, NULL), WXL_OK);
        assert_int_equal(wxl_signature_verify(other, &at, body, signature, NULL), WXL_E_SIGNATURE);
        at.timestamp++;
        assert_int_equal(wxl_signature_verify(key, &at, body, signature, NULL), WXL_E_SIGNATURE);
        at.timestamp--;
        body.n--;
        assert_int_equal(wxl_signature_verify(key, &at, body, signature, NULL), WXL_E_SIGNATURE);
        wxl_key_free(key);
        wxl_key_free(other);
        count++;
    }
    assert_int_equal(count, 4);
}

/* ---- keys --------------------------------------------------------------------------------------
 */

static void keys_are_read_and_checked(void **state)
{
    static const struct {
        const char *file;
        int is_private;
        const char *serial;
        enum wxl_status wanted;
        enum wxl_key_kind kind;
    } cases[] = {
        {"rsa.pem", 1, "", WXL_OK, WXL_KEY_RSA},
        {"rsa.pkcs1.pem", 1, "n", WXL_OK, WXL_KEY_RSA},
        {"rsa.pub.pem", 0, "n", WXL_OK, WXL_KEY_RSA},
        {"rsa.crt.pem", 0, "n", WXL_OK, WXL_KEY_RSA},
        {"sm2.pem", 1, "n", WXL_OK, WXL_KEY_SM2},
        {"sm2.pem", 1, "", WXL_E_ARG, WXL_KEY_SM2},
        {"weak.pem", 1, "n", WXL_E_ARG, WXL_KEY_RSA},
        {"p256.pem", 1, "n", WXL_E_UNSUPPORTED, WXL_KEY_RSA},
        {"locked.pem", 1, "n", WXL_E_ARG, WXL_KEY_RSA},
        {"rsa.pub.pem", 1, "n", WXL_E_ARG, WXL_KEY_RSA},
        {"rsa.pem", 0, "n", WXL_E_ARG, WXL_KEY_RSA},
    };
    struct wxl_key *key;
    struct wxl_error err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum wxl_status got = load(cases[i].file, cases[i].is_private, cases[i].serial, &key, &err);

        assert_int_equal(got, cases[i].wanted);
        if (got == WXL_OK) {
            assert_int_equal(wxl_key_kind_of(key), cases[i].kind);
            assert_int_equal(wxl_key_serial(key).n, strlen(cases[i].serial));
        } else {
            assert_null(key);
            assert_true(err.text[0] != '\0');
        }
        wxl_key_free(key);
    }
    assert_int_equal(wxl_key_private(bytes(""), bytes("n"), &key, NULL), WXL_E_ARG);
    assert_int_equal(wxl_key_public(bytes("-----BEGIN"), bytes("n"), &key, NULL), WXL_E_ARG);
    wxl_key_free(NULL);
}

static void both_kinds_sign(void **state)
{
    static const char *const files[][2] = {{"rsa.pem", "rsa.crt.pem"}, {"sm2.pem", "sm2.pub.pem"}};
    struct wxl_buf out;
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        struct wxl_key *mine = key_of(files[i][0], 1, "serial");
        struct wxl_key *theirs = key_of(files[i][1], 0, "serial");

        wxl_buf_init(&out, 1 << 16);
        assert_int_equal(wxl_signature_sign(mine, &scope, bytes("{}"), &out, NULL), WXL_OK);
        assert_int_equal(wxl_signature_verify(theirs, &scope, bytes("{}"), of_buf(&out), NULL),
                         WXL_OK);
        assert_int_equal(wxl_signature_verify(theirs, &scope, bytes("[]"), of_buf(&out), NULL),
                         WXL_E_SIGNATURE);
        wxl_buf_free(&out);
        wxl_key_free(mine);
        wxl_key_free(theirs);
    }
}

static void an_sm2_signature_is_bound_to_the_number(void **state)
{
    struct wxl_key *mine = key_of("sm2.pem", 1, "one");
    struct wxl_key *other = key_of("sm2.pub.pem", 0, "two");
    struct wxl_buf out;

    (void)state;
    wxl_buf_init(&out, 1 << 16);
    assert_int_equal(wxl_signature_sign(mine, &scope, bytes("{}"), &out, NULL), WXL_OK);
    assert_int_equal(wxl_signature_verify(other, &scope, bytes("{}"), of_buf(&out), NULL),
                     WXL_E_SIGNATURE);
    wxl_buf_free(&out);
    wxl_key_free(mine);
    wxl_key_free(other);
}

/* ---- bodies ------------------------------------------------------------------------------------
 */

static void a_suite_that_openssl_lacks_is_named(void **state)
{
    struct wxl_signature_cipher *cipher = NULL;
    struct wxl_error err;
    enum wxl_status st = wxl_signature_cipher_new(WXL_SM4_GCM, bytes("0123456789abcdef"),
                                                  bytes("sn"), &cipher, &err);
    struct wxl_buf sealed;
    struct wxl_buf out;

    (void)state;
    assert_true(wxl_signature_offers(WXL_AES256_GCM));
    if (!wxl_signature_offers(WXL_SM4_GCM)) {
        assert_int_equal(st, WXL_E_UNSUPPORTED);
        assert_null(cipher);
        assert_non_null(strstr(err.text, "SM4-GCM"));
        return;
    }
    assert_int_equal(st, WXL_OK);
    wxl_buf_init(&sealed, 1000);
    wxl_buf_init(&out, 1000);
    assert_int_equal(wxl_signature_seal(cipher, &scope, bytes("{}"), NULL, &sealed, NULL), WXL_OK);
    assert_int_equal(wxl_signature_open(cipher, &scope, of_buf(&sealed), &out, NULL), WXL_OK);
    assert_int_equal(out.len, 2);
    wxl_buf_free(&sealed);
    wxl_buf_free(&out);
    wxl_signature_cipher_free(cipher);
}

static void arguments_are_checked(void **state)
{
    static const struct wxl_signature_scope bad[] = {
        {{"", 0}, {"a", 1}, 1},     {{"u?x", 3}, {"a", 1}, 1}, {{"u|x", 3}, {"a", 1}, 1},
        {{"u\nx", 3}, {"a", 1}, 1}, {{"u", 1}, {"", 0}, 1},    {{"u", 1}, {"a|b", 3}, 1},
        {{"u", 1}, {"a\n", 2}, 1},  {{"u", 1}, {"a", 1}, 0},   {{"u", 1}, {"a", 1}, -1},
    };
    struct wxl_signature_cipher *cipher = new_cipher();
    struct wxl_signature_cipher *none = cipher;
    struct wxl_buf out;
    size_t i;

    (void)state;
    wxl_buf_init(&out, 1000);
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(wxl_signature_seal(cipher, &bad[i], bytes("{}"), NULL, &out, NULL),
                         WXL_E_ARG);
        assert_int_equal(wxl_signature_payload(&bad[i], bytes("{}"), &out, NULL), WXL_E_ARG);
        assert_int_equal(out.len, 0);
    }
    assert_int_equal(wxl_signature_cipher_new(WXL_AES256_GCM, bytes("short"), bytes("sn"), &none,
                                              NULL),
                     WXL_E_ARG);
    assert_null(none);
    assert_int_equal(wxl_signature_cipher_new(WXL_AES256_GCM, bytes(raw_key), bytes("s|n"), &none,
                                              NULL),
                     WXL_E_ARG);
    wxl_buf_free(&out);
    wxl_signature_cipher_free(cipher);
}

static void any_change_of_a_body_is_refused(void **state)
{
    struct wxl_signature_cipher *cipher = new_cipher();
    struct wxl_signature_scope other = scope;
    struct wxl_buf sealed;
    struct wxl_buf out;
    enum wxl_status st;
    size_t i;
    int bit;

    (void)state;
    wxl_buf_init(&sealed, 1000);
    wxl_buf_init(&out, 1000);
    assert_int_equal(wxl_signature_seal(cipher, &scope, bytes("{\"a\":1}"), NULL, &sealed, NULL),
                     WXL_OK);
    for (i = 0; i < sealed.len; i++) {
        for (bit = 0; bit < 8; bit++) {
            sealed.data[i] = (char)(sealed.data[i] ^ (1 << bit));
            st = wxl_signature_open(cipher, &scope, of_buf(&sealed), &out, NULL);
            assert_true(st == WXL_E_CIPHERTEXT || st == WXL_E_FORMAT);
            assert_int_equal(out.len, 0);
            sealed.data[i] = (char)(sealed.data[i] ^ (1 << bit));
        }
    }
    for (i = 0; i < sealed.len; i++) {
        struct wxl_bytes cut = {sealed.data, i};

        assert_int_equal(wxl_signature_open(cipher, &scope, cut, &out, NULL), WXL_E_FORMAT);
    }
    other.timestamp++;
    assert_int_equal(wxl_signature_open(cipher, &other, of_buf(&sealed), &out, NULL),
                     WXL_E_CIPHERTEXT);
    other = scope;
    other.urlpath.n--;
    assert_int_equal(wxl_signature_open(cipher, &other, of_buf(&sealed), &out, NULL),
                     WXL_E_CIPHERTEXT);
    other = scope;
    other.appid.n--;
    assert_int_equal(wxl_signature_open(cipher, &other, of_buf(&sealed), &out, NULL),
                     WXL_E_CIPHERTEXT);
    assert_int_equal(wxl_signature_open(cipher, &scope, of_buf(&sealed), &out, NULL), WXL_OK);
    assert_int_equal(out.len, 7);
    wxl_buf_free(&sealed);
    wxl_buf_free(&out);
    wxl_signature_cipher_free(cipher);
}

/* Writes a pattern with $, # and @ standing for the three members. */
static void spell(const char *pattern, char *out, size_t size)
{
    static const char *const members[] = {"\"iv\":\"AAECAwQFBgcICQoL\"", "\"data\":\"AAAA\"",
                                          "\"authtag\":\"AAAAAAAAAAAAAAAAAAAAAA==\""};
    static const char names[] = "$#@";
    size_t n = 0;

    *out = '\0';
    for (; *pattern; pattern++) {
        const char *name = strchr(names, *pattern);
        int put = name ? snprintf(out + n, size - n, "%s", members[name - names])
                       : snprintf(out + n, size - n, "%c", *pattern);

        n += (size_t)put;
        assert_true(n < size);
    }
}

static void only_that_form_is_a_body(void **state)
{
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        "null",
        "{$,#}",
        "{$,#,@",
        "$,#,@}",
        "{$,#,@}x",
        "{$,#,@,}",
        "{$,#,@,@}",
        "{$,#,@,\"more\":\"\"}",
        "{$ #,@}",
        "{$,#,#}",
        "{\"iv\":\"AAEC\",#,@}",
        "{\"iv\":1,#,@}",
        "{\"iv\":\"AAECAwQFBgcICQo\\u004c\",#,@}",
        "{$,\"data\":\"AAA\",@}",
        "{$,#,\"authtag\":\"AAAA\"}",
        "{$,\"data\":\"AAAA\n\",@}",
        "{$,\"data\":\"AAA\\",
    };
    static const char *const good[] = {
        "{$,#,@}",
        "{@,#,$}",
        " {\n$ ,\t# , @ } \r\n",
        "{\"iv\" : \"AAECAwQFBgcICQoL\",#,@}",
        "{$,\"data\":\"AA\\/A\",@}",
    };
    struct wxl_signature_cipher *cipher = new_cipher();
    struct wxl_error err;
    struct wxl_buf out;
    char text[300];
    size_t i;

    (void)state;
    wxl_buf_init(&out, 1000);
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        spell(bad[i], text, sizeof text);
        err.text[0] = '\0';
        if (wxl_signature_open(cipher, &scope, bytes(text), &out, &err) != WXL_E_FORMAT) {
            fail_msg("taken for a body: %s", text);
        }
        assert_true(err.text[0] != '\0');
    }
    for (i = 0; i < sizeof good / sizeof *good; i++) {
        spell(good[i], text, sizeof text);
        if (wxl_signature_open(cipher, &scope, bytes(text), &out, &err) != WXL_E_CIPHERTEXT) {
            fail_msg("not taken for a body: %s: %s", text, err.text);
        }
    }
    wxl_buf_free(&out);
    wxl_signature_cipher_free(cipher);
}

/* ---- answers -----------------------------------------------------------------------------------
 */

/* The platform's part: an answer of `text` at `timestamp`, signed with rsa.pem (serial "new") and,
 * while certificates rotate, other.pem ("old"). */
struct answer {
    struct wxl_signature_cipher *cipher;
    struct wxl_key *new_key, *old_key; /* the platform's, private */
    const struct wxl_key *held[2];     /* the caller's */
    struct wxl_key *new_public, *old_public;
    struct wxl_buf body, signature, old_signature, out;
    char timestamp[24];
    struct wxl_signature_headers headers;
    struct wxl_signature_trust trust;
};

static void answer_make(struct answer *a, int64_t timestamp)
{
    struct wxl_signature_scope at = scope;

    memset(a, 0, sizeof *a);
    at.timestamp = timestamp;
    a->cipher = new_cipher();
    a->new_key = key_of("rsa.pem", 1, "new");
    a->old_key = key_of("other.pem", 1, "old");
    a->new_public = key_of("rsa.crt.pem", 0, "new");
    a->old_public = key_of("other.pub.pem", 0, "old");
    wxl_buf_init(&a->body, 1000);
    wxl_buf_init(&a->signature, 1000);
    wxl_buf_init(&a->old_signature, 1000);
    wxl_buf_init(&a->out, 1000);
    assert_int_equal(wxl_signature_seal(a->cipher, &at, bytes("{\"errcode\":0}"), NULL, &a->body,
                                        NULL),
                     WXL_OK);
    assert_int_equal(wxl_signature_sign(a->new_key, &at, of_buf(&a->body), &a->signature, NULL),
                     WXL_OK);
    assert_int_equal(wxl_signature_sign(a->old_key, &at, of_buf(&a->body), &a->old_signature, NULL),
                     WXL_OK);
    snprintf(a->timestamp, sizeof a->timestamp, "%lld", (long long)timestamp);
    a->headers.appid = bytes(APPID);
    a->headers.timestamp = bytes(a->timestamp);
    a->headers.serial = bytes("new");
    a->headers.signature = of_buf(&a->signature);
    a->trust.cipher = a->cipher;
    a->held[0] = a->new_public;
    a->trust.keys = a->held;
    a->trust.key_count = 1;
    a->trust.urlpath = scope.urlpath;
    a->trust.appid = scope.appid;
    a->trust.now = NOW;
    a->trust.window = 300;
}

static void answer_free(struct answer *a)
{
    wxl_buf_free(&a->body);
    wxl_buf_free(&a->signature);
    wxl_buf_free(&a->old_signature);
    wxl_buf_free(&a->out);
    wxl_key_free(a->new_key);
    wxl_key_free(a->old_key);
    wxl_key_free(a->new_public);
    wxl_key_free(a->old_public);
    wxl_signature_cipher_free(a->cipher);
}

static enum wxl_status answer_read(struct answer *a, int *renew)
{
    int64_t timestamp = -1;
    enum wxl_status st;

    a->out.len = 0;
    st = wxl_signature_answer(&a->trust, &a->headers, of_buf(&a->body), &a->out, renew, &timestamp,
                              NULL);
    if (st == WXL_OK) {
        assert_int_equal(a->out.len, 13);
        assert_memory_equal(a->out.data, "{\"errcode\":0}", 13);
        assert_int_equal(timestamp, strtoll(a->timestamp, NULL, 10));
    } else {
        assert_int_equal(a->out.len, 0);
        assert_int_equal(timestamp, 0);
        assert_int_equal(*renew, 0);
    }
    return st;
}

static void answers_are_verified_and_opened(void **state)
{
    struct answer a;
    int renew;

    (void)state;
    answer_make(&a, NOW + 5);
    assert_int_equal(answer_read(&a, &renew), WXL_OK);
    assert_int_equal(renew, 0);
    answer_free(&a);
}

static void while_certificates_rotate(void **state)
{
    struct answer a;
    int renew;

    (void)state;
    answer_make(&a, NOW);
    a.headers.serial_deprecated = bytes("old");
    a.headers.signature_deprecated = of_buf(&a.old_signature);

    a.held[0] = a.old_public; /* only the old one is held: it works, and says that it is time */
    assert_int_equal(answer_read(&a, &renew), WXL_OK);
    assert_int_equal(renew, 1);

    a.held[1] = a.new_public; /* both: the new one counts, whatever the old signature is */
    a.trust.key_count = 2;
    a.headers.signature_deprecated = bytes("AAAA");
    assert_int_equal(answer_read(&a, &renew), WXL_OK);
    assert_int_equal(renew, 0);

    a.headers.signature_deprecated = of_buf(&a.old_signature);
    a.headers.signature = bytes("AAAA"); /* a good old signature does not stand in for a bad new */
    assert_int_equal(answer_read(&a, &renew), WXL_E_SIGNATURE);

    a.trust.key_count = 0;
    assert_int_equal(answer_read(&a, &renew), WXL_E_NOT_FOUND);
    answer_free(&a);
}

static void an_answer_that_is_not_ours_is_refused(void **state)
{
    struct answer a;
    struct wxl_bytes *fields[] = {&a.headers.appid, &a.headers.timestamp, &a.headers.serial,
                                  &a.headers.signature};
    static const char *const timestamps[] = {"x",           "-1",
                                             "0",           "1700000000x",
                                             " 1700000000", "1700000000000",
                                             "1.7e9",       "99999999999999999999999"};
    int renew;
    size_t i;

    (void)state;
    answer_make(&a, NOW);
    for (i = 0; i < 4; i++) {
        struct wxl_bytes kept = *fields[i];

        fields[i]->n = 0;
        assert_int_equal(answer_read(&a, &renew), WXL_E_FORMAT);
        *fields[i] = kept;
    }
    for (i = 0; i < sizeof timestamps / sizeof *timestamps; i++) {
        a.headers.timestamp = bytes(timestamps[i]);
        assert_int_equal(answer_read(&a, &renew), WXL_E_FORMAT);
    }
    a.headers.timestamp = bytes("1700000001"); /* within the window, but not what was signed */
    assert_int_equal(answer_read(&a, &renew), WXL_E_SIGNATURE);
    a.headers.timestamp = bytes(a.timestamp);
    a.headers.appid = bytes("wx0123456789abcdee");
    assert_int_equal(answer_read(&a, &renew), WXL_E_FORMAT);
    a.headers.appid = bytes(APPID);
    a.trust.urlpath = bytes("https://api.weixin.qq.com/wxaapi/broadcast/room/delete");
    assert_int_equal(answer_read(&a, &renew), WXL_E_SIGNATURE);
    a.trust.urlpath = scope.urlpath;
    for (i = 0; i < a.body.len; i++) {
        a.body.data[i] ^= 1;
        assert_int_equal(answer_read(&a, &renew), WXL_E_SIGNATURE);
        a.body.data[i] ^= 1;
    }
    assert_int_equal(answer_read(&a, &renew), WXL_OK);
    answer_free(&a);
}

static void an_old_answer_is_stale(void **state)
{
    static const struct {
        int64_t apart;
        enum wxl_status wanted;
    } cases[] = {{-300, WXL_OK}, {300, WXL_OK}, {-301, WXL_E_STALE}, {301, WXL_E_STALE}};
    struct answer a;
    int renew;
    size_t i;

    (void)state;
    for (i = 0; i < 4; i++) {
        answer_make(&a, NOW + cases[i].apart);
        assert_int_equal(answer_read(&a, &renew), cases[i].wanted);
        answer_free(&a);
    }
}

static int sign_and_read(void *arg)
{
    struct answer *a = arg;
    struct wxl_buf body;
    struct wxl_buf signature;
    struct wxl_buf out;
    struct wxl_error err;
    int64_t timestamp;
    int renew;
    enum wxl_status st;

    wxl_buf_init(&body, 1000);
    wxl_buf_init(&signature, 1000);
    wxl_buf_init(&out, 1000);
    st = wxl_signature_seal(a->cipher, &scope, bytes("{\"errcode\":0}"), NULL, &body, &err);
    if (st == WXL_OK) {
        st = wxl_signature_sign(a->new_key, &scope, of_buf(&body), &signature, &err);
    }
    if (st == WXL_OK) {
        a->headers.signature = of_buf(&signature);
        st = wxl_signature_answer(&a->trust, &a->headers, of_buf(&body), &out, &renew, &timestamp,
                                  &err);
    }
    assert_true(st == WXL_OK || st == WXL_E_NOMEM);
    wxl_buf_free(&body);
    wxl_buf_free(&signature);
    wxl_buf_free(&out);
    return st == WXL_OK;
}

static void memory_may_run_out_anywhere(void **state)
{
    struct answer a;

    (void)state;
    answer_make(&a, NOW);
    assert_int_equal(torture(sign_and_read, &a, 200), 1);
    answer_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_match_byte_for_byte),
        cmocka_unit_test(signatures_of_others_verify),
        cmocka_unit_test(keys_are_read_and_checked),
        cmocka_unit_test(both_kinds_sign),
        cmocka_unit_test(an_sm2_signature_is_bound_to_the_number),
        cmocka_unit_test(a_suite_that_openssl_lacks_is_named),
        cmocka_unit_test(arguments_are_checked),
        cmocka_unit_test(any_change_of_a_body_is_refused),
        cmocka_unit_test(only_that_form_is_a_body),
        cmocka_unit_test(answers_are_verified_and_opened),
        cmocka_unit_test(while_certificates_rotate),
        cmocka_unit_test(an_answer_that_is_not_ours_is_refused),
        cmocka_unit_test(an_old_answer_is_stale),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
