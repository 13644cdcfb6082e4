/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Windows of a body overlap.  What was looked through for literals in one turn is not looked through in the next; a literal that was found
 * there counts while the bytes it was found among reach into the window, since what else a rule asks may come only now.
 */
#include "detect/txn_detect.h"

enum { HITS_FIRST = 8, HITS_MAX = 64 };

struct hit {
    uint32_t literal;
    uint64_t upto;         /* body offset behind the bytes it was found among */
};

/* One database over one body. */
struct scanned {
    struct scanned *next;
    const struct prefilter *prefilter;
    const struct body *body;
    uint64_t upto;         /* body offset behind what was looked through; 0: nothing was */
    uint32_t generation;   /* of the ruleset it holds for */
    bool crowded;          /* more was found than is kept: every window is looked through whole */
    uint16_t n, room;
    struct hit *hit;
};

/* NULL: the transaction's memory is full. */
static struct scanned *scanned_of(struct txn *t, struct txn_detect *s, const struct detect *d, const struct prefilter *f, const struct body *b)
{
    struct scanned *x = s->scanned;

    while (x && !(x->body == b && x->prefilter == f && x->generation == d->generation)) {
        x = x->next;
    }
    if (!x && (x = arena_zero(&t->arena, sizeof *x))) {
        *x = (struct scanned){ .next = s->scanned, .prefilter = f, .body = b, .generation = d->generation };
        s->scanned = x;
    }
    return x;
}

static bool hits_grow(struct arena *a, struct scanned *x)
{
    uint16_t room = x->room ? (uint16_t)(x->room * 2) : HITS_FIRST;
    struct hit *more = room <= HITS_MAX ? arena_take(a, room * sizeof *more) : NULL;

    if (!more) {
        return false;
    }
    if (x->n != 0) {
        memcpy(more, x->hit, x->n * sizeof *more);
    }
    x->hit = more;
    x->room = room;
    return true;
}

struct scan {
    struct detect *d;
    struct txn *t;
    struct scanned *x;
    uint64_t upto;
};

static void scan_hit(void *ctx, uint32_t id)
{
    struct scan *c = ctx;
    struct scanned *x = c->x;
    uint16_t i = 0;

    candidates_of_literal(c->d, x->prefilter, id);
    while (i < x->n && x->hit[i].literal != id) {
        i++;
    }
    if (i == x->room && !hits_grow(&c->t->arena, x)) {
        x->crowded = true;
        return;
    }
    x->n = (uint16_t)(x->n + (i == x->n));
    x->hit[i] = (struct hit){ id, c->upto };
}

/* Those found before that can still be in the window; the others are forgotten. */
static void hits_before(struct detect *d, struct scanned *x, uint64_t from)
{
    uint16_t kept = 0;

    for (uint16_t i = 0; i < x->n; i++) {
        if (x->hit[i].upto > from) {
            candidates_of_literal(d, x->prefilter, x->hit[i].literal);
            x->hit[kept++] = x->hit[i];
        }
    }
    x->n = kept;
}

void candidates_of_window(struct detect *d, struct txn *t, struct txn_detect *s, const struct prefilter *f, const struct verify_buffer *w)
{
    /* most bodies have one window: nothing is to be remembered of the last */
    struct scanned *x = w->body && f->db && w->bytes.n != 0 && (!w->end || s->scanned) ? scanned_of(t, s, d, f, w->body) : NULL;

    if (!x || x->crowded) {
        candidates_of_prefilter(d, f, w->bytes, w->offset);
        return;
    }
    struct scan scan = { d, t, x, w->offset + w->bytes.n };
    uint64_t from = w->offset, back = literals_longest(f->db) - 1; /* of one that ends in what is new */
    if (x->upto > w->body->inspected) { /* the body began anew */
        x->n = 0;
        x->upto = 0;
    }
    hits_before(d, x, w->offset);
    if (x->upto > from + back) {
        from = x->upto - back;
    }
    literals_scan(f->db, d->match, bytes_from(w->bytes, (size_t)(from - w->offset)), from, scan_hit, &scan);
    x->upto = scan.upto;
}
