/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nfs - the row: recognition, records over TCP and UDP, rule keywords' numbers, notes, settings. */
#include "proto/nfs/nfs.h"

enum { UNIT_MESSAGE, UNIT_FRAGMENTS };
enum { DONE = 1, MARK = RPC_MARK, RECORD_MIN = 24, RECORD_MAX = 1 << 20, GATHERED_MAX = 1 << 16, FRAGMENTS_MAX = 64, LARGE = 512, HEAD_MAX = 2048, PROBE_REPLY_MAX = 35000, COMMIT3 = 21, CREDS_AT = 24, CREDS_HEAD = 8, REPLY_HEAD = 8,
       COMPOUND_HEAD = 8, VERSION_FIRST = 2, VERSION_LAST = 4 };

/* ------- recognition ------- */

static bool call_known(const struct rpc_call *k, bool datagram)
{
    return k->program == NFS_PROGRAM && k->rpc_version == 2 && k->procedure <= COMMIT3 && k->auth <= RPC_AUTH_GSS && k->version >= (datagram ? 2 : 3) &&
           k->version <= (datagram ? 3 : 4);
}

/* RFC 5531 11: a mark in front of what comes over TCP; messages are longer than their heads. */
static enum probe nfs_probe(struct rd data, enum side side, bool whole)
{
    struct rd r = data;
    uint32_t mark = rd_be32(&r) & ~RPC_MARK_LAST, xid = rd_be32(&r), type = rd_be32(&r);
    struct rpc_call call;
    struct rpc_reply reply;

    if (!rd_ok(&r)) {
        return whole ? PROBE_NO : PROBE_MORE;
    }
    if (mark < RECORD_MIN || type > RPC_REPLY || xid == 0) {
        return PROBE_NO;
    }
    r = data;
    rd_skip(&r, MARK);
    if (type == RPC_CALL) {
        bool read = rpc_read_call(&r, &call);
        if (!rd_ok(&r)) {
            return whole ? PROBE_NO : PROBE_MORE;
        }
        return !read || !call_known(&call, false) ? PROBE_NO : side == TO_SERVER ? PROBE_YES : PROBE_REVERSED;
    }
    if (!rpc_read_reply(&r, &reply)) {
        return !whole && !rd_ok(&r) ? PROBE_MORE : PROBE_NO;
    }
    if (mark > PROBE_REPLY_MAX || reply.status != RPC_ACCEPTED || reply.accept != 0) {
        return PROBE_NO;
    }
    return side == TO_CLIENT ? PROBE_YES : PROBE_REVERSED;
}

static enum probe nfs_probe_datagram(struct rd data, enum side side)
{
    struct rd r = data;
    struct rpc_call call;
    struct rpc_reply reply;

    if (rpc_read_call(&r, &call)) {
        return call_known(&call, true) && rd_left(&data) >= 48 ? (side == TO_SERVER ? PROBE_YES : PROBE_REVERSED) : PROBE_NO;
    }
    r = data;
    bool good = rd_left(&data) >= 32 && rpc_read_reply(&r, &reply) && reply.status == RPC_ACCEPTED && reply.accept == 0;
    return good ? (side == TO_CLIENT ? PROBE_YES : PROBE_REVERSED) : PROBE_NO;
}

/* A datagram is whole and has no mark: what begins with a transaction number and a type can't be a record's mark and number. */
static enum probe nfs_probe_any(struct rd data, enum side side, bool whole)
{
    enum probe p = nfs_probe(data, side, whole);

    return p == PROBE_NO && whole ? nfs_probe_datagram(data, side) : p;
}

/* ------- records ------- */

/* A record in several fragments (RFC 5531 11) is one unit, all marks in it; FRAME_BAD: of too many, or too long for that. */
static struct frame fragments(struct bytes b)
{
    uint64_t at = 0;
    bool last = false;

    for (unsigned i = 0; !last; i++) {
        struct rd r = rd_of(bytes_from(b, at < b.n ? (size_t)at : b.n));
        uint32_t mark = rd_be32(&r);
        if (i == FRAGMENTS_MAX || at > GATHERED_MAX) {
            return (struct frame){ FRAME_BAD, 0, 0 };
        }
        if (!rd_ok(&r)) {
            return (struct frame){ FRAME_MORE, 0, at + MARK };
        }
        last = (mark & RPC_MARK_LAST) != 0;
        at += MARK + (uint64_t)(mark & ~RPC_MARK_LAST);
    }
    return b.n < at ? (struct frame){ FRAME_MORE, 0, at } : (struct frame){ FRAME_UNIT, UNIT_FRAGMENTS, at };
}

static struct frame nfs_frame(struct conn *c, enum side side, struct rd data)
{
    struct nfs_state *st = conn_state(c);
    struct nfs_flow_data *rest = &st->data[side];
    size_t have = rd_left(&data);

    if (conn_datagram(c)) {
        return (struct frame){ FRAME_UNIT, UNIT_MESSAGE, have };
    }
    if (rest->left + rest->after != 0) {
        return (struct frame){ FRAME_BODY, 0, rest->left + rest->after };
    }
    struct rd r = data;
    uint32_t mark = rd_be32(&r), n = mark & ~RPC_MARK_LAST;
    if (!rd_ok(&r)) {
        return (struct frame){ FRAME_MORE, 0, MARK };
    }
    uint64_t record = MARK + (uint64_t)n;
    if (st->more[side]) { /* goes on with a record whose first part was read */
        st->more[side] = (mark & RPC_MARK_LAST) == 0;
        rest->after = record;
        return (struct frame){ FRAME_BODY, 0, record };
    }
    if ((mark & RPC_MARK_LAST) == 0) {
        struct frame f = fragments(rd_peek(&data));
        if (f.kind != FRAME_BAD && f.n <= GATHERED_MAX) {
            return f;
        }
        conn_note(c, side, NFS_MALFORMED); /* only its first fragment is read */
    }
    if (n < RECORD_MIN) {
        conn_note(c, side, NFS_MALFORMED);
        return (struct frame){ FRAME_BAD, 0, 0 };
    }
    st->cut[side] = 0;
    if (have < record) {
        size_t at = n >= LARGE ? nfs_data_at(st, side, rd_of(bytes_head(rd_peek(&r), HEAD_MAX))) : 0;
        if (at == 0 && n > RECORD_MAX) {
            rest->after = have > HEAD_MAX + MARK ? record : 0;
            return rest->after != 0 ? (struct frame){ FRAME_BODY, 0, record } : (struct frame){ FRAME_MORE, 0, HEAD_MAX + MARK + 1 };
        }
        if (at == 0) {
            return (struct frame){ FRAME_MORE, 0, have < LARGE && n > LARGE ? LARGE : record };
        }
        st->cut[side] = record - MARK - at;
        record = MARK + at;
    }
    st->more[side] = (mark & RPC_MARK_LAST) == 0;
    return (struct frame){ FRAME_UNIT, UNIT_MESSAGE, record };
}

/* Where file data is cut off, the rest of the record follows it. */
static void rest_of_record(struct nfs_state *st, enum side side)
{
    struct nfs_flow_data *rest = &st->data[side];

    if (st->cut[side] == 0) {
        *rest = (struct nfs_flow_data){ .txn = 0 };
        return;
    }
    rest->left = rest->left < st->cut[side] ? rest->left : st->cut[side];
    rest->after = st->cut[side] - rest->left;
    st->cut[side] = 0;
}

static void call_spans(const struct nfs_record *m, size_t head, size_t mark)
{
    bool four = m->call->version == 4;
    size_t n = m->n - head;

    conn_span(m->c, m->side, NFS_SPAN_RPC_CREDS, mark + CREDS_AT, m->call->creds.n + CREDS_HEAD, NULL);
    conn_span(m->c, m->side, four ? NFS_SPAN_PDU4 : NFS_SPAN_PDU, head, n, NULL);
    if (four && n > COMPOUND_HEAD) {
        conn_span(m->c, m->side, NFS_SPAN_HEAD4, head, COMPOUND_HEAD, NULL);
        conn_span(m->c, m->side, NFS_SPAN_OPS4, head + COMPOUND_HEAD, n - COMPOUND_HEAD, NULL);
    }
}

static void reply_spans(const struct nfs_record *m, size_t head, size_t mark)
{
    const struct nfs_call *k = nfs_call_find(m->st, m->reply->xid);
    bool four = k != NULL && k->version == 4;
    size_t n = m->n - head, rpc = mark + REPLY_HEAD;

    if (m->n > rpc) {
        conn_span(m->c, m->side, NFS_SPAN_RPC_HEAD, 0, rpc, NULL);
        conn_span(m->c, m->side, NFS_SPAN_RPC_DATA, rpc, m->n - rpc, NULL);
    }
    if (k == NULL || n == 0) {
        return;
    }
    conn_span(m->c, m->side, four ? NFS_SPAN_PDU4 : NFS_SPAN_PDU, head, n, NULL);
    conn_span(m->c, m->side, four ? NFS_SPAN_STATUS4 : NFS_SPAN_STATUS, head, 4, NULL);
    if (four && n > COMPOUND_HEAD) {
        conn_span(m->c, m->side, NFS_SPAN_HEAD4, head, COMPOUND_HEAD, NULL);
        conn_span(m->c, m->side, NFS_SPAN_OPS4, head + COMPOUND_HEAD, n - COMPOUND_HEAD, NULL);
    }
}

static void message(struct nfs_record *m, struct rd r, size_t mark)
{
    struct rpc_call call;
    struct rpc_reply reply;
    size_t have = rd_left(&r) + mark;
    struct rd head = r;

    rd_skip(&head, 4);
    if (rd_be32(&head) == (m->side == TO_SERVER ? RPC_REPLY : RPC_CALL)) { /* the server calls back (RFC 8881 2.10.3.1) */
        return;
    }
    if (m->side == TO_SERVER) {
        if (!rpc_read_call(&r, &call)) {
            conn_note(m->c, m->side, NFS_MALFORMED);
            return;
        }
        m->call = &call;
        call_spans(m, have - rd_left(&r), mark);
        if (call.version >= VERSION_FIRST && call.version <= VERSION_LAST) {
            nfs_call(m, r);
        }
        return;
    }
    if (!rpc_read_reply(&r, &reply)) {
        conn_note(m->c, m->side, NFS_MALFORMED);
        return;
    }
    m->reply = &reply;
    reply_spans(m, have - rd_left(&r), mark);
    nfs_reply(m, r);
}

/* What the fragments hold, without their marks. */
static struct bytes gathered(struct arena *a, struct rd r)
{
    struct arena_text t;

    arena_text_init(&t, a, GATHERED_MAX);
    while (rd_left(&r) != 0) {
        arena_text_add(&t, rd_bytes(&r, rd_be32(&r) & ~RPC_MARK_LAST));
    }
    return arena_text_bytes(&t);
}

static enum outcome nfs_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    struct nfs_state *st = conn_state(c);
    size_t mark = conn_datagram(c) ? 0 : MARK;
    struct nfs_record m = { .c = c, .st = st, .side = side, .n = rd_left(&bytes) + (size_t)st->cut[side] };

    conn_span(c, side, NFS_SPAN_RPC_PDU, 0, m.n, NULL);
    st->data[side] = (struct nfs_flow_data){ .txn = 0 };
    if (unit == UNIT_FRAGMENTS) {
        struct arena scratch;
        arena_init(&scratch, conn_arena(c)->pages, 4 * GATHERED_MAX);
        struct bytes whole = gathered(&scratch, bytes);
        st->cut[side] = 0;
        m.n = whole.n + mark;
        message(&m, rd_of(whole), mark);
        arena_fini(&scratch);
    } else {
        rd_skip(&bytes, mark);
        message(&m, bytes, mark);
    }
    rest_of_record(st, side);
    return OUTCOME_OK;
}

static void nfs_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    struct nfs_state *st = conn_state(c);
    struct nfs_flow_data *rest = &st->data[side];

    if (!in_body) {
        *rest = (struct nfs_flow_data){ .txn = 0 };
        st->more[side] = false;
        return;
    }
    uint64_t lost = n < rest->left ? n : rest->left;
    struct txn *t = rest->txn != 0 ? txn_by_id(c, rest->txn - 1) : NULL;
    struct nfs *d = t != NULL ? txn_data(t) : NULL;
    rest->offset += lost;
    rest->left -= lost;
    if (d != NULL && d->file != NULL && lost != 0) {
        txn_file_hole(t, d->file, &d->pieces, rest->offset);
    }
}

/* After a gap: the next place that looks like a message. */
static struct frame nfs_resync(struct conn *c, enum side side, struct rd data)
{
    size_t have = rd_left(&data);

    (void)c;
    for (struct rd r = data; rd_left(&r) >= RECORD_MIN + MARK; rd_skip(&r, 1)) {
        enum probe p = nfs_probe(r, side, false);
        if (p == PROBE_YES || p == PROBE_MORE) {
            return (struct frame){ p == PROBE_YES ? FRAME_SKIP : FRAME_MORE, 0, p == PROBE_YES ? have - rd_left(&r) : rd_left(&r) };
        }
    }
    return (struct frame){ FRAME_MORE, 0, have < RECORD_MIN + MARK ? have : RECORD_MIN + MARK - 1 };
}

/* ------- fields ------- */

static bool version(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct nfs *d = txn_data_const(t);

    (void)side;
    *out = d->version;
    return i == 0;
}

/* A file's writes may have been committed. */
static bool procedure(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct nfs *d = txn_data_const(t);

    (void)side;
    *out = i == 0 ? d->procedure : COMMIT3;
    return i == 0 || (i == 1 && d->committed);
}

static const struct field fields[] = {
    { .name = "nfs.version", .aliases = "nfs_version", .type = FIELD_NUMBER, .sides = SIDE_SERVER_BIT, .number = version, .bits = 32, .flags = FIELD_INCLUSIVE, .help = "2, 3 or 4" },
    { .name = "nfs.procedure", .type = FIELD_NUMBER, .sides = SIDE_SERVER_BIT, .number = procedure, .bits = 32, .named = nfs_procedure_named,
      .help = "number of the procedure, of the operation in version 4 (nfs_procedure knows names)" },
};

/* ------- row ------- */

static const struct note_row notes[] = {
    [NFS_MALFORMED] = { "malformed_data", 0, 0, "a message does not follow its grammar" },
    [NFS_NO_VERSION] = { "non_existing_version", 0, 0, "a reply to a call of a version there is not" },
    [NFS_UNSUPPORTED] = { "unsupported_version", 0, 0, "a call of a version that is not read" },
    [NFS_TOO_MANY] = { "too_many_transactions", 0, 0, "more open transactions than max-tx" },
    [NFS_CALLS_FORGOTTEN] = { "calls_forgotten", 0, 0, "more calls wait for their reply than max-requests: the replies to the others are nothing's" },
};

static const char *const spans[] = {
    [NFS_SPAN_RPC_PDU] = "rpc.pdu", [NFS_SPAN_RPC_HEAD] = "rpc.hdr", [NFS_SPAN_RPC_DATA] = "rpc.data", [NFS_SPAN_RPC_CREDS] = "rpc.creds",
    [NFS_SPAN_PDU] = "nfs.pdu", [NFS_SPAN_STATUS] = "nfs.status", [NFS_SPAN_PDU4] = "nfs4.pdu", [NFS_SPAN_HEAD4] = "nfs4.hdr",
    [NFS_SPAN_OPS4] = "nfs4.ops", [NFS_SPAN_STATUS4] = "nfs4.status", NULL,
};
static const struct proto_state request_states[] = { { "request_started", 0 }, { "request_complete", DONE }, { NULL, 0 } };
static const struct proto_state response_states[] = { { "response_started", 0 }, { "response_complete", DONE }, { NULL, 0 } };

#define NFS "app-layer.protocols.nfs."
#define AT(member) offsetof(struct nfs_settings, member)
static const struct option_row options[] = {
    { NFS "max-tx", OPTION_U32, AT(txn_max), "1024", NULL, 0, 0, NULL, "live transactions of a flow" },
    { NFS "max-requests", OPTION_U32, AT(call_max), "512", NULL, 1, 512, NULL, "calls kept until their reply comes" },
    { NFS "max-names", OPTION_U32, AT(name_max), "512", NULL, 1, 512, NULL, "names of handles kept" },
};

extern const struct proto proto_nfs;
const struct proto proto_nfs = {
    .name = "nfs",
    .ports = "tcp/2049 udp/2049",
    .transports = 3,
    .files = true,
    .first_server = true,
    .probe = nfs_probe_any,
    .state_size = sizeof(struct nfs_state),
    .conn_bytes_max = 1 << 20,
    .txn_size = sizeof(struct nfs),
    .unit_max = RECORD_MAX + MARK,
    .max_tx = MAX_TX(struct nfs_settings, txn_max), .max_tx_note = NFS_TOO_MANY,
    .txn_bytes_max = 4 << 20,
    .frame = nfs_frame,
    .parse = nfs_parse,
    .body = nfs_body,
    .gap = nfs_gap,
    .resync = nfs_resync,
    .states = { request_states, response_states },
    .fields = fields,
    .field_n = ROWS(fields),
    .spans = spans,
    .notes = notes,
    .note_n = ROWS(notes),
    .log = nfs_log,
    .log_beside = nfs_log_rpc,
    .log_wanted = nfs_log_wanted,
    .log_side = nfs_log_side,
    .options = options,
    .option_n = ROWS(options),
    .settings_size = sizeof(struct nfs_settings),
};
