/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tell - the map's events as records, for the files of aware/ alone; the map's thread. */
#ifndef AWARE_TELL_H
#define AWARE_TELL_H

#include "aware/map.h"

struct teller {
    struct event_out out;
    bool made;
};

void teller_init(struct teller *t, const struct event_settings *events, struct event_ring *ring);
void teller_fini(struct teller *t);
void teller_tell(void *teller, const struct map *m, const struct told *told);

#endif
