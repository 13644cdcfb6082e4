/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/recorded.h"

#include <stdlib.h>
#include <string.h>

struct jumps {
    struct source_jump *all;
    size_t n, room;
    bool failed;
};

static void jumps_add(struct jumps *j, const struct index *ix, uint32_t block)
{
    struct mark_walk w = index_marks(ix, block);

    for (struct source_jump one; index_mark(ix, &w, &one.ordinal, &one.offset);) {
        if (j->n == j->room) {
            size_t room = j->room != 0 ? 2 * j->room : 256;
            struct source_jump *more = realloc(j->all, room * sizeof *more);
            j->failed |= more == NULL;
            if (more == NULL) {
                return;
            }
            j->all = more;
            j->room = room;
        }
        j->all[j->n++] = one;
    }
}

/* Places where reading can begin, in the blocks in which runs do.  Runs ascend, and so do blocks. */
static struct jumps jumps_of(const struct index *ix, const struct chosen_runs *r)
{
    struct jumps j = { .n = 0 };
    struct block_row row = { 0 };
    uint32_t block = 0;
    bool added = false, good = index_block(ix, block, &row);

    if (index_about(ix)->foreign) {
        jumps_add(&j, ix, 0);
        return j;
    }
    for (size_t i = 0; i < r->run_n && !j.failed && good; i++) {
        while (good && row.ordinal + row.packets <= r->start[i]) {
            good = index_block(ix, ++block, &row);
            added = false;
        }
        if (good && row.ordinal <= r->start[i] && !added) {
            jumps_add(&j, ix, block);
            added = true;
        }
    }
    return j;
}

/* Are most stretches wanted?  Then it costs less to copy all of it than to map it. */
static bool dense(const struct jumps *j, const struct chosen_runs *r, uint64_t packets)
{
    size_t wanted = 0, run = 0;

    for (size_t i = 0; i < j->n && run < r->run_n; i++) {
        uint64_t end = i + 1 < j->n ? j->all[i + 1].ordinal : UINT64_MAX;
        while (run < r->run_n && (uint64_t)r->start[run] + r->n[run] <= j->all[i].ordinal) {
            run++;
        }
        wanted += run < r->run_n && r->start[run] < end;
    }
    return wanted * 2 * RECORD_MARK > packets;
}

static void blocks_count(struct recorded *x, const struct index *ix, const struct chosen_runs *r)
{
    struct block_row row = { 0 };
    uint32_t block = 0;
    bool counted = false, good = index_block(ix, block, &row);

    for (size_t i = 0; i < r->run_n && good; i++) {
        uint64_t end = (uint64_t)r->start[i] + r->n[i];
        while (good && row.ordinal < end) {
            bool in = row.ordinal + row.packets > r->start[i];
            x->blocks += in && !counted;
            counted |= in;
            if (row.ordinal + row.packets > end) {
                break; /* the next run may be in it too */
            }
            good = index_block(ix, ++block, &row);
            counted = false;
        }
    }
}

static bool part_add(struct recorded *x, const struct record_segment *s, struct chosen_runs *runs)
{
    struct source_part p = { .group = s->about->foreign ? 0 : s->about->run };
    struct source_run *list = calloc(runs->run_n + 1, sizeof *list);

    struct jumps jumps = jumps_of(s->index, runs);
    p.jump = jumps.all;
    p.jump_n = jumps.n;
    if (list == NULL || jumps.failed) {
        free(list);
        free(jumps.all);
        return false;
    }
    for (size_t i = 0; i < runs->run_n; i++) {
        list[i] = (struct source_run){ runs->start[i], runs->n[i] };
    }
    p.run = list;
    p.run_n = runs->run_n;
    if (record_in_chunks(s) || (s->looked != NULL && !s->about->foreign && dense(&jumps, runs, s->about->packets))) {
        x->chunks[x->n] = (struct source_chunks){ record_chunk, (void *)(uintptr_t)s };
        p.chunks = &x->chunks[x->n];
    }
    if (!s->about->foreign) {
        x->blocks_of[x->n] = (struct source_blocks){ record_look, (void *)(uintptr_t)s };
        p.blocks = &x->blocks_of[x->n];
        p.link = s->about->links.link;
        p.link_n = s->about->links.n;
    }
    x->path[x->n] = s->from;
    x->part[x->n++] = p;
    x->packets += runs->packets;
    x->bytes += runs->bytes;
    x->cut += runs->cut;
    blocks_count(x, s->index, runs);
    return true;
}

bool recorded_make(struct recorded *x, const struct choice *c, struct record *r, uint64_t run, struct err *err)
{
    bool good;

    *x = (struct recorded){ .path = calloc(r->n + 1, sizeof *x->path), .part = calloc(r->n + 1, sizeof *x->part),
                            .chunks = calloc(r->n + 1, sizeof *x->chunks), .blocks_of = calloc(r->n + 1, sizeof *x->blocks_of) };
    good = x->path != NULL && x->part != NULL && x->chunks != NULL && x->blocks_of != NULL;
    x->one_run = true;
    uint64_t first = 0, lane = UINT64_MAX;
    bool live = false, lanes = false;
    for (size_t i = 0; good && i < r->n; i++) {
        struct chosen_runs runs;
        if (run != 0 && r->segment[i].about->run != run) {
            continue;
        }
        good = choice_runs(c, r, i, &runs) && (runs.run_n == 0 || part_add(x, &r->segment[i], &runs));
        if (runs.run_n != 0) {
            x->one_run &= !r->segment[i].about->foreign && (first == 0 || first == r->segment[i].about->run);
            first = r->segment[i].about->run;
            lanes |= lane != UINT64_MAX && lane != r->segment[i].about->lane;
            lane = r->segment[i].about->lane;
            live |= r->segment[i].about->live;
        }
        chosen_runs_fini(&runs);
    }
    x->by_number = x->one_run && !(live && lanes);
    for (size_t i = 0; i < x->n && x->one_run && !lanes; i++) {
        x->part[i].group = 0; /* nobody else recorded any of it */
    }
    return good || err_set(err, "not enough memory");
}

/* When a capture begins; UINT64_MAX: it has no packets, or none that can be read. */
static uint64_t begins(const char *path)
{
    const struct source_settings one = { .paths = &path, .path_n = 1, .batch = 1, .packets = 1 };
    struct batch *b = batch_new();
    struct err err;
    struct source *s = b != NULL ? source_open_files(&one, &err) : NULL;
    uint64_t ts = UINT64_MAX;

    if (s != NULL) {
        do {
            if (source_poll(s, b)) {
                ts = b->n != 0 ? b->packet[0].ts : ts;
                source_release(s, b);
            }
        } while (!b->end && ts == UINT64_MAX);
        source_close(s);
    }
    if (b != NULL) {
        batch_free(b);
    }
    return ts;
}

struct dated {
    const char *path;
    uint64_t ts;
};

static int dated_compare(const void *a, const void *b)
{
    const struct dated *x = a, *y = b;

    return x->ts != y->ts ? (x->ts < y->ts ? -1 : 1) : strcmp(x->path, y->path);
}

bool captures_by_time(const char **paths, size_t n)
{
    struct dated *d = calloc(n + 1, sizeof *d);

    for (size_t i = 0; d != NULL && i < n; i++) {
        d[i] = (struct dated){ paths[i], begins(paths[i]) };
    }
    if (d == NULL) {
        return false;
    }
    qsort(d, n, sizeof *d, dated_compare);
    for (size_t i = 0; i < n; i++) {
        paths[i] = d[i].path;
    }
    free(d);
    return true;
}

void recorded_fini(struct recorded *x)
{
    for (size_t i = 0; i < x->n; i++) {
        free((void *)(uintptr_t)x->part[i].run);
        free((void *)(uintptr_t)x->part[i].jump);
    }
    free(x->path);
    free(x->part);
    free(x->chunks);
    free(x->blocks_of);
}

bool recorded_each(const struct recorded *x, const struct recorded_limits *l, bool (*f)(void *ctx, const struct packet *p), void *ctx,
                   const _Atomic bool *stop, struct err *err)
{
    struct source_settings from = { .paths = x->path, .path_n = x->n, .merge = x->n > 1, .by_number = x->by_number, .batch = BATCH_MAX, .part = x->part, .bpf = l->bpf };
    struct batch *b = x->n != 0 ? batch_new() : NULL;
    struct source *s = b != NULL ? source_open_files(&from, err) : NULL;
    bool go = true;

    if (x->n == 0) {
        return true;
    }
    if (s == NULL) {
        if (b == NULL) {
            (void)err_set(err, "not enough memory");
        } else {
            batch_free(b);
        }
        return false;
    }
    do {
        if (!source_poll(s, b)) {
            continue;
        }
        for (unsigned i = 0; go && i < b->n; i++) {
            const struct packet *p = &b->packet[i];
            if (p->ts >= l->from && (l->to == 0 || p->ts < l->to)) {
                go = f(ctx, p);
            }
        }
        source_release(s, b);
    } while (go && !b->end && !*stop);
    size_t n;
    const struct source_input *in = source_inputs(s, &n);
    for (size_t i = 0; i < n && go; i++) {
        if (in[i].err.text[0] != '\0') {
            *err = in[i].err;
            go = false;
        }
    }
    source_close(s);
    batch_free(b);
    return go;
}
