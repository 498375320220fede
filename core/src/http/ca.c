#include "http/ca.h"

#include <curl/curl.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Debian and Alpine, Fedora, older Fedora and RHEL, SUSE, BSDs and macOS */
static const char *const known_files[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
};

static const char *const known_dirs[] = {
    "/etc/ssl/certs",
    "/etc/pki/tls/certs",
};

static const char *readable(const char *path, bool directory)
{
    struct stat about;

    if (!path || !path[0] || stat(path, &about) != 0 || access(path, R_OK) != 0) {
        return NULL;
    }
    return directory == (bool)S_ISDIR(about.st_mode) ? path : NULL;
}

void wxl_http_ca_find(const char **file, const char **dir)
{
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
    size_t i;

    *file = NULL;
    *dir = NULL;
    if (curl->age >= CURLVERSION_SEVENTH &&
        (readable(curl->cainfo, false) || readable(curl->capath, true))) {
        return;
    }
    *file = readable(getenv("SSL_CERT_FILE"), false);
    *dir = *file ? NULL : readable(getenv("SSL_CERT_DIR"), true);
    for (i = 0; !*file && !*dir && i < sizeof known_files / sizeof known_files[0]; i++) {
        *file = readable(known_files[i], false);
    }
    for (i = 0; !*file && !*dir && i < sizeof known_dirs / sizeof known_dirs[0]; i++) {
        *dir = readable(known_dirs[i], true);
    }
}

enum wxl_status wxl_http_ca_check(const char *path, struct wxl_error *err)
{
    struct stat about;
    X509 *first;
    FILE *in = fopen(path, "re");

    if (!in) {
        return wxl_fail(err, WXL_E_ARG, errno, "ca_file %s: %s", path, strerror(errno));
    }
    if (fstat(fileno(in), &about) != 0 || !S_ISREG(about.st_mode)) {
        (void)fclose(in);
        return wxl_fail(err, WXL_E_ARG, 0, "ca_file %s is not a file", path);
    }
    ERR_clear_error();
    first = PEM_read_X509_AUX(in, NULL, NULL, NULL);
    ERR_clear_error();
    (void)fclose(in);
    if (!first) {
        return wxl_fail(err, WXL_E_ARG, 0, "ca_file %s holds no certificate in PEM form", path);
    }
    X509_free(first);
    return WXL_OK;
}
