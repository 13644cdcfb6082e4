/* SPDX-License-Identifier: GPL-2.0-or-later */
/* smb_file - files that reads and writes carry: one transaction for a file in a direction, its pieces put in order. */
#include "proto/smb/smb.h"

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
    d->unnamed = h == NULL || h->name.n == 0; /* it was opened before this was seen */
    d->name = d->unnamed ? bytes_str("<unknown>") : arena_copy(txn_arena(t), smb_text(&h->name));
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

/* A read or write begins. */
void smb_file_begin(const struct smb_record *r, struct txn *t, uint64_t offset, uint64_t n)
{
    struct smb *d = txn_data(t);

    (void)r;
    d->pieces.goes_on = false;
    if (n != 0 && offset < d->pieces.offset && !d->unnamed) { /* what was not seen when it was opened may be a pipe */
        txn_note(t, SMB_OVERLAP);
    }
}

void smb_file_chunk(struct conn *c, struct txn *t, uint64_t offset, struct bytes b)
{
    const struct smb_settings *s = conn_settings(c);
    struct smb *d = txn_data(t);
    bool writing = !t->complete[TO_SERVER];

    if (s != NULL) {
        d->pieces.bytes_max = writing ? s->max_write_queue : s->max_read_queue;
        d->pieces.held_max = writing ? s->max_write_queue_n : s->max_read_queue_n;
    }
    switch (txn_file_piece(t, d->file, &d->pieces, offset, b)) {
    case PIECES_TOO_MANY: txn_note(t, writing ? SMB_WRITE_QUEUE_COUNT : SMB_READ_QUEUE_COUNT); break;
    case PIECES_TOO_LARGE: txn_note(t, writing ? SMB_WRITE_QUEUE_BYTES : SMB_READ_QUEUE_BYTES); break;
    case PIECES_NO_ROOM:
    case PIECES_TAKEN: break;
    }
    d->pieces.goes_on = true;
}

void smb_file_gap(struct conn *c, struct txn *t, uint64_t offset, uint64_t n)
{
    struct smb *d = txn_data(t);

    (void)c;
    txn_file_hole(t, d->file, &d->pieces, offset + n);
}

void smb_file_close(const struct smb_record *r, const struct smb_id *id)
{
    struct smb_handle *h = smb_handle_find(r->s, id);

    if (h != NULL) {
        h->open = false;
    }
    for (unsigned side = 0; h != NULL && side < 2; side++) {
        struct txn *t = h->file[side] != 0 ? txn_by_id(r->c, h->file[side] - 1) : NULL;
        h->file[side] = 0;
        if (t == NULL || t->complete[side]) {
            continue;
        }
        struct smb *d = txn_data(t);
        txn_file_rest(t, d->file, &d->pieces);
        if (d->file != NULL) {
            txn_file_close(t, d->file, false);
        }
        txn_done(t, side);
    }
}
