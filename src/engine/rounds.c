/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/rounds.h"

#include "base/clock.h"
#include "engine/stats.h"

enum { HEALTH_WINDOW = 5 /* s */ };

const struct option_row rounds_options[] = {
    { "stats.interval", OPTION_SECONDS, offsetof(struct rounds_settings, stats_interval), "8", NULL, 0, 0, "s", "live: time between two records of statistics; 0: one at the end" },
    { "health.loss-permille", OPTION_U32, offsetof(struct rounds_settings, loss_permille), "10", NULL, 0, 1000, NULL,
      "live: so many of a thousand packets lost within five seconds are told as blindness; 0: none" },
    { "health.silence", OPTION_SECONDS, offsetof(struct rounds_settings, silence), "300", NULL, 0, 0, "s", "live: no packet for so long is told; 0: never" },
};
const unsigned rounds_option_n = ROWS(rounds_options);

enum health rounds_judge(const struct rounds_settings *s, uint64_t came, uint64_t lost, uint64_t silent_ns)
{
    if (s->loss_permille != 0 && lost != 0 && lost * 1000 >= (came + lost) * s->loss_permille) {
        return HEALTH_BLIND;
    }
    return s->silence != 0 && silent_ns >= s->silence * CLOCK_SECOND ? HEALTH_SILENT : HEALTH_WELL;
}

void rounds_begin(struct rounds *r, const struct engine *e)
{
    uint64_t now = clock_monotonic();

    *r = (struct rounds){ .stats_at = now + e->settings->rounds.stats_interval * CLOCK_SECOND, .health_at = now + HEALTH_WINDOW * CLOCK_SECOND, .came_at = now };
}

/* Packets that workers got, and those that nobody did. */
static void count(const struct inside *in, uint64_t *seen, uint64_t *lost)
{
    *seen = *lost = 0;
    for (unsigned i = 0; i < in->n; i++) {
        const uint64_t *c = source_counts(in->worker[i].source);
        *seen += c[SOURCE_DELIVERED];
        *lost += c[SOURCE_DROPPED] + in->worker[i].counter[WORKER_HANDED_LOST];
    }
}

static void health_record(const struct engine *e, const struct inside *in, enum health state, uint64_t came, uint64_t lost)
{
    static const char *const names[] = { [HEALTH_WELL] = "well", [HEALTH_BLIND] = "blind", [HEALTH_SILENT] = "silent" };
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
    json_u64(&j, "packets", came);
    json_u64(&j, "lost", lost);
    json_u64(&j, "seconds", HEALTH_WINDOW);
    json_end_object(&j);
    json_end_object(&j);
    text_byte(&line, '\n');
    output_write(in->out, &(struct event){ EVENT_ENGINE, to, text_bytes(&line) });
    text_fini(&line);
    if (state != HEALTH_WELL) {
        log_say(e->log, LOG_WARNING, "%s: %llu packets seen and %llu lost in %d seconds", names[state], (unsigned long long)came, (unsigned long long)lost,
                HEALTH_WINDOW);
    }
}

static void health_look(struct rounds *r, const struct engine *e, const struct inside *in, uint64_t now)
{
    uint64_t seen, lost;

    count(in, &seen, &lost);
    uint64_t came = seen - r->seen, gone = lost - r->lost;
    r->came_at = came != 0 ? now : r->came_at;
    enum health state = rounds_judge(&e->settings->rounds, came, gone, now - r->came_at);
    if (state != r->health) {
        health_record(e, in, state, came, gone);
    }
    r->health = state;
    r->seen = seen;
    r->lost = lost;
}

/* A worker that did not come round since the last time stands still: no beat. */
static void beat(struct rounds *r, const struct engine *e, const struct inside *in)
{
    bool all = true;

    for (unsigned i = 0; i < in->n; i++) {
        all &= in->worker[i].loops != r->loops[i];
        r->loops[i] = in->worker[i].loops;
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
    if (now >= r->health_at) {
        health_look(r, e, in, now);
        r->health_at = now + HEALTH_WINDOW * CLOCK_SECOND;
    }
    if (e->settings->rounds.stats_interval != 0 && now >= r->stats_at) {
        pthread_mutex_lock(&e->lock); /* rules are not replaced while they are counted */
        stats_record(e, in->worker, in->n, in->out);
        pthread_mutex_unlock(&e->lock);
        r->stats_at = now + e->settings->rounds.stats_interval * CLOCK_SECOND;
    }
}
