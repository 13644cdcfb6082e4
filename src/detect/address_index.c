/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules that ask for addresses only.  All bounds of the lists cut the address space into segments; each knows its rules,
 * so one bisection answers for thousands of lists.  A rule stands under its source list when it has one, else its destination;
 * a rule for both ways stands under neither and is always tried.
 */
#include "detect/compiler.h"

#include <stdlib.h>

struct bound {
    struct addr at;
    uint32_t rule;
    bool ends;        /* at is the last address inside */
};

static int addr_compare(const struct addr *a, const struct addr *b)
{
    return memcmp(a->b, b->b, sizeof a->b);
}

/* The next address; false after the last one. */
static bool addr_next(struct addr *a)
{
    for (unsigned i = sizeof a->b; i-- > 0;) {
        if (++a->b[i] != 0) {
            return true;
        }
    }
    return false;
}

static int bound_compare(const void *a, const void *b)
{
    return addr_compare(&((const struct bound *)a)->at, &((const struct bound *)b)->at);
}

struct build {
    struct bound *bound;
    size_t n, room;
};

static bool build_add(struct build *b, const struct addr *at, uint32_t rule, bool ends)
{
    if (b->n == b->room) {
        size_t room = b->room ? b->room * 2 : 4096;
        struct bound *more = realloc(b->bound, room * sizeof *more);
        if (!more) {
            return false;
        }
        b->bound = more;
        b->room = room;
    }
    b->bound[b->n++] = (struct bound){ *at, rule, ends };
    return true;
}

static bool build_ranges(struct build *b, const struct addr_range *range, size_t n, uint32_t rule)
{
    for (size_t i = 0; i < n; i++) {
        struct addr past = range[i].high;
        if (!build_add(b, &range[i].low, rule, false) || (addr_next(&past) && !build_add(b, &past, rule, true))) {
            return false;
        }
    }
    return true;
}

/* The rules open at a point, kept sorted: lists hardly overlap, so it stays short. */
struct open_rules {
    uint32_t *rule;
    uint32_t n;
};

static void open_change(struct open_rules *o, uint32_t rule, bool ends)
{
    uint32_t at = 0;

    while (at < o->n && o->rule[at] < rule) {
        at++;
    }
    if (ends) {
        if (at < o->n && o->rule[at] == rule) {
            memmove(o->rule + at, o->rule + at + 1, (--o->n - at) * sizeof *o->rule);
        }
    } else {
        memmove(o->rule + at + 1, o->rule + at, (o->n++ - at) * sizeof *o->rule);
        o->rule[at] = rule;
    }
}

struct store {
    uint32_t *rule;
    size_t n, room;
};

static bool store_add(struct store *s, const struct open_rules *o, struct ip_segment *g)
{
    while (s->n + o->n > s->room) {
        size_t room = s->room ? s->room * 2 : 4096;
        uint32_t *more = realloc(s->rule, room * sizeof *more);
        if (!more) {
            return false;
        }
        s->rule = more;
        s->room = room;
    }
    memcpy(s->rule + s->n, o->rule, o->n * sizeof *o->rule);
    g->first = (uint32_t)s->n;
    g->n = o->n;
    s->n += o->n;
    return true;
}

static bool index_family(struct ruleset *r, struct ip_index *x, unsigned family, struct build *b, struct store *s)
{
    struct open_rules open = { .rule = calloc(b->n + 1, sizeof *open.rule) };
    struct ip_segment *g = arena_take(&r->arena, (b->n + 1) * sizeof *g);
    uint32_t n = 0;
    bool good = open.rule && g;

    if (b->n) {
        qsort(b->bound, b->n, sizeof *b->bound, bound_compare);
    }
    for (size_t i = 0; i < b->n && good; i++) {
        open_change(&open, b->bound[i].rule, b->bound[i].ends);
        if (i + 1 < b->n && addr_compare(&b->bound[i].at, &b->bound[i + 1].at) == 0) {
            continue;
        }
        g[n].low = b->bound[i].at;
        good = store_add(s, &open, &g[n++]);
    }
    x->segment[family] = g;
    x->segment_n[family] = n;
    free(open.rule);
    return good;
}

/* The list that the rule stands under in this index; NULL none. */
static const struct addr_set *set_of(const struct ruleset *r, uint32_t plan, bool by_destination)
{
    const struct header *h = &r->header[r->plan[plan].header];

    if (r->plan[plan].type != PLAN_IP_ONLY || h->flags & HEADER_BOTH_WAYS) {
        return NULL;
    }
    return !by_destination ? h->src : h->src ? NULL : h->dst;
}

static bool index_direction(struct ruleset *r, unsigned by_destination)
{
    struct ip_index *x = &r->ip[by_destination];
    struct build b[2] = { { 0 }, { 0 } };
    struct store s = { 0 };
    bool good = true;

    x->by_destination = by_destination;
    for (uint32_t i = 0; i < r->plan_n && good; i++) {
        const struct addr_set *set = set_of(r, i, by_destination);
        if (set) {
            good = build_ranges(&b[0], set->range4, set->n4, i) && build_ranges(&b[1], set->range6, set->n6, i);
        }
    }
    for (unsigned f = 0; f < 2 && good; f++) {
        good = index_family(r, x, f, &b[f], &s);
    }
    if (good) {
        x->rule = arena_take(&r->arena, s.n * sizeof *x->rule + 1);
        good = x->rule != NULL;
    }
    if (good && s.n) {
        memcpy(x->rule, s.rule, s.n * sizeof *x->rule);
    }
    free(b[0].bound);
    free(b[1].bound);
    free(s.rule);
    return good;
}

static bool index_any(struct ruleset *r)
{
    uint32_t n = 0;

    for (uint32_t pass = 0; pass < 2; pass++) {
        if (pass && !(r->ip_any.rule = arena_take(&r->arena, n * sizeof *r->ip_any.rule + 1))) {
            return false;
        }
        n = 0;
        for (uint32_t i = 0; i < r->plan_n; i++) {
            if (r->plan[i].type != PLAN_IP_ONLY || set_of(r, i, false) || set_of(r, i, true)) {
                continue;
            }
            if (pass) {
                r->ip_any.rule[n] = i;
            }
            n++;
        }
    }
    r->ip_any.n = n;
    return true;
}

bool ruleset_index_addresses(struct compiler *c, struct err *err)
{
    return (index_direction(c->r, 0) && index_direction(c->r, 1) && index_any(c->r)) || err_set(err, "not enough memory for address lists");
}
