#include "wxlive/multi.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include "http/client.h"
#include "http/settings.h"
#include "base/sigpipe.h"
#include "wxlive/base/alloc.h"

/* Handles that are kept for the next exchange. More than this at a time is rare, and each holds
 * some ten kilobytes and the buffer of its last answer. A few keep a buffer for a large list, the
 * others one for most answers. */
#define IDLE_MAX 256
#define IDLE_LARGE 16
#define IDLE_BYTES ((size_t)16 << 10)

struct task {
    struct wxl_http_exchange exchange; /* never moves: libcurl points into it */
    struct wxl_http_shared *shared;
    LIST_ENTRY(task) others;
    uint64_t tag;
    bool on_handle; /* the easy handle is in the multi handle */
    bool waits;     /* for a connection that may be shared */
};

LIST_HEAD(tasks, task);

struct wxl_multi {
    CURLM *handle;
    struct tasks active; /* under way, or finished and not yet taken */
    struct tasks idle;
    struct task *taken; /* what the last response points into */
    size_t active_count;
    size_t idle_count;
};

static enum wxl_status curl_fail(struct wxl_error *err, CURLMcode code)
{
    enum wxl_status st = code == CURLM_OUT_OF_MEMORY ? WXL_E_NOMEM : WXL_E_IO;

    return wxl_fail(err, st, (long)code, "libcurl's multi handle: %s", curl_multi_strerror(code));
}

enum wxl_status wxl_multi_new(struct wxl_multi **out, long max_connections, struct wxl_error *err)
{
    long most = max_connections > 0 ? max_connections : WXL_MULTI_CONNECTIONS;
    enum wxl_status st = wxl_curl_start(err);
    struct wxl_multi *m;
    CURLMcode code;

    *out = NULL;
    if (st != WXL_OK) {
        return st;
    }
    m = wxl_calloc(1, sizeof *m);
    if (m) {
        m->handle = curl_multi_init();
    }
    if (!m || !m->handle) {
        wxl_free(m);
        return wxl_fail(err, WXL_E_NOMEM, 0, "no memory for a multi handle");
    }
    code = curl_multi_setopt(m->handle, CURLMOPT_MAX_TOTAL_CONNECTIONS, most);
    if (code == CURLM_OK) {
        code = curl_multi_setopt(m->handle, CURLMOPT_MAXCONNECTS, most);
    }
    if (code == CURLM_OK) {
        code = curl_multi_setopt(m->handle, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    }
    if (code != CURLM_OK) {
        wxl_multi_free(m);
        return curl_fail(err, code);
    }
    *out = m;
    return WXL_OK;
}

/* ---- tasks -------------------------------------------------------------------------------------
 */

static void free_task(struct wxl_multi *m, struct task *t)
{
    if (t->on_handle) {
        (void)curl_multi_remove_handle(m->handle, t->exchange.easy);
    }
    wxl_http_exchange_free(&t->exchange);
    wxl_http_shared_drop(t->shared);
    wxl_free(t);
}

/* Frees the idle handles of closed clients. They would fill the list, and the remaining clients
 * would have to make a handle for every exchange. */
static void drop_orphans(struct wxl_multi *m)
{
    struct task *next;
    struct task *t;

    for (t = LIST_FIRST(&m->idle); t; t = next) {
        next = LIST_NEXT(t, others);
        if (t->shared->gone) {
            LIST_REMOVE(t, others);
            m->idle_count--;
            free_task(m, t);
        }
    }
}

/* An idle task with these settings, or a new one. */
static enum wxl_status get_task(struct wxl_multi *m, struct wxl_http_shared *shared,
                                struct task **out, struct wxl_error *err)
{
    struct task *t;
    enum wxl_status st;

    for (t = LIST_FIRST(&m->idle); t; t = LIST_NEXT(t, others)) {
        if (t->shared == shared) {
            LIST_REMOVE(t, others);
            m->idle_count--;
            *out = t;
            return WXL_OK;
        }
    }
    drop_orphans(m);
    t = wxl_calloc(1, sizeof *t);
    if (!t) {
        return wxl_fail(err, WXL_E_NOMEM, 0, "no memory for a request");
    }
    t->shared = shared;
    shared->users++;
    st = wxl_http_exchange_init(&t->exchange, &shared->settings, true, err);
    if (st != WXL_OK) {
        free_task(m, t);
        return st;
    }
    *out = t;
    return WXL_OK;
}

static void put_task(struct wxl_multi *m, struct task *t)
{
    if (m->idle_count >= IDLE_MAX || t->shared->gone) {
        free_task(m, t);
        return;
    }
    if (m->idle_count >= IDLE_LARGE) {
        wxl_buf_reset(&t->exchange.body, IDLE_BYTES);
    }
    LIST_INSERT_HEAD(&m->idle, t, others);
    m->idle_count++;
}

static void put_taken(struct wxl_multi *m)
{
    struct task *t = m->taken;

    m->taken = NULL;
    if (t) {
        put_task(m, t);
    }
}

static void free_tasks(struct wxl_multi *m, struct tasks *list)
{
    while (!LIST_EMPTY(list)) {
        struct task *t = LIST_FIRST(list);

        LIST_REMOVE(t, others);
        free_task(m, t);
    }
}

void wxl_multi_free(struct wxl_multi *m)
{
    struct wxl_sigpipe pipe;

    if (!m) {
        return;
    }
    wxl_sigpipe_hold(&pipe);
    put_taken(m);
    free_tasks(m, &m->active);
    free_tasks(m, &m->idle);
    (void)curl_multi_cleanup(m->handle);
    wxl_sigpipe_release(&pipe);
    wxl_free(m);
}

/* Over TLS a connection that is being made may turn out to carry many exchanges: wait for it. Over
 * plain http it never will, and waiting would keep the exchanges in a row. */
static enum wxl_status set_sharing(struct task *t, const struct wxl_http_request *request,
                                   struct wxl_error *err)
{
    bool tls = request->url && strncasecmp(request->url, "https:", 6) == 0;
    bool wait = tls && t->shared->settings.http2 != WXL_HTTP2_NEVER;

    if (wait == t->waits) {
        return WXL_OK;
    }
    if (curl_easy_setopt(t->exchange.easy, CURLOPT_PIPEWAIT, wait ? 1L : 0L) != CURLE_OK) {
        return wxl_fail(err, WXL_E_UNSUPPORTED, 0, "this libcurl cannot share connections");
    }
    t->waits = wait;
    return WXL_OK;
}

enum wxl_status wxl_multi_start(struct wxl_multi *m, struct wxl_http *client,
                                const struct wxl_http_request *request, uint64_t tag,
                                struct wxl_error *err)
{
    struct task *t = NULL;
    struct wxl_http_response none;
    enum wxl_status st;
    CURLMcode code;

    put_taken(m);
    st = get_task(m, client->shared, &t, err);
    if (st != WXL_OK) {
        return st;
    }
    st = set_sharing(t, request, err);
    if (st == WXL_OK) {
        st = wxl_http_exchange_prepare(&t->exchange, request, err);
    }
    if (st != WXL_OK) {
        put_task(m, t);
        return st;
    }
    code = curl_multi_add_handle(m->handle, t->exchange.easy);
    if (code != CURLM_OK) {
        /* Ends the exchange; its outcome is ignored. */
        st = wxl_http_exchange_finish(&t->exchange, CURLE_OUT_OF_MEMORY, &none, NULL);
        put_task(m, t);
        return st == WXL_OK ? WXL_E_NOMEM : curl_fail(err, code);
    }
    t->on_handle = true;
    t->tag = tag;
    LIST_INSERT_HEAD(&m->active, t, others);
    m->active_count++;
    return WXL_OK;
}

/* ---- running -----------------------------------------------------------------------------------
 */

enum wxl_status wxl_multi_poll(struct wxl_multi *m, int timeout_ms, struct wxl_error *err)
{
    struct wxl_sigpipe pipe;
    int running = 0;
    CURLMcode code;

    wxl_sigpipe_hold(&pipe);
    code = curl_multi_perform(m->handle, &running);
    /* Wait only when nothing is finished: its owner would not notice. */
    if (code == CURLM_OK && timeout_ms > 0 && (size_t)running == m->active_count) {
        code = curl_multi_poll(m->handle, NULL, 0, timeout_ms, NULL);
        if (code == CURLM_OK) {
            code = curl_multi_perform(m->handle, &running);
        }
    }
    wxl_sigpipe_release(&pipe);
    return code == CURLM_OK ? WXL_OK : curl_fail(err, code);
}

bool wxl_multi_next(struct wxl_multi *m, uint64_t *tag, enum wxl_status *st,
                    struct wxl_http_response *out, struct wxl_http_timing *timing,
                    struct wxl_error *err)
{
    int left = 0;
    CURLMsg *msg;
    CURLcode code;
    char *owner = NULL;
    struct task *t;

    put_taken(m);
    do {
        msg = curl_multi_info_read(m->handle, &left);
    } while (msg && msg->msg != CURLMSG_DONE);
    if (!msg) {
        return false;
    }
    code = msg->data.result; /* msg does not outlive the removal */
    (void)curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &owner);
    t = (struct task *)(void *)owner; /* the exchange is the first member */
    LIST_REMOVE(t, others);
    m->active_count--;
    (void)curl_multi_remove_handle(m->handle, t->exchange.easy);
    t->on_handle = false;
    m->taken = t;
    *tag = t->tag;
    *st = wxl_http_exchange_finish(&t->exchange, code, out, err);
    wxl_http_exchange_timing(&t->exchange, timing);
    return true;
}

size_t wxl_multi_active(const struct wxl_multi *m)
{
    return m->active_count;
}

enum wxl_status wxl_multi_watch(struct wxl_multi *m, struct wxl_multi_fd *fds, size_t max,
                                size_t *n, long *timeout_ms, struct wxl_error *err)
{
    fd_set readable;
    fd_set writable;
    fd_set broken;
    int highest = -1;
    int fd;
    CURLMcode code;

    *n = 0;
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_ZERO(&broken);
    code = curl_multi_fdset(m->handle, &readable, &writable, &broken, &highest);
    if (code == CURLM_OK) {
        code = curl_multi_timeout(m->handle, timeout_ms);
    }
    if (code != CURLM_OK) {
        return curl_fail(err, code);
    }
    for (fd = 0; fd <= highest; fd++) {
        bool r = FD_ISSET(fd, &readable) || FD_ISSET(fd, &broken);
        bool w = FD_ISSET(fd, &writable);

        if (r || w) {
            if (*n < max) {
                fds[*n].fd = fd;
                fds[*n].read = r;
                fds[*n].write = w;
            }
            ++*n;
        }
    }
    /* libcurl: no descriptor yet (a name is being looked up), or no timer: ask again soon. */
    if (*timeout_ms < 0 || (highest == -1 && *timeout_ms > 100 && m->active_count)) {
        *timeout_ms = m->active_count ? 100 : -1;
    }
    return WXL_OK;
}
