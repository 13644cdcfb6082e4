/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/exception.h"

const char *exception_name(unsigned policy)
{
    static const char *const name[] = {
        "ignore", "drop_flow", "drop_packet", "pass_flow", "pass_packet", "bypass", "reject", "reject_both", "auto",
    };
    return name[policy < ROWS(name) ? policy : 0];
}

struct exception_effect exception_apply(unsigned policy, bool ips, struct flow *f)
{
    bool reject = policy == EXCEPTION_REJECT || policy == EXCEPTION_REJECT_BOTH;
    bool drop_flow = reject || policy == EXCEPTION_DROP_FLOW;
    struct exception_effect e = { .verdict = reject ? VERDICT_REJECT : VERDICT_PASS, .both = policy == EXCEPTION_REJECT_BOTH };

    if (policy == EXCEPTION_IGNORE || policy >= EXCEPTION_AUTO || (reject && !ips)) {
        return e; /* where nothing can be dropped a reject is only told to the ends */
    }
    e.no_payload = e.no_packet = true;
    e.bypass = policy == EXCEPTION_BYPASS;
    if (!reject && (drop_flow || policy == EXCEPTION_DROP_PACKET)) {
        e.verdict = VERDICT_DROP;
    }
    if (f && drop_flow) {
        f->flags |= FLOW_DROPPED | FLOW_DROPPED_BY_POLICY | FLOW_NO_PAYLOAD_INSPECTION;
    } else if (f && (policy == EXCEPTION_PASS_FLOW || e.bypass)) {
        f->flags |= FLOW_PASSED;
    }
    return e;
}
