/* SPDX-License-Identifier: GPL-2.0-or-later */
/* smb_frame - NetBIOS messages (RFC 1002 4.3, MS-SMB2 2.1), the records in them, and data that goes by in chunks. */
#include "proto/smb/smb.h"

enum { UNIT_NBSS, UNIT_RECORD, UNIT_HEAD, UNIT_TRANSFORM };
enum { NBSS_HEADER = 4, NBSS_MESSAGE = 0, NBSS_FIRST = 0x81, NBSS_LAST = 0x85, RECORD_MAX = 512 * 1024, TRANSFORM_HEADER = 52, ID_LENGTH = 4 };

/* The first byte tells the kind of record; "SMB" follows it. */
enum { ID_SMB1 = 0xff, ID_SMB2 = 0xfe, ID_TRANSFORM = 0xfd, ID_COMPRESSED = 0xfc };

static uint8_t record_id(struct bytes b)
{
    return b.n >= ID_LENGTH && bytes_starts(bytes_from(b, 1), "SMB") ? b.p[0] : 0;
}

static struct frame skip(struct smb_lane *l, uint64_t n)
{
    l->body = LANE_SKIP;
    l->body_left = n;
    l->after = 0;
    return (struct frame){ FRAME_BODY, 0, n };
}

/* How long the record at the head is: an SMB2 record says where the next one stands (MS-SMB2 2.2.1). */
static uint64_t record_length(struct conn *c, enum side side, const struct smb_lane *l, struct bytes b)
{
    struct rd r = rd_of(bytes_from(b, 20));
    uint32_t next = b.p[0] == ID_SMB2 ? rd_le32(&r) : 0;

    if (next > l->left) {
        conn_note(c, side, SMB_RECORD_OVERFLOW);
    }
    return next >= SMB2_HEADER && next <= l->left ? next : l->left;
}

static struct frame frame_record(struct conn *c, enum side side, struct smb_lane *l, struct bytes b)
{
    bool two = b.p[0] == ID_SMB2;
    size_t header = two ? SMB2_HEADER : SMB1_HEADER;
    struct smb_data data = { 0, 0 };

    if (l->left < header) {
        conn_note(c, side, SMB_MALFORMED);
        return skip(l, l->left);
    }
    if (b.n < header) {
        return (struct frame){ FRAME_MORE, 0, header };
    }
    l->record = record_length(c, side, l, b);
    struct bytes have = b.n > l->record ? bytes_head(b, (size_t)l->record) : b;
    enum outcome found = two ? smb2_data(c, side, have, l->record, &data) : smb1_data(c, side, have, l->record, &data);
    if (found == OUTCOME_MORE) {
        return (struct frame){ FRAME_MORE, 0, 0 };
    }
    if (found == OUTCOME_OK) {
        uint64_t room = l->record - data.head;
        l->after = room - (data.n < room ? data.n : room);
        return (struct frame){ have.n < data.head ? FRAME_MORE : FRAME_UNIT, UNIT_HEAD, data.head };
    }
    if (l->record > RECORD_MAX) {
        conn_note(c, side, SMB_RECORD_OVERFLOW);
        return skip(l, l->record);
    }
    l->after = 0;
    return (struct frame){ have.n < l->record ? FRAME_MORE : FRAME_UNIT, UNIT_RECORD, l->record };
}

struct frame smb_frame(struct conn *c, enum side side, struct rd data)
{
    struct smb_state *s = conn_state(c);
    struct smb_lane *l = &s->lane[side];
    struct bytes b = rd_peek(&data);

    if (l->body_left != 0) {
        return (struct frame){ FRAME_BODY, 0, l->body_left };
    }
    if (l->left == 0) {
        if (b.n < NBSS_HEADER) {
            return (struct frame){ FRAME_MORE, 0, NBSS_HEADER };
        }
        bool known = b.p[0] == NBSS_MESSAGE || (b.p[0] >= NBSS_FIRST && b.p[0] <= NBSS_LAST);
        return known ? (struct frame){ FRAME_UNIT, UNIT_NBSS, NBSS_HEADER } : (struct frame){ FRAME_BAD, 0, 0 };
    }
    if (b.n < ID_LENGTH && l->left >= ID_LENGTH) {
        return (struct frame){ FRAME_MORE, 0, ID_LENGTH };
    }
    switch (record_id(b)) {
    case ID_SMB1:
    case ID_SMB2: return frame_record(c, side, l, b);
    case ID_TRANSFORM:
        l->record = l->left < TRANSFORM_HEADER ? l->left : TRANSFORM_HEADER;
        l->after = l->left - l->record;
        return (struct frame){ b.n < l->record ? FRAME_MORE : FRAME_UNIT, UNIT_TRANSFORM, l->record };
    case ID_COMPRESSED: break;
    default: conn_note(c, side, SMB_MALFORMED); break;
    }
    return skip(l, l->left);
}

/* After a gap or nonsense: the next message that begins with a record. */
struct frame smb_resync(struct conn *c, enum side side, struct rd data)
{
    static const struct bytes smb = BYTES("SMB");
    struct smb_state *s = conn_state(c);
    struct smb_lane *l = &s->lane[side];
    struct bytes all = rd_peek(&data);

    if (l->body_left != 0) {
        return (struct frame){ FRAME_SKIP, 0, 0 };
    }
    for (size_t at = 0; at + NBSS_HEADER + ID_LENGTH <= all.n;) {
        size_t found = bytes_find(bytes_from(all, at + NBSS_HEADER + 1), smb);
        if (found == SIZE_MAX) {
            break;
        }
        at += found;
        if (all.p[at] == NBSS_MESSAGE && all.p[at + NBSS_HEADER] >= ID_COMPRESSED) {
            l->left = 0;
            return (struct frame){ FRAME_SKIP, 0, at };
        }
        at++;
    }
    return (struct frame){ FRAME_MORE, 0, NBSS_HEADER + ID_LENGTH - 1 }; /* it may begin in the last of them */
}

static void spans(struct conn *c, enum side side, unsigned first, uint64_t header, uint64_t n, const struct txn *t)
{
    conn_span(c, side, first, 0, n, t);
    conn_span(c, side, first + 1, 0, header, t);
    conn_span(c, side, first + 2, header, n > header ? n - header : 0, t);
}

static void parse_nbss(struct conn *c, enum side side, struct smb_lane *l, struct rd r)
{
    const struct smb_settings *set = conn_settings(c);
    struct smb_state *s = conn_state(c);
    uint8_t type = rd_u8(&r);

    if (!s->begun && set != NULL) {
        s->begun = true;
        conn_depth(c, set->depth);
    }
    l->left = rd_be24(&r);
    spans(c, side, SPAN_NBSS_PDU, NBSS_HEADER, NBSS_HEADER + l->left, NULL);
    if (type != NBSS_MESSAGE) {
        skip(l, l->left);
    }
}

enum outcome smb_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    struct smb_state *s = conn_state(c);
    struct smb_lane *l = &s->lane[side];
    struct smb_record r = { .c = c, .s = s, .side = side, .all = rd_peek(&bytes) };

    if (unit == UNIT_NBSS) {
        parse_nbss(c, side, l, bytes);
        return OUTCOME_OK;
    }
    l->left -= r.all.n;
    l->body = LANE_SKIP;
    l->body_left = l->record - r.all.n - (unit == UNIT_HEAD ? l->after : 0);
    if (unit == UNIT_TRANSFORM) {
        spans(c, side, SPAN_SMB3_PDU, TRANSFORM_HEADER, l->record + l->after, NULL);
        l->body_left = l->after;
        l->after = 0;
        return OUTCOME_OK;
    }
    const struct txn *before = txn_last(c);
    bool two = r.all.p[0] == ID_SMB2;
    enum outcome out = two ? smb2_record(&r) : smb1_record(&r);
    const struct txn *t = txn_last(c);
    spans(c, side, two ? SPAN_SMB2_PDU : SPAN_SMB1_PDU, two ? SMB2_HEADER : SMB1_HEADER, l->record, t != before ? t : NULL);
    if (l->body_left == 0 && l->after != 0) {
        skip(l, l->after);
    }
    if (out == OUTCOME_BAD) {
        conn_note(c, side, SMB_MALFORMED);
    }
    return OUTCOME_OK; /* where the next record stands is known all the same */
}

/* n bytes of the body under way are through. */
static void body_passed(struct smb_lane *l, uint64_t n)
{
    l->left -= n < l->left ? n : l->left;
    l->body_left -= n < l->body_left ? n : l->body_left;
    l->body_offset += n;
    if (l->body_left == 0) {
        l->body = LANE_SKIP;
        l->body_left = l->after;
        l->after = 0;
    }
}

static struct txn *body_txn(struct conn *c, const struct smb_lane *l)
{
    return l->body == LANE_FILE && l->body_txn != 0 ? txn_by_id(c, l->body_txn - 1) : NULL;
}

void smb_body(struct conn *c, enum side side, struct bytes chunk, bool last)
{
    struct smb_state *s = conn_state(c);
    struct smb_lane *l = &s->lane[side];
    struct txn *t = body_txn(c, l);

    (void)last;
    if (chunk.n == 0) {
        return;
    }
    if (t != NULL) {
        smb_file_chunk(c, t, l->body_offset, chunk);
    }
    body_passed(l, chunk.n);
}

void smb_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    struct smb_state *s = conn_state(c);
    struct smb_lane *l = &s->lane[side];
    struct txn *t = body_txn(c, l);

    if (in_body) {
        if (t != NULL) {
            smb_file_gap(c, t, l->body_offset, n);
        }
        body_passed(l, n);
        return;
    }
    l->left -= n < l->left ? n : l->left;
    l->after = 0;
    l->body = LANE_SKIP;
    l->body_left = l->left; /* the rest of the message that was hit */
}
