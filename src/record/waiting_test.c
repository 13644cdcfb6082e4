/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames that wait as a reader sees them: in order over the wrap, without those whose room was taken back, and nothing of what is not whole. */
#include "record/waiting.h"

#include "tap.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROOM = 1 << 20, LANE = 255, FRAME = 4 };

static size_t put(struct waiting_head *h, size_t at, uint64_t number)
{
    struct waiting *w = (struct waiting *)(void *)((uint8_t *)h + WAITING_HEAD + at);

    memset(w, 0, waiting_bytes(0, FRAME));
    w->number = number;
    w->frame_n = FRAME;
    return at + waiting_bytes(0, FRAME);
}

static void tell(struct waiting_head *h, size_t first, size_t last, size_t end, uint64_t n)
{
    h->first = first;
    h->last = last;
    h->end = end;
    h->n = n;
}

/* The numbers that are seen, as digits of one. */
static unsigned seen(uint64_t run)
{
    struct waiting_copy c;
    unsigned digits = 0;

    if (!waiting_read(&c, run, LANE, geteuid())) {
        return UINT_MAX;
    }
    for (const struct waiting *w = waiting_next(&c); w != NULL; w = waiting_next(&c)) {
        digits = digits * 10 + (unsigned)w->number;
    }
    free(c.memory);
    return digits;
}

int main(void)
{
    const uint64_t run = (uint64_t)getpid() << 32;
    struct err err;
    int fd;
    struct waiting_head *h = waiting_open(run, LANE, ROOM, &fd, &err);
    struct waiting_copy c = { .n = 0 };

    ok(h != NULL && seen(run) == 0, "none waits");
    if (h == NULL) {
        return done_testing();
    }
    size_t one = put(h, 0, 1), two = put(h, one, 2), three = put(h, two, 3);
    tell(h, 0, three, three, 3);
    ok(seen(run) == 123, "in order");
    tell(h, one, three, three, 2);
    ok(seen(run) == 23, "one left");
    (void)put(h, 0, 4);
    tell(h, one, one, three, 3);
    ok(seen(run) == 234, "over the wrap, full");
    tell(h, one, ROOM + 64, three, 3);
    ok(seen(run) == UINT_MAX, "an end that cannot be");
    tell(h, 0, three, three, 3);
    ((struct waiting *)(void *)((uint8_t *)h + WAITING_HEAD + one))->frame_n = 1 << 18;
    ok(seen(run) == 4, "what is not whole ends it");
    h->turn = 1;
    ok(seen(run) == UINT_MAX, "it changes all the time");
    h->turn = 2;
    h->flow++;
    ok(seen(run) == UINT_MAX, "another version's");
    h->flow--;
    ok(!waiting_read(&c, run, LANE, geteuid() + 1), "another user's");
    ok(!waiting_read(&c, run + 1, LANE, geteuid()), "none is there");
    waiting_sweep();
    ok(seen(run) == 4, "its lane lives");
    waiting_close(h, fd);
    ok(seen(run) == UINT_MAX, "it is gone");
    return done_testing();
}
