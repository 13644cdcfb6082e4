/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tag - the packets that follow an alert, in its flow or of a host of it, are recorded too.
 *
 * A session's tag is kept with the flow, a host's in the table of state across flows: the latest tag of a host holds.
 */
#ifndef DETECT_TAG_H
#define DETECT_TAG_H

#include "detect/flow_state.h"

enum tag_kind { TAG_SESSION, TAG_HOST };
enum tag_metric { TAG_PACKETS, TAG_BYTES, TAG_SECONDS };
enum { TAG_COUNT_PRESET = 256, TAG_IDLE = 600 /* seconds a host is silent until its tag is forgotten */ };
struct tag {
    uint8_t kind, metric;
    bool dst;             /* of a host: the alert's destination */
    uint32_t count;
};

/* Is the turn's packet tagged?  Counts it. */
bool tag_packet(struct detect *d);
/* This rule matched, and no threshold holds that back: its tags begin, this packet the first of what is counted. */
void tag_alert(struct detect *d, const struct plan *p);
/* The record of a tagged packet. */
void tag_write(struct detect *d);

#endif
