/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * read - a record's folder: its segments, and choices of flows over all of them.
 *
 * Opened once, then only read; any number of threads may ask, each with memory of its own.  What cannot be read is told as a
 * problem and left out: the rest is as good as before.
 */
#ifndef RECORD_READ_H
#define RECORD_READ_H

#include "record/export.h"
#include "record/index.h"

struct record_segment {
    char *path, *index_path;     /* path: of the capture, where it lies; index_path: "" without one (it is not sealed) */
    char *from;                  /* where it is read: it may get another name meanwhile */
    int fd;                      /* of an open one, or one that is read in chunks; -1 */
    bool open;                   /* being written, or its writer died */
    bool waits;                  /* no file: frames that wait in a lane's memory, of which those that nothing is kept for will go */
    uint64_t *stored;            /* packed: where each block is in the file, and the end; NULL */
    uint8_t key[32];             /* encrypted: its own */
    _Atomic uint8_t *looked;     /* by stretch, where their checksums are told (by_stretch in read.c), else by block: not looked at yet, whole, damaged, damaged and told (read.c) */
    _Atomic bool damaged;        /* something is */
    bool locked;                 /* … which could not be had: its index lies in the clear, its packets do not */
    struct index *index;
    const struct index_about *about;
    uint64_t size, written;      /* written: ns, when its file last was */
};

/* One of which nothing is known: it is encrypted whole, and there is no key for it; or its capture has no index. */
struct record_closed {
    char *index_path;
    const char *end;             /* of its capture's name, in the place of ".index" */
    uint64_t ts, run, bytes;     /* ts: ns, of its first packet, 0: not told; by its name, as the run */
};

struct record {
    char *dir;
    bool keyed;
    uint8_t key[32];             /* the user's, that opens segments' own */
    struct record_segment *segment; /* by run, then time */
    size_t n;
    struct err *problem;
    size_t problem_n;
    size_t open_n;               /* of them: segments that are not sealed */
    struct record_closed *closed, *orphan; /* encrypted; without an index */
    size_t closed_n, orphan_n;
    struct record_replaced {     /* indexes of captures that lie elsewhere, of which later ones tell the same */
        char *index_path;
        uint64_t first, last;    /* ns */
    } *replaced;
    size_t replaced_n;
    bool waits;                  /* what waits in memory is wanted */
    struct waiting_copy *waiting; /* … while it is opened */
    struct spans *spans;         /* NULL: not asked for (record_spans) */
    size_t waiting_n;
};

/* `key`: the user's, that opens the keys of encrypted segments; NULL: there is none.  Those that do not open are problems. */
struct record *record_open(const char *dir, const uint8_t *key, struct err *err);
/* The same, with what waits in memory. */
struct record *record_open_with(const char *dir, const char *key_file, struct err *err); /* NULL: no key */
void record_close(struct record *r);
bool record_in_chunks(const struct record_segment *s); /* it can be read by record_chunk alone */
/* 1 MB of a sealed segment as it lies in a plain one, and was looked at (source_chunks.get).  Any thread. */
bool record_chunk(void *segment, uint64_t offset, uint8_t *to, uint64_t *from, size_t *n, struct err *err);
/* Looks whether a block of a sealed segment is what was written, once (source_blocks.look).  Any thread. */
bool record_look(void *segment, struct bytes capture, uint64_t at, uint64_t *ordinal, uint64_t *offset);
void record_damaged(struct record *r); /* blocks that were found to be damaged since become problems */
void record_problem(struct record *r, const struct err *err); /* copies */
/* Removes the indexes that later ones took the place of, and tells of each in the folder.  Those lie whole on the disk. */
void record_replaced_remove(const struct record *r);
/* Puts the file beside it with which it stays, whatever the budget says (budget.h). */
bool record_hold(const struct record_segment *s, struct err *err);

/* Of which times there are packets, and of which not: "recorded" (all in all), "nothing recorded" (between recorders), "deleted" (for want of room, or
 * too old), "missing, and not deleted by the recorder" (segments whose files somebody removed, by their numbers), "encrypted, and no key for it" (from
 * there on), in the order of time.  *out is the caller's to free. */
struct record_gap {
    const char *what;
    uint64_t first, last, packets; /* ns; packets: that were deleted */
    uint32_t segments;           /* that are missing */
};
size_t record_gaps(const struct record *r, struct record_gap **out);

/* Flows that are chosen: a bit each, by segment. */
struct choice {
    const struct record *record;
    uint64_t **bit;              /* [segment][flow / 64] */
};
struct choice *choice_new(const struct record *r, bool all);
void choice_free(struct choice *c);
static inline void choice_add(struct choice *c, size_t segment, uint32_t flow) { c->bit[segment][flow >> 6] |= 1ull << (flow & 63); }
static inline bool choice_has(const struct choice *c, size_t segment, uint32_t flow) { return (c->bit[segment][flow >> 6] >> (flow & 63) & 1) != 0; }
void choice_and(struct choice *c, const struct choice *with);
void choice_or(struct choice *c, const struct choice *with);
uint64_t choice_count(const struct choice *c);
/* Adds flows that have the key; problems go to the record. */
void choice_find(struct choice *c, struct record *r, enum record_key kind, struct bytes value);
/* Calls f for each flow, in order: what it says is chosen.  */
typedef bool (*choice_test)(void *ctx, size_t segment, uint32_t flow, const struct flow_part *part);
void choice_each(struct choice *c, struct record *r, choice_test wanted, void *ctx);
/* The same of those that are chosen already: false takes one away. */
void choice_keep(struct choice *c, struct record *r, choice_test wanted, void *ctx);
/* Parts of the same flows in other segments of their run, and the fragments they were put together from. */
void choice_whole(struct choice *c, struct record *r);
/* The same, for an engine that runs over them: of what was announced flows take one after the other, so those that took some at the same end come along. */
void choice_run(struct choice *c, struct record *r);
void choice_beyond(struct choice *c, struct record *r); /* the same where all parts of a flow are chosen, or none */
/* Of damaged flows the packets cannot be told: their segment is read whole. */
struct chosen_runs {
    uint32_t *start, *n;
    size_t run_n;
    uint64_t packets, bytes;     /* about: of their flows */
    uint64_t cut;                /* packets of them that are not recorded */
};
bool choice_runs(const struct choice *c, struct record *r, size_t segment, struct chosen_runs *out);
void chosen_runs_fini(struct chosen_runs *r);

#endif
