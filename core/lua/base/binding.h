/* What the bindings share: one shim over the Lua versions, boxes for C objects, errors.
 * Only files in core/lua include lua.h. Own names throughout; nothing here defines lua_* names. */
#ifndef WXL_LUA_BINDING_H
#define WXL_LUA_BINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lauxlib.h>
#include <lua.h>

#include "wxlive/base/bytes.h"
#include "wxlive/base/status.h"

#if LUA_VERSION_NUM != 501 && LUA_VERSION_NUM < 504
#error "wxlive runs on Lua 5.4 and on LuaJIT 2.1 (5.1 API)"
#endif

#define WXL_EXPORT __attribute__((visibility("default")))

/* As lua_rawlen, on both versions. */
size_t wxl_rawlen(lua_State *L, int index);

/* Creates the metatable of a class (with __name, __gc, __close where it exists, __index = methods,
 * __metatable = the name) and leaves nothing on the stack. `methods` may be NULL. `close` must be
 * idempotent: it serves as __gc, __close and the method "close". */
void wxl_newclass(lua_State *L, const char *name, const luaL_Reg *methods, lua_CFunction close);

/* Box first: a zeroed userdata of class `name`, on top of the stack. May raise (nothing held yet).
 */
void *wxl_newbox(lua_State *L, const char *name, size_t size);

/* What the box of class `name` at argument `arg` holds: its first member, a pointer; or the box.
 * Raises where it is another value, or where the pointer is NULL: it was closed. */
void *wxl_checkheld(lua_State *L, int arg, const char *name);
void *wxl_checkbox(lua_State *L, int arg, const char *name);

/* The same pointer of the box at argument 1, or NULL. The box is closed from now on. */
void *wxl_takeheld(lua_State *L, const char *name);

/* Sets the field `name` of the table on top of the stack to a table of functions. */
void wxl_setmodule(lua_State *L, const char *name, const luaL_Reg *funcs);

/* Ties the value on top of the stack, which is popped, to the box below it: it lives as long. */
void wxl_keep(lua_State *L);

/* Pushes what wxl_keep tied to the box at index. */
void wxl_pushkept(lua_State *L, int index);

/* 64-bit whole numbers: integer on 5.3+, number on LuaJIT (exact up to 2^53). */
void wxl_pushint64(lua_State *L, int64_t v);

/* Up to here every whole number is exact in a double: 2^53. */
#define WXL_EXACT_MAX INT64_C(9007199254740992)

/* Reads digits, with or without a minus, of a whole number that a number of this interpreter holds
 * exactly. False for any other text; *v is then useless. */
bool wxl_readexact(const char *text, size_t len, int64_t *v);

/* Sets a field of the table on top of the stack. A string that is NULL makes it nil. */
void wxl_setboolean(lua_State *L, const char *key, int v);
void wxl_setint64(lua_State *L, const char *key, int64_t v);
void wxl_setstring(lua_State *L, const char *key, const char *s);
void wxl_setbytes(lua_State *L, const char *key, const char *p, size_t n);

/* Argument helpers on the table at `index` (absolute). Absent means nil; a wrong type raises a
 * message that names the field. Strings are borrowed from the table and live as long as it holds
 * them unchanged. */
struct wxl_bytes wxl_optfield_bytes(lua_State *L, int index, const char *key);
double wxl_optfield_number(lua_State *L, int index, const char *key, double fallback);
int wxl_optfield_boolean(lua_State *L, int index, const char *key, int fallback);

/* The number of the name that a field holds, in a list that ends with NULL; of `fallback` where it is
 * absent. Raises for a name that is not there, and for an absent field where `fallback` is NULL. */
int wxl_optfield_choice(lua_State *L, int index, const char *key, const char *const *names,
                        const char *fallback);

/* The string at argument `arg`, borrowed from the stack. */
struct wxl_bytes wxl_checkbytes(lua_State *L, int arg);

/* Pushes nil and an error table { status = name, code = number, message = text }; returns 2. */
int wxl_pushfailure(lua_State *L, const struct wxl_error *err);

/* Ends a function that has made the box on top of the stack: returns it, or the failure where st is
 * not WXL_OK. */
int wxl_pushbox(lua_State *L, enum wxl_status st, const struct wxl_error *err);

/* Pushes bytes or a boolean, or the failure where st is not WXL_OK; returns how many values. */
int wxl_pushbytes(lua_State *L, enum wxl_status st, const struct wxl_error *err, const char *p,
                  size_t n);
int wxl_pushoutcome(lua_State *L, enum wxl_status st, const struct wxl_error *err, int value);

/* Adds to the table on top of the stack what a part of the core offers. One per file. */
void wxl_open_signature(lua_State *L);
void wxl_open_codec(lua_State *L);
void wxl_open_filestore(lua_State *L);
void wxl_open_http(lua_State *L);
void wxl_open_json(lua_State *L);
void wxl_open_message(lua_State *L);
void wxl_open_multi(lua_State *L);
void wxl_open_params(lua_State *L);
void wxl_open_process(lua_State *L);

/* process.libpq_says(address) -> what libpq says of an attempt to connect | nil */
int wxl_libpq_says(lua_State *L);
void wxl_open_stream(lua_State *L);
void wxl_open_system(lua_State *L);
void wxl_open_terminal(lua_State *L);
void wxl_open_text(lua_State *L);
void wxl_open_token(lua_State *L);
void wxl_open_xml(lua_State *L);

#endif
