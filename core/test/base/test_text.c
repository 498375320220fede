/* Text: base64 and UTF-8 at every byte, checked against OpenSSL and iconv; blanks, counts, widths. */
#include "support/tsv.h"

#include <iconv.h>
#include <openssl/evp.h>

#include "wxlive/base/base64.h"
#include "wxlive/base/percent.h"
#include "wxlive/base/text.h"
#include "wxlive/base/utf8.h"

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

/* A copy of exactly its own length, so that a sanitizer sees one byte read too many. */
static char *exact_copy(const char *text, size_t len)
{
    char *copy = malloc(len ? len : 1);

    assert_non_null(copy);
    memcpy(copy, text, len);
    return copy;
}

static void blanks_at_the_ends_are_trimmed(void **state)
{
    static const struct {
        const char *text;
        size_t from;
        size_t to;
    } cases[] = {
        {"", 0, 0},
        {"a", 0, 1},
        {" \t\r\na b\v\f", 4, 7},
        {"   ", 3, 3},
        {"\xc2\xa0"
         "a\xc2\xa0",
         2, 3},                                                       /* no-break space */
        {"\xe3\x80\x80\xe8\x8c\xb6\xe3\x80\x80", 3, 6},                /* ideographic space */
        {"\xef\xbb\xbf\xef\xbb\xbfx\xe2\x80\x8b", 6, 7},               /* marks, zero-width space */
        {"\xe2\x80\xae\xe8\x8c\xb6\xe2\x80\xac", 3, 6},                /* marks of direction */
        {"\xe3\x80\x80\xe3\x80\x80", 6, 6},                            /* nothing else */
        {"\xf0\x9f\x8d\xb5 ", 0, 4},                                   /* emoji */
        {"\xe8\x8c\xb6\xe2\x80\x8b\xe8\x8c\xb6", 0, 9},                /* inside it stays */
        {"\xff ", 0, 1},                                               /* not UTF-8: not blank */
        {" \x80\x80\x80\x80\x80", 1, 6},
        {" \xe3\x80", 1, 3},                                           /* cut character */
        {"\xe3\x80 ", 0, 2},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len = strlen(cases[i].text);
        char *copy = exact_copy(cases[i].text, len);
        size_t from = 99;
        size_t to = 99;

        wxl_text_trim(copy, len, &from, &to);
        if (from != cases[i].from || to != cases[i].to) {
            fail_msg("case %zu: %zu to %zu", i, from, to);
        }
        free(copy);
    }
}

static void widths_and_counts_are_two_things(void **state)
{
    static const struct {
        const char *text;
        size_t width;
        size_t units;
    } cases[] = {
        {"", 0, 0},
        {"tea 25", 6, 6},
        {"\xe8\x8c\xb6", 2, 2},
        {"\xe2\x80\x9c\xe8\x8c\xb6\xe2\x80\x9d", 4, 6}, /* quotes of both scripts */
        {"\xe2\x80\x94\xe2\x80\xa6\xc2\xb7", 3, 6},     /* dash, ellipsis, middle dot */
        {"\xf0\x9f\x8d\xb5", 2, 4},                     /* older emoji */
        {"\xf0\x9f\xab\x96", 2, 4},                     /* U+1FAD6 */
        {"\xf0\x9f\x9f\xa2", 2, 4},                     /* U+1F7E2 */
        {"\xe2\x9c\xa8\xe2\xad\x90\xe2\x9c\x85", 6, 6}, /* wide emoji of the first plane */
        {"e\xcc\x81", 1, 3},                            /* combining mark */
        {"\xf0\xa0\x80\x80", 2, 4},                     /* rare ideograph */
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len = strlen(cases[i].text);
        char *copy = exact_copy(cases[i].text, len);
        size_t width = 99;
        size_t bad = 99;

        assert_true(wxl_text_width(copy, len, &width, &bad));
        if (width != cases[i].width || wxl_text_most_units(copy, len) != cases[i].units) {
            fail_msg("case %zu: width %zu, units %zu", i, width, wxl_text_most_units(copy, len));
        }
        free(copy);
    }
}

static void the_width_names_the_byte_that_is_wrong(void **state)
{
    static const struct {
        const char *text;
        size_t bad;
    } cases[] = {
        {"ab\xff", 2},
        {"\xe8\x8c\xb6\xe8\x8c", 3},
        {"a\xed\xa0\x80", 1},
        {"\xf4\x90\x80\x80", 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len = strlen(cases[i].text);
        char *copy = exact_copy(cases[i].text, len);
        size_t width = 0;
        size_t bad = 99;

        assert_false(wxl_text_width(copy, len, &width, &bad));
        assert_int_equal(bad, cases[i].bad);
        free(copy);
    }
}

static void what_cannot_be_seen_is_found(void **state)
{
    static const struct {
        const char *text;
        size_t at; /* the length when there is none */
        unsigned long code;
    } cases[] = {
        {"", 0, 0},
        {"plain", 5, 0},
        {"a\x01", 1, 1},
        {"\xe8\x8c\xb6\xe2\x80\x8b\xe8\x8c\xb6", 3, 0x200b},
        {"a\xe2\x80\xae", 1, 0x202e},
        {"\xc2\x9b", 0, 0x9b},
        {"\xff\xe2\x80\x8b", 1, 0x200b},
        {"a\xe2\x80\x8d", 1, 0x200d}, /* a joiner behind a letter */
        {"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x8d\xb3", 11, 0}, /* inside an emoji */
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len = strlen(cases[i].text);
        char *copy = exact_copy(cases[i].text, len);
        unsigned long code = 0;
        size_t at = wxl_text_find_hidden(copy, len, &code);

        assert_int_equal(at, cases[i].at);
        if (at < len) {
            assert_int_equal(code, cases[i].code);
        }
        free(copy);
    }
}

static void all_but_unreserved_characters_are_percent_encoded(void **state)
{
    static const char text[] = "azAZ09-._~ !\x00/%\xe7\x9b\xb4";
    static const char wanted[] = "azAZ09-._~%20%21%00%2F%25%E7%9B%B4";
    size_t len = sizeof text - 1;
    char out[sizeof wanted];

    (void)state;
    assert_int_equal(wxl_percent_length(text, len), sizeof wanted - 1);
    assert_int_equal(wxl_percent_encode(text, len, out), sizeof wanted - 1);
    assert_memory_equal(out, wanted, sizeof wanted - 1);
    assert_int_equal(wxl_percent_length("", 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_utf8),
        cmocka_unit_test(all_but_unreserved_characters_are_percent_encoded),
        cmocka_unit_test(a_wrong_byte_is_seen_anywhere),
        cmocka_unit_test(base64_has_one_text_for_one_value),
        cmocka_unit_test(base64_of_any_length_is_decoded),
        cmocka_unit_test(a_character_that_is_no_base64_is_seen_anywhere),
        cmocka_unit_test(blanks_at_the_ends_are_trimmed),
        cmocka_unit_test(widths_and_counts_are_two_things),
        cmocka_unit_test(the_width_names_the_byte_that_is_wrong),
        cmocka_unit_test(what_cannot_be_seen_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
