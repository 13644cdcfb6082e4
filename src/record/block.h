/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * block - 1 MB of a segment, built in place and checked when it is read.
 *
 * A block is whole by itself: its head tells times, counts and a checksum of what is used of it; the rest is padding.  The
 * writer's memory is the caller's, aligned for direct I/O.
 */
#ifndef RECORD_BLOCK_H
#define RECORD_BLOCK_H

#include "base/rd.h"
#include "record/format.h"

struct record_links {
    uint16_t link[RECORD_LINKS_MAX];
    uint16_t n;
};

struct block_about {
    uint64_t run;                  /* of the process that wrote it */
    uint32_t lane, segment, block; /* of several writers of a run; its segment; its place there */
    uint32_t used, packets, links; /* bytes; packets in it; interfaces told before it */
    uint64_t first_ts, last_ts;    /* the earliest and the latest; 0 when there are no packets */
    uint64_t ordinal, number;      /* of its first packet: in the segment; in the input */
};

/* A block's packets, RECORD_MARK of them at a time, are stretches; the first begins with the head. */
enum { BLOCK_STRETCHES = RECORD_BLOCK / 32 / RECORD_MARK /* at most: no packet takes fewer bytes */ };
static inline uint32_t block_stretches(uint32_t packets) { return (packets + RECORD_MARK - 1) / RECORD_MARK; }

struct record_block {
    uint8_t *p;                    /* NULL: none under way */
    struct block_about about;
    uint64_t next_number;          /* a packet with another one carries it, and each RECORD_MARK-th */
    uint32_t last;                 /* where the last packet begins */
    uint32_t room;                 /* bytes that may be used of it, with the least padding */
    uint32_t begin[BLOCK_STRETCHES]; /* where each stretch begins */
    uint32_t sum[BLOCK_STRETCHES]; /* sealed: block_sum of all up to its end */
};

struct record_frame {
    struct bytes frame;
    uint64_t ts, number;
    uint32_t wire_len;
    uint16_t link;
    uint64_t offset;               /* in a capture that lies elsewhere; 0: not known */
};

/* The first bytes of a segment. */
void block_file_head(uint8_t to[RECORD_FILE_HEAD]);
/* `links` so far; memory of RECORD_BLOCK bytes. */
void block_begin(struct record_block *b, uint8_t *memory, const struct block_about *about, const struct record_links *links);
/* False: no room (the block is to be ended and another begun), or the links are full. */
bool block_add(struct record_block *b, struct record_links *links, const struct record_frame *f);
/* Head, checksum and padding; may go on afterwards. */
void block_seal(struct record_block *b);
void block_pad(uint8_t *p, uint32_t used); /* what is behind the bytes used */
/* Its head alone, unchecked; false: it is none. */
bool block_head(struct bytes b, struct block_about *about);
/* The checksum of a block's bytes, `before` being that of those in front of them; `head`: they begin with its head. */
uint32_t block_sum(uint32_t before, struct bytes b, bool head);
uint32_t block_sum_told(struct bytes head); /* of all that is used of it */
/* What a block tells of itself; false: it is none, or not whole. */
bool block_check(struct bytes b, struct block_about *about);
/* The frames of a checked block, one after the other; start with `at` 0.  False: no more. */
struct block_walk {
    struct rd left;
    uint64_t number;
};
struct block_walk block_frames(struct bytes b, const struct block_about *about);
bool block_next(struct block_walk *w, struct record_links *links, struct record_frame *out);

#endif
