/* Prints the live rooms of an account, from C: a token, then one page of rooms, as JSON.
 *     cc live_rooms.c $(pkg-config --cflags --libs wxlive) -o live_rooms
 * Settings: WXLIVE_APPID, WXLIVE_SECRET, WXLIVE_BASE_URL. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wxlive/http.h>
#include <wxlive/base/version.h>

static const char *setting(const char *name, const char *otherwise) {
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

/* Posts JSON and gives the answer; NULL when there is none, said on stderr. */
static const char *post(struct wxl_http *http, const char *url, const char *json) {
    struct wxl_error err;
    struct wxl_http_response answer;
    struct wxl_http_request request = {
        .url = url,
        .post = true,
        .content_type = "application/json",
        .body = json,
        .body_len = strlen(json),
        .resend = true, /* both calls are reads: made twice, they do no harm */
    };

    if (wxl_http_perform(http, &request, &answer, &err) != WXL_OK) {
        /* answer.sent tells whether the platform can have seen it */
        fprintf(stderr, "%s: %s\n", wxl_status_name(err.status), err.text);
        return NULL;
    }
    if (answer.status != 200) {
        fprintf(stderr, "HTTP %d\n", answer.status);
        return NULL;
    }
    return answer.body;
}

/* Copies the token out of an answer; bring your own JSON reader for more than this. */
static int take_token(const char *answer, char *token, size_t size) {
    const char *at = strstr(answer, "\"access_token\":\"");
    size_t n = 0;

    if (!at) {
        fprintf(stderr, "no token: %s\n", answer);
        return 0;
    }
    at += strlen("\"access_token\":\"");
    n = strcspn(at, "\"");
    if (n >= size) {
        return 0;
    }
    memcpy(token, at, n);
    token[n] = '\0';
    return 1;
}

int main(void) {
    const char *base = setting("WXLIVE_BASE_URL", "https://api.weixin.qq.com");
    struct wxl_http_options options = { .timeout_ms = 10000 };
    struct wxl_http *http = NULL;
    struct wxl_error err;
    char token[1024], url[2048], json[512];
    const char *answer = NULL;
    int status = EXIT_FAILURE;

    if (wxl_http_new(&http, &options, &err) != WXL_OK) {
        fprintf(stderr, "%s\n", err.text);
        return EXIT_FAILURE;
    }
    snprintf(url, sizeof url, "%s/cgi-bin/stable_token", base);
    snprintf(json, sizeof json,
             "{\"grant_type\":\"client_credential\",\"appid\":\"%s\",\"secret\":\"%s\"}",
             setting("WXLIVE_APPID", ""), setting("WXLIVE_SECRET", ""));
    answer = post(http, url, json);
    if (answer && take_token(answer, token, sizeof token)) {
        snprintf(url, sizeof url, "%s/wxa/business/getliveinfo?access_token=%s", base, token);
        answer = post(http, url, "{\"start\":0,\"limit\":10}");
        if (answer) {
            puts(answer);
            fprintf(stderr, "wxlive core %s\n", WXLIVE_VERSION);
            status = EXIT_SUCCESS;
        }
    }
    wxl_http_free(http);
    return status;
}
