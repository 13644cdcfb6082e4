/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rules are over reloads: places change with a ruleset, a rule's source, generator and sid do not. */
#include "detect/compiler.h"

#include "base/hash.h"

#include <stdlib.h>

static int place_compare(const void *a, const void *b)
{
    const struct rule_place *x = a, *y = b;

    if (x->id != y->id) {
        return x->id < y->id ? -1 : 1;
    }
    return x->plan < y->plan ? -1 : x->plan > y->plan;
}

static struct rule_identity identity_of(const struct ruleset *r, const struct rule *rule)
{
    const char *path = rule->source < r->rules.source_n ? r->rules.source[rule->source] : "", *slash = strrchr(path, '/');
    const char *source = slash ? slash + 1 : path; /* rules may come from another folder the next time */
    uint64_t number = (uint64_t)rule->gid << 32 | rule->sid;

    return (struct rule_identity){ (uint32_t)hash_bytes(source, strlen(source), hash_word(number)),
                                   rule->text ? (uint32_t)hash_bytes(rule->text, strlen(rule->text), 0) : 0 };
}

/* A rule that stands in several places is told apart by their order. */
static void ids_part(struct ruleset *r)
{
    uint32_t first = 0;

    for (uint32_t i = 1; i < r->plan_n; i++) {
        if (r->place[i].id != r->place[first].id) {
            first = i;
            continue;
        }
        r->identity[r->place[i].plan].id = (uint32_t)hash_word((uint64_t)r->place[first].id << 32 | (i - first));
    }
    for (uint32_t i = 0; i < r->plan_n; i++) {
        r->place[i].id = r->identity[r->place[i].plan].id;
    }
    qsort(r->place, r->plan_n, sizeof *r->place, place_compare);
}

bool ruleset_identify(struct compiler *c, struct err *err)
{
    struct ruleset *r = c->r;

    r->identity = arena_take(&r->arena, (r->plan_n + 1u) * sizeof *r->identity);
    r->place = arena_take(&r->arena, (r->plan_n + 1u) * sizeof *r->place);
    if (!r->identity || !r->place) {
        return err_set(err, "not enough memory for %u rules", r->plan_n);
    }
    for (uint32_t i = 0; i < r->plan_n; i++) {
        r->identity[i] = identity_of(r, r->plan[i].rule);
        r->place[i] = (struct rule_place){ r->identity[i].id, i };
    }
    qsort(r->place, r->plan_n, sizeof *r->place, place_compare);
    ids_part(r);
    return true;
}

uint32_t ruleset_find(const struct ruleset *r, uint32_t id)
{
    uint32_t low = 0, high = r->plan_n;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (r->place[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < r->plan_n && r->place[low].id == id ? r->place[low].plan : NO_RULE;
}

void ruleset_follow(struct ruleset *next, const struct ruleset *before)
{
    for (uint32_t i = 0; i < next->plan_n; i++) {
        uint32_t was = ruleset_find(before, next->identity[i].id);
        if (was != NO_RULE && before->identity[was].text == next->identity[i].text) {
            next->plan[i].flags |= PLAN_KEPT;
        }
    }
}

void ruleset_differ(const struct ruleset *next, const struct ruleset *before, unsigned *kept, unsigned *changed, unsigned *removed)
{
    *kept = *changed = 0;
    for (uint32_t i = 0; i < next->plan_n; i++) {
        uint32_t was = ruleset_find(before, next->identity[i].id);
        if (was != NO_RULE) {
            *(before->identity[was].text == next->identity[i].text ? kept : changed) += 1;
        }
    }
    *removed = before->plan_n - *kept - *changed;
}
