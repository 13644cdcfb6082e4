/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hunt/hunt.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What a packet and a block take, measured: an estimate within a factor of two. */
static const double packet_seconds = 2.3e-6, block_seconds = 6e-5, start_seconds = 0.008, sift_seconds = 3.5e-7;

struct asking {
    struct hunt_plan *plan;
    struct search *search;
    size_t segment;
    const struct hunt_limits *limits;
};

struct blind {
    struct asking *asking;
    bool midstream;              /* of TCP without its beginning */
};

/* A flow whose sketches do not tell all: its head does, and its bytes. */
static void choose_blind(void *ctx, uint32_t flow)
{
    const struct blind *b = ctx;
    struct asking *a = b->asking;
    const struct record_segment *s = &a->plan->record->segment[a->segment];
    struct err err;

    if (flow >= s->about->flows) {
        return;
    }
    const struct flow_part *got = search_part(a->search, a->segment, flow, &err);
    if (got == NULL) {
        record_problem(a->plan->record, &err);
        choice_add(a->plan->chosen, a->segment, flow);
        return;
    }
    const struct flow_part part = *got;
    for (unsigned i = 0; i < a->plan->rule_n; i++) {
        struct hunt_rule *r = &a->plan->rule[i];
        bool asked = !r->need.never && search_asks(a->search, &r->need, a->segment);
        if (asked && !b->midstream) {
            r->flows += search_by_head(a->search, &r->need, a->segment, flow, &part);
        } else if (asked && (a->limits->midstream || r->need.rule->dialect != DIALECT_SURICATA)) { /* these have them followed: more may be known then */
            r->flows++;
            choice_add(a->plan->chosen, a->segment, flow);
        }
    }
}

/* What the sketches of a segment do not tell of. */
static void segment_blind(struct asking *a)
{
    const struct record_segment *s = &a->plan->record->segment[a->segment];
    struct blind blind = { a, false }, midstream = { a, true };
    struct err err;

    if (!index_find(s->index, record_key_hash(KEY_BLIND, bytes_str("blind")), choose_blind, &blind, &err) ||
        !index_find(s->index, record_key_hash(KEY_BLIND, bytes_str("midstream")), choose_blind, &midstream, &err)) {
        record_problem(a->plan->record, &err);
        for (uint32_t f = 0; f < s->about->flows; f++) {
            choice_add(a->plan->chosen, a->segment, f);
        }
    }
}

/* ---- rules without literals, and segments without sketches ---- */

static void segment_heads(struct asking *a)
{
    const struct record_segment *s = &a->plan->record->segment[a->segment];
    struct hunt_plan *p = a->plan;
    struct err err;
    bool any = false;

    for (unsigned k = 0; k < p->rule_n; k++) {
        any |= !p->rule[k].need.never && !search_asks(a->search, &p->rule[k].need, a->segment);
    }
    for (uint32_t f = 0; any && f < s->about->flows; f++) {
        const struct flow_part *got = search_part(a->search, a->segment, f, &err);
        const struct flow_part part = got != NULL ? *got : (struct flow_part){ 0 };
        if (got == NULL) {
            record_problem(p->record, &err);
        } else if (!search_alive(a->search, &part)) {
            continue;
        }
        for (unsigned k = 0; k < p->rule_n; k++) {
            struct hunt_rule *r = &p->rule[k];
            if (r->need.never || search_asks(a->search, &r->need, a->segment)) {
                continue;
            }
            if (got == NULL || r->need.everything) {
                r->flows++;
                choice_add(p->chosen, a->segment, f);
            } else {
                r->flows += search_by_head(a->search, &r->need, a->segment, f, &part);
            }
        }
    }
}

/* ---- what it comes to ---- */

static bool plan_count(struct hunt_plan *p, struct err *err)
{
    struct recorded *x = &p->chosen_all;

    recorded_fini(x);
    *x = (struct recorded){ 0 };
    p->flows_all = p->packets_all = p->bytes_all = p->blocks_all = 0;
    p->flows = choice_count(p->chosen);
    for (size_t i = 0; i < p->record->n; i++) {
        const struct index_about *a = p->record->segment[i].about;
        p->flows_all += a->flows;
        p->packets_all += a->packets;
        p->bytes_all += a->bytes;
        p->blocks_all += a->blocks;
    }
    if (!recorded_make(x, p->chosen, p->record, 0, &p->places, err)) {
        return false;
    }
    p->packets = x->packets;
    p->bytes = x->bytes < p->bytes_all ? x->bytes : p->bytes_all;
    p->blocks = x->blocks;
    p->cut_packets = x->cut;
    p->seconds = (double)x->packets * packet_seconds + (double)x->blocks * block_seconds + (x->packets != 0 ? start_seconds : 0);
    return true;
}

/* What is looked at first. */
static bool plan_sift(struct hunt_plan *p, struct err *err)
{
    if (p->sift == NULL) {
        return true;
    }
    if (!sift_cost(p->sift, &p->sifted, err)) {
        return false;
    }
    p->seconds += (double)p->sifted.packets * sift_seconds + (double)p->sifted.blocks * block_seconds;
    return true;
}

bool hunt_sift(struct hunt_plan *p, const _Atomic bool *stop, struct err *err)
{
    if (p->sift == NULL || p->sifted.flows == 0) {
        return true;
    }
    if (!sift_run(p->sift, &p->places, &p->looked, stop, err)) {
        return false;
    }
    double predicted = p->seconds;
    choice_run(p->chosen, p->record);
    bool good = plan_count(p, err);
    p->seconds = predicted;
    return good;
}

/* Numbers the words of all rules, and takes flows to be sifted for them. */
static bool plan_words(struct hunt_plan *p, const struct hunt_limits *l)
{
    enum { WORDS_MAX = 4096 /* a rule set: its flows are nearly all, and too much is known of each */ };
    unsigned words = 0;

    for (unsigned i = 0; i < p->rule_n; i++) {
        p->rule[i].need.word_first = words;
        words += p->rule[i].need.word_n;
    }
    if (words == 0 || words > WORDS_MAX || l->sift.decode == NULL) {
        return true;
    }
    p->sift = sift_new(p->record, p->chosen, &l->sift, words);
    return p->sift != NULL;
}

bool hunt_plan(struct hunt_plan *p, struct record *r, const struct rule *const *rules, unsigned n, const struct hunt_limits *l, struct err *err)
{
    struct asking a = { .plan = p, .limits = l };
    bool good, asked = false;

    *p = (struct hunt_plan){ .record = r, .chosen = choice_new(r, false), .rule = calloc(n + 1, sizeof *p->rule), .rule_n = n };
    good = p->chosen != NULL && p->rule != NULL;
    for (unsigned i = 0; good && i < n; i++) {
        need_make(&p->rule[i].need, rules[i]);
        for (unsigned k = 0; k < l->key_n; k++) {
            if (l->keys[k].sid == rules[i]->sid && l->key_source == rules[i]->source) {
                p->rule[i].need.key = l->keys[k].hash;
                p->rule[i].need.key_n = l->keys[k].n;
            }
        }
    }
    if (good) {
        hunt_bits(p->rule, n);
    }
    good = good && plan_words(p, l);
    a.search = good ? search_new(r, &l->alive, p->chosen, p->sift, n > 1) : NULL;
    good = a.search != NULL;
    for (unsigned i = 0; good && i < n; i++) {
        p->rule[i].flows = search_rule(a.search, &p->rule[i].need);
        asked |= p->rule[i].need.literal_n != 0 || p->rule[i].need.key_n != 0;
    }
    for (a.segment = 0; good && a.segment < r->n; a.segment++) {
        p->other_sight += l->alive.sight != 0 && r->segment[a.segment].about->sight != 0 && r->segment[a.segment].about->sight != l->alive.sight;
        if (asked) {
            segment_blind(&a);
        }
        segment_heads(&a);
    }
    search_free(a.search);
    if (!good) {
        return err_set(err, "not enough memory");
    }
    choice_run(p->chosen, r);
    good = plan_count(p, err) && plan_sift(p, err);
    p->seconds += (double)clock() / CLOCKS_PER_SEC; /* that it took to know */
    return good;
}

void hunt_plan_fini(struct hunt_plan *p)
{
    if (p->chosen != NULL) {
        choice_free(p->chosen);
    }
    recorded_fini(&p->chosen_all);
    recorded_places_fini(&p->places);
    sift_free(p->sift);
    free(p->rule);
}
