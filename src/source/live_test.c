/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came by devices is all accounted for at the end, and what is not is seen. */
#include "source/live.h"

#include "source/kind.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

/* Ways of a device of a test, that has so many frames from its begin. */
struct way {
    const char *name; /* of the device */
    const char *why;
    unsigned came, polls, swallowed, dropped, late;
    uint64_t delivered, unread, missing;
};

/* clang-format off */
static const struct way ways[] = {
    { .name = "all", .why = "all is taken", .came = 7, .polls = 9, .delivered = 7 },
    { .name = "some", .why = "what lies there at the end is unread", .came = 7, .polls = 3, .delivered = 3, .unread = 4 },
    { .name = "none", .why = "nothing is taken", .came = 7, .polls = 0, .unread = 7 },
    { .name = "dropped", .why = "what was dropped is among what came", .came = 7, .dropped = 5, .polls = 9, .delivered = 7 },
    { .name = "late", .why = "what comes behind the last poll and before the stop", .came = 7, .polls = 9, .late = 2, .delivered = 7, .unread = 2 },
    { .name = "swallowed", .why = "a frame that the device lost and does not tell of", .came = 7, .polls = 9, .swallowed = 1, .delivered = 6, .missing = 1 },
    { .name = "both", .why = "such a one, and others that lie there", .came = 7, .polls = 3, .swallowed = 1, .delivered = 3, .unread = 3, .missing = 1 },
};
/* clang-format on */

struct fake {
    struct device base;
    const struct way *way;
    unsigned there, told;
    bool stopped;
};

static void fake_poll(struct device *d, struct batch *b, unsigned limit)
{
    static const uint8_t frame[60];
    struct fake *f = (struct fake *)d;

    if (f->there > 0 && limit > 0) {
        batch_add(b, ++*d->number, &(struct arrival){ bytes_of(frame, sizeof(frame)), 1, sizeof(frame), LINK_ETHERNET, d->input });
        f->there--;
    }
}

static void fake_release(struct device *d, struct batch *b)
{
    (void)d;
    (void)b;
}

static void fake_close(struct device *d) { free(d); }

/* As a kernel does: what came since it was asked last, those that it dropped among it. */
static void fake_count(struct device *d)
{
    struct fake *f = (struct fake *)d;

    d->source->counter[SOURCE_RECEIVED] += f->way->came + f->way->dropped - f->told;
    device_dropped(d, f->told == 0 ? f->way->dropped : 0);
    f->told = f->way->came + f->way->dropped;
    if (f->stopped) {
        d->source->counter[SOURCE_RECEIVED] += f->way->late;
    }
    f->stopped = false;
}

static void fake_stop(struct device *d)
{
    struct fake *f = (struct fake *)d;

    f->there += f->way->late;
    f->stopped = true;
}

static uint64_t fake_rest(struct device *d) { return ((struct fake *)d)->there; }

static struct device *fake_open(const struct source_settings *s, const char *name, struct err *err)
{
    static const struct device_ops ops = { fake_poll, fake_release, fake_close, fake_count, .stop = fake_stop, .rest = fake_rest };
    struct fake *f = calloc(1, sizeof(*f));

    (void)s;
    (void)err;
    bug_if(f == NULL);
    for (size_t i = 0; i < ROWS(ways); i++) {
        f->way = strcmp(name, ways[i].name) == 0 ? &ways[i] : f->way;
    }
    f->base.ops = &ops;
    f->base.fd = -1;
    f->there = f->way->came - f->way->swallowed;
    return &f->base;
}

int main(void)
{
    static const struct source_kind fake = { .name = "fake", .open = fake_open };
    struct device_settings devices = { .block_ms = 1 };
    struct batch *b = batch_new();

    for (size_t i = 0; i < ROWS(ways); i++) {
        const struct way *w = &ways[i];
        struct err err = { "" };
        struct source *s = live_open(&(struct source_settings){ .paths = &w->name, .path_n = 1, .workers = 1, .devices = &devices, .live = true }, &fake, &err);
        bug_if(s == NULL);
        for (unsigned k = 0; k < w->polls; k++) {
            (void)source_poll(s, b);
            source_release(s, b);
        }
        const uint64_t *c = source_counts(s);
        is_int(c[SOURCE_UNREAD], 0, "while it runs nothing is unread yet");
        is_int(c[SOURCE_MISSING], 0, "and nothing is missing: it lies there");
        source_stop(s);
        source_rest(s);
        c = source_counts(s);
        is_int(c[SOURCE_DELIVERED], w->delivered, w->why);
        is_int(c[SOURCE_UNREAD], w->unread, w->why);
        is_int(c[SOURCE_MISSING], w->missing, w->why);
        ok(c[SOURCE_RECEIVED] == c[SOURCE_DROPPED] + c[SOURCE_DELIVERED] + c[SOURCE_UNWANTED] + c[SOURCE_UNREAD] + c[SOURCE_MISSING], "the sum");
        source_close(s);
    }
    batch_free(b);
    return done_testing();
}
