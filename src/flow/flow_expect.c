/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/flow_expect.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/turn.h"

/* What is looked at of every expectation for every flow that nothing is known of; the rest lies in its slot. */
struct expectation {
    uint64_t deadline, parent;
    uint32_t tenant;
    uint16_t port[2];
    uint16_t slot;
    uint8_t proto, family;
};

struct flow_expectations {
    struct turns *turns;
    pthread_mutex_t lock;
    unsigned n;
    struct expectation list[EXPECTATIONS_MAX]; /* in order of announcement */
    struct flow_expectation slot[EXPECTATIONS_MAX];
    uint16_t unused[EXPECTATIONS_MAX];         /* slots; the last EXPECTATIONS_MAX - n of them */
};

struct flow_expectations *flow_expectations_new(struct turns *turns)
{
    struct flow_expectations *all = calloc(1, sizeof(*all));

    bug_if(!all);
    all->turns = turns;
    for (unsigned i = 0; i < EXPECTATIONS_MAX; i++) {
        all->unused[i] = (uint16_t)i;
    }
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
    all->unused[--all->n] = all->list[i].slot;
    memmove(&all->list[i], &all->list[i + 1], (all->n - i) * sizeof(all->list[0]));
}

static void drop_expired(struct flow_expectations *all, uint64_t now)
{
    unsigned kept = 0, n = all->n;

    for (unsigned i = 0; i < n; i++) {
        if (all->list[i].deadline > now) {
            all->list[kept++] = all->list[i];
        } else {
            all->unused[--all->n] = all->list[i].slot;
        }
    }
}

bool flow_expectations_add(struct flow_expectations *all, unsigned worker, const struct flow_expectation *e, uint64_t now, bool *lost)
{
    unsigned same = 0;
    bool room;

    enter(all, worker);
    drop_expired(all, now);
    for (unsigned i = 0; i < all->n; i++) {
        same += all->list[i].parent == e->parent;
    }
    room = same < EXPECTATIONS_A_FLOW;
    *lost = !room || all->n == EXPECTATIONS_MAX;
    if (room && all->n == EXPECTATIONS_MAX) {
        drop(all, 0);
    }
    if (room) {
        uint16_t slot = all->unused[all->n];
        all->slot[slot] = *e;
        all->list[all->n++] = (struct expectation){ .deadline = now + e->seconds * CLOCK_SECOND, .parent = e->parent, .tenant = e->tenant,
                                                    .port = { e->port[0], e->port[1] }, .slot = slot, .proto = e->proto, .family = (uint8_t)e->family };
    }
    pthread_mutex_unlock(&all->lock);
    return room;
}

static bool addr_fits(const struct addr *wanted, const struct addr *a)
{
    return (wanted->q[0] == 0 && wanted->q[1] == 0) || addr_equal(wanted, a);
}

static bool fits(const struct flow_expectations *all, const struct expectation *x, const struct flow_key *k)
{
    if (x->tenant != k->tenant || (x->proto && x->proto != k->proto) || (x->family != FAMILY_NONE && x->family != k->family)) {
        return false;
    }
    if ((x->port[0] && x->port[0] != k->port[0]) || (x->port[1] && x->port[1] != k->port[1])) {
        return false;
    }
    const struct flow_expectation *e = &all->slot[x->slot];
    return (addr_fits(&e->addr[0], &k->addr[0]) && addr_fits(&e->addr[1], &k->addr[1])) ||
           (addr_fits(&e->addr[0], &k->addr[1]) && addr_fits(&e->addr[1], &k->addr[0]));
}

bool flow_expectations_take(struct flow_expectations *all, unsigned worker, struct flow *f, struct flow_expectation *out)
{
    bool found = false;

    enter(all, worker);
    for (unsigned i = 0; i < all->n && !found; i++) {
        const struct expectation *x = &all->list[i];
        if (x->deadline > f->last && fits(all, x, &f->key)) {
            const struct flow_expectation *e = &all->slot[x->slot];
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
