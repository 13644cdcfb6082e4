/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * By what a rule is found: what is cheapest to look for and seldom there.
 *
 * A literal that stands near the start costs least, whichever the author named, unless most traffic has it; a payload's exact size
 * tells more than a literal somewhere; and a short literal tells less than a few ports.  The rule's other conditions are asked in any case.
 */
#include "detect/compiler.h"

#include "base/hash.h"

#include <stdlib.h>

enum { ANYWHERE = UINT16_MAX, COMMON_SLOTS = 1 << 16, COMMON_MAX = 3 };

/* Where the matches of a group that were passed can have ended. */
struct cursor {
    uint32_t least, most; /* most: ANYWHERE */
};

static uint32_t bounded(int64_t at)
{
    return at < 0 ? 0 : at > ANYWHERE ? ANYWHERE : (uint32_t)at;
}

/* Where this content can begin and end, seen from the buffer's start. */
static void content_bounds(const struct content *m, const struct cursor *before, uint32_t *from, uint32_t *end)
{
    bool fixed = m->offset.variable < 0 && m->depth.variable < 0 && m->distance.variable < 0 && m->within.variable < 0;
    int64_t distance = (m->flags & CONTENT_DISTANCE) != 0 ? m->distance.value : 0;

    *from = 0;
    *end = ANYWHERE;
    if (!fixed) {
        return;
    }
    if ((m->flags & CONTENT_STARTSWITH) != 0) {
        *end = bounded((int64_t)m->bytes.n);
    } else if ((m->flags & (CONTENT_DISTANCE | CONTENT_WITHIN)) != 0) {
        *from = bounded((int64_t)before->least + distance);
        if ((m->flags & CONTENT_WITHIN) != 0 && before->most != ANYWHERE) {
            *end = bounded((int64_t)before->most + (distance > 0 ? distance : 0) + m->within.value);
        }
    } else {
        *from = (m->flags & CONTENT_OFFSET) != 0 ? bounded(m->offset.value) : 0;
        *end = (m->flags & CONTENT_DEPTH) != 0 ? bounded(m->depth.value) : ANYWHERE;
    }
}

/* Does this match leave the cursor where it was? */
static bool stays(const struct match *m)
{
    return m->kind == MATCH_BYTE_TEST || m->kind == MATCH_ISDATAAT || (m->kind == MATCH_CONTENT && (m->content.flags & CONTENT_NEGATED) != 0);
}

struct offer {
    const struct content *content;
    struct bytes bytes;
    uint32_t from, depth; /* depth 0: anywhere */
};

static struct bytes sought(const struct content *m)
{
    bool chopped = (m->flags & CONTENT_FAST_CHOP) != 0;

    return chopped ? bytes_head(bytes_from(m->bytes, m->chop_offset), m->chop_length) : m->bytes;
}

/* Calls f for each literal of the group that must be there. */
static void offers_each(const struct group *g, void (*f)(void *ctx, const struct offer *o), void *ctx)
{
    struct cursor at = { 0, 0 };

    for (uint16_t i = 0; i < g->match_n; i++) {
        const struct match *m = g->match[i];
        uint32_t from, end;
        if (stays(m)) {
            continue;
        }
        if (m->kind != MATCH_CONTENT) {
            at = (struct cursor){ 0, ANYWHERE };
            continue;
        }
        content_bounds(&m->content, &at, &from, &end);
        at = (struct cursor){ bounded((int64_t)from + (int64_t)m->content.bytes.n), end };
        struct bytes b = sought(&m->content);
        from = bounded((int64_t)from + ((m->content.flags & CONTENT_FAST_CHOP) != 0 ? m->content.chop_offset : 0));
        f(ctx, &(struct offer){ &m->content, b, from, end == ANYWHERE ? 0 : end });
    }
}

/* ---- what many rules ask tells little of one: literals are counted over all rules ---- */

static uint8_t *common_slot(const struct compiler *c, struct bytes b)
{
    return &c->common[hash_bytes(b.p, b.n, 0) & (COMMON_SLOTS - 1)];
}

static void common_add(void *ctx, const struct offer *o)
{
    uint8_t *n = common_slot(ctx, o->bytes);

    *n = *n < UINT8_MAX ? (uint8_t)(*n + 1) : *n;
}

static bool is_payload(const struct group *g)
{
    return g->kind == BUFFER_PAYLOAD;
}

bool guards_init(struct compiler *c, struct err *err)
{
    c->common = calloc(COMMON_SLOTS, 1);
    if (!c->common) {
        return err_set(err, "not enough memory to index rules");
    }
    for (uint32_t i = 0; i < c->r->plan_n; i++) {
        const struct rule *r = c->r->plan[i].rule;
        for (uint16_t k = 0; k < r->group_n; k++) {
            offers_each(&r->group[k], common_add, c);
        }
    }
    return true;
}

void guards_fini(struct compiler *c)
{
    free(c->common);
    c->common = NULL;
}

/* ---- the choice ---- */

static bool is_near(const struct offer *o)
{
    return literal_near(o->bytes.n, o->from, o->depth);
}

struct choice {
    const struct compiler *c;
    const struct content *named;  /* the author's, or the longest */
    struct offer best;
    bool weak;                    /* that one tells little itself */
};

static void choose_named(void *ctx, const struct offer *o)
{
    struct choice *x = ctx;

    if (o->content == x->named) {
        x->best = *o;
    }
}

static bool is_usual(const struct offer *o) { return literal_usual(o->bytes, (o->content->flags & CONTENT_NOCASE) != 0); }

/* A literal near the start that is long enough to tell something: not what all rules of a protocol begin with, nor what most traffic has, unless
 * the one that was named tells as little. */
static void choose_near(void *ctx, const struct offer *o)
{
    struct choice *x = ctx;
    bool better = !is_near(&x->best) || o->bytes.n > x->best.bytes.n;

    if (is_near(o) && o->bytes.n >= LITERAL_SHORT && better && *common_slot(x->c, o->bytes) <= COMMON_MAX && (x->weak || !is_usual(o))) {
        x->best = *o;
    }
}

bool plan_filters_payload(const struct plan *p)
{
    return p->fast && is_payload(p->fast_group) && (p->flags & PLAN_FAST_NEGATED) == 0;
}

struct guard_literal guard_literal(const struct compiler *c, const struct plan *p)
{
    struct choice x = { c, p->fast, { p->fast, sought(p->fast), 0, 0 }, false };

    offers_each(p->fast_group, choose_named, &x);
    if (!is_near(&x.best)) {
        x.weak = x.best.bytes.n < LITERAL_SHORT || is_usual(&x.best);
        offers_each(p->fast_group, choose_near, &x);
    }
    bool nocase = (x.best.content->flags & CONTENT_NOCASE) != 0, near = is_near(&x.best);
    return (struct guard_literal){ x.best.bytes, nocase, near ? x.best.from : 0, near ? x.best.depth : 0 };
}

static bool payload_size(const struct rule *r, uint16_t *size)
{
    for (uint16_t i = 0; i < r->packet_n; i++) {
        const struct match *m = r->packet[i];
        if (m->kind == MATCH_KEYWORD && m->keyword.row->size && m->keyword.row->size(m->keyword.data, size)) {
            return true;
        }
    }
    return false;
}

/* The ports of a small set; 0 when it is large, or any. */
static unsigned few_ports(const struct port_set *s, uint16_t *out)
{
    unsigned n = 0;

    if (!s || s->any) {
        return 0;
    }
    for (unsigned w = 0; w < 1024; w++) {
        for (uint64_t bits = s->bits[w]; bits; bits &= bits - 1) {
            if (n == GUARD_PORTS) {
                return 0;
            }
            out[n++] = (uint16_t)(w << 6 | (unsigned)__builtin_ctzll(bits));
        }
    }
    return n;
}

static bool guard_ports(const struct compiler *c, const struct plan *p, struct guard *g)
{
    const struct header *h = &c->r->header[p->header];

    if ((p->rule->header_flags & HEADER_BOTH_WAYS) != 0 || (h->flags & HEADER_SERVICE) != 0) {
        return false;
    }
    g->kind = GUARD_DPORT;
    g->key_n = few_ports(h->dport, g->key);
    if (g->key_n == 0) {
        g->kind = GUARD_SPORT;
        g->key_n = few_ports(h->sport, g->key);
    }
    return g->key_n != 0;
}

struct guard guard_of(const struct compiler *c, const struct plan *p, bool has_ports)
{
    struct guard g = { .kind = GUARD_LITERAL };
    bool literal = plan_filters_payload(p);
    struct guard_literal l = literal ? guard_literal(c, p) : (struct guard_literal){ 0 };

    if (p->type == PLAN_TXN || (literal && l.depth != 0 && l.bytes.n >= LITERAL_SHORT)) {
        return g;
    }
    if (payload_size(p->rule, &g.key[0])) {
        g.kind = GUARD_SIZE;
        g.key_n = 1;
        return g;
    }
    if (has_ports && (!literal || (l.depth == 0 && l.bytes.n < LITERAL_SHORT)) && guard_ports(c, p, &g)) {
        return g;
    }
    g.kind = literal ? GUARD_LITERAL : GUARD_NONE;
    g.key_n = 0;
    return g;
}
