/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow_record - what the logs say of a flow, as Suricata 8 writes it into EVE records.
 *
 * Writes members into a record whose head stands already; borrows everything (the zone is the writer's, for times).  The flow's worker.
 */
#ifndef FLOW_FLOW_RECORD_H
#define FLOW_FLOW_RECORD_H

#include "base/clock.h"
#include "base/text.h"
#include "flow/stream.h"

/* What only the application layer knows; any name may be NULL. */
struct flow_record_app {
    const char *name;                   /* app_proto: in force */
    const char *to_server, *to_client;  /* recognised per direction, said where they differ from name */
    const char *original, *expected;    /* before a change; announced */
    const char *app, *app_by;           /* the application, and by what it is known; our own, not Suricata's */
    uint64_t txns;                      /* transactions of the flow; 0 is not said */
    uint8_t exception_policy[6];        /* enum exception_policy by bit of enum flow_exception */
};

/* The "flow" object of alerts and other records inside a flow: counts so far, begin and both ends. */
void flow_record_alert(const struct flow *f, struct clock_zone *z, struct json *j);
/* The body of a flow record: app_proto…, "flow", "tcp", and what the head lacks for ICMP and ESP. */
void flow_record_flow(const struct flow *f, const struct flow_record_app *app, struct clock_zone *z, struct json *j);
/* The body of the netflow record of one direction. */
void flow_record_netflow(const struct flow *f, enum side side, const struct flow_record_app *app, struct clock_zone *z,
                         struct json *j);

#endif
