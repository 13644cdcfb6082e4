/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snort's options about the bytes from the cursor on: what is left, digests, elements of ASN.1. */
#include "detect/kw/kw.h"

#include <openssl/evp.h>
#include <stdlib.h>

/* ---- bufferlen, relative ---- */

static bool left_parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    (void)r;
    (void)place;
    return kw_range(p, argument, UINT32_MAX, data, err);
}

static bool left_match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)r;
    return s->cursor <= s->buffer.n && range_has(data, s->buffer.n - s->cursor);
}

const struct keyword keyword_bufferlen_left = {
    .name = "bufferlen_left", .dialects = 1 << DIALECT_SNORT3, .place = KEYWORD_BYTES, .at_cursor = true,
    .parse = left_parse, .match = left_match, .help = "Snort 3's bufferlen with relative: bytes of the buffer behind the cursor",
};

/* ---- md5, sha256, sha512 ---- */

struct digest {
    const EVP_MD *how;
    uint8_t value[EVP_MAX_MD_SIZE];
    uint32_t size, length;
    int32_t offset;
    bool relative, not;
};

static bool hexadecimal(const char *text, size_t n, uint8_t *out)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t x;

        if (!bytes_hex(bytes_of(text + 2 * i, 2), &x)) {
            return false;
        }
        out[i] = (uint8_t)x;
    }
    return true;
}

/* "[!]DIGEST,length N[,offset N][,relative]" */
static bool digest_parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct digest *to = kw_data(p, sizeof *to, err);
    const char *name = rule_parse_keyword(p)->name, *at = argument;

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL) {
        return false;
    }
    to->how = strcmp(name, "md5") == 0 ? EVP_md5() : strcmp(name, "sha256") == 0 ? EVP_sha256() : EVP_sha512();
    to->size = (uint32_t)EVP_MD_get_size(to->how);
    to->not = *at == '!';
    at += to->not;
    at += *at == '"';
    if (strspn(at, "0123456789abcdefABCDEF") != to->size * 2u || !hexadecimal(at, to->size, to->value)) {
        return err_set(err, "%s: the digest is %u hexadecimal digits", name, to->size * 2);
    }
    at += to->size * 2u;
    at += *at == '"';
    while (*at == ',') {
        char word[16];
        int n = 0;
        long long value = 0;

        at++;
        if (sscanf(at, " %15[a-z] %n", word, &n) != 1) {
            return err_set(err, "%s: '%.32s' is no option", name, at);
        }
        at += n;
        if (strcmp(word, "relative") == 0) {
            to->relative = true;
            continue;
        }
        if (sscanf(at, "%lld%n", &value, &n) != 1 || value < -65535 || value > 65535) {
            return err_set(err, "%s: %s needs a number", name, word);
        }
        at += n + (int)strspn(at + n, " ");
        if (strcmp(word, "length") == 0 && value > 0) {
            to->length = (uint32_t)value;
        } else if (strcmp(word, "offset") == 0) {
            to->offset = (int32_t)value;
        } else {
            return err_set(err, "%s: %s is no option", name, word);
        }
    }
    return (to->length != 0 && *at == '\0') || err_set(err, "%s needs length N: how many bytes the digest is of", name);
}

static bool digest_match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct digest *d = data;
    int64_t from = (d->relative ? (int64_t)s->cursor : 0) + d->offset;
    uint8_t value[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    (void)r;
    if (from < 0 || (uint64_t)from + d->length > s->buffer.n) {
        return false;
    }
    struct bytes in = bytes_head(bytes_from(s->buffer, (size_t)from), d->length);
    if (EVP_Digest(in.p, in.n, value, &n, d->how, NULL) != 1 || n != d->size || (memcmp(value, d->value, n) == 0) == d->not) {
        return false;
    }
    s->cursor = (uint32_t)from + d->length;
    return true;
}

#define DIGEST(id, help_text)                                                                                          \
    const struct keyword keyword_##id = { .name = #id, .dialects = 1 << DIALECT_SNORT3, .place = KEYWORD_BYTES, .at_cursor = true,  \
                                          .parse = digest_parse, .match = digest_match, .help = help_text }
DIGEST(md5, "the MD5 digest of so many bytes: md5:\"…\",length N,offset N,relative");
DIGEST(sha256, "the SHA-256 digest of so many bytes");
DIGEST(sha512, "the SHA-512 digest of so many bytes");

/* ---- ber_data, ber_skip ---- */

struct element {
    uint32_t type;
    bool optional;
};

/* "TYPE[,optional]" */
static bool element_parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct element *to = kw_data(p, sizeof *to, err);
    bool skips = strcmp(rule_parse_keyword(p)->name, "ber_skip") == 0;
    char *end;

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL) {
        return false;
    }
    unsigned long type = strtoul(argument, &end, 0);
    if (end == argument || type > 0xffffff) {
        return err_set(err, "'%.32s' is no type of an element", argument);
    }
    to->type = (uint32_t)type;
    argument = end + strspn(end, " ");
    if (*argument == ',' && skips) {
        argument += 1 + strspn(argument + 1, " ");
        to->optional = strcmp(argument, "optional") == 0;
        argument += to->optional ? strlen(argument) : 0;
    }
    return *argument == '\0' || err_set(err, "'%.32s' is not understood", argument);
}

/* The element at the cursor; false: there is none, or its length says nothing. */
static bool element_at(const struct detect_scope *s, uint32_t *type, uint64_t *length, size_t *head)
{
    struct rd r = rd_of(bytes_from(s->buffer, s->cursor));
    size_t all = rd_left(&r);
    uint8_t first = rd_u8(&r), size;

    *type = first;
    /* X.690 8.1.2.4: a tag of more bytes */
    for (unsigned i = 0; (first & 0x1f) == 0x1f && i < 3; i++) {
        uint8_t more = rd_u8(&r);
        *type = *type << 8 | more;
        if ((more & 0x80) == 0) {
            break;
        }
    }
    size = rd_u8(&r);
    *length = size;
    if ((size & 0x80) != 0) { /* X.690 8.1.3.5; the indefinite form has no length to go by */
        unsigned n = size & 0x7f;
        *length = 0;
        if (n == 0 || n > 4) {
            return false;
        }
        while (n-- != 0) {
            *length = *length << 8 | rd_u8(&r);
        }
    }
    *head = all - rd_left(&r);
    return rd_ok(&r);
}

static bool element_match(struct detect_scope *s, const struct element *e, bool skip)
{
    uint32_t type;
    uint64_t length;
    size_t head;

    if (s->cursor > s->buffer.n || !element_at(s, &type, &length, &head)) {
        return false;
    }
    if (type != e->type) {
        return e->optional;
    }
    uint64_t to = s->cursor + head + (skip ? length : 0);
    if (to > s->buffer.n) {
        return false;
    }
    s->cursor = (uint32_t)to;
    return true;
}

static bool ber_data_match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)r;
    return element_match(s, data, false);
}

static bool ber_skip_match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)r;
    return element_match(s, data, true);
}

const struct keyword keyword_ber_data = {
    .name = "ber_data", .dialects = 1 << DIALECT_SNORT3, .place = KEYWORD_BYTES, .at_cursor = true,
    .parse = element_parse, .match = ber_data_match, .help = "an element of that type stands at the cursor, which goes to its content: ber_data:0x30",
};
const struct keyword keyword_ber_skip = {
    .name = "ber_skip", .dialects = 1 << DIALECT_SNORT3, .place = KEYWORD_BYTES, .at_cursor = true,
    .parse = element_parse, .match = ber_skip_match, .help = "an element of that type stands at the cursor, which goes behind it: ber_skip:0x02,optional",
};
