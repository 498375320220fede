/* message: vectors of three independent implementations (scripts/dev/vectors), and everything that
 * can be wrong with a message refused with one and the same words */
#include "support/tsv.h"

#include <openssl/evp.h>

#include "support/torture.h"
#include "wxlive/base/base64.h"
#include "wxlive/message.h"

#define KEY "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
#define OTHER_KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define APPID "wx0123456789abcdef"
#define TEXT "<xml><Event><![CDATA[wxalive_follow_notify]]></Event><n>\xe8\x8c\xb6</n></xml>"

static const char refusal[] = "the message cannot be opened with this key and appid";

static struct wxl_bytes bytes(const char *text)
{
    return tsv_bytes(text);
}

static struct wxl_message *new_message(const char *token, const char *key, const char *previous,
                                       const char *appid, size_t max)
{
    struct wxl_message_options o;
    struct wxl_message *m = NULL;

    memset(&o, 0, sizeof o);
    o.token = bytes(token);
    o.aes_key = bytes(key);
    o.previous_aes_key = bytes(previous);
    o.appid = bytes(appid);
    o.max = max;
    assert_int_equal(wxl_message_new(&o, &m, NULL), WXL_OK);
    return m;
}

/* ---- vectors ----------------------------------------------------------------------------------- */

static void one_vector(char **f)
{
    struct wxl_message *m = new_message(f[1], f[2], "", f[3], 0);
    struct wxl_bytes random = tsv_unhex(f[6]);
    struct wxl_bytes message = tsv_unhex(f[7]);
    struct wxl_bytes parts[3];
    struct wxl_bytes opened;
    struct wxl_buf sealed;
    char hex[WXL_SIGNATURE_CHARS + 1];

    wxl_buf_init(&sealed, 1 << 20);
    assert_int_equal(
        wxl_message_seal(m, message, (const unsigned char *)random.p, &sealed, NULL), WXL_OK);
    if (strcmp(f[8], "-") != 0) {
        assert_int_equal(sealed.len, strlen(f[8]));
        assert_memory_equal(sealed.data, f[8], sealed.len);
    }
    parts[0] = bytes(f[4]);
    parts[1] = bytes(f[5]);
    parts[2].p = sealed.data;
    parts[2].n = sealed.len;
    assert_int_equal(wxl_message_sign(m, parts, 3, hex, NULL), WXL_OK);
    assert_string_equal(hex, f[9]);
    assert_int_equal(
        wxl_message_open(m, parts[0], parts[1], parts[2], bytes(f[9]), &opened, NULL), WXL_OK);
    assert_int_equal(opened.n, message.n);
    assert_memory_equal(opened.p, message.p, message.n);
    wxl_buf_free(&sealed);
    tsv_free(random);
    tsv_free(message);
    wxl_message_free(m);
}

static void vectors_match_byte_for_byte(void **state)
{
    struct tsv t;
    int count = 0;

    (void)state;
    tsv_open(&t, "messages.tsv");
    while (tsv_next(&t)) {
        assert_int_equal(t.count, 10);
        one_vector(t.field);
        count++;
    }
    assert_int_equal(count, 18);
}

static void the_order_of_parts_does_not_matter(void **state)
{
    /* the URL check of the platform's page */
    struct wxl_bytes parts[4] = {bytes("AAAAA"), bytes("1714036504"), bytes("1514711492"), {NULL, 0}};
    char hex[WXL_SIGNATURE_CHARS + 1];
    struct wxl_bytes many[WXL_SIGNATURE_PARTS_MAX + 1];
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++) {
        struct wxl_bytes first = parts[0];

        assert_int_equal(wxl_message_sha1(parts, i == 2 ? 4 : 3, hex, NULL), WXL_OK);
        assert_string_equal(hex, "f464b24fc39322e44b38aa78f5edd27bd1441696");
        parts[0] = parts[1];
        parts[1] = parts[2];
        parts[2] = first;
    }
    for (i = 0; i <= WXL_SIGNATURE_PARTS_MAX; i++) {
        many[i] = bytes("x");
    }
    assert_int_equal(wxl_message_sha1(many, WXL_SIGNATURE_PARTS_MAX, hex, NULL), WXL_OK);
    assert_int_equal(wxl_message_sha1(many, WXL_SIGNATURE_PARTS_MAX + 1, hex, NULL), WXL_E_LIMIT);
}

/* ---- what is refused --------------------------------------------------------------------------- */

static void refused(struct wxl_message *m, const char *encrypt, size_t n)
{
    struct wxl_bytes given = {encrypt, n};
    struct wxl_bytes out = {"x", 1};
    struct wxl_error err;

    memset(&err, 0, sizeof err);
    assert_int_equal(wxl_message_decrypt(m, given, &out, &err), WXL_E_CIPHERTEXT);
    assert_string_equal(err.text, refusal);
    assert_int_equal(err.code, 0);
    assert_null(out.p);
    assert_int_equal(out.n, 0);
}

static void seal(struct wxl_message *m, const char *text, struct wxl_buf *out)
{
    wxl_buf_init(out, 1 << 20);
    assert_int_equal(wxl_message_seal(m, bytes(text), NULL, out, NULL), WXL_OK);
}

static void any_change_breaks_the_signature(void **state)
{
    struct wxl_message *m = new_message("token", KEY, "", APPID, 0);
    const struct wxl_bytes time = bytes("1409735669");
    const struct wxl_bytes nonce = bytes("1320562132");
    struct wxl_bytes parts[3];
    struct wxl_bytes out;
    struct wxl_buf sealed;
    char hex[WXL_SIGNATURE_CHARS + 1];
    size_t i;
    int bit;

    (void)state;
    seal(m, TEXT, &sealed);
    parts[0] = time;
    parts[1] = nonce;
    parts[2].p = sealed.data;
    parts[2].n = sealed.len;
    assert_int_equal(wxl_message_sign(m, parts, 3, hex, NULL), WXL_OK);
    for (i = 0; i < sealed.len; i++) {
        for (bit = 0; bit < 8; bit++) {
            sealed.data[i] = (char)(sealed.data[i] ^ (1 << bit));
            assert_int_equal(wxl_message_open(m, time, nonce, parts[2], bytes(hex), &out, NULL),
                             WXL_E_SIGNATURE);
            assert_null(out.p);
            sealed.data[i] = (char)(sealed.data[i] ^ (1 << bit));
        }
    }
    for (i = 0; i < sealed.len; i++) {
        struct wxl_bytes cut = {sealed.data, i};

        assert_int_equal(wxl_message_open(m, time, nonce, cut, bytes(hex), &out, NULL),
                         WXL_E_SIGNATURE);
    }
    for (i = 0; i < WXL_SIGNATURE_CHARS; i++) {
        struct wxl_bytes cut = {hex, i};

        assert_int_equal(wxl_message_open(m, time, nonce, parts[2], cut, &out, NULL),
                         WXL_E_SIGNATURE);
        hex[i] = (char)(hex[i] ^ 1);
        assert_int_equal(wxl_message_open(m, time, nonce, parts[2], bytes(hex), &out, NULL),
                         WXL_E_SIGNATURE);
        hex[i] = (char)(hex[i] ^ 1);
    }
    /* what joins to the same text after sorting is the same message; what does not is another */
    assert_int_equal(wxl_message_open(m, nonce, time, parts[2], bytes(hex), &out, NULL), WXL_OK);
    assert_int_equal(wxl_message_open(m, bytes("140973566"), bytes("91320562132"), parts[2],
                                      bytes(hex), &out, NULL),
                     WXL_E_SIGNATURE);
    assert_int_equal(wxl_message_open(m, time, nonce, parts[2], bytes(hex), &out, NULL), WXL_OK);
    assert_int_equal(out.n, strlen(TEXT));
    wxl_buf_free(&sealed);
    wxl_message_free(m);
}

static void cut_anywhere_it_does_not_open(void **state)
{
    struct wxl_message *m = new_message("token", KEY, "", APPID, 0);
    struct wxl_buf sealed;
    size_t i;

    (void)state;
    seal(m, TEXT, &sealed);
    for (i = 0; i < sealed.len; i++) {
        refused(m, sealed.data, i);
        refused(m, sealed.data + sealed.len - i, i);
    }
    wxl_buf_free(&sealed);
    wxl_message_free(m);
}

static void only_strict_base64_opens(void **state)
{
    static const char *const bad[] = {"", "=", "====", "A", "AA", "AAA", "AA==AA==", "A===", "\n"};
    struct wxl_message *m = new_message("token", KEY, "", APPID, 0);
    struct wxl_buf sealed;
    char text[400];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        refused(m, bad[i], strlen(bad[i]));
    }
    seal(m, TEXT, &sealed);
    assert_true(sealed.len < sizeof text - 2);
    memcpy(text, sealed.data, sealed.len);
    text[sealed.len] = '\n';
    refused(m, text, sealed.len + 1);
    memmove(text + 1, sealed.data, sealed.len);
    text[0] = ' ';
    refused(m, text, sealed.len + 1);
    memcpy(text, sealed.data, sealed.len);
    for (i = 0; i < sealed.len; i++) {
        static const char strange[] = "-_\0\x80 *";
        size_t k;

        for (k = 0; k < sizeof strange - 1; k++) {
            text[i] = strange[k];
            refused(m, text, sealed.len);
        }
        text[i] = sealed.data[i];
    }
    wxl_buf_free(&sealed);
    wxl_message_free(m);
}

/* Encrypts a frame as it is, whatever is wrong with it, and expects the refusal. */
static void frame_refused(struct wxl_message *m, const unsigned char *frame, size_t n)
{
    unsigned char key[32];
    unsigned char sealed[512];
    char text[700];
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len = 0;

    assert_non_null(ctx);
    assert_true(n <= sizeof sealed);
    assert_int_equal(wxl_base64_decode_aes_key(KEY, 43, key), WXL_OK);
    assert_true(EVP_EncryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, key, key));
    assert_true(EVP_CIPHER_CTX_set_padding(ctx, 0));
    assert_true(EVP_EncryptUpdate(ctx, sealed, &len, frame, (int)n));
    EVP_CIPHER_CTX_free(ctx);
    wxl_base64_encode(sealed, (size_t)len, text);
    refused(m, text, strlen(text));
}

/* A frame of 64 bytes: head, 26 bytes of message, appid of 18, and no padding yet. */
static size_t good_frame(unsigned char *frame, size_t message)
{
    memset(frame, 'r', 16);
    memset(frame + 16, 0, 4);
    frame[19] = (unsigned char)message;
    memset(frame + 20, 'm', message);
    memcpy(frame + 20 + message, APPID, strlen(APPID));
    return 20 + message + strlen(APPID);
}

static void wrong_frames_are_all_alike(void **state)
{
    struct wxl_message *m = new_message("token", KEY, "", APPID, 0);
    unsigned char frame[512];
    size_t n = good_frame(frame, 20); /* 58 bytes, so 6 of padding */
    size_t i;
    unsigned value;

    (void)state;
    for (value = 0; value < 256; value++) { /* the padding's number */
        memset(frame + n, 6, 6);
        if (value != 6) {
            frame[63] = (unsigned char)value;
            frame_refused(m, frame, 64);
        }
    }
    for (i = n; i < 63; i++) { /* a byte in it that differs */
        memset(frame + n, 6, 6);
        frame[i] = 5;
        frame_refused(m, frame, 64);
    }
    memset(frame + n, 6, 6);
    for (i = 16; i < 20; i++) { /* each bit of the length */
        for (value = 1; value < 256; value <<= 1) {
            frame[i] = (unsigned char)(frame[i] ^ value);
            frame_refused(m, frame, 64);
            frame[i] = (unsigned char)(frame[i] ^ value);
        }
    }
    for (i = 0; i < strlen(APPID); i++) { /* each letter of the appid */
        frame[40 + i] ^= 1;
        frame_refused(m, frame, 64);
        frame[40 + i] ^= 1;
    }
    /* a block of AES is no block of the padding; nothing but padding; no room for an appid */
    n = good_frame(frame, 4);
    memset(frame + n, 6, 6);
    frame_refused(m, frame, 48);
    memset(frame, 32, 32);
    frame_refused(m, frame, 32);
    memset(frame, 32, 64);
    frame_refused(m, frame, 64);
    wxl_message_free(m);
}

static void another_key_or_appid_does_not_open(void **state)
{
    struct wxl_message *m = new_message("token", KEY, "", APPID, 0);
    struct wxl_message *key = new_message("token", OTHER_KEY, "", APPID, 0);
    struct wxl_message *appid = new_message("token", KEY, "", "wx0123456789abcdee", 0);
    struct wxl_message *shorter = new_message("token", KEY, "", "wx0123456789abcde", 0);
    struct wxl_message *longer = new_message("token", KEY, "", "mwx0123456789abcdef", 0);
    struct wxl_buf sealed;

    (void)state;
    seal(m, TEXT "m", &sealed);
    refused(key, sealed.data, sealed.len);
    refused(appid, sealed.data, sealed.len);
    refused(shorter, sealed.data, sealed.len);
    refused(longer, sealed.data, sealed.len);
    wxl_buf_free(&sealed);
    wxl_message_free(m);
    wxl_message_free(key);
    wxl_message_free(appid);
    wxl_message_free(shorter);
    wxl_message_free(longer);
}

static void the_previous_key_opens_too(void **state)
{
    struct wxl_message *before = new_message("token", OTHER_KEY, "", APPID, 0);
    struct wxl_message *now = new_message("token", KEY, OTHER_KEY, APPID, 0);
    struct wxl_bytes given;
    struct wxl_bytes out;
    struct wxl_buf sealed;

    (void)state;
    seal(before, TEXT, &sealed);
    given.p = sealed.data;
    given.n = sealed.len;
    assert_int_equal(wxl_message_decrypt(now, given, &out, NULL), WXL_OK);
    assert_int_equal(out.n, strlen(TEXT));
    assert_memory_equal(out.p, TEXT, out.n);
    wxl_buf_free(&sealed);
    seal(now, TEXT, &sealed);
    refused(before, sealed.data, sealed.len); /* what is sealed goes under the new one */
    wxl_buf_free(&sealed);
    wxl_message_free(before);
    wxl_message_free(now);
}

/* ---- limits and options ------------------------------------------------------------------------ */

/* The chain of the cipher goes on from one message to the next: none may depend on the one before,
 * be it of the other key or refused. */
static void what_was_opened_before_does_not_matter(void **state)
{
    struct wxl_message *m = new_message("t", KEY, OTHER_KEY, APPID, 0);
    struct wxl_message *old = new_message("t", OTHER_KEY, "", APPID, 0);
    unsigned order = 1;
    int i;

    (void)state;
    for (i = 0; i < 500; i++) {
        const char *text = i % 3 ? TEXT : "a";
        struct wxl_buf sealed;
        struct wxl_bytes opened;

        order = order * 16807 % 2147483647;
        seal(order % 2 ? m : old, text, &sealed);
        if (order % 5 == 0) {
            sealed.data[sealed.len - 8] ^= 1;
            refused(m, sealed.data, sealed.len);
        } else {
            const struct wxl_bytes encrypt = {sealed.data, sealed.len};

            assert_int_equal(wxl_message_decrypt(m, encrypt, &opened, NULL), WXL_OK);
            assert_int_equal(opened.n, strlen(text));
            assert_memory_equal(opened.p, text, opened.n);
        }
        wxl_buf_free(&sealed);
    }
    wxl_message_free(old);
    wxl_message_free(m);
}

static void limits_hold(void **state)
{
    struct wxl_message *small = new_message("token", KEY, "", APPID, 10);
    struct wxl_message *large = new_message("token", KEY, "", APPID, 11);
    struct wxl_bytes given;
    struct wxl_bytes out;
    struct wxl_buf sealed;
    struct wxl_buf tight;

    (void)state;
    seal(large, "01234567890", &sealed);
    given.p = sealed.data;
    given.n = sealed.len;
    assert_int_equal(wxl_message_decrypt(large, given, &out, NULL), WXL_OK);
    refused(small, sealed.data, sealed.len);
    wxl_buf_init(&tight, 10);
    assert_int_equal(wxl_message_seal(small, bytes("0123456789x"), NULL, &tight, NULL), WXL_E_LIMIT);
    assert_int_equal(wxl_message_seal(small, bytes("0123456789"), NULL, &tight, NULL), WXL_E_LIMIT);
    assert_int_equal(tight.len, 0);
    wxl_buf_free(&tight);
    wxl_buf_free(&sealed);
    wxl_message_free(small);
    wxl_message_free(large);
}

static void options_are_checked(void **state)
{
    static const struct {
        const char *token, *key, *previous, *appid;
        size_t max;
    } bad[] = {
        {"", KEY, "", APPID, 0},
        {"t", "short", "", APPID, 0},
        {"t", KEY "=", "", APPID, 0},
        {"t", "abcdefghijklmnopqrstuvwxyz0123456789ABCDE!G", "", APPID, 0},
        {"t", KEY, "short", APPID, 0},
        {"t", "", KEY, APPID, 0},
        {"t", KEY, "", "", 0},
        {"t", KEY, "", APPID, (size_t)64 * 1024 * 1024 + 1},
    };
    struct wxl_message_options o;
    struct wxl_message *m;
    struct wxl_error err;
    struct wxl_bytes out;
    struct wxl_buf sealed;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        memset(&o, 0, sizeof o);
        o.token = bytes(bad[i].token);
        o.aes_key = bytes(bad[i].key);
        o.previous_aes_key = bytes(bad[i].previous);
        o.appid = bytes(bad[i].appid);
        o.max = bad[i].max;
        m = (struct wxl_message *)&o;
        assert_int_equal(wxl_message_new(&o, &m, &err), WXL_E_ARG);
        assert_null(m);
        assert_null(strstr(err.text, "abcdefghijkl"));
    }
    m = new_message("signatures only", "", "", "", 0);
    wxl_buf_init(&sealed, 100);
    assert_int_equal(wxl_message_decrypt(m, bytes("AAAA"), &out, NULL), WXL_E_ARG);
    assert_int_equal(wxl_message_seal(m, bytes("x"), NULL, &sealed, NULL), WXL_E_ARG);
    wxl_message_free(m);
    wxl_message_free(NULL);
}

/* ---- the rest ---------------------------------------------------------------------------------- */

static void an_explanation_tells_the_step(void **state)
{
    struct wxl_message *m = new_message("token", KEY, "", APPID, 0);
    struct wxl_message *other = new_message("token", KEY, "", "wxother", 0);
    struct wxl_message *before = new_message("token", OTHER_KEY, "", APPID, 0);
    struct wxl_message *both = new_message("token", KEY, OTHER_KEY, APPID, 0);
    struct wxl_message_steps steps;
    struct wxl_bytes given;
    struct wxl_buf sealed;

    (void)state;
    assert_int_equal(wxl_message_explain(m, bytes("no base64!"), &steps, NULL), WXL_OK);
    assert_false(steps.base64_ok);
    assert_int_equal(wxl_message_explain(m, bytes("AAAA"), &steps, NULL), WXL_OK);
    assert_true(steps.base64_ok && !steps.blocks_ok);
    assert_int_equal(steps.cipher_len, 3);

    seal(m, TEXT, &sealed);
    given.p = sealed.data;
    given.n = sealed.len;
    assert_int_equal(wxl_message_explain(m, given, &steps, NULL), WXL_OK);
    assert_true(steps.pad_ok && steps.length_ok && steps.appid_ok && !steps.previous_key);
    assert_int_equal(steps.message_len, strlen(TEXT));
    assert_string_equal(steps.appid, APPID);
    assert_int_equal(wxl_message_explain(other, given, &steps, NULL), WXL_OK);
    assert_true(steps.pad_ok && steps.length_ok && !steps.appid_ok);
    assert_string_equal(steps.appid, APPID);
    assert_int_equal(wxl_message_explain(before, given, &steps, NULL), WXL_OK);
    assert_false(steps.appid_ok);
    wxl_buf_free(&sealed);

    seal(before, TEXT, &sealed);
    given.p = sealed.data;
    given.n = sealed.len;
    assert_int_equal(wxl_message_explain(both, given, &steps, NULL), WXL_OK);
    assert_true(steps.appid_ok && steps.previous_key);
    wxl_buf_free(&sealed);
    wxl_message_free(m);
    wxl_message_free(other);
    wxl_message_free(before);
    wxl_message_free(both);
}

static int whole_life(void *arg)
{
    struct wxl_message_options o;
    struct wxl_message *m = NULL;
    struct wxl_bytes given = {NULL, 0};
    struct wxl_bytes out;
    struct wxl_buf sealed;
    struct wxl_error err;
    enum wxl_status st;

    (void)arg;
    memset(&o, 0, sizeof o);
    o.token = bytes("token");
    o.aes_key = bytes(KEY);
    o.previous_aes_key = bytes(OTHER_KEY);
    o.appid = bytes(APPID);
    wxl_buf_init(&sealed, 1 << 20);
    st = wxl_message_new(&o, &m, &err);
    if (st == WXL_OK) {
        st = wxl_message_seal(m, bytes(TEXT), NULL, &sealed, &err);
    }
    if (st == WXL_OK) {
        given.p = sealed.data;
        given.n = sealed.len;
        st = wxl_message_decrypt(m, given, &out, &err);
    }
    assert_true(st == WXL_OK || st == WXL_E_NOMEM);
    wxl_buf_free(&sealed);
    wxl_message_free(m);
    return st == WXL_OK;
}

static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    assert_int_equal(torture(whole_life, NULL, 100), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_match_byte_for_byte),
        cmocka_unit_test(the_order_of_parts_does_not_matter),
        cmocka_unit_test(any_change_breaks_the_signature),
        cmocka_unit_test(cut_anywhere_it_does_not_open),
        cmocka_unit_test(only_strict_base64_opens),
        cmocka_unit_test(wrong_frames_are_all_alike),
        cmocka_unit_test(another_key_or_appid_does_not_open),
        cmocka_unit_test(the_previous_key_opens_too),
        cmocka_unit_test(what_was_opened_before_does_not_matter),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(options_are_checked),
        cmocka_unit_test(an_explanation_tells_the_step),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
