/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hunt/wish.h"

#include "base/file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A text within a rule's quotes. */
static void quoted(struct text *t, const char *s)
{
    for (; *s != '\0'; s++) {
        if (*s == '"' || *s == ';' || *s == '\\') {
            text_byte(t, '\\');
        }
        text_byte(t, *s);
    }
}

/* Without the dots of the root or of all below, and the star that others put there. */
static struct bytes domain_name(const char *given)
{
    struct bytes b = bytes_str(given);

    return bytes_trim(bytes_from(b, bytes_starts(b, "*.") ? 2 : 0), ".");
}

static void domain_rules(struct wishes *w, const char *given)
{
    static const char *const buffers[][2] = { { "dns", "dns.query" }, { "tls", "tls.sni" }, { "quic", "quic.sni" }, { "http", "http.host" } };
    struct text *t = &w->text;
    struct bytes trimmed = domain_name(given);
    char name[NAME_MAX + 1];

    snprintf(name, sizeof name, "%.*s", (int)trimmed.n, (const char *)trimmed.p);
    for (size_t i = 0; i < ROWS(buffers); i++) {
        text_printf(t, "alert %s any any -> any any (msg:\"hunt: name ", buffers[i][0]);
        quoted(t, name);
        text_printf(t, "\"; %s; dotprefix; content:\".", buffers[i][1]);
        quoted(t, name);
        text_printf(t, "\"; nocase; endswith; sid:%u;)\n", w->sid++);
    }
}

/* The value in hexadecimal of a file's hash; false: it is none. */
static bool hash_read(const char *text, uint8_t out[32], size_t *n)
{
    *n = strlen(text) / 2;
    if (strlen(text) != 2 * *n || (*n != 16 && *n != 20 && *n != 32)) {
        return false;
    }
    for (size_t i = 0; i < *n; i++) {
        uint64_t v;
        if (!bytes_hex(bytes_of(text + 2 * i, 2), &v)) {
            return false;
        }
        out[i] = (uint8_t)v;
    }
    return true;
}

/* A rule for each protocol that has files; the list is a file of its own. */
static bool hash_rules(struct wishes *w, const char *name, const char *value, struct err *err)
{
    struct text *t = &w->text;
    char *path = w->list[w->list_n];
    uint8_t b[32];
    size_t n;

    if (!hash_read(value, b, &n) || (strcmp(name, "sha256") == 0 && n != 32)) {
        return err_set(err, "--%s %s: no hash of a file", name, value);
    }
    snprintf(path, sizeof w->list[0], "/tmp/peccary-hunt-XXXXXX");
    int fd = mkstemp(path);
    w->list_n += fd >= 0;
    bool good = fd >= 0 && file_write(fd, bytes_str(value)) == strlen(value) && file_write(fd, bytes_str("\n")) == 1;
    if (fd >= 0) {
        close(fd);
    }
    if (!good) {
        return err_sys(err, "%s", path);
    }
    uint32_t *hash = n == 32 ? &w->key_hash[w->hash_n++] : NULL; /* others are not always worked out where traffic is recorded */
    for (unsigned i = 0; i < proto_n; i++) {
        if (!proto_table[i]->files) {
            continue;
        }
        text_printf(t, "alert %s any any -> any any (msg:\"hunt: file %s\"; file%s:%s; sid:%u;)\n", proto_table[i]->name, value,
                    n == 16 ? "md5" : n == 20 ? "sha1" : "sha256", path, w->sid);
        if (hash != NULL && w->key_n < WISHES_MAX) {
            *hash = record_key_hash(KEY_HASH, bytes_of(b, n));
            w->key[w->key_n++] = (struct hunt_key){ .sid = w->sid, .hash = hash, .n = 1 };
        }
        w->sid++;
    }
    return true;
}

static void print_rules(struct wishes *w, const char *print)
{
    static const char *const protos[] = { "tls", "quic" };
    struct text *t = &w->text;

    for (size_t i = 0; i < ROWS(protos); i++) {
        text_printf(t, "alert %s any any -> any any (msg:\"hunt: JA4 ", protos[i]);
        quoted(t, print);
        text_str(t, "\"; ja4.hash; content:\"");
        quoted(t, print);
        text_printf(t, "\"; sid:%u;)\n", w->sid++);
    }
}

static void string_rule(struct wishes *w, const char *value)
{
    text_printf(&w->text, "alert ip any any -> any any (msg:\"hunt: string\"; content:\"");
    quoted(&w->text, value);
    text_printf(&w->text, "\"; sid:%u;)\n", w->sid++);
}

/* What would end the expression, or the option, goes by its number; what is escaped stays so. */
static void regex_rule(struct wishes *w, const char *value)
{
    struct text *t = &w->text;

    text_printf(t, "alert ip any any -> any any (msg:\"hunt: regex\"; pcre:\"/");
    for (const char *s = value; *s != '\0'; s++) {
        bool escaped = *s == '\\' && s[1] != '\0';
        s += escaped;
        if (*s == '/' || *s == '"' || *s == ';') {
            text_printf(t, "\\x%02x", (unsigned char)*s);
        } else {
            text_add(t, s - escaped, 1u + escaped);
        }
    }
    text_printf(t, "/\"; sid:%u;)\n", w->sid++);
}

/* An address, or a network: ADDRESS/BITS. */
static bool address_is(const char *value)
{
    const char *slash = strchr(value, '/');
    char address[ADDR_TEXT_MAX];
    enum family family;
    struct addr a;
    uint64_t bits = 0;

    snprintf(address, sizeof address, "%.*s", (int)(slash != NULL ? (size_t)(slash - value) : strlen(value)), value);
    return addr_parse(address, &a, &family) && (slash == NULL || (bytes_u64(bytes_str(slash + 1), &bits) && bits <= (family == FAMILY_4 ? 32 : 128)));
}

static void address_rule(struct wishes *w, const char *value)
{
    text_printf(&w->text, "alert ip %s any <> any any (msg:\"hunt: address %s\"; sid:%u;)\n", value, value, w->sid++);
}

void wishes_init(struct wishes *w)
{
    *w = (struct wishes){ .sid = 1 };
    text_init(&w->text, 0);
}

void wishes_fini(struct wishes *w)
{
    text_fini(&w->text);
    for (unsigned i = 0; i < w->list_n; i++) {
        (void)unlink(w->list[i]);
    }
}

bool wishes_add(struct wishes *w, const char *kind, const char *value, struct err *err)
{
    static const struct {
        const char *kind;
        void (*add)(struct wishes *w, const char *value);
    } rows[] = { { "string", string_rule }, { "regex", regex_rule }, { "domain", domain_rules }, { "ja4", print_rules }, { "address", address_rule } };

    for (size_t i = 0; i < ROWS(rows); i++) {
        if (strcmp(rows[i].kind, kind) != 0) {
            continue;
        }
        bool domain = rows[i].add == domain_rules, empty = (domain ? domain_name(value) : bytes_str(value)).n == 0;
        if (empty || (domain && strlen(value) > NAME_MAX)) {
            return err_set(err, "--%s '%s': %s", kind, value, empty ? "nothing is named" : "the name is too long");
        }
        if (rows[i].add == address_rule && !address_is(value)) {
            return err_set(err, "--address %s: an address, or a network, is wanted", value);
        }
        rows[i].add(w, value);
    }
    return (strcmp(kind, "hash") != 0 && strcmp(kind, "sha256") != 0) || hash_rules(w, kind, value, err);
}
