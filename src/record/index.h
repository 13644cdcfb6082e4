/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * index - the file beside a segment: its flows, whose packets are where, keys, sketches.
 *
 * Written once, when the segment is sealed; read through a mapping by any number of threads.  What is read is hostile (a disk
 * may flip bits): every part has a checksum that is looked at before it is used, and a bad one is told, never guessed around.
 */
#ifndef RECORD_INDEX_H
#define RECORD_INDEX_H

#include "base/err.h"
#include "record/ledger.h"
#include "record/runs.h"

enum { INDEX_NAMES_MAX = 250 };

struct index_about {
    uint64_t run;
    uint32_t lane, segment;
    uint64_t first_ts, last_ts, packets, bytes, cut_packets, cut_bytes, lost_packets, dropped; /* dropped: frames that the kernel had no room for meanwhile */
    uint32_t flows, blocks, alerted; /* alerted: flows */
    uint64_t alerted_bytes;          /* of their frames; UINT64_MAX: an older index, which does not tell */
    struct sketch_shape shape;
    bool sketched;
    bool coded;                      /* its flows tell whether bodies are in packets as they are (RECORD_CODED) */
    uint64_t sight;                  /* hash of the settings that decide what rules can see */
    uint8_t packed;                  /* PACK_ZSTD, PACK_SEALED, PACK_PAGES: how the capture is */
    bool live;                       /* its lane counted packets for itself: their numbers tell nothing beside another lane's */
    bool waits;                      /* of an open one: frames wait in its lane's memory before they are written (waiting.h) */
    bool foreign;                    /* over a capture that lies elsewhere: `path`, with no blocks of ours */
    uint64_t foreign_size, foreign_time; /* bytes; ns */
    struct record_links links;
    uint8_t app_n;
    const char *app[INDEX_NAMES_MAX]; /* names of protocols; read: in the index's memory */
    const char *path;                 /* foreign: of the capture; NULL */
};

/* Writes the index of a sealed ledger to `path` whole, or not at all; `key`: encrypted with it, NULL: it is not. */
bool index_write(const char *path, const struct index_about *about, const struct ledger *l, const uint8_t *key, struct err *err);

bool index_write_fd(int fd, const char *name, const struct index_about *about, const struct ledger *l, struct err *err);

struct index;
/* `key`: of an encrypted one; NULL: there is none. */
struct index *index_open(const char *path, const uint8_t *key, struct err *err);
bool index_sealed(const char *path); /* it is encrypted */
struct index *index_open_fd(int fd, const char *name, struct err *err); /* the descriptor stays the caller's */
void index_close(struct index *ix);
const struct index_about *index_about(const struct index *ix);
bool index_block(const struct index *ix, uint32_t i, struct block_row *out);
/* Places where packets are found: the first of a block, and each RECORD_MARK-th behind it; of a capture that lies elsewhere all there are. */
struct mark_walk {
    struct rd left;
    uint64_t offset, ordinal;        /* of a capture that lies elsewhere: the last one's; else of the block's first */
    uint32_t block, packets, at, in; /* in: packets of the block before the next mark */
};
struct mark_walk index_marks(const struct index *ix, uint32_t block);
bool index_mark(const struct index *ix, struct mark_walk *w, uint64_t *ordinal, uint64_t *offset);
uint64_t index_end(const struct index *ix); /* behind the last ordinal */
/* The block that holds a packet; UINT32_MAX: none. */
uint32_t index_block_of(const struct index *ix, uint32_t ordinal);

/* A stretch of a block: what of the file it is, and checksums of the block up to where it begins, to its end, and whole (block_sum). */
struct index_stretch {
    uint32_t number, block, before, sum, whole; /* number: over all blocks */
    uint64_t end, from, to;          /* ordinal behind it; bytes of the file */
};
uint32_t index_stretches(const struct index *ix); /* how many; 0: no checksums of them are told */
uint32_t index_stretch_first(const struct index *ix, uint32_t block); /* number of a block's first */
bool index_stretch(const struct index *ix, uint32_t block, uint64_t ordinal, struct index_stretch *out); /* of a block, that has a packet; false: none */

/* A flow's part in the segment.  Times are in whole microseconds, the first rounded down and the last up. */
struct flow_part {
    struct flow_key key;
    uint64_t id, parent, first, last, packets[2], bytes[2], cut;
    uint16_t flags;
    uint8_t app_n, app[PIECE_APPS], icmp[4];
    struct run_walk runs;        /* its packets; to be copied for each walk */
    struct bytes units;
};
/* A place in the index's flows: reading them in order costs least.  Zeroed at first; one thread's. */
struct index_cursor {
    uint32_t next;                   /* 1 + the flow it stands before; 0: nowhere */
    struct rd flows, runs, units;
    uint64_t first;                  /* of the flow before */
    uint32_t start;
};
bool index_flow(const struct index *ix, struct index_cursor *c, uint32_t i, struct flow_part *out, struct err *err);
/* Units of a part, ascending. */
struct unit_walk {
    struct rd left;
    uint32_t before;
};
bool unit_next(struct unit_walk *w, uint32_t *unit);

/* Calls f for each flow that has the key, one of those that lanes tell by hash (and, once in 2^32, one that has not).  False with err: unreadable. */
bool index_find(const struct index *ix, uint32_t hash, void (*f)(void *ctx, uint32_t flow), void *ctx, struct err *err);
/* Calls f for each flow whose KEY_TUPLE hash ends as this one does: hardly another does. */
bool index_find_tuple(const struct index *ix, uint32_t hash, void (*f)(void *ctx, uint32_t flow), void *ctx, struct err *err);
bool index_may_have_address(const struct index *ix, const struct addr *a);
/* Is there a flow of a kind that fits?  What is shown of it: flags, family, protocol, server's port, protocols of the application. */
bool index_may_have(const struct index *ix, bool (*fits)(void *ctx, const struct flow_part *p), void *ctx);
/* Units with bytes of those sides (a bit each) whose sketch has all those bits: `columns` has sketch_stride bytes. */
bool index_units(const struct index *ix, unsigned sides, const uint32_t *bit, unsigned n, uint8_t *columns, struct err *err);
/* What the fields of a flow have (filter_has). */
bool index_filters(const struct index *ix, uint32_t flow, struct bytes *out, struct err *err);
/* Flows that began in an earlier segment of their lane, ascending: `back` segments before it is number `before`.  False with err: unreadable. */
typedef void (*index_link)(void *ctx, uint32_t flow, uint32_t back, uint32_t before);
bool index_earlier(const struct index *ix, index_link f, void *ctx, struct err *err);
bool index_unit_flows(const struct index *ix, uint32_t unit, void (*f)(void *ctx, uint32_t flow), void *ctx, struct err *err);
/* Reads and checks all of it. */
bool index_check(const struct index *ix, struct err *err);
uint64_t index_bytes(const struct index *ix, bool sketches);

#endif
