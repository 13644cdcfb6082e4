/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules that ask for bits which no rule of the hunt sets: they match nothing. And rules that tell nothing, and set bits for which none asks. */
#include "detect/host_bits.h"
#include "detect/kw/flowbits.h"
#include "hunt/hunt.h"

#include <stdlib.h>
#include <string.h>

enum { SPACES = 4, IDS = 65536 /* of a kind (rule_names) */ };

/* Bits: of flows, of hosts, of pairs of hosts, of transactions. */
struct bits {
    uint8_t bit[SPACES][IDS / 8];
};

static unsigned space_of(const struct host_bits *b) { return b->track == BITS_TXN ? 3 : b->track == BITS_PAIR ? 2 : 1; }

/* True: it was not in there. */
static bool may_add(struct bits *s, unsigned space, uint32_t id)
{
    uint8_t *at = &s->bit[space][id % IDS / 8], bit = (uint8_t)(1u << (id & 7));
    bool fresh = (*at & bit) == 0;

    *at |= bit;
    return fresh;
}

static bool may(const struct bits *s, unsigned space, uint32_t id) { return (s->bit[space][id % IDS / 8] >> (id & 7) & 1) != 0; }

static bool match_can(const struct bits *s, const struct match *m)
{
    const struct flowbits *b = flowbits_of(m);
    const struct host_bits *h = host_bits_of(m);
    bool any = b == NULL || b->command != BITS_ISSET || b->n == 0;

    for (uint16_t i = 0; b != NULL && i < b->n && !any; i++) {
        any = may(s, 0, b->id[i]);
    }
    return any && (h == NULL || h->command != HOST_ISSET || may(s, space_of(h), h->id));
}

static bool match_sets(struct bits *s, const struct match *m)
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

static void match_asks(struct bits *s, const struct match *m)
{
    const struct flowbits *b = flowbits_of(m);
    const struct host_bits *h = host_bits_of(m);

    for (uint16_t i = 0; b != NULL && i < b->n; i++) {
        (void)may_add(s, 0, b->id[i]);
    }
    if (h != NULL) {
        (void)may_add(s, space_of(h), h->id);
    }
}

/* It leaves something behind as it is asked: a dataset's values, a script's. */
static bool match_changes(const struct match *m) { return m->kind == MATCH_KEYWORD && m->keyword.row->changes; }

static bool changes(const struct rule *r)
{
    bool any = false;

    for (uint16_t i = 0; i < r->packet_n && !any; i++) {
        any = match_changes(r->packet[i]);
    }
    for (uint16_t i = 0; i < r->group_n && !any; i++) {
        for (uint16_t k = 0; k < r->group[i].match_n && !any; k++) {
            any = match_changes(r->group[i].match[k]);
        }
    }
    return any;
}

/* Nothing comes of it but bits that are not asked for.  In a flow that is run for another rule it is looked at all the same. */
static bool silent(const struct bits *asked, const struct rule *r)
{
    bool other = !r->noalert || r->alert || r->firewall || r->action != ACTION_ALERT || changes(r);

    for (uint16_t i = 0; i < r->post_n && !other; i++) {
        const struct match *m = r->post[i];
        const struct flowbits *b = flowbits_of(m);
        const struct host_bits *h = host_bits_of(m);
        bool says = m->kind == MATCH_KEYWORD && m->keyword.data != NULL; /* "noalert" alone does not */
        other = (says && b == NULL && h == NULL) || (b != NULL && b->n != 0 && may(asked, 0, b->id[0])) || (h != NULL && may(asked, space_of(h), h->id));
    }
    return !other;
}

/* One that is left out asks for nothing any more. */
static void leave_silent(struct hunt_rule *rule, unsigned n)
{
    struct bits *asked = calloc(1, sizeof *asked);

    for (bool more = asked != NULL; more;) {
        memset(asked, 0, sizeof *asked);
        more = false;
        for (unsigned i = 0; i < n; i++) {
            const struct rule *r = rule[i].need.rule;
            for (uint16_t k = 0; k < r->packet_n && !rule[i].need.never; k++) {
                match_asks(asked, r->packet[k]);
            }
        }
        for (unsigned i = 0; i < n; i++) {
            if (!rule[i].need.never && silent(asked, rule[i].need.rule)) {
                rule[i].need.never = more = true;
            }
        }
    }
    free(asked);
}

/* A setter that can match itself adds its bits, until none does any more. */
void hunt_bits(struct hunt_rule *rule, unsigned n)
{
    struct bits *s = calloc(1, sizeof *s);

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
    leave_silent(rule, n);
}
