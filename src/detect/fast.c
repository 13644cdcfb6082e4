/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one literal of a rule that decides whether it is looked at: the author's, else of the buffers with the best
 * priority the longest, of equals the one with the most varied bytes.
 */
#include "detect/compiler.h"

#include <ctype.h>

/* How much a literal tells: rare bytes more than printable ones, those more than letters, repeated ones little. */
static unsigned strength(struct bytes b)
{
    bool seen[256] = { false };
    unsigned s = 0;

    for (size_t i = 0; i < b.n; i++) {
        uint8_t c = b.p[i];
        if (seen[c]) {
            s++;
        } else if (isalpha(c)) {
            s += 3;
        } else if (isprint(c) || c == 0 || c == 1 || c == 0xff) {
            s += 4;
        } else {
            s += 6;
        }
        seen[c] = true;
    }
    return s;
}

static bool group_filters(const struct group *g)
{
    return g->kind != BUFFER_BASE64 && (g->kind == BUFFER_PAYLOAD || g->name || g->kind == BUFFER_FILE_DATA);
}

static uint8_t group_priority(const struct ruleset *r, const struct plan *p, const struct group *g)
{
    if (g->kind == BUFFER_PAYLOAD) {
        return 3;
    }
    for (uint8_t i = 0; i < p->step_n; i++) {
        if (p->step[i].group == g && p->step[i].kind == STEP_BUFFER) {
            return r->buffer[p->step[i].buffer].priority;
        }
    }
    return 2;
}

struct choice {
    const struct content *best;
    const struct group *group;
    unsigned priority;
    size_t n;
    unsigned strength;
};

static void choice_offer(struct choice *c, const struct group *g, const struct content *m, unsigned priority)
{
    unsigned s = strength(m->bytes);

    if (c->best && (priority > c->priority || (priority == c->priority && m->bytes.n < c->n))) {
        return;
    }
    if (c->best && priority == c->priority && m->bytes.n == c->n && s <= c->strength) {
        return;
    }
    *c = (struct choice){ m, g, priority, m->bytes.n, s };
}

/* Under => a literal towards the server is preferred. */
static unsigned side_penalty(const struct plan *p, const struct group *g)
{
    return (p->flags & PLAN_BOTH_SIDES) != 0 && g->side == TO_CLIENT ? 100 : 0;
}

static struct choice choose(const struct ruleset *r, const struct plan *p, bool negated)
{
    const struct rule *rule = p->rule;
    struct choice best = { 0 };

    for (uint16_t i = 0; i < rule->group_n; i++) {
        const struct group *g = &rule->group[i];
        if (!group_filters(g)) {
            continue;
        }
        for (uint16_t k = 0; k < g->match_n; k++) {
            const struct match *m = g->match[k];
            if (m->kind == MATCH_ABSENT) {
                break;
            }
            if (m->kind == MATCH_CONTENT && ((m->content.flags & CONTENT_NEGATED) != 0) == negated && m->content.bytes.n != 0) {
                choice_offer(&best, g, &m->content, group_priority(r, p, g) + side_penalty(p, g));
            }
        }
    }
    return best;
}

void plan_choose_fast(struct compiler *c, struct plan *p)
{
    const struct rule *rule = p->rule;
    struct choice best = { 0 };

    if (rule->fast_group != UINT16_MAX && rule->fast_group < rule->group_n) {
        best.group = &rule->group[rule->fast_group];
        best.best = &best.group->match[rule->fast_match]->content;
    } else {
        best = choose(c->r, p, false);
        if (!best.best) {
            best = choose(c->r, p, true);
        }
    }
    if (!best.best) {
        return;
    }
    p->fast = best.best;
    p->fast_group = best.group;
    p->flags |= PLAN_HAS_FAST;
    if ((best.best->flags & CONTENT_NEGATED) != 0) {
        p->flags |= PLAN_FAST_NEGATED;
    }
}
