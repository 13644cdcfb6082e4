/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recording - ties a worker to its lane of the recorder: what each turn tells it.
 *
 * One per worker, that worker's thread.  It knows which fields of protocols are names that flows are found by.
 */
#ifndef ENGINE_RECORDING_H
#define ENGINE_RECORDING_H

#include "detect/detect.h"
#include "record/recorder.h"
#include "source/source.h"

struct engine_settings;
struct conf;
struct proto_settings;
uint64_t recording_sight(const struct conf *conf); /* hash of the settings that decide what rules can see; never 0 */
void recording_asks(struct proto_settings *s);    /* all that rules could look at is looked at */
bool recording_settings(struct engine_settings *s, struct conf *conf, struct err *err); /* what is kept of each protocol */
struct recorder *recording_open(struct engine_settings *s, struct err *err); /* of a run */

struct recording;
struct recording *recording_new(struct recorder *r, unsigned lane, const struct detect_parts *parts, struct err *err);
void recording_free(struct recording *r); /* seals */
void recording_time(struct recording *r, struct source *s, bool last); /* live: time goes on, for the last time; what the kernel dropped of the source is told */
/* A frame's turns begin.  `rules`: some look at streams, and pass over what is kept for them; without, this does. */
void recording_begin(struct recording *r, const struct packet *p, const char *capture, bool rules);
void recording_view(struct recording *r, const struct detect_turn *t);
void recording_frame(struct recording *r, const struct packet *p);
/* A flow's end, or any turn without a packet: what of it is pending; then `last`: it is gone. */
void recording_flow(struct recording *r, struct flow *f, bool last);
void recording_alert(void *at, struct flow *f, uint32_t gid, uint32_t sid); /* at: the pointer to it, which detection was given before it was made */
const uint64_t *recording_values(struct recording *r);

#endif
