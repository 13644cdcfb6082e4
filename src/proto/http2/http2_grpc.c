/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http2_grpc - gRPC in DATA: its messages, each behind a flag and its length (gRPC's description of itself over HTTP/2,
 * "Length-Prefixed-Message"), unpacked by grpc-encoding.  The body that rules, files and hashes see is the messages alone.
 *
 * Messages are kept for `grpc.message` in one text a side.  When that is full, those of earlier turns make room: rules have looked
 * at them.
 */
#include "proto/http2/http2.h"

enum { HEAD_LEN = 5, KEPT_MAX = 256, KEPT_BYTES_MAX = 4 * HTTP2_GRPC_MESSAGE_MAX, ESCAPE_LEN = 3 };

bool http2_grpc_type(struct bytes content_type)
{
    static const char name[] = "application/grpc";
    size_t n = sizeof name - 1;

    return bytes_equal_nocase(bytes_head(content_type, n), bytes_of(name, n)) && (content_type.n == n || bytes_find_byte(bytes_str("+; "), content_type.p[n]) != SIZE_MAX);
}

bool http2_is_grpc(const struct http2 *x) { return x->half[TO_SERVER].is_grpc || x->half[TO_CLIENT].is_grpc; }

/* ------- messages ------- */

/* Room for a message: what rules have looked at goes when there is none. */
static void kept_begin(struct conn *c, struct http2_grpc *g)
{
    bool full = g->kept_n == KEPT_MAX || g->text.n > KEPT_BYTES_MAX - HTTP2_GRPC_MESSAGE_MAX;

    if (full && g->turn != conn_number(c)) {
        g->kept_n = 0;
        g->text.n = 0;
    }
    g->begin = (uint32_t)g->text.n;
    g->plain = 0;
}

static void message_begin(struct conn *c, struct txn *t, enum side side)
{
    struct http2_half *h = &http2_of(t)->half[side];
    struct http2_grpc *g = h->grpc;
    struct rd r = rd_make(g->head, HEAD_LEN);
    uint8_t flag = rd_u8(&r);

    g->left = rd_be32(&r);
    if (flag > 1) { /* no message: this and the rest are taken as they are */
        txn_note(t, NOTE_GRPC_HEAD);
        g->lost = true;
        h->coding = HTTP2_CODING_OTHER;
        http2_body_in(c, t, side, bytes_of(g->head, HEAD_LEN));
        return;
    }
    if (flag == 1 && g->coding == HTTP2_CODING_UNKNOWN) {
        txn_note(t, NOTE_GRPC_NO_CODING);
    }
    h->coding = flag == 1 && g->coding >= HTTP2_CODING_GZIP ? g->coding : HTTP2_CODING_OTHER;
    h->packed = h->plain = 0;
    kept_begin(c, g);
}

static void message_end(struct conn *c, struct txn *t, enum side side)
{
    struct http2_half *h = &http2_of(t)->half[side];
    struct http2_grpc *g = h->grpc;
    size_t n = g->text.n - g->begin;

    http2_unpack_end(h, HTTP2_CODING_OTHER);
    g->head_n = 0;
    g->left = 0;
    g->messages++;
    if (g->plain > HTTP2_GRPC_MESSAGE_MAX) {
        txn_note(t, NOTE_GRPC_LONG);
    }
    if (g->kept == NULL) {
        g->kept = arena_take(txn_arena(t), KEPT_MAX * sizeof *g->kept);
    }
    if (g->kept == NULL || g->kept_n == KEPT_MAX || n < (g->plain < HTTP2_GRPC_MESSAGE_MAX ? g->plain : HTTP2_GRPC_MESSAGE_MAX)) {
        txn_note(t, NOTE_GRPC_UNSEEN);
    }
    if (g->kept != NULL && g->kept_n < KEPT_MAX) {
        g->kept[g->kept_n++] = (struct http2_grpc_kept){ g->begin, (uint32_t)n };
        g->turn = conn_number(c);
        txn_touch(t, side);
    }
}

void http2_grpc_plain(struct http2_grpc *g, struct bytes plain)
{
    uint64_t room = g->plain < HTTP2_GRPC_MESSAGE_MAX ? HTTP2_GRPC_MESSAGE_MAX - g->plain : 0;

    if (!g->lost) {
        g->plain += plain.n;
        arena_text_add(&g->text, bytes_head(plain, room));
    }
}

/* True: the bytes are gRPC's, and were taken. */
bool http2_grpc_add(struct conn *c, struct txn *t, enum side side, struct bytes chunk)
{
    struct http2_half *h = &http2_of(t)->half[side];
    struct http2_grpc *g = h->grpc;

    if (!h->is_grpc || (g == NULL && (h->body_seen || h->coding >= HTTP2_CODING_GZIP || !http2_settings_of(c)->grpc))) {
        return false;
    }
    if (g == NULL) {
        struct bytes coding;
        g = h->grpc = arena_zero(txn_arena(t), sizeof *g);
        if (g == NULL) {
            return false;
        }
        g->coding = http2_value_first(h, "grpc-encoding", &coding) && !bytes_is_nocase(coding, "identity") ? (uint8_t)http2_coding_of(coding) : HTTP2_CODING_UNKNOWN;
        arena_text_init(&g->text, txn_arena(t), KEPT_BYTES_MAX);
    }
    while (chunk.n != 0 && !g->lost) {
        if (g->head_n < HEAD_LEN) {
            g->head[g->head_n++] = chunk.p[0];
            chunk = bytes_from(chunk, 1);
            if (g->head_n < HEAD_LEN) {
                continue;
            }
            message_begin(c, t, side);
        } else {
            struct bytes piece = bytes_head(chunk, g->left);
            g->left -= piece.n;
            chunk = bytes_from(chunk, piece.n);
            http2_body_in(c, t, side, piece);
        }
        if (g->left == 0 && !g->lost) {
            message_end(c, t, side);
        }
    }
    if (chunk.n != 0) {
        http2_body_in(c, t, side, chunk);
    }
    return true;
}

/* n bytes are missing: within a message the next is found, beyond it nothing tells where one begins. */
void http2_grpc_gap(struct http2_half *h, uint64_t n)
{
    struct http2_grpc *g = h->grpc;

    if (g->lost || g->head_n < HEAD_LEN || n >= g->left) {
        g->lost = true;
        h->coding = HTTP2_CODING_OTHER;
        return;
    }
    g->left -= n;
    g->text.n = g->begin; /* nothing matches over a hole */
    g->plain = 0;
}

void http2_grpc_over(struct txn *t, enum side side)
{
    struct http2_grpc *g = http2_of(t)->half[side].grpc;

    if (g == NULL || g->lost || g->head_n == 0) {
        return;
    }
    txn_note(t, NOTE_GRPC_CUT);
    if (g->head_n == HEAD_LEN) {
        message_end(t->conn, t, side);
    }
    g->head_n = 0;
}

/* ------- what rules and records ask ------- */

bool http2_grpc_message(const struct http2 *x, enum side side, unsigned i, struct bytes *out)
{
    const struct http2_grpc *g = x->half[side].grpc;

    if (g == NULL || i >= g->kept_n) {
        return false;
    }
    *out = bytes_head(bytes_from(arena_text_bytes(&g->text), g->kept[i].at), g->kept[i].n);
    return true;
}

/* A call's path is "/", its service, "/", its method. */
bool http2_grpc_call(const struct http2 *x, struct bytes *service, struct bytes *method)
{
    struct bytes path, rest;

    if (!http2_is_grpc(x) || !http2_value_first(&x->half[TO_SERVER], ":path", &path) || !bytes_starts(path, "/")) {
        return false;
    }
    path = bytes_from(path, 1);
    *service = bytes_none();
    rest = path;
    for (size_t at = bytes_find_byte(rest, '/'); at != SIZE_MAX; at = bytes_find_byte(rest, '/')) {
        rest = bytes_from(rest, at + 1);
        *service = bytes_head(path, path.n - rest.n - 1);
    }
    *method = rest;
    return true;
}

bool http2_grpc_status(const struct http2 *x, uint64_t *status)
{
    struct bytes text;

    return http2_is_grpc(x) && http2_value_first(&x->half[TO_CLIENT], "grpc-status", &text) && bytes_u64(text, status);
}

/* grpc-message has every byte outside of ASCII's printable ones, and the sign itself, as a percent sign and two digits. */
bool http2_grpc_status_message(struct http2 *x, struct bytes *out)
{
    struct http2_half *h = &x->half[TO_CLIENT];
    struct bytes text;

    if (!http2_is_grpc(x) || !http2_value_first(h, "grpc-message", &text)) {
        return false;
    }
    if (h->grpc_message.p == NULL) {
        struct arena_text to;
        uint64_t v;
        arena_text_init(&to, txn_arena(x->txn), text.n);
        while (text.n != 0) {
            bool escape = text.p[0] == '%' && text.n >= ESCAPE_LEN && bytes_hex(bytes_head(bytes_from(text, 1), 2), &v);
            arena_text_byte(&to, escape ? (uint8_t)v : text.p[0]); /* others stay as they are */
            text = bytes_from(text, escape ? ESCAPE_LEN : 1);
        }
        h->grpc_message = to.n != 0 ? arena_text_bytes(&to) : bytes_none();
    }
    *out = h->grpc_message;
    return true;
}
