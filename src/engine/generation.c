/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/generation.h"

#include "detect/reputation.h"

#include <stdlib.h>

void generation_free(struct generation *g)
{
    if (g->rules != NULL) {
        ruleset_free(g->rules);
    }
    for (unsigned i = 0; i < g->tenant_n; i++) {
        ruleset_free(g->tenant[i].rules);
    }
    free(g->tenant);
    reputation_free(g->reputation);
    free(g);
}

/* Without a run a set that holds from the next packet on leaves nothing to those before. */
static bool is_left(struct generations *s, const struct generation *g, const struct generation *next)
{
    return s->running ? epoch_passed(&s->epoch, g->number + 1) : next->from == 0;
}

struct ruleset *generation_tenant(const struct generation *g, uint32_t id)
{
    for (unsigned i = 0; i < g->tenant_n; i++) {
        if (g->tenant[i].id == id) {
            return g->tenant[i].rules;
        }
    }
    return NULL;
}

void generations_tidy(struct generations *s)
{
    while (s->first != NULL) {
        struct generation *g = s->first, *next = atomic_load(&g->next);
        if (next == NULL || !is_left(s, g, next)) {
            return;
        }
        s->first = next;
        generation_free(g);
    }
}

unsigned generations_held(const struct generations *s)
{
    unsigned n = 0;

    for (const struct generation *g = s->first; g != NULL; g = atomic_load(&g->next)) {
        n++;
    }
    return n;
}

void generations_add(struct generations *s, struct generation *g)
{
    atomic_init(&g->next, NULL);
    g->number = s->last != NULL ? s->last->number + 1 : 1;
    if (s->last == NULL) {
        s->first = s->last = g;
        return;
    }
    if (s->last->rules != NULL && g->rules != NULL) {
        ruleset_follow(g->rules, s->last->rules);
    }
    for (unsigned i = 0; i < g->tenant_n; i++) {
        const struct ruleset *before = generation_tenant(s->last, g->tenant[i].id);
        if (before != NULL) {
            ruleset_follow(g->tenant[i].rules, before);
        }
    }
    atomic_store(&s->last->next, g);
    s->last = g;
    generations_tidy(s);
}

void generations_begin(struct generations *s, unsigned workers)
{
    epoch_init(&s->epoch, workers);
    for (unsigned i = 0; i < workers; i++) {
        epoch_note(&s->epoch, i, s->first->number);
    }
    s->running = true;
}

void generations_end(struct generations *s)
{
    s->running = false;
    generations_tidy(s);
}

void generations_fini(struct generations *s)
{
    for (struct generation *g = s->first, *next; g != NULL; g = next) {
        next = atomic_load(&g->next);
        generation_free(g);
    }
    *s = (struct generations){ 0 };
}
