/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * read_foreign - captures that stay where they lie, as they are now: grown, written again, indexed again.  The inside of read.c, and nobody else's.
 */
#ifndef RECORD_READ_FOREIGN_H
#define RECORD_READ_FOREIGN_H

#include "record/read.h"

/* Of those that changed keeps what is certain to be still there, and tells the rest; an index that a later one of the same capture stands for is left out. */
void foreign_settle(struct record *r);

#endif
