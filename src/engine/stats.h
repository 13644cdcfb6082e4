/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stats - the statistics record: every module's counters, joined over workers, nested by the dots in their names.
 */
#ifndef ENGINE_STATS_H
#define ENGINE_STATS_H

#include "engine/engine.h"
#include "engine/inside.h"

/* Writes the record straight to the sinks, on the thread that writes to them: as workers go on, or when they have ended. */
void stats_record(const struct engine *e, const struct inside *in);
/* At the run's end. */
void stats_forget(struct numbers **told);

#endif
