/* Converts a request table to the core's request, and the outcome to a response table, for the
 * blocking call and for the multi handle. No other file knows the fields. */
#ifndef WXL_LUA_HTTP_REQUEST_H
#define WXL_LUA_HTTP_REQUEST_H

#include "base/binding.h"
#include "wxlive/http.h"

/* The client at index 1; raises when it is closed. */
struct wxl_http *wxl_check_client(lua_State *L);

/* Reads the request table at index, past any metamethod. Every string that *rq borrows, and lists
 * that had to be made, are left on top of the stack: they must stay reachable while *rq is in use.
 * Raises for fields of a wrong type; other mistakes are left in *err. */
void wxl_read_request(lua_State *L, int index, struct wxl_http_request *rq, struct wxl_error *err);

/* Pushes the outcome of an exchange: a response table, or nil and the error with `sent`. Returns
 * how many values. */
int wxl_push_response(lua_State *L, enum wxl_status st, const struct wxl_http_response *rs,
                      const struct wxl_http_timing *t, const struct wxl_error *err);

#endif
