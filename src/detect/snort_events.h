/* SPDX-License-Identifier: GPL-2.0-or-later */
/* snort_events - which notes here are events of Snort's inspectors, by generator and number; constant, any thread. */
#ifndef DETECT_SNORT_EVENTS_H
#define DETECT_SNORT_EVENTS_H

#include <stdint.h>

struct snort_event {
    uint16_t gid, sid;
    const char *proto, *note;  /* names of the protocol and of its note */
};
extern const struct snort_event snort_events[];
extern const unsigned snort_event_n;

#endif
