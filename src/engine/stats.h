/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stats - the statistics record: every module's counters, joined over workers, nested by the dots in their names.
 */
#ifndef ENGINE_STATS_H
#define ENGINE_STATS_H

#include "engine/engine.h"
#include "engine/worker.h"

/* Writes the record at the end of a run, straight to the sinks.  The workers have ended. */
void stats_record(const struct engine *e, const struct worker *workers, unsigned n, struct output *out);

#endif
