/* From libcurl's result to a status and a sentence that gives nothing away. */
#ifndef WXL_HTTP_ERROR_H
#define WXL_HTTP_ERROR_H

#include <curl/curl.h>

#include "http/check.h"
#include "http/settings.h"

/* What is known of an exchange that failed. */
struct wxl_http_failure {
    CURLcode code;
    bool sent;
    bool head_complete; /* the header lines of the answer had all come */
    long connect_code;  /* the proxy's answer to CONNECT; 0 without a proxy */
    long os_errno;      /* of the last connect that failed, else 0 */
    long timeout_ms;    /* what the exchange was allowed */
    long connect_timeout_ms;
    const char *detail; /* libcurl's own words, "" when there are none */
};

/* The status of one of libcurl's failures. */
enum wxl_status wxl_http_status_of(CURLcode code);

/* Fills err and returns its status, which is never WXL_OK. */
enum wxl_status wxl_http_explain(const struct wxl_http_failure *what,
                                 const struct wxl_http_origin *origin,
                                 const struct wxl_http_settings *settings, struct wxl_error *err);

#endif
