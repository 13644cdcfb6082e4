/* SPDX-License-Identifier: GPL-2.0-or-later */
/* live - what commands over devices have in common. */
#include "app/app.h"

#include <sched.h>

unsigned live_workers(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;

    return n < 1 ? 1 : n > TURN_WORKERS_MAX ? TURN_WORKERS_MAX : (unsigned)n;
}

void live_say_ready(void *ctx)
{
    const struct live_ready *r = ctx;
    const struct engine *e = &r->session->engine;

    fprintf(stderr, "%s ", r->doing);
    for (unsigned i = 0; i < r->device_n; i++) {
        fprintf(stderr, "%s%s", i != 0 ? ", " : "", r->device[i]);
    }
    fprintf(stderr, " with %u worker%s and %u rules; records go to %s; interrupt to end\n", r->session->settings.workers,
            r->session->settings.workers != 1 ? "s" : "", e->rules_loaded, r->session->settings.log_dir);
}
