/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/read_waiting.h"

#include "base/file.h"
#include "base/hash.h"
#include "record/waiting.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what there is ---- */

/* Who writes a segment of that name (segment_stem). */
static bool stem_read(const char *stem, uint64_t *run, uint32_t *lane, uint32_t *segment)
{
    const char *name = strrchr(stem, '/');
    unsigned long long number;

    if (sscanf(name != NULL ? name + 1 : stem, "%*[^-]-%16llx-%2x-%6x", &number, lane, segment) != 3) {
        return false;
    }
    *run = number;
    return true;
}

static const struct waiting_copy *copy_of(const struct record *r, uint64_t run, uint32_t lane)
{
    const struct waiting_copy *of = NULL;

    for (size_t i = 0; i < r->waiting_n; i++) {
        if (r->waiting[i].run == run && r->waiting[i].lane == lane) {
            of = &r->waiting[i];
        }
    }
    return of;
}

void waiting_look(struct record *r, const char *stem)
{
    struct waiting_copy c, *more;
    uint32_t lane, segment;
    char path[PATH_MAX];
    struct stat st;
    uint64_t run;

    bool open = snprintf(path, sizeof path, "%s/%s.pcapng.open", r->dir, stem) < PATH_MAX && stat(path, &st) == 0;
    if (!open || !stem_read(stem, &run, &lane, &segment) || copy_of(r, run, lane) != NULL || !waiting_read(&c, run, lane, st.st_uid)) {
        return;
    }
    more = realloc(r->waiting, (r->waiting_n + 1) * sizeof *more);
    if (more == NULL) {
        free(c.memory);
        return;
    }
    r->waiting = more;
    r->waiting[r->waiting_n++] = c;
}

static bool lives(int fd)
{
    bool dead = flock(fd, LOCK_SH | LOCK_NB) == 0;

    if (dead) {
        (void)flock(fd, LOCK_UN);
    }
    return !dead && errno == EWOULDBLOCK;
}

bool waiting_known(struct record *r, const char *path, struct unsealed *u)
{
    struct ledger *l = u->ledger;
    struct index_about *a = &u->about;
    struct err err;
    uint64_t run;
    uint32_t lane, segment;

    if (!stem_read(path, &run, &lane, &segment)) {
        return false;
    }
    if (copy_of(r, run, lane) == NULL) {
        if (a->waits && lives(u->fd)) { /* elsewhere, or as another user */
            char shared[WAITING_PATH_MAX];
            waiting_path(shared, run, lane);
            (void)err_set(&err, "%s: frames wait in its writer's memory, and cannot be seen from here (%s)", path, shared);
            record_problem(r, &err);
        }
        return false;
    }
    if (l->packets == 0) { /* nothing tells but its name */
        a->run = run;
        a->lane = lane;
        a->segment = segment;
        for (uint32_t i = 0; i < l->piece_n; i++) {
            l->first_ts = i == 0 || l->piece[i].first < l->first_ts ? l->piece[i].first : l->first_ts;
            l->last_ts = l->piece[i].last > l->last_ts ? l->piece[i].last : l->last_ts;
        }
    }
    return l->piece_n != 0;
}

/* ---- as a segment ---- */

struct whose { /* a flow's piece there, and here */
    uint64_t there;              /* 1 + segment, piece; 0: free */
    uint32_t here;
};
struct taking {
    struct record *record;
    struct ledger *ledger;
    struct index_about about;
    struct whose *whose;         /* by hash */
    size_t room;
    struct record_block block;
    int fd;
};

static bool is_lanes(const struct record_segment *s, const struct waiting_copy *c) { return s->about->run == c->run && s->about->lane == c->lane && !s->about->foreign; }

/* The lane's newest segment that has packets, or, any, of all. */
static const struct record_segment *newest(const struct record *r, const struct waiting_copy *c, bool any)
{
    const struct record_segment *of = NULL;

    for (size_t i = 0; i < r->n; i++) {
        const struct record_segment *s = &r->segment[i];
        if (is_lanes(s, c) && (any || s->about->blocks != 0) && (of == NULL || s->about->segment > of->about->segment)) {
            of = s;
        }
    }
    return of;
}

/* The number of the last packet that was written: those that wait have left in their order up to it.  0: none was. */
static uint64_t written(const struct record *r, const struct waiting_copy *c)
{
    const struct record_segment *s = newest(r, c, false);
    uint8_t *memory = s != NULL ? malloc(RECORD_BLOCK) : NULL;
    uint32_t last = memory != NULL ? s->about->blocks - 1 : 0;
    uint64_t at = RECORD_FILE_HEAD + last * (uint64_t)RECORD_BLOCK, number = 0, from;
    struct record_links links = { .n = RECORD_LINKS_MAX };
    struct record_frame f;
    struct block_row row;
    struct err err;
    size_t n = 0;

    if (memory == NULL || !index_block(s->index, last, &row)) {
        free(memory);
        return 0;
    }
    if (record_in_chunks(s)) {
        (void)record_chunk((void *)(uintptr_t)s, at, memory, &from, &n, &err);
    } else {
        int fd = open(s->from, O_RDONLY | O_CLOEXEC);
        ssize_t got = fd >= 0 ? pread(fd, memory, RECORD_BLOCK, (off_t)at) : -1;
        n = got > 0 ? (size_t)got : 0;
        if (fd >= 0) {
            close(fd);
        }
    }
    const struct block_about about = { .used = row.used, .number = row.number };
    for (struct block_walk w = block_frames(bytes_of(memory, n), &about); block_next(&w, &links, &f);) {
        number = f.number;
    }
    free(memory);
    return number;
}

/* What its segment tells of the flow; false: nothing. */
static bool part_of(const struct taking *t, const struct waiting_flow *m, struct flow_part *part)
{
    struct index_cursor cursor = { 0 };
    struct err err;
    bool found = false;

    for (size_t i = 0; i < t->record->n && !found; i++) {
        const struct record_segment *s = &t->record->segment[i];
        found = !s->waits && s->about->run == t->about.run && s->about->lane == t->about.lane && s->about->segment == m->segment && m->piece < s->about->flows &&
                index_flow(s->index, &cursor, m->piece, part, &err);
    }
    return found;
}

static void piece_fill(const struct taking *t, struct piece *p, const struct waiting_flow *m, uint64_t ts)
{
    struct flow_part part;

    p->first = p->last = ts;
    p->flags = RECORD_LOOSE;
    if (!part_of(t, m, &part)) {
        return;
    }
    bool flow = (part.flags & (RECORD_FRAGMENTS | RECORD_LOOSE)) == 0;
    p->key = part.key;
    p->id = part.id;
    p->parent = part.parent;
    p->first = part.first;
    p->flags = (uint16_t)((part.flags & ~(unsigned)RECORD_CUT) | (flow ? RECORD_CONTINUED : 0));
    p->app_n = part.app_n;
    memcpy(p->app, part.app, sizeof p->app);
    memcpy(p->icmp, part.icmp, sizeof p->icmp);
    p->before = flow ? m->piece : 0;
    p->before_back = flow ? t->about.segment - m->segment : 0;
}

static uint32_t piece_here(struct taking *t, const struct waiting_flow *m, uint64_t ts)
{
    uint64_t there = ((uint64_t)m->segment << 32 | m->piece) + 1;
    size_t at = hash_word(there) & (t->room - 1);

    while (t->whose[at].there != 0 && t->whose[at].there != there) {
        at = (at + 1) & (t->room - 1);
    }
    if (t->whose[at].there == 0) {
        uint32_t here = ledger_piece(t->ledger);
        if (here == UINT32_MAX) {
            return here;
        }
        t->whose[at] = (struct whose){ there, here };
        piece_fill(t, &t->ledger->piece[here], m, ts);
    }
    return t->whose[at].here;
}

/* The block under way goes behind those before it. */
static bool block_put(struct taking *t)
{
    struct ledger *l = t->ledger;
    const struct block_about *a = &t->block.about;
    uint64_t at = RECORD_FILE_HEAD + (uint64_t)l->block_n * RECORD_BLOCK;

    if (a->packets == 0) {
        return true;
    }
    if (l->block_n == l->block_max) {
        return false;
    }
    block_seal(&t->block);
    l->block[l->block_n++] = (struct block_row){ .ordinal = a->ordinal, .number = a->number, .first_ts = a->first_ts, .last_ts = a->last_ts, .packets = a->packets, .used = a->used };
    return file_write_at(t->fd, bytes_of(t->block.p, RECORD_BLOCK), at) == RECORD_BLOCK;
}

static void block_next_begin(struct taking *t)
{
    const struct block_about about = { .run = t->about.run, .lane = t->about.lane, .segment = t->about.segment, .block = t->ledger->block_n, .ordinal = t->ledger->packets };

    block_begin(&t->block, t->block.p, &about, &t->ledger->links);
}

static bool frame_take(struct taking *t, const struct waiting *w)
{
    const struct record_frame f = { .frame = bytes_of((const uint8_t *)(w->mine + w->mine_n), w->frame_n), .ts = w->ts, .number = w->number, .wire_len = w->wire_len, .link = w->link };
    struct ledger *l = t->ledger;

    if (ledger_full(l)) {
        return false;
    }
    if (!block_add(&t->block, &l->links, &f)) {
        if (!block_put(t)) {
            return false;
        }
        block_next_begin(t);
        if (!block_add(&t->block, &l->links, &f)) {
            return false;
        }
    }
    for (unsigned i = 0; i < w->mine_n; i++) {
        uint32_t here = piece_here(t, &w->mine[i], w->ts);
        if (here == UINT32_MAX) {
            return false;
        }
        struct piece *p = &l->piece[here];
        ledger_packet(l, p, (uint32_t)l->packets);
        p->packets[w->mine[i].side & 1]++;
        p->bytes[w->mine[i].side & 1] += w->frame_n;
        p->last = w->ts > p->last ? w->ts : p->last;
    }
    l->first_ts = l->packets == 0 || w->ts < l->first_ts ? w->ts : l->first_ts;
    l->last_ts = w->ts > l->last_ts ? w->ts : l->last_ts;
    l->packets++;
    l->bytes += w->frame_n;
    return true;
}

static bool taking_begin(struct taking *t, const struct record_segment *of, const struct waiting_copy *c)
{
    enum { LEAST = 24 /* bytes of a frame's flow at least */ };
    uint8_t head[RECORD_FILE_HEAD];

    t->about = *of->about;
    t->about.segment = of->about->segment + 1;
    t->about.packed = 0; /* what was lost and dropped the ledger tells: here none */
    t->room = 1024;
    while (t->room < 2 * c->n / LEAST) {
        t->room *= 2;
    }
    t->whose = calloc(t->room, sizeof *t->whose);
    t->ledger = ledger_new(4 * (uint64_t)c->n, false);
    t->block.p = malloc(RECORD_BLOCK);
    t->fd = memfd_create("peccary-waiting", MFD_CLOEXEC);
    block_file_head(head);
    return t->whose != NULL && t->ledger != NULL && t->block.p != NULL && t->fd >= 0 && file_write(t->fd, bytes_of(head, sizeof head)) == sizeof head;
}

/* False with err. */
static bool copy_take(struct taking *t, struct waiting_copy *c, struct err *err)
{
    char path[WAITING_PATH_MAX];
    uint64_t behind = written(t->record, c);
    bool good = true;

    waiting_path(path, c->run, c->lane);
    block_next_begin(t);
    for (const struct waiting *w = waiting_next(c); good && w != NULL; w = waiting_next(c)) {
        good = w->number <= behind || frame_take(t, w);
    }
    good = good && block_put(t);
    if (!good || t->ledger->packets == 0) {
        return good || err_set(err, "%s: not enough memory for all that waits", path);
    }
    ledger_seal(t->ledger);
    struct record_segment s = { .fd = -1, .index_path = strdup(""), .path = strdup(path), .waits = true };
    s.index = index_in_memory(&t->about, t->ledger, path, err);
    s.size = RECORD_FILE_HEAD + (uint64_t)t->ledger->block_n * RECORD_BLOCK;
    bool held = s.index != NULL && s.path != NULL && s.index_path != NULL && segment_hold(&s, t->fd);
    t->fd = held ? -1 : t->fd; /* the segment's */
    if (!held) {
        s.fd = -1;
        segment_fini(&s);
        return s.index != NULL ? err_set(err, "%s: not enough memory", path) : false;
    }
    s.about = index_about(s.index);
    return segment_keep(t->record, &s) || err_set(err, "%s: not enough memory", path);
}

void waiting_add(struct record *r)
{
    for (size_t i = 0; i < r->waiting_n; i++) {
        struct waiting_copy *c = &r->waiting[i];
        const struct record_segment *of = newest(r, c, true);
        struct taking t = { .record = r, .fd = -1 };
        struct err err = { "" };
        if (of == NULL || c->n == 0) {
            continue;
        }
        bool good = taking_begin(&t, of, c) ? copy_take(&t, c, &err) : err_set(&err, "what waits in memory: not enough memory");
        if (!good) {
            record_problem(r, &err);
        }
        ledger_free(t.ledger);
        free(t.whose);
        free(t.block.p);
        if (t.fd >= 0) {
            close(t.fd);
        }
    }
    for (size_t i = 0; i < r->waiting_n; i++) {
        free(r->waiting[i].memory);
    }
    free(r->waiting);
    r->waiting = NULL;
    r->waiting_n = 0;
}
