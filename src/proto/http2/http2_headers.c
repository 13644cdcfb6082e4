/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http2_headers - header blocks into fields; what fields mean for the stream; the buffers made of them.
 */
#include "proto/http2/http2.h"

enum { JOINED_MAX = 64, SCRATCH_MAX = 8 << 20 };

static void built_clear(struct http2_half *h)
{
    h->joined = NULL;
    h->names = h->lines = h->raw = h->first_line = h->host = (struct bytes){ 0 };
    h->pair = NULL;
}

/* The next place for a field; NULL when there are too many. */
static struct http2_header *header_new(struct txn *t, enum side side, size_t bytes)
{
    struct http2_half *h = &http2_of(t)->half[side];

    if (h->header_n == h->header_room) {
        uint32_t room = h->header_room != 0 ? h->header_room * 2 : 16;
        struct http2_header *more = room <= HTTP2_HEADERS_MAX ? arena_take(txn_arena(t), room * sizeof *more) : NULL;
        if (more == NULL) {
            return NULL;
        }
        for (uint32_t i = 0; i < h->header_n; i++) {
            more[i] = h->header[i];
        }
        h->header = more;
        h->header_room = room;
    }
    if (h->header_bytes + bytes > HTTP2_HEADER_BYTES_MAX) {
        return NULL;
    }
    h->header_bytes += bytes;
    built_clear(h);
    return &h->header[h->header_n++];
}

void http2_header_add(struct txn *t, enum side side, struct bytes name, struct bytes value)
{
    struct http2_header *to = header_new(t, side, name.n + value.n);

    if (to != NULL) {
        *to = (struct http2_header){ .name = name, .value = value };
    }
}

/* ------- blocks ------- */

/* What the fields of one block say together. */
struct block_view {
    struct bytes path, authority, host;
    bool accepts_dns;
};

static void field_mean(struct txn *t, enum side side, const struct http2_header *f, struct block_view *v)
{
    if (bytes_is(f->name, "content-encoding")) {
        http2_coding_set(t, side, f->value);
    } else if (bytes_is(f->name, "accept")) {
        v->accepts_dns |= bytes_is(f->value, "application/dns-message");
    } else if (bytes_is(f->name, "content-type")) {
        http2_of(t)->half[side].is_dns |= bytes_is(f->value, "application/dns-message");
        http2_of(t)->half[side].is_grpc |= http2_grpc_type(f->value);
    } else if (bytes_is(f->name, ":path")) {
        v->path = f->value;
    } else if (bytes_is_nocase(f->name, ":authority")) {
        v->authority = f->value;
        if (bytes_find_byte(f->value, '@') != SIZE_MAX) { /* RFC 9113 8.3.1 */
            txn_note(t, NOTE_USERINFO);
        }
    } else if (bytes_is_nocase(f->name, "host")) {
        v->host = f->value;
    }
}

static void item_note(struct txn *t, enum hpack_kind kind)
{
    static const uint8_t notes[] = { [HPACK_NO_ENTRY] = NOTE_HEADER, [HPACK_INDEX_ZERO] = NOTE_HEADER, [HPACK_OVERFLOW] = NOTE_INTEGER_OVERFLOW,
                                     [HPACK_TOO_MUCH] = NOTE_REASSEMBLY, [HPACK_CUT] = NOTE_FRAME_DATA };

    if (kind >= HPACK_NO_ENTRY) {
        txn_note(t, notes[kind]);
    }
}

static void item_keep(struct txn *t, enum side side, const struct hpack_item *it)
{
    struct arena *a = txn_arena(t);
    struct http2_header *to = header_new(t, side, it->name.n + it->value.n);

    if (to == NULL) {
        txn_note(t, NOTE_REASSEMBLY);
        return;
    }
    *to = (struct http2_header){ .name = arena_copy(a, it->name), .value = arena_copy(a, it->value), .size = it->size, .is_size = it->kind == HPACK_SIZE };
    if (to->name.n != it->name.n || to->value.n != it->value.n) { /* the table has it whole all the same */
        txn_note(t, NOTE_REASSEMBLY);
    }
}

void http2_block_read(struct conn *c, struct txn *t, enum side side, struct bytes block)
{
    struct http2_half *h = &http2_of(t)->half[side];
    struct hpack *table = &http2_lane_of(c, side)->table;
    struct rd r = rd_of(block);
    struct arena scratch; /* what is decoded; the table must not depend on how much room the transaction has left */
    struct block_view v = { .path = { 0 } };
    struct bytes message;

    arena_init(&scratch, txn_arena(t)->pages, SCRATCH_MAX);
    hpack_block(table);
    while (rd_left(&r) != 0) {
        struct hpack_item it = hpack_read(table, &r, &scratch);
        item_note(t, it.kind);
        if (it.kind >= HPACK_OVERFLOW) {
            break;
        }
        if (it.kind <= HPACK_SIZE || it.value.n != 0) {
            item_keep(t, side, &it);
        }
        if (it.kind == HPACK_FIELD && h->header_n != 0) {
            field_mean(t, side, &h->header[h->header_n - 1], &v);
        }
    }
    arena_fini(&scratch);
    if (v.authority.p != NULL && v.host.p != NULL && !bytes_equal_nocase(v.authority, v.host)) {
        txn_note(t, NOTE_AUTHORITY);
    }
    if (v.accepts_dns && v.path.p != NULL && http2_dns_query(txn_arena(t), v.path, &message)) {
        http2_dns_read(c, t, side, message);
    }
}

/* ------- look-up ------- */

bool http2_value_first(const struct http2_half *h, const char *name, struct bytes *out)
{
    for (uint32_t i = 0; i < h->header_n; i++) {
        if (bytes_is(h->header[i].name, name)) {
            *out = h->header[i].value;
            return true;
        }
    }
    return false;
}

static struct bytes join(struct txn *t, const struct http2_half *h, const char *name)
{
    struct arena_text text;
    unsigned n = 0;

    arena_text_init(&text, txn_arena(t), h->header_bytes + JOINED_MAX * 2);
    for (uint32_t i = 0; i < h->header_n && n < JOINED_MAX; i++) {
        if (bytes_is(h->header[i].name, name)) {
            arena_text_add(&text, n++ != 0 ? bytes_str(", ") : bytes_none());
            arena_text_add(&text, h->header[i].value);
        }
    }
    return arena_text_bytes(&text);
}

bool http2_value(struct http2 *x, enum side side, const char *name, struct bytes *out)
{
    struct http2_half *h = &x->half[side];
    unsigned n = 0;

    for (uint32_t i = 0; i < h->header_n && n < 2; i++) {
        n += bytes_is(h->header[i].name, name);
    }
    if (n < 2) {
        return n != 0 && http2_value_first(h, name, out);
    }
    for (const struct http2_joined *j = h->joined; j != NULL; j = j->next) {
        if (j->name == name) {
            *out = j->value;
            return true;
        }
    }
    struct http2_joined *j = arena_zero(txn_arena(x->txn), sizeof *j);
    if (j == NULL) {
        return http2_value_first(h, name, out);
    }
    *j = (struct http2_joined){ .next = h->joined, .name = name, .value = join(x->txn, h, name) };
    h->joined = j;
    *out = j->value;
    return true;
}

/* ------- buffers made of the fields ------- */

static void text_begin(struct http2 *x, const struct http2_half *h, struct arena_text *to)
{
    arena_text_init(to, txn_arena(x->txn), h->header_bytes + h->header_n * 4u + 64);
}

struct bytes http2_build_names(struct http2 *x, enum side side)
{
    struct http2_half *h = &x->half[side];
    struct arena_text t;

    if (h->names.p != NULL || h->header_n == 0) {
        return h->names;
    }
    text_begin(x, h, &t);
    arena_text_add(&t, bytes_str("\r\n"));
    for (uint32_t i = 0; i < h->header_n; i++) {
        if (!h->header[i].is_size) {
            arena_text_add(&t, h->header[i].name);
            arena_text_add(&t, bytes_str("\r\n"));
        }
    }
    arena_text_add(&t, bytes_str("\r\n"));
    h->names = arena_text_bytes(&t);
    return h->names;
}

static void add_line(struct arena_text *t, struct bytes name, struct bytes value)
{
    arena_text_add(t, name);
    arena_text_add(t, bytes_str(": "));
    arena_text_add(t, value);
}

/* "name: value" and CRLF for each field; unless raw, cookies left out and blanks around values too. */
struct bytes http2_build_lines(struct http2 *x, enum side side, bool raw)
{
    struct http2_half *h = &x->half[side];
    struct bytes *to = raw ? &h->raw : &h->lines;
    const char *cookie = side == TO_SERVER ? "cookie" : "set-cookie";
    struct arena_text t;

    if (to->p != NULL || h->header_n == 0) {
        return *to;
    }
    text_begin(x, h, &t);
    for (uint32_t i = 0; i < h->header_n; i++) {
        const struct http2_header *f = &h->header[i];
        if (!f->is_size && (raw || !bytes_is_nocase(f->name, cookie))) {
            add_line(&t, f->name, raw ? f->value : bytes_trim(f->value, " \t"));
            arena_text_add(&t, bytes_str("\r\n"));
        }
    }
    *to = arena_text_bytes(&t);
    return *to;
}

struct bytes http2_build_first_line(struct http2 *x, enum side side)
{
    struct http2_half *h = &x->half[side];
    struct bytes method = bytes_none(), path = bytes_none(), status = bytes_none();
    struct arena_text t;

    if (h->first_line.p != NULL) {
        return h->first_line;
    }
    text_begin(x, h, &t);
    if (side == TO_SERVER) {
        (void)http2_value_first(h, ":method", &method);
        (void)http2_value_first(h, ":path", &path);
        arena_text_add(&t, method);
        arena_text_byte(&t, ' ');
        arena_text_add(&t, path);
        arena_text_add(&t, bytes_str(" HTTP/2\r\n"));
    } else {
        (void)http2_value_first(h, ":status", &status);
        arena_text_add(&t, bytes_str("HTTP/2 "));
        arena_text_add(&t, status);
        arena_text_add(&t, bytes_str("\r\n"));
    }
    h->first_line = arena_text_bytes(&t);
    return h->first_line;
}

/* The host asked for: in lower case, without user and port. */
struct bytes http2_build_host(struct http2 *x)
{
    struct http2_half *h = &x->half[TO_SERVER];
    struct bytes v;

    if (h->host.p == NULL && http2_value(x, TO_SERVER, ":authority", &v)) {
        size_t at = bytes_find_byte(v, '@');
        v = at != SIZE_MAX ? bytes_from(v, at + 1) : v;
        h->host = arena_lower(txn_arena(x->txn), bytes_head(v, bytes_find_byte(v, ':')));
    }
    return h->host;
}

bool http2_build_pair(struct http2 *x, enum side side, unsigned i, struct bytes *out)
{
    struct http2_half *h = &x->half[side];
    struct arena_text t;

    if (i >= h->header_n) {
        return false;
    }
    if (h->pair == NULL) {
        h->pair = arena_zero(txn_arena(x->txn), h->header_n * sizeof *h->pair);
    }
    if (h->pair == NULL) {
        return false;
    }
    if (h->pair[i].p == NULL) {
        arena_text_init(&t, txn_arena(x->txn), h->header[i].name.n + h->header[i].value.n + 3);
        add_line(&t, h->header[i].name, h->header[i].value);
        h->pair[i] = h->header[i].is_size ? bytes_none() : arena_text_bytes(&t);
    }
    *out = h->pair[i];
    return true;
}
