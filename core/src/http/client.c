#include "wxlive/http.h"

#include <string.h>

#include "http/client.h"
#include "http/settings.h"
#include "base/sigpipe.h"
#include "wxlive/base/alloc.h"

void wxl_http_shared_drop(struct wxl_http_shared *shared)
{
    if (shared && --shared->users == 0) {
        wxl_http_settings_free(&shared->settings);
        wxl_free(shared);
    }
}

enum wxl_status wxl_http_new(struct wxl_http **out, const struct wxl_http_options *options,
                             struct wxl_error *err)
{
    enum wxl_status st = wxl_curl_start(err);
    struct wxl_http *client;

    *out = NULL;
    if (st != WXL_OK) {
        return st;
    }
    client = wxl_calloc(1, sizeof *client);
    if (client) {
        client->shared = wxl_calloc(1, sizeof *client->shared);
    }
    if (!client || !client->shared) {
        wxl_free(client);
        return wxl_fail(err, WXL_E_NOMEM, 0, "no memory for a client");
    }
    client->shared->users = 1;
    st = wxl_http_settings_read(&client->shared->settings, options, err);
    if (st == WXL_OK) {
        st = wxl_http_exchange_init(&client->exchange, &client->shared->settings, false, err);
    }
    if (st != WXL_OK) {
        wxl_http_free(client);
        return st;
    }
    *out = client;
    return WXL_OK;
}

void wxl_http_free(struct wxl_http *client)
{
    struct wxl_sigpipe pipe;

    if (client) {
        /* TLS says good-bye. */
        wxl_sigpipe_hold(&pipe);
        wxl_http_exchange_free(&client->exchange);
        wxl_sigpipe_release(&pipe);
        client->shared->gone = true;
        wxl_http_shared_drop(client->shared);
        wxl_free(client);
    }
}

enum wxl_status wxl_http_perform(struct wxl_http *client, const struct wxl_http_request *request,
                                 struct wxl_http_response *out, struct wxl_error *err)
{
    struct wxl_http_exchange *x = &client->exchange;
    struct wxl_sigpipe pipe;
    enum wxl_status st;
    CURLcode code;

    memset(out, 0, sizeof *out);
    st = wxl_http_exchange_prepare(x, request, err);
    if (st != WXL_OK) {
        return st;
    }
    wxl_sigpipe_hold(&pipe);
    code = curl_easy_perform(x->easy);
    wxl_sigpipe_release(&pipe);
    return wxl_http_exchange_finish(x, code, out, err);
}

void wxl_http_timing(const struct wxl_http *client, struct wxl_http_timing *out)
{
    wxl_http_exchange_timing(&client->exchange, out);
}
