#include "store/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "wxlive/base/clock.h"

#define PAUSE_FIRST_NS 200000L /* between two tries to lock; doubles up to ... */
#define PAUSE_MAX_NS 20000000L

enum wxl_status wxl_store_io_fail(struct wxl_error *err, const char *path, const char *what)
{
    int code = errno;

    return wxl_fail(err, WXL_E_IO, code, "cannot %s in %s: %s", what, path, strerror(code));
}

/* ---- the directory --------------------------------------------------------------------------- */

/* As mkdir -p; new directories are for this user only. */
static int make_directories(char *path)
{
    char *slash;
    int made;

    for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        made = mkdir(path, 0700);
        *slash = '/';
        if (made == -1 && errno != EEXIST && errno != EROFS) {
            return -1;
        }
    }
    return mkdir(path, 0700) == -1 && errno != EEXIST ? -1 : 0;
}

enum wxl_status wxl_store_open_dir(const char *path, int *dir, struct wxl_error *err)
{
    struct stat st;

    *dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (*dir == -1) {
        if (errno == ENOENT) {
            return WXL_E_NOT_FOUND;
        }
        if (errno == ELOOP || errno == ENOTDIR) {
            return wxl_fail(err, WXL_E_IO, errno,
                            "%s is a symbolic link or not a directory; name the directory itself",
                            path);
        }
        return wxl_store_io_fail(err, path, "open the directory");
    }
    if (fstat(*dir, &st) == -1) {
        (void)wxl_store_io_fail(err, path, "look at the directory");
    } else if (st.st_uid != geteuid()) {
        (void)wxl_fail(err, WXL_E_IO, EPERM,
                       "%s belongs to user %ld, not to you; name a directory of your own", path,
                       (long)st.st_uid);
    } else if (st.st_mode & (S_IWGRP | S_IWOTH)) {
        (void)wxl_fail(err, WXL_E_IO, EPERM, "others may write to %s (mode %04o): chmod 700 it",
                       path, (unsigned)(st.st_mode & 07777));
    } else {
        return WXL_OK;
    }
    close(*dir);
    *dir = -1;
    return WXL_E_IO;
}

enum wxl_status wxl_store_need_dir(char *path, int *dir, struct wxl_error *err)
{
    enum wxl_status st = wxl_store_open_dir(path, dir, err);

    if (st == WXL_E_NOT_FOUND) {
        if (make_directories(path) == -1) {
            return wxl_store_io_fail(err, path, "make the directory");
        }
        st = wxl_store_open_dir(path, dir, err);
        if (st == WXL_E_NOT_FOUND) {
            errno = ENOENT;
            return wxl_store_io_fail(err, path, "open the directory");
        }
    }
    return st;
}

/* ---- the lock -------------------------------------------------------------------------------- */

/* Whether the file that was locked still is the one of that name: cleaners remove lock files too.
 */
static int still_there(int dir, int fd)
{
    struct stat ours;
    struct stat named;

    return fstat(fd, &ours) == 0 &&
           fstatat(dir, WXL_STORE_LOCK, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

/* The lock file is opened again each time: a descriptor kept over a fork would be one lock for both.
 */
enum wxl_status wxl_store_take_lock(const char *path, int dir, int64_t wait_ms, int *lock,
                                    int64_t *waited_ms, struct wxl_error *err)
{
    const int64_t began = wxl_clock_ms(CLOCK_MONOTONIC);
    struct timespec pause = {0, PAUSE_FIRST_NS};
    enum wxl_status st;

    *lock = -1;
    for (;;) {
        if (*lock == -1) {
            *lock = openat(dir, WXL_STORE_LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
            if (*lock == -1) {
                return wxl_store_io_fail(err, path, "open the lock");
            }
        }
        if (flock(*lock, LOCK_EX | LOCK_NB) == 0) {
            if (still_there(dir, *lock)) {
                *waited_ms = wxl_clock_ms(CLOCK_MONOTONIC) - began;
                return WXL_OK;
            }
            close(*lock);
            *lock = -1;
        } else if (errno != EWOULDBLOCK && errno != EINTR) {
            st = wxl_store_io_fail(err, path, "lock");
            break;
        }
        if (wxl_clock_ms(CLOCK_MONOTONIC) - began >= wait_ms) {
            st = wxl_fail(err, WXL_E_TIMEOUT, 0,
                          "another process holds the lock of %s for more than %" PRId64 " ms; "
                          "has one been stopped?",
                          path, wait_ms);
            break;
        }
        nanosleep(&pause, NULL);
        pause.tv_nsec = pause.tv_nsec < PAUSE_MAX_NS / 2 ? pause.tv_nsec * 2 : PAUSE_MAX_NS;
    }
    if (*lock != -1) {
        close(*lock);
        *lock = -1;
    }
    return st;
}
