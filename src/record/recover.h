/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recover - segments whose writer died: their blocks up to the first that is not whole.
 *
 * A writer holds a lock on its open segment, so one that can be had is an orphan's.  It is cut behind its last whole block; the caller
 * takes it in again, which makes its index, and removes it.
 */
#ifndef RECORD_RECOVER_H
#define RECORD_RECOVER_H

#include "base/err.h"
#include "record/block.h"

struct orphan {
    char *path;
    int fd;                      /* holds the lock */
    uint64_t packets;
    struct record_links links;
};
struct orphans {
    struct orphan *orphan;
    size_t n;
};
/* False with err: the folder cannot be read.  Those with nothing in them are removed at once. */
bool orphans_find(struct orphans *o, const char *dir, struct err *err);
void orphans_fini(struct orphans *o);

#endif
