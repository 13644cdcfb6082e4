/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ring - records from one thread to one other: single producer, single consumer, fixed memory.
 *
 * The producer reserves room, writes and publishes; the consumer peeks and releases.  Records are whole (never split
 * over the end); the longest is half the ring less eight bytes, a longer one is refused for good.  When the ring is full
 * ring_reserve returns NULL and the caller decides: wait (reading files) or drop and count (live).  ring_wait_* sleep on
 * a futex, bounded by the time given.  To wake a thread costs more than most records: the consumer is woken when RING_WAKE
 * bytes (or an eighth of the ring) wait for it, or by ring_wake; the producer when half of the ring is free.  So what
 * is published may lie for as long as the consumer waits.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RING_WAKE = 64 * 1024 };
struct ring;

struct ring *ring_new(size_t bytes); /* rounded up to a power of two */
void ring_free(struct ring *r);
void *ring_reserve(struct ring *r, size_t n);  /* producer; NULL: full */
void ring_publish(struct ring *r, size_t n);   /* producer; n <= what was reserved */
const void *ring_peek(struct ring *r, size_t *n); /* consumer; NULL: empty */
void ring_release(struct ring *r);                /* consumer: done with what was peeked */
/* Consumer, for several records at a time: the one `*at` bytes behind the first (0: the first itself), and *at goes on behind it; NULL:
 * no more is there.  ring_release_to is done with all before `at`. */
const void *ring_look(struct ring *r, size_t *at, size_t *n);
void ring_release_to(struct ring *r, size_t at);
void ring_wake_at(struct ring *r, size_t bytes);  /* … so many instead; before any thread uses it */
void ring_wake(struct ring *r);                   /* producer: whatever was published is to be taken now */
/* One consumer of several rings sleeps on the first one's behalf for all.  Before any thread uses them. */
void ring_share_bell(struct ring *r, struct ring *first);
bool ring_wait_room(struct ring *r, unsigned milliseconds);
bool ring_wait_data(struct ring *r, unsigned milliseconds); /* false as well when another ring woke it */
size_t ring_size(const struct ring *r);
unsigned ring_fill(const struct ring *r); /* percent full, a moment's view */

#endif
