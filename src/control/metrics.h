/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * metrics - the counters of a running engine as OpenMetrics over HTTP, for Prometheus and its like.
 *
 * One thread, one request at a time, each with two seconds and 8 KB.  It listens where it is told to, by itself on loopback only.
 */
#ifndef CONTROL_METRICS_H
#define CONTROL_METRICS_H

#include "engine/engine.h"

struct metrics;
/* where: "PORT", "ADDRESS:PORT" or "[ADDRESS]:PORT"; an address that is not this machine's own is what the administrator said. */
struct metrics *metrics_open(const char *where, struct engine *e, struct err *err);
void metrics_close(struct metrics *m); /* NULL: nothing */

#endif
