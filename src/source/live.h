/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * live - one or more devices as one source: waits for all of them, ten milliseconds at most.  One worker's thread.
 */
#ifndef SOURCE_LIVE_H
#define SOURCE_LIVE_H

#include "source/source.h"

struct source *source_open_live(const struct source_settings *s, struct err *err);
/* The same, and all devices are of one kind, whatever their names begin with; NULL: not so.  For tests. */
struct source_kind;
struct source *live_open(const struct source_settings *s, const struct source_kind *only, struct err *err);

#endif
