/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/handover.h"

#include "base/err.h"
#include "base/ring.h"
#include "base/turn.h"

#include <stdlib.h>
#include <string.h>

struct handover {
    unsigned workers;
    struct ring *ring[TURN_WORKERS_MAX][TURN_WORKERS_MAX]; /* from, to */
    unsigned next[TURN_WORKERS_MAX];                       /* of `to`: whom it asks first */
    unsigned taken[TURN_WORKERS_MAX];                      /* of `to`: whose frame it works on */
};

/* What is kept of a packet; its bytes follow. */
struct passed {
    uint64_t ts, number;
    uint32_t wire_len, input;
    uint16_t link;
    bool unsummed;
};

size_t handover_room(unsigned workers, uint64_t most)
{
    size_t room = 2 << 20; /* where that is not too much: half of it, and so on */

    while ((uint64_t)workers * (workers - 1) * room > most) {
        room /= 2;
    }
    return room;
}

struct handover *handover_new(unsigned workers, uint64_t most)
{
    size_t ring_bytes = handover_room(workers, most);
    struct handover *h = calloc(1, sizeof *h);

    if (h == NULL) {
        return NULL;
    }
    h->workers = workers;
    for (unsigned i = 0; i < workers * workers; i++) {
        unsigned from = i / workers, to = i % workers;
        if (from != to && (h->ring[from][to] = ring_new(ring_bytes)) == NULL) {
            handover_free(h);
            return NULL;
        }
    }
    return h;
}

void handover_free(struct handover *h)
{
    if (h == NULL) {
        return;
    }
    for (unsigned i = 0; i < h->workers * h->workers; i++) {
        struct ring *r = h->ring[i / h->workers][i % h->workers];
        if (r != NULL) {
            ring_free(r);
        }
    }
    free(h);
}

bool handover_pass(struct handover *h, unsigned from, unsigned to, const struct packet *p)
{
    struct ring *r = h->ring[from][to];
    struct passed head = { p->ts, p->number, p->wire_len, p->input, p->link, p->unsummed };
    size_t n = sizeof head + p->frame.n;
    uint8_t *at = ring_reserve(r, n);

    if (at == NULL) {
        return false;
    }
    memcpy(at, &head, sizeof head);
    memcpy(at + sizeof head, p->frame.p, p->frame.n);
    ring_publish(r, n);
    return true;
}

bool handover_take(struct handover *h, unsigned to, struct batch *b)
{
    for (unsigned i = 0; i < h->workers; i++) {
        unsigned from = (h->next[to] + i) % h->workers;
        const uint8_t *at;
        struct passed head;
        size_t n;
        if (from == to || (at = ring_peek(h->ring[from][to], &n)) == NULL) {
            continue;
        }
        bug_if(n < sizeof head);
        memcpy(&head, at, sizeof head);
        b->n = 1;
        b->view_n = 0;
        b->end = false;
        b->now = head.ts;
        b->packet[0] = (struct packet){ .frame = bytes_of(at + sizeof head, n - sizeof head), .ts = head.ts, .number = head.number,
                                        .wire_len = head.wire_len, .link = head.link, .input = head.input, .unsummed = head.unsummed, .handed = true };
        h->taken[to] = from;
        h->next[to] = from + 1;
        return true;
    }
    return false;
}

void handover_done(struct handover *h, unsigned to) { ring_release(h->ring[h->taken[to]][to]); }
