/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * index_sums - an open index, and which of its bytes were looked at: each part is checked when it is first asked for.
 *
 * Any number of threads may ask.  For index_read.c, and nobody else.
 */
#ifndef RECORD_INDEX_SUMS_H
#define RECORD_INDEX_SUMS_H

#include "record/bytes.h"
#include "record/index_map.h"
#include "record/index_parts.h"

#include <pthread.h>

enum { GROUP_ROW = 40, BLOCK_ROW = 48 };

/* What is looked at when it is first asked for: a look-up in many segments reads little of most. */
enum part { PART_BLOCKS, PART_MARKS, PART_STRETCHES, PART_SIDES, PART_FLOWS /* and what their rows are read with */, PART_UNIT_FLOWS, PARTS };

/* Sections that are checked in chunks, when they are read. */
enum checked { CHECKED_SKETCHES, CHECKED_FILTERS, CHECKED_N };

struct index {
    const char *path;
    struct index_map *map;
    struct bytes section[SECTION_N];
    uint32_t sum[SECTION_N];
    uint32_t version;
    struct index_about about;
    uint32_t *stretch;             /* by block: the number of its first stretch, and the end; NULL: not asked for, or not told */
    pthread_mutex_t lock;
    _Atomic uint8_t part[PARTS];   /* 1 whole, 2 damaged, 0 not looked at yet */
    struct run_codes codes;
    struct flow_kind *kind;        /* NULL: damaged */
    uint32_t kind_n;
    struct address_table addresses;
    _Atomic uint8_t addresses_looked; /* 1 whole, 2 damaged, 0 not looked at yet */
    _Atomic uint8_t *looked[CHECKED_N]; /* by chunk: 1 whole, 2 damaged, 0 not looked at yet */
};

/* The section's checksum is right: looked at each time. */
bool sums_section(const struct index *ix, unsigned section);
/* … of the sections that a part is made of, and what their rows say of each other: looked at once. */
bool sums_part(const struct index *ix, enum part part);
bool sums_chunks_init(struct index *ix, struct err *err);
void sums_chunks_fini(struct index *ix);
bool sums_chunks(const struct index *ix, enum checked of, size_t from, size_t n);
/* Stretches of blocks can be checked: what they are told by is whole, and there are some. */
bool sums_stretches(const struct index *ix);

#endif
