/* A store of short-lived strings in a directory, shared by the processes of one machine.
 *
 * One file an entry, mode 0600, in a directory of mode 0700 that must belong to the caller, be
 * writable by its owner only and not be a symbolic link; a symbolic link in the place of an entry
 * is not followed. What is stored lies there in plain text, readable by the caller's user and root.
 *
 * A change replaces the file whole (temporary file, rename), so a reader, who takes no lock, sees
 * the old value or the new one, also when the writer is killed half-way. Changes are made under one
 * flock, which the kernel gives back when a process dies, however it dies; no process waits for it
 * longer than WXL_FILESTORE_WAIT_MS. What killed writers left is removed by the next change. Files
 * that do not check out (cut, altered, under another key's name) count as absent.
 *
 * set and add reach the disk before they return (fsync of file and directory); incr and delete may
 * be undone by a power failure: a count is not worth two waits for the disk, and a deleted entry
 * that comes back still has its end.
 *
 * Every entry carries its whole life beside its end. One whose end is further away than that (and
 * WXL_FILESTORE_SKEW_MS, for clocks that are nudged) was written under a clock that has since been
 * set back: it counts as absent. Expired entries are removed every few minutes, by a process that
 * changes something.
 *
 * Keys: letters, digits and _ . : - up to WXL_FILESTORE_KEY_MAX. Values: any bytes up to
 * WXL_FILESTORE_VALUE_MAX. Times are milliseconds since 1970, `now` comes from the caller.
 * An object holds no descriptor, so it may be used on both sides of a fork; by one thread at a
 * time. Failures: WXL_E_ARG and WXL_E_LIMIT for what the caller gave, WXL_E_TIMEOUT for the lock,
 * WXL_E_IO (errno in code, path in text) for the rest. On failure nothing was changed. */
#ifndef WXLIVE_FILESTORE_H
#define WXLIVE_FILESTORE_H

#include <stddef.h>
#include <stdint.h>

#include "wxlive/base/buf.h"
#include "wxlive/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WXL_FILESTORE_KEY_MAX 180
#define WXL_FILESTORE_VALUE_MAX 65536
#define WXL_FILESTORE_WAIT_MS 5000
#define WXL_FILESTORE_SKEW_MS 2000

struct wxl_filestore;

/* Opens a directory, making it (mode 0700) and the ones above it where they are missing, and checks
 * that it can be trusted; every later call checks again. *out is NULL on failure. */
WXL_NODISCARD enum wxl_status wxl_filestore_open(const char *directory, struct wxl_filestore **out,
                                                 struct wxl_error *err);
void wxl_filestore_free(struct wxl_filestore *fs);

/* How long a change may wait for the lock; WXL_FILESTORE_WAIT_MS to begin with. */
void wxl_filestore_set_wait(struct wxl_filestore *fs, int64_t ms);

/* Reads a value into *value (emptied first; give it a ceiling of WXL_FILESTORE_VALUE_MAX or more).
 * WXL_E_NOT_FOUND, with err untouched, when there is none alive. Takes no lock. */
WXL_NODISCARD enum wxl_status wxl_filestore_get(struct wxl_filestore *fs, const char *key,
                                                size_t key_len, int64_t now, struct wxl_buf *value,
                                                struct wxl_error *err);

WXL_NODISCARD enum wxl_status wxl_filestore_set(struct wxl_filestore *fs, const char *key,
                                                size_t key_len, const char *value, size_t len,
                                                int64_t now, int64_t ttl, struct wxl_error *err);

/* Sets the value unless the name has one that has not expired; *added tells whether it did. */
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
 * the value is not a whole number, WXL_E_LIMIT when the sum passes 2^53, which Lua numbers hold. */
WXL_NODISCARD enum wxl_status wxl_filestore_incr(struct wxl_filestore *fs, const char *key,
                                                 size_t key_len, int64_t by, int64_t now,
                                                 int64_t ttl, int64_t *sum, struct wxl_error *err);

/* Removes expired and damaged entries now, instead of within minutes. */
WXL_NODISCARD enum wxl_status wxl_filestore_sweep(struct wxl_filestore *fs, int64_t now,
                                                  struct wxl_error *err);

#ifdef __cplusplus
}
#endif

#endif
