/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan - what generate.c and hosts.c share: a rule's traffic before anything of it is written, and the generator.
 *
 * One thread; a plan and its scene lie in the arena of their rule.
 */
#ifndef GENERATE_PLAN_H
#define GENERATE_PLAN_H

#include "generate/scene.h"

enum { SETTERS = 3, CLIENT_PORT = 30000 };

struct setter {
    uint64_t bit;              /* bit_key's */
    const struct rule *rule;
};
struct generator {
    const struct rules *rules;
    struct generate_settings settings;
    struct frames *frames;
    struct generated *row;
    size_t row_n, row_room;
    struct generated_not *not;
    size_t not_n, not_room;
    struct setter *setter;     /* which rule sets which bit of flows or hosts */
    size_t setter_n, setter_room;
    struct holder holder;
    uint32_t count;            /* pairs of hosts so far */
    bool no_memory;
};

/* What a rule's traffic is, before anything is written. */
struct plan {
    const struct rule *rule;
    struct arena *arena;
    struct scene scene;
    struct turn turn[TURNS_MAX];
    unsigned turn_n;
    unsigned own;              /* where the rule's own turns begin: what sets its bits stands before them */
    const struct rule *with[SETTERS];
    unsigned with_n;
    unsigned repeats;
    uint32_t apart;            /* s between its flows and others of these hosts, so that no threshold counts both */
    bool asks_bits;
    struct talk talk;
    const char *why;
};

/* hosts.c: who speaks with whom.  False: why. */
bool transport_choose(struct plan *p);
bool hosts_choose(struct generator *g, struct plan *p);      /* two that no other row has */
bool opened_by_destination(const struct plan *p);            /* the rule is about what the server says */
bool plain_host(const struct talk *t, const struct addr *a); /* of those that no other rule's list has */
bool addr_beside(const struct addr_set *set, uint32_t n, struct addr *out); /* the next address beside one of the set's ranges, which nothing of it holds */
bool port_pick(const struct port_set *set, uint16_t preset, const struct port_set *also, uint16_t *out);

#endif
