/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http_coding - content codings undone, one inside another (RFC 9110 8.4), within their budgets.
 *
 * What calls itself gzip or deflate is often another of the family: as long as nothing came out, the next kind is tried on
 * the bytes kept so far, and in the end the bytes are taken as they are, as browsers do.
 */
#include "proto/http/http.h"

#include "base/unpack.h"

enum { OUT_SIZE = 8192, KEEP_MAX = 1024, RESTARTS_MAX = 3, BOMB_RATIO = 2048, MEMORY_EACH = 16 << 20, BYTES_PER_MICROSECOND = 512 };

struct layer {
    struct unpack *unpack;      /* NULL: passes bytes through, or is dead */
    enum unpack_kind kind;
    uint8_t restarts;
    bool wrote, through, dead;
    struct arena_text keep;     /* input before anything came out */
};

struct http_coding {
    struct layer layer[HTTP_CODINGS_MAX]; /* [0] gets the wire's bytes */
    unsigned n;
    uint64_t out;
};

struct feed {
    struct conn *c;
    struct txn *t;
    enum side side;
    struct http_coding *k;
};

static struct unpack *make(const struct http *x, enum unpack_kind kind)
{
    size_t memory = kind == UNPACK_LZMA ? (size_t)x->settings->lzma_memory + (64 << 10) : MEMORY_EACH;

    return unpack_new(x->txn->arena.pages, kind, memory);
}

static enum unpack_kind next_kind(enum unpack_kind kind)
{
    return kind == UNPACK_DEFLATE ? UNPACK_ZLIB : kind == UNPACK_ZLIB ? UNPACK_GZIP : UNPACK_DEFLATE;
}

static void layer_push(struct txn *t, struct http_coding *k, enum unpack_kind kind)
{
    const struct http *x = txn_data(t);

    if (k->n >= HTTP_CODINGS_MAX) {
        txn_note(t, NOTE_TOO_MANY_LAYERS);
        return;
    }
    /* The last coding named was applied last, so it is undone first. */
    for (unsigned i = k->n; i > 0; i--) {
        k->layer[i] = k->layer[i - 1];
    }
    k->n++;
    k->layer[0] = (struct layer){ .kind = kind };
    arena_text_init(&k->layer[0].keep, txn_arena(t), KEEP_MAX);
    if (kind == UNPACK_LZMA && (!x->settings->lzma_enabled || x->settings->lzma_memory == 0)) {
        txn_note(t, NOTE_LZMA_DISABLED);
        k->layer[0].through = true;
        return;
    }
    k->layer[0].unpack = make(x, kind);
    k->layer[0].dead = k->layer[0].unpack == NULL;
}

/* One name of several; false: no more are taken. */
static bool push_named(struct txn *t, enum side side, struct http_coding *k, struct bytes name, unsigned *lzma)
{
    const struct http *x = txn_data(t);
    bool plain = true;

    if (http_value_has(name, "gzip")) {
        plain = bytes_is(name, "gzip") || bytes_is(name, "x-gzip");
        layer_push(t, k, UNPACK_GZIP);
    } else if (http_value_has(name, "deflate")) {
        plain = bytes_is(name, "deflate") || bytes_is(name, "x-deflate");
        layer_push(t, k, UNPACK_DEFLATE);
    } else if (bytes_is_nocase(name, "lzma")) {
        if (x->settings->lzma_layer_max != 0 && ++*lzma > x->settings->lzma_layer_max) {
            txn_note(t, side == TO_SERVER ? NOTE_REQUEST_LZMA_LAYERS : NOTE_RESPONSE_LZMA_LAYERS);
            return false;
        }
        layer_push(t, k, UNPACK_LZMA);
    } else if (bytes_is_nocase(name, "br")) {
        layer_push(t, k, UNPACK_BROTLI);
    } else {
        plain = bytes_is(name, "inflate") || bytes_is(name, "none") || bytes_is(name, "identity");
    }
    if (!plain) {
        txn_note(t, NOTE_ABNORMAL_CODING);
    }
    return true;
}

static void push_list(struct txn *t, enum side side, struct http_coding *k, struct bytes value)
{
    const struct http *x = txn_data(t);
    struct rd r = rd_of(value);
    unsigned named = 0, lzma = 0;

    while (rd_skip_any(&r, ", "), rd_left(&r) != 0) {
        struct bytes name = rd_until_any(&r, ", ");
        if (x->settings->layer_max != 0 && ++named > x->settings->layer_max) {
            txn_note(t, NOTE_TOO_MANY_LAYERS);
            return;
        }
        if (!push_named(t, side, k, name, &lzma)) {
            return;
        }
    }
}

void http_coding_begin(struct conn *c, struct txn *t, enum side side)
{
    struct http_state *s = conn_state(c);
    struct http *x = txn_data(t);
    struct http_half *h = http_half(x, side);
    struct http_stored *field = http_find_loose(h, HEADER_CONTENT_ENCODING);

    if (field == NULL || h->coding != NULL || conn_bodies_unread(c) || (x->settings->bomb_count != 0 && s->bombs >= x->settings->bomb_count)) {
        return;
    }
    struct http_coding *k = arena_zero(txn_arena(t), sizeof *k);
    if (k == NULL) {
        return;
    }
    if (http_value_is(http_value(field), "gzip") || http_value_is(http_value(field), "x-gzip")) {
        layer_push(t, k, UNPACK_GZIP);
    } else if (http_value_is(http_value(field), "deflate") || http_value_is(http_value(field), "x-deflate")) {
        layer_push(t, k, UNPACK_DEFLATE);
    } else if (http_value_is(http_value(field), "br")) {
        layer_push(t, k, UNPACK_BROTLI);
    } else if (http_value_is(http_value(field), "lzma")) {
        layer_push(t, k, UNPACK_LZMA);
    } else if (!http_value_is(http_value(field), "inflate") && !http_value_is(http_value(field), "none")) {
        push_list(t, side, k, http_value(field));
    }
    h->coding = k->n != 0 ? k : NULL;
}

/* More came out than any honest body holds.  True: no more of this one. */
static bool bomb(const struct feed *f)
{
    struct http *x = txn_data(f->t);
    struct http_state *s = conn_state(f->c);
    const struct http_settings *set = x->settings;
    bool ratio = f->k->out > set->bomb_limit && f->k->out / BOMB_RATIO > http_half(x, f->side)->message_len;

    if (!ratio && (set->time_limit == 0 || f->k->out <= (uint64_t)set->time_limit * BYTES_PER_MICROSECOND)) {
        return false;
    }
    txn_note(f->t, NOTE_BOMB);
    if (++s->bombs == set->bomb_count) {
        txn_note(f->t, NOTE_BOMB_LIMIT);
    }
    for (unsigned i = 0; i < f->k->n; i++) {
        f->k->layer[i].dead = true;
    }
    return true;
}

static void feed_layer(const struct feed *f, unsigned i, struct bytes in);

static void pass_on(const struct feed *f, unsigned i, struct bytes out)
{
    if (i + 1 < f->k->n) {
        feed_layer(f, i + 1, out);
        return;
    }
    f->k->out += out.n;
    http_body_decoded(f->c, f->t, f->side, out);
    (void)bomb(f);
}

/* Runs a layer over `in`; BAD when it can't be read and nothing has come out yet. */
static enum unpack_result run_layer(const struct feed *f, unsigned i, struct bytes in)
{
    struct layer *l = &f->k->layer[i];
    uint8_t out[OUT_SIZE];
    enum unpack_result r;

    do {
        size_t got = 0, before = in.n;
        r = unpack_run(l->unpack, &in, out, sizeof out, &got);
        if (got != 0) {
            l->wrote = true;
            pass_on(f, i, bytes_of(out, got));
        } else if (in.n == before && r == UNPACK_OK) {
            break;
        }
    } while (r == UNPACK_OK && !l->dead);
    return r;
}

/* Not what it says it is: the next kind, from the start. */
static void restart(const struct feed *f, unsigned i)
{
    struct layer *l = &f->k->layer[i];
    struct bytes kept = arena_text_bytes(&l->keep);
    enum unpack_result r = UNPACK_BAD;

    while (r == UNPACK_BAD && !l->wrote && l->restarts < RESTARTS_MAX) {
        l->restarts++;
        l->kind = next_kind(l->kind);
        unpack_free(l->unpack);
        l->unpack = make(txn_data(f->t), l->kind);
        if (l->unpack == NULL) {
            l->dead = true;
            return;
        }
        r = run_layer(f, i, kept);
    }
    if (r != UNPACK_BAD) {
        return;
    }
    unpack_free(l->unpack);
    l->unpack = NULL;
    if (l->wrote) {
        l->dead = true;
        return;
    }
    txn_note(f->t, NOTE_GZIP_FAILED);
    l->through = true;
    pass_on(f, i, kept);
}

static void feed_layer(const struct feed *f, unsigned i, struct bytes in)
{
    struct layer *l = &f->k->layer[i];

    if (l->dead) {
        return;
    }
    if (l->through) {
        pass_on(f, i, in);
        return;
    }
    size_t had = l->keep.n;
    if (!l->wrote) {
        arena_text_add(&l->keep, in);
    }
    struct bytes rest = bytes_from(in, l->keep.n - had);
    enum unpack_result r = run_layer(f, i, in);
    if (r == UNPACK_LIMIT) {
        txn_note(f->t, NOTE_LZMA_MEMORY);
        l->dead = true;
    } else if (r == UNPACK_BAD && l->wrote) {
        l->dead = true;
    } else if (r == UNPACK_BAD) {
        restart(f, i);
        if (rest.n != 0 && !l->dead) {
            feed_layer(f, i, rest);
        }
    }
}

void http_coding_feed(struct conn *c, struct txn *t, enum side side, struct bytes wire)
{
    struct http *x = txn_data(t);
    struct feed f = { c, t, side, http_half(x, side)->coding };

    feed_layer(&f, 0, wire);
}

void http_coding_end(struct http_half *h)
{
    for (unsigned i = 0; h->coding != NULL && i < h->coding->n; i++) {
        unpack_free(h->coding->layer[i].unpack);
        h->coding->layer[i].unpack = NULL;
    }
    h->coding = NULL;
}
