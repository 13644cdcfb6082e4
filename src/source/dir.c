/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder into which captures are written: those that are there, then each that comes, when it is closed or moved there.
 *
 * One worker reads it.  Times are the captures'.  A capture that cannot be read is told, and the next one is read.
 */
#include "source/kind.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WAITING_MAX = 65536 /* captures that wait to be read; more are left, and counted as errors */ };

struct dir {
    struct device base;
    char *path;
    char *current;            /* being read */
    struct source *reading;
    char **waiting;           /* paths, in order, from first on */
    size_t first, waiting_n, room;
};

static bool wait_for(struct dir *d, const char *name)
{
    char *path;
    struct stat st;

    if (name[0] == '.' || asprintf(&path, "%s/%s", d->path, name) < 0) {
        return true;
    }
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || d->waiting_n - d->first >= WAITING_MAX) {
        free(path);
        return false;
    }
    if (d->waiting_n == d->room) {
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
            at += sizeof(*e) + e->len;
        }
    }
}

static void done(struct dir *d)
{
    struct source_input *told = &d->base.source->input[d->base.input];
    size_t n;

    if (source_inputs(d->reading, &n)[0].err.text[0] != '\0') {
        told->err = source_inputs(d->reading, &n)[0].err;
        d->base.source->counter[SOURCE_ERRORS]++;
    }
    source_close(d->reading);
    free(d->current);
    d->reading = NULL;
    d->current = NULL;
}

static bool next(struct dir *d)
{
    struct source_settings s = *d->base.settings;

    while (d->reading == NULL && d->first < d->waiting_n) {
        struct err err = { "" };
        d->current = d->waiting[d->first++];
        s.live = false;
        s.paths = (const char *const *)&d->current;
        s.path_n = 1;
        s.packets = 0;
        d->reading = source_open_files(&s, &err);
        if (d->reading == NULL) {
            d->base.source->input[d->base.input].err = err;
            d->base.source->counter[SOURCE_ERRORS]++;
            free(d->current);
            d->current = NULL;
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
    (void)source_poll(d->reading, b);
    for (unsigned i = 0; i < b->n; i++) {
        b->packet[i].number = ++*base->number;
        b->packet[i].input = base->input;
    }
    base->source->counter[SOURCE_RECEIVED] += b->n;
    if (b->n == 0) { /* what was read and not wanted is given back, and why it ended is told */
        source_release(d->reading, b);
        if (b->end) {
            done(d);
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
    free(d->current);
    free(d->path);
    free(d);
}

static bool begin(struct dir *d, const char *name, struct err *err)
{
    struct dirent **entry;

    d->path = strdup(name);
    d->base.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (d->path == NULL || d->base.fd < 0 || inotify_add_watch(d->base.fd, name, IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR) < 0) {
        return err_sys(err, "watch the folder");
    }
    int n = scandir(name, &entry, NULL, alphasort);
    if (n < 0) {
        return err_sys(err, "read the folder");
    }
    for (int i = 0; i < n; i++) {
        (void)wait_for(d, entry[i]->d_name);
        free(entry[i]);
    }
    free(entry);
    return true;
}

static struct device *dir_open(const struct source_settings *s, const char *name, struct err *err)
{
    static const struct device_ops ops = { dir_poll, dir_release, dir_close, NULL, NULL };
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

const struct source_kind source_dir = { "dir", "a folder: the captures in it, and each that is written or moved there", true, true, dir_open };
