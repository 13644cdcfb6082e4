/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * budget - what of a record goes when there is too much of it, or it is too old.
 *
 * Whole segments go, the oldest first, but for those of whose content most is of flows that alerted: half of the budget is theirs, and they go when
 * the others are gone.  A segment with one alert among much else is not worth more than one without: what is to stay of it is held, or kept as a case.
 * A segment with a file NAME.hold beside it stays whatever happens.  A capture that has lost its index goes by the time in its name.
 */
#ifndef RECORD_BUDGET_H
#define RECORD_BUDGET_H

#include "base/err.h"

#include <stdint.h>

struct budget {
    uint64_t bytes;              /* of all segments with their indexes; 0: no limit */
    uint64_t before;             /* ns: segments that ended earlier go; 0: none for their age */
    uint64_t room;               /* bytes that are to be free below the limit: what all lanes write before they are looked at again */
    uint64_t run;                /* the recorder's, whose lanes' open segments are that room */
};
/* False with err: the folder cannot be read, a segment not removed (the others go all the same), or what is held leaves no room for any other. *gone: segments that went. */
/* What went is told in the folder's file "deleted", a line each.  `key`: the user's, NULL: none; what it does not open goes by the time in its name. */
bool budget_apply(const char *dir, const uint8_t *key, const struct budget *b, unsigned *gone, struct err *err);

#endif
