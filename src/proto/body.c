/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * body - what protocols call for bytes that come in chunks: windows that rules look through, and files.
 */
#include "proto/protos.h"

#include <string.h>

enum {
    OFFER_BACK = 31,                    /* bytes before a piece that are told with it */
    BODY_BYTES_MAX = 768 * 1024,        /* a window holds no more, looked at or not: the oldest goes */
    FILES_MAX = 250,                    /* of a transaction, both sides */
    SIDS_MAX = 16,                      /* filestore rules that a record names */
    FILE_MIN_INSPECT = 32768, FILE_WINDOW = 4096, /* file.data where the protocol does not say otherwise */
};

/* ------- bodies ------- */

bool body_init(struct body *b, struct conn *c, uint64_t limit, uint32_t min_inspect, uint32_t window)
{
    (void)c;
    *b = (struct body){ .limit = limit, .min_inspect = min_inspect, .window = window };
    return true;
}

/* Lets go of the first n bytes. */
static void body_drop(struct body *b, size_t n)
{
    memmove(b->p, b->p + n, b->n - n);
    b->n -= n;
    b->base += n;
    if (b->inspected < b->base) {
        b->inspected = b->base;
    }
}

/* Lets go what was inspected and lies before the look-back, and whatever is too much when n more come. */
static void body_slide(struct body *b, size_t n)
{
    uint64_t keep = b->inspected > b->window ? b->inspected - b->window : 0;
    size_t gone = 0;

    if (keep > b->base && keep - b->base >= b->n / 2) {
        gone = keep - b->base < b->n ? (size_t)(keep - b->base) : b->n;
    }
    if (b->n - gone + n > BODY_BYTES_MAX) {
        gone = b->n + n - BODY_BYTES_MAX;
    }
    if (gone != 0) {
        body_drop(b, gone);
    }
}

/* Makes room for n more; false: the pool is at its cap, and counts it. */
static bool body_grow(struct body *b, struct conn *c, size_t n)
{
    size_t got = 0, want = b->n + n + b->n / 2;

    if (b->n + n <= b->room) {
        return true;
    }
    uint8_t *p = pages_take(c->protos->pages, want < BODY_BYTES_MAX ? want : BODY_BYTES_MAX, &got);
    if (p == NULL) {
        return false;
    }
    if (b->n != 0) {
        memcpy(p, b->p, b->n);
    }
    if (b->p != NULL) {
        pages_give(c->protos->pages, b->p, b->room);
    }
    b->p = p;
    b->room = got;
    return true;
}

/* The last n bytes, with what is before them. */
static void offer_body(struct conn *c, struct body *b, size_t n)
{
    const struct proto_offer *o = c->protos->offer;
    size_t from = b->n - n > OFFER_BACK ? b->n - n - OFFER_BACK : 0;

    o->bytes(o->ctx, c->flow, c->protos->reading, bytes_of(b->p + from, b->n - from));
    if (o->alone) {
        b->inspected = b->base + b->n;
    }
}

/* As it is to be seen. */
static void body_put(struct body *b, struct conn *c, struct bytes chunk)
{
    uint64_t end = b->base + b->n;

    b->total += chunk.n;
    if (end >= b->limit) {
        return;
    }
    if (chunk.n > b->limit - end) {
        chunk.n = (size_t)(b->limit - end);
    }
    if (chunk.n > BODY_BYTES_MAX) { /* its end is as much as can be looked at */
        b->base += b->n + chunk.n - BODY_BYTES_MAX;
        b->n = 0;
        b->inspected = b->base;
        chunk = bytes_from(chunk, chunk.n - BODY_BYTES_MAX);
    }
    if ((c->flow->flags & FLOW_PASSED) != 0) { /* nobody looks any more */
        b->inspected = end;
    }
    body_slide(b, chunk.n);
    if (!body_grow(b, c, chunk.n)) {
        b->limit = end; /* nothing more is kept */
        if (c->protos->offer != NULL) {
            c->protos->offer->blind(c->protos->offer->ctx, c->flow);
        }
        return;
    }
    memcpy(b->p + b->n, chunk.p, chunk.n);
    b->n += chunk.n;
    if (c->protos->offer != NULL) {
        offer_body(c, b, chunk.n);
    }
}

struct put {
    struct body *body;
    struct conn *conn;
};

static void put_opened(void *ctx, struct bytes plain)
{
    const struct put *to = ctx;

    if (to->conn->protos->offer != NULL) {
        to->conn->protos->offer->coded(to->conn->protos->offer->ctx, to->conn->flow);
    }
    body_put(to->body, to->conn, plain);
}

/* The first bytes tell what it is: they wait until there are enough of them. */
static struct bytes body_tell(struct body *b, struct conn *c, struct bytes chunk)
{
    while (b->first_n < sizeof b->first && chunk.n != 0) {
        b->first[b->first_n++] = chunk.p[0];
        chunk = bytes_from(chunk, 1);
    }
    if (b->first_n == sizeof b->first) {
        struct bytes first = bytes_of(b->first, b->first_n);
        b->told = true;
        b->opener = opener_new(c->protos->pages, b->open, first);
        if (b->opener != NULL) {
            opener_feed(b->opener, first, put_opened, &(struct put){ b, c });
        } else {
            body_put(b, c, first);
        }
    }
    return chunk;
}

/* Who keeps the stream wants to know whether a body is in it as it is, and in one piece. */
static void offer_wire(struct body *b, struct conn *c, struct bytes chunk)
{
    const struct protos *p = c->protos;
    uintptr_t at = (uintptr_t)chunk.p - (uintptr_t)p->input.p;
    bool raw = p->input_of == c && c->parent == NULL && !c->datagram && at <= p->input.n && chunk.n <= p->input.n - at;
    uint64_t place = p->input_at + at + 1;

    if (!raw || (b->wire != 0 && b->wire != place)) {
        p->offer->coded(p->offer->ctx, c->flow);
    }
    b->wire = place + chunk.n;
}

void body_add(struct body *b, struct conn *c, struct bytes chunk)
{
    struct put to = { b, c };

    if (c->protos->offer != NULL && chunk.n != 0) {
        offer_wire(b, c, chunk);
    }
    if (b->open != NULL && !b->told) {
        chunk = body_tell(b, c, chunk);
    }
    if (b->opener != NULL) {
        opener_feed(b->opener, chunk, put_opened, &to);
    } else if (chunk.n != 0) {
        body_put(b, c, chunk);
    }
}

const struct opener_settings *conn_opens(const struct conn *c)
{
    const struct opener_settings *s = &c->protos->settings->open;

    return s->kinds != 0 ? s : NULL;
}

void body_skip(struct body *b, uint64_t n)
{
    opener_free(b->opener); /* nothing behind the hole can be unpacked */
    b->opener = NULL;
    b->told = true;
    b->gap = true;
    b->total += n;
    b->n = 0; /* nothing matches over a hole */
    b->base = b->inspected = b->total;
    b->wire = 0;
}

void body_end(struct body *b, struct conn *c)
{
    if (!b->told && b->first_n != 0) { /* too short for a container */
        b->told = true;
        body_put(b, c, bytes_of(b->first, b->first_n));
    }
    if (b->opener != NULL) {
        opener_end(b->opener, put_opened, &(struct put){ b, c });
    }
    b->ended = true;
}

void body_fini(struct body *b, struct conn *c)
{
    opener_free(b->opener);
    b->opener = NULL;
    if (b->p != NULL) {
        pages_give(c->protos->pages, b->p, b->room);
    }
    b->p = NULL;
    b->n = b->room = 0;
}

/* ------- files ------- */

/* Does a body field of the protocol serve file.data of that side? */
static bool own_window(const struct proto *p, enum side side)
{
    for (unsigned i = 0; i < p->field_n; i++) {
        if ((p->fields[i].flags & FIELD_FILE_DATA) != 0 && (p->fields[i].sides >> side & 1) != 0) {
            return true;
        }
    }
    return false;
}

/* A flow with a file to store may have a depth of its own. */
static void store_depth(const struct txn *t)
{
    const struct file_store_settings *s = &t->conn->protos->settings->store;

    if (s->depth_set && t->conn->flow->tcp != NULL) {
        stream_set_depth(t->conn->flow, TO_SERVER, s->depth);
        stream_set_depth(t->conn->flow, TO_CLIENT, s->depth);
    }
}

static void store_open(struct txn *t, struct file *f)
{
    const struct proto_settings *s = t->conn->protos->settings;
    const struct conn *root = t->conn->flow->app;

    if (t->conn->protos->store == NULL) {
        return;
    }
    if (s->store.force || t->store[f->side] || root->store[f->side]) {
        f->store_wanted = true;
        store_depth(t);
        store_begin(t->conn->protos->store, f, FILE_TO_STORE);
    } else if ((s->store_rules[t->conn->id - 1] >> f->side & 1) != 0) {
        store_begin(t->conn->protos->store, f, FILE_MAY_BE_STORED);
    }
}

void proto_file_store(struct protos *p, struct txn *t, struct file *f, uint32_t sid)
{
    for (uint32_t i = 0; i < f->sid_n; i++) {
        if (f->sid[i] == sid) {
            return;
        }
    }
    if (f->sid == NULL) {
        f->sid = arena_take(&t->arena, SIDS_MAX * sizeof *f->sid);
    }
    if (f->sid != NULL && f->sid_n < SIDS_MAX) {
        f->sid[f->sid_n++] = sid;
    }
    if (p->store != NULL && !f->store_wanted) {
        f->store_wanted = true;
        store_depth(t);
        store_want(p->store, f);
    }
}

void proto_txn_store(struct protos *p, struct txn *t, unsigned sides, bool flow, uint32_t sid)
{
    for (unsigned side = 0; side < 2; side++) {
        if ((sides >> side & 1) != 0) {
            *(flow ? &t->conn->flow->app->store[side] : &t->store[side]) = true;
        }
    }
    for (struct file *f = t->files; f != NULL; f = f->next) {
        if ((sides >> f->side & 1) != 0 && !f->passed) {
            proto_file_store(p, t, f, sid);
        }
    }
}

struct file *txn_file_open(struct txn *t, enum side side, struct bytes name)
{
    const struct proto_settings *s = t->conn->protos->settings;
    struct file **at = &t->files;
    unsigned n = 0;

    for (; *at != NULL; at = &(*at)->next) {
        n++;
    }
    struct file *f = n < FILES_MAX ? arena_zero(&t->arena, sizeof *f) : NULL;
    if (f == NULL) {
        t->conn->protos->counter[PROTO_FILES_REFUSED]++;
        return NULL;
    }
    file_init(f, s->file_hashes);
    f->name = arena_copy(&t->arena, name);
    f->side = (uint8_t)side;
    f->tx_id = t->id;
    if (s->file_data && !own_window(t->proto, side) && (f->data = arena_zero(&t->arena, sizeof *f->data)) != NULL) {
        body_init(f->data, t->conn, UINT64_MAX, FILE_MIN_INSPECT, FILE_WINDOW);
        f->data->open = conn_opens(t->conn);
    }
    store_open(t, f);
    *at = f;
    txn_touch(t, side);
    return f;
}

void txn_file_window(struct file *f, uint64_t limit, uint32_t min_inspect, uint32_t window)
{
    if (f->data != NULL) {
        f->data->limit = limit;
        f->data->min_inspect = min_inspect;
        f->data->window = window;
    }
}

struct file *txn_file_current(struct txn *t, enum side side)
{
    struct file *last = NULL;

    for (struct file *f = t->files; f != NULL; f = f->next) {
        if (f->side == side && f->state == FILE_OPEN) {
            last = f;
        }
    }
    return last;
}

void txn_file_data(struct txn *t, struct file *f, struct bytes chunk)
{
    if (f->state == FILE_OPEN) {
        if (t->conn->protos->magic != NULL && f->magic.n == 0) {
            file_keep_head(f, chunk, &t->arena);
        }
        file_add(f, chunk);
        if (f->part != NULL && chunk.n != 0) {
            ranges_part_add(t->conn->protos->ranges, t->conn->protos->worker, f->part, chunk);
        }
        if (t->conn->protos->store != NULL) {
            store_data(t->conn->protos->store, f, chunk);
        }
        if (f->data != NULL) {
            body_add(f->data, t->conn, chunk);
        }
        txn_touch(t, f->side);
    }
}

void txn_file_gap(struct txn *t, struct file *f, uint64_t n)
{
    if (f->state == FILE_OPEN) {
        file_gap(f, n);
        if (f->part != NULL) {
            ranges_part_add(t->conn->protos->ranges, t->conn->protos->worker, f->part, bytes_none());
        }
        if (f->data != NULL) {
            body_skip(f->data, n);
        }
        txn_touch(t, f->side);
    }
}

void txn_file_part(struct txn *t, struct file *f, const struct file_part *part)
{
    struct protos *p = t->conn->protos;
    struct range_of of = { t->conn->flow->key.tenant, part->host, part->name, part->start, part->end, part->total };

    if (p->ranges != NULL && f->part == NULL) {
        f->part = ranges_part_open(p->ranges, p->worker, &of, p->ts);
    }
}

/* The last part is there: the whole is a file of this transaction too. */
static void part_close(struct txn *t, struct file *part)
{
    struct protos *p = t->conn->protos;
    struct range_whole *whole = ranges_part_close(p->ranges, p->worker, part->part);

    part->part = NULL;
    if (whole == NULL) {
        return;
    }
    struct file *f = txn_file_open(t, (enum side)part->side, ranges_whole_name(whole));
    if (f != NULL) {
        for (struct bytes b = ranges_whole_next(whole); b.n != 0; b = ranges_whole_next(whole)) {
            txn_file_data(t, f, b);
        }
        txn_file_close(t, f, false);
    }
    ranges_whole_free(p->ranges, whole);
}

void txn_file_close(struct txn *t, struct file *f, bool truncated)
{
    if (f->state != FILE_OPEN) {
        return;
    }
    file_close(f, truncated);
    if (f->data != NULL) {
        body_end(f->data, t->conn);
    }
    proto_file_magic(t->conn->protos, t, f);
    txn_touch(t, f->side);
    if (f->part != NULL) {
        part_close(t, f);
    }
}

void proto_file_magic(struct protos *p, struct txn *t, struct file *f)
{
    if (p->magic != NULL && f->magic.n == 0 && (f->state != FILE_OPEN || f->head.n >= FILE_HEAD_ENOUGH)) {
        f->magic = arena_copy(&t->arena, bytes_str(file_magic_of(p->magic, f)));
    }
}

bool txn_file_passed(struct txn *t, struct file *f, bool all)
{
    if (!f->passed && f->state != FILE_OPEN && (all || !t->updated[f->side] || t->skip_inspect[f->side] || t->gone[f->side])) {
        f->passed = true;
        if (t->conn->protos->store != NULL && !f->logged) {
            store_end(t->conn->protos->store, f);
        }
    }
    return f->passed;
}

void txn_files_fini(struct txn *t)
{
    const struct proto_offer *o = t->conn->protos->offer;

    for (struct file *f = t->files; f != NULL; f = f->next) {
        if (o != NULL && f->state != FILE_OPEN) { /* its hashes are certain only now */
            file_settle(f);
            o->file(o->ctx, t->conn->flow, f);
        }
        if (f->part != NULL) { /* never closed; whole or not, nobody is left to tell of it */
            struct ranges *r = t->conn->protos->ranges;
            struct range_whole *whole = ranges_part_close(r, t->conn->protos->worker, f->part);
            if (whole != NULL) {
                ranges_whole_free(r, whole);
            }
        }
        if (f->data != NULL) {
            body_fini(f->data, t->conn);
        }
        if (t->conn->protos->store != NULL) {
            store_fini(t->conn->protos->store, f);
        }
        file_fini(f);
    }
}
