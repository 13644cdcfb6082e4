/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter - a capture filter expression, compiled once for each link type met.
 *
 * Owned by one source; one thread.
 */
#ifndef SOURCE_FILTER_H
#define SOURCE_FILTER_H

#include "source/capture.h"

struct filter;

/* Fails when the expression compiles for no common link type. */
struct filter *filter_new(const char *expression, struct err *err);
void filter_free(struct filter *f);
/* Whether the record is wanted; an expression that cannot be compiled for its link type: false, and err filled. */
bool filter_wants(struct filter *f, const struct record *r, struct err *err);

#endif
