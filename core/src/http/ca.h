/* Where the certificates are that a TLS peer is checked against. */
#ifndef WXL_HTTP_CA_H
#define WXL_HTTP_CA_H

#include "wxlive/base/status.h"

/* The place to use when the caller named none: *file or *dir (static or of the environment: copy
 * it), or both NULL, which is libcurl's own default. */
void wxl_http_ca_find(const char **file, const char **dir);

/* WXL_OK when path is a PEM file with at least one certificate. */
WXL_NODISCARD enum wxl_status wxl_http_ca_check(const char *path, struct wxl_error *err);

#endif
