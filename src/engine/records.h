/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * records - the records that are nobody else's: decoder and stream anomalies, flow and netflow, verdicts, and the head of
 * records about a flow.  A worker's thread.
 */
#ifndef ENGINE_RECORDS_H
#define ENGINE_RECORDS_H

#include "engine/worker.h"

/* The head for a record about the flow, addresses as client and server. */
void record_flow_head(struct worker *w, const struct flow *f, const struct detect_turn *t, struct event_head *h);
/* event_out.of_flow: what rules keep with the flow, its community id. */
void record_of_flow(void *worker, const void *flow, const struct eve_settings *eve, struct json *j);
/* Decoder and stream notes of the view as anomaly records. */
void record_packet_notes(struct worker *w, const struct detect_turn *t);
/* A view of ARP. */
void record_arp(struct worker *w, const struct detect_turn *t);
/* The flow record (and netflow pair) at a flow's end. */
/* Frames of the turn's side that are due; gives back those that nobody needs any more. */
void record_frames(struct worker *w, struct flow *f, const struct detect_turn *t);
void record_flow(struct worker *w, const struct flow *f);
/* Inline: a view that is dropped; its reason is counted, and told unless the rule that did it has. */
void record_drop(struct worker *w, const struct detect_turn *t);
/* Inline: counts the frame's verdict. */
void record_verdict(struct worker *w, const struct packet *p);
/* Where a view came from, as records say it: "wire/pcap", "vxlan encapsulation", "Defrag", … */
const char *record_source(const struct view *v);

#endif
