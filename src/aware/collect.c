/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * collect - the map's thread: takes the workers' observations in the order of turns and applies them.
 *
 * Reading files, one may be applied when no worker can bring an earlier one: each ring has one to compare, or its worker's turn is
 * past it.  Live, the earliest that is there is taken.
 */
#include "aware/history.h"
#include "aware/publish.h"
#include "aware/taps.h"
#include "aware/tell.h"
#include "base/clock.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { FACTS_MAX = 1 << 20 /* addresses that rules may know of */ };
enum { AHEAD_BYTES = 512 /* in a ring, fetched from the worker that wrote them */, RING_BYTES = 2 << 20, WAIT_MS = 3 /* live: what is published shows by then */, WAIT_FILES_MS = 50 };

/* A ring's first observation that was not taken.  The ring's address stands here too: beside the tap's, a worker writes with each packet. */
struct lane {
    struct ring *ring;
    const struct seen *head;
    size_t at, taken;         /* bytes behind the ring's first: where the next begins, and those taken end */
};

struct aware {
    struct aware_settings settings;
    struct hosts hosts;
    struct aware_tap **tap;
    struct lane *lane;        /* one for each */
    unsigned workers;
    struct turns *turns;
    struct tells *tells;
    struct teller teller;
    struct history *history;
    struct event_ring *ring;
    pthread_t thread;
    bool started;
    struct host_board *board; /* what rules may know; NULL: they do not ask */
    uint64_t issue;           /* all before it is published */
    _Atomic bool asks;        /* live: rules do */
    bool lost;                /* not all of it could be written to its folder */
    bool in_time;             /* live, and the frames' times are the clock's */
    _Atomic bool end;         /* the workers have ended */
    _Atomic bool running;
};

const struct counter_row aware_counters[] = {
#define COUNTER(id, name, kind, help) { name, help, kind },
#include "aware/counters.list"
#undef COUNTER
};

const struct option_row aware_options[] = {
    { "aware.enabled", OPTION_BOOL, offsetof(struct aware_settings, on), "no", NULL, 0, 0, NULL, "keep a map of the hosts that are seen" },
    { "aware.memcap", OPTION_BYTES, offsetof(struct aware_settings, memcap), "256 MiB", NULL, 0, 0, "bytes",
      "memory of the map; beyond it hosts that were never answered give way, then those unseen for longest, none of which a person said something; 0: no limit" },
    { "aware.dir", OPTION_STRING, offsetof(struct aware_settings, dir), NULL, NULL, 0, 0, NULL,
      "folder that keeps the map and its history over restarts (peccary hosts --map reads it); none: it is not kept" },
    { "aware.history", OPTION_BYTES, offsetof(struct aware_settings, history), "1 GiB", NULL, 0, 0, "bytes",
      "what that folder may take: of what has ended the oldest is forgotten; 0: no limit" },
    { "aware.prints", OPTION_STRING, offsetof(struct aware_settings, prints), NULL, NULL, 0, 0, NULL,
      "tables of fingerprints in place of those built in (one file a kind of sign)" },
    { "aware.silent", OPTION_SECONDS, offsetof(struct aware_settings, silent), "86400", NULL, 0, 0, "s", "a host unseen for so long is told silent; 0: never" },
    { "aware.gone", OPTION_SECONDS, offsetof(struct aware_settings, gone), "604800", NULL, 0, UINT32_MAX, "s", "a host unseen for so long is gone; 0: never; one of which a person said something is told gone, and kept" },
};
const unsigned aware_option_n = ROWS(aware_options);

static uint64_t due_of(const struct seen *s) { return s->tail != 0 ? s->due : 0; }

/* As flow_age.c has it. */
static bool ends_before(const struct seen *x, const struct seen *y)
{
    if (due_of(x) != due_of(y) || due_of(x) == 0) {
        return due_of(x) < due_of(y);
    }
    return x->flow[0] != y->flow[0] ? x->flow[0] < y->flow[0] : x->flow[1] < y->flow[1];
}

static bool before(const struct seen *x, const struct seen *y)
{
    return x->turn != y->turn ? x->turn < y->turn : x->order != y->order ? x->order < y->order : ends_before(x, y);
}

static bool lane_look(struct lane *l)
{
    size_t n;

    l->head = ring_look(l->ring, &l->at, &n);
    __builtin_prefetch((const char *)l->head + AHEAD_BYTES);
    return l->head != NULL;
}

/* The turn that the worker is in.  Read before a ring is found empty: what comes later is of that turn or later.  And only then, since the worker writes
 * it with each packet and waits for whom has it. */
static uint64_t lane_turn(const struct aware *a, unsigned i)
{
    return a->settings.ordered ? atomic_load_explicit(&a->turns->worker[i].at, memory_order_acquire) : UINT64_MAX;
}

/* The lane whose head is next; -1: none is there, or one may come before it (*late: from that worker). */
static int next(const struct aware *a, int *late)
{
    const struct seen *first = NULL;
    uint64_t least = UINT64_MAX, turn;
    int at = -1;

    *late = 0;
    if (a->workers == 1) {
        return a->lane->head != NULL || lane_look(a->lane) ? 0 : -1;
    }
    for (unsigned i = 0; i < a->workers; i++) {
        struct lane *l = &a->lane[i];
        if (l->head == NULL && !lane_look(l) && (turn = lane_turn(a, i), !lane_look(l))) {
            *late = turn < least ? (int)i : *late;
            least = turn < least ? turn : least;
            continue;
        }
        if (first == NULL || before(l->head, first)) {
            first = l->head;
            at = (int)i;
        }
    }
    return first != NULL && first->turn < least ? at : -1;
}

/* What the map learned goes to the workers, with its lock held. */
static void publish(struct aware *a, uint64_t issue)
{
    if (issue > a->issue) {
        a->issue = issue;
        publish_issue(a->hosts.map, issue);
    }
}

/* Live: what is known by now. */
static void publish_now(struct aware *a)
{
    if (!atomic_load_explicit(&a->asks, memory_order_relaxed)) {
        return;
    }
    pthread_mutex_lock(&a->hosts.lock);
    if (a->hosts.map->board == NULL) {
        a->hosts.map->board = a->board;
        publish_all(a->hosts.map);
    }
    publish(a, a->issue + 1);
    pthread_mutex_unlock(&a->hosts.lock);
}

/* Reading files: the first observation of a stretch (SEEN_TIME, of any worker).  What was due before it belongs to those before. */
static void publish_before(struct aware *a, const struct seen *s)
{
    if (issue_of(s->turn) > a->issue) {
        map_time(a->hosts.map, s->clock);
        publish(a, issue_of(s->turn));
    }
}

/* Applies what can be; false: nothing could.  Some at a time: what the last of them need is on its way while the first are applied. */
static bool collect(struct aware *a, int *late)
{
    enum { AT_ONCE = 48 };
    UNSET const struct seen *some[AT_ONCE];
    unsigned n = 0;
    int at;

    while (n < AT_ONCE && (at = next(a, late)) >= 0) {
        struct lane *l = &a->lane[at];
        some[n++] = l->head;
        l->head = NULL;
        l->taken = l->at;
    }
    if (n == 0) {
        return false;
    }
    pthread_mutex_lock(&a->hosts.lock);
    map_ahead(a->hosts.map, some, n);
    for (unsigned i = 0; i < n; i++) {
        if (a->settings.ordered && a->board != NULL) {
            publish_before(a, some[i]);
        }
        map_apply(a->hosts.map, some[i], (const char *)some[i] + (some[i]->tail != 0 ? sizeof *some[i] : SEEN_HEAD));
    }
    bool behind = a->settings.ordered && history_behind(a->history);
    pthread_mutex_unlock(&a->hosts.lock);
    for (unsigned i = 0; i < a->workers; i++) {
        struct lane *l = &a->lane[i];
        if (l->taken != 0) {
            ring_release_to(l->ring, l->taken);
            l->at -= l->taken;
            l->taken = 0;
        }
    }
    while (behind) {
        const struct timespec little = { .tv_nsec = 5000000 };
        (void)nanosleep(&little, NULL);
        pthread_mutex_lock(&a->hosts.lock);
        behind = history_behind(a->history);
        pthread_mutex_unlock(&a->hosts.lock);
    }
    return true;
}

/* Live and nothing comes: time goes on all the same, a little behind the clock, for what is on its way. */
static void idle(struct aware *a)
{
    enum { BEHIND_MS = 500, FAR_SECONDS = 600 /* frames whose times are not the clock's come from elsewhere */ };
    uint64_t now = clock_now() - BEHIND_MS * (CLOCK_SECOND / 1000);
    struct map *m = a->hosts.map;

    if (a->settings.ordered || m->now == 0 || now < m->now + CLOCK_SECOND / 4) {
        return;
    }
    if (now > m->now + FAR_SECONDS * CLOCK_SECOND && !a->in_time) {
        return;
    }
    a->in_time = true;
    pthread_mutex_lock(&a->hosts.lock);
    map_time(m, now);
    map_silence(m);
    pthread_mutex_unlock(&a->hosts.lock);
}

static void *collect_main(void *arg)
{
    struct aware *a = arg;
    int late = 0;

    for (;;) {
        bool end = atomic_load(&a->end);
        bool any = collect(a, &late);
        if (a->board != NULL && !a->settings.ordered) {
            publish_now(a);
        }
        if (any) {
            continue;
        }
        if (end) {
            break;
        }
        if (!ring_wait_data(a->lane[late].ring, a->settings.ordered ? WAIT_FILES_MS : WAIT_MS)) {
            idle(a);
        }
    }
    pthread_mutex_lock(&a->hosts.lock);
    map_settle(a->hosts.map);
    if (a->board != NULL) {
        host_board_end(a->board);
    }
    pthread_mutex_unlock(&a->hosts.lock);
    atomic_store(&a->running, false);
    event_ring_wake(a->ring);
    return NULL;
}

static bool taps_make(struct aware *a)
{
    for (unsigned i = 0; i < a->workers; i++) {
        struct aware_tap *t = a->tap[i] = tap_new(RING_BYTES);
        if (t == NULL) {
            return false;
        }
        a->lane[i].ring = t->ring;
        ring_share_bell(t->ring, a->tap[0]->ring);
        t->block = a->settings.ordered;
        if (t->block) { /* nobody waits for it */
            ring_wake_at(t->ring, RING_BYTES / 4);
        }
        t->seed = a->hosts.map->seed;
        t->index = i;
        t->board = a->board;
        t->now.facts = a->board != NULL;
        t->asks = &a->asks;
        t->tells = a->tells;
        t->prints = a->settings.tables;
    }
    return true;
}

/* What is kept is loaded, and from now on what is new is kept. */
static bool history_begin(struct aware *a, struct err *err)
{
    struct map *m = a->hosts.map;
    struct history *h = history_open(a->settings.dir, a->settings.history, err);

    if (h == NULL || !history_load(m, a->settings.dir, 0, NULL, err)) {
        (void)history_close(h, NULL);
        return false;
    }
    /* How late it is only what is seen says: what a file said of hosts may be of any time. */
    uint64_t clock = clock_now();
    m->now = a->settings.ordered ? 0 : m->now < clock ? m->now : clock;
    m->history = a->history = h;
    return true;
}

struct aware *aware_new(const struct aware_settings *s, const struct event_settings *events, unsigned workers, struct turns *turns, struct err *err)
{
    struct aware *a = calloc(1, sizeof *a);
    bool wrong = false;

    (void)err_set(err, "aware: not enough memory");
    if (a != NULL) {
        a->settings = *s;
        a->workers = workers;
        a->turns = turns;
        a->tap = calloc(workers, sizeof(struct aware_tap *));
        a->lane = calloc(workers, sizeof *a->lane);
        a->tells = tells_make();
        a->ring = event_ring_new(1 << 20, s->ordered);
        a->hosts.map = map_new(s, s->tables);
        pthread_mutex_init(&a->hosts.lock, NULL);
    }
    if (a != NULL && (s->facts || !s->ordered)) {
        a->board = host_board_new(workers, FACTS_MAX);
        wrong = a->board == NULL;
    }
    if (a == NULL || wrong || a->tap == NULL || a->lane == NULL || a->tells == NULL || a->ring == NULL || a->hosts.map == NULL || !taps_make(a)) {
        aware_free(a);
        return NULL;
    }
    teller_init(&a->teller, events, a->ring);
    if (s->dir != NULL && !history_begin(a, err)) {
        aware_free(a);
        return NULL;
    }
    a->hosts.map->board = s->ordered ? a->board : NULL;
    a->hosts.map->tell = eve_wants(&a->teller.out, EVENT_ENTITY, 0) ? teller_tell : NULL;
    a->hosts.map->tell_ctx = &a->teller;
    a->hosts.map->lazy = s->ordered && !map_heard(a->hosts.map);
    atomic_store(&a->running, true);
    return a;
}

bool aware_start(struct aware *a, struct err *err)
{
    if (a->history != NULL && !history_start(a->history, &a->hosts, err)) {
        return false;
    }
    a->started = pthread_create(&a->thread, NULL, collect_main, a) == 0;
    return a->started || err_sys(err, "start the map's thread");
}

void aware_end(struct aware *a)
{
    if (a != NULL && !atomic_exchange(&a->end, true)) {
        for (unsigned i = 0; i < a->workers; i++) {
            ring_wake(a->tap[i]->ring);
        }
    }
}

/* Nothing more is news: the last of it is kept. */
static void keep(struct aware *a)
{
    struct map *m = a->hosts.map;
    struct err err;

    if (a->history == NULL) {
        return;
    }
    a->lost = !history_close(a->history, &err);
    if (!a->lost && m != NULL && m->counter[AWARE_HISTORY_LOST] != 0) {
        a->lost = !err_set(&err, "%s: there was no room to keep all events and ends of hosts until they could be written: %llu are lost", a->settings.dir,
                           (unsigned long long)m->counter[AWARE_HISTORY_LOST]);
    }
    if (a->lost && a->settings.say != NULL) {
        a->settings.say(a->settings.say_ctx, &err);
    }
    if (m != NULL) {
        m->history = NULL;
    }
    a->history = NULL;
}

bool aware_kept(const struct aware *a) { return a == NULL || !a->lost; }

void aware_stop(struct aware *a)
{
    if (a == NULL || !a->started) {
        return;
    }
    aware_end(a);
    pthread_join(a->thread, NULL);
    a->started = false;
    keep(a);
}

void aware_counts(struct aware *a, uint64_t out[AWARE_COUNTER_N])
{
    const struct map *m = a->hosts.map;

    pthread_mutex_lock(&a->hosts.lock);
    memcpy(out, m->counter, sizeof m->counter);
    out[AWARE_HOSTS] = m->n;
    out[AWARE_MEMUSE] = map_bytes(m) + m->buried;
    pthread_mutex_unlock(&a->hosts.lock);
    for (unsigned i = 0; i < a->workers; i++) {
        out[AWARE_LOST] += atomic_load_explicit(&a->tap[i]->lost, memory_order_relaxed);
    }
}

void aware_free(struct aware *a)
{
    if (a == NULL) {
        return;
    }
    aware_stop(a);
    keep(a);
    for (unsigned i = 0; a->tap != NULL && i < a->workers; i++) {
        tap_free(a->tap[i]);
    }
    teller_fini(&a->teller);
    if (a->ring != NULL) {
        event_ring_free(a->ring);
    }
    map_free(a->hosts.map);
    host_board_free(a->board);
    pthread_mutex_destroy(&a->hosts.lock);
    free(a->tap);
    free(a->lane);
    free(a->tells);
    free(a);
}

struct aware_tap *aware_tap(struct aware *a, unsigned worker) { return a != NULL ? a->tap[worker] : NULL; }
void aware_share_bell(struct aware *a, struct event_ring *first)
{
    if (a != NULL) {
        event_ring_share_bell(a->ring, first);
    }
}
struct event_ring *aware_ring(struct aware *a) { return a->ring; }
bool aware_running(const struct aware *a) { return a != NULL && atomic_load(&a->running); }
struct hosts *aware_hosts(struct aware *a) { return &a->hosts; }
