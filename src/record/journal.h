/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * journal - what is known of a segment while it is being written, on the disk beside it.
 *
 * A lane notes whose each packet is, and says from time to time which flows and keys are new or have changed: one frame, written
 * behind the packets it is about.  Who reads the folder makes an index from it, so that a segment can be searched while it is written, and
 * sealed when its writer died.  Sketches are not in it.  The writer's side belongs to the lane's thread.
 */
#ifndef RECORD_JOURNAL_H
#define RECORD_JOURNAL_H

#include "record/disk.h"
#include "record/index.h"

enum { JOURNAL_HEAD = 32, JOURNAL_OWNERS_MAX = RECORD_BLOCK / 2 };

struct journal {
    struct disk *disk;
    struct disk_file *file;      /* NULL: none is written */
    const struct index_about *about; /* who writes; names of protocols */
    uint8_t *p;                  /* the frame under way; NULL: none */
    uint32_t n, frame;           /* bytes of owners in it; frames written */
    uint64_t offset;             /* of the next frame in the file */
    uint32_t packets, key_n;     /* packets that have owners in it; keys of the ledger that are told */
    uint64_t missed;             /* packets behind those, whose owners found no memory */
};

/* A packet of these pieces was written; `side`s by piece.  False: its owners cannot be told. */
bool journal_packet(struct journal *j, const uint32_t *piece, const uint8_t *side, unsigned n);
/* The frame is to be ended before the next packet. */
static inline bool journal_full(const struct journal *j) { return j->n > JOURNAL_OWNERS_MAX; }
/* Ends it: what is new in the ledger goes along.  What was missed is told as the packets of `loose`, a piece; UINT32_MAX: there is none, it waits. */
void journal_out(struct journal *j, struct ledger *l, uint32_t loose);

/* A segment that is not sealed, by what lies on the disk. */
struct unsealed {
    int fd;                      /* its packets */
    struct ledger *ledger;       /* sealed, without sketches */
    struct index_about about;
    char names[INDEX_NAMES_MAX][64];
    uint64_t whole;              /* bytes of the segment that are whole */
    uint64_t strays;             /* packets of which no journal tells whose they are */
};
/* Where it lies: `journal` may be missing or damaged; `key` opens both when they are encrypted, NULL: there is none. */
struct unsealed_from {
    const char *path, *journal;
    const uint8_t *key;
};
/* `all`: its writer is dead; each block is read and checked, not only the last.  False with err: nothing is there, no memory, or it does not open. */
bool unsealed_read(struct unsealed *u, const struct unsealed_from *from, bool all, struct err *err);
bool unsealed_sealed(int fd); /* an open segment is encrypted */
/* Its block i into `memory`, RECORD_BLOCK bytes at a page's border; `vault`: its own, NULL: it lies in the clear.  False: it is not whole. */
bool unsealed_block(int fd, struct vault *vault, uint32_t i, uint8_t *memory, struct block_about *about);
/* Behind the bytes used of the last block, i, comes padding, so that it is pcapng to its end (encrypted: nothing): a hole as far as it can be, since the
 * disk may be full.  Whoever reads it meanwhile finds it whole.  False: see errno. */
bool unsealed_fill(int fd, const struct vault *vault, uint32_t i, uint8_t *memory, uint32_t used);
void unsealed_fini(struct unsealed *u);

#endif
