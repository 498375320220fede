/* The state that the flights of one appid share, for the parts of the state machine
 * (wxlive/token.h). */
#ifndef WXL_TOKEN_CELL_H
#define WXL_TOKEN_CELL_H

#include "wxlive/token.h"

#define WXL_TOKEN_LIFE_MAX INT64_C(7800000) /* 7200 s at most, and room for clocks that differ */

/* Bytes that are wiped when they go. */
struct wxl_secret {
    char *text;
    size_t len;
};

struct wxl_token_cell {
    struct wxl_token_config config;
    unsigned long refs; /* the owner and the flights */
    uint32_t random;
    uint64_t serial;  /* of the last token that came in */
    uint64_t tickets; /* of the last flight */

    struct wxl_secret token;
    int64_t end_wall; /* when it dies; use stops a little earlier */
    int64_t use_wall;
    int64_t use_mono;
    int64_t fresh_wall; /* until when there is nothing to do */
    int64_t fresh_mono;
    int64_t asked_mono; /* when it was last fetched, by whomever */
    int64_t ahead_mono; /* no refresh ahead before this */
    int healed;         /* it came in place of a refused one */

    uint64_t leader; /* ticket of the flight that refreshes; 0: none */
    int64_t lead_mono;
    int64_t led_mono; /* since when it leads */

    uint64_t
        holder; /* a sum over the name of the store's lock's holder, and since when it is known */
    int64_t holder_mono;

    struct wxl_secret refused;
    int64_t refused_mono;

    uint64_t failures; /* counts failed refreshes */
    int64_t failed_mono;
};

int64_t wxl_token_least(int64_t a, int64_t b);

/* A copy of text in place of what s holds; and wiping that. */
WXL_NODISCARD enum wxl_status wxl_secret_set(struct wxl_secret *s, const char *text, size_t len);
void wxl_secret_wipe(struct wxl_secret *s);
int wxl_secret_is(const struct wxl_secret *s, const char *text, size_t len);

/* 1 to WXL_TOKEN_MAX printable characters other than space. */
int wxl_token_acceptable(const char *text, size_t len);

/* A number in [0, span). Spreads times, decides nothing. */
int64_t wxl_cell_chance(struct wxl_token_cell *cell, int64_t span);

/* Whether there is nothing to do about the token yet; whether a flight leads. */
int wxl_cell_fresh(const struct wxl_token_cell *cell, struct wxl_token_clock now);
int wxl_cell_led(const struct wxl_token_cell *cell, struct wxl_token_clock now);

/* Makes a flight the leader. */
void wxl_cell_lead(struct wxl_token_cell *cell, struct wxl_token_clock now, uint64_t ticket);

/* Since when that holder of the store's lock is known here. */
int64_t wxl_cell_holder_since(struct wxl_token_cell *cell, struct wxl_token_clock now,
                              const char *holder, size_t len);

/* Puts off the next try to refresh ahead; by less when little is left. */
void wxl_cell_postpone(struct wxl_token_cell *cell, struct wxl_token_clock now, int64_t ms);

/* Takes a token in that was fetched `aged` ago and dies at `end`. It may be the one that is there.
 */
WXL_NODISCARD enum wxl_status wxl_cell_adopt(struct wxl_token_cell *cell,
                                             struct wxl_token_clock now, const char *text,
                                             size_t len, struct wxl_token_clock end, int64_t aged);

/* The current failure is the answer for flights that wait, and for those that begin within ms. */
void wxl_cell_note_failure(struct wxl_token_cell *cell, struct wxl_token_clock now, int64_t ms);

/* Drops a token that was refused and remembers it, so that it is not taken from the store again for
 * a while. Returns whether it had replaced another refused one within contest_ms. */
int wxl_cell_refuse(struct wxl_token_cell *cell, struct wxl_token_clock now, const char *text,
                    size_t len);

#endif
