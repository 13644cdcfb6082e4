/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/selector.h"

#include "base/addr.h"
#include "base/rd.h"
#include "base/rows.h"
#include "config/config.h"

#include <stdio.h>
#include <string.h>

#define LOWER_HEX "0123456789abcdef"
#define UPPER_HEX "ABCDEF"
#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

enum { COMMUNITY_DIGEST = 28 /* SHA-1 as base64 */, HASH_MD5_TEXT = 32 };

/* A URL that is pasted whole is the mistake people make.  Blanks are in names of services (RFC 6763 4.1.1). */
static bool name_is(const char *text)
{
    bool good = strstr(text, "://") == NULL;

    for (; good && *text != '\0'; text++) {
        good = (unsigned char)*text >= ' ' && *text != 0x7f;
    }
    return good;
}

/* As the specification of community ids has them: version 1, then SHA-1 as base64. */
static bool community_is(const char *text)
{
    return strncmp(text, "1:", 2) == 0 && strlen(text) == 2 + COMMUNITY_DIGEST && strspn(text + 2, UPPER LOWER DIGITS "+/") == COMMUNITY_DIGEST - 1 &&
           text[1 + COMMUNITY_DIGEST] == '=';
}

/* Sections of a JA4 from that number on; all that follow it, or as many as there are.  They are in lower case. */
static bool ja4_sections(const char *text, unsigned section, bool all)
{
    static const struct { const char *set[10]; unsigned n; } of[] = {
        { { "tqd", DIGITS "sd", DIGITS, "di", DIGITS, DIGITS, DIGITS, DIGITS, LOWER UPPER DIGITS, LOWER UPPER DIGITS }, 10 },
        { { LOWER_HEX }, 12 },
        { { LOWER_HEX }, 12 },
    };

    for (; section < ROWS(of); section++) {
        for (unsigned i = 0; i < of[section].n; i++, text++) {
            const char *set = of[section].set[section == 0 ? i : 0];
            if (*text == '\0' || strchr(set, *text) == NULL) {
                return false;
            }
        }
        bool more = *text == '_';
        if (!more) {
            return *text == '\0' && (section == 2 || !all);
        }
        text++;
    }
    return false;
}

static bool ja4_is_part(const char *text) { return ja4_sections(text, 0, false) || ja4_sections(text, 1, false); }

static bool print_is(const char *text)
{
    return ja4_sections(text, 0, true) || (strlen(text) == HASH_MD5_TEXT && strspn(text, LOWER_HEX UPPER_HEX) == HASH_MD5_TEXT);
}

static const struct selector_text {
    const char *flag;
    enum record_key kind;
    bool (*is)(const char *text); /* NULL: any is */
    const char *wanted;
} texts[] = {
    { "app", KEY_PROTOCOL, NULL, NULL },
    { "user", KEY_USER, NULL, NULL },
    { "name", KEY_NAME, name_is, "a name is" },
    { "domain", KEY_NAME, name_is, "a name is" },
    { "print", KEY_PRINT, print_is, "JA4, or JA3 or HASSH in hexadecimal, is" },
    { "ja4", KEY_PRINT, ja4_is_part, "JA4, or sections of it, is" },
    { "community-id", KEY_TUPLE, community_is, "1: and 28 letters and digits of base64 are" },
};

static const struct selector_text *text_of(const char *flag)
{
    for (size_t i = 0; i < ROWS(texts); i++) {
        if (strcmp(texts[i].flag, flag) == 0) {
            return &texts[i];
        }
    }
    return NULL;
}

bool selector_fits(const char *flag, const char *text, struct err *err)
{
    const struct selector_text *t = text_of(flag);

    if (t == NULL) {
        return true;
    }
    if (*text == '\0') {
        return err_set(err, "--%s '': nothing is named", flag);
    }
    if (strlen(text) > SELECTOR_MAX) {
        return err_set(err, "--%s: the text is too long", flag);
    }
    return t->is == NULL || t->is(text) || err_set(err, "--%s %s: %s wanted", flag, text, t->wanted);
}

static bool alert_read(const char *text, uint8_t id[8])
{
    uint64_t gid = 1, sid;
    const char *colon = strchr(text, ':');
    char first[24];

    if (colon != NULL) {
        snprintf(first, sizeof first, "%.*s", (int)(colon - text), text);
        if (!conf_text_u64(first, &gid)) {
            return false;
        }
    }
    if (!conf_text_u64(colon != NULL ? colon + 1 : text, &sid)) {
        return false;
    }
    for (unsigned i = 0; i < 4; i++) {
        id[i] = (uint8_t)(gid >> (24 - 8 * i));
        id[4 + i] = (uint8_t)(sid >> (24 - 8 * i));
    }
    return true;
}

static bool hex_read(const char *text, uint8_t *out, size_t *n)
{
    *n = strlen(text) / 2;
    for (size_t i = 0; i < *n && i < 32; i++) {
        char pair[3] = { text[2 * i], text[2 * i + 1], '\0' };
        uint64_t v;
        if (!bytes_hex(bytes_str(pair), &v)) {
            return false;
        }
        out[i] = (uint8_t)v;
    }
    return strlen(text) % 2 == 0 && (*n == 32 || *n == 20 || *n == 16);
}

/* Names are kept without the dot of the root, and all texts but ids in lower case. */
static void text_read(const struct selector_text *t, const char *text, struct selector_key *out)
{
    struct bytes b = bytes_str(text);

    b = t->kind == KEY_NAME && b.n > 1 && b.p[b.n - 1] == '.' ? bytes_of(b.p, b.n - 1) : b;
    out->kind = t->kind;
    out->n = b.n;
    for (size_t i = 0; i < b.n; i++) {
        bool lower = t->kind != KEY_TUPLE && b.p[i] >= 'A' && b.p[i] <= 'Z';
        out->b[i] = (uint8_t)(lower ? b.p[i] + 32 : b.p[i]);
    }
}

bool selector_read(const char *flag, const char *text, struct selector_key *out, struct err *err)
{
    const struct selector_text *t = text_of(flag);
    enum family family;
    struct addr a;

    if (t != NULL) {
        if (!selector_fits(flag, text, err)) {
            return false;
        }
        text_read(t, text, out);
        return true;
    }
    if (strcmp(flag, "host") == 0) {
        out->kind = KEY_ADDRESS;
        out->n = sizeof a;
        bool good = addr_parse(text, &a, &family);
        memcpy(out->b, &a, sizeof a);
        return good || err_set(err, "--host %s: no address", text);
    }
    if (strcmp(flag, "hash") == 0) {
        out->kind = KEY_HASH;
        return hex_read(text, out->b, &out->n) || err_set(err, "--hash %s: SHA-256, SHA-1 or MD5 in hexadecimal is wanted", text);
    }
    out->kind = KEY_ALERT;
    out->n = 8;
    return alert_read(text, out->b) || err_set(err, "--alert %s: SID or GID:SID is wanted", text);
}
