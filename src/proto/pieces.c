/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pieces - files whose data comes by offset: what is due goes to the file, what came early waits in the transaction's memory.
 */
#include "proto/protos.h"

enum { PIECES_BYTES_MAX = 2 * 1024 * 1024 }; /* under the transaction's own cap */

struct piece {
    struct piece *next; /* by offset */
    uint64_t offset;
    struct bytes data;
    bool counts;
};

static void add(struct txn *t, struct file *f, struct pieces *p, struct bytes b)
{
    p->offset += b.n;
    if (f != NULL) {
        txn_file_data(t, f, b);
    }
}

/* What waited and follows now. */
static void release(struct txn *t, struct file *f, struct pieces *p)
{
    while (p->first != NULL && p->first->offset <= p->offset) {
        struct piece *k = p->first;
        uint64_t over = p->offset - k->offset;
        p->first = k->next;
        p->held -= k->counts;
        p->held_bytes -= k->data.n;
        if (over < k->data.n) {
            add(t, f, p, bytes_from(k->data, (size_t)over));
        }
    }
}

void txn_file_hole(struct txn *t, struct file *f, struct pieces *p, uint64_t end)
{
    if (end <= p->offset) {
        return;
    }
    uint64_t n = end - p->offset;
    p->offset = end;
    if (f != NULL) {
        txn_file_gap(t, f, n);
    }
    release(t, f, p);
}

/* Keeps a piece until the ones before it come. */
static enum pieces_full hold(struct txn *t, struct pieces *p, uint64_t offset, struct bytes b)
{
    struct piece **at = &p->first;

    if (!p->goes_on && p->held_max != 0 && p->held >= p->held_max) {
        return PIECES_TOO_MANY;
    }
    if (p->bytes_max != 0 && p->held_bytes + b.n > p->bytes_max) {
        return PIECES_TOO_LARGE;
    }
    struct piece *k = p->held_bytes + b.n <= PIECES_BYTES_MAX ? arena_zero(&t->arena, sizeof *k) : NULL;
    if (k == NULL) {
        return PIECES_NO_ROOM;
    }
    k->data = arena_copy(&t->arena, b);
    k->offset = offset;
    if (p->first != NULL && p->last->offset < offset) { /* as it mostly comes: behind all that wait */
        at = &p->last->next;
    }
    while (*at != NULL && (*at)->offset < offset) {
        at = &(*at)->next;
    }
    k->next = *at;
    *at = k;
    p->last = k->next == NULL ? k : p->last;
    k->counts = !p->goes_on;
    p->held += k->counts;
    p->held_bytes += k->data.n;
    return k->data.n == b.n ? PIECES_TAKEN : PIECES_NO_ROOM;
}

/* Without what was told before. */
static struct bytes news(const struct pieces *p, uint64_t *offset, struct bytes b)
{
    uint64_t over = *offset < p->offset ? p->offset - *offset : 0;

    *offset += over;
    return over < b.n ? bytes_from(b, (size_t)over) : bytes_none();
}

enum pieces_full txn_file_piece(struct txn *t, struct file *f, struct pieces *p, uint64_t offset, struct bytes b)
{
    enum pieces_full full = PIECES_TAKEN;

    b = news(p, &offset, b);
    if (b.n != 0 && offset > p->offset) {
        full = hold(t, p, offset, b);
        if (full == PIECES_TAKEN) {
            return full;
        }
        txn_file_hole(t, f, p, p->first != NULL && p->first->offset < offset ? p->first->offset : offset);
        txn_file_hole(t, f, p, offset);
        b = news(p, &offset, b); /* what waited may have gone beyond */
    }
    if (b.n != 0) {
        add(t, f, p, b);
        release(t, f, p);
    }
    return full;
}

void txn_file_rest(struct txn *t, struct file *f, struct pieces *p)
{
    while (p->first != NULL) {
        txn_file_hole(t, f, p, p->first->offset);
        release(t, f, p);
    }
}
