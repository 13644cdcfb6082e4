/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tds - Tabular Data Stream of Microsoft SQL Server ([MS-TDS]): prelogin, login, batches, remote procedure calls, and what their
 * responses begin and end with.
 *
 * A message of the client's and the response to it are a transaction.  A message is several packets; of requests the text is put
 * together, of responses the first packet is read and the last.  TLS goes within prelogin packets and then as it is: it is passed over,
 * since with encryption "off" the login alone is under it.
 */
#include "proto/tds/tds.h"

enum { HEAD = 8, STATUS_END = 1, PACKET_MAX = 32767 + 8, TLS_HEAD = 5 };

struct tds_state {
    bool within[2];        /* a message is not over */
    uint8_t type[2];
};

struct tds_packet {
    uint8_t type, status;
    uint16_t length;
    struct rd r;
};

/* 2.2.3.1 */
static struct tds_packet packet_read(struct rd r)
{
    struct tds_packet p = { .type = rd_u8(&r) };

    p.status = rd_u8(&r);
    p.length = rd_be16(&r);
    rd_skip(&r, 2 + 1 + 1);
    p.r = r;
    return p;
}

static struct tds *of(struct txn *t) { return txn_data(t); }

/* ------- recognition ------- */

/* 2.2.6.5: the first option is the version, behind the list of options. */
static bool prelogin_likely(struct rd r)
{
    uint8_t token = rd_u8(&r);
    uint16_t offset = rd_be16(&r), length = rd_be16(&r);

    return rd_ok(&r) && token == 0 && offset >= 6 && offset < 256 && length == 6;
}

static enum probe tds_probe(struct rd data, enum side side, bool whole)
{
    size_t have = rd_left(&data);
    struct tds_packet p = packet_read(data);
    struct bytes b = rd_peek(&data);

    if (have < HEAD + 5) {
        return whole || (have > 1 && b.p[1] > STATUS_END) ? PROBE_NO : PROBE_MORE;
    }
    if (p.status != STATUS_END || p.length < HEAD + 5 || b.p[7] != 0) { /* the window is not used */
        return PROBE_NO;
    }
    if (p.type == TDS_PRELOGIN || (side == TO_CLIENT && p.type == TDS_RESULT)) {
        return prelogin_likely(p.r) || side == TO_CLIENT ? PROBE_YES : PROBE_NO;
    }
    /* 2.2.6.4: a login tells its own length and a version of 7.0 and later. */
    uint32_t length = rd_le32(&p.r), version = rd_le32(&p.r);
    return p.type == TDS_LOGIN && side == TO_SERVER && length == (uint32_t)p.length - HEAD && version >> 24 != 0 && (version >> 24 & 0x0f) <= 4 ? PROBE_YES : PROBE_NO;
}

/* ------- framing ------- */

static struct frame tds_frame(struct conn *c, enum side side, struct rd data)
{
    struct tds_state *s = conn_state(c);
    size_t have = rd_left(&data);
    struct tds_packet p = packet_read(data);

    if (have < HEAD) {
        return (struct frame){ FRAME_MORE, 0, HEAD };
    }
    if (p.type >= 20 && p.type <= 23 && p.status == 3) { /* a record of TLS: type, 03, version, length */
        rd_skip(&data, 3);
        return (struct frame){ FRAME_BODY, 0, TLS_HEAD + (uint64_t)rd_be16(&data) };
    }
    if (p.length < HEAD || tds_type_name(p.type) == NULL) {
        conn_note(c, side, TDS_MALFORMED_PACKET);
        return (struct frame){ FRAME_BAD, 0, 0 };
    }
    if (s->within[side] && s->type[side] == p.type && (p.status & STATUS_END) == 0 && (side == TO_CLIENT || p.type == TDS_BULK)) {
        return (struct frame){ FRAME_BODY, 0, p.length };
    }
    return have < p.length ? (struct frame){ FRAME_MORE, 0, p.length } : (struct frame){ FRAME_UNIT, 0, p.length };
}

/* ------- messages ------- */

/* The exchange that a response belongs to: the first that waits, or one of its own (to a login under TLS). */
static struct txn *answered(struct conn *c)
{
    struct txn *t = txn_first_open(c);

    while (t != NULL && t->complete[TO_CLIENT]) {
        t = t->next;
    }
    if (t == NULL && (t = txn_new(c)) != NULL) {
        t->skip_inspect[TO_SERVER] = true;
        txn_done(t, TO_SERVER);
    }
    return t;
}

static void response(struct conn *c, struct tds_packet p, bool first)
{
    struct bytes b = rd_peek(&p.r);
    struct txn *t = answered(c);

    if (t == NULL) {
        return;
    }
    struct tds *d = of(t);
    d->answered = true;
    if (d->is_prelogin) {
        tds_prelogin(t, TO_CLIENT, b);
    } else if (first) {
        tds_response_head(t, b);
    }
    if ((p.status & STATUS_END) == 0) {
        txn_touch(t, TO_CLIENT);
        return;
    }
    if (!d->is_prelogin) {
        tds_response_end(t, b);
    }
    txn_done(t, TO_SERVER);
    txn_done(t, TO_CLIENT);
}

/* The request's bytes are all there. */
static void request_whole(struct txn *t, struct bytes b)
{
    switch (of(t)->type) {
    case TDS_PRELOGIN: tds_prelogin(t, TO_SERVER, b); break;
    case TDS_LOGIN: tds_login(t, b); break;
    case TDS_BATCH: tds_batch(t, b); break;
    case TDS_RPC: tds_rpc(t, b); break;
    default: break;
    }
    txn_done(t, TO_SERVER);
}

static struct txn *request_new(struct conn *c, uint8_t type)
{
    struct txn *t = txn_new(c);

    if (t != NULL) {
        struct tds *d = of(t);
        d->asked = true;
        d->type = type;
        d->is_prelogin = type == TDS_PRELOGIN;
        d->is_login = type == TDS_LOGIN || type == TDS_OLD_LOGIN;
        arena_text_init(&d->gathered, txn_arena(t), TDS_TEXT_MAX);
    }
    return t;
}

static void request(struct conn *c, struct tds_packet p, bool first)
{
    struct txn *t = first ? NULL : txn_last(c);
    struct bytes b = rd_peek(&p.r);

    if (p.type == TDS_ATTENTION) {
        return; /* what is under way is to end */
    }
    if (p.type == TDS_SSPI) { /* goes on with a login */
        t = txn_last(c);
        if (t != NULL && of(t)->is_login) {
            tds_sspi(t, b);
        }
        return;
    }
    if (t == NULL || t->complete[TO_SERVER] || of(t)->type != p.type) {
        t = request_new(c, p.type);
    }
    if (t == NULL) {
        return;
    }
    bool end = (p.status & STATUS_END) != 0;
    if (first && end) {
        request_whole(t, b);
        return;
    }
    arena_text_add(&of(t)->gathered, b);
    if (end) {
        of(t)->cut = of(t)->gathered.cut;
        request_whole(t, arena_text_bytes(&of(t)->gathered));
    }
}

static enum outcome tds_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    struct tds_state *s = conn_state(c);
    struct tds_packet p = packet_read(bytes);
    bool first = !s->within[side] || s->type[side] != p.type, tls = p.type == TDS_PRELOGIN && bytes_starts(rd_peek(&p.r), "\x16\x03");

    (void)unit;
    s->within[side] = (p.status & STATUS_END) == 0;
    s->type[side] = p.type;
    if (tls || (p.type == TDS_PRELOGIN && side == TO_CLIENT)) {
        return OUTCOME_OK;
    }
    if (side == TO_CLIENT) {
        response(c, p, first);
    } else {
        request(c, p, first);
    }
    return OUTCOME_OK;
}

static const struct note_row notes[] = {
    [TDS_MALFORMED_PACKET] = { "malformed_packet", 0, 0, "a packet shorter than its head, or of no type" },
    [TDS_MALFORMED_PRELOGIN] = { "malformed_prelogin", 0, 0, "an option of prelogin that lies outside of it" },
    [TDS_MALFORMED_LOGIN] = { "malformed_login", 0, 0, "a login that ends within itself, or names text outside of it" },
    [TDS_MALFORMED_REQUEST] = { "malformed_request", 0, 0, "a batch or a call that ends within itself" },
    [TDS_MALFORMED_RESPONSE] = { "malformed_response", 0, 0, "a response with a token that ends within itself" },
    [TDS_CLEARTEXT_LOGIN] = { "cleartext_login", 0, 0, "a login with a password outside of TLS: it is hidden by an exchange of bits alone" },
};

static const struct proto_pattern patterns[] = { { "\x12\x01", 2, 0, 0, TO_SERVER, false }, { "\x10\x01", 2, 0, 0, TO_SERVER, false } };

extern const struct proto proto_tds;
const struct proto proto_tds = {
    .name = "tds",
    .aliases = "mssql",
    .transports = 1,
    .own_transports = 1,
    .by_name = true,
    .whole_never = true, /* Suricata's rules about the stream see it as what it does not know */
    .patterns = patterns,
    .pattern_n = ROWS(patterns),
    .probe = tds_probe,
    .state_size = sizeof(struct tds_state),
    .txn_size = sizeof(struct tds),
    .unit_max = 65536,
    .txn_bytes_max = 192 * 1024,
    .frame = tds_frame,
    .parse = tds_parse,
    .fields = tds_fields,
    .field_n = TDS_FIELDS,
    .notes = notes,
    .note_n = ROWS(notes),
    .log = tds_log,
};
