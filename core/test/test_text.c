/* base64 and UTF-8: every byte at every place, held against OpenSSL and iconv */
#include "tsv.h"

#include <iconv.h>
#include <openssl/evp.h>

#include "wxlive/base64.h"
#include "wxlive/utf8.h"

#define LONGEST 240

static struct wxl_bytes bytes(const char *text)
{
    return tsv_bytes(text);
}

static void text_is_utf8(void **state)
{
    static const char *const good[] = {"",
                                       "a",
                                       "\xe8\x8c\xb6",
                                       "\xf0\x9f\x8d\xb5",
                                       "\xc2\x80",
                                       "\xef\xbf\xbf",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x80\x80",
                                      "\xed\xa0\x80",
                                      "\xf0\x80\x80\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xe8\x8c",
                                      "\xe8",
                                      "\xf0\x9f\x8d",
                                      "a\xff",
                                      "\xe8\x8c("};
    const struct wxl_bytes nul = {"a\0b", 3};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(wxl_utf8_text(bytes(good[i])));
    }
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(wxl_utf8_text(bytes(bad[i])));
    }
    assert_false(wxl_utf8_text(nul));
}

/* What iconv says of it. */
static int is_text(iconv_t to_utf32, const char *text, size_t n)
{
    char out[LONGEST * 4];
    char *from = (char *)text;
    char *to = out;
    size_t room = sizeof out;

    (void)iconv(to_utf32, NULL, NULL, NULL, NULL);
    return !memchr(text, 0, n) && iconv(to_utf32, &from, &n, &to, &room) != (size_t)-1 && n == 0;
}

/* Runs of three-byte characters are looked at in one piece: any byte that spoils one must be seen
 * wherever it is, and whatever stands around it. */
static void a_wrong_byte_is_seen_anywhere(void **state)
{
    static const char *const samples[] = {
        "推送结果通知直播间商品审核已经通过请尽快上架",
        "a推送结果通知直播间b商品审核已经通过请尽快上架",
        "推送结果通知\xf0\x9f\x8d\xb5直播间商品é审核已经通过",
        "\xed\x9f\xbf\xee\x80\x80\xe0\xa0\x80\xec\xbf\xbf\xe1\x80\x80\xef\xbf\xbd一二三四五六",
        "plain text of more than eight bytes",
    };
    iconv_t to_utf32 = iconv_open("UTF-32LE", "UTF-8");
    size_t i;

    (void)state;
    assert_true(to_utf32 != (iconv_t)-1);
    for (i = 0; i < sizeof samples / sizeof *samples; i++) {
        size_t n = strlen(samples[i]);
        char text[LONGEST];
        size_t at;
        int value;

        memcpy(text, samples[i], n);
        for (at = 0; at < n; at++) {
            for (value = 0; value < 256; value++) {
                const struct wxl_bytes changed = {text, n};

                text[at] = (char)value;
                if (wxl_utf8_text(changed) != is_text(to_utf32, text, n)) {
                    fail_msg("sample %zu with byte %d at %zu", i, value, at);
                }
            }
            text[at] = samples[i][at];
        }
        for (at = 0; at <= n; at++) {
            const struct wxl_bytes cut = {text, at};

            assert_int_equal(wxl_utf8_text(cut), is_text(to_utf32, text, at));
        }
    }
    (void)iconv_close(to_utf32);
}

static void base64_has_one_text_for_one_value(void **state)
{
    /* RFC 4648, section 10 */
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    static const char *const bad[] = {"Zg",       "Zg=",   "Zg===",  "Zh==", "Zm9=", "Zm8==", "=",
                                      "Zg==Zg==", "Zm 9v", "Zm9v\n", "Zm-_", "Z",    "Zm9v="};
    unsigned char out[32];
    char text[32];
    size_t n;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        wxl_base64_encode((const unsigned char *)pairs[i][0], strlen(pairs[i][0]), text);
        assert_string_equal(text, pairs[i][1]);
        assert_int_equal(wxl_base64_encoded_size(strlen(pairs[i][0])), strlen(pairs[i][1]));
        assert_int_equal(wxl_base64_decode(text, strlen(text), out, &n), WXL_OK);
        assert_int_equal(n, strlen(pairs[i][0]));
        assert_memory_equal(out, pairs[i][0], n);
    }
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (wxl_base64_decode(bad[i], strlen(bad[i]), out, &n) != WXL_E_FORMAT) {
            fail_msg("taken for base64: %s", bad[i]);
        }
    }
    assert_int_equal(wxl_base64_decode_aes_key("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB", 43,
                                               out),
                     WXL_OK);
}

/* As OpenSSL decodes it, at every length; nothing is written beyond what was asked for. */
static void base64_of_any_length_is_decoded(void **state)
{
    unsigned char raw[LONGEST];
    unsigned char out[LONGEST + 3];
    char text[LONGEST / 3 * 4 + 1];
    size_t len;
    size_t n;

    (void)state;
    for (len = 0; len < sizeof raw; len++) {
        raw[len] = (unsigned char)(len * 151 + 89);
    }
    for (len = 1; len <= sizeof raw; len++) {
        size_t chars = (size_t)EVP_EncodeBlock((unsigned char *)text, raw, (int)len);
        size_t most = wxl_base64_decoded_max(chars);

        out[most] = 0xa5;
        assert_int_equal(wxl_base64_decode(text, chars, out, &n), WXL_OK);
        assert_int_equal(n, len);
        assert_memory_equal(out, raw, len);
        assert_int_equal(out[most], 0xa5);
    }
}

static void a_character_that_is_no_base64_is_seen_anywhere(void **state)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char out[LONGEST];
    unsigned char expected[LONGEST];
    char text[161];
    size_t n;
    size_t at;
    int value;

    (void)state;
    for (at = 0; at < 160; at++) {
        text[at] = alphabet[at * 7 % 64];
    }
    for (at = 0; at < 160; at++) {
        char before = text[at];

        for (value = 0; value < 256; value++) {
            enum wxl_status wanted = value && strchr(alphabet, value) ? WXL_OK : WXL_E_FORMAT;

            if (value == '=' && at == 159) {
                continue; /* padding: of what it may stand for, above */
            }
            text[at] = (char)value;
            if (wxl_base64_decode(text, 160, out, &n) != wanted) {
                fail_msg("byte %d at %zu", value, at);
            }
            if (wanted == WXL_OK) {
                assert_int_equal(EVP_DecodeBlock(expected, (unsigned char *)text, 160), 120);
                assert_memory_equal(out, expected, 120);
            }
        }
        text[at] = before;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_utf8),
        cmocka_unit_test(a_wrong_byte_is_seen_anywhere),
        cmocka_unit_test(base64_has_one_text_for_one_value),
        cmocka_unit_test(base64_of_any_length_is_decoded),
        cmocka_unit_test(a_character_that_is_no_base64_is_seen_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
