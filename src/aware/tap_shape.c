/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap_shape - a SYN or SYN/ACK in the spelling of p0f's raw signatures (README of p0f 3, section 5).
 *
 *   4:58+6:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0
 *   version : TTL as it came + routers guessed : bytes of IP options : MSS : window,scale : options in order : what is odd : payload
 *
 * It is read into numbers first, which are looked up among those seen lately: most hosts look like another, and numbers are hashed
 * sooner than they are spelled.
 */
#include "aware/taps.h"

#include <string.h>

enum { ODD_DF, ODD_ID_SET, ODD_ID_ZERO, ODD_ECN, ODD_RESERVED, ODD_FLOW, ODD_SEQ_ZERO, ODD_ACK_SET, ODD_ACK_ZERO, ODD_URGENT_SET, ODD_URG, ODD_PUSH, ODD_OWN_ZERO,
       ODD_PEER_SET, ODD_PADDED, ODD_WIDE, ODD_BAD, ODDS };
static const char *const odd_names[ODDS] = { "df", "id+", "id-", "ecn", "0+", "flow", "seq-", "ack+", "ack-", "uptr+", "urgf+", "pushf+", "ts1-", "ts2+", "opt+", "exws", "bad" };
enum { HAS_MSS = 1, HAS_SCALE = 2, HAS_STAMP = 4, HAS_PAYLOAD = 8 };

static uint32_t odd(unsigned which, bool is) { return (uint32_t)is << which; }

/* ---- reading ---- */

static void option_data(struct shape *s, uint8_t kind, struct bytes data, bool ack)
{
    struct rd r = rd_of(data);

    if (kind == 8 && data.n == 8) { /* RFC 7323 3.2 */
        uint32_t own = rd_be32(&r), peer = rd_be32(&r);
        s->has |= HAS_STAMP;
        s->odd &= ~(odd(ODD_OWN_ZERO, true) | odd(ODD_PEER_SET, true));
        s->odd |= odd(ODD_OWN_ZERO, own == 0) | odd(ODD_PEER_SET, peer != 0 && !ack);
    } else if (kind == 3 && data.n == 1) {
        s->odd &= ~odd(ODD_WIDE, true);
        s->odd |= odd(ODD_WIDE, rd_u8(&r) > 14); /* RFC 7323 2.3 */
    }
}

static void read_options(struct shape *s, struct rd r, bool ack)
{
    while (rd_left(&r) != 0 && s->options_n < SHAPE_OPTIONS) {
        uint8_t kind = s->option[s->options_n++] = rd_u8(&r);
        if (kind == 0) {
            struct bytes rest = rd_rest(&r);
            s->eol = (uint8_t)rest.n;
            for (size_t i = 0; i < rest.n; i++) {
                s->odd |= odd(ODD_PADDED, rest.p[i] != 0);
            }
            return;
        }
        if (kind == 1) {
            continue;
        }
        uint8_t n = rd_u8(&r);
        struct bytes data = n >= 2 ? rd_bytes(&r, n - 2u) : bytes_none();
        if (n < 2 || !rd_ok(&r)) {
            s->odd |= odd(ODD_BAD, true);
            return;
        }
        option_data(s, kind, data, ack);
    }
}

static uint32_t read_odd_ip(const struct view *v)
{
    bool four = v->family == FAMILY_4, df = four && (v->frag_flags & 2) != 0;
    bool flow = v->family == FAMILY_6 && v->ip_header.n >= 4 && ((v->ip_header.p[1] & 15) | v->ip_header.p[2] | v->ip_header.p[3]) != 0;

    return odd(ODD_DF, df) | odd(ODD_ID_SET, df && v->ip_id != 0) | odd(ODD_ID_ZERO, four && !df && v->ip_id == 0) |
           odd(ODD_ECN, (v->tcp.flags & 0xc0) != 0 || (v->tos & 3) != 0) | odd(ODD_RESERVED, four && (v->frag_flags & 4) != 0) | odd(ODD_FLOW, flow);
}

static void read_shape(struct shape *s, const struct view *v)
{
    bool ack = (v->tcp.flags & 16) != 0, urg = (v->tcp.flags & 32) != 0;
    struct rd r = rd_of(v->l4_header);

    memset(s, 0, sizeof *s);
    s->family = (uint8_t)v->family;
    s->ttl = v->ttl;
    s->ip_options = (uint16_t)(v->family == FAMILY_4 && v->ip_header.n > 20 ? v->ip_header.n - 20 : 0);
    s->mss = v->tcp.has_mss ? v->tcp.mss : 0;
    s->window = v->tcp.window;
    s->scale = v->tcp.has_wscale ? v->tcp.wscale : 0;
    s->has = (uint8_t)((v->tcp.has_mss ? HAS_MSS : 0) | (v->payload.n != 0 ? HAS_PAYLOAD : 0));
    s->odd = read_odd_ip(v) | odd(ODD_SEQ_ZERO, v->tcp.seq == 0) | odd(ODD_ACK_SET, !ack && v->tcp.ack != 0) | odd(ODD_ACK_ZERO, ack && v->tcp.ack == 0) |
             odd(ODD_URGENT_SET, !urg && v->tcp.urgent != 0) | odd(ODD_URG, urg) | odd(ODD_PUSH, (v->tcp.flags & 8) != 0);
    rd_skip(&r, 20);
    read_options(s, r, ack);
}

/* ---- spelling ---- */

struct line {
    char *p;
    size_t n;
};

static void add(struct line *l, const char *s)
{
    size_t n = strlen(s);

    if (l->n + n < SHAPE_MAX) {
        memcpy(l->p + l->n, s, n);
        l->n += n;
    }
}

static void number(struct line *l, uint64_t v)
{
    char digits[21];
    size_t n = text_digits(v, digits);

    digits[n] = '\0';
    add(l, digits);
}

static void add_options(struct line *l, const struct shape *s)
{
    static const char *const names[] = { "eol+", "nop", "mss", "ws", "sok", "sack", [8] = "ts" };

    for (unsigned i = 0; i < s->options_n; i++) {
        unsigned kind = s->option[i];
        add(l, i != 0 ? "," : "");
        add(l, kind < ROWS(names) && names[kind] != NULL ? names[kind] : "?");
        if (kind == 0) {
            number(l, s->eol);
        } else if (kind >= ROWS(names) || names[kind] == NULL) {
            number(l, kind);
        }
    }
}

/* As a multiple of the segment's size, or of the packet's, where it is one. */
static void add_window(struct line *l, const struct shape *s)
{
    unsigned win = s->window, mss = s->mss, head = s->family == FAMILY_4 ? 40 : 60;
    bool ts = (s->has & HAS_STAMP) != 0;
    const struct { unsigned by; const char *name; } tries[] = {
        { mss, "mss*" }, { ts ? mss - 12 : 0, "mss*" }, { mss + head, "mtu*" }, { 1500 - head, "mss*" }, { ts ? 1500 - head - 12 : 0, "mss*" }, { 1500, "mtu*" },
    };

    for (unsigned i = 0; mss >= 100 && i < ROWS(tries); i++) {
        if (win != 0 && tries[i].by != 0 && win % tries[i].by == 0) {
            add(l, tries[i].name);
            number(l, win / tries[i].by);
            return;
        }
    }
    number(l, win);
}

static void add_odd(struct line *l, const struct shape *s)
{
    bool any = false;

    for (unsigned i = 0; i < ODDS; i++) {
        if ((s->odd >> i & 1) != 0) {
            add(l, any ? "," : "");
            add(l, odd_names[i]);
            any = true;
        }
    }
}

static unsigned routers(unsigned ttl) { return ttl <= 32 ? 32 - ttl : ttl <= 64 ? 64 - ttl : ttl <= 128 ? 128 - ttl : 255 - ttl; }

static uint16_t spell_shape(const struct shape *s, char out[SHAPE_MAX])
{
    struct line l = { out, 0 };

    number(&l, s->family);
    add(&l, ":");
    number(&l, s->ttl);
    add(&l, "+");
    number(&l, routers(s->ttl));
    add(&l, ":");
    number(&l, s->ip_options);
    add(&l, ":");
    number(&l, s->mss);
    add(&l, ":");
    add_window(&l, s);
    add(&l, ",");
    number(&l, s->scale);
    add(&l, ":");
    add_options(&l, s);
    add(&l, ":");
    add_odd(&l, s);
    add(&l, ":");
    add(&l, (s->has & HAS_PAYLOAD) != 0 ? "+" : "0");
    return (uint16_t)l.n;
}

static uint64_t shape_hash(const struct shape *s)
{
    uint64_t word[sizeof *s / sizeof(uint64_t)], h = 0;

    _Static_assert(sizeof *s % sizeof(uint64_t) == 0, "whole words");
    memcpy(word, s, sizeof word);
    for (unsigned i = 0; i < ROWS(word); i++) {
        h = tap_fold(h, word[i]);
    }
    return h;
}

struct bytes shape_of(struct shapes *s, const struct view *v, uint64_t seed, uint32_t *hash)
{
    struct shape shape;

    read_shape(&shape, v);
    unsigned at = (unsigned)(shape_hash(&shape) >> 32) % SHAPES;
    if (s->room[at].n == 0 || memcmp(&s->room[at].shape, &shape, sizeof shape) != 0) {
        s->room[at].shape = shape;
        s->room[at].n = spell_shape(&shape, s->room[at].text);
        s->room[at].hash = seen_hash(s->room[at].text, s->room[at].n, seed);
    }
    *hash = s->room[at].hash;
    return bytes_of(s->room[at].text, s->room[at].n);
}
