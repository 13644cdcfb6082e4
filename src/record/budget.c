/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/budget.h"

#include "record/gaps.h"
#include "record/pack.h"
#include "record/read.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct held {
    const char *index_path, *path; /* path NULL: the capture is not ours */
    uint64_t first, last, packets, content, bytes; /* content: of its frames; bytes: that it takes */
    double alerted;              /* share of its content that is of flows that alerted */
    bool hold, worth, gone;      /* worth: it stays longer than others; gone: or it cannot be removed */
};

/* The path of what is beside an index; false: it is too long. */
static bool beside(const char *index_path, const char *end, char out[PATH_MAX])
{
    return snprintf(out, PATH_MAX, "%.*s%s", (int)(strlen(index_path) - strlen(".index")), index_path, end) < PATH_MAX;
}

static bool has_hold(const char *index_path)
{
    char path[PATH_MAX];
    struct stat st;

    return beside(index_path, ".hold", path) && stat(path, &st) == 0;
}

static int by_time(const void *a, const void *b)
{
    const struct held *x = a, *y = b;

    return x->last < y->last ? -1 : x->last > y->last;
}

static bool away(const char *path, struct err *err) { return unlink(path) == 0 || errno == ENOENT || err_sys(err, "remove %s", path); }

/* The index first: what has none is not searched, and is told of.  What cannot be removed is passed over: false with err. */
static bool remove_segment(struct held *h, const char *why, struct err *err)
{
    char key[PATH_MAX];

    h->gone = true;
    if (beside(h->index_path, ".key", key)) {
        (void)unlink(key); /* first: from here on nobody reads it */
    }
    bool good = away(h->index_path, err) && (h->path == NULL || away(h->path, err));
    if (good) {
        deleted_tell(&(struct deleted){ h->index_path, why, h->first, h->last, h->packets, h->content });
        h->bytes = 0;
    }
    return good;
}

static uint64_t sum(const struct held *h, size_t n)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < n; i++) {
        bytes += h[i].bytes; /* none are left of what went */
    }
    return bytes;
}

/* Of those that a user holds: what is open has no index yet. */
static uint64_t sum_held(const struct held *h, size_t n)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < n; i++) {
        bytes += h[i].hold && h[i].index_path != NULL ? h[i].bytes : 0;
    }
    return bytes;
}

/* The larger share first; of the same the newer. */
static int by_share(const void *a, const void *b)
{
    const struct held *x = *(struct held *const *)a, *y = *(struct held *const *)b;

    return x->alerted != y->alerted ? (x->alerted > y->alerted ? -1 : 1) : by_time(y, x);
}

/* Those with the largest shares, as far as half of the budget has room for them. */
static bool worth_set(struct held *h, size_t n, uint64_t limit)
{
    struct held **all = calloc(n + 1, sizeof *all);
    uint64_t bytes = 0;

    for (size_t i = 0; all != NULL && i < n; i++) {
        all[i] = &h[i];
    }
    if (all != NULL) {
        qsort(all, n, sizeof *all, by_share);
    }
    for (size_t i = 0; all != NULL && i < n && all[i]->alerted > 0; i++) {
        bytes += all[i]->bytes;
        all[i]->worth = bytes <= limit / 2;
    }
    free(all);
    return all != NULL;
}

/* The next to go; NULL: nothing may. */
static struct held *choose(struct held *h, size_t n)
{
    struct held *oldest[2] = { NULL, NULL };

    for (size_t i = n; i-- > 0;) {
        if (!h[i].gone && !h[i].hold) {
            oldest[h[i].worth] = &h[i];
        }
    }
    return oldest[0] != NULL ? oldest[0] : oldest[1];
}

static bool apply(struct held *h, size_t n, const struct budget *b, unsigned *gone, struct err *err)
{
    bool good = true;

    for (size_t i = 0; i < n; i++) {
        if (b->before != 0 && !h[i].hold && h[i].last < b->before) {
            bool went = remove_segment(&h[i], "age", err);
            *gone += went;
            good = good && went;
        }
    }
    if (b->bytes != 0 && !worth_set(h, n, b->bytes)) {
        return err_set(err, "not enough memory");
    }
    unsigned aged = *gone;
    while (b->bytes != 0 && sum(h, n) + b->room > b->bytes) {
        struct held *next = choose(h, n);
        if (next == NULL) {
            break;
        }
        bool went = remove_segment(next, "budget", err);
        *gone += went;
        good = good && went;
    }
    uint64_t held = sum_held(h, n);
    bool alone = b->bytes != 0 && held != 0 && (held + b->room > b->bytes || (*gone != aged && held == sum(h, n)));
    if (good && alone) {
        good = err_set(err, "segments that are held take %llu bytes of the budget's %llu: others go as soon as they are sealed",
                       (unsigned long long)held, (unsigned long long)b->bytes);
    }
    return good;
}

static double share_of(const struct index_about *a)
{
    double of = a->alerted_bytes != UINT64_MAX ? (double)a->alerted_bytes / (double)(a->bytes + 1) : (double)a->alerted / (double)(a->flows + 1);

    return of < 1 ? of : 1;
}

/* Is an open one no lane's any more?  The one under way has room kept for it. */
static bool waits(const struct record *r, const struct record_segment *s, uint64_t run)
{
    bool any = s->about->run != run;

    for (size_t i = 0; i < r->n && !any; i++) {
        const struct index_about *a = r->segment[i].about;
        any = r->segment[i].open && a->run == run && a->lane == s->about->lane && a->segment > s->about->segment;
    }
    return any;
}

static size_t held_of(const struct record *r, const struct budget *b, struct held *h, char (*path)[PATH_MAX])
{
    const struct { const struct record_closed *of; size_t n; } closed[] = { { r->closed, r->closed_n }, { r->orphan, r->orphan_n } };
    struct stat st;
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++) {
        const struct record_segment *s = &r->segment[i];
        const struct index_about *a = s->about;
        if (!s->open) {
            h[n] = (struct held){ s->index_path, a->foreign ? NULL : s->path, a->first_ts, a->last_ts, a->packets, a->bytes, a->foreign ? 0 : s->size,
                                  .hold = has_hold(s->index_path), .alerted = share_of(a) };
            h[n++].bytes += stat(s->index_path, &st) == 0 ? (uint64_t)st.st_size : 0;
        } else if (waits(r, s, b->run)) {
            h[n++] = (struct held){ .first = a->first_ts, .last = a->last_ts, .bytes = s->size, .hold = true };
        }
    }
    for (size_t k = 0; k < ROWS(closed); k++) {
        for (size_t i = 0; i < closed[k].n; i++) {
            const struct record_closed *c = &closed[k].of[i];
            bool ours = closed[k].of == r->closed || c->ts != 0; /* any capture may lie there: by its name it is a segment's */
            if (ours && beside(c->index_path, c->end, *path)) {
                h[n++] = (struct held){ c->index_path, *path++, c->ts, c->ts, .bytes = c->bytes, .hold = has_hold(c->index_path) };
            }
        }
    }
    return n;
}

bool budget_apply(const char *dir, const uint8_t *key, const struct budget *b, unsigned *gone, struct err *err)
{
    struct record *r = record_open(dir, key, err);
    struct held *h = r != NULL ? calloc(r->n + r->closed_n + r->orphan_n + 1, sizeof *h) : NULL;
    char (*path)[PATH_MAX] = h != NULL ? calloc(r->closed_n + r->orphan_n + 1, sizeof *path) : NULL;

    *gone = 0;
    if (path == NULL) {
        free(h);
        if (r != NULL) {
            record_close(r);
            return err_set(err, "%s: not enough memory", dir);
        }
        return false;
    }
    size_t n = held_of(r, b, h, path);
    qsort(h, n, sizeof *h, by_time);
    bool good = apply(h, n, b, gone, err);
    free(h);
    free(path);
    record_close(r);
    return good;
}
