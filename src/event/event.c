/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "event/event.h"

#include "base/err.h"
#include "base/ring.h"

#include <stdlib.h>
#include <string.h>

/* Live, statistics go first and alerts last: a kind is put only while the ring is no fuller than its share (percent). */
static const uint8_t share[EVENT_KIND_N] = {
    [EVENT_ALERT] = 100, [EVENT_FAST] = 100,  [EVENT_DROP] = 100, [EVENT_ANOMALY] = 90, [EVENT_TXN] = 85,   [EVENT_FILE] = 85,
    [EVENT_ENGINE] = 90, [EVENT_CAPTURE] = 80, [EVENT_FLOW] = 75, [EVENT_NETFLOW] = 75, [EVENT_FRAME] = 70, [EVENT_METADATA] = 75, [EVENT_ARP] = 70, [EVENT_STATS] = 60,     [EVENT_STATS_LOG] = 60,
    [EVENT_ENTITY] = 90, [EVENT_STORE] = 80, [EVENT_CERT] = 80,
    [EVENT_SNORT_FAST] = 100, [EVENT_SNORT_FULL] = 100, [EVENT_SNORT_CSV] = 100, [EVENT_SNORT_JSON] = 100, [EVENT_UNIFIED2] = 100,
};

struct event_ring {
    struct ring *ring;
    bool block;
};

struct event_ring *event_ring_new(size_t bytes, bool block)
{
    struct event_ring *r = calloc(1, sizeof *r);

    if (r != NULL && (r->ring = ring_new(bytes)) == NULL) {
        free(r);
        r = NULL;
    }
    if (r != NULL) {
        r->block = block;
    }
    return r;
}

void event_ring_free(struct event_ring *r)
{
    if (r != NULL) {
        ring_free(r->ring);
        free(r);
    }
}

void event_out_init(struct event_out *o, const struct event_settings *s, struct event_ring *ring)
{
    memset(o, 0, sizeof *o);
    o->settings = s;
    o->ring = ring;
    text_init(&o->line, 16 * 1024 * 1024);
}

void event_out_fini(struct event_out *o) { text_fini(&o->line); }

/* A record in the ring is its kind and whom it is for, then its bytes: a head, if any, and the line. */
struct ring_head {
    uint32_t kind, to;
};

static bool put(struct event_out *o, enum event_kind kind, struct bytes head, struct bytes line)
{
    struct event_ring *r = o->ring;
    const struct ring_head h = { kind, o->to };
    size_t n = sizeof h + head.n + line.n;
    uint8_t *p;

    if (n > ring_size(r->ring) / 2 || (!r->block && ring_fill(r->ring) > share[kind])) {
        o->dropped[kind]++;
        return false;
    }
    while ((p = ring_reserve(r->ring, n)) == NULL) {
        if (!r->block) {
            o->dropped[kind]++;
            return false;
        }
        (void)ring_wait_room(r->ring, 100);
    }
    memcpy(p, &h, sizeof h);
    memcpy(p + sizeof h, head.p, head.n);
    memcpy(p + sizeof h + head.n, line.p, line.n);
    ring_publish(r->ring, n);
    o->emitted[kind]++;
    return true;
}

bool event_put(struct event_out *o, enum event_kind kind, struct bytes line) { return put(o, kind, bytes_none(), line); }

bool event_put_headed(struct event_out *o, enum event_kind kind, struct bytes head, struct bytes body) { return put(o, kind, head, body); }

bool event_ring_next(struct event_ring *r, struct event *out, unsigned milliseconds)
{
    size_t n;
    const uint8_t *p = ring_peek(r->ring, &n);
    struct ring_head h;

    if (p == NULL && (milliseconds == 0 || !ring_wait_data(r->ring, milliseconds) || (p = ring_peek(r->ring, &n)) == NULL)) {
        return false;
    }
    bug_if(n < sizeof h);
    memcpy(&h, p, sizeof h);
    *out = (struct event){ .kind = h.kind, .to = h.to, .line = bytes_of(p + sizeof h, n - sizeof h) };
    return true;
}

void event_ring_release(struct event_ring *r) { ring_release(r->ring); }

void event_ring_wake(struct event_ring *r) { ring_wake(r->ring); }

void event_ring_share_bell(struct event_ring *r, struct event_ring *first) { ring_share_bell(r->ring, first->ring); }
