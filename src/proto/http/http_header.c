/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/http/http.h"

static const struct bytes header_names[HEADER_N] = {
#define HEADER(id, name) [id] = BYTES(name),
#include "http_headers.list"
#undef HEADER
};

static enum http_header_id header_id(struct bytes name)
{
    for (unsigned i = 0; i < HEADER_N; i++) {
        if (name.n == header_names[i].n && (name.p[0] | 0x20) == header_names[i].p[0] && bytes_equal_nocase(name, header_names[i])) {
            return i;
        }
    }
    return HEADER_OTHER;
}

const struct http_half http_no_half;

struct http_stored *http_find(const struct http_half *h, enum http_header_id id)
{
    _Static_assert(HEADER_N <= 32, "a bit each in `has`");
    if (id < HEADER_N && (h->has >> id & 1) == 0) { /* most that are asked for are not there */
        return NULL;
    }
    for (unsigned i = 0; i < h->header_n; i++) {
        if (h->header[i].id == id) {
            return &h->header[i];
        }
    }
    return NULL;
}

struct http_stored *http_find_loose(const struct http_half *h, enum http_header_id id)
{
    for (unsigned i = 0; i < h->header_n; i++) {
        if (h->header[i].loose == id) {
            return &h->header[i];
        }
    }
    return NULL;
}

struct bytes http_without_nul(struct arena *a, struct bytes b)
{
    struct arena_text t;

    if (bytes_find_byte(b, 0) == SIZE_MAX) {
        return b;
    }
    arena_text_init(&t, a, b.n + 1);
    for (size_t i = 0; i < b.n; i++) {
        if (b.p[i] != 0) {
            arena_text_byte(&t, b.p[i]);
        }
    }
    return arena_text_bytes(&t);
}

void http_made_clear(struct http_half *h)
{
    if (h->made != NULL) {
        h->made->built = h->made->names = h->made->start = (struct bytes){ 0 };
        h->made->pair = NULL;
    }
}

void http_headers_clear(struct http_half *h)
{
    h->header_n = h->repetitions = 0;
    h->has = 0;
    http_made_clear(h);
}

/* Room for `more` further fields. */
bool http_header_room(struct txn *t, enum side side, uint32_t more)
{
    struct http *x = txn_data(t);
    struct http_half *h = http_half(x, side);
    uint32_t want = h->header_n + more;

    if (want > HTTP_HEADERS_MAX) {
        want = HTTP_HEADERS_MAX;
    }
    if (want <= h->header_room) {
        return true;
    }
    struct http_stored *p = arena_take(txn_arena(t), want * sizeof *p);
    if (p == NULL) {
        return false;
    }
    for (unsigned i = 0; i < h->header_n; i++) {
        p[i] = h->header[i];
    }
    h->header = p;
    h->header_room = (uint16_t)want;
    return true;
}

static struct http_stored *same_name(struct http_half *h, enum http_header_id id, struct bytes name)
{
    if (id != HEADER_OTHER) {
        return http_find(h, id);
    }
    for (unsigned i = 0; i < h->header_n; i++) {
        struct http_stored *o = &h->header[i];
        if (o->name_n == name.n && bytes_equal_nocase(http_name(o), name)) {
            return o;
        }
    }
    return NULL;
}

static struct bytes join(struct arena *a, struct bytes one, struct bytes two)
{
    struct arena_text t;

    arena_text_init(&t, a, one.n + two.n + 3);
    arena_text_add(&t, one);
    arena_text_add(&t, bytes_str(", "));
    arena_text_add(&t, two);
    return t.cut ? one : arena_text_bytes(&t);
}

/* A field that was there already: joined, but for Content-Length, of which the first counts. */
static void header_again(struct txn *t, enum side side, struct http_stored *old, struct http_header again)
{
    struct http *x = txn_data(t);
    struct http_half *h = http_half(x, side);
    uint64_t first, second;

    if (old->repeated && h->repetitions++ >= 64) {
        return;
    }
    if (!old->repeated) {
        txn_note(t, side == TO_SERVER ? NOTE_REQUEST_REPEATED : NOTE_RESPONSE_REPEATED);
    }
    old->repeated = true;
    if (bytes_is_nocase(http_name(old), "content-length")) {
        if (!http_content_length(NULL, http_value(old), &first) || !http_content_length(NULL, again.value, &second) || first != second) {
            txn_note(t, side == TO_SERVER ? NOTE_REQUEST_TWO_LENGTHS : NOTE_RESPONSE_TWO_LENGTHS);
        }
        return;
    }
    struct bytes both = join(txn_arena(t), http_value(old), again.value);
    if (both.n <= HTTP_STORED_MAX) {
        old->value = both.p;
        old->value_n = both.n & HTTP_STORED_MAX;
    }
}

void http_header_add(struct conn *c, struct txn *t, enum side side, struct http_header header)
{
    struct http *x = txn_data(t);
    struct http_half *h = http_half(x, side);
    enum http_header_id id = header.name.n != 0 ? header_id(header.name) : HEADER_OTHER;
    bool full = h->header_n > http_settings_of(c)->headers_limit;
    struct http_stored *old = full ? NULL : same_name(h, id, header.name);

    if (old != NULL) {
        header_again(t, side, old, header);
        return;
    }
    if (full || (h->header_n >= h->header_room && !http_header_room(t, side, 16)) ||
        h->header_n >= h->header_room) {
        txn_note(t, side == TO_SERVER ? NOTE_REQUEST_HEADERS : NOTE_RESPONSE_HEADERS);
        return;
    }
    enum http_header_id loose = id;
    if (id == HEADER_OTHER && bytes_find_byte(header.name, 0) != SIZE_MAX) {
        struct bytes plain = http_without_nul(txn_arena(t), header.name);
        loose = plain.n != 0 ? header_id(plain) : HEADER_OTHER;
    }
    struct bytes name = bytes_head(header.name, HTTP_STORED_MAX), value = bytes_head(header.value, HTTP_STORED_MAX);
    h->has |= id < HEADER_N ? 1u << id : 0;
    h->header[h->header_n++] = (struct http_stored){ .name = name.p, .value = value.p, .name_n = name.n & HTTP_STORED_MAX,
                                                     .value_n = value.n & HTTP_STORED_MAX, .id = id & 0xff, .loose = loose & 0x7f };
}

/* ------- buffers made of the fields ------- */

/* NULL: there is nothing to make anything of, or no memory. */
static struct http_made *made(struct http *x, enum side side)
{
    struct http_half *h = http_half(x, side);

    if (h == NULL) {
        return NULL;
    }
    if (h->made == NULL) {
        h->made = arena_zero(txn_arena(x->txn), sizeof *h->made);
    }
    return h->made;
}

static size_t built_max(const struct http_half *h)
{
    size_t n = h->line.n + 64;

    for (unsigned i = 0; i < h->header_n; i++) {
        n += http_name(&h->header[i]).n + http_value(&h->header[i]).n + 4;
    }
    return n;
}

static void add_field(struct arena_text *t, const struct http_stored *f)
{
    arena_text_add(t, http_name(f));
    arena_text_add(t, bytes_str(": "));
    arena_text_add(t, http_value(f));
    arena_text_add(t, bytes_str("\r\n"));
}

struct bytes http_build_headers(struct http *x, enum side side)
{
    const struct http_half *h = http_seen(x, side);
    struct http_stored *cookie = http_find(h, side == TO_SERVER ? HEADER_COOKIE : HEADER_SET_COOKIE);
    struct http_made *m = made(x, side);
    struct arena_text t;

    if (m == NULL) {
        return (struct bytes){ 0 };
    }
    if (m->built.p == NULL) {
        arena_text_init(&t, txn_arena(x->txn), built_max(h));
        for (unsigned i = 0; i < h->header_n; i++) {
            if (&h->header[i] != cookie) {
                add_field(&t, &h->header[i]);
            }
        }
        m->built = arena_text_bytes(&t);
    }
    return m->built;
}

struct bytes http_build_plain(struct http *x, enum side side)
{
    const struct http_half *h = http_seen(x, side);
    struct bytes cookie = bytes_str(side == TO_SERVER ? "cookie:" : "set-cookie:");
    struct rd r = rd_of(h->raw);
    struct http_made *m = h->raw.n != 0 ? made(x, side) : NULL;
    struct arena_text t;
    bool found = true, any = false;

    if (m == NULL || m->plain.p != NULL) {
        return m != NULL ? m->plain : (struct bytes){ 0 };
    }
    arena_text_init(&t, txn_arena(x->txn), h->raw.n + 2);
    while (found && rd_left(&r) != 0) {
        struct bytes line = rd_line(&r, &found);
        if (line.n == 0 || bytes_equal_nocase(bytes_head(line, cookie.n), cookie)) {
            continue;
        }
        arena_text_add(&t, any ? bytes_str("\r\n") : bytes_none());
        arena_text_add(&t, line);
        any = true;
    }
    m->plain = arena_text_bytes(&t);
    return m->plain;
}

struct bytes http_build_names(struct http *x, enum side side)
{
    const struct http_half *h = http_seen(x, side);
    struct http_made *m = made(x, side);
    struct arena_text t;

    if (m == NULL) {
        return (struct bytes){ 0 };
    }
    if (m->names.p == NULL) {
        arena_text_init(&t, txn_arena(x->txn), built_max(h));
        for (unsigned i = 0; i < h->header_n; i++) {
            arena_text_add(&t, bytes_str("\r\n"));
            arena_text_add(&t, http_name(&h->header[i]));
        }
        if (h->header_n != 0) {
            arena_text_add(&t, bytes_str("\r\n\r\n"));
        }
        m->names = arena_text_bytes(&t);
    }
    return m->names;
}

struct bytes http_build_start(struct http *x, enum side side)
{
    const struct http_half *h = http_seen(x, side);
    struct http_made *m = made(x, side);
    struct arena_text t;

    if (m == NULL) {
        return (struct bytes){ 0 };
    }
    if (m->start.p == NULL) {
        arena_text_init(&t, txn_arena(x->txn), built_max(h));
        arena_text_add(&t, h->line);
        arena_text_add(&t, bytes_str("\r\n"));
        for (unsigned i = 0; i < h->header_n; i++) {
            add_field(&t, &h->header[i]);
        }
        arena_text_add(&t, h->header_n != 0 ? bytes_str("\r\n") : bytes_none());
        m->start = arena_text_bytes(&t);
    }
    return m->start;
}

struct bytes *http_build_pairs(struct http *x, enum side side)
{
    const struct http_half *h = http_seen(x, side);

    struct http_made *m = h->header_n != 0 ? made(x, side) : NULL;

    if (m == NULL || (m->pair != NULL && m->pair_n == h->header_n)) { /* trailers add to them */
        return m != NULL ? m->pair : NULL;
    }
    m->pair_n = h->header_n;
    m->pair = arena_take(txn_arena(x->txn), h->header_n * sizeof *m->pair);
    for (unsigned i = 0; m->pair != NULL && i < h->header_n; i++) {
        struct http_stored *f = &h->header[i];
        struct arena_text t;
        arena_text_init(&t, txn_arena(x->txn), http_name(f).n + http_value(f).n + 3);
        arena_text_add(&t, http_name(f));
        arena_text_add(&t, bytes_str(": "));
        arena_text_add(&t, http_value(f));
        m->pair[i] = arena_text_bytes(&t);
    }
    return m->pair;
}
