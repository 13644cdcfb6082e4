/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What URLs give, by libcurl, which is opened when it is needed: a sensor that never fetches does not carry it.
 *
 * Each URL has a file in the cache (the output's folder, .cache/) and one beside it with its ETag and its time.  What fails
 * leaves both as they were, and so does a body in which nobody finds a rule (update.c).
 */
#include "update/parts.h"

#include "base/file.h"
#include "base/replace.h"

#include <openssl/evp.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_LIBCURL
#include "base/library.h"
#include "base/rows.h"

#include <curl/curl.h>
#endif

enum { BODY_MAX = 256 << 20, SUM_MAX = 64 << 10, TIMEOUT = 60, REDIRECTS = 5 };

bool fetch_is_url(const char *source)
{
    return strncmp(source, "http://", 7) == 0 || strncmp(source, "https://", 8) == 0;
}

/* ---- sums ---- */

static void digest(struct bytes b, const EVP_MD *kind, char hex[EVP_MAX_MD_SIZE * 2 + 1])
{
    uint8_t sum[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    hex[0] = '\0';
    if (EVP_Digest(b.p, b.n, sum, &n, kind, NULL) == 1) {
        for (unsigned i = 0; i < n; i++) {
            snprintf(hex + i * 2, 3, "%02x", sum[i]);
        }
    }
}

/* The first word of a file of sums. */
static bool sum_is(struct bytes file, const char *hex)
{
    struct bytes word = bytes_trim(file, " \t\r\n");
    size_t end = 0;

    while (end < word.n && !strchr(" \t\r\n", word.p[end])) {
        end++;
    }
    return bytes_is_nocase(bytes_head(word, end), hex);
}

/* ---- transfers ---- */

struct answer {
    struct arena_text body;
    long status;
    char etag[TAG_MAX], modified[TAG_MAX];
};

#ifdef HAVE_LIBCURL
struct curl {
    void *library;
    CURL *(*init)(void);
    void (*cleanup)(CURL *);
    CURLcode (*setopt)(CURL *, CURLoption, ...);
    CURLcode (*perform)(CURL *);
    CURLcode (*getinfo)(CURL *, CURLINFO, ...);
    const char *(*strerror)(CURLcode);
    struct curl_slist *(*append)(struct curl_slist *, const char *);
    void (*free_all)(struct curl_slist *);
};

static bool curl_open(struct curl *c, struct err *err)
{
    static const char *const files[] = { "libcurl.so.4", "libcurl-gnutls.so.4", NULL };
    static const struct library_call calls[] = {
        { "curl_easy_init", offsetof(struct curl, init) }, { "curl_easy_cleanup", offsetof(struct curl, cleanup) }, { "curl_easy_setopt", offsetof(struct curl, setopt) },
        { "curl_easy_perform", offsetof(struct curl, perform) }, { "curl_easy_getinfo", offsetof(struct curl, getinfo) }, { "curl_easy_strerror", offsetof(struct curl, strerror) },
        { "curl_slist_append", offsetof(struct curl, append) }, { "curl_slist_free_all", offsetof(struct curl, free_all) },
    };

    c->library = library_open(files, calls, ROWS(calls), c);
    return c->library || err_set(err, "fetching needs libcurl (Debian: libcurl4)");
}

static size_t body_take(char *p, size_t size, size_t n, void *ctx)
{
    struct answer *a = ctx;

    arena_text_add(&a->body, bytes_of(p, size * n));
    return a->body.cut ? 0 : size * n;
}

static size_t header_take(char *p, size_t size, size_t n, void *ctx)
{
    struct answer *a = ctx;
    struct bytes line = bytes_of(p, size * n), value = bytes_trim(bytes_from(line, bytes_find_byte(line, ':') + 1), " \t\r\n");
    char *to = bytes_starts_nocase(line, "etag:") ? a->etag : bytes_starts_nocase(line, "last-modified:") ? a->modified : NULL;

    if (to && value.n < TAG_MAX) {
        memcpy(to, value.p, value.n);
        to[value.n] = '\0';
    }
    return size * n;
}

/* No other protocols, and none by redirection. */
static bool curl_web_only(const struct curl *c, CURL *h)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    return c->setopt(h, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK && c->setopt(h, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") == CURLE_OK;
#else
    return c->setopt(h, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS)) == CURLE_OK &&
           c->setopt(h, CURLOPT_REDIR_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS)) == CURLE_OK;
#endif
}

static bool curl_ask(const struct curl *c, CURL *h, const struct update_settings *s, const char *url, struct answer *out)
{
    long timeout = s->timeout ? (long)s->timeout : TIMEOUT;

    return c->setopt(h, CURLOPT_URL, url) == CURLE_OK && curl_web_only(c, h) && c->setopt(h, CURLOPT_FOLLOWLOCATION, 1L) == CURLE_OK &&
           c->setopt(h, CURLOPT_MAXREDIRS, (long)REDIRECTS) == CURLE_OK && c->setopt(h, CURLOPT_TIMEOUT, timeout) == CURLE_OK &&
           c->setopt(h, CURLOPT_CONNECTTIMEOUT, timeout) == CURLE_OK && c->setopt(h, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           c->setopt(h, CURLOPT_USERAGENT, "peccary/" PECCARY_VERSION) == CURLE_OK && c->setopt(h, CURLOPT_WRITEFUNCTION, body_take) == CURLE_OK &&
           c->setopt(h, CURLOPT_WRITEDATA, out) == CURLE_OK && c->setopt(h, CURLOPT_HEADERFUNCTION, header_take) == CURLE_OK &&
           c->setopt(h, CURLOPT_HEADERDATA, out) == CURLE_OK && c->perform(h) == CURLE_OK && c->getinfo(h, CURLINFO_RESPONSE_CODE, &out->status) == CURLE_OK;
}

/* One GET; `known`: what was kept says of itself, NULL: all is wanted. */
static bool get(const struct update_settings *s, const char *url, const struct answer *known, struct answer *out, struct err *err)
{
    struct curl c = { 0 };
    struct curl_slist *headers = NULL;
    char line[TAG_MAX + 32];

    if (!curl_open(&c, err)) {
        return false;
    }
    CURL *h = c.init();
    if (known && known->etag[0]) {
        snprintf(line, sizeof line, "If-None-Match: %s", known->etag);
        headers = c.append(headers, line);
    }
    if (known && known->modified[0]) {
        snprintf(line, sizeof line, "If-Modified-Since: %s", known->modified);
        headers = c.append(headers, line);
    }
    char why[CURL_ERROR_SIZE] = "";
    bool good = h && (!headers || c.setopt(h, CURLOPT_HTTPHEADER, headers) == CURLE_OK) && c.setopt(h, CURLOPT_ERRORBUFFER, why) == CURLE_OK && curl_ask(&c, h, s, url, out);
    if (!good) {
        err_set(err, "%s: %s", url, out->body.cut ? "more than can be kept" : why[0] ? why : "cannot be fetched");
    }
    if (headers) {
        c.free_all(headers);
    }
    if (h) {
        c.cleanup(h);
    }
    library_close(c.library);
    return good;
}
#else
static bool get(const struct update_settings *s, const char *url, const struct answer *known, struct answer *out, struct err *err)
{
    (void)s;
    (void)known;
    (void)out;
    return err_set(err, "%s: this program was built without libcurl", url);
}
#endif

/* Checks the sum that lies beside a URL, if there is one. */
static bool sum_checked(const struct update_settings *s, struct arena *a, const char *url, struct bytes body, struct err *err)
{
    static const char *const ends[] = { ".sha256", ".md5" };
    const EVP_MD *const kinds[] = { EVP_sha256(), EVP_md5() };

    for (unsigned i = 0; i < 2 && !s->no_checksum; i++) {
        struct answer sum = { 0 };
        struct err ignored;
        char where[2048], hex[EVP_MAX_MD_SIZE * 2 + 1];
        arena_text_init(&sum.body, a, SUM_MAX);
        snprintf(where, sizeof where, "%s%s", url, ends[i]);
        if (!get(s, where, NULL, &sum, &ignored) || sum.status != 200) {
            continue;
        }
        digest(body, kinds[i], hex);
        return sum_is(arena_text_bytes(&sum.body), hex) || err_set(err, "%s: its sum is not what %s says", url, where);
    }
    return true;
}

/* ---- the cache ---- */

static void cache_path(const struct update_settings *s, const char *url, const char *end, char out[PATH_MAX])
{
    char hex[EVP_MAX_MD_SIZE * 2 + 1];

    digest(bytes_str(url), EVP_sha256(), hex);
    snprintf(out, PATH_MAX, "%s/.cache/%.32s%s", s->output, hex, end);
}

static bool cache_read(const struct update_settings *s, struct arena *a, const char *url, struct answer *known, struct bytes *body)
{
    char path[PATH_MAX];
    struct err err;
    struct bytes b;
    bool found;

    cache_path(s, url, "", path);
    if (!file_read(path, BODY_MAX, &b, &err)) {
        return false;
    }
    *body = arena_copy(a, b);
    file_free(b);
    cache_path(s, url, ".about", path);
    if (file_read(path, SUM_MAX, &b, &err)) {
        struct rd r = rd_of(b);
        rd_line(&r, &found); /* the URL, for people */
        struct bytes etag = rd_line(&r, &found), modified = rd_line(&r, &found);
        snprintf(known->etag, sizeof known->etag, "%.*s", (int)(etag.n < TAG_MAX ? etag.n : 0), (const char *)etag.p);
        snprintf(known->modified, sizeof known->modified, "%.*s", (int)(modified.n < TAG_MAX ? modified.n : 0), (const char *)modified.p);
        file_free(b);
    }
    return true;
}

bool fetch_keep(const struct update_settings *s, const char *url, const struct fetched_body *b, struct err *err)
{
    char path[PATH_MAX], about[PATH_MAX + 2 * TAG_MAX];

    if (s->dry_run || b->body.p == b->kept.p) { /* it is what is kept */
        return true;
    }
    snprintf(path, sizeof path, "%s/.cache", s->output);
    if (!file_make_folder(path, err)) {
        return false;
    }
    /* What it says of itself last: a new body with an old tag is fetched again, never the other way about. */
    cache_path(s, url, ".about", path);
    unlink(path);
    cache_path(s, url, "", path);
    if (!file_replace(path, b->body, err)) {
        return false;
    }
    cache_path(s, url, ".about", path);
    snprintf(about, sizeof about, "%s\n%s\n%s\n", url, b->etag, b->modified);
    return file_replace(path, bytes_str(about), err);
}

enum fetched fetch(const struct update_settings *s, struct arena *a, const char *url, struct fetched_body *out, struct err *err)
{
    struct answer known = { 0 }, got = { 0 };

    *out = (struct fetched_body){ .kept = bytes_none(), .body = bytes_none() };
    bool kept = cache_read(s, a, url, &known, &out->kept);
    arena_text_init(&got.body, a, BODY_MAX);
    if (!get(s, url, kept && !s->force ? &known : NULL, &got, err)) {
        return FETCHED_FAILED;
    }
    if (got.status == 304 && kept) {
        out->body = out->kept;
        return FETCHED_SAME;
    }
    if (got.status != 200) {
        err_set(err, "%s: the server says %ld", url, got.status);
        return FETCHED_FAILED;
    }
    if (!sum_checked(s, a, url, arena_text_bytes(&got.body), err)) {
        return FETCHED_FAILED;
    }
    out->body = arena_text_bytes(&got.body);
    memcpy(out->etag, got.etag, sizeof out->etag);
    memcpy(out->modified, got.modified, sizeof out->modified);
    return kept && bytes_equal(out->kept, out->body) ? FETCHED_SAME : FETCHED_NEW;
}
