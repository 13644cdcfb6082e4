/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http2_frame - where frames end (RFC 9113 4.1) and what stands in those that are read whole; DATA flows by as a body.
 */
#include "proto/http2/http2.h"

#include "wire/base64url.h"

enum http2_unit { UNIT_MAGIC, UNIT_FRAME, UNIT_DATA_HEAD };
enum http2_span { SPAN_HEAD, SPAN_DATA, SPAN_PDU };
enum { MAGIC_LEN = 24, FRAME_WHOLE_MAX = 65535, LONG_FRAME_READ = 16384, PRIORITY_LEN = 5 };

struct head {
    uint32_t length, stream;
    uint8_t type, flags;
};

static struct head head_read(struct rd *r)
{
    struct head h = { .length = rd_be24(r) };

    h.type = rd_u8(r);
    h.flags = rd_u8(r);
    h.stream = rd_be32(r) & 0x7fffffff;
    return h;
}

/* ------- framing ------- */

static void type_add(struct txn *t, enum side side, uint8_t type) { http2_of(t)->half[side].types[type >> 6] |= UINT64_C(1) << (type & 63); }

/* The request that asked for HTTP/2 in HTTP/1 is stream 1 (RFC 7540 3.2); its fields come as the note of the change. */
static void begin_upgraded(struct conn *c, struct rd r)
{
    struct txn *t = http2_stream_new(c, 1);

    while (t != NULL && rd_left(&r) != 0) {
        struct rd name = rd_vec16(&r), value = rd_vec16(&r);
        struct bytes n = rd_rest(&name), v = rd_rest(&value);
        if (bytes_is_nocase(n, "http2-settings")) {
            struct bytes settings = bytes_none();
            struct txn *zero = http2_stream_new(c, 0);
            bool good = zero != NULL && base64url_read(txn_arena(zero), v, &settings) && settings.n % 6 == 0;
            if (zero != NULL) {
                type_add(zero, TO_SERVER, HTTP2_SETTINGS);
                http2_settings_read(zero, TO_SERVER, rd_of(settings));
                http2_reach(zero, HTTP2_CLOSED);
            }
            if (zero != NULL && !good) {
                txn_note(zero, NOTE_HTTP1_SETTINGS);
            }
            continue;
        }
        http2_header_add(t, TO_SERVER, bytes_is_nocase(n, "host") ? bytes_str(":authority") : arena_copy(txn_arena(t), n), arena_copy(txn_arena(t), v));
    }
    if (t != NULL) {
        type_add(t, TO_SERVER, HTTP2_HEADERS);
        http2_ends_stream(t, TO_SERVER);
    }
}

static void begin(struct conn *c, struct http2_state *s)
{
    struct bytes upgraded = conn_expected(c);

    s->begun = true;
    for (unsigned i = 0; i < 2; i++) {
        hpack_init(&s->lane[i].table, conn_arena(c), http2_settings_of(c)->table_max);
    }
    if (upgraded.n != 0) {
        begin_upgraded(c, rd_of(upgraded));
    }
}

/* RFC 9113 3.4.  True: *out says what there is of the preface. */
static bool frame_magic(struct conn *c, struct http2_lane *l, struct rd data, struct frame *out)
{
    struct bytes magic = bytes_str("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), have = bytes_head(rd_peek(&data), MAGIC_LEN);

    if (have.n < MAGIC_LEN && bytes_equal(have, bytes_head(magic, have.n))) {
        *out = (struct frame){ FRAME_MORE, 0, MAGIC_LEN };
        return true;
    }
    l->magic_done = true;
    if (!bytes_equal(have, magic)) {
        conn_note(c, TO_SERVER, NOTE_MAGIC);
        return false;
    }
    *out = (struct frame){ FRAME_UNIT, UNIT_MAGIC, MAGIC_LEN };
    return true;
}

struct frame http2_frame(struct conn *c, enum side side, struct rd data)
{
    struct http2_state *s = conn_state(c);
    struct http2_lane *l = &s->lane[side];
    size_t have = rd_left(&data);
    struct frame f;

    if (!s->begun) {
        begin(c, s);
    }
    if (l->left != 0) {
        return (struct frame){ FRAME_BODY, 0, l->left };
    }
    if (l->skip != 0) {
        uint64_t n = l->skip < have ? l->skip : have;
        l->skip -= n;
        return (struct frame){ FRAME_SKIP, 0, n };
    }
    if (side == TO_SERVER && !l->magic_done && frame_magic(c, l, data, &f)) {
        return f;
    }
    if (have < HTTP2_FRAME_HEAD) {
        return (struct frame){ FRAME_MORE, 0, HTTP2_FRAME_HEAD };
    }
    struct head h = head_read(&data);
    if (h.type == HTTP2_DATA && h.stream != 0) {
        size_t n = HTTP2_FRAME_HEAD + ((h.flags & HTTP2_PADDED) != 0 && h.length != 0);
        return (struct frame){ have >= n ? FRAME_UNIT : FRAME_MORE, UNIT_DATA_HEAD, n };
    }
    size_t want = HTTP2_FRAME_HEAD + (h.length <= FRAME_WHOLE_MAX ? h.length : LONG_FRAME_READ), whole = HTTP2_FRAME_HEAD + h.length;
    if (have < want) {
        return (struct frame){ FRAME_MORE, 0, want };
    }
    l->skip = whole - want; /* of a long frame, the same however the bytes come */
    return (struct frame){ FRAME_UNIT, UNIT_FRAME, want };
}

/* ------- frames ------- */

static void numbers_add(struct txn *t, struct http2_numbers *n, uint32_t v)
{
    if (n->n == n->room) {
        uint32_t room = n->room != 0 ? n->room * 2 : 4;
        uint32_t *more = room <= HTTP2_NUMBERS_MAX ? arena_take(txn_arena(t), room * sizeof *more) : NULL;
        if (more == NULL) {
            return;
        }
        for (uint32_t i = 0; i < n->n; i++) {
            more[i] = n->v[i];
        }
        n->v = more;
        n->room = room;
    }
    n->v[n->n++] = v;
}

void http2_settings_read(struct txn *t, enum side side, struct rd r)
{
    struct http2_half *h = &http2_of(t)->half[side];

    while (rd_left(&r) >= 6) {
        uint16_t id = rd_be16(&r);
        uint32_t value = rd_be32(&r);
        numbers_add(t, &h->settings, id);
        numbers_add(t, &h->settings, value);
    }
    if (rd_left(&r) != 0) { /* RFC 9113 6.5 */
        txn_note(t, NOTE_FRAME_DATA);
    }
}

/* A frame of fixed length, of which `n` octets are passed over and four are the number that is kept. */
static bool number_read(struct txn *t, struct rd *r, const struct head *h, size_t n, uint32_t *v)
{
    if (h->type == HTTP2_GOAWAY ? h->length < 8 : h->length != n + 4) {
        txn_note(t, NOTE_FRAME_LENGTH);
        return false;
    }
    rd_skip(r, n);
    *v = rd_be32(r);
    return rd_ok(r);
}

static void read_error(struct txn *t, enum side side, struct rd r, const struct head *h)
{
    struct http2_half *half = &http2_of(t)->half[side];
    uint32_t v;

    if (number_read(t, &r, h, h->type == HTTP2_GOAWAY ? 4 : 0, &v)) {
        half->error_is_reset = half->errors.n == 0 ? h->type == HTTP2_RST_STREAM : half->error_is_reset;
        numbers_add(t, &half->errors, v);
    }
}

static void read_window(struct txn *t, enum side side, struct rd r, const struct head *h)
{
    struct http2_numbers *n = &http2_of(t)->half[side].windows;
    uint32_t v;

    if (number_read(t, &r, h, 0, &v) && (n->n == 0 || n->v[n->n - 1] != (v & 0x7fffffff))) { /* most say the same again and again */
        numbers_add(t, n, v & 0x7fffffff);
    }
}

static void read_priority(struct txn *t, enum side side, struct rd r, const struct head *h)
{
    if (h->length != PRIORITY_LEN) {
        txn_note(t, NOTE_FRAME_LENGTH);
        return;
    }
    rd_skip(&r, 4);
    numbers_add(t, &http2_of(t)->half[side].priorities, rd_u8(&r));
}

/* ------- header blocks ------- */

/* What a frame holds of its block: padding and what stands before it taken off. */
static struct bytes fragment(struct txn *t, enum side side, struct rd r, const struct head *h)
{
    uint8_t padding = (h->flags & HTTP2_PADDED) != 0 ? rd_u8(&r) : 0;

    if (h->type == HTTP2_PUSH_PROMISE) {
        rd_skip(&r, 4);
    } else if ((h->flags & HTTP2_WITH_PRIORITY) != 0) {
        rd_skip(&r, 4);
        uint8_t weight = rd_u8(&r);
        if (rd_ok(&r)) {
            numbers_add(t, &http2_of(t)->half[side].priorities, weight);
        }
    }
    if (!rd_ok(&r) || padding > rd_left(&r)) {
        txn_note(t, NOTE_FRAME_DATA);
        return rd_rest(&r);
    }
    return rd_bytes(&r, rd_left(&r) - padding);
}

static void block_add(struct conn *c, struct http2_block *b, struct bytes bytes)
{
    uint32_t max = http2_settings_of(c)->block_max;

    if (b->bytes.n + bytes.n > max) {
        if (b->txn != NULL) {
            txn_note(b->txn, NOTE_REASSEMBLY);
        }
        bytes = bytes_head(bytes, max > b->bytes.n ? max - b->bytes.n : 0);
    }
    arena_text_add(&b->bytes, bytes);
}

/* HEADERS or PUSH_PROMISE: the block is whole, or goes on in CONTINUATION. */
static void read_headers(struct conn *c, struct txn *t, enum side side, struct rd r, const struct head *h)
{
    struct http2_block *b = &http2_lane_of(c, side)->block;
    struct bytes bytes = fragment(t, side, r, h);
    bool ends = h->type == HTTP2_HEADERS && (h->flags & HTTP2_END_STREAM) != 0;

    if (h->type == HTTP2_PUSH_PROMISE && side == TO_CLIENT) {
        http2_reach(t, HTTP2_RESERVED);
    }
    if ((h->flags & HTTP2_END_HEADERS) != 0) {
        struct bytes host;
        http2_block_read(c, t, side, bytes);
        if (side == TO_SERVER && http2_value_first(&http2_of(t)->half[side], ":authority", &host)) {
            conn_host(c, host);
        }
        if (ends) { /* behind DATA: trailers */
            http2_body_over(t, side, false);
            http2_ends_stream(t, side);
        }
        return;
    }
    b->stream = h->stream;
    b->txn = t;
    b->ends_stream = ends;
    if (b->bytes.arena == NULL) {
        arena_text_init(&b->bytes, conn_arena(c), http2_settings_of(c)->block_max);
    }
    b->bytes.n = 0;
    b->bytes.cut = false;
    block_add(c, b, bytes);
}

static void read_continuation(struct conn *c, struct txn *t, enum side side, struct rd r, const struct head *h)
{
    struct http2_block *b = &http2_lane_of(c, side)->block;

    if (h->stream != b->stream || b->stream == 0) { /* RFC 9113 6.10 forbids it; read for what it is worth */
        txn_note(t, NOTE_EXTRA_DATA);
        http2_block_read(c, t, side, rd_rest(&r));
        return;
    }
    block_add(c, b, rd_rest(&r));
    if ((h->flags & HTTP2_END_HEADERS) == 0) {
        return;
    }
    b->stream = 0;
    http2_block_read(c, t, side, arena_text_bytes(&b->bytes));
    if (b->ends_stream) {
        http2_body_over(t, side, false);
        http2_ends_stream(t, side);
    }
}

/* ------- whole frames ------- */

static void frame_spans(struct conn *c, enum side side, const struct head *h, const struct txn *t)
{
    conn_span(c, side, SPAN_HEAD, 0, HTTP2_FRAME_HEAD, t);
    conn_span(c, side, SPAN_DATA, HTTP2_FRAME_HEAD, h->length, t);
    conn_span(c, side, SPAN_PDU, 0, HTTP2_FRAME_HEAD + h->length, t);
}

/* Whose frame it is: of a promise the stream it is about, of a block's end the one that began it. */
static struct txn *txn_of(struct conn *c, enum side side, const struct head *h, struct rd payload)
{
    const struct http2_state *s = conn_state(c);
    const struct http2_block *b = &s->lane[side].block;

    if (h->type == HTTP2_CONTINUATION && h->stream != 0 && b->stream == h->stream && b->txn != NULL) {
        return b->txn;
    }
    if (h->type == HTTP2_PUSH_PROMISE && h->stream != 0) {
        rd_skip(&payload, (h->flags & HTTP2_PADDED) != 0);
        uint32_t promised = rd_be32(&payload) & 0x7fffffff;
        return http2_stream_of(c, rd_ok(&payload) && promised != 0 ? promised : h->stream);
    }
    return http2_stream_of(c, h->stream);
}

/* Counts the frame for rules. */
static void frame_count(struct conn *c, struct txn *t, enum side side, const struct head *h)
{
    struct http2 *x = txn_data(t);
    struct http2_half *half = &x->half[side];
    bool late = h->type == HTTP2_RST_STREAM || h->type == HTTP2_WINDOW_UPDATE || h->type == HTTP2_PRIORITY;

    if (x->stage == HTTP2_CLOSED && !late) { /* RFC 9113 5.1 */
        txn_note(t, NOTE_STREAM_REUSE);
    }
    if (half->frames++ == http2_settings_of(c)->frames_max) {
        txn_note(t, NOTE_FRAMES);
    }
    type_add(t, side, h->type);
    txn_touch(t, side);
}

static void read_payload(struct conn *c, struct txn *t, enum side side, struct rd r, const struct head *h)
{
    switch (h->type) {
    case HTTP2_HEADERS:
    case HTTP2_PUSH_PROMISE: read_headers(c, t, side, r, h); break;
    case HTTP2_CONTINUATION: read_continuation(c, t, side, r, h); break;
    case HTTP2_PRIORITY: read_priority(t, side, r, h); break;
    case HTTP2_RST_STREAM:
    case HTTP2_GOAWAY: read_error(t, side, r, h); break;
    case HTTP2_SETTINGS: http2_settings_read(t, side, r); break;
    case HTTP2_WINDOW_UPDATE: read_window(t, side, r, h); break;
    case HTTP2_DATA: txn_note(t, NOTE_DATA_ZERO); break;
    default: break; /* RFC 9113 4.1: unknown types are passed over */
    }
}

static enum outcome parse_frame(struct conn *c, enum side side, struct rd r)
{
    struct head h = head_read(&r);

    if (h.type == HTTP2_SETTINGS && h.length == 0) { /* an acknowledgement */
        frame_spans(c, side, &h, NULL);
        return OUTCOME_OK;
    }
    struct txn *t = txn_of(c, side, &h, r);
    if (t == NULL) {
        return OUTCOME_OK;
    }
    frame_spans(c, side, &h, t);
    frame_count(c, t, side, &h);
    if (rd_left(&r) < h.length) {
        txn_note(t, NOTE_LONG_FRAME);
    }
    read_payload(c, t, side, r, &h);
    if (http2_of(t)->stream == 0) {
        http2_reach(t, HTTP2_CLOSED);
    }
    return OUTCOME_OK;
}

static enum outcome parse_data_head(struct conn *c, enum side side, struct rd r)
{
    struct http2_lane *l = http2_lane_of(c, side);
    struct head h = head_read(&r);
    uint8_t padding = rd_u8(&r); /* 0 when there is none */
    uint64_t pad_length = (h.flags & HTTP2_PADDED) != 0 && h.length != 0;

    l->body = http2_stream_of(c, h.stream);
    l->left = h.length - pad_length;
    l->skip = padding <= l->left ? padding : 0;
    l->left -= l->skip;
    l->ends_stream = (h.flags & HTTP2_END_STREAM) != 0;
    if (l->body == NULL) {
        l->skip += l->left;
        l->left = 0;
        return OUTCOME_OK;
    }
    frame_spans(c, side, &h, l->body);
    frame_count(c, l->body, side, &h);
    if (padding > h.length - pad_length) {
        txn_note(l->body, NOTE_FRAME_DATA);
    }
    if (h.length > FRAME_WHOLE_MAX) { /* rules need not wait for its end */
        txn_note(l->body, NOTE_LONG_FRAME);
        http2_reach(l->body, side == TO_SERVER ? HTTP2_DATA_CLIENT : HTTP2_DATA_SERVER);
    }
    if (l->left == 0) { /* nothing more need come */
        http2_body(c, side, bytes_none(), true);
    }
    return OUTCOME_OK;
}

enum outcome http2_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    enum outcome out = OUTCOME_OK;

    if (unit == UNIT_DATA_HEAD) {
        return parse_data_head(c, side, bytes);
    }
    if (unit == UNIT_FRAME) {
        out = parse_frame(c, side, bytes);
        conn_whole(c, side);
    }
    return out;
}
