/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap_shape - a SYN or SYN/ACK in the spelling of p0f's raw signatures (README of p0f 3, section 5).
 *
 *   4:58+6:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0
 *   version : TTL as it came + routers guessed : bytes of IP options : MSS : window,scale : options in order : what is odd : payload
 */
#include "aware/taps.h"

#include <string.h>

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

/* An item of a list with commas. */
static void item(struct line *l, const char *s, bool *any)
{
    if (*any) {
        add(l, ",");
    }
    *any = true;
    add(l, s);
}

/* What the options told beside their order. */
struct shape {
    bool eol_dirty, own_zero, peer_set, wide, bad;
    bool ts;
};

static void option_data(struct shape *o, uint8_t kind, struct bytes data)
{
    struct rd r = rd_of(data);

    if (kind == 8 && data.n == 8) { /* RFC 7323 3.2 */
        o->ts = true;
        o->own_zero = rd_be32(&r) == 0;
        o->peer_set = rd_be32(&r) != 0;
    } else if (kind == 3 && data.n == 1) {
        o->wide = rd_u8(&r) > 14; /* RFC 7323 2.3 */
    }
}

static void options(struct line *l, struct bytes all, struct shape *o)
{
    static const char *const names[] = { [2] = "mss", [3] = "ws", [4] = "sok", [5] = "sack", [8] = "ts" };
    struct rd r = rd_of(all);
    bool any = false;

    while (rd_left(&r) != 0) {
        uint8_t kind = rd_u8(&r);
        if (kind == 0) {
            struct bytes rest = rd_rest(&r);
            item(l, "eol+", &any);
            number(l, rest.n);
            for (size_t i = 0; i < rest.n; i++) {
                o->eol_dirty |= rest.p[i] != 0;
            }
            return;
        }
        if (kind == 1) {
            item(l, "nop", &any);
            continue;
        }
        if (kind < ROWS(names) && names[kind] != NULL) {
            item(l, names[kind], &any);
        } else {
            item(l, "?", &any);
            number(l, kind);
        }
        uint8_t n = rd_u8(&r);
        struct bytes data = n >= 2 ? rd_bytes(&r, n - 2u) : bytes_none();
        if (n < 2 || !rd_ok(&r)) {
            o->bad = true;
            return;
        }
        option_data(o, kind, data);
    }
}

/* As a multiple of the segment's size, or of the packet's, where it is one. */
static void window(struct line *l, const struct view *v, const struct shape *o)
{
    unsigned win = v->tcp.window, mss = v->tcp.has_mss ? v->tcp.mss : 0, head = v->family == FAMILY_4 ? 40 : 60;
    const struct { unsigned by; const char *name; } tries[] = {
        { mss, "mss*" }, { o->ts ? mss - 12 : 0, "mss*" }, { mss + head, "mtu*" }, { 1500 - head, "mss*" }, { o->ts ? 1500 - head - 12 : 0, "mss*" },
        { 1500, "mtu*" },
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

static void odd_ip(struct line *l, const struct view *v, bool *any)
{
    bool df = v->family == FAMILY_4 && (v->frag_flags & 2) != 0;

    if (df) {
        item(l, "df", any);
    }
    if (v->family == FAMILY_4 && df && v->ip_id != 0) {
        item(l, "id+", any);
    }
    if (v->family == FAMILY_4 && !df && v->ip_id == 0) {
        item(l, "id-", any);
    }
    if ((v->tcp.flags & 0xc0) != 0 || (v->tos & 3) != 0) {
        item(l, "ecn", any);
    }
    if (v->family == FAMILY_4 && (v->frag_flags & 4) != 0) {
        item(l, "0+", any);
    }
    if (v->family == FAMILY_6 && v->ip_header.n >= 4 && ((v->ip_header.p[1] & 15) | v->ip_header.p[2] | v->ip_header.p[3]) != 0) {
        item(l, "flow", any);
    }
}

static void odd(struct line *l, const struct view *v, const struct shape *o)
{
    bool any = false, ack = (v->tcp.flags & 16) != 0, urg = (v->tcp.flags & 32) != 0;
    const struct { bool is; const char *name; } rows[] = {
        { v->tcp.seq == 0, "seq-" }, { !ack && v->tcp.ack != 0, "ack+" }, { ack && v->tcp.ack == 0, "ack-" },
        { !urg && v->tcp.urgent != 0, "uptr+" }, { urg, "urgf+" }, { (v->tcp.flags & 8) != 0, "pushf+" },
        { o->ts && o->own_zero, "ts1-" }, { o->ts && o->peer_set && !ack, "ts2+" }, { o->eol_dirty, "opt+" }, { o->wide, "exws" }, { o->bad, "bad" },
    };

    odd_ip(l, v, &any);
    for (unsigned i = 0; i < ROWS(rows); i++) {
        if (rows[i].is) {
            item(l, rows[i].name, &any);
        }
    }
}

static unsigned routers(unsigned ttl) { return ttl <= 32 ? 32 - ttl : ttl <= 64 ? 64 - ttl : ttl <= 128 ? 128 - ttl : 255 - ttl; }

size_t shape_of(const struct view *v, char out[SHAPE_MAX])
{
    char layout[SHAPE_MAX];
    struct line l = { out, 0 }, order = { layout, 0 };
    struct shape o = { 0 };
    struct rd r = rd_of(v->l4_header);

    rd_skip(&r, 20);
    options(&order, rd_peek(&r), &o);
    layout[order.n] = '\0';
    number(&l, v->family);
    add(&l, ":");
    number(&l, v->ttl);
    add(&l, "+");
    number(&l, routers(v->ttl));
    add(&l, ":");
    number(&l, v->family == FAMILY_4 && v->ip_header.n > 20 ? v->ip_header.n - 20 : 0);
    add(&l, ":");
    number(&l, v->tcp.has_mss ? v->tcp.mss : 0);
    add(&l, ":");
    window(&l, v, &o);
    add(&l, ",");
    number(&l, v->tcp.has_wscale ? v->tcp.wscale : 0);
    add(&l, ":");
    add(&l, layout);
    add(&l, ":");
    odd(&l, v, &o);
    add(&l, ":");
    add(&l, v->payload.n != 0 ? "+" : "0");
    return l.n;
}
