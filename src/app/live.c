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
    fprintf(stderr, " with %u worker%s", r->session->settings.workers, r->session->settings.workers != 1 ? "s" : "");
    if (!r->rules_late) {
        fprintf(stderr, " and %u rules", e->rules_loaded);
    }
    fprintf(stderr, "; records go to %s; interrupt to end%s\n", r->session->settings.log_dir, r->rules_late ? "; rules are being read" : "");
}
