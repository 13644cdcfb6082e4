/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reputation - scores of addresses in categories, from lists: what the keyword iprep asks.
 *
 * Made once before rules load, read-only afterwards: any thread.  An address that several lines fit has the score of the
 * narrowest of them, of equals the last.
 */
#ifndef DETECT_REPUTATION_H
#define DETECT_REPUTATION_H

#include "base/addr.h"

enum { REPUTATION_CATEGORIES = 60, REPUTATION_MAX = 127 };

struct reputation;
struct reputation *reputation_new(void);   /* NULL: no memory */
struct reputation *reputation_keep(struct reputation *r); /* one more that frees it; any thread */
void reputation_free(struct reputation *r);
/* "number,short name,description" a line.  False with err when the file cannot be read; `bad` counts lines left out. */
bool reputation_categories(struct reputation *r, const char *path, unsigned *bad, struct err *err);
/* "address or network,category number,score" a line. */
bool reputation_list(struct reputation *r, const char *path, unsigned *bad, struct err *err);
/* After the last list. */
bool reputation_done(struct reputation *r, struct err *err);
int reputation_category(const struct reputation *r, const char *short_name);  /* -1: none of that name */
/* The score in a category; -1: none is known. */
int reputation_score(const struct reputation *r, const struct addr *a, enum family family, unsigned category);

#endif
