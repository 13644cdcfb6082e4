/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/recorded.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool recorded_places_make(struct recorded_places *p, const struct record *r, size_t most)
{
    *p = (struct recorded_places){ calloc(r->n + 1, sizeof *p->of), r->n };
    for (size_t i = 0; p->of != NULL && i < r->n; i++) {
        p->of[i].most = most / r->n / sizeof *p->of->at;
    }
    return p->of != NULL;
}

void recorded_places_fini(struct recorded_places *p)
{
    for (size_t i = 0; p->of != NULL && i < p->n; i++) {
        free(p->of[i].at);
    }
    free(p->of);
    *p = (struct recorded_places){ 0 };
}

void recorded_note(struct recorded *x, struct recorded_places *places)
{
    for (size_t i = 0; i < x->n; i++) { /* a capture that lies elsewhere is read as it was */
        x->part[i].places = x->part[i].blocks != NULL ? &places->of[x->segment[i]] : NULL;
    }
}

/* ---- a segment by pieces ---- */

struct extent {
    uint64_t from, to;
};
/* A segment's file, of which it is known where what is wanted lies. */
struct recorded_copy {
    struct extent *piece;         /* ascending */
    size_t n;
    int fd;
};

/* A block of one that is read by blocks (source_chunks.get). */
static bool block_get(void *segment, uint64_t offset, struct source_chunk *c, struct err *err) { return record_chunk(segment, offset, c->to, &c->from, &c->n, err); }

/* The piece that holds a place, or what comes there (likewise). */
static bool copy_get(void *ctx, uint64_t offset, struct source_chunk *to, struct err *err)
{
    enum { UNKNOWN = 64 << 10 };
    const struct recorded_copy *c = ctx;
    size_t first = 0, behind = c->n;

    while (first < behind) {
        size_t middle = (first + behind) / 2;
        if (c->piece[middle].to <= offset) {
            first = middle + 1;
        } else {
            behind = middle;
        }
    }
    uint64_t want = first < c->n && c->piece[first].from <= offset ? c->piece[first].to - offset : UNKNOWN;
    ssize_t got = pread(c->fd, to->to, want < to->room ? (size_t)want : to->room, (off_t)offset);
    to->from = offset;
    to->n = got > 0 ? (size_t)got : 0;
    return got >= 0 || err_sys(err, "read");
}

/* Records of a run that are known to lie one behind the other, the next at `*at` of the places; how many. */
static uint32_t run_known(const struct source_places *p, size_t *at, uint32_t start, uint32_t n)
{
    while (*at < p->n && p->at[*at].ordinal < start) {
        ++*at;
    }
    uint32_t k = 0;
    while (k < n && *at + k < p->n && p->at[*at + k].ordinal == start + k) {
        k++;
    }
    return k;
}

static bool piece_add(struct recorded_copy *c, size_t *room, const struct source_place *p)
{
    enum { NEAR = 2048 /* bytes that cost less to copy than to be asked for what is behind them */ };

    if (c->n != 0 && p->offset <= c->piece[c->n - 1].to + NEAR) {
        c->piece[c->n - 1].to = p->offset + p->n;
        return true;
    }
    if (c->n == *room) {
        size_t more = *room != 0 ? 2 * *room : 256;
        struct extent *piece = realloc(c->piece, more * sizeof *piece);
        if (piece == NULL) {
            return false;
        }
        c->piece = piece;
        *room = more;
    }
    c->piece[c->n++] = (struct extent){ p->offset, p->offset + p->n };
    return true;
}

struct jumps {
    struct source_jump *all;
    size_t n, room;
    struct recorded_copy copy;   /* what is known */
    size_t piece_room, known;    /* known: runs */
    bool failed;
};

static void jump_add(struct jumps *j, const struct source_jump *one)
{
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
    j->all[j->n++] = *one;
}

static void jumps_add(struct jumps *j, const struct index *ix, uint32_t block)
{
    struct mark_walk w = index_marks(ix, block);

    for (struct source_jump one = { 0 }; index_mark(ix, &w, &one.ordinal, &one.offset);) {
        jump_add(j, &one);
    }
}

/* The run's first packet, and the pieces that it lies in.  False: nothing is known of it. */
static bool jump_known(struct jumps *j, const struct source_places *known, size_t *at, uint32_t start, uint32_t n)
{
    uint32_t k = known != NULL ? run_known(known, at, start, n) : 0;

    if (k != 0) {
        const struct source_place *p = &known->at[*at];
        jump_add(j, &(struct source_jump){ p->ordinal, p->offset, p->number });
        for (uint32_t i = 0; i < k; i++) {
            j->failed |= !piece_add(&j->copy, &j->piece_room, &p[i]);
        }
        j->known++;
    }
    return k != 0;
}

static int jump_compare(const void *a, const void *b)
{
    const struct source_jump *x = a, *y = b;

    return (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

/* Places where reading can begin, in the blocks in which runs do, or where they do.  Runs ascend, and so do blocks. */
static struct jumps jumps_of(const struct index *ix, const struct chosen_runs *r, const struct source_places *known)
{
    struct jumps j = { .copy.fd = -1 };
    struct block_row row = { 0 };
    uint32_t block = 0;
    size_t at = 0;
    bool added = false, good = index_block(ix, block, &row);

    if (index_about(ix)->foreign) {
        jumps_add(&j, ix, 0);
        return j;
    }
    for (size_t i = 0; i < r->run_n && !j.failed && good; i++) {
        if (jump_known(&j, known, &at, r->start[i], r->n[i])) {
            continue;
        }
        while (good && row.ordinal + row.packets <= r->start[i]) {
            good = index_block(ix, ++block, &row);
            added = false;
        }
        if (good && row.ordinal <= r->start[i] && !added) {
            jumps_add(&j, ix, block);
            added = true;
        }
    }
    if (j.known != 0 && j.n != 0) {
        qsort(j.all, j.n, sizeof *j.all, jump_compare);
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

/* Where nearly all is known it is read alone. */
static bool copies(struct recorded *x, const struct record_segment *s, const struct jumps *j, size_t run_n)
{
    enum { OPEN_MAX = 128 /* files; what is mapped needs none */ };
    bool plain = !record_in_chunks(s) && s->looked != NULL && !s->about->foreign;

    if (!plain || j->known < run_n - run_n / 4 || x->copy_n == OPEN_MAX) {
        return false;
    }
    int fd = open(s->from, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false; /* the source tells why */
    }
    x->copy[x->n] = j->copy;
    x->copy[x->n].fd = fd;
    x->copy_n++;
    return true;
}

static bool part_add(struct recorded *x, const struct record *r, size_t segment, const struct chosen_runs *runs, const struct source_places *known)
{
    const struct record_segment *s = &r->segment[segment];
    struct source_part p = { .group = s->about->foreign ? 0 : s->about->run };
    struct source_run *list = calloc(runs->run_n + 1, sizeof *list);

    struct jumps jumps = jumps_of(s->index, runs, known);
    p.jump = jumps.all;
    p.jump_n = jumps.n;
    if (list == NULL || jumps.failed) {
        free(list);
        free(jumps.all);
        free(jumps.copy.piece);
        return false;
    }
    for (size_t i = 0; i < runs->run_n; i++) {
        list[i] = (struct source_run){ runs->start[i], runs->n[i] };
    }
    p.run = list;
    p.run_n = runs->run_n;
    if (copies(x, s, &jumps, runs->run_n)) {
        x->chunks[x->n] = (struct source_chunks){ copy_get, &x->copy[x->n], 1 };
        p.chunks = &x->chunks[x->n];
    } else {
        free(jumps.copy.piece);
        if (record_in_chunks(s) || (s->looked != NULL && !s->about->foreign && jumps.known == 0 && dense(&jumps, runs, s->about->packets))) {
            x->chunks[x->n] = (struct source_chunks){ block_get, (void *)(uintptr_t)s, RECORD_BLOCK };
            p.chunks = &x->chunks[x->n];
        }
    }
    if (!s->about->foreign) {
        x->blocks_of[x->n] = (struct source_blocks){ record_look, (void *)(uintptr_t)s };
        p.blocks = &x->blocks_of[x->n];
        p.link = s->about->links.link;
        p.link_n = s->about->links.n;
    }
    x->path[x->n] = s->from;
    x->segment[x->n] = segment;
    x->part[x->n++] = p;
    x->packets += runs->packets;
    x->bytes += runs->bytes;
    x->cut += runs->cut;
    blocks_count(x, s->index, runs);
    return true;
}

bool recorded_make(struct recorded *x, const struct choice *c, struct record *r, uint64_t run, const struct recorded_places *known, struct err *err)
{
    bool good;

    *x = (struct recorded){ .path = calloc(r->n + 1, sizeof *x->path), .part = calloc(r->n + 1, sizeof *x->part),
                            .chunks = calloc(r->n + 1, sizeof *x->chunks), .blocks_of = calloc(r->n + 1, sizeof *x->blocks_of),
                            .copy = calloc(r->n + 1, sizeof *x->copy), .segment = calloc(r->n + 1, sizeof *x->segment) };
    good = x->path != NULL && x->part != NULL && x->chunks != NULL && x->blocks_of != NULL && x->copy != NULL && x->segment != NULL;
    x->one_run = true;
    uint64_t first = 0, lane = UINT64_MAX;
    bool live = false, lanes = false;
    for (size_t i = 0; good && i < r->n; i++) {
        struct chosen_runs runs;
        if (run != 0 && r->segment[i].about->run != run) {
            continue;
        }
        good = choice_runs(c, r, i, &runs) && (runs.run_n == 0 || part_add(x, r, i, &runs, known != NULL && known->of != NULL ? &known->of[i] : NULL));
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
        if (x->part[i].chunks != NULL && x->chunks[i].get == copy_get) {
            (void)close(x->copy[i].fd);
            free(x->copy[i].piece);
        }
    }
    free(x->path);
    free(x->part);
    free(x->copy);
    free(x->segment);
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
