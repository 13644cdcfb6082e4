/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * websocket - RFC 6455: frames of messages after an upgrade from HTTP/1, unmasked, put together and decompressed (RFC 7692).
 *
 * A frame is a transaction, one-sided; the last frame of a message has all of its payload.
 */
#include "proto/proto.h"

#include "base/unpack.h"

enum { UNIT_FRAME };
enum { SPAN_HEADER, SPAN_PDU, SPAN_DATA };
enum { FLAG_FIN = 0x80, FLAG_COMPRESSED = 0x40, FLAGS = 0xf0, MASKED = 0x80, OPCODE_CONTROL = 8 };
enum { OUT_SIZE = 8192, UNPACK_MEMORY = 1 << 20, PAYLOAD_MAX = 1 << 20 };

enum note { NOTE_SKIPPED, NOTE_REASSEMBLY };
static const struct note_row notes[] = {
    [NOTE_SKIPPED] = { "skip_end_of_payload", 0, 0, "a frame longer than the limit: the rest of its payload goes by" },
    [NOTE_REASSEMBLY] = { "reassembly_limit_reached", 0, 0, "a message longer than is put together" },
};

struct websocket {
    struct bytes payload;
    uint32_t mask;
    uint8_t flags, opcode, side;
    bool masked;
};

struct lane {
    uint64_t skip;              /* payload bytes beyond the limit, still to come */
    struct arena_text message;  /* frames of a message under way */
    bool open, compressed;      /* a message is under way; its first frame said it is compressed */
    struct unpack *unpack;      /* lives on from message to message: they share their window (RFC 7692 7.1.1) */
};

struct state {
    struct lane lane[2];
};

struct settings {
    uint64_t payload_max;
};

static size_t payload_max(const struct conn *c)
{
    const struct settings *s = conn_settings(c);
    uint64_t max = s != NULL ? s->payload_max : 65535;

    return max < PAYLOAD_MAX ? (size_t)max : PAYLOAD_MAX;
}

/* ------- framing ------- */

struct head {
    uint8_t first;
    bool masked;
    uint64_t length;
    struct bytes mask;
    size_t n;                   /* octets of the head */
};

/* RFC 6455 5.2.  False: not all of it is there; h->n says how much there must be at least. */
static bool head_read(struct rd r, struct head *h)
{
    size_t have = rd_left(&r);

    h->first = rd_u8(&r);
    uint8_t second = rd_u8(&r);
    h->masked = (second & MASKED) != 0;
    h->length = second & 0x7f;
    h->n = 2u + (h->length == 126 ? 2 : h->length == 127 ? 8 : 0) + (h->masked ? 4 : 0);
    if (have < h->n) {
        return false;
    }
    h->length = h->length == 126 ? rd_be16(&r) : h->length == 127 ? rd_be64(&r) : h->length;
    h->mask = h->masked ? rd_bytes(&r, 4) : bytes_none();
    return true;
}

/* A protocol only by agreement: the head's bits that nothing defines must be clear (RFC 6455 5.2). */
static enum probe websocket_probe(struct rd data, enum side side, bool whole)
{
    (void)side;
    (void)whole;
    uint8_t first = rd_u8(&data);
    return !rd_ok(&data) ? PROBE_MORE : (first & 0x30) == 0 ? PROBE_YES : PROBE_NO;
}

static struct frame websocket_frame(struct conn *c, enum side side, struct rd data)
{
    struct state *s = conn_state(c);
    struct lane *l = &s->lane[side];
    size_t have = rd_left(&data);
    struct head h;

    if (l->skip != 0) {
        uint64_t n = l->skip < have ? l->skip : have;
        l->skip -= n;
        return (struct frame){ FRAME_SKIP, 0, n };
    }
    if (!head_read(data, &h)) {
        return (struct frame){ FRAME_MORE, 0, h.n };
    }
    size_t max = payload_max(c), payload = h.length < max ? (size_t)h.length : max;
    return (struct frame){ have - h.n >= payload ? FRAME_UNIT : FRAME_MORE, UNIT_FRAME, h.n + payload };
}

/* ------- reading ------- */

static struct bytes unmasked(struct arena *a, struct bytes b, struct bytes mask)
{
    struct arena_text t;

    arena_text_init(&t, a, b.n + 1);
    for (size_t i = 0; i < b.n; i++) {
        arena_text_byte(&t, b.p[i] ^ (mask.n == 4 ? mask.p[i % 4] : 0));
    }
    return arena_text_bytes(&t);
}

static bool inflate(struct lane *l, struct bytes in, struct arena_text *out)
{
    uint8_t room[OUT_SIZE];

    for (;;) {
        size_t got = 0, before = in.n;
        enum unpack_result r = unpack_run(l->unpack, &in, room, sizeof room, &got);
        arena_text_add(out, bytes_of(room, got));
        if (r != UNPACK_OK || out->cut) { /* a last block, or more than is kept: the next message begins anew */
            unpack_free(l->unpack);
            l->unpack = NULL;
            return r == UNPACK_END;
        }
        if (got == 0 && in.n == before) {
            return true;
        }
    }
}

/* RFC 7692 7.2.2.  What can't be decompressed is left as it is. */
static void decompress(struct conn *c, struct lane *l, struct txn *t)
{
    struct websocket *w = txn_data(t);
    struct arena_text out;

    if (l->unpack == NULL) {
        l->unpack = unpack_new(txn_arena(t)->pages, UNPACK_DEFLATE, UNPACK_MEMORY);
    }
    if (l->unpack == NULL || conn_bodies_unread(c)) {
        return;
    }
    arena_text_init(&out, txn_arena(t), payload_max(c));
    if (inflate(l, w->payload, &out) && l->unpack != NULL) {
        (void)inflate(l, bytes_of("\0\0\xff\xff", 4), &out);
    }
    if (out.cut) {
        txn_note(t, NOTE_REASSEMBLY);
    }
    if (out.n != 0) {
        w->payload = arena_text_bytes(&out);
    }
}

/* A frame of a message that has several. */
static void message_add(struct conn *c, struct lane *l, struct txn *t)
{
    struct websocket *w = txn_data(t);
    size_t max = payload_max(c), n = w->payload.n;

    if (!l->open) {
        l->open = true;
        l->compressed = (w->flags & FLAG_COMPRESSED) != 0;
        if (l->message.arena == NULL) {
            arena_text_init(&l->message, conn_arena(c), max);
        }
        l->message.n = 0;
        l->message.cut = false;
    }
    if (l->message.n + n >= max) {
        n = max - l->message.n;
        txn_note(t, NOTE_REASSEMBLY);
    }
    arena_text_add(&l->message, bytes_head(w->payload, n));
    if ((w->flags & FLAG_FIN) != 0) {
        w->payload = arena_copy(txn_arena(t), arena_text_bytes(&l->message));
    }
}

static void read_payload(struct conn *c, struct lane *l, struct txn *t)
{
    struct websocket *w = txn_data(t);
    bool control = w->opcode >= OPCODE_CONTROL, fin = (w->flags & FLAG_FIN) != 0, compressed = (w->flags & FLAG_COMPRESSED) != 0;

    if (!control && (l->open || !fin)) { /* RFC 6455 5.4: control frames may stand between */
        message_add(c, l, t);
        compressed = l->compressed;
        l->open = !fin;
    }
    if (compressed && fin) {
        decompress(c, l, t);
    }
}

static enum outcome websocket_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    struct state *s = conn_state(c);
    struct lane *l = &s->lane[side];
    struct txn *t = txn_new(c);
    struct head h;

    (void)unit;
    if (!head_read(bytes, &h) || t == NULL) {
        return OUTCOME_OK;
    }
    struct websocket *w = txn_data(t);
    rd_skip(&bytes, h.n);
    size_t n = rd_left(&bytes);
    conn_span(c, side, SPAN_HEADER, 0, h.n, t);
    conn_span(c, side, SPAN_PDU, 0, h.n + n, t);
    conn_span(c, side, SPAN_DATA, h.n, n, t);
    *w = (struct websocket){ .flags = h.first & FLAGS, .opcode = h.first & 0x0f, .side = (uint8_t)side, .masked = h.masked };
    struct rd mask = rd_of(h.mask);
    w->mask = rd_be32(&mask);
    w->payload = unmasked(txn_arena(t), rd_rest(&bytes), h.mask);
    if (h.length > n) {
        l->skip = h.length - n;
        txn_note(t, NOTE_SKIPPED);
    }
    read_payload(c, l, t);
    txn_message(t, side);
    if ((w->flags & FLAG_FIN) != 0) {
        conn_whole(c, side);
    }
    return OUTCOME_OK;
}

static void websocket_state_fini(void *state)
{
    struct state *s = state;

    unpack_free(s->lane[0].unpack);
    unpack_free(s->lane[1].unpack);
}

/* ------- fields and records ------- */

FIELD_OFFSET_BYTES(payload, struct websocket, payload)
FIELD_OFFSET_NUMBER(flags, struct websocket, flags)
FIELD_OFFSET_NUMBER(opcode, struct websocket, opcode)

static bool mask(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct websocket *w = txn_data_const(t);

    (void)side;
    *out = w->mask;
    return i == 0 && w->masked;
}

static const struct code opcodes[] = { { 0, "continuation" }, { 1, "text" }, { 2, "binary" }, { 8, "close" }, { 9, "ping" }, { 10, "pong" } };
static const struct code bits[] = { { FLAG_FIN, "fin" }, { FLAG_COMPRESSED, "comp" } };

static const struct field fields[] = {
    { .name = "websocket.payload", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .flags = FIELD_SHOWN, .bytes = payload, .log = "payload",
      .help = "a frame's payload, unmasked; of a message's last frame all of it, decompressed" },
    { .name = "websocket.flags", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .flags = FIELD_BITS, .number = flags, .bits = 8, .names = NAMES_CODES(bits),
      .help = "a frame's flags, as a number or by name: fin, comp" },
    { .name = "websocket.mask", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .number = mask, .bits = 32, .help = "what a frame is masked with" },
    { .name = "websocket.opcode", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .number = opcode, .bits = 8, .names = NAMES_CODES(opcodes),
      .help = "a frame's kind: continuation, text, binary, close, ping, pong" },
};

static void websocket_log(const struct txn *t, struct json *j)
{
    const struct websocket *w = txn_data_const(t);
    const char *opcode = names_name(NAMES_CODES(opcodes), w->opcode);
    struct text unknown;

    json_bool(j, "fin", (w->flags & FLAG_FIN) != 0);
    if (w->masked) {
        json_u64(j, "mask", w->mask);
    }
    if (opcode != NULL) {
        json_string(j, "opcode", opcode);
        return;
    }
    text_init(&unknown, 32);
    text_printf(&unknown, "unknown-%u", w->opcode);
    json_bytes(j, "opcode", text_bytes(&unknown));
    text_fini(&unknown);
}

static enum side websocket_log_side(const struct txn *t, enum side turn)
{
    const struct websocket *w = txn_data_const(t);

    (void)turn;
    return w->side;
}

static const char *const spans[] = { [SPAN_HEADER] = "header", [SPAN_PDU] = "pdu", [SPAN_DATA] = "data", NULL };
static const struct proto_state request_states[] = { { "request_started", 0 }, { "request_complete", 1 }, { NULL, 0 } };
static const struct proto_state response_states[] = { { "response_started", 0 }, { "response_complete", 1 }, { NULL, 0 } };
static const struct option_row options[] = {
    { "app-layer.protocols.websocket.max-payload-size", OPTION_BYTES, offsetof(struct settings, payload_max), "65535", NULL, 0, 0, "bytes",
      "of a frame's payload, of a message, and of what it decompresses to" },
};

const struct proto proto_websocket = {
    .name = "websocket",
    .transports = 1,
    .first_server = true,
    .whole_never = true,
    .probe = websocket_probe,
    .state_size = sizeof(struct state),
    .txn_size = sizeof(struct websocket),
    .unit_max = PAYLOAD_MAX + 64,
    .txn_bytes_max = 4 * PAYLOAD_MAX,
    .conn_bytes_max = 4 * PAYLOAD_MAX,
    .frame = websocket_frame,
    .parse = websocket_parse,
    .state_fini = websocket_state_fini,
    .states = { request_states, response_states },
    .spans = spans,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = websocket_log,
    .log_side = websocket_log_side,
    .options = options,
    .option_n = ROWS(options),
    .settings_size = sizeof(struct settings),
};
