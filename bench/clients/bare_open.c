/* The OpenSSL calls that opening a callback message needs, and nothing else: SHA-1 over the sorted
 * parts, base64, AES-256-CBC. No check of what comes out, no copy, no parsing.
 *
 *   bare_open each|kept TOKEN KEY TIMESTAMP NONCE ENCRYPT CALLS WARM_UP
 *
 * each: contexts are made, keyed and freed for each message, as one writes it; kept: made and keyed
 * once. The parts are taken in the order in which they stand. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define MOST 65536

static const char *parts[4];
static size_t lengths[4];
static unsigned char key[48];
static unsigned char cipher_text[MOST];
static unsigned char plain[MOST];

static int digest(EVP_MD_CTX *ctx, const EVP_MD *sha1, unsigned char *md)
{
    int ok = EVP_DigestInit_ex(ctx, sha1, NULL);
    int i;

    for (i = 0; ok && i < 4; i++) {
        ok = EVP_DigestUpdate(ctx, parts[i], lengths[i]);
    }
    return ok && EVP_DigestFinal_ex(ctx, md, NULL);
}

static int decode(void)
{
    return EVP_DecodeBlock(cipher_text, (const unsigned char *)parts[3], (int)lengths[3]) / 16 * 16;
}

static int decrypt(EVP_CIPHER_CTX *ctx, int n)
{
    int out = 0;
    int rest = 0;

    return EVP_DecryptUpdate(ctx, plain, &out, cipher_text, n) &&
           EVP_DecryptFinal_ex(ctx, plain + out, &rest) && out + rest == n;
}

static int open_each(void)
{
    unsigned char md[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *md_ctx = EVP_MD_CTX_new();
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int ok = md_ctx && ctx && digest(md_ctx, EVP_sha1(), md) &&
             EVP_DecryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, key, key) &&
             EVP_CIPHER_CTX_set_padding(ctx, 0) && decrypt(ctx, decode());

    EVP_MD_CTX_free(md_ctx);
    EVP_CIPHER_CTX_free(ctx);
    return ok;
}

static int open_kept(void)
{
    static EVP_MD_CTX *md_ctx;
    static EVP_MD *sha1;
    static EVP_CIPHER_CTX *ctx;
    unsigned char md[EVP_MAX_MD_SIZE];

    if (!ctx) {
        md_ctx = EVP_MD_CTX_new();
        sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
        ctx = EVP_CIPHER_CTX_new();
        if (!md_ctx || !sha1 || !ctx ||
            !EVP_DecryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, key, key) ||
            !EVP_CIPHER_CTX_set_padding(ctx, 0)) {
            return 0;
        }
    }
    return digest(md_ctx, sha1, md) && EVP_DecryptInit_ex(ctx, NULL, NULL, NULL, key) &&
           decrypt(ctx, decode());
}

static double seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    int (*open)(void);
    struct rusage usage;
    char padded[45];
    double wall;
    double cpu;
    long calls;
    long errors = 0;
    long i;

    if (argc != 9 || strlen(argv[3]) != 43 || strlen(argv[6]) > MOST) {
        fprintf(stderr,
                "usage: bare_open each|kept TOKEN KEY TIMESTAMP NONCE ENCRYPT CALLS WARM_UP\n");
        return 2;
    }
    open = strcmp(argv[1], "each") == 0 ? open_each : open_kept;
    snprintf(padded, sizeof padded, "%s=", argv[3]);
    EVP_DecodeBlock(key, (const unsigned char *)padded, 44);
    parts[0] = argv[2];
    parts[1] = argv[4];
    parts[2] = argv[5];
    parts[3] = argv[6];
    for (i = 0; i < 4; i++) {
        lengths[i] = strlen(parts[i]);
    }
    for (i = 0; i < atol(argv[8]); i++) {
        errors += !open();
    }
    calls = atol(argv[7]);
    wall = seconds(CLOCK_MONOTONIC);
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (i = 0; i < calls; i++) {
        errors += !open();
    }
    wall = seconds(CLOCK_MONOTONIC) - wall;
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"calls\":%ld,\"wall\":%.6f,\"cpu\":%.6f,\"peak_kb\":%ld,\"errors\":%ld}\n", calls,
           wall, cpu, usage.ru_maxrss, errors);
    return errors > 0;
}
