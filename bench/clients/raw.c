/* The measure of everything else: libcurl itself, driven as leanly as its documentation says.
 *   raw URL BODY|- CALLS WARM_UP AT_A_TIME
 * AT_A_TIME 0: one easy handle, one call after the other; else that many handles on a multi.
 * Options that stay are set once; each call sets what differs from call to call in real work (the
 * address and the body), collects the answer, and looks at the status. Prints one line of JSON. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define MOST 256

struct slot {
    CURL *easy;
    char *data;
    size_t len;
    size_t cap;
};

struct task {
    const char *url;
    char *body; /* NULL: a GET */
    size_t body_len;
    struct curl_slist *lines;
    const char *ca_file;
    int http2; /* BENCH_HTTP=2; else HTTP/1.1 */
};

static long errors;
static long connections;

static double seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void give_up(const char *what)
{
    fprintf(stderr, "raw: %s\n", what);
    exit(1);
}

static size_t collect(char *data, size_t size, size_t count, void *arg)
{
    struct slot *s = arg;
    size_t n = size * count;

    if (s->len + n > s->cap) {
        s->cap = (s->len + n) * 2;
        s->data = realloc(s->data, s->cap);
        if (!s->data) {
            return 0;
        }
    }
    memcpy(s->data + s->len, data, n);
    s->len += n;
    return n;
}

static void read_body(struct task *t, const char *path)
{
    FILE *f = fopen(path, "rb");
    long n;

    if (!f || fseek(f, 0, SEEK_END) != 0 || (n = ftell(f)) < 0) {
        give_up("the body cannot be read");
        return;
    }
    rewind(f);
    t->body_len = (size_t)n;
    t->body = malloc(t->body_len + 1);
    if (!t->body || fread(t->body, 1, t->body_len, f) != t->body_len) {
        give_up("the body cannot be read");
    }
    fclose(f);
}

/* As wxlive writes them: the bytes on the wire are the same. */
static void set_up(struct slot *s, const struct task *t)
{
    s->easy = curl_easy_init();
    if (!s->easy) {
        give_up("no handle");
    }
    curl_easy_setopt(s->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(s->easy, CURLOPT_PROXY, "");
    curl_easy_setopt(s->easy, CURLOPT_USERAGENT, "wxlive/" WXLIVE_VERSION);
    curl_easy_setopt(s->easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(s->easy, CURLOPT_HTTP_VERSION,
                     (long)(t->http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
    /* Over HTTP/2 the first connection carries them all. */
    curl_easy_setopt(s->easy, CURLOPT_PIPEWAIT, t->http2 ? 1L : 0L);
    curl_easy_setopt(s->easy, CURLOPT_TIMEOUT_MS, 30000L);
    curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(s->easy, CURLOPT_WRITEDATA, s);
    curl_easy_setopt(s->easy, CURLOPT_PRIVATE, s);
    curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, t->lines);
    if (t->ca_file) {
        curl_easy_setopt(s->easy, CURLOPT_CAINFO, t->ca_file);
    }
}

static void prepare(struct slot *s, const struct task *t)
{
    s->len = 0;
    curl_easy_setopt(s->easy, CURLOPT_URL, t->url);
    if (t->body) {
        curl_easy_setopt(s->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->body_len);
        curl_easy_setopt(s->easy, CURLOPT_POSTFIELDS, t->body);
    }
}

static void judge(struct slot *s, CURLcode code)
{
    long status = 0;
    long connects = 0;

    curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(s->easy, CURLINFO_NUM_CONNECTS, &connects);
    connections += connects;
    if (code != CURLE_OK || status != 200 || s->len == 0 || s->data[0] != '{') {
        errors++;
    }
}

static void run_easy(struct slot *s, const struct task *t, long calls)
{
    for (; calls > 0; calls--) {
        prepare(s, t);
        judge(s, curl_easy_perform(s->easy));
    }
}

static void run_multi(CURLM *multi, struct slot *slots, const struct task *t, long calls, int most)
{
    long started = 0;
    long ended = 0;
    int running = 0;
    int left = 0;
    CURLMsg *msg;
    char *owner;

    for (; started < most && started < calls; started++) {
        prepare(&slots[started], t);
        curl_multi_add_handle(multi, slots[started].easy);
    }
    while (ended < calls) {
        curl_multi_perform(multi, &running);
        while ((msg = curl_multi_info_read(multi, &left))) {
            CURLcode code = msg->data.result;
            struct slot *s;

            curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &owner);
            s = (struct slot *)(void *)owner;
            curl_multi_remove_handle(multi, s->easy);
            judge(s, code);
            ended++;
            if (started < calls) {
                started++;
                prepare(s, t);
                curl_multi_add_handle(multi, s->easy);
            }
        }
        if (ended < calls) {
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
        }
    }
}

int main(int argc, char **argv)
{
    static struct slot slots[MOST];
    struct task t;
    struct rusage usage;
    CURLM *multi = NULL;
    long calls;
    long warm_up;
    int most;
    int i;
    double wall;
    double cpu;

    if (argc != 6) {
        give_up("usage: raw URL BODY|- CALLS WARM_UP AT_A_TIME");
    }
    memset(&t, 0, sizeof t);
    t.url = argv[1];
    t.ca_file = getenv("BENCH_CA_FILE");
    t.http2 = getenv("BENCH_HTTP") && strcmp(getenv("BENCH_HTTP"), "2") == 0;
    calls = atol(argv[3]);
    warm_up = atol(argv[4]);
    most = atoi(argv[5]);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    t.lines = curl_slist_append(NULL, "Expect:");
    if (strcmp(argv[2], "-") != 0) {
        read_body(&t, argv[2]);
        t.lines = curl_slist_append(t.lines, "Content-Type: application/json");
    }
    for (i = 0; i < (most > 0 ? most : 1) && i < MOST; i++) {
        set_up(&slots[i], &t);
    }
    if (most > 0) {
        most = i;
        multi = curl_multi_init();
        curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)most);
        curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)most);
        run_multi(multi, slots, &t, warm_up, most);
    } else {
        run_easy(&slots[0], &t, warm_up);
    }
    wall = seconds(CLOCK_MONOTONIC);
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    if (multi) {
        run_multi(multi, slots, &t, calls, most);
    } else {
        run_easy(&slots[0], &t, calls);
    }
    wall = seconds(CLOCK_MONOTONIC) - wall;
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"calls\":%ld,\"wall\":%.6f,\"cpu\":%.6f,\"peak_kb\":%ld,\"errors\":%ld,"
           "\"connections\":%ld}\n",
           calls, wall, cpu, usage.ru_maxrss, errors, connections);
    for (i = 0; slots[i].easy && i < MOST; i++) {
        curl_easy_cleanup(slots[i].easy);
        free(slots[i].data);
    }
    curl_multi_cleanup(multi);
    curl_slist_free_all(t.lines);
    free(t.body);
    return errors ? 1 : 0;
}
