/* Checks of a request: values that could break out of their line are refused. */
#ifndef WXL_HTTP_CHECK_H
#define WXL_HTTP_CHECK_H

#include "wxlive/http.h"

#define WXL_HTTP_URL_MAX 16384

/* No control characters (a tab is one). */
bool wxl_http_text_ok(const char *s);

/* Where a checked address leads. */
struct wxl_http_origin {
    const char *host; /* in the url, brackets of an IPv6 address included */
    int host_len;
    int port;
    bool tls;
    size_t url_len; /* of scheme, host and port, with which the url begins */
};

/* Checks everything but the parts of a form, which are checked as they are built. */
WXL_NODISCARD enum wxl_status wxl_http_check(const struct wxl_http_request *rq,
                                             struct wxl_http_origin *origin, struct wxl_error *err);

#endif
