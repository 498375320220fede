#include "http/exchange.h"

#include <stdio.h>
#include <string.h>

#include "base/chars.h"
#include "codec/parse.h"
#include "http/error.h"
#include "http/form.h"
#include "wxlive/base/alloc.h"
#include "wxlive/base/version.h"

/* Memory that is kept for the next answer. */
#define KEEP_BYTES ((size_t)256 << 10)

/* Bytes of gzip that are decoded at a time for a file: at most 4 MiB come out of them. */
#define GZIP_PIECE ((size_t)4096)

#define SET(option, value) WXL_HTTP_SET(x->easy, option, value, err)

/* ---- callbacks: they count, append, or break off ----------------------------------------------
 */

/* libcurl calls this each time it is about to write the request to a connection. The first time is
 * ours. Another one is its own repetition on a fresh connection after a kept one was found dead,
 * and the peer may have seen, and obeyed, the first. */
static int before_sending(void *arg, char *peer_ip, char *own_ip, int peer_port, int own_port)
{
    struct wxl_http_exchange *x = arg;

    (void)peer_ip;
    (void)own_ip;
    (void)peer_port;
    (void)own_port;
    x->tries++;
    return x->tries == 1 || x->request->resend ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/* A blank before the first header line: RFC 9112, 2.2, has such an answer refused. */
static bool is_stray(struct wxl_http_exchange *x, const char *line, size_t n)
{
    if (n == 0 || x->head.len > 0 || x->head_complete || (line[0] != ' ' && line[0] != '\t')) {
        return false;
    }
    (void)wxl_fail(&x->why, WXL_E_PROTOCOL, 0, "%.*s:%d sent a blank before its first header line",
                   x->origin.host_len, x->origin.host, x->origin.port);
    return true;
}

static bool appends_to_freed(void)
{
    unsigned version = curl_version_info(CURLVERSION_NOW)->version_num;

    return version >= 0x075300 && version < 0x080100;
}

/* libcurl 7.83.0 to 8.0.1 appends a line that begins with a blank to the header line before it, also
 * to one of the answer before, which it has freed (curl's issue 11101). A verbose libcurl shows each
 * line here first: without the blank the line is harmless, and take_head breaks off. */
static int watch_head(CURL *easy, curl_infotype type, char *data, size_t n, void *arg)
{
    (void)easy;
    if (type == CURLINFO_HEADER_IN && is_stray(arg, data, n)) {
        data[0] = 'X';
    }
    return 0;
}

/* It is verbose only for the line behind a status line, because it also prints what it does. */
static void set_watch(struct wxl_http_exchange *x, bool on)
{
    if (x->is_watchful && x->watches != on) {
        x->watches = on;
        (void)curl_easy_setopt(x->easy, CURLOPT_VERBOSE, (long)on);
    }
}

/* Holds a Content-Length against the ones before it, as the reader of the other transport does:
 * libcurl goes by the last one, and by the digits that a text begins with. */
static bool take_length(struct wxl_http_exchange *x, const char *s, size_t n)
{
    uint64_t length = 0;

    wxl_trim_value(&s, &n);
    if (!codec_parse_length(s, n, &length) || (x->has_length && length != x->length)) {
        (void)wxl_fail(&x->why, WXL_E_PROTOCOL, 0,
                       "%.*s:%d sent a Content-Length that is not a number, or two that differ",
                       x->origin.host_len, x->origin.host, x->origin.port);
        return false;
    }
    x->has_length = true;
    x->length = length;
    return true;
}

static size_t take_head(char *line, size_t size, size_t count, void *arg)
{
    static const char coding[] = "content-encoding:";
    static const char length[] = "content-length:";
    struct wxl_http_exchange *x = arg;
    size_t n = size * count;

    x->head_bytes += n;
    x->head_lines++;
    if (x->head_bytes > WXL_HTTP_MAX_HEAD || x->head_lines > WXL_HTTP_MAX_HEAD_LINES) {
        (void)wxl_fail(&x->why, WXL_E_TOO_LARGE, 0, "%.*s:%d sent more header lines than the cap",
                       x->origin.host_len, x->origin.host, x->origin.port);
        return 0;
    }
    if (x->why.status != WXL_OK || is_stray(x, line, n)) {
        return 0;
    }
    if (n >= 5 && memcmp(line, "HTTP/", 5) == 0) { /* a new answer: the last one counts */
        wxl_buf_reset(&x->head, 0);
        wxl_coding_start(&x->coding);
        x->head_complete = false;
        x->has_length = false;
        set_watch(x, true);
        return n;
    }
    set_watch(x, false);
    if (n <= 2 && (line[0] == '\r' || line[0] == '\n')) {
        x->head_complete = true;
        return n;
    }
    if (!x->head_complete && n >= sizeof coding - 1 &&
        wxl_is_word(line, sizeof coding - 1, coding)) {
        wxl_coding_take(&x->coding, line + sizeof coding - 1, n - (sizeof coding - 1));
    }
    if (!x->head_complete && n >= sizeof length - 1 &&
        wxl_is_word(line, sizeof length - 1, length) &&
        !take_length(x, line + sizeof length - 1, n - (sizeof length - 1))) {
        return 0;
    }
    if (wxl_buf_append(&x->head, line, n) != WXL_OK) {
        (void)wxl_fail(&x->why, WXL_E_NOMEM, 0, "no memory for the header lines of an answer");
        return 0;
    }
    return n;
}

static long number_of(const struct wxl_http_exchange *x, CURLINFO what)
{
    long number = 0;

    (void)curl_easy_getinfo(x->easy, what, &number);
    return number;
}

static int status_of(const struct wxl_http_exchange *x)
{
    return (int)number_of(x, CURLINFO_RESPONSE_CODE);
}

static const char *content_type_of(const struct wxl_http_exchange *x)
{
    char *type = NULL;

    (void)curl_easy_getinfo(x->easy, CURLINFO_CONTENT_TYPE, &type);
    return type;
}

/* ---- the body ---------------------------------------------------------------------------------
 */

/* Chooses where the body goes: at its first byte, or at its end when it has none. */
static enum wxl_status decide(struct wxl_http_exchange *x)
{
    int status = x->file.path ? status_of(x) : 0;

    x->decided = true;
    x->to_file = status >= 200 && status <= 299;
    return x->to_file ? wxl_http_file_open(&x->file, &x->why) : WXL_OK;
}

static enum wxl_status damaged(struct wxl_http_exchange *x)
{
    return wxl_fail(&x->why, WXL_E_PROTOCOL, 0,
                    "%.*s:%d sent an answer that cannot be decompressed", x->origin.host_len,
                    x->origin.host, x->origin.port);
}

static enum wxl_status decode_into(struct wxl_http_exchange *x, const char *data, size_t n,
                                   struct wxl_buf *out)
{
    enum wxl_status st = wxl_coding_decode(&x->coding, data, n, out, NULL);

    if (st == WXL_E_LIMIT) {
        return wxl_fail(&x->why, WXL_E_TOO_LARGE, 0, "%.*s:%d sent more than %lu bytes, the cap",
                        x->origin.host_len, x->origin.host, x->origin.port,
                        (unsigned long)x->body.max);
    }
    if (st == WXL_E_UNSUPPORTED) {
        return wxl_fail(&x->why, WXL_E_PROTOCOL, 0,
                        "%.*s:%d sent an answer in a content encoding that was not asked for",
                        x->origin.host_len, x->origin.host, x->origin.port);
    }
    if (st == WXL_E_FORMAT) {
        return damaged(x);
    }
    return st == WXL_OK ? st : wxl_fail(&x->why, st, 0, "no memory for the body of an answer");
}

static enum wxl_status keep_in_file(struct wxl_http_exchange *x, const char *data, size_t n)
{
    enum wxl_status st = WXL_OK;

    if (x->coding.kind == WXL_CODING_NONE) {
        return wxl_http_file_write(&x->file, data, n, &x->why);
    }
    while (n > 0 && st == WXL_OK) {
        size_t some = n < GZIP_PIECE ? n : GZIP_PIECE;

        wxl_buf_reset(&x->piece, KEEP_BYTES);
        st = decode_into(x, data, some, &x->piece);
        if (st == WXL_OK && x->piece.len > 0) {
            st = wxl_http_file_write(&x->file, x->piece.data, x->piece.len, &x->why);
        }
        data += some;
        n -= some;
    }
    return st;
}

static size_t take_body(char *data, size_t size, size_t count, void *arg)
{
    struct wxl_http_exchange *x = arg;
    size_t n = size * count;
    enum wxl_status st = x->decided ? WXL_OK : decide(x);

    if (st == WXL_OK) {
        st = x->to_file ? keep_in_file(x, data, n) : decode_into(x, data, n, &x->body);
    }
    return st == WXL_OK ? n : 0;
}

/* ---- the handle -------------------------------------------------------------------------------
 */

static enum wxl_status no_memory(struct wxl_error *err)
{
    return wxl_fail(err, WXL_E_NOMEM, 0, "no memory for a request");
}

static enum wxl_status add_text(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);

    if (!longer) {
        return WXL_E_NOMEM;
    }
    *list = longer;
    return WXL_OK;
}

/* Appends "name: value" (an empty value would tell libcurl to leave the header out). */
static enum wxl_status add_line(struct curl_slist **list, const char *name, const char *value)
{
    size_t size = strlen(name) + strlen(value) + sizeof ": ";
    char *line = wxl_malloc(size);
    enum wxl_status st = WXL_E_NOMEM;

    if (line) {
        (void)snprintf(line, size, "%s%s%s", name, value[0] ? ": " : ";", value);
        st = add_text(list, line);
    }
    wxl_free_secret(line, size);
    return st;
}

/* The lines of every request. A line without value takes out the header that libcurl would write on
 * its own; its option for the user agent prints that line twice. */
static enum wxl_status own_lines(struct curl_slist **list)
{
    enum wxl_status st = add_text(list, "Expect:");

    return st == WXL_OK ? add_text(list, "User-Agent: wxlive/" WXLIVE_VERSION) : st;
}

static enum wxl_status set_callbacks(struct wxl_http_exchange *x, struct wxl_error *err)
{
    SET(CURLOPT_ERRORBUFFER, x->detail);
    SET(CURLOPT_PREREQFUNCTION, before_sending);
    SET(CURLOPT_PREREQDATA, x);
    SET(CURLOPT_HEADERFUNCTION, take_head);
    SET(CURLOPT_HEADERDATA, x);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, x);
    SET(CURLOPT_PRIVATE, x);
    SET(CURLOPT_HTTPHEADER, x->bare);
    SET(CURLOPT_DEBUGFUNCTION, watch_head);
    SET(CURLOPT_DEBUGDATA, x);
    x->is_watchful = appends_to_freed();
    return WXL_OK;
}

enum wxl_status wxl_http_exchange_init(struct wxl_http_exchange *x,
                                       const struct wxl_http_settings *settings, bool among_many,
                                       struct wxl_error *err)
{
    enum wxl_status st;

    x->settings = settings;
    wxl_buf_init(&x->body, settings->max_body);
    wxl_buf_init(&x->head, WXL_HTTP_MAX_HEAD);
    wxl_buf_init(&x->piece, (size_t)-1 / 2);
    wxl_buf_init(&x->address, WXL_HTTP_URL_MAX);
    x->easy = curl_easy_init();
    if (!x->easy || own_lines(&x->bare) != WXL_OK) {
        return no_memory(err);
    }
    st = wxl_http_settings_apply(settings, x->easy, err);
    if (st == WXL_OK && !among_many && settings->http2 == WXL_HTTP2_MANY) {
        SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    }
    return st == WXL_OK ? set_callbacks(x, err) : st;
}

/* Ends what belonged to one exchange only. */
static void release(struct wxl_http_exchange *x)
{
    wxl_http_file_drop(&x->file);
    x->file.path = NULL;
    if (x->form) {
        (void)curl_easy_setopt(x->easy, CURLOPT_MIMEPOST, NULL);
        curl_mime_free(x->form);
        x->form = NULL;
    }
    if (x->extra) {
        (void)curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->bare);
        curl_slist_free_all(x->extra);
        x->extra = NULL;
    }
    x->request = NULL;
}

void wxl_http_exchange_free(struct wxl_http_exchange *x)
{
    if (x->easy) {
        release(x);
        curl_easy_cleanup(x->easy);
    }
    curl_slist_free_all(x->bare);
    curl_slist_free_all(x->typed);
    wxl_free(x->typed_as);
    wxl_inflate_free(x->coding.inflate);
    wxl_buf_wipe(&x->body);
    wxl_buf_wipe(&x->head);
    wxl_buf_wipe(&x->piece);
    wxl_buf_wipe(&x->address);
    memset(x, 0, sizeof *x);
}

/* One of libcurl's large numbers: a time from the start in microseconds, or Retry-After. */
static curl_off_t large_of(const struct wxl_http_exchange *x, CURLINFO what)
{
    curl_off_t number = 0;

    (void)curl_easy_getinfo(x->easy, what, &number);
    return number;
}

static double seconds(curl_off_t from, curl_off_t to)
{
    return to > from ? (double)(to - from) * 1e-6 : 0;
}

void wxl_http_exchange_timing(const struct wxl_http_exchange *x, struct wxl_http_timing *out)
{
    memset(out, 0, sizeof *out);
    out->first_byte = seconds(0, large_of(x, CURLINFO_STARTTRANSFER_TIME_T));
    out->total = seconds(0, large_of(x, CURLINFO_TOTAL_TIME_T));
    if (number_of(x, CURLINFO_NUM_CONNECTS) > 0) {
        curl_off_t dns = large_of(x, CURLINFO_NAMELOOKUP_TIME_T);
        curl_off_t connect = large_of(x, CURLINFO_CONNECT_TIME_T);

        out->dns = seconds(0, dns);
        out->connect = seconds(dns, connect);
        out->tls = seconds(connect, large_of(x, CURLINFO_APPCONNECT_TIME_T));
    }
}

/* ---- prepare ----------------------------------------------------------------------------------
 */

/* The header lines that every request with this content type has; "" stands for none. */
static enum wxl_status typed_lines(struct curl_slist **list, const char *type)
{
    enum wxl_status st = own_lines(list);

    if (st != WXL_OK) {
        return st;
    }
    return type[0] ? add_line(list, "Content-Type", type) : add_text(list, "Content-Type:");
}

static enum wxl_status keep_typed(struct wxl_http_exchange *x, const char *type)
{
    struct curl_slist *list = NULL;
    char *as;

    if (x->typed_as && strcmp(x->typed_as, type) == 0) {
        return WXL_OK;
    }
    as = wxl_strdup(type);
    if (!as || typed_lines(&list, type) != WXL_OK) {
        wxl_free(as);
        curl_slist_free_all(list);
        return WXL_E_NOMEM;
    }
    /* The handle may still hold the old list: it is never without a good one. */
    (void)curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->bare);
    curl_slist_free_all(x->typed);
    wxl_free(x->typed_as);
    x->typed = list;
    x->typed_as = as;
    return WXL_OK;
}

static enum wxl_status set_lines(struct wxl_http_exchange *x, struct wxl_error *err)
{
    const struct wxl_http_request *rq = x->request;
    bool typed = rq->post && !rq->part_count;
    const char *type = rq->content_type ? rq->content_type : "";
    enum wxl_status st = WXL_OK;
    size_t i;

    if (!rq->header_count) {
        if (typed && keep_typed(x, type) != WXL_OK) {
            return no_memory(err);
        }
        SET(CURLOPT_HTTPHEADER, typed ? x->typed : x->bare);
        return WXL_OK;
    }
    st = typed ? typed_lines(&x->extra, type) : own_lines(&x->extra);
    for (i = 0; i < rq->header_count && st == WXL_OK; i++) {
        st = add_line(&x->extra, rq->headers[i].name, rq->headers[i].value);
    }
    if (st != WXL_OK) {
        return no_memory(err);
    }
    SET(CURLOPT_HTTPHEADER, x->extra);
    return WXL_OK;
}

static enum wxl_status set_body(struct wxl_http_exchange *x, struct wxl_error *err)
{
    const struct wxl_http_request *rq = x->request;
    enum wxl_status st;

    if (!rq->post) {
        SET(CURLOPT_HTTPGET, 1L);
    } else if (rq->part_count) {
        st = wxl_http_form_build(&x->form, x->easy, rq->parts, rq->part_count, &x->why, err);
        if (st != WXL_OK) {
            return st;
        }
        SET(CURLOPT_MIMEPOST, x->form);
    } else {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)rq->body_len);
        SET(CURLOPT_POSTFIELDS, rq->body ? rq->body : "");
    }
    return WXL_OK;
}

static enum wxl_status set_times(struct wxl_http_exchange *x, struct wxl_error *err)
{
    const struct wxl_http_request *rq = x->request;
    const struct wxl_http_settings *s = x->settings;
    long whole = rq->timeout_ms ? rq->timeout_ms : s->timeout_ms;
    long connect = rq->connect_timeout_ms ? rq->connect_timeout_ms : s->connect_timeout_ms;

    if (whole != x->timeout_ms) {
        SET(CURLOPT_TIMEOUT_MS, whole);
        x->timeout_ms = whole;
    }
    if (connect != x->connect_timeout_ms) {
        SET(CURLOPT_CONNECTTIMEOUT_MS, connect);
        x->connect_timeout_ms = connect;
    }
    return WXL_OK;
}

/* A proxy that relays plain http is sent the whole address. Whether a host is reached through
 * one is known to libcurl only. */
static bool may_be_relayed(const struct wxl_http_exchange *x)
{
    return !x->origin.tls && !(x->settings->proxy && !x->settings->proxy[0]);
}

static enum wxl_status set_whole_address(struct wxl_http_exchange *x, struct wxl_error *err)
{
    wxl_buf_free(&x->address);
    SET(CURLOPT_REQUEST_TARGET, NULL);
    SET(CURLOPT_URL, x->request->url);
    return WXL_OK;
}

static enum wxl_status set_origin(struct wxl_http_exchange *x, size_t len, struct wxl_error *err)
{
    const char *url = x->request->url;
    CURLcode code;

    if (len == x->address.len && memcmp(url, x->address.data, len) == 0) {
        return WXL_OK;
    }
    wxl_buf_free(&x->address);
    if (wxl_buf_append(&x->address, url, len) != WXL_OK) {
        return no_memory(err);
    }
    code = curl_easy_setopt(x->easy, CURLOPT_URL, x->address.data);
    if (code != CURLE_OK) {
        wxl_buf_free(&x->address);
        return wxl_http_set_refused(err, code, "CURLOPT_URL");
    }
    return WXL_OK;
}

/* libcurl is given the origin, which stays, and apart from it what goes into the request line. A
 * whole address it would take to pieces and print three times, byte by byte, with the long token in
 * it: more than a third of its work in a small call. */
static enum wxl_status set_address(struct wxl_http_exchange *x, struct wxl_error *err)
{
    const char *target = x->request->url + x->origin.url_len;
    enum wxl_status st;

    if (target[0] != '/' || may_be_relayed(x)) {
        return set_whole_address(x, err);
    }
    st = set_origin(x, x->origin.url_len, err);
    if (st != WXL_OK) {
        return st;
    }
    SET(CURLOPT_REQUEST_TARGET, target);
    return WXL_OK;
}

static enum wxl_status set_request(struct wxl_http_exchange *x, struct wxl_error *err)
{
    enum wxl_status st = set_body(x, err);

    if (st == WXL_OK) {
        st = set_lines(x, err);
    }
    if (st == WXL_OK) {
        st = set_times(x, err);
    }
    if (st == WXL_OK && x->request->save_to) {
        st = wxl_http_file_plan(&x->file, x->request->save_to, err);
    }
    if (st != WXL_OK) {
        return st;
    }
    return set_address(x, err);
}

enum wxl_status wxl_http_exchange_prepare(struct wxl_http_exchange *x,
                                          const struct wxl_http_request *request,
                                          struct wxl_error *err)
{
    enum wxl_status st;

    if (x->request) {
        return wxl_fail(err, WXL_E_ARG, 0, "this client has a request under way");
    }
    st = wxl_http_check(request, &x->origin, err);
    if (st != WXL_OK) {
        return st;
    }
    wxl_buf_reset(&x->head, 0);
    x->body.max = x->settings->max_body;
    wxl_buf_reset(&x->body, KEEP_BYTES);
    if (request->max_body && request->max_body < (size_t)-1 / 2) {
        x->body.max = request->max_body;
    }
    x->request = request;
    x->why.status = WXL_OK;
    x->detail[0] = '\0';
    x->head_bytes = 0;
    x->head_lines = 0;
    x->tries = 0;
    x->head_complete = false;
    x->to_file = false;
    wxl_coding_start(&x->coding);
    x->decided = false;
    st = set_request(x, err);
    if (st != WXL_OK) {
        release(x);
    }
    return st;
}

/* ---- finish -----------------------------------------------------------------------------------
 */

static enum wxl_status explain(struct wxl_http_exchange *x, CURLcode code, struct wxl_error *err)
{
    struct wxl_http_failure what;

    if (x->why.status != WXL_OK) {
        if (err) {
            *err = x->why;
        }
        return x->why.status;
    }
    memset(&what, 0, sizeof what);
    what.code = code;
    what.sent = x->tries > 0;
    what.head_complete = x->head_complete;
    what.timeout_ms = x->timeout_ms;
    what.connect_timeout_ms = x->connect_timeout_ms;
    what.detail = x->detail;
    what.connect_code = number_of(x, CURLINFO_HTTP_CONNECTCODE);
    what.os_errno = number_of(x, CURLINFO_OS_ERRNO);
    return wxl_http_explain(&what, &x->origin, x->settings, err);
}

/* A proxy that relays plain http refuses with an answer like any other; the peer saw nothing.
 * Without such a proxy it is the peer, or something before it, that answers 407. */
static enum wxl_status refused_by_proxy(struct wxl_http_exchange *x, struct wxl_error *err)
{
    const struct wxl_http_failure what = {.connect_code = 407, .detail = ""};

    return wxl_http_explain(&what, &x->origin, x->settings, err);
}

static enum wxl_status store_file(struct wxl_http_exchange *x, struct wxl_http_response *out,
                                  struct wxl_error *err)
{
    enum wxl_status st = WXL_OK;

    if (!x->decided) {
        st = decide(x);
        if (st != WXL_OK) {
            return explain(x, CURLE_WRITE_ERROR, err);
        }
    }
    if (x->to_file) {
        st = wxl_http_file_finish(&x->file, err);
        out->saved = x->request->save_to;
        out->size = x->file.size;
    }
    return st;
}

static int version_number(const struct wxl_http_exchange *x)
{
    long version = number_of(x, CURLINFO_HTTP_VERSION);

    return version == CURL_HTTP_VERSION_2_0 ? 20 : version == CURL_HTTP_VERSION_1_0 ? 10 : 11;
}

static void fill(struct wxl_http_exchange *x, int status, struct wxl_http_response *out)
{
    out->status = status;
    out->http_version = version_number(x);
    out->reused = number_of(x, CURLINFO_NUM_CONNECTS) == 0;
    out->body = x->body.len ? x->body.data : "";
    out->body_len = x->body.len;
    out->head = x->head.len ? x->head.data : "";
    out->head_len = x->head.len;
    out->content_type = content_type_of(x);
    out->retry_after = status >= 400 ? (long)large_of(x, CURLINFO_RETRY_AFTER) : 0;
    out->size = x->body.len;
}

enum wxl_status wxl_http_exchange_finish(struct wxl_http_exchange *x, CURLcode code,
                                         struct wxl_http_response *out, struct wxl_error *err)
{
    enum wxl_status st = WXL_OK;
    bool sent = x->tries > 0;
    int status = code == CURLE_OK ? status_of(x) : 0;

    memset(out, 0, sizeof *out);
    if (code == CURLE_OK && !x->head_complete) {
        code = CURLE_PARTIAL_FILE; /* libcurl takes a head that breaks off for the whole of it */
    }
    if (code != CURLE_OK) {
        st = explain(x, code, err);
    } else if (!wxl_coding_complete(&x->coding)) {
        (void)damaged(x);
        st = explain(x, CURLE_BAD_CONTENT_ENCODING, err);
    } else if (status == 407 && may_be_relayed(x)) {
        sent = false;
        st = refused_by_proxy(x, err);
    } else {
        fill(x, status, out);
        if (x->file.path) {
            st = store_file(x, out, err);
        }
    }
    if (st != WXL_OK) {
        memset(out, 0, sizeof *out);
    }
    out->sent = sent;
    release(x);
    return st;
}
