/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rdp - the row: recognition, framing of TPKT (RFC 1006) and of TLS records, the connection sequence. */
#include "proto/rdp/rdp.h"

#include "wire/x509.h"

enum { UNIT_TPKT, UNIT_TLS };
enum { TPKT_VERSION = 3, TPKT_HEAD = 4, TLS_HEAD = 5, TLS_HANDSHAKE = 22, TLS_CERTIFICATE = 11, TLS_RECORD_MAX = 16384 + 2048, X224_REQUEST = 0xe, X224_CONFIRM = 0xd,
       NEGOTIATION_REQUEST = 1, NEGOTIATION_RESPONSE = 2, NEGOTIATION_FAILURE = 3, NEGOTIATION = 8, DUCA = 4 };

struct state {
    bool tls, over;
};

static enum probe rdp_probe(struct rd data, enum side side, bool whole)
{
    (void)side;
    (void)whole;
    return rd_u8(&data) == TPKT_VERSION ? PROBE_YES : PROBE_NO;
}

static struct frame whole_or_more(size_t have, uint64_t n, unsigned unit)
{
    return have >= n ? (struct frame){ FRAME_UNIT, (uint16_t)unit, n } : (struct frame){ FRAME_MORE, 0, n };
}

static struct frame rdp_frame(struct conn *c, enum side side, struct rd data)
{
    struct state *st = conn_state(c);
    size_t have = rd_left(&data);
    uint8_t type = rd_u8(&data);

    (void)side;
    if (st->over) {
        return (struct frame){ FRAME_OPAQUE, 0, 0 };
    }
    st->tls |= type == TLS_HANDSHAKE;
    if (st->tls) {
        rd_skip(&data, 2);
        uint64_t n = rd_be16(&data);
        if (!rd_ok(&data)) {
            return (struct frame){ FRAME_MORE, 0, TLS_HEAD };
        }
        return n <= TLS_RECORD_MAX ? whole_or_more(have, TLS_HEAD + n, UNIT_TLS) : (struct frame){ FRAME_BAD, 0, 0 };
    }
    if (type != TPKT_VERSION) {
        return (struct frame){ FRAME_BAD, 0, 0 };
    }
    rd_skip(&data, 1);
    uint16_t n = rd_be16(&data);
    if (!rd_ok(&data)) {
        return (struct frame){ FRAME_MORE, 0, TPKT_HEAD };
    }
    return n >= TPKT_HEAD ? whole_or_more(have, n, UNIT_TPKT) : (struct frame){ FRAME_BAD, 0, 0 };
}

/* ------- messages ------- */

static struct txn *message_new(struct conn *c, enum side side, enum rdp_kind kind)
{
    struct txn *t = txn_new(c);

    if (t != NULL) {
        struct rdp *d = txn_data(t);
        d->kind = (uint8_t)kind;
        d->side = (uint8_t)side;
        t->skip_inspect[side_other(side)] = true;
    }
    return t;
}

static void message_done(struct txn *t)
{
    txn_done(t, TO_SERVER);
    txn_done(t, TO_CLIENT);
}

/* 2.2.1.1.1, 2.2.1.2.1: type, flags, length 8, a number. */
static bool negotiation(struct rd *r, uint8_t type, uint8_t *flags, uint32_t *number)
{
    bool good = rd_u8(r) == type;

    *flags = rd_u8(r);
    good &= rd_le16(r) == NEGOTIATION;
    *number = rd_le32(r);
    return good && rd_ok(r);
}

/* X.224 13.3: class 0 connection request; a routing token or cookie and the protocols the client can. */
static void request(struct conn *c, struct rd r)
{
    struct txn *t = message_new(c, TO_SERVER, RDP_REQUEST);
    struct bytes rest = rd_peek(&r);
    uint32_t protocols;
    uint8_t flags;
    bool found;

    if (t == NULL) {
        return;
    }
    struct rdp *d = txn_data(t);
    if (bytes_starts(rest, "Cookie: mstshash=")) {
        struct rd cookie = r;
        rd_skip(&cookie, sizeof "Cookie: mstshash=" - 1);
        struct bytes line = rd_line(&cookie, &found);
        if (found && text_is_utf8(line)) {
            d->has_cookie = true;
            d->cookie = arena_copy(txn_arena(t), line);
            r = cookie;
        }
    }
    if (negotiation(&r, NEGOTIATION_REQUEST, &flags, &protocols) && (flags & ~0xbu) == 0 && (protocols & ~0xfu) == 0) {
        d->negotiates = true;
        d->flags = flags;
    }
    message_done(t);
}

static void confirm(struct conn *c, struct rd r)
{
    struct txn *t = message_new(c, TO_CLIENT, RDP_CONFIRM);
    uint32_t number;
    uint8_t flags;
    struct rd again = r;

    if (t == NULL) {
        return;
    }
    struct rdp *d = txn_data(t);
    if (negotiation(&r, NEGOTIATION_RESPONSE, &flags, &number) && (flags & ~0x1fu) == 0 && number <= 8 && (number & (number - 1)) == 0) {
        d->negotiates = true;
        d->flags = flags;
        d->protocol = number;
    } else if (negotiation(&again, NEGOTIATION_FAILURE, &flags, &number) && number >= 1 && number <= 6) {
        d->fails = true;
        d->protocol = number;
    }
    message_done(t);
}

/* X.691 10.9: 7 or 14 bits. */
static size_t per_length(struct rd *r)
{
    uint8_t n = rd_u8(r);

    if ((n & 0xc0) == 0xc0) {
        rd_fail(r);
        return 0;
    }
    return n < 0x80 ? n : (size_t)(n & 0x3f) << 8 | rd_u8(r);
}

/* T.125 connect-initial: the client's data stand behind the key "Duca" of the conference. */
static void connect(struct conn *c, struct rd r)
{
    struct bytes duca = bytes_str("Duca"), rest = rd_peek(&r);
    size_t at = bytes_find(rest, duca);

    if (at == SIZE_MAX) {
        return;
    }
    rd_skip(&r, at + DUCA);
    size_t n = per_length(&r);
    struct rd blocks = rd_sub(&r, n);
    struct txn *t = rd_ok(&r) ? message_new(c, TO_SERVER, RDP_CONNECT) : NULL;
    if (t != NULL) {
        rdp_read_blocks(txn_data(t), txn_arena(t), blocks);
        message_done(t);
    }
}

static enum outcome parse_tpkt(struct conn *c, enum side side, struct rd r)
{
    struct state *st = conn_state(c);

    rd_skip(&r, TPKT_HEAD);
    struct rd x224 = r;
    uint8_t n = rd_u8(&x224), code = rd_u8(&x224);
    if (code >> 4 == (side == TO_SERVER ? X224_REQUEST : X224_CONFIRM) && (code & 0xf) <= 1 && n >= 6 && n != UINT8_MAX) {
        uint16_t to = rd_be16(&x224);
        rd_skip(&x224, 2);
        uint8_t class = rd_u8(&x224);
        struct rd rest = rd_sub(&x224, n - 6u);
        if (to == 0 && class == 0 && rd_ok(&rest)) {
            (side == TO_SERVER ? request : confirm)(c, rest);
        }
        return OUTCOME_OK;
    }
    uint8_t end = rd_u8(&x224), ber = rd_u8(&x224), type = rd_u8(&x224);
    if (n != 2 || code != 0xf0 || end != 0x80 || ber != 0x7f) {
        return OUTCOME_OK;
    }
    if (side == TO_SERVER && type == 0x65) {
        connect(c, x224);
    } else if (side == TO_CLIENT && type == 0x66) {
        struct txn *t = message_new(c, TO_CLIENT, RDP_CONNECTED);
        st->over = true;
        if (t != NULL) {
            message_done(t);
        }
    }
    return OUTCOME_OK;
}

/* ------- TLS ------- */

/* As a number in hexadecimal: small letters, no zeros in front, of "00:AB". */
static struct bytes plain_serial(struct bytes text, struct arena *a)
{
    uint8_t plain[128];
    size_t n = 0;

    for (size_t i = 0; i < text.n && n < sizeof plain; i++) {
        if (text.p[i] != ':' && (n != 0 || text.p[i] != '0')) {
            plain[n++] = text.p[i] >= 'A' && text.p[i] <= 'F' ? (uint8_t)(text.p[i] + 0x20) : text.p[i];
        }
    }
    return arena_copy(a, bytes_of(plain, n));
}

static void certificates(struct conn *c, struct rd list)
{
    struct txn *t = message_new(c, TO_CLIENT, RDP_CERTIFICATES);
    struct state *st = conn_state(c);

    st->over = true;
    if (t == NULL) {
        return;
    }
    struct rdp *d = txn_data(t);
    while (rd_left(&list) != 0 && d->serial_n < RDP_CERTIFICATES_MAX) {
        struct rd der = rd_vec24(&list);
        struct x509 x = { .serial = bytes_none() };
        if (rd_ok(&der) && x509_read(der, txn_arena(t), &x) == 0) {
            d->serial[d->serial_n++] = plain_serial(x.serial, txn_arena(t));
        }
    }
    message_done(t);
}

/* Messages that are whole in their record. */
static enum outcome parse_tls(struct conn *c, enum side side, struct rd r)
{
    uint8_t type = rd_u8(&r);

    rd_skip(&r, TLS_HEAD - 1);
    while (type == TLS_HANDSHAKE && side == TO_CLIENT && rd_left(&r) != 0) {
        uint8_t message = rd_u8(&r);
        struct rd content = rd_vec24(&r);
        if (message == TLS_CERTIFICATE && rd_ok(&content)) {
            certificates(c, rd_vec24(&content));
            return OUTCOME_OK;
        }
    }
    return OUTCOME_OK;
}

static enum outcome rdp_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    return unit == UNIT_TLS ? parse_tls(c, side, bytes) : parse_tpkt(c, side, bytes);
}

static bool cookie(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct rdp *d = txn_data_const(t);

    (void)side;
    *out = d->cookie;
    return i == 0 && d->has_cookie;
}

static bool client_said(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct rdp *d = txn_data_const(t);

    (void)side;
    *out = d->client.said;
    return i == 0 && d->has_client;
}

static const struct field fields[] = {
    { .name = "rdp.cookie", .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .stage = { 1, 1 }, .bytes = cookie, .sign = SIGN_USER, .help = "the user's name, or what the client gives for it, in the first request" },
    { .name = "rdp.client", .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .stage = { 1, 1 }, .bytes = client_said, .sign = SIGN_RDP_CLIENT, .help = "the client's name and build, a blank between" },
};

extern const struct proto proto_rdp;
const struct proto proto_rdp = {
    .name = "rdp",
    .ports = "tcp/3389",
    .transports = 1,
    .first_server = true,
    .probe = rdp_probe,
    .state_size = sizeof(struct state),
    .txn_size = sizeof(struct rdp),
    .unit_max = 65536,
    .txn_max = 256,
    .txn_bytes_max = 256 * 1024,
    .frame = rdp_frame,
    .parse = rdp_parse,
    .fields = fields,
    .field_n = ROWS(fields),
    .log = rdp_log,
    .log_side = txn_log_turn,
};
