/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hunt/hunt.h"

#include <stdlib.h>
#include <string.h>

/* What a packet and a block take, measured: an estimate within a factor of two. */
static const double packet_seconds = 1.6e-6, block_seconds = 2e-4, start_seconds = 0.02;

struct asking {
    struct hunt_plan *plan;
    size_t segment;
    const struct hunt_limits *limits;
    uint64_t *named;             /* flows of the segment that the key literal names */
};

/* Not all of the flow is in this segment. */
static bool part_only(const struct flow_part *p)
{
    return (p->flags & RECORD_CONTINUED) != 0 || (p->flags & RECORD_ENDED) == 0;
}

static bool in_time(const struct hunt_limits *l, const struct flow_part *p) { return p->last >= l->from && (l->to == 0 || p->first < l->to); }

static void choose(struct asking *a, struct hunt_rule *r, uint32_t flow)
{
    r->flows++;
    choice_add(a->plan->chosen, a->segment, flow);
}

/* Of a flow that goes over several segments the protocol may be known only in another part. */
static bool head_fits(const struct hunt_rule *r, const struct index_about *about, const struct flow_part *p)
{
    struct need need;

    if (!part_only(p)) {
        return need_head(&r->need, about, p);
    }
    need = r->need;
    need.app = false;
    return need_head(&need, about, p);
}

/* ---- literals ---- */

static void name_flow(void *ctx, uint32_t flow)
{
    struct asking *a = ctx;

    if (flow < a->plan->record->segment[a->segment].about->flows) {
        a->named[flow >> 6] |= 1ull << (flow & 63);
    }
}

/* Does some unit of the flow have the literal? */
static bool flow_has(const struct flow_part *p, const uint8_t *columns, uint32_t units)
{
    struct unit_walk w = { .left = rd_of(p->units) };

    for (uint32_t u; unit_next(&w, &u);) {
        if (u >= units || (columns[u / 8] >> (u & 7) & 1) != 0) {
            return true;
        }
    }
    return false;
}

static bool flow_can(const struct hunt_rule *r, const struct flow_part *p, const uint8_t *columns, const struct sketch_shape *s)
{
    for (unsigned i = 1; i < r->need.literal_n && !part_only(p); i++) {
        if (!flow_has(p, columns + i * sketch_stride(s), s->units)) {
            return false;
        }
    }
    return true;
}

/* Flows that cannot be judged are chosen all. */
static void choose_segment(struct asking *a, struct hunt_rule *r, const struct err *why)
{
    record_problem(a->plan->record, why);
    for (uint32_t f = 0; f < a->plan->record->segment[a->segment].about->flows; f++) {
        choose(a, r, f);
    }
}

static bool columns_of(struct asking *a, const struct hunt_rule *r, uint8_t *columns, struct err *err)
{
    const struct record_segment *s = &a->plan->record->segment[a->segment];
    size_t stride = sketch_stride(&s->about->shape);

    memset(columns, 0xff, stride * r->need.literal_n);
    for (unsigned i = 0; i < r->need.literal_n; i++) {
        if (!index_units(s->index, r->need.literal[i].bit, r->need.literal[i].n, columns + i * stride, err)) {
            return false;
        }
    }
    for (uint32_t u = 0; u < s->about->shape.units; u++) {
        if ((columns[u / 8] >> (u & 7) & 1) != 0 && !index_unit_flows(s->index, u, name_flow, a, err)) {
            return false;
        }
    }
    return true;
}

/* The flows of one segment that have the rule's literals and can be its own. */
static bool rule_segment(struct asking *a, struct hunt_rule *r)
{
    const struct record_segment *s = &a->plan->record->segment[a->segment];
    const struct sketch_shape *shape = &s->about->shape;
    uint8_t *columns = malloc(sketch_stride(shape) * r->need.literal_n + 1);
    struct index_cursor cursor = { 0 };
    struct flow_part part;
    struct err err;

    if (columns == NULL) {
        return false;
    }
    memset(a->named, 0, (s->about->flows / 64 + 1) * sizeof *a->named);
    if (!columns_of(a, r, columns, &err)) {
        choose_segment(a, r, &err);
        free(columns);
        return true;
    }
    for (uint32_t f = 0; f < s->about->flows; f++) {
        if (a->named[f >> 6] >> (f & 63) == 0) {
            f |= 63;
            continue;
        }
        if ((a->named[f >> 6] >> (f & 63) & 1) == 0) {
            continue;
        }
        if (!index_flow(s->index, &cursor, f, &part, &err)) {
            record_problem(a->plan->record, &err);
            choose(a, r, f);
        } else if (in_time(a->limits, &part) && flow_can(r, &part, columns, shape) && head_fits(r, s->about, &part)) {
            choose(a, r, f);
        }
    }
    free(columns);
    return true;
}

static void choose_blind(void *ctx, uint32_t flow)
{
    struct asking *a = ctx;

    if (flow < a->plan->record->segment[a->segment].about->flows) {
        choice_add(a->plan->chosen, a->segment, flow);
    }
}

/* What the sketches of a segment do not tell of. */
static void segment_blind(struct asking *a)
{
    const struct record_segment *s = &a->plan->record->segment[a->segment];
    struct err err;
    bool midstream = a->limits->midstream, good;

    for (unsigned i = 0; i < a->plan->rule_n; i++) {
        midstream |= a->plan->rule[i].need.rule->dialect != DIALECT_SURICATA; /* these have them followed */
    }
    good = index_find(s->index, record_key_hash(KEY_BLIND, bytes_str("blind")), choose_blind, a, &err) &&
           (!midstream || index_find(s->index, record_key_hash(KEY_BLIND, bytes_str("midstream")), choose_blind, a, &err));
    if (!good) {
        record_problem(a->plan->record, &err);
        for (uint32_t f = 0; f < s->about->flows; f++) {
            choice_add(a->plan->chosen, a->segment, f);
        }
    }
}

/* ---- rules without literals, and segments without sketches ---- */

static bool asks_all_flows(const struct hunt_rule *r, bool sketched) { return r->need.everything || r->need.literal_n == 0 || !sketched; }

static void segment_heads(struct asking *a)
{
    const struct record_segment *s = &a->plan->record->segment[a->segment];
    struct hunt_plan *p = a->plan;
    struct index_cursor cursor = { 0 };
    struct flow_part part;
    struct err err;
    bool any = false;

    for (unsigned k = 0; k < p->rule_n; k++) {
        any |= asks_all_flows(&p->rule[k], s->about->sketched);
    }
    for (uint32_t f = 0; any && f < s->about->flows; f++) {
        bool good = index_flow(s->index, &cursor, f, &part, &err);
        if (!good) {
            record_problem(p->record, &err);
        } else if (!in_time(a->limits, &part)) {
            continue;
        }
        for (unsigned k = 0; k < p->rule_n; k++) {
            struct hunt_rule *r = &p->rule[k];
            if (asks_all_flows(r, s->about->sketched) && (!good || r->need.everything || head_fits(r, s->about, &part))) {
                choose(a, r, f);
            }
        }
    }
}

static bool plan_segment(struct asking *a)
{
    const struct record_segment *s = &a->plan->record->segment[a->segment];
    bool good = true, literals = false;

    a->named = calloc(s->about->flows / 64 + 1, sizeof *a->named);
    if (a->named == NULL) {
        return false;
    }
    for (unsigned k = 0; good && k < a->plan->rule_n; k++) {
        struct hunt_rule *r = &a->plan->rule[k];
        if (!asks_all_flows(r, s->about->sketched)) {
            good = rule_segment(a, r);
            literals = true;
        }
    }
    if (literals) {
        segment_blind(a);
    }
    segment_heads(a);
    free(a->named);
    return good;
}

/* ---- what it comes to ---- */

static bool count_cut(void *ctx, size_t segment, uint32_t flow, const struct flow_part *part)
{
    struct hunt_plan *p = ctx;

    (void)segment;
    (void)flow;
    p->cut_packets += part->cut;
    return true;
}

static bool plan_count(struct hunt_plan *p, struct err *err)
{
    struct recorded x;

    p->flows = choice_count(p->chosen);
    for (size_t i = 0; i < p->record->n; i++) {
        const struct index_about *a = p->record->segment[i].about;
        p->flows_all += a->flows;
        p->packets_all += a->packets;
        p->bytes_all += a->bytes;
        p->blocks_all += a->blocks;
    }
    choice_keep(p->chosen, p->record, count_cut, p);
    if (!recorded_make(&x, p->chosen, p->record, 0, err)) {
        return false;
    }
    p->packets = x.packets;
    p->bytes = x.bytes < p->bytes_all ? x.bytes : p->bytes_all;
    p->blocks = x.blocks;
    p->seconds = (double)x.packets * packet_seconds + (double)x.blocks * block_seconds + (x.packets != 0 ? start_seconds : 0);
    recorded_fini(&x);
    return true;
}

bool hunt_plan(struct hunt_plan *p, struct record *r, const struct rule *const *rules, unsigned n, const struct hunt_limits *l, struct err *err)
{
    struct asking a = { .plan = p, .limits = l };
    bool good;

    *p = (struct hunt_plan){ .record = r, .chosen = choice_new(r, false), .rule = calloc(n + 1, sizeof *p->rule), .rule_n = n };
    good = p->chosen != NULL && p->rule != NULL;
    for (unsigned i = 0; good && i < n; i++) {
        need_make(&p->rule[i].need, rules[i]);
    }
    for (a.segment = 0; good && a.segment < r->n; a.segment++) {
        good = plan_segment(&a);
    }
    if (!good) {
        return err_set(err, "not enough memory");
    }
    choice_whole(p->chosen, r);
    return plan_count(p, err);
}

void hunt_plan_fini(struct hunt_plan *p)
{
    if (p->chosen != NULL) {
        choice_free(p->chosen);
    }
    free(p->rule);
}
