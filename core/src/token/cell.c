#include "token/cell.h"

#include <openssl/crypto.h>
#include <string.h>

#include "base/chars.h"
#include "base/sum.h"
#include "wxlive/base/alloc.h"

#define SECOND INT64_C(1000)
#define SOONEST (1 * SECOND)      /* between two tries to refresh ahead, however late it is */

/* ---- settings -------------------------------------------------------------------------------- */

void wxl_token_defaults(struct wxl_token_config *config, enum wxl_token_mode mode)
{
    memset(config, 0, sizeof *config);
    config->mode = mode;
    config->shared = mode != WXL_TOKEN_PROVIDER;
    config->margin_ms = (mode == WXL_TOKEN_PLAIN ? 600 : 280) * SECOND;
    config->spread_ms = (mode == WXL_TOKEN_PLAIN ? 120 : 80) * SECOND;
    config->reserve_ms = 5 * SECOND;
    config->again_ms = 30 * SECOND;
    /* A plain lock is never taken from one that may live: its lease ends within a reader's 10 s. */
    config->lock_ms = (mode == WXL_TOKEN_PLAIN ? 8 : 15) * SECOND;
    config->fetch_ms = (mode == WXL_TOKEN_PLAIN ? 6 : 10) * SECOND;
    config->takeover = mode != WXL_TOKEN_PLAIN;
    config->wait_ms = 50;
    config->wait_max_ms = 500;
    config->failure_ms = 2 * SECOND;
    config->lasting_ms = 5 * SECOND;
    config->refused_ms = (mode == WXL_TOKEN_PROVIDER ? 5 : 60) * SECOND;
    config->ration_max_ms = 30 * SECOND;
    config->contest_ms = mode == WXL_TOKEN_PLAIN ? 10 * SECOND : 0;
}

static int acceptable(const struct wxl_token_config *c)
{
    return c->fetch_ms > 0 && c->lock_ms > c->fetch_ms && c->wait_ms > 0 &&
           c->wait_max_ms >= c->wait_ms && c->margin_ms >= c->spread_ms && c->spread_ms >= 0 &&
           c->reserve_ms >= 0 && c->again_ms > 0 && c->failure_ms > 0 && c->lasting_ms > 0 &&
           c->refused_ms > 0 && c->ration_max_ms > 0 && c->contest_ms >= 0;
}

/* ---- small parts ----------------------------------------------------------------------------- */

int64_t wxl_token_least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

enum wxl_status wxl_secret_set(struct wxl_secret *s, const char *text, size_t len)
{
    char *copy = wxl_strndup(text, len);

    if (!copy) {
        return WXL_E_NOMEM;
    }
    wxl_secret_wipe(s);
    s->text = copy;
    s->len = len;
    return WXL_OK;
}

void wxl_secret_wipe(struct wxl_secret *s)
{
    wxl_free_secret(s->text, s->len);
    s->text = NULL;
    s->len = 0;
}

int wxl_secret_is(const struct wxl_secret *s, const char *text, size_t len)
{
    return s->text && s->len == len && CRYPTO_memcmp(s->text, text, len) == 0;
}

int wxl_token_acceptable(const char *s, size_t len)
{
    return len <= WXL_TOKEN_MAX && wxl_is_visible(s, len);
}

int64_t wxl_cell_chance(struct wxl_token_cell *cell, int64_t span)
{
    cell->random ^= cell->random << 13;
    cell->random ^= cell->random >> 17;
    cell->random ^= cell->random << 5;
    return span > 0 ? (int64_t)(cell->random % (uint32_t)wxl_token_least(span, 1000000000)) : 0;
}

/* ---- the cell -------------------------------------------------------------------------------- */

enum wxl_status wxl_token_cell_new(const struct wxl_token_config *config, uint32_t seed,
                                   struct wxl_token_cell **out)
{
    struct wxl_token_cell *cell;

    *out = NULL;
    if (!acceptable(config)) {
        return WXL_E_ARG;
    }
    cell = wxl_calloc(1, sizeof *cell);
    if (!cell) {
        return WXL_E_NOMEM;
    }
    cell->config = *config;
    cell->refs = 1;
    cell->random = seed ? seed : 1;
    *out = cell;
    return WXL_OK;
}

void wxl_token_cell_free(struct wxl_token_cell *cell)
{
    if (cell && --cell->refs == 0) {
        wxl_secret_wipe(&cell->token);
        wxl_secret_wipe(&cell->refused);
        wxl_free(cell);
    }
}

int wxl_token_usable(const struct wxl_token_cell *cell, struct wxl_token_clock now)
{
    return cell->token.text && now.mono < cell->use_mono && now.wall < cell->use_wall;
}

int wxl_cell_fresh(const struct wxl_token_cell *cell, struct wxl_token_clock now)
{
    return cell->token.text && now.mono < cell->fresh_mono && now.wall < cell->fresh_wall;
}

int wxl_cell_led(const struct wxl_token_cell *cell, struct wxl_token_clock now)
{
    return cell->leader && now.mono < cell->lead_mono;
}

void wxl_cell_lead(struct wxl_token_cell *cell, struct wxl_token_clock now, uint64_t ticket)
{
    cell->leader = ticket;
    cell->led_mono = now.mono;
}

int64_t wxl_cell_holder_since(struct wxl_token_cell *cell, struct wxl_token_clock now,
                              const char *holder, size_t len)
{
    uint64_t sum = wxl_sum(WXL_SUM_START, holder, len);

    if (sum != cell->holder) {
        cell->holder = sum;
        cell->holder_mono = now.mono;
    }
    return cell->holder_mono;
}

/* Nothing to do although the token may be growing old. */
static int at_rest(const struct wxl_token_cell *cell, struct wxl_token_clock now)
{
    return wxl_cell_fresh(cell, now) || (wxl_token_usable(cell, now) &&
                                         (wxl_cell_led(cell, now) || now.mono < cell->ahead_mono));
}

uint64_t wxl_token_peek(const struct wxl_token_cell *cell, struct wxl_token_clock now)
{
    return at_rest(cell, now) ? cell->serial : 0;
}

const char *wxl_token_text(const struct wxl_token_cell *cell, size_t *len)
{
    *len = cell->token.len;
    return cell->token.text;
}

int64_t wxl_token_expires(const struct wxl_token_cell *cell)
{
    return cell->token.text ? cell->end_wall : 0;
}

void wxl_cell_postpone(struct wxl_token_cell *cell, struct wxl_token_clock now, int64_t ms)
{
    int64_t half = (cell->use_mono - now.mono) / 2;

    ms = wxl_token_least(ms, half);
    cell->ahead_mono = now.mono + (ms > SOONEST ? ms : SOONEST);
}

enum wxl_status wxl_cell_adopt(struct wxl_token_cell *cell, struct wxl_token_clock now,
                               const char *text, size_t len, struct wxl_token_clock end,
                               int64_t aged)
{
    const struct wxl_token_config *c = &cell->config;
    int64_t life = end.mono - now.mono + aged;
    int64_t margin = wxl_token_least(c->margin_ms - wxl_cell_chance(cell, c->spread_ms), life / 2);
    int64_t reserve = wxl_token_least(c->reserve_ms, life / 10);

    if (!wxl_secret_is(&cell->token, text, len)) {
        if (wxl_secret_set(&cell->token, text, len) != WXL_OK) {
            return WXL_E_NOMEM;
        }
        cell->serial++;
        cell->healed = 0;
    }
    cell->end_wall = end.wall;
    cell->use_wall = end.wall - reserve;
    cell->use_mono = end.mono - reserve;
    cell->fresh_wall = end.wall - margin;
    cell->fresh_mono = end.mono - margin;
    cell->asked_mono = now.mono - aged;
    cell->ahead_mono = now.mono;
    cell->failed_mono = now.mono;
    return WXL_OK;
}

void wxl_cell_note_failure(struct wxl_token_cell *cell, struct wxl_token_clock now, int64_t ms)
{
    cell->failures++;
    cell->failed_mono = now.mono + ms;
}

int wxl_cell_refuse(struct wxl_token_cell *cell, struct wxl_token_clock now, const char *text,
                    size_t len)
{
    int contested;

    if (!wxl_secret_is(&cell->token, text, len)) {
        return 0;
    }
    contested = cell->healed && now.mono - cell->asked_mono < cell->config.contest_ms;
    wxl_secret_wipe(&cell->refused);
    cell->refused = cell->token;
    cell->refused_mono = now.mono + cell->config.refused_ms;
    cell->token.text = NULL;
    cell->token.len = 0;
    return contested;
}
