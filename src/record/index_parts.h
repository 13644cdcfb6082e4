/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * index_parts - the inside of an index, shared by what writes one and what reads it, and nobody else.
 *
 * Kinds are what many flows of a segment have in common, told once; addresses are told once, and by number in flows.
 */
#ifndef RECORD_INDEX_PARTS_H
#define RECORD_INDEX_PARTS_H

#include "record/index.h"

#include <stdatomic.h>

/* What is told of a flow by the number of its kind. */
struct flow_kind {
    uint32_t tenant;
    uint16_t flags, port;        /* flags: enum record_flow_flag; port: the server's */
    uint16_t vlan[VIEW_VLANS_MAX];
    uint8_t family, proto, level, vlan_n, app_n, app[PIECE_APPS], icmp[4];
};
/* The most frequent first; of: by piece.  False: no memory. */
bool kinds_build(const struct ledger *l, struct text *out, uint32_t *of);
/* False: malformed, or no memory. */
bool kinds_read(struct bytes section, struct flow_kind **kinds, uint32_t *n);

/* The addresses of a segment's flows, ascending: IPv4, then IPv6.  Read where they lie. */
struct address_table {
    struct bytes four, six;
    uint32_t n4, n6;
};
bool addresses_build(const struct ledger *l, struct text *out);
bool addresses_read(struct bytes section, struct address_table *t); /* false: malformed; it is empty then */
struct addr address_at(const struct address_table *t, uint32_t i);   /* below n4 + n6 */
uint32_t address_number(const struct address_table *t, const struct addr *a, uint8_t family); /* UINT32_MAX: not among them */
static inline unsigned address_width(const struct address_table *t)
{
    uint64_t n = (uint64_t)t->n4 + t->n6;
    return n <= 1u << 8 ? 1 : n <= 1u << 16 ? 2 : n <= 1u << 24 ? 3 : 4;
}

enum { ID_BYTES = 7 }; /* of a flow's id, which has fewer bits */

#endif
