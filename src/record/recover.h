/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recover - segments whose writer died are sealed: their blocks up to the first that is not whole, with an index made from the journal.
 *
 * A writer holds a lock on its open segment, so one that can be had is an orphan's.  Nothing is read in again: flows keep their ids, and
 * what had alerted stays found.  Sketches are lost, so hunts read all of it.
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
};
/* False with err: the folder cannot be read, or one of them not be sealed (the others are).  Those with nothing in them are removed. */
/* `patient`: what a dead writer had still in the kernel's hands keeps its lock for a moment, which is waited for. */
bool recover_all(const char *dir, bool patient, struct recovered *out, struct err *err);

#endif
