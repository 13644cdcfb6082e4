/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hunt/hunt.h"

#include <stdatomic.h>

struct running {
    struct engine *engine;
    struct hunt_plan *plan;
    struct hunt_result *result;
    const char *log_dir;
    const _Atomic bool *stop;
};

/* One life of the recorder: its flows do not mix with those of another. */
static bool run_one(const struct running *to, const struct recorded *x, struct err *err)
{
    struct hunt_result *result = to->result;
    struct run run = { .paths = x->path, .path_n = x->n, .merge = x->n > 1, .parts = x->part, .by_number = x->by_number, .log_dir = to->log_dir,
                       .datasets_unsaved = true };
    struct run_result r;
    bool good = engine_run(to->engine, &run, &r, to->stop, err);

    if (good) {
        result->alerts += r.alerts;
        atomic_fetch_add(&to->plan->alerts, r.alerts);
        atomic_fetch_add(&to->plan->ran, r.packets);
        result->packets += r.packets;
        result->runs++;
        result->failed |= r.input_failed || r.lost != 0;
        for (size_t i = 0; i < r.input_n; i++) {
            if (r.inputs[i].err.text[0] != '\0') {
                record_problem(to->plan->record, &r.inputs[i].err);
            }
        }
    }
    run_result_fini(&r);
    return good;
}

bool hunt_run(struct engine *e, struct hunt_plan *p, const char *log_dir, struct hunt_result *result, const _Atomic bool *stop, struct err *err)
{
    const struct running to = { e, p, result, log_dir, stop };
    uint64_t run = 0;
    bool good = true;

    *result = (struct hunt_result){ 0 };
    atomic_store(&p->to_run, p->packets);
    if (p->chosen_all.one_run) { /* it is made already */
        good = p->chosen_all.n == 0 || run_one(&to, &p->chosen_all, err);
        record_damaged(p->record);
        return good;
    }
    for (size_t i = 0; good && i < p->record->n && !*stop; i++) {
        struct recorded x;
        if (p->record->segment[i].about->run == run) {
            continue;
        }
        run = p->record->segment[i].about->run;
        good = recorded_make(&x, p->chosen, p->record, run, &p->places, err) && (x.n == 0 || run_one(&to, &x, err));
        recorded_fini(&x);
    }
    record_damaged(p->record);
    return good;
}
