/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/read_foreign.h"

#include "base/clock.h"
#include "record/gaps.h"
#include "record/read_waiting.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PCAP_HEAD = 24, RECORD_HEAD = 16, FRAME_MOST = 1 << 20 };

/* How a pcap file has its numbers. */
struct pcap {
    bool big, nano;
};

static bool pcap_read(int fd, struct pcap *out)
{
    static const uint32_t MICRO = 0xa1b2c3d4, NANO = 0xa1b23c4d;
    uint8_t b[PCAP_HEAD];

    if (pread(fd, b, sizeof b, 0) != sizeof b) {
        return false;
    }
    struct rd little = rd_make(b, sizeof b), big = little;
    uint32_t l = rd_le32(&little), m = rd_be32(&big);
    *out = (struct pcap){ .big = m == MICRO || m == NANO, .nano = l == NANO || m == NANO };
    return out->big || l == MICRO || l == NANO;
}

/* Does a frame of the time that the index is about begin there? */
static bool frame_at(int fd, const struct pcap *p, const struct record_segment *s, uint64_t offset)
{
    uint8_t b[RECORD_HEAD];

    if (pread(fd, b, sizeof b, (off_t)offset) != sizeof b) {
        return false;
    }
    struct rd r = rd_make(b, sizeof b);
    uint64_t seconds = p->big ? rd_be32(&r) : rd_le32(&r), rest = p->big ? rd_be32(&r) : rd_le32(&r);
    uint32_t n = p->big ? rd_be32(&r) : rd_le32(&r);
    uint64_t ts = seconds * CLOCK_SECOND + rest * (p->nano ? 1 : 1000);
    return ts >= s->about->first_ts && ts <= s->about->last_ts && n <= FRAME_MOST && offset + RECORD_HEAD + n <= s->size;
}

/* Is what was indexed of it still where it was, at each place that is marked? */
static bool there_still(const struct record_segment *s)
{
    struct mark_walk w = index_marks(s->index, 0);
    int fd = open(s->from, O_RDONLY | O_CLOEXEC);
    struct pcap p;
    bool good = fd >= 0 && pcap_read(fd, &p), any = false;

    for (uint64_t ordinal, offset; good && index_mark(s->index, &w, &ordinal, &offset);) {
        good = frame_at(fd, &p, s, offset);
        any = true;
    }
    if (fd >= 0) {
        close(fd);
    }
    return good && any;
}

/* Is there a later index of the same capture?  Of what can still be read: that has got to where this one ends; else of what lies there now. */
static bool indexed_again(const struct record *r, const struct record_segment *s, bool readable)
{
    uint64_t last = index_end(s->index) - 1;

    for (size_t i = 0; i < r->n; i++) {
        const struct record_segment *o = &r->segment[i];
        struct block_row row;
        if (!o->about->foreign || o->about->run <= s->about->run || strcmp(o->path, s->path) != 0 || !index_block(o->index, 0, &row)) {
            continue;
        }
        if (readable ? row.ordinal <= last && last < index_end(o->index) : o->about->foreign_size == s->size) {
            return true;
        }
    }
    return false;
}

static void replaced_add(struct record *r, const struct record_segment *s)
{
    struct record_replaced *more = realloc(r->replaced, (r->replaced_n + 1) * sizeof *more);
    char *path = strdup(s->index_path);

    r->replaced = more != NULL ? more : r->replaced;
    if (more == NULL || path == NULL) {
        free(path); /* it is found the next time */
        return;
    }
    more[r->replaced_n++] = (struct record_replaced){ path, s->about->first_ts, s->about->last_ts };
}

void record_replaced_remove(const struct record *r)
{
    for (size_t i = 0; i < r->replaced_n; i++) {
        const struct record_replaced *x = &r->replaced[i];
        if (unlink(x->index_path) == 0) {
            deleted_tell(&(struct deleted){ x->index_path, DELETED_REPLACED, x->first, x->last, 0, 0 });
        }
    }
}

/* False: nothing of it is to be had, or wanted. */
static bool settle(struct record *r, const struct record_segment *s)
{
    const struct index_about *a = s->about;
    struct err err;

    if (!a->foreign || (s->size == a->foreign_size && s->written == a->foreign_time)) {
        return true;
    }
    bool same = s->size == a->foreign_size, grown = s->size > a->foreign_size && there_still(s);
    if (indexed_again(r, s, same || grown)) {
        replaced_add(r, s);
        return false;
    }
    if (same) {
        err_set(&err, "%s: %s was written since it was indexed: if other packets are in it, index it again", s->index_path, s->path);
    } else if (grown) {
        err_set(&err, "%s: %s has grown since it was indexed: nothing of its last %llu bytes is found until it is indexed again", s->index_path, s->path,
                (unsigned long long)(s->size - a->foreign_size));
    } else {
        err_set(&err, "%s: %s has changed since it was indexed: nothing of it is found until it is indexed again", s->index_path, s->path);
    }
    record_problem(r, &err);
    return same || grown;
}

void foreign_settle(struct record *r)
{
    bool *gone = calloc(r->n + 1, sizeof *gone);
    size_t n = 0;

    for (size_t i = 0; gone != NULL && i < r->n; i++) {
        gone[i] = !settle(r, &r->segment[i]);
    }
    for (size_t i = 0; gone != NULL && i < r->n; i++) {
        if (gone[i]) {
            segment_fini(&r->segment[i]);
        } else {
            r->segment[n++] = r->segment[i];
        }
    }
    r->n = gone != NULL ? n : r->n;
    free(gone);
}
