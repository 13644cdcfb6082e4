/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/filestore.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUCKETS = 1024, FILES_MAX = 65536, TELL_SECONDS = 60 };

/* A file that is not whole yet. */
struct growing {
    struct growing *next;
    uint64_t id;
    int fd;             /* -1: not kept open */
    bool failed;        /* nothing more is written */
};

struct filestore {
    struct filestore_settings settings;
    char dir[PATH_MAX - 256];
    struct log *log;
    struct growing *bucket[BUCKETS];
    uint32_t n, open_n;
    uint64_t counter[FILESTORE_COUNTER_N];
    uint64_t tell;      /* ns, monotonic: no failure is told before that */
};

const struct counter_row filestore_counters[] = {
#define COUNTER(id, name, kind, help) { name, help, kind },
#include "output/filestore.list"
#undef COUNTER
};

static void failed(struct filestore *s, const char *what, const char *path)
{
    int error = errno;
    uint64_t now = clock_monotonic();

    s->counter[FILESTORE_ERRORS]++;
    if (now >= s->tell) {
        s->tell = now + TELL_SECONDS * CLOCK_SECOND;
        log_say(s->log, LOG_ERROR, "file-store: %s %s: %s; further ones are counted", what, path, strerror(error));
    }
    errno = error;
}

static void growing_path(const struct filestore *s, uint64_t id, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s/tmp/file.%llu", s->dir, (unsigned long long)id);
}

static struct growing **growing_at(struct filestore *s, uint64_t id)
{
    struct growing **at = &s->bucket[hash_word(id) % BUCKETS];

    while (*at != NULL && (*at)->id != id) {
        at = &(*at)->next;
    }
    return at;
}

static struct growing *growing_new(struct filestore *s, uint64_t id)
{
    struct growing **at = growing_at(s, id), *g = s->n < FILES_MAX ? calloc(1, sizeof *g) : NULL;

    if (g == NULL) {
        errno = ENOMEM;
        failed(s, "keep in mind", "a file");
        return NULL;
    }
    g->id = id;
    g->fd = -1;
    g->next = *at;
    *at = g;
    s->n++;
    s->counter[FILESTORE_OPEN]++;
    return g;
}

static void growing_close(struct filestore *s, struct growing *g)
{
    if (g->fd >= 0) {
        if (close(g->fd) != 0 && !g->failed) {
            g->failed = true;
            failed(s, "close", "a file");
        }
        g->fd = -1;
        s->open_n--;
    }
}

static void growing_forget(struct filestore *s, struct growing *g)
{
    struct growing **at = &s->bucket[hash_word(g->id) % BUCKETS];

    while (*at != g) {
        at = &(*at)->next;
    }
    *at = g->next;
    s->n--;
    s->counter[FILESTORE_OPEN]--;
    free(g);
}

static void growing_open(struct filestore *s, struct growing *g, const char *path, bool new)
{
    g->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | (new ? O_CREAT | O_TRUNC : 0), 0640);
    if (g->fd < 0) {
        g->failed = true;
        failed(s, "open", path);
        return;
    }
    s->open_n++;
}

static void take_data(struct filestore *s, const struct store_event *e, struct bytes b)
{
    struct growing *g = *growing_at(s, e->id);
    char path[PATH_MAX];
    bool new = g == NULL;

    if ((new && (g = growing_new(s, e->id)) == NULL) || g->failed) {
        return;
    }
    growing_path(s, e->id, path);
    if (g->fd < 0) {
        growing_open(s, g, path, new);
    }
    if (!g->failed && file_write_at(g->fd, b, e->offset) != b.n) {
        g->failed = true;
        failed(s, "write", path);
    }
    if (g->failed) { /* its room is given back now */
        growing_close(s, g);
        (void)unlink(path);
    } else if (s->open_n > s->settings.max_open) {
        s->counter[FILESTORE_MAX_HIT] += s->settings.max_open != 0;
        growing_close(s, g);
    }
}

static void hash_name(const uint8_t hash[32], char name[65])
{
    for (unsigned i = 0; i < 32; i++) {
        snprintf(name + 2 * (size_t)i, 3, "%02x", hash[i]);
    }
}

static void record_write(struct filestore *s, const struct store_event *e, const char *path, struct bytes record)
{
    char name[PATH_MAX];

    if (record.n == 0) {
        return;
    }
    int n = snprintf(name, sizeof name, "%s.%llu.%llu.json", path, (unsigned long long)(e->ts / CLOCK_SECOND), (unsigned long long)e->id);
    int fd = n > 0 && (size_t)n < sizeof name ? open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640) : -1;
    if (fd < 0) {
        failed(s, "open", name);
        return;
    }
    bool done = file_write(fd, record) == record.n;
    bool closed = close(fd) == 0;
    if (!done || !closed) {
        failed(s, "write", name);
        (void)unlink(name);
    }
}

/* The file gets its lasting name. */
static bool settle(struct filestore *s, const char *from, const char *to)
{
    if (access(to, F_OK) == 0) {
        if (utimensat(AT_FDCWD, to, NULL, 0) != 0 || unlink(from) != 0) {
            failed(s, "bring up to date", to);
        }
        return true;
    }
    if (rename(from, to) != 0) {
        failed(s, "rename", from);
        (void)unlink(from);
        return false;
    }
    return true;
}

static void take_done(struct filestore *s, const struct store_event *e, struct bytes record)
{
    struct growing *g = *growing_at(s, e->id);
    char name[65], from[PATH_MAX], to[PATH_MAX];

    if (g == NULL) { /* an empty one */
        take_data(s, e, bytes_none());
        g = *growing_at(s, e->id);
    }
    if (g == NULL) {
        return;
    }
    growing_close(s, g);
    bool lost = g->failed;
    growing_forget(s, g);
    if (lost) {
        return;
    }
    growing_path(s, e->id, from);
    hash_name(e->sha256, name);
    int n = snprintf(to, sizeof to, "%s/%.2s", s->dir, name);
    if (mkdir(to, 0755) != 0 && errno != EEXIST) {
        failed(s, "make folder", to);
        (void)unlink(from);
        return;
    }
    snprintf(to + n, sizeof to - (size_t)n, "/%s", name);
    if (settle(s, from, to)) {
        record_write(s, e, to, record);
    }
}

static void take_drop(struct filestore *s, uint64_t id)
{
    struct growing *g = *growing_at(s, id);
    char path[PATH_MAX];

    if (g != NULL) {
        growing_close(s, g);
        if (!g->failed) {
            growing_path(s, id, path);
            (void)unlink(path);
        }
        growing_forget(s, g);
    }
}

void filestore_take(struct filestore *s, struct bytes event)
{
    struct store_event e;

    bug_if(event.n < sizeof e);
    memcpy(&e, event.p, sizeof e);
    struct bytes b = bytes_from(event, sizeof e);
    switch ((enum store_op)e.op) {
    case STORE_DATA: take_data(s, &e, b); break;
    case STORE_DONE: take_done(s, &e, b); break;
    case STORE_DROP: take_drop(s, e.id); break;
    }
}

struct filestore *filestore_open(const struct filestore_settings *s, const char *log_dir, struct log *log, struct err *err)
{
    struct filestore *f = calloc(1, sizeof *f);
    char tmp[PATH_MAX];

    if (f == NULL) {
        err_sys(err, "file-store");
        return NULL;
    }
    f->settings = *s;
    f->log = log;
    int n = s->dir[0] == '/' ? snprintf(f->dir, sizeof f->dir, "%s", s->dir) : snprintf(f->dir, sizeof f->dir, "%s/%s", log_dir, s->dir);
    bool good = (n > 0 && (size_t)n < sizeof f->dir) || err_set(err, "file-store.dir: '%s' is empty or too long a name", s->dir);
    snprintf(tmp, sizeof tmp, "%s/tmp", f->dir);
    if (!good || !file_make_folder(tmp, err)) {
        free(f);
        return NULL;
    }
    return f;
}

const uint64_t *filestore_values(const struct filestore *s) { return s->counter; }

void filestore_close(struct filestore *s)
{
    for (unsigned i = 0; i < BUCKETS; i++) {
        while (s->bucket[i] != NULL) {
            take_drop(s, s->bucket[i]->id);
        }
    }
    free(s);
}
