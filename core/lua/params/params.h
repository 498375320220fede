/* Shared by the parts of wxlive.core.params: the rules of an endpoint's fields, and one call's
 * parameters on their way through them. */
#ifndef WXL_LUA_PARAMS_H
#define WXL_LUA_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/binding.h"
#include "wxlive/base/buf.h"

enum {
    PARAM_FIELDS_MAX = 60,
    PARAM_ALLOWED_MAX = 8,
    PARAM_UNKNOWN_MAX = 20 /* how many unknown names are reported; the others are only counted */
};

enum param_type {
    PARAM_ID,
    PARAM_INTEGER,
    PARAM_TIME,
    PARAM_PRICE,
    PARAM_STRING,
    PARAM_BOOLEAN,
    PARAM_CURSOR,
    PARAM_FILE,
    PARAM_LIST
};

enum param_format { PARAM_ANY_TEXT, PARAM_MEDIA_ID, PARAM_PAGE_PATH, PARAM_CGI_PATH };

/* Of a form's part and of what stays here nothing is written. The ends and the invisible characters of
 * local text count. */
enum param_place { PARAM_PART, PARAM_LOCAL, PARAM_BODY, PARAM_QUERY };

struct params;

/* One field of the catalogue. */
struct param {
    enum param_type type;
    enum param_type of; /* of a list: what its items are, unless they are objects */
    enum param_format format;
    enum param_place place;
    bool required;
    bool zero_is_default;
    bool substituted; /* filled by the client or by a default when not given */
    bool listed;                       /* text out of a list */
    int allowed_count;                 /* of numbers out of a list */
    long long allowed[PARAM_ALLOWED_MAX];
    bool has_least;
    bool has_most;
    long long least;                   /* of a number */
    long long most;
    size_t units_least;                /* of text, as the platform counts it; units_most 0: any */
    size_t units_most;
    size_t bytes_most;                 /* 0: any */
    size_t encoded_most;               /* 0: any */
    size_t items_least;                /* of a list */
    size_t items_most;                 /* 0: any */
    int scalar;                        /* number of the inner field that a bare item stands for */
    const struct params *inner;        /* fields of a list's objects */
};

/* A place on the wire, in the order in which it is written. */
struct param_output {
    int number;      /* of the field, from 1 */
    bool again;      /* the field was written before, under another name */
    const char *key; /* what stands before the value: ,"roomId": or roomId= (borrowed from names) */
    size_t key_len;
};

/* A spelling of a field's name, found by where its text is: short strings that are equal are one
 * string. */
struct param_spelling {
    const char *text; /* held by the index; NULL: a free place */
    int number;       /* of the field; -1 for an object whose fields count as given */
};

/* The rules of an endpoint or of a list's objects. Its strings and its inner rules are held by the
 * table of names that goes with it. */
struct params {
    int count;
    int output_count;
    uint64_t defaults; /* a bit for each field that has one */
    bool body;
    bool query;
    const char *open; /* what the body begins and ends with */
    const char *close;
    struct param *fields; /* fields[0] is not used */
    struct param_output *outputs;
    struct param_spelling *spellings;
    unsigned mask; /* of their places, whose number is a power of two */
};

static inline unsigned wxl_param_place(const struct params *p, const char *text)
{
    uintptr_t n = (uintptr_t)text;

    return (unsigned)((n >> 4) ^ (n >> 9)) & p->mask;
}

/* What lies in the table of names for each field, one after the other. */
enum {
    PARAM_KEY = 1, /* its name among the values */
    PARAM_DEFAULT,
    PARAM_FILL,
    PARAM_ACCEPTS,
    PARAM_INNER_NAMES,
    PARAM_INNER_INDEX,
    PARAM_NAMES_EACH = PARAM_INNER_INDEX
};

#define PARAM_NAME(number, what) (((number)-1) * PARAM_NAMES_EACH + (what))

/* Compiles the specification at index `spec`, pushes the rules (a userdata) and their names. */
const struct params *wxl_params_compile(lua_State *L, int spec);

/* A value that has passed, on its way to the wire. */
struct param_value {
    enum { VALUE_INTEGER, VALUE_FEN, VALUE_TEXT, VALUE_DIGITS, VALUE_BOOLEAN } kind;
    int64_t integer;   /* fen of a price; 0 or 1 of a boolean */
    const char *text;  /* borrowed from the value on the stack */
    size_t len;
    bool trimmed; /* it is shorter than that value */
};

enum param_verdict { PARAM_RIGHT, PARAM_ABSENT, PARAM_WRONG };

/* A mistake in a value: the name of the broken rule, and a number for rules that have one. */
struct param_fault {
    const char *rule;
    double amount;
};

/* Judges the value at stack index `at`, which is not a list. `names` and `number` lead to the list
 * of what a text may be. Nothing is pushed. */
enum param_verdict wxl_param_judge(lua_State *L, const struct param *f, int names, int number, int at,
                                   struct param_value *v, struct param_fault *fault);

/* Whether the value at stack index `at` is text in which nothing can be seen. */
bool wxl_param_is_blank(lua_State *L, int at);

/* Appends the key and the value, as JSON or percent-encoded for a query. False: there is no room. */
bool wxl_param_write(struct wxl_buf *out, enum param_place place, const char *key, size_t key_len,
                     const struct param_value *v);

#endif
