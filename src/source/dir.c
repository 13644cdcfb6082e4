/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder into which captures are written: those that are there, then each that comes, when it is closed or moved there.
 *
 * One worker reads it.  Times are the captures'.  A capture that cannot be read is told, and the next one is read.  What was read is known by
 * how it begins and ends: it is not read again, and one that has grown since, as somebody still wrote it, only from there on.  When the
 * kernel tells no more of what comes, as it was too much, the folder is looked through; one that is gone is told, until it is there again.
 */
#include "base/clock.h"
#include "base/hash.h"
#include "source/kind.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    WAITING_MAX = 65536,      /* captures that wait to be read; more are left, and counted as errors */
    READ_MAX = 65536,         /* captures that are known to have been read: the last ones */
    END = 4096,               /* bytes by which it is known how a capture begins, and ends */
    KNOWN_AT_ONCE = 64,       /* those that were read already, in a poll */
    EVENTS = IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR,
};

/* A capture that was read. */
struct known {
    uint64_t inode, size, ends, changed /* ns */;
    uint64_t packets;         /* in it, those that were not wanted too */
};

struct dir {
    struct device base;
    char *path;
    int watch;                /* -1: the folder is gone */
    bool scan;                /* it is to be looked through */
    char *current;            /* being read */
    struct source *reading;
    struct known now;         /* what it is */
    struct source_run rest;   /* of it that was not read before */
    struct source_part part;
    char **waiting;           /* paths, in order, from first on */
    size_t first, waiting_n, room;
    struct known *known;      /* a ring */
    size_t known_n, known_room;
    uint64_t failed;          /* whose error was told last */
};

static bool wait_for(struct dir *d, const char *name)
{
    char *path;
    struct stat st;

    if (name[0] == '.' || asprintf(&path, "%s/%s", d->path, name) < 0) {
        return true;
    }
    bool there = stat(path, &st) == 0;
    if (!there || !S_ISREG(st.st_mode) || d->waiting_n - d->first >= WAITING_MAX) {
        free(path);
        return there && !S_ISREG(st.st_mode);
    }
    if (d->waiting_n == d->room && d->first != 0) {
        memmove(d->waiting, d->waiting + d->first, (d->waiting_n - d->first) * sizeof(*d->waiting));
        d->waiting_n -= d->first;
        d->first = 0;
    }
    if (d->waiting_n == d->room) {
        size_t room = d->room != 0 ? d->room * 2 : 64;
        char **more = realloc(d->waiting, room * sizeof(*more));
        if (more == NULL) {
            free(path);
            return false;
        }
        d->waiting = more;
        d->room = room;
    }
    d->waiting[d->waiting_n++] = path;
    return true;
}

static void scan(struct dir *d)
{
    struct dirent **entry;
    int n = scandir(d->path, &entry, NULL, alphasort);

    d->base.source->counter[SOURCE_ERRORS] += n < 0;
    for (int i = 0; i < n; i++) {
        d->base.source->counter[SOURCE_ERRORS] += !wait_for(d, entry[i]->d_name);
        free(entry[i]);
    }
    if (n >= 0) {
        free(entry);
    }
    d->scan = false;
}

/* What came into the folder since. */
static void look(struct dir *d)
{
    _Alignas(struct inotify_event) char room[16 * (sizeof(struct inotify_event) + NAME_MAX + 1)];
    ssize_t n;

    while ((n = read(d->base.fd, room, sizeof(room))) > 0) {
        for (char *at = room; at < room + n;) {
            const struct inotify_event *e = (const void *)at;
            if (e->len != 0 && !wait_for(d, e->name)) {
                d->base.source->counter[SOURCE_ERRORS]++;
            }
            d->scan |= (e->mask & IN_Q_OVERFLOW) != 0;
            if ((e->mask & (IN_IGNORED | IN_MOVE_SELF)) != 0 && e->wd == d->watch) {
                (void)inotify_rm_watch(d->base.fd, d->watch); /* moved away it is another folder */
                d->watch = -1;
            }
            at += sizeof(*e) + e->len;
        }
    }
    if (d->scan) {
        scan(d);
    }
}

/* How the first `size` bytes of a file begin and end. */
static uint64_t ends_of(int fd, uint64_t size)
{
    uint8_t bytes[2 * END] = { 0 };
    uint64_t from = size > END ? size - END : 0;
    ssize_t head = pread(fd, bytes, size < END ? (size_t)size : END, 0), tail = pread(fd, bytes + END, (size_t)(size - from), (off_t)from);

    return head < 0 || tail < 0 ? 0 : hash_bytes(bytes, sizeof(bytes), size);
}

static struct known *known_find(const struct dir *d, uint64_t inode)
{
    size_t n = d->known_n < d->known_room ? d->known_n : d->known_room;

    for (size_t i = 0; i < n; i++) {
        if (d->known[i].inode == inode) {
            return &d->known[i];
        }
    }
    return NULL;
}

/* Is there something in the current capture that was not read?  Where that begins. */
static bool fresh(struct dir *d)
{
    int fd = open(d->current, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;

    d->now = (struct known){ .inode = 0 };
    d->rest = (struct source_run){ 0, UINT32_MAX };
    if (fd < 0) {
        return true; /* told when it is opened */
    }
    bool same = false;
    if (fstat(fd, &st) == 0) {
        d->now = (struct known){ .inode = st.st_ino, .size = (uint64_t)st.st_size, .ends = ends_of(fd, (uint64_t)st.st_size),
                                 .changed = (uint64_t)st.st_mtim.tv_sec * CLOCK_SECOND + (uint64_t)st.st_mtim.tv_nsec };
        const struct known *k = known_find(d, d->now.inode);
        bool begins = k != NULL && k->size <= d->now.size && k->ends == ends_of(fd, k->size);
        same = begins && k->size == d->now.size && k->changed == d->now.changed;
        if (begins && k->size < d->now.size && k->packets <= UINT32_MAX) {
            d->rest.start = (uint32_t)k->packets;
        }
    }
    (void)close(fd);
    d->now.packets = d->rest.start;
    return !same;
}

static void remember(struct dir *d)
{
    struct known *before = known_find(d, d->now.inode);

    if (before != NULL) {
        *before = d->now;
        return;
    }
    if (d->known_n == d->known_room && d->known_room < READ_MAX) {
        size_t room = d->known_room != 0 ? 2 * d->known_room : 64;
        struct known *more = realloc(d->known, room * sizeof(*more));
        if (more == NULL) {
            return; /* it may be read again */
        }
        d->known = more;
        d->known_room = room;
    }
    d->known[d->known_n++ % d->known_room] = d->now;
}

/* The current one is read, as far as it could be. */
static void done(struct dir *d, const struct err *why)
{
    struct source_input *told = &d->base.source->input[d->base.input];

    if (why->text[0] != '\0') {
        told->err = *why;
        d->failed = d->now.inode;
        d->base.source->counter[SOURCE_ERRORS]++;
    } else if (d->failed != 0 && d->failed == d->now.inode) { /* it has come whole since */
        told->err = (struct err){ "" };
        d->failed = 0;
    }
    remember(d);
    source_close(d->reading);
    free(d->current);
    d->reading = NULL;
    d->current = NULL;
}

static bool next(struct dir *d)
{
    struct source_settings s = *d->base.settings;

    for (unsigned i = 0; i < KNOWN_AT_ONCE && d->reading == NULL && d->first < d->waiting_n; i++) {
        struct err err = { "" };
        d->current = d->waiting[d->first++];
        if (!fresh(d)) {
            free(d->current);
            d->current = NULL;
            continue;
        }
        d->part = (struct source_part){ .run = &d->rest, .run_n = 1 };
        s.part = d->rest.start != 0 ? &d->part : NULL;
        s.live = false;
        s.paths = (const char *const *)&d->current;
        s.path_n = 1;
        s.packets = 0;
        d->reading = source_open_files(&s, &err);
        if (d->reading == NULL) {
            done(d, &err);
        }
    }
    return d->reading != NULL;
}

static void dir_poll(struct device *base, struct batch *b, unsigned limit)
{
    struct dir *d = (struct dir *)base;

    (void)limit; /* the batch of the files is the same */
    look(d);
    if (!next(d)) {
        return;
    }
    size_t n;
    const uint64_t *unwanted = &source_inputs(d->reading, &n)->unwanted;
    uint64_t before = *unwanted;
    (void)source_poll(d->reading, b);
    uint64_t passed = *unwanted - before;
    base->source->counter[SOURCE_UNWANTED] += passed;
    d->now.packets += b->n + passed;
    for (unsigned i = 0; i < b->n; i++) {
        b->packet[i].number = ++*base->number;
        b->packet[i].input = base->input;
    }
    base->source->counter[SOURCE_RECEIVED] += b->n + passed;
    if (b->n == 0) { /* what was read and not wanted is given back, and why it ended is told */
        source_release(d->reading, b);
        if (b->end) {
            const struct err why = source_inputs(d->reading, &n)[0].err;
            done(d, &why);
        }
    }
}

static void dir_release(struct device *base, struct batch *b)
{
    source_release(((struct dir *)base)->reading, b);
}

static void dir_close(struct device *base)
{
    struct dir *d = (struct dir *)base;

    if (d->reading != NULL) {
        source_close(d->reading);
    }
    for (; d->first < d->waiting_n; d->first++) {
        free(d->waiting[d->first]);
    }
    if (base->fd >= 0) {
        (void)close(base->fd);
    }
    free(d->waiting);
    free(d->known);
    free(d->current);
    free(d->path);
    free(d);
}

static bool begin(struct dir *d, const char *name, struct err *err)
{
    d->path = strdup(name);
    d->base.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    d->watch = d->path != NULL && d->base.fd >= 0 ? inotify_add_watch(d->base.fd, name, EVENTS) : -1;
    d->scan = true;
    return d->watch >= 0 || err_sys(err, "watch the folder");
}

static enum device_state dir_look(struct device *base, struct err *err)
{
    struct dir *d = (struct dir *)base;

    (void)err;
    if (d->watch >= 0) {
        return DEVICE_WELL;
    }
    d->watch = inotify_add_watch(base->fd, d->path, EVENTS);
    d->scan = d->watch >= 0;
    return d->watch >= 0 ? DEVICE_AGAIN : DEVICE_GONE;
}

static struct device *dir_open(const struct source_settings *s, const char *name, struct err *err)
{
    static const struct device_ops ops = { dir_poll, dir_release, dir_close, NULL, NULL, dir_look };
    struct dir *d = calloc(1, sizeof(*d));

    (void)s;
    if (d == NULL) {
        (void)err_set(err, "not enough memory");
        return NULL;
    }
    d->base.ops = &ops;
    d->base.fd = -1;
    if (!begin(d, name, err)) {
        dir_close(&d->base);
        return NULL;
    }
    return &d->base;
}

const struct source_kind source_dir = { .name = "dir", .help = "a folder: the captures in it, and each that is written or moved there",
    .one_reader = true, .own_time = true, .open = dir_open };
