#include "http/curl_start.h"

#include <curl/curl.h>
#include <pthread.h>

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
