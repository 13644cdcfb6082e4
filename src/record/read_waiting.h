/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * read_waiting - frames that wait in a lane's memory as a segment of a record that is being opened.  The inside of read.c, and nobody else's.
 */
#ifndef RECORD_READ_WAITING_H
#define RECORD_READ_WAITING_H

#include "record/journal.h"
#include "record/read.h"

/* Frames of the lane that writes the open segment of this name, as they are now. */
void waiting_look(struct record *r, const char *stem);
/* Are there such of this segment's lane, so that its flows are told though it may have no packets yet?  Then it is told whose and when it is. */
bool waiting_known(struct record *r, const char *path, struct unsealed *u);
/* Behind all segments: of what was seen that which is in none of them. */
void waiting_add(struct record *r);

/* read.c */
bool segment_hold(struct record_segment *s, int fd); /* one that is not sealed is kept open: it gets its name while it is read */
bool segment_keep(struct record *r, struct record_segment *s);
void segment_fini(struct record_segment *s);
struct index *index_in_memory(const struct index_about *about, const struct ledger *l, const char *name, struct err *err); /* of what has none yet */

#endif
