/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dnp3 - Distributed Network Protocol (IEEE 1815): link frames, the transport function over them, and what rules can ask.
 */
#include "proto/dnp3/dnp3.h"

enum { UNIT_FRAME, UNIT_SHORT, UNIT_BAD_CRC };
enum { START_0 = 0x05, START_1 = 0x64, HEAD_LEN = 10, HEAD_CHECKED = 8, LENGTH_LEAST = 5, BLOCK = 16, CRC_LEN = 2, FRAGMENT_MAX = 63 * 255, FRAME_MAX = 292 };
enum { LINK_DIRECTION = 0x80, LINK_CONFIRMED_DATA = 3, LINK_DATA = 4 };
enum { TRANSPORT_FINAL = 0x80, TRANSPORT_FIRST = 0x40, TRANSPORT_SEQUENCE = 0x3f };

struct state {
    uint64_t open[2];         /* 1 and the id of the fragment that more frames will continue; 0: none */
    struct arena_text frame;  /* the data of the frame at work */
    uint32_t unanswered;
    bool flooded;
};

/* ------- link frames ------- */

/* The check sum of IEEE 1815 9.2.4: polynomial 0x3d65, least bit first, inverted. */
static uint16_t checksum(struct bytes b)
{
    struct rd r = rd_of(b);
    uint16_t crc = 0;

    while (rd_left(&r) != 0) {
        crc ^= rd_u8(&r);
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = (uint16_t)((crc & 1) != 0 ? crc >> 1 ^ 0xa6bc : crc >> 1);
        }
    }
    return (uint16_t)~crc;
}

/* n bytes and the check sum behind them. */
static struct bytes checked(struct rd *r, size_t n, bool *good)
{
    struct bytes b = rd_bytes(r, n);
    uint16_t crc = rd_le16(r);

    *good = rd_ok(r) && checksum(b) == crc;
    return b;
}

static bool starts(struct rd r) { return rd_u8(&r) == START_0 && rd_u8(&r) == START_1; }

/* Octets of the frame, by its length octet: those it counts, the three before them, and two of check sum behind each block. */
static size_t frame_length(uint8_t length)
{
    size_t data = length > LENGTH_LEAST ? (size_t)(length - LENGTH_LEAST) : 0;

    return HEAD_LEN + data + (data + BLOCK - 1) / BLOCK * CRC_LEN;
}

/* The first place where a frame may begin: its first byte is there, and its second one, or nothing more has come. */
static size_t frame_search(struct rd r)
{
    size_t have = rd_left(&r);

    while (rd_left(&r) != 0) {
        struct rd here = r;
        if (rd_u8(&r) == START_0 && (rd_left(&r) == 0 || starts(here))) {
            return have - rd_left(&here);
        }
    }
    return have;
}

static bool is_banner(struct rd r)
{
    struct bytes b = bytes_head(rd_peek(&r), 256);

    for (size_t i = 0; i < b.n; i++) {
        if (b.p[i] < 0x20 || b.p[i] > 0x7e) {
            return false;
        }
    }
    return bytes_find(b, (struct bytes)BYTES("DNP3")) != SIZE_MAX;
}

static enum probe dnp3_probe(struct rd data, enum side side, bool whole)
{
    struct rd r = data;

    if (is_banner(data)) { /* some outstations greet */
        return side == TO_CLIENT ? PROBE_YES : PROBE_REVERSED;
    }
    bool begins = starts(r);
    rd_skip(&r, 2);
    uint8_t length = rd_u8(&r), control = rd_u8(&r);
    if (rd_left(&data) < HEAD_LEN) {
        return whole || (rd_left(&data) >= 2 && !begins) ? PROBE_NO : PROBE_MORE;
    }
    if (!begins || length < LENGTH_LEAST) {
        return PROBE_NO;
    }
    return ((control & LINK_DIRECTION) != 0) == (side == TO_SERVER) ? PROBE_YES : PROBE_REVERSED;
}

static struct frame dnp3_frame(struct conn *c, enum side side, struct rd data)
{
    size_t have = rd_left(&data);
    struct rd r = data;

    (void)c;
    (void)side;
    if (have >= 2 && !starts(data)) {
        size_t skip = frame_search(data);
        return is_banner(data) ? (struct frame){ FRAME_SKIP, 0, skip } : (struct frame){ FRAME_BAD, 0, 0 };
    }
    if (have < HEAD_LEN) {
        return (struct frame){ FRAME_MORE, 0, HEAD_LEN };
    }
    rd_skip(&r, 2);
    uint8_t length = rd_u8(&r);
    bool good;
    (void)checked(&data, HEAD_CHECKED, &good);
    if (!good || length < LENGTH_LEAST) {
        return (struct frame){ FRAME_UNIT, good ? UNIT_SHORT : UNIT_BAD_CRC, 2 };
    }
    size_t n = frame_length(length);
    return have >= n ? (struct frame){ FRAME_UNIT, UNIT_FRAME, n } : (struct frame){ FRAME_MORE, 0, n };
}

static struct frame dnp3_resync(struct conn *c, enum side side, struct rd data)
{
    size_t have = rd_left(&data), skip = frame_search(data);

    (void)side;
    if (conn_datagram(c) || skip + 2 <= have) {
        return (struct frame){ FRAME_SKIP, 0, skip };
    }
    return (struct frame){ FRAME_MORE, 0, have - skip };
}

static void dnp3_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    struct state *s = conn_state(c);

    (void)n;
    (void)in_body;
    s->open[side] = 0;
}

/* ------- fragments ------- */

static struct txn *fragment_open(struct conn *c, enum side side)
{
    const struct state *s = conn_state(c);
    struct txn *t = s->open[side] != 0 ? txn_by_id(c, s->open[side] - 1) : NULL;

    return t != NULL && !t->complete[side] ? t : NULL;
}

static void fragment_end(struct conn *c, enum side side)
{
    struct state *s = conn_state(c);
    struct txn *t = fragment_open(c, side);

    s->open[side] = 0;
    if (t != NULL) {
        txn_done(t, TO_SERVER);
        txn_done(t, TO_CLIENT);
    }
}

/* Some requests say that they want no answer (IEEE 1815 4.4). */
static bool expects_answer(uint8_t function)
{
    return function != 6 && function != 8 && function != 10 && function != 12;
}

static void requests_count(struct conn *c, struct txn *t)
{
    struct state *s = conn_state(c);
    const struct dnp3_settings *set = conn_settings(c);
    const struct dnp3 *d = txn_data_const(t);

    if (d->request && expects_answer(d->function)) {
        s->unanswered++;
    } else if (d->function == DNP3_RESPONSE && s->unanswered != 0) {
        s->unanswered--;
    }
    if (s->unanswered <= set->requests_max) {
        s->flooded = false;
    } else if (!s->flooded) {
        s->flooded = true;
        txn_note(t, DNP3_FLOODED);
    }
}

static void fragment_whole(struct conn *c, struct txn *t, enum side side)
{
    struct dnp3 *d = txn_data(t);
    struct rd r = rd_of(arena_text_bytes(&d->data));

    d->whole = true;
    rd_skip(&r, d->request ? 2 : 4);
    dnp3_objects(t, conn_settings(c), r);
    fragment_end(c, side);
}

/* A first frame: the fragment's head is in it (IEEE 1815 4.2). */
static struct txn *fragment_begin(struct conn *c, enum side side, const struct dnp3 *head, struct rd data)
{
    struct state *s = conn_state(c);
    struct rd r = data;

    fragment_end(c, side);
    uint8_t control = rd_u8(&r), function = rd_u8(&r);
    uint16_t indications = side == TO_CLIENT ? rd_be16(&r) : 0;
    if (!rd_ok(&r) || (side == TO_SERVER && function == 0)) { /* a confirmation asks nothing and holds nothing */
        return NULL;
    }
    struct txn *t = txn_new(c);
    if (t == NULL) {
        return NULL;
    }
    struct dnp3 *d = txn_data(t);
    *d = *head;
    d->request = side == TO_SERVER;
    d->control = control;
    d->function = function;
    d->indications = indications;
    arena_text_init(&d->data, txn_arena(t), FRAGMENT_MAX);
    t->skip_inspect[side_other(side)] = true;
    s->open[side] = t->id + 1;
    requests_count(c, t);
    return t;
}

/* IEEE 1815 8.2: frames of a fragment come in the order of their numbers; others are no part of it. */
static void transport(struct conn *c, enum side side, const struct dnp3 *head, struct rd data)
{
    uint8_t control = rd_u8(&data), sequence = control & TRANSPORT_SEQUENCE;
    struct txn *t = fragment_open(c, side);
    const struct dnp3 *before = t != NULL ? txn_data(t) : NULL;

    if (!rd_ok(&data)) {
        return;
    }
    if ((control & TRANSPORT_FIRST) != 0) {
        t = fragment_begin(c, side, head, data);
    } else if (before == NULL || sequence != ((before->transport + 1) & TRANSPORT_SEQUENCE)) {
        return;
    }
    if (t == NULL) {
        return;
    }
    struct dnp3 *d = txn_data(t);
    d->transport = sequence;
    arena_text_add(&d->data, rd_peek(&data));
    if (d->data.cut) {
        txn_note(t, DNP3_TOO_LONG_REASSEMBLY);
        fragment_end(c, side);
    } else if ((control & TRANSPORT_FINAL) != 0) {
        fragment_whole(c, t, side);
    }
}

/* The frame's data without check sums into `out`; false when one is wrong. */
static bool frame_data(struct rd *r, size_t n, struct arena_text *out)
{
    bool good = true;

    while (n != 0 && good) {
        size_t block = n < BLOCK ? n : BLOCK;
        struct bytes b = checked(r, block, &good);
        if (good) {
            arena_text_add(out, b);
        }
        n -= block;
    }
    return good;
}

static enum outcome dnp3_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    struct state *s = conn_state(c);
    struct dnp3 head = { 0 };

    if (unit != UNIT_FRAME) {
        conn_note(c, side, unit == UNIT_SHORT ? DNP3_LEN_TOO_SMALL : DNP3_BAD_LINK_CRC);
        return OUTCOME_BAD;
    }
    rd_skip(&bytes, 2);
    size_t n = rd_u8(&bytes) - LENGTH_LEAST;
    head.link = rd_u8(&bytes);
    head.destination = rd_le16(&bytes);
    head.source = rd_le16(&bytes);
    rd_skip(&bytes, CRC_LEN);
    unsigned function = head.link & 0xf;
    if ((function != LINK_DATA && function != LINK_CONFIRMED_DATA) || n == 0) {
        return OUTCOME_OK;
    }
    if (s->frame.arena == NULL) {
        arena_text_init(&s->frame, conn_arena(c), FRAME_MAX);
    }
    s->frame.n = 0;
    if (!frame_data(&bytes, n, &s->frame)) {
        conn_note(c, side, DNP3_BAD_TRANSPORT_CRC);
        return OUTCOME_OK;
    }
    transport(c, side, &head, rd_of(arena_text_bytes(&s->frame)));
    return OUTCOME_OK;
}

/* ------- fields ------- */

static bool data(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct dnp3 *d = txn_data_const(t);

    (void)side;
    *out = arena_text_bytes(&d->data);
    return i == 0 && d->whole;
}

static bool object(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct dnp3 *d = txn_data_const(t);

    (void)side;
    if (i >= d->object_n) {
        return false;
    }
    *out = (uint64_t)d->object[i].group << 8 | d->object[i].variation;
    return true;
}

FIELD_OFFSET_NUMBER(function, struct dnp3, function)
FIELD_OFFSET_NUMBER(indications, struct dnp3, indications)

static const struct field fields[] = {
    { .name = "dnp3.func", .aliases = "dnp3_func", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .number = function, .bits = 8,
      .names = &dnp3_functions, .help = "function code of the application layer: 1 read, 2 write, ..." },
    { .name = "dnp3.ind", .aliases = "dnp3_ind", .type = FIELD_NUMBER, .sides = SIDE_CLIENT_BIT, .stage = { 1, 1 }, .number = indications, .bits = 16,
      .names = &dnp3_indications, .flags = FIELD_BITS | FIELD_ANY, .help = "internal indications of a response: any of those named is set" },
    { .name = "dnp3.obj", .aliases = "dnp3_obj", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .number = object, .bits = 16,
      .named = dnp3_object_named, .flags = FIELD_WHOLE, .help = "group,variation of an object" },
    { .name = "dnp3.data", .aliases = "dnp3_data", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .bytes = data,
      .help = "an application fragment, put together, without check sums" },
};

/* ------- row ------- */

/* In capitals, as Suricata writes these; rules may write them as they like. */
static const struct note_row notes[] = {
    [DNP3_FLOODED] = { "FLOODED", 0, 0, "more requests without an answer than the setting max-tx allows" },
    [DNP3_LEN_TOO_SMALL] = { "LEN_TOO_SMALL", 0, 0, "a link frame's length is too small for its own head" },
    [DNP3_BAD_LINK_CRC] = { "BAD_LINK_CRC", 0, 0, "the check sum of a link frame's head is wrong" },
    [DNP3_BAD_TRANSPORT_CRC] = { "BAD_TRANSPORT_CRC", 0, 0, "the check sum of a block of data is wrong; the frame is not used" },
    [DNP3_MALFORMED] = { "MALFORMED", 0, 0, "an object's head is cut short, or its range is none; nothing behind it is read" },
    [DNP3_UNKNOWN_OBJECT] = { "UNKNOWN_OBJECT", 0, 0, "an object whose layout is not known or that is too short for it; nothing behind it is read" },
    [DNP3_TOO_MANY_POINTS] = { "TOO_MANY_POINTS", 0, 0, "an object has more points than the setting max-points allows", "max_points_per_object" },
    [DNP3_TOO_MANY_OBJECTS] = { "TOO_MANY_OBJECTS", 0, 0, "a fragment has more objects than the setting max-objects allows" },
    [DNP3_TOO_LONG_REASSEMBLY] = { "TOO_LONG_REASSEMBLY", 0, 0, "a fragment is longer than its frames could be numbered for (16,065 bytes); it is not read" },
};

static const struct option_row options[] = {
    { "app-layer.protocols.dnp3.max-tx", OPTION_U32, offsetof(struct dnp3_settings, requests_max), "32", NULL, 0, 0, NULL,
      "requests without an answer before a flood is noted" },
    { "app-layer.protocols.dnp3.max-points", OPTION_U32, offsetof(struct dnp3_settings, points_max), "16384", NULL, 0, 65536, NULL,
      "points of an object that are read" },
    { "app-layer.protocols.dnp3.max-objects", OPTION_U32, offsetof(struct dnp3_settings, objects_max), "2048", NULL, 0, 65536, NULL,
      "objects of a fragment that are read" },
};

extern const struct proto proto_dnp3;
const struct proto proto_dnp3 = {
    .name = "dnp3",
    .ports = "tcp/20000 udp/20000",
    .transports = 3,
    .own_transports = 2,
    .first_server = true,
    .probe = dnp3_probe,
    .state_size = sizeof(struct state),
    .txn_size = sizeof(struct dnp3),
    .unit_max = FRAME_MAX,
    .txn_bytes_max = 4 * 1024 * 1024,
    .frame = dnp3_frame,
    .parse = dnp3_parse,
    .gap = dnp3_gap,
    .resync = dnp3_resync,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = dnp3_log,
    .log_part = dnp3_log_part,
    .log_wanted = dnp3_log_wanted,
    .options = options,
    .option_n = ROWS(options),
    .settings_size = sizeof(struct dnp3_settings),
};
