/* Keys: what a person types while a program does something else. */
#include "base/binding.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define TERMINAL "wxlive.terminal"
#define READ_MAX 256

struct box {
    struct termios before; /* of the terminal */
    int changed;           /* it is to be set back */
    int open;
};

/* Whether another process has the terminal now: reading from it or changing it would stop this
 * one. */
static int is_behind(void)
{
    pid_t front = isatty(STDIN_FILENO) ? tcgetpgrp(STDIN_FILENO) : -1;

    return front != -1 && front != getpgrp();
}

/* Makes the terminal give each key at once. A shell that had stopped this process, or had it
 * behind, has set the terminal as it wants it; therefore this is repeated. */
static void take_keys(struct box *b)
{
    struct termios now;

    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &now) != 0 || !(now.c_lflag & ICANON)) {
        return;
    }
    if (!b->changed) {
        b->before = now;
    }
    now.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    now.c_cc[VMIN] = 1;
    now.c_cc[VTIME] = 0;
    b->changed = tcsetattr(STDIN_FILENO, TCSADRAIN, &now) == 0 || b->changed;
}

/* terminal.open() -> box: reads the standard input without waiting. A terminal gives each key at
 * once, and does not show it, until the box is closed; Ctrl-C stays a signal. Anything else is left
 * as it is. One at a time. */
static int terminal_open(lua_State *L)
{
    struct box *b = wxl_newbox(L, TERMINAL, sizeof *b);

    b->open = 1;
    if (!is_behind()) {
        take_keys(b);
    }
    return 1;
}

/* terminal:read() -> what has come, "" for nothing | nil at the end of the input */
static int terminal_read(lua_State *L)
{
    struct box *b = luaL_checkudata(L, 1, TERMINAL);
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    char bytes[READ_MAX];
    ssize_t got;

    luaL_argcheck(L, b->open, 1, "terminal is closed");
    if (is_behind()) {
        lua_pushliteral(L, "");
        return 1;
    }
    take_keys(b);
    if (poll(&in, 1, 0) != 1) {
        lua_pushliteral(L, "");
        return 1;
    }
    got = read(STDIN_FILENO, bytes, sizeof bytes);
    if (got > 0) {
        lua_pushlstring(L, bytes, (size_t)got);
    } else if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
        lua_pushliteral(L, "");
    } else {
        lua_pushnil(L);
    }
    return 1;
}

static int terminal_close(lua_State *L)
{
    struct box *b = luaL_checkudata(L, 1, TERMINAL);

    if (b->changed && !is_behind()) {
        tcsetattr(STDIN_FILENO, TCSADRAIN, &b->before);
    }
    b->changed = 0;
    b->open = 0;
    return 0;
}

static const luaL_Reg terminal_methods[] = {{"read", terminal_read}, {NULL, NULL}};

static const luaL_Reg terminal_functions[] = {{"open", terminal_open}, {NULL, NULL}};

void wxl_open_terminal(lua_State *L)
{
    wxl_newclass(L, TERMINAL, terminal_methods, terminal_close);
    wxl_setmodule(L, "terminal", terminal_functions);
}
