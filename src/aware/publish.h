/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * publish - what rules may know of hosts: the map tells changes to the board of src/facts, the workers take them.
 *
 * Reading files, a stretch of packets is an issue (issue_of), and a worker that enters stretch k has what the map made of all
 * stretches before k - 1: the one between is on its way meanwhile.  So it is the same for any number of workers.  Live, a worker
 * takes what there is.
 */
#ifndef AWARE_PUBLISH_H
#define AWARE_PUBLISH_H

#include "aware/map.h"
#include "facts/hosts.h"

/* Short stretches first, so that small captures have some, too: 16 packets, from 1024 on 256, from 16384 on 2048. */
static inline uint64_t issue_of(uint64_t turn)
{
    return turn < 1024 ? turn >> 4 : turn < 16384 ? 64 + ((turn - 1024) >> 8) : 124 + ((turn - 16384) >> 11);
}

void publish_host(struct map *m, struct entity *e);   /* something of it changed */
void publish_left(struct map *m, const struct tenure *t); /* nobody holds that address any more */
void publish_forget(struct map *m, struct entity *e); /* it is freed */
void publish_issue(struct map *m, uint64_t issue);    /* all before that issue is known */
void publish_all(struct map *m);                      /* somebody asks from now on */

#endif
