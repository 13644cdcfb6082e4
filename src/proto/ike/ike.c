/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ike - the row: recognition, messages' heads, rule buffers and numbers, notes, settings. */
#include "proto/ike/ike.h"

enum { MARKER = 4, EXCHANGE2_FIRST = 34, EXCHANGE2_LAST = 37 };

struct head {
    uint64_t spi[2];
    uint8_t next, version, exchange, flags;
    uint32_t message, length;
};

/* RFC 2408 3.1, RFC 7296 3.1.  On port 4500 four zero bytes in front tell it from ESP (RFC 3948 2.2). */
static bool read_head(struct rd *r, struct head *h)
{
    struct rd marked = *r;

    if (rd_be32(&marked) == 0 && rd_left(&marked) >= IKE_HEAD) {
        *r = marked;
    }
    h->spi[TO_SERVER] = rd_be64(r);
    h->spi[TO_CLIENT] = rd_be64(r);
    h->next = rd_u8(r);
    h->version = rd_u8(r);
    h->exchange = rd_u8(r);
    h->flags = rd_u8(r);
    h->message = rd_be32(r);
    h->length = rd_be32(r);
    return rd_ok(r);
}

static enum probe ike_probe(struct rd data, enum side side, bool whole)
{
    struct head h;

    (void)whole;
    if (!read_head(&data, &h) || h.spi[TO_SERVER] == 0) {
        return PROBE_NO;
    }
    if (h.version >> 4 == 2) {
        if ((h.version & 0xf) != 0 || h.exchange < EXCHANGE2_FIRST || h.exchange > EXCHANGE2_LAST || h.length != IKE_HEAD + rd_left(&data)) {
            return PROBE_NO;
        }
    } else if (h.version >> 4 != 1 || h.length < IKE_HEAD || h.length > UINT16_MAX) { /* else one ESP packet of sixteen would do */
        return PROBE_NO;
    }
    return h.spi[TO_CLIENT] == 0 && side == TO_CLIENT ? PROBE_REVERSED : PROBE_YES;
}

static struct frame ike_frame(struct conn *c, enum side side, struct rd data)
{
    (void)c;
    (void)side;
    return (struct frame){ FRAME_UNIT, 0, rd_left(&data) };
}

static void spell(char to[16], uint64_t spi)
{
    for (unsigned i = 0; i < 16; i++) {
        to[i] = "0123456789abcdef"[spi >> (60 - 4 * i) & 15];
    }
}

static enum outcome ike_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    struct head h;

    (void)unit;
    if (!read_head(&bytes, &h) || (h.version >> 4 != 1 && h.version >> 4 != 2)) {
        return OUTCOME_BAD;
    }
    struct txn *t = txn_new(c);
    if (t == NULL) {
        return OUTCOME_OK;
    }
    struct ike *d = txn_data(t);
    d->version = h.version >> 4;
    d->minor = h.version & 0xf;
    d->exchange = h.exchange;
    d->flags = h.flags;
    d->message = h.message;
    d->side = (uint8_t)side;
    spell(d->spi[TO_SERVER], h.spi[TO_SERVER]);
    spell(d->spi[TO_CLIENT], h.spi[TO_CLIENT]);
    if (d->version == 1) {
        ike1_read(c, t, bytes, h.next);
    } else {
        ike2_read(c, t, bytes, h.next);
    }
    txn_message(t, side);
    return OUTCOME_OK;
}

/* ------- fields ------- */

static bool spi(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct ike *d = txn_data_const(t);

    *out = bytes_of(d->spi[side], sizeof d->spi[side]);
    return i == 0;
}

static bool vendor(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct ike *d = txn_data_const(t);

    (void)side;
    if (i < d->vendor_n) {
        *out = d->vendor[i];
    }
    return i < d->vendor_n;
}

static bool key(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct ike *d = txn_data_const(t);

    (void)side;
    *out = d->key;
    return i == 0 && d->version == 1 && d->key.n != 0;
}

static bool nonce(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct ike *d = txn_data_const(t);

    (void)side;
    *out = d->nonce;
    return i == 0 && d->version == 1 && d->nonce.n != 0;
}

static bool key_length(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    struct bytes b;

    if (!key(t, side, i, &b)) {
        return false;
    }
    *out = b.n;
    return true;
}

static bool nonce_length(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    struct bytes b;

    if (!nonce(t, side, i, &b)) {
        return false;
    }
    *out = b.n;
    return true;
}

static bool exchange(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct ike *d = txn_data_const(t);

    (void)side;
    *out = d->exchange;
    return i == 0;
}

/* Attributes of the association that was chosen: kind << 32 | number; of version 2 by the numbers that version 1 has for them. */
static bool chosen(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    static const uint8_t kinds[IKE_KINDS] = { [IKE_ENC] = 1, [IKE_PRF] = 13, [IKE_AUTH] = 3, [IKE_DH] = 4 };
    const struct ike *d = txn_data_const(t);

    (void)side;
    if (d->version == 2) {
        if (i < d->chosen_n) {
            *out = (uint64_t)kinds[d->chosen[i] >> 16] << 32 | (d->chosen[i] & 0xffff);
        }
        return i < d->chosen_n;
    }
    const struct ike_transform *f = d->transforms;
    for (unsigned k = 0; f != NULL && k < f->n; k++) {
        if (f->attribute[k].has_number && i-- == 0) {
            *out = (uint64_t)f->attribute[k].type << 32 | f->attribute[k].number;
            return true;
        }
    }
    return false;
}

static bool chosen_named(struct bytes name, uint64_t *number)
{
    for (unsigned i = 1; ike_attribute_name(i) != NULL; i++) {
        if (bytes_is(name, ike_attribute_name(i))) {
            *number = i;
            return true;
        }
    }
    return false;
}

#define BOTH .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }
static const struct field fields[] = {
    { .name = "ike.init_spi", .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .stage = { 1, 1 }, .bytes = spi, .help = "the initiator's SPI in hexadecimal" },
    { .name = "ike.resp_spi", .type = FIELD_BYTES, .sides = SIDE_CLIENT_BIT, .stage = { 1, 1 }, .bytes = spi, .help = "the responder's SPI in hexadecimal" },
    { .name = "ike.vendor", .type = FIELD_LIST, .sides = SIDE_SERVER_BIT, .stage = { 1, 1 }, .bytes = vendor, .help = "each vendor id of version 1 in hexadecimal" },
    { .name = "ike.key_exchange_payload", .type = FIELD_BYTES, BOTH, .bytes = key, .help = "key exchange of version 1" },
    { .name = "ike.key_exchange_payload_length", .type = FIELD_NUMBER, BOTH, .number = key_length, .bits = 32, .help = "its length" },
    { .name = "ike.nonce_payload", .type = FIELD_BYTES, BOTH, .bytes = nonce, .help = "nonce of version 1" },
    { .name = "ike.nonce_payload_length", .type = FIELD_NUMBER, BOTH, .number = nonce_length, .bits = 32, .help = "its length" },
    { .name = "ike.exchtype", .type = FIELD_NUMBER, BOTH, .number = exchange, .bits = 8, .help = "exchange type" },
    { .name = "ike.chosen_sa", .type = FIELD_NUMBER, .sides = SIDE_CLIENT_BIT, .stage = { 1, 1 }, .number = chosen, .named = chosen_named,
      .help = "attributes of the chosen association as kind << 32 | number (ike.chosen_sa_attribute asks them)" },
};

/* ------- row ------- */

static const struct note_row notes[] = {
    [IKE_MALFORMED] = { "malformed_data", 0, 0, "a message does not follow its grammar" },
    [IKE_NO_ENCRYPTION] = { "no_encryption", 0, 0, "a proposal of AH alone" },
    [IKE_WEAK_ENC] = { "weak_crypto_enc", 0, 0, "a proposal with a weak cipher" },
    [IKE_WEAK_PRF] = { "weak_crypto_prf", 0, 0, "a proposal with a weak pseudo-random function" },
    [IKE_WEAK_DH] = { "weak_crypto_dh", 0, 0, "a proposal with a weak Diffie-Hellman group" },
    [IKE_WEAK_AUTH] = { "weak_crypto_auth", 0, 0, "a proposal with weak integrity" },
    [IKE_WEAK_NO_DH] = { "weak_crypto_no_dh", 0, 0, "a proposal without Diffie-Hellman" },
    [IKE_WEAK_NO_AUTH] = { "weak_crypto_no_auth", 0, 0, "a proposal without integrity" },
    [IKE_INVALID_PROPOSAL] = { "invalid_proposal", 0, 0, "a proposal of what must not be proposed" },
    [IKE_UNKNOWN_PROPOSAL] = { "unknown_proposal", 0, 0, "a proposal with a kind of transform that is not known" },
    [IKE_EXTRA_DATA] = { "payload_extra_data", 0, 0, "bytes behind the last payload" },
    [IKE_MULTIPLE_PROPOSALS] = { "multiple_server_proposal", 0, 0, "the responder chose more than one association" },
};

static const struct option_row options[] = {
    { "log.extended", OPTION_BOOL, offsetof(struct ike_settings, extended), "no", NULL, 0, 0, NULL, "the exchange's name, too" },
};

extern const struct proto proto_ike;
const struct proto proto_ike = {
    .name = "ike",
    .aliases = "ikev2",
    .ports = "udp/500 udp/4500",
    .transports = 2,
    .first_server = true,
    .probe = ike_probe,
    .state_size = sizeof(struct ike_state),
    .txn_size = sizeof(struct ike),
    .unit_max = 65536,
    .txn_bytes_max = 256 * 1024,
    .frame = ike_frame,
    .parse = ike_parse,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = ike_log,
    .log_side = txn_log_turn,
    .options = options,
    .option_n = ROWS(options),
    .settings_size = sizeof(struct ike_settings),
};
