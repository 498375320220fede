/* A buffer that Lua owns, so that no error leaks it. It can serve one call after the other: then
 * none has to allocate its own.
 *
 * A finalizer may run at any allocation of Lua's, and make a call of the same kind while the
 * buffer is in use: that one gets a buffer of its own. */
#ifndef WXL_LUA_SCRATCH_H
#define WXL_LUA_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/binding.h"
#include "wxlive/base/buf.h"

struct wxl_scratch {
    struct wxl_buf buf;
    bool taken;
};

/* Creates the class; once for each state. */
void wxl_open_scratch(lua_State *L);

/* Pushes a scratch whose buffer holds up to max bytes, and returns the buffer. It is wiped when
 * it is collected. */
struct wxl_buf *wxl_newscratch(lua_State *L, size_t max);

/* Takes the scratch at `index`, or another where it is taken, and pushes what has been taken: it
 * must stay on the stack until wxl_scratch_release. The buffer is empty. May raise. */
struct wxl_scratch *wxl_scratch_take(lua_State *L, int index);

/* Gives it back. A call that an error ends before this leaves it taken: later ones get others. */
void wxl_scratch_release(struct wxl_scratch *s);

#endif
