/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * defrag_pieces - the bytes of one datagram under way: which fragment owns which of them.
 *
 * A fragment's bytes lie in a block; pieces say which part of it counts, sorted by offset and never overlapping.  When a
 * fragment overlaps what is there, the policy compares the two fragments as they arrived (not what is left of them), and the
 * winner takes the bytes both have.  Inside flow/ only; the defragmenter's thread; memory is the defragmenter's.
 */
#ifndef FLOW_DEFRAG_PIECES_H
#define FLOW_DEFRAG_PIECES_H

#include "base/arena.h"
#include "base/slab.h"
#include "flow/defrag.h"

#define PIECES_INDEXED 32 /* from here on an index keeps the way to an offset short */
#define PIECES_INDEX 64

struct block {
    size_t got;               /* what the page pool gave */
    uint32_t pieces;          /* pieces over it; it goes with the last */
    uint32_t origin, limit;   /* where its bytes belong in the datagram: [origin, limit) */
    uint32_t link, header;    /* bytes in front, only where origin is 0: of the link header, of the IP headers */
    bool last;                /* no more fragments behind it, it says */
    uint8_t bytes[];          /* link and IP headers, then limit - origin bytes */
};

struct piece {
    struct piece *prev, *next;
    struct block *block;
    uint32_t start, end;      /* in the datagram */
};

struct pieces {
    struct piece *first, *last;
    struct piece **index;     /* [start / 1024] -> the first piece that starts there; NULL below PIECES_INDEXED pieces */
    size_t index_got;
    uint32_t n, covered;      /* pieces, and bytes in them */
};

struct pieces_memory {
    struct pages *pages;
    struct slab *slab;        /* of struct piece */
    bool (*more)(void *of);   /* gives others' pieces up for one; NULL, false: there are none */
    void *of;
};

/* A block for a fragment with as many bytes in front, none copied; NULL at the cap. */
struct block *block_new(struct pieces_memory *m, uint32_t front, uint32_t origin, uint32_t limit);
void block_free(struct pieces_memory *m, struct block *b);

/* Adds a fragment.  False at the cap: the datagram is lost then.  A block that wins nothing has block->pieces 0 afterwards and
 * is the caller's.  *overlap: it had bytes that were there already. */
bool pieces_add(struct pieces *p, struct pieces_memory *m, struct block *b, enum defrag_policy policy, bool *overlap);
/* Are there other bytes where its own belong? */
bool pieces_differ(const struct pieces *p, const struct block *b);
/* Nothing is missing between the datagram's begin and the furthest byte that came. */
static inline bool pieces_whole(const struct pieces *p) { return p->last && p->covered == p->last->end; }
/* Where the datagram ends: what says it is the last, and begins first, ends it; when such a fragment was covered altogether, all that
 * came counts. */
uint32_t pieces_end(const struct pieces *p);
/* Cuts everything from `end` on. */
void pieces_cut(struct pieces *p, struct pieces_memory *m, uint32_t end);
void pieces_clear(struct pieces *p, struct pieces_memory *m);
/* Does the later fragment win over the earlier one? */
bool defrag_later_wins(enum defrag_policy policy, const struct block *earlier, const struct block *later);

#endif
