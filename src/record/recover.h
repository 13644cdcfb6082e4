/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recover - segments whose writer died are sealed: their blocks up to the first that is not whole, with an index made from the journal.
 *
 * A writer holds a lock on its open segment, so one that can be had is an orphan's.  Nothing is read in again: flows keep their ids, and
 * what had alerted stays found.  Sketches are lost, so hunts read all of it.  One that is encrypted stays as it is where its key cannot be had.
 */
#ifndef RECORD_RECOVER_H
#define RECORD_RECOVER_H

#include "base/err.h"

#include <stdint.h>

struct recovered {
    unsigned segments;           /* sealed */
    uint64_t packets, strays;    /* in them; of which nothing tells whose they are */
    unsigned failed;
    unsigned lost;               /* indexes whose captures are gone: they are told of as deleted */
    uint64_t missing;            /* segments of which neither is there, by the numbers of the others, and that were not deleted */
};
/* False with err: the folder cannot be read, or one of them not be sealed (the others are).  Those with nothing in them are removed. */
/* `key`: the user's, that opens encrypted segments' own; NULL: there is none.  `patient`: what a dead writer had still in the kernel's hands keeps its lock for a moment, which is waited for. */
bool recover_all(const char *dir, const uint8_t *key, bool patient, struct recovered *out, struct err *err);
bool recover_with(const char *dir, const char *key_file, struct recovered *out, struct err *err); /* the same, patiently; key_file NULL: no key */

#endif
