/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace - one conversation followed through all stages: for each of its packets what decoding, flow, stream, protocol, detection and
 * verdict made of it.
 *
 * Somebody outside asks for it (engine_trace) by a flow's id or by an address; workers add lines, under a lock, until so many
 * packets were told or the room is full.  Without a trace it costs a look at a pointer a view.
 */
#ifndef ENGINE_TRACE_H
#define ENGINE_TRACE_H

#include "engine/inside.h"

struct trace_wish {
    uint64_t flow;               /* id; 0: by address */
    struct addr addr;            /* either end */
    enum family family;
    uint16_t port;               /* of either end; 0: any */
    uint32_t packets;
};
bool engine_trace(struct engine *e, const struct trace_wish *w, struct err *err);
void engine_trace_stop(struct engine *e);
/* An array of what was told since the last time. */
void engine_trace_tell(struct engine *e, struct json *j, const char *key);
void engine_trace_fini(struct engine *e);

/* Worker: the view's turn is over; tried: rules that detection looked at in it. */
struct trace;
void trace_view(struct worker *w, const struct detect_turn *t, const struct detect_result *r, uint64_t tried);

#endif
