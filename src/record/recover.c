/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/recover.h"

#include "base/file.h"
#include "record/gaps.h"
#include "record/journal.h"
#include "record/pack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct orphan {
    char open[PATH_MAX], sealed[PATH_MAX], encrypted[PATH_MAX], index[PATH_MAX], fresh[PATH_MAX], journal[PATH_MAX], packing[PATH_MAX], key[PATH_MAX];
    int fd;                      /* holds the lock */
    bool has_key;                /* it is encrypted */
    uint8_t own[PACK_KEY];       /* its key */
};

static const uint8_t *key_of(const struct orphan *o) { return o->has_key ? o->own : NULL; }

static bool orphan_name(struct orphan *o, const char *dir, const char *name)
{
    static const char end[] = ".pcapng.open";
    size_t n = strlen(name), k = sizeof end - 1;

    if (n <= k || strcmp(name + n - k, end) != 0 || strlen(dir) + n + 8 > PATH_MAX) {
        return false;
    }
    int stem = (int)(n - k);
    snprintf(o->open, PATH_MAX, "%s/%s", dir, name);
    snprintf(o->sealed, PATH_MAX, "%s/%.*s.pcapng", dir, stem, name);
    snprintf(o->encrypted, PATH_MAX, "%s/%.*s%s", dir, stem, name, pack_end(PACK_SEALED));
    snprintf(o->index, PATH_MAX, "%s/%.*s.index", dir, stem, name);
    snprintf(o->fresh, PATH_MAX, "%s/%.*s.index.new", dir, stem, name);
    snprintf(o->journal, PATH_MAX, "%s/%.*s.journal", dir, stem, name);
    snprintf(o->key, PATH_MAX, "%s/%.*s.key", dir, stem, name);
    snprintf(o->packing, PATH_MAX, "%s/%.*s.packing", dir, stem, name);
    return true;
}

/* False: its writer lives, or it is gone. */
static bool orphan_lock(struct orphan *o, bool patient)
{
    enum { TRIES = 20, STEP = 50 /* ms */ };
    bool locked = false;

    o->fd = open(o->open, O_RDWR | O_CLOEXEC);
    for (unsigned i = 0; o->fd >= 0 && !locked && i < (patient ? TRIES : 1); i++) {
        if (i != 0) {
            (void)nanosleep(&(struct timespec){ .tv_nsec = STEP * 1000000 }, NULL);
        }
        locked = flock(o->fd, LOCK_EX | LOCK_NB) == 0;
    }
    struct stat now, then; /* another may have sealed it while we waited */
    locked = locked && fstat(o->fd, &then) == 0 && stat(o->open, &now) == 0 && now.st_ino == then.st_ino && now.st_dev == then.st_dev;
    if (o->fd >= 0 && !locked) {
        close(o->fd);
        o->fd = -1;
    }
    return o->fd >= 0;
}

/* Its index is there and whole: only its name was missing. */
static bool orphan_indexed(const struct orphan *o, uint64_t *bytes, uint64_t *packets, bool *packed)
{
    struct err err;
    struct stat st;
    struct index *ix = index_open(o->index, key_of(o), &err);
    bool good = ix != NULL && index_check(ix, &err) && fstat(o->fd, &st) == 0;

    if (good) {
        *bytes = RECORD_FILE_HEAD + (uint64_t)index_about(ix)->blocks * RECORD_BLOCK;
        *packets = index_about(ix)->packets;
        *packed = index_about(ix)->packed != 0 && (index_about(ix)->packed & PACK_PAGES) == 0;
        good = (uint64_t)st.st_size >= *bytes;
    }
    index_close(ix);
    return good;
}

/* The last block may have been on the disk in part: what is behind its packets is filled up, so that it is pcapng to its end. */
static bool last_block_fill(const struct orphan *o, uint64_t whole, struct err *err)
{
    uint8_t *memory = aligned_alloc(4096, RECORD_BLOCK);
    uint32_t last = (uint32_t)((whole - RECORD_FILE_HEAD) / RECORD_BLOCK) - 1;
    struct block_about about;

    bool good = memory != NULL && unsealed_block(o->fd, NULL, last, memory, &about) && unsealed_fill(o->fd, NULL, last, memory, about.used);
    free(memory);
    return good || err_sys(err, "%s", o->open);
}

/* False with err: it is encrypted, and has something in it, and does not open. */
static bool orphan_key(struct orphan *o, const uint8_t *key, bool *empty, struct err *err)
{
    struct stat st;
    bool sealed = unsealed_sealed(o->fd);

    *empty = sealed && fstat(o->fd, &st) == 0 && st.st_size <= RECORD_FILE_HEAD;
    o->has_key = sealed && !*empty;
    return !o->has_key || (key != NULL ? pack_key_open(o->key, key, o->own, err) : err_set(err, "%s: it is encrypted, and there is no key for it", o->open));
}

/* What there is of it with an index; *packets 0: nothing. */
static bool orphan_index(const struct orphan *o, uint64_t *packets, struct recovered *out, struct err *err)
{
    struct unsealed u;
    bool good = true;

    if (!unsealed_read(&u, &(struct unsealed_from){ o->open, o->journal, key_of(o) }, true, err)) {
        return false;
    }
    u.about.packed = o->has_key ? PACK_SEALED | PACK_PAGES : 0;
    *packets = u.ledger->packets;
    if (*packets != 0) {
        good = (o->has_key || last_block_fill(o, u.whole, err)) && (ftruncate(o->fd, (off_t)u.whole) == 0 || err_sys(err, "%s", o->open)) &&
               index_write(o->index, &u.about, u.ledger, key_of(o), err);
        out->strays += u.strays;
    }
    unsealed_fini(&u);
    return good;
}

static bool orphan_seal(struct orphan *o, const uint8_t *key, struct recovered *out, struct err *err)
{
    uint64_t bytes, packets = 0;
    bool good = true, packed = false, empty;

    if (!orphan_key(o, key, &empty, err)) {
        return false;
    }
    if (!empty && orphan_indexed(o, &bytes, &packets, &packed)) {
        good = ftruncate(o->fd, (off_t)bytes) == 0 || err_sys(err, "%s", o->open);
        packets = packed ? 0 : packets; /* what was packed is there: the open file only has not gone */
    } else if (!empty) {
        for (unsigned how = PACK_ZSTD; how <= PACK_SEALED; how++) { /* one that was being packed */
            char path[PATH_MAX];
            if (snprintf(path, sizeof path, "%.*s%s", (int)(strlen(o->index) - strlen(".index")), o->index, pack_end(how)) < (int)sizeof path) {
                (void)unlink(path);
            }
        }
        if (!o->has_key) {
            (void)unlink(o->key);
        }
        good = orphan_index(o, &packets, out, err);
    }
    if (good && packets != 0) {
        good = (fsync(o->fd) == 0 && rename(o->open, o->has_key ? o->encrypted : o->sealed) == 0) || err_sys(err, "%s", o->open);
        out->packets += packets;
        out->segments++;
    } else if (good) {
        good = unlink(o->open) == 0 || err_sys(err, "%s", o->open);
        if (good && !packed) {
            (void)unlink(o->index); /* of a capture that could not be read */
            (void)unlink(o->key);
        }
    }
    if (good) {
        (void)unlink(o->journal);
        (void)unlink(o->fresh);
        (void)unlink(o->packing);
    }
    return good;
}

static bool there(const char *stem, const char *end)
{
    char path[PATH_MAX];
    struct stat st;

    return snprintf(path, sizeof path, "%s%s", stem, end) >= (int)sizeof path || stat(path, &st) == 0 || errno != ENOENT;
}

/* An index whose capture is not there any more: it is told of as deleted, and goes. */
static void index_alone(const char *dir, const char *name, const uint8_t *key, struct recovered *out)
{
    static const char end[] = ".index";
    char path[PATH_MAX], stem[PATH_MAX];
    size_t n = strlen(name), k = sizeof end - 1;
    struct err err;

    if (n <= k || strcmp(name + n - k, end) != 0 || snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path) {
        return;
    }
    snprintf(stem, sizeof stem, "%.*s", (int)(strlen(path) - k), path);
    if (there(stem, ".pcapng.open") || there(stem, ".pcapng") || there(stem, pack_end(PACK_ZSTD)) || there(stem, pack_end(PACK_SEALED))) {
        return; /* in that order: the open one gets its name only when that is another */
    }
    char key_path[PATH_MAX];
    uint8_t own[PACK_KEY];
    bool fits = snprintf(key_path, sizeof key_path, "%s.key", stem) < (int)sizeof key_path;
    bool keyed = fits && key != NULL && index_sealed(path) && pack_key_open(key_path, key, own, &err);
    struct index *ix = index_open(path, keyed ? own : NULL, &err);
    if (ix != NULL && !index_about(ix)->foreign) {
        const struct index_about *a = index_about(ix);
        deleted_tell(&(struct deleted){ path, "lost", a->first_ts, a->last_ts, a->packets, a->bytes });
        out->lost += unlink(path) == 0;
        (void)unlink(key_path);
    }
    index_close(ix);
}

bool recover_all(const char *dir, const uint8_t *key, bool patient, struct recovered *out, struct err *err)
{
    DIR *d = opendir(dir);
    struct orphan *o = malloc(sizeof *o);
    bool good = d != NULL && o != NULL;

    *out = (struct recovered){ 0 };
    if (!good) {
        bool none = d == NULL && errno == ENOENT;
        if (d != NULL) {
            closedir(d);
        }
        free(o);
        return none || err_sys(err, "%s", dir);
    }
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        if (!orphan_name(o, dir, e->d_name) || !orphan_lock(o, patient)) {
            continue;
        }
        if (!orphan_seal(o, key, out, err)) {
            out->failed++;
            good = false;
        }
        close(o->fd);
    }
    rewinddir(d);
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        index_alone(dir, e->d_name, key, out);
    }
    closedir(d);
    free(o);
    out->missing = segments_missing(dir);
    return good;
}

bool recover_with(const char *dir, const char *key_file, struct recovered *out, struct err *err)
{
    uint8_t key[PACK_KEY];

    *out = (struct recovered){ 0 };
    if (key_file != NULL && !pack_key_read(key_file, key, err)) {
        return false;
    }
    bool good = recover_all(dir, key_file != NULL ? key : NULL, true, out, err);
    explicit_bzero(key, sizeof key);
    return good;
}
