/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/live.h"

#include "base/clock.h"
#include "base/text.h"
#include "source/follow.h"
#include "source/kind.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEVICES_MAX = 64,
    NAME_ROOM = 128,
    WAIT_MS = 10,     /* time goes on at least so often */
    LOOK_MS = 1000, LOOK_GONE_MS = 50, /* between two looks whether interfaces are still there, are there again */
    OTHERS_MS = 2,    /* what has no descriptor to wait for is asked so often */
};

static const struct source_kind *const kinds[] = {
#define SOURCE(name) &source_##name,
#include "source/kinds.list"
#undef SOURCE
};

struct live {
    struct source base;
    struct source_settings settings;
    struct device *device[DEVICES_MAX];
    struct device *current;   /* whose frames the batch holds */
    char name[DEVICES_MAX][NAME_ROOM]; /* as records have it: of two interfaces the one that frames come in by */
    unsigned device_n, next;
    bool own_time;            /* frames alone move the clock */
    uint64_t seen;            /* the last frame's time */
    uint64_t number;
    uint64_t look_at;         /* ns, monotonic */
    struct follow *follow;    /* NULL: what comes is this worker's own */
    uint64_t followed;        /* batches of it that were taken */
    bool over;                /* what nobody took is counted */
};

void source_kinds(struct text *out)
{
    for (size_t i = 0; i < ROWS(kinds); i++) {
        text_printf(out, "%s: %s\n", kinds[i]->name, kinds[i]->help);
    }
}

const struct source_kind *source_kind_of(const char *name, const char **rest)
{
    const char *colon = strchr(name, ':');

    *rest = name;
    for (size_t i = 0; colon != NULL && i < ROWS(kinds); i++) {
        if (strlen(kinds[i]->name) == (size_t)(colon - name) && strncmp(kinds[i]->name, name, (size_t)(colon - name)) == 0) {
            *rest = colon + 1;
            return kinds[i];
        }
    }
    return kinds[0];
}

bool source_together(const char *const *paths, size_t n)
{
    bool all = n != 0;

    for (size_t i = 0; i < n; i++) {
        const char *rest;
        const struct source_kind *kind = source_kind_of(paths[i], &rest);
        all &= kind->one_reader && kind->own_time;
    }
    return all;
}

bool source_makes_programs(const char *name)
{
    const char *rest;

    return source_kind_of(name, &rest)->programs;
}

/* Asks each in turn, a different one first each time. */
static void live_ask(struct live *l, struct batch *b)
{
    unsigned limit = l->settings.batch;

    if (l->settings.packets != 0 && l->settings.packets - l->number < limit) {
        limit = (unsigned)(l->settings.packets - l->number);
    }
    for (unsigned i = 0; i < l->device_n && b->n == 0; i++) {
        struct device *d = l->device[(l->next + i) % l->device_n];
        if (!d->ended && limit > 0) {
            d->ops->poll(d, b, limit);
            l->current = d;
        }
    }
    l->next = l->device_n != 0 ? (l->next + 1) % l->device_n : 0;
}

static void live_wait(const struct live *l)
{
    struct pollfd wait[DEVICES_MAX];
    nfds_t n = 0;

    bool unwaited = l->settings.workers > 1 && l->follow == NULL; /* what others pass on */

    for (unsigned i = 0; i < l->device_n; i++) {
        unwaited |= l->device[i]->fd < 0;
        if (!l->device[i]->ended && l->device[i]->fd >= 0) {
            wait[n++] = (struct pollfd){ .fd = l->device[i]->fd, .events = POLLIN };
        }
    }
    (void)poll(wait, n, unwaited ? OTHERS_MS : WAIT_MS);
}

static bool live_ended(const struct live *l)
{
    bool all = true; /* who has none gets its part from others */

    for (unsigned i = 0; i < l->device_n; i++) {
        all &= l->device[i]->ended;
    }
    return all || (l->settings.packets != 0 && l->number >= l->settings.packets);
}

/* An interface that was taken away may come back as another one of that name. */
static void live_look(struct live *l)
{
    bool gone = false;

    for (unsigned i = 0; i < l->device_n; i++) {
        struct device *d = l->device[i];
        struct source_input *input = &l->base.input[d->input];
        struct err err = { "" };
        enum device_state state = d->ops->look != NULL ? d->ops->look(d, &err) : DEVICE_WELL;
        if (state == DEVICE_AGAIN) {
            (void)(l->settings.worker == 0 && shared_gate_again(&l->settings, d->input, &err));
            l->base.counter[SOURCE_REOPENED]++;
            input->gone = false;
            input->err = err;
        } else if (state == DEVICE_GONE && !input->gone) {
            l->base.counter[SOURCE_ERRORS]++;
            input->gone = true;
            (void)err_set(&input->err, "%s: it is gone", input->path);
        }
        input->shared = state == DEVICE_SHARED;
        gone |= state == DEVICE_GONE;
    }
    l->look_at = clock_monotonic() + (gone ? LOOK_GONE_MS : LOOK_MS) * (CLOCK_SECOND / 1000);
}

/* What the first worker reads. */
static bool live_follows(const struct live *l) { return l->follow != NULL && l->settings.worker != 0; }

static bool live_poll(struct source *s, struct batch *b)
{
    struct live *l = (struct live *)s;

    b->n = b->view_n = 0;
    if (live_follows(l)) {
        follow_take(l->follow, &l->followed, b);
        b->now = l->seen = b->n > 0 ? b->packet[b->n - 1].ts : l->seen;
        return true;
    }
    if (clock_monotonic() >= l->look_at) {
        live_look(l);
    }
    live_ask(l, b);
    if (b->n == 0 && !live_ended(l)) {
        live_wait(l);
        live_ask(l, b);
    }
    b->end = live_ended(l);
    /* Frames that lie in a ring's block are older than what is told of them here by so much. */
    l->seen = b->n > 0 ? b->packet[b->n - 1].ts : l->seen;
    b->now = b->n > 0 || l->own_time ? l->seen : clock_now() - 2 * l->settings.devices->block_ms * (CLOCK_SECOND / 1000);
    s->counter[SOURCE_DELIVERED] += b->n;
    for (unsigned i = 0; i < b->n; i++) {
        s->input[b->packet[i].input].packets++;
        s->input[b->packet[i].input].bytes += b->packet[i].wire_len;
    }
    if (l->follow != NULL) {
        follow_give(l->follow, b);
    }
    return true;
}

static void live_release(struct source *s, struct batch *b)
{
    struct live *l = (struct live *)s;

    for (unsigned i = 0; !l->settings.acts && l->settings.held && i < b->n; i++) {
        s->counter[SOURCE_SHADOWED] += b->packet[i].verdict != VERDICT_PASS;
        b->packet[i].verdict = VERDICT_PASS;
    }
    if (b->n > 0 && l->follow != NULL) {
        (live_follows(l) ? follow_pass : follow_wait)(l->follow);
    }
    if (b->n > 0 && !live_follows(l)) {
        l->current->ops->release(l->current, b);
    }
    b->n = b->view_n = 0;
}

static void live_close(struct source *s)
{
    struct live *l = (struct live *)s;

    for (unsigned i = 0; i < l->device_n; i++) {
        l->device[i]->ops->close(l->device[i]);
    }
    free(s->input);
    free(l);
}

static const char *live_name(const struct source *s, uint32_t input) { return ((const struct live *)s)->name[input]; }

static bool live_send(struct source *s, uint32_t input, struct bytes frame, bool onwards)
{
    struct live *l = (struct live *)s;

    for (unsigned i = 0; i < l->device_n; i++) {
        struct device *d = l->device[i];
        if (d->input == input) {
            return d->ops->send != NULL && d->ops->send(d, frame, onwards);
        }
    }
    return false;
}

/* The other direction. */
static struct gate_flow turned(const struct gate_flow *f, unsigned interface)
{
    return (struct gate_flow){ f->dst, f->src, f->dport, f->sport, f->proto, interface };
}

static bool live_offload(struct source *s, uint32_t input, struct gate_flow *f)
{
    const struct live *l = (const struct live *)s;
    struct gate_counts none = { 0 };

    for (unsigned i = 0; i < l->device_n; i++) {
        const struct device *d = l->device[i];
        if (d->input != input || d->gate == NULL) {
            continue;
        }
        f->interface = d->in;
        const struct gate_flow back = turned(f, d->back);
        if (gate_flow_add(d->gate, f) && gate_flow_add(d->gate, &back)) {
            return true;
        }
        (void)gate_flow_end(d->gate, f, &none);
    }
    return false;
}

/* Whichever of them it came in by. */
static void live_offload_end(struct source *s, const struct gate_flow *f, struct gate_counts out[2])
{
    const struct live *l = (const struct live *)s;

    for (unsigned i = 0; i < l->device_n; i++) {
        const struct device *d = l->device[i];
        struct gate_flow there = *f, back = turned(f, d->back);
        there.interface = d->in;
        if (d->gate != NULL && gate_flow_end(d->gate, &there, &out[0])) {
            (void)gate_flow_end(d->gate, &back, &out[1]);
            return;
        }
    }
}

const uint64_t *source_counts(struct source *s)
{
    struct live *l = (struct live *)s;

    if (s->ops->poll != live_poll) {
        return s->counter;
    }
    for (unsigned i = 0; i < l->device_n; i++) {
        if (l->device[i]->ops->count != NULL) {
            l->device[i]->ops->count(l->device[i]);
        }
    }
    struct gate *gate = l->settings.shared != NULL && l->settings.worker == 0 ? source_shared_gate(l->settings.shared) : NULL;
    if (gate != NULL) { /* all workers' */
        const struct gate_numbers n = gate_numbers(gate);
        s->counter[SOURCE_GATED] = n.dropped;
        s->counter[SOURCE_OFFLOADED] = n.passed;
    }
    uint64_t known = s->counter[SOURCE_DROPPED] + s->counter[SOURCE_DELIVERED] + s->counter[SOURCE_UNWANTED] + s->counter[SOURCE_UNREAD];
    s->counter[SOURCE_MISSING] = l->over && s->counter[SOURCE_RECEIVED] > known ? s->counter[SOURCE_RECEIVED] - known : 0; /* before, it lies in rings */
    return s->counter;
}

void source_leave(struct source *s, uint64_t when)
{
    const struct live *l = (const struct live *)s;

    if (s->ops->poll == live_poll && l->settings.shared != NULL) {
        shared_leave(l->settings.shared, when);
    }
}

void source_ask(const struct source *s)
{
    const struct live *l = (const struct live *)s;

    if (s->ops->poll == live_poll && l->settings.shared != NULL) {
        shared_ask(l->settings.shared);
    }
}

void source_stop(struct source *s)
{
    struct live *l = (struct live *)s;

    if (s->ops->poll != live_poll) {
        return;
    }
    for (unsigned i = 0; i < l->device_n; i++) {
        if (l->device[i]->ops->stop != NULL) {
            l->device[i]->ops->stop(l->device[i]);
        }
    }
    l->look_at = UINT64_MAX; /* nothing is opened anew */
}

void source_rest(struct source *s)
{
    struct live *l = (struct live *)s;

    if (s->ops->poll != live_poll) {
        return;
    }
    for (unsigned i = 0; i < l->device_n; i++) {
        struct device *d = l->device[i];
        s->counter[SOURCE_UNREAD] += d->ops->rest != NULL ? d->ops->rest(d) : 0;
        d->ended = true;
    }
    if (l->follow != NULL) {
        follow_end(l->follow);
    }
    l->over = true;
}

static bool live_add(struct live *l, uint32_t input, const struct source_kind *only, struct err *err)
{
    const char *rest;
    const struct source_kind *kind = source_kind_of(l->settings.paths[input], &rest);

    kind = only != NULL ? only : kind;
    (void)snprintf(l->name[input], sizeof(l->name[input]), "%.*s", (int)strcspn(rest, "+"), rest);
    l->own_time |= kind->own_time;
    for (uint32_t before = 0; before < input; before++) { /* all of its frames would come twice */
        if (strcmp(l->settings.paths[before], l->settings.paths[input]) == 0) {
            return err_set(err, "%s is named twice", l->settings.paths[input]);
        }
    }
    if (l->settings.held && l->settings.acts && !kind->holds) {
        return err_set(err, "%s: frames of %s are seen as they pass, and cannot be held back: a bridge (two interfaces) or nfq: is wanted", l->settings.paths[input], kind->name);
    }
    if (kind->one_reader && l->settings.worker != 0) {
        return true;
    }
    struct device *d = kind->open(&l->settings, rest, err);
    if (d == NULL) {
        return err_add(err, "%s", l->settings.paths[input]);
    }
    d->settings = &l->settings;
    d->source = &l->base;
    d->input = input;
    d->number = &l->number;
    d->gate = d->in != 0 && l->settings.devices->offload && l->settings.shared != NULL ? source_shared_gate(l->settings.shared) : NULL;
    l->device[l->device_n++] = d;
    return true;
}

struct source *live_open(const struct source_settings *settings, const struct source_kind *only, struct err *err)
{
    static const struct source_ops ops = { live_poll, live_release, live_close, live_name, live_send, live_offload, live_offload_end };
    struct live *l = calloc(1, sizeof(*l));
    size_t n = settings->path_n;
    bool good = l != NULL && (l->base.input = calloc(n + 1, sizeof(*l->base.input))) != NULL;

    if (!good) {
        (void)err_set(err, "not enough memory");
    } else {
        l->base.ops = &ops;
        l->base.input_n = n;
        l->settings = *settings;
        l->settings.batch = settings->batch == 0 || settings->batch > BATCH_MAX ? BATCH_MAX : settings->batch;
        l->follow = settings->shared != NULL ? shared_follow(settings->shared) : NULL;
        good = n != 0 && n <= DEVICES_MAX ? true : err_set(err, "%zu devices: 1 to %d are wanted", n, DEVICES_MAX);
    }
    for (uint32_t i = 0; good && i < n; i++) {
        l->base.input[i].path = settings->paths[i];
        good = live_add(l, i, only, err);
    }
    if (!good && l != NULL && l->base.ops != NULL) {
        live_close(&l->base);
    } else if (!good) {
        free(l);
    }
    return good ? &l->base : NULL;
}

struct source *source_open_live(const struct source_settings *settings, struct err *err) { return live_open(settings, NULL, err); }
