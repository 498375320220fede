#include "wxlive/resp.h"

#include <hiredis.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <string.h>

#include "wxlive/base/alloc.h"
#include "wxlive/base/buf.h"

struct wxl_resp {
    redisReader *reader;
    redisReplyObjectFunctions make; /* hiredis keeps a pointer to it */
    size_t max;
    size_t held;             /* bytes of the tree that is being built */
    enum wxl_status refused; /* why one of our constructors said no */
    struct wxl_error first;  /* the failure that the reader stays in */
};

enum wxl_status wxl_resp_command(struct wxl_buf *out, size_t argc, const char *const *argv,
                                 const size_t *len, struct wxl_error *err)
{
    enum wxl_status st;
    char *bytes = NULL;
    long long n;

    if (argc < 1 || argc > INT_MAX) {
        return wxl_fail(err, WXL_E_ARG, 0, "a command has at least a name");
    }
    /* hiredis forgets a const: it only reads. */
    n = redisFormatCommandArgv(&bytes, (int)argc, (const char **)argv, len);
    if (n < 0) {
        return wxl_fail(err, WXL_E_NOMEM, 0, "out of memory");
    }
    st = wxl_buf_append(out, bytes, (size_t)n);
    /* It may hold a password or a token. */
    OPENSSL_cleanse(bytes, (size_t)n);
    redisFreeCommand(bytes);
    return st == WXL_OK ? st : wxl_fail(err, st, 0, "the command is too long");
}

/* ---- the tree, built by callbacks of hiredis ---------------------------------------------------
 *
 * One that returns NULL makes hiredis drop the whole reply; `refused` says why. hiredis frees
 * everything that is attached to the root. */

static enum wxl_resp_type type_of(int type)
{
    switch (type) {
    case REDIS_REPLY_INTEGER:
        return WXL_RESP_INTEGER;
    case REDIS_REPLY_NIL:
        return WXL_RESP_NIL;
    case REDIS_REPLY_STATUS:
        return WXL_RESP_STATUS;
    case REDIS_REPLY_ERROR:
        return WXL_RESP_ERROR;
    case REDIS_REPLY_ARRAY:
        return WXL_RESP_ARRAY;
    default:
        return WXL_RESP_STRING;
    }
}

static void *refuse(struct wxl_resp *r, enum wxl_status why)
{
    r->refused = why;
    return NULL;
}

/* Whether n more bytes fit into the reply; counts them. */
static bool account(struct wxl_resp *r, size_t n)
{
    if (n > r->max - r->held) {
        return false;
    }
    r->held += n;
    return true;
}

/* A value that will hold `more` bytes behind it; it is attached once it is complete. */
static struct wxl_resp_value *new_value(const redisReadTask *task, size_t more)
{
    struct wxl_resp *r = task->privdata;
    struct wxl_resp_value *v;

    if (!account(r, sizeof *v) || !account(r, more)) {
        return refuse(r, WXL_E_TOO_LARGE);
    }
    v = wxl_calloc(1, sizeof *v);
    if (!v) {
        return refuse(r, WXL_E_NOMEM);
    }
    v->type = type_of(task->type);
    return v;
}

/* Attaches v to its parent; frees it where what it should hold could not be allocated. */
static void *attach(const redisReadTask *task, struct wxl_resp_value *v, bool complete)
{
    struct wxl_resp_value *parent = task->parent ? task->parent->obj : NULL;

    if (!complete) {
        wxl_free(v);
        return refuse(task->privdata, WXL_E_NOMEM);
    }
    if (parent) {
        parent->items[task->idx] = v;
    }
    return v;
}

static void *make_string(const redisReadTask *task, char *text, size_t len)
{
    struct wxl_resp_value *v = new_value(task, len);

    if (!v) {
        return NULL;
    }
    v->text = wxl_strndup(text, len);
    v->len = len;
    return attach(task, v, v->text != NULL);
}

static int depth_of(const redisReadTask *task)
{
    int depth = 1;

    for (; task->parent; task = task->parent) {
        depth++;
    }
    return depth;
}

/* The type of `elements` is int before hiredis 1.0. */
#if HIREDIS_MAJOR >= 1
static void *make_array(const redisReadTask *task, size_t elements)
#else
static void *make_array(const redisReadTask *task, int elements)
#endif
{
    size_t count = (size_t)elements;
    struct wxl_resp *r = task->privdata;
    struct wxl_resp_value *v;

    if (depth_of(task) > WXL_RESP_MAX_DEPTH || count > r->max / sizeof *v->items) {
        return refuse(r, WXL_E_TOO_LARGE);
    }
    v = new_value(task, count * sizeof *v->items);
    if (!v) {
        return NULL;
    }
    v->type = WXL_RESP_ARRAY;
    v->items = wxl_calloc(count, sizeof *v->items);
    v->count = count;
    return attach(task, v, v->items != NULL);
}

static void *make_integer(const redisReadTask *task, long long n)
{
    struct wxl_resp_value *v = new_value(task, 0);

    if (!v) {
        return NULL;
    }
    v->integer = n;
    return attach(task, v, true);
}

static void *make_nil(const redisReadTask *task)
{
    struct wxl_resp_value *v = new_value(task, 0);

    if (!v) {
        return NULL;
    }
    v->type = WXL_RESP_NIL;
    return attach(task, v, true);
}

#if HIREDIS_MAJOR >= 1
/* RESP3, which was never asked for. */
static void *make_double(const redisReadTask *task, double d, char *text, size_t len)
{
    (void)d;
    (void)text;
    (void)len;
    return refuse(task->privdata, WXL_E_PROTOCOL);
}

static void *make_bool(const redisReadTask *task, int b)
{
    (void)b;
    return refuse(task->privdata, WXL_E_PROTOCOL);
}
#endif

static void free_object(void *value)
{
    wxl_resp_value_free(value);
}

void wxl_resp_value_free(struct wxl_resp_value *v)
{
    size_t i;

    if (!v) {
        return;
    }
    /* As deep as WXL_RESP_MAX_DEPTH at most. */
    for (i = 0; i < v->count; i++) {
        wxl_resp_value_free(v->items[i]);
    }
    wxl_free(v->items);
    wxl_free_secret(v->text, v->len);
    wxl_free(v);
}

/* ---- the reader -------------------------------------------------------------------------------*/

enum wxl_status wxl_resp_new(struct wxl_resp **out, size_t max_reply, struct wxl_error *err)
{
    struct wxl_resp *r = wxl_calloc(1, sizeof *r);

    *out = NULL;
    if (!r) {
        return wxl_fail(err, WXL_E_NOMEM, 0, "out of memory");
    }
    r->max = max_reply ? max_reply : WXL_RESP_MAX_REPLY;
    r->make.createString = make_string;
    r->make.createArray = make_array;
    r->make.createInteger = make_integer;
    r->make.createNil = make_nil;
    r->make.freeObject = free_object;
#if HIREDIS_MAJOR >= 1
    r->make.createDouble = make_double;
    r->make.createBool = make_bool;
#endif
    r->reader = redisReaderCreateWithFunctions(&r->make);
    if (!r->reader) {
        wxl_free(r);
        return wxl_fail(err, WXL_E_NOMEM, 0, "out of memory");
    }
    r->reader->privdata = r;
    *out = r;
    return WXL_OK;
}

void wxl_resp_free(struct wxl_resp *r)
{
    if (r) {
        redisReaderFree(r->reader);
        wxl_free(r);
    }
}

static enum wxl_status stay(struct wxl_resp *r, enum wxl_status st, const char *text,
                            struct wxl_error *err)
{
    (void)wxl_fail(&r->first, st, 0, "%s", text);
    if (err) {
        *err = r->first;
    }
    return st;
}

static enum wxl_status again(const struct wxl_resp *r, struct wxl_error *err)
{
    if (r->first.status != WXL_OK && err) {
        *err = r->first;
    }
    return r->first.status;
}

enum wxl_status wxl_resp_feed(struct wxl_resp *r, const void *data, size_t n, struct wxl_error *err)
{
    if (r->first.status != WXL_OK) {
        return again(r, err);
    }
    if (n > r->max - (r->reader->len - r->reader->pos)) {
        return stay(r, WXL_E_TOO_LARGE, "the reply is larger than the cap", err);
    }
    if (redisReaderFeed(r->reader, data, n) != REDIS_OK) {
        return stay(r, WXL_E_NOMEM, "out of memory", err);
    }
    return WXL_OK;
}

enum wxl_status wxl_resp_next(struct wxl_resp *r, struct wxl_resp_value **out,
                              struct wxl_error *err)
{
    void *reply = NULL;

    *out = NULL;
    if (r->first.status != WXL_OK) {
        return again(r, err);
    }
    if (redisReaderGetReply(r->reader, &reply) == REDIS_OK) {
        if (reply) {
            r->held = 0;
        }
        *out = reply;
        return WXL_OK;
    }
    if (r->refused == WXL_E_TOO_LARGE) {
        return stay(r, WXL_E_TOO_LARGE, "the reply is larger or deeper than the cap", err);
    }
    if (r->refused == WXL_E_NOMEM || r->reader->err == REDIS_ERR_OOM) {
        return stay(r, WXL_E_NOMEM, "out of memory", err);
    }
    return stay(r, WXL_E_PROTOCOL, "what came is not Redis's protocol", err);
}
