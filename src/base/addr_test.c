/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/addr.h"
#include "tap.h"

#include <stdlib.h>

static void test_text(void)
{
    static const struct {
        const char *why, *in, *out;
        enum family family;
    } rows[] = {
        { "dotted quad", "192.0.2.1", "192.0.2.1", FAMILY_4 },
        { "octets of one, two and three digits", "0.10.255.100", "0.10.255.100", FAMILY_4 },
        { "all eight groups of IPv6", "2001:db8::1", "2001:0db8:0000:0000:0000:0000:0000:0001",
          FAMILY_6 },
        { "an IPv4 address inside IPv6 stays IPv6", "::ffff:10.0.0.1",
          "0000:0000:0000:0000:0000:ffff:0a00:0001", FAMILY_6 },
        { "no octet above 255", "256.0.0.1", NULL, FAMILY_NONE },
        { "no short form", "10.1", NULL, FAMILY_NONE },
        { "no blank", " 10.0.0.1", NULL, FAMILY_NONE },
        { "no zone", "fe80::1%eth0", NULL, FAMILY_NONE },
        { "nothing", "", NULL, FAMILY_NONE },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct addr a;
        enum family family = FAMILY_NONE;
        char out[ADDR_TEXT_MAX];
        bool good = addr_parse(rows[i].in, &a, &family);
        if (rows[i].out == NULL) {
            ok(!good, rows[i].why);
            continue;
        }
        size_t n = good ? addr_text(&a, family, out) : 0;
        ok(family == rows[i].family && n == strlen(rows[i].out), "its family and length");
        is_str(out, rows[i].out, rows[i].why);
    }
    char out[ADDR_TEXT_MAX];
    struct addr a = { { { 0 } } };
    is_int(addr_text(&a, FAMILY_NONE, out), 0, "no family, no text");
    is_str(out, "", "but an end");
    struct addr four = addr_from4((const uint8_t[4]){ 1, 2, 3, 4 });
    ok(addr_parse("1.2.3.4", &a, &(enum family){ 0 }) && addr_equal(&a, &four), "from four bytes");
    a = addr_from6(four.b);
    ok(addr_equal(&a, &four), "from sixteen");
}

static void test_bytes(void)
{
    static const struct {
        const char *why, *in;
        size_t n;
        bool good;
    } rows[] = {
        { "what lies behind is no part of it", "192.0.2.12", 9, true },
        { "IPv6", "2001:db8::1 ", 11, true },
        { "the longest there is", "0000:0000:0000:0000:0000:ffff:255.255.255.255", 45, true },
        { "one byte more", "0000:0000:0000:0000:0000:ffff:255.255.255.2555", 46, false },
        { "nothing", "192.0.2.1", 0, false },
        { "a NUL behind it", "192.0.2.1\0", 10, false },
        { "a NUL, and what it would hide", "192.0.2.1\0.evil.example", 23, false },
        { "a NUL before it", "\000192.0.2.1", 10, false },
        { "bytes above 127", "192.0.2.\xb1", 9, false },
        { "a blank behind it", "192.0.2.1 ", 10, false },
    };
    struct addr a;
    enum family family;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t *copy = malloc(rows[i].n + 1); /* no byte behind it may be read: sanitizers tell */
        memcpy(copy + 1, rows[i].in, rows[i].n);
        is_int(addr_text_read(bytes_of(copy + 1, rows[i].n), &a, &family), rows[i].good, rows[i].why);
        free(copy);
    }
    uint8_t *much = malloc(1 << 20);
    memset(much, '1', 1 << 20);
    ok(!addr_text_read(bytes_of(much, 1 << 20), &a, &family), "a megabyte");
    free(much);
}

static void test_ranges(void)
{
    static const struct {
        const char *why, *in, *low, *high;
    } rows[] = {
        { "one address", "10.0.0.1", "10.0.0.1", "10.0.0.1" },
        { "host bits of a net do not matter", "10.1.2.3/8", "10.0.0.0", "10.255.255.255" },
        { "a mask", "10.1.2.3/255.255.0.0", "10.1.0.0", "10.1.255.255" },
        { "the empty mask", "10.1.2.3/0.0.0.0", "0.0.0.0", "255.255.255.255" },
        { "an odd prefix", "10.1.2.3/31", "10.1.2.2", "10.1.2.3" },
        { "all of IPv4", "0.0.0.0/0", "0.0.0.0", "255.255.255.255" },
        { "from - to", "10.0.0.9-10.0.1.2", "10.0.0.9", "10.0.1.2" },
        { "an IPv6 net", "2001:db8::/33", "2001:db8::", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff" },
        { "an IPv6 host", "::1/128", "::1", "::1" },
        { "a prefix too long", "10.0.0.0/33", NULL, NULL },
        { "an IPv6 prefix too long", "::/129", NULL, NULL },
        { "no prefix", "10.0.0.0/", NULL, NULL },
        { "a mask with holes", "10.0.0.0/255.0.255.0", NULL, NULL },
        { "a range backwards", "10.0.0.2-10.0.0.1", NULL, NULL },
        { "a range over families", "10.0.0.2-::1", NULL, NULL },
        { "no address", "HOME_NET", NULL, NULL },
        { "an endless one",
          "1111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
          "1111111111111111111111111111111111111111111111111111111111111111111111111111111111111",
          NULL, NULL },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct addr_range r;
        struct addr low, high;
        enum family family, other;
        struct err err = { "" };
        bool good = addr_range_parse(rows[i].in, &r, &family, &err);
        if (rows[i].low == NULL) {
            ok(!good && err.text[0] != '\0', rows[i].why);
            continue;
        }
        addr_parse(rows[i].low, &low, &other);
        addr_parse(rows[i].high, &high, &other);
        ok(good && family == other && addr_equal(&r.low, &low) && addr_equal(&r.high, &high),
           rows[i].why);
    }
}

enum { LIST_MAX = 8 };

/* Ranges of a text separated by blanks. */
static size_t list_of(const char *text, struct addr_range *r, enum family *f)
{
    char copy[256], *save = NULL;
    size_t n = 0;

    snprintf(copy, sizeof(copy), "%s", text);
    for (char *s = strtok_r(copy, " ", &save); s != NULL; s = strtok_r(NULL, " ", &save)) {
        if (n < LIST_MAX && addr_range_parse(s, &r[n], &f[n], NULL)) {
            n++;
        }
    }
    return n;
}

static void make(struct addr_set *s, const char *have, const char *leave)
{
    struct addr_range h[LIST_MAX], l[LIST_MAX];
    enum family hf[LIST_MAX], lf[LIST_MAX];
    size_t hn = list_of(have, h, hf), ln = list_of(leave, l, lf);

    addr_set_make(s, &(struct addr_list){ h, hf, hn }, &(struct addr_list){ l, lf, ln });
}

static void test_sets(void)
{
    static const struct {
        const char *why, *have, *leave, *in, *out;
    } rows[] = {
        { "a net and a host apart", "10.0.0.0/8 192.0.2.1", "", "10.0.0.0 10.255.255.255 192.0.2.1",
          "9.255.255.255 11.0.0.0 192.0.2.0 192.0.2.2 ::1" },
        { "a hole in a net", "10.0.0.0/8", "10.1.0.0/16", "10.0.255.255 10.2.0.0",
          "10.1.0.0 10.1.255.255" },
        { "a hole at the front", "10.0.0.0/8", "10.0.0.0/16", "10.1.0.0 10.255.255.255",
          "10.0.0.0 10.0.255.255 9.255.255.255" },
        { "a hole at the end", "10.0.0.0/24", "10.0.0.255", "10.0.0.254", "10.0.0.255" },
        { "holes that overlap", "10.0.0.0/24", "10.0.0.4-10.0.0.9 10.0.0.8-10.0.0.20",
          "10.0.0.3 10.0.0.21", "10.0.0.4 10.0.0.9 10.0.0.20" },
        { "one hole over two ranges", "10.0.0.0-10.0.0.9 10.0.0.20-10.0.0.29",
          "10.0.0.5-10.0.0.25", "10.0.0.4 10.0.0.26", "10.0.0.5 10.0.0.9 10.0.0.20 10.0.0.25" },
        { "all left out", "10.0.0.0/24", "10.0.0.0/8", "", "10.0.0.0 10.0.0.128" },
        { "only a negation: everything else, of both families", "", "10.0.0.1",
          "10.0.0.0 10.0.0.2 0.0.0.0 255.255.255.255 ::1", "10.0.0.1" },
        { "the last address is left out without a wrap", "", "255.255.255.255",
          "255.255.255.254 0.0.0.0", "255.255.255.255" },
        { "families do not mix", "::ffff:10.0.0.1", "", "::ffff:10.0.0.1", "10.0.0.1" },
        { "the ends of IPv6", "::/0", "::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
          ":: ::2 ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe",
          "::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 0.0.0.1" },
        { "nothing at all", "", "", "", "10.0.0.1 ::1" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct addr_set s;
        struct addr_range r[LIST_MAX];
        enum family f[LIST_MAX];
        unsigned wrong = 0;
        make(&s, rows[i].have, rows[i].leave);
        for (size_t k = list_of(rows[i].in, r, f); k-- > 0;) {
            wrong += !addr_set_has(&s, &r[k].low, f[k]);
        }
        for (size_t k = list_of(rows[i].out, r, f); k-- > 0;) {
            wrong += addr_set_has(&s, &r[k].low, f[k]);
        }
        is_int(wrong, 0, rows[i].why);
        addr_set_fini(&s);
    }
    struct addr_set a, b;
    make(&a, "10.0.0.0/25 10.0.0.128/25", "");
    make(&b, "10.0.0.0/24", "");
    ok(a.n4 == 1 && addr_set_equal(&a, &b), "ranges that touch are one, so sets compare");
    addr_set_fini(&a);
    make(&a, "0.0.0.0/1 128.0.0.0/1 ::/0", "");
    ok(a.any, "everything is known to be everything");
    ok(!addr_set_equal(&a, &b), "and is not something");
    addr_set_fini(&a);
    make(&a, "0.0.0.0/0", "");
    ok(!a.any, "all of one family is not everything");
    addr_set_fini(&a);
    addr_set_fini(&b);
}

/* Random ranges over 10.0.0.0/24 against one flag for each address. */
static void test_model(void)
{
    uint64_t x = 42;
    unsigned wrong = 0;

    for (unsigned round = 0; round < 2000; round++) {
        struct addr_range r[2][LIST_MAX];
        enum family f[LIST_MAX];
        bool flag[2][256] = { { 0 } };
        size_t n[2];
        for (int side = 0; side < 2; side++) {
            x = x * 6364136223846793005ULL + 1442695040888963407ULL;
            n[side] = x >> 60 & 7;
            n[side] += side == 0 && n[side] == 0;
            for (size_t k = 0; k < n[side]; k++) {
                x = x * 6364136223846793005ULL + 1442695040888963407ULL;
                uint8_t p = (uint8_t)(x >> 56), q = (uint8_t)(x >> 48);
                uint8_t low = p < q ? p : q, high = p < q ? q : p;
                r[side][k].low = addr_from4((const uint8_t[4]){ 10, 0, 0, low });
                r[side][k].high = addr_from4((const uint8_t[4]){ 10, 0, 0, high });
                memset(flag[side] + low, 1, (size_t)(high - low) + 1);
            }
        }
        for (size_t k = 0; k < LIST_MAX; k++) {
            f[k] = FAMILY_4;
        }
        struct addr_set s;
        addr_set_make(&s, &(struct addr_list){ r[0], f, n[0] },
                      &(struct addr_list){ r[1], f, n[1] });
        for (unsigned i = 0; i < 256; i++) {
            struct addr a = addr_from4((const uint8_t[4]){ 10, 0, 0, (uint8_t)i });
            wrong += addr_set_has(&s, &a, FAMILY_4) != (flag[0][i] && !flag[1][i]);
        }
        addr_set_fini(&s);
    }
    is_int(wrong, 0, "sets agree with one flag an address");
}

int main(void)
{
    test_text();
    test_bytes();
    test_bytes();
    test_ranges();
    test_sets();
    test_model();
    struct port_set p = { .any = false };
    p.bits[80 >> 6] |= 1ULL << (80 & 63);
    ok(port_set_has(&p, 80) && !port_set_has(&p, 81), "a port is one bit");
    p.any = true;
    ok(port_set_has(&p, 65535), "any port");
    return done_testing();
}
