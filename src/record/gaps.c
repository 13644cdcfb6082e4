/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/gaps.h"

#include "base/clock.h"
#include "base/file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 20, LINE_LEAST = 16 };

/* ---- the file ---- */

static bool line_read(struct bytes line, struct record_gap *g)
{
    char text[160];
    unsigned long long first, last, packets;

    if (line.n < LINE_LEAST || line.n >= sizeof text) {
        return false;
    }
    memcpy(text, line.p, line.n);
    text[line.n] = '\0';
    if (sscanf(text, "%20llu %20llu %20llu", &first, &last, &packets) != 3 || last < first) {
        return false;
    }
    *g = (struct record_gap){ "deleted", first, last, packets };
    return true;
}

/* The next line; false: none is left. */
static bool line_next(struct bytes *all, struct bytes *line)
{
    const uint8_t *end = all->n != 0 ? memchr(all->p, '\n', all->n) : NULL;

    if (end == NULL) {
        return false;
    }
    *line = bytes_of(all->p, (size_t)(end - all->p));
    *all = bytes_from(*all, line->n + 1);
    return true;
}

static bool deleted_path(const char *dir, char out[PATH_MAX]) { return snprintf(out, PATH_MAX, "%s/deleted", dir) < PATH_MAX; }

/* The older half as one line. */
static void shorten(const char *path)
{
    struct bytes all, left, line;
    struct err err;
    struct record_gap sum = { .first = UINT64_MAX }, g;
    char fresh[PATH_MAX];

    if (!file_read(path, 4 * FILE_MAX, &all, &err)) {
        return;
    }
    for (left = all; left.n > all.n / 2 && line_next(&left, &line);) {
        if (line_read(line, &g)) {
            sum.first = g.first < sum.first ? g.first : sum.first;
            sum.last = g.last > sum.last ? g.last : sum.last;
            sum.packets += g.packets;
        }
    }
    int fd = snprintf(fresh, sizeof fresh, "%s.new", path) < (int)sizeof fresh ? open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640) : -1;
    if (fd >= 0) {
        bool good = dprintf(fd, "%llu %llu %llu 0 many -\n", (unsigned long long)sum.first, (unsigned long long)sum.last, (unsigned long long)sum.packets) > 0 &&
                    file_write(fd, left) == left.n;
        close(fd);
        if (!good || rename(fresh, path) != 0) {
            (void)unlink(fresh);
        }
    }
    file_free(all);
}

void deleted_tell(const struct deleted *d)
{
    char path[PATH_MAX], dir[PATH_MAX];
    struct stat st;

    snprintf(dir, sizeof dir, "%s", d->index_path);
    char *slash = strrchr(dir, '/');
    if (slash == NULL) {
        return;
    }
    *slash = '\0';
    int fd = deleted_path(dir, path) ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640) : -1;
    if (fd < 0) {
        return;
    }
    (void)dprintf(fd, "%llu %llu %llu %llu %s %.80s\n", (unsigned long long)d->first, (unsigned long long)d->last,
                  (unsigned long long)d->packets, (unsigned long long)d->bytes, d->why, slash + 1);
    bool many = fstat(fd, &st) == 0 && st.st_size > FILE_MAX;
    close(fd);
    if (many) {
        shorten(path);
    }
}

/* ---- gaps ---- */

struct spans {
    struct record_gap *all;
    size_t n, room;
};

static void span_add(struct spans *s, const struct record_gap *g)
{
    if (s->n == s->room) {
        struct record_gap *more = realloc(s->all, (s->room + 64) * sizeof *more);
        if (more == NULL) {
            return;
        }
        s->all = more;
        s->room += 64;
    }
    s->all[s->n++] = *g;
}

static int span_compare(const void *a, const void *b)
{
    const struct record_gap *x = a, *y = b;

    return x->first != y->first ? (x->first < y->first ? -1 : 1) : x->last < y->last ? -1 : x->last > y->last;
}

/* Where neither recorder nor deleted segment reaches: between lives of the recorder only, since a quiet network is no gap. */
static void between(struct spans *s, const struct record *r)
{
    struct spans lives = { 0 };
    uint64_t run = 0, end;

    for (size_t i = 0; i < r->n; i++) { /* by run, then time */
        const struct index_about *a = r->segment[i].about;
        struct record_gap *last = lives.n != 0 ? &lives.all[lives.n - 1] : NULL;
        if (last != NULL && a->run == run) {
            last->last = a->last_ts > last->last ? a->last_ts : last->last;
        } else {
            span_add(&lives, &(struct record_gap){ .first = a->first_ts, .last = a->last_ts });
        }
        run = a->run;
    }
    for (size_t i = 0; i < s->n; i++) {
        span_add(&lives, &s->all[i]);
    }
    if (lives.n != 0) {
        qsort(lives.all, lives.n, sizeof *lives.all, span_compare);
    }
    end = lives.n != 0 ? lives.all[0].last : 0;
    for (size_t i = 1; i < lives.n; i++) {
        if (lives.all[i].first > end + CLOCK_SECOND) {
            span_add(s, &(struct record_gap){ "nothing recorded", end, lives.all[i].first, 0 });
        }
        end = lives.all[i].last > end ? lives.all[i].last : end;
    }
    free(lives.all);
}

static void deleted_read(struct spans *s, const char *dir)
{
    struct bytes all, left, line;
    struct record_gap g;
    struct err err;
    char path[PATH_MAX];

    if (!deleted_path(dir, path) || !file_read(path, 4 * FILE_MAX, &all, &err)) {
        return;
    }
    for (left = all; line_next(&left, &line);) {
        struct record_gap *last = s->n != 0 ? &s->all[s->n - 1] : NULL;
        if (!line_read(line, &g)) {
            continue;
        }
        if (last != NULL && g.first <= last->last + CLOCK_SECOND && g.last + CLOCK_SECOND >= last->first) { /* one after the other */
            last->first = g.first < last->first ? g.first : last->first;
            last->last = g.last > last->last ? g.last : last->last;
            last->packets += g.packets;
        } else {
            span_add(s, &g);
        }
    }
    file_free(all);
}

size_t record_gaps(const struct record *r, struct record_gap **out)
{
    struct spans s = { 0 };
    struct record_gap all = { "recorded", UINT64_MAX, 0, 0 };

    deleted_read(&s, r->dir);
    for (size_t i = 0; i < r->closed_n; i++) { /* by their names: of a run from the first one's begin to the last one's */
        const struct record_closed *c = &r->closed[i];
        if (i != 0 && s.n != 0 && c->run == c[-1].run && c->ts >= s.all[s.n - 1].first) {
            s.all[s.n - 1].last = c->ts;
        } else {
            span_add(&s, &(struct record_gap){ "encrypted, and no key for it", c->ts, c->ts, 0 });
        }
    }
    between(&s, r);
    for (size_t i = 0; i < r->n; i++) {
        const struct index_about *a = r->segment[i].about;
        all.first = a->first_ts < all.first ? a->first_ts : all.first;
        all.last = a->last_ts > all.last ? a->last_ts : all.last;
    }
    if (s.n != 0) {
        qsort(s.all, s.n, sizeof *s.all, span_compare);
    }
    if (r->n != 0) {
        span_add(&s, &all);
    }
    *out = s.all;
    return s.n;
}
