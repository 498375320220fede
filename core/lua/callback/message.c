/* wxlive.core.message: signatures and encryption of callback messages. */
#include "base/binding.h"

#include "base/scratch.h"
#include "wxlive/message.h"

#define MESSAGE_CLASS "wxlive.message"

/* Arguments first..top as parts to sign; returns how many. */
static size_t check_parts(lua_State *L, int first, struct wxl_bytes *parts)
{
    int top = lua_gettop(L);
    int i;

    luaL_argcheck(L, top - first + 1 < WXL_SIGNATURE_PARTS_MAX, first, "too many parts");
    for (i = first; i <= top; i++) {
        parts[i - first] = wxl_checkbytes(L, i);
    }
    return top >= first ? (size_t)(top - first + 1) : 0;
}

static int message_close(lua_State *L)
{
    wxl_message_free(wxl_takeheld(L, MESSAGE_CLASS));
    return 0;
}

/* message.new{ token=, aes_key=, previous_aes_key=, appid=, max= } -> box | nil, err */
static int message_new(lua_State *L)
{
    struct wxl_message_options options;
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_message **box;
    double max;

    luaL_checktype(L, 1, LUA_TTABLE);
    options.token = wxl_optfield_bytes(L, 1, "token");
    options.aes_key = wxl_optfield_bytes(L, 1, "aes_key");
    options.previous_aes_key = wxl_optfield_bytes(L, 1, "previous_aes_key");
    options.appid = wxl_optfield_bytes(L, 1, "appid");
    max = wxl_optfield_number(L, 1, "max", 0);
    luaL_argcheck(L, max >= 0 && max <= 64.0 * 1024 * 1024, 1, "max must be 0 to 64 MiB");
    options.max = (size_t)max;
    box = wxl_newbox(L, MESSAGE_CLASS, sizeof *box);
    return wxl_pushbox(L, wxl_message_new(&options, box, &err), &err);
}

/* box:sign(part, ...) -> hex | nil, err */
static int message_sign(lua_State *L)
{
    struct wxl_message *m = wxl_checkheld(L, 1, MESSAGE_CLASS);
    struct wxl_bytes parts[WXL_SIGNATURE_PARTS_MAX];
    size_t count = check_parts(L, 2, parts);
    char hex[WXL_SIGNATURE_CHARS + 1];
    struct wxl_error err = {WXL_OK, 0, ""};
    enum wxl_status st = wxl_message_sign(m, parts, count, hex, &err);

    return wxl_pushbytes(L, st, &err, hex, WXL_SIGNATURE_CHARS);
}

/* box:verify(signature, part, ...) -> true | nil, err */
static int message_verify(lua_State *L)
{
    struct wxl_message *m = wxl_checkheld(L, 1, MESSAGE_CLASS);
    struct wxl_bytes signature = wxl_checkbytes(L, 2);
    struct wxl_bytes parts[WXL_SIGNATURE_PARTS_MAX];
    size_t count = check_parts(L, 3, parts);
    struct wxl_error err = {WXL_OK, 0, ""};

    return wxl_pushoutcome(L, wxl_message_verify(m, parts, count, signature, &err), &err, 1);
}

/* box:open(timestamp, nonce, encrypt, signature) -> message | nil, err */
static int message_open(lua_State *L)
{
    struct wxl_message *m = wxl_checkheld(L, 1, MESSAGE_CLASS);
    struct wxl_bytes timestamp = wxl_checkbytes(L, 2);
    struct wxl_bytes nonce = wxl_checkbytes(L, 3);
    struct wxl_bytes encrypt = wxl_checkbytes(L, 4);
    struct wxl_bytes signature = wxl_checkbytes(L, 5);
    struct wxl_bytes message;
    struct wxl_error err = {WXL_OK, 0, ""};
    enum wxl_status st =
        wxl_message_open(m, timestamp, nonce, encrypt, signature, &message, &err);

    return wxl_pushbytes(L, st, &err, message.p, message.n);
}

/* box:decrypt(encrypt) -> message | nil, err. For tests and tools: nothing is verified. */
static int message_decrypt(lua_State *L)
{
    struct wxl_message *m = wxl_checkheld(L, 1, MESSAGE_CLASS);
    struct wxl_bytes encrypt = wxl_checkbytes(L, 2);
    struct wxl_bytes message;
    struct wxl_error err = {WXL_OK, 0, ""};
    enum wxl_status st = wxl_message_decrypt(m, encrypt, &message, &err);

    return wxl_pushbytes(L, st, &err, message.p, message.n);
}

/* box:seal(message [, random]) -> base64 text | nil, err */
static int message_seal(lua_State *L)
{
    struct wxl_message *m = wxl_checkheld(L, 1, MESSAGE_CLASS);
    struct wxl_bytes message = wxl_checkbytes(L, 2);
    size_t n = 0;
    const char *random = luaL_optlstring(L, 3, NULL, &n);
    struct wxl_error err = {WXL_OK, 0, ""};
    struct wxl_buf *out;
    enum wxl_status st;

    luaL_argcheck(L, !random || n == WXL_MESSAGE_RANDOM, 3, "must be 16 bytes");
    out = wxl_newscratch(L, (size_t)128 * 1024 * 1024);
    st = wxl_message_seal(m, message, (const unsigned char *)random, out, &err);
    return wxl_pushbytes(L, st, &err, out->data, out->len);
}

/* box:explain(encrypt) -> steps | nil, err; see struct wxl_message_steps */
static int message_explain(lua_State *L)
{
    struct wxl_message *m = wxl_checkheld(L, 1, MESSAGE_CLASS);
    struct wxl_bytes encrypt = wxl_checkbytes(L, 2);
    struct wxl_message_steps steps;
    struct wxl_error err = {WXL_OK, 0, ""};

    if (wxl_message_explain(m, encrypt, &steps, &err) != WXL_OK) {
        return wxl_pushfailure(L, &err);
    }
    lua_createtable(L, 0, 10);
    wxl_setboolean(L, "base64_ok", steps.base64_ok);
    wxl_setint64(L, "cipher_len", (int64_t)steps.cipher_len);
    wxl_setboolean(L, "blocks_ok", steps.blocks_ok);
    wxl_setboolean(L, "previous_key", steps.previous_key);
    wxl_setint64(L, "pad", (int64_t)steps.pad);
    wxl_setboolean(L, "pad_ok", steps.pad_ok);
    wxl_setint64(L, "message_len", (int64_t)steps.message_len);
    wxl_setboolean(L, "length_ok", steps.length_ok);
    wxl_setboolean(L, "appid_ok", steps.appid_ok);
    wxl_setstring(L, "appid", steps.appid);
    return 1;
}

/* message.sha1(part, ...) -> hex of the sorted, joined parts | nil, err */
static int message_sha1(lua_State *L)
{
    struct wxl_bytes parts[WXL_SIGNATURE_PARTS_MAX];
    size_t count = check_parts(L, 1, parts);
    char hex[WXL_SIGNATURE_CHARS + 1];
    struct wxl_error err = {WXL_OK, 0, ""};
    enum wxl_status st = wxl_message_sha1(parts, count, hex, &err);

    return wxl_pushbytes(L, st, &err, hex, WXL_SIGNATURE_CHARS);
}

static const luaL_Reg message_methods[] = {
    {"sign", message_sign}, {"verify", message_verify},   {"open", message_open},
    {"seal", message_seal}, {"decrypt", message_decrypt}, {"explain", message_explain},
    {NULL, NULL},
};

static const luaL_Reg message_functions[] = {
    {"new", message_new},
    {"sha1", message_sha1},
    {NULL, NULL},
};

void wxl_open_message(lua_State *L)
{
    wxl_newclass(L, MESSAGE_CLASS, message_methods, message_close);
    wxl_setmodule(L, "message", message_functions);
}
