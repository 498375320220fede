#include "wxlive/token.h"

#include <string.h>

#include "token/cell.h"
#include "wxlive/base/alloc.h"

#define CLOCK_SKEW INT64_C(60000) /* how far the clocks of two machines may be apart */
#define ELSEWHERE INT64_C(3000)   /* next look at a refresh ahead that runs in another process */
#define HANDOVER INT64_C(1000)    /* how long a job that was handed over may take to begin */
#define PATIENCE_MIN INT64_C(250) /* no flight is replaced sooner, however hurried the caller is */

enum phase {
    START,
    READ,
    CHECK,
    LOCK,
    TAKE,
    REREAD,
    RECHECK,
    RATION,
    FETCH,
    WRITE,
    PUBLISH,
    UNLOCK,
    PAUSE,
    LEAVE,
    OVER
};

struct wxl_token_flight {
    struct wxl_token_cell *cell;
    uint64_t ticket;
    enum phase phase;
    enum wxl_token_failure failure;
    int64_t began;
    int64_t deadline;
    int unhurried;     /* it runs beside its caller: the fetch does not keep to the deadline */
    int gone;          /* the lock's holder is dead */
    uint64_t failures; /* the cell's count when the flight began */
    struct wxl_secret refused;
    int64_t wait_ms;
    int64_t keep_ms; /* of a failure that is published */
    int storeless;   /* the store failed, and this mode goes on without it */
    int locked;
    int64_t locked_mono;
    int contested; /* the refused token had replaced another refused one a moment ago */
    int force;
    int again; /* the token was refused before it could be used, and a second round has begun */
    struct wxl_token_clock asked; /* when the fetch was asked for */
};

enum wxl_status wxl_token_begin(struct wxl_token_cell *cell, struct wxl_token_clock now,
                                int64_t deadline_mono, const char *refused, size_t refused_len,
                                struct wxl_token_flight **out)
{
    struct wxl_token_flight *f;

    *out = NULL;
    if (refused && refused_len > WXL_TOKEN_MAX) {
        return WXL_E_ARG;
    }
    f = wxl_calloc(1, sizeof *f);
    if (!f) {
        return WXL_E_NOMEM;
    }
    if (refused) {
        if (wxl_secret_set(&f->refused, refused, refused_len) != WXL_OK) {
            wxl_free(f);
            return WXL_E_NOMEM;
        }
        f->contested = wxl_cell_refuse(cell, now, refused, refused_len);
    }
    f->cell = cell;
    f->ticket = ++cell->tickets;
    f->began = now.mono;
    f->deadline = deadline_mono;
    f->failures = cell->failures;
    f->wait_ms = cell->config.wait_ms;
    cell->refs++;
    *out = f;
    return WXL_OK;
}

static int leads(const struct wxl_token_flight *f)
{
    return f->cell->leader == f->ticket;
}

static void step_down(struct wxl_token_flight *f)
{
    if (leads(f)) {
        f->cell->leader = 0;
    }
}

void wxl_token_end(struct wxl_token_flight *f)
{
    if (f) {
        step_down(f);
        wxl_token_cell_free(f->cell);
        wxl_secret_wipe(&f->refused);
        wxl_free(f);
    }
}

void wxl_token_adjourn(struct wxl_token_flight *f, struct wxl_token_clock now, int beside)
{
    f->unhurried = beside;
    if (beside && leads(f)) {
        f->cell->lead_mono = now.mono + HANDOVER;
    }
}

/* When the flight has spent half of its time, as far as it was there together with the one that it
 * waits for, which is there since `since`. */
static int64_t patience_end(const struct wxl_token_flight *f, int64_t since)
{
    int64_t from = since > f->began ? since : f->began;
    int64_t half = (f->deadline - from) / 2;

    return from + (half > PATIENCE_MIN ? half : PATIENCE_MIN);
}

static int impatient(const struct wxl_token_flight *f, struct wxl_token_clock now, int64_t since)
{
    return f->cell->config.takeover && now.mono >= patience_end(f, since) && now.mono < f->deadline;
}

/* Whether a token is known to be refused, by this flight or by another one lately. */
static int is_refused(const struct wxl_token_flight *f, struct wxl_token_clock now,
                      const char *text, size_t len)
{
    return wxl_secret_is(&f->refused, text, len) ||
           (now.mono < f->cell->refused_mono && wxl_secret_is(&f->cell->refused, text, len));
}

/* The cell drops a refused token; therefore it never holds one. */
static int usable(const struct wxl_token_flight *f, struct wxl_token_clock now)
{
    return wxl_token_usable(f->cell, now);
}

static void leave(struct wxl_token_flight *f, enum wxl_token_failure why)
{
    f->failure = why;
    f->phase = UNLOCK;
}

/* Whether this flight still holds the store's lock: it loses the lock when the lease ends. */
static int holds_lock(const struct wxl_token_flight *f, struct wxl_token_clock now)
{
    return f->locked && now.mono - f->locked_mono < f->cell->config.lock_ms;
}

/* Ends the flight with a failure, which others get for ms milliseconds, too, through the store if it
 * works. A flight that another one has replaced fails alone. */
static void fail_for(struct wxl_token_flight *f, struct wxl_token_clock now,
                     enum wxl_token_failure why, int64_t ms)
{
    leave(f, why);
    if (usable(f, now)) {
        wxl_cell_postpone(f->cell, now, f->cell->config.again_ms);
    } else if (leads(f)) {
        wxl_cell_note_failure(f->cell, now, ms);
    }
    if (holds_lock(f, now) && !f->storeless) {
        f->keep_ms = ms;
        f->phase = PUBLISH;
    }
}

static enum wxl_token_action wait_a_while(struct wxl_token_flight *f, struct wxl_token_clock now,
                                          struct wxl_token_ask *ask)
{
    int64_t ms = f->wait_ms / 2 + wxl_cell_chance(f->cell, f->wait_ms + 1);

    ask->wait_ms = wxl_token_least(ms > 0 ? ms : 1, f->deadline - now.mono);
    f->wait_ms = wxl_token_least(f->wait_ms + f->wait_ms / 2 + 1, f->cell->config.wait_max_ms);
    return WXL_TOKEN_WAIT;
}

static enum wxl_token_action over(struct wxl_token_flight *f, struct wxl_token_ask *ask,
                                  enum wxl_token_action action)
{
    step_down(f);
    f->phase = OVER;
    ask->failure = f->failure;
    return action;
}

/* Where a flight looks first, and looks again after it waited for another one of this process. */
static enum wxl_token_action start(struct wxl_token_flight *f, struct wxl_token_clock now,
                                   struct wxl_token_ask *ask)
{
    struct wxl_token_cell *cell = f->cell;

    if (usable(f, now) && (f->refused.text || wxl_token_peek(cell, now))) {
        f->failure = WXL_TOKEN_F_NONE;
        return over(f, ask, WXL_TOKEN_USE);
    }
    if (wxl_cell_led(cell, now) && !impatient(f, now, cell->led_mono)) {
        if (now.mono >= f->deadline) {
            f->failure = WXL_TOKEN_F_DEADLINE;
            return over(f, ask, WXL_TOKEN_FAIL);
        }
        return wait_a_while(f, now, ask);
    }
    if (!usable(f, now) && (cell->failures != f->failures || now.mono < cell->failed_mono)) {
        f->failure = WXL_TOKEN_F_SHARED;
        return over(f, ask, WXL_TOKEN_FAIL);
    }
    wxl_cell_lead(cell, now, f->ticket);
    f->phase = cell->config.shared ? READ : FETCH;
    return wxl_token_next(f, now, ask);
}

static enum wxl_token_action fetch(struct wxl_token_flight *f, struct wxl_token_clock now,
                                   struct wxl_token_ask *ask)
{
    const struct wxl_token_config *c = &f->cell->config;
    int64_t left = f->unhurried ? c->fetch_ms : f->deadline - now.mono;

    if (!f->unhurried && usable(f, now)) {
        /* A refresh ahead must not cost its caller the whole of the time that its call has. */
        left /= 2;
    }
    if (f->locked) {
        left = wxl_token_least(left, c->lock_ms - (now.mono - f->locked_mono));
    }
    if (left <= 0) {
        leave(f, WXL_TOKEN_F_DEADLINE);
        return wxl_token_next(f, now, ask);
    }
    ask->timeout_ms = wxl_token_least(left, c->fetch_ms);
    ask->cut = left < c->fetch_ms;
    ask->force = f->force;
    f->asked = now;
    return WXL_TOKEN_FETCH;
}

/* The end of a flight: use the token in the cell, or report why there is none. */
static enum wxl_token_action land(struct wxl_token_flight *f, struct wxl_token_clock now,
                                  struct wxl_token_ask *ask)
{
    if (usable(f, now)) {
        return over(f, ask, WXL_TOKEN_USE);
    }
    if (f->failure == WXL_TOKEN_F_NONE && !f->again) {
        /* The token was refused or expired while it was being stored: it is fetched again. */
        f->again = 1;
        step_down(f);
        f->phase = START;
        f->force = 0;
        return wxl_token_next(f, now, ask);
    }
    if (f->failure == WXL_TOKEN_F_NONE) {
        f->failure = WXL_TOKEN_F_BAD_TOKEN;
    }
    return over(f, ask, WXL_TOKEN_FAIL);
}

enum wxl_token_action wxl_token_next(struct wxl_token_flight *f, struct wxl_token_clock now,
                                     struct wxl_token_ask *ask)
{
    memset(ask, 0, sizeof *ask);
    if (leads(f)) {
        f->cell->lead_mono = now.mono + f->cell->config.lock_ms;
    }
    switch (f->phase) {
    case START:
        return start(f, now, ask);
    case READ:
    case REREAD:
        return WXL_TOKEN_READ;
    case CHECK:
    case RECHECK:
        return WXL_TOKEN_CHECK;
    case LOCK:
    case TAKE:
        f->locked_mono = now.mono; /* counted from before it is asked for */
        ask->keep_ms = f->cell->config.lock_ms;
        ask->gone = f->gone;
        return f->phase == LOCK ? WXL_TOKEN_LOCK : WXL_TOKEN_TAKE;
    case PAUSE:
        if (now.mono >= f->deadline) {
            leave(f, WXL_TOKEN_F_DEADLINE);
            return wxl_token_next(f, now, ask);
        }
        f->phase = READ;
        return wait_a_while(f, now, ask);
    case RATION:
        return WXL_TOKEN_RATION;
    case FETCH:
        return fetch(f, now, ask);
    case WRITE:
        f->phase = UNLOCK;
        /* A leader whose lock has ended stores nothing, because it might overwrite a newer
         * token. */
        if (holds_lock(f, now)) {
            return WXL_TOKEN_WRITE;
        }
        return wxl_token_next(f, now, ask);
    case PUBLISH:
        f->phase = UNLOCK;
        ask->keep_ms = f->keep_ms;
        ask->failure = f->failure;
        return WXL_TOKEN_PUBLISH;
    case UNLOCK:
        f->phase = LEAVE;
        if (f->locked) {
            f->locked = 0;
            return WXL_TOKEN_UNLOCK;
        }
        return wxl_token_next(f, now, ask);
    case LEAVE:
        return land(f, now, ask);
    case OVER:
    default:
        ask->failure = f->failure;
        return f->failure == WXL_TOKEN_F_NONE || usable(f, now) ? WXL_TOKEN_USE : WXL_TOKEN_FAIL;
    }
}

/* ---- answers --------------------------------------------------------------------------------- */

/* How long ago it was fetched; a time that is not known counts as now. */
static int64_t age(int64_t now, int64_t fetched)
{
    return fetched > 0 && fetched < now ? now - fetched : 0;
}

/* Whether an entry of the store can be believed and used. */
static int believable(const struct wxl_token_flight *f, struct wxl_token_clock now,
                      const char *text, size_t len, int64_t end_wall, int64_t fetched_wall)
{
    return wxl_token_acceptable(text, len) && end_wall > now.wall &&
           end_wall - now.wall <= WXL_TOKEN_LIFE_MAX && fetched_wall <= now.wall + CLOCK_SKEW &&
           !is_refused(f, now, text, len);
}

enum wxl_status wxl_token_stored(struct wxl_token_flight *f, struct wxl_token_clock now,
                                 const char *token, size_t len, int64_t expires_wall,
                                 int64_t fetched_wall)
{
    struct wxl_token_cell *cell = f->cell;
    struct wxl_token_clock end = {expires_wall, now.mono};
    enum wxl_status st;

    if (f->phase != READ && f->phase != REREAD) {
        return WXL_OK;
    }
    if (len && believable(f, now, token, len, expires_wall, fetched_wall) &&
        (!usable(f, now) || expires_wall > cell->end_wall ||
         wxl_secret_is(&cell->token, token, len))) {
        end.mono += expires_wall - now.wall;
        st = wxl_cell_adopt(cell, now, token, len, end, age(now.wall, fetched_wall));
        if (st != WXL_OK) {
            return st;
        }
    }
    if (usable(f, now) && (f->refused.text || wxl_cell_fresh(cell, now))) {
        leave(f, WXL_TOKEN_F_NONE);
    } else if (usable(f, now) &&
               now.mono - cell->asked_mono <
                   wxl_token_least(cell->config.again_ms, (cell->use_mono - now.mono) / 2)) {
        /* Growing old, but the platform was asked a moment ago and had nothing newer. */
        wxl_cell_postpone(cell, now, cell->config.again_ms);
        leave(f, WXL_TOKEN_F_NONE);
    } else {
        f->phase = f->phase == READ ? CHECK : RECHECK;
    }
    return WXL_OK;
}

void wxl_token_checked(struct wxl_token_flight *f, struct wxl_token_clock now, int failed)
{
    struct wxl_token_cell *cell = f->cell;

    if (f->phase != CHECK && f->phase != RECHECK) {
        return;
    }
    if (failed) {
        if (usable(f, now)) {
            wxl_cell_postpone(cell, now, cell->config.again_ms);
        } else {
            wxl_cell_note_failure(cell, now, cell->config.failure_ms);
        }
        leave(f, WXL_TOKEN_F_SHARED);
    } else if (f->contested) {
        wxl_cell_note_failure(cell, now, cell->config.ration_max_ms);
        leave(f, WXL_TOKEN_F_CONTESTED);
    } else {
        f->phase = f->phase == CHECK ? LOCK : FETCH;
    }
}

void wxl_token_locked(struct wxl_token_flight *f, struct wxl_token_clock now, int taken,
                      const char *holder, size_t len, int gone)
{
    int64_t since;

    if (f->phase != LOCK && f->phase != TAKE) {
        return;
    }
    since = wxl_cell_holder_since(f->cell, now, holder, len);
    f->gone = gone && len;
    if (taken) {
        /* The last holder of the lock may have refreshed the token, or failed: look once more. */
        f->locked = 1;
        f->phase = REREAD;
    } else if (f->phase == LOCK &&
               (f->gone || (len && !usable(f, now) && impatient(f, now, since)))) {
        f->phase = TAKE;
    } else if (usable(f, now)) {
        wxl_cell_postpone(f->cell, now, ELSEWHERE);
        leave(f, WXL_TOKEN_F_NONE);
    } else {
        f->phase = PAUSE;
    }
}

void wxl_token_store_failed(struct wxl_token_flight *f, struct wxl_token_clock now)
{
    struct wxl_token_cell *cell = f->cell;

    switch (f->phase) {
    case READ:
    case CHECK:
    case LOCK:
    case TAKE:
    case REREAD:
    case RECHECK:
        break;
    default:
        return;
    }
    f->storeless = 1;
    if (cell->config.mode != WXL_TOKEN_PLAIN) {
        f->phase = FETCH;
    } else if (usable(f, now)) {
        wxl_cell_postpone(cell, now, cell->config.again_ms);
        leave(f, WXL_TOKEN_F_STORE);
    } else {
        fail_for(f, now, WXL_TOKEN_F_STORE, cell->config.failure_ms);
    }
}

void wxl_token_rationed(struct wxl_token_flight *f, struct wxl_token_clock now, int64_t wait_ms)
{
    if (f->phase != RATION) {
        return;
    }
    if (wait_ms <= 0) {
        f->force = 1;
        f->phase = FETCH;
    } else {
        fail_for(f, now, WXL_TOKEN_F_RATION,
                 wxl_token_least(wait_ms, f->cell->config.ration_max_ms));
    }
}

enum wxl_status wxl_token_fetched(struct wxl_token_flight *f, struct wxl_token_clock now,
                                  const char *token, size_t len, int64_t life_ms)
{
    struct wxl_token_cell *cell = f->cell;
    struct wxl_token_clock end = f->asked;
    enum wxl_status st;

    if (f->phase != FETCH) {
        return WXL_OK;
    }
    if (usable(f, now) && cell->asked_mono > f->asked.mono) {
        /* Another process replaced this flight and has a newer one, which in plain mode ended this
         * one. */
        leave(f, WXL_TOKEN_F_NONE);
        return WXL_OK;
    }
    life_ms = wxl_token_least(life_ms, WXL_TOKEN_LIFE_MAX);
    /* A clock that was set back during the fetch must not make the stored end later. */
    end.wall = wxl_token_least(end.wall, now.wall) + life_ms;
    end.mono += life_ms;
    if (!wxl_token_acceptable(token, len) || life_ms <= 0 || end.wall <= now.wall ||
        end.mono <= now.mono) {
        fail_for(f, now, WXL_TOKEN_F_BAD_TOKEN, cell->config.failure_ms);
        return WXL_OK;
    }
    if (is_refused(f, now, token, len)) {
        if (cell->config.mode == WXL_TOKEN_STABLE && !f->force) {
            f->phase = RATION;
        } else {
            fail_for(f, now, WXL_TOKEN_F_SAME, cell->config.lasting_ms);
        }
        return WXL_OK;
    }
    st = wxl_cell_adopt(cell, now, token, len, end, now.mono - f->asked.mono);
    if (st != WXL_OK) {
        return st;
    }
    cell->healed = f->refused.text != NULL;
    if (usable(f, now) && !wxl_cell_fresh(cell, now)) {
        wxl_cell_postpone(cell, now, cell->config.again_ms);
    }
    f->failure = WXL_TOKEN_F_NONE;
    f->phase = f->locked ? WRITE : UNLOCK;
    return WXL_OK;
}

void wxl_token_fetch_failed(struct wxl_token_flight *f, struct wxl_token_clock now,
                            enum wxl_token_cause cause)
{
    const struct wxl_token_config *c = &f->cell->config;

    if (f->phase != FETCH) {
        return;
    }
    if (cause == WXL_TOKEN_PRIVATE) {
        if (usable(f, now)) {
            wxl_cell_postpone(f->cell, now, c->again_ms);
        }
        leave(f, WXL_TOKEN_F_FETCH);
    } else {
        fail_for(f, now, WXL_TOKEN_F_FETCH,
                 cause == WXL_TOKEN_LASTING ? c->lasting_ms : c->failure_ms);
    }
}
