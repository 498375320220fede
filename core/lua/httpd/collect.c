#include "httpd/collect.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

/* A body over the ceiling is read and thrown away, so that the client receives the answer; one that
 * is so many times over it is cut off. */
#define DRAIN_FACTOR 4
#define URI_MAX 8192
#define CONNECTION_MEMORY 65536
#define CONNECTIONS_MAX 4000
#define IDLE_SECONDS 120
#define STREAM_BLOCK 16384
#define STREAM_MAX (64u << 20)

/* Counts the requests of one connection. */
struct wire {
    unsigned long requests;
};

static void exchange_free(struct wxl_exchange *x)
{
    if (x->response) {
        MHD_destroy_response(x->response);
    }
    wxl_buf_free(&x->body);
    wxl_buf_free(&x->out);
    free(x);
}

static void exchange_wake(struct wxl_exchange *x)
{
    if (x->server && x->suspended) {
        x->suspended = 0;
        MHD_resume_connection(x->conn);
    }
}

/* Closing the socket then sends RST instead of FIN. */
static void arm_reset(struct MHD_Connection *conn)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct linger hard = {.l_onoff = 1, .l_linger = 0};

    if (info) {
        (void)setsockopt(info->connect_fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    }
}

/* ---- MHD's callbacks ------------------------------------------------------------------------ */

static void on_connection(void *cls, struct MHD_Connection *conn, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    (void)cls;
    (void)conn;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = calloc(1, sizeof(struct wire));
    } else {
        free(*context);
        *context = NULL;
    }
}

/* The first news of a request; what it returns is *context of the callbacks below. */
static void *on_uri(void *cls, const char *uri, struct MHD_Connection *conn)
{
    struct wxl_httpd *s = cls;
    size_t len = strlen(uri);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct wire *wire = info ? info->socket_context : NULL;
    struct wxl_exchange *x = len <= URI_MAX ? calloc(1, sizeof *x + len + 1) : NULL;

    if (!x) {
        return NULL;
    }
    memcpy(x->uri, uri, len + 1);
    wxl_buf_init(&x->body, s->max_body);
    wxl_buf_init(&x->out, STREAM_MAX);
    x->nth = wire ? ++wire->requests : 1;
    x->conn = conn;
    x->server = s;
    LIST_INSERT_HEAD(&s->live, x, living);
    return x;
}

static enum MHD_Result take_body(struct wxl_exchange *x, const char *data, size_t n)
{
    if (!x->too_large && wxl_buf_append(&x->body, data, n) == WXL_OK) {
        return MHD_YES;
    }
    x->too_large = 1;
    wxl_buf_free(&x->body);
    if (n > x->server->max_body * DRAIN_FACTOR - x->drained) {
        return MHD_NO;
    }
    x->drained += n;
    return MHD_YES;
}

static enum MHD_Result on_access(void *cls, struct MHD_Connection *conn, const char *url,
                                 const char *method, const char *version, const char *data,
                                 size_t *size, void **context)
{
    struct wxl_httpd *s = cls;
    struct wxl_exchange *x = *context;

    (void)url;
    (void)version;
    if (!x) {
        return MHD_NO; /* memory was short, or the request line too long */
    }
    if (!x->started) {
        x->started = 1;
        x->method = method;
        return MHD_YES;
    }
    if (*size > 0) {
        size_t n = *size;

        *size = 0;
        return take_body(x, data, n);
    }
    if (x->verdict == WXL_ANSWERED || x->streaming) {
        return MHD_queue_response(conn, x->status, x->response);
    }
    if (x->verdict == WXL_UNDECIDED) {
        TAILQ_INSERT_TAIL(&s->waiting, x, queue);
        x->waits = 1;
        x->suspended = 1;
        MHD_suspend_connection(conn);
        return MHD_YES;
    }
    if (x->verdict == WXL_RESETTING) {
        arm_reset(conn);
    }
    return MHD_NO; /* closes the connection */
}

static void on_completed(void *cls, struct MHD_Connection *conn, void **context,
                         enum MHD_RequestTerminationCode why)
{
    struct wxl_exchange *x = *context;
    struct wxl_httpd *s = cls;

    (void)conn;
    (void)why;
    if (!x) {
        return;
    }
    *context = NULL;
    if (x->waits) {
        TAILQ_REMOVE(&s->waiting, x, queue);
    }
    LIST_REMOVE(x, living);
    x->server = NULL;
    x->conn = NULL;
    if (!x->held) {
        exchange_free(x);
    }
}

/* Body of a streamed answer: gives what send() brought, then waits, or ends the answer. */
static ssize_t on_body_wanted(void *cls, uint64_t position, char *to, size_t room)
{
    struct wxl_exchange *x = cls;
    size_t left = x->out.len - x->out_sent;

    (void)position;
    if (left > 0) {
        size_t n = left < room ? left : room;

        memcpy(to, x->out.data + x->out_sent, n);
        x->out_sent += n;
        return (ssize_t)n;
    }
    if (x->verdict == WXL_RESETTING) {
        arm_reset(x->conn);
    }
    if (x->verdict != WXL_ANSWERED) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    wxl_buf_reset(&x->out, STREAM_BLOCK);
    x->out_sent = 0;
    x->suspended = 1;
    MHD_suspend_connection(x->conn);
    return 0;
}

/* ---- exchanges, from the taker's side ------------------------------------------------------- */

struct wxl_exchange *wxl_httpd_take(struct wxl_httpd *s)
{
    struct wxl_exchange *x = TAILQ_FIRST(&s->waiting);

    if (x) {
        TAILQ_REMOVE(&s->waiting, x, queue);
        x->waits = 0;
        x->held = 1;
    }
    return x;
}

static enum MHD_Result collect_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                      const char *value)
{
    struct wxl_headers *headers = cls;

    (void)kind;
    if (headers->count == WXL_HTTPD_HEADERS_MAX) {
        return MHD_NO;
    }
    headers->name[headers->count] = name;
    headers->value[headers->count] = value ? value : "";
    headers->count++;
    return MHD_YES;
}

void wxl_exchange_headers(struct wxl_exchange *x, struct wxl_headers *headers)
{
    headers->count = 0;
    MHD_get_connection_values(x->conn, MHD_HEADER_KIND, collect_header, headers);
}

void wxl_exchange_remote(struct wxl_exchange *x, char *text, size_t room)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct sockaddr *address = info ? info->client_addr : NULL;
    bool six = address && address->sa_family == AF_INET6;
    socklen_t size = six ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);

    if (!address || getnameinfo(address, size, text, (socklen_t)room, NULL, 0, NI_NUMERICHOST) != 0) {
        text[0] = '\0';
    }
}

enum wxl_status wxl_exchange_begin(struct wxl_exchange *x, unsigned int status, const char *body,
                                   size_t n, uint64_t length)
{
    if (!x->server) {
        return WXL_E_CLOSED;
    }
    x->status = status;
    x->streaming = length > n;
    if (!x->streaming) {
        /* MHD only reads from a buffer that it is told to copy. */
        x->response =
            MHD_create_response_from_buffer(n, (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);
    } else if (n == 0 || wxl_buf_append(&x->out, body, n) == WXL_OK) {
        x->response =
            MHD_create_response_from_callback(length, STREAM_BLOCK, on_body_wanted, x, NULL);
    }
    return x->response ? WXL_OK : WXL_E_NOMEM;
}

enum wxl_status wxl_exchange_header(struct wxl_exchange *x, const char *name, const char *value)
{
    return MHD_add_response_header(x->response, name, value) == MHD_YES ? WXL_OK : WXL_E_ARG;
}

int wxl_exchange_answer(struct wxl_exchange *x)
{
    int streaming = x->streaming;

    x->verdict = WXL_ANSWERED;
    x->held = streaming;
    exchange_wake(x);
    return streaming;
}

enum wxl_status wxl_exchange_send(struct wxl_exchange *x, const char *bytes, size_t n)
{
    enum wxl_status st = WXL_E_CLOSED;

    if (x->server && x->streaming) {
        st = wxl_buf_append(&x->out, bytes, n);
        exchange_wake(x);
    }
    return st;
}

int wxl_exchange_drop(struct wxl_exchange *x, enum wxl_verdict verdict)
{
    x->held = 0;
    if (!x->server) {
        exchange_free(x);
        return 0;
    }
    x->verdict = verdict;
    exchange_wake(x);
    return 1;
}

/* ---- the server ----------------------------------------------------------------------------- */

/* A socket that listens on an address in digits, IPv4 or IPv6. It is made here because MHD reports no
 * reason when it cannot make one. -1: failed, see errno. */
static int listen_on(const char *address, uint16_t port)
{
    struct addrinfo wanted = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                              .ai_socktype = SOCK_STREAM};
    struct addrinfo *at;
    char service[8];
    int fd;
    int on = 1;
    int why;

    (void)snprintf(service, sizeof service, "%u", (unsigned)port);
    if (getaddrinfo(address, service, &wanted, &at) != 0) {
        errno = EINVAL;
        return -1;
    }
    fd = socket(at->ai_family, SOCK_STREAM, 0);
    if (fd != -1 &&
        (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 || fcntl(fd, F_SETFL, O_NONBLOCK) == -1 ||
         setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1 ||
         bind(fd, at->ai_addr, at->ai_addrlen) == -1 || listen(fd, SOMAXCONN) == -1)) {
        why = errno;
        close(fd);
        errno = why;
        fd = -1;
    }
    why = errno;
    freeaddrinfo(at);
    errno = why;
    return fd;
}

enum wxl_status wxl_httpd_start(struct wxl_httpd *s, const char *address, uint16_t port,
                                size_t max_body, struct wxl_error *err)
{
    int fd = listen_on(address, port);

    if (fd == -1) {
        return wxl_fail(err, WXL_E_IO, errno, "cannot listen on %s:%u: %s", address, (unsigned)port,
                        strerror(errno));
    }
    s->max_body = max_body;
    TAILQ_INIT(&s->waiting);
    /* MHD owns the socket from here on, also when it does not start.
     * TURBO: a connection is closed without a shutdown() before, so that a reset is only a reset.
     */
    s->daemon =
        MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO, 0, NULL, NULL,
                         on_access, s, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_URI_LOG_CALLBACK,
                         on_uri, s, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
                         MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
                         MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS_MAX,
                         MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)IDLE_SECONDS, MHD_OPTION_END);
    if (!s->daemon) {
        return wxl_fail(err, WXL_E_IO, 0, "libmicrohttpd does not start on %s:%u", address,
                        (unsigned)port);
    }
    return WXL_OK;
}

void wxl_httpd_stop(struct wxl_httpd *s)
{
    struct wxl_exchange *x;

    if (!s->daemon) {
        return;
    }
    /* MHD refuses to stop over suspended connections. */
    LIST_FOREACH(x, &s->live, living) {
        x->verdict = WXL_CLOSING;
        exchange_wake(x);
    }
    MHD_stop_daemon(s->daemon);
    s->daemon = NULL;
}

uint16_t wxl_httpd_port(const struct wxl_httpd *s)
{
    return MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

int wxl_httpd_fd(const struct wxl_httpd *s)
{
    return MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int wxl_httpd_timeout(const struct wxl_httpd *s)
{
    MHD_UNSIGNED_LONG_LONG wanted;

    if (MHD_get_timeout(s->daemon, &wanted) != MHD_YES) {
        return -1;
    }
    return wanted > INT_MAX ? INT_MAX : (int)wanted;
}

void wxl_httpd_run(struct wxl_httpd *s)
{
    (void)MHD_run(s->daemon);
}
