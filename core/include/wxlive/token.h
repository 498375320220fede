/* The access token's life as a state machine: no I/O, no clock, no callbacks.
 *
 * A cell is what all calls of one appid share in a process: the token, when it dies, whether
 * somebody is fetching. A flight is one call's wish for a token. The caller asks wxl_token_next what
 * to do, does it (in Lua, where a store or a fetch may yield) and feeds back what came of it, until
 * the step is USE or FAIL:
 *
 *     READ      read the store                 -> wxl_token_stored
 *     LOCK      try to take the refresh lock   -> wxl_token_locked
 *     RATION    ask for a forced refresh       -> wxl_token_rationed
 *     FETCH     ask the platform               -> wxl_token_fetched or wxl_token_fetch_failed
 *     WRITE     keep the new token in the store, PUBLISH the failure there: just go on
 *     UNLOCK    give the lock back: just go on
 *     WAIT      sleep, then go on
 *
 * What holds: one fetch at a time per cell and, through the lock, per store. A fresh token costs one
 * comparison (wxl_token_peek). A token that is growing old is replaced by one caller while the others
 * go on with it. When a fetch fails, those who wait get that failure instead of trying one by one.
 * A refused token is first compared with the cell and the store, where somebody has usually put a
 * newer one; then fetched plainly; only when that brings the very same token is a forced refresh
 * asked for, which the platform rations (20 a day, 30 s apart).
 *
 * Times are milliseconds of one wall clock that the caller reads. A clock that jumps makes a token
 * look stale, never fresh. Single-threaded: one cell belongs to one Lua state.
 * Facts: getAccessToken and getStableAccessToken of the official pages (7200 s; in the last 5 minutes
 * the stable call hands out the next token and both are good; a plain fetch leaves the former one
 * about 5 minutes). */
#ifndef WXLIVE_TOKEN_H
#define WXLIVE_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "wxlive/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WXL_TOKEN_MAX 2048 /* bytes; the platform asks for room for 512 */

struct wxl_token_config {
    int64_t margin_ms;  /* refresh ahead when less than this is left */
    int64_t reserve_ms; /* never use a token that has less than this left */
    int64_t failure_ms; /* how long a failed fetch is the answer for those who wait */
    int64_t wait_ms;    /* mean of a wait for somebody else's fetch; up to half is jitter */
    int shared;         /* 0: no store (READ, LOCK, WRITE, PUBLISH, UNLOCK never come) */
    int needs_lock;     /* 1: a fetch kills the former token, so never fetch without the lock */
    int can_force;      /* 1: a forced refresh exists (stable tokens) */
};

/* Settings for stable (plain = 0) or plain tokens; jitter in [0, 1) spreads the refreshes of many
 * processes over a minute. */
void wxl_token_defaults(struct wxl_token_config *config, int plain, double jitter);

struct wxl_token_cell;

/* NULL when memory is short. Free only when no flight of it is under way. */
struct wxl_token_cell *wxl_token_cell_new(const struct wxl_token_config *config);
void wxl_token_cell_free(struct wxl_token_cell *cell);

/* The token when it is fresh, and its length; else NULL. Valid until the next call on the cell. */
const char *wxl_token_peek(const struct wxl_token_cell *cell, int64_t now, size_t *len);

/* When the cell's token dies, or 0 when it holds none. */
int64_t wxl_token_expires(const struct wxl_token_cell *cell);

enum wxl_token_step {
    WXL_TOKEN_USE,
    WXL_TOKEN_READ,
    WXL_TOKEN_LOCK,
    WXL_TOKEN_RATION,
    WXL_TOKEN_FETCH,
    WXL_TOKEN_WRITE,
    WXL_TOKEN_PUBLISH,
    WXL_TOKEN_UNLOCK,
    WXL_TOKEN_WAIT,
    WXL_TOKEN_FAIL
};

enum wxl_token_failure {
    WXL_TOKEN_F_NONE,
    WXL_TOKEN_F_FETCH,    /* this flight's fetch failed */
    WXL_TOKEN_F_SHARED,   /* somebody's fetch failed just now: theirs is the answer */
    WXL_TOKEN_F_DEADLINE, /* somebody else is fetching and the time is up */
    WXL_TOKEN_F_STORE,    /* the lock could not be asked for and this mode needs it */
    WXL_TOKEN_F_RATION    /* only a forced refresh could help and the ration is spent */
};

enum wxl_token_phase {
    WXL_TOKEN_P_START,
    WXL_TOKEN_P_READ,
    WXL_TOKEN_P_LOCK,
    WXL_TOKEN_P_REREAD,
    WXL_TOKEN_P_RATION,
    WXL_TOKEN_P_FETCH,
    WXL_TOKEN_P_WRITE,
    WXL_TOKEN_P_PUBLISH,
    WXL_TOKEN_P_UNLOCK,
    WXL_TOKEN_P_END
};

/* Public only so that it can live in the caller's memory; touch it through the functions. */
struct wxl_token_flight {
    struct wxl_token_cell *cell;
    enum wxl_token_phase phase;
    enum wxl_token_failure failure;
    int64_t deadline;
    char *refused; /* the refused token */
    size_t refused_len;
    int leads;  /* this flight is the one that refreshes in this process */
    int locked; /* it holds the store's lock */
    int force;
    unsigned random;
};

/* Starts a flight. refused (may be NULL) is the token that the platform has just refused; it is
 * copied. WXL_E_NOMEM leaves nothing to end. The cell must outlive the flight. */
WXL_NODISCARD enum wxl_status wxl_token_begin(struct wxl_token_flight *f,
                                              struct wxl_token_cell *cell, int64_t deadline,
                                              const char *refused, size_t refused_len,
                                              unsigned random);

/* Ends it, at any point. When it held the store's lock the caller lets that expire or unlocks. */
void wxl_token_end(struct wxl_token_flight *f);

/* What to do next. *wait_ms is set for WAIT. After USE wxl_token_of gives the token; after FAIL
 * f->failure says why. */
enum wxl_token_step wxl_token_next(struct wxl_token_flight *f, int64_t now, int64_t *wait_ms);

/* The token to use after USE or to store at WRITE; valid until the cell changes. */
const char *wxl_token_of(const struct wxl_token_flight *f, size_t *len);

/* Answers to the steps. A token that is not 1 to WXL_TOKEN_MAX printable bytes counts as none.
 * wxl_token_stored: len 0 says that the store held none, failed 1 that a failure was published.
 * wxl_token_locked: 1 taken, 0 somebody has it, -1 the store failed. */
WXL_NODISCARD enum wxl_status wxl_token_stored(struct wxl_token_flight *f, int64_t now,
                                               const char *token, size_t len, int64_t expires_at,
                                               int failed);
void wxl_token_locked(struct wxl_token_flight *f, int got);
void wxl_token_rationed(struct wxl_token_flight *f, int allowed);
WXL_NODISCARD enum wxl_status wxl_token_fetched(struct wxl_token_flight *f, int64_t now,
                                                const char *token, size_t len, int64_t life_ms);
void wxl_token_fetch_failed(struct wxl_token_flight *f, int64_t now);

#ifdef __cplusplus
}
#endif

#endif
