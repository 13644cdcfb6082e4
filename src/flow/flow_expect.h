/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow_expect - flows announced by other flows, shared by all workers' tables.
 *
 * A small list under a lock: an operation waits for its turn (base/turn), so that reading files the announcements are made and
 * used up in capture order.  At most EXPECTATIONS_MAX wait, then the oldest goes, and EXPECTATIONS_A_FLOW of one announcing flow.
 * Inside flow/ only.
 */
#ifndef FLOW_FLOW_EXPECT_H
#define FLOW_FLOW_EXPECT_H

#include "flow/flow.h"

#define EXPECTATIONS_MAX 4096
#define EXPECTATIONS_A_FLOW 10

/* False: the flow has announced enough; `now` is the announcing packet's time.  *lost: this one, or the oldest. */
bool flow_expectations_add(struct flow_expectations *all, unsigned worker, const struct flow_expectation *e, uint64_t now, bool *lost);
bool flow_expectations_take(struct flow_expectations *all, unsigned worker, struct flow *f, struct flow_expectation *out);

#endif
