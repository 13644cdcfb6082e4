/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socks_udp - the datagrams of a UDP association (RFC 1928 7): where each goes, and, for DNS, what is in it.
 */
#include "proto/socks/socks.h"

enum { UDP_SECONDS = 600, PORT_DNS = 53 };

/* RFC 1928 6: the reply names the relay; 0.0.0.0 is the proxy itself.  The client may have said where it sends from. */
void socks_udp_expect(struct conn *c, const struct socks *d)
{
    const struct flow *f = conn_flow(c);
    struct flow_expectation e = { .addr = { f->key.addr[0], f->key.addr[1] }, .family = (enum family)f->key.family,
                                  .port = { d->to.port, d->bound.port }, .proto = 17, .seconds = UDP_SECONDS };

    if (d->bound.kind == SOCKS_ADDRESS_V4 && f->key.family == FAMILY_4 && d->bound.b.n == 4 && (d->bound.b.p[0] | d->bound.b.p[1] | d->bound.b.p[2] | d->bound.b.p[3]) != 0) {
        e.addr[1] = addr_from4(d->bound.b.p);
    }
    if (d->bound.port != 0) {
        conn_expect(c, &e, bytes_str("udp"), "socks");
    }
}

/* A transaction for a run of datagrams to, or from, one destination. */
static bool goes_on(struct socks_state *s, const struct socks_address *a)
{
    if (s->last.kind == a->kind && s->last.port == a->port && bytes_equal(s->last.b, a->b)) {
        return true;
    }
    for (size_t i = 0; i < a->b.n; i++) {
        s->room[i] = a->b.p[i];
    }
    s->last = (struct socks_address){ a->kind, bytes_of(s->room, a->b.n), a->port };
    return false;
}

enum outcome socks_udp(struct conn *c, enum side side, struct rd r)
{
    struct socks_state *s = conn_state(c);
    uint16_t reserved = rd_be16(&r);
    uint8_t fragment = rd_u8(&r);
    struct rd at = r;
    struct socks_address a = { .kind = rd_u8(&at) };

    a.b = rd_bytes(&at, a.kind == SOCKS_ADDRESS_V4 ? 4 : a.kind == SOCKS_ADDRESS_V6 ? 16 : a.kind == SOCKS_ADDRESS_NAME ? rd_u8(&at) : 0);
    a.port = rd_be16(&at);
    if (!rd_ok(&at) || reserved != 0 || (a.kind != SOCKS_ADDRESS_V4 && a.kind != SOCKS_ADDRESS_V6 && a.kind != SOCKS_ADDRESS_NAME)) {
        return OUTCOME_BAD;
    }
    if (!goes_on(s, &a)) {
        struct txn *t = txn_new(c);
        if (t != NULL) {
            struct socks *d = txn_data(t);
            d->version = SOCKS_V5;
            d->command = SOCKS_COMMAND_DATAGRAM;
            d->has_request = true;
            socks_address_read(t, &r, &d->to);
            socks_address_write(t, &d->to);
            txn_message(t, side);
        }
    }
    if (a.port == PORT_DNS && fragment == 0 && (s->inner != NULL || (s->inner = proto_child(c, "dns")) != NULL)) {
        proto_child_feed(s->inner, side, rd_rest(&at), false);
    }
    return OUTCOME_OK;
}
