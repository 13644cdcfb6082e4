/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * firewall_tables - the firewall's tables as compiled; part of the ruleset.
 */
#ifndef DETECT_FIREWALL_TABLES_H
#define DETECT_FIREWALL_TABLES_H

#include "detect/firewall.h"
#include "detect/inspect.h"

struct firewall_entry {
    uint32_t rule;
    bool flow_start;           /* only on the first packet of each direction */
    bool before;               /* the rule stands at a later state, and accepts this one by the way */
};
struct firewall_table {
    const char *name;          /* "packet:filter", "http:request_line" */
    struct firewall_entry *entry;
    uint32_t n;
    uint8_t stage;             /* progress of the state */
    struct firewall_policy policy;
};
struct firewall {
    struct firewall_table packet[FIREWALL_HOOKS];
    struct firewall_table *app[DETECT_PROTOS][2]; /* by state */
    uint8_t app_n[DETECT_PROTOS][2];
    uint32_t policy_rule[2];   /* what the policy of a packet table, of a state's table alerts with */
};

/* The packet's way through a table.  False: it is dropped. */
bool firewall_packet(struct detect *d, enum firewall_hook hook);
/* One side's way through the states it has reached.  False: it is dropped. */
bool firewall_txn(struct detect *d, struct txn *t, unsigned side);
const char *firewall_action_name(uint8_t action);
const char *firewall_scope_name(uint8_t scope);

#endif
