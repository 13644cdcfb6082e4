/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TCP (RFC 9293) with its options. */
#include "packet/layers.h"

#include <netinet/in.h>

#define TCP_LEN    20
#define WSCALE_MAX 14 /* RFC 7323 2.3 */

enum tcp_option {
    OPT_EOL = 0,
    OPT_NOP = 1,
    OPT_MSS = 2,
    OPT_WSCALE = 3,
    OPT_SACK_OK = 4,
    OPT_SACK = 5,
    OPT_TS = 8,
    OPT_MD5 = 19,
    OPT_AO = 29,
    OPT_TFO = 34,
    OPT_EXP1 = 253,
    OPT_EXP2 = 254,
};

/* Marks an option as met; noted when it was before. */
static bool option_first(struct walk *w, struct view *v, bool *met)
{
    if (*met) {
        layer_note(w, v, NOTE_TCP_OPT_DUPLICATE);
        return false;
    }
    *met = true;
    return true;
}

static void option_sack(struct walk *w, struct view *v, struct bytes o)
{
    struct view_tcp *t = &v->tcp;

    if (o.n == 2) { /* empty: useless and common */
        return;
    }
    if (o.n < 10 || o.n > 34 || (o.n - 2) % 8 != 0) { /* RFC 2018 3: one to four blocks */
        layer_note(w, v, NOTE_TCP_OPT_INVALID_LEN);
    } else if (t->sack_n > 0) {
        layer_note(w, v, NOTE_TCP_OPT_DUPLICATE);
    } else {
        struct rd r = rd_of(o);
        rd_skip(&r, 2);
        t->sack_n = (uint8_t)((o.n - 2) / 8);
        t->sack = rd_rest(&r);
    }
}

/* RFC 7413 4.1.1 (own kind), and the experimental kinds with its mark in front. */
static void option_fast_open(struct walk *w, struct view *v, struct bytes o)
{
    bool own = o.p[0] == OPT_TFO;
    bool length = own ? o.n == 2 || (o.n >= 6 && o.n <= 18 && o.n % 2 == 0) : o.n == 4 || o.n == 12;

    if (!length) {
        layer_note(w, v, NOTE_TCP_OPT_INVALID_LEN);
    } else if (own || head16(o, 2) == 0xf989) {
        (void)option_first(w, v, &v->tcp.has_tfo);
    }
}

static void option_read(struct walk *w, struct view *v, struct bytes o)
{
    struct view_tcp *t = &v->tcp;

    switch (o.p[0]) {
    case OPT_WSCALE:
        if (o.n != 3) {
            layer_note(w, v, NOTE_TCP_OPT_INVALID_LEN);
        } else if (option_first(w, v, &t->has_wscale)) {
            t->wscale = o.p[2] <= WSCALE_MAX ? o.p[2] : 0;
        }
        break;
    case OPT_MSS:
        if (o.n != 4) {
            layer_note(w, v, NOTE_TCP_OPT_INVALID_LEN);
        } else if (option_first(w, v, &t->has_mss)) {
            t->mss = head16(o, 2);
        }
        break;
    case OPT_SACK_OK:
        if (o.n != 2) {
            layer_note(w, v, NOTE_TCP_OPT_INVALID_LEN);
        } else {
            (void)option_first(w, v, &t->has_sackok);
        }
        break;
    case OPT_TS:
        if (o.n != 10) {
            layer_note(w, v, NOTE_TCP_OPT_INVALID_LEN);
        } else if (option_first(w, v, &t->has_ts)) {
            t->ts_value = head32(o, 2);
            t->ts_echo = head32(o, 6);
        }
        break;
    case OPT_SACK:
        option_sack(w, v, o);
        break;
    case OPT_TFO:
    case OPT_EXP1:
    case OPT_EXP2:
        option_fast_open(w, v, o);
        break;
    case OPT_MD5: /* RFC 2385 3.0 */
    case OPT_AO:  /* RFC 5925 2.2 */
        if (o.p[0] == OPT_MD5 ? o.n != 18 : o.n < 4) {
            (void)layer_bad(w, v, NOTE_TCP_OPT_INVALID_LEN);
        }
        break;
    default:
        break;
    }
}

static void tcp_options(struct walk *w, struct view *v, struct bytes options)
{
    struct rd r = rd_of(options);

    /* What nearly every segment has: NOP, NOP, time stamp. */
    if (options.n == 12 && head32(options, 0) == 0x0101080a) {
        v->tcp.has_ts = true;
        v->tcp.ts_value = head32(options, 4);
        v->tcp.ts_echo = head32(options, 8);
        return;
    }
    while (rd_left(&r) > 0) {
        struct bytes rest = rd_peek(&r);
        if (rest.p[0] == OPT_EOL) {
            return;
        }
        if (rest.p[0] == OPT_NOP) {
            rd_skip(&r, 1);
            continue;
        }
        if (rest.n < 2) {
            return;
        }
        struct bytes o = rd_bytes(&r, rest.p[1] < 2 ? SIZE_MAX : rest.p[1]);
        if (!rd_ok(&r)) {
            (void)layer_bad(w, v, NOTE_TCP_OPT_INVALID_LEN);
            return;
        }
        option_read(w, v, o);
    }
}

bool layer_tcp(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, TCP_LEN);

    count(w, COUNT_TCP);
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_TCP_PKT_TOO_SMALL);
    }
    size_t header = (size_t)(h.p[12] >> 4) * 4;
    if (header > data.n) {
        return layer_bad(w, v, NOTE_TCP_HLEN_TOO_SMALL);
    }
    if (header < TCP_LEN) {
        return layer_bad(w, v, NOTE_TCP_INVALID_OPTLEN);
    }
    v->tcp = (struct view_tcp){
        .seq = head32(h, 4),
        .ack = head32(h, 8),
        .window = head16(h, 14),
        .urgent = head16(h, 18),
        .flags = h.p[13],
        .header_len = (uint8_t)header,
        .sack = bytes_none(),
    };
    if (header > TCP_LEN) {
        tcp_options(w, v, rd_bytes(&r, header - TCP_LEN));
    }
    v->sport = head16(h, 0);
    v->dport = head16(h, 2);
    v->proto = IPPROTO_TCP;
    v->l4_header = (struct bytes){ .p = data.p, .n = header };
    v->payload = rd_rest(&r);
    v->present |= LAYER_TCP;
    layer_flow(v);
    return true;
}
