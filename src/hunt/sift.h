/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sift - of flows that can have a rule's literals by the sketches, those that have them by their bytes.
 *
 * Reads the flows' packets and looks for the literals that a rule wants in payloads as they were on the wire, which costs a small part of what
 * the engine takes.  Only where that is certain: flows whose bytes come in order.  All others are chosen, and what a GB of memory does not hold.
 * One thread.
 */
#ifndef HUNT_SIFT_H
#define HUNT_SIFT_H

#include "engine/recorded.h"
#include "hunt/need.h"
#include "packet/decode.h"

struct sift;
/* As the engine's. */
struct sift_settings {
    const struct decode_settings *decode;
    bool opens;                  /* bodies that are compressed files are opened */
};
/* NULL: no memory.  `words`: of all needs that will be taken, need.word_first being set. */
struct sift *sift_new(struct record *r, struct choice *chosen, const struct sift_settings *s, unsigned words);
void sift_free(struct sift *s);
/* Takes a flow that the rule may match, to be looked at later: all its parts, of which one is chosen then.  False: it cannot tell, choose it.
 * head: what the index says of a part, until it is called again; NULL: unreadable. */
struct sift_part {
    uint32_t segment, flow;
};
typedef const struct flow_part *(*sift_head)(void *ctx, size_t segment, uint32_t flow, struct err *err);
bool sift_take(struct sift *s, const struct need *n, const struct sift_part *part, size_t part_n, sift_head head, void *ctx);
/* What reading them takes, with what is chosen anyhow: where that lies is known then to who runs it. */
struct sift_cost {
    uint64_t flows, packets, bytes, blocks;
};
bool sift_cost(struct sift *s, struct sift_cost *out, struct err *err);
/* After sift_cost: chooses those that may match; when *stop, all that it did not come to.  packets: counted up; places: filled, the caller's to end.
 * False with err: no memory. */
bool sift_run(struct sift *s, struct recorded_places *places, _Atomic uint64_t *packets, const _Atomic bool *stop, struct err *err);

#endif
