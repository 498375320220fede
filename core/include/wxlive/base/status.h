/* Status codes and the error record of the core.
 *
 * Every fallible function returns enum wxl_status (WXL_OK is 0). Functions above leaf level also
 * take an optional struct wxl_error * as their last parameter: NULL is accepted, and on success it
 * is left untouched. Nothing in the core prints, aborts, or keeps a "last error" of its own.
 */
#ifndef WXLIVE_STATUS_H
#define WXLIVE_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) || defined(__clang__)
#define WXL_NODISCARD __attribute__((warn_unused_result))
#define WXL_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define WXL_NODISCARD
#define WXL_PRINTF(fmt, args)
#endif

/* enumerator, stable lower-case name (Lua sees this one), sentence */
#define WXL_STATUS_TABLE(X)                                                                        \
    X(WXL_OK, "ok", "success")                                                                     \
    X(WXL_E_ARG, "bad_argument", "an argument is not acceptable")                                  \
    X(WXL_E_NOMEM, "out_of_memory", "memory could not be allocated")                               \
    X(WXL_E_LIMIT, "limit_exceeded", "a configured limit would be passed")                         \
    X(WXL_E_CLOSED, "closed", "the object is closed")                                              \
    X(WXL_E_UNSUPPORTED, "unsupported", "this build or a library under it cannot do that")         \
    X(WXL_E_IO, "io", "a file or device operation failed")                                         \
    X(WXL_E_NOT_FOUND, "not_found", "there is no such entry")                                      \
    X(WXL_E_RESOLVE, "resolve_failed", "the host name could not be resolved")                      \
    X(WXL_E_CONNECT, "connect_failed", "the connection could not be made")                         \
    X(WXL_E_PROXY, "proxy_failed", "the proxy refused or could not be used")                       \
    X(WXL_E_TLS, "tls_failed", "the TLS handshake or the certificate check failed")                \
    X(WXL_E_TIMEOUT, "timeout", "the time allowed ran out")                                        \
    X(WXL_E_LOST, "connection_lost", "the connection broke before the answer was complete")        \
    X(WXL_E_TOO_LARGE, "too_large", "the answer is larger than the cap")                           \
    X(WXL_E_PROTOCOL, "bad_protocol", "the peer does not follow the protocol")                     \
    X(WXL_E_CANCELLED, "cancelled", "the operation was cancelled")                                 \
    X(WXL_E_FORMAT, "bad_format", "the input is not in the form that it must have")                \
    X(WXL_E_CRYPTO, "crypto_failed", "a cryptographic operation failed")                           \
    X(WXL_E_SIGNATURE, "bad_signature", "the signature does not match")                            \
    X(WXL_E_STALE, "stale", "the timestamp is outside the window allowed")                         \
    X(WXL_E_CIPHERTEXT, "bad_ciphertext", "the message cannot be opened with this key and appid")

enum wxl_status {
#define WXL_STATUS_ENUM(id, name, text) id,
    WXL_STATUS_TABLE(WXL_STATUS_ENUM)
#undef WXL_STATUS_ENUM
        WXL_STATUS_COUNT
};

#define WXL_ERROR_TEXT_MAX 256

struct wxl_error {
    enum wxl_status status;
    long code;                     /* foreign number: CURLcode, errno, OpenSSL; 0 when there is none */
    char text[WXL_ERROR_TEXT_MAX]; /* one line, NUL-terminated, never a secret or a token */
};

/* Stable name and sentence of a status. Never NULL; an unknown number reads "unknown". */
const char *wxl_status_name(enum wxl_status st);
const char *wxl_status_text(enum wxl_status st);

/* Fills err (may be NULL) and returns st, so that "return wxl_fail(err, ...)" works anywhere.
 * Text longer than the field is cut at a UTF-8 boundary; control characters become spaces. */
enum wxl_status wxl_fail(struct wxl_error *err, enum wxl_status st, long code, const char *fmt, ...)
    WXL_PRINTF(4, 5);
#ifdef __clang_analyzer__
/* The analyzer does not look into another file: without this it takes a failure for a success. */
#define wxl_fail(err, st, ...) ((void)wxl_fail(err, st, __VA_ARGS__), (st))
#endif

#ifdef __cplusplus
}
#endif

#endif
