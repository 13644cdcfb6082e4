/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/flow_expect.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/turn.h"

struct expectation {
    struct flow_expectation e;
    uint64_t deadline;
};

struct flow_expectations {
    struct turns *turns;
    pthread_mutex_t lock;
    unsigned n;
    struct expectation list[EXPECTATIONS_MAX]; /* in order of announcement */
};

struct flow_expectations *flow_expectations_new(struct turns *turns)
{
    struct flow_expectations *all = calloc(1, sizeof(*all));

    bug_if(!all);
    all->turns = turns;
    pthread_mutex_init(&all->lock, NULL);
    return all;
}

void flow_expectations_free(struct flow_expectations *all)
{
    if (all) {
        pthread_mutex_destroy(&all->lock);
        free(all);
    }
}

static void enter(struct flow_expectations *all, unsigned worker)
{
    if (all->turns) {
        turn_wait(all->turns, worker);
    }
    pthread_mutex_lock(&all->lock);
}

static void drop(struct flow_expectations *all, unsigned i)
{
    all->n--;
    memmove(&all->list[i], &all->list[i + 1], (all->n - i) * sizeof(all->list[0]));
}

static void drop_expired(struct flow_expectations *all, uint64_t now)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < all->n; i++) {
        if (all->list[i].deadline > now) {
            if (kept != i) {
                all->list[kept] = all->list[i];
            }
            kept++;
        }
    }
    all->n = kept;
}

bool flow_expectations_add(struct flow_expectations *all, unsigned worker, const struct flow_expectation *e, uint64_t now)
{
    unsigned same = 0;
    bool room;

    enter(all, worker);
    drop_expired(all, now);
    for (unsigned i = 0; i < all->n; i++) {
        same += all->list[i].e.parent == e->parent;
    }
    room = all->n < EXPECTATIONS_MAX && same < EXPECTATIONS_A_FLOW;
    if (room) {
        all->list[all->n++] = (struct expectation){ .e = *e, .deadline = now + e->seconds * CLOCK_SECOND };
    }
    pthread_mutex_unlock(&all->lock);
    return room;
}

static bool addr_fits(const struct addr *wanted, const struct addr *a)
{
    return (wanted->q[0] == 0 && wanted->q[1] == 0) || addr_equal(wanted, a);
}

static bool fits(const struct flow_expectation *e, const struct flow_key *k)
{
    if (e->tenant != k->tenant || (e->proto && e->proto != k->proto) || (e->family != FAMILY_NONE && (uint8_t)e->family != k->family)) {
        return false;
    }
    if ((e->port[0] && e->port[0] != k->port[0]) || (e->port[1] && e->port[1] != k->port[1])) {
        return false;
    }
    return (addr_fits(&e->addr[0], &k->addr[0]) && addr_fits(&e->addr[1], &k->addr[1])) ||
           (addr_fits(&e->addr[0], &k->addr[1]) && addr_fits(&e->addr[1], &k->addr[0]));
}

bool flow_expectations_take(struct flow_expectations *all, unsigned worker, struct flow *f, struct flow_expectation *out)
{
    bool found = false;

    enter(all, worker);
    for (unsigned i = 0; i < all->n && !found; i++) {
        const struct flow_expectation *e = &all->list[i].e;
        if (all->list[i].deadline > f->last && fits(e, &f->key)) {
            f->flags |= FLOW_EXPECTED;
            f->expected_proto = (uint16_t)e->app_proto;
            f->parent = e->parent;
            if (out) {
                *out = *e;
            }
            drop(all, i);
            found = true;
        }
    }
    pthread_mutex_unlock(&all->lock);
    return found;
}
