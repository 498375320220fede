/* xml: what callbacks hold, and what must not get through: entities, depth, size, broken text */
#include "support/tsv.h"

#include "support/torture.h"
#include "wxlive/xml.h"

static struct wxl_bytes bytes(const char *text)
{
    return tsv_bytes(text);
}

static struct wxl_xml *new_xml(size_t size, size_t depth, size_t elements)
{
    const struct wxl_xml_limits limits = {size, depth, elements};
    struct wxl_xml *x = NULL;

    assert_int_equal(wxl_xml_new(&limits, &x, NULL), WXL_OK);
    return x;
}

static void is(const struct wxl_xml_node *node, const char *name, const char *text, size_t parent)
{
    assert_int_equal(node->name.n, strlen(name));
    assert_memory_equal(node->name.p, name, node->name.n);
    assert_int_equal(node->text.n, strlen(text));
    assert_memory_equal(node->text.n ? node->text.p : "", text, node->text.n);
    assert_int_equal(node->parent, parent);
}

static void documents_become_lists(void **state)
{
    struct wxl_xml *x = new_xml(0, 0, 0);
    const struct wxl_xml_node *nodes;
    size_t count;

    (void)state;
    assert_int_equal(
        wxl_xml_parse(x,
                      bytes("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xml a=\"b\"><!-- c -->"
                            "<To><![CDATA[gh_1]]></To> text <N>1&lt;&#x8336;</N>"
                            "<In><A>x</A><A>y</A></In><E/></xml>\n"),
                      &nodes, &count, NULL),
        WXL_OK);
    assert_int_equal(count, 7);
    is(&nodes[0], "xml", "", 0);
    assert_int_equal(nodes[0].children, 4);
    is(&nodes[1], "To", "gh_1", 0);
    is(&nodes[2], "N", "1<\xe8\x8c\xb6", 0);
    is(&nodes[3], "In", "", 0);
    assert_int_equal(nodes[3].children, 2);
    is(&nodes[4], "A", "x", 3);
    is(&nodes[5], "A", "y", 3);
    is(&nodes[6], "E", "", 0);
    /* once more: nothing of the first document is left */
    assert_int_equal(wxl_xml_parse(x, bytes("<a>1</a>"), &nodes, &count, NULL), WXL_OK);
    assert_int_equal(count, 1);
    is(&nodes[0], "a", "1", 0);
    wxl_xml_free(x);
}

static void the_samples_broken_cdata_is_understood(void **state)
{
    static const char *const spellings[] = {
        "<xml><E>![CDATA[event]]</E></xml>",
        "<xml><E>![CDATA[event]]></E></xml>",
        "<xml><E><![CDATA[event]]></E></xml>",
    };
    struct wxl_xml *x = new_xml(0, 0, 0);
    const struct wxl_xml_node *nodes;
    struct wxl_error err;
    size_t count;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        err.text[0] = '\0';
        if (wxl_xml_parse(x, bytes(spellings[i]), &nodes, &count, &err) != WXL_OK) {
            fail_msg("%s: %s", spellings[i], err.text);
        }
        assert_int_equal(count, 2);
        is(&nodes[1], "E", "event", 0);
    }
    wxl_xml_free(x);
}

static void refused(struct wxl_xml *x, struct wxl_bytes text, enum wxl_status wanted)
{
    const struct wxl_xml_node *nodes = NULL;
    struct wxl_error err;
    size_t count = 7;

    err.text[0] = '\0';
    if (wxl_xml_parse(x, text, &nodes, &count, &err) != wanted) {
        fail_msg("%.*s", (int)(text.n < 60 ? text.n : 60), text.p);
    }
    assert_int_equal(count, 0);
    assert_true(err.text[0] != '\0');
}

static void hostile_documents_are_refused(void **state)
{
    static const char *const bad[] = {
        "", " ", "x", "<", "<xml>", "<xml></xmk>", "<xml></xml><xml></xml>", "</xml>", "<a><b></a>",
        "<!DOCTYPE xml><xml></xml>",
        "<!DOCTYPE lolz [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><xml>&b;</xml>",
        "<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><xml>&f;</xml>",
        "<!DOCTYPE x SYSTEM \"http://127.0.0.1/x.dtd\"><xml></xml>",
        "<!DOCTYPE x [<!ENTITY % p SYSTEM \"file:///x\">%p;]><xml/>",
        "<xml>&unknown;</xml>", "<xml>&#0;</xml>", "<xml>\xff\xfe</xml>", "<xml>\xed\xa0\x80</xml>",
        "<xml>\xc0\x80</xml>", "<?xml version=\"1.0\" encoding=\"GBK\"?><xml>\xb2\xe8</xml>",
        "<xml>\x01</xml>",
        "\xff\xfe<\0x\0/\0>\0", "<xml a=\"1\" a=\"2\"/>",
    };
    struct wxl_xml *x = new_xml(0, 0, 0);
    struct wxl_bytes nul = {"<xml>a\0b</xml>", 14};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        refused(x, bytes(bad[i]), WXL_E_FORMAT);
    }
    refused(x, nul, WXL_E_FORMAT);
    nul.n = 0;
    nul.p = NULL;
    refused(x, nul, WXL_E_FORMAT);
    wxl_xml_free(x);
}

static void limits_hold(void **state)
{
    struct wxl_xml *x = new_xml(100, 3, 4);
    struct wxl_xml *wide = new_xml(0, 0, 0);
    const struct wxl_xml_node *nodes;
    char *deep = malloc(200001);
    struct wxl_bytes text = {deep, 0};
    size_t count;
    size_t i;

    (void)state;
    assert_non_null(deep);
    assert_int_equal(wxl_xml_parse(x, bytes("<a><b><c>1</c></b></a>"), &nodes, &count, NULL),
                     WXL_OK);
    refused(x, bytes("<a><b><c><d/></c></b></a>"), WXL_E_LIMIT);
    assert_int_equal(wxl_xml_parse(x, bytes("<a><b/><b/><b/></a>"), &nodes, &count, NULL), WXL_OK);
    refused(x, bytes("<a><b/><b/><b/><b/></a>"), WXL_E_LIMIT);
    memset(deep, ' ', 101);
    memcpy(deep, "<a/>", 4);
    text.n = 100;
    assert_int_equal(wxl_xml_parse(x, text, &nodes, &count, NULL), WXL_OK);
    text.n = 101;
    refused(x, text, WXL_E_LIMIT);
    for (i = 0; i < 50000; i++) { /* 50 000 deep in 150 kB */
        memcpy(deep + 3 * i, "<a>", 3);
    }
    text.n = 150000;
    refused(wide, text, WXL_E_LIMIT);
    free(deep);
    wxl_xml_free(x);
    wxl_xml_free(wide);
    wxl_xml_free(NULL);
}

static int parse_once(void *arg)
{
    struct wxl_xml *x = NULL;
    const struct wxl_xml_node *nodes;
    struct wxl_error err;
    size_t count;
    enum wxl_status st = wxl_xml_new(NULL, &x, &err);

    (void)arg;
    if (st == WXL_OK) {
        st = wxl_xml_parse(x, bytes("<xml><a>1</a><b><c><![CDATA[2]]></c></b></xml>"), &nodes, &count,
                           &err);
    }
    assert_true(st == WXL_OK || st == WXL_E_NOMEM);
    wxl_xml_free(x);
    return st == WXL_OK;
}

static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    assert_int_equal(torture(parse_once, NULL, 300), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_become_lists),
        cmocka_unit_test(the_samples_broken_cdata_is_understood),
        cmocka_unit_test(hostile_documents_are_refused),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
