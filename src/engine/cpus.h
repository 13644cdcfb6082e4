/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpus - which CPUs the workers run on, as Suricata's section `threading` has it.
 *
 * Made with the settings; workers are bound by the thread that starts them.  What is said of other threads means nothing here: they
 * go where the workers leave room.
 */
#ifndef ENGINE_CPUS_H
#define ENGINE_CPUS_H

#include "config/config.h"

#include <pthread.h>
#include <sched.h>

struct cpus {
    bool on;                 /* threading.set-cpu-affinity */
    bool balanced;           /* each worker on all of them, not on one */
    unsigned n;              /* none: on all of the process */
    uint16_t cpu[CPU_SETSIZE]; /* in the order they are named */
};

/* Takes threading.cpu-affinity.worker-cpu-set: cpu is a list of numbers, ranges and `all`. */
bool cpus_make(struct cpus *c, struct conf *conf, struct err *err);
bool cpus_bind(const struct cpus *c, unsigned worker, pthread_t thread, struct err *err);

#endif
