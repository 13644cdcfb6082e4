/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/ledger.h"

#include "base/hash.h"
#include "base/map.h"
#include "record/bytes.h"

#include <stdlib.h>

enum { UNIT_PIECES = 512 /* flows of a unit: one that has a literal names all of them */, MARGIN = 64 /* of each table, for what one packet may add */, ADD_STEP = 4096, FULL_FOLD = SKETCH_FULL / 2 };

static void *table(uint32_t n, size_t size) { return map_take((size_t)n * size, 4096); }

struct ledger *ledger_new(uint64_t segment_bytes, bool sketched)
{
    struct ledger *l = calloc(1, sizeof *l);
    uint32_t mega = (uint32_t)(segment_bytes >> 20) + 1;

    if (l == NULL) {
        return NULL;
    }
    l->sketched = sketched;
    l->block_max = mega + 1;
    l->piece_max = mega * 4096 + MARGIN * 64;
    l->chunk_max = mega * 16384 + MARGIN * 1024;
    l->key_max = mega * 16384 + MARGIN * 256;
    l->unit_max = mega * 32 + SLOTS;
    l->piece = table(l->piece_max, sizeof *l->piece);
    l->dirty = table(l->piece_max, sizeof *l->dirty);
    l->chunk = table(l->chunk_max, sizeof *l->chunk);
    l->key = table(l->key_max, sizeof *l->key);
    l->filter_max = mega * 512 + MARGIN;
    l->filter = table(l->filter_max, sizeof *l->filter);
    l->unit = table(l->unit_max, sizeof *l->unit);
    l->unit_bits = table(l->unit_max, sizeof *l->unit_bits);
    l->unit_pieces = table(l->unit_max, sizeof *l->unit_pieces);
    l->unit_sides = table(l->unit_max, sizeof *l->unit_sides);
    l->block = table(l->block_max, sizeof *l->block);
    l->sum = table(l->block_max, BLOCK_STRETCHES * sizeof *l->sum);
    for (unsigned i = 0; i < SLOTS; i++) {
        l->slot[i].unit = UINT32_MAX;
    }
    bool all = l->piece != NULL && l->dirty != NULL && l->chunk != NULL && l->key != NULL && l->unit != NULL && l->unit_bits != NULL;
    if (!all || l->block == NULL || l->sum == NULL || l->filter == NULL || l->unit_pieces == NULL || l->unit_sides == NULL) {
        ledger_free(l);
        return NULL;
    }
    return l;
}

void ledger_free(struct ledger *l)
{
    if (l == NULL) {
        return;
    }
    map_give(l->piece, l->piece_max * sizeof *l->piece);
    map_give(l->dirty, l->piece_max * sizeof *l->dirty);
    map_give(l->chunk, l->chunk_max * sizeof *l->chunk);
    map_give(l->key, l->key_max * sizeof *l->key);
    map_give(l->unit, l->unit_max * sizeof *l->unit);
    map_give(l->unit_bits, l->unit_max * sizeof *l->unit_bits);
    map_give(l->unit_pieces, l->unit_max * sizeof *l->unit_pieces);
    map_give(l->unit_sides, l->unit_max * sizeof *l->unit_sides);
    map_give(l->filter, l->filter_max * sizeof *l->filter);
    map_give(l->block, l->block_max * sizeof *l->block);
    map_give(l->sum, l->block_max * BLOCK_STRETCHES * sizeof *l->sum);
    free(l);
}

bool ledger_full(const struct ledger *l)
{
    return l->piece_n + MARGIN > l->piece_max || 2 * l->chunk_n + 2 * l->piece_n + 16 * MARGIN > l->chunk_max || l->key_n + 16 * MARGIN > l->key_max ||
           l->block_n == l->block_max;
}

uint32_t ledger_piece(struct ledger *l)
{
    if (l->piece_n == l->piece_max) {
        return UINT32_MAX;
    }
    l->piece[l->piece_n] = (struct piece){ .unit = UINT32_MAX, .unit_put = UINT32_MAX };
    ledger_touch(l, l->piece_n);
    return l->piece_n++;
}

void chain_varint(struct ledger *l, struct chain *c, uint64_t v)
{
    uint8_t b[10];
    unsigned n = varint_put(b, v);

    for (unsigned i = 0; i < n; i++) {
        struct chunk *last = c->last != 0 ? &l->chunk[c->last - 1] : NULL;
        if (last == NULL || last->n == CHUNK_BYTES) {
            if (l->chunk_n == l->chunk_max) {
                l->sketched = false; /* cannot be: segments end before */
                return;
            }
            uint32_t at = ++l->chunk_n;
            *(last != NULL ? &last->next : &c->first) = at;
            c->last = at;
            last = &l->chunk[at - 1];
        }
        last->data[last->n++] = b[i];
    }
    c->n += n;
}

/* A run: packets in between, doubled, and one more when a length follows. */
static void run_put(struct ledger *l, struct piece *p)
{
    if (p->run_n != 0) {
        chain_varint(l, &p->runs, (uint64_t)(p->run_start - p->run_end) << 1 | (p->run_n > 1));
        if (p->run_n > 1) {
            chain_varint(l, &p->runs, p->run_n);
        }
        p->run_end = p->run_start + p->run_n;
        p->run_n = 0;
    }
}

void ledger_packet(struct ledger *l, struct piece *p, uint32_t ordinal)
{
    if (p->run_n != 0 && ordinal == p->run_start + p->run_n) {
        p->run_n++;
        return;
    }
    if (p->run_n != 0 && ordinal < p->run_start + p->run_n) { /* two views of one packet */
        return;
    }
    run_put(l, p);
    p->run_start = ordinal;
    p->run_n = 1;
}

void ledger_key(struct ledger *l, uint32_t piece, uint32_t hash)
{
    if (l->key_n < l->key_max) {
        l->key[l->key_n++] = (struct key_pair){ hash, piece };
    }
}

/* ---- sketches ---- */

static void unit_put(struct ledger *l, struct piece *p)
{
    if (p->unit != UINT32_MAX) {
        int64_t step = (int64_t)p->unit - (p->unit_put == UINT32_MAX ? 0 : p->unit_put);
        chain_varint(l, &p->units, (uint64_t)step << 1 ^ (uint64_t)(step >> 63));
        p->unit_put = p->unit;
    }
}

static void unit_close(struct ledger *l, const struct slot *s)
{
    l->unit_bits[s->unit] = s->bits;
    l->unit_pieces[s->unit] = s->pieces;
}

static struct sketch_unit *unit_of(struct ledger *l, struct piece *p, struct slot *s)
{
    if (s->unit == UINT32_MAX || s->bits >= (s < l->slot + SLOTS / 2 ? SKETCH_FULL : SKETCH_BULK) || (s->pieces >= UNIT_PIECES && p->unit != s->unit)) {
        if (l->unit_n == l->unit_max) {
            l->sketched = false;
            return NULL;
        }
        if (s->unit != UINT32_MAX) {
            unit_close(l, s);
        }
        *s = (struct slot){ .unit = l->unit_n++ };
    }
    if (p->unit != s->unit) {
        unit_put(l, p);
        p->unit = s->unit;
        s->pieces++;
    }
    return &l->unit[s->unit];
}

void ledger_sketch(struct ledger *l, struct piece *p, unsigned side, struct bytes b, bool large)
{
    uint64_t kind = large ? p->id : (uint64_t)p->key.proto << 16 | p->key.port[1];
    struct slot *s = &l->slot[(hash_word(kind * 3 + side) & (SLOTS / 2 - 1)) + (large ? SLOTS / 2 : 0)];

    while (l->sketched && b.n >= SKETCH_GRAM) {
        struct sketch_unit *u = unit_of(l, p, s);
        struct bytes step = bytes_head(b, ADD_STEP);
        if (u == NULL) {
            return;
        }
        s->bits += sketch_add(u, step);
        l->unit_sides[s->unit] |= (uint8_t)(side == UNIT_BOTH ? 3 : 1u << side);
        if (step.n == b.n) {
            return;
        }
        b = bytes_from(b, step.n - SKETCH_BACK);
    }
}

/* Joins each unit that is less than full with the one before it that has room.  map: where each went. */
static uint32_t units_join(struct ledger *l, uint32_t *map)
{
    uint32_t n = 0, open = UINT32_MAX;

    for (uint32_t i = 0; i < l->unit_n; i++) {
        uint32_t bits = l->unit_bits[i];
        if (open != UINT32_MAX && bits < SKETCH_FULL && l->unit_bits[open] + bits <= FULL_FOLD &&
            l->unit_pieces[open] + l->unit_pieces[i] <= UNIT_PIECES) {
            uint32_t sum = 0;
            for (uint32_t w = 0; w < SKETCH_BITS / 64; w++) {
                l->unit[open].word[w] |= l->unit[i].word[w];
                sum += (uint32_t)__builtin_popcountll(l->unit[open].word[w]);
            }
            l->unit_bits[open] = sum;
            l->unit_pieces[open] += l->unit_pieces[i];
            l->unit_sides[open] |= l->unit_sides[i];
            map[i] = open;
            continue;
        }
        map[i] = n;
        if (n != i) {
            l->unit[n] = l->unit[i];
            l->unit_bits[n] = bits;
            l->unit_pieces[n] = l->unit_pieces[i];
            l->unit_sides[n] = l->unit_sides[i];
        }
        open = bits < FULL_FOLD ? n : open;
        n++;
    }
    return n;
}

struct remap {
    const struct ledger *ledger;
    uint32_t chunk, at;
};

static uint8_t remap_byte(struct remap *r)
{
    while (r->chunk != 0 && r->at == r->ledger->chunk[r->chunk - 1].n) {
        r->chunk = r->ledger->chunk[r->chunk - 1].next;
        r->at = 0;
    }
    return r->chunk != 0 ? r->ledger->chunk[r->chunk - 1].data[r->at++] : 0;
}

static int number_compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

/* The units of a piece by their new numbers. */
static void units_renumber(struct ledger *l, struct piece *p, const uint32_t *map, uint32_t *list)
{
    struct remap r = { l, p->units.first, 0 };
    uint32_t n = 0, before = 0, left = p->units.n;

    while (left != 0 && n < l->unit_max) {
        uint64_t v = 0;
        unsigned shift = 0;
        uint8_t b;
        do {
            b = remap_byte(&r);
            v |= (uint64_t)(b & 127) << shift;
            shift += 7;
            left--;
        } while (b >= 128 && left != 0);
        before += (uint32_t)(v >> 1) ^ -(uint32_t)(v & 1);
        list[n++] = map[before < l->unit_room ? before : 0];
    }
    qsort(list, n, sizeof *list, number_compare);
    p->units = (struct chain){ 0 };
    before = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (i == 0 || list[i] != list[i - 1]) {
            chain_varint(l, &p->units, list[i] - before);
            before = list[i] + 1;
        }
    }
}

void ledger_seal(struct ledger *l)
{
    uint32_t *map = calloc(l->unit_n + 1, sizeof *map), *list = calloc(l->unit_max, sizeof *list);

    for (unsigned i = 0; i < SLOTS; i++) {
        if (l->slot[i].unit != UINT32_MAX) {
            unit_close(l, &l->slot[i]);
        }
    }
    for (uint32_t i = 0; i < l->piece_n; i++) {
        run_put(l, &l->piece[i]);
        unit_put(l, &l->piece[i]);
    }
    if (map == NULL || list == NULL) {
        l->sketched = false;
    }
    if (l->sketched) {
        l->unit_room = l->unit_n;
        l->unit_n = units_join(l, map);
        for (uint32_t i = 0; i < l->piece_n; i++) {
            units_renumber(l, &l->piece[i], map, list);
        }
    }
    if (!l->sketched) {
        l->unit_n = 0;
        for (uint32_t i = 0; i < l->piece_n; i++) {
            l->piece[i].units = (struct chain){ 0 };
        }
    }
    free(map);
    free(list);
}

uint32_t record_key_hash(enum record_key kind, struct bytes value)
{
    return (uint32_t)(hash_bytes(value.p, value.n, 0x7265636f72640000ull + kind) >> 16);
}
