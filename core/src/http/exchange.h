/* One request and its answer on one easy handle: prepare, let libcurl run it, finish.
 *
 * The caller runs the handle in between: curl_easy_perform for a blocking call, a multi handle for
 * many at a time. The handle and its buffers serve any number of exchanges, one after the other. */
#ifndef WXL_HTTP_EXCHANGE_H
#define WXL_HTTP_EXCHANGE_H

#include <curl/curl.h>
#include <stdint.h>

#include "http/check.h"
#include "http/coding.h"
#include "http/file.h"
#include "http/settings.h"
#include "wxlive/base/buf.h"
#include "wxlive/http.h"

struct wxl_http_exchange {
    CURL *easy;
    const struct wxl_http_settings *settings; /* the client's */

    /* kept from exchange to exchange */
    struct curl_slist *bare;  /* header lines of a request without a content type */
    struct curl_slist *typed; /* of one with the content type typed_as */
    char *typed_as;
    struct wxl_buf address; /* the address on the handle, if it is only scheme, host and port */
    struct wxl_buf body;
    struct wxl_buf head;
    struct wxl_coding coding;
    struct wxl_buf piece;        /* what a piece of a gzip body for a file holds */
    long timeout_ms; /* as the handle has them */
    long connect_timeout_ms;
    bool is_watchful; /* this libcurl has the fault that watch_head is for */
    bool watches;

    /* of the exchange that is under way */
    const struct wxl_http_request *request; /* borrowed from prepare to finish; NULL between */
    struct wxl_http_origin origin;
    struct curl_slist *extra;
    curl_mime *form;
    struct wxl_http_file file;
    struct wxl_error why; /* what went wrong in a callback; WXL_OK when nothing did */
    size_t head_bytes;    /* of all answers, those before the last one too */
    size_t head_lines;
    unsigned tries; /* how often libcurl was about to put the request on a wire */
    bool head_complete;
    bool has_length; /* of the head at hand */
    uint64_t length;
    bool to_file; /* where the body goes, decided at its first byte */
    bool decided;
    char detail[CURL_ERROR_SIZE];
};

/* x is zeroed by the caller and must not move afterwards. among_many: it runs on a multi. On failure
 * free is due all the same. */
WXL_NODISCARD enum wxl_status wxl_http_exchange_init(struct wxl_http_exchange *x,
                                                     const struct wxl_http_settings *settings,
                                                     bool among_many, struct wxl_error *err);
void wxl_http_exchange_free(struct wxl_http_exchange *x);

/* Puts a request on the handle. On failure the exchange is over: no finish. */
WXL_NODISCARD enum wxl_status wxl_http_exchange_prepare(struct wxl_http_exchange *x,
                                                        const struct wxl_http_request *request,
                                                        struct wxl_error *err);

/* Turns libcurl's result into the outcome of the exchange; as wxl_http_perform. */
WXL_NODISCARD enum wxl_status wxl_http_exchange_finish(struct wxl_http_exchange *x, CURLcode code,
                                                       struct wxl_http_response *out,
                                                       struct wxl_error *err);

/* Of the last exchange. */
void wxl_http_exchange_timing(const struct wxl_http_exchange *x, struct wxl_http_timing *out);

#endif
