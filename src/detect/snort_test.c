/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rules of the Snort dialect ask of bytes: options at the cursor, sensitive data, and what HTTP's buffers are made of. */
#include "detect/inspect.h"
#include "detect/transform.h"

#include "tap.h"

#include <stdlib.h>
#include <zlib.h>

/* clang-format off */
static const struct {
    const char *why, *option, *bytes;
    size_t n;
    uint32_t cursor;
    bool matches;
    uint32_t after;            /* the cursor, when it matches */
} rows[] = {
    { "an element of the type: the cursor goes to its content", "ber_data:0x30", "\x30\x03" "abc", 5, 0, true, 2 },
    { "of another type", "ber_data:0x31", "\x30\x03" "abc", 5, 0, false, 0 },
    { "not from the start but from the cursor", "ber_data:4", "xx\x04\x01y", 5, 2, true, 4 },
    { "a long length", "ber_skip:4", "\x04\x81\x02" "ab" "c", 6, 0, true, 5 },
    { "a length beyond the buffer cannot be skipped", "ber_skip:4", "\x04\x05" "ab", 4, 0, false, 0 },
    { "its content may still be entered", "ber_data:4", "\x04\x05" "ab", 4, 0, true, 2 },
    { "the indefinite form has no length", "ber_skip:0x30", "\x30\x80\0\0", 4, 0, false, 0 },
    { "a length of five bytes is none", "ber_skip:4", "\x04\x85\0\0\0\0\1a", 8, 0, false, 0 },
    { "an optional element that is not there", "ber_skip:2,optional", "\x30\x00", 2, 0, true, 0 },
    { "and one that is", "ber_skip:2,optional", "\x02\x01\x07\x30", 4, 0, true, 3 },
    { "nothing there at all", "ber_data:4", "\x04", 1, 0, false, 0 },
    { "a cursor behind the end", "ber_data:4", "\x04\x00", 2, 2, false, 0 },
    { "the digest of so many bytes", "md5:\"900150983cd24fb0d6963f7d28e17f72\",length 3", "abcdef", 6, 0, true, 3 },
    { "at an offset", "md5:\"900150983cd24fb0d6963f7d28e17f72\",length 3,offset 2", "xxabc", 5, 0, true, 5 },
    { "from the cursor", "md5:\"900150983cd24fb0d6963f7d28e17f72\",length 3,offset 1,relative", "xxabc", 5, 1, true, 5 },
    { "of other bytes", "md5:\"900150983cd24fb0d6963f7d28e17f72\",length 3", "abx", 3, 0, false, 0 },
    { "which is what is asked", "md5:!\"900150983cd24fb0d6963f7d28e17f72\",length 3", "abx", 3, 0, true, 3 },
    { "of more than there is", "md5:!\"900150983cd24fb0d6963f7d28e17f72\",length 9", "abx", 3, 0, false, 0 },
    { "SHA-256", "sha256:\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\",length 3", "abc", 3, 0, true, 3 },
    { "what is left behind the cursor", "bufferlen:3,relative", "abcdef", 6, 3, true, 3 },
    { "and not the whole", "bufferlen:>3,relative", "abcdef", 6, 3, false, 0 },
    { "a card whose digits add up", "sd_pattern:\"credit_card\"", "pay 4111-1111-1111-1111 now", 27, 0, true, 0 },
    { "one whose do not", "sd_pattern:\"credit_card\"", "pay 4111-1111-1111-1112 now", 27, 0, false, 0 },
    { "one is not two", "sd_pattern:\"credit_card\",threshold 2", "4111111111111111", 16, 0, false, 0 },
    { "two are", "sd_pattern:\"credit_card\",threshold 2", "4111111111111111 5555555555554444", 33, 0, true, 0 },
    { "a social security number", "sd_pattern:\"us_social\"", "ssn 123-45-6789", 15, 0, true, 0 },
    { "an area that was never given out", "sd_pattern:\"us_social\"", "ssn 666-45-6789", 15, 0, false, 0 },
    { "nine digits of ten are none", "sd_pattern:\"us_social_nodashes\"", "1234567890", 10, 0, false, 0 },
    { "an expression of one's own", "sd_pattern:\"b\\d+\",threshold 2", "b1 b22", 6, 0, true, 0 },
};

static const struct {
    const char *why, *option, *reason;
} refusals[] = {
    { "a digest of another size", "md5:\"abcd\",length 3", "md5: the digest is 32 hexadecimal digits" },
    { "a digest of how much?", "md5:\"900150983cd24fb0d6963f7d28e17f72\"", "md5 needs length N: how many bytes the digest is of" },
    { "no type", "ber_data:x", "'x' is no type of an element" },
    { "entering is not optional", "ber_data:2,optional", "',optional' is not understood" },
    { "without quotes", "sd_pattern:credit_card", "sd_pattern: the pattern must stand in double quotes" },
    { "of nothing", "sd_pattern:\"credit_card\",threshold 0", "sd_pattern: ',threshold 0' is not understood: write threshold N" },
};

static const struct {
    const char *why;
    bool uri;
    const char *in, *out;
} normal[] = {
    { "nothing to decode", false, "a+b\\c//d", "a+b\\c//d" },
    { "escapes are decoded, whatever stands in them", false, "%41%2f%5C", "A/\\" },
    { "and what comes out of that once more", false, "%2541%253c", "A<" },
    { "a third time is not", false, "%252541", "%41" },
    { "an escape that is none stays", false, "%4 %zz %", "%4 %zz %" },
    { "two signs are one", false, "100%% sure", "100% sure" },
    { "a character of two bytes that fits one", false, "%c3%a9", "\xe9" },
    { "one that does not", false, "%d0%8b.", "\xff." },
    { "a byte that begins none", false, "%d0A", "\xd0" "A" },
    { "a target's path in its simplest form", true, "/a/./b//../c", "/a/c" },
    { "above the top there is nothing", true, "/../../x", "/x" },
    { "a path that ends in what it leaves", true, "/a/b/..", "/a/" },
    { "backslashes are slashes", true, "\\a\\..\\b?c=\\d", "/b?c=/d" },
    { "behind the mark nothing is simplified", true, "/a?b=../c//d", "/a?b=../c//d" },
    { "plus is a blank", true, "/a+b?c+d", "/a b?c d" },
    { "an escaped mark begins no query", true, "/a%3fb/../c", "/c" },
    { "a whole address keeps its slashes", true, "http://h/a/../b", "http://h/b" },
    { "or has no path", true, "http://h", "http://h" },
    { "empty", true, "", "" },
};

static const struct {
    const char *why;
    bool (*run)(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out);
    const char *name, *in, *out; /* out NULL: none */
} named[] = {
    { "a parameter's value", transform_snort_param, "b", "a=1&b=2&c=3", "2" },
    { "decoded", transform_snort_param, "b", "b=%41", "A" },
    { "of that case", transform_snort_param, "B", "b=1", NULL },
    { "or any", transform_snort_param, "B,nocase", "b=1", "1" },
    { "one without a value", transform_snort_param, "b", "a&b", "" },
    { "not a part of a name", transform_snort_param, "b", "bb=1&ab=2", NULL },
    { "a field's value", transform_snort_field, "x-one", "Host: h\r\nX-One:  v \r\nY: z", "v" },
    { "all of them", transform_snort_field, "A", "A: 1\r\nB: 2\r\na: 3", "1,3" },
    { "none", transform_snort_field, "C", "A: 1\r\nB: C: 2", NULL },
};
/* clang-format on */

static bool any_addresses(void *ctx, const char *text, const struct addr_set **out, struct err *err)
{
    static const struct addr_set any = { .any = true };

    (void)ctx;
    (void)text;
    (void)err;
    *out = &any;
    return true;
}

static bool any_ports(void *ctx, enum dialect dialect, const char *text, const struct port_set **out, struct err *err)
{
    static const struct port_set any = { .any = true };

    (void)ctx;
    (void)dialect;
    (void)text;
    (void)err;
    *out = &any;
    return true;
}

static void read_option(struct rules *rules, const char *option)
{
    struct rule_context c = { .keywords = keyword_table, .transforms = transform_table, .protos = proto_table, .addresses = any_addresses, .ports = any_ports };
    char text[512];

    snprintf(text, sizeof text, "alert tcp any any -> any any ( %s; sid:1; )", option);
    rules_init(rules);
    rules_read_text(rules, &c, "test", text, strlen(text), DIALECT_SNORT3);
}

static void test_row(struct detect *d, size_t i)
{
    struct rules rules;
    struct detect_scope s = { .detect = d, .buffer = bytes_of(rows[i].bytes, rows[i].n), .cursor = rows[i].cursor };

    read_option(&rules, rows[i].option);
    if (rules.failed_n) {
        diag("%s: %s", rows[i].option, rules.failure[0].reason);
    }
    if (ok(rules.rule_n == 1 && rules.rule[0]->group_n == 1, rows[i].why)) {
        const struct match *m = rules.rule[0]->group[0].match[0];

        is_int(m->keyword.row->match(&s, rules.rule[0], m->keyword.data), rows[i].matches, rows[i].why);
        is_int(rows[i].matches && m->keyword.row->at_cursor ? s.cursor : rows[i].after, rows[i].after, rows[i].why);
    }
    rules_fini(&rules);
}

static void test_refusal(size_t i)
{
    struct rules rules;

    read_option(&rules, refusals[i].option);
    if (ok(rules.rule_n == 0 && rules.failed_n == 1, refusals[i].why)) {
        is_str(rules.failure[0].reason, refusals[i].reason, refusals[i].why);
    }
    rules_fini(&rules);
}

static void test_normal(struct detect *d, size_t i)
{
    struct detect_scope s = { .detect = d };
    struct bytes out = bytes_none();

    ok((normal[i].uri ? transform_snort_uri : transform_snort)(&s, NULL, bytes_str(normal[i].in), &out), normal[i].why);
    is_mem(out.p, out.n, normal[i].out, strlen(normal[i].out), normal[i].why);
}

static void test_named(struct detect *d, size_t i)
{
    struct detect_scope s = { .detect = d };
    struct rules rules;
    struct bytes out = bytes_none();
    char option[128];

    /* the transform's own data is made as a rule makes it */
    snprintf(option, sizeof option, strstr(named[i].name, ",nocase") ? "http_param:\"%.*s\",nocase" : "http_param:\"%.*s\"",
        (int)strcspn(named[i].name, ","), named[i].name);
    read_option(&rules, option);
    if (ok(rules.rule_n == 1, named[i].why)) {
        const struct group *g = &rules.rule[0]->group[0];
        bool there = named[i].run(&s, g->transform[0].data, bytes_str(named[i].in), &out);

        is_int(there, named[i].out != NULL, named[i].why);
        if (there && named[i].out) {
            is_mem(out.p, out.n, named[i].out, strlen(named[i].out), named[i].why);
        }
    }
    rules_fini(&rules);
}

/* Room for what is inflated grows with it: what may come takes no memory before it does. */
static void test_inflate(void)
{
    static const uint32_t most = 8 << 20;
    static uint8_t plain[4 << 20], packed[16 << 10];
    struct detect *d = calloc(1, sizeof *d);
    struct detect_scope s = { .detect = d };

    for (size_t n = 300000; n <= sizeof plain; n += sizeof plain - 300000) {
        struct bytes out = bytes_none();
        uLongf size = sizeof packed;

        arena_init(&d->arena, NULL, 2 << 20);
        if (ok(compress(packed, &size, plain, n) == Z_OK, "packed")) {
            ok(transform_zlib(&s, &most, bytes_of(packed, size), &out), "less room than it might take");
            is_int(n < sizeof plain ? out.n == n : out.n >= 512 << 10 && out.n < n, true, "all of it, or what there is room for");
            is_int(d->arena.full, n == sizeof plain, "which is told");
        }
        arena_fini(&d->arena);
    }
    free(d);
}

int main(void)
{
    test_inflate();
    struct detect *d = calloc(1, sizeof *d);

    arena_init(&d->arena, NULL, 1 << 20);
    d->verifier.regex = regex_scratch_new(0, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        test_row(d, i);
    }
    for (size_t i = 0; i < ROWS(refusals); i++) {
        test_refusal(i);
    }
    for (size_t i = 0; i < ROWS(normal); i++) {
        test_normal(d, i);
    }
    for (size_t i = 0; i < ROWS(named); i++) {
        test_named(d, i);
    }
    regex_scratch_free(d->verifier.regex);
    arena_fini(&d->arena);
    free(d);
    return done_testing();
}
