/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's program, run here by libpcap's interpreter, against view_spread: per row the same number, both directions the same. */
#include "packet/decode.h"
#include "packet/spread.h"
#include "source/fanout.h"
#include "source/source.h"
#include "tap.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

enum { ETHER = 14, TYPE_AT = 12 };

#define MACS "000000000001000000000002"
#define TCP4(src, dst, ports) MACS "0800" "45000028000100004006" "0000" src dst ports "0000000100000002" "50102000" "00000000"
#define UDP4(head, more, src, dst, ports) MACS "0800" head more "0001" "0000" "4011" "0000" src dst ports "00080000"
#define IP6 "20010db8000000000000000000000001" "20010db80000000000000000000000f2"
#define IP6_BACK "20010db80000000000000000000000f2" "20010db8000000000000000000000001"

static const struct row {
    const char *why;
    const char *there, *back; /* frames of both directions; NULL: only one */
    bool nothing;             /* the kernel gives 0 */
} rows[] = {
    { "TCP", TCP4("0a000001", "c0a80a02", "d4310050"), TCP4("c0a80a02", "0a000001", "0050d431"), false },
    { "UDP", UDP4("4500", "001c", "0a000001", "0a000002", "03e80035"), UDP4("4500", "001c", "0a000002", "0a000001", "003503e8"), false },
    { "options of IPv4 move the ports", MACS "0800" "46000020000100004011" "0000" "0a0000010a000002" "01010101" "03e80035" "00080000",
      UDP4("4500", "001c", "0a000002", "0a000001", "003503e8"), false },
    { "a first fragment goes by its addresses", MACS "0800" "4500001c" "00012000" "4011" "0000" "0a0000010a000002" "03e80035" "00080000",
      MACS "0800" "4500001c" "00010001" "4011" "0000" "0a0000020a000001" "0000000000000000", false },
    { "ICMP has no ports", MACS "0800" "4500001c" "00010000" "4001" "0000" "0a0000010a000002" "0800f7ff" "00000000",
      MACS "0800" "4500001c" "00010000" "4001" "0000" "0a0000020a000001" "0000ffff" "00000000", false },
    { "TCP over IPv6", MACS "86dd" "60000000" "0014" "06" "40" IP6 "d431005000000001000000025010200000000000",
      MACS "86dd" "60000000" "0014" "06" "40" IP6_BACK "0050d43100000001000000025010200000000000", false },
    { "UDP over IPv6", MACS "86dd" "60000000" "0008" "11" "40" IP6 "03e8003500080000", NULL, false },
    { "ARP has no ends", MACS "0806" "0001080006040001" "000000000002" "0a000001" "000000000000" "0a000002", NULL, true },
};

static size_t unhex(const char *hex, uint8_t *out)
{
    size_t n = 0;

    for (; hex[0] != '\0'; hex += 2) {
        char two[3] = { hex[0], hex[1], 0 };
        out[n++] = (uint8_t)strtoul(two, NULL, 16);
    }
    return n;
}

static uint32_t by_program(const uint8_t *frame, size_t n)
{
    struct sock_filter program[FANOUT_PROGRAM_MAX];
    struct bpf_insn insns[FANOUT_PROGRAM_MAX];
    unsigned steps = fanout_program(program, ETHER, TYPE_AT, true);

    for (unsigned i = 0; i < steps; i++) {
        insns[i] = (struct bpf_insn){ .code = program[i].code, .jt = program[i].jt, .jf = program[i].jf, .k = program[i].k };
    }
    is_int(bpf_validate(insns, (int)steps), 1, "the program holds");
    return bpf_filter(insns, frame, (u_int)n, (u_int)n);
}

static uint32_t by_view(struct decoder *d, struct batch *b, const uint8_t *frame, size_t n)
{
    b->n = b->view_n = 0;
    struct packet *p = &b->packet[b->n++];
    *p = (struct packet){ .frame = bytes_of(frame, n), .wire_len = (uint32_t)n, .link = LINK_ETHERNET };
    packet_decode(d, b, p);
    return view_spread(p->outermost);
}

int main(void)
{
    struct decoder *d = calloc(1, sizeof(*d));
    struct batch *b = batch_new();
    uint8_t there[256], back[256];

    for (size_t i = 0; i < ROWS(rows); i++) {
        const struct row *r = &rows[i];
        size_t n = unhex(r->there, there);
        uint32_t h = by_program(there, n);
        is_int(by_view(d, b, there, n), h, r->why);
        ok((h == 0) == r->nothing, r->why);
        if (r->back != NULL) {
            n = unhex(r->back, back);
            is_int(by_program(back, n), h, "the way back goes to the same worker");
            is_int(by_view(d, b, back, n), h, "seen here too");
        }
    }
    unsigned even[4] = { 0 };
    size_t n = unhex(rows[0].there, there);
    for (unsigned port = 1024; port < 5120; port++) {
        there[34] = (uint8_t)(port >> 8);
        there[35] = (uint8_t)port;
        even[by_view(d, b, there, n) % 4]++;
    }
    ok(even[0] > 900 && even[1] > 900 && even[2] > 900 && even[3] > 900, "one client's connections are spread evenly");
    batch_free(b);
    free(d);
    return done_testing();
}
