/* A loopback server for tests of faults: one thread that reads requests and gives the next of a
 * list of replies, byte for byte, then keeps, closes, resets or hangs. Every wait has an end. */
#ifndef WXL_TINY_SERVER_H
#define WXL_TINY_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define TINY_WAIT_SECONDS 10
#define TINY_REQUEST_MAX (1 << 20)

enum tiny_then { TINY_KEEP, TINY_CLOSE, TINY_RESET, TINY_HANG };

struct tiny_reply {
    const char *bytes; /* NULL: none */
    enum tiny_then then;
    const char *cut_file; /* a file that is made empty as soon as the request has begun */
};

struct tiny_server {
    int listener;
    int port;
    pthread_t thread;
    const struct tiny_reply *replies;
    size_t count;
    char *incoming;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    int connections;
    int closed;
    int requests;
    char *last; /* the last request, NUL-terminated */
    size_t last_len;
};

static inline void tiny_note(struct tiny_server *s, int *what)
{
    pthread_mutex_lock(&s->lock);
    (*what)++;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static inline int tiny_get(struct tiny_server *s, const int *what)
{
    int n;

    pthread_mutex_lock(&s->lock);
    n = *what;
    pthread_mutex_unlock(&s->lock);
    return n;
}

/* The last request, whole; valid until the next but one. */
static inline const char *tiny_last(struct tiny_server *s)
{
    const char *last;

    pthread_mutex_lock(&s->lock);
    last = s->last;
    pthread_mutex_unlock(&s->lock);
    return last;
}

/* Waits until *what has reached n; false when that takes too long. */
static inline bool tiny_wait(struct tiny_server *s, const int *what, int n)
{
    struct timespec until;
    int rc = 0;
    bool reached;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += TINY_WAIT_SECONDS;
    pthread_mutex_lock(&s->lock);
    while (*what < n && rc == 0) {
        rc = pthread_cond_timedwait(&s->changed, &s->lock, &until);
    }
    reached = *what >= n;
    pthread_mutex_unlock(&s->lock);
    return reached;
}

/* How long the request in last is to be in the end, 0 while its head is incomplete. */
static inline size_t tiny_wanted(const char *last)
{
    const char *end = strstr(last, "\r\n\r\n");
    const char *line = last;
    size_t body = 0;

    if (!end) {
        return 0;
    }
    for (line = last; line < end; line = strstr(line, "\r\n") + 2) {
        if (strncasecmp(line, "Content-Length:", 15) == 0) {
            body = strtoul(line + 15, NULL, 10);
        }
    }
    return (size_t)(end - last) + 4 + body;
}

static inline bool tiny_read_request(struct tiny_server *s, int fd, const char *cut_file)
{
    char *in = s->incoming;
    size_t len = 0;
    size_t wanted = 0;
    ssize_t got;

    while ((wanted == 0 || len < wanted) && len < TINY_REQUEST_MAX) {
        got = recv(fd, in + len, TINY_REQUEST_MAX - len, 0);
        if (got <= 0) {
            return false;
        }
        len += (size_t)got;
        in[len] = '\0';
        if (cut_file && truncate(cut_file, 0) != 0) {
            return false;
        }
        wanted = wanted ? wanted : tiny_wanted(in);
    }
    /* The test reads the last request while the next one may be on its way. */
    pthread_mutex_lock(&s->lock);
    s->incoming = s->last;
    s->last = in;
    s->last_len = len;
    pthread_mutex_unlock(&s->lock);
    return true;
}

static inline void tiny_write(int fd, const char *bytes)
{
    size_t left = bytes ? strlen(bytes) : 0;

    while (left > 0) {
        ssize_t put = send(fd, bytes, left, MSG_NOSIGNAL);

        if (put <= 0) {
            return;
        }
        bytes += put;
        left -= (size_t)put;
    }
}

static inline void tiny_serve(struct tiny_server *s, int fd)
{
    const struct timeval wait = {TINY_WAIT_SECONDS, 0};
    const struct linger reset = {1, 0};
    char byte;

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    while ((size_t)s->requests < s->count) {
        const struct tiny_reply *reply = &s->replies[s->requests];

        if (!tiny_read_request(s, fd, reply->cut_file)) {
            break;
        }
        tiny_note(s, &s->requests);
        tiny_write(fd, reply->bytes);
        if (reply->then == TINY_HANG) {
            (void)recv(fd, &byte, 1, 0);
        } else if (reply->then == TINY_RESET) {
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        }
        if (reply->then != TINY_KEEP) {
            break;
        }
    }
    close(fd);
    tiny_note(s, &s->closed);
}

static inline void *tiny_run(void *arg)
{
    struct tiny_server *s = arg;
    int fd;

    while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
        tiny_note(s, &s->connections);
        tiny_serve(s, fd);
    }
    return NULL;
}

/* A bound socket on a port of the system's choice; the port comes in *port. -1 on failure. */
static inline int tiny_bind(int *port)
{
    struct sockaddr_in at;
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    *port = 0;
    memset(&at, 0, sizeof at);
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &size) != 0) {
        return -1;
    }
    *port = ntohs(at.sin_port);
    return fd;
}

/* Starts a server that gives replies[0..count-1] to the requests in their order, over whatever
 * connections they come. After the last one it closes every connection at once. */
static inline void tiny_start(struct tiny_server *s, const struct tiny_reply *replies, size_t count)
{
    memset(s, 0, sizeof *s);
    s->replies = replies;
    s->count = count;
    s->last = calloc(1, TINY_REQUEST_MAX + 1);
    s->incoming = calloc(1, TINY_REQUEST_MAX + 1);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    s->listener = tiny_bind(&s->port);
    if (!s->last || !s->incoming || s->listener < 0 || listen(s->listener, 16) != 0 ||
        pthread_create(&s->thread, NULL, tiny_run, s) != 0) {
        fprintf(stderr, "tiny_server: cannot start\n");
        abort();
    }
}

static inline void tiny_stop(struct tiny_server *s)
{
    shutdown(s->listener, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->listener);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s->last);
    free(s->incoming);
}

#endif
