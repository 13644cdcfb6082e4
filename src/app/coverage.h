/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * coverage - of a time that was asked for: what of it is recorded, what was deleted since, what was lost.
 */
#ifndef APP_COVERAGE_H
#define APP_COVERAGE_H

#include "base/text.h"
#include "record/read.h"

/* from, to: ns; to 0: no end. */
void coverage_tell(const struct record *r, uint64_t from, uint64_t to);                 /* to standard error */
void coverage_json(struct json *j, const struct record *r, uint64_t from, uint64_t to); /* into an object */

#endif
