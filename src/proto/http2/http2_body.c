/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http2_body - DATA, decompressed, to the window that rules look through, to files, and to DNS.
 */
#include "proto/http2/http2.h"

#include "base/unpack.h"
#include "wire/base64url.h"
#include "wire/httprange.h"

enum { OUT_SIZE = 8192, UNPACK_MEMORY = 16 << 20, BOMB_RATIO = 2048, MESSAGE_MAX = 65535, MIN_INSPECT = 32768, WINDOW = 4096 };

/* ------- DNS (RFC 8484) ------- */

bool http2_dns_query(struct arena *a, struct bytes path, struct bytes *message)
{
    struct rd r = rd_of(bytes_from(path, bytes_find_byte(path, '?')));
    bool more = rd_left(&r) != 0;

    rd_skip(&r, more);
    while (more) {
        struct bytes one = rd_until(&r, '&', &more);
        if (bytes_starts(one, "dns=")) {
            return base64url_read(a, bytes_from(one, 4), message);
        }
    }
    return false;
}

/* A message makes the flow one of DNS in HTTP/2. */
void http2_dns_read(struct conn *c, struct txn *t, enum side side, struct bytes message)
{
    struct http2_half *h = &http2_of(t)->half[side];
    struct dnsmsg *m = h->dns == NULL ? arena_zero(txn_arena(t), sizeof *m) : NULL;
    struct rd r = rd_of(arena_copy(txn_arena(t), message));

    if (m == NULL || !dnsmsg_read(r, txn_arena(t), m) || (m->problems >> DNSMSG_MALFORMED & 1) != 0) {
        return;
    }
    if (proto_become(c, "doh2")) {
        h->dns = m;
        txn_touch(t, side);
    }
}

static void message_add(struct txn *t, enum side side, struct bytes chunk)
{
    struct http2_half *h = &http2_of(t)->half[side];

    if (!h->is_dns) {
        return;
    }
    if (h->message.arena == NULL) {
        arena_text_init(&h->message, txn_arena(t), MESSAGE_MAX + 1);
    }
    if (h->message.n + chunk.n > MESSAGE_MAX) {
        h->is_dns = false;
        txn_note(t, side == TO_SERVER ? NOTE_DNS_REQUEST_LONG : NOTE_DNS_RESPONSE_LONG);
        return;
    }
    arena_text_add(&h->message, chunk);
}

/* ------- content coding ------- */

enum http2_coding http2_coding_of(struct bytes name)
{
    return bytes_is_nocase(name, "gzip") || bytes_is_nocase(name, "x-gzip") ? HTTP2_CODING_GZIP : bytes_is_nocase(name, "deflate") ? HTTP2_CODING_DEFLATE :
           bytes_is_nocase(name, "br") ? HTTP2_CODING_BROTLI : HTTP2_CODING_OTHER;
}

void http2_coding_set(struct txn *t, enum side side, struct bytes value)
{
    struct http2_half *h = &http2_of(t)->half[side];

    struct rd r = rd_of(value);
    struct bytes last = value;
    bool more = true;

    while (more) { /* RFC 9110 8.4: the last of a list is the outermost */
        last = bytes_trim(rd_until(&r, ',', &more), " \t");
    }
    if (h->coding == HTTP2_CODING_UNKNOWN) { /* the first field that names any */
        h->coding = (uint8_t)http2_coding_of(last);
    }
}

static struct unpack *unpack_for(struct txn *t, uint8_t coding, uint8_t first)
{
    static const uint8_t kinds[] = { [HTTP2_CODING_GZIP] = UNPACK_GZIP, [HTTP2_CODING_DEFLATE] = UNPACK_DEFLATE, [HTTP2_CODING_BROTLI] = UNPACK_BROTLI };
    enum unpack_kind kind = (enum unpack_kind)kinds[coding];

    if (kind == UNPACK_DEFLATE && (first & 0x0f) == 8) { /* as RFC 9110 8.4.1.2 has it; raw, this would be a stored block with dirty padding */
        kind = UNPACK_ZLIB;
    }
    return unpack_new(txn_arena(t)->pages, kind, UNPACK_MEMORY);
}

/* ------- bytes ------- */

static void file_begin(struct txn *t, enum side side)
{
    struct http2 *x = txn_data(t);
    struct http2_half *h = &x->half[side];
    struct httprange range;
    struct bytes value, path = bytes_none();

    h->file_tried = true;
    h->file = txn_file_open(t, side, bytes_none());
    if (h->file != NULL) {
        txn_file_window(h->file, UINT64_MAX, MIN_INSPECT, WINDOW);
    }
    if (side == TO_SERVER || !http2_value(x, side, "content-range", &value)) {
        return;
    }
    enum httprange_is is = httprange_judge(value, &range);
    if (is == HTTPRANGE_BAD) {
        txn_note(t, NOTE_RANGE);
    }
    (void)http2_value_first(&x->half[TO_SERVER], ":path", &path);
    struct bytes host = http2_build_host(x);
    if (is == HTTPRANGE_PART && h->file != NULL && host.n != 0) { /* without one nobody can tell whose it is */
        txn_file_part(t, h->file, &(struct file_part){ host, path, range.start, range.end, range.size });
    }
}

static void body_plain(struct conn *c, struct txn *t, enum side side, struct bytes plain)
{
    struct http2_half *h = &http2_of(t)->half[side];

    if (plain.n == 0) {
        return;
    }
    h->plain += plain.n;
    if (!h->body_seen) {
        h->body_seen = body_init(&h->body, c, UINT64_MAX, MIN_INSPECT, WINDOW);
        h->body.open = conn_opens(c);
    }
    body_add(&h->body, c, plain);
    if (!h->file_tried) {
        file_begin(t, side);
    }
    if (h->file != NULL) {
        txn_file_data(t, h->file, plain);
    }
    if (h->grpc != NULL) {
        http2_grpc_plain(h->grpc, plain);
    }
    message_add(t, side, plain);
    txn_touch(t, side);
}

/* Ends decompression: the frames behind this one are taken as they are, or not at all. */
void http2_unpack_end(struct http2_half *h, enum http2_coding rest)
{
    unpack_free(h->unpack);
    h->unpack = NULL;
    h->coding = (uint8_t)rest;
}

static bool bomb(struct conn *c, struct txn *t, const struct http2_half *h)
{
    if (h->plain <= http2_settings_of(c)->bomb_limit || h->plain / BOMB_RATIO <= h->packed) {
        return false;
    }
    txn_note(t, NOTE_BOMB);
    return true;
}

static void body_packed(struct conn *c, struct txn *t, enum side side, struct bytes in)
{
    struct http2_half *h = &http2_of(t)->half[side];
    uint8_t out[OUT_SIZE];

    for (;;) {
        size_t got = 0, before = in.n;
        enum unpack_result r = unpack_run(h->unpack, &in, out, sizeof out, &got);
        h->packed += before - in.n;
        body_plain(c, t, side, bytes_of(out, got));
        if (bomb(c, t, h)) {
            http2_unpack_end(h, HTTP2_CODING_DEAD);
            return;
        }
        if (r == UNPACK_BAD || r == UNPACK_LIMIT) {
            txn_note(t, NOTE_DECOMPRESSION);
            http2_unpack_end(h, HTTP2_CODING_FAILED);
            return;
        }
        if (r == UNPACK_END || (got == 0 && in.n == before)) {
            return;
        }
    }
}

void http2_body_in(struct conn *c, struct txn *t, enum side side, struct bytes chunk)
{
    struct http2_half *h = &http2_of(t)->half[side];
    bool packed = h->coding >= HTTP2_CODING_GZIP;

    if (packed && h->coding < HTTP2_CODING_FAILED && h->unpack == NULL) {
        h->unpack = h->packed == 0 ? unpack_for(t, h->coding, chunk.p[0]) : NULL;
        h->coding = h->unpack == NULL ? HTTP2_CODING_DEAD : h->coding;
    }
    if (!packed) {
        body_plain(c, t, side, chunk);
    } else if (h->unpack != NULL && !conn_bodies_unread(c)) {
        body_packed(c, t, side, chunk);
    }
}

void http2_body_over(struct txn *t, enum side side, bool truncated)
{
    struct http2_half *h = &http2_of(t)->half[side];

    http2_grpc_over(t, side);
    unpack_free(h->unpack);
    h->unpack = NULL;
    if (h->file != NULL) {
        txn_file_close(t, h->file, truncated || h->file->gaps);
        h->file = NULL;
    }
    body_end(&h->body, t->conn);
}

void http2_body(struct conn *c, enum side side, struct bytes chunk, bool last)
{
    struct http2_state *s = conn_state(c);
    struct http2_lane *l = s != NULL ? &s->lane[side] : NULL;
    struct txn *t = l != NULL ? l->body : NULL;

    if (l == NULL) {
        return;
    }
    l->left -= chunk.n < l->left ? chunk.n : l->left;
    if (t != NULL && chunk.n != 0 && !http2_grpc_add(c, t, side, chunk)) {
        http2_body_in(c, t, side, chunk);
    }
    if (!last) {
        return;
    }
    l->left = 0;
    l->body = NULL;
    if (t == NULL) {
        return;
    }
    struct http2_half *h = &http2_of(t)->half[side];
    h->coding = h->coding == HTTP2_CODING_FAILED ? HTTP2_CODING_OTHER : h->coding;
    if (l->ends_stream) {
        if (h->is_dns && h->message.n != 0) {
            http2_dns_read(c, t, side, arena_text_bytes(&h->message));
        }
        http2_body_over(t, side, false);
        http2_ends_stream(t, side);
    } else {
        http2_reach(t, side == TO_SERVER ? HTTP2_DATA_CLIENT : HTTP2_DATA_SERVER);
    }
    conn_whole(c, side);
}

void http2_body_gap(struct conn *c, enum side side, uint64_t n)
{
    struct http2_lane *l = http2_lane_of(c, side);
    struct http2_half *h = l->body != NULL ? &http2_of(l->body)->half[side] : NULL;

    l->left -= n < l->left ? n : l->left;
    if (h == NULL) {
        return;
    }
    h->is_dns = false;
    if (h->unpack != NULL) { /* nothing behind it can be decompressed */
        unpack_free(h->unpack);
        h->unpack = NULL;
    }
    if (h->grpc != NULL) {
        http2_grpc_gap(h, n);
    }
    h->body.gap = true;
    if (h->file != NULL) {
        txn_file_gap(l->body, h->file, n);
    }
    txn_touch(l->body, side);
}
