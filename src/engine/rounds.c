/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/rounds.h"

#include "base/clock.h"
#include "engine/stats.h"

enum { HEALTH_WINDOW = 5 /* s */ };

const struct option_row rounds_options[] = {
    { "stats.interval", OPTION_SECONDS, offsetof(struct rounds_settings, stats_interval), "8", NULL, 0, 0, "s", "live: time between two records of statistics; 0: one at the end" },
    { "health.loss-permille", OPTION_U32, offsetof(struct rounds_settings, loss_permille), "10", NULL, 0, 1000, NULL,
      "live: so many of a thousand packets lost within five seconds, or uninspected, are told as blindness, or not sent as a broken bridge; 0: none" },
    { "health.silence", OPTION_SECONDS, offsetof(struct rounds_settings, silence), "300", NULL, 0, 0, "s", "live: no packet by a device for so long is told; 0: never" },
};
const unsigned rounds_option_n = ROWS(rounds_options);

/* A share of what came that is told. */
static bool much(const struct rounds_settings *s, uint64_t n, uint64_t of) { return s->loss_permille != 0 && n != 0 && n * 1000 >= of * s->loss_permille; }

enum health rounds_judge(const struct rounds_settings *s, const struct health_numbers *n, uint64_t silent_ns)
{
    uint64_t came = n->seen + n->lost;

    if (much(s, n->lost + n->uninspected, came) || (s->loss_permille != 0 && (n->full | n->gone | n->shared | n->busy) != 0)) {
        return HEALTH_BLIND;
    }
    if (much(s, n->unsent, came)) {
        return HEALTH_BROKEN;
    }
    return s->silence != 0 && silent_ns >= s->silence * CLOCK_SECOND ? HEALTH_SILENT : HEALTH_WELL;
}

void rounds_begin(struct rounds *r, const struct engine *e)
{
    uint64_t now = clock_monotonic();

    *r = (struct rounds){ .stats_at = now + e->settings->rounds.stats_interval * CLOCK_SECOND, .health_at = now + HEALTH_WINDOW * CLOCK_SECOND };
    for (unsigned i = 0; i < ROUNDS_DEVICES; i++) {
        r->device[i].came_at = now;
    }
}

/* What came by each device since the last look, to all workers. */
static void count_devices(struct rounds *r, const struct inside *in, uint64_t now)
{
    for (size_t k = 0; k < ROUNDS_DEVICES; k++) {
        uint64_t packets = 0;
        for (unsigned i = 0; i < in->n; i++) {
            packets += r->said[i].packets[k];
        }
        r->device[k].came_at = packets != r->device[k].packets ? now : r->device[k].came_at;
        r->device[k].packets = packets;
    }
}

/* Devices by which nothing came for long; ns: the longest. */
static uint64_t silent(const struct rounds *r, const struct engine *e, const struct inside *in, uint64_t now, uint64_t *longest)
{
    uint64_t all = 0, most = e->settings->rounds.silence * CLOCK_SECOND;
    size_t devices = 0;

    (void)source_inputs(in->worker[0].source, &devices);
    *longest = 0;
    for (size_t k = 0; k < devices && k < ROUNDS_DEVICES; k++) {
        uint64_t since = now - r->device[k].came_at;
        *longest = since > *longest ? since : *longest;
        all |= (uint64_t)(most != 0 && since >= most) << k;
    }
    return all;
}

/* All end together, and may take their time: what is left to be told comes when they have. */
static bool ending(const struct inside *in)
{
    bool any = false;

    for (unsigned i = 0; i < in->n; i++) {
        any |= atomic_load(&in->worker[i].ending);
    }
    return any;
}

/* On the worker's own thread. */
static void health_say(struct worker *w, void *ctx)
{
    struct health_said *said = &((struct rounds *)ctx)->said[w->index];
    const uint64_t *c = source_counts(w->source), *own = w->counter;
    size_t devices;
    const struct source_input *input = source_inputs(w->source, &devices);

    said->n = (struct health_numbers){ .seen = c[SOURCE_DELIVERED], .lost = c[SOURCE_DROPPED] + own[WORKER_HANDED_LOST],
                                       .uninspected = c[SOURCE_OPEN] + c[SOURCE_PASSED] + own[WORKER_UNINSPECTED],
                                       .unsent = c[SOURCE_SEND_FAILED], .full = c[SOURCE_QUEUE_FULL], .tagged = c[SOURCE_TAGGED] };
    for (size_t k = 0; k < devices && k < ROUNDS_DEVICES; k++) {
        said->packets[k] = input[k].packets;
        said->n.gone |= (uint64_t)input[k].gone << k;
        said->n.shared |= (uint64_t)input[k].shared << k;
        said->n.closed |= (uint64_t)input[k].closed << k;
        said->renewed[k] = input[k].renewed;
    }
}

/* Of a worker that is busy, what it said last. */
static struct health_numbers count(struct rounds *r, struct engine *e, const struct inside *in)
{
    struct health_numbers n = { 0 };

    pthread_mutex_lock(&e->lock);
    n.busy = (uint64_t)__builtin_popcountll(inside_ask(in, health_say, r));
    pthread_mutex_unlock(&e->lock);
    for (unsigned i = 0; i < in->n; i++) {
        const struct health_numbers *said = &r->said[i].n;
        n.seen += said->seen;
        n.lost += said->lost;
        n.uninspected += said->uninspected;
        n.unsent += said->unsent;
        n.full += said->full;
        n.gone |= said->gone;
        n.shared |= said->shared;
        n.closed |= said->closed;
        n.tagged += said->tagged;
    }
    return n;
}

static void devices_json(struct json *j, const char *key, const struct inside *in, uint64_t which)
{
    size_t n;
    const struct source_input *input = source_inputs(in->worker[0].source, &n);

    if (which == 0) {
        return;
    }
    json_array(j, key);
    for (size_t k = 0; k < n && k < ROUNDS_DEVICES; k++) {
        if ((which >> k & 1) != 0) {
            json_string(j, NULL, input[k].path);
        }
    }
    json_end_array(j);
}

static void devices_say(const struct engine *e, const struct inside *in, uint64_t which, const char *what)
{
    size_t n;
    const struct source_input *input = source_inputs(in->worker[0].source, &n);

    for (size_t k = 0; k < n && k < ROUNDS_DEVICES; k++) {
        if ((which >> k & 1) != 0) {
            log_say(e->log, LOG_WARNING, "%s: %s", input[k].path, what);
        }
    }
}

/* What lets bridges fail open, as their first worker found it. */
static void fail_open_say(struct rounds *r, const struct engine *e, const struct inside *in, uint64_t closed)
{
    uint64_t renewed = 0;

    for (size_t k = 0; k < ROUNDS_DEVICES; k++) {
        renewed |= (uint64_t)(r->device[k].renewed != r->said[0].renewed[k]) << k;
        r->device[k].renewed = r->said[0].renewed[k];
    }
    devices_say(e, in, renewed, "somebody took away from its first interface what lets it fail open (tc), and it was put there again");
    devices_say(e, in, closed & ~r->told_closed, "traffic will stop should this program hang or be killed: what lets it fail open is gone from its first interface, and cannot be put there");
    r->told_closed = closed;
}

static void health_record(const struct engine *e, const struct inside *in, enum health state, const struct health_numbers *n, uint64_t quiet)
{
    static const char *const names[] = { [HEALTH_WELL] = "well", [HEALTH_BLIND] = "blind", [HEALTH_BROKEN] = "broken", [HEALTH_SILENT] = "silent" };
    const struct event_settings *s = &e->settings->event;
    struct clock_zone zone = { 0 };
    char when[CLOCK_TEXT_MAX];
    struct text line;
    struct json j;
    uint32_t to = 0;

    for (unsigned i = 0; i < s->n; i++) {
        to |= s->eve[i].stats.on || s->eve[i].alert.on ? 1u << s->eve[i].index : 0;
    }
    text_init(&line, 4096);
    json_init(&j, &line);
    json_object(&j, NULL);
    clock_iso(&zone, clock_now(), when);
    json_string(&j, "timestamp", when);
    json_string(&j, "event_type", "health");
    json_object(&j, "health");
    json_string(&j, "state", names[state]);
    json_u64(&j, "packets", n->seen);
    json_u64(&j, "lost", n->lost);
    json_u64(&j, "uninspected", n->uninspected);
    json_u64(&j, "unsent", n->unsent);
    json_u64(&j, "queue_full", n->full);
    json_u64(&j, "workers_busy", n->busy);
    json_u64(&j, "seconds", HEALTH_WINDOW);
    devices_json(&j, "gone", in, n->gone);
    devices_json(&j, "shared", in, n->shared);
    devices_json(&j, "silent", in, quiet);
    json_end_object(&j);
    json_end_object(&j);
    text_byte(&line, '\n');
    output_write(in->out, &(struct event){ EVENT_ENGINE, to, text_bytes(&line) });
    text_fini(&line);
    devices_say(e, in, n->gone, "it is gone");
    devices_say(e, in, n->shared, "its interface has become a port of a bridge or bond, which hands on what comes in by it, uninspected");
    devices_say(e, in, quiet & ~n->gone, "nothing came for long");
    if (state != HEALTH_WELL) {
        log_say(e->log, LOG_WARNING, "%s: of %llu packets in %d seconds %llu were lost, %llu went on uninspected, %llu could not be sent on, %llu times a queue was full, %llu workers did not answer",
                names[state], (unsigned long long)(n->seen + n->lost), HEALTH_WINDOW, (unsigned long long)n->lost, (unsigned long long)n->uninspected, (unsigned long long)n->unsent,
                (unsigned long long)n->full, (unsigned long long)n->busy);
    }
}

static void health_look(struct rounds *r, struct engine *e, const struct inside *in, uint64_t now)
{
    const struct health_numbers all = count(r, e, in), was = r->last;
    if (ending(in)) {
        return;
    }
    const struct health_numbers n = { all.seen - was.seen, all.lost - was.lost, all.uninspected - was.uninspected, all.unsent - was.unsent, all.full - was.full, all.gone, all.shared, .busy = all.busy };
    count_devices(r, in, now);
    uint64_t longest, quiet = silent(r, e, in, now, &longest), told = n.gone | quiet;

    enum health state = rounds_judge(&e->settings->rounds, &n, longest);
    if (state != r->health || told != r->told || n.shared != r->told_shared) {
        health_record(e, in, state, &n, quiet);
    }
    fail_open_say(r, e, in, all.closed);
    if (all.tagged != 0 && was.tagged == 0) {
        log_say(e->log, LOG_WARNING, "frames with VLAN tags come in: for a minute behind one no flow is left to the kernel (capture.offload)");
    }
    r->health = state;
    r->told = told;
    r->told_shared = n.shared;
    r->last = all;
}

/* A worker that did not come round since the last time stands still: no beat. */
static void beat(struct rounds *r, const struct engine *e, const struct inside *in)
{
    bool all = true;

    for (unsigned i = 0; i < in->n; i++) {
        uint64_t loops = atomic_load_explicit(&in->worker[i].loops, memory_order_relaxed);
        all &= loops != r->loops[i];
        r->loops[i] = loops;
    }
    if (all) {
        e->beat(e->beat_ctx);
    }
}

void rounds_turn(struct rounds *r, struct engine *e, const struct inside *in)
{
    uint64_t now = clock_monotonic();

    if (e->beat != NULL && now >= r->beat_at) {
        beat(r, e, in);
        r->beat_at = now + CLOCK_SECOND;
    }
    if (ending(in)) {
        return;
    }
    if (e->blocks != NULL && now >= r->blocks_at) {
        blocks_look(e->blocks);
        source_ask(in->worker[0].source);
        r->blocks_at = now + CLOCK_SECOND;
    }
    if (now >= r->health_at) {
        health_look(r, e, in, now);
        r->health_at = now + HEALTH_WINDOW * CLOCK_SECOND;
    }
    if (e->settings->rounds.stats_interval != 0 && now >= r->stats_at) {
        pthread_mutex_lock(&e->lock); /* rules are not replaced while they are counted */
        stats_record(e, in);
        pthread_mutex_unlock(&e->lock);
        r->stats_at = now + e->settings->rounds.stats_interval * CLOCK_SECOND;
    }
}
