/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Near misses in what is said: one condition of a slot broken, all others still met. */
#include "generate/scene.h"

#include <stdio.h>

enum kind { BREAK_SIZE, BREAK_PLACE, BREAK_NEGATION, BREAK_BYTE, BREAK_KINDS };
enum { STEP = 1 << 16 }; /* *at: kind * STEP + candidate */

/* The turns made anew: does this slot fail, and nothing else? */
static bool fails_alone(struct scene *s, const struct slot *broken)
{
    s->turn_n = 0;
    if (!s->carrier->build(s)) {
        return false;
    }
    for (unsigned i = 0; i < s->slot_n; i++) {
        const struct slot *x = &s->slot[i];
        bool holds = slot_stands(s, x);
        if (holds == (x == broken)) {
            return false;
        }
        if (x == broken && strcmp(x->name, "payload") == 0 && slot_holds(s, x, scene_said(s, x->side))) {
            return false; /* not in the packet, but in the stream */
        }
    }
    return !s->has_payload || range_has(&s->payload, s->turn[0].bytes.n) || broken->group_n == 0;
}

static struct bytes with(struct scene *s, struct bytes b, size_t at, struct bytes more)
{
    struct make m;

    make_init(&m, s->arena);
    make_add(&m, bytes_head(b, at));
    make_add(&m, more);
    make_add(&m, bytes_from(b, at));
    return make_bytes(&m);
}

static bool tried(struct scene *s, struct slot *x, struct bytes b)
{
    struct bytes kept = x->bytes;
    bool there = x->there;

    if (b.n == 0 || b.n >= BUFFER_MAX) {
        return false;
    }
    x->bytes = b;
    x->there = true;
    if (fails_alone(s, x)) {
        return true; /* left broken: the caller has a copy */
    }
    x->bytes = kept;
    x->there = there;
    return false;
}

/* Where a match stands in the slot's own bytes. */
static bool place_of(struct scene *s, const struct slot *x, const struct group *g, unsigned i, struct place *p)
{
    struct bytes seen;
    bool dot = g->transform_n && strcmp(g->transform[0].name, "dotprefix") == 0;

    if (!x->there || i >= PLACES_MAX || !transforms_run(s->arena, g, x->bytes, &seen) || !group_holds(s->holder, g, seen)) {
        return false;
    }
    *p = s->holder->place[i];
    if (dot && p->there) {
        p->n -= p->at == 0 && p->n;
        p->at -= p->at != 0;
    }
    return p->there && p->n != 0 && p->at + p->n <= x->bytes.n;
}

static const char *word_of(const struct match *m)
{
    return m->kind == MATCH_PCRE ? "pcre" : "content";
}

static bool break_byte(struct scene *s, struct slot *x, const struct group *g, unsigned i, char what[GENERATE_WHY])
{
    struct place p;

    if (!place_of(s, x, g, i, &p)) {
        return false;
    }
    for (unsigned n = 0; n < 4 && n < p.n; n++) {
        size_t at = p.at + (p.n / 2 + n) % p.n;
        uint8_t old = x->bytes.p[at], c = old >= '0' && old <= '9' ? (uint8_t)('0' + (old - '0' + 5) % 10) : (old | 0x20) == 'q' ? 'k' : 'q';
        struct bytes b = arena_copy(s->arena, x->bytes);
        ((uint8_t *)(uintptr_t)b.p)[at] = c;
        if (b.n && tried(s, x, b)) {
            snprintf(what, GENERATE_WHY, "%s: byte %zu of %s is 0x%02x, not 0x%02x", x->name, at, word_of(g->match[i]), c, old);
            return true;
        }
    }
    return false;
}

static bool tied(const struct match *m)
{
    const unsigned ties = CONTENT_OFFSET | CONTENT_DEPTH | CONTENT_WITHIN | CONTENT_DISTANCE | CONTENT_STARTSWITH;

    return m->kind == MATCH_CONTENT ? (m->content.flags & ties) != 0 && (m->content.flags & CONTENT_NEGATED) == 0
                                    : m->kind == MATCH_PCRE && (m->pcre.flags & PCRE_RELATIVE) != 0;
}

static bool break_place(struct scene *s, struct slot *x, const struct group *g, unsigned i, char what[GENERATE_WHY])
{
    struct place p;

    if (!tied(g->match[i]) || !place_of(s, x, g, i, &p)) {
        return false;
    }
    bool back = p.at != 0 && tried(s, x, with(s, bytes_head(x->bytes, p.at - 1), p.at - 1, bytes_from(x->bytes, p.at)));
    if (!back && !tried(s, x, with(s, x->bytes, p.at, bytes_str("z")))) {
        return false;
    }
    snprintf(what, GENERATE_WHY, "%s: %s stands one byte %s", x->name, word_of(g->match[i]), back ? "nearer" : "further");
    return true;
}

static bool break_negation(struct scene *s, struct slot *x, const struct group *g, unsigned i, char what[GENERATE_WHY])
{
    const struct match *m = g->match[i];

    if (m->kind != MATCH_CONTENT || (m->content.flags & CONTENT_NEGATED) == 0) {
        return false;
    }
    struct bytes own = x->there ? x->bytes : bytes_none();
    for (size_t at = 0; at <= own.n && at < 400; at++) {
        size_t from = own.n - at;
        if (tried(s, x, with(s, own, from, m->content.bytes))) {
            snprintf(what, GENERATE_WHY, "%s: what must not be there is", x->name);
            return true;
        }
    }
    return false;
}

static bool sizes(const struct match *m)
{
    return m->kind == MATCH_BSIZE || m->kind == MATCH_URILEN || (m->kind == MATCH_ISDATAAT && m->negated) ||
           (m->kind == MATCH_CONTENT && (m->content.flags & (CONTENT_ENDSWITH | CONTENT_NEGATED)) == CONTENT_ENDSWITH);
}

static bool break_size(struct scene *s, struct slot *x, const struct group *g, unsigned i, char what[GENERATE_WHY])
{
    if (!sizes(g->match[i]) || !x->there || !tried(s, x, with(s, x->bytes, x->bytes.n, bytes_str("z")))) {
        return false;
    }
    snprintf(what, GENERATE_WHY, "%s: one byte longer", x->name);
    return true;
}

static bool (*const breaks[BREAK_KINDS])(struct scene *s, struct slot *x, const struct group *g, unsigned i, char what[GENERATE_WHY]) = {
    [BREAK_SIZE] = break_size, [BREAK_PLACE] = break_place, [BREAK_NEGATION] = break_negation, [BREAK_BYTE] = break_byte
};

static bool break_kind(struct scene *s, unsigned kind, unsigned from, unsigned *at, char what[GENERATE_WHY])
{
    unsigned n = 0;

    for (unsigned i = 0; i < s->slot_n; i++) {
        struct slot *x = &s->slot[i];
        for (unsigned g = 0; g < x->group_n; g++) {
            for (unsigned k = 0; k < x->group[g]->match_n; k++, n++) {
                if (n >= from && breaks[kind](s, x, x->group[g], k, what)) {
                    *at = n + 1;
                    return true;
                }
            }
        }
    }
    return false;
}

bool scene_break(struct scene *s, unsigned *at, char what[GENERATE_WHY])
{
    for (unsigned kind = *at / STEP, next; kind < BREAK_KINDS && !s->arena->full; kind++) {
        unsigned from = kind == *at / STEP ? *at % STEP : 0;
        if (break_kind(s, kind, from, &next, what)) {
            *at = kind == BREAK_BYTE ? kind * STEP + next : (kind + 1) * STEP; /* one of each kind, bytes as many as are wanted */
            return true;
        }
    }
    *at = BREAK_KINDS * STEP;
    return false;
}
