/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gaps - of which times a record has nothing: what was deleted of it is told in its folder.
 *
 * The file "deleted" has a line for each segment that went: first and last time (ns), packets, bytes, why, its name.  Of a file that grew
 * long the older half becomes one line.  A lane counts its segments: a number between others, or before them, which neither a file nor a
 * line has is of a segment that somebody else removed.
 */
#ifndef RECORD_GAPS_H
#define RECORD_GAPS_H

#include "record/read.h"

/* first, last: ns; packets 0: not known. */
struct deleted {
    const char *index_path, *why;
    uint64_t first, last, packets, bytes;
};
void deleted_tell(const struct deleted *d); /* what cannot be told is lost: the segment goes all the same */
/* Why: nothing was in it; another index tells of the same.  Such a line explains a number that is not there, and is no gap. */
#define DELETED_EMPTY "empty"
#define DELETED_REPLACED "replaced"
uint64_t segments_missing(const char *dir); /* how many are */

#endif
