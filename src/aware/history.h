/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history - the map in a folder, with all it ever was: a database with one writer; for the files of aware/ alone.
 *
 * The map marks entities that have news.  A thread of its own takes these, a few at a time under the map's lock, and writes them
 * twice a second in one transaction; so what is known is there half a second later, and a crash loses no more.  That something is
 * still there (last seen, counts) is written less often, and at the end.  A host that leaves the map with something that is not there yet is kept beside it
 * until it is.  What could not be written (a full disk) is told and counted, and written again as
 * soon as it can be, the events and ends of hosts as far as there was room to keep them.  Rows that ended are forgotten, the oldest first, when the file is as large as it may be.
 */
#ifndef AWARE_HISTORY_H
#define AWARE_HISTORY_H

#include "aware/hosts.h"

struct history;

/* NULL with err: no such folder, another writer has it, or the program is built without SQLite. */
struct history *history_open(const char *dir, uint64_t bytes_max, struct err *err);
/* A last time written, and the map's history is NULL then; false with err: that could not be; NULL: nothing. */
bool history_close(struct history *h, struct err *err);
/* Reading files, the map waits with the next observations: more happened than was written yet.  Under the map's lock. */
bool history_behind(const struct history *h);
/* Its thread, over that map; before the map changes. */
bool history_start(struct history *h, struct hosts *hosts, struct err *err);
/* Under the map's lock: an entity is no more; it stood there, and no longer does; an event.  True: not all of it is written yet; it is the history's from
 * now on, which frees it when it is. */
bool history_gone(struct map *m, struct entity *e);
void history_stay(struct map *m, const struct entity *e, const struct place *p);
void history_event(struct map *m, const struct told *t);
/* What is known from the folder into an empty map: as it was at `at` (0: as it is), of all or (`which`) of those that have that address
 * or name.  False with err. */
bool history_load(struct map *m, const char *dir, uint64_t at, const char *which, struct err *err);
uint32_t history_name(struct bytes name); /* what is kept of it beside an entity, to tell changes; 0: it has none */

#endif
