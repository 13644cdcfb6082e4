/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hunt_progress - how far a hunt is, on a terminal: a line that is written over twice a second, by a thread of its own.
 */
#ifndef APP_HUNT_PROGRESS_H
#define APP_HUNT_PROGRESS_H

#include "hunt/hunt.h"

struct hunt_progress;
/* NULL: there is no terminal, or no thread; nothing is shown then. */
struct hunt_progress *hunt_progress_begin(struct engine *e, struct hunt_plan *p);
void hunt_progress_end(struct hunt_progress *p); /* takes the line away */

#endif
