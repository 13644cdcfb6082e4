/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A worker and the rules: which generation it looks with.  It goes over to the next one between two packets; files tell by number
 * when, so that the outcome does not depend on the workers' number. */
#include "engine/worker.h"

static void rules_take(struct worker *w, const struct generation *g)
{
    bool looks = g->rules != NULL && ruleset_rules(g->rules) != 0;

    w->generation = g;
    w->rules = looks ? g->rules : NULL;
    w->rules_late &= !looks;
    protos_ask(w->protos, &g->proto);
    streams_rules(w->streams, (looks || w->rules_late) && w->settings->stream.raw, looks && g->pdus);
    detect_follow(w->detect, w->rules);
    epoch_note(&w->generations->epoch, w->index, g->number); /* nothing of the one before is looked at any more */
}

/* When is the one behind it due? */
static const struct generation *rules_due(struct worker *w)
{
    const struct generation *next = atomic_load_explicit(&w->generation->next, memory_order_acquire);

    w->rules_from = next != NULL ? next->from : UINT64_MAX;
    return next;
}

void worker_rules_begin(struct worker *w)
{
    rules_take(w, w->generations->first);
    (void)rules_due(w);
}

void worker_rules_next(struct worker *w)
{
    for (const struct generation *next = rules_due(w); next != NULL && next->from <= w->number; next = rules_due(w)) {
        rules_take(w, next);
    }
}
