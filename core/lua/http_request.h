/* Reading a request off the Lua stack, for the blocking call and for the multi handle. */
#ifndef WXL_LUA_HTTP_REQUEST_H
#define WXL_LUA_HTTP_REQUEST_H

#include "binding.h"
#include "wxlive/http.h"

/* Positions of the arguments, the client itself being the first. */
enum {
    WXL_ARG_URL = 2,
    WXL_ARG_METHOD,
    WXL_ARG_CONTENT_TYPE,
    WXL_ARG_BODY,
    WXL_ARG_TIMEOUT,
    WXL_ARG_CONNECT_TIMEOUT,
    WXL_ARG_RESEND,
    WXL_ARG_MAX_BODY,
    WXL_ARG_SAVE_TO,
    WXL_ARG_HEADERS,
    WXL_ARG_FORM,
    WXL_ARG_LAST = WXL_ARG_FORM
};

/* The client at index 1; raises when it is closed. */
struct wxl_http *wxl_check_client(lua_State *L);

/* Reads the arguments. Strings are borrowed from the stack and from the tables on it; lists that had
 * to be made are userdata pushed on top. What is wrong is left in *err. */
void wxl_read_request(lua_State *L, struct wxl_http_request *rq, struct wxl_error *err);

/* Pushes what came of an exchange: the 14 values of client:send, or nil and the error with `sent`.
 * Returns how many. */
int wxl_push_response(lua_State *L, enum wxl_status st, const struct wxl_http_response *rs,
                      const struct wxl_http_timing *t, const struct wxl_error *err);

#endif
