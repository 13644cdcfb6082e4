/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sessions as frames in a pcapng file: Ethernet, IPv4 and IPv6, TCP with its handshake and its end, UDP, ICMP. */
#include "generate/scene.h"

#include "base/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

enum { ETHER_HEAD = 14, IP4_HEAD = 20, IP6_HEAD = 40, BODY = ETHER_HEAD + IP6_HEAD, MSS = 1400, FRAME_MAX = 2048, TCP_FIN = 1, TCP_SYN = 2, TCP_PSH = 8, TCP_ACK = 16 };

struct frames {
    FILE *to;
    uint64_t now;        /* ns */
    uint32_t count;
    uint16_t ip_id;
    char note[160];
    bool failed;
};

static void put16(uint8_t *p, unsigned x)
{
    p[0] = (uint8_t)(x >> 8);
    p[1] = (uint8_t)x;
}

static void put32(uint8_t *p, uint32_t x)
{
    put16(p, x >> 16);
    put16(p + 2, x & 0xffff);
}

static void write_out(struct frames *f, const void *p, size_t n)
{
    f->failed |= fwrite(p, 1, n, f->to) != n;
}

static void write_le32(struct frames *f, uint32_t x)
{
    uint8_t b[4] = { (uint8_t)x, (uint8_t)(x >> 8), (uint8_t)(x >> 16), (uint8_t)(x >> 24) };

    write_out(f, b, 4);
}

/* An option, padded to four bytes: draft-ietf-opsawg-pcapng 3.5. */
static size_t option_size(size_t n)
{
    return 4 + ((n + 3) & ~(size_t)3);
}

static void write_option(struct frames *f, unsigned code, const void *p, size_t n)
{
    static const uint8_t zero[4];

    write_le32(f, code | (uint32_t)n << 16);
    write_out(f, p, n);
    write_out(f, zero, (4 - n % 4) % 4);
}

struct frames *frames_new(const char *path, struct err *err)
{
    struct frames *f = calloc(1, sizeof *f);

    if (!f || !(f->to = fopen(path, "wb"))) {
        err_sys(err, "%s", path);
        free(f);
        return NULL;
    }
    f->now = 1796634000ull * CLOCK_SECOND;
    static const uint32_t head[] = { 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28 };
    for (size_t i = 0; i < ROWS(head); i++) {
        write_le32(f, head[i]);
    }
    /* One interface: Ethernet, times in nanoseconds. */
    static const uint8_t nano = 9;
    write_le32(f, 1);
    write_le32(f, 32);
    write_le32(f, 1);
    write_le32(f, 65535);
    write_option(f, 9, &nano, 1);
    write_le32(f, 0);
    write_le32(f, 32);
    return f;
}

void frames_note(struct frames *f, const char *text)
{
    snprintf(f->note, sizeof f->note, "%s", text);
}

static void frame_write(struct frames *f, const uint8_t *p, size_t n)
{
    static const uint8_t zero[4];
    size_t note = strlen(f->note), room = (n + 3) & ~(size_t)3, size = 32 + room + (note ? option_size(note) + 4 : 0);

    write_le32(f, 6);
    write_le32(f, (uint32_t)size);
    write_le32(f, 0);
    write_le32(f, (uint32_t)(f->now >> 32));
    write_le32(f, (uint32_t)f->now);
    write_le32(f, (uint32_t)n);
    write_le32(f, (uint32_t)n);
    write_out(f, p, n);
    write_out(f, zero, room - n);
    if (note) {
        write_option(f, 1, f->note, note);
        write_le32(f, 0);
        f->note[0] = '\0';
    }
    write_le32(f, (uint32_t)size);
    f->count++;
    f->now += 200000; /* 0.2 ms */
}

static uint32_t sum16(const uint8_t *p, size_t n, uint32_t sum)
{
    for (size_t i = 0; i + 1 < n; i += 2) {
        sum += (uint32_t)p[i] << 8 | p[i + 1];
    }
    return n % 2 ? sum + ((uint32_t)p[n - 1] << 8) : sum;
}

static unsigned folded(uint32_t sum)
{
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return ~sum & 0xffff;
}

/* RFC 791 3.1 */
static void ip4_head(struct frames *f, const struct talk *t, const struct addr *src, const struct addr *dst, uint8_t *ip, size_t n)
{
    memset(ip, 0, IP4_HEAD);
    ip[0] = 0x45;
    put16(ip + 2, (unsigned)(IP4_HEAD + n));
    put16(ip + 4, t->ip_id ? t->ip_id : ++f->ip_id);
    put16(ip + 6, 0x4000);
    ip[8] = t->ttl ? t->ttl : 64;
    ip[9] = t->proto;
    memcpy(ip + 12, src->b + 12, 4);
    memcpy(ip + 16, dst->b + 12, 4);
    put16(ip + 10, folded(sum16(ip, IP4_HEAD, 0)));
}

/* RFC 8200 3 */
static void ip6_head(const struct talk *t, const struct addr *src, const struct addr *dst, uint8_t *ip, size_t n)
{
    memset(ip, 0, IP6_HEAD);
    ip[0] = 0x60;
    put16(ip + 4, (unsigned)n);
    ip[6] = t->proto;
    ip[7] = t->ttl ? t->ttl : 64;
    memcpy(ip + 8, src->b, 16);
    memcpy(ip + 24, dst->b, 16);
}

/* Ethernet and IP in front of the n bytes that stand at frame + BODY; their checksum at `check` from there. */
static void packet_send(struct frames *f, const struct talk *t, unsigned side, uint8_t *frame, size_t n, size_t check)
{
    const struct addr *src = side == TO_SERVER ? &t->client : &t->server, *dst = side == TO_SERVER ? &t->server : &t->client;
    uint8_t *body = frame + BODY, *ip = body - (t->v6 ? IP6_HEAD : IP4_HEAD), *begin = ip - ETHER_HEAD;
    static const uint8_t macs[2][6] = { { 2, 0, 0, 0, 0, 10 }, { 2, 0, 0, 0, 0, 80 } };

    memcpy(begin, macs[side == TO_SERVER], 6);
    memcpy(begin + 6, macs[side != TO_SERVER], 6);
    put16(begin + 12, t->v6 ? 0x86dd : 0x0800);
    if (t->v6) {
        ip6_head(t, src, dst, ip, n);
    } else {
        ip4_head(f, t, src, dst, ip, n);
    }
    if (check < n) { /* with the addresses, but ICMP's own */
        uint32_t sum = t->v6 ? sum16(ip + 8, 32, t->proto + (uint32_t)n) : t->proto != IPPROTO_ICMP ? sum16(ip + 12, 8, t->proto + (uint32_t)n) : 0;
        put16(body + check, 0);
        put16(body + check, folded(sum16(body, n, sum)));
    }
    frame_write(f, begin, (size_t)(body - begin) + n);
}

struct ends {
    uint32_t next[2];    /* sequence number, by side */
};

static void segment(struct frames *f, const struct talk *t, struct ends *e, unsigned side, unsigned flags, struct bytes data)
{
    uint8_t frame[FRAME_MAX], *tcp = frame + BODY;
    size_t head = flags & TCP_SYN ? 24 : 20;

    memset(tcp, 0, head);
    put16(tcp, side == TO_SERVER ? t->client_port : t->server_port);
    put16(tcp + 2, side == TO_SERVER ? t->server_port : t->client_port);
    put32(tcp + 4, e->next[side]);
    put32(tcp + 8, flags & TCP_ACK ? e->next[side ^ 1u] : 0);
    tcp[12] = (uint8_t)(head / 4 << 4);
    tcp[13] = (uint8_t)flags;
    put16(tcp + 14, t->window ? t->window : 64240);
    if (flags & TCP_SYN) { /* RFC 9293 3.7.1: the largest segment */
        put32(tcp + 20, 0x02040000 | MSS);
    }
    if (data.n) {
        memcpy(tcp + head, data.p, data.n);
    }
    packet_send(f, t, side, frame, head + data.n, 16);
    e->next[side] += (uint32_t)data.n + ((flags & (TCP_SYN | TCP_FIN)) != 0);
}

static void tcp_talk(struct frames *f, const struct talk *t, const struct turn *turn, unsigned n)
{
    struct ends e = { { 1000, 5000 } };

    if (t->flags) {
        segment(f, t, &e, TO_SERVER, t->flags, n ? bytes_head(turn[0].bytes, PACKET_BYTES) : bytes_none());
        return;
    }
    if (!t->no_handshake) {
        segment(f, t, &e, TO_SERVER, TCP_SYN, bytes_none());
        segment(f, t, &e, TO_CLIENT, TCP_SYN | TCP_ACK, bytes_none());
        segment(f, t, &e, TO_SERVER, TCP_ACK, bytes_none());
    }
    for (unsigned i = 0; i < n; i++) {
        struct bytes left = turn[i].bytes;
        while (left.n) {
            struct bytes part = bytes_head(left, MSS);
            segment(f, t, &e, turn[i].side, TCP_PSH | TCP_ACK, part);
            segment(f, t, &e, turn[i].side ^ 1u, TCP_ACK, bytes_none());
            left = bytes_from(left, part.n);
        }
    }
    if (!t->no_handshake) {
        segment(f, t, &e, TO_SERVER, TCP_FIN | TCP_ACK, bytes_none());
        segment(f, t, &e, TO_CLIENT, TCP_FIN | TCP_ACK, bytes_none());
        segment(f, t, &e, TO_SERVER, TCP_ACK, bytes_none());
    }
}

static void udp_talk(struct frames *f, const struct talk *t, const struct turn *turn)
{
    uint8_t frame[FRAME_MAX], *udp = frame + BODY;
    struct bytes data = bytes_head(turn->bytes, PACKET_BYTES);

    put16(udp, turn->side == TO_SERVER ? t->client_port : t->server_port);
    put16(udp + 2, turn->side == TO_SERVER ? t->server_port : t->client_port);
    put16(udp + 4, (unsigned)(8 + data.n));
    put16(udp + 6, 0);
    if (data.n) {
        memcpy(udp + 8, data.p, data.n);
    }
    packet_send(f, t, turn->side, frame, 8 + data.n, 6);
}

static void icmp_talk(struct frames *f, const struct talk *t, const struct turn *turn)
{
    uint8_t frame[FRAME_MAX], *icmp = frame + BODY;
    struct bytes data = bytes_head(turn->bytes, PACKET_BYTES);

    icmp[0] = t->icmp_type;
    icmp[1] = t->icmp_code;
    put16(icmp + 2, 0);
    put16(icmp + 4, t->icmp_id);
    put16(icmp + 6, t->icmp_seq);
    if (data.n) {
        memcpy(icmp + 8, data.p, data.n);
    }
    packet_send(f, t, turn->side, frame, 8 + data.n, 2);
}

static void other_talk(struct frames *f, const struct talk *t, const struct turn *turn)
{
    uint8_t frame[FRAME_MAX];
    struct bytes data = bytes_head(turn->bytes, PACKET_BYTES);

    if (data.n) {
        memcpy(frame + BODY, data.p, data.n);
    }
    packet_send(f, t, turn->side, frame, data.n, SIZE_MAX);
}

void frames_talk(struct frames *f, const struct talk *t, const struct turn *turn, unsigned n)
{
    if (t->proto == IPPROTO_TCP) {
        tcp_talk(f, t, turn, n);
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        if (t->proto == IPPROTO_UDP) {
            udp_talk(f, t, &turn[i]);
        } else if (t->proto == IPPROTO_ICMP || t->proto == IPPROTO_ICMPV6) {
            icmp_talk(f, t, &turn[i]);
        } else {
            other_talk(f, t, &turn[i]);
        }
    }
}

void frames_wait(struct frames *f, uint64_t ns)
{
    f->now += ns;
}

uint32_t frames_count(const struct frames *f)
{
    return f->count;
}

bool frames_close(struct frames *f, struct err *err)
{
    if (!f) {
        return true;
    }
    bool ok = !f->failed && fflush(f->to) == 0;
    int why = errno;

    ok = fclose(f->to) == 0 && ok;
    free(f);
    errno = why;
    return ok || err_sys(err, "writing frames");
}
