/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The wheel: whatever is done to deadlines, flows come out by deadline, none too early, none too late. */
#include "flow/flow_age.h"

#include <stdlib.h>

#include "base/hash.h"
#include "flow/test_views.h"
#include "tap.h"

enum { FLOWS = 3000 };

static uint64_t random_state = 99;
static uint64_t dice(uint64_t n)
{
    random_state += 0x9e3779b97f4a7c15ULL;
    return hash_word(random_state) % n;
}

static uint64_t far(void)
{
    static const uint64_t reach[] = { CLOCK_SECOND, 60 * CLOCK_SECOND, 600 * CLOCK_SECOND, 40000 * CLOCK_SECOND };
    return dice(reach[dice(ROWS(reach))]);
}

/* So many that they are put in order otherwise than few; several of a packet, and numbers of all sizes. */
static void drain_many(void)
{
    enum { MANY = 5000 };
    struct flow_age *a = malloc(sizeof *a);
    struct flow *flows = calloc(MANY, sizeof *flows);
    unsigned n = 0, disorder = 0, queued = 0;

    flow_age_init(a, 0);
    for (unsigned i = 0; i < MANY; i++) {
        flows[i].first_packet = dice(3) != 0 ? dice(MANY / 2) : (uint64_t)dice(1u << 30) << dice(20);
        flows[i].id = dice(1u << 30);
        flows[i].deadline = dice(1u << 30) * (uint64_t)dice(2000);
        flow_age_add(a, &flows[i]);
    }
    for (struct flow *f = flow_age_drain(a), *next; f; f = next, n++) {
        next = f->age_next;
        disorder += next && (next->first_packet < f->first_packet || (next->first_packet == f->first_packet && next->id < f->id));
        queued += f->age_prev || f->age_slot != AGE_NONE;
    }
    is_int(n, MANY, "many drained: all");
    is_int(disorder + queued, 0, "in the order they began, those of a packet by their ids, and in no queue");
    free(a);
    free(flows);
}

int main(void)
{
    drain_many();
    struct flow *flows = calloc(FLOWS, sizeof(*flows));
    bool *in = calloc(FLOWS, sizeof(*in));
    struct flow_age *a = calloc(1, sizeof(*a));
    uint64_t now = T0, popped = 0, early = 0, late = 0, disorder = 0, n = 0, soonest_wrong = 0;

    flow_age_init(a, 0);
    for (unsigned round = 0; round < 4000; round++) {
        struct flow *f = &flows[dice(FLOWS)];
        switch (dice(5)) {
        case 0:
        case 1:
            if (!in[f - flows]) {
                f->deadline = now + far();
                f->first_packet = round;
                flow_age_add(a, f);
                in[f - flows] = true;
                n++;
            }
            break;
        case 2: /* a packet came */
            f->deadline += in[f - flows] ? far() : 0;
            break;
        case 3: /* its state changed */
            if (in[f - flows]) {
                f->deadline = now + dice(30 * CLOCK_SECOND);
                flow_age_sooner(a, f);
            }
            break;
        default:
            if (in[f - flows]) {
                flow_age_remove(a, f);
                in[f - flows] = false;
                n--;
            }
            break;
        }
        now += dice(100) ? dice(2 * CLOCK_SECOND) : far();
        if (dice(200) == 0) {
            now -= 5000 * CLOCK_SECOND;
            flow_age_back(a, now);
        }
        uint64_t before = 0;
        for (struct flow *x; (x = flow_age_pop(a, now)) != NULL; popped++, n--) {
            early += x->deadline > now || !in[x - flows];
            disorder += x->deadline < before;
            before = x->deadline;
            in[x - flows] = false;
        }
        bool due = false;
        for (unsigned k = 0; k < FLOWS; k++) {
            late += in[k] && flows[k].deadline <= now;
            due = due || in[k];
        }
        struct flow *s = flow_age_soonest(a);
        soonest_wrong += (s != NULL) != due || (s && !in[s - flows]);
        late += a->n != n;
    }
    ok(popped > 500, "many came out");
    is_int(early, 0, "none too early");
    is_int(late, 0, "none too late");
    is_int(disorder, 0, "in the order of their deadlines");
    is_int(soonest_wrong, 0, "there is a soonest one as long as there are some");
    struct flow *all = flow_age_drain(a);
    bool sorted = true;
    for (struct flow *f = all; f; f = f->age_next, n--) {
        sorted = sorted && (!f->age_next || f->first_packet <= f->age_next->first_packet);
    }
    ok(sorted && n == 0, "drained: all, in the order they began");
    free(a);
    free(in);
    free(flows);
    return done_testing();
}
