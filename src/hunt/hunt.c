/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hunt/hunt.h"


/* One life of the recorder: its flows do not mix with those of another. */
static bool run_one(struct engine *e, const struct recorded *x, const char *log_dir, struct hunt_result *result, const _Atomic bool *stop,
                    struct err *err)
{
    struct run run = { .paths = x->path, .path_n = x->n, .merge = x->n > 1, .parts = x->part, .by_number = x->one_run, .log_dir = log_dir };
    struct run_result r;
    bool good = engine_run(e, &run, &r, stop, err);

    if (good) {
        result->alerts += r.alerts;
        result->packets += r.packets;
        result->runs++;
        result->failed |= r.input_failed || r.lost != 0;
        for (size_t i = 0; i < r.input_n; i++) {
            if (r.inputs[i].err.text[0] != '\0') {
                log_say(e->log, LOG_ERROR, "%s", r.inputs[i].err.text);
            }
        }
    }
    run_result_fini(&r);
    return good;
}

bool hunt_run(struct engine *e, struct hunt_plan *p, const char *log_dir, struct hunt_result *result, const _Atomic bool *stop, struct err *err)
{
    uint64_t run = 0;
    bool good = true;

    *result = (struct hunt_result){ 0 };
    if (p->chosen_all.one_run) { /* it is made already */
        return p->chosen_all.n == 0 || run_one(e, &p->chosen_all, log_dir, result, stop, err);
    }
    for (size_t i = 0; good && i < p->record->n && !*stop; i++) {
        struct recorded x;
        if (p->record->segment[i].about->run == run) {
            continue;
        }
        run = p->record->segment[i].about->run;
        good = recorded_make(&x, p->chosen, p->record, run, err) && (x.n == 0 || run_one(e, &x, log_dir, result, stop, err));
        recorded_fini(&x);
    }
    return good;
}
