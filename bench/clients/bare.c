/* The least binding of libcurl to Lua: one function that makes a call. No check, no retry, no limit,
 * no error but a status that is not there. For 5.4 and LuaJIT.
 *   local call = require "bare"(ca_file|nil)     status, text = call(url, body|nil) */
#include <curl/curl.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>
#include <string.h>

struct bare {
    CURL *easy;
    struct curl_slist *lines;
    char *data;
    size_t len;
    size_t cap;
};

static size_t collect(char *data, size_t size, size_t count, void *arg)
{
    struct bare *b = arg;
    size_t n = size * count;

    if (b->len + n > b->cap) {
        b->cap = (b->len + n) * 2;
        b->data = realloc(b->data, b->cap);
        if (!b->data) {
            return 0;
        }
    }
    memcpy(b->data + b->len, data, n);
    b->len += n;
    return n;
}

static int call(lua_State *L)
{
    struct bare *b = lua_touserdata(L, lua_upvalueindex(1));
    const char *url = luaL_checkstring(L, 1);
    size_t len = 0;
    const char *body = lua_isnoneornil(L, 2) ? NULL : luaL_checklstring(L, 2, &len);
    long status = 0;

    b->len = 0;
    curl_easy_setopt(b->easy, CURLOPT_URL, url);
    if (body) {
        curl_easy_setopt(b->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
        curl_easy_setopt(b->easy, CURLOPT_POSTFIELDS, body);
    }
    if (curl_easy_perform(b->easy) == CURLE_OK) {
        curl_easy_getinfo(b->easy, CURLINFO_RESPONSE_CODE, &status);
    }
    lua_pushinteger(L, status);
    lua_pushlstring(L, b->data ? b->data : "", b->len);
    return 2;
}

static int new_call(lua_State *L)
{
    const char *ca_file = luaL_optstring(L, 1, NULL);
    const char *http = getenv("BENCH_HTTP");
    struct bare *b = lua_newuserdata(L, sizeof *b); /* lives as long as the program */

    memset(b, 0, sizeof *b);
    b->easy = curl_easy_init();
    b->lines = curl_slist_append(curl_slist_append(NULL, "Expect:"), "Content-Type: application/json");
    curl_easy_setopt(b->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(b->easy, CURLOPT_PROXY, "");
    curl_easy_setopt(b->easy, CURLOPT_USERAGENT, "wxlive/" WXLIVE_VERSION);
    curl_easy_setopt(b->easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(b->easy, CURLOPT_HTTP_VERSION,
                     (long)(http && strcmp(http, "2") == 0 ? CURL_HTTP_VERSION_2TLS
                                                           : CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(b->easy, CURLOPT_TIMEOUT_MS, 30000L);
    curl_easy_setopt(b->easy, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(b->easy, CURLOPT_WRITEDATA, b);
    curl_easy_setopt(b->easy, CURLOPT_HTTPHEADER, b->lines);
    if (ca_file) {
        curl_easy_setopt(b->easy, CURLOPT_CAINFO, ca_file);
    }
    lua_pushcclosure(L, call, 1);
    return 1;
}

int luaopen_bare(lua_State *L);

int luaopen_bare(lua_State *L)
{
    lua_pushcfunction(L, new_call);
    return 1;
}
