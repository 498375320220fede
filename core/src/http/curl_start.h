/* libcurl is set up once for the process and never taken down: others may use it too. */
#ifndef WXL_CURL_START_H
#define WXL_CURL_START_H

#include "wxlive/base/status.h"

/* To be called before a first handle is made. Any thread, any number of times. */
WXL_NODISCARD enum wxl_status wxl_curl_start(struct wxl_error *err);

#endif
