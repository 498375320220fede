/* What the files that call OpenSSL share. */
#ifndef WXL_CRYPTO_H
#define WXL_CRYPTO_H

#include "wxlive/base/status.h"

/* Reports that `what` failed in OpenSSL and empties its error queue. The text holds OpenSSL's reason
 * (a fixed sentence of the library, never data), the code its number. */
enum wxl_status wxl_crypto_fail(struct wxl_error *err, enum wxl_status st, const char *what);

/* The text of WXL_E_NOMEM, in one place. */
enum wxl_status wxl_fail_nomem(struct wxl_error *err);

#endif
