/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guarding - what a guard does before it looks at a packet (guard.normalise, guard.min-ttl, guard.drop-source-routes).  A worker's thread.
 */
#ifndef ENGINE_GUARDING_H
#define ENGINE_GUARDING_H

#include "engine/worker.h"

/* Its target might take it otherwise than it would be looked at, or there is none so near. */
bool guarding_refuses(const struct worker *w, const struct view *v);
/* What was decided of a session is not of the next one between the same ends: it is looked at. */
void guarding_anew(struct worker *w, struct detect_turn *t);

#endif
