/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine - the threads: N workers read, the calling thread writes.
 */
#include "engine/engine.h"

#include "base/clock.h"
#include "detect/reputation.h"
#include "engine/again.h"
#include "engine/inside.h"
#include "engine/kept.h"
#include "engine/offload.h"
#include "engine/reload.h"
#include "engine/rounds.h"
#include "engine/stats.h"
#include "engine/tenants.h"
#include "engine/trace.h"
#include "engine/worker.h"
#include "match/match.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    WRITER_WAITS = 20,         /* ms: the longest that a record lies in a ring that fills slowly */
    DRAIN_MAX = 1024,          /* records of a ring in a round */
};

struct crew {
    struct worker *worker;
    pthread_t *thread;
    struct detect_shared *shared;
    struct turns *turns;
    struct flow_expectations *expectations;
    struct network *network;
    struct ranges *ranges;
    struct aware *aware;
    struct source_pipe *pipe;
    struct source_shared *inputs;
    struct handover *handover;
    struct recorder *recorder;
    struct worker_parting parting;
    _Atomic unsigned running;
    _Atomic uint64_t file_ids;
    const _Atomic bool *stop;
    pthread_mutex_t start;     /* nobody begins before all are there: reading files they wait for one another */
    bool broken;               /* one could not be started */
};

struct crew_member {
    struct crew *crew;
    struct worker *worker;
};

static void *crew_main(void *arg)
{
    struct crew_member *m = arg;

    pthread_mutex_lock(&m->crew->start);
    bool go = !m->crew->broken;
    pthread_mutex_unlock(&m->crew->start);
    if (go) {
        worker_run(m->worker, m->crew->stop);
    }
    atomic_fetch_sub(&m->crew->running, 1);
    event_ring_wake(m->worker->ring);
    return NULL;
}

/* Writes what is in a ring, but no more than its share of a round: it may fill as fast as it is written.  False: it was empty. */
static bool drain(struct event_ring *ring, struct output *out)
{
    struct event e;
    unsigned n = 0;

    for (; n < DRAIN_MAX && event_ring_next(ring, &e, 0); n++) {
        output_write(out, &e);
        event_ring_release(ring);
    }
    return n != 0;
}

/* Who asked for it is told how it went. */
static void reopen_logs(struct engine *e, struct output *out)
{
    unsigned asked = atomic_load_explicit(&e->reopen.asked, memory_order_relaxed);
    struct err err;

    if (asked == e->reopen.done) { /* nobody else writes it */
        return;
    }
    bool good = output_reopen(out, &err);
    pthread_mutex_lock(&e->lock);
    e->reopen.done = asked;
    e->reopen.good = good || err_set(&e->reopen.err, "%s", err.text);
    pthread_mutex_unlock(&e->lock);
}

static void write_until_done(struct engine *e, struct crew *crew, unsigned n, struct output *out)
{
    const bool live = e->settings->live, as_it_comes = live || crew->pipe != NULL;
    struct rounds rounds;
    uint64_t flush_at = 0;

    rounds_begin(&rounds, e);
    for (;;) {
        if (live) {
            rounds_turn(&rounds, e, e->inside);
        }
        reopen_logs(e, out);
        bool done = atomic_load(&crew->running) == 0, last = done && !aware_running(crew->aware), any = false;
        if (done) {
            aware_end(crew->aware);
        }
        for (unsigned i = 0; i < n; i++) {
            any |= drain(crew->worker[i].ring, out);
        }
        any |= crew->aware != NULL && drain(aware_ring(crew->aware), out);
        if (!any && last) {
            return;
        }
        if (as_it_comes && (!any || clock_monotonic() >= flush_at)) {
            output_flush(out); /* nobody waits for a full buffer */
            flush_at = clock_monotonic() + CLOCK_SECOND;
        }
        if (!any) {
            struct event next;
            (void)event_ring_next(crew->worker[0].ring, &next, WRITER_WAITS); /* sleep; what came is taken next round */
        }
    }
}

bool engine_open_helpers(struct engine *e, struct err *err)
{
    const struct engine_settings *s = e->settings;

    if (s->live && e->blocks == NULL) {
        e->blocks = blocks_new(&s->blocks, s->log_dir != NULL ? s->log_dir : ".", e->log, err);
        return e->blocks != NULL;
    }
    return true;
}

static bool crew_make(struct engine *e, const struct run *run, struct crew *crew, struct err *err)
{
    const struct engine_settings *s = e->settings;

    struct source_settings all = { .paths = run->paths, .path_n = run->path_n, .workers = s->workers, .together = s->live && s->in_turns, .devices = &s->devices };
    if (!engine_open_helpers(e, err)) {
        return false;
    }
    if (s->live && (crew->inputs = source_shared_new(&all, e->log, err)) == NULL) {
        return false;
    }
    if (s->live) {
        offload_hosts(e, source_shared_gate(crew->inputs));
    }
    for (unsigned i = 0; i < s->workers; i++) {
        struct worker *w = &crew->worker[i];
        struct source_settings from = { .paths = run->paths, .path_n = run->path_n, .merge = run->merge, .batch = s->batch,
                                        .bpf = run->bpf, .packets = run->packets_max, .pipe = crew->pipe,
                                        .shared = crew->inputs, .live = s->live, .held = s->inline_devices, .acts = s->simulate_ips, .worker = i, .workers = s->workers, .group = run->group, .devices = &s->devices };
        from.part = run->parts;
        from.by_number = run->by_number;
        w->index = i;
        w->workers = s->workers;
        w->settings = s;
        w->generations = &e->generations;
        w->rules_late = run->rules_late || (e->generations.first->rules == NULL && e->generations.first != e->generations.last);
        w->summary.hosts_unasked = run->hosts_unasked;
        w->facts = s->facts;
        w->turns = crew->turns;
        w->expectations = crew->expectations;
        w->network = crew->network;
        w->ranges = crew->ranges;
        w->aware = crew->aware;
        w->tap = aware_tap(crew->aware, i);
        w->blocks = e->blocks;
        w->file_ids = &crew->file_ids;
        w->handover = crew->handover;
        w->recorder = crew->recorder;
        w->parting = &crew->parting;
        if (!worker_init(w, crew->shared, err)) {
            return false;
        }
        event_ring_share_bell(w->ring, crew->worker[0].ring);
        aware_share_bell(crew->aware, crew->worker[0].ring);
        w->source = source_open(&from, err);
        if (w->source == NULL) {
            return false;
        }
    }
    return true;
}

/* Others may look and ask from here on; NULL: no more. */
static void crew_show(struct engine *e, const struct inside *in)
{
    pthread_mutex_lock(&e->lock);
    e->inside = in;
    pthread_mutex_unlock(&e->lock);
}

static bool crew_run(struct engine *e, const struct run *run, struct crew *crew, struct output *out, struct err *err)
{
    unsigned n = e->settings->workers, started = 0;
    struct crew_member member[TURN_WORKERS_MAX];
    bool ok = true;

    if (crew->aware != NULL && !aware_start(crew->aware, err)) {
        return false;
    }
    atomic_store(&crew->running, n);
    atomic_store(&crew->parting.at_work, n);
    atomic_store(&crew->parting.reading, n);
    atomic_store(&crew->parting.at, 0);
    pthread_mutex_lock(&crew->start);
    for (; started < n; started++) {
        member[started] = (struct crew_member){ crew, &crew->worker[started] };
        if (pthread_create(&crew->thread[started], NULL, crew_main, &member[started]) != 0) {
            ok = err_sys(err, "start worker %u", started);
            crew->broken = true;
            atomic_fetch_sub(&crew->running, n - started);
            atomic_fetch_sub(&crew->parting.at_work, n - started);
            atomic_fetch_sub(&crew->parting.reading, n - started);
            break;
        }
        struct err why;
        if (!cpus_bind(&e->settings->cpus, started, crew->thread[started], &why)) {
            log_say(e->log, LOG_WARNING, "%s", why.text);
        }
    }
    pthread_mutex_unlock(&crew->start);
    if (ok && run->ready != NULL) {
        run->ready(run->ready_ctx);
    }
    write_until_done(e, crew, n, out);
    for (unsigned i = 0; i < started; i++) {
        pthread_join(crew->thread[i], NULL);
    }
    aware_stop(crew->aware);
    return ok;
}

/* The workers' numbers together. */
static void gather(struct engine *e, struct crew *crew, struct run_result *r)
{
    unsigned rules = e->rules != NULL ? ruleset_rules(e->rules) : 0;
    size_t n;
    const struct source_input *inputs = source_inputs(crew->worker[0].source, &n);

    r->rule_alerts = calloc(rules + 1, sizeof *r->rule_alerts);
    r->rule_costs = calloc(rules + 1, sizeof *r->rule_costs);
    r->inputs = calloc(n + 1, sizeof *r->inputs);
    r->input_n = r->inputs != NULL ? n : 0;
    for (size_t i = 0; i < r->input_n; i++) {
        r->inputs[i] = inputs[i];
        for (unsigned k = 1; e->settings->live && k < e->settings->workers; k++) { /* each had a part of it */
            r->inputs[i].packets += source_inputs(crew->worker[k].source, &n)[i].packets;
            r->inputs[i].bytes += source_inputs(crew->worker[k].source, &n)[i].bytes;
        }
        r->packets += r->inputs[i].packets;
        r->bytes += r->inputs[i].bytes;
        r->input_failed |= inputs[i].err.text[0] != '\0';
    }
    for (unsigned k = 0; e->settings->live && e->blocks != NULL && k < BLOCKS_COUNTER_N; k++) {
        r->blocks[k] = blocks_count(e->blocks, k);
    }
    for (unsigned i = 0; i < e->settings->workers; i++) {
        struct worker *w = &crew->worker[i];
        for (unsigned k = 0; k < EVENT_KIND_N; k++) {
            r->events[k] += w->out.emitted[k];
        }
        for (unsigned k = 0; k < SOURCE_COUNTER_N; k++) {
            r->capture[k] += source_counts(w->source)[k];
        }
        for (unsigned k = 0; e->settings->live && k < RESPOND_COUNTER_N; k++) {
            r->respond[k] += respond_counts(w->respond)[k];
        }
        r->handover_lost += w->counter[WORKER_HANDED_LOST];
        for (unsigned k = 0; w->recording != NULL && k < RECORDER_COUNTER_N; k++) {
            r->recorded[k] += recording_values(w->recording)[k];
        }
        worker_caps(w);
        summary_join(&r->summary, &w->summary);
        for (unsigned k = 0; k < w->tenant_n; k++) {
            r->alerts += detect_alerts(w->tenant[k].detect);
        }
        if (r->rule_alerts != NULL && r->rule_costs != NULL) {
            detect_counts(w->tenant[0].detect, e->rules, r->rule_alerts, r->rule_costs);
        }
    }
}

static void engine_begin(struct engine *e)
{
    pthread_mutex_lock(&e->lock);
    generations_begin(&e->generations, e->settings->workers);
    pthread_mutex_unlock(&e->lock);
}

static void engine_end(struct engine *e)
{
    pthread_mutex_lock(&e->lock);
    generations_end(&e->generations);
    pthread_mutex_unlock(&e->lock);
}

void engine_why(struct engine *e, struct why *w) { e->settings->detect.why = w; }
void engine_cost(struct engine *e, uint32_t every) { e->settings->detect.cost_sample = every; }

/* The map; the tables of what signs mean are read once an engine. */
static bool crew_aware(struct engine *e, struct crew *crew, struct err *err)
{
    struct engine_settings *s = e->settings;

    if (e->prints == NULL && (e->prints = prints_load(s->aware.prints, s->aware.say, s->aware.say_ctx, err)) == NULL) {
        return false;
    }
    s->aware.tables = e->prints;
    crew->aware = aware_new(&s->aware, &s->event, s->workers, crew->turns, err);
    return crew->aware != NULL;
}

/* Do rules of this run ask what the map knows? */
static bool rules_ask(const struct generations *s)
{
    bool ask = false;

    for (const struct generation *g = s->first; g != NULL; g = g->next) {
        ask |= g->hosts;
    }
    return ask;
}

/* Everything the workers share, and they. */
static bool crew_open(struct engine *e, const struct run *run, struct run_result *result, struct crew *crew, struct err *err)
{
    const struct engine_settings *s = e->settings;
    bool stdin_used = false;

    crew->turns = calloc(1, sizeof *crew->turns);
    crew->worker = calloc(s->workers, sizeof *crew->worker);
    crew->thread = calloc(s->workers, sizeof *crew->thread);
    if (crew->turns == NULL || crew->worker == NULL || crew->thread == NULL) {
        return err_set(err, "engine: not enough memory");
    }
    if (s->multi != NULL) {
        tenants_inputs(s->multi, (struct tenant_map *)(uintptr_t)s->decode.tenants, run->paths, run->path_n, run->tenant);
    }
    turns_init(crew->turns, s->in_turns ? s->workers : 1); /* else nobody waits for capture order */
    if (!s->in_turns && s->workers > 1 && !s->inline_devices && (crew->handover = handover_new(s->workers, s->devices.handover_bytes)) == NULL) {
        return err_set(err, "handover: not enough memory");
    }
    for (size_t i = 0; i < run->path_n && !s->live; i++) {
        stdin_used |= strcmp(run->paths[i], "-") == 0;
    }
    if (stdin_used && (crew->pipe = source_pipe_new(s->workers, err)) == NULL) {
        return false;
    }
    crew->shared = detect_shared_new(&s->detect, crew->turns);
    crew->expectations = flow_expectations_new(crew->turns);
    crew->ranges = ranges_new(&s->proto.ranges, crew->turns);
    crew->network = network_new(&s->network, crew->turns);
    e->settings->aware.facts = rules_ask(&e->generations);
    if ((s->aware.on || (s->aware.facts && !s->live)) && !crew_aware(e, crew, err)) {
        return false;
    }
    result->aware = crew->aware;
    if (network_wanted(&s->network) && crew->network == NULL) {
        return err_set(err, "port-scan: not enough memory");
    }
    if (s->recorder.on && (crew->recorder = recording_open(e->settings, err)) == NULL) {
        return false;
    }
    return crew->shared != NULL && crew_make(e, run, crew, err);
}

static void crew_close(struct engine *e, struct crew *crew, struct run_result *result)
{
    unsigned n = e->settings->workers;

    for (unsigned i = 0; crew->worker != NULL && i < n; i++) {
        if (crew->worker[i].settings != NULL) {
            worker_fini(&crew->worker[i]);
        }
    }
    if (!recorder_close(crew->recorder, &result->record_err)) { /* after the lanes of its workers */
        log_say(e->log, LOG_ERROR, "record: %s", result->record_err.text);
    }
    flow_expectations_free(crew->expectations);
    network_free(crew->network);
    ranges_free(crew->ranges);
    if (crew->shared != NULL) {
        detect_shared_free(crew->shared);
    }
    offload_hosts(e, NULL);
    source_shared_free(crew->inputs);
    if (crew->pipe != NULL) {
        source_pipe_free(crew->pipe);
    }
    handover_free(crew->handover);
    free(crew->worker);
    free(crew->thread);
    free(crew->turns);
}

bool engine_run(struct engine *e, const struct run *run, struct run_result *result, const _Atomic bool *stop, struct err *err)
{
    static const _Atomic bool never = false;
    struct crew crew = { .stop = stop != NULL ? stop : &never, .start = PTHREAD_MUTEX_INITIALIZER };
    bool ok = false;

    memset(result, 0, sizeof *result);
    summary_init(&result->summary);
    if (!load_nothing(e, run->rules_late, err)) {
        return false;
    }
    engine_begin(e);
    e->settings->in_turns = !e->settings->live || (!e->settings->inline_devices && source_together(run->paths, run->path_n));
    e->settings->output.waits = e->settings->in_turns;
    log_hurry(e->log, e->settings->live);
    struct output *out = output_open(&e->settings->output, run->log_dir, e->log, err);
    if (out != NULL && crew_open(e, run, result, &crew, err)) {
        struct numbers *told = NULL;
        struct inside in = { crew.worker, e->settings->workers, crew.shared, out, clock_now(), &told };
        crew_show(e, &in);
        ok = crew_run(e, run, &crew, out, err);
        crew_show(e, NULL);
        if (!run->datasets_unsaved) {
            kept_save(e);
        }
        pthread_mutex_lock(&e->lock); /* no set of rules goes away */
        gather(e, &crew, result);
        if (ok) {
            stats_record(e, &in);
        }
        stats_forget(&told);
        pthread_mutex_unlock(&e->lock);
    }
    if (out != NULL && !output_close(out, &result->lost)) {
        log_say(e->log, LOG_ERROR, "%s: %llu records could not be written", run->log_dir, (unsigned long long)result->lost);
    }
    crew_close(e, &crew, result);
    engine_end(e);
    log_hurry(e->log, false);
    return ok;
}

void run_result_fini(struct run_result *r)
{
    summary_fini(&r->summary);
    aware_free(r->aware);
    free(r->rule_alerts);
    free(r->rule_costs);
    free(r->inputs);
}

void engine_fini(struct engine *e)
{
    blocks_free(e->blocks);
    reload_fini(e);
    engine_trace_fini(e);
    generations_fini(&e->generations);
    e->rules = NULL;
    rule_names_free(e->names);
    literals_store_free(e->patterns);
    datasets_free(e->datasets);
    reputation_free(e->reputation);
    again_fini(e);
    prints_free(e->prints);
    engine_settings_fini(e->settings);
}
