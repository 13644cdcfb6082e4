/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/span.h"

#include <stdlib.h>

/* A link from a part to the one before it. */
struct link {
    uint32_t number;             /* of the segment, in its lane: parts are joined in that order */
    uint32_t segment, flow, before_segment, before;
};
/* A part whose link leads into a segment that is not there: whatever is left of its flow before that has its id. */
struct loose_end {
    uint64_t run, id;
    uint32_t lane;
    struct link link;            /* before_segment SPAN_NONE: nothing is found yet */
};
struct linking {
    struct record *record;
    struct link *link;
    size_t n, room;
    struct loose_end *end;
    size_t end_n, end_room;
    size_t segment;
    struct index_cursor cursor;  /* in that segment */
    uint32_t back, found;        /* what was looked for last; back 0: nothing */
    bool older;                  /* … and there are segments before it */
    bool broken;
};

/* The segment of that number of the same lane and run; none: it is gone. */
static uint32_t segment_back(const struct record *r, size_t segment, uint32_t back)
{
    const struct index_about *a = r->segment[segment].about;

    for (int step = -1; step <= 1; step += 2) { /* mostly just before */
        for (size_t i = segment; i < r->n && r->segment[i].about->run == a->run; i += (size_t)step) {
            const struct index_about *b = r->segment[i].about;
            if (b->lane == a->lane && b->segment == a->segment - back) {
                return (uint32_t)i;
            }
        }
    }
    return SPAN_NONE;
}

/* Is any of those before it there? */
static bool segment_older(const struct record *r, size_t segment, uint32_t back)
{
    const struct index_about *a = r->segment[segment].about;
    bool any = false;

    for (size_t i = 0; i < r->n && !any; i++) {
        const struct index_about *b = r->segment[i].about;
        any = b->run == a->run && b->lane == a->lane && b->segment < a->segment - back;
    }
    return any;
}

/* One more at the end of a list; NULL: no memory. */
static void *list_room(struct linking *l, void *list, size_t n, size_t *room, size_t size)
{
    void *more = list;

    if (n == *room) {
        size_t wider = *room != 0 ? *room * 2 : 1024;
        more = realloc(list, wider * size);
        *room = more != NULL ? wider : *room;
        l->broken |= more == NULL;
    }
    return more;
}

static void end_add(struct linking *l, uint32_t flow)
{
    const struct record_segment *g = &l->record->segment[l->segment];
    struct flow_part part;
    struct err err;
    struct loose_end *more = list_room(l, l->end, l->end_n, &l->end_room, sizeof *more);

    if (more == NULL) {
        return;
    }
    l->end = more;
    if (!index_flow(g->index, &l->cursor, flow, &part, &err)) {
        record_problem(l->record, &err);
        l->broken = true;
        return;
    }
    l->end[l->end_n++] = (struct loose_end){ g->about->run, part.id, g->about->lane, { g->about->segment, (uint32_t)l->segment, flow, SPAN_NONE, 0 } };
}

static void link_add(void *ctx, uint32_t flow, uint32_t back, uint32_t before)
{
    struct linking *l = ctx;

    if (back != l->back) {
        l->found = segment_back(l->record, l->segment, back);
        l->older = segment_older(l->record, l->segment, back);
        l->back = back;
    }
    if (l->found == SPAN_NONE || before >= l->record->segment[l->found].about->flows) {
        if (l->older) {
            end_add(l, flow);
        }
        return;
    }
    struct link *more = list_room(l, l->link, l->n, &l->room, sizeof *more);
    if (more == NULL) {
        return;
    }
    l->link = more;
    l->link[l->n++] = (struct link){ l->record->segment[l->segment].about->segment, (uint32_t)l->segment, flow, l->found, before };
}

/* ---- what was deleted from between ---- */

static int end_compare(const void *a, const void *b)
{
    const struct loose_end *x = a, *y = b;

    if (x->run != y->run || x->lane != y->lane) {
        return x->run != y->run ? (x->run < y->run ? -1 : 1) : x->lane < y->lane ? -1 : 1;
    }
    return x->id != y->id ? (x->id < y->id ? -1 : 1) : 0;
}

/* A part of one of these flows: it is what comes before those of later segments, unless another is closer to them. */
static void end_meet(struct linking *l, const struct loose_end *met)
{
    struct loose_end *e = bsearch(met, l->end, l->end_n, sizeof *e, end_compare);

    while (e != NULL && e != l->end && end_compare(e - 1, met) == 0) {
        e--;
    }
    for (; e != NULL && e != l->end + l->end_n && end_compare(e, met) == 0; e++) {
        bool closer = e->link.before_segment == SPAN_NONE || l->record->segment[e->link.before_segment].about->segment < met->link.number;
        if (met->link.number < e->link.number && closer) {
            e->link.before_segment = met->link.segment;
            e->link.before = met->link.flow;
        }
    }
}

/* Is there a part with a loose end in a later segment of that lane? */
static bool ends_behind(const struct linking *l, const struct index_about *a)
{
    bool any = false;

    for (size_t i = 0; i < l->end_n && !any; i++) {
        const struct loose_end *e = &l->end[i];
        any = e->run == a->run && e->lane == a->lane && e->link.number > a->segment;
    }
    return any;
}

static void ends_link(struct linking *l)
{
    if (l->end_n != 0) {
        qsort(l->end, l->end_n, sizeof *l->end, end_compare);
    }
    for (size_t i = 0; i < l->record->n && l->end_n != 0; i++) {
        const struct record_segment *g = &l->record->segment[i];
        struct index_cursor cursor = { 0 };
        struct flow_part part;
        struct err err;
        uint32_t flows = ends_behind(l, g->about) ? g->about->flows : 0;
        for (uint32_t f = 0; f < flows; f++) {
            if (!index_flow(g->index, &cursor, f, &part, &err)) {
                record_problem(l->record, &err);
                l->broken = true;
                break;
            }
            if ((part.flags & RECORD_ENDED) == 0) {
                end_meet(l, &(struct loose_end){ g->about->run, part.id, g->about->lane, { g->about->segment, (uint32_t)i, f, 0, 0 } });
            }
        }
    }
    for (size_t i = 0; i < l->end_n; i++) {
        struct link *more = l->end[i].link.before_segment != SPAN_NONE ? list_room(l, l->link, l->n, &l->room, sizeof *more) : NULL;
        if (more != NULL) {
            l->link = more;
            l->link[l->n++] = l->end[i].link;
        }
    }
}

/* ---- which span a part is in, while links are followed ---- */

static struct span_part *list_find(const struct span_list *l, uint32_t flow)
{
    uint64_t word = l->bit != NULL ? l->bit[flow >> 6] : 0, mask = 1ull << (flow & 63);

    return (word & mask) != 0 ? &l->part[l->before[flow >> 6] + (uint32_t)__builtin_popcountll(word & (mask - 1))] : NULL;
}

static void list_mark(struct spans *s, const struct record *r, size_t segment, uint32_t flow)
{
    struct span_list *l = &s->of[segment];

    if (l->bit == NULL) {
        l->words = r->segment[segment].about->flows / 64 + 1;
        l->bit = calloc(l->words, sizeof *l->bit);
        l->before = calloc(l->words, sizeof *l->before);
    }
    if (l->bit == NULL || l->before == NULL) {
        free(l->bit);
        l->bit = NULL;
        s->broken = true;
        return;
    }
    l->bit[flow >> 6] |= 1ull << (flow & 63);
}

/* Those that are marked, ascending. */
static void list_make(struct spans *s, struct span_list *l)
{
    for (uint32_t w = 0; w < l->words && l->bit != NULL; w++) {
        l->before[w] = l->n;
        l->n += (uint32_t)__builtin_popcountll(l->bit[w]);
    }
    l->part = calloc((size_t)l->n + 1, sizeof *l->part);
    if (l->part == NULL) {
        free(l->bit);
        l->bit = NULL;
        l->n = 0;
        s->broken = true;
        return;
    }
    uint32_t n = 0;
    for (uint32_t w = 0; w < l->words && l->bit != NULL; w++) {
        for (uint64_t left = l->bit[w]; left != 0; left &= left - 1) {
            l->part[n++] = (struct span_part){ w * 64 + (uint32_t)__builtin_ctzll(left), SPAN_NONE };
        }
    }
}

/* Each part is in its list once: those with a link of their own, and those that are only linked to. */
static void lists_make(struct spans *s, const struct linking *l)
{
    for (size_t i = 0; i < l->n; i++) {
        list_mark(s, l->record, l->link[i].segment, l->link[i].flow);
        list_mark(s, l->record, l->link[i].before_segment, l->link[i].before);
    }
    for (size_t i = 0; i < s->segments; i++) {
        list_make(s, &s->of[i]);
    }
}

static int link_compare(const void *a, const void *b)
{
    const struct link *x = a, *y = b;

    return x->number < y->number ? -1 : x->number > y->number;
}

/* A part's own link comes before those that lead to it from later ones. */
static void spans_join(struct spans *s, const struct linking *l)
{
    bool ascend = true; /* mostly: segments are in the order of time */

    for (size_t i = 1; i < l->n && ascend; i++) {
        ascend = l->link[i - 1].number <= l->link[i].number;
    }
    if (!ascend) {
        qsort(l->link, l->n, sizeof *l->link, link_compare);
    }
    for (size_t i = 0; i < l->n; i++) {
        const struct link *k = &l->link[i];
        struct span_part *at = list_find(&s->of[k->segment], k->flow), *before = list_find(&s->of[k->before_segment], k->before);
        if (at == NULL || before == NULL) {
            s->broken = true;
            continue;
        }
        if (before->span == SPAN_NONE) {
            before->span = s->n++;
        }
        at->span = before->span;
        s->last[at->span] = (struct span_last){ k->segment, k->flow };
    }
}

static struct spans *spans_new(struct record *r)
{
    struct spans *s = calloc(1, sizeof *s);
    struct linking l = { .record = r };
    struct err err;

    if (s == NULL || (s->of = calloc(r->n + 1, sizeof *s->of)) == NULL) {
        free(s);
        return NULL;
    }
    s->segments = r->n;
    for (l.segment = 0; l.segment < r->n; l.segment++) {
        l.back = 0;
        l.cursor = (struct index_cursor){ 0 };
        if (!index_earlier(r->segment[l.segment].index, link_add, &l, &err)) {
            record_problem(r, &err);
            l.broken = true;
        }
    }
    ends_link(&l);
    s->last = calloc(l.n + 1, sizeof *s->last);
    s->broken = l.broken || s->last == NULL;
    if (s->last != NULL) {
        lists_make(s, &l);
        spans_join(s, &l);
    }
    free(l.link);
    free(l.end);
    return s;
}

const struct spans *record_spans(struct record *r)
{
    if (r->spans == NULL) {
        r->spans = spans_new(r);
    }
    return r->spans;
}

void spans_free(struct spans *s)
{
    if (s != NULL) {
        for (size_t i = 0; i < s->segments; i++) {
            free(s->of[i].part);
            free(s->of[i].bit);
            free(s->of[i].before);
        }
        free(s->of);
        free(s->last);
        free(s);
    }
}

uint32_t spans_find(const struct spans *s, size_t segment, uint32_t flow)
{
    const struct span_part *p = list_find(&s->of[segment], flow);

    return p != NULL ? p->span : SPAN_NONE;
}
