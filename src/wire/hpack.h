/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hpack - header compression of HTTP/2 (RFC 7541), the reading side.
 *
 * One table for each direction of a connection, its memory from an arena, taken when the first entry comes.  Reads one
 * representation at a time and goes on after an oddity: an index that means nothing is told and passed over, so that a
 * connection of which the beginning is missing still gives what stands in it in full.  One thread.
 */
#ifndef WIRE_HPACK_H
#define WIRE_HPACK_H

#include "base/arena.h"

enum hpack_kind {
    HPACK_FIELD,      /* name and value */
    HPACK_SIZE,       /* the table's size changes (6.3): size */
    HPACK_NO_ENTRY,   /* an index beyond the table; of a literal with such a name the value is there */
    HPACK_INDEX_ZERO, /* index 0 (6.1) */
    HPACK_OVERFLOW,   /* a number that fits no 64 bits: the rest of the block means nothing */
    HPACK_TOO_MUCH,   /* entries copied beyond what a block may cost: likewise */
    HPACK_CUT,        /* the block ends inside */
};

struct hpack_item {
    enum hpack_kind kind;
    struct bytes name, value;
    uint64_t size;
    bool borrowed;    /* name or value lie in the table: they hold until the next call */
};

struct hpack_entry {
    uint32_t at, name_n, value_n;
};

struct hpack {
    struct arena *arena;
    struct hpack_entry *entry; /* a ring, oldest first */
    uint32_t entry_room, oldest, n;
    uint8_t *store;            /* the entries' bytes, a ring too: each entry in one piece */
    uint32_t room, next;
    uint32_t size;             /* as RFC 7541 4.1 counts */
    uint32_t max, ceiling;     /* in force by the peer's word; kept at all */
    uint32_t work;             /* bytes that the block at hand may still copy */
};

enum { HPACK_TABLE_SIZE = 4096, HPACK_BLOCK_WORK = 4 << 20 };

void hpack_init(struct hpack *t, struct arena *table, uint32_t ceiling);
/* A new header block begins. */
void hpack_block(struct hpack *t);
/* The next representation of the block (r is not at its end).  What is decoded goes to `strings`. */
struct hpack_item hpack_read(struct hpack *t, struct rd *r, struct arena *strings);

#endif
