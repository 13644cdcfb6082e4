/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * offload - flows that need no more inspection are left to the kernel (capture.offload; source/gate.h), and what went past is theirs at
 * their end; the kernel drops what hosts send that are kept out (respond.xdp).
 */
#ifndef ENGINE_OFFLOAD_H
#define ENGINE_OFFLOAD_H

#include "engine/engine.h"
#include "engine/worker.h"

/* From here on the gate knows the engine's hosts that are kept out; NULL: none does.  The calling thread of engine_run. */
struct gate;
void offload_hosts(struct engine *e, struct gate *g);
/* A worker's thread: a packet of a bypassed flow came to us: the next ones need not. */
void offload_try(struct worker *w, struct flow *f, const struct view *v);
void offload_end(struct worker *w, struct flow *f);

#endif
