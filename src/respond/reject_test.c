/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers, decoded by the decoder: right sums, ends turned round, numbers that the receiver takes. */
#include "packet/decode.h"
#include "respond/reject.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define MACS "020000000001020000000002"
#define IP4(total, proto, src, dst) "4500" total "00010000" "40" proto "0000" src dst
#define TCP(ports, seq, ack, flags) ports seq ack "50" flags "20000000" "0000"
#define A4 "0a000001"
#define B4 "0a000002"
#define A6 "20010db8000000000000000000000001"
#define B6 "20010db8000000000000000000000002"

static const struct row {
    const char *why, *frame;
    bool to_source, held;
    const char *want; /* "": none */
} rows[] = {
    { "data: the source is told with the number it waits for", MACS "0800" IP4("002c", "06", A4, B4) TCP("d4310050", "00000064", "000000c8", "18") "41424344", true, true,
      "1>2 tcp 80>54321 seq 200 ack 104 flags 14 eth 14" },
    { "its target, which does not get the data, with the data's first", MACS "0800" IP4("002c", "06", A4, B4) TCP("d4310050", "00000064", "000000c8", "18") "41424344", false, true,
      "2>1 tcp 54321>80 seq 100 ack 200 flags 14 eth 14" },
    { "and one that got them with what follows", MACS "0800" IP4("002c", "06", A4, B4) TCP("d4310050", "00000064", "000000c8", "18") "41424344", false, false,
      "2>1 tcp 54321>80 seq 104 ack 200 flags 14 eth 14" },
    { "a SYN: no number yet, its own is acknowledged", MACS "0800" IP4("0028", "06", A4, B4) TCP("d4310050", "00000064", "00000000", "02"), true, true,
      "1>2 tcp 80>54321 seq 0 ack 101 flags 14 eth 14" },
    { "a reset is not answered", MACS "0800" IP4("0028", "06", A4, B4) TCP("d4310050", "00000064", "00000000", "04"), true, true, "" },
    { "tags stay", MACS "8100000a" "0800" IP4("0028", "06", A4, B4) TCP("d4310050", "00000064", "00000000", "02"), true, true,
      "1>2 tcp 80>54321 seq 0 ack 101 flags 14 eth 18" },
    { "IPv6", MACS "86dd" "60000000" "0014" "0640" A6 B6 TCP("d4310050", "00000064", "00000000", "02"), true, true,
      "1>2 tcp 80>54321 seq 0 ack 101 flags 14 eth 14" },
    { "UDP is forbidden, with the packet quoted", MACS "0800" IP4("001c", "11", A4, B4) "03e8003500080000", true, true, "1>2 icmp 3.13 quotes 1000>53 eth 14" },
    { "UDP over IPv6", MACS "86dd" "60000000" "0008" "1140" A6 B6 "03e8003500080000", true, true, "1>2 icmp 1.1 quotes 1000>53 eth 14" },
    { "there is no session whose target could be told", MACS "0800" IP4("001c", "11", A4, B4) "03e8003500080000", false, true, "" },
    { "an ICMP error is not answered", MACS "0800" IP4("0038", "01", A4, B4) "0303fcfc00000000" IP4("001c", "11", B4, A4) "03e8003500080000", true, true, "" },
    { "groups are not answered", MACS "0800" IP4("001c", "11", A4, "e00000fb") "14e914e900080000", true, true, "" },
    { "nor is ARP", MACS "0806" "0001080006040001" "000000000002" A4 "000000000000" B4, true, true, "" },
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

static struct view *decode(struct decoder *d, struct batch *b, struct bytes frame)
{
    b->n = b->view_n = 0;
    struct packet *p = &b->packet[b->n++];
    *p = (struct packet){ .frame = frame, .wire_len = (uint32_t)frame.n, .link = LINK_ETHERNET };
    packet_decode(d, b, p);
    return p->outermost;
}

/* The MACs' last digits, the ends, the numbers; and that all sums hold. */
static void describe(const struct view *v, char *out, size_t room)
{
    int n = snprintf(out, room, "%u>%u ", v->ether.p[11], v->ether.p[5]);
    size_t eth = (size_t)(v->ip.p - v->ether.p);

    if ((v->flags & (VIEW_BAD_CHECKSUM | VIEW_BAD_IP_CHECKSUM | VIEW_INVALID)) != 0) {
        n += snprintf(out + n, room - (size_t)n, "broken ");
    }
    if (view_has(v, LAYER_TCP)) {
        (void)snprintf(out + n, room - (size_t)n, "tcp %u>%u seq %u ack %u flags %x eth %zu", v->sport, v->dport, v->tcp.seq, v->tcp.ack, v->tcp.flags, eth);
    } else {
        (void)snprintf(out + n, room - (size_t)n, "icmp %u.%u quotes %u>%u eth %zu", v->icmp.type, v->icmp.code, v->quoted_sport, v->quoted_dport, eth);
    }
}

int main(void)
{
    struct decoder *d = calloc(1, sizeof *d);
    struct batch *there = calloc(1, sizeof *there), *back = calloc(1, sizeof *back);
    uint8_t frame[256];
    char got[160];

    d->settings.checksums = true;
    there->view_max = back->view_max = 64;
    there->views = calloc(64, sizeof *there->views);
    back->views = calloc(64, sizeof *back->views);
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct reply reply;
        struct view *v = decode(d, there, bytes_of(frame, unhex(rows[i].frame, frame)));
        got[0] = '\0';
        if (reject_make(v, rows[i].to_source, rows[i].held, &reply)) {
            describe(decode(d, back, reply.frame), got, sizeof got);
        }
        is_str(got, rows[i].want, rows[i].why);
    }
    free(there->views);
    free(back->views);
    free(there);
    free(back);
    free(d);
    return done_testing();
}
