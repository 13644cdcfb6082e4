/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * handover - live: frames that came to one worker and hold what belongs to another (packet/spread.h), on their way there.
 *
 * A ring for each pair of workers: the one writes, the other reads, nobody waits.  Bytes are copied; a full ring is counted by who
 * passes on.  Made by the engine for workers that watch; inline each worker keeps what it gets.
 */
#ifndef ENGINE_HANDOVER_H
#define ENGINE_HANDOVER_H

#include "packet/packet.h"

struct handover;
/* Of each ring, so that all together are no larger than that. */
size_t handover_room(unsigned workers, uint64_t most);
struct handover *handover_new(unsigned workers, uint64_t most); /* bytes of all rings together; NULL: no memory */
void handover_free(struct handover *h);
/* p's frame, its link type and times; false: no room. */
bool handover_pass(struct handover *h, unsigned from, unsigned to, const struct packet *p);
/* The next frame for `to` becomes the empty batch's one; it lives until handover_done.  False: none waits. */
bool handover_take(struct handover *h, unsigned to, struct batch *b);
void handover_done(struct handover *h, unsigned to);

#endif
