/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes that an alert shows: the packet's payload, or what is there of the stream, with its holes named. */
#include "detect/record.h"

#include "flow/stream.h"

#include <netinet/in.h>
#include <stdio.h>

/* What is stored of the inspected direction, in order. */
static struct bytes stream_shown(struct detect *d, uint32_t limit)
{
    uint64_t at = 0, start;
    struct arena_text out;
    struct bytes run;

    arena_text_init(&out, &d->arena, limit);
    for (bool first = true; stream_stored(d->turn->flow, (enum side)d->look.side, at, &start, &run); first = false) {
        if (!first && start > at) {
            char hole[48];
            int n = snprintf(hole, sizeof hole, "[%llu bytes missing]", (unsigned long long)(start - at));
            arena_text_add(&out, bytes_of(hole, (size_t)n));
        }
        arena_text_add(&out, run);
        at = start + run.n;
    }
    return arena_text_bytes(&out);
}

void alert_payload(struct detect *d, struct json *j, const struct queued *q)
{
    const struct eve_settings *eve = d->out->eve;
    bool stream = d->look.proto == IPPROTO_TCP && d->turn->flow && (q->flags & (QUEUED_STATE | QUEUED_STREAM)) != 0;
    struct bytes b = d->turn->view ? d->turn->view->payload : bytes_none();

    if (!eve->alert.payload && !eve->alert.payload_printable && !eve->alert.payload_length) {
        return;
    }
    if (stream) {
        struct bytes shown = stream_shown(d, eve->alert.payload_buffer_size != 0 ? eve->alert.payload_buffer_size : UINT32_MAX);
        if (shown.n != 0) {
            b = shown;
        } else if (d->look.window_n != 0) { /* passed and let go already; this turn's window has it still */
            b = bytes_head(d->look.window[0].bytes, eve->alert.payload_buffer_size != 0 ? eve->alert.payload_buffer_size : SIZE_MAX);
        }
    }
    if (eve->alert.payload) {
        json_base64(j, "payload", b);
    }
    if (eve->alert.payload_length) {
        json_u64(j, "payload_length", b.n);
    }
    if (eve->alert.payload_printable) {
        json_printable(j, "payload_printable", b);
    }
    json_u64(j, "stream", stream);
}
