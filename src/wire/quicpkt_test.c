/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Headers of QUIC, the keys of its Initial packets, and pieces of a handshake put in order. */
#include "base/rows.h"
#include "tap.h"
#include "wire/quicframe.h"
#include "wire/quicpkt.h"
#include "wire/test_hex.h"

enum { ROOM = 4096 };

/* ------- headers ------- */

static const struct {
    const char *why, *packet;
    int type;           /* -1: not a packet */
    size_t head, payload, left;
} headers[] = {
    { "an Initial packet of version 1: token, length", "c0 00000001 02 aabb 01 cc 00 03 112233 ff", QUICPKT_INITIAL, 12, 3, 1 },
    { "with a token", "c0 00000001 00 00 02 abcd 01 11", QUICPKT_INITIAL, 11, 1, 0 },
    { "a length of two bytes (RFC 9000 16)", "c0 00000001 00 00 00 4001 11", QUICPKT_INITIAL, 10, 1, 0 },
    { "a Handshake packet has no token", "e0 00000001 00 00 01 11", QUICPKT_HANDSHAKE, 8, 1, 0 },
    { "a Retry packet goes on to the end", "f0 00000001 00 00 0102030405", QUICPKT_RETRY, 7, 5, 0 },
    { "version 2 numbers its types otherwise (RFC 9369 3.2)", "d0 6b3343cf 00 00 00 01 11", QUICPKT_INITIAL, 9, 1, 0 },
    { "a version of zero negotiates", "80 00000000 00 00 00000001", QUICPKT_VERSIONS, 7, 4, 0 },
    { "a short header", "40 0102", QUICPKT_SHORT, 0, 2, 0 },
    { "Q046: ids of eight bytes and none, number and hash", "c3 'Q046' 50 0102030405060708 00000001 000000000000000000000000 a0", QUICPKT_INITIAL, 30, 1, 0 },
    { "a length beyond the datagram", "c0 00000001 00 00 00 05 11", -1, 0, 0, 0 },
    { "a token beyond the datagram", "c0 00000001 00 00 3f 01", -1, 0, 0, 0 },
    { "an id that is cut", "c0 00000001 08 aabb", -1, 0, 0, 0 },
    { "nothing", "", -1, 0, 0, 0 },
};

static void test_headers(void)
{
    for (size_t i = 0; i < ROWS(headers); i++) {
        uint8_t room[ROOM];
        struct rd r = rd_of(hex_read(headers[i].packet, room, sizeof room));
        struct quicpkt p;
        bool good = quicpkt_read(&r, &p);
        ok(headers[i].type < 0 ? !good
                               : good && p.type == (enum quicpkt_type)headers[i].type && p.head == headers[i].head &&
                                     p.payload.n == headers[i].payload && rd_left(&r) == headers[i].left,
           headers[i].why);
    }
}

/* ------- keys ------- */

static const struct {
    const char *why;
    uint32_t version;
    unsigned side;
    const char *key, *iv, *mask; /* NULL: no keys */
} keys[] = {
    { "RFC 9001 A.1, the client's", 1, 0, "1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c", "9f50449e04a0e810283a1e9933adedd2" },
    { "RFC 9001 A.1, the server's", 1, 1, "cf3a5331653c364c88f0f379b6067e37", "0ac1493ca1905853b0bba03e", "c206b8d9b9f0f37644430b490eeaa314" },
    { "RFC 9369 A.1, the client's", 0x6b3343cf, 0, "8b1a0bc121284290a29e0971b5cd045d", "91f73e2351d8fa91660e909f", "45b95e15235d6f45a6b19cbcb0294ba9" },
    { "a version without a known salt", 0x1a2a3a4a, 0, NULL, NULL, NULL },
};

static void test_keys(void)
{
    for (size_t i = 0; i < ROWS(keys); i++) {
        static const uint8_t id[] = { 0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08 };
        struct quicpkt_keys k[2];
        uint8_t room[3][ROOM];
        bool good = quicpkt_keys(keys[i].version, bytes_of(id, sizeof id), k);
        if (keys[i].key == NULL) {
            ok(!good, keys[i].why);
            continue;
        }
        const struct quicpkt_keys *one = &k[keys[i].side];
        ok(good && bytes_equal(bytes_of(one->key, sizeof one->key), hex_read(keys[i].key, room[0], ROOM)) &&
               bytes_equal(bytes_of(one->iv, sizeof one->iv), hex_read(keys[i].iv, room[1], ROOM)) &&
               bytes_equal(bytes_of(one->mask, sizeof one->mask), hex_read(keys[i].mask, room[2], ROOM)),
           keys[i].why);
    }
}

/* ------- frames ------- */

static const struct {
    const char *why, *frames[4];
    bool google, good;
    const char *want; /* the message, or the tags' names; "" none */
} frames[] = {
    { "a hello in one piece", { "06 00 05 01000001 aa" }, false, true, "01000001aa" },
    { "padding, a ping and an acknowledgement around it", { "00 01 02 00 00 01 00 00 00 06 00 05 01000001 aa 00" }, false, true, "01000001aa" },
    { "acknowledged congestion marks (type 3)", { "03 00 00 00 00 01 02 03 06 00 04 01000000" }, false, true, "01000000" },
    { "two pieces in one packet, the later first", { "06 03 02 01aa 06 00 03 010000" }, false, true, "01000001aa" },
    { "pieces of several packets", { "06 00 02 0100", "06 04 01 aa", "06 02 02 0001" }, false, true, "01000001aa" },
    { "pieces that overlap", { "06 00 04 01000001", "06 02 03 0001 aa" }, false, true, "01000001aa" },
    { "a hole stays", { "06 00 02 0100", "06 04 01 aa" }, false, true, "" },
    { "a piece that is cut", { "06 00 05 0100" }, false, false, "" },
    { "a close ends the reading", { "1c 00 00 00 ff ff" }, false, true, "" },
    { "Google's tags, shorter ones end in zeros", { "a0 01 001c 'CHLO' 0200 0000 'SNI' 00 01000000 'PDMD' 05000000 'a' 01020304 " }, true, true, "" },
};

static void test_frames(void)
{
    for (size_t i = 0; i < ROWS(frames); i++) {
        struct quiccrypto c = { .part_n = 0 };
        struct quictags t = { .n = 0 };
        struct arena a;
        bool good = true;
        arena_init(&a, NULL, 1 << 20);
        for (unsigned k = 0; k < 4 && frames[i].frames[k] != NULL; k++) {
            uint8_t room[ROOM];
            good &= quicframe_read(rd_of(hex_read(frames[i].frames[k], room, sizeof room)), frames[i].google, &a, &c, &t);
        }
        uint8_t want[ROOM];
        struct bytes got = quiccrypto_message(&c);
        ok(good == frames[i].good && bytes_equal(got, hex_read(frames[i].want, want, sizeof want)), frames[i].why);
        arena_fini(&a);
    }
}

static void test_tags(void)
{
    uint8_t room[ROOM];
    struct quiccrypto c = { .part_n = 0 };
    struct quictags t = { .n = 0 };
    struct arena a;

    arena_init(&a, NULL, 1 << 20);
    struct bytes b = hex_read("a0 01 001f 'CHLO' 0200 0000 'SNI' 00 03000000 'UAID' 07000000 'a.b' 'curl'", room, sizeof room);
    ok(quicframe_read(rd_of(b), true, &a, &c, &t) && t.n == 1 && bytes_is(t.names[0], "SNI-UAID") && bytes_is(t.sni, "a.b") && bytes_is(t.agent, "curl"),
       "tags, in their order, and their values");
    t.n = 0;
    b = hex_read("a0 01 0018 'CHLO' 0200 0000 'SNI' 00 03000000 'UAID' 02000000", room, sizeof room);
    ok(quicframe_read(rd_of(b), true, &a, &c, &t) && t.n == 0, "values that end before they begin are none");
    b = hex_read("06 8000ffff 01 aa", room, sizeof room);
    ok(quicframe_read(rd_of(b), false, &a, &c, &t) && c.too_long, "a piece behind what is kept is told");
    arena_fini(&a);
}

int main(void)
{
    test_headers();
    test_keys();
    test_frames();
    test_tags();
    return done_testing();
}
