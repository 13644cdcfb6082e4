/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules read and compiled on a thread of their own, beside the running ones. */
#include "engine/reload.h"

#include "base/clock.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct reload {
    struct arena arena;           /* of the load */
    struct rule_load load;
    pthread_t thread;
    bool started;                 /* the thread is to be joined */
    bool again;                   /* the settings are read once more */
    bool more;                    /* under the engine's lock: when this one is through, another */
    _Atomic bool running;
    struct engine *engine;
    void (*done)(void *ctx, const struct reload_result *r);
    void *ctx;
    struct reload_result last;
    bool ended;                   /* last holds */
};

static bool text_keep(struct arena *a, const char **text)
{
    *text = *text != NULL ? arena_str(a, bytes_str(*text)) : NULL;
    return !a->full;
}

/* Everything a load points to. */
static bool load_keep(struct arena *a, struct rule_load *l)
{
    const char **files = arena_zero(a, (l->file_n + 1u) * sizeof *files);
    struct rule_text *texts = arena_zero(a, (l->text_n + 1u) * sizeof *texts);

    for (unsigned i = 0; files != NULL && i < l->file_n; i++) {
        files[i] = arena_str(a, bytes_str(l->files[i]));
    }
    for (unsigned i = 0; texts != NULL && i < l->text_n; i++) {
        texts[i] = (struct rule_text){ arena_str(a, bytes_str(l->texts[i].name)), arena_copy(a, l->texts[i].text) };
    }
    l->files = files;
    l->texts = texts;
    l->thresholds = arena_copy(a, l->thresholds);
    return text_keep(a, &l->strict) && text_keep(a, &l->classes) && text_keep(a, &l->references) && files != NULL && texts != NULL;
}

/* The engine's, made with its first use. */
static struct reload *reload_of(struct engine *e)
{
    pthread_mutex_lock(&e->lock);
    if (e->reload == NULL) {
        e->reload = calloc(1, sizeof *e->reload);
    }
    struct reload *r = e->reload;
    pthread_mutex_unlock(&e->lock);
    return r;
}

bool reload_remember(struct engine *e, const struct rule_load *l, struct err *err)
{
    struct reload *r = reload_of(e);

    if (r == NULL) {
        return err_set(err, "reload: not enough memory");
    }
    if (r->engine != NULL) {
        arena_fini(&r->arena);
    }
    r->engine = e;
    r->load = *l;
    arena_init(&r->arena, NULL, 0);
    if (!load_keep(&r->arena, &r->load)) {
        r->load = (struct rule_load){ 0 };
        return err_set(err, "reload: not enough memory");
    }
    return true;
}

/* Waits until no worker looks with an older set, so that the answer holds and what was is freed now; a worker that stands still keeps it
 * until the next set comes.  Where packets say from when on a set is, nobody waits. */
static void older_leave(struct engine *e)
{
    enum { PATIENCE_MS = 2000, STEP_MS = 2 };
    bool left = false;

    for (unsigned ms = 0; !left && ms < PATIENCE_MS; ms += STEP_MS) {
        pthread_mutex_lock(&e->lock);
        struct generations *g = &e->generations;
        generations_tidy(g);
        left = g->first == g->last || !g->running || g->last->from != 0;
        pthread_mutex_unlock(&e->lock);
        if (!left) {
            (void)nanosleep(&(struct timespec){ .tv_nsec = STEP_MS * 1000000 }, NULL);
        }
    }
    (void)malloc_trim(0); /* compiling takes several times what stays */
}

/* Another was asked for meanwhile: what changed since this one read it. */
static bool reload_more(struct reload *r)
{
    pthread_mutex_lock(&r->engine->lock);
    bool more = r->more;
    r->more = false;
    if (more) {
        r->again = true;
        r->done = NULL;
    } else {
        atomic_store(&r->running, false);
    }
    pthread_mutex_unlock(&r->engine->lock);
    return more;
}

static void reload_once(struct reload *r)
{
    struct reload_result result = { 0 };
    uint64_t began = clock_now();

    result.ok = load_generation(r->engine, &r->load, r->again, &result, &result.err);
    older_leave(r->engine);
    result.ns = clock_now() - began;
    if (!result.ok) {
        log_say(r->engine->log, LOG_ERROR, "rules stay as they were: %s", result.err.text);
    }
    pthread_mutex_lock(&r->engine->lock);
    r->last = result;
    r->ended = true;
    pthread_mutex_unlock(&r->engine->lock);
    if (result.ok && r->engine->reloaded != NULL) {
        r->engine->reloaded(r->engine->reloaded_ctx);
    }
    if (r->done != NULL) {
        r->done(r->ctx, &result);
    }
}

static void *reload_main(void *arg)
{
    struct reload *r = arg;

    do {
        reload_once(r);
    } while (reload_more(r));
    return NULL;
}

bool engine_reload_last(struct engine *e, struct reload_result *out)
{
    struct reload *r = reload_of(e);

    if (r == NULL) {
        return false;
    }
    pthread_mutex_lock(&e->lock); /* another one may have begun since */
    bool ended = r->ended;
    *out = r->last;
    pthread_mutex_unlock(&e->lock);
    return ended;
}

bool engine_reloading(struct engine *e)
{
    struct reload *r = reload_of(e);

    return r != NULL && atomic_load(&r->running);
}

/* With r->running claimed. */
static bool reload_start(struct engine *e, const struct rule_load *l, struct err *err)
{
    struct reload *r = e->reload;

    if (r->started) {
        pthread_join(r->thread, NULL);
        r->started = false;
    }
    if (l != NULL && !reload_remember(e, l, err)) {
        return false;
    }
    if (r->engine == NULL) {
        return err_set(err, "no rules were loaded that could be loaded again");
    }
    r->again = l == NULL;
    pthread_mutex_lock(&e->lock); /* the thread takes it before it lets the next one come here, who joins it */
    int failed = pthread_create(&r->thread, NULL, reload_main, r);
    r->started = failed == 0;
    pthread_mutex_unlock(&e->lock);
    return failed == 0 || err_set(err, "start the thread that loads rules: %s", strerror(failed));
}

bool engine_reload(struct engine *e, const struct rule_load *l, void (*done)(void *ctx, const struct reload_result *r), void *ctx, struct err *err)
{
    struct reload *r = reload_of(e);

    if (r == NULL) {
        return err_set(err, "reload: not enough memory");
    }
    if (atomic_exchange(&r->running, true)) { /* whoever comes first, of signals, clients and the guard's start */
        return err_set(err, "Reload already in progress");
    }
    r->done = done;
    r->ctx = ctx;
    bool started = reload_start(e, l, err);
    if (!started) {
        atomic_store(&r->running, false);
    }
    return started;
}

bool engine_reload_soon(struct engine *e, struct err *err)
{
    struct reload *r = reload_of(e);

    if (r == NULL) {
        return err_set(err, "reload: not enough memory");
    }
    pthread_mutex_lock(&e->lock);
    bool running = atomic_load(&r->running);
    r->more |= running;
    pthread_mutex_unlock(&e->lock);
    return running || engine_reload(e, NULL, NULL, NULL, err) || engine_reloading(e); /* one that began since reads all that we would */
}

void reload_fini(struct engine *e)
{
    struct reload *r = e->reload;

    if (r == NULL) {
        return;
    }
    pthread_mutex_lock(&e->lock);
    r->more = false;
    pthread_mutex_unlock(&e->lock);
    if (r->started) {
        pthread_join(r->thread, NULL);
    }
    if (r->engine != NULL) {
        arena_fini(&r->arena);
    }
    free(r);
    e->reload = NULL;
}
