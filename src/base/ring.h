/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ring - records from one thread to one other: single producer, single consumer, fixed memory.
 *
 * The producer reserves room, writes and publishes; the consumer peeks and releases.  Records are whole (never split
 * over the end); the longest is half the ring less eight bytes, a longer one is refused for good.  When the ring is full
 * ring_reserve returns NULL and the caller decides: wait (reading files) or drop and count (live).  ring_wait_* sleep on
 * a futex and wake when the other side moves after the failed reserve or peek; bounded by the time given.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring;

struct ring *ring_new(size_t bytes); /* rounded up to a power of two */
void ring_free(struct ring *r);
void *ring_reserve(struct ring *r, size_t n);  /* producer; NULL: full */
void ring_publish(struct ring *r, size_t n);   /* producer; n <= what was reserved */
const void *ring_peek(struct ring *r, size_t *n); /* consumer; NULL: empty */
void ring_release(struct ring *r);                /* consumer: done with what was peeked */
bool ring_wait_room(struct ring *r, unsigned milliseconds);
bool ring_wait_data(struct ring *r, unsigned milliseconds);
size_t ring_size(const struct ring *r);
unsigned ring_fill(const struct ring *r); /* percent full, a moment's view */

#endif
