/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hellos: what is read of them, what is not, and the fingerprints others would make of them. */
#include "wire/tlshello.h"

#include "base/rows.h"
#include "tap.h"

#define RANDOM "0123456789abcdef0123456789abcdef"
#define CLIENT(version, ciphers, extensions) version RANDOM "\0" ciphers "\x01\0" extensions
#define TWO_CIPHERS "\0\x06\x13\x01\x1a\x1a\xc0\x2f" /* and GREASE between them */
/* type, length, data */
#define SNI_EXAMPLE "\0\0\0\x0c\0\x0a\0\0\x07" "example"
#define ALPN_H2 "\0\x10\0\x05\0\x03\x02" "h2"
#define VERSIONS "\0\x2b\0\x07\x06\x7a\x7a\x03\x04\x03\x03"
#define GROUPS "\0\x0a\0\x08\0\x06\x2a\x2a\0\x1d\0\x17"
#define POINTS "\0\x0b\0\x02\x01\0"
#define SIGNATURES "\0\x0d\0\x06\0\x04\x04\x03\x08\x04"
#define GREASE "\x3a\x3a\0\0"
#define EMPTY(type) type "\0\0"

/* The example that JA4's authors give, its lists in another order: t13d1516h2_8daaf6152771_e5627efa2ab1. */
#define JA4_CIPHERS "\0\x20\x0a\x0a\x13\x02\x13\x01\x13\x03\xc0\x2b\xc0\x2f\xc0\x2c\xc0\x30\xcc\xa9\xcc\xa8\xc0\x13\xc0\x14\0\x9c\0\x9d\0\x2f\0\x35"
#define JA4_EXTENSIONS \
    "\0\x78" GREASE SNI_EXAMPLE EMPTY("\0\x17") EMPTY("\xff\x01") GROUPS POINTS EMPTY("\0\x23") ALPN_H2 EMPTY("\0\x05") \
    "\0\x0d\0\x12\0\x10\x04\x03\x08\x04\x04\x01\x05\x03\x08\x05\x05\x01\x08\x06\x06\x01" EMPTY("\0\x12") EMPTY("\0\x33") EMPTY("\0\x2d") VERSIONS \
    EMPTY("\0\x1b") EMPTY("\x44\x69") EMPTY("\0\x15")

/* clang-format off */
static const struct {
    const char *why;
    struct bytes hello;
    bool client, good;
    unsigned best;
    const char *sni, *ja3, *ja4;
} rows[] = {
    { "a client's hello, GREASE in every list", BYTES(CLIENT("\x03\x03", TWO_CIPHERS, "\0\x48" GREASE SNI_EXAMPLE ALPN_H2 VERSIONS GROUPS POINTS SIGNATURES EMPTY("\0\x17"))),
      true, true, 0x304, "example", "771,4865-49199,0-16-43-10-11-13-23,29-23,0", "t13d0207h2_c1929292aa6b_38dbf9c86be1" },
    { "the example of JA4's authors", BYTES(CLIENT("\x03\x03", JA4_CIPHERS, JA4_EXTENSIONS)), true, true, 0x304, "example", NULL, "t13d1516h2_8daaf6152771_e5627efa2ab1" },
    { "no extensions at all (RFC 5246 7.4.1.2)", BYTES(CLIENT("\x03\0", "\0\x02\0\x05", "")), true, true, 0, "", "768,5,,,", "ts3i010000_1ed8eb363bcd_000000000000" },
    { "a name that is no host name is not told", BYTES(CLIENT("\x03\x03", "\0\x02\0\x05", "\0\x0a\0\0\0\x06\0\x04\x07\0\x01z")), true, true, 0, "", NULL, NULL },
    { "of two names the first counts", BYTES(CLIENT("\x03\x03", "\0\x02\0\x05", "\0\x1a" SNI_EXAMPLE "\0\0\0\x06\0\x04\0\0\x01y")), true, true, 0, "example", NULL, NULL },
    { "an ALPN that is no text shows its hexadecimal digits", BYTES(CLIENT("\x03\x03", "\0\x02\0\x05", "\0\x09\0\x10\0\x05\0\x03\x02\xab\xcd")), true, true, 0, "", NULL,
      "t12i0101ad_1ed8eb363bcd_000000000000" },
    { "cut in its random bytes", BYTES("\x03\x03" "0123"), true, false, 0, "", NULL, NULL },
    { "an extension beyond the list", BYTES(CLIENT("\x03\x03", "\0\x02\0\x05", "\0\x05\0\x17\0\x02x")), true, false, 0, "", NULL, NULL },
    { "a server's hello: the version it selects", BYTES("\x03\x03" RANDOM "\0" "\x13\x01" "\0" "\0\x06" "\0\x2b\0\x02\x03\x04"), false, true, 0x304, "", "771,4865,43", NULL },
    { "a draft of 1.3 has no session id", BYTES("\x7f\x12" RANDOM "\x13\x01" "\0\x04" EMPTY("\0\x33")), false, true, 0, "", "32530,4865,51", NULL },
    { "a server's empty server_name says it took the name (RFC 6066 3)", BYTES("\x03\x03" RANDOM "\0" "\0\x05" "\0" "\0\x04" EMPTY("\0\0")), false, true, 0, "", "771,5,0", NULL },
};
/* clang-format on */

static void test_row(size_t i, struct memo *memo)
{
    struct tlshello h;
    struct arena a;
    const char *why = rows[i].why;
    bool good = rows[i].client ? tlshello_client(rd_of(rows[i].hello), &h) : tlshello_server(rd_of(rows[i].hello), &h);

    is_int(good, rows[i].good, why);
    arena_init(&a, NULL, 1 << 20);
    if (good) {
        is_int(h.best, rows[i].best, why);
        is_mem(h.sni.p, h.sni.n, rows[i].sni, strlen(rows[i].sni), why);
        is_int(h.bad_sni || h.bad_extensions, false, why);
    }
    if (rows[i].ja3 != NULL) {
        struct bytes ja3 = tlshello_ja3(&h, &a);
        is_mem(ja3.p, ja3.n, rows[i].ja3, strlen(rows[i].ja3), why);
    }
    if (rows[i].ja4 != NULL) {
        struct memo *const memos[] = { NULL, memo, memo }; /* made, made and kept, taken from there */
        for (unsigned k = 0; k < ROWS(memos); k++) {
            struct bytes ja4 = tlshello_ja4(&h, 't', memos[k], &a);
            is_mem(ja4.p, ja4.n, rows[i].ja4, strlen(rows[i].ja4), why);
        }
    }
    arena_fini(&a);
}

static void test_flags(void)
{
    static const struct {
        const char *why;
        struct bytes extensions;
        bool more, bad, bad_type, heartbeat;
    } flags[] = {
        { "once", BYTES(CLIENT("\x03\x03", "\0\x02\0\x05", "\0\x10" SNI_EXAMPLE)), false, false, false, false },
        { "twice", BYTES(CLIENT("\x03\x03", "\0\x02\0\x05", "\0\x20" SNI_EXAMPLE SNI_EXAMPLE)), true, false, false, false },
        { "a length that does not fit", BYTES(CLIENT("\x03\x03", "\0\x02\0\x05", "\0\x0a\0\0\0\x06\0\x04\0\0\x09z")), false, true, false, false },
        { "no host", BYTES(CLIENT("\x03\x03", "\0\x02\0\x05", "\0\x0a\0\0\0\x06\0\x04\x07\0\x01z")), false, false, true, false },
        { "a heartbeat is offered (RFC 6520)", BYTES(CLIENT("\x03\x03", "\0\x02\0\x05", "\0\x05\0\x0f\0\x01\x01")), false, false, false, true },
    };

    for (size_t i = 0; i < ROWS(flags); i++) {
        struct tlshello h;
        ok(tlshello_client(rd_of(flags[i].extensions), &h), flags[i].why);
        ok(h.more_sni == flags[i].more && h.bad_sni == flags[i].bad && h.bad_sni_type == flags[i].bad_type && h.heartbeat == flags[i].heartbeat, flags[i].why);
    }
}

static void test_names(void)
{
    static const struct {
        const char *why, *name;
        uint16_t type;
    } names[] = {
        { "the first", "server_name", 0 }, { "one behind a hole in the registry", "pre_shared_key", 41 }, { "the hole", NULL, 40 },
        { "the next hole", NULL, 46 }, { "behind that", "certificate_authorities", 47 }, { "the last in a row", "dnssec_chain", 59 },
        { "far off", "renegotiation_info", 65281 }, { "nobody's", NULL, 60 }, { "GREASE has none", NULL, 0x0a0a },
    };

    for (size_t i = 0; i < ROWS(names); i++) {
        is_str(tlshello_extension_name(names[i].type), names[i].name, names[i].why);
    }
    ok(tlshello_grease(0xfafa) && tlshello_grease(0x0a0a), "GREASE has the same two bytes, ending in a");
    ok(!tlshello_grease(0x0a1a) && !tlshello_grease(0x0b0b), "others are none");
}

int main(void)
{
    struct memo *memo = memo_new(4);

    for (size_t i = 0; i < ROWS(rows); i++) {
        test_row(i, memo);
    }
    memo_free(memo);
    test_flags();
    test_names();
    return done_testing();
}
