/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/index_sums.h"

#include "base/crc32c.h"

#include <stdlib.h>

static const struct { uint8_t section, sums; } checked[CHECKED_N] = { [CHECKED_SKETCHES] = { SECTION_SKETCH, SECTION_SKETCH_SUMS }, [CHECKED_FILTERS] = { SECTION_FILTERS, SECTION_FILTER_SUMS } };

static bool have(const struct index *ix, struct bytes b) { return index_map_have(ix->map, b); }

bool sums_section(const struct index *ix, unsigned i)
{
    index_map_ahead(ix->map, ix->section[i]);
    return have(ix, ix->section[i]) && crc32c(0, ix->section[i].p, ix->section[i].n) == ix->sum[i];
}

static bool stretches_look(struct index *ix)
{
    struct block_row row;
    uint64_t n = 0;

    ix->stretch = calloc((size_t)ix->about.blocks + 1, sizeof *ix->stretch);
    for (uint32_t i = 0; ix->stretch != NULL && index_block(ix, i, &row); i++) {
        struct mark_walk w = index_marks(ix, i);
        uint64_t ordinal, offset, last = 0, end = RECORD_FILE_HEAD + (uint64_t)i * RECORD_BLOCK + row.used;
        uint32_t stretches = 0;
        for (; index_mark(ix, &w, &ordinal, &offset) && offset > last && offset < end; last = offset) {
            stretches++;
        }
        if (stretches != block_stretches(row.packets) || row.used > RECORD_BLOCK) {
            return false;
        }
        n += stretches;
        ix->stretch[i + 1] = (uint32_t)n;
    }
    return n != 0 && sums_section(ix, SECTION_STRETCH_SUMS) && ix->section[SECTION_STRETCH_SUMS].n == n * 4;
}

/* Under the lock. */
static bool part_look(struct index *ix, enum part part)
{
    switch (part) {
    case PART_BLOCKS: return sums_section(ix, SECTION_BLOCKS) && ix->section[SECTION_BLOCKS].n == (size_t)ix->about.blocks * BLOCK_ROW;
    case PART_MARKS: return sums_section(ix, SECTION_MARKS);
    case PART_STRETCHES: return stretches_look(ix);
    case PART_SIDES: return sums_section(ix, SECTION_SIDES) && ix->section[SECTION_SIDES].n == ix->about.shape.units;
    case PART_FLOWS:
        return sums_section(ix, SECTION_GROUPS) && ix->section[SECTION_GROUPS].n == ((size_t)ix->about.flows + INDEX_GROUP - 1) / INDEX_GROUP * GROUP_ROW &&
               sums_section(ix, SECTION_CODES) && run_codes_get(&ix->codes, ix->section[SECTION_CODES]) && sums_section(ix, SECTION_KINDS) &&
               kinds_read(ix->section[SECTION_KINDS], &ix->kind, &ix->kind_n);
    case PART_UNIT_FLOWS: return sums_section(ix, SECTION_UNIT_FLOWS);
    case PARTS:
    default: return false;
    }
}

bool sums_part(const struct index *of, enum part part)
{
    struct index *ix = (struct index *)(uintptr_t)of;
    uint8_t was = atomic_load_explicit(&ix->part[part], memory_order_acquire);

    if (was == 0) {
        (void)pthread_mutex_lock(&ix->lock);
        was = atomic_load_explicit(&ix->part[part], memory_order_relaxed);
        if (was == 0) {
            was = part_look(ix, part) ? 1 : 2;
            atomic_store_explicit(&ix->part[part], was, memory_order_release);
        }
        (void)pthread_mutex_unlock(&ix->lock);
    }
    return was == 1;
}

/* ---- stretches ---- */

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* What it is made of is looked at before it. */
bool sums_stretches(const struct index *ix)
{
    return ix->section[SECTION_STRETCH_SUMS].n != 0 && sums_part(ix, PART_BLOCKS) && sums_part(ix, PART_MARKS) && sums_part(ix, PART_STRETCHES);
}

uint32_t index_stretches(const struct index *ix) { return sums_stretches(ix) ? ix->stretch[ix->about.blocks] : 0; }

uint32_t index_stretch_first(const struct index *ix, uint32_t block) { return ix->stretch[block]; }

static uint32_t stretch_sum(const struct index *ix, uint32_t number)
{
    struct rd r = rd_of(bytes_from(ix->section[SECTION_STRETCH_SUMS], (size_t)number * 4));

    return rd_le32(&r);
}

bool index_stretch(const struct index *ix, uint32_t block, uint64_t ordinal, struct index_stretch *out)
{
    struct block_row row;

    if (!sums_stretches(ix) || !index_block(ix, block, &row) || ordinal < row.ordinal || ordinal >= row.ordinal + row.packets) {
        return false;
    }
    uint32_t in = (uint32_t)(ordinal - row.ordinal) / RECORD_MARK, first = ix->stretch[block], behind = ix->stretch[block + 1];
    struct mark_walk w = index_marks(ix, block);
    uint64_t at, offset;
    *out = (struct index_stretch){ .number = first + in, .block = block, .end = row.ordinal + least((in + 1) * RECORD_MARK, row.packets),
                                   .to = RECORD_FILE_HEAD + (uint64_t)block * RECORD_BLOCK + row.used };
    for (uint32_t i = 0; i <= in + 1 && i < behind - first && index_mark(ix, &w, &at, &offset); i++) {
        out->from = i == in ? offset : out->from;
        out->to = i == in + 1 ? offset : out->to;
    }
    out->before = in != 0 ? stretch_sum(ix, out->number - 1) : 0;
    out->sum = stretch_sum(ix, out->number);
    out->whole = stretch_sum(ix, behind - 1);
    return true;
}

/* ---- chunks ---- */

static size_t chunk_of(const struct index *ix) { return ix->version > RECORD_VERSION_BLOCKS ? SKETCH_CHUNK : SKETCH_CHUNK_BLOCKS; }

bool sums_chunks_init(struct index *ix, struct err *err)
{
    for (unsigned i = 0; i < CHECKED_N; i++) {
        ix->looked[i] = calloc(ix->section[checked[i].section].n / chunk_of(ix) + 1, sizeof *ix->looked[i]);
        if (ix->looked[i] == NULL) {
            return err_set(err, "%s: not enough memory", ix->path);
        }
    }
    return true;
}

void sums_chunks_fini(struct index *ix)
{
    for (unsigned i = 0; i < CHECKED_N; i++) {
        free((void *)(uintptr_t)ix->looked[i]);
    }
}

bool sums_chunks(const struct index *ix, enum checked of, size_t from, size_t n)
{
    struct bytes rows = ix->section[checked[of].section];
    size_t chunk = chunk_of(ix);

    for (size_t c = from / chunk; c * chunk < from + n; c++) {
        uint8_t was = atomic_load_explicit(&ix->looked[of][c], memory_order_relaxed);
        if (was != 0) {
            if (was == 2) {
                return false;
            }
            continue;
        }
        struct rd r = rd_of(bytes_head(bytes_from(ix->section[checked[of].sums], c * 4), 4));
        if (!have(ix, bytes_of(r.p, r.left))) {
            return false;
        }
        struct bytes b = bytes_head(bytes_from(rows, c * chunk), chunk);
        uint32_t sum = rd_le32(&r);
        bool whole = rd_ok(&r) && have(ix, b) && crc32c(0, b.p, b.n) == sum;
        atomic_store_explicit(&ix->looked[of][c], whole ? 1 : 2, memory_order_relaxed);
        if (!whole) {
            return false;
        }
    }
    return true;
}
