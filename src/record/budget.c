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
    bool hold, alerted, gone;
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

/* The index first: what has none is not searched, and is told of. */
static bool remove_segment(struct held *h, const char *why, struct err *err)
{
    char key[PATH_MAX];

    deleted_tell(&(struct deleted){ h->index_path, why, h->first, h->last, h->packets, h->content });
    if (beside(h->index_path, ".key", key)) {
        (void)unlink(key); /* first: from here on nobody reads it */
    }
    if (unlink(h->index_path) != 0 || (h->path != NULL && unlink(h->path) != 0)) {
        return err_sys(err, "remove %s", h->index_path);
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
        if (b->before != 0 && !h[i].hold && h[i].last < b->before) {
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

static size_t held_of(const struct record *r, struct held *h, char (*sealed)[PATH_MAX])
{
    struct stat st;
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++) {
        const struct record_segment *s = &r->segment[i];
        const struct index_about *a = s->about;
        if (!s->open) {
            h[n] = (struct held){ s->index_path, a->foreign ? NULL : s->path, a->first_ts, a->last_ts, a->packets, a->bytes, a->foreign ? 0 : s->size,
                                  .hold = has_hold(s->index_path), .alerted = a->alerted != 0 };
            h[n++].bytes += stat(s->index_path, &st) == 0 ? (uint64_t)st.st_size : 0;
        }
    }
    for (size_t i = 0; i < r->closed_n; i++) {
        const struct record_closed *c = &r->closed[i];
        if (beside(c->index_path, pack_end(PACK_SEALED), sealed[i])) {
            h[n++] = (struct held){ c->index_path, sealed[i], c->ts, c->ts, .bytes = c->bytes, .hold = has_hold(c->index_path) };
        }
    }
    return n;
}

bool budget_apply(const char *dir, const uint8_t *key, const struct budget *b, unsigned *gone, struct err *err)
{
    struct record *r = record_open(dir, key, err);
    struct held *h = r != NULL ? calloc(r->n + r->closed_n + 1, sizeof *h) : NULL;
    char (*sealed)[PATH_MAX] = h != NULL ? calloc(r->closed_n + 1, sizeof *sealed) : NULL;

    *gone = 0;
    if (sealed == NULL) {
        free(h);
        if (r != NULL) {
            record_close(r);
            return err_set(err, "%s: not enough memory", dir);
        }
        return false;
    }
    size_t n = held_of(r, h, sealed);
    qsort(h, n, sizeof *h, by_time);
    bool good = apply(h, n, b, gone, err);
    free(h);
    free(sealed);
    record_close(r);
    return good;
}
