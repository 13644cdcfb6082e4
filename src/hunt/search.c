/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hunt/search.h"

#include <stdlib.h>
#include <string.h>

enum { HEADS_MAX = 256 << 20 /* bytes of them that are kept */ };

/* Flows that were read, which many rules ask about: those of a group of the index together, up to the last that was asked for. */
struct heads {
    struct index_cursor cursor;
    uint32_t n;
    struct flow_part part[INDEX_GROUP];
};
struct search {
    struct record *record;
    struct heads ***heads;       /* by segment, then group; NULL: not read */
    size_t heads_n;
    bool keep;                   /* they are kept for the next rule */
    struct flow_part lone;       /* one that is not kept */
    struct index_cursor cursor;  /* behind it */
    size_t cursor_segment;
    const struct search_limits *limits;
    struct choice *chosen;
    struct sift *sift;
    const struct spans *spans;
    struct need_apps *apps;      /* by segment */
    uint64_t *named, *all;       /* flows of a segment: with one literal, with all so far */
    uint16_t *mask;              /* by span: literals that its parts have */
    struct sift_part *part;      /* of all spans, one after the other, in the order of segments */
    uint32_t *part_from;         /* by span, and the end */
    uint8_t *columns;
    uint32_t flows;              /* of the segment in turn */
    uint64_t chosen_n;
};

static uint32_t most_flows(const struct record *r)
{
    uint32_t most = 0;

    for (size_t i = 0; i < r->n; i++) {
        most = r->segment[i].about->flows > most ? r->segment[i].about->flows : most;
    }
    return most;
}

static size_t most_units(const struct record *r)
{
    size_t most = 0;

    for (size_t i = 0; i < r->n; i++) {
        size_t n = sketch_stride(&r->segment[i].about->shape);
        most = n > most ? n : most;
    }
    return most;
}

const struct flow_part *search_part(struct search *s, size_t segment, uint32_t flow, struct err *err)
{
    const struct record_segment *g = &s->record->segment[segment];
    uint32_t group = flow / INDEX_GROUP, first = group * INDEX_GROUP;

    if (s->keep && s->heads[segment] == NULL) {
        s->heads[segment] = calloc(g->about->flows / INDEX_GROUP + 1, sizeof **s->heads);
    }
    struct heads *h = s->heads[segment] != NULL ? s->heads[segment][group] : NULL;
    if (h == NULL && s->heads[segment] != NULL && s->heads_n < HEADS_MAX / sizeof *h) {
        if ((h = malloc(sizeof *h)) != NULL) {
            h->cursor = (struct index_cursor){ 0 };
            h->n = 0;
            s->heads_n++;
        }
        s->heads[segment][group] = h;
    }
    while (h != NULL && h->n <= flow - first && index_flow(g->index, &h->cursor, first + h->n, &h->part[h->n], err)) {
        h->n++;
    }
    if (h != NULL && h->n > flow - first) {
        return &h->part[flow - first];
    }
    if (s->cursor_segment == segment && s->cursor.next == flow + 2) { /* the one that was read last */
        return &s->lone;
    }
    if (s->cursor_segment != segment) {
        s->cursor = (struct index_cursor){ 0 };
        s->cursor_segment = segment;
    }
    return index_flow(g->index, &s->cursor, flow, &s->lone, err) ? &s->lone : NULL;
}

static void heads_free(struct search *s)
{
    for (size_t i = 0; s->heads != NULL && i < s->record->n; i++) {
        for (uint32_t k = 0; s->heads[i] != NULL && k <= s->record->segment[i].about->flows / INDEX_GROUP; k++) {
            free(s->heads[i][k]);
        }
        free(s->heads[i]);
    }
    free(s->heads);
}

static bool parts_list(struct search *s)
{
    const struct spans *x = s->spans;
    uint32_t *from = calloc((size_t)x->n + 2, sizeof *from);

    for (unsigned pass = 0; pass < 2 && from != NULL; pass++) { /* counted; then put, each span's next at from[span + 1] */
        for (size_t i = 0; i < x->segments; i++) {
            for (uint32_t k = 0; k < x->of[i].n; k++) {
                const struct span_part *p = &x->of[i].part[k];
                if (p->span == SPAN_NONE) {
                    continue;
                }
                if (pass == 0) {
                    from[p->span + 2]++;
                } else {
                    s->part[from[p->span + 1]++] = (struct sift_part){ (uint32_t)i, p->flow };
                }
            }
        }
        for (uint32_t i = 1; pass == 0 && i < x->n + 2; i++) {
            from[i] += from[i - 1];
        }
        if (pass == 0 && (s->part = calloc((size_t)from[x->n + 1] + 1, sizeof *s->part)) == NULL) {
            break;
        }
    }
    s->part_from = from;
    return from != NULL && s->part != NULL;
}

struct search *search_new(struct record *r, const struct search_limits *l, struct choice *chosen, struct sift *sift, bool keep)
{
    struct search *s = calloc(1, sizeof *s);
    size_t words = (size_t)most_flows(r) / 64 + 1;

    if (s == NULL) {
        return NULL;
    }
    *s = (struct search){ .record = r, .limits = l, .chosen = chosen, .sift = sift, .keep = keep, .spans = record_spans(r) };
    s->named = calloc(words, sizeof *s->named);
    s->all = calloc(words, sizeof *s->all);
    s->columns = malloc(most_units(r) + 1);
    s->apps = calloc(r->n + 1, sizeof *s->apps);
    s->heads = calloc(r->n + 1, sizeof *s->heads);
    s->mask = s->spans != NULL ? calloc((size_t)s->spans->n + 1, sizeof *s->mask) : NULL;
    if (s->named == NULL || s->all == NULL || s->columns == NULL || s->mask == NULL || s->apps == NULL || s->heads == NULL || s->spans == NULL || !parts_list(s)) {
        search_free(s);
        return NULL;
    }
    for (size_t i = 0; i < r->n; i++) {
        need_apps(&s->apps[i], r->segment[i].about);
    }
    return s;
}

void search_free(struct search *s)
{
    if (s != NULL) {
        free(s->named);
        free(s->all);
        free(s->columns);
        free(s->mask);
        free(s->part);
        free(s->part_from);
        free(s->apps);
        heads_free(s);
        free(s);
    }
}

/* Was it recorded while the hunt's rules would have seen the same? */
static bool same_sight(const struct search *s, size_t segment)
{
    uint64_t sight = s->record->segment[segment].about->sight;

    return s->limits->sight == 0 || sight == 0 || sight == s->limits->sight;
}

/* … and is it sketched? */
static bool tells(const struct search *s, size_t segment) { return s->record->segment[segment].about->sketched && same_sight(s, segment); }

bool search_asks(const struct search *s, const struct need *n, size_t segment)
{
    return n->key_n != 0 ? same_sight(s, segment) : !n->everything && n->literal_n != 0 && tells(s, segment);
}

bool search_alive(const struct search *s, const struct flow_part *p)
{
    const struct search_limits *l = s->limits;
    bool in = l->range_n == 0;

    for (unsigned i = 0; i < l->range_n && !in; i++) {
        in = p->last >= l->range[i].from && (l->range[i].to == 0 || p->first < l->range[i].to);
    }
    return in;
}

static void choose(struct search *s, size_t segment, uint32_t flow)
{
    s->chosen_n++;
    choice_add(s->chosen, segment, flow);
}

static const struct flow_part *part_head(void *ctx, size_t segment, uint32_t flow, struct err *err) { return search_part(ctx, segment, flow, err); }

/* What has all that the sketches tell of: its bytes may say more. */
static void may_match(struct search *s, const struct need *n, const struct sift_part *part, size_t part_n)
{
    if (s->sift != NULL && !s->spans->broken && sift_take(s->sift, n, part, part_n, part_head, s)) {
        s->chosen_n++;
    } else {
        choose(s, part[part_n - 1].segment, part[part_n - 1].flow);
    }
}

/* ---- heads ---- */

/* Not all that is known of it is in this part, and it is not known which part has more. */
static bool part_only(const struct search *s, const struct flow_part *p)
{
    return s->spans->broken && ((p->flags & RECORD_CONTINUED) != 0 || (p->flags & RECORD_ENDED) == 0);
}

/* And was it alive? */
static bool search_head(struct search *s, const struct need *n, size_t segment, uint32_t flow, const struct flow_part *p)
{
    uint32_t span = spans_find(s->spans, segment, flow);
    struct err err;

    if (span != SPAN_NONE) { /* the last part knows the most */
        const struct span_last *at = &s->spans->last[span];
        if (at->segment != segment || at->flow != flow) {
            p = search_part(s, at->segment, at->flow, &err);
            if (p == NULL) {
                return true;
            }
            segment = at->segment;
        }
    }
    return search_alive(s, p) && need_head(n, &s->apps[segment], p, !part_only(s, p));
}

bool search_by_head(struct search *s, const struct need *n, size_t segment, uint32_t flow, const struct flow_part *p)
{
    uint32_t span = spans_find(s->spans, segment, flow);

    if (!same_sight(s, segment)) { /* its protocols may be others, and what is in a tunnel another flow */
        choose(s, segment, flow);
        return true;
    }
    if (!search_head(s, n, segment, flow, p)) {
        return false;
    }
    if (s->spans->broken || !tells(s, segment)) {
        choose(s, segment, flow);
    } else if (span == SPAN_NONE) {
        may_match(s, n, &(struct sift_part){ (uint32_t)segment, flow }, 1);
    } else if (s->spans->last[span].segment == segment && s->spans->last[span].flow == flow) {
        may_match(s, n, s->part + s->part_from[span], s->part_from[span + 1] - s->part_from[span]);
    }
    return true;
}

/* ---- literals ---- */

static void name_flow(void *ctx, uint32_t flow)
{
    struct search *s = ctx;

    if (flow < s->flows) {
        s->named[flow >> 6] |= 1ull << (flow & 63);
    }
}

/* The flows that may have a literal, in s->named; false: unreadable. */
static bool literal_flows(struct search *s, const struct record_segment *g, const struct need_literal *l, struct err *err)
{
    const struct sketch_shape *shape = &g->about->shape;

    memset(s->columns, 0xff, sketch_stride(shape));
    memset(s->named, 0, ((size_t)s->flows / 64 + 1) * sizeof *s->named);
    if (!index_units(g->index, l->sides, l->bit, l->n, s->columns, err)) {
        return false;
    }
    for (uint32_t u = 0; u < shape->units; u++) {
        if (s->columns[u / 8] == 0) {
            u |= 7;
        } else if ((s->columns[u / 8] >> (u & 7) & 1) != 0 && !index_unit_flows(g->index, u, name_flow, s, err)) {
            return false;
        }
    }
    return true;
}

static bool named(const struct search *s, uint32_t flow) { return (s->named[flow >> 6] >> (flow & 63) & 1) != 0; }

/* Do a flow's own filters have it, where they tell of that? */
static bool filters_have(struct search *s, size_t segment, uint32_t flow, const struct need_literal *l)
{
    struct bytes filters;
    struct err err;

    if (l->parts == 0) {
        return true;
    }
    if (!index_filters(s->record->segment[segment].index, flow, &filters, &err)) {
        record_problem(s->record, &err);
        return true;
    }
    return filter_has(filters, l->parts, l->bit, l->n);
}

/* Parts of flows in several segments: what this segment adds. */
static void literal_spans(struct search *s, size_t segment, const struct need *n, unsigned literal)
{
    const struct span_list *list = &s->spans->of[segment];

    for (uint32_t i = 0; i < list->n; i++) {
        const struct span_part *p = &list->part[i];
        if (p->span != SPAN_NONE && named(s, p->flow) && (s->mask[p->span] >> literal & 1) == 0 && filters_have(s, segment, p->flow, &n->literal[literal])) {
            s->mask[p->span] |= (uint16_t)(1u << literal);
        }
    }
}

/* A flow of one segment, named by all literals. */
static void flow_judge(struct search *s, const struct need *n, size_t segment, uint32_t flow)
{
    struct err err;

    if (spans_find(s->spans, segment, flow) != SPAN_NONE) {
        return; /* judged with its other parts */
    }
    const struct flow_part *p = search_part(s, segment, flow, &err);
    if (p == NULL) {
        record_problem(s->record, &err);
        choose(s, segment, flow);
        return;
    }
    if (!search_head(s, n, segment, flow, p)) {
        return;
    }
    for (unsigned i = 0; i < n->literal_n && !s->spans->broken; i++) {
        if (!filters_have(s, segment, flow, &n->literal[i])) {
            return;
        }
    }
    may_match(s, n, &(struct sift_part){ (uint32_t)segment, flow }, 1);
}

/* What cannot be judged is chosen all. */
static void segment_all(struct search *s, size_t segment, const struct err *why)
{
    record_problem(s->record, why);
    for (uint32_t f = 0; f < s->flows; f++) {
        choose(s, segment, f);
    }
}

static void search_segment(struct search *s, const struct need *n, size_t segment)
{
    const struct record_segment *g = &s->record->segment[segment];
    size_t words = (size_t)g->about->flows / 64 + 1;
    struct err err;

    s->flows = g->about->flows;
    memset(s->all, 0xff, words * sizeof *s->all);
    for (unsigned i = 0; i < n->literal_n; i++) {
        if (!literal_flows(s, g, &n->literal[i], &err)) {
            segment_all(s, segment, &err);
            return;
        }
        literal_spans(s, segment, n, i);
        if (i != 0 && s->spans->broken) {
            continue; /* it may be in a part that is not known: one literal is in this one, or that */
        }
        for (size_t w = 0; w < words; w++) {
            s->all[w] &= s->named[w];
        }
    }
    for (uint32_t f = 0; f < s->flows; f++) {
        if (s->all[f >> 6] >> (f & 63) == 0) {
            f |= 63;
        } else if ((s->all[f >> 6] >> (f & 63) & 1) != 0) {
            flow_judge(s, n, segment, f);
        }
    }
}

/* Rules about what flows are found by: those that have one of the keys. */
static void search_keys(struct search *s, const struct need *n, size_t segment)
{
    const struct record_segment *g = &s->record->segment[segment];
    struct index_cursor cursor = { 0 };
    struct flow_part part;
    struct err err;

    s->flows = g->about->flows;
    memset(s->named, 0, ((size_t)s->flows / 64 + 1) * sizeof *s->named);
    for (unsigned i = 0; i < n->key_n; i++) {
        if (!index_find(g->index, n->key[i], name_flow, s, &err)) {
            segment_all(s, segment, &err);
            return;
        }
    }
    for (uint32_t f = 0; f < s->flows; f++) {
        if (s->named[f >> 6] >> (f & 63) == 0) {
            f |= 63;
        } else if (named(s, f) && (!index_flow(g->index, &cursor, f, &part, &err) || search_alive(s, &part))) {
            choose(s, segment, f);
        }
    }
}

/* Flows in several segments of which all literals were found. */
static void spans_judge(struct search *s, const struct need *n)
{
    uint16_t whole = (uint16_t)((1u << n->literal_n) - 1);

    for (uint32_t i = 0; i < s->spans->n; i++) {
        const struct span_last *at = &s->spans->last[i];
        struct err err;
        if ((s->mask[i] & whole) != whole) {
            continue;
        }
        const struct flow_part *p = search_part(s, at->segment, at->flow, &err);
        if (p == NULL) {
            choose(s, at->segment, at->flow);
        } else if (search_head(s, n, at->segment, at->flow, p)) {
            may_match(s, n, s->part + s->part_from[i], s->part_from[i + 1] - s->part_from[i]);
        }
    }
}

uint64_t search_rule(struct search *s, const struct need *n)
{
    s->chosen_n = 0;
    if (n->never) {
        return 0;
    }
    memset(s->mask, 0, (size_t)s->spans->n * sizeof *s->mask);
    for (size_t i = 0; i < s->record->n; i++) {
        if (search_asks(s, n, i)) {
            if (n->key_n != 0) {
                search_keys(s, n, i);
            } else {
                search_segment(s, n, i);
            }
        }
    }
    if (n->key_n == 0) {
        spans_judge(s, n);
    }
    return s->chosen_n;
}
