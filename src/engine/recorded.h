/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recorded - chosen flows of a record as the input of a run, or as packets one by one.
 *
 * Packets come in the order of their times with the numbers they were recorded with.  One thread; the record is borrowed.
 */
#ifndef ENGINE_RECORDED_H
#define ENGINE_RECORDED_H

#include "record/read.h"
#include "source/source.h"

/* Where packets lie that were read before: by segment of the record. */
struct recorded_places {
    struct source_places *of;
    size_t n;
};
bool recorded_places_make(struct recorded_places *p, const struct record *r, size_t most); /* no more bytes than that.  False: no memory */
void recorded_places_fini(struct recorded_places *p);

struct recorded {
    const char **path;           /* for struct run, or a source */
    struct source_part *part;
    struct source_chunks *chunks; /* of packed segments, and of those that are copied */
    struct recorded_copy *copy;  /* of segments that are read by pieces (recorded.c), copy_n of them */
    size_t copy_n;
    size_t *segment;             /* of the record */
    struct source_blocks *blocks_of; /* of segments */
    size_t n;
    bool one_run;                /* of the recorder */
    bool by_number;              /* packets come in the order they were recorded in, else in that of their times: of several runs, or lanes that count for themselves */
    uint64_t packets, bytes;     /* bytes: about */
    uint64_t blocks;             /* that hold some of them */
    uint64_t cut;                /* packets of their flows that are not recorded */
};
/* Of one run of the recorder (`run`), or of all (0).  `known`: what is known of there is read alone, NULL: nothing is; as recorded_note left it.
 * False with err: no memory. */
bool recorded_make(struct recorded *out, const struct choice *c, struct record *r, uint64_t run, const struct recorded_places *known, struct err *err);
/* Where packets lie is noted by the one source that is opened next. */
void recorded_note(struct recorded *x, struct recorded_places *places);
void recorded_fini(struct recorded *x);

/* Puts captures in the order in which they begin.  False: no memory. */
bool captures_by_time(const char **paths, size_t n);

struct recorded_limits {
    uint64_t from, to;           /* ns; to 0: no end */
    const char *bpf;             /* NULL: none */
};
/* Calls f for each packet until it says false, or *stop.  False with err. */
bool recorded_each(const struct recorded *x, const struct recorded_limits *l, bool (*f)(void *ctx, const struct packet *p), void *ctx,
                   const _Atomic bool *stop, struct err *err);

#endif
