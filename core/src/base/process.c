#include "wxlive/base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "base/sum.h"
#include "wxlive/base/clock.h"

#define STAT_MAX 1024
#define LINK_MAX_BYTES 64
#define START_FIELD 22 /* of a stat file, whose second field, in brackets, may hold anything */

/* Reads the beginning of a small file; how many bytes, 0 when there is none. */
static size_t read_start(const char *path, char *out, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = -1;

    if (fd == -1) {
        return 0;
    }
    do {
        n = read(fd, out, size);
    } while (n == -1 && errno == EINTR);
    close(fd);
    return n > 0 ? (size_t)n : 0;
}

/* A sum over the boot and, by name, one of the namespaces; 0 when the boot is not known. */
static uint64_t boot_sum(const char *namespace)
{
    char text[LINK_MAX_BYTES];
    uint64_t sum = WXL_SUM_START;
    size_t n = read_start("/proc/sys/kernel/random/boot_id", text, sizeof text);
    ssize_t k;

    if (n == 0) {
        return 0;
    }
    sum = wxl_sum(sum, text, n);
    k = readlink(namespace, text, sizeof text);
    return k > 0 ? wxl_sum(sum, text, (size_t)k) : sum;
}

/* Reads state and start of a process, by way of its first thread; 0 when the system does not show
 * them. Under qemu-user a process that reads its own /proc/PID/stat is given a made-up one, with
 * another start than other processes read. */
static int look_at(long pid, char *state, uint64_t *start)
{
    char path[64];
    char text[STAT_MAX];
    const char *at;
    size_t n;
    int field;

    (void)snprintf(path, sizeof path, "/proc/%ld/task/%ld/stat", pid, pid);
    n = read_start(path, text, sizeof text - 1);
    text[n] = '\0';
    at = strrchr(text, ')');
    if (!at || at[1] != ' ') {
        return 0;
    }
    at += 2;
    *state = *at;
    for (field = 3; field < START_FIELD; field++) {
        at = strchr(at, ' ');
        if (!at) {
            return 0;
        }
        at++;
    }
    *start = strtoull(at, NULL, 10);
    return *start > 0;
}

void wxl_process_mark(char mark[WXL_PROCESS_MARK_MAX])
{
    uint64_t where = boot_sum("/proc/self/ns/pid");
    uint64_t start = 0;
    char state = 0;
    long pid = (long)getpid();

    mark[0] = '\0';
    if (where && look_at(pid, &state, &start)) {
        (void)snprintf(mark, WXL_PROCESS_MARK_MAX, "%016" PRIx64 ":%ld:%" PRIu64, where, pid,
                       start);
    }
}

int wxl_process_is_over(const char *mark, size_t len)
{
    char text[WXL_PROCESS_MARK_MAX];
    uint64_t where = 0;
    uint64_t started = 0;
    uint64_t start = 0;
    char state = 0;
    long pid = 0;
    int used = 0;

    if (len == 0 || len >= sizeof text) {
        return 0;
    }
    memcpy(text, mark, len);
    text[len] = '\0';
    /* NOLINTNEXTLINE(cert-err34-c): the widths keep every number inside its type */
    if (sscanf(text, "%16" SCNx64 ":%9ld:%18" SCNu64 "%n", &where, &pid, &started, &used) != 3 ||
        (size_t)used != len || pid <= 0 || where == 0 || where != boot_sum("/proc/self/ns/pid")) {
        return 0;
    }
    if (kill((pid_t)pid, 0) == -1 && errno == ESRCH) {
        return 1;
    }
    return look_at(pid, &state, &start) && (start != started || state == 'Z' || state == 'X');
}

void wxl_boot_mark(char mark[WXL_BOOT_MARK_MAX])
{
    uint64_t sum = boot_sum("/proc/self/ns/time");

    mark[0] = '\0';
    if (sum) {
        (void)snprintf(mark, WXL_BOOT_MARK_MAX, "%016" PRIx64, sum);
    }
}

int64_t wxl_boot_time(void)
{
    struct timespec ts = wxl_clock_steady();

    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
