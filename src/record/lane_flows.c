/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a lane keeps of flows, by their address: from their first packet to their end. */
#include "record/lane.h"

#include "base/hash.h"
#include "base/map.h"

enum { ROOM_FIRST = 1 << 14 };

static size_t place(const struct lane_flows *t, const struct flow *f) { return hash_word((uintptr_t)f) & (t->room - 1); }

struct record_flow *lane_flow_get(struct lane_flows *t, const struct flow *f)
{
    if (t->last_flow == f) {
        return t->last;
    }
    for (size_t at = t->room != 0 ? place(t, f) : 0; t->room != 0 && t->slot[at].flow != NULL; at = (at + 1) & (t->room - 1)) {
        if (t->slot[at].flow == f) {
            t->last_flow = f;
            t->last = t->slot[at].of;
            return t->last;
        }
    }
    return NULL;
}

static void put(struct lane_flows *t, const struct lane_flow_slot *s)
{
    size_t at = place(t, s->flow);

    while (t->slot[at].flow != NULL) {
        at = (at + 1) & (t->room - 1);
    }
    t->slot[at] = *s;
    t->n++;
}

bool lane_flow_put(struct lane_flows *t, const struct flow *f, struct record_flow *of)
{
    if (t->n * 2 >= t->room) {
        struct lane_flows more = { .room = t->room != 0 ? t->room * 2 : ROOM_FIRST };
        more.slot = map_take(more.room * sizeof *more.slot, 4096);
        if (more.slot == NULL) {
            return false;
        }
        for (size_t i = 0; i < t->room; i++) {
            if (t->slot[i].flow != NULL) {
                put(&more, &t->slot[i]);
            }
        }
        lane_flows_fini(t);
        *t = more;
    }
    put(t, &(struct lane_flow_slot){ f, of });
    return true;
}

void lane_flow_drop(struct lane_flows *t, const struct flow *f)
{
    size_t at = place(t, f);

    t->last_flow = NULL;
    while (t->slot[at].flow != f) {
        if (t->slot[at].flow == NULL) {
            return;
        }
        at = (at + 1) & (t->room - 1);
    }
    t->n--;
    for (size_t next = (at + 1) & (t->room - 1); t->slot[next].flow != NULL; next = (next + 1) & (t->room - 1)) { /* what it pushed on moves back */
        if (((next - place(t, t->slot[next].flow)) & (t->room - 1)) >= ((next - at) & (t->room - 1))) {
            t->slot[at] = t->slot[next];
            at = next;
        }
    }
    t->slot[at].flow = NULL;
}

void lane_flows_fini(struct lane_flows *t)
{
    map_give(t->slot, t->room * sizeof *t->slot);
    *t = (struct lane_flows){ .room = 0 };
}
