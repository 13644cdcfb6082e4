/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * follow - all workers go through what one of them reads (source_together).
 *
 * The first worker reads the devices and gives each batch; the others take it, with the same bytes, numbers and times, as if each read for itself.
 * The bytes go when all have passed the batch, so the slowest holds the reader back, and nothing is lost.  Made before the workers, freed behind them.
 */
#ifndef SOURCE_FOLLOW_H
#define SOURCE_FOLLOW_H

#include "packet/packet.h"

struct follow;
struct follow *follow_new(unsigned others); /* who follow; NULL: no memory */
void follow_free(struct follow *f);
/* The reader's: gives what the batch holds, and that there is no more behind it where it is the end. */
void follow_give(struct follow *f, const struct batch *b);
void follow_end(struct follow *f);
void follow_wait(struct follow *f); /* until all have passed what was given last */
/* A follower's: fills the empty batch, *seen: how many it took before.  None within 10 ms: it stays empty.  b->end: none will come. */
void follow_take(struct follow *f, uint64_t *seen, struct batch *b);
void follow_pass(struct follow *f); /* what it took last */

#endif
