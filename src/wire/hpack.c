/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/hpack.h"

#include "base/rows.h"

enum { ENTRY_COST = 32, STRING_MAX = 1 << 20, CEILING_MAX = 1 << 24 };

static const struct {
    struct bytes name, value;
} fixed[] = {
#define FIELD(name, value) { BYTES(name), BYTES(value) },
#include "wire/hpack_static.list"
#undef FIELD
};

/* ------- strings ------- */

static const struct {
    uint8_t bits, codes, before;
} lengths[] = {
#define LENGTH(bits, codes, before) { bits, codes, before },
#include "wire/hpack_codes.list"
#undef LENGTH
};

enum { EOS = 256 };
static const uint16_t symbols[] = {
#include "wire/hpack_symbols.list"
};

/* The symbol at the head of `window` (its first bit is the highest) and how many bits it has; 0 bits: no code. */
static uint16_t symbol_at(uint32_t window, unsigned *bits)
{
    uint64_t code = 0; /* first of its length, from the highest bit on */

    for (unsigned i = 0; i < ROWS(lengths); i++) {
        unsigned shift = 32u - lengths[i].bits;
        uint64_t end = code + ((uint64_t)lengths[i].codes << shift);
        if (window < end) {
            *bits = lengths[i].bits;
            return symbols[lengths[i].before + ((window - code) >> shift)];
        }
        code = end;
    }
    *bits = 0;
    return EOS;
}

/* 5.2: what can be decoded; the rest is padding, or no code. */
static struct bytes huffman(struct arena *a, struct bytes in)
{
    struct arena_text out;
    uint64_t held = 0; /* the lowest `n` bits are still to be read */
    unsigned n = 0, bits;
    size_t i = 0;

    arena_text_init(&out, a, in.n * 8 / 5 + 1);
    for (;;) {
        while (n <= 48 && i < in.n) {
            held = held << 8 | in.p[i++];
            n += 8;
        }
        uint32_t window = (uint32_t)(n >= 32 ? held >> (n - 32) : held << (32 - n));
        uint16_t symbol = symbol_at(n != 0 ? window : 0xffffffff, &bits);
        if (bits == 0 || bits > n || symbol == EOS) {
            return arena_text_bytes(&out);
        }
        arena_text_byte(&out, (uint8_t)symbol);
        n -= bits;
        held &= (UINT64_C(1) << n) - 1;
    }
}

/* 5.1, a number with a prefix of `bits` bits in `first`. */
static uint64_t number(struct rd *r, uint8_t first, unsigned bits, bool *overflow)
{
    uint64_t max = (1u << bits) - 1, v = first & max;
    uint8_t b = 0x80;

    if (v < max) {
        return v;
    }
    for (unsigned shift = 0; (b & 0x80) != 0 && rd_ok(r); shift += 7) {
        b = rd_u8(r);
        uint64_t part = b & 0x7f;
        if (part != 0 && (shift > 63 || (part << shift) >> shift != part || v + (part << shift) < v)) {
            *overflow = true;
        } else if (part != 0) {
            v += part << shift;
        }
        if (shift > 200) { /* nothing but zeros so far: no honest peer */
            *overflow = true;
            return v;
        }
    }
    return v;
}

static struct bytes string(struct rd *r, struct arena *a, bool *overflow)
{
    uint8_t first = rd_u8(r);
    uint64_t n = number(r, first, 7, overflow);
    struct bytes b = *overflow ? bytes_none() : rd_bytes(r, n < STRING_MAX ? (size_t)n : SIZE_MAX);

    return (first & 0x80) != 0 ? huffman(a, b) : b;
}

/* ------- the table ------- */

void hpack_init(struct hpack *t, struct arena *table, uint32_t ceiling)
{
    *t = (struct hpack){ .arena = table, .max = HPACK_TABLE_SIZE, .ceiling = ceiling < CEILING_MAX ? ceiling : CEILING_MAX };
}

void hpack_block(struct hpack *t) { t->work = HPACK_BLOCK_WORK; }

static struct hpack_entry *entry_of(const struct hpack *t, uint32_t from_oldest) { return &t->entry[(t->oldest + from_oldest) % t->entry_room]; }

static void evict(struct hpack *t, uint32_t limit)
{
    while (t->n != 0 && t->size > limit) {
        struct hpack_entry *e = entry_of(t, 0);
        t->size -= ENTRY_COST + e->name_n + e->value_n;
        t->oldest = (t->oldest + 1) % t->entry_room;
        t->n--;
    }
}

static uint32_t limit_of(const struct hpack *t) { return t->max < t->ceiling ? t->max : t->ceiling; }

static void store_put(struct hpack *t, uint32_t at, struct bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        t->store[at + i] = b.p[i];
    }
}

/* Room for entries of `limit` bytes: twice as much, so that one always fits in a piece whatever the ring's seam costs. */
static bool table_grow(struct hpack *t, uint32_t limit)
{
    uint32_t want = limit > HPACK_TABLE_SIZE || t->ceiling < HPACK_TABLE_SIZE ? t->ceiling : HPACK_TABLE_SIZE;
    struct hpack old = *t;

    if (want * 2 <= t->room) {
        return true;
    }
    t->store = arena_take(t->arena, (size_t)want * 2);
    t->entry = arena_take(t->arena, (want / ENTRY_COST + 1) * sizeof *t->entry);
    if (t->store == NULL || t->entry == NULL) {
        *t = old;
        return false;
    }
    t->room = want * 2;
    t->entry_room = want / ENTRY_COST + 1;
    t->oldest = t->next = 0;
    for (uint32_t i = 0; i < old.n; i++) {
        const struct hpack_entry *e = entry_of(&old, i);
        uint32_t n = e->name_n + e->value_n;
        store_put(t, t->next, bytes_of(&old.store[e->at], n));
        t->entry[i] = (struct hpack_entry){ t->next, e->name_n, e->value_n };
        t->next += n;
    }
    return true;
}

/* 4.4: name and value lie outside the table. */
static void insert(struct hpack *t, struct bytes name, struct bytes value)
{
    uint32_t limit = limit_of(t);
    size_t n = name.n + value.n, cost = n + ENTRY_COST;

    if (cost > limit || !table_grow(t, limit)) {
        evict(t, 0);
        return;
    }
    evict(t, limit - (uint32_t)cost);
    if (t->next + n > t->room || t->n == 0) {
        t->next = 0;
    }
    store_put(t, t->next, name);
    store_put(t, t->next + (uint32_t)name.n, value);
    *entry_of(t, t->n++) = (struct hpack_entry){ t->next, (uint32_t)name.n, (uint32_t)value.n };
    t->next += (uint32_t)n;
    t->size += (uint32_t)cost;
}

/* 2.3.3.  False: there is no such entry. */
static bool look_up(const struct hpack *t, uint64_t index, struct hpack_item *out)
{
    if (index == 0) {
        return false;
    }
    if (index <= ROWS(fixed)) {
        out->name = fixed[index - 1].name;
        out->value = fixed[index - 1].value;
        return true;
    }
    index -= ROWS(fixed);
    if (index > t->n) {
        return false;
    }
    const struct hpack_entry *e = entry_of(t, t->n - (uint32_t)index);
    out->name = bytes_of(&t->store[e->at], e->name_n);
    out->value = bytes_of(&t->store[e->at + e->name_n], e->value_n);
    out->borrowed = true;
    return true;
}

static bool affords(struct hpack *t, size_t n)
{
    bool yes = n <= t->work;

    t->work -= yes ? (uint32_t)n : t->work;
    return yes;
}

/* ------- representations (6) ------- */

static struct hpack_item no_entry(uint64_t index)
{
    return (struct hpack_item){ .kind = index == 0 ? HPACK_INDEX_ZERO : HPACK_NO_ENTRY, .name = bytes_none(), .value = bytes_none() };
}

static struct hpack_item read_literal(struct hpack *t, struct rd *r, struct arena *strings, uint64_t index, bool keep)
{
    struct hpack_item it = { .kind = HPACK_FIELD, .name = bytes_none(), .value = bytes_none() };
    bool overflow = false;

    if (index == 0) {
        it.name = string(r, strings, &overflow);
    } else if (!look_up(t, index, &it)) {
        it = no_entry(index);
    }
    if (it.borrowed && !affords(t, it.name.n)) {
        it.kind = HPACK_TOO_MUCH;
        return it;
    }
    it.name = it.borrowed ? arena_copy(strings, it.name) : it.name;
    it.borrowed = false;
    it.value = overflow ? bytes_none() : string(r, strings, &overflow);
    if (overflow) {
        it.kind = HPACK_OVERFLOW;
    } else if (rd_ok(r) && keep) { /* with an unknown name too: the entries behind it keep their places */
        insert(t, it.name, it.value);
    }
    return it;
}

static struct hpack_item read_size(struct hpack *t, uint64_t size)
{
    t->max = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
    evict(t, limit_of(t));
    return (struct hpack_item){ .kind = HPACK_SIZE, .name = bytes_none(), .value = bytes_none(), .size = size };
}

struct hpack_item hpack_read(struct hpack *t, struct rd *r, struct arena *strings)
{
    struct hpack_item it = { .kind = HPACK_FIELD, .name = bytes_none(), .value = bytes_none() };
    uint8_t first = rd_u8(r);
    unsigned bits = (first & 0x80) != 0 ? 7 : (first & 0x40) != 0 ? 6 : (first & 0x20) != 0 ? 5 : 4;
    bool overflow = false;
    uint64_t v = number(r, first, bits, &overflow);

    if (!rd_ok(r)) {
        it.kind = HPACK_CUT;
    } else if (overflow) {
        it.kind = HPACK_OVERFLOW;
    } else if (bits == 5) {
        it = read_size(t, v);
    } else if (bits != 7) {
        it = read_literal(t, r, strings, v, bits == 6);
        it.kind = rd_ok(r) ? it.kind : HPACK_CUT;
    } else if (!look_up(t, v, &it)) {
        it = no_entry(v);
    } else if (it.borrowed && !affords(t, it.name.n + it.value.n)) {
        it.kind = HPACK_TOO_MUCH;
    }
    return it;
}
