#include "base/crypto.h"

#include <openssl/err.h>

enum wxl_status wxl_crypto_fail(struct wxl_error *err, enum wxl_status st, const char *what)
{
    unsigned long code = ERR_peek_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;

    if (reason) {
        (void)wxl_fail(err, st, (long)code, "%s: %s", what, reason);
    } else {
        (void)wxl_fail(err, st, 0, "%s", what);
    }
    ERR_clear_error();
    return st;
}

enum wxl_status wxl_fail_nomem(struct wxl_error *err)
{
    return wxl_fail(err, WXL_E_NOMEM, 0, "%s", wxl_status_text(WXL_E_NOMEM));
}
