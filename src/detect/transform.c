/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may stand between a buffer and its matches: the table, and transforms of plain bytes. */
#include "detect/transform.h"

#include "detect/compiler.h"

#include <ctype.h>

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

uint8_t *transform_room(const struct detect_scope *s, size_t n)
{
    return arena_take(scope_arena(s), n + 1);
}

static bool strip_whitespace(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    uint8_t *to = transform_room(s, in.n);
    size_t n = 0;

    (void)data;
    for (size_t i = 0; to && i < in.n; i++) {
        if (!is_space(in.p[i])) {
            to[n++] = in.p[i];
        }
    }
    *out = bytes_of(to, n);
    return to != NULL;
}

/* Of a run of blanks the first stays. */
static bool compress_whitespace(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    uint8_t *to = transform_room(s, in.n);
    size_t n = 0;

    (void)data;
    for (size_t i = 0; to && i < in.n; i++) {
        if (!is_space(in.p[i]) || i == 0 || !is_space(in.p[i - 1])) {
            to[n++] = in.p[i];
        }
    }
    *out = bytes_of(to, n);
    return to != NULL;
}

static bool to_lowercase(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    uint8_t *to = transform_room(s, in.n);

    (void)data;
    for (size_t i = 0; to && i < in.n; i++) {
        to[i] = in.p[i] >= 'A' && in.p[i] <= 'Z' ? (uint8_t)(in.p[i] | 0x20) : in.p[i];
    }
    *out = bytes_of(to, in.n);
    return to != NULL;
}

static bool to_uppercase(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    uint8_t *to = transform_room(s, in.n);

    (void)data;
    for (size_t i = 0; to && i < in.n; i++) {
        to[i] = in.p[i] >= 'a' && in.p[i] <= 'z' ? (uint8_t)(in.p[i] & ~0x20) : in.p[i];
    }
    *out = bytes_of(to, in.n);
    return to != NULL;
}

static bool dotprefix(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    uint8_t *to = transform_room(s, in.n + 1);

    (void)data;
    *out = in;
    if (!to || in.n == 0) {
        return to != NULL;
    }
    to[0] = '.';
    memcpy(to + 1, in.p, in.n);
    *out = bytes_of(to, in.n + 1);
    return true;
}

/* Names of "name: value" lines. */
static bool header_lowercase(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    uint8_t *to = transform_room(s, in.n);
    bool value = false;

    (void)data;
    for (size_t i = 0; to && i < in.n; i++) {
        uint8_t c = in.p[i];
        to[i] = !value && c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
        value = value ? c != '\n' : c == ':';
    }
    *out = bytes_of(to, in.n);
    return to != NULL;
}

/* Lines that begin with ':' go. */
static bool strip_pseudo_headers(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    uint8_t *to = transform_room(s, in.n);
    size_t n = 0;
    bool skip = false;

    (void)data;
    for (size_t i = 0; to && i < in.n; i++) {
        if (i == 0 || in.p[i - 1] == '\n') {
            skip = in.p[i] == ':';
        }
        if (!skip) {
            to[n++] = in.p[i];
        }
    }
    *out = bytes_of(to, n);
    return to != NULL;
}

static int hex(uint8_t c)
{
    return isdigit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* RFC 3986 2.1, and '+' for a blank; what is no escape stays. */
static bool url_decode(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    uint8_t *to = transform_room(s, in.n);
    size_t n = 0;

    (void)data;
    for (size_t i = 0; to && i < in.n;) {
        uint8_t c = in.p[i++];
        if (c != '%') {
            to[n++] = c == '+' ? ' ' : c;
            continue;
        }
        if (in.n - i >= 2 && hex(in.p[i]) >= 0 && hex(in.p[i + 1]) >= 0) {
            to[n++] = (uint8_t)(hex(in.p[i]) << 4 | hex(in.p[i + 1]));
            i += 2;
            continue;
        }
        to[n++] = '%';
        if (i < in.n && hex(in.p[i]) >= 0) { /* the byte that breaks an escape is taken as it is, a '%' too */
            to[n++] = in.p[i++];
        }
        if (i < in.n) {
            to[n++] = in.p[i++];
        }
    }
    *out = bytes_of(to, n);
    return to != NULL;
}

struct xor_key {
    uint8_t n, byte[255];
};

static bool xor_parse(struct rule_parse *p, const char *argument, const void **data, struct err *err)
{
    size_t n = strlen(argument);
    struct xor_key *k = n % 2 == 0 && n / 2 <= 255 && n ? arena_zero(rule_parse_arena(p), sizeof *k) : NULL;

    if (!k) {
        return err_set(err, "the key of xor is 1 to 255 bytes in hexadecimal");
    }
    for (size_t i = 0; i < n; i += 2) {
        int a = hex((uint8_t)argument[i]), b = hex((uint8_t)argument[i + 1]);
        if (a < 0 || b < 0) {
            return err_set(err, "the key of xor is hexadecimal");
        }
        k->byte[k->n++] = (uint8_t)(a << 4 | b);
    }
    *data = k;
    return true;
}

static bool xor_run(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    const struct xor_key *k = data;
    uint8_t *to = transform_room(s, in.n);

    for (size_t i = 0; to && i < in.n; i++) {
        to[i] = in.p[i] ^ k->byte[i % k->n];
    }
    *out = bytes_of(to, in.n);
    return to != NULL;
}

/* The expression's first group; without a match the bytes stay. */
static bool pcrexform_parse(struct rule_parse *p, const char *argument, const void **data, struct err *err)
{
    struct regex *r = regex_compile(argument, 0, err);

    if (!r) {
        return false;
    }
    regex_free(r);
    *data = arena_str(rule_parse_arena(p), bytes_str(argument));
    return *data || err_set(err, "not enough memory for a rule");
}

static bool pcrexform(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    size_t from, to;
    struct regex_scratch *scratch = scope_regex_scratch(s);

    *out = in;
    if (regex_find(data, scratch, in, 0, &from, &to) == REGEX_YES && regex_group(scratch, 1, &from, &to)) {
        *out = bytes_of(in.p + from, to - from);
    }
    return true;
}

/* A part of the bytes: where it begins and how many, either counted from the end when negative. */
struct slice {
    int64_t offset, n;
    bool has_n, truncate;      /* truncate: as much as there is, else nothing when it is not all there */
};

static bool slice_number(struct bytes b, int64_t *out)
{
    bool minus = bytes_starts(b, "-");
    uint64_t x = 0;

    if (!bytes_u64(bytes_from(b, minus), &x) || x > UINT32_MAX) {
        return false;
    }
    *out = minus ? -(int64_t)x : (int64_t)x;
    return true;
}

/* "offset[, bytes][, truncate]" */
static bool slice_parse(struct rule_parse *p, const char *argument, const void **data, struct err *err)
{
    struct slice *s = arena_zero(rule_parse_arena(p), sizeof *s);
    struct rd r = rd_of(bytes_str(argument));
    bool more;

    if (!s) {
        return err_set(err, "not enough memory for a rule");
    }
    *data = s;
    bool good = slice_number(bytes_trim(rd_until(&r, ',', &more), " \t"), &s->offset);
    for (unsigned i = 0; more && good && i < 3; i++) {
        struct bytes word = bytes_trim(rd_until(&r, ',', &more), " \t");
        if (!s->truncate && bytes_equal_nocase(word, bytes_str("truncate"))) {
            s->truncate = true;
            continue;
        }
        good = !s->truncate && !s->has_n && slice_number(word, &s->n) && s->n != 0;
        s->has_n = true;
    }
    return (good && !more) || err_set(err, "'%.64s': subslice takes an offset, then how many bytes (not 0), then truncate", argument);
}

static bool slice_run(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    const struct slice *how = data;
    const int64_t have = (int64_t)in.n;
    int64_t from = how->offset >= 0 ? how->offset : have + how->offset;
    bool whole = from >= 0 && from <= have;

    (void)s;
    from = from < 0 ? 0 : from > have ? have : from;
    int64_t to = !how->has_n ? have : how->n > 0 ? from + how->n : have + how->n;
    whole &= to >= 0 && to <= have;
    to = to < 0 ? 0 : to > have ? have : to;
    size_t first = (size_t)(from < to ? from : to), last = (size_t)(from < to ? to : from); /* as Suricata: either may come first */
    *out = whole || how->truncate ? bytes_of(in.p + first, last - first) : bytes_of(in.p, 0);
    return true;
}

bool transform_is_regex(const struct transform_row *row)
{
    return row->run == pcrexform;
}

const struct transform_row transform_table[] = {
    { "strip_whitespace", NULL, NULL, KEYWORD_VALUE_NONE, false, strip_whitespace, "without blanks and line ends" },
    { "compress_whitespace", NULL, NULL, KEYWORD_VALUE_NONE, false, compress_whitespace, "one blank for several" },
    { "to_lowercase", NULL, NULL, KEYWORD_VALUE_NONE, false, to_lowercase, "ASCII letters in lower case" },
    { "to_uppercase", NULL, NULL, KEYWORD_VALUE_NONE, false, to_uppercase, "ASCII letters in upper case" },
    { "to_md5", NULL, NULL, KEYWORD_VALUE_NONE, false, transform_md5, "the MD5 digest, 16 bytes" },
    { "to_sha1", NULL, NULL, KEYWORD_VALUE_NONE, false, transform_sha1, "the SHA-1 digest, 20 bytes" },
    { "to_sha256", NULL, NULL, KEYWORD_VALUE_NONE, false, transform_sha256, "the SHA-256 digest, 32 bytes" },
    { "dotprefix", NULL, NULL, KEYWORD_VALUE_NONE, false, dotprefix, "with a dot in front: a domain and those below it match alike" },
    { "domain", NULL, transform_suffixes_parse, KEYWORD_VALUE_NONE, false, transform_domain, "the registered domain of a name, by the public suffix list" },
    { "tld", NULL, transform_suffixes_parse, KEYWORD_VALUE_NONE, false, transform_tld, "the public suffix of a name, by the public suffix list" },
    { "header_lowercase", NULL, NULL, KEYWORD_VALUE_NONE, false, header_lowercase, "header names in lower case" },
    { "strip_pseudo_headers", NULL, NULL, KEYWORD_VALUE_NONE, false, strip_pseudo_headers, "without lines that begin with a colon" },
    { "url_decode", NULL, NULL, KEYWORD_VALUE_NONE, false, url_decode, "percent escapes decoded, + as a blank" },
    { "xor", NULL, xor_parse, KEYWORD_VALUE_QUOTED, false, xor_run, "each byte with the key's, in turn" },
    { "pcrexform", NULL, pcrexform_parse, KEYWORD_VALUE_QUOTED, false, pcrexform, "the first group of a regular expression" },
    { "subslice", NULL, slice_parse, 0, false, slice_run, "a part: subslice:OFFSET[,BYTES][,truncate], negative from the end" },
    { "luaxform", NULL, transform_lua_parse, KEYWORD_VALUE_MAY_QUOTED, false, transform_lua, "as a script has it: luaxform:FILE[,argument...]" },
    { "from_base64", NULL, transform_base64_parse, KEYWORD_VALUE_OPTIONAL, true, transform_base64, "base64 decoded: bytes N, offset N, mode rfc4648|rfc2045|strict" },
    { "gunzip", NULL, transform_inflate_parse, KEYWORD_VALUE_OPTIONAL, true, transform_gunzip, "gzip inflated, at most max-size bytes" },
    { "zlib_deflate", NULL, transform_inflate_parse, KEYWORD_VALUE_OPTIONAL, true, transform_zlib, "zlib inflated, at most max-size bytes" },
    { "snort_normalize", NULL, NULL, KEYWORD_VALUE_NONE, false, transform_snort, "Snort 3: percent escapes decoded, twice" },
    { "snort_normalize_uri", NULL, NULL, KEYWORD_VALUE_NONE, false, transform_snort_uri, "Snort 3: the same, the path in its simplest form" },
    { "snort_script", NULL, NULL, KEYWORD_VALUE_NONE, false, transform_script, "Snort 3: the scripts of a page, or a script, normalised" },
    { "snort_macro", NULL, NULL, KEYWORD_VALUE_NONE, false, transform_macro, "Snort 3: the source of a document's macros" },
    { "snort_param", NULL, transform_name_parse, KEYWORD_VALUE_QUOTED, false, transform_snort_param, "the value of a form's parameter, decoded" },
    { "snort_element", NULL, transform_element_parse, KEYWORD_VALUE_QUOTED, false, transform_element, "the value of an information element of GTP" },
    { "snort_field", NULL, transform_name_parse, KEYWORD_VALUE_QUOTED, false, transform_snort_field, "the value of a header field" },
    { .name = NULL },
};
