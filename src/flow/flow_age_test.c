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

int main(void)
{
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
