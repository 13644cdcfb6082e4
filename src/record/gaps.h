/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gaps - of which times a record has nothing: what was deleted of it is told in its folder.
 *
 * The file "deleted" has a line for each segment that went: first and last time (ns), packets, bytes, why, its name.  Of a file that grew
 * long the older half becomes one line.
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

#endif
