/* SPDX-License-Identifier: GPL-2.0-or-later */
/* smb_file - files that reads and writes carry: one transaction for a file in a direction, its pieces put in order. */
#include "proto/smb/smb.h"

enum { HELD_BYTES_MAX = 2 * 1024 * 1024 }; /* under the transaction's own cap */

struct txn *smb_file_txn(const struct smb_record *r, const struct smb_id *id)
{
    struct smb_handle *h = smb_handle_find(r->s, id);

    if (h == NULL) {
        h = smb_handle_put(r, id, bytes_none());
    }
    struct txn *t = h != NULL && h->file[r->side] != 0 ? txn_by_id(r->c, h->file[r->side] - 1) : NULL;
    if (t != NULL && !t->complete[r->side]) {
        return t;
    }
    t = smb_txn(r, SMB_FILE);
    if (t == NULL) {
        return NULL;
    }
    struct smb *d = txn_data(t);
    const struct smb_tree *tree = smb_tree_find(r->s, r->version == 2 ? r->session : 0, r->tree);
    d->id = *id;
    d->name = h != NULL ? arena_copy(txn_arena(t), smb_text(&h->name)) : bytes_none();
    d->share = tree != NULL ? arena_copy(txn_arena(t), smb_text(&tree->name)) : bytes_none();
    d->has_status = true;
    d->status = r->status;
    d->file = txn_file_open(t, r->side, d->name);
    txn_done(t, side_other(r->side));
    if (h != NULL) {
        h->file[r->side] = 1 + t->id;
    }
    return t;
}

static void file_add(struct txn *t, struct bytes b)
{
    struct smb *d = txn_data(t);

    d->offset += b.n;
    if (d->file != NULL) {
        txn_file_data(t, d->file, b);
    }
}

/* What waited and follows now. */
static void held_out(struct txn *t)
{
    struct smb *d = txn_data(t);

    while (d->chunk != NULL && d->chunk->offset <= d->offset) {
        struct smb_chunk *k = d->chunk;
        uint64_t over = d->offset - k->offset;
        d->chunk = k->next;
        d->held--;
        d->held_bytes -= k->data.n;
        if (over < k->data.n) {
            file_add(t, bytes_from(k->data, (size_t)over));
        }
    }
}

static void file_hole(struct txn *t, uint64_t n)
{
    struct smb *d = txn_data(t);

    d->offset += n;
    if (d->file != NULL) {
        txn_file_gap(t, d->file, n);
    }
    held_out(t);
}

/* Keeps a piece until the ones before it come.  False: there is no room for it. */
static bool hold(struct conn *c, struct txn *t, uint64_t offset, struct bytes b)
{
    const struct smb_settings *s = conn_settings(c);
    struct smb *d = txn_data(t);
    bool writing = !t->complete[TO_SERVER];
    uint64_t bytes_max = s != NULL ? (writing ? s->max_write_queue : s->max_read_queue) : 0;
    uint32_t count_max = s != NULL ? (writing ? s->max_write_queue_n : s->max_read_queue_n) : 0;

    if (count_max != 0 && d->held >= count_max) {
        txn_note(t, writing ? SMB_WRITE_QUEUE_COUNT : SMB_READ_QUEUE_COUNT);
        return false;
    }
    if (bytes_max != 0 && d->held_bytes + b.n > bytes_max) {
        txn_note(t, writing ? SMB_WRITE_QUEUE_BYTES : SMB_READ_QUEUE_BYTES);
        return false;
    }
    struct smb_chunk *k = d->held_bytes + b.n <= HELD_BYTES_MAX ? arena_zero(txn_arena(t), sizeof *k) : NULL, **at = &d->chunk;
    if (k == NULL) {
        return false;
    }
    k->data = arena_copy(txn_arena(t), b);
    k->offset = offset;
    while (*at != NULL && (*at)->offset < offset) {
        at = &(*at)->next;
    }
    k->next = *at;
    *at = k;
    d->held++;
    d->held_bytes += k->data.n;
    return k->data.n == b.n;
}

/* A read or write begins. */
void smb_file_begin(const struct smb_record *r, struct txn *t, uint64_t offset, uint64_t n)
{
    struct smb *d = txn_data(t);

    (void)r;
    if (n != 0 && offset < d->offset) {
        txn_note(t, SMB_OVERLAP);
    }
}

void smb_file_chunk(struct conn *c, struct txn *t, uint64_t offset, struct bytes b)
{
    struct smb *d = txn_data(t);

    if (offset < d->offset) { /* what was told is told once */
        uint64_t over = d->offset - offset;
        if (over >= b.n) {
            return;
        }
        b = bytes_from(b, (size_t)over);
        offset = d->offset;
    }
    if (offset > d->offset) {
        if (hold(c, t, offset, b)) {
            return;
        }
        file_hole(t, (d->chunk != NULL && d->chunk->offset < offset ? d->chunk->offset : offset) - d->offset);
        if (offset > d->offset) {
            file_hole(t, offset - d->offset);
        }
    }
    file_add(t, b);
    held_out(t);
}

void smb_file_gap(struct conn *c, struct txn *t, uint64_t offset, uint64_t n)
{
    struct smb *d = txn_data(t);

    (void)c;
    if (offset + n > d->offset) {
        file_hole(t, offset + n - d->offset);
    }
}

void smb_file_close(const struct smb_record *r, const struct smb_id *id)
{
    struct smb_handle *h = smb_handle_find(r->s, id);

    for (unsigned side = 0; h != NULL && side < 2; side++) {
        struct txn *t = h->file[side] != 0 ? txn_by_id(r->c, h->file[side] - 1) : NULL;
        h->file[side] = 0;
        if (t == NULL || t->complete[side]) {
            continue;
        }
        struct smb *d = txn_data(t);
        while (d->chunk != NULL) {
            file_hole(t, d->chunk->offset - d->offset);
        }
        if (d->file != NULL) {
            txn_file_close(t, d->file, false);
        }
        txn_done(t, side);
    }
}
