/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/rewrite.h"

#include <stdlib.h>
#include <string.h>

#include "packet/decode.h"
#include "tap.h"

/* Ethernet, IPv4, UDP with a checksum, VXLAN, Ethernet, IPv4, TCP, eight bytes; no checksum is right. */
static const char frame_hex[] = "000000000002 000000000001 0800"
                                "4500 006e 0001 0000 40 11 0000 0a000001 0a000002"
                                "3039 12b5 005a 1234 08000000 00002a00"
                                "000000000004 000000000003 0800"
                                "4500 0030 0002 0000 40 06 0000 0b000001 0b000002"
                                "0400 0050 00000001 00000002 5018 2000 0000 0000"
                                "4142434445464748"
                                "00000000000000000000000000000000";
enum { PAYLOAD_AT = 14 + 20 + 8 + 8 + 14 + 20 + 20 };

static size_t unhex(const char *hex, uint8_t *out)
{
    size_t n = 0;

    for (; *hex; hex++) {
        if (*hex != ' ') {
            char two[3] = { hex[0], hex[1], 0 };
            out[n++] = (uint8_t)strtoul(two, NULL, 16);
            hex++;
        }
    }
    return n;
}

static bool inside(const struct view *v, struct bytes frame)
{
    const struct bytes all[] = { v->bytes, v->ip, v->ip_header, v->l4, v->l4_header, v->payload, v->ether };

    for (size_t i = 0; i < ROWS(all); i++) {
        if (all[i].p < frame.p || all[i].p + all[i].n > frame.p + frame.n) {
            return false;
        }
    }
    return true;
}

static void test_tunnel(struct decoder *d, struct batch *b)
{
    struct rewrites *w = rewrites_new(1 << 20);
    uint8_t frame[256];
    struct packet *p = &b->packet[0];

    *p = (struct packet){ .frame = bytes_of(frame, unhex(frame_hex, frame)), .link = LINK_ETHERNET, .number = 1 };
    p->wire_len = (uint32_t)p->frame.n;
    packet_decode(d, b, p);
    struct view *v = p->first;
    if (!ok(p->view_n == 2 && view_has(v, LAYER_TCP) && v->payload.n == 8, "a TCP packet in VXLAN")) {
        return;
    }
    ok(rewrite_payload(w, v, 2, bytes_str("cde")), "bytes in its middle");
    is_mem(v->payload.p, v->payload.n, "ABcdeFGH", 8, "are replaced");
    ok(p->rewritten && p->frame.p != frame && p->frame.n == p->wire_len, "in a copy of the frame");
    is_mem(frame + PAYLOAD_AT, 8, "ABCDEFGH", 8, "the source's bytes are as they came");
    is_mem(p->frame.p + PAYLOAD_AT, 8, "ABcdeFGH", 8, "the frame's are those that go on");
    ok(inside(v, p->frame) && inside(p->outermost, p->frame), "all headers of both packets lie in it");
    ok(view_l4_checksum_ok(v) && view_l4_checksum_ok(p->outermost), "TCP's checksum is right, and that of the UDP that carries it");
    const uint8_t *copy = p->frame.p;
    ok(rewrite_payload(w, v, 6, bytes_str("ghi")) && p->frame.p == copy, "once more in the same copy");
    is_mem(v->payload.p, v->payload.n, "ABcdeFgh", 8, "what reaches over the end is left");
    ok(view_l4_checksum_ok(v) && view_l4_checksum_ok(p->outermost), "and the checksums follow");
    ok(rewrite_urgent(w, v) && (v->l4.p[13] & 32) == 0 && v->l4.p[18] == 0 && v->l4.p[19] == 0, "no byte is urgent any more");
    ok(view_l4_checksum_ok(v) && view_l4_checksum_ok(p->outermost), "by checksums that hold");
    rewrites_free(w);
}

static void test_no_room(struct decoder *d, struct batch *b)
{
    struct rewrites *w = rewrites_new(16);
    uint8_t frame[256];
    struct packet *p = &b->packet[0];

    *p = (struct packet){ .frame = bytes_of(frame, unhex(frame_hex, frame)), .link = LINK_ETHERNET, .number = 1 };
    p->wire_len = (uint32_t)p->frame.n;
    b->view_n = 0;
    packet_decode(d, b, p);
    ok(!rewrite_payload(w, p->first, 0, bytes_str("a")) && !p->rewritten && p->frame.p == frame, "at the cap the packet stays, and the caller is told");
    rewrites_free(w);
}

/* A datagram's fragments have gone on: what stands in it can be put right for inspection only. */
static void test_datagram(struct decoder *d, struct batch *b)
{
    struct rewrites *w = rewrites_new(1 << 20);
    uint8_t frame[256], whole[256];
    struct packet *p = &b->packet[0];
    size_t n = unhex("4500 0030 0002 0000 40 06 0000 0b000001 0b000002 0400 0050 00000001 00000002 5018 2000 0000 0000 4142434445464748", whole);

    *p = (struct packet){ .frame = bytes_of(frame, unhex("4500 0018 0002 0001 40 06 0000 0b000001 0b000002 41424344", frame)),
                          .link = LINK_RAW, .number = 1 };
    p->wire_len = (uint32_t)p->frame.n;
    b->view_n = 0;
    packet_decode(d, b, p);
    struct view *v = packet_decode_datagram(d, b, p->first, (struct datagram){ bytes_of(whole, n), bytes_of(whole, n) });
    ok(v && !rewrite_payload(w, v, 0, bytes_str("xyz")), "the caller is told");
    is_mem(v->payload.p, v->payload.n, "xyzDEFGH", 8, "what is looked at is rewritten");
    ok(!p->rewritten && p->frame.p == frame && view_l4_checksum_ok(v), "the frame is as it was");
    rewrites_free(w);
}

int main(void)
{
    struct decoder *d = calloc(1, sizeof(*d));
    struct batch *b = calloc(1, sizeof(*b));
    struct view *views = calloc(VIEWS_MAX, sizeof(*views));

    if (!d || !b || !views) {
        return 1;
    }
    b->views = views;
    b->view_max = VIEWS_MAX;
    test_tunnel(d, b);
    test_no_room(d, b);
    test_datagram(d, b);
    free(views);
    free(b);
    free(d);
    return done_testing();
}
