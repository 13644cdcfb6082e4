/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * firewall - rules that decide what may pass: tables at the hooks of a packet's way and at the states of each protocol.
 *
 * A table's rules are tried in the order of their files; the first that matches decides, else the table's policy does.
 * accept:hook goes on to the next table, the other actions end the way (of the packet, the transaction, the flow).  What is
 * accepted is then looked at by the other rules.  Policies are settings: made once, read-only.
 */
#ifndef DETECT_FIREWALL_H
#define DETECT_FIREWALL_H

#include "proto/driver.h"
#include "rule/rule.h"

enum firewall_hook { FIREWALL_PRE_FLOW, FIREWALL_PRE_STREAM, FIREWALL_FILTER, FIREWALL_HOOKS };
enum { FIREWALL_STATES_MAX = 16 };

struct firewall_policy {
    uint8_t action;            /* enum rule_action: accept, drop, a reject */
    uint8_t scope;             /* enum rule_scope; never SCOPE_DEFAULT */
    bool alert, pass;          /* tells; what is accepted the other rules leave alone */
};
struct firewall_policies {
    struct firewall_policy packet[FIREWALL_HOOKS];
    struct firewall_policy app[PROTO_IDS][2][FIREWALL_STATES_MAX]; /* by protocol id, side, and row of its states */
};

/* What policies tell alerts with: rules of a source of that name, read as firewall rules before all others. */
#define FIREWALL_POLICY_SOURCE "(policies of the firewall)"
extern const char firewall_policy_rules[];

#endif
