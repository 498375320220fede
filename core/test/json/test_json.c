/* The words of JSON: what is one, what is not, and strings in and out of their escapes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wxlive/base/buf.h"
#include "wxlive/json.h"

static enum wxl_json_kind first(const char *text, struct wxl_json_token *t)
{
    struct wxl_json_reader r;
    /* a copy without the NUL: a step too far is found by valgrind and ASan */
    size_t len = strlen(text);
    char *copy = malloc(len + !len);
    enum wxl_json_kind kind;

    assert_non_null(copy);
    memcpy(copy, text, len);
    wxl_json_begin(&r, copy, len);
    kind = wxl_json_next(&r, t);
    if (kind == WXL_JSON_STRING || kind == WXL_JSON_NUMBER) {
        t->text = text + (t->text - copy);
    }
    free(copy);
    return kind;
}

static void tokens_come_one_by_one(void **state)
{
    static const enum wxl_json_kind wanted[] = {
        WXL_JSON_OBJECT, WXL_JSON_STRING,  WXL_JSON_COLON, WXL_JSON_LIST,       WXL_JSON_TRUE,
        WXL_JSON_COMMA,  WXL_JSON_FALSE,   WXL_JSON_COMMA, WXL_JSON_NULL,       WXL_JSON_COMMA,
        WXL_JSON_NUMBER, WXL_JSON_LIST_END, WXL_JSON_OBJECT_END, WXL_JSON_END, WXL_JSON_END,
    };
    static const char text[] = " {\"a\" :[true,\tfalse,\r\nnull,-1.5e3]} ";
    struct wxl_json_reader r;
    struct wxl_json_token t;
    size_t i;

    (void)state;
    wxl_json_begin(&r, text, sizeof text - 1);
    for (i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        assert_int_equal(wxl_json_next(&r, &t), wanted[i]);
    }
}

static void what_is_around_the_text_is_passed_over(void **state)
{
    static const char text[] = "\xef\xbb\xbf \"a\" \r\n\f\0\0";
    struct wxl_json_reader r;
    struct wxl_json_token t;
    size_t len;

    (void)state;
    wxl_json_begin(&r, text, sizeof text - 1);
    assert_int_equal(wxl_json_next(&r, &t), WXL_JSON_STRING);
    assert_int_equal(wxl_json_next(&r, &t), WXL_JSON_END);
    for (len = 0; len <= 3; len++) { /* nothing but a mark, or a part of one */
        wxl_json_begin(&r, text, len);
        assert_int_equal(wxl_json_next(&r, &t), len % 3 ? WXL_JSON_BAD : WXL_JSON_END);
    }
    wxl_json_begin(&r, "\0 1", 3); /* behind the value only */
    assert_int_equal(wxl_json_next(&r, &t), WXL_JSON_BAD);
}

static void numbers_are_as_the_standard_says(void **state)
{
    static const char *const good[] = {"1e5",  "1.5e1",     "0.1234567890123456",
                                       "1E-5", "1.25e+300", "1234567890123456"};
    static const char *const decimals[] = {"0.5",  "-0.0",  "99.90", "0.1", "-0.07",
                                           "1.10", "1234567890.12345", "0.00000000000001"};
    static const char *const bad[] = {"-", "01", "-01", ".5", "1.", "1.e5", "1e", "1e+", "+1",
                                      "0x10", "NaN", "Infinity"};
    struct wxl_json_token t;
    size_t i;

    (void)state;
    assert_int_equal(first("0", &t), WXL_JSON_INTEGER);
    assert_int_equal(t.integer, 0);
    assert_int_equal(first("-123456789012345,", &t), WXL_JSON_INTEGER);
    assert_true(t.integer == -123456789012345LL);
    for (i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(first(good[i], &t), WXL_JSON_NUMBER);
        assert_int_equal(t.len, strlen(good[i]));
    }
    for (i = 0; i < sizeof decimals / sizeof decimals[0]; i++) {
        assert_int_equal(first(decimals[i], &t), WXL_JSON_DECIMAL);
        assert_int_equal(t.len, strlen(decimals[i]));
        assert_true(wxl_json_decimal(&t) == strtod(decimals[i], NULL));
    }
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        enum wxl_json_kind kind = first(bad[i], &t);

        /* "0x10" is a zero and something behind it, which the caller refuses */
        assert_true(kind == WXL_JSON_BAD || strcmp(bad[i], "0x10") == 0);
    }
}

static void strings_end_where_they_end(void **state)
{
    static const char *const bad[] = {"\"", "\"a", "\"a\\\"", "\"\\"};
    struct wxl_json_token t;
    size_t i;

    (void)state;
    assert_int_equal(first("\"a\nb\" rest", &t), WXL_JSON_STRING);
    assert_int_equal(t.len, 3);
    assert_false(t.escaped);
    assert_int_equal(first("\"a\\\\\" rest", &t), WXL_JSON_STRING);
    assert_int_equal(t.len, 3);
    assert_true(t.escaped);
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(first(bad[i], &t), WXL_JSON_BAD);
    }
    assert_int_equal(first("tru", &t), WXL_JSON_BAD);
    assert_int_equal(first("nul", &t), WXL_JSON_BAD);
}

static void escapes_are_taken_out(void **state)
{
    static const struct {
        const char *text;
        const char *meant; /* NULL: refused */
    } cases[] = {
        {"plain", "plain"},
        {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
        {"\\u0041\\u00e9\\u76F4", "A\xc3\xa9\xe7\x9b\xb4"},
        {"\\ud83d\\ude00!", "\xf0\x9f\x98\x80!"},
        {"\\x", NULL},
        {"\\u12", NULL},
        {"\\u12g4", NULL},
        {"\\ud83d", "\xef\xbf\xbd"},
        {"a\\ud83d\\u0041", "a\xef\xbf\xbd" "A"},
        {"\\ude00b", "\xef\xbf\xbd" "b"},
        {"\\ud83d\\ud83d\\ude00", "\xef\xbf\xbd\xf0\x9f\x98\x80"},
        {"\\ud83d\\n", "\xef\xbf\xbd\n"},
        {"\\ud83d\\u12g4", NULL},
        {"\\", NULL},
    };
    char out[64];
    size_t n;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum wxl_status st = wxl_json_unescape(cases[i].text, strlen(cases[i].text), out, &n);

        assert_int_equal(st, cases[i].meant ? WXL_OK : WXL_E_FORMAT);
        if (cases[i].meant) {
            assert_int_equal(n, strlen(cases[i].meant));
            assert_memory_equal(out, cases[i].meant, n);
        }
    }
}

/* Whatever stands beside a quote or a backslash, and whatever length the string has. */
static void the_end_of_a_string_is_found_anywhere(void **state)
{
    static const char fillings[] = "a!#[]\x7f\xa2\xdc";
    const char *filling;
    size_t len;
    size_t back;

    (void)state;
    for (filling = fillings; *filling; filling++) {
        for (len = 0; len < 80; len++) {
            struct wxl_json_token t;
            char text[90];

            memset(text, *filling, sizeof text);
            text[0] = '"';
            text[len + 1] = '"';
            text[len + 3] = '\0';
            assert_int_equal(first(text, &t), WXL_JSON_STRING);
            assert_true(t.text == text + 1 && t.len == len && !t.escaped);
            for (back = 0; back + 1 < len; back++) {
                char save = text[back + 1];

                text[back + 1] = '\\';
                text[back + 2] = '"';
                assert_int_equal(first(text, &t), WXL_JSON_STRING);
                assert_true(t.len == len && t.escaped);
                text[back + 1] = save;
                text[back + 2] = *filling;
            }
            text[len + 1] = *filling;
            assert_int_equal(first(text, &t), WXL_JSON_BAD);
        }
    }
}

/* Where the next backslash is is remembered from one string to the next. */
static void escapes_are_seen_in_every_string(void **state)
{
    static const char text[] = "\"a\" \"b\\n\" \"c\" \"d\" \"\\\"e\" \"f\\\\\" \"\" \"g\" \"\\n\" \"h\"";
    static const struct {
        size_t len;
        bool escaped;
    } wanted[] = {{1, 0}, {3, 1}, {1, 0}, {1, 0}, {3, 1}, {3, 1}, {0, 0}, {1, 0}, {2, 1}, {1, 0}};
    struct wxl_json_reader r;
    struct wxl_json_token t;
    size_t i;

    (void)state;
    wxl_json_begin(&r, text, sizeof text - 1);
    for (i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        assert_int_equal(wxl_json_next(&r, &t), WXL_JSON_STRING);
        assert_int_equal(t.len, wanted[i].len);
        assert_int_equal(t.escaped, wanted[i].escaped);
    }
    assert_int_equal(wxl_json_next(&r, &t), WXL_JSON_END);
}

static void quoting_escapes_what_it_must(void **state)
{
    static const char text[] = "a\"\\/\b\f\n\r\t\x01\x1f\x7f\xe7\x9b\xb4";
    static const char quoted[] = "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\xe7\x9b\xb4\"";
    char out[WXL_JSON_QUOTED(sizeof text)];
    size_t n = wxl_json_quote(text, sizeof text - 1, out);

    (void)state;
    assert_int_equal(n, sizeof quoted - 1);
    assert_memory_equal(out, quoted, n);
}

static void integers_are_written_whole(void **state)
{
    static const struct {
        long long value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {7, "7"},
        {-7, "-7"},
        {9007199254740993LL, "9007199254740993"},
        {9223372036854775807LL, "9223372036854775807"},
        {-9223372036854775807LL - 1, "-9223372036854775808"},
    };
    char out[WXL_JSON_INTEGER_MAX];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(wxl_json_integer(cases[i].value, out), strlen(cases[i].text));
        assert_memory_equal(out, cases[i].text, strlen(cases[i].text));
    }
}

static void what_has_no_room_leaves_the_buffer_as_it_was(void **state)
{
    struct wxl_buf out;

    (void)state;
    wxl_buf_init(&out, 16);
    assert_int_equal(wxl_json_append_string(&out, "a", 1), WXL_OK);
    assert_int_equal(wxl_json_append_integer(&out, -12), WXL_OK);
    assert_string_equal(out.data, "\"a\"-12");
    assert_int_equal(wxl_json_append_string(&out, "0123456789", 10), WXL_E_LIMIT);
    assert_int_equal(wxl_json_append_integer(&out, 12345678901234LL), WXL_E_LIMIT);
    assert_string_equal(out.data, "\"a\"-12");
    wxl_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_come_one_by_one),
        cmocka_unit_test(what_is_around_the_text_is_passed_over),
        cmocka_unit_test(numbers_are_as_the_standard_says),
        cmocka_unit_test(strings_end_where_they_end),
        cmocka_unit_test(escapes_are_taken_out),
        cmocka_unit_test(the_end_of_a_string_is_found_anywhere),
        cmocka_unit_test(escapes_are_seen_in_every_string),
        cmocka_unit_test(quoting_escapes_what_it_must),
        cmocka_unit_test(integers_are_written_whole),
        cmocka_unit_test(what_has_no_room_leaves_the_buffer_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
