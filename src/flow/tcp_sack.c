/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/tcp.h"

/* What a receiver holds beyond what it acknowledges (RFC 2018): ranges, sorted, neither overlapping nor touching.  It
 * widens the window.  Beyond SACK_MAX ranges new ones are not kept: the window is then narrower than it could be. */
enum { SACK_MAX = 63 };

struct sack_list {
    size_t room; /* of the block */
    unsigned n;
    struct sack_range {
        uint32_t left, right;
    } r[];
};

void sack_free(struct streams *s, struct tcp_dir *d)
{
    if (d->sack) {
        pages_give(s->side, d->sack, d->sack->room);
        d->sack = NULL;
    }
}

uint32_t sack_bytes(const struct tcp_dir *d)
{
    uint32_t n = 0;

    for (unsigned i = 0; i < d->sack->n; i++) {
        n += d->sack->r[i].right - d->sack->r[i].left;
    }
    return n;
}

void sack_prune(struct tcp_dir *d)
{
    struct sack_list *l = d->sack;
    unsigned gone = 0;

    while (gone < l->n && seq_lt(l->r[gone].right, d->last_ack)) {
        gone++;
    }
    l->n -= gone;
    memmove(l->r, l->r + gone, l->n * sizeof l->r[0]);
    if (l->n > 0 && seq_lt(l->r[0].left, d->last_ack)) {
        l->r[0].left = d->last_ack;
    }
}

static void sack_add(struct streams *s, struct tcp_dir *d, uint32_t left, uint32_t right)
{
    struct sack_list *l = d->sack;

    if (l == NULL) {
        size_t got;
        l = pages_take(s->side, sizeof *l + SACK_MAX * sizeof l->r[0], &got);
        if (l == NULL) {
            return;
        }
        l->room = got;
        l->n = 0;
        d->sack = l;
    }
    unsigned first = 0;
    while (first < l->n && seq_lt(l->r[first].right, left)) {
        first++;
    }
    unsigned behind = first;
    while (behind < l->n && seq_le(l->r[behind].left, right)) {
        left = seq_lt(l->r[behind].left, left) ? l->r[behind].left : left;
        right = seq_gt(l->r[behind].right, right) ? l->r[behind].right : right;
        behind++;
    }
    if (first == behind && l->n == SACK_MAX) {
        return;
    }
    memmove(l->r + first + 1, l->r + behind, (l->n - behind) * sizeof l->r[0]);
    l->n = l->n + 1 - (behind - first);
    l->r[first] = (struct sack_range){ left, right };
}

void sack_update(struct turn *t)
{
    const struct view_tcp *h = &t->v->tcp;
    struct tcp_dir *d = t->rcv;
    struct rd r = rd_of(h->sack);

    for (unsigned i = 0; i < h->sack_n; i++) {
        uint32_t left = rd_be32(&r), right = rd_be32(&r);
        if (!rd_ok(&r)) {
            return;
        }
        /* The second block is passed over: it may tell of a duplicate (RFC 2883 4), as one below the acknowledged does. */
        if (i == 1 || seq_lt(left, t->ack) || seq_le(right, d->last_ack) || seq_gt(right, d->next_win) ||
            seq_ge(left, right) || seq_gt(left, d->last_ack + d->window)) {
            continue;
        }
        sack_add(t->s, d, left, right);
    }
    if (h->sack_n > 0 && d->sack) {
        sack_prune(d);
    }
}

bool sack_is_old(const struct tcp_dir *d, const struct view *v)
{
    struct rd r = rd_of(v->tcp.sack);

    for (unsigned i = 0; i < v->tcp.sack_n; i++) {
        uint32_t left = rd_be32(&r), right = rd_be32(&r);
        bool known = false;
        for (unsigned k = 0; d->sack && k < d->sack->n && !known; k++) {
            known = seq_ge(left, d->sack->r[k].left) && seq_le(right, d->sack->r[k].right);
        }
        if (!known) {
            return false;
        }
    }
    return rd_ok(&r);
}
