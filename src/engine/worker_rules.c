/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A worker and the rules: which generation it looks with, and whose of it.  It goes over to the next one between two packets;
 * files tell by number when, so that the outcome does not depend on the workers' number. */
#include "engine/worker.h"

#include <stdlib.h>

static const struct host_fact *worker_host(void *tap, uint32_t tenant, const struct addr *a, enum family family) { return aware_tap_host(tap, tenant, a, family); }

static struct detect *detect_make(struct worker *w, uint32_t tenant)
{
    return detect_new(&w->settings->detect, w->shared, w->index,
                      &(struct detect_parts){ .flows = w->flows, .streams = w->streams, .protos = w->protos, .out = &w->out, .tenant = tenant,
                                              .host = w->tap != NULL ? worker_host : NULL, .host_ctx = w->tap, .alerted = w->recorder != NULL ? recording_alert : NULL, .ctx = &w->recording });
}

static const struct ruleset *that_look(const struct ruleset *r) { return r != NULL && ruleset_rules(r) != 0 ? r : NULL; }

/* The place of a tenant, made when it is new; a tenant that went stays, without rules: flows keep what its rules noted of them. */
static struct worker_tenant *tenant_place(struct worker *w, uint32_t id)
{
    for (unsigned i = 1; i < w->tenant_n; i++) {
        if (w->tenant[i].id == id) {
            return &w->tenant[i];
        }
    }
    struct worker_tenant *more = realloc(w->tenant, (w->tenant_n + 1) * sizeof *more);
    if (more == NULL) {
        return NULL;
    }
    w->tenant = more;
    w->tenant[w->tenant_n] = (struct worker_tenant){ .id = id, .detect = detect_make(w, id) };
    return w->tenant[w->tenant_n].detect != NULL ? &w->tenant[w->tenant_n++] : NULL;
}

static bool tenants_take(struct worker *w, const struct generation *g)
{
    bool looks = false;

    for (unsigned i = 0; i < g->tenant_n; i++) {
        (void)tenant_place(w, g->tenant[i].id); /* without memory it goes with everybody's rules */
    }
    for (unsigned i = 1; i < w->tenant_n; i++) {
        struct worker_tenant *t = &w->tenant[i];
        t->rules = that_look(generation_tenant(g, t->id));
        detect_follow(t->detect, t->rules);
        looks |= t->rules != NULL;
    }
    return looks;
}

static void rules_take(struct worker *w, const struct generation *g)
{
    bool looks = tenants_take(w, g);
    struct worker_tenant *all = &w->tenant[0];

    w->generation = g;
    if (g->hosts) {
        aware_tap_asks(w->tap);
    }
    w->detect = all->detect;
    w->rules = all->rules = that_look(g->rules);
    detect_follow(all->detect, all->rules);
    looks |= all->rules != NULL;
    w->rules_late &= !looks;
    protos_ask(w->protos, &g->proto);
    streams_rules(w->streams, (looks || w->rules_late || w->recorder != NULL) && w->settings->stream.raw, looks && g->pdus);
    epoch_note(&w->generations->epoch, w->index, g->number); /* nothing of the one before is looked at any more */
}

/* When is the one behind it due? */
static const struct generation *rules_due(struct worker *w)
{
    const struct generation *next = atomic_load_explicit(&w->generation->next, memory_order_acquire);

    w->rules_from = next != NULL ? next->from : UINT64_MAX;
    return next;
}

bool worker_rules_begin(struct worker *w)
{
    w->tenant = calloc(1, sizeof *w->tenant);
    if (w->tenant == NULL || (w->tenant[0].detect = detect_make(w, 0)) == NULL) {
        return false;
    }
    w->tenant_n = 1;
    rules_take(w, w->generations->first);
    (void)rules_due(w);
    return true;
}

void worker_rules_next(struct worker *w)
{
    for (const struct generation *next = rules_due(w); next != NULL && next->from <= w->number; next = rules_due(w)) {
        rules_take(w, next);
    }
}

void worker_tenant_find(struct worker *w, uint32_t tenant)
{
    unsigned i = w->tenant_n;

    while (--i != 0 && w->tenant[i].id != tenant) {
    }
    w->rules = w->tenant[i].rules;
    w->detect = w->tenant[i].detect;
}

void worker_rules_fini(struct worker *w)
{
    for (unsigned i = 0; i < w->tenant_n; i++) {
        detect_free(w->tenant[i].detect);
    }
    free(w->tenant);
    w->tenant = NULL;
    w->tenant_n = 0;
}
