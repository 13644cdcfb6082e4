/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/map.h"

#include <stdint.h>
#include <sys/mman.h>

void *map_take(size_t n, size_t align)
{
    if (n > SIZE_MAX - align) {
        return NULL;
    }
    uint8_t *p = mmap(NULL, n + align, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        return NULL;
    }
    size_t skip = (align - (uintptr_t)p % align) % align;
    if (skip != 0) {
        (void)munmap(p, skip);
    }
    p += skip;
    if (skip != align) {
        (void)munmap(p + n, align - skip);
    }
    return p;
}

void map_large(void *p, size_t n) { (void)madvise(p, n, MADV_HUGEPAGE); }

void map_give(void *p, size_t n)
{
    if (p != NULL) {
        (void)munmap(p, n);
    }
}
