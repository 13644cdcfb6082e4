/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which rules a packet or a buffer may concern: those whose literal is in it, and those that the indexes name. */
#include "detect/inspect.h"

#include <stdlib.h>

void candidates_begin(struct detect *d)
{
    d->candidate_n = 0;
    if (++d->pass_stamp == 0) { /* after 2^32 passes old marks could look new */
        memset(d->rule_stamp, 0, d->rules->plan_n * sizeof *d->rule_stamp);
        d->pass_stamp = 1;
    }
}

void candidate_add(struct detect *d, uint32_t rule)
{
    const struct plan *p = &d->rules->plan[rule];

    if (d->rule_stamp[rule] != d->pass_stamp && !(d->new_only && (p->flags & PLAN_KEPT) != 0)) {
        d->rule_stamp[rule] = d->pass_stamp;
        bool known = !d->look.unasked || (p->flags & PLAN_PDU) != 0;
        if (plan_app(p, known ? d->look.app : PROTO_NONE) && header_matches(d, p->header)) {
            d->candidate[d->candidate_n++] = rule;
        }
    }
}

void candidates_of_literal(struct detect *d, const struct prefilter *f, uint32_t id)
{
    for (uint32_t i = f->first[id]; i < f->first[id + 1]; i++) {
        candidate_add(d, f->rule[i]);
    }
}

static void candidates_hit(void *ctx, uint32_t id)
{
    struct detect *d = ctx;

    candidates_of_literal(d, d->scanning, id);
}

void candidates_of_prefilter(struct detect *d, const struct prefilter *f, struct bytes b, uint64_t base)
{
    if (f->db && b.n != 0) {
        d->scanning = f;
        literals_scan(f->db, d->match, b, base, candidates_hit, d);
    }
}

static void candidates_of_list(struct detect *d, const struct rule_list *l)
{
    for (uint32_t i = 0; i < l->n; i++) {
        const struct plan *p = &d->rules->plan[l->rule[i]];
        if ((p->need & ~d->look.need) == 0) {
            candidate_add(d, l->rule[i]);
        }
    }
}

static void candidates_of_key(struct detect *d, const struct key_index *x, uint16_t key)
{
    uint32_t low = 0, high = (x->seen[key % KEY_BITS / 64] >> key % 64 & 1) != 0 ? x->n : 0;

    if (high == 0) {
        return;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (x->at[middle].key < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low < x->n && x->at[low].key == key) {
        candidates_of_list(d, &x->at[low].list);
    }
}

void candidates_of_packet(struct detect *d)
{
    const struct ruleset *r = d->rules;
    const struct look *l = &d->look;
    const struct packet_index *x = &r->packet[l->class][l->side];

    candidates_of_prefilter(d, &r->payload[l->class][l->side], l->payload, 0);
    candidates_of_prefilter(d, &r->payload[l->class][l->side], l->l4, 0);
    if (l->class == CLASS_TCP) {
        for (unsigned i = 0; i < l->window_n && r->has_windows; i++) {
            candidates_of_prefilter(d, &r->stream[l->side], l->window[i].bytes, 0);
        }
        for (unsigned i = 0; i < l->pdu_n && (l->apart || !r->has_windows); i++) {
            candidates_of_prefilter(d, &r->stream[l->side], l->pdu[i].bytes, 0);
            if (l->pdu[i].base != 0 && l->pdu[i].base < LITERAL_NEAR) { /* rules about the transaction see it from the body's start */
                candidates_of_prefilter(d, &r->stream[l->side], l->pdu[i].bytes, l->pdu[i].base);
            }
        }
        if ((!l->stream_ready && !d->turn->in_stream) || l->unasked) { /* a payload that is in no stream is looked at like one */
            candidates_of_prefilter(d, &r->stream[l->side], l->payload, 0);
        }
    }
    for (uint32_t i = 0; i < x->any.n; i++) {
        if ((x->any.at[i].key & ~l->need) == 0) {
            candidates_of_list(d, &x->any.at[i].list);
        }
    }
    if (l->has_ports && !l->fragment) {
        candidates_of_key(d, &x->dport, l->dport);
        candidates_of_key(d, &x->sport, l->sport);
    }
    if (l->payload.n != 0 && l->payload.n <= UINT16_MAX) {
        candidates_of_key(d, &x->size, (uint16_t)l->payload.n);
    }
}

static int rule_compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

void candidates_sort(struct detect *d)
{
    uint32_t *c = d->candidate;

    d->counter[DETECT_CANDIDATES] += d->candidate_n;
    if (d->candidate_n > 24) {
        qsort(c, d->candidate_n, sizeof *c, rule_compare);
        return;
    }
    for (uint32_t i = 1; i < d->candidate_n; i++) {
        uint32_t rule = c[i], at = i;
        for (; at > 0 && c[at - 1] > rule; at--) {
            c[at] = c[at - 1];
        }
        c[at] = rule;
    }
}
