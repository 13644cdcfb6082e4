/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/budget.h"

#include "record/gaps.h"
#include "record/read.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct held {
    const struct record_segment *segment;
    uint64_t bytes;
    bool hold, alerted, gone;
};

static bool has_hold(const struct record_segment *s)
{
    char path[PATH_MAX];
    struct stat st;

    return snprintf(path, sizeof path, "%.*s.hold", (int)(strlen(s->index_path) - strlen(".index")), s->index_path) < (int)sizeof path &&
           stat(path, &st) == 0;
}

static int by_time(const void *a, const void *b)
{
    const struct index_about *x = ((const struct held *)a)->segment->about, *y = ((const struct held *)b)->segment->about;

    return x->last_ts < y->last_ts ? -1 : x->last_ts > y->last_ts;
}

/* The index first: what has none is not searched, and is told of. */
static bool remove_segment(struct held *h, const char *why, struct err *err)
{
    char key[PATH_MAX];
    deleted_tell(h->segment, why);
    if (h->segment->locked && snprintf(key, sizeof key, "%.*s.key", (int)(strlen(h->segment->index_path) - strlen(".index")), h->segment->index_path) < (int)sizeof key) {
        (void)unlink(key); /* first: from here on nobody reads it */
    }
    if (unlink(h->segment->index_path) != 0 || (!h->segment->about->foreign && unlink(h->segment->path) != 0)) {
        return err_sys(err, "remove %s", h->segment->path);
    }
    h->gone = true;
    return true;
}

static uint64_t sum(const struct held *h, size_t n, bool alerted)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < n; i++) {
        bytes += !h[i].gone && (!alerted || h[i].alerted) ? h[i].bytes : 0;
    }
    return bytes;
}

/* The next to go; NULL: nothing may. */
static struct held *choose(struct held *h, size_t n, uint64_t limit)
{
    struct held *oldest[2] = { NULL, NULL };

    for (size_t i = n; i-- > 0;) {
        if (!h[i].gone && !h[i].hold) {
            oldest[h[i].alerted] = &h[i];
        }
    }
    bool many = sum(h, n, true) > limit / 2;
    return oldest[0] == NULL || (many && oldest[1] != NULL && by_time(oldest[1], oldest[0]) < 0) ? oldest[1] : oldest[0];
}

static bool apply(struct held *h, size_t n, const struct budget *b, unsigned *gone, struct err *err)
{
    bool good = true;

    for (size_t i = 0; good && i < n; i++) {
        if (b->before != 0 && !h[i].hold && h[i].segment->about->last_ts < b->before) {
            good = remove_segment(&h[i], "age", err);
            *gone += good;
        }
    }
    while (good && b->bytes != 0 && sum(h, n, false) + b->room > b->bytes) {
        struct held *next = choose(h, n, b->bytes);
        if (next == NULL) {
            break;
        }
        good = remove_segment(next, "budget", err);
        *gone += good;
    }
    return good;
}

bool budget_apply(const char *dir, const struct budget *b, unsigned *gone, struct err *err)
{
    struct record *r = record_open(dir, err);
    struct held *h = r != NULL ? calloc(r->n + 1, sizeof *h) : NULL;
    struct stat st;

    *gone = 0;
    if (h == NULL) {
        if (r != NULL) {
            record_close(r);
            return err_set(err, "%s: not enough memory", dir);
        }
        return false;
    }
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++) {
        const struct record_segment *s = &r->segment[i];
        if (s->index_path[0] == '\0' || (s->fd >= 0 && s->stored == NULL)) { /* being written */
            continue;
        }
        h[n] = (struct held){ .segment = s, .bytes = s->about->foreign ? 0 : s->size, .hold = has_hold(s), .alerted = s->about->alerted != 0 };
        h[n++].bytes += stat(s->index_path, &st) == 0 ? (uint64_t)st.st_size : 0;
    }
    qsort(h, n, sizeof *h, by_time);
    bool good = apply(h, n, b, gone, err);
    free(h);
    record_close(r);
    return good;
}
