/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A lane's segments: begun, filled block by block, sealed. */
#include "record/lane.h"

#include "base/clock.h"
#include "base/file.h"
#include "record/budget.h"
#include "record/gaps.h"
#include "record/index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum { RETRY = 1 /* s */ };

static void path_of(char out[PATH_MAX], const struct recorder *r, const char *stem, const char *end)
{
    if (snprintf(out, PATH_MAX, "%s/%s%s", r->settings.dir, stem, end) >= PATH_MAX) {
        out[0] = '\0'; /* refused by the system */
    }
}

static void file_close(struct disk_file *f)
{
    if (f != NULL) {
        close(f->fd);
        vault_free(f->vault);
        free(f);
    }
}

/* The row tells of as much of its block as is there.  False: it is another. */
static bool row_there(struct block_row *row, const struct block_about *a)
{
    if (a->ordinal != row->ordinal || a->packets > row->packets) {
        return false;
    }
    row->packets = a->packets;
    row->used = a->used;
    row->first_ts = a->first_ts;
    row->last_ts = a->last_ts;
    return true;
}

/* Something failed: the index agrees with what is on the disk.  A block that could not be ended is there as it was flushed last. */
static bool written_only(struct sealing *s, struct err *err)
{
    struct ledger *g = s->ledger;
    struct disk_file *f = s->file;
    uint32_t n = (uint32_t)((f->written - RECORD_FILE_HEAD) / RECORD_BLOCK);
    uint8_t *memory = aligned_alloc(4096, RECORD_BLOCK);
    struct block_about a = { .packets = 0 };
    bool whole = true, good = memory != NULL;

    for (; good && whole && n < g->block_n; n += good) {
        uint32_t all = g->block[n].packets;
        good = unsealed_block(f->fd, f->vault, n, memory, &a) && row_there(&g->block[n], &a);
        whole = a.packets == all;
    }
    if (good && !whole) {
        g->sum_n = 0; /* of the block's first stretch on they are others */
        good = unsealed_fill(f->fd, f->vault, n - 1, memory, a.used) || err_sys(err, "what is behind its packets");
    } else {
        good = memory != NULL || err_set(err, "recorder: not enough memory");
    }
    g->block_n = n < g->block_n ? n : g->block_n;
    f->written = RECORD_FILE_HEAD + (uint64_t)g->block_n * RECORD_BLOCK;
    uint64_t there = g->block_n != 0 ? g->block[g->block_n - 1].ordinal + g->block[g->block_n - 1].packets : 0;
    g->lost_packets += g->packets - there;
    g->packets = there;
    free(memory);
    return good;
}

/* The index alone: the capture lies elsewhere. */
static void seal_foreign(void *ctx)
{
    struct sealing *s = ctx;
    char index[PATH_MAX];
    struct err err = { "" };

    path_of(index, s->recorder, s->stem, ".index");
    ledger_seal(s->ledger);
    s->about.path = s->foreign;
    if (s->ledger->packets != 0 && !index_write(index, &s->about, s->ledger, NULL, &err)) {
        recorder_fail(s->recorder, &err);
    }
    ledger_free(s->ledger);
    free(s);
}

/* Before anything that it seals: whoever finds that finds the key. */
static void key_run(void *ctx)
{
    struct sealing *s = ctx;
    struct err err;
    char path[PATH_MAX];

    path_of(path, s->recorder, s->stem, ".key");
    if (!pack_key_put(path, s->recorder->key, s->key, &err)) {
        disk_fail(s->file, &err);
        if (s->journal != NULL) {
            disk_fail(s->journal, &err);
        }
    }
}

static bool pack_put(int fd, const uint8_t *p, size_t n) { return file_write(fd, bytes_of(p, n)) == n; }

static bool block_back(const struct sealing *s, uint32_t i, uint8_t *plain)
{
    size_t pages = vault_pages(s->ledger->block[i].used);

    if (s->file->vault == NULL) {
        return pread(s->file->fd, plain, RECORD_BLOCK, (off_t)(RECORD_FILE_HEAD + (uint64_t)i * RECORD_BLOCK)) == RECORD_BLOCK;
    }
    return vault_read(s->file->vault, s->file->fd, (uint64_t)i * VAULT_PAGES, pages, plain) == pages * VAULT_ROOM;
}

/* Each block from the open file into the packed one; how many bytes it takes goes into its row. */
static bool blocks_pack(struct sealing *s, int to, struct err *err)
{
    const struct recorder *r = s->recorder;
    uint8_t *plain = aligned_alloc(4096, RECORD_BLOCK), *out = malloc(PACK_ROOM);
    bool good = plain != NULL && out != NULL ? pack_put(to, out, pack_head(r->how, out)) || err_sys(err, "write") : err_set(err, "recorder: not enough memory");

    for (uint32_t i = 0; good && i < s->ledger->block_n; i++) {
        struct block_row *row = &s->ledger->block[i];
        const struct pack_block which = { r->run, s->about.lane, s->about.segment, i };
        size_t n = 0;
        good = (block_back(s, i, plain) || err_sys(err, "read")) &&
               (n = pack_block(r->how, s->key, &which, bytes_of(plain, row->used), out, err)) != 0 && (pack_put(to, out, n) || err_sys(err, "write"));
        row->stored = (uint32_t)n;
    }
    free(plain);
    free(out);
    return good;
}

/* A packed segment in place of the open file.  False with err: it stays as it is. */
static bool seal_pack(struct sealing *s, struct err *err)
{
    const struct recorder *r = s->recorder;
    char path[PATH_MAX], fresh[PATH_MAX];

    path_of(path, r, s->stem, pack_end(r->how));
    path_of(fresh, r, s->stem, ".packing");
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    bool good = (fd >= 0 || err_sys(err, "create %s", fresh)) && blocks_pack(s, fd, err) &&
                (fsync(fd) == 0 || err_sys(err, "%s", fresh));
    if (fd >= 0) {
        close(fd);
    }
    good = good && (rename(fresh, path) == 0 || err_sys(err, "rename %s", fresh));
    if (!good) {
        (void)unlink(fresh);
    }
    return good;
}

static void seal_run(void *ctx)
{
    struct sealing *s = ctx;
    char from[PATH_MAX], to[PATH_MAX], index[PATH_MAX], journal[PATH_MAX], key[PATH_MAX];
    struct err err = { "" };
    struct disk_file *f = s->file;
    bool kept = true, good = false;
    const unsigned how = s->recorder->how, written = how & PACK_SEALED ? PACK_SEALED | PACK_PAGES : 0;

    path_of(from, s->recorder, s->stem, ".pcapng.open");
    path_of(key, s->recorder, s->stem, ".key");
    path_of(index, s->recorder, s->stem, ".index");
    path_of(journal, s->recorder, s->stem, ".journal");
    if (f->err.text[0] != '\0') {
        (void)err_add(&f->err, "%s", from);
        recorder_fail(s->recorder, &f->err);
        kept = written_only(s, &err);
    }
    ledger_seal(s->ledger);
    bool packed = kept && (how & PACK_ZSTD) != 0 && s->ledger->block_n != 0 && seal_pack(s, &err);
    s->about.packed = (uint8_t)(packed ? how : written);
    path_of(to, s->recorder, s->stem, pack_end(s->about.packed));
    if (err.text[0] != '\0' && !packed) { /* it stays as it is */
        recorder_fail(s->recorder, &err);
        err.text[0] = '\0';
    }
    if (kept) {
        good = (ftruncate(f->fd, (off_t)f->written) == 0 && fsync(f->fd) == 0) || err_sys(&err, "%s", from);
    }
    if (kept && s->ledger->block_n == 0) {
        const struct ledger *g = s->ledger;
        (void)unlink(from);
        (void)unlink(key);
        deleted_tell(&(struct deleted){ index, g->lost_packets != 0 ? "lost" : DELETED_EMPTY, g->first_ts, g->last_ts, g->lost_packets, 0 });
    } else if (kept) {
        good = good && index_write(index, &s->about, s->ledger, written != 0 ? s->key : NULL, &err);
        if (!good && packed) {
            (void)unlink(to); /* the open file stays, and has its packets */
        }
        if (good && (packed ? unlink(from) : rename(from, to)) != 0) {
            good = err_sys(&err, "%s", from);
        }
        if (!good) {
            recorder_fail(s->recorder, &err);
        }
    }
    if (good || (kept && s->ledger->block_n == 0)) {
        (void)unlink(journal);
    } else {
        atomic_store(&s->recorder->left, true);
    }
    if (s->waiting != NULL) {
        waiting_close(s->waiting, s->waiting_fd);
    }
    file_close(s->journal);
    ledger_free(s->ledger);
    file_close(f);
    explicit_bzero(s->key, sizeof s->key);
    free(s);
}

static void journal_tell(struct record_lane *l)
{
    bool missed = l->journal.missed != 0 && l->journal.file != NULL;

    journal_out(&l->journal, l->ledger, missed ? lane_loose(l) : UINT32_MAX);
}

/* What was added since goes first, the head with its checksum last: whatever moment the writer dies at, or the disk is full, one of the two heads is
 * right.  `last`: with the block's end; one of which nothing is on the disk goes at once. */
static struct disk_piece block_piece(const struct record_lane *l, uint8_t *memory, bool last)
{
    enum { PAGE = 4096 };
    const struct block_about *a = &l->block.about;
    uint32_t page = l->file->vault != NULL ? VAULT_ROOM : PAGE, room = l->block.room / page * page;
    uint32_t from = l->out / page * page, to = (a->used + page - 1) / page * page, tail = room - page;
    struct disk_piece w = { .offset = RECORD_FILE_HEAD + (uint64_t)a->block * RECORD_BLOCK, .memory = memory, .last = last };

    from = from < page ? page : from;
    to = to < page ? page : to;
    if (last && l->out == 0) {
        w.range[0] = (struct disk_range){ 0, RECORD_BLOCK };
        return w;
    }
    w.range[0] = (struct disk_range){ from, last ? RECORD_BLOCK : to };
    w.range[1] = (struct disk_range){ last || to > tail ? room : tail, room };
    w.range[2] = (struct disk_range){ 0, page };
    return w;
}

/* The block under way goes to the disk. */
static void block_out(struct record_lane *l)
{
    struct block_about *a = &l->block.about;
    struct ledger *g = l->ledger;

    if (l->block.p == NULL) {
        return;
    }
    if (a->packets == 0 || g->block_n == g->block_max) {
        disk_give(l->recorder->disk, l->block.p);
    } else {
        block_seal(&l->block);
        g->block[g->block_n++] = (struct block_row){ .ordinal = a->ordinal, .number = a->number, .first_ts = a->first_ts, .last_ts = a->last_ts,
                                                     .packets = a->packets, .used = a->used, .marks = l->marks };
        memcpy(g->sum + g->sum_n, l->block.sum, block_stretches(a->packets) * sizeof *g->sum);
        g->sum_n += block_stretches(a->packets);
        const struct disk_piece w = block_piece(l, l->block.p, true);
        disk_write(l->recorder->disk, l->file, &w);
        journal_tell(l);
    }
    l->block.p = NULL;
    l->out = 0;
}

void lane_flush(struct record_lane *l)
{
    const struct block_about *a = &l->block.about;
    uint8_t *copy;

    if (l->block.p != NULL && a->used > l->out && a->packets != 0) {
        copy = disk_take(l->recorder->disk);
        if (copy == NULL) {
            return; /* the disk is behind; the next time will do */
        }
        struct record_block part = l->block;
        part.p = copy;
        memcpy(copy, l->block.p, a->used);
        block_seal(&part);
        const struct disk_piece w = block_piece(l, copy, false);
        disk_write(l->recorder->disk, l->file, &w);
        l->out = a->used;
    }
    journal_tell(l);
}

bool lane_room(struct record_lane *l)
{
    struct ledger *g = l->ledger;

    block_out(l);
    uint8_t *memory = disk_take(l->recorder->disk);
    if (memory == NULL) {
        return false;
    }
    l->out = 0;
    l->marks = g->marks.n;
    struct block_about about = { .run = l->recorder->run, .lane = l->lane, .segment = l->segment, .block = g->block_n, .ordinal = g->packets };
    block_begin(&l->block, memory, &about, &g->links);
    l->block.room = l->file->vault != NULL ? VAULT_BLOCK : RECORD_BLOCK;
    l->mark = 0;
    return true;
}

void lane_seal(struct record_lane *l)
{
    struct sealing *s = l->sealing;

    if (l->ledger == NULL) {
        return;
    }
    if (l->recorder->settings.index_only) {
        foreign_row(l);
        snprintf(s->foreign, sizeof s->foreign, "%s", l->foreign.path);
    }
    block_out(l);
    s->ledger = l->ledger;
    s->about = l->about;
    if (l->journal.p != NULL) {
        disk_give(l->recorder->disk, l->journal.p);
    }
    l->journal = (struct journal){ .file = NULL };
    disk_later(l->recorder->disk, l->recorder->settings.index_only ? seal_foreign : seal_run, s);
    atomic_store(&l->recorder->budget_waits, false); /* one that waits comes before, and counts it as held */
    l->ledger = NULL;
    l->file = NULL;
    l->sealing = NULL;
}

static bool disk_has_room(struct record_lane *l, struct err *err)
{
    const struct recorder_settings *s = &l->recorder->settings;
    struct statvfs v;

    if (statvfs(s->dir, &v) != 0 && (!file_make_folder(s->dir, err) || statvfs(s->dir, &v) != 0)) { /* it may have been removed */
        return err_sys(err, "%s", s->dir);
    }
    uint64_t left = (uint64_t)v.f_bavail * v.f_frsize;
    return left > s->reserve + RECORD_FILE_HEAD + RECORD_BLOCK ||
           err_set(err, "%s: %llu bytes are left on the disk, and the reserve is %llu", s->dir, (unsigned long long)left, (unsigned long long)s->reserve);
}

/* Without one the segment can be searched only when it is sealed. */
static void journal_open(struct record_lane *l)
{
    uint8_t head[VAULT_PAGE];
    char path[PATH_MAX];
    struct disk_file *f = calloc(1, sizeof *f);
    struct err err;

    path_of(path, l->recorder, l->stem, ".journal");
    if (f != NULL && (f->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640)) < 0) {
        free(f);
        f = NULL;
    }
    if (f != NULL && l->file->vault != NULL) {
        vault_head(VAULT_JOURNAL, head);
        f->vault = vault_new(l->sealing->key, VAULT_JOURNAL, &err);
        if (f->vault == NULL || pwrite(f->fd, head, sizeof head, 0) != (ssize_t)sizeof head) {
            file_close(f);
            f = NULL;
        }
    }
    l->journal = (struct journal){ .disk = l->recorder->disk, .file = f, .about = &l->about, .offset = f != NULL && f->vault != NULL ? VAULT_PAGE : 0 };
}

/* Created and locked: who finds it unlocked knows that its writer died.  One that looked between the two has taken it away as an orphan's, and
 * had its lock meanwhile. */
static int file_locked(const char *path, bool direct)
{
    enum { TRIES = 4 };
    struct stat st;
    int fd = -1;

    for (unsigned try = 0; try < TRIES && fd < 0; try++) {
        fd = direct ? open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_DIRECT, 0640) : -1;
        if (fd < 0) {
            fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
        }
        if (fd >= 0 && flock(fd, LOCK_EX) == 0 && fstat(fd, &st) == 0 && st.st_nlink == 0) {
            close(fd);
            fd = -1;
            errno = ENOENT;
        } else if (fd < 0) {
            break;
        }
    }
    return fd;
}

static int file_open(struct record_lane *l, struct err *err)
{
    _Alignas(4096) uint8_t head[RECORD_FILE_HEAD];
    char path[PATH_MAX];

    path_of(path, l->recorder, l->stem, ".pcapng.open");
    int fd = file_locked(path, l->recorder->settings.direct);
    if (l->file->vault != NULL) {
        vault_head(VAULT_SEGMENT, head);
    } else {
        block_file_head(head);
    }
    if (fd < 0 || pwrite(fd, head, sizeof head, 0) != (ssize_t)sizeof head) {
        err_sys(err, "create %s", path);
        if (fd >= 0) {
            close(fd);
            (void)unlink(path);
        }
        return -1;
    }
    return fd;
}

/* On the disk's other thread: what is too much, or too old, goes. */
static void budget_run(void *ctx)
{
    struct recorder *r = ctx;

    atomic_store(&r->budget_waits, false); /* what begins or is sealed from here on is looked at again */
    uint64_t now = clock_now(), age = (uint64_t)r->settings.age * CLOCK_SECOND;
    struct budget b = { .bytes = r->settings.budget, .before = age != 0 && now > age ? now - age : 0, .room = (r->settings.segment_bytes + RECORD_BLOCK) * r->lanes, .run = r->run };
    struct err err;
    unsigned gone;

    if (!budget_apply(r->settings.dir, (r->how & PACK_SEALED) != 0 ? r->key : NULL, &b, &gone, &err)) {
        recorder_fail(r, &err);
    }
}

void recorder_budget(struct recorder *r)
{
    if ((r->settings.budget != 0 || r->settings.age != 0) && !atomic_exchange(&r->budget_waits, true)) {
        disk_later(r->disk, budget_run, r);
    }
}

void segment_stem(struct record_lane *l, uint64_t ts)
{
    time_t seconds = (time_t)(ts / CLOCK_SECOND);
    struct tm tm;
    char when[32];

    gmtime_r(&seconds, &tm);
    strftime(when, sizeof when, "%Y%m%dT%H%M%SZ", &tm);
    snprintf(l->stem, sizeof l->stem, "%s-%016llx-%02x-%06x", when, (unsigned long long)l->recorder->run, l->lane, l->segment);
}

void sealing_begin(struct record_lane *l)
{
    struct sealing *s = l->sealing;

    s->recorder = l->recorder;
    s->file = l->file;
    s->journal = l->journal.file;
    snprintf(s->stem, sizeof s->stem, "%s", l->stem);
}

void segment_about(struct record_lane *l)
{
    const struct recorder_settings *s = &l->recorder->settings;

    l->about = (struct index_about){ .run = l->recorder->run, .lane = l->lane, .segment = l->segment, .app_n = (uint8_t)s->app_n, .sight = s->sight, .live = !s->wait, .waits = l->ring.head != NULL };
    memcpy(l->about.app, s->apps, s->app_n * sizeof *s->apps);
}

/* A key of its own, where segments are encrypted. */
static bool segment_key(struct record_lane *l, struct err *err)
{
    struct sealing *s = l->sealing;

    if ((l->recorder->how & PACK_SEALED) == 0) {
        return true;
    }
    return (getrandom(s->key, sizeof s->key, 0) == (ssize_t)sizeof s->key || err_sys(err, "a segment's key")) &&
           (l->file->vault = vault_new(s->key, VAULT_SEGMENT, err)) != NULL;
}

static bool segment_begin(struct record_lane *l, const struct packet *p, struct err *err)
{
    const struct recorder_settings *s = &l->recorder->settings;

    segment_stem(l, p->ts);
    l->file = calloc(1, sizeof *l->file);
    l->ledger = ledger_new(s->segment_bytes, s->sketches);
    l->sealing = calloc(1, sizeof *l->sealing);
    bool good = l->file != NULL && l->ledger != NULL && l->sealing != NULL;
    good = good ? segment_key(l, err) && disk_has_room(l, err) && (l->file->fd = file_open(l, err)) >= 0 : err_set(err, "recorder: not enough memory for a segment");
    if (!good) {
        ledger_free(l->ledger);
        if (l->file != NULL) {
            vault_free(l->file->vault);
        }
        if (l->sealing != NULL) {
            explicit_bzero(l->sealing->key, sizeof l->sealing->key);
        }
        free(l->file);
        free(l->sealing);
        l->ledger = NULL;
        l->file = NULL;
        l->sealing = NULL;
        return false;
    }
    l->file->written = RECORD_FILE_HEAD;
    l->ledger->lost_packets = l->lost;
    l->lost = 0;
    segment_about(l);
    journal_open(l);
    sealing_begin(l);
    if (l->file->vault != NULL) {
        disk_job(l->recorder->disk, key_run, l->sealing);
    }
    recorder_budget(l->recorder);
    if (l->retry != 0 || atomic_load(&l->recorder->left)) {
        recorder_again(l->recorder);
    }
    l->counter[RECORDER_SEGMENTS]++;
    return true;
}

bool segment_retry(const struct record_lane *l) { return l->retry != 0 && clock_monotonic() < l->retry; }

bool lane_segment(struct record_lane *l, const struct packet *p)
{
    struct err err = { "" };

    if (l->ledger != NULL && (l->ledger->block_n * (uint64_t)RECORD_BLOCK >= l->recorder->settings.segment_bytes || ledger_full(l->ledger))) {
        lane_seal(l);
    } else if (l->ledger != NULL && atomic_load_explicit(&l->file->failed, memory_order_relaxed)) { /* what is there is sealed; after a while another is tried */
        lane_seal(l);
        l->retry = clock_monotonic() + RETRY * CLOCK_SECOND;
    }
    if (l->ledger != NULL) {
        return true;
    }
    if (segment_retry(l)) {
        return false;
    }
    l->segment++;
    if (!segment_begin(l, p, &err)) {
        l->segment--; /* the next one's */
        recorder_fail(l->recorder, &err);
        l->retry = clock_monotonic() + RETRY * CLOCK_SECOND;
        return false;
    }
    l->retry = 0;
    return true;
}
