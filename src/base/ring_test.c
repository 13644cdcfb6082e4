/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/ring.h"
#include "base/clock.h"
#include "tap.h"

#include <pthread.h>

static void test_alone(void)
{
    struct ring *r = ring_new(5000);
    size_t n;

    is_int(ring_size(r), 8192, "sizes are powers of two");
    ok(ring_peek(r, &n) == NULL, "nothing is in it at first");
    memcpy(ring_reserve(r, 100), "abc", 3);
    ok(ring_peek(r, &n) == NULL, "what is reserved is not there yet");
    ring_publish(r, 3);
    const char *p = ring_peek(r, &n);
    ok(n == 3 && memcmp(p, "abc", 3) == 0, "what is published is, with the length it was given");
    ok(ring_peek(r, &n) == p, "looking twice sees the same");
    ring_release(r);
    ok(ring_peek(r, &n) == NULL, "released is gone");
    ok(ring_reserve(r, 4097) == NULL, "a record longer than half the ring is refused for good");
    ring_reserve(r, 4000);
    ring_publish(r, 4000);
    ring_reserve(r, 4000);
    ring_publish(r, 4000);
    ok(ring_reserve(r, 4000) == NULL, "full");
    uint64_t before = clock_monotonic();
    ok(!ring_wait_room(r, 20), "waiting for room ends when its time is over");
    ok(clock_monotonic() - before >= 15000000, "and not much before");
    ring_peek(r, &n);
    ring_release(r);
    ok(ring_wait_room(r, 1000), "room that was made since is seen without sleep");
    ok(ring_reserve(r, 4000) != NULL, "and can be had");
    ring_publish(r, 0);
    ring_peek(r, &n);
    ring_release(r);
    ok(ring_peek(r, &n) != NULL && n == 0, "an empty record is a record");
    ring_release(r);
    before = clock_monotonic();
    ok(!ring_wait_data(r, 20), "waiting for data ends as well");
    ring_free(r);
}

enum { RECORDS = 200000 };

static void *produce(void *arg)
{
    struct ring *r = arg;

    for (uint32_t i = 0; i < RECORDS; i++) {
        size_t n = 4 + i * 7919 % 500;
        uint8_t *p;
        while ((p = ring_reserve(r, n)) == NULL) {
            ring_wait_room(r, 1000);
        }
        memset(p, (int)i, n);
        memcpy(p, &i, 4);
        ring_publish(r, n);
    }
    ring_wake(r);
    return NULL;
}

static void test_threads(void)
{
    struct ring *r = ring_new(4096);
    pthread_t thread;
    unsigned wrong = 0;

    pthread_create(&thread, NULL, produce, r);
    for (uint32_t i = 0; i < RECORDS; i++) {
        const uint8_t *p;
        size_t n;
        uint32_t number;
        while ((p = ring_peek(r, &n)) == NULL) {
            ring_wait_data(r, 1000);
        }
        memcpy(&number, p, 4);
        wrong += number != i || n != 4 + i * 7919 % 500 || (n > 4 && p[n - 1] != (uint8_t)i);
        ring_release(r);
    }
    pthread_join(thread, NULL);
    is_int(wrong, 0, "every record arrives once, whole and in order");
    ring_free(r);
}

/* Several are looked at before any is given back, over the ring's end too. */
static void test_look(void)
{
    struct ring *r = ring_new(4096);
    unsigned wrong = 0, looked = 0, given = 0;
    size_t n;

    for (unsigned round = 0; round < 40; round++) {
        uint32_t *p;
        while ((p = ring_reserve(r, 300 + round % 7)) != NULL) {
            *p = given++;
            ring_publish(r, 300 + round % 7);
        }
        size_t at = 0, middle = 0;
        for (const uint32_t *q; (q = ring_look(r, &at, &n)) != NULL; looked++) {
            wrong += *q != looked || n != 300 + round % 7;
            middle = looked % 3 == 0 ? at : middle;
        }
        ring_release_to(r, middle);
        const uint32_t *next = ring_peek(r, &n);
        wrong += middle != at && (next == NULL || *next >= looked);
        ring_release_to(r, at - middle);
        wrong += ring_peek(r, &n) != NULL;
    }
    is_int(wrong, 0, "what is looked at is what was published, in its order");
    is_int(looked, given, "all of it");
    ring_free(r);
}

static void *ring_the_bell(void *arg)
{
    struct ring *r = arg;

    ring_reserve(r, 8);
    ring_publish(r, 8);
    ring_wake(r);
    return NULL;
}

static void test_bell(void)
{
    struct ring *first = ring_new(4096), *second = ring_new(4096);
    pthread_t thread;
    size_t n;

    ring_share_bell(second, first);
    uint64_t before = clock_monotonic();
    pthread_create(&thread, NULL, ring_the_bell, second);
    while (ring_peek(second, &n) == NULL) {
        ring_wait_data(first, 5000);
    }
    ok(clock_monotonic() - before < 4000000000U, "a record in the second ring wakes who waits at the first");
    pthread_join(thread, NULL);
    ring_wait_data(first, 0); /* what was rung so far is heard */
    ok(ring_peek(first, &n) == NULL, "nothing in the first ring");
    ring_wake(second);
    before = clock_monotonic();
    ring_wait_data(first, 5000);
    ok(clock_monotonic() - before < 4000000000U, "a bell between the look and the sleep is heard");
    ring_free(first);
    ring_free(second);
}

/* The bell of the reader is rung when so many bytes wait for it, and not before.  It sleeps at a ring that stays empty, so that only the bell ends that. */
static void test_wake_at(void)
{
    static const struct { const char *why; size_t at; unsigned below; } rows[] = {
        { "an eighth of a small ring", 0, 7 }, { "so many bytes as were asked for", 2048, 31 }, { "each record", 1, 0 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ring *first = ring_new(4096), *second = ring_new(4096);
        ring_share_bell(second, first);
        if (rows[i].at != 0) {
            ring_wake_at(second, rows[i].at);
        }
        for (unsigned k = 0; k < rows[i].below; k++) { /* each takes 64 bytes */
            ring_reserve(second, 56);
            ring_publish(second, 56);
        }
        uint64_t before = clock_monotonic();
        ring_wait_data(first, 20);
        ok(rows[i].below == 0 || clock_monotonic() - before >= 15000000, "fewer bytes wake nobody");
        ring_reserve(second, 56);
        ring_publish(second, 56);
        before = clock_monotonic();
        ring_wait_data(first, 5000);
        ok(clock_monotonic() - before < 4000000000U, rows[i].why);
        ring_free(first);
        ring_free(second);
    }
}

int main(void)
{
    test_wake_at();
    test_alone();
    test_threads();
    test_bell();
    test_look();
    return done_testing();
}
