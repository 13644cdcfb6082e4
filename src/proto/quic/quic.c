/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * quic - what QUIC shows before it hides: versions, the hellos inside Initial packets, Google's tags.
 *
 * Each packet with a long header is a transaction of its side, until that side's hello is whole; what follows is cipher.
 */
#include "proto/proto.h"
#include "wire/quicframe.h"
#include "wire/quicpkt.h"
#include "wire/tlshello.h"

enum { PROGRESS_DONE = 1, CLIENT_HELLO = 1, SERVER_HELLO = 2 };
enum quic_note { QUIC_FAILED_DECRYPT, QUIC_ERROR_ON_DATA, QUIC_ERROR_ON_HEADER, QUIC_CRYPTO_TOO_LONG };

struct quic_state {
    struct quicpkt_keys keys[2];
    struct quiccrypto crypto[2];
    uint8_t tries;     /* keys made for packets that those at hand do not open */
    bool keyed, retried, hello[2];
};
enum { TRIES_MAX = 8, INITIAL_MIN = 1200 };

struct quic {
    enum side side;
    uint32_t version;
    uint8_t version_bytes[4];
    struct bytes sni, agent, ja3, ja3_hash, ja4;
    struct bytes cyu[QUICTAGS_MAX], cyu_hash[QUICTAGS_MAX];
    unsigned cyu_n;
    struct tlshello hello;
    bool hello_seen;
};

struct quic_settings {
    const char *ja3, *ja4; /* "yes", "no", "auto" */
};

static bool switched_off(const char *setting) { return setting != NULL && (bytes_is(bytes_str(setting), "no") || bytes_is(bytes_str(setting), "false")); }

static bool ja3_enabled(const void *settings)
{
    const struct quic_settings *s = settings;

    return !switched_off(s->ja3);
}

static bool ja4_enabled(const void *settings)
{
    const struct quic_settings *s = settings;

    return !switched_off(s->ja4);
}

/* ------- recognition ------- */

/* Versions that are known by their bytes wherever a long head stands (RFC 9000 15, RFC 9369 3.1, drafts 22 to 34), on any port. */
#define VERSION(bytes, n) { bytes, n, 1, 0, TO_SERVER, false }, { bytes, n, 1, 0, TO_CLIENT, false }
static const struct proto_pattern quic_patterns[] = {
    VERSION("\x00\x00\x00\x01", 4), VERSION("\x6b\x33\x43\xcf", 4), VERSION("\xff\x00\x00\x16", 4), VERSION("\xff\x00\x00\x17", 4),
    VERSION("\xff\x00\x00\x18", 4), VERSION("\xff\x00\x00\x19", 4), VERSION("\xff\x00\x00\x1b", 4), VERSION("\xff\x00\x00\x1c", 4),
    VERSION("\xff\x00\x00\x1d", 4), VERSION("\xff\x00\x00\x20", 4), VERSION("\xff\x00\x00\x22", 4), VERSION("\x70\x9a\x50\xc4", 4),
};

static bool looks_versioned(struct rd data)
{
    struct bytes version = bytes_head(bytes_from(rd_peek(&data), 1), 4);

    for (unsigned i = 0; i < ROWS(quic_patterns); i++) {
        if (bytes_equal(version, bytes_of(quic_patterns[i].bytes, quic_patterns[i].n))) {
            return true;
        }
    }
    return false;
}

static enum probe quic_probe(struct rd data, enum side side, bool whole)
{
    enum { SHORT_MIN = 17 }; /* its first byte and a connection id of 16, which only the two ends know the length of */
    struct rd r = data;
    struct quicpkt p;
    bool is_long = rd_left(&data) != 0 && (rd_peek(&data).p[0] & 0x80) != 0;

    (void)whole;
    if (!is_long && looks_versioned(data)) { /* no connection id of a short head looks so: it is another protocol's, found by that */
        return PROBE_NO;
    }
    if (!is_long && side == TO_SERVER && rd_left(&data) >= SHORT_MIN) { /* under way, or of Google's older versions: the port says what it is */
        return PROBE_YES;
    }
    if (!quicpkt_read(&r, &p) || p.type == QUICPKT_SHORT || p.destination.n > 20 || p.source.n > 20) { /* RFC 9000 17.2 */
        return PROBE_NO;
    }
    bool fixed = p.google || p.version == 0 || (rd_u8(&data) & 0x40) != 0;
    return fixed ? PROBE_YES : PROBE_NO;
}

/* ------- reading ------- */

static struct frame quic_frame(struct conn *c, enum side side, struct rd data)
{
    (void)c;
    (void)side;
    return (struct frame){ FRAME_UNIT, 0, rd_left(&data) };
}

static struct txn *quic_txn(struct conn *c, enum side side, const struct quicpkt *p)
{
    struct txn *t = txn_new(c);

    if (t != NULL) {
        struct quic *q = txn_data(t);
        q->side = side;
        q->version = p->version;
        for (unsigned i = 0; i < 4; i++) {
            q->version_bytes[i] = (uint8_t)(p->version >> (24 - 8 * i));
        }
        q->sni = q->agent = q->ja3 = q->ja3_hash = q->ja4 = bytes_none();
        t->skip_inspect[side_other(side)] = true;
    }
    return t;
}

static void take_hello(struct conn *c, struct txn *t, struct bytes message)
{
    const struct quic_settings *s = conn_settings(c);
    struct quic *q = txn_data(t);
    struct rd r = rd_of(arena_copy(txn_arena(t), message));
    uint8_t type = rd_u8(&r);
    struct rd body = rd_vec24(&r);
    bool client = q->side == TO_SERVER;

    if (type != (client ? CLIENT_HELLO : SERVER_HELLO) || !rd_ok(&r)) {
        txn_note(t, QUIC_ERROR_ON_DATA);
        return;
    }
    if (!(client ? tlshello_client(body, &q->hello) : tlshello_server(body, &q->hello))) {
        txn_note(t, QUIC_ERROR_ON_DATA);
    }
    q->hello_seen = true;
    q->sni = q->hello.sni;
    if (q->sni.n != 0) {
        conn_host(t->conn, q->sni);
    }
    if (s == NULL || !switched_off(s->ja3)) {
        q->ja3 = tlshello_ja3(&q->hello, txn_arena(t));
        q->ja3_hash = tlshello_md5(q->ja3, conn_memo(c), txn_arena(t));
    }
    if (client && (s == NULL || !switched_off(s->ja4))) {
        q->ja4 = tlshello_ja4(&q->hello, 'q', conn_memo(c), txn_arena(t));
    }
}

/* CYU: the version and the tags of Google's hellos, in their order. */
static void take_tags(struct txn *t, const struct quictags *tags)
{
    struct quic *q = txn_data(t);
    uint8_t number[2] = { '4', (uint8_t)q->version };

    q->sni = arena_copy(txn_arena(t), tags->sni);
    if (q->sni.n != 0) {
        conn_host(t->conn, q->sni);
    }
    q->agent = arena_copy(txn_arena(t), tags->agent);
    for (unsigned i = 0; i < tags->n; i++) {
        struct arena_text text;
        arena_text_init(&text, txn_arena(t), 1024);
        arena_text_add(&text, bytes_of(number, sizeof number));
        arena_text_byte(&text, ',');
        arena_text_add(&text, tags->names[i]);
        q->cyu[i] = arena_text_bytes(&text);
        q->cyu_hash[i] = tlshello_md5(q->cyu[i], conn_memo(t->conn), txn_arena(t));
    }
    q->cyu_n = tags->n;
}

/* Opens it with the keys at hand; else those that its own destination gives are tried, since what came first may have been
 * anybody's packet, for no server. */
static bool open_initial(struct quic_state *s, struct txn *t, enum side side, const struct quicpkt *p, struct bytes *frames)
{
    struct quicpkt_keys fresh[2];

    if (quicpkt_open(p, &s->keys[side], txn_arena(t), frames)) {
        return true;
    }
    if (side != TO_SERVER || s->tries >= TRIES_MAX || !quicpkt_keys(p->version, p->destination, fresh)) {
        return false;
    }
    s->tries++;
    if (!quicpkt_open(p, &fresh[side], txn_arena(t), frames)) {
        return false;
    }
    for (unsigned i = 0; i < 2; i++) {
        s->keys[i] = fresh[i];
        s->crypto[i].part_n = 0;
    }
    return true;
}

/* The frames of an Initial packet, of a datagram of `whole` bytes; false: nothing more of this datagram. */
static bool read_initial(struct conn *c, struct txn *t, enum side side, const struct quicpkt *p, size_t whole)
{
    struct quic_state *s = conn_state(c);
    struct quictags tags = { .n = 0, .sni = bytes_none(), .agent = bytes_none() };
    struct bytes frames = p->payload;

    if (!p->google && s->keyed && frames.n != 0 && !open_initial(s, t, side, p, &frames)) {
        txn_note(t, QUIC_FAILED_DECRYPT);
        return false;
    }
    if (!p->google && !s->keyed) { /* a version whose salt is not known */
        return true;
    }
    bool good = quicframe_read(rd_of(frames), p->google, p->google ? txn_arena(t) : conn_arena(c), &s->crypto[side], &tags);
    if (!good) {
        txn_note(t, QUIC_ERROR_ON_DATA);
    }
    if (s->crypto[side].too_long) {
        s->crypto[side].too_long = false;
        txn_note(t, QUIC_CRYPTO_TOO_LONG);
    }
    struct bytes message = quiccrypto_message(&s->crypto[side]);
    if (tags.n != 0) {
        take_tags(t, &tags);
    } else if (message.n != 0) {
        s->hello[side] = side == TO_CLIENT || whole >= INITIAL_MIN; /* RFC 9000 14.1: a server takes no smaller one */
        take_hello(c, t, message);
        if (!s->hello[side]) {
            s->crypto[side].part_n = 0;
        }
    }
    return good;
}

/* RFC 9001 5.2: keys are made of the first destination a client chose; a Retry packet makes it choose again, once
 * (RFC 9000 17.2.5.2). */
static void follow_keys(struct quic_state *s, enum side side, const struct quicpkt *p)
{
    if (!s->keyed && p->type == QUICPKT_INITIAL) {
        s->keyed = quicpkt_keys(p->version, p->destination, s->keys);
    } else if (s->keyed && !s->retried && side == TO_CLIENT && p->type == QUICPKT_RETRY) {
        s->retried = true;
        s->keyed = s->hello[TO_SERVER] = false;
        s->crypto[TO_SERVER].part_n = s->crypto[TO_CLIENT].part_n = 0;
    }
}

static enum outcome quic_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    struct quic_state *s = conn_state(c);
    struct quicpkt p;
    size_t whole = rd_left(&r);
    bool on = true;

    (void)unit;
    while (on && rd_left(&r) != 0) {
        if (!quicpkt_read(&r, &p) || s->hello[side] || p.type == QUICPKT_SHORT) {
            break;
        }
        follow_keys(s, side, &p);
        struct txn *t = quic_txn(c, side, &p);
        if (t == NULL) {
            break;
        }
        if (p.type == QUICPKT_INITIAL) {
            on = read_initial(c, t, side, &p, whole);
        }
        txn_done(t, TO_SERVER);
        txn_done(t, TO_CLIENT);
    }
    return OUTCOME_OK;
}

/* ------- fields ------- */

#define QUIC_BYTES(fn, member)                                                                                         \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        const struct quic *q = txn_data_const(t);                                                                      \
        *out = q->member;                                                                                              \
        return i == 0 && q->side == side && q->member.n != 0;                                                          \
    }
QUIC_BYTES(sni, sni)
QUIC_BYTES(agent, agent)
QUIC_BYTES(ja3, ja3)
QUIC_BYTES(ja3_hash, ja3_hash)
QUIC_BYTES(ja4, ja4)

static bool version(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct quic *q = txn_data_const(t);

    *out = bytes_of(q->version_bytes, 4);
    return i == 0 && q->side == side;
}

static bool cyu_string(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct quic *q = txn_data_const(t);

    *out = i < q->cyu_n ? q->cyu[i] : bytes_none();
    return i < q->cyu_n && q->side == side;
}

static bool cyu_hash(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct quic *q = txn_data_const(t);

    *out = i < q->cyu_n ? q->cyu_hash[i] : bytes_none();
    return i < q->cyu_n && q->side == side;
}

#define BOTH SIDE_BOTH_BITS
static const struct field quic_fields[] = {
    { .name = "quic.version", .type = FIELD_BYTES, .sides = BOTH, .bytes = version, .help = "the version's four bytes" },
    { .name = "quic.sni", .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .bytes = sni, .help = "server name asked for" },
    { .name = "quic.ua", .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .sign = SIGN_HTTP_USER_AGENT, .bytes = agent, .help = "user agent of Google's QUIC" },
    { .name = "quic.cyu.hash", .type = FIELD_LIST, .sides = SIDE_SERVER_BIT, .flags = FIELD_LOWER, .bytes = cyu_hash, .help = "CYU of each hello of Google's QUIC" },
    { .name = "quic.cyu.string", .type = FIELD_LIST, .sides = SIDE_SERVER_BIT, .bytes = cyu_string, .help = "what CYU is made of" },
    { .name = "ja3.hash", .aliases = "ja3_hash", .enabled = ja3_enabled, .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .flags = FIELD_LOWER, .bytes = ja3_hash,
      .help = "JA3 of the client's hello" },
    { .name = "ja3.string", .aliases = "ja3_string", .enabled = ja3_enabled, .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .bytes = ja3, .help = "what JA3 is made of" },
    { .name = "ja3s.hash", .enabled = ja3_enabled, .type = FIELD_BYTES, .sides = SIDE_CLIENT_BIT, .flags = FIELD_LOWER, .bytes = ja3_hash, .help = "JA3S of the server's hello" },
    { .name = "ja3s.string", .enabled = ja3_enabled, .type = FIELD_BYTES, .sides = SIDE_CLIENT_BIT, .bytes = ja3, .help = "what JA3S is made of" },
    { .name = "ja4.hash", .aliases = "ja4_hash", .enabled = ja4_enabled, .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .bytes = ja4, .help = "JA4 of the client's hello" },
};

/* ------- records ------- */

static const char hex_digits[] = "0123456789abcdef";

static void log_version(struct json *j, const struct quic *q)
{
    char text[9] = { 0 };
    unsigned n = 0;

    if ((q->version >= 0x51303433 && q->version <= 0x51303436) || q->version == 0x51303339) { /* "Q043" to "Q046", "Q039" */
        json_bytes(j, "version", bytes_of(q->version_bytes, 4));
        return;
    }
    if (q->version == 0x6b3343cf) { /* RFC 9369 */
        json_string(j, "version", "v2");
        return;
    }
    for (int shift = 28; shift >= 0; shift -= 4) {
        unsigned digit = q->version >> shift & 0xf;
        if (n != 0 || digit != 0 || shift == 0) {
            text[n++] = hex_digits[digit];
        }
    }
    json_string(j, "version", text);
}

/* An extension's values are shown where they are names. */
static void log_values(struct json *j, const struct tlshello *h, uint16_t type)
{
    struct rd r = rd_of(h->alpn);

    if (type == 0 && h->sni.n != 0) {
        json_array(j, "values");
        json_bytes(j, NULL, h->sni);
        json_end_array(j);
    } else if (type == 16 && h->alpn.n != 0) {
        json_array(j, "values");
        while (rd_left(&r) != 0) {
            struct rd one = rd_vec8(&r);
            struct bytes name = rd_rest(&one);
            if (rd_ok(&r)) {
                json_bytes(j, NULL, name);
            }
        }
        json_end_array(j);
    }
}

static void log_extensions(struct json *j, const struct tlshello *h)
{
    struct rd r = rd_of(h->extensions);

    if (rd_left(&r) < 4) {
        return;
    }
    json_array(j, "extensions");
    while (rd_left(&r) >= 4) {
        uint16_t type = rd_be16(&r);
        const char *name = tlshello_extension_name(type);
        (void)rd_vec16(&r);
        json_object(j, NULL);
        if (name != NULL) {
            json_string(j, "name", name);
        }
        json_u64(j, "type", type);
        log_values(j, h, type);
        json_end_object(j);
    }
    json_end_array(j);
}

static void quic_log(const struct txn *t, struct json *j)
{
    const struct quic *q = txn_data_const(t);

    log_version(j, q);
    if (q->sni.n != 0) {
        json_bytes(j, "sni", q->sni);
    }
    if (q->agent.n != 0) {
        json_bytes(j, "ua", q->agent);
    }
    if (q->cyu_n != 0) {
        json_array(j, "cyu");
        for (unsigned i = 0; i < q->cyu_n; i++) {
            json_object(j, NULL);
            json_bytes(j, "hash", q->cyu_hash[i]);
            json_bytes(j, "string", q->cyu[i]);
            json_end_object(j);
        }
        json_end_array(j);
    }
    if (q->ja3.n != 0) {
        json_object(j, q->side == TO_SERVER ? "ja3" : "ja3s");
        json_bytes(j, "hash", q->ja3_hash);
        json_bytes(j, "string", q->ja3);
        json_end_object(j);
    }
    if (q->ja4.n != 0) {
        json_bytes(j, "ja4", q->ja4);
    }
    if (q->hello_seen) {
        log_extensions(j, &q->hello);
    }
}

/* ------- row ------- */

static const struct note_row quic_notes[] = {
    [QUIC_FAILED_DECRYPT] = { "failed_decrypt", 0, 0, "an Initial packet does not decrypt" },
    [QUIC_ERROR_ON_DATA] = { "error_on_data", 0, 0, "frames, or a hello in them, are malformed" },
    [QUIC_ERROR_ON_HEADER] = { "error_on_header", 0, 0, "never raised: what has no header is no QUIC" },
    [QUIC_CRYPTO_TOO_LONG] = { "crypto_frag_too_long", 0, 0, "a piece of the handshake lies behind what is kept" },
};
static const struct proto_state request_states[] = { { "request_started", 0 }, { "request_complete", PROGRESS_DONE }, { NULL, 0 } };
static const struct proto_state response_states[] = { { "response_started", 0 }, { "response_complete", PROGRESS_DONE }, { NULL, 0 } };
static const struct option_row quic_options[] = {
    { "app-layer.protocols.tls.ja3-fingerprints", OPTION_STRING, offsetof(struct quic_settings, ja3), "auto", NULL, 0, 0, NULL, "JA3 and JA3S: yes, no, auto" },
    { "app-layer.protocols.tls.ja4-fingerprints", OPTION_STRING, offsetof(struct quic_settings, ja4), "auto", NULL, 0, 0, NULL, "JA4: yes, no, auto" },
};

const struct proto proto_quic = {
    .name = "quic",
    .ports = "udp/443 udp/80",
    .patterns = quic_patterns,
    .pattern_n = ROWS(quic_patterns),
    .transports = 2,
    .probe = quic_probe,
    .state_size = sizeof(struct quic_state),
    .txn_size = sizeof(struct quic),
    .unit_max = 65536,
    .conn_bytes_max = 4 * QUICCRYPTO_MAX,
    .frame = quic_frame,
    .parse = quic_parse,
    .states = { request_states, response_states },
    .fields = quic_fields,
    .field_n = ROWS(quic_fields),
    .notes = quic_notes,
    .note_n = ROWS(quic_notes),
    .log = quic_log,
    .log_side = txn_log_turn,
    .options = quic_options,
    .option_n = ROWS(quic_options),
    .settings_size = sizeof(struct quic_settings),
};
