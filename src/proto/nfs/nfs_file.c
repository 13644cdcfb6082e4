/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nfs_file - what is kept of a flow (calls, names), transactions, and files that reads and writes carry. */
#include "proto/nfs/nfs.h"

static const struct nfs_settings presets = { .txn_max = 1024, .call_max = 512, .name_max = 512 };

static const struct nfs_settings *settings_of(const struct conn *c)
{
    const struct nfs_settings *s = conn_settings(c);

    return s != NULL ? s : &presets;
}

/* ------- calls that wait ------- */

void nfs_set_handle(struct nfs_handle *to, struct bytes b)
{
    to->n = 0;
    for (; to->n < b.n && b.n <= NFS_HANDLE_MAX; to->n++) {
        to->bytes[to->n] = b.p[to->n];
    }
}

void nfs_set_name(struct nfs_name *to, struct bytes b)
{
    to->n = 0;
    for (; to->n < b.n && b.n <= NFS_NAME_MAX; to->n++) {
        to->bytes[to->n] = b.p[to->n];
    }
}

static struct nfs_call **call_at(struct nfs_state *st, uint32_t xid)
{
    struct nfs_call **at = &st->calls;

    while (*at != NULL && (*at)->xid != xid) {
        at = &(*at)->next;
    }
    return at;
}

struct nfs_call *nfs_call_find(struct nfs_state *st, uint32_t xid) { return *call_at(st, xid); }

void nfs_call_drop(struct nfs_state *st, const struct nfs_call *k)
{
    struct nfs_call **at = call_at(st, k->xid);

    if (*at != NULL) {
        struct nfs_call *gone = *at;
        *at = gone->next;
        gone->next = st->calls_free;
        st->calls_free = gone;
        st->call_n--;
    }
}

/* Newest first; the oldest goes when there are too many. */
struct nfs_call *nfs_call_new(const struct nfs_record *m)
{
    struct nfs_state *st = m->st;
    struct nfs_call *k = nfs_call_find(st, m->call->xid);

    if (k != NULL) {
        nfs_call_drop(st, k);
    } else if (st->call_n >= settings_of(m->c)->call_max) {
        for (k = st->calls; k->next != NULL; k = k->next) {
        }
        nfs_call_drop(st, k);
        conn_forgot(m->c, TO_SERVER, NFS_CALLS_FORGOTTEN);
    }
    if ((k = st->calls_free) != NULL) {
        st->calls_free = k->next;
    } else if ((k = arena_take(conn_arena(m->c), sizeof *k)) == NULL) {
        return NULL;
    }
    k->xid = m->call->xid;
    k->version = m->call->version;
    k->procedure = m->call->procedure;
    k->offset = 0;
    k->integrity = false;
    k->handle.n = k->name.n = 0;
    k->next = st->calls;
    st->calls = k;
    st->call_n++;
    return k;
}

/* ------- names ------- */

struct bytes nfs_name_of(const struct nfs_state *st, struct bytes handle)
{
    for (const struct nfs_named *n = st->names; n != NULL && handle.n != 0; n = n->next) {
        if (bytes_equal(nfs_handle_bytes(&n->handle), handle)) {
            return nfs_name_bytes(&n->name);
        }
    }
    return bytes_none();
}

void nfs_name_put(const struct nfs_record *m, struct bytes handle, struct bytes name)
{
    struct nfs_state *st = m->st;
    struct nfs_named **at = &st->names, *n;

    if (handle.n == 0 || handle.n > NFS_HANDLE_MAX || name.n > NFS_NAME_MAX) {
        return;
    }
    while (*at != NULL && !bytes_equal(nfs_handle_bytes(&(*at)->handle), handle) && ((*at)->next != NULL || st->name_n < settings_of(m->c)->name_max)) {
        at = &(*at)->next;
    }
    if ((n = *at) != NULL) { /* the same, or the oldest of too many */
        *at = n->next;
    } else if ((n = arena_take(conn_arena(m->c), sizeof *n)) != NULL) {
        st->name_n++;
    } else {
        return;
    }
    nfs_set_handle(&n->handle, handle);
    nfs_set_name(&n->name, name);
    n->next = st->names;
    st->names = n;
}

/* ------- transactions ------- */

static struct txn *txn_of(const struct nfs_record *m, uint32_t version, uint32_t procedure, uint32_t xid)
{
    struct txn *t = txn_new(m->c);

    if (t != NULL) {
        struct nfs *d = txn_data(t);
        d->version = version;
        d->procedure = procedure;
        d->xid = xid;
    }
    return t;
}

static void who_calls(struct txn *t, const struct rpc_call *call)
{
    struct nfs *d = txn_data(t);

    d->auth = call->auth;
    d->machine = arena_copy(txn_arena(t), call->machine);
    if (call->auth == RPC_AUTH_UNIX) { /* as Suricata 8 has them: read behind the machine's name without what fills it up */
        struct rd r = rd_of(call->creds);
        rd_skip(&r, 4 + 4 + call->machine.n);
        d->uid = rd_be32(&r);
        d->gid = rd_be32(&r);
    }
}

struct txn *nfs_txn(const struct nfs_record *m, const struct nfs_call *k, uint32_t procedure)
{
    struct txn *t = txn_of(m, m->call->version, procedure, m->call->xid);

    if (t != NULL) {
        struct nfs *d = txn_data(t);
        d->name = arena_copy(txn_arena(t), nfs_name_bytes(&k->name));
        d->handle = arena_copy(txn_arena(t), nfs_handle_bytes(&k->handle));
        who_calls(t, m->call);
        txn_done(t, TO_SERVER);
    }
    return t;
}

void nfs_answered(const struct nfs_record *m, uint32_t status, struct bytes handle)
{
    for (struct txn *t = txn_last(m->c); t != NULL; t = t->prev) {
        struct nfs *d = txn_data(t);
        if (d->file_txn || d->xid != m->reply->xid || t->complete[TO_CLIENT]) {
            continue;
        }
        d->rpc_status = m->reply->status;
        d->status = status;
        if (d->handle.n == 0 && handle.n != 0) {
            d->handle = arena_copy(txn_arena(t), handle);
        }
        txn_touch(t, TO_SERVER);
        txn_done(t, TO_CLIENT);
        return;
    }
}

/* ------- files ------- */

struct txn *nfs_file_find(const struct nfs_record *m, enum side side, struct bytes handle)
{
    for (struct txn *t = txn_last(m->c); t != NULL; t = t->prev) {
        const struct nfs *d = txn_data_const(t);
        if (d->file_txn && d->side == side && !t->complete[side] && bytes_equal(d->handle, handle)) {
            return t;
        }
    }
    return NULL;
}

struct txn *nfs_file_new(const struct nfs_record *m, enum side side, const struct nfs_piece *p)
{
    struct txn *t = txn_of(m, p->version, p->procedure, p->xid);

    if (t == NULL) {
        return NULL;
    }
    struct nfs *d = txn_data(t);
    d->file_txn = d->first = true;
    d->side = (uint8_t)side;
    d->name = arena_copy(txn_arena(t), p->name);
    d->handle = arena_copy(txn_arena(t), p->handle);
    if (m->call != NULL && side == TO_CLIENT) {
        who_calls(t, m->call);
    }
    return t;
}

/* The file is there.  What was written waits for the session's end to be told, as in Suricata 8. */
static void file_end(struct txn *t)
{
    struct nfs *d = txn_data(t);

    if (d->file != NULL) {
        txn_file_rest(t, d->file, &d->pieces);
        txn_file_close(t, d->file, false);
        d->file = NULL;
    }
    txn_done(t, TO_SERVER);
    if (d->side == TO_CLIENT) {
        txn_done(t, TO_CLIENT);
    }
}

void nfs_file_piece(const struct nfs_record *m, const struct nfs_piece *p, uint32_t status, struct rd *r)
{
    struct nfs_flow_data *rest = &m->st->data[m->side];
    struct bytes b = bytes_head(rd_peek(r), p->n);

    rd_skip(r, b.n);
    *rest = (struct nfs_flow_data){ .left = p->n - b.n };
    if (p->n == 0 || p->n > NFS_DATA_MAX) {
        return;
    }
    struct txn *found = nfs_file_find(m, m->side, p->handle), *t = found != NULL ? found : nfs_file_new(m, m->side, p);
    if (t == NULL) {
        return;
    }
    struct nfs *d = txn_data(t);
    d->chunks += found != NULL; /* those after the one the transaction began with */
    if (d->file == NULL) {
        d->file = txn_file_open(t, m->side, d->name);
    }
    if (d->file != NULL) {
        txn_file_piece(t, d->file, &d->pieces, p->offset, b);
    }
    txn_touch(t, TO_SERVER);
    txn_touch(t, TO_CLIENT);
    if (p->last) {
        d->last_xid = p->xid;
        d->last = true;
        if (m->reply != NULL) {
            d->rpc_status = m->reply->status;
            d->status = status;
        }
    }
    if (b.n < p->n) {
        rest->txn = t->id + 1;
        rest->offset = p->offset + b.n;
    } else if (p->last) {
        file_end(t);
    }
}

void nfs_file_commit(const struct nfs_record *m, struct bytes handle, bool counts)
{
    struct txn *t = nfs_file_find(m, TO_SERVER, handle);
    struct nfs *d = t != NULL ? txn_data(t) : NULL;

    if (d != NULL) {
        d->chunks += counts;
        d->committed = counts;
        d->last_xid = m->call->xid;
        d->last = true;
        file_end(t);
    }
}

void nfs_body(struct conn *c, enum side side, struct bytes chunk, bool last)
{
    struct nfs_state *st = conn_state(c);
    struct nfs_flow_data *rest = &st->data[side];
    struct bytes b = bytes_head(chunk, rest->left < chunk.n ? (size_t)rest->left : chunk.n);
    struct txn *t = rest->txn != 0 ? txn_by_id(c, rest->txn - 1) : NULL;
    struct nfs *d = t != NULL ? txn_data(t) : NULL;

    if (b.n != 0 && d != NULL && d->file != NULL) {
        txn_file_piece(t, d->file, &d->pieces, rest->offset, b);
        txn_touch(t, side);
    }
    rest->offset += b.n;
    rest->left -= b.n;
    if (rest->left == 0 && rest->txn != 0) {
        rest->txn = 0;
        if (d != NULL && d->last && !t->complete[side]) {
            file_end(t);
        }
    }
    if (last) {
        *rest = (struct nfs_flow_data){ .txn = 0 };
    }
}
