/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/cost.h"

#include "base/clock.h"
#include "detect/inspect.h"

/* Between half and one and a half of the wish: traffic that repeats would else show the same rule again and again. */
static uint32_t next_wait(struct cost_sampling *c)
{
    c->spread ^= c->spread << 13;
    c->spread ^= c->spread >> 17;
    c->spread ^= c->spread << 5;
    return c->every < 2 ? c->every : c->every - c->every / 2 + c->spread % (c->every / 2 * 2 + 1);
}

void cost_init(struct cost_sampling *c, uint32_t every)
{
    *c = (struct cost_sampling){ .every = every, .spread = 2463534242u };
    c->wait = next_wait(c);
}

void cost_begin(struct cost_sampling *c, uint32_t rule)
{
    c->wait = next_wait(c);
    c->began_thread = c->rule[rule].slow ? clock_thread() : 0;
    c->began = clock_monotonic();
}

void cost_end(struct detect *d)
{
    struct rule_cost *r = &d->cost.rule[d->scope_plan];

    if (d->cost.began != 0) {
        uint64_t took = clock_monotonic() - d->cost.began;
        r->slow = took >= COST_DOUBTFUL;
        if (r->slow) {
            took = d->cost.began_thread != 0 ? clock_thread() - d->cost.began_thread : COST_DOUBTFUL;
        }
        r->ns += took;
        r->timed++;
        d->cost.began = 0;
    }
    r->stopped += d->verifier.stopped;
    d->verifier.stopped = 0;
}
