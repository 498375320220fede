/* The fixed settings of libcurl: of the process, and of a client's easy handles. */
#ifndef WXL_HTTP_SETTINGS_H
#define WXL_HTTP_SETTINGS_H

#include <curl/curl.h>

#include "wxlive/http.h"

/* Sets libcurl up for the process, before a first handle is made. It is never taken down: others may
 * use it too. Any thread, any number of times. */
WXL_NODISCARD enum wxl_status wxl_curl_start(struct wxl_error *err);

struct wxl_http_settings {
    char *proxy;      /* NULL: libcurl reads the environment; "": none */
    char *proxy_name; /* host:port, for messages: without user and password. NULL when proxy is */
    char *no_proxy;   /* hosts that are reached directly */
    char *proxy_user;
    char *proxy_password;
    char *ca_file; /* NULL with ca_dir NULL: libcurl's own default */
    char *ca_dir;
    long connect_timeout_ms;
    long timeout_ms;
    size_t max_body;
    enum wxl_http2 http2;
};

/* Reads and checks the options. On failure *s is empty (free is harmless). */
WXL_NODISCARD enum wxl_status wxl_http_settings_read(struct wxl_http_settings *s,
                                                     const struct wxl_http_options *options,
                                                     struct wxl_error *err);
void wxl_http_settings_free(struct wxl_http_settings *s);

/* Puts on a fresh handle all that no request changes, but for the callbacks. */
WXL_NODISCARD enum wxl_status wxl_http_settings_apply(const struct wxl_http_settings *s, CURL *easy,
                                                      struct wxl_error *err);

/* Has peer and proxy verified, by the authorities in the file or the directory; by libcurl's own where
 * both are NULL. */
WXL_NODISCARD enum wxl_status wxl_http_trust(CURL *easy, const char *ca_file, const char *ca_dir,
                                             struct wxl_error *err);

/* Sets an option in a function that returns a status: one that this libcurl does not know, or has
 * no memory for, must not be skipped. */
#define WXL_HTTP_SET(easy, option, value, err) \
    do { \
        CURLcode wxl_set_code = curl_easy_setopt(easy, option, value); \
        if (wxl_set_code != CURLE_OK) { \
            return wxl_http_set_refused(err, wxl_set_code, #option); \
        } \
    } while (0)

enum wxl_status wxl_http_set_refused(struct wxl_error *err, CURLcode code, const char *option);

#endif
