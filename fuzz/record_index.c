/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An index and a block as they lie on a disk that may say anything: nothing is read beyond them, and walks end. */
#include "record/block.h"
#include "record/index.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *ctx, uint32_t flow)
{
    uint64_t *sum = ctx;

    *sum += flow;
}

static void use(const struct index *ix)
{
    const struct index_about *a = index_about(ix);
    struct index_cursor c = { 0 };
    struct flow_part p;
    struct err err;
    uint64_t sum = 0;
    uint32_t bit[1] = { 77 }, start, n;

    (void)index_check(ix, &err);
    for (uint32_t i = 0; i < a->flows && i < 1000; i++) {
        if (!index_flow(ix, &c, i, &p, &err)) {
            continue;
        }
        struct run_walk w = p.runs;
        while (run_next(&w, &start, &n)) {
            sum += start;
        }
        struct unit_walk u = { .left = rd_of(p.units) };
        while (unit_next(&u, &n)) {
            sum += n;
        }
    }
    for (uint32_t h = 0; h < 3; h++) {
        (void)index_find(ix, h * 0x55555555u, count, &sum, &err);
    }
    uint8_t *columns = a->sketched ? calloc(1, sketch_stride(&a->shape) + 1) : NULL;
    if (columns != NULL) {
        (void)index_units(ix, bit, 1, columns, &err);
    }
    for (uint32_t u = 0; u < 16; u++) {
        (void)index_unit_flows(ix, u, count, &sum, &err);
    }
    (void)index_block_of(ix, (uint32_t)sum);
    free(columns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[] = "/tmp/peccary-fuzz-XXXXXX";
    struct block_about about;
    struct err err;
    int fd = mkstemp(path);

    if (block_check(bytes_of(data, size), &about)) {
        struct block_walk w = block_frames(bytes_of(data, size), &about);
        struct record_links links = { .n = 0 };
        struct record_frame f;
        while (block_next(&w, &links, &f)) {
            bug_if(f.frame.n != 0 && (f.frame.p < data || f.frame.p + f.frame.n > data + size));
        }
    }
    if (fd < 0) {
        return 0;
    }
    ssize_t put = write(fd, data, size);
    close(fd);
    struct index *ix = put == (ssize_t)size ? index_open(path, &err) : NULL;
    if (ix != NULL) {
        use(ix);
        index_close(ix);
    }
    unlink(path);
    return 0;
}
