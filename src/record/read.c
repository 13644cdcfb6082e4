/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/read.h"

#include "base/clock.h"
#include "record/journal.h"
#include "record/pack.h"
#include "record/read_foreign.h"
#include "record/read_waiting.h"
#include "record/span.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void record_problem(struct record *r, const struct err *err)
{
    enum { PROBLEMS_MAX = 1000 };
    struct err *more = r->problem_n < PROBLEMS_MAX ? realloc(r->problem, (r->problem_n + 1) * sizeof *more) : NULL;

    if (more != NULL) {
        r->problem = more;
        r->problem[r->problem_n++] = *err;
    }
}

bool record_hold(const struct record_segment *s, struct err *err)
{
    const char *of = s->index_path[0] != '\0' ? s->index_path : s->path, *end = s->index_path[0] != '\0' ? ".index" : ".pcapng.open";
    size_t n = strlen(of), cut = strlen(end);
    char path[PATH_MAX];

    if (snprintf(path, sizeof path, "%.*s.hold", (int)(n > cut ? n - cut : n), of) >= PATH_MAX) {
        return err_set(err, "%s: the name is too long", of);
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    return (fd >= 0 && close(fd) == 0) || err_sys(err, "%s", path);
}

/* What is known of a stretch, or a block. */
enum { BLOCK_UNSEEN, BLOCK_WHOLE, BLOCK_DAMAGED, BLOCK_TOLD, BLOCK_BROKEN /* damaged, and nobody has asked for it */ };

/* At most, whatever they are. */
static size_t pieces_most(const struct index_about *a) { return (size_t)(a->packets / RECORD_MARK) + a->blocks; }

static bool by_stretch(const struct record_segment *s)
{
    uint32_t n = s->about->packed == 0 ? index_stretches(s->index) : 0;

    return n != 0 && n <= pieces_most(s->about);
}

/* Packets of a block that are left out, and were not told of. */
static uint32_t damaged_in(struct record_segment *s, uint32_t block, const struct block_row *row)
{
    bool parts = by_stretch(s);
    uint32_t first = parts ? index_stretch_first(s->index, block) : block, pieces = parts ? block_stretches(row->packets) : 1, n = 0;

    for (uint32_t i = 0; i < pieces; i++) {
        if (s->looked[first + i] == BLOCK_DAMAGED) {
            s->looked[first + i] = BLOCK_TOLD;
            n += !parts ? row->packets : i + 1 < pieces ? RECORD_MARK : row->packets - i * RECORD_MARK;
        }
    }
    return n;
}

void record_damaged(struct record *r)
{
    struct block_row row;
    struct err err;

    for (size_t i = 0; i < r->n; i++) {
        struct record_segment *s = &r->segment[i];
        for (uint32_t k = 0; s->damaged && index_block(s->index, k, &row); k++) {
            uint32_t n = damaged_in(s, k, &row);
            if (n != 0) {
                (void)err_set(&err, "%s: block %u is damaged: %u of its %u packets are left out", s->path, k, n, row.packets);
                record_problem(r, &err);
            }
        }
        s->damaged = false;
    }
}

static int segment_compare(const void *a, const void *b)
{
    const struct index_about *x = ((const struct record_segment *)a)->about, *y = ((const struct record_segment *)b)->about;

    if (x->run != y->run) {
        return x->run < y->run ? -1 : 1;
    }
    if (x->first_ts != y->first_ts) {
        return x->first_ts < y->first_ts ? -1 : 1;
    }
    return x->lane != y->lane ? (x->lane < y->lane ? -1 : 1) : x->segment < y->segment ? -1 : x->segment > y->segment;
}

static bool file_there(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0;
}

/* One that is not sealed is kept open: it gets its name while it is read. */
bool segment_hold(struct record_segment *s, int fd)
{
    s->fd = fd;
    s->open = true;
    free(s->from);
    return fd >= 0 && asprintf(&s->from, "/proc/self/fd/%d", fd) > 0;
}

/* Where its blocks are in the file. */
static bool segment_packed(struct record_segment *s, struct err *err)
{
    struct stat st;
    uint64_t at = (s->about->packed & PACK_SEALED) != 0 ? PACK_HEAD : 0;
    struct block_row row;

    s->fd = open(s->path, O_RDONLY | O_CLOEXEC);
    s->stored = calloc((size_t)s->about->blocks + 1, sizeof *s->stored);
    if (s->fd < 0 || fstat(s->fd, &st) != 0 || s->stored == NULL) {
        return err_sys(err, "%s: its capture %s", s->index_path, s->path);
    }
    s->size = (uint64_t)st.st_size;
    if ((s->about->packed & PACK_SEALED) == 0) { /* the first frame is the file's head: the blocks are at the end */
        uint64_t sum = 0;
        for (uint32_t i = 0; index_block(s->index, i, &row); i++) {
            sum += row.stored;
        }
        at = sum <= s->size ? s->size - sum : UINT64_MAX / 2;
    }
    for (uint32_t i = 0; index_block(s->index, i, &row); i++) {
        s->stored[i] = at;
        at += row.stored;
        s->stored[i + 1] = at;
    }
    return at <= s->size || err_set(err, "%s: has %llu bytes, and its index tells of more", s->path, (unsigned long long)s->size);
}

/* Its place is where a plain one's is.  One that is being filled on has more by now than its index tells, and may change under our eyes: it is read again. */
static bool chunk_pages(const struct record_segment *s, uint32_t block, uint8_t *to)
{
    enum { TRIES = 10, STEP = 2 /* ms */ };
    struct err err;
    struct vault *v = vault_new(s->key, VAULT_SEGMENT, &err);
    const uint64_t page = (uint64_t)block * VAULT_PAGES;
    struct block_about about;
    bool good = false;

    for (unsigned try = 0; v != NULL && !good && try < (s->open ? TRIES : 1); try++) {
        if (try != 0) {
            (void)nanosleep(&(struct timespec){ .tv_nsec = try * STEP * 1000000l }, NULL);
        }
        good = vault_read(v, s->fd, page, 1, to) != 0 && block_head(bytes_of(to, VAULT_ROOM), &about) && about.used <= VAULT_BLOCK &&
               vault_read(v, s->fd, page, vault_pages(about.used), to) >= about.used && block_check(bytes_of(to, about.used), &about);
    }
    vault_free(v);
    if (good) {
        block_pad(to, about.used);
    }
    return good;
}

bool record_in_chunks(const struct record_segment *s) { return s->about->packed != 0; }

static bool chunk_packed(const struct record_segment *s, uint32_t block, uint8_t *to)
{
    const struct pack_block which = { s->about->run, s->about->lane, s->about->segment, block };
    size_t stored = (size_t)(s->stored[block + 1] - s->stored[block]);
    uint8_t *room = stored <= PACK_ROOM ? malloc(stored + 1) : NULL;
    bool good = room != NULL && pread(s->fd, room, stored, (off_t)s->stored[block]) == (ssize_t)stored &&
                unpack_block(s->about->packed, s->key, &which, bytes_of(room, stored), to);

    free(room);
    return good;
}

static bool block_is(const struct record_segment *s, struct bytes b, const struct block_row *row)
{
    struct block_about about;

    return block_check(b, &about) && about.run == s->about->run && about.ordinal == row->ordinal && about.packets == row->packets;
}

/* One of a plain segment, at its place in the mapped file. */
static bool block_whole(const struct record_segment *s, struct bytes capture, uint32_t block, const struct block_row *row)
{
    struct bytes b = bytes_head(bytes_from(capture, RECORD_FILE_HEAD + (size_t)block * RECORD_BLOCK), RECORD_BLOCK);

    if (b.n != 0) {
        (void)madvise((void *)(uintptr_t)b.p, b.n, MADV_POPULATE_READ);
    }
    return block_is(s, b, row);
}

static bool stretch_whole(struct bytes b, const struct index_stretch *st)
{
    bool head = (st->from - RECORD_FILE_HEAD) % RECORD_BLOCK == 0;

    return b.n == st->to - st->from && block_sum(st->before, b, head) == st->sum && (!head || block_sum_told(b) == st->whole);
}

/* A stretch of one.  Where those before it were wanted, more will be: memory is mapped further. */
static bool stretch_near(const struct record_segment *s, struct bytes capture, const struct index_stretch *st)
{
    enum { NEAR = 1 << 18 };
    uint64_t near = st->to / NEAR * NEAR;

    if (st->from / NEAR != st->to / NEAR && st->number != 0 && s->looked[st->number - 1] != BLOCK_UNSEEN && near < capture.n) {
        (void)madvise((void *)(uintptr_t)(capture.p + near), capture.n - near < NEAR ? capture.n - near : NEAR, MADV_POPULATE_READ);
    }
    return stretch_whole(bytes_head(bytes_from(capture, st->from), st->to - st->from), st);
}

/* False: it is damaged. */
static bool piece_good(struct record_segment *s, uint32_t piece, bool whole)
{
    s->looked[piece] = whole ? BLOCK_WHOLE : BLOCK_DAMAGED;
    if (!whole) {
        s->damaged = true;
    }
    return whole;
}

/* A block of a plain segment as it lies there, with a look at all pieces of it. */
static bool chunk_plain(struct record_segment *s, uint32_t block, uint8_t *to)
{
    const uint64_t from = RECORD_FILE_HEAD + (uint64_t)block * RECORD_BLOCK;
    struct index_stretch st;
    struct block_row row;
    int fd = open(s->from, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? pread(fd, to, RECORD_BLOCK, (off_t)from) : -1;

    if (fd >= 0) {
        (void)close(fd);
    }
    if (got < 0 || !index_block(s->index, block, &row)) {
        return false;
    }
    memset(to + got, 0, RECORD_BLOCK - (size_t)got);
    if (!by_stretch(s)) {
        return s->looked[block] != BLOCK_UNSEEN || piece_good(s, block, block_is(s, bytes_of(to, (size_t)got), &row));
    }
    for (uint64_t at = row.ordinal; at < row.ordinal + row.packets; at = st.end) {
        if (!index_stretch(s->index, block, at, &st)) {
            return false;
        }
        if (s->looked[st.number] == BLOCK_UNSEEN) {
            bool whole = stretch_whole(bytes_head(bytes_from(bytes_of(to, (size_t)got), st.from - from), st.to - st.from), &st);
            s->looked[st.number] = whole ? BLOCK_WHOLE : BLOCK_BROKEN;
        }
    }
    return true;
}

/* The same where nobody has mapped it, nor made the chunk that it is in. */
static void block_look(struct record_segment *s, uint32_t block)
{
    uint8_t *room = malloc(RECORD_BLOCK);

    if (room != NULL) {
        (void)chunk_plain(s, block, room);
    }
    free(room);
}

bool record_look(void *segment, struct bytes capture, uint64_t at, uint64_t *ordinal, uint64_t *offset)
{
    struct record_segment *s = segment;
    uint32_t block = at < UINT32_MAX ? index_block_of(s->index, (uint32_t)at) : UINT32_MAX;
    struct index_stretch st;
    struct block_row row;

    *ordinal = *offset = UINT64_MAX;
    if (s->looked == NULL || !index_block(s->index, block, &row)) {
        return true;
    }
    *ordinal = block + 1 < s->about->blocks ? row.ordinal + row.packets : UINT64_MAX;
    *offset = RECORD_FILE_HEAD + (block + 1) * (uint64_t)RECORD_BLOCK;
    bool plain = !record_in_chunks(s), stretch = by_stretch(s) && index_stretch(s->index, block, at, &st);
    if (plain && capture.n == 0 && s->looked[stretch ? st.number : block] == BLOCK_UNSEEN) {
        block_look(s, block);
    }
    if (stretch) {
        bool last = st.end == row.ordinal + row.packets;
        *ordinal = last ? *ordinal : st.end;
        *offset = last ? *offset : st.to;
        if (s->looked[st.number] == BLOCK_UNSEEN || s->looked[st.number] == BLOCK_BROKEN) {
            return piece_good(s, st.number, s->looked[st.number] == BLOCK_UNSEEN && stretch_near(s, capture, &st));
        }
        return s->looked[st.number] == BLOCK_WHOLE;
    }
    if (s->looked[block] == BLOCK_UNSEEN && plain) { /* those of chunks are looked at when they are made */
        return piece_good(s, block, block_whole(s, capture, block, &row));
    }
    return s->looked[block] <= BLOCK_WHOLE;
}

bool record_chunk(void *segment, uint64_t offset, uint8_t *to, uint64_t *from, size_t *n, struct err *err)
{
    const struct record_segment *s = segment;
    uint64_t block = offset < RECORD_FILE_HEAD ? 0 : (offset - RECORD_FILE_HEAD) / RECORD_BLOCK;

    *n = 0;
    if (s->locked) {
        return err_set(err, "%s: it is encrypted, and there is no key for it", s->path);
    }
    if (offset < RECORD_FILE_HEAD) {
        block_file_head(to);
        *from = 0;
        *n = RECORD_FILE_HEAD;
        return true;
    }
    if (block >= s->about->blocks) {
        return true;
    }
    bool plain = !record_in_chunks(s);
    if (!(plain ? chunk_plain(segment, (uint32_t)block, to) : (s->about->packed & PACK_PAGES) != 0 ? chunk_pages(s, (uint32_t)block, to) : chunk_packed(s, (uint32_t)block, to))) {
        if (s->looked != NULL && !plain) {
            (void)piece_good((struct record_segment *)segment, (uint32_t)block, false);
        }
        return err_set(err, "%s: block %llu is damaged", s->path, (unsigned long long)block);
    }
    *from = RECORD_FILE_HEAD + block * RECORD_BLOCK;
    *n = RECORD_BLOCK;
    return true;
}

/* The key of the segment that a path of a file is of, ending in `end`. */
static bool segment_key(const struct record *r, const char *of, const char *end, uint8_t key[PACK_KEY], struct err *err)
{
    char path[PATH_MAX];

    if (!r->keyed) {
        return err_set(err, "%s: it is encrypted, and there is no key for it", of);
    }
    return (snprintf(path, sizeof path, "%.*s.key", (int)(strlen(of) - strlen(end)), of) < (int)sizeof path || err_set(err, "%s: the name is too long", of)) &&
           pack_key_open(path, r->key, key, err);
}

/* Of one that nobody here can read its name tells when it began. */
static void closed_add(struct record_closed **list, size_t *n, const char *index_path, const char *end)
{
    struct record_closed *more = realloc(*list, (*n + 1) * sizeof *more);
    const char *name = strrchr(index_path, '/');
    struct tm tm = { 0 };
    struct stat st;
    char path[PATH_MAX];

    if (more == NULL) {
        return;
    }
    *list = more;
    struct record_closed c = { .index_path = strdup(index_path), .end = end };
    const char *run = name != NULL ? strptime(name + 1, "%Y%m%dT%H%M%SZ", &tm) : NULL;
    if (run != NULL && *run == '-') {
        c.ts = (uint64_t)timegm(&tm) * CLOCK_SECOND;
        c.run = strtoull(run + 1, NULL, 16);
    }
    c.bytes = stat(index_path, &st) == 0 ? (uint64_t)st.st_size : 0;
    bool fits = snprintf(path, sizeof path, "%.*s%s", (int)(strlen(index_path) - strlen(".index")), index_path, end) < (int)sizeof path;
    c.bytes += fits && stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
    if (c.index_path != NULL) {
        (*list)[(*n)++] = c;
    }
}

/* The capture of an index: beside it, or where the index says. */
static bool segment_capture(struct record_segment *s, struct err *err)
{
    struct stat st;
    size_t n = strlen(s->index_path) - strlen(".index");

    s->about = index_about(s->index);
    if (s->about->foreign) {
        s->path = s->about->path != NULL ? strdup(s->about->path) : NULL;
    } else if (asprintf(&s->path, "%.*s%s", (int)n, s->index_path, pack_end(s->about->packed)) < 0) {
        s->path = NULL;
    }
    s->from = s->path != NULL ? strdup(s->path) : NULL;
    s->looked = s->about->foreign ? NULL : calloc(pieces_most(s->about) + 1, sizeof *s->looked);
    if (s->from == NULL || (s->looked == NULL && !s->about->foreign)) {
        return err_set(err, "%s: not enough memory", s->index_path);
    }
    if (s->about->packed != 0 && (s->about->packed & PACK_PAGES) == 0) {
        return segment_packed(s, err);
    }
    if (!s->about->foreign && !file_there(s->path)) { /* being sealed */
        char open_path[PATH_MAX];
        int fd = snprintf(open_path, sizeof open_path, "%.*s.pcapng.open", (int)n, s->index_path) < (int)sizeof open_path ? open(open_path, O_RDONLY | O_CLOEXEC) : -1;
        if (fd >= 0 && !segment_hold(s, fd)) {
            return err_set(err, "%s: not enough memory", s->index_path);
        }
    }
    if ((s->about->packed & PACK_PAGES) != 0 && s->fd < 0) {
        s->fd = open(s->from, O_RDONLY | O_CLOEXEC);
    }
    if (stat(s->from, &st) != 0) {
        return err_sys(err, "%s: its capture %s", s->index_path, s->path);
    }
    s->size = (uint64_t)st.st_size;
    s->written = (uint64_t)st.st_mtim.tv_sec * CLOCK_SECOND + (uint64_t)st.st_mtim.tv_nsec;
    uint64_t want = RECORD_FILE_HEAD + (uint64_t)s->about->blocks * RECORD_BLOCK;
    return s->about->foreign || s->size >= want ||
           err_set(err, "%s: has %llu bytes, and its index tells of %llu", s->path, (unsigned long long)s->size, (unsigned long long)want);
}

void segment_fini(struct record_segment *s)
{
    index_close(s->index);
    if (s->fd >= 0) {
        close(s->fd);
    }
    explicit_bzero(s->key, sizeof s->key);
    free(s->stored);
    free(s->looked);
    free(s->from);
    free(s->path);
    free(s->index_path);
}

bool segment_keep(struct record *r, struct record_segment *s)
{
    struct record_segment *more = realloc(r->segment, (r->n + 1) * sizeof *more);

    if (more == NULL) {
        segment_fini(s);
        return false;
    }
    r->segment = more;
    r->segment[r->n++] = *s;
    return true;
}

static void segment_problem(struct record *r, struct record_segment *s, const struct err *err)
{
    record_problem(r, err);
    segment_fini(s);
}

/* One with an index.  False: no memory. */
static bool segment_add(struct record *r, const char *path)
{
    struct record_segment s = { .fd = -1, .index_path = strdup(path) };
    struct err err;

    if (s.index_path == NULL) {
        return false;
    }
    s.index = index_open(path, NULL, &err);
    bool sealed = s.index == NULL && index_sealed(path);
    if (sealed && segment_key(r, path, ".index", s.key, &err)) {
        s.index = index_open(path, s.key, &err);
    } else if (sealed) {
        closed_add(&r->closed, &r->closed_n, path, pack_end(PACK_SEALED));
    }
    if (s.index != NULL && segment_capture(&s, &err)) {
        if (!sealed && (s.about->packed & PACK_SEALED) != 0) { /* of version 1: its index lies in the clear */
            s.locked = !segment_key(r, path, ".index", s.key, &err);
            if (s.locked && r->keyed) {
                record_problem(r, &err);
            }
        }
        return segment_keep(r, &s);
    }
    if (!file_there(path)) { /* it went for the budget's sake */
        segment_fini(&s);
        return true;
    }
    segment_problem(r, &s, &err);
    return true;
}

struct index *index_in_memory(const struct index_about *about, const struct ledger *l, const char *name, struct err *err)
{
    struct index *ix = NULL;
    int fd = memfd_create("peccary-index", MFD_CLOEXEC);

    if (fd < 0) {
        (void)err_sys(err, "%s", name);
    } else if (index_write_fd(fd, name, about, l, err)) {
        ix = index_open_fd(fd, name, err);
    }
    if (fd >= 0) {
        close(fd);
    }
    return ix;
}

/* One that is not sealed.  False: no memory. */
static bool segment_unsealed(struct record *r, const char *path, const char *journal)
{
    struct record_segment s = { .fd = -1, .index_path = strdup(""), .path = strdup(path) };
    struct unsealed u;
    struct err err;

    if (s.index_path == NULL || s.path == NULL) {
        segment_fini(&s);
        return false;
    }
    int seen = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st = { 0 };
    bool sealed = seen >= 0 && unsealed_sealed(seen), none = sealed && fstat(seen, &st) == 0 && st.st_size <= RECORD_FILE_HEAD;
    if (seen >= 0) {
        close(seen);
    }
    if (none && (!r->keyed || !segment_key(r, path, ".pcapng.open", s.key, &err))) { /* its key may be on its way still */
        segment_fini(&s);
        return true;
    }
    if ((sealed && !segment_key(r, path, ".pcapng.open", s.key, &err)) ||
        !unsealed_read(&u, &(struct unsealed_from){ path, journal, sealed ? s.key : NULL }, false, &err)) {
        segment_problem(r, &s, &err);
        return true;
    }
    u.about.packed = sealed ? PACK_SEALED | PACK_PAGES : 0;
    int fd = dup(u.fd);
    bool known = r->waits && waiting_known(r, path, &u), some = u.ledger->packets != 0 || known;
    s.index = some ? index_in_memory(&u.about, u.ledger, path, &err) : NULL;
    s.about = s.index != NULL ? index_about(s.index) : NULL;
    s.size = u.whole;
    unsealed_fini(&u);
    if (!segment_hold(&s, fd) || s.index == NULL) {
        if (some) {
            segment_problem(r, &s, &err);
        } else {
            segment_fini(&s);
        }
        return true;
    }
    s.about = index_about(s.index);
    r->open_n++;
    return segment_keep(r, &s);
}

/* ---- the folder ---- */

static const char *const ends[] = { ".index", ".pcapng.open", ".pcapng", ".pcapng.zst", ".pcapng.enc" };
enum { END_INDEX, END_OPEN, END_CAPTURE };

/* The name of a segment that a file is a part of; false: of none. */
static bool stem_of(const char *name, char out[NAME_MAX + 1])
{
    size_t n = strlen(name);

    for (size_t i = 0; i < ROWS(ends); i++) {
        size_t k = strlen(ends[i]);
        if (n > k && strcmp(name + n - k, ends[i]) == 0) {
            snprintf(out, NAME_MAX + 1, "%.*s", (int)(n - k), name);
            return true;
        }
    }
    return false;
}

/* A segment may be sealed, or removed, while we look. */
static bool stem_add(struct record *r, const char *stem)
{
    enum { TRIES = 3 };
    char path[ROWS(ends)][PATH_MAX], journal[PATH_MAX];
    struct err err;

    for (size_t i = 0; i < ROWS(ends); i++) {
        if (snprintf(path[i], PATH_MAX, "%s/%s%s", r->dir, stem, ends[i]) >= PATH_MAX) {
            return true;
        }
    }
    if (snprintf(journal, PATH_MAX, "%s/%s.journal", r->dir, stem) >= PATH_MAX) {
        return true;
    }
    for (unsigned i = 0; i < TRIES; i++) {
        if (file_there(path[END_INDEX])) {
            return segment_add(r, path[END_INDEX]);
        }
        if (file_there(path[END_OPEN])) {
            size_t problems = r->problem_n;
            bool good = segment_unsealed(r, path[END_OPEN], journal);
            if (file_there(path[END_OPEN]) || r->problem_n == problems) {
                return good;
            }
            r->problem_n = problems; /* it was sealed meanwhile */
        }
    }
    for (size_t i = END_CAPTURE; i < ROWS(ends); i++) {
        if (file_there(path[i]) && !file_there(path[END_INDEX]) && !file_there(path[END_OPEN])) {
            err_set(&err, i == END_CAPTURE ? "%s: has no index; take it in again with record --import, and remove it" : "%s: has no index: nothing of it is found", path[i]);
            record_problem(r, &err);
            closed_add(&r->orphan, &r->orphan_n, path[END_INDEX], ends[i]);
        }
    }
    return true;
}

static int name_compare(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static bool folder_read(struct record *r, DIR *d)
{
    char **name = NULL, stem[NAME_MAX + 1];
    size_t n = 0;
    bool good = true;

    for (const struct dirent *e = readdir(d); good && e != NULL; e = readdir(d)) {
        char **more = stem_of(e->d_name, stem) ? realloc(name, (n + 1) * sizeof *more) : NULL;
        if (more != NULL) {
            name = more;
            good = (name[n] = strdup(stem)) != NULL;
            n += good;
        }
    }
    if (n != 0) {
        qsort(name, n, sizeof *name, name_compare);
    }
    for (size_t i = 0; r->waits && i < n; i++) { /* before the segments: what leaves meanwhile is seen there */
        waiting_look(r, name[i]);
    }
    for (size_t i = 0; i < n; i++) {
        good = good && ((i != 0 && strcmp(name[i], name[i - 1]) == 0) || stem_add(r, name[i]));
    }
    foreign_settle(r);
    waiting_add(r);
    for (size_t i = 0; i < n; i++) {
        free(name[i]);
    }
    free(name);
    return good;
}

static struct record *open_all(const char *dir, const uint8_t *key, bool waiting, struct err *err)
{
    struct record *r = calloc(1, sizeof *r);
    DIR *d = opendir(dir);

    if (d == NULL || r == NULL || (r->dir = strdup(dir)) == NULL) {
        err_sys(err, "%s", dir);
        if (d != NULL) {
            closedir(d);
        }
        free(r);
        return NULL;
    }
    r->waits = waiting;
    r->keyed = key != NULL;
    if (key != NULL) {
        memcpy(r->key, key, sizeof r->key);
    }
    bool good = folder_read(r, d);
    closedir(d);
    if (!good) {
        err_set(err, "%s: not enough memory", dir);
        record_close(r);
        return NULL;
    }
    if (r->n != 0) {
        qsort(r->segment, r->n, sizeof *r->segment, segment_compare);
    }
    return r;
}

struct record *record_open(const char *dir, const uint8_t *key, struct err *err) { return open_all(dir, key, false, err); }

struct record *record_open_with(const char *dir, const char *key_file, struct err *err)
{
    uint8_t key[PACK_KEY];

    if (key_file != NULL && !pack_key_read(key_file, key, err)) {
        return NULL;
    }
    struct record *r = open_all(dir, key_file != NULL ? key : NULL, true, err);
    explicit_bzero(key, sizeof key);
    return r;
}

static void closed_free(struct record_closed *c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(c[i].index_path);
    }
    free(c);
}

void record_close(struct record *r)
{
    if (r != NULL) {
        spans_free(r->spans);
        closed_free(r->closed, r->closed_n);
        closed_free(r->orphan, r->orphan_n);
        for (size_t i = 0; i < r->replaced_n; i++) {
            free(r->replaced[i].index_path);
        }
        free(r->replaced);
        explicit_bzero(r->key, sizeof r->key);
        for (size_t i = 0; i < r->n; i++) {
            segment_fini(&r->segment[i]);
        }
        free(r->segment);
        free(r->problem);
        free(r->dir);
        free(r);
    }
}
