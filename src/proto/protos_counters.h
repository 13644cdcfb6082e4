/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * protos_counters - what the driver counts, altogether and per protocol, for the statistics record.
 *
 * Read by the engine after a run, or by the worker's own thread.
 */
#ifndef PROTO_PROTOS_COUNTERS_H
#define PROTO_PROTOS_COUNTERS_H

#include "proto/driver.h"

enum proto_counter {
#define COUNTER(id, name, kind, help) id,
#include "proto/counters.list"
#undef COUNTER
    PROTO_COUNTER_N
};

enum protos_each {
    PROTOS_FLOW_TCP, PROTOS_FLOW_UDP, PROTOS_TX_TCP, PROTOS_TX_UDP, PROTOS_ERROR_PARSER, PROTOS_ERROR_GAP, PROTOS_ERROR_ALLOC, PROTOS_EACH_N
};
/* id 0: flows of which no protocol was recognised. */
uint64_t protos_each(const struct protos *p, unsigned id, enum protos_each what);

#endif
