/* Callback messages: any text as an Encrypt text, and any frame sealed under the right key, as if
 * the attacker had it. What opens must seal to a text that opens to the same. */
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wxlive/base/base64.h"
#include "wxlive/message.h"

#define KEY "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
#define FRAME_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct wxl_message *shared(void)
{
    static struct wxl_message *m;
    struct wxl_message_options o;

    if (!m) {
        memset(&o, 0, sizeof o);
        o.token.p = "token";
        o.token.n = 5;
        o.aes_key.p = KEY;
        o.aes_key.n = 43;
        o.appid.p = "wx01";
        o.appid.n = 4;
        if (wxl_message_new(&o, &m, NULL) != WXL_OK) {
            abort();
        }
    }
    return m;
}

static void open_text(struct wxl_bytes text)
{
    struct wxl_message *m = shared();
    struct wxl_message_steps steps;
    struct wxl_bytes out;
    struct wxl_bytes again;
    struct wxl_buf sealed;
    char *copy;
    size_t n;

    if (wxl_message_explain(m, text, &steps, NULL) != WXL_OK) {
        abort();
    }
    if (wxl_message_decrypt(m, text, &out, NULL) != WXL_OK) {
        return;
    }
    if (!steps.appid_ok || steps.message_len != out.n) {
        abort();
    }
    n = out.n;
    copy = malloc(n + 1);
    if (!copy) {
        abort();
    }
    memcpy(copy, out.p, n);
    out.p = copy;
    wxl_buf_init(&sealed, 1 << 20);
    if (wxl_message_seal(m, out, NULL, &sealed, NULL) != WXL_OK) {
        abort();
    }
    again.p = sealed.data;
    again.n = sealed.len;
    if (wxl_message_decrypt(m, again, &out, NULL) != WXL_OK || out.n != n ||
        memcmp(out.p, copy, n) != 0) {
        abort();
    }
    wxl_buf_free(&sealed);
    free(copy);
}

static void open_frame(const uint8_t *frame, size_t n)
{
    static unsigned char sealed[FRAME_MAX + 32];
    static char text[2 * FRAME_MAX];
    unsigned char key[32];
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    struct wxl_bytes given = {text, 0};
    int len = 0;

    if (!ctx || wxl_base64_decode_aes_key(KEY, 43, key) != WXL_OK ||
        !EVP_EncryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, key, key) ||
        !EVP_CIPHER_CTX_set_padding(ctx, 0) ||
        !EVP_EncryptUpdate(ctx, sealed, &len, frame, (int)(n - n % 32))) {
        abort();
    }
    EVP_CIPHER_CTX_free(ctx);
    wxl_base64_encode(sealed, (size_t)len, text);
    given.n = strlen(text);
    open_text(given);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wxl_bytes text = {(const char *)data, size};

    if (size == 0 || size > FRAME_MAX) {
        return 0;
    }
    if (data[0] & 1) {
        open_frame(data + 1, size - 1);
    } else {
        open_text(text);
    }
    return 0;
}
