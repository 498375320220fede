/* wxlive.core.signature: keys, encryption and signatures of API requests and answers. */
#include "base/binding.h"

#include "base/scratch.h"
#include "wxlive/signature.h"
#include "wxlive/base/base64.h"

#define KEY_CLASS "wxlive.signature.key"
#define CIPHER_CLASS "wxlive.signature.cipher"
#define KEYS_MAX 16

static const char *const suites[] = {"AES256_GCM", "SM4_GCM", NULL};

/* Three arguments: urlpath, appid, timestamp */
static struct wxl_signature_scope check_scope(lua_State *L, int arg)
{
    struct wxl_signature_scope scope;
    lua_Number timestamp;

    scope.urlpath = wxl_checkbytes(L, arg);
    scope.appid = wxl_checkbytes(L, arg + 1);
    timestamp = luaL_checknumber(L, arg + 2);
    luaL_argcheck(L, timestamp > 0 && timestamp < 1e12, arg + 2, "must be in Unix seconds");
    scope.timestamp = (int64_t)timestamp;
    return scope;
}

static int key_close(lua_State *L)
{
    wxl_key_free(wxl_takeheld(L, KEY_CLASS));
    return 0;
}

static int cipher_close(lua_State *L)
{
    wxl_signature_cipher_free(wxl_takeheld(L, CIPHER_CLASS));
    return 0;
}

/* What a function writes before it becomes a string. */
static struct wxl_buf *new_buffer(lua_State *L)
{
    return wxl_newscratch(L, 2 * (size_t)WXL_SIGNATURE_MAX);
}

static int push_result(lua_State *L, enum wxl_status st, struct wxl_buf *b, struct wxl_error *err)
{
    int results = wxl_pushbytes(L, st, err, b->data ? b->data : "", b->len);

    wxl_buf_wipe(b);
    return results;
}

typedef enum wxl_status (*key_reader)(struct wxl_bytes, struct wxl_bytes, struct wxl_key **,
                                      struct wxl_error *);

static int new_key(lua_State *L, key_reader read)
{
    struct wxl_bytes pem = wxl_checkbytes(L, 1);
    struct wxl_bytes serial = {"", 0};
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_key **box;

    serial.p = luaL_optlstring(L, 2, "", &serial.n);
    box = wxl_newbox(L, KEY_CLASS, sizeof *box);
    return wxl_pushbox(L, read(pem, serial, box, &err), &err);
}

/* signature.private_key(pem [, serial]) -> key | nil, err */
static int signature_private_key(lua_State *L)
{
    return new_key(L, wxl_key_private);
}

/* signature.public_key(pem [, serial]) -> key | nil, err; a certificate or a public key */
static int signature_public_key(lua_State *L)
{
    return new_key(L, wxl_key_public);
}

/* signature.cipher(suite, key, sn) -> cipher | nil, err; key: raw bytes */
static int signature_cipher(lua_State *L)
{
    int suite = luaL_checkoption(L, 1, NULL, suites);
    struct wxl_bytes key = wxl_checkbytes(L, 2);
    struct wxl_bytes sn = wxl_checkbytes(L, 3);
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_signature_cipher **box = wxl_newbox(L, CIPHER_CLASS, sizeof *box);
    enum wxl_status st =
        wxl_signature_cipher_new((enum wxl_signature_suite)suite, key, sn, box, &err);

    return wxl_pushbox(L, st, &err);
}

/* signature.offers(suite) -> boolean */
static int signature_offers(lua_State *L)
{
    int suite = luaL_checkoption(L, 1, NULL, suites);

    lua_pushboolean(L, wxl_signature_offers((enum wxl_signature_suite)suite));
    return 1;
}

/* key:sign(urlpath, appid, timestamp, postdata) -> base64 | nil, err */
static int key_sign(lua_State *L)
{
    struct wxl_key *key = wxl_checkheld(L, 1, KEY_CLASS);
    struct wxl_signature_scope scope = check_scope(L, 2);
    struct wxl_bytes postdata = wxl_checkbytes(L, 5);
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_buf *out = new_buffer(L);

    return push_result(L, wxl_signature_sign(key, &scope, postdata, out, &err), out, &err);
}

/* key:verify(urlpath, appid, timestamp, postdata, signature) -> true | nil, err */
static int key_verify(lua_State *L)
{
    struct wxl_key *key = wxl_checkheld(L, 1, KEY_CLASS);
    struct wxl_signature_scope scope = check_scope(L, 2);
    struct wxl_bytes postdata = wxl_checkbytes(L, 5);
    struct wxl_bytes signature = wxl_checkbytes(L, 6);
    struct wxl_error err = {WXL_OK, 0, ""};

    return wxl_pushoutcome(L, wxl_signature_verify(key, &scope, postdata, signature, &err), &err, 1);
}

/* cipher:seal(urlpath, appid, timestamp, plain [, iv]) -> body | nil, err */
static int cipher_seal(lua_State *L)
{
    struct wxl_signature_cipher *cipher = wxl_checkheld(L, 1, CIPHER_CLASS);
    struct wxl_signature_scope scope = check_scope(L, 2);
    struct wxl_bytes plain = wxl_checkbytes(L, 5);
    size_t n = 0;
    const char *iv = luaL_optlstring(L, 6, NULL, &n);
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_buf *out;

    luaL_argcheck(L, !iv || n == WXL_SIGNATURE_IV, 6, "must be 12 bytes");
    out = new_buffer(L);
    return push_result(L,
                       wxl_signature_seal(cipher, &scope, plain, (const unsigned char *)iv, out,
                                          &err),
                       out, &err);
}

/* cipher:open(urlpath, appid, timestamp, body) -> plain | nil, err */
static int cipher_open(lua_State *L)
{
    struct wxl_signature_cipher *cipher = wxl_checkheld(L, 1, CIPHER_CLASS);
    struct wxl_signature_scope scope = check_scope(L, 2);
    struct wxl_bytes body = wxl_checkbytes(L, 5);
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_buf *out = new_buffer(L);

    return push_result(L, wxl_signature_open(cipher, &scope, body, out, &err), out, &err);
}

static int64_t check_seconds(lua_State *L, int index, const char *key)
{
    double seconds = wxl_optfield_number(L, index, key, 0);

    luaL_argcheck(L, seconds >= 0 && seconds < 1e12, index, "seconds out of range");
    return (int64_t)seconds;
}

/* Keys of the list at `index`, borrowed from it; returns how many. */
static size_t check_keys(lua_State *L, int index, const struct wxl_key **keys)
{
    size_t count;
    size_t i;

    luaL_checktype(L, index, LUA_TTABLE);
    count = wxl_rawlen(L, index);
    luaL_argcheck(L, count <= KEYS_MAX, index, "too many keys");
    for (i = 0; i < count; i++) {
        lua_rawgeti(L, index, (int)i + 1);
        keys[i] = wxl_checkheld(L, lua_gettop(L), KEY_CLASS);
        lua_pop(L, 1);
    }
    return count;
}

/* cipher:answer(keys, { urlpath=, appid=, now=, window= }, headers, body)
 *   -> plain, timestamp, renew | nil, err
 * headers: { appid=, timestamp=, serial=, signature=, serial_deprecated=, signature_deprecated= }
 */
static int cipher_answer(lua_State *L)
{
    const struct wxl_key *keys[KEYS_MAX];
    struct wxl_signature_trust trust;
    struct wxl_signature_headers headers;
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_bytes body;
    struct wxl_buf *out;
    enum wxl_status st;
    int renew;
    int64_t timestamp;

    trust.cipher = wxl_checkheld(L, 1, CIPHER_CLASS);
    trust.keys = keys;
    trust.key_count = check_keys(L, 2, keys);
    luaL_checktype(L, 3, LUA_TTABLE);
    trust.urlpath = wxl_optfield_bytes(L, 3, "urlpath");
    trust.appid = wxl_optfield_bytes(L, 3, "appid");
    trust.now = check_seconds(L, 3, "now");
    trust.window = check_seconds(L, 3, "window");
    luaL_checktype(L, 4, LUA_TTABLE);
    headers.appid = wxl_optfield_bytes(L, 4, "appid");
    headers.timestamp = wxl_optfield_bytes(L, 4, "timestamp");
    headers.serial = wxl_optfield_bytes(L, 4, "serial");
    headers.signature = wxl_optfield_bytes(L, 4, "signature");
    headers.serial_deprecated = wxl_optfield_bytes(L, 4, "serial_deprecated");
    headers.signature_deprecated = wxl_optfield_bytes(L, 4, "signature_deprecated");
    body = wxl_checkbytes(L, 5);
    out = new_buffer(L);
    st = wxl_signature_answer(&trust, &headers, body, out, &renew, &timestamp, &err);
    if (st != WXL_OK) {
        return wxl_pushfailure(L, &err);
    }
    (void)push_result(L, st, out, &err);
    wxl_pushint64(L, timestamp);
    lua_pushboolean(L, renew);
    return 3;
}

/* signature.encode(bytes) -> base64 */
static int signature_encode(lua_State *L)
{
    struct wxl_bytes bytes = wxl_checkbytes(L, 1);
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_buf *out;

    luaL_argcheck(L, bytes.n <= WXL_SIGNATURE_MAX, 1, "too long");
    out = new_buffer(L);
    err.status = wxl_base64_append(out, bytes.p, bytes.n);
    return push_result(L, err.status, out, &err);
}

/* signature.decode(text) -> bytes | nil when it is not strict base64 */
static int signature_decode(lua_State *L)
{
    struct wxl_bytes text = wxl_checkbytes(L, 1);
    struct wxl_buf *out;
    enum wxl_status st;
    size_t n;
    char *at;

    luaL_argcheck(L, text.n <= WXL_SIGNATURE_MAX, 1, "too long");
    out = new_buffer(L);
    at = wxl_buf_reserve(out, wxl_base64_decoded_max(text.n), &st);
    if (!at || wxl_base64_decode(text.p, text.n, (unsigned char *)at, &n) != WXL_OK) {
        return 0;
    }
    wxl_buf_commit(out, n);
    return push_result(L, WXL_OK, out, NULL);
}

static const luaL_Reg key_methods[] = {
    {"sign", key_sign},
    {"verify", key_verify},
    {NULL, NULL},
};

static const luaL_Reg cipher_methods[] = {
    {"seal", cipher_seal},
    {"open", cipher_open},
    {"answer", cipher_answer},
    {NULL, NULL},
};

static const luaL_Reg signature_functions[] = {
    {"private_key", signature_private_key},
    {"public_key", signature_public_key},
    {"cipher", signature_cipher},
    {"offers", signature_offers},
    {"encode", signature_encode},
    {"decode", signature_decode},
    {NULL, NULL},
};

void wxl_open_signature(lua_State *L)
{
    wxl_newclass(L, KEY_CLASS, key_methods, key_close);
    wxl_newclass(L, CIPHER_CLASS, cipher_methods, cipher_close);
    wxl_setmodule(L, "signature", signature_functions);
}
