/* event: what is plain enough to be read in one walk, as JSON and as XML, and what is left alone */
#include "tsv.h"

#include "torture.h"
#include "wxlive/event.h"
#include "wxlive/utf8.h"

/* Fields of the reader below, and its events. */
enum { EVENT, N, S, OTHER };
enum { FIRST, SECOND };

static struct wxl_bytes bytes(const char *text)
{
    return tsv_bytes(text);
}

static void spelt(struct wxl_event_reader *r, const char *name, const char *other)
{
    assert_int_equal(wxl_event_spell_field(r, bytes(name), NULL), WXL_OK);
    assert_int_equal(wxl_event_spell_field(r, bytes(other), NULL), WXL_OK);
}

static struct wxl_event_reader new_reader(void)
{
    struct wxl_event_reader r;

    wxl_event_init(&r);
    assert_int_equal(wxl_event_add_field(&r, false, NULL), WXL_OK);
    spelt(&r, "event", "Event");
    assert_int_equal(wxl_event_add_field(&r, true, NULL), WXL_OK);
    spelt(&r, "n", "N");
    assert_int_equal(wxl_event_add_field(&r, false, NULL), WXL_OK);
    spelt(&r, "s", "S");
    assert_int_equal(wxl_event_add_field(&r, false, NULL), WXL_OK);
    spelt(&r, "other", "Other");
    assert_int_equal(wxl_event_add_kind(&r, bytes("first"), 1 << N | 1 << S, NULL), WXL_OK);
    assert_int_equal(wxl_event_spell_wrapper(&r, bytes("In"), NULL), WXL_OK);
    assert_int_equal(wxl_event_add_kind(&r, bytes("second"), 1 << OTHER, NULL), WXL_OK);
    assert_int_equal(wxl_event_spell_wrapper(&r, bytes("Second"), NULL), WXL_OK);
    return r;
}

/* Reads a copy that ends where the text does: a step too far is found by valgrind and ASan. */
static bool is_plain(const struct wxl_event_reader *r, struct wxl_bytes text)
{
    char *copy = malloc(text.n + !text.n);
    struct wxl_event event;
    struct wxl_bytes again = {copy, text.n};
    bool plain;

    assert_non_null(copy);
    memcpy(copy, text.p, text.n);
    plain = wxl_event_read(r, again, &event);
    free(copy);
    if (!plain) {
        assert_int_equal(event.set, 0);
        assert_int_equal(event.extra_count, 0);
    }
    return plain;
}

static void is_text(struct wxl_bytes text, const char *wanted)
{
    assert_int_equal(text.n, strlen(wanted));
    assert_memory_equal(text.n ? text.p : "", wanted, text.n);
}

static void value_is(const struct wxl_event_value *v, const char *text)
{
    assert_int_equal(v->type, WXL_EVENT_TEXT);
    is_text(v->text, text);
}

static void integer_is(const struct wxl_event_value *v, int64_t integer)
{
    assert_int_equal(v->type, WXL_EVENT_INTEGER);
    assert_true(v->integer == integer);
}

static void both_forms_come_out_alike(void **state)
{
    static const char *const texts[] = {
        "{\"event\":\"first\",\"n\":12,\"s\":\"34\",\"More\":\"x y\"}",
        " {\"Event\" : \"first\" , \"In\":{\"N\":\"12\",\"More\":\"x y\",\"S\":34}}\n",
        "<xml><event>first</event><n>12</n><s>34</s><More>x y</More></xml>",
        ("\n<xml>\n<Event><![CDATA[first]]></Event>\t<In> <N><![CDATA[12]]></N>\n"
         "<More><![CDATA[x y]]></More><S>34</S> </In> </xml>\n"),
    };
    const struct wxl_event_reader r = new_reader();
    struct wxl_event e;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_true(wxl_event_read(&r, bytes(texts[i]), &e));
        assert_int_equal(e.format, i < 2 ? WXL_EVENT_JSON : WXL_EVENT_XML);
        assert_int_equal(e.kind, FIRST);
        assert_int_equal(e.set, 1 << EVENT | 1 << N | 1 << S);
        value_is(&e.values[EVENT], "first");
        integer_is(&e.values[N], 12);
        value_is(&e.values[S], "34");
        assert_int_equal(e.extra_count, 1);
        is_text(e.extras[0].name, "More");
        value_is(&e.extras[0].value, "x y");
    }
}

static void what_is_there_is_what_is_set(void **state)
{
    const struct wxl_event_reader r = new_reader();
    struct wxl_event e;

    (void)state;
    assert_true(wxl_event_read(&r, bytes("{\"other\":\"\",\"event\":\"second\"}"), &e));
    assert_int_equal(e.kind, SECOND);
    assert_int_equal(e.set, 1 << EVENT | 1 << OTHER);
    value_is(&e.values[OTHER], "");
    assert_true(wxl_event_read(&r, bytes("<xml><event>second</event><other></other></xml>"), &e));
    assert_int_equal(e.set, 1 << EVENT | 1 << OTHER);
    value_is(&e.values[OTHER], "");
    assert_true(wxl_event_read(
        &r, bytes("{\"event\":\"first\",\"n\":null,\"a\":true,\"b\":false,\"c\":-7}"), &e));
    assert_int_equal(e.set, 1 << EVENT);
    assert_int_equal(e.extra_count, 3);
    assert_int_equal(e.extras[0].value.type, WXL_EVENT_TRUE);
    assert_int_equal(e.extras[1].value.type, WXL_EVENT_FALSE);
    integer_is(&e.extras[2].value, -7);
    /* what a section may hold */
    assert_true(wxl_event_read(
        &r, bytes("<xml><event>first</event><s><![CDATA[<n>&amp;]] ]>!]]]></s></xml>"), &e));
    value_is(&e.values[S], "<n>&amp;]] ]>!]");
    assert_true(
        wxl_event_read(&r, bytes("<xml><event>first</event><s><![CDATA[]]></s></xml>"), &e));
    value_is(&e.values[S], "");
    assert_true(wxl_event_read(&r, bytes("<xml><event>first</event><s> a>b\n\t</s></xml>"), &e));
    value_is(&e.values[S], " a>b\n\t");
}

#define XML(inner) "<xml><event>first</event>" inner "</xml>"

static void the_rest_is_left_alone(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "x",
        "[]",
        "{}",
        "{\"event\":\"third\"}",
        "<xml></xml>",
        "<xml/>",
        "<xml><n>1</n></xml>",
        "<xml><event>third</event></xml>",
        /* another root, or more than one */
        "<XML><event>first</event></XML>",
        "<xml ><event>first</event></xml >",
        "<xml><event>first</event></xml><xml/>",
        "<xml><event>first</event></xml>x",
        "<?xml version=\"1.0\"?><xml><event>first</event></xml>",
        "<!DOCTYPE xml><xml><event>first</event></xml>",
        "x<xml><event>first</event></xml>",
        /* tags that are not plain */
        XML("<n>1</n >"),
        XML("<n a=\"b\">1</n>"),
        XML("<n/>"),
        XML("<>1</>"),
        XML("<n>1</N>"),
        XML("<n>1<n>"),
        XML("<1>x</1>"),
        XML("<a-b>x</a-b>"),
        XML("<\xe8\x8c\xb6>x</\xe8\x8c\xb6>"),
        XML("<s>x</s"),
        XML("<s>x"),
        XML("<"),
        XML("</"),
        XML("<s><s>x</s></s>"),
        XML("<More><s>x</s></More>"),
        XML("<!-- x -->"),
        XML("<?x?>"),
        XML("x"),
        XML("<![CDATA[x]]>"),
        /* text that says something else than it spells */
        XML("<s>&amp;</s>"),
        XML("<s>&#65;</s>"),
        XML("<s>![CDATA[x]]</s>"),
        XML("<s>x!</s>"),
        XML("<s>]]></s>"),
        XML("<s>a\r\nb</s>"),
        XML("<s><![CDATA[a\rb]]></s>"),
        XML("<s>a<![CDATA[b]]></s>"),
        XML("<s><![CDATA[a]]>b</s>"),
        XML("<s><![CDATA[a]]><![CDATA[b]]></s>"),
        XML("<s><![CDATA[a]></s>"),
        XML("<s><![CDATA[a]]"),
        XML("<s><![CDATA[]"),
        XML("<s><![cdata[a]]></s>"),
        /* no text */
        XML("<s>\xff</s>"),
        XML("<s>\xc0\x80</s>"),
        XML("<s>\xed\xa0\x80</s>"),
        XML("<s>\x01</s>"),
        XML("<s><![CDATA[\x1f]]></s>"),
        XML("<s>\xef\xbf\xbe</s>"),
        XML("<s>\xef\xbf\xbf</s>"),
        /* twice, or in two places */
        XML("<s>x</s><s>x</s>"),
        XML("<s>x</s><S>x</S>"),
        XML("<s>x</s><In><s>x</s></In>"),
        XML("<In><n>1</n></In><In><s>x</s></In>"),
        XML("<event>first</event>"),
        XML("<In><event>first</event></In>"),
        /* wrappers that are none here */
        XML("<In>x</In>"),
        XML("<In></In>"),
        XML("<In> </In>"),
        XML("<In><![CDATA[x]]></In>"),
        XML("<In><In><n>1</n></In></In>"),
        XML("<Second><n>1</n></Second>"),
        XML("<In>x<n>1</n></In>"),
        XML("<In><n>1</n>x</In>"),
        XML("<In><n>1</n></Out>"),
        /* another type, another event */
        XML("<n>x</n>"),
        XML("<n></n>"),
        XML("<n> 1</n>"),
        XML("<n>01</n>"),
        XML("<n>-1</n>"),
        XML("<n>1.0</n>"),
        XML("<n>1234567890123456</n>"),
        XML("<other>x</other>"),
    };
    const struct wxl_event_reader r = new_reader();
    size_t i;

    (void)state;
    assert_true(is_plain(&r, bytes(XML("<n>1</n>"))));
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (is_plain(&r, bytes(texts[i]))) {
            fail_msg("taken for plain: %s", texts[i]);
        }
    }
}

static void nothing_less_than_a_message_is_one(void **state)
{
    static const char *const texts[] = {
        "{\"event\":\"first\",\"In\":{\"n\":1,\"s\":\"x\"},\"more\":true}",
        ("<xml><event><![CDATA[first]]></event><In><n>1</n><s><![CDATA[x]]></s></In>"
         "<more>y</more></xml>"),
    };
    const struct wxl_event_reader r = new_reader();
    size_t i;

    (void)state;
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct wxl_bytes text = bytes(texts[i]);

        assert_true(is_plain(&r, text));
        while (text.n > 0) {
            text.n--;
            assert_false(is_plain(&r, text));
        }
    }
}

static void a_nul_is_nothing_plain(void **state)
{
    static const char json[] = "{\"event\":\"first\",\"s\":\"a\0b\"}";
    static const char xml[] = "<xml><event>first</event><s>a\0b</s></xml>";
    const struct wxl_event_reader r = new_reader();
    const struct wxl_bytes texts[] = {{json, sizeof json - 1}, {xml, sizeof xml - 1}};

    (void)state;
    assert_false(is_plain(&r, texts[0]));
    assert_false(is_plain(&r, texts[1]));
}

static void extras_are_counted(void **state)
{
    const struct wxl_event_reader r = new_reader();
    char text[2][1024] = {"<xml><event>first</event>", "{\"event\":\"first\""};
    int i;

    (void)state;
    for (i = 0; i <= WXL_EVENT_EXTRAS; i++) {
        char whole[2][1100];

        snprintf(whole[0], sizeof whole[0], "%s</xml>", text[0]);
        snprintf(whole[1], sizeof whole[1], "%s}", text[1]);
        assert_true(is_plain(&r, bytes(whole[0])));
        assert_true(is_plain(&r, bytes(whole[1])));
        strcat(text[0], "<x>1</x>");
        strcat(text[1], ",\"x\":1");
    }
    strcat(text[0], "</xml>");
    strcat(text[1], "}");
    assert_false(is_plain(&r, bytes(text[0])));
    assert_false(is_plain(&r, bytes(text[1])));
}

static void a_reader_has_its_limits(void **state)
{
    static const char longest[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrst";
    struct wxl_event_reader r;
    char name[8];
    int i;

    (void)state;
    wxl_event_init(&r);
    assert_int_equal(wxl_event_spell_field(&r, bytes("x"), NULL), WXL_E_ARG);
    assert_int_equal(wxl_event_spell_wrapper(&r, bytes("x"), NULL), WXL_E_ARG);
    assert_int_equal(wxl_event_add_kind(&r, bytes("x"), 1, NULL), WXL_E_ARG);
    assert_int_equal(wxl_event_add_field(&r, true, NULL), WXL_E_ARG); /* the name is text */
    for (i = 0; i < WXL_EVENT_FIELDS; i++) {
        assert_int_equal(wxl_event_add_field(&r, i > 0, NULL), WXL_OK);
    }
    assert_int_equal(wxl_event_add_field(&r, false, NULL), WXL_E_LIMIT);
    assert_int_equal(wxl_event_spell_field(&r, bytes(""), NULL), WXL_E_ARG);
    assert_int_equal(wxl_event_spell_field(&r, bytes("a b"), NULL), WXL_E_ARG);
    assert_int_equal(wxl_event_spell_field(&r, bytes("1a"), NULL), WXL_E_ARG);
    assert_int_equal(wxl_event_spell_field(&r, bytes(longest), NULL), WXL_OK);
    assert_int_equal(wxl_event_spell_field(&r, bytes(longest), NULL), WXL_E_ARG);
    assert_true(wxl_event_is_known(&r, bytes(longest)));
    assert_false(wxl_event_is_known(&r, bytes("")));
    assert_int_equal(wxl_event_spell_field(&r,
                                           bytes("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstu"),
                                           NULL),
                     WXL_E_ARG);
    assert_int_equal(wxl_event_add_kind(&r, bytes(""), 0, NULL), WXL_E_ARG);
    for (i = 0; i < WXL_EVENT_KINDS; i++) {
        assert_int_equal(wxl_event_add_kind(&r, bytes("k"), UINT32_MAX, NULL), WXL_OK);
    }
    assert_int_equal(wxl_event_add_kind(&r, bytes("k"), 0, NULL), WXL_E_LIMIT);
    for (i = 1; i < WXL_EVENT_SLOTS / 4; i++) {
        snprintf(name, sizeof name, "w%d", i);
        assert_int_equal(wxl_event_spell_wrapper(&r, bytes(name), NULL), WXL_OK);
    }
    assert_int_equal(wxl_event_spell_wrapper(&r, bytes("w0"), NULL), WXL_E_LIMIT);
}

static void text_is_what_xml_takes(void **state)
{
    char text[64];
    struct wxl_bytes b = {text, 0};
    size_t at;
    int c;

    (void)state;
    assert_true(wxl_utf8_xml(b));
    for (b.n = 1; b.n < 40; b.n++) { /* in the vector, and behind it */
        memset(text, 'x', sizeof text);
        for (at = 0; at < b.n; at++) {
            for (c = 0; c < 0x80; c++) {
                text[at] = (char)c;
                assert_int_equal(wxl_utf8_xml(b), c >= 0x20 || c == '\t' || c == '\n');
            }
            text[at] = 'x';
        }
    }
    for (c = 0x80; c <= 0xbf; c++) {
        snprintf(text, sizeof text, "\xef\xbc\x81\xef\xbf%c", c);
        assert_int_equal(wxl_utf8_xml(bytes(text)), c < 0xbe);
    }
    assert_false(wxl_utf8_xml(bytes("\xed\xa0\x80")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_come_out_alike),
        cmocka_unit_test(what_is_there_is_what_is_set),
        cmocka_unit_test(the_rest_is_left_alone),
        cmocka_unit_test(nothing_less_than_a_message_is_one),
        cmocka_unit_test(a_nul_is_nothing_plain),
        cmocka_unit_test(extras_are_counted),
        cmocka_unit_test(a_reader_has_its_limits),
        cmocka_unit_test(text_is_what_xml_takes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
