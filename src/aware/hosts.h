/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hosts - the map under its lock, for the files of aware/ alone. */
#ifndef AWARE_HOSTS_H
#define AWARE_HOSTS_H

#include "aware/map.h"

#include <pthread.h>

struct hosts {
    pthread_mutex_t lock;
    struct map *map;
    struct prints *prints;    /* hosts_open's */
};

void host_row_of(const struct map *m, const struct entity *e, struct host_row *r);
bool filter_takes(const struct host_filter *f, const struct map *m, const struct entity *e, const struct host_row *r);

#endif
