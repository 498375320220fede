/* A client, a tiny server and the checks that every test of the HTTP client makes. */
#ifndef WXL_HTTP_FIXTURE_H
#define WXL_HTTP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/tiny_server.h"
#include "wxlive/http.h"

#define TOKEN "TOKEN-THAT-NOBODY-MAY-SEE"
#define COUNT(list) (sizeof(list) / sizeof(list)[0])
/* {"errcode":0,"roomId":77} in gzip, without the last byte of the deflate stream, and what follows */
#define GZIP_CUT_SHORT \
    "\037\213\010\001\001\001\001\001\002\003\253\126\112\055\052\112\316\117\111\125\262\062\320" \
    "\121\052\312\317\317\365\114\121\262\062\067\257\005"

#define OK_REPLY "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

struct fixture {
    struct tiny_server server;
    struct wxl_http *client;
    struct wxl_http_request rq;
    struct wxl_http_response rs;
    struct wxl_error err;
    char url[128];
};

/* A server with these replies, a client, and a GET to the one for the other. */
static inline void fixture_start(struct fixture *f, const struct tiny_reply *replies, size_t count)
{
    static const struct wxl_http_options none = {.proxy = ""};

    memset(f, 0, sizeof *f);
    tiny_start(&f->server, replies, count);
    assert_int_equal(wxl_http_new(&f->client, &none, &f->err), WXL_OK);
    snprintf(f->url, sizeof f->url, "http://127.0.0.1:%d/path?access_token=" TOKEN, f->server.port);
    f->rq.url = f->url;
    f->rq.timeout_ms = 8000;
}

/* Another client instead of the first. */
static inline void fixture_client(struct fixture *f, const struct wxl_http_options *options)
{
    wxl_http_free(f->client);
    assert_int_equal(wxl_http_new(&f->client, options, &f->err), WXL_OK);
}

static inline void fixture_stop(struct fixture *f)
{
    wxl_http_free(f->client);
    tiny_stop(&f->server);
}

static inline void succeeds(struct fixture *f, int status)
{
    enum wxl_status st = wxl_http_perform(f->client, &f->rq, &f->rs, &f->err);

    if (st != WXL_OK) {
        fail_msg("%s: %s", wxl_status_name(st), f->err.text);
    }
    assert_int_equal(f->rs.status, status);
    assert_true(f->rs.sent);
}

/* The request fails with this status, says whether it was sent, and its text gives nothing away. */
static inline void fails(struct fixture *f, enum wxl_status wanted, bool sent)
{
    enum wxl_status st = wxl_http_perform(f->client, &f->rq, &f->rs, &f->err);

    if (st != wanted || f->rs.sent != sent) {
        fail_msg("%s, sent %d: %s", wxl_status_name(st), f->rs.sent, f->err.text);
    }
    assert_int_equal(f->err.status, wanted);
    assert_int_equal(f->rs.status, 0);
    assert_null(f->rs.body);
    assert_true(f->err.text[0] != '\0');
    assert_null(strstr(f->err.text, TOKEN));
    assert_null(strstr(f->err.text, "access_token"));
}

static inline void was_asked(struct fixture *f, int requests, int connections)
{
    assert_int_equal(tiny_get(&f->server, &f->server.requests), requests);
    assert_int_equal(tiny_get(&f->server, &f->server.connections), connections);
}

static inline void request_has(struct fixture *f, const char *text)
{
    if (!strstr(tiny_last(&f->server), text)) {
        fail_msg("no \"%s\" in:\n%s", text, tiny_last(&f->server));
    }
}

static inline void request_lacks(struct fixture *f, const char *text)
{
    if (strstr(tiny_last(&f->server), text)) {
        fail_msg("\"%s\" in:\n%s", text, tiny_last(&f->server));
    }
}

#endif
