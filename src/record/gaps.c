/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/gaps.h"

#include "base/clock.h"
#include "base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
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
    char why[16] = "";
    if (sscanf(text, "%20llu %20llu %20llu %*20u %15s", &first, &last, &packets, why) < 3 || last < first) {
        return false;
    }
    if (strcmp(why, DELETED_EMPTY) == 0 || strcmp(why, DELETED_REPLACED) == 0) {
        return false; /* nothing is missing for it */
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

struct gap_list {
    struct record_gap *all;
    size_t n, room;
};

static void span_add(struct gap_list *s, const struct record_gap *g)
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
static void between(struct gap_list *s, const struct record *r)
{
    struct gap_list lives = { 0 };
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

static void deleted_read(struct gap_list *s, const char *dir)
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

/* ---- numbers that are not there ---- */

/* A segment that is known of: by a file, or a line that tells why it went. */
struct known {
    uint64_t run, ts;            /* ts: of its first packet, about */
    uint32_t lane, number;
};
struct knowns {
    struct known *all;
    size_t n, room;
    uint64_t many_first, many_last; /* times of lines that became one */
};

static bool is_segment(const char *end)
{
    static const char *const ends[] = { ".index", ".pcapng", ".pcapng.open", ".pcapng.zst", ".pcapng.enc" };
    bool any = false;

    for (size_t i = 0; i < ROWS(ends) && !any; i++) {
        any = strcmp(end, ends[i]) == 0;
    }
    return any;
}

static void known_add(struct knowns *k, const char *name)
{
    struct known one = { .run = 0 };
    unsigned long long run;
    struct tm tm = { 0 };
    int n = 0;

    if (sscanf(name, "%*[^-]-%16llx-%2x-%6x%n", &run, &one.lane, &one.number, &n) != 3 || !is_segment(name + n) || strptime(name, "%Y%m%dT%H%M%SZ", &tm) == NULL) {
        return;
    }
    if (k->n == k->room) {
        struct known *more = realloc(k->all, (2 * k->room + 64) * sizeof *more);
        if (more == NULL) {
            return;
        }
        k->all = more;
        k->room = 2 * k->room + 64;
    }
    one.run = run;
    one.ts = (uint64_t)timegm(&tm) * CLOCK_SECOND;
    k->all[k->n++] = one;
}

static int known_compare(const void *a, const void *b)
{
    const struct known *x = a, *y = b;

    if (x->run != y->run || x->lane != y->lane) {
        return x->run != y->run ? (x->run < y->run ? -1 : 1) : x->lane < y->lane ? -1 : 1;
    }
    return x->number < y->number ? -1 : x->number > y->number;
}

static void folder_known(struct knowns *k, const char *dir)
{
    DIR *d = opendir(dir);

    for (const struct dirent *e = d != NULL ? readdir(d) : NULL; e != NULL; e = readdir(d)) {
        known_add(k, e->d_name);
    }
    if (d != NULL) {
        closedir(d);
    }
}

static void lines_known(struct knowns *k, const char *dir)
{
    struct bytes all, left, line;
    struct record_gap g;
    struct err err;
    char path[PATH_MAX], text[160], why[16], name[96];

    if (!deleted_path(dir, path) || !file_read(path, 4 * FILE_MAX, &all, &err)) {
        return;
    }
    for (left = all; line_next(&left, &line);) {
        snprintf(text, sizeof text, "%.*s", (int)(line.n < sizeof text ? line.n : 0), (const char *)line.p);
        bool read = sscanf(text, "%*s %*s %*s %*s %15s %95s", why, name) == 2;
        if (read && strcmp(why, "many") == 0 && line_read(line, &g)) {
            k->many_first = g.first < k->many_first ? g.first : k->many_first;
            k->many_last = g.last > k->many_last ? g.last : k->many_last;
        } else if (read) {
            known_add(k, name);
        }
    }
    file_free(all);
}

/* The numbers between two that are known, or before the first of a lane, that are not there; 0: none, or what went may be among the lines that became one.
 * Of a lane of which nothing is left none is missing. */
static uint32_t missing_before(const struct knowns *k, size_t i)
{
    const struct known *x = &k->all[i], *before = i != 0 && k->all[i - 1].run == x->run && k->all[i - 1].lane == x->lane ? x - 1 : NULL;
    uint32_t last = before != NULL ? before->number : 0, n = x->number > last + 1 ? x->number - last - 1 : 0;
    uint64_t from = before != NULL ? before->ts : 0;

    return n != 0 && k->many_first <= k->many_last && from <= k->many_last && x->ts + CLOCK_SECOND > k->many_first ? 0 : n;
}

static uint64_t missing_all(struct knowns *k)
{
    uint64_t n = 0;

    if (k->n != 0) {
        qsort(k->all, k->n, sizeof *k->all, known_compare);
    }
    for (size_t i = 0; i < k->n; i++) {
        n += missing_before(k, i);
    }
    return n;
}

/* The folder first: what goes meanwhile has its line when that file is read.  And once more, for what got another name while it was read. */
static uint64_t knowns_read(struct knowns *k, const char *dir)
{
    *k = (struct knowns){ .many_first = UINT64_MAX };
    folder_known(k, dir);
    lines_known(k, dir);
    uint64_t n = missing_all(k);
    if (n != 0) {
        folder_known(k, dir);
        n = missing_all(k);
    }
    return n;
}

uint64_t segments_missing(const char *dir)
{
    struct knowns k;
    uint64_t n = knowns_read(&k, dir);

    free(k.all);
    return n;
}

/* Times as good as they are known: of a segment that can be read to the nanosecond, else by its name. */
static void missing_add(struct gap_list *s, const struct record *r)
{
    struct knowns k;

    uint64_t all = knowns_read(&k, r->dir);
    for (size_t i = 0; i < k.n && all != 0; i++) {
        uint32_t n = missing_before(&k, i);
        const struct known *x = &k.all[i], *before = i != 0 && x[-1].run == x->run && x[-1].lane == x->lane ? x - 1 : x;
        struct record_gap g = { "missing, and not deleted by the recorder", before->ts, x->ts, .segments = n };
        for (size_t m = 0; n != 0 && m < r->n; m++) {
            const struct index_about *a = r->segment[m].about;
            bool here = a->run == x->run && a->lane == x->lane;
            g.first = here && before != x && a->segment == before->number ? a->last_ts : g.first;
            g.last = here && a->segment == x->number ? a->first_ts : g.last;
        }
        if (n != 0) {
            g.first = g.first < g.last ? g.first : g.last;
            span_add(s, &g);
        }
    }
    free(k.all);
}

size_t record_gaps(const struct record *r, struct record_gap **out)
{
    struct gap_list s = { 0 };
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
    missing_add(&s, r);
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
