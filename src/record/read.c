/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/read.h"

#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

void record_problem(struct record *r, const struct err *err)
{
    enum { PROBLEMS_MAX = 1000 };
    struct err *more = r->problem_n < PROBLEMS_MAX ? realloc(r->problem, (r->problem_n + 1) * sizeof *more) : NULL;

    if (more != NULL) {
        r->problem = more;
        r->problem[r->problem_n++] = *err;
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

/* The capture of an index: beside it, or where the index says. */
static bool segment_capture(struct record_segment *s, struct err *err)
{
    struct stat st;
    size_t n = strlen(s->index_path) - strlen(".index");

    s->about = index_about(s->index);
    if (s->about->foreign) {
        s->path = s->about->path != NULL ? strdup(s->about->path) : NULL;
    } else if (asprintf(&s->path, "%.*s.pcapng", (int)n, s->index_path) < 0) {
        s->path = NULL;
    }
    if (s->path == NULL) {
        return err_set(err, "%s: not enough memory", s->index_path);
    }
    if (stat(s->path, &st) != 0) {
        return err_sys(err, "%s: its capture %s", s->index_path, s->path);
    }
    s->size = (uint64_t)st.st_size;
    if (s->about->foreign && s->size != s->about->foreign_size) {
        return err_set(err, "%s: %s has changed since it was indexed", s->index_path, s->path);
    }
    uint64_t want = RECORD_FILE_HEAD + (uint64_t)s->about->blocks * RECORD_BLOCK;
    return s->about->foreign || s->size >= want ||
           err_set(err, "%s: has %llu bytes, and its index tells of %llu", s->path, (unsigned long long)s->size, (unsigned long long)want);
}

static void segment_fini(struct record_segment *s)
{
    index_close(s->index);
    free(s->path);
    free(s->index_path);
}

static bool segment_add(struct record *r, const char *name)
{
    struct record_segment s = { 0 }, *more;
    struct err err;

    if (asprintf(&s.index_path, "%s/%s", r->dir, name) < 0) {
        return false;
    }
    s.index = index_open(s.index_path, &err);
    if (s.index == NULL || !segment_capture(&s, &err)) {
        record_problem(r, &err);
        segment_fini(&s);
        return true;
    }
    more = realloc(r->segment, (r->n + 1) * sizeof *more);
    if (more == NULL) {
        segment_fini(&s);
        return false;
    }
    r->segment = more;
    r->segment[r->n++] = s;
    return true;
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), k = strlen(end);

    return n > k && strcmp(name + n - k, end) == 0;
}

/* A sealed segment without its index is told: it is not searched. */
static void segment_orphan(struct record *r, const char *name)
{
    char path[PATH_MAX];
    struct stat st;
    struct err err;

    if (snprintf(path, sizeof path, "%s/%.*s.index", r->dir, (int)(strlen(name) - strlen(".pcapng")), name) < (int)sizeof path && stat(path, &st) != 0) {
        err_set(&err, "%s/%s: has no index; take it in again with record --import", r->dir, name);
        record_problem(r, &err);
    }
}

struct record *record_open(const char *dir, struct err *err)
{
    struct record *r = calloc(1, sizeof *r);
    DIR *d = opendir(dir);
    bool good = true;

    if (d == NULL || r == NULL || (r->dir = strdup(dir)) == NULL) {
        err_sys(err, "%s", dir);
        if (d != NULL) {
            closedir(d);
        }
        free(r);
        return NULL;
    }
    for (const struct dirent *e = readdir(d); good && e != NULL; e = readdir(d)) {
        if (ends_with(e->d_name, ".index")) {
            good = segment_add(r, e->d_name);
        } else if (ends_with(e->d_name, ".pcapng")) {
            segment_orphan(r, e->d_name);
        }
        r->open_n += ends_with(e->d_name, ".pcapng.open");
    }
    closedir(d);
    if (!good) {
        err_set(err, "%s: not enough memory", dir);
        record_close(r);
        return NULL;
    }
    qsort(r->segment, r->n, sizeof *r->segment, segment_compare);
    return r;
}

void record_close(struct record *r)
{
    if (r != NULL) {
        for (size_t i = 0; i < r->n; i++) {
            segment_fini(&r->segment[i]);
        }
        free(r->segment);
        free(r->problem);
        free(r->dir);
        free(r);
    }
}

static bool zone_read(const char **at, int64_t *offset)
{
    int hours = 0, minutes = 0, n = 0;

    *offset = 0;
    if (**at == 'Z' || **at == 'z') {
        (*at)++;
    } else if (**at == '+' || **at == '-') {
        if (sscanf(*at + 1, "%2d:%2d%n", &hours, &minutes, &n) < 2 && sscanf(*at + 1, "%2d%2d%n", &hours, &minutes, &n) < 2) {
            return false;
        }
        *offset = ((int64_t)hours * 3600 + (int64_t)minutes * 60) * (**at == '-' ? -1 : 1);
        *at += 1 + n;
    }
    return true;
}

static uint64_t fraction_read(const char **at)
{
    uint64_t ns = 0, unit = CLOCK_SECOND / 10;

    if (**at == '.') {
        for ((*at)++; **at >= '0' && **at <= '9'; (*at)++) {
            ns += (uint64_t)(**at - '0') * unit;
            unit /= 10;
        }
    }
    return ns;
}

bool record_time(const char *text, uint64_t *ns)
{
    struct tm tm = { 0 };
    const char *at = text;
    int64_t offset;
    char *end;

    if (strchr(text + (text[0] == '-'), '-') == NULL) {
        errno = 0;
        unsigned long long seconds = strtoull(text, &end, 10);
        at = end;
        *ns = seconds * CLOCK_SECOND + fraction_read(&at);
        return end != text && *at == '\0' && errno == 0 && seconds < UINT64_MAX / CLOCK_SECOND;
    }
    end = strptime(at, "%Y-%m-%d", &tm);
    if (end == NULL) {
        return false;
    }
    at = end;
    if (*at == 'T' || *at == ' ') {
        end = strptime(at + 1, "%H:%M:%S", &tm);
        end = end != NULL ? end : strptime(at + 1, "%H:%M", &tm);
        if (end == NULL) {
            return false;
        }
        at = end;
    }
    uint64_t part = fraction_read(&at);
    if (!zone_read(&at, &offset) || *at != '\0') {
        return false;
    }
    int64_t seconds = (int64_t)timegm(&tm) - offset;
    *ns = seconds < 0 ? 0 : (uint64_t)seconds * CLOCK_SECOND + part;
    return seconds >= 0;
}
