/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/map.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

void *map_take(size_t n, size_t align)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);

    if (n > SIZE_MAX - align - page) {
        return NULL;
    }
    n = (n + page - 1) / page * page; /* what is cut off begins with a page: the kernel cuts nowhere else */
    align = align > page ? align : page;
    uint8_t *p = mmap(NULL, n + align - page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        return NULL;
    }
    size_t skip = (align - (uintptr_t)p % align) % align;
    if (skip != 0) {
        (void)munmap(p, skip);
    }
    p += skip;
    if (skip != align - page) {
        (void)munmap(p + n, align - page - skip);
    }
    return p;
}

void map_large(void *p, size_t n) { (void)madvise(p, n, MADV_HUGEPAGE); }

/* A kernel that cannot goes on by faults. */
void map_soon(void *p, size_t n) { (void)madvise(p, n, MADV_POPULATE_WRITE); }

void map_give(void *p, size_t n)
{
    if (p != NULL) {
        (void)munmap(p, n);
    }
}
