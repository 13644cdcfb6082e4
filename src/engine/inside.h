/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inside - a running engine seen and asked from another thread than its own: counters, questions to workers, new log files.
 *
 * What is a worker's, its counters too, is asked of it: between two batches it runs the function.  engine_run makes the struct and takes
 * it away under the engine's lock; everything here takes that lock, or is called with it.
 */
#ifndef ENGINE_INSIDE_H
#define ENGINE_INSIDE_H

#include "engine/worker.h"

#include <pthread.h>

struct engine;
struct output;

struct inside {
    struct worker *worker;
    unsigned n;
    struct detect_shared *shared;
    struct output *out;
    uint64_t started;            /* ns, wall clock */
    struct numbers **told;       /* stats.c's: those of the record before; *told NULL: there was none */
};

/* A question to one worker; on the asking thread's stack. */
struct worker_ask {
    void (*fn)(struct worker *w, void *ctx);
    void *ctx;
    _Atomic bool done;
};
/* The worker's side: answers what was asked.  Called between two batches and at its end. */
void worker_answer(struct worker *w);
void worker_ended(struct worker *w);

/* fn in each worker, one after the other; false: nothing runs, or a worker did not come round within two seconds. */
bool engine_ask(struct engine *e, void (*fn)(struct worker *w, void *ctx), void *ctx, struct err *err);
/* With the engine's lock held: fn in all workers at a time, each on its own thread (w->index tells them apart).  A bit for each that did not
 * come round within two seconds, where it was not run. */
uint64_t inside_ask(const struct inside *in, void (*fn)(struct worker *w, void *ctx), void *ctx);
/* fn with the engine's lock held and what runs (NULL: nothing does). */
void engine_look(struct engine *e, void (*fn)(const struct inside *in, void *ctx), void *ctx);
/* All counters together, in order of names.  False with err: nothing runs, or a worker is busy. */
bool engine_counters(struct engine *e, void (*each)(void *ctx, const char *name, uint64_t value, int kind), void *ctx, struct err *err);
/* The statistics record's object. */
bool engine_counters_json(struct engine *e, struct json *j, const char *key, struct err *err);
/* Log files are closed and opened anew before the next record is written. */
void engine_reopen_logs(struct engine *e);
/* The same, waited for.  False with err: one could not be opened (it is tried again), or nobody came round to it within two seconds. */
bool engine_reopened_logs(struct engine *e, struct err *err);

#endif
