/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nfs4 - version 4: what compounds mean. */
#include "proto/nfs/nfs.h"

enum { OP_CLOSE = 4, OP_COMMIT = 5, OP_CREATE = 6, OP_GETFH = 10, OP_LOOKUP = 15, OP_OPEN = 18, OP_PUTFH = 22, OP_PUTROOTFH = 24, OP_REMOVE = 28 };

/* RFC 2203 5.3.2.2: length and sequence number in front of what is protected. */
static struct rd unwrap(struct rd r)
{
    uint32_t n = rd_be32(&r);

    return n >= 4 ? (rd_skip(&r, 4), rd_sub(&r, n - 4 < rd_left(&r) ? n - 4 : rd_left(&r))) : rd_sub(&r, SIZE_MAX);
}

/* Gives file data of one operation to its file, and passes over it. */
static void op_data(const struct nfs_record *m, struct rd *r, const struct nfs_op *op, struct nfs_piece *p, uint32_t status)
{
    size_t pad = (4 - (op->data_n & 3)) & 3;

    p->n = op->data_n;
    nfs_file_piece(m, p, status, r);
    if (rd_left(r) >= pad) {
        rd_skip(r, pad);
    }
}

static void write_op(const struct nfs_record *m, const struct nfs_op *op, struct bytes handle, struct rd *r)
{
    struct nfs_piece p = { .handle = handle, .name = nfs_name_of(m->st, handle), .version = 4, .procedure = NFS4_WRITE, .xid = m->call->xid,
                           .offset = op->offset, .last = op->stable == 2 };

    op_data(m, r, op, &p, 0);
}

static bool call_op(const struct nfs_record *m, struct nfs_call *k, const struct nfs_op *op, struct bytes *current)
{
    switch (op->code) {
    case OP_PUTFH: *current = op->handle; break;
    case NFS4_READ:
        k->offset = op->offset;
        nfs_set_handle(&k->handle, *current);
        nfs_set_name(&k->name, nfs_name_of(m->st, *current));
        break;
    case OP_OPEN:
    case OP_LOOKUP: nfs_set_name(&k->name, op->name); break;
    case OP_COMMIT:
    case OP_CLOSE: nfs_file_commit(m, *current, false); break;
    case OP_CREATE:
        nfs_set_handle(&k->handle, *current);
        nfs_set_name(&k->name, op->name);
        return true;
    case OP_REMOVE: nfs_set_name(&k->name, op->name); return true;
    case NFS4_RENAME: nfs_set_name(&k->name, op->name); return true;
    default: break;
    }
    return false;
}

void nfs4_call(const struct nfs_record *m, struct nfs_call *k, struct rd r)
{
    struct bytes current = bytes_none(), to = bytes_none();
    struct nfs_op op;
    uint32_t main = 0;

    if (k->procedure != NFS4_COMPOUND) {
        return;
    }
    k->integrity = m->call->auth == RPC_AUTH_GSS && m->call->gss_procedure == 0 && m->call->gss_service == 2;
    r = k->integrity ? unwrap(r) : r;
    uint32_t n = nfs_compound(&r, false);
    if (!rd_ok(&r)) {
        conn_note(m->c, m->side, NFS_MALFORMED);
        return;
    }
    while (n-- != 0 && nfs_op_next(&r, false, &op)) {
        if (op.code == NFS4_WRITE && op.has_data) {
            write_op(m, &op, current, &r);
        } else if (call_op(m, k, &op, &current)) {
            main = op.code;
            to = op.to;
        }
    }
    struct txn *t = main != 0 ? nfs_txn(m, k, main) : NULL;
    if (t != NULL && main == NFS4_RENAME) {
        struct nfs *d = txn_data(t);
        d->to = arena_copy(txn_arena(t), to);
    }
}

void nfs4_reply(const struct nfs_record *m, struct nfs_call *k, struct rd r)
{
    bool opened = false, answered = false;
    struct nfs_op op;
    uint32_t status = 0;

    if (k->procedure != NFS4_COMPOUND) {
        return;
    }
    r = k->integrity ? unwrap(r) : r;
    uint32_t n = nfs_compound(&r, true);
    if (!rd_ok(&r)) {
        conn_note(m->c, m->side, NFS_MALFORMED);
        return;
    }
    while (n-- != 0 && nfs_op_next(&r, true, &op)) {
        if (op.code == NFS4_READ && op.has_data) {
            struct nfs_piece p = { .handle = nfs_handle_bytes(&k->handle), .name = nfs_name_bytes(&k->name), .version = 4, .procedure = NFS4_READ,
                                   .xid = m->reply->xid, .offset = k->offset, .last = op.eof };
            op_data(m, &r, &op, &p, op.status);
        } else if (op.code == OP_OPEN && op.status == 0) {
            opened = true;
        } else if (op.code == OP_GETFH && op.status == 0 && opened) {
            nfs_name_put(m, op.handle, nfs_name_bytes(&k->name));
        } else if (op.code == OP_PUTROOTFH && op.status == 0 && k->name.n == 0) {
            nfs_set_name(&k->name, bytes_str("<mount_root>"));
        } else if (op.code == OP_REMOVE || op.code == OP_CREATE || op.code == NFS4_RENAME) {
            status = op.status;
            answered = true;
        }
    }
    if (answered) {
        nfs_answered(m, status, bytes_none());
    }
}
