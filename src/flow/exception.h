/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exception - exception policies: what becomes of traffic that cannot be looked at as it should (no memory, no SYN seen, a
 * parser that gave up).  Without state; a worker's thread applies them, the settings name them.
 */
#ifndef FLOW_EXCEPTION_H
#define FLOW_EXCEPTION_H

#include "flow/flow.h"

enum exception_policy {
    EXCEPTION_IGNORE, EXCEPTION_DROP_FLOW, EXCEPTION_DROP_PACKET, EXCEPTION_PASS_FLOW, EXCEPTION_PASS_PACKET,
    EXCEPTION_BYPASS, EXCEPTION_REJECT, EXCEPTION_REJECT_BOTH, EXCEPTION_AUTO
};
/* In the order of the enum, as the settings write them. */
#define EXCEPTION_POLICIES "ignore drop-flow drop-packet pass-flow pass-packet bypass reject reject-both auto"
const char *exception_name(unsigned policy); /* "drop_flow", as records have it */

/* What a policy means for the packet that met the exception. */
struct exception_effect {
    uint8_t verdict;               /* enum verdict */
    bool no_payload, no_packet;    /* its payload, or nothing of it, is inspected */
    bool bypass;                   /* the flow is to be bypassed */
    bool both;                     /* VERDICT_REJECT: towards both sides */
};
/* Marks the flow (NULL: the packet has none) as the policy wants it.  ips: packets can be dropped. */
struct exception_effect exception_apply(unsigned policy, bool ips, struct flow *f);

#endif
