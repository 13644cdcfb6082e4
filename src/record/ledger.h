/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ledger - what is known of the segment under way: its flows, whose each packet is, keys, sketches.
 *
 * A lane fills it, packet by packet, without an allocation: its tables are pieces of address space that are touched as they
 * grow.  When one is full the segment ends.  Sealed, it goes to the disk's threads, of which one writes the index from it and frees it.
 */
#ifndef RECORD_LEDGER_H
#define RECORD_LEDGER_H

#include "flow/flow.h"
#include "record/block.h"
#include "record/filter.h"
#include "record/sketch.h"

enum { PIECE_APPS = 4, CHUNK_BYTES = 27, SLOTS = 64, UNIT_BOTH = 2 };

/* Numbers of few bytes in a row, in chunks of the ledger. */
struct chain {
    uint32_t first, last;        /* 1 + its place; 0: none */
    uint32_t n;                  /* bytes */
};
struct chunk {
    uint32_t next;
    uint8_t n, data[CHUNK_BYTES];
};

/* The part of a flow that lies in this segment. */
struct piece {
    struct flow_key key;
    uint64_t id, parent;
    uint64_t first, last;         /* ns, of the flow as far as it was seen */
    uint64_t packets[2], bytes[2]; /* of frames that were kept in this segment */
    uint64_t cut;                 /* packets that were not kept */
    struct chain runs, units;
    uint32_t run_start, run_n;    /* ordinals of the run under way */
    uint32_t run_end;             /* behind the last one put away */
    uint32_t before, before_back; /* of a flow that began earlier: its number there, so many of the lane's segments back; 0: it did not */
    uint32_t filter_first, filter_last; /* as a chain */
    uint32_t unit, unit_put;      /* the newest unit, and the one before it that was put away; UINT32_MAX: none */
    uint16_t flags;               /* enum record_flow_flag */
    uint8_t app_n;
    uint8_t filter_n;
    uint8_t untold;               /* enum filter_part: what its filters do not tell all of */
    uint16_t short_n[4];          /* bytes told of each part behind the first */
    bool dirty;                   /* changed since it was journalled */
    uint8_t icmp[4];              /* types and codes: community ids have them */
    uint8_t app[PIECE_APPS];      /* ids of the recorder's table of names */
};

struct key_pair {
    uint32_t hash, piece;
};

/* Sketches under way: flows of a kind share one. */
struct slot {
    uint32_t unit;                /* UINT32_MAX: none yet */
    uint32_t bits;                /* set in it */
    uint32_t pieces;              /* that it was begun for, or gone on with */
};

struct block_row {
    uint64_t ordinal, number, first_ts, last_ts;
    uint32_t packets, used, marks; /* marks: bytes of them before its own */
    uint32_t stored;              /* bytes in a packed file; 0: it is not */
};

struct ledger {
    struct piece *piece;
    struct chunk *chunk;
    struct key_pair *key;
    struct sketch_unit *unit;
    struct flow_filter *filter;
    uint32_t *unit_bits, *unit_pieces;
    uint8_t *unit_sides;          /* bit per side whose bytes are in it */
    struct block_row *block;
    uint32_t *sum;                /* of stretches, one block's behind the other's; fewer than there are: they are not told */
    uint32_t *dirty, dirty_n;     /* pieces that changed */
    uint32_t unit_room;           /* units before they were joined */
    uint32_t piece_n, piece_max, chunk_n, chunk_max, key_n, key_max, unit_n, unit_max, filter_n, filter_max, block_n, block_max, sum_n;
    struct slot slot[SLOTS];
    struct chain marks;           /* of all blocks, in fours of bytes from one to the next */
    struct record_links links;
    uint64_t packets, bytes, cut_packets, cut_bytes, lost_packets, dropped, first_ts, last_ts; /* dropped: by the kernel */
    bool sketched;                /* sketches are wanted, and there was room for all */
};

/* For a segment of so many bytes; NULL: no memory. */
struct ledger *ledger_new(uint64_t segment_bytes, bool sketched);
void ledger_free(struct ledger *l);
bool ledger_full(const struct ledger *l);           /* the segment is to end before the next packet */
uint32_t ledger_piece(struct ledger *l);            /* a cleared one; UINT32_MAX: full */
static inline void ledger_touch(struct ledger *l, uint32_t piece) /* it changes */
{
    if (!l->piece[piece].dirty) {
        l->piece[piece].dirty = true;
        l->dirty[l->dirty_n++] = piece;
    }
}
void ledger_packet(struct ledger *l, struct piece *p, uint32_t ordinal);
void ledger_key(struct ledger *l, uint32_t piece, uint32_t hash);
/* Adds bytes of a side, or UNIT_BOTH, to the sketches of a piece; `large`: the flow has much to say, and gets a sketch with few others. */
void ledger_sketch(struct ledger *l, struct piece *p, unsigned side, struct bytes b, bool large);
/* Ends the lists of all pieces and joins sketches that are nearly empty. */
void ledger_seal(struct ledger *l);
void chain_varint(struct ledger *l, struct chain *c, uint64_t v);
/* A key's hash, as the index has it. */
uint32_t record_key_hash(enum record_key kind, struct bytes value);

#endif
