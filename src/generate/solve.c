/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes that meet conditions: each condition puts what it needs where it may stand, the rest is filled, and the whole is checked.
 * When the check says no, it is tried again with other chances: what comes first, how much stands between, which way an expression goes.
 */
#include "generate/scene.h"

#include <stdio.h>

struct cells {
    uint8_t *p, *held;
    size_t n;            /* up to the last one that was put */
    size_t min, max;     /* how many there may be */
    size_t tail;         /* SIZE_MAX, or where they end */
};
struct solver {
    const struct scene *scene;
    struct holder *h;
    struct arena *arena;
    struct chance *chance;
    const struct group *const *group;
    unsigned group_n, k /* attempt */;
    const struct solve_wish *wish;
    struct cells c;
    size_t front;        /* where what may stand anywhere begins */
    struct bytes literal[PLACES_MAX];
    unsigned literal_n;
    struct { bool put; size_t end; } early[PLACES_MAX]; /* expressions of the group at work that were put first */
};

static int64_t value_of(const struct solver *s, const struct operand *o)
{
    return o->variable < 0 ? o->value : o->variable < VARIABLES_MAX ? (int64_t)s->h->variable[o->variable] : 0;
}

static bool cells_take(const struct cells *c, size_t at, struct bytes b, bool nocase)
{
    size_t limit = c->tail < c->max ? c->tail : c->max;

    if (at > limit || b.n > limit - at) {
        return false;
    }
    for (size_t i = 0; i < b.n; i++) {
        uint8_t x = c->p[at + i];
        if (!c->held[at + i] || x == b.p[i] || (nocase && (x | 0x20) == b.p[i] && x >= 'A' && x <= 'Z')) {
            continue;
        }
        return false;
    }
    return true;
}

static bool cells_have(const struct cells *c, size_t at, struct bytes b, bool nocase)
{
    for (size_t i = 0; i < b.n; i++) {
        if (at + i >= c->n || !c->held[at + i]) {
            return false;
        }
    }
    return cells_take(c, at, b, nocase);
}

static void cells_put(struct cells *c, size_t at, struct bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        if (!c->held[at + i]) {
            c->p[at + i] = b.p[i];
            c->held[at + i] = 1;
        }
    }
    c->n = at + b.n > c->n ? at + b.n : c->n;
}

enum reuse { REUSE_NOT = 0, REUSE_FIRST = 1, REUSE_LAST = 2 /* with FIRST: the last place there is */, REUSE_NOCASE = 4 };

/* Puts bytes at the first place of from … to that takes them; where they stand already before that, when `how` says so. */
static bool cells_place(struct cells *c, struct bytes b, enum reuse how, int64_t from, int64_t to, size_t *end)
{
    const bool nocase = (how & REUSE_NOCASE) != 0, reuse = (how & REUSE_FIRST) != 0, last = (how & REUSE_LAST) != 0;


    from = from < 0 ? 0 : from;
    if (reuse && last) {
        for (int64_t at = (int64_t)c->n - (int64_t)b.n; at >= from; at--) {
            if (at + (int64_t)b.n <= to && cells_have(c, (size_t)at, b, nocase)) {
                cells_put(c, (size_t)at, b);
                *end = (size_t)at + b.n;
                return true;
            }
        }
    }
    for (int pass = reuse ? 0 : 1; pass < 2; pass++) {
        for (int64_t at = from; at + (int64_t)b.n <= to; at++) {
            if (pass == 0 ? cells_have(c, (size_t)at, b, nocase) : cells_take(c, (size_t)at, b, nocase)) {
                cells_put(c, (size_t)at, b);
                *end = (size_t)at + b.n;
                return true;
            }
            if (pass == 0 && at > (int64_t)c->n) {
                break;
            }
        }
    }
    return false;
}

/* ---- sizes ---- */

static void size_wanted(struct cells *c, const struct range *r)
{
    size_t low = 0, high = c->max;

    switch ((enum range_op)r->op) {
    case RANGE_EQ: low = high = r->low; break;
    case RANGE_LT: high = r->low ? r->low - 1 : 0; break;
    case RANGE_LE: high = r->low; break;
    case RANGE_GT: low = r->low + 1; break;
    case RANGE_GE: low = r->low; break;
    case RANGE_IN:
        low = r->low + 1;
        high = r->high ? r->high - 1 : 0;
        break;
    case RANGE_IN_EQ:
        low = r->low;
        high = r->high;
        break;
    case RANGE_NE:
    case RANGE_OUT:
    case RANGE_BITS:
    case RANGE_BITS_NOT:
    default: break;
    }
    c->min = low > c->min ? low : c->min;
    c->max = high < c->max ? high : c->max;
}

/* ---- literals ---- */

static bool put_literal(struct solver *s, const struct content *m, size_t *cursor)
{
    struct cells *c = &s->c;
    bool relative = (m->flags & (CONTENT_DISTANCE | CONTENT_WITHIN)) != 0, nocase = (m->flags & CONTENT_NOCASE) != 0;
    bool anywhere = !relative && (m->flags & (CONTENT_OFFSET | CONTENT_DEPTH | CONTENT_STARTSWITH | CONTENT_ENDSWITH)) == 0;
    const enum reuse plain = nocase ? REUSE_NOCASE : REUSE_NOT;
    int64_t limit = (int64_t)(c->tail < c->max ? c->tail : c->max), from = 0, to = limit;

    if (relative) {
        from = (int64_t)*cursor + (m->flags & CONTENT_DISTANCE ? value_of(s, &m->distance) : 0);
        if (m->flags & CONTENT_WITHIN && from + value_of(s, &m->within) < to) {
            to = from + value_of(s, &m->within);
        }
    }
    if (m->flags & CONTENT_OFFSET && value_of(s, &m->offset) > from) {
        from = value_of(s, &m->offset);
    }
    if (m->flags & CONTENT_STARTSWITH) {
        from = 0;
        to = (int64_t)m->bytes.n;
    } else if (m->flags & CONTENT_DEPTH) {
        int64_t depth = value_of(s, &m->depth) + (m->depth.variable >= 0 ? from : 0);
        to = depth < to ? depth : to;
    }
    if (m->flags & CONTENT_ENDSWITH) {
        size_t used = c->n > (size_t)(from < 0 ? 0 : from) ? c->n : (size_t)(from < 0 ? 0 : from);
        if (c->tail == SIZE_MAX) {
            size_t at = relative ? (size_t)(from < 0 ? 0 : from) : used;
            if (!relative && s->k % 2 == 0 && c->n <= s->front && cells_take(c, 0, m->bytes, nocase)) {
                at = 0; /* what it begins with may be the beginning of this */
            }
            c->tail = c->min == c->max ? c->max : at + m->bytes.n;
            c->tail = c->tail < c->n ? c->n : c->tail;
            c->tail = c->tail < c->min ? c->min : c->tail;
        }
        if (c->tail < m->bytes.n || c->tail > c->max) {
            return false;
        }
        from = (int64_t)(c->tail - m->bytes.n);
        return cells_place(c, m->bytes, plain, from, (int64_t)c->tail, cursor);
    }
    enum reuse how = plain | (s->k % 4 == 3 ? 0 : s->k % 4 == 1 ? REUSE_FIRST | REUSE_LAST : REUSE_FIRST);
    if (!anywhere) {
        /* Not always right behind: so that it is not only the nearest place that is tried. */
        return cells_place(c, m->bytes, how, from, to, cursor);
    }
    if (how != plain && cells_place(c, m->bytes, how, 0, (int64_t)c->n, cursor)) {
        return true;
    }
    size_t at = c->n > s->front ? c->n : s->front;
    if (s->wish->ground.n) {
        at = 0;
    } else if (c->n) {
        at += s->k > 1 ? chance_below(s->chance, 4) : 0;
    }
    return cells_place(c, m->bytes, plain, (int64_t)at, limit, cursor) || cells_place(c, m->bytes, plain, 0, limit, cursor);
}

/* ---- expressions ---- */

static bool put_pcre(struct solver *s, const struct match *m, size_t *cursor)
{
    struct cells *c = &s->c;
    struct pattern *p = pattern_read(s->arena, m->pcre.pattern, m->pcre.options);
    struct pattern_wish w = { .chance = s->chance, .style = s->k < 2 ? s->k : s->k % 5 == 4 ? 0 : 2, .literal = s->literal, .literal_n = s->literal_n };
    bool relative = (m->pcre.flags & PCRE_RELATIVE) != 0;
    struct bytes b;

    if (!p || !pattern_make(p, s->arena, &w, &b)) {
        return false;
    }
    size_t limit = c->tail < c->max ? c->tail : c->max;
    size_t from = relative ? *cursor : c->n > s->front ? c->n : s->front, to = limit;
    if (pattern_starts(p) && !relative) {
        from = 0;
    }
    if (pattern_starts(p)) {
        to = from + b.n;
    } else if (!relative && s->wish->ground.n) {
        from = 0;
    }
    if (pattern_ends(p)) {
        size_t end = c->tail != SIZE_MAX ? c->tail : c->min == c->max ? c->max : from + b.n;
        if (end < b.n || end > c->max) {
            return false;
        }
        from = pattern_starts(p) ? from : end - b.n;
        to = end;
        c->tail = end;
    }
    if (!cells_place(c, b, s->k % 2 == 0 ? REUSE_FIRST : REUSE_NOT, (int64_t)from, (int64_t)to, cursor)) {
        return false;
    }
    if (s->k % 8 == 6 && c->tail == SIZE_MAX && cells_take(c, *cursor, bytes_str("\r\n"), false)) {
        cells_put(c, *cursor, bytes_str("\r\n")); /* where a greedy repetition stops */
    }
    return true;
}

/* ---- numbers ---- */

static uint64_t number_tried(struct solver *s, const struct byte_op *o, unsigned i)
{
    if (o->from_beginning && i == 0 && s->k % 2 == 0) { /* a jump to where something may still be put */
        return s->c.n + chance_below(s->chance, 6);
    }
    uint64_t y = (uint64_t)value_of(s, &o->value), all = o->has_bitmask ? o->bitmask : UINT64_MAX;
    uint64_t low = o->has_bitmask ? o->bitmask_shift : 0;

    switch (i) {
    case 0: return s->k == 0 ? 0 : s->k % 4 == 0 ? 64 + chance_below(s->chance, 64) : chance_below(s->chance, s->k % 2 ? 16 : 256);
    case 1: return y << low;
    case 2: return (y + 1) << low;
    case 3: return (y - 1) << low;
    case 4: return all;
    case 5: return 1;
    case 6: return 4;
    case 7: return y | 1;
    case 8: return (uint64_t)1 << low;
    case 9: return chance_below(s->chance, 16);
    case 10: return chance_below(s->chance, 256);
    default: return chance_next(s->chance);
    }
}

static bool number_fit(const struct byte_op *o, uint64_t x, unsigned n, uint8_t out[32])
{
    if (o->string) {
        char text[40];
        int len = snprintf(text, sizeof text, o->base == 16 ? "%0*llx" : o->base == 8 ? "%0*llo" : "%0*llu", (int)n, (unsigned long long)x);
        if (len != (int)n) {
            return false;
        }
        memcpy(out, text, n);
        return true;
    }
    if (n < 8 && x >> (8 * n) != 0) {
        return false;
    }
    for (unsigned i = 0; i < n; i++) {
        out[o->little ? i : n - 1 - i] = (uint8_t)(x >> (8 * i));
    }
    return true;
}

/* The number stands at `at` in the cells: does the operation hold, and where does it lead?  A jump may lead behind all that is there. */
static bool number_works(struct solver *s, const struct match *m, const uint8_t *b, unsigned n, size_t at, size_t *cursor)
{
    const struct byte_op *o = &m->byte;
    struct match plain = *m;
    struct group g = { .match = (struct match *[]){ &plain }, .match_n = 1 };
    uint64_t x = 0;

    plain.byte.offset = (struct operand){ 0, -1 };
    plain.byte.relative = false;
    if (m->kind == MATCH_BYTE_TEST) {
        plain.byte.n = (struct operand){ n, -1 };
        return group_holds(s->h, &g, bytes_of(b, n));
    }
    if (m->kind == MATCH_BYTE_JUMP) {
        for (unsigned i = 0; i < n && !o->string; i++) {
            x = x << 8 | b[o->little ? n - 1 - i : i];
        }
        if (o->string) {
            char text[40];
            snprintf(text, sizeof text, "%.*s", (int)n, (const char *)b);
            unsigned long long v = 0;
            if (sscanf(text, o->base == 16 ? "%llx" : o->base == 8 ? "%llo" : "%llu", &v) != 1) {
                return false;
            }
            x = v;
        }
        x = (o->has_bitmask ? (x & o->bitmask) >> o->bitmask_shift : x) * (o->multiplier ? o->multiplier : 1);
        x += o->align && x % 4 ? 4 - x % 4 : 0;
        int64_t to = (int64_t)(o->from_beginning ? 0 : o->from_end ? s->c.n : at + n) + (int64_t)x + o->post_offset;
        if (to < 0 || (uint64_t)to > s->c.max || x > BUFFER_MAX) {
            return false;
        }
        *cursor = (size_t)to;
        s->c.min = *cursor > s->c.min ? *cursor : s->c.min;
        return true;
    }
    plain.byte.n = (struct operand){ n, -1 };
    *cursor = at + n;
    return group_holds(s->h, &g, bytes_of(b, n)); /* sets the variable */
}

static bool put_number(struct solver *s, const struct match *m, size_t *cursor)
{
    const struct byte_op *o = &m->byte;
    struct cells *c = &s->c;
    int64_t n = value_of(s, &o->n), at = (o->relative ? (int64_t)*cursor : 0) + value_of(s, &o->offset);
    uint8_t b[32];

    if (n == 0 && o->string) {
        n = 4 - (int64_t)(s->k % 4);
    }
    if (n <= 0 || n > (o->string ? 20 : 8) || at < 0 || (size_t)(at + n) > c->max) {
        return false;
    }
    bool free = false;
    for (int64_t i = 0; i < n; i++) {
        free |= !c->held[at + i];
    }
    for (unsigned i = 0; i < 24; i++) {
        if (free ? !number_fit(o, number_tried(s, o, i), (unsigned)n, b) : i > 0) {
            continue;
        }
        for (int64_t k = 0; k < n; k++) {
            b[k] = c->held[at + k] ? c->p[at + k] : b[k];
        }
        size_t to = *cursor;
        if (number_works(s, m, b, (unsigned)n, (size_t)at, &to)) {
            cells_put(c, (size_t)at, bytes_of(b, (size_t)n));
            *cursor = to;
            return true;
        }
    }
    return false;
}

static bool put_isdataat(struct solver *s, const struct match *m, size_t cursor)
{
    struct cells *c = &s->c;
    int64_t n = value_of(s, &m->isdataat.n) + m->isdataat.more, need = (m->isdataat.relative ? (int64_t)cursor : 1) + n;

    if (m->negated) { /* at most one less than what it asks for */
        if (need <= 0 || c->n > (size_t)need - 1) {
            return false;
        }
        c->max = (size_t)need - 1 < c->max ? (size_t)need - 1 : c->max;
        return c->min <= c->max;
    }
    c->min = need > (int64_t)c->min ? (size_t)need : c->min;
    return c->min <= c->max;
}

static bool put_base64(struct solver *s, const struct group *g, const struct match *m, size_t *cursor)
{
    const struct group *inner = group_decoded(s->h->rule, g);
    struct solve_wish w = { .max = m->base64.bytes ? m->base64.bytes / 4 * 3 : 0, .tries = 20 };
    struct bytes b = bytes_str("aaaaaa");

    if (inner && !solve_groups(s->scene, &inner, 1, &w, &b)) {
        return false;
    }
    b = base64_make(s->arena, b);
    while (b.n && b.p[b.n - 1] == '=') {
        b.n--;
    }
    size_t at = (m->base64.relative ? *cursor : 0) + m->base64.offset, end;
    return cells_place(&s->c, b, REUSE_NOT, (int64_t)at, (int64_t)(at + b.n), &end);
}

/* ---- one attempt ---- */

static bool put_one(struct solver *s, const struct group *g, unsigned i, size_t *cursor)
{
    const struct match *m = g->match[i];

    switch ((enum match_kind)m->kind) {
    case MATCH_CONTENT: return (m->content.flags & CONTENT_NEGATED) != 0 || put_literal(s, &m->content, cursor);
    case MATCH_PCRE:
        if (i < PLACES_MAX && s->early[i].put) {
            *cursor = s->early[i].end;
            return true;
        }
        return (m->pcre.flags & PCRE_NEGATED) != 0 || put_pcre(s, m, cursor);
    case MATCH_BYTE_TEST:
    case MATCH_BYTE_JUMP:
    case MATCH_BYTE_EXTRACT:
    case MATCH_BYTE_MATH: return put_number(s, m, cursor);
    case MATCH_ISDATAAT: return put_isdataat(s, m, *cursor);
    case MATCH_BASE64_DECODE: return put_base64(s, g, m, cursor);
    case MATCH_BSIZE:
    case MATCH_URILEN:
    case MATCH_NUMBER:
    case MATCH_PRESENT:
    case MATCH_ABSENT:
    case MATCH_KEYWORD:
    default: return true;
    }
}

static bool put_group(struct solver *s, const struct group *g)
{
    size_t cursor = 0;

    memset(s->early, 0, sizeof s->early);
    for (unsigned i = 0; i < g->match_n && i < PLACES_MAX && s->k % 3 != 1; i++) {
        const struct match *m = g->match[i];
        if (m->kind == MATCH_PCRE && (m->pcre.flags & (PCRE_NEGATED | PCRE_RELATIVE)) == 0 && put_pcre(s, m, &cursor)) {
            s->early[i].put = true;
            s->early[i].end = cursor;
        }
    }
    cursor = 0;
    for (unsigned i = 0; i < g->match_n; i++) {
        if (!put_one(s, g, i, &cursor)) {
            return false;
        }
    }
    return true;
}

static bool group_ends(const struct group *g)
{
    for (unsigned i = 0; i < g->match_n; i++) {
        if (g->match[i]->kind == MATCH_CONTENT && (g->match[i]->content.flags & (CONTENT_ENDSWITH | CONTENT_NEGATED)) == CONTENT_ENDSWITH) {
            return true;
        }
    }
    return false;
}

static uint8_t filler(struct solver *s)
{
    const char *from = s->wish->filler ? s->wish->filler : s->k % 3 == 2 ? "0123456789" : "abcdefghijklmnopqrstuvwxyz";

    return (uint8_t)from[chance_below(s->chance, (uint32_t)strlen(from))];
}

static bool dots_first(const struct group *g)
{
    return g->transform_n != 0 && strcmp(g->transform[0].name, "dotprefix") == 0;
}

static void cells_begin(struct solver *s)
{
    struct cells *c = &s->c;
    const struct solve_wish *w = s->wish;
    const char *first = s->group_n && dots_first(s->group[0]) ? "." : s->k % 4 != 3 ? w->first : NULL;

    memset(c->held, 0, BUFFER_MAX);
    c->n = c->min = 0;
    c->max = w->max && w->max < BUFFER_MAX ? w->max : BUFFER_MAX - 1;
    c->tail = SIZE_MAX;
    s->front = 0;
    if (w->ground.n) {
        memcpy(c->p, w->ground.p, w->ground.n);
        for (size_t i = 0; i < w->ground.n; i++) {
            c->held[i] = !w->open[i];
        }
        c->min = c->max = c->n = w->ground.n;
        return;
    }
    if (first) {
        cells_put(c, 0, bytes_str(first));
        s->front = strlen(first);
    }
    if (s->k > 2) {
        s->front += chance_below(s->chance, s->k % 8 == 7 ? 60 : 8);
    }
}

static bool attempt(struct solver *s, struct bytes *out)
{
    struct cells *c = &s->c;

    cells_begin(s);
    if (s->wish->size) {
        size_wanted(c, s->wish->size);
    }
    for (unsigned i = 0; i < s->group_n; i++) {
        for (unsigned k = 0; k < s->group[i]->match_n; k++) {
            const struct match *m = s->group[i]->match[k];
            if (m->kind == MATCH_BSIZE || m->kind == MATCH_URILEN) {
                size_wanted(c, &m->size.range);
            }
        }
    }
    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < s->group_n; i++) {
            if (group_ends(s->group[i]) == (pass == 1) && !put_group(s, s->group[i])) {
                return false;
            }
        }
    }
    size_t n = c->n > c->min ? c->n : c->min;
    if (c->tail != SIZE_MAX) {
        if (c->tail < n) {
            return false;
        }
        n = c->tail;
    }
    if (n > c->max) {
        return false;
    }
    if (c->tail == SIZE_MAX && s->k % 2 == 1) { /* something behind what is asked for */
        size_t more = 1 + chance_below(s->chance, 6);
        n += more < c->max - n ? more : c->max - n;
    }
    for (size_t i = 0; i < n; i++) {
        c->p[i] = c->held[i] || s->wish->ground.n ? c->p[i] : filler(s);
    }
    *out = arena_copy(s->arena, bytes_of(c->p, n));
    return true;
}

static void literals_of(struct solver *s)
{
    for (unsigned i = 0; i < s->group_n; i++) {
        for (unsigned k = 0; k < s->group[i]->match_n && s->literal_n < PLACES_MAX; k++) {
            const struct match *m = s->group[i]->match[k];
            if (m->kind == MATCH_CONTENT && (m->content.flags & CONTENT_NEGATED) == 0) {
                s->literal[s->literal_n++] = m->content.bytes;
            }
        }
    }
}

bool solve_groups(const struct scene *scene, const struct group *const *group, unsigned group_n, const struct solve_wish *w, struct bytes *out)
{
    struct arena *a = scene->arena;
    struct solver *s = arena_zero(a, sizeof *s);
    uint8_t *room = arena_take(a, 2 * BUFFER_MAX);

    if (!s || !room) {
        return false;
    }
    *s = (struct solver){ .scene = scene, .h = scene->holder, .arena = a, .chance = scene->chance, .group = group, .group_n = group_n, .wish = w, .c = { .p = room, .held = room + BUFFER_MAX } };
    literals_of(s);
    for (s->k = w->start; s->k < w->start + w->tries && !a->full; s->k++) {
        struct bytes b, seen;
        if (!attempt(s, &b)) {
            continue;
        }
        if (group_n && dots_first(group[0])) {
            b = bytes_from(b, 1);
        }
        bool yes = !w->size || range_has(w->size, b.n);
        for (unsigned i = 0; yes && i < group_n; i++) {
            yes = transforms_run(a, group[i], b, &seen) && group_holds(s->h, group[i], seen);
        }
        if (yes) {
            *out = b;
            return true;
        }
    }
    return false;
}
