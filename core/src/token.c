#include "wxlive/token.h"

#include <openssl/crypto.h>
#include <string.h>

#include "wxlive/alloc.h"

#define SECOND INT64_C(1000)
#define LONGEST_LIFE_MS ((int64_t)7200 * SECOND + 600 * SECOND)

struct wxl_token_cell {
    struct wxl_token_config config;
    char *token;
    size_t len;
    int64_t expires;      /* when it dies */
    int64_t life;         /* what it had left when it came in */
    int64_t next_try;     /* no refresh ahead before this */
    int64_t failed_at;    /* when the last fetch failed, with failed_until its span */
    int64_t failed_until;
    int refreshing;       /* a flight leads */
};

void wxl_token_defaults(struct wxl_token_config *config, int plain, double jitter)
{
    int64_t spread = (int64_t)(jitter * 60 * SECOND);

    memset(config, 0, sizeof *config);
    /* The stable call hands out the next token only in the last 300 s: earlier is in vain. */
    config->margin_ms = plain ? 300 * SECOND + spread : 285 * SECOND - spread;
    config->reserve_ms = 5 * SECOND;
    config->failure_ms = 2 * SECOND;
    config->wait_ms = 100;
    config->shared = 1;
    config->needs_lock = plain;
    config->can_force = !plain;
}

struct wxl_token_cell *wxl_token_cell_new(const struct wxl_token_config *config)
{
    struct wxl_token_cell *cell = wxl_calloc(1, sizeof *cell);

    if (cell) {
        cell->config = *config;
    }
    return cell;
}

static void forget(struct wxl_token_cell *cell)
{
    wxl_free_secret(cell->token, cell->len);
    cell->token = NULL;
    cell->len = 0;
    cell->expires = 0;
}

void wxl_token_cell_free(struct wxl_token_cell *cell)
{
    if (cell) {
        forget(cell);
        wxl_free(cell);
    }
}

/* Milliseconds that the cell's token is still good for. A clock that went back makes it look better
 * than it ever was: then it is not trusted. */
static int64_t left(const struct wxl_token_cell *cell, int64_t now)
{
    int64_t ms;

    if (!cell->token) {
        return 0;
    }
    ms = cell->expires - now - cell->config.reserve_ms;
    return ms > 0 && ms <= cell->life ? ms : 0;
}

static int fresh(const struct wxl_token_cell *cell, int64_t now)
{
    int64_t ms = left(cell, now);

    return ms > 0 && (ms > cell->config.margin_ms - cell->config.reserve_ms);
}

const char *wxl_token_peek(const struct wxl_token_cell *cell, int64_t now, size_t *len)
{
    if (!fresh(cell, now)) {
        return NULL;
    }
    *len = cell->len;
    return cell->token;
}

int64_t wxl_token_expires(const struct wxl_token_cell *cell)
{
    return cell->token ? cell->expires : 0;
}

static int printable(const char *s, size_t len)
{
    size_t i;

    if (len == 0 || len > WXL_TOKEN_MAX) {
        return 0;
    }
    for (i = 0; i < len; i++) {
        if ((unsigned char)s[i] <= 0x20 || (unsigned char)s[i] >= 0x7f) {
            return 0;
        }
    }
    return 1;
}

static int same(const char *a, size_t a_len, const char *b, size_t b_len)
{
    return a_len == b_len && CRYPTO_memcmp(a, b, a_len) == 0;
}

static int is_refused(const struct wxl_token_flight *f, const char *token, size_t len)
{
    return f->refused && same(f->refused, f->refused_len, token, len);
}

static enum wxl_status adopt(struct wxl_token_cell *cell, int64_t now, const char *token, size_t len,
                             int64_t expires)
{
    char *copy;
    int64_t ms;

    if (cell->token && same(cell->token, cell->len, token, len)) {
        copy = cell->token;
    } else {
        copy = wxl_strndup(token, len);
        if (!copy) {
            return WXL_E_NOMEM;
        }
        forget(cell);
    }
    cell->token = copy;
    cell->len = len;
    cell->expires = expires;
    cell->life = expires - now;
    cell->failed_until = 0;
    ms = left(cell, now);
    /* What comes in old (the rest of a shared token's life) must not make every call refresh. */
    cell->next_try = fresh(cell, now) ? 0 : now + ms / 2;
    return WXL_OK;
}

enum wxl_status wxl_token_begin(struct wxl_token_flight *f, struct wxl_token_cell *cell,
                                int64_t deadline, const char *refused, size_t refused_len,
                                unsigned random)
{
    memset(f, 0, sizeof *f);
    if (refused) {
        f->refused = wxl_strndup(refused, refused_len);
        if (!f->refused) {
            return WXL_E_NOMEM;
        }
        f->refused_len = refused_len;
        if (cell->token && same(cell->token, cell->len, refused, refused_len)) {
            forget(cell);
        }
    }
    f->cell = cell;
    f->deadline = deadline;
    f->random = random;
    return WXL_OK;
}

static void step_down(struct wxl_token_flight *f)
{
    if (f->leads) {
        f->cell->refreshing = 0;
        f->leads = 0;
    }
}

void wxl_token_end(struct wxl_token_flight *f)
{
    if (f->cell) {
        step_down(f);
    }
    wxl_free_secret(f->refused, f->refused_len);
    memset(f, 0, sizeof *f);
    f->phase = WXL_TOKEN_P_END;
}

const char *wxl_token_of(const struct wxl_token_flight *f, size_t *len)
{
    *len = f->cell->len;
    return f->cell->token;
}

/* Whether the cell's token may be used by this flight at all. */
static int usable(const struct wxl_token_flight *f, int64_t now)
{
    return left(f->cell, now) > 0 && !is_refused(f, f->cell->token, f->cell->len);
}

static enum wxl_token_step use(struct wxl_token_flight *f)
{
    step_down(f);
    f->phase = WXL_TOKEN_P_END;
    f->failure = WXL_TOKEN_F_NONE;
    return WXL_TOKEN_USE;
}

static enum wxl_token_step fail(struct wxl_token_flight *f, enum wxl_token_failure why)
{
    step_down(f);
    f->phase = WXL_TOKEN_P_END;
    f->failure = why;
    return WXL_TOKEN_FAIL;
}

/* A small generator (xorshift): only spreads waits, decides nothing. */
static int64_t jitter(struct wxl_token_flight *f, int64_t mean)
{
    f->random ^= f->random << 13;
    f->random ^= f->random >> 17;
    f->random ^= f->random << 5;
    return mean / 2 + (int64_t)(f->random % 1000) * mean / 1000;
}

static enum wxl_token_step wait_for_others(struct wxl_token_flight *f, int64_t now, int64_t *wait_ms)
{
    int64_t ms = jitter(f, f->cell->config.wait_ms);

    if (now >= f->deadline) {
        return fail(f, WXL_TOKEN_F_DEADLINE);
    }
    *wait_ms = ms < f->deadline - now ? ms : f->deadline - now;
    f->phase = WXL_TOKEN_P_START;
    return WXL_TOKEN_WAIT;
}

static enum wxl_token_step start(struct wxl_token_flight *f, int64_t now, int64_t *wait_ms)
{
    struct wxl_token_cell *cell = f->cell;

    f->failure = WXL_TOKEN_F_NONE;
    if (usable(f, now) && (fresh(cell, now) || cell->refreshing || now < cell->next_try)) {
        return use(f);
    }
    if (cell->refreshing) {
        return wait_for_others(f, now, wait_ms);
    }
    if (!usable(f, now) && now >= cell->failed_at && now < cell->failed_until) {
        return fail(f, WXL_TOKEN_F_SHARED);
    }
    cell->refreshing = 1;
    f->leads = 1;
    f->phase = cell->config.shared ? WXL_TOKEN_P_READ : WXL_TOKEN_P_FETCH;
    return cell->config.shared ? WXL_TOKEN_READ : WXL_TOKEN_FETCH;
}

enum wxl_token_step wxl_token_next(struct wxl_token_flight *f, int64_t now, int64_t *wait_ms)
{
    *wait_ms = 0;
    switch (f->phase) {
    case WXL_TOKEN_P_START:
        return start(f, now, wait_ms);
    case WXL_TOKEN_P_READ:
    case WXL_TOKEN_P_REREAD:
        return WXL_TOKEN_READ;
    case WXL_TOKEN_P_LOCK:
        if (f->failure == WXL_TOKEN_F_SHARED) {
            return fail(f, WXL_TOKEN_F_SHARED);
        }
        return usable(f, now) && fresh(f->cell, now) ? use(f) : WXL_TOKEN_LOCK;
    case WXL_TOKEN_P_RATION:
        return WXL_TOKEN_RATION;
    case WXL_TOKEN_P_FETCH:
        return WXL_TOKEN_FETCH;
    case WXL_TOKEN_P_WRITE:
        f->phase = WXL_TOKEN_P_UNLOCK;
        return WXL_TOKEN_WRITE;
    case WXL_TOKEN_P_PUBLISH:
        f->phase = WXL_TOKEN_P_UNLOCK;
        return WXL_TOKEN_PUBLISH;
    case WXL_TOKEN_P_UNLOCK:
        if (f->locked) {
            f->locked = 0;
            return WXL_TOKEN_UNLOCK;
        }
        /* Somebody else has the lock (failure DEADLINE stands for "wait"), or all is done. */
        if (usable(f, now)) {
            if (f->failure == WXL_TOKEN_F_DEADLINE) {
                f->cell->next_try = now + SECOND;
            }
            return use(f);
        }
        if (f->failure == WXL_TOKEN_F_DEADLINE) {
            step_down(f);
            return wait_for_others(f, now, wait_ms);
        }
        return fail(f, f->failure ? f->failure : WXL_TOKEN_F_FETCH);
    case WXL_TOKEN_P_END:
    default:
        return f->failure || !usable(f, now) ? WXL_TOKEN_FAIL : WXL_TOKEN_USE;
    }
}

enum wxl_status wxl_token_stored(struct wxl_token_flight *f, int64_t now, const char *token,
                                 size_t len, int64_t expires_at, int failed)
{
    int again = f->phase == WXL_TOKEN_P_REREAD;
    enum wxl_status st;

    f->failure = WXL_TOKEN_F_NONE;
    /* An expiry beyond any token's life is a clock that jumped, or rubbish. */
    if (len && printable(token, len) && expires_at > now && expires_at - now <= LONGEST_LIFE_MS &&
        !is_refused(f, token, len) &&
        (expires_at > f->cell->expires || !usable(f, now))) {
        st = adopt(f->cell, now, token, len, expires_at);
        if (st != WXL_OK) {
            return st;
        }
    } else if (failed && !usable(f, now)) {
        f->failure = WXL_TOKEN_F_SHARED;
    }
    if (!again) {
        f->phase = WXL_TOKEN_P_LOCK;
    } else if ((usable(f, now) && fresh(f->cell, now)) || f->failure == WXL_TOKEN_F_SHARED) {
        f->phase = WXL_TOKEN_P_UNLOCK;
    } else {
        f->phase = WXL_TOKEN_P_FETCH;
    }
    return WXL_OK;
}

void wxl_token_locked(struct wxl_token_flight *f, int got)
{
    if (got > 0) {
        f->locked = 1;
        /* The one who had the lock a moment ago may have refreshed: look once more. */
        f->phase = WXL_TOKEN_P_REREAD;
    } else if (got == 0) {
        f->phase = WXL_TOKEN_P_UNLOCK;
        f->failure = WXL_TOKEN_F_DEADLINE;
    } else if (f->cell->config.needs_lock) {
        f->phase = WXL_TOKEN_P_UNLOCK;
        f->failure = WXL_TOKEN_F_STORE;
    } else {
        f->phase = WXL_TOKEN_P_FETCH;
    }
}

void wxl_token_rationed(struct wxl_token_flight *f, int allowed)
{
    if (allowed) {
        f->force = 1;
        f->phase = WXL_TOKEN_P_FETCH;
    } else {
        f->failure = WXL_TOKEN_F_RATION;
        f->phase = WXL_TOKEN_P_UNLOCK;
    }
}

enum wxl_status wxl_token_fetched(struct wxl_token_flight *f, int64_t now, const char *token,
                                  size_t len, int64_t life_ms)
{
    enum wxl_status st;

    if (!printable(token, len) || life_ms <= 0) {
        wxl_token_fetch_failed(f, now);
        return WXL_OK;
    }
    if (is_refused(f, token, len)) {
        /* The platform hands out the very token that it refuses. */
        if (f->cell->config.can_force && !f->force) {
            f->phase = WXL_TOKEN_P_RATION;
        } else {
            f->failure = WXL_TOKEN_F_FETCH;
            f->phase = WXL_TOKEN_P_UNLOCK;
        }
        return WXL_OK;
    }
    st = adopt(f->cell, now, token, len, now + (life_ms < LONGEST_LIFE_MS ? life_ms : LONGEST_LIFE_MS));
    if (st != WXL_OK) {
        return st;
    }
    f->failure = WXL_TOKEN_F_NONE;
    f->phase = f->cell->config.shared ? WXL_TOKEN_P_WRITE : WXL_TOKEN_P_UNLOCK;
    return WXL_OK;
}

void wxl_token_fetch_failed(struct wxl_token_flight *f, int64_t now)
{
    struct wxl_token_cell *cell = f->cell;

    f->failure = WXL_TOKEN_F_FETCH;
    if (usable(f, now)) {
        /* The old one still serves: try again when half of its rest has gone. */
        cell->next_try = now + left(cell, now) / 2;
        f->phase = WXL_TOKEN_P_UNLOCK;
        return;
    }
    cell->failed_at = now;
    cell->failed_until = now + cell->config.failure_ms;
    f->phase = cell->config.shared ? WXL_TOKEN_P_PUBLISH : WXL_TOKEN_P_UNLOCK;
}
