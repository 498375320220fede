/* What an object of an answer must hold: rules made ready once out of the catalogue's fields, and
 * the names that such objects had so far. */
#ifndef WXL_LUA_JSON_SHAPE_H
#define WXL_LUA_JSON_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/binding.h"

enum shape_type {
    SHAPE_ANY,
    SHAPE_ID,      /* a whole number from 1 on, or digits of one */
    SHAPE_INTEGER, /* a whole number, or digits of one */
    SHAPE_NUMBER,
    SHAPE_STRING,
    SHAPE_CURSOR, /* text or a whole number */
    SHAPE_OBJECT, /* with at least one field */
    SHAPE_LIST
};

enum { SHAPE_FIELDS_MAX = 60, SHAPE_NAMES_MAX = 40 };

struct shape;

/* A field of an object, or each element of a list. */
struct shape_field {
    const char *name; /* ours */
    size_t name_len;
    enum shape_type type; /* what a value must be */
    bool whole;           /* digits in quotes become a number */
    bool empty;           /* text may be empty */
    bool digits;          /* a whole number counts as text */
    double least;
    struct shape *inner;            /* of an object; NULL: it is not looked into */
    const struct shape_field *item; /* of a list */
};

/* A name as the platform spells it, and the field that it is. The strings are held by the table of names. */
struct shape_name {
    const char *wire;
    size_t len;
    int place;                       /* of our name in the table */
    const struct shape_field *field; /* NULL: not in the catalogue */
};

struct shape {
    int field_count;
    uint64_t needed; /* a bit for each field that must be there */
    uint64_t lists;  /* and for each that is an empty list where it is absent */
    struct shape_field *fields;
    /* Objects of a list have their names in the same order, mostly. */
    int name_count;
    struct shape_name names[SHAPE_NAMES_MAX];
};

/* Compiles the list of fields at index `spec`; pushes what holds all of it, the table of names. */
struct shape *wxl_shape_compile(lua_State *L, int spec);

/* Whether the name stands in the text as these bytes. Names have eight bytes or somewhat more. */
static inline bool wxl_shape_is(const struct shape_name *name, const char *text, size_t len)
{
    uint64_t a[2];
    uint64_t b[2];

    if (name->len != len) {
        return false;
    }
    if (len < sizeof a[0] || len > sizeof a) {
        return memcmp(name->wire, text, len) == 0;
    }
    memcpy(&a[0], name->wire, sizeof a[0]);
    memcpy(&a[1], name->wire + len - sizeof a[0], sizeof a[0]);
    memcpy(&b[0], text, sizeof b[0]);
    memcpy(&b[1], text + len - sizeof b[0], sizeof b[0]);
    return a[0] == b[0] && a[1] == b[1];
}

/* The name that stands in the text as these bytes, or NULL. *next is where it is looked for first;
 * it becomes the place behind it. */
const struct shape_name *wxl_shape_find(const struct shape *shape, const char *text, size_t len,
                                        int *next);

/* Finds the field that our name, the string on top of the stack, stands for (NULL: none), and notes
 * both for the next time. `names` is the index of the table of names. */
const struct shape_field *wxl_shape_learn(lua_State *L, struct shape *shape, int names,
                                          const char *text, size_t len);

/* Whether the value on top of the stack is what the field must be; of objects and lists only that
 * it is a table. */
bool wxl_shape_fits(lua_State *L, const struct shape_field *field);

const char *wxl_shape_type_name(enum shape_type type);

#endif
