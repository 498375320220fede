/* The access token's life as a state machine: no I/O, no clock of its own, no callbacks.
 *
 * A cell is what all calls of one appid share in a process: the token, when it dies, who is
 * fetching the next one, what was refused, what failed. A flight is one call's request for a token.
 * The caller asks wxl_token_next what to do, does it (in Lua, where a store or a fetch may yield),
 * reports the result, and asks again, until the action is USE or FAIL:
 *
 *     READ      read the stored token         -> wxl_token_stored, or wxl_token_store_failed
 *     CHECK     read the published failure    -> wxl_token_checked, or wxl_token_store_failed
 *     LOCK      try to take the refresh lock  -> wxl_token_locked, or wxl_token_store_failed
 *     TAKE      take it from its holder       -> wxl_token_locked, or wxl_token_store_failed
 *     RATION    ask for a forced refresh      -> wxl_token_rationed
 *     FETCH     ask the platform              -> wxl_token_fetched, or wxl_token_fetch_failed
 *     WRITE     store the new token: just go on
 *     PUBLISH   store the failure, for callers that wait in other processes: just go on
 *     UNLOCK    give the lock back: just go on
 *     WAIT      sleep, then go on
 *
 * An action that wants an answer is asked for again until it gets one. A flight may be ended at any
 * point: it gives up the lead at once, and its lock in the store runs out.
 *
 * What holds
 *   One fetch at a time in a process through the cell's lead, and among processes through the
 *   store's lock. Both are leases of lock_ms (15 s; plain: 8 s), longer than a fetch may take
 *   (fetch_ms: 10 s; plain: 6 s). A holder that is known to be dead is replaced at once. A holder
 *   of which nothing is known is replaced when its lease ends and, unless the mode is plain, when a
 *   waiting flight has spent half of its time on it: a stable token that is fetched twice is the
 *   same token, so a dead holder never costs a caller the whole of its time. A leader that comes
 *   back after its lease stores nothing.
 *   A token with time left costs one look at the cell (wxl_token_peek): no store, no allocation.
 *   A token that grows old is replaced by one flight while all others go on using it; no caller
 *   waits for a refresh ahead, and its fetch takes half of its caller's time at most.
 *   When a fetch fails, its waiting callers get that failure, and so do the callers of the next
 *   seconds, here and in other processes. A failure that comes of the caller's own short
 *   deadline or of its being cancelled is its own.
 *   A refused token is compared with the cell, then with the store, where another process has
 *   usually put a newer one; then fetched plainly; and only when that brings the very same token
 *   again is a forced refresh asked for, which the platform rations (20 a day, 30 s apart). A
 *   flight fetches once plainly and once by force at most, unless its new token is refused by
 *   another call before it can be used.
 *
 * Margins, from the official pages of getAccessToken and getStableAccessToken
 *   stable    the platform hands out the next token during the last 300 s, the old one staying
 *             good. Refresh when 200 to 280 s are left (by chance): earlier is in vain.
 *   plain     a fetch replaces the token, the old one staying good for about 300 s. Refresh when
 *             480 to 600 s are left: so every other process looks into the store within 120 s.
 *   provider  a function of the user's. Refresh when 200 to 280 s are left.
 *   A token that lived shorter to begin with is refreshed when half of its life is left. The last
 *   5 s (a tenth of a short life) are not used: a request takes time.
 *
 * When the store fails
 *   stable tokens go on without it: every process is given the same token anyhow.
 *   plain tokens do not: a fetch without the lock would kill the token of another process. The
 *   one at hand is used while it lives; then it is an error.
 *
 * Clocks: two, in milliseconds. `wall` is compared with what is stored, `mono` never jumps, and a
 * token counts as good only while both say so. A stored end that is further away than any token
 * lives, or a fetch that lies in the future, is a clock that jumped: that entry counts as absent.
 *
 * Tokens are wiped from memory when they are replaced. Single-threaded: a cell belongs to one Lua
 * state. */
#ifndef WXLIVE_TOKEN_H
#define WXLIVE_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "wxlive/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WXL_TOKEN_MAX 2048 /* bytes; the platform asks for room for 512 */

enum wxl_token_mode { WXL_TOKEN_STABLE, WXL_TOKEN_PLAIN, WXL_TOKEN_PROVIDER };

struct wxl_token_clock {
    int64_t wall; /* ms since 1970 */
    int64_t mono; /* ms from any start; never goes back */
};

struct wxl_token_config {
    enum wxl_token_mode mode;
    int shared;            /* 0: no store; READ, CHECK, LOCK, WRITE, PUBLISH, UNLOCK never come */
    int64_t margin_ms;     /* refresh ahead when this is left ... */
    int64_t spread_ms;     /* ... or up to this much less, by chance */
    int64_t reserve_ms;    /* the last part of a life, which is not used */
    int64_t again_ms;      /* between two tries to refresh ahead */
    int64_t lock_ms;       /* how long a lead and the store's lock last */
    int64_t fetch_ms;      /* how long a fetch may take */
    int64_t wait_ms;       /* the first wait for another caller's fetch; later ones grow ... */
    int64_t wait_max_ms;   /* ... up to this; each is spread by half */
    int takeover;          /* a flight takes the lead or the lock after half of its time */
    int64_t failure_ms;    /* how long a temporary failure answers later callers, too */
    int64_t lasting_ms;    /* the same for one that a person must fix: a wrong secret, say */
    int64_t refused_ms;    /* how long a refused token is not taken again: a provider, which has no
                              store, may know that its token is good after all */
    int64_t ration_max_ms; /* as lasting_ms, at most, for a forced refresh that is not granted */
    int64_t contest_ms;    /* plain: a token that replaced a refused one and is refused within this
                              time is reported instead of replaced; 0: never */
};

/* Fills in the defaults of a mode, as described above. */
void wxl_token_defaults(struct wxl_token_config *config, enum wxl_token_mode mode);

struct wxl_token_cell;

/* WXL_E_ARG when a fetch may take longer than the lock lasts, or a time is not positive. seed is
 * used only to spread times. The memory is freed with the cell or with its last flight, whichever
 * is later. */
WXL_NODISCARD enum wxl_status wxl_token_cell_new(const struct wxl_token_config *config,
                                                 uint32_t seed, struct wxl_token_cell **out);
void wxl_token_cell_free(struct wxl_token_cell *cell);

/* The number of the cell's token when it can be used with nothing else to do, else 0. Every token
 * that enters a cell has a number of its own, so that a caller may keep the text beside it. */
uint64_t wxl_token_peek(const struct wxl_token_cell *cell, struct wxl_token_clock now);

/* Whether the cell's token may be used, though it may be time to replace it. */
int wxl_token_usable(const struct wxl_token_cell *cell, struct wxl_token_clock now);

/* The cell's token and its length (NULL and 0 when it holds none), valid until the next call on the
 * cell or a flight of it; and when it dies, in wall milliseconds, or 0. */
const char *wxl_token_text(const struct wxl_token_cell *cell, size_t *len);
int64_t wxl_token_expires(const struct wxl_token_cell *cell);

enum wxl_token_action {
    WXL_TOKEN_USE,
    WXL_TOKEN_FAIL,
    WXL_TOKEN_READ,
    WXL_TOKEN_CHECK,
    WXL_TOKEN_LOCK,
    WXL_TOKEN_TAKE,
    WXL_TOKEN_RATION,
    WXL_TOKEN_FETCH,
    WXL_TOKEN_WRITE,
    WXL_TOKEN_PUBLISH,
    WXL_TOKEN_UNLOCK,
    WXL_TOKEN_WAIT
};

enum wxl_token_failure {
    WXL_TOKEN_F_NONE,
    WXL_TOKEN_F_FETCH,     /* this flight's fetch failed */
    WXL_TOKEN_F_SHARED,    /* another caller's fetch failed: its failure is the answer */
    WXL_TOKEN_F_DEADLINE,  /* the caller's time is up, and another caller is still fetching */
    WXL_TOKEN_F_STORE,     /* plain mode: the store failed, so that nothing may be fetched */
    WXL_TOKEN_F_BAD_TOKEN, /* the fetched text is not a token, or had already ended */
    WXL_TOKEN_F_SAME,      /* the token that was refused is handed out again */
    WXL_TOKEN_F_RATION,    /* only a forced refresh could help, and the ration is spent */
    WXL_TOKEN_F_CONTESTED  /* the token was replaced a moment ago and is refused again */
};

/* How a fetch failed: it may pass; a person must act; it concerns this caller alone. */
enum wxl_token_cause { WXL_TOKEN_PASSING, WXL_TOKEN_LASTING, WXL_TOKEN_PRIVATE };

/* What an action needs to know. */
struct wxl_token_ask {
    int64_t wait_ms;    /* WAIT */
    int64_t timeout_ms; /* FETCH: how long it may take */
    int cut;            /* FETCH: the timeout is shorter than fetch_ms: time is short */
    int force;          /* FETCH */
    int64_t keep_ms;    /* PUBLISH: how long; LOCK, TAKE: for how long */
    int gone;           /* TAKE: the holder is dead; 0: it has taken too long */
    enum wxl_token_failure failure; /* FAIL, PUBLISH, and USE when a refresh ahead failed */
};

struct wxl_token_flight;

/* Starts a flight that must end by deadline_mono. refused (may be NULL) is the token that the
 * platform has just refused; it is copied. WXL_E_ARG when it is longer than a token can be. */
WXL_NODISCARD enum wxl_status wxl_token_begin(struct wxl_token_cell *cell,
                                              struct wxl_token_clock now, int64_t deadline_mono,
                                              const char *refused, size_t refused_len,
                                              struct wxl_token_flight **out);
void wxl_token_end(struct wxl_token_flight *f); /* f may be NULL */

/* beside: the rest of the flight is left to a job that runs beside the caller, or never runs: the
 * lead ends after a second unless the flight goes on, and its fetch has fetch_ms, whatever the
 * deadline. 0 takes that back: no such job could be started. */
void wxl_token_adjourn(struct wxl_token_flight *f, struct wxl_token_clock now, int beside);

/* What to do next. After USE the token is that of the cell, wxl_token_text. USE and FAIL stay. */
enum wxl_token_action wxl_token_next(struct wxl_token_flight *f, struct wxl_token_clock now,
                                     struct wxl_token_ask *ask);

/* Answers to the actions. An answer that was not asked for is ignored.
 * Stored: len 0 says that there was none. WXL_E_NOMEM leaves the action open. */
WXL_NODISCARD enum wxl_status wxl_token_stored(struct wxl_token_flight *f,
                                               struct wxl_token_clock now, const char *token,
                                               size_t len, int64_t expires_wall,
                                               int64_t fetched_wall);
void wxl_token_checked(struct wxl_token_flight *f, struct wxl_token_clock now, int failed);

/* To LOCK and TAKE. holder: who holds the lock now, this flight or another one; len 0 says that it
 * is not known. gone: that holder is known to be dead. */
void wxl_token_locked(struct wxl_token_flight *f, struct wxl_token_clock now, int taken,
                      const char *holder, size_t len, int gone);
void wxl_token_store_failed(struct wxl_token_flight *f, struct wxl_token_clock now);

/* wait_ms 0: a forced refresh is allowed now; else it may be asked for again after so long. */
void wxl_token_rationed(struct wxl_token_flight *f, struct wxl_token_clock now, int64_t wait_ms);

/* A token of 1 to WXL_TOKEN_MAX printable characters other than space is taken; anything else
 * counts as a failed fetch. Its life is counted from the moment the fetch was asked for. */
WXL_NODISCARD enum wxl_status wxl_token_fetched(struct wxl_token_flight *f,
                                                struct wxl_token_clock now, const char *token,
                                                size_t len, int64_t life_ms);
void wxl_token_fetch_failed(struct wxl_token_flight *f, struct wxl_token_clock now,
                            enum wxl_token_cause cause);

#ifdef __cplusplus
}
#endif

#endif
