/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pcap_log - which frames go to the output pcap-log: all, or those of flows that alerted or are tagged.
 *
 * With a condition a flow's last frames with data wait, within caps, until the condition holds; they go out first then.  One
 * per worker, that worker's thread.
 */
#ifndef ENGINE_PCAP_LOG_H
#define ENGINE_PCAP_LOG_H

#include "detect/detect.h"
#include "packet/packet.h"

#include <stdatomic.h>

struct pcap_log_settings {
    bool on;
    enum pcap_log_when { PCAP_LOG_ALL, PCAP_LOG_ALERTS, PCAP_LOG_TAGGED } when;
    bool honor_pass;        /* nothing of a flow that a pass rule matched */
    bool use_depth;         /* nothing of a stream beyond its depth */
    const char *filter;     /* a capture filter; NULL */
    _Atomic bool paused;    /* somebody has switched it off for now */
};

struct pcap_log;
struct pcap_log *pcap_log_new(const struct pcap_log_settings *s, uint64_t depth, struct event_out *out, unsigned thread, struct err *err);
void pcap_log_free(struct pcap_log *l);
void pcap_log_begin(struct pcap_log *l);                      /* a frame's turns begin */
/* One view of it has been worked on. */
void pcap_log_view(struct pcap_log *l, const struct detect_turn *t, const struct detect_result *r);
void pcap_log_frame(struct pcap_log *l, const struct packet *p, bool owned); /* … and all are; owned: the frame is this worker's */
void pcap_log_flow_end(struct pcap_log *l, struct flow *f);
extern const struct counter_row pcap_log_counters[];
enum { PCAP_LOG_WRITTEN, PCAP_LOG_FILTERED, PCAP_LOG_NOT_KEPT, PCAP_LOG_COUNTER_N };
const uint64_t *pcap_log_values(const struct pcap_log *l);

#endif
