/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/defrag_pieces.h"

struct block *block_new(struct pieces_memory *m, uint32_t front, uint32_t origin, uint32_t limit)
{
    size_t got;
    struct block *b = pages_take(m->pages, sizeof(*b) + front + (limit - origin), &got);

    if (b) {
        *b = (struct block){ .got = got, .origin = origin, .limit = limit };
    }
    return b;
}

void block_free(struct pieces_memory *m, struct block *b) { pages_give(m->pages, b, b->got); }

/* The policies as the target-based studies name them (Shankar and Paxson 2003, Novak 2005). */
bool defrag_later_wins(enum defrag_policy policy, const struct block *earlier, const struct block *later)
{
    switch (policy) {
    case DEFRAG_FIRST:
        return false;
    case DEFRAG_LAST:
        return true;
    case DEFRAG_BSD:
        return later->origin < earlier->origin;
    case DEFRAG_BSD_RIGHT:
        return later->origin >= earlier->origin;
    case DEFRAG_LINUX:
        return later->origin <= earlier->origin;
    case DEFRAG_WINDOWS:
        return later->origin < earlier->origin && later->limit > earlier->limit;
    case DEFRAG_SOLARIS:
        return later->origin < earlier->origin && later->limit >= earlier->limit;
    }
    return false;
}

static unsigned slot_of(uint32_t start)
{
    unsigned i = start >> 10;
    return i < PIECES_INDEX ? i : PIECES_INDEX - 1;
}

static void index_add(struct pieces *p, struct piece *x)
{
    struct piece **slot;

    if (p->index && (!*(slot = &p->index[slot_of(x->start)]) || (*slot)->start > x->start)) {
        *slot = x;
    }
}

static void index_remove(struct pieces *p, struct piece *x)
{
    unsigned i = slot_of(x->start);

    if (p->index && p->index[i] == x) {
        p->index[i] = x->next && slot_of(x->next->start) == i ? x->next : NULL;
    }
}

/* Without memory for it the way is only longer. */
static void index_make(struct pieces *p, struct pieces_memory *m)
{
    p->index = pages_take(m->pages, PIECES_INDEX * sizeof(p->index[0]), &p->index_got);
    if (p->index) {
        memset(p->index, 0, PIECES_INDEX * sizeof(p->index[0]));
        for (struct piece *x = p->last; x; x = x->prev) {
            index_add(p, x);
        }
    }
}

/* A new piece of b in front of `next` (NULL: at the end); NULL at the cap. */
static struct piece *insert(struct pieces *p, struct pieces_memory *m, struct block *b, uint32_t start, uint32_t end,
                            struct piece *next)
{
    struct piece *prev = next ? next->prev : p->last;
    struct piece *x;

    if (prev && prev->block == b && prev->end == start) {
        prev->end = end;
        p->covered += end - start;
        return prev;
    }
    while (!(x = slab_take(m->slab))) {
        if (!m->more || !m->more(m->of)) {
            return NULL;
        }
    }
    *x = (struct piece){ .prev = prev, .next = next, .block = b, .start = start, .end = end };
    *(prev ? &prev->next : &p->first) = x;
    *(next ? &next->prev : &p->last) = x;
    b->pieces++;
    p->covered += end - start;
    if (++p->n >= PIECES_INDEXED && !p->index) {
        index_make(p, m);
    } else {
        index_add(p, x);
    }
    return x;
}

static void remove_piece(struct pieces *p, struct pieces_memory *m, struct piece *x)
{
    index_remove(p, x);
    *(x->prev ? &x->prev->next : &p->first) = x->next;
    *(x->next ? &x->next->prev : &p->last) = x->prev;
    p->n--;
    p->covered -= x->end - x->start;
    if (--x->block->pieces == 0) {
        block_free(m, x->block);
    }
    slab_give(m->slab, x);
}

/* Takes [from, to) out of x, of which it is a part; *next becomes the piece behind the hole.  False at the cap. */
static bool cut_out(struct pieces *p, struct pieces_memory *m, struct piece *x, uint32_t from, uint32_t to, struct piece **next)
{
    uint32_t end = x->end;

    *next = x->next;
    if (x->start < from) {
        x->end = from;
        p->covered -= end - from;
        if (to < end) {
            *next = insert(p, m, x->block, to, end, x->next);
        }
        return to >= end || *next;
    }
    if (to < end) {
        index_remove(p, x);
        x->start = to;
        p->covered -= to - from;
        index_add(p, x);
        *next = x;
    } else {
        remove_piece(p, m, x);
    }
    return true;
}

/* The first piece that ends behind `start`; fragments mostly come in order, so the end is looked at first. */
static struct piece *first_behind(const struct pieces *p, uint32_t start)
{
    struct piece *x = p->first;

    if (!p->last || p->last->end <= start) {
        return NULL;
    }
    if (p->last->start <= start) {
        return p->last;
    }
    if (p->index) {
        for (int i = (int)slot_of(start); i >= 0; i--) {
            if (p->index[i] && p->index[i]->start <= start) {
                x = p->index[i];
                break;
            }
        }
    }
    while (x && x->end <= start) {
        x = x->next;
    }
    return x;
}

bool pieces_add(struct pieces *p, struct pieces_memory *m, struct block *b, enum defrag_policy policy, bool *overlap)
{
    struct piece *x = first_behind(p, b->origin);
    uint32_t at = b->origin;

    while (at < b->limit) {
        uint32_t to = b->limit;
        if (!x || x->start > at) { /* a hole: the fragment's */
            if (x && x->start < to) {
                to = x->start;
            }
            if (!insert(p, m, b, at, to, x)) {
                return false;
            }
        } else {
            if (x->end < to) {
                to = x->end;
            }
            *overlap = true;
            if (!defrag_later_wins(policy, x->block, b)) {
                x = x->next;
            } else if (!cut_out(p, m, x, at, to, &x) || !insert(p, m, b, at, to, x)) {
                return false;
            }
        }
        at = to;
    }
    return true;
}

uint32_t pieces_end(const struct pieces *p)
{
    const struct block *last = NULL;
    uint32_t end = 0;

    for (const struct piece *x = p->first; x; x = x->next) {
        if (x->block->last && (!last || x->block->origin < last->origin)) {
            last = x->block;
        }
    }
    if (!last) {
        return p->last->end;
    }
    for (const struct piece *x = p->first; x; x = x->next) {
        if (x->block->origin <= last->origin) {
            end = x->end;
        }
    }
    return end > last->limit ? end : last->limit;
}

void pieces_cut(struct pieces *p, struct pieces_memory *m, uint32_t end)
{
    while (p->last && p->last->start >= end) {
        remove_piece(p, m, p->last);
    }
    if (p->last && p->last->end > end) {
        p->covered -= p->last->end - end;
        p->last->end = end;
    }
}

void pieces_clear(struct pieces *p, struct pieces_memory *m)
{
    pieces_cut(p, m, 0);
    if (p->index) {
        pages_give(m->pages, p->index, p->index_got);
    }
    *p = (struct pieces){ 0 };
}

bool pieces_differ(const struct pieces *p, const struct block *b)
{
    for (const struct piece *x = p->first; x && x->start < b->limit; x = x->next) {
        uint32_t from = x->start > b->origin ? x->start : b->origin, to = x->end < b->limit ? x->end : b->limit;
        const struct block *a = x->block;
        if (from < to && memcmp(a->bytes + a->link + a->header + (from - a->origin), b->bytes + b->link + b->header + (from - b->origin), to - from) != 0) {
            return true;
        }
    }
    return false;
}
