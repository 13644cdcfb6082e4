/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/span.h"

#include <stdlib.h>

/* A link from a part to the one before it. */
struct link {
    uint32_t number;             /* of the segment, in its lane: parts are joined in that order */
    uint32_t segment, flow, before_segment, before;
};
struct linking {
    const struct record *record;
    struct link *link;
    size_t n, room;
    size_t segment;
    uint32_t back, found;        /* what was looked for last; back 0: nothing */
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

static void link_add(void *ctx, uint32_t flow, uint32_t back, uint32_t before)
{
    struct linking *l = ctx;

    if (back != l->back) {
        l->found = segment_back(l->record, l->segment, back);
        l->back = back;
    }
    if (l->found == SPAN_NONE || before >= l->record->segment[l->found].about->flows) {
        return; /* what is deleted needs no joining */
    }
    if (l->n == l->room) {
        size_t room = l->room != 0 ? l->room * 2 : 1024;
        struct link *more = realloc(l->link, room * sizeof *more);
        if (more == NULL) {
            l->broken = true;
            return;
        }
        l->link = more;
        l->room = room;
    }
    l->link[l->n++] = (struct link){ l->record->segment[l->segment].about->segment, (uint32_t)l->segment, flow, l->found, before };
}

/* ---- which span a part is in, while links are followed ---- */

static struct span_part *list_find(const struct span_list *l, uint32_t flow)
{
    uint32_t low = 0, high = l->n;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (l->part[middle].flow < flow) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < l->n && l->part[low].flow == flow ? &l->part[low] : NULL;
}

static void list_add(struct spans *s, size_t segment, struct span_part p)
{
    struct span_list *l = &s->of[segment];

    if (l->n == l->room) {
        uint32_t room = l->room != 0 ? l->room * 2 : 256;
        struct span_part *more = realloc(l->part, room * sizeof *more);
        if (more == NULL) {
            s->broken = true;
            return;
        }
        l->part = more;
        l->room = room;
    }
    l->part[l->n++] = p;
}

static int part_compare(const void *a, const void *b)
{
    const struct span_part *x = a, *y = b;

    return x->flow < y->flow ? -1 : x->flow > y->flow;
}

/* Each part is in its list once: those with a link of their own, and those that are only linked to. */
static void lists_make(struct spans *s, const struct linking *l)
{
    for (size_t i = 0; i < l->n; i++) {
        list_add(s, l->link[i].segment, (struct span_part){ l->link[i].flow, SPAN_NONE });
        list_add(s, l->link[i].before_segment, (struct span_part){ l->link[i].before, SPAN_NONE });
    }
    for (size_t i = 0; i < s->segments; i++) {
        struct span_list *list = &s->of[i];
        uint32_t n = 0;
        if (list->n != 0) {
            qsort(list->part, list->n, sizeof *list->part, part_compare);
        }
        for (uint32_t k = 0; k < list->n; k++) {
            if (n == 0 || list->part[n - 1].flow != list->part[k].flow) {
                list->part[n++] = list->part[k];
            }
        }
        list->n = n;
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
    if (l->n != 0) {
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

struct spans *spans_new(struct record *r)
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
        if (!index_earlier(r->segment[l.segment].index, link_add, &l, &err)) {
            record_problem(r, &err);
            l.broken = true;
        }
    }
    s->last = calloc(l.n + 1, sizeof *s->last);
    s->broken = l.broken || s->last == NULL;
    if (s->last != NULL) {
        lists_make(s, &l);
        spans_join(s, &l);
    }
    free(l.link);
    return s;
}

void spans_free(struct spans *s)
{
    if (s != NULL) {
        for (size_t i = 0; i < s->segments; i++) {
            free(s->of[i].part);
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
