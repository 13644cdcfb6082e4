/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dcerpc - DCE/RPC (C706, MS-RPCE), connection-oriented over TCP and connectionless over UDP.
 */
#include "proto/dcerpc/dcerpc.h"

#include "wire/ntlmssp.h"

enum { CL_FRAGMENT = 4, CL_LAST = 2, UNIT_PDU = 1, STUB_DEFAULT = 1048576, CL_FLAGS2_KNOWN = 0x03 };
enum { NOTE_TOO_MANY };
enum dcerpc_span { SPAN_PDU, SPAN_HDR, SPAN_DATA };

/* Which side sends a unit of that type: bit per side (both: either). */
static const uint8_t senders[DCE_TYPE_N] = {
    [DCE_REQUEST] = SIDE_SERVER_BIT, [DCE_PING] = SIDE_SERVER_BIT, [DCE_RESPONSE] = SIDE_CLIENT_BIT, [DCE_FAULT] = SIDE_CLIENT_BIT,
    [DCE_WORKING] = SIDE_CLIENT_BIT, [DCE_NOCALL] = SIDE_CLIENT_BIT, [DCE_REJECT] = SIDE_CLIENT_BIT, [DCE_ACK] = SIDE_BOTH_BITS,
    [DCE_CL_CANCEL] = SIDE_SERVER_BIT, [DCE_FACK] = SIDE_BOTH_BITS, [DCE_CANCEL_ACK] = SIDE_CLIENT_BIT, [DCE_BIND] = SIDE_SERVER_BIT,
    [DCE_BINDACK] = SIDE_CLIENT_BIT, [DCE_BINDNAK] = SIDE_CLIENT_BIT, [DCE_ALTER_CONTEXT] = SIDE_SERVER_BIT,
    [DCE_ALTER_CONTEXT_RESP] = SIDE_CLIENT_BIT, [DCE_AUTH3] = SIDE_SERVER_BIT, [DCE_SHUTDOWN] = SIDE_CLIENT_BIT, [DCE_CO_CANCEL] = SIDE_SERVER_BIT,
    [DCE_ORPHANED] = SIDE_SERVER_BIT, [DCE_RTS] = SIDE_BOTH_BITS,
};

/* ------- recognition ------- */

static enum probe sent_by(unsigned type, enum side side)
{
    return (senders[type] >> side & 1) != 0 ? PROBE_YES : PROBE_REVERSED;
}

/* C706 14.1: characters 0 or 1, integers 0 or 1, floats up to 3. */
static bool representation_likely(struct bytes b, unsigned at)
{
    return b.n > at + 1 && (b.p[at] & 0xee) == 0 && b.p[at + 1] <= 3;
}

static enum probe dcerpc_probe(struct rd data, enum side side, bool whole)
{
    struct bytes b = rd_peek(&data);
    struct dcepdu p;
    struct dcecl cl;

    if (b.n != 0 && b.p[0] == 4) {
        return dcecl_read(data, &cl) && representation_likely(b, 4) && (cl.flags2 & ~CL_FLAGS2_KNOWN) == 0 ? sent_by(cl.type, side) : PROBE_NO;
    }
    if (b.n < DCE_HEADER) {
        return whole ? PROBE_NO : PROBE_MORE;
    }
    return dcepdu_header(data, &p) && representation_likely(b, 4) ? sent_by(p.type, side) : PROBE_NO;
}

/* ------- framing ------- */

static struct frame dcerpc_frame(struct conn *c, enum side side, struct rd data)
{
    struct dcepdu p;
    size_t have = rd_left(&data);

    (void)side;
    if (conn_datagram(c)) {
        return (struct frame){ FRAME_UNIT, UNIT_PDU, have };
    }
    if (have < DCE_HEADER) {
        return (struct frame){ FRAME_MORE, 0, DCE_HEADER };
    }
    if (!dcepdu_header(data, &p)) {
        return (struct frame){ FRAME_BAD, 0, 0 };
    }
    return (struct frame){ have < p.length ? FRAME_MORE : FRAME_UNIT, UNIT_PDU, p.length };
}

/* After a gap or nonsense: go on where a unit begins. */
static struct frame dcerpc_resync(struct conn *c, enum side side, struct rd data)
{
    struct dcepdu p;

    (void)side;
    if (conn_datagram(c)) {
        return (struct frame){ FRAME_SKIP, 0, rd_left(&data) };
    }
    for (uint64_t at = 0; rd_left(&data) >= DCE_HEADER; at++) {
        if (dcepdu_header(data, &p) && representation_likely(rd_peek(&data), 4)) {
            return (struct frame){ FRAME_SKIP, 0, at };
        }
        rd_skip(&data, 1);
    }
    return (struct frame){ FRAME_MORE, 0, DCE_HEADER - 1 }; /* it may begin in the last of them */
}

static void dcerpc_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    (void)c;
    (void)side;
    (void)n;
    (void)in_body;
}

/* ------- calls ------- */

/* The newest call with that number whose `side` is still open; a new one when there is none. */
static struct txn *call_of(struct conn *c, enum side side, uint32_t call, const uint8_t activity[16])
{
    for (struct txn *t = txn_last_open(c); t != NULL; t = txn_older_open(t)) {
        struct dcerpc *d = txn_data(t);
        if (d->call == call && !d->half[side].whole && !t->complete[side] &&
            (activity == NULL || bytes_equal(bytes_of(activity, 16), bytes_of(d->activity, 16)))) {
            return t;
        }
    }
    struct txn *t = txn_new(c);
    if (t != NULL) {
        const struct dcerpc_settings *s = conn_settings(c);
        struct dcerpc *d = txn_data(t);
        d->call = call;
        for (unsigned i = 0; i < 2; i++) {
            arena_text_init(&d->half[i].stub, txn_arena(t), s != NULL ? (size_t)s->stub_max : STUB_DEFAULT);
        }
        for (unsigned i = 0; activity != NULL && i < 16; i++) {
            d->activity[i] = activity[i];
        }
    }
    return t;
}

/* A fragment came for that side of a call.  A call that is answered has no more to ask. */
static void half_add(struct txn *t, enum side side, unsigned type, bool little, struct bytes stub, bool last)
{
    struct dcerpc *d = txn_data(t);
    struct dcerpc_half *h = &d->half[side];

    h->seen = true;
    h->type = (uint8_t)type;
    h->little = little;
    h->fragments++;
    arena_text_add(&h->stub, stub);
    if (!last) {
        return;
    }
    h->whole = true;
    txn_done(t, side);
    if (side == TO_CLIENT) {
        txn_done(t, TO_SERVER);
    }
}

static void note_interface(struct dcerpc *d, const struct dceiface *f)
{
    d->bound = f != NULL;
    if (d->bound) {
        d->interface = *f;
        dcebind_key(f, d->key);
    }
}

/* Who authenticates by NTLM tells its system's version (MS-RPCE 2.2.2.11). */
static void authenticates(struct txn *t, enum side side, const struct dcepdu *p)
{
    struct dcerpc *d = txn_data(t);

    if (p->auth_length != 0) {
        d->ntlm[side] = arena_copy(txn_arena(t), ntlmssp_version(p->body));
    }
}

static bool on_bind(struct conn *c, const struct dcepdu *p)
{
    struct dcerpc_state *s = conn_state(c);
    unsigned before = s->binds.n;
    bool good = dcebind_offer(&s->binds, p, conn_arena(c));
    struct txn *t = call_of(c, TO_SERVER, p->call, NULL);

    if (t != NULL) {
        struct dcerpc *d = txn_data(t);
        unsigned n = s->binds.n - before < DCEBIND_MAX ? s->binds.n - before : DCEBIND_MAX;
        d->offered = arena_zero(txn_arena(t), n * sizeof *d->offered);
        d->offered_n = d->offered != NULL ? n : 0;
        for (unsigned i = 0; i < d->offered_n; i++) {
            d->offered[i] = *dcebind_row(&s->binds, n - 1 - i);
        }
        d->major = p->major;
        d->minor = p->minor;
        authenticates(t, TO_SERVER, p);
        half_add(t, TO_SERVER, p->type, p->little, bytes_none(), true);
    }
    return good;
}

static bool on_bindack(struct conn *c, const struct dcepdu *p)
{
    struct dcerpc_state *s = conn_state(c);
    bool good = dcebind_answer(&s->binds, p);
    struct txn *t = call_of(c, TO_CLIENT, p->call, NULL);

    if (t != NULL) {
        struct dcerpc *d = txn_data(t);
        for (unsigned i = 0; i < d->offered_n; i++) { /* what was offered is known with its result from now on */
            const struct dceiface *f = dcebind_row(&s->binds, d->offered_n - 1 - i);
            if (f != NULL && f->call == p->call) {
                d->offered[i] = *f;
            }
        }
        d->major = p->major;
        d->minor = p->minor;
        authenticates(t, TO_CLIENT, p);
        half_add(t, TO_CLIENT, p->type, p->little, bytes_none(), true);
    }
    return good;
}

static bool on_request(struct conn *c, const struct dcepdu *p)
{
    struct dcerpc_state *s = conn_state(c);
    struct dce_request q;
    bool good = dcepdu_request(p, &q);
    struct txn *t = good ? call_of(c, TO_SERVER, p->call, NULL) : NULL;

    if (t == NULL) {
        return good;
    }
    struct dcerpc *d = txn_data(t);
    if (!d->half[TO_SERVER].seen) {
        d->opnum = q.opnum;
        note_interface(d, dcebind_accepted(&s->binds, q.context));
    }
    d->major = p->major;
    d->minor = p->minor;
    half_add(t, TO_SERVER, p->type, p->little, q.stub, (p->flags & DCE_LAST_FRAG) != 0);
    return true;
}

/* The stub of an answer has its head (hint, context, cancel count) with it, as Suricata's rules expect it. */
static bool on_response(struct conn *c, const struct dcepdu *p)
{
    struct bytes stub = p->type == DCE_RESPONSE ? p->body : bytes_none();
    struct txn *t = call_of(c, TO_CLIENT, p->call, NULL);

    if (t != NULL) {
        struct dcerpc *d = txn_data(t);
        d->major = p->major;
        d->minor = p->minor;
        half_add(t, TO_CLIENT, p->type, p->little, stub, p->type != DCE_RESPONSE || (p->flags & DCE_LAST_FRAG) != 0);
    }
    return true;
}

/* Kinds of units that open or carry on a call; the others mean nothing for it. */
static bool (*const on_unit[DCE_TYPE_N])(struct conn *c, const struct dcepdu *p) = {
    [DCE_REQUEST] = on_request, [DCE_RESPONSE] = on_response, [DCE_FAULT] = on_response, [DCE_BIND] = on_bind, [DCE_BINDACK] = on_bindack,
    [DCE_BINDNAK] = on_response, [DCE_ALTER_CONTEXT] = on_bind, [DCE_ALTER_CONTEXT_RESP] = on_bindack,
};

static enum outcome parse_datagram(struct conn *c, struct rd bytes)
{
    struct dcecl p;

    if (!dcecl_read(bytes, &p)) {
        return OUTCOME_BAD;
    }
    if (p.type != DCE_REQUEST && p.type != DCE_RESPONSE && p.type != DCE_FAULT) {
        return OUTCOME_OK;
    }
    enum side side = p.type == DCE_REQUEST ? TO_SERVER : TO_CLIENT;
    struct txn *t = call_of(c, side, p.sequence, p.activity);
    if (t == NULL) {
        return OUTCOME_OK;
    }
    struct dcerpc *d = txn_data(t);
    d->major = 4;
    d->opnum = side == TO_SERVER ? p.opnum : d->opnum;
    if (side == TO_SERVER && !d->bound) { /* each request names its interface */
        struct dceiface f = { .context = { .major = (uint16_t)p.version, .minor = (uint16_t)(p.version >> 16) }, .first_frag = true, .acked = true };
        for (unsigned i = 0; i < 16; i++) {
            f.context.uuid[i] = p.interface[i];
        }
        note_interface(d, &f);
    }
    half_add(t, side, p.type, p.little, p.stub, (p.flags & CL_FRAGMENT) == 0 || (p.flags & CL_LAST) != 0);
    return OUTCOME_OK;
}

static enum outcome dcerpc_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    struct dcepdu p;
    size_t n = rd_left(&bytes);

    (void)unit;
    if (conn_datagram(c)) {
        return parse_datagram(c, bytes);
    }
    if (!dcepdu_read(bytes, &p)) {
        return OUTCOME_BAD;
    }
    bool good = on_unit[p.type] == NULL || on_unit[p.type](c, &p);
    const struct txn *t = txn_last(c);
    conn_span(c, side, SPAN_PDU, 0, n, t);
    conn_span(c, side, SPAN_HDR, 0, DCE_HEADER, t);
    conn_span(c, side, SPAN_DATA, DCE_HEADER, n - DCE_HEADER, t);
    return good ? OUTCOME_OK : OUTCOME_BAD;
}

/* ------- fields ------- */

static bool stub_little(const struct txn *t, enum side side)
{
    const struct dcerpc *d = txn_data_const(t);

    return d->half[side].little;
}

static bool stub_data(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct dcerpc *d = txn_data_const(t);

    *out = arena_text_bytes(&d->half[side].stub);
    return i == 0 && d->half[side].seen && out->n != 0;
}

static bool opnum(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct dcerpc *d = txn_data_const(t);

    (void)side;
    *out = d->opnum;
    return i == 0 && d->half[TO_SERVER].seen && d->half[TO_SERVER].type == DCE_REQUEST;
}

static bool interface(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct dcerpc *d = txn_data_const(t);

    (void)side;
    *out = bytes_of(d->key, DCEBIND_KEY);
    return i == 0 && d->bound;
}

static bool ntlm(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct dcerpc *d = txn_data_const(t);

    *out = d->ntlm[side];
    return i == 0 && out->n != 0;
}

static const struct field dcerpc_fields[] = {
    { .name = "dcerpc.stub_data", .aliases = "dce_stub_data", .snort = "dce_stub_data", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 },
      .bytes = stub_data, .little = stub_little, .little_for = READERS_ALL, .help = "arguments or results of a call, its fragments joined" },
    { .name = "dcerpc.call_opnum", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .number = opnum, .help = "number of the operation called" },
    { .name = "dcerpc.call_interface", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .bytes = interface,
      .help = "interface called: UUID in network order, major version, 1 when its bind had the first fragment's flag" },
    { .name = "dcerpc.ntlmssp_version", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .bytes = ntlm, .sign = SIGN_NTLM_VERSION,
      .help = "version of an end's system, of a bind or its answer (MS-NLMP 2.2.2.10)" },
};

/* ------- row ------- */

static const struct proto_pattern patterns[] = {
    { "\x05\x00", 2, 0, 0, TO_SERVER, false }, { "\x05\x00", 2, 0, 0, TO_CLIENT, false },
    { "\x04\x00", 2, 0, 0, TO_SERVER, false }, { "\x04\x02", 2, 0, 0, TO_CLIENT, false },
};

static const struct note_row notes[] = {
    [NOTE_TOO_MANY] = { "too_many_transactions", 0, 0, "more calls without an answer than max-tx" },
};

static const char *const spans[] = { [SPAN_PDU] = "pdu", [SPAN_HDR] = "hdr", [SPAN_DATA] = "data", NULL };

static const struct option_row options[] = {
    { "app-layer.protocols.dcerpc.max-stub-size", OPTION_BYTES, offsetof(struct dcerpc_settings, stub_max), "1 MiB", NULL, 0, 0, "bytes",
      "of a call's arguments or results kept for rules" },
    { "app-layer.protocols.dcerpc.max-tx", OPTION_U32, offsetof(struct dcerpc_settings, transactions_max), "1024", NULL, 0, 0, NULL,
      "live transactions of a flow" },
};

extern const struct proto proto_dcerpc;
const struct proto proto_dcerpc = {
    .name = "dcerpc",
    .transports = 3,
    .patterns = patterns,
    .pattern_n = ROWS(patterns),
    .probe = dcerpc_probe,
    .state_size = sizeof(struct dcerpc_state),
    .txn_size = sizeof(struct dcerpc),
    .unit_max = 65536,
    .txn_max = 1024, .max_tx = MAX_TX(struct dcerpc_settings, transactions_max), .max_tx_note = NOTE_TOO_MANY,
    .txn_bytes_max = 8 * 1024 * 1024,
    .frame = dcerpc_frame,
    .parse = dcerpc_parse,
    .gap = dcerpc_gap,
    .resync = dcerpc_resync,
    .fields = dcerpc_fields,
    .field_n = ROWS(dcerpc_fields),
    .pdu_span = "pdu",
    .spans = spans,
    .notes = notes,
    .note_n = ROWS(notes),
    .log = dcerpc_log,
    .options = options,
    .option_n = ROWS(options),
    .settings_size = sizeof(struct dcerpc_settings),
};
