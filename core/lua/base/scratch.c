#include "base/scratch.h"

#define SCRATCH "wxlive.scratch"
#define KEEP_BYTES ((size_t)64 << 10)

static int scratch_close(lua_State *L)
{
    struct wxl_scratch *s = luaL_checkudata(L, 1, SCRATCH);

    wxl_buf_wipe(&s->buf);
    s->taken = true; /* finalizers that run later get others, which are freed after them */
    return 0;
}

void wxl_open_scratch(lua_State *L)
{
    wxl_newclass(L, SCRATCH, NULL, scratch_close);
}

struct wxl_buf *wxl_newscratch(lua_State *L, size_t max)
{
    struct wxl_scratch *s = wxl_newbox(L, SCRATCH, sizeof *s);

    wxl_buf_init(&s->buf, max);
    return &s->buf;
}

struct wxl_scratch *wxl_scratch_take(lua_State *L, int index)
{
    struct wxl_scratch *s = lua_touserdata(L, index);

    if (s->taken) {
        wxl_newscratch(L, s->buf.max);
        s = lua_touserdata(L, -1);
    } else {
        lua_pushvalue(L, index);
    }
    s->taken = true;
    wxl_buf_reset(&s->buf, KEEP_BYTES);
    return s;
}

void wxl_scratch_release(struct wxl_scratch *s)
{
    s->taken = false;
}
