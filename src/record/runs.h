/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * runs - which packets are a flow's, in as few bits as they need.
 *
 * A run is packets in a row.  The first one's start stands with the flow; then, for each run, how many packets lie between it and the
 * one before, and how long it is.  How many bits a distance has, and whether the run is longer than a packet, is a symbol of a Huffman
 * code; there is one for each class of the distance before, made for the segment (docs/record-format.md).
 */
#ifndef RECORD_RUNS_H
#define RECORD_RUNS_H

#include "base/rd.h"
#include "base/text.h"

enum {
    RUN_CONTEXTS = 5,            /* by the distance before: none; of up to 3, 6, 10 bits; of more */
    RUN_SYMBOLS = 65,            /* bits of the distance less 1 (0 to 31), and 32 when the run has a length; the last: no more runs */
    RUN_CODE_MAX = 15,           /* bits */
    RUN_CODES_BYTES = RUN_CONTEXTS * RUN_SYMBOLS,
};

struct run_codes {
    struct run_code {
        uint8_t length[RUN_SYMBOLS]; /* 0: the symbol is not used */
        uint16_t code[RUN_SYMBOLS];
        uint8_t many[RUN_CODE_MAX + 1], order[RUN_SYMBOLS]; /* reading: symbols of each length; all, by code */
    } of[RUN_CONTEXTS];
};
/* How often each symbol is met. */
struct run_census {
    uint64_t n[RUN_CONTEXTS][RUN_SYMBOLS];
};
void run_codes_make(struct run_codes *c, const struct run_census *census);
void run_codes_put(const struct run_codes *c, struct text *out);     /* their lengths */
bool run_codes_get(struct run_codes *c, struct bytes lengths);       /* false: they are no codes */

/* Puts runs away, or, without `to`, only counts their symbols. */
struct run_packer {
    const struct run_codes *codes;
    struct run_census *census;
    struct text *to;
    uint64_t end;                /* behind the last run */
    unsigned bits, bit_n, before; /* bits: not yet a whole byte; before: context */
    bool begun;
};
void runs_put(struct run_packer *p, uint32_t start, uint32_t n);     /* ascending, never adjoining */
void runs_end(struct run_packer *p);                                 /* the next flow's may follow */

/* Ordinals of a part's packets: runs, ascending. */
struct run_walk {
    const struct run_codes *codes;
    struct rd left;
    unsigned bits, bit_n, before;
    uint32_t end, first;         /* first: start of the first run */
    bool begun, over;
};
bool run_next(struct run_walk *w, uint32_t *start, uint32_t *n);

#endif
