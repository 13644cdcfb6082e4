/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * smb_pipe - DCE/RPC in named pipes: calls and binds as transactions of SMB.
 *
 * A pipe is a stream to its ends: a unit may go on in the next write, or read, of that pipe.
 */
#include "proto/smb/smb.h"

enum { UNITS_MAX = 256 };

static struct smb_call *call_data(struct txn *t) { return smb_of(t)->call; }

/* The newest call of that number in that pipe whose `side` is still open. */
static struct txn *call_find(struct conn *c, const struct smb_id *id, uint32_t call, enum side side)
{
    for (struct txn *t = txn_last_open(c); t != NULL; t = txn_older_open(t)) {
        struct smb_call *k = call_data(t);
        if (k != NULL && k->call == call && smb_id_is(&k->id, id) && !k->half[side].whole && !t->complete[side]) {
            return t;
        }
    }
    return NULL;
}

static struct txn *call_new(const struct smb_record *r, const struct smb_id *id, uint32_t call)
{
    const struct smb_settings *s = conn_settings(r->c);
    struct txn *t = smb_txn(r, SMB_CALL);
    struct smb_call *k = t != NULL ? arena_zero(txn_arena(t), sizeof *k) : NULL;

    if (k == NULL) {
        return NULL;
    }
    smb_of(t)->call = k;
    k->call = call;
    k->id = *id;
    for (unsigned i = 0; i < 2; i++) {
        arena_text_init(&k->half[i].stub, txn_arena(t), s != NULL ? (size_t)s->stub_max : 1048576);
    }
    return t;
}

static void half_whole(struct txn *t, enum side side)
{
    call_data(t)->half[side].whole = true;
    txn_done(t, side);
    if (side == TO_CLIENT) {
        txn_done(t, TO_SERVER);
    }
}

static void half_add(struct txn *t, enum side side, const struct dcepdu *p, struct bytes stub, bool last)
{
    struct smb_call *k = call_data(t);

    k->half[side].seen = true;
    k->half[side].type = p->type;
    k->half[side].little = p->little;
    k->half[side].fragments++;
    arena_text_add(&k->half[side].stub, stub);
    if (last) {
        half_whole(t, side);
    }
}

static void on_bind(struct smb_handle *h, struct txn *t, const struct smb_record *r, const struct dcepdu *p)
{
    struct smb_call *k = call_data(t);
    unsigned before = h->binds.n;

    if (!dcebind_offer(&h->binds, p, conn_arena(r->c))) {
        txn_note(t, SMB_MALFORMED);
    }
    unsigned n = h->binds.n - before < DCEBIND_MAX ? h->binds.n - before : DCEBIND_MAX;
    k->offered = arena_zero(txn_arena(t), n * sizeof *k->offered);
    k->offered_n = k->offered != NULL ? n : 0;
    for (unsigned i = 0; i < k->offered_n; i++) {
        k->offered[i] = *dcebind_row(&h->binds, n - 1 - i);
    }
    half_add(t, TO_SERVER, p, bytes_none(), true);
}

static void on_bindack(struct smb_handle *h, struct txn *t, const struct dcepdu *p)
{
    struct smb_call *k = call_data(t);

    if (!dcebind_answer(&h->binds, p)) {
        txn_note(t, SMB_MALFORMED);
    }
    for (unsigned i = 0; i < k->offered_n; i++) {
        const struct dceiface *f = dcebind_row(&h->binds, k->offered_n - 1 - i);
        if (f != NULL && f->call == p->call) {
            k->offered[i] = *f;
        }
    }
    half_add(t, TO_CLIENT, p, bytes_none(), true);
}

/* Only its first bytes are there. */
static bool cut(const struct dcepdu *p) { return p->body.n + DCE_HEADER < p->length; }

static void on_request(struct smb_handle *h, struct txn *t, const struct dcepdu *p, const struct dce_request *q)
{
    struct smb_call *k = call_data(t);

    if (!k->half[TO_SERVER].seen) {
        const struct dceiface *f = dcebind_accepted(&h->binds, q->context);
        k->opnum = q->opnum;
        k->bound = f != NULL;
        if (f != NULL) {
            dcebind_key(f, k->key);
        }
    }
    half_add(t, TO_SERVER, p, q->stub, (p->flags & DCE_LAST_FRAG) != 0 && !cut(p));
}

static struct txn *asked(const struct smb_record *r, struct smb_handle *h, const struct dcepdu *p)
{
    struct txn *t = NULL;
    struct dce_request q;

    if (p->type == DCE_BIND || p->type == DCE_ALTER_CONTEXT) {
        t = call_new(r, &h->id, p->call);
        if (t != NULL) {
            on_bind(h, t, r, p);
        }
    } else if (p->type == DCE_REQUEST && dcepdu_request(p, &q)) {
        t = (p->flags & DCE_FIRST_FRAG) == 0 ? call_find(r->c, &h->id, p->call, TO_SERVER) : NULL;
        t = t != NULL ? t : call_new(r, &h->id, p->call);
        if (t != NULL) {
            on_request(h, t, p, &q);
        }
    } else if (p->type == DCE_AUTH3) { /* MS-RPCE 3.3.1.5.2.2: the third leg of authentication is not answered */
        t = call_new(r, &h->id, p->call);
        if (t != NULL) {
            half_add(t, TO_SERVER, p, bytes_none(), true);
            txn_done(t, TO_CLIENT);
        }
    }
    return t;
}

static struct txn *answered(const struct smb_record *r, struct smb_handle *h, const struct dcepdu *p)
{
    struct txn *t = call_find(r->c, &h->id, p->call, TO_CLIENT);

    if (t == NULL) {
        return NULL;
    }
    struct smb *d = txn_data(t);
    d->has_status = true;
    d->status = r->status;
    if (p->type == DCE_BINDACK || p->type == DCE_ALTER_CONTEXT_RESP) {
        on_bindack(h, t, p);
    } else {
        bool last = p->type != DCE_RESPONSE || ((p->flags & DCE_LAST_FRAG) != 0 && !cut(p));
        half_add(t, TO_CLIENT, p, p->type == DCE_RESPONSE ? bytes_from(p->body, 8) : bytes_none(), last); /* behind the hint, the context and what was cancelled (C706 12.6.4.10) */
    }
    return t;
}

/* What stands in a pipe and is no unit at all: Suricata's records tell of it. */
static struct txn *nonsense(const struct smb_record *r, struct smb_handle *h, const struct dcepdu *p)
{
    struct txn *t = call_new(r, &h->id, p->call);

    if (t != NULL) {
        half_add(t, TO_SERVER, p, bytes_none(), true);
        if (p->type >= DCE_TYPE_N) {
            txn_note(t, SMB_MALFORMED);
        }
    }
    return t;
}

/* ------- units over several records ------- */

static void rest_begin(struct smb_handle *h, enum side side, const struct txn *t, const struct dcepdu *p)
{
    h->rest[side].txn = 1 + t->id;
    h->rest[side].left = p->length - DCE_HEADER - (uint32_t)p->body.n;
    h->rest[side].last = (p->flags & DCE_LAST_FRAG) != 0;
}

/* Bytes that go on with the unit before; how many of `data` they are, *t: whose. */
static size_t rest_add(const struct smb_record *r, struct smb_handle *h, struct bytes data, struct txn **t)
{
    struct dcepdu p;
    enum side side = r->side;
    size_t n = h->rest[side].left < data.n ? h->rest[side].left : data.n;
    struct txn *owner = n != 0 ? txn_by_id(r->c, h->rest[side].txn - 1) : NULL;

    if (owner == NULL || call_data(owner) == NULL || owner->complete[side] ||
        (dcepdu_header(rd_of(data), &p) && (p.flags & DCE_FIRST_FRAG) != 0 && p.length == data.n && n != data.n)) { /* a new one: that never ended */
        h->rest[side].left = 0;
        return 0;
    }
    arena_text_add(&call_data(owner)->half[side].stub, bytes_head(data, n));
    txn_touch(owner, side);
    h->rest[side].left -= (uint32_t)n;
    if (h->rest[side].left == 0 && h->rest[side].last) {
        half_whole(owner, side);
    }
    *t = owner;
    return n;
}

/* ------- units whose beginning is cut ------- */

/* So much of a unit must be there: of calls the number of the operation, as their data may go on later; of others all of it. */
static size_t needed(const struct dcepdu *p)
{
    size_t n = p->type == DCE_REQUEST || p->type == DCE_RESPONSE ? DCE_HEADER + 8 : p->length;

    n = n < p->length ? n : p->length;
    return n <= SMB_PIECE_MAX ? n : DCE_HEADER;
}

/* Is there enough of the unit?  Of what is none, the head is. */
static bool enough(struct bytes b)
{
    struct dcepdu p;

    return b.n >= DCE_HEADER && (!dcepdu_header(rd_of(b), &p) || b.n >= needed(&p));
}

/* Goes on with a unit that is kept; empty: there is not enough of it yet. */
static struct bytes piece_add(struct smb_piece *k, struct rd *in)
{
    while (rd_left(in) != 0 && !enough(bytes_of(k->b, k->n)) && k->n < SMB_PIECE_MAX) {
        k->b[k->n++] = rd_u8(in);
    }
    struct bytes b = bytes_of(k->b, k->n);
    if (!enough(b)) {
        return bytes_none();
    }
    k->n = 0;
    return b;
}

static void piece_begin(const struct smb_record *r, struct smb_handle *h, struct rd *in)
{
    struct smb_piece **k = &h->piece[r->side];
    struct bytes b = rd_rest(in);

    if (*k == NULL) {
        *k = arena_zero(conn_arena(r->c), sizeof **k);
    }
    for (size_t i = 0; *k != NULL && i < b.n && (*k)->n < SMB_PIECE_MAX; i++) {
        (*k)->b[(*k)->n++] = b.p[i];
    }
}

/* The next unit, or what of it is there; empty: none yet. */
static struct bytes unit_next(const struct smb_record *r, struct smb_handle *h, struct rd *in)
{
    struct smb_piece *k = h->piece[r->side];
    struct bytes b = rd_peek(in);
    struct dcepdu p;

    if (k != NULL && k->n != 0) {
        if (dcepdu_header(rd_of(b), &p) && (p.flags & DCE_FIRST_FRAG) != 0 && p.length == b.n) { /* a new one: that never went on */
            k->n = 0;
        } else {
            return piece_add(k, in);
        }
    }
    if (!enough(b)) {
        if (h->calls && b.p[0] == 5) {
            piece_begin(r, h, in);
        }
        return bytes_none();
    }
    return rd_bytes(in, dcepdu_header(rd_of(b), &p) && p.length < b.n ? p.length : b.n);
}

struct txn *smb_pipe(const struct smb_record *r, const struct smb_id *id, struct bytes data)
{
    struct rd in = rd_of(data);
    struct smb_handle *h = smb_handle_find(r->s, id);
    struct txn *last = NULL;

    if (smb_on_disk(r->s, r->version == 2 ? r->session : 0, r->tree, h)) { /* whatever is said to be done with it, it is a file */
        return NULL;
    }
    h = h != NULL ? h : smb_handle_put(r, id, bytes_none());
    if (h != NULL && h->rest[r->side].left != 0) {
        rd_skip(&in, rest_add(r, h, data, &last));
    }
    for (unsigned i = 0; h != NULL && i < UNITS_MAX && rd_left(&in) != 0; i++) {
        struct dcepdu p;
        struct bytes unit = unit_next(r, h, &in);
        if (unit.n == 0) {
            break;
        }
        if (!dcepdu_header(rd_of(unit), &p)) {
            bool told = r->side == TO_SERVER && (r->version == 1 || h->calls);
            return last == NULL && told ? nonsense(r, h, &p) : last;
        }
        h->calls = true; /* from now on, whatever the next bytes look like */
        p.body = bytes_from(unit, DCE_HEADER);
        struct txn *t = r->side == TO_SERVER ? asked(r, h, &p) : answered(r, h, &p);
        if (t != NULL && cut(&p) && (p.type == DCE_REQUEST || p.type == DCE_RESPONSE)) {
            rest_begin(h, r->side, t, &p);
            if (rd_left(&in) != 0) { /* its beginning was kept, and this is the rest */
                rd_skip(&in, rest_add(r, h, rd_peek(&in), &last));
            }
        }
        last = t != NULL ? t : last;
    }
    return last;
}
