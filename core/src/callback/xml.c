#include "wxlive/xml.h"

#include <expat.h>
#include <string.h>

#include "base/crypto.h"
#include "wxlive/base/alloc.h"
#include "wxlive/base/buf.h"

#define DEFAULT_BYTES ((size_t)1024 * 1024)
#define CEILING_BYTES ((size_t)64 * 1024 * 1024)
#define DEFAULT_DEPTH 16
#define DEFAULT_ELEMENTS 4096
#define KEEP_BYTES ((size_t)64 * 1024) /* memory kept between documents */

struct wxl_xml {
    struct wxl_xml_limits limits;
    XML_Parser parser;
    struct wxl_buf store; /* names and texts; never longer than the document, so it need not move */
    struct wxl_buf repaired;
    struct wxl_xml_node *nodes;
    size_t count;
    size_t room;
    size_t current; /* the innermost open element */
    size_t depth;
    enum wxl_status status; /* why a handler stopped the parser */
    const char *reason;
};

/* ---- broken CDATA ------------------------------------------------------------------------------ */

static const char cdata_open[] = "<![CDATA[";
static const char bare_open[] = "![CDATA[";
static const char bare_close[] = "]]";

static int starts(const char *p, const char *end, const char *text, size_t n)
{
    return (size_t)(end - p) >= n && memcmp(p, text, n) == 0;
}

static const char *find(const char *p, const char *end, const char *text, size_t n)
{
    while (p && (size_t)(end - p) >= n) {
        p = memchr(p, text[0], (size_t)(end - p) - n + 1);
        if (p && memcmp(p, text, n) == 0) {
            return p;
        }
        p = p ? p + 1 : NULL;
    }
    return NULL;
}

/* The next "![CDATA[" that has lost its '<', outside well-made sections. NULL when there is none. */
static const char *find_bare(const char *p, const char *end)
{
    const char *begin = p;

    while (p && p < end) {
        p = memchr(p, '!', (size_t)(end - p));
        if (p && starts(p, end, bare_open, sizeof bare_open - 1)) {
            if (p == begin || p[-1] != '<') {
                return p;
            }
            p = find(p, end, "]]>", 3);
        }
        p = p ? p + 1 : NULL;
    }
    return NULL;
}

/* Copies the document into x->repaired with each broken section written as it should be. */
static enum wxl_status repair(struct wxl_xml *x, struct wxl_bytes text, const char *bare)
{
    const char *from = text.p;
    const char *end = text.p + text.n;
    enum wxl_status st = WXL_OK;

    wxl_buf_reset(&x->repaired, KEEP_BYTES);
    while (st == WXL_OK && bare) {
        const char *inner = bare + sizeof bare_open - 1;
        const char *close = find(inner, end, bare_close, sizeof bare_close - 1);

        if (!close) {
            break; /* left as it is: ordinary text */
        }
        st = wxl_buf_append(&x->repaired, from, (size_t)(bare - from));
        if (st == WXL_OK) {
            st = wxl_buf_append(&x->repaired, cdata_open, sizeof cdata_open - 1);
        }
        if (st == WXL_OK) {
            st = wxl_buf_append(&x->repaired, inner, (size_t)(close - inner));
        }
        if (st == WXL_OK) {
            st = wxl_buf_append(&x->repaired, "]]>", 3);
        }
        from = close + sizeof bare_close - 1;
        if (from < end && *from == '>') {
            from++;
        }
        bare = find_bare(from, end);
    }
    return st == WXL_OK ? wxl_buf_append(&x->repaired, from, (size_t)(end - from)) : st;
}

/* ---- handlers ---------------------------------------------------------------------------------- */

static void stop(struct wxl_xml *x, enum wxl_status st, const char *reason)
{
    if (x->status == WXL_OK) {
        x->status = st;
        x->reason = reason;
        XML_StopParser(x->parser, XML_FALSE);
    }
}

static void stop_on(struct wxl_xml *x, enum wxl_status st)
{
    if (st != WXL_OK) {
        stop(x, st, wxl_status_text(st));
    }
}

static int grow(struct wxl_xml *x)
{
    size_t room = x->room ? x->room * 2 : 32;
    struct wxl_xml_node *nodes = wxl_realloc(x->nodes, room * sizeof *nodes);

    if (nodes) {
        x->nodes = nodes;
        x->room = room;
    }
    return nodes != NULL;
}

static void XMLCALL on_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
    struct wxl_xml *x = ctx;
    struct wxl_xml_node *node;

    (void)attributes;
    if (x->status != WXL_OK) {
        return;
    }
    if (x->depth == x->limits.depth) {
        stop(x, WXL_E_LIMIT, "elements are nested too deeply");
        return;
    }
    if (x->count == x->limits.elements) {
        stop(x, WXL_E_LIMIT, "too many elements");
        return;
    }
    if (x->count == x->room && !grow(x)) {
        stop(x, WXL_E_NOMEM, wxl_status_text(WXL_E_NOMEM));
        return;
    }
    if (x->depth > 0) {
        x->nodes[x->current].children++;
        x->nodes[x->current].text.n = 0;
    }
    node = &x->nodes[x->count];
    memset(node, 0, sizeof *node);
    node->parent = x->current;
    node->name.n = strlen(name);
    node->name.p = x->store.data + x->store.len;
    node->text.p = node->name.p + node->name.n;
    x->current = x->count++;
    x->depth++;
    stop_on(x, wxl_buf_append(&x->store, name, node->name.n));
}

static void XMLCALL on_end(void *ctx, const XML_Char *name)
{
    struct wxl_xml *x = ctx;

    (void)name;
    if (x->status == WXL_OK) {
        x->current = x->nodes[x->current].parent;
        x->depth--;
    }
}

static void XMLCALL on_text(void *ctx, const XML_Char *s, int n)
{
    struct wxl_xml *x = ctx;

    if (x->status != WXL_OK || x->depth == 0 || x->nodes[x->current].children > 0) {
        return;
    }
    /* Nothing else is stored while an element has no child: its text is in one piece. */
    stop_on(x, wxl_buf_append(&x->store, s, (size_t)n));
    x->nodes[x->current].text.n += (size_t)n;
}

static void XMLCALL on_doctype(void *ctx, const XML_Char *name, const XML_Char *system_id,
                               const XML_Char *public_id, int internal)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)internal;
    stop(ctx, WXL_E_FORMAT, "a DOCTYPE is not accepted");
}

/* ---- life -------------------------------------------------------------------------------------- */

enum wxl_status wxl_xml_new(const struct wxl_xml_limits *limits, struct wxl_xml **out,
                            struct wxl_error *err)
{
    static const struct wxl_xml_limits defaults = {0, 0, 0};
    struct wxl_xml *x;

    *out = NULL;
    limits = limits ? limits : &defaults;
    if (limits->bytes > CEILING_BYTES) {
        return wxl_fail(err, WXL_E_ARG, 0, "the limit on bytes must not be above 64 MiB");
    }
    x = wxl_calloc(1, sizeof *x);
    if (!x) {
        return wxl_fail_nomem(err);
    }
    x->limits.bytes = limits->bytes ? limits->bytes : DEFAULT_BYTES;
    x->limits.depth = limits->depth ? limits->depth : DEFAULT_DEPTH;
    x->limits.elements = limits->elements ? limits->elements : DEFAULT_ELEMENTS;
    wxl_buf_init(&x->store, x->limits.bytes);
    wxl_buf_init(&x->repaired, 2 * x->limits.bytes);
    *out = x;
    return WXL_OK;
}

void wxl_xml_free(struct wxl_xml *x)
{
    if (x) {
        XML_ParserFree(x->parser);
        wxl_buf_free(&x->store);
        wxl_buf_free(&x->repaired);
        wxl_free(x->nodes);
        wxl_free(x);
    }
}

/* Prepares for a document of n bytes. */
static int ready(struct wxl_xml *x, size_t n)
{
    static const XML_Memory_Handling_Suite memory = {wxl_malloc, wxl_realloc, wxl_free};
    enum wxl_status st;

    if (x->parser && !XML_ParserReset(x->parser, "UTF-8")) {
        XML_ParserFree(x->parser);
        x->parser = NULL;
    }
    if (!x->parser) {
        x->parser = XML_ParserCreate_MM("UTF-8", &memory, NULL);
    }
    if (!x->parser) {
        return 0;
    }
    XML_SetUserData(x->parser, x);
    XML_SetElementHandler(x->parser, on_start, on_end);
    XML_SetCharacterDataHandler(x->parser, on_text);
    XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
    x->count = 0;
    x->current = 0;
    x->depth = 0;
    x->status = WXL_OK;
    x->reason = NULL;
    wxl_buf_reset(&x->store, KEEP_BYTES);
    x->store.max = n;
    return wxl_buf_reserve(&x->store, n, &st) != NULL;
}

/* The line that expat stopped in. Expat 2.9 has a call of its own for it and deprecates the old one. */
static unsigned long stopped_at(XML_Parser parser)
{
#if XML_MAJOR_VERSION > 2 || XML_MINOR_VERSION >= 9
    return (unsigned long)XML_GetCurrentLineNumber64(parser);
#else
    return (unsigned long)XML_GetCurrentLineNumber(parser);
#endif
}

static enum wxl_status explain(struct wxl_xml *x, struct wxl_error *err)
{
    enum XML_Error code = XML_GetErrorCode(x->parser);

    if (x->status != WXL_OK) {
        return wxl_fail(err, x->status, 0, "XML: %s", x->reason);
    }
    if (code == XML_ERROR_NO_MEMORY) {
        return wxl_fail_nomem(err);
    }
    return wxl_fail(err, WXL_E_FORMAT, (long)code, "XML: %s, line %lu", XML_ErrorString(code),
                    stopped_at(x->parser));
}

enum wxl_status wxl_xml_parse(struct wxl_xml *x, struct wxl_bytes text,
                              const struct wxl_xml_node **nodes, size_t *count,
                              struct wxl_error *err)
{
    const size_t length = text.n;
    const char *bare;
    enum wxl_status st;

    *nodes = NULL;
    *count = 0;
    if (text.n > x->limits.bytes) {
        return wxl_fail(err, WXL_E_LIMIT, 0, "XML: longer than %zu bytes", x->limits.bytes);
    }
    bare = text.n > 0 ? find_bare(text.p, text.p + text.n) : NULL;
    if (bare) {
        st = repair(x, text, bare);
        if (st != WXL_OK) {
            return wxl_fail(err, st, 0, "XML: %s", wxl_status_text(st));
        }
        text.p = x->repaired.data;
        text.n = x->repaired.len;
    }
    if (!ready(x, length)) {
        return wxl_fail_nomem(err);
    }
    if (XML_Parse(x->parser, text.p, (int)text.n, XML_TRUE) != XML_STATUS_OK) {
        st = explain(x, err);
        x->count = 0;
    } else {
        st = WXL_OK;
        *nodes = x->nodes;
        *count = x->count;
    }
    if (text.n > KEEP_BYTES) { /* expat keeps the memory of its largest document */
        XML_ParserFree(x->parser);
        x->parser = NULL;
    }
    return st;
}
