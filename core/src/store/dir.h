/* The file store's directory: made, checked, locked. */
#ifndef WXL_FILESTORE_DIR_H
#define WXL_FILESTORE_DIR_H

#include <stdint.h>

#include "wxlive/base/status.h"

#define WXL_STORE_LOCK ".lock"

/* Opens the directory if it can be trusted. WXL_E_NOT_FOUND, with err untouched, when it is not
 * there. *dir is -1 on failure. */
WXL_NODISCARD enum wxl_status wxl_store_open_dir(const char *path, int *dir, struct wxl_error *err);

/* The same, and makes the directory where it is missing. path is put back as it was. */
WXL_NODISCARD enum wxl_status wxl_store_need_dir(char *path, int *dir, struct wxl_error *err);

/* Takes the lock, waiting wait_ms at most; *waited_ms says how long it took. Closing *lock gives it
 * back; on failure there is nothing to close. */
WXL_NODISCARD enum wxl_status wxl_store_take_lock(const char *path, int dir, int64_t wait_ms,
                                                  int *lock, int64_t *waited_ms,
                                                  struct wxl_error *err);

/* WXL_E_IO: "cannot <what> in <path>: <errno>". */
enum wxl_status wxl_store_io_fail(struct wxl_error *err, const char *path, const char *what);

#endif
