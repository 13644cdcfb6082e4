/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * names - what numbers are called: one table for the names that rules may write and for those that records and the manual show.
 *
 * Tables are constant program text.
 */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include "base/rd.h"
#include "base/rows.h"

struct code {
    uint32_t number;
    const char *name;
};

/* One of the two. */
struct names {
    const struct code *codes; /* in any order; of several names of a number the first is shown */
    const char *const *first; /* of number 0; NULL there: a number without a name */
    size_t step;              /* bytes from one number's to the next */
    unsigned n;
};
#define NAMES_CODES(rows) (&(const struct names){ .codes = (rows), .n = ROWS(rows) })
#define NAMES_LIST(rows) (&(const struct names){ .first = (rows), .step = sizeof (rows)[0], .n = ROWS(rows) })
#define NAMES_COLUMN(rows, member) (&(const struct names){ .first = &(rows)[0].member, .step = sizeof (rows)[0], .n = ROWS(rows) })

struct code names_row(const struct names *s, unsigned i);                      /* i < n */
bool names_number(const struct names *s, struct bytes name, uint64_t *number); /* any case; false: no such name */
const char *names_name(const struct names *s, uint64_t number);               /* NULL: it has none */
const char *names_or_unknown(const struct names *s, uint64_t number);         /* "unknown" then */

#endif
