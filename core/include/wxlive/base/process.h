/* Names a process so that another one can tell later whether it is over, and names the run of the
 * machine (from boot to boot) whose clock measures how old something is.
 *
 * A process id comes again and means something else in another container or on another machine. A
 * mark therefore holds the boot, the namespace of process ids, the id and the time at which the
 * process started. A process is never reported as over when the system does not know.
 *
 * No state; safe from any thread. */
#ifndef WXLIVE_PROCESS_H
#define WXLIVE_PROCESS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WXL_PROCESS_MARK_MAX 80 /* bytes, the NUL included */
#define WXL_BOOT_MARK_MAX 17

/* The mark of this process (letters, digits, ':'), or "" where the system does not show enough. */
void wxl_process_mark(char mark[WXL_PROCESS_MARK_MAX]);

/* 1 when the process of a mark is known to have ended: it was on this machine since its last boot,
 * and no such process runs, or only its remains wait for a parent. 0 when it runs, when it is of
 * another machine or container, and when the text is not a mark. */
int wxl_process_is_over(const char *mark, size_t len);

/* The mark of this run of the machine, or "" where the system has none. */
void wxl_boot_mark(char mark[WXL_BOOT_MARK_MAX]);

/* Milliseconds since boot, sleep included: the same clock for all processes of a boot. */
int64_t wxl_boot_time(void);

#ifdef __cplusplus
}
#endif

#endif
