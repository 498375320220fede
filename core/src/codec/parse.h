/* Parsers for the parts of a response that do not depend on what came before. Each function is 0
 * when the text is not of its form, and its outputs are then not set. */
#ifndef WXL_CODEC_PARSE_H
#define WXL_CODEC_PARSE_H

#include <stddef.h>
#include <stdint.h>

/* HTTP/1.x SP 3DIGIT [ SP reason ]; *reason points behind the code, at the end when there is none.
 * The caller has checked that the line begins with "HTTP/1.". */
int codec_parse_status(const char *s, size_t n, int *minor, int *status, const char **reason);

/* Content-Length: digits only, below 2^63. */
int codec_parse_length(const char *s, size_t n, uint64_t *length);

/* Connection: sets the flags whose option the list holds, and leaves the others alone. */
void codec_parse_connection(const char *s, size_t n, int *says_close, int *says_keep_alive);

/* chunk-size [ chunk-ext ]; *extra is how many bytes the extension takes. */
int codec_parse_chunk(const char *s, size_t n, uint64_t *size, size_t *extra);

#endif
