/* multipart/form-data: parts of bytes, and files that are read while they are sent. */
#ifndef WXL_HTTP_FORM_H
#define WXL_HTTP_FORM_H

#include <curl/curl.h>

#include "wxlive/http.h"

/* Builds the form of a request. Every file is open once this returns WXL_OK, so a file that is
 * missing, empty or no file at all is reported before anything is sent. Bytes are borrowed from the
 * parts. `why` is kept, and filled when a file goes wrong while it is being read. On success the
 * form is the caller's, to be freed with curl_mime_free (which closes the files). */
WXL_NODISCARD enum wxl_status wxl_http_form_build(curl_mime **out, CURL *easy,
                                                  const struct wxl_http_part *parts, size_t count,
                                                  struct wxl_error *why, struct wxl_error *err);

/* Writes to out (size bytes, NUL-terminated, cut where it does not fit) a form of name that every
 * server takes between plain quotes: runs of other bytes than printable ASCII, and quotes and
 * backslashes, become "_". An extended filename*= is refused by the platform. */
void wxl_http_form_filename(char *out, size_t size, const char *name);

#endif
