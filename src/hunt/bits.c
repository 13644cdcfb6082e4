/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules that ask for bits which no rule of the hunt sets: they match nothing. */
#include "detect/host_bits.h"
#include "detect/kw/flowbits.h"
#include "hunt/hunt.h"

#include <stdlib.h>
#include <string.h>

enum { SPACES = 4, IDS = 65536 /* of a kind (rule_names) */ };

/* Bits that may be set: of flows, of hosts, of pairs of hosts, of transactions. */
struct may_set {
    uint8_t bit[SPACES][IDS / 8];
};

static unsigned space_of(const struct host_bits *b) { return b->track == BITS_TXN ? 3 : b->track == BITS_PAIR ? 2 : 1; }

/* True: it was not in there. */
static bool may_add(struct may_set *s, unsigned space, uint32_t id)
{
    uint8_t *at = &s->bit[space][id % IDS / 8], bit = (uint8_t)(1u << (id & 7));
    bool fresh = (*at & bit) == 0;

    *at |= bit;
    return fresh;
}

static bool may(const struct may_set *s, unsigned space, uint32_t id) { return (s->bit[space][id % IDS / 8] >> (id & 7) & 1) != 0; }

static bool match_can(const struct may_set *s, const struct match *m)
{
    const struct flowbits *b = flowbits_of(m);
    const struct host_bits *h = host_bits_of(m);
    bool any = b == NULL || b->command != BITS_ISSET || b->n == 0;

    for (uint16_t i = 0; b != NULL && i < b->n && !any; i++) {
        any = may(s, 0, b->id[i]);
    }
    return any && (h == NULL || h->command != HOST_ISSET || may(s, space_of(h), h->id));
}

static bool match_sets(struct may_set *s, const struct match *m)
{
    const struct flowbits *b = flowbits_of(m);
    const struct host_bits *h = host_bits_of(m);
    bool fresh = false;

    for (uint16_t i = 0; b != NULL && (b->command == BITS_SET || b->command == BITS_TOGGLE) && i < b->n; i++) {
        fresh |= may_add(s, 0, b->id[i]);
    }
    if (h != NULL && (h->command == HOST_SET || h->command == HOST_TOGGLE)) {
        fresh |= may_add(s, space_of(h), h->id);
    }
    return fresh;
}

/* A setter that can match itself adds its bits, until none does any more. */
void hunt_bits(struct hunt_rule *rule, unsigned n)
{
    struct may_set *s = calloc(1, sizeof *s);

    for (bool more = s != NULL; more;) {
        more = false;
        for (unsigned i = 0; i < n; i++) {
            const struct rule *r = rule[i].need.rule;
            bool can = true;
            for (uint16_t k = 0; k < r->packet_n && can; k++) {
                can = match_can(s, r->packet[k]);
            }
            for (uint16_t k = 0; k < r->post_n && can; k++) {
                more |= match_sets(s, r->post[k]);
            }
            rule[i].need.never = !can;
        }
    }
    free(s);
}
