#include "http/settings.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http/ca.h"
#include "wxlive/base/alloc.h"

/* A kept connection that was idle for longer is not used again: the peer has probably dropped it,
 * and a request lost that way is one with an unknown outcome. */
#define IDLE_MAX_SECONDS 50L

#define THIS_MACHINE "localhost,127.0.0.1,127.0.0.0/8,::1"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode ready;

static void start(void)
{
    ready = curl_global_init(CURL_GLOBAL_DEFAULT);
}

enum wxl_status wxl_curl_start(struct wxl_error *err)
{
    if (pthread_once(&once, start) != 0 || ready != CURLE_OK) {
        return wxl_fail(err, WXL_E_UNSUPPORTED, (long)ready, "libcurl could not be started");
    }
    return WXL_OK;
}

static const char *const proxy_schemes[] = {
    "http", "https", "socks4", "socks4a", "socks5", "socks5h",
};

static bool known_proxy_scheme(const char *scheme)
{
    size_t i;

    for (i = 0; i < sizeof proxy_schemes / sizeof proxy_schemes[0]; i++) {
        if (strcasecmp(scheme, proxy_schemes[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* The proxy as host:port. No message ever shows the address as given: it may hold a password. */
static enum wxl_status name_proxy(struct wxl_http_settings *s, struct wxl_error *err)
{
    enum wxl_status st = WXL_OK;
    CURLU *url = curl_url();
    char *scheme = NULL;
    char *host = NULL;
    char *port = NULL;
    size_t size;

    if (!url) {
        return wxl_fail(err, WXL_E_NOMEM, 0, "no memory for the proxy's address");
    }
    if (curl_url_set(url, CURLUPART_URL, s->proxy, CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME) !=
            CURLUE_OK || /* so it is for control characters and spaces */
        curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK) {
        st = wxl_fail(err, WXL_E_ARG, 0,
                      "the proxy's address cannot be read; it looks like http://host:3128");
        goto done;
    }
    if (strstr(s->proxy, "://") && !known_proxy_scheme(scheme)) {
        st = wxl_fail(err, WXL_E_ARG, 0, "a proxy of kind \"%.20s\" is not supported", scheme);
        goto done;
    }
    (void)curl_url_get(url, CURLUPART_PORT, &port, 0);
    size = strlen(host) + (port ? strlen(port) : 0) + 2;
    s->proxy_name = wxl_malloc(size);
    if (!s->proxy_name) {
        st = wxl_fail(err, WXL_E_NOMEM, 0, "no memory for the proxy's address");
        goto done;
    }
    (void)snprintf(s->proxy_name, size, "%s%s%s", host, port ? ":" : "", port ? port : "");
done:
    curl_free(port);
    curl_free(host);
    curl_free(scheme);
    curl_url_cleanup(url);
    return st;
}

static bool environment_names_proxy(void)
{
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                        "ALL_PROXY"};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);

        if (value && value[0]) {
            return true;
        }
    }
    return false;
}

/* no_proxy of the environment with this machine added; "*" (everything) stays as it is. */
static char *direct_hosts(void)
{
    const char *given = getenv("no_proxy");
    size_t size;
    char *all;

    if (!given || !given[0]) {
        given = getenv("NO_PROXY");
    }
    if (!given || !given[0]) {
        return wxl_strdup(THIS_MACHINE);
    }
    if (strcmp(given, "*") == 0) {
        return wxl_strdup(given);
    }
    size = sizeof THIS_MACHINE + strlen(given) + 1;
    all = wxl_malloc(size);
    if (all) {
        (void)snprintf(all, size, "%s,%s", THIS_MACHINE, given);
    }
    return all;
}

static char *copy(const char *s, bool *failed)
{
    char *made = s ? wxl_strdup(s) : NULL;

    *failed = *failed || (s && !made);
    return made;
}

static enum wxl_status read_proxy(struct wxl_http_settings *s, const struct wxl_http_options *o,
                                  struct wxl_error *err)
{
    bool failed = false;
    /* Without any in the environment libcurl need not look there on every call. */
    const char *proxy = o->proxy || environment_names_proxy() ? o->proxy : "";

    if (!o->proxy_user != !o->proxy_password) {
        return wxl_fail(err, WXL_E_ARG, 0, "proxy_user and proxy_password belong together");
    }
    if (o->proxy_user && (!o->proxy || !o->proxy[0])) {
        return wxl_fail(err, WXL_E_ARG, 0, "proxy_user needs proxy, the address");
    }
    s->proxy = copy(proxy, &failed);
    s->proxy_user = copy(o->proxy_user, &failed);
    s->proxy_password = copy(o->proxy_password, &failed);
    s->no_proxy = proxy ? copy("", &failed) : direct_hosts();
    if (failed || !s->no_proxy) {
        return wxl_fail(err, WXL_E_NOMEM, 0, "no memory for the settings of the client");
    }
    return s->proxy && s->proxy[0] ? name_proxy(s, err) : WXL_OK;
}

static enum wxl_status read_ca(struct wxl_http_settings *s, const struct wxl_http_options *o,
                               struct wxl_error *err)
{
    enum wxl_status st = WXL_OK;
    bool failed = false;
    const char *file = o->ca_file;
    const char *dir = NULL;

    if (file) {
        st = wxl_http_ca_check(file, err);
    } else {
        wxl_http_ca_find(&file, &dir);
    }
    if (st != WXL_OK) {
        return st;
    }
    s->ca_file = copy(file, &failed);
    s->ca_dir = copy(dir, &failed);
    return failed ? wxl_fail(err, WXL_E_NOMEM, 0, "no memory for the settings of the client") : st;
}

enum wxl_status wxl_http_settings_read(struct wxl_http_settings *s,
                                       const struct wxl_http_options *o, struct wxl_error *err)
{
    enum wxl_status st;

    memset(s, 0, sizeof *s);
    if (o->connect_timeout_ms < 0 || o->timeout_ms < 0) {
        return wxl_fail(err, WXL_E_ARG, 0, "a time-out must be above 0");
    }
    s->connect_timeout_ms =
        o->connect_timeout_ms ? o->connect_timeout_ms : WXL_HTTP_CONNECT_TIMEOUT_MS;
    s->timeout_ms = o->timeout_ms ? o->timeout_ms : WXL_HTTP_TIMEOUT_MS;
    s->max_body = o->max_body ? o->max_body : WXL_HTTP_MAX_BODY;
    s->http2 = o->http2;
    st = read_proxy(s, o, err);
    if (st == WXL_OK) {
        st = read_ca(s, o, err);
    }
    if (st != WXL_OK) {
        wxl_http_settings_free(s);
    }
    return st;
}

static void free_secret(char *s)
{
    wxl_free_secret(s, s ? strlen(s) : 0);
}

void wxl_http_settings_free(struct wxl_http_settings *s)
{
    free_secret(s->proxy);
    free_secret(s->proxy_user);
    free_secret(s->proxy_password);
    wxl_free(s->proxy_name);
    wxl_free(s->no_proxy);
    wxl_free(s->ca_file);
    wxl_free(s->ca_dir);
    memset(s, 0, sizeof *s);
}

enum wxl_status wxl_http_set_refused(struct wxl_error *err, CURLcode code, const char *option)
{
    return wxl_fail(err, code == CURLE_OUT_OF_MEMORY ? WXL_E_NOMEM : WXL_E_UNSUPPORTED, (long)code,
                    "libcurl %s does not take %s: %s", curl_version_info(CURLVERSION_NOW)->version,
                    option, curl_easy_strerror(code));
}

#define SET(option, value) WXL_HTTP_SET(easy, option, value, err)

enum wxl_status wxl_http_trust(CURL *easy, const char *ca_file, const char *ca_dir,
                               struct wxl_error *err)
{
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (ca_file) {
        SET(CURLOPT_CAINFO, ca_file);
        SET(CURLOPT_PROXY_CAINFO, ca_file);
        /* The bundle replaces the system's: no directory of it may vouch beside it. */
        SET(CURLOPT_CAPATH, NULL);
        SET(CURLOPT_PROXY_CAPATH, NULL);
    } else if (ca_dir) {
        SET(CURLOPT_CAPATH, ca_dir);
        SET(CURLOPT_PROXY_CAPATH, ca_dir);
    }
    return WXL_OK;
}

static enum wxl_status apply_proxy(const struct wxl_http_settings *s, CURL *easy,
                                   struct wxl_error *err)
{
    SET(CURLOPT_NOPROXY, s->no_proxy);
    if (s->proxy) {
        SET(CURLOPT_PROXY, s->proxy);
    }
    if (s->proxy_user) {
        SET(CURLOPT_PROXYUSERNAME, s->proxy_user);
        SET(CURLOPT_PROXYPASSWORD, s->proxy_password);
    }
    SET(CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    return WXL_OK;
}

enum wxl_status wxl_http_settings_apply(const struct wxl_http_settings *s, CURL *easy,
                                        struct wxl_error *err)
{
    enum wxl_status st;

    SET(CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075500
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
    SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    SET(CURLOPT_HTTP_VERSION,
        (long)(s->http2 == WXL_HTTP2_NEVER ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
    SET(CURLOPT_ACCEPT_ENCODING, "gzip"); /* the one coding that the cosocket transport reads, too */
    SET(CURLOPT_HTTP_CONTENT_DECODING, 0L); /* see take_encoding in exchange.c */
    SET(CURLOPT_MAXAGE_CONN, IDLE_MAX_SECONDS);
    st = wxl_http_trust(easy, s->ca_file, s->ca_dir, err);
    return st == WXL_OK ? apply_proxy(s, easy, err) : st;
}
