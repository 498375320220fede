/* A store of short-lived strings in a directory, shared by the processes of one machine.
 *
 * One file an entry, mode 0600, in a directory of mode 0700 that must belong to the caller and be
 * writable by nobody else. A change replaces the file whole (temporary file, fsync, rename, fsync of
 * the directory), so a reader sees the old value or the new one, also when a writer is killed.
 * Changes are made under one flock, which the kernel gives back when a process dies, however it
 * dies; nobody waits for it longer than WXL_FILESTORE_WAIT_MS. Entries that cannot be read back (cut,
 * altered) count as absent.
 *
 * Every entry carries its own life beside its end, so that a clock that jumps back makes it expire,
 * never live longer. Keys: letters, digits and _ . : - up to WXL_FILESTORE_KEY_MAX. Values: up to
 * WXL_FILESTORE_VALUE_MAX bytes, never a secret of the account. Times are milliseconds since 1970.
 * An object may be used by one thread at a time; objects and processes may share a directory. */
#ifndef WXLIVE_FILESTORE_H
#define WXLIVE_FILESTORE_H

#include <stddef.h>
#include <stdint.h>

#include "wxlive/buf.h"
#include "wxlive/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WXL_FILESTORE_KEY_MAX 180
#define WXL_FILESTORE_VALUE_MAX 65536
#define WXL_FILESTORE_WAIT_MS 5000

struct wxl_filestore;

/* Opens a directory, making it and the ones above it where they are missing. *out is NULL on
 * failure: WXL_E_IO with errno and the path in the text. */
WXL_NODISCARD enum wxl_status wxl_filestore_open(const char *directory, struct wxl_filestore **out,
                                                 struct wxl_error *err);
void wxl_filestore_free(struct wxl_filestore *fs);

/* Reads a value into *value (emptied first; init it with WXL_FILESTORE_VALUE_MAX or more).
 * WXL_E_NOT_FOUND when there is none alive. Takes no lock. */
WXL_NODISCARD enum wxl_status wxl_filestore_get(struct wxl_filestore *fs, const char *key,
                                                size_t key_len, int64_t now, struct wxl_buf *value,
                                                struct wxl_error *err);

WXL_NODISCARD enum wxl_status wxl_filestore_set(struct wxl_filestore *fs, const char *key,
                                                size_t key_len, const char *value, size_t len,
                                                int64_t now, int64_t ttl, struct wxl_error *err);

/* Sets only when nothing alive is there; *added says which. */
WXL_NODISCARD enum wxl_status wxl_filestore_add(struct wxl_filestore *fs, const char *key,
                                                size_t key_len, const char *value, size_t len,
                                                int64_t now, int64_t ttl, int *added,
                                                struct wxl_error *err);

/* Deletes; with expected (may be NULL) only while that is the value. *deleted says whether. */
WXL_NODISCARD enum wxl_status wxl_filestore_delete(struct wxl_filestore *fs, const char *key,
                                                   size_t key_len, const char *expected,
                                                   size_t expected_len, int64_t now, int *deleted,
                                                   struct wxl_error *err);

/* Adds `by` to a whole number that starts at 0 and lives ttl from its first use. WXL_E_FORMAT when
 * the value is no number, WXL_E_LIMIT when the sum passes 2^53. */
WXL_NODISCARD enum wxl_status wxl_filestore_incr(struct wxl_filestore *fs, const char *key,
                                                 size_t key_len, int64_t by, int64_t now,
                                                 int64_t ttl, int64_t *sum, struct wxl_error *err);

#ifdef __cplusplus
}
#endif

#endif
