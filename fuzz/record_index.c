/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An index and a block as they lie on a disk that may say anything: nothing is read beyond them, and walks end.  The index is read as it
 * is (an encrypted one with a key of zeros), and twice more with its checksums made right, so that what is behind them is looked at: in the clear, and
 * encrypted, with a last page that does not open.
 */
#include "base/crc32c.h"
#include "record/block.h"
#include "record/bytes.h"
#include "record/index.h"
#include "record/vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *ctx, uint32_t flow)
{
    uint64_t *sum = ctx;

    *sum += flow;
}

static void linked(void *ctx, uint32_t flow, uint32_t back, uint32_t before)
{
    uint64_t *sum = ctx;

    *sum += flow + back + before;
}

static void use(const struct index *ix)
{
    const struct index_about *a = index_about(ix);
    struct index_cursor c = { 0 };
    struct flow_part p = { .flags = 0 };
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
    (void)index_find_tuple(ix, (uint32_t)sum, count, &sum, &err);
    (void)index_may_have_address(ix, &p.key.addr[0]);
    for (uint32_t h = 0; h < 3; h++) {
        (void)index_find(ix, h * 0x55555555u, count, &sum, &err);
    }
    uint8_t *columns = a->sketched ? calloc(1, sketch_stride(&a->shape) + 1) : NULL;
    if (columns != NULL) {
        (void)index_units(ix, 1, bit, 1, columns, &err);
    }
    for (uint32_t u = 0; u < 16; u++) {
        (void)index_unit_flows(ix, u, count, &sum, &err);
    }
    for (uint32_t i = 0; i < a->flows && i < 1000; i++) {
        struct bytes filters;
        sum += index_filters(ix, i, &filters, &err) && filter_has(filters, FILTER_FIELDS, bit, 1);
    }
    (void)index_earlier(ix, linked, &sum, &err);
    for (uint32_t block = 0; block < a->blocks && block < 64; block++) {
        struct index_stretch stretch;
        struct block_row row;
        sum += index_block(ix, block, &row) && index_stretch(ix, block, row.ordinal + row.packets / 2, &stretch) && stretch.from < stretch.to;
    }
    (void)index_block_of(ix, (uint32_t)sum);
    free(columns);
}

/* ---- checksums ---- */

struct range {
    uint64_t at, n;
};

static uint64_t number_at(const uint8_t *p, unsigned n)
{
    uint64_t v = 0;

    for (unsigned i = n; i-- > 0;) {
        v = v << 8 | p[i];
    }
    return v;
}

static void sum_put(uint8_t *at, const uint8_t *p, uint64_t n, uint64_t from, uint64_t to)
{
    put32(at, from <= to && to <= n ? crc32c(0, p + from, to - from) : 0);
}

/* Of each group the sums of its parts of flows, runs, units. */
static void groups_mend(uint8_t *p, const struct range *section)
{
    enum { ROW = 40 };
    const struct range *g = &section[SECTION_GROUPS];

    for (uint64_t i = 0; (i + 1) * ROW <= g->n; i++) {
        for (unsigned k = 0; k < 3; k++) {
            const struct range *of = &section[SECTION_FLOWS + k];
            uint8_t *row = p + g->at + i * ROW;
            uint64_t to = (i + 2) * ROW <= g->n ? number_at(row + ROW + 8 * (size_t)k, 8) : of->n;
            sum_put(row + 24 + 4 * (size_t)k, p + of->at, of->n, number_at(row + 8 * (size_t)k, 8), to);
        }
    }
}

static void pages_mend(uint8_t *p, const struct range *keys)
{
    for (uint64_t at = 0; at + INDEX_PAGE <= keys->n; at += INDEX_PAGE) {
        uint8_t *page = p + keys->at + at;
        put32(page + 8, 0);
        put32(page + 8, crc32c(0, page, INDEX_PAGE));
    }
}

static void chunks_mend(uint8_t *p, const struct range *of, const struct range *sums, uint64_t chunk)
{
    for (uint64_t i = 0; i * chunk < of->n && (i + 1) * 4 <= sums->n; i++) {
        uint64_t left = of->n - i * chunk;
        put32(p + sums->at + i * 4, crc32c(0, p + of->at + i * chunk, left < chunk ? left : chunk));
    }
}

static void mend(uint8_t *p, size_t n)
{
    struct range section[SECTION_N] = { { 0 } };
    bool older = n >= 12 && number_at(p + 8, 4) <= RECORD_VERSION_BLOCKS;
    unsigned sections = older ? SECTION_STRETCH_SUMS : SECTION_N;
    size_t head = INDEX_HEAD + (sections - 1) * (size_t)INDEX_SECTION_ROW;

    if (n < head) {
        return;
    }
    for (unsigned i = 1; i < sections; i++) {
        const uint8_t *row = p + INDEX_HEAD + (i - 1) * (size_t)INDEX_SECTION_ROW;
        section[i] = (struct range){ number_at(row + 8, 8), number_at(row + 16, 8) };
        if (section[i].at > n || section[i].n > n - section[i].at) {
            return;
        }
    }
    groups_mend(p, section);
    pages_mend(p, &section[SECTION_KEYS]);
    uint64_t chunk = older ? SKETCH_CHUNK_BLOCKS : SKETCH_CHUNK;
    chunks_mend(p, &section[SECTION_SKETCH], &section[SECTION_SKETCH_SUMS], chunk);
    chunks_mend(p, &section[SECTION_FILTERS], &section[SECTION_FILTER_SUMS], chunk);
    for (unsigned i = 1; i < sections; i++) {
        uint8_t *row = p + INDEX_HEAD + (i - 1) * (size_t)INDEX_SECTION_ROW;
        put32(row + 4, i == SECTION_SKETCH || i == SECTION_FILTERS ? 0 : crc32c(0, p + section[i].at, section[i].n));
    }
    put32(p + INDEX_HEAD - 4, 0);
    put32(p + INDEX_HEAD - 4, crc32c(0, p, head));
}

static const uint8_t key[VAULT_KEY];

static void file_use(const uint8_t *data, size_t size)
{
    char path[] = "/tmp/peccary-fuzz-XXXXXX";
    struct err err;
    int fd = mkstemp(path);

    if (fd < 0) {
        return;
    }
    ssize_t put = write(fd, data, size);
    close(fd);
    struct index *ix = put == (ssize_t)size ? index_open(path, key, &err) : NULL;
    if (ix != NULL) {
        use(ix);
        index_close(ix);
    }
    unlink(path);
}

static void sealed_use(const uint8_t *data, size_t size)
{
    size_t pages = vault_pages(size);
    struct err err;
    struct vault *v = vault_new(key, VAULT_INDEX, &err);
    uint8_t *file = malloc((pages + 1) * VAULT_PAGE), content[VAULT_ROOM];

    if (v != NULL && file != NULL) {
        vault_head(VAULT_INDEX, file);
        for (size_t i = 0; i < pages; i++) {
            size_t n = size - i * VAULT_ROOM < VAULT_ROOM ? size - i * VAULT_ROOM : VAULT_ROOM;
            memset(content, 0, sizeof content);
            memcpy(content, data + i * VAULT_ROOM, n);
            (void)vault_seal(v, i, content, file + (i + 1) * VAULT_PAGE);
        }
        file[pages * VAULT_PAGE + VAULT_SEAL] ^= 1;
        file_use(file, (pages + 1) * VAULT_PAGE);
    }
    vault_free(v);
    free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct block_about about;

    if (block_check(bytes_of(data, size), &about)) {
        struct block_walk w = block_frames(bytes_of(data, size), &about);
        struct record_links links = { .n = 0 };
        struct record_frame f;
        while (block_next(&w, &links, &f)) {
            bug_if(f.frame.n != 0 && (f.frame.p < data || f.frame.p + f.frame.n > data + size));
        }
    }
    uint8_t *copy = malloc(size + 1);
    if (copy != NULL) {
        memcpy(copy, data, size);
        file_use(copy, size);
        mend(copy, size);
        file_use(copy, size);
        sealed_use(copy, size);
        free(copy);
    }
    return 0;
}
