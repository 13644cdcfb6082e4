/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uring - whole blocks written several at a time, by the kernel's rings.
 *
 * Made where the process is not confined yet, for nothing but writing; used by the disk's thread alone.  Where there are no rings
 * uring_new has none, and blocks are written one after the other.
 */
#ifndef RECORD_URING_H
#define RECORD_URING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { URING_DEPTH = 4 };

struct uring;
struct uring *uring_new(void);
void uring_free(struct uring *u);
void uring_memory(struct uring *u, void *p, size_t n); /* blocks are in here: the kernel keeps hold of it */
/* Starts to write a block; its slot, or -1: none is free. */
int uring_write(struct uring *u, int fd, const uint8_t *block, uint64_t offset);
unsigned uring_flying(const struct uring *u);
/* Waits for one to be done: bytes, or an errno below 0.  False: nothing flies. */
bool uring_wait(struct uring *u, unsigned *slot, int *done);

#endif
