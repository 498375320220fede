#include "http/error.h"

#include <stdio.h>
#include <string.h>

struct rule {
    CURLcode code;
    enum wxl_status status;
    const char *text; /* follows "host:port " */
};

/* The results of libcurl that this client can cause. */
static const struct rule rules[] = {
    {CURLE_URL_MALFORMAT, WXL_E_ARG, "is not an address that can be used"},
    {CURLE_LOGIN_DENIED, WXL_E_ARG, "is not an address that can be used"},
    {CURLE_BAD_FUNCTION_ARGUMENT, WXL_E_ARG, "cannot be asked this way"},
    {CURLE_OUT_OF_MEMORY, WXL_E_NOMEM, "could not be asked: out of memory"},
    {CURLE_NOT_BUILT_IN, WXL_E_UNSUPPORTED, "needs what this libcurl was built without"},
    {CURLE_UNKNOWN_OPTION, WXL_E_UNSUPPORTED, "needs what this libcurl was built without"},
    {CURLE_COULDNT_RESOLVE_HOST, WXL_E_RESOLVE, "cannot be found: no such host name"},
    {CURLE_COULDNT_RESOLVE_PROXY, WXL_E_PROXY, "was not reached: the proxy's name is unknown"},
    {CURLE_COULDNT_CONNECT, WXL_E_CONNECT, "does not take the connection"},
    {CURLE_INTERFACE_FAILED, WXL_E_CONNECT, "does not take the connection"},
    {CURLE_PROXY, WXL_E_PROXY, "was not reached: the proxy did not relay"},
    {CURLE_SSL_CONNECT_ERROR, WXL_E_TLS, "did not get through the TLS handshake"},
    {CURLE_PEER_FAILED_VERIFICATION, WXL_E_TLS, "showed a certificate that is not trusted"},
    {CURLE_SSL_ISSUER_ERROR, WXL_E_TLS, "showed a certificate that is not trusted"},
    {CURLE_SSL_INVALIDCERTSTATUS, WXL_E_TLS, "showed a certificate that is not trusted"},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, WXL_E_TLS, "showed a certificate that is not trusted"},
    {CURLE_SSL_CERTPROBLEM, WXL_E_TLS, "cannot be talked to over TLS"},
    {CURLE_SSL_CIPHER, WXL_E_TLS, "cannot be talked to over TLS"},
    {CURLE_SSL_ENGINE_INITFAILED, WXL_E_TLS, "cannot be talked to over TLS"},
    {CURLE_USE_SSL_FAILED, WXL_E_TLS, "cannot be talked to over TLS"},
    {CURLE_SSL_CACERT_BADFILE, WXL_E_TLS, "cannot be checked: the CA certificates are unusable"},
    {CURLE_SSL_CRL_BADFILE, WXL_E_TLS, "cannot be checked: the CA certificates are unusable"},
    {CURLE_OPERATION_TIMEDOUT, WXL_E_TIMEOUT, "did not answer in time"},
    {CURLE_GOT_NOTHING, WXL_E_LOST, "closed the connection without an answer"},
    {CURLE_SEND_ERROR, WXL_E_LOST, "broke the connection while the request was sent"},
    {CURLE_SEND_FAIL_REWIND, WXL_E_LOST, "broke the connection while the request was sent"},
    {CURLE_RECV_ERROR, WXL_E_LOST, "broke the connection before the answer was complete"},
    {CURLE_PARTIAL_FILE, WXL_E_LOST, "broke the connection before the answer was complete"},
    {CURLE_HTTP2_STREAM, WXL_E_LOST, "broke off the HTTP/2 stream before the answer was complete"},
    {CURLE_ABORTED_BY_CALLBACK, WXL_E_LOST,
     "broke the kept connection, and the request may not be sent twice"},
    {CURLE_WRITE_ERROR, WXL_E_IO, "sent an answer that could not be stored"},
    {CURLE_READ_ERROR, WXL_E_IO, "could not be sent the whole request"},
    {CURLE_FILESIZE_EXCEEDED, WXL_E_TOO_LARGE, "sent a larger answer than the cap"},
#if LIBCURL_VERSION_NUM >= 0x080600
    {CURLE_TOO_LARGE, WXL_E_TOO_LARGE, "sent more header lines than the cap"},
#endif
    {CURLE_UNSUPPORTED_PROTOCOL, WXL_E_PROTOCOL, "did not answer in HTTP"},
    {CURLE_WEIRD_SERVER_REPLY, WXL_E_PROTOCOL, "did not answer in HTTP"},
    {CURLE_HTTP2, WXL_E_PROTOCOL, "broke the rules of HTTP/2"},
    {CURLE_BAD_CONTENT_ENCODING, WXL_E_PROTOCOL, "sent an answer that cannot be decompressed"},
};

static const struct rule unknown_rule = {CURLE_OK, WXL_E_LOST, "could not be talked to"};

static const struct rule *find_rule(CURLcode code)
{
    size_t i;

    for (i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].code == code) {
            return &rules[i];
        }
    }
    return &unknown_rule;
}

enum wxl_status wxl_http_status_of(CURLcode code)
{
    return find_rule(code)->status;
}

/* libcurl's own text is shown for failures of TLS and the network only, where it is useful. Text
 * that could contain an address with its query or a password is never shown. */
static const char *harmless_detail(const struct wxl_http_failure *what, enum wxl_status st)
{
    const char *s = what->detail;

    if (st != WXL_E_TLS && st != WXL_E_LOST && st != WXL_E_PROTOCOL && st != WXL_E_PROXY) {
        return "";
    }
    if (what->code == CURLE_ABORTED_BY_CALLBACK || strpbrk(s, "?@=&") || strstr(s, "://")) {
        return "";
    }
    return s;
}

static enum wxl_status fail_proxy(const struct wxl_http_failure *what, const char *where,
                                  const char *proxy, struct wxl_error *err)
{
    /* 401 is for servers, but there are proxies that say it */
    if (what->connect_code == 407 || what->connect_code == 401) {
        return wxl_fail(err, WXL_E_PROXY, what->connect_code,
                        "%s was not reached: the proxy%s refused the user or password (HTTP %ld)",
                        where, proxy, what->connect_code);
    }
    if (what->connect_code >= 300) {
        return wxl_fail(err, WXL_E_PROXY, what->connect_code,
                        "%s was not reached: the proxy%s refused to relay (HTTP %ld)", where, proxy,
                        what->connect_code);
    }
    return wxl_fail(
        err, WXL_E_PROXY, (long)what->code, "%s was not reached: the proxy%s %s%s", where, proxy,
        what->code == CURLE_COULDNT_CONNECT ? "does not take the connection" : "did not relay",
        what->code == CURLE_COULDNT_RESOLVE_PROXY || what->code == CURLE_COULDNT_RESOLVE_HOST
            ? " (no such host name)"
            : "");
}

/* Whether it was the proxy that failed: nothing was sent, and a proxy was in the way. */
static bool by_proxy(const struct wxl_http_failure *what, bool proxy)
{
    if (what->connect_code >= 300) {
        return true;
    }
    switch (what->code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
        return true;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST: /* through a proxy only its own name is looked up here */
        return proxy;
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return proxy && !what->sent && !what->connect_code;
    default:
        return false;
    }
}

enum wxl_status wxl_http_explain(const struct wxl_http_failure *what,
                                 const struct wxl_http_origin *origin,
                                 const struct wxl_http_settings *settings, struct wxl_error *err)
{
    const struct rule *rule = find_rule(what->code);
    char where[160];
    char proxy[128] = "";
    const char *detail = harmless_detail(what, rule->status);

    (void)snprintf(where, sizeof where, "%.*s:%d", origin->host_len < 128 ? origin->host_len : 128,
                   origin->host, origin->port);
    if (settings->proxy_name) {
        (void)snprintf(proxy, sizeof proxy, " %.100s", settings->proxy_name);
    }
    if (by_proxy(what, settings->proxy_name)) {
        return fail_proxy(what, where, proxy, err);
    }
    if (what->code == CURLE_OPERATION_TIMEDOUT) {
        bool connecting = !what->sent && what->connect_timeout_ms < what->timeout_ms;

        return wxl_fail(err, WXL_E_TIMEOUT, (long)what->code, "%s %s (%g s)", where,
                        what->sent ? "did not answer in time" : "was not reached in time",
                        (double)(connecting ? what->connect_timeout_ms : what->timeout_ms) / 1000);
    }
    if (what->code == CURLE_COULDNT_CONNECT && what->os_errno) {
        detail = strerror((int)what->os_errno);
    }
    /* libcurl gives up on one endless header line as if memory had run out. */
    if (what->code == CURLE_OUT_OF_MEMORY && what->sent && !what->head_complete) {
        return wxl_fail(err, WXL_E_TOO_LARGE, (long)what->code,
                        "%s sent a header line that is larger than the cap", where);
    }
    if (!detail[0] && rule == &unknown_rule) {
        detail = curl_easy_strerror(what->code);
    }
    return wxl_fail(err, rule->status, (long)what->code, "%s %s%s%s%s", where, rule->text,
                    detail[0] ? " (" : "", detail, detail[0] ? ")" : "");
}
