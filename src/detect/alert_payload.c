/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes that an alert shows: the packet's payload, or what is there of the stream, with its holes named. */
#include "detect/record.h"

#include "flow/stream.h"

#include <netinet/in.h>
#include <stdio.h>

struct shown {
    struct arena_text text;
    uint64_t length;     /* of all that is there, holes too */
};

/* What is stored of the inspected direction, in order. */
static void stream_shown(struct detect *d, uint32_t limit, struct shown *out)
{
    uint64_t at = 0, start;
    struct bytes run;

    arena_text_init(&out->text, &d->arena, limit);
    for (bool first = true; stream_stored(d->turn->flow, (enum side)d->look.side, at, &start, &run); first = false) {
        if (!first && start > at) {
            char hole[48];
            int n = snprintf(hole, sizeof hole, "[%llu bytes missing]", (unsigned long long)(start - at));
            arena_text_add(&out->text, bytes_of(hole, (size_t)n));
            out->length += start - at;
        }
        arena_text_add(&out->text, run);
        out->length += run.n;
        at = start + run.n;
    }
}

void alert_payload(struct detect *d, struct json *j, const struct queued *q)
{
    const struct eve_settings *eve = d->out->eve;
    bool stream = d->look.proto == IPPROTO_TCP && d->turn->flow && (q->flags & (QUEUED_STATE | QUEUED_STREAM)) != 0;
    struct bytes b = d->turn->view ? d->turn->view->payload : bytes_none();
    uint64_t length = b.n;

    if (!eve->alert.payload && !eve->alert.payload_printable && !eve->alert.payload_length) {
        return;
    }
    if (stream) {
        struct shown s = { .length = 0 };
        stream_shown(d, eve->alert.payload_buffer_size != 0 ? eve->alert.payload_buffer_size : UINT32_MAX, &s);
        if (s.length != 0) {
            b = arena_text_bytes(&s.text);
            length = s.length;
        } else if (d->look.window_n != 0) { /* passed and let go already; this turn's window has it still */
            b = bytes_head(d->look.window[0].bytes, eve->alert.payload_buffer_size != 0 ? eve->alert.payload_buffer_size : SIZE_MAX);
            length = d->look.window[0].bytes.n;
        }
    }
    if (eve->alert.payload) {
        json_base64(j, "payload", b);
    }
    if (eve->alert.payload_length) {
        json_u64(j, "payload_length", length);
    }
    if (eve->alert.payload_printable) {
        json_printable(j, "payload_printable", b);
    }
    json_u64(j, "stream", stream);
}
