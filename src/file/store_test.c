/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a file goes to the store, by when it is decided on. */
#include "file/store.h"

#include "base/arena.h"
#include "tap.h"

#include <stdatomic.h>

enum { BIG = 300 * 1024 };

static struct event_ring *ring;
static struct event_out out;
static struct file_store store;
static _Atomic uint64_t ids;
static uint8_t big[BIG];

/* The steps in the ring as letters, and how many bytes came with them. */
static const char *steps(uint64_t *bytes)
{
    static char text[64];
    struct event got;
    size_t n = 0;

    *bytes = 0;
    while (event_ring_next(ring, &got, 0)) {
        struct store_event e;
        memcpy(&e, got.line.p, sizeof e);
        if (n == 0 || text[n - 1] != "D+-"[e.op]) {
            text[n++] = "D+-"[e.op]; /* data, done, dropped */
        }
        *bytes += e.op == STORE_DATA ? got.line.n - sizeof e : 0;
        event_ring_release(ring);
    }
    text[n] = '\0';
    return text;
}

static const struct {
    const char *why;
    enum file_fate fate;
    size_t first;          /* bytes before the rule asks */
    bool asked, gap;
    size_t then;           /* and after */
    const char *steps;
    uint64_t bytes;
    bool stored;
} rows[] = {
    { "nobody may ask: nothing is sent", FILE_NOT_STORED, 100, false, false, 100, "", 0, false },
    { "wanted from the start: all of it", FILE_TO_STORE, 100, false, false, 50, "D+", 150, true },
    { "undecided and small: waits, and is let go", FILE_MAY_BE_STORED, 100, false, false, 50, "", 0, false },
    { "asked for in the middle: what waited comes first", FILE_MAY_BE_STORED, 100, true, false, 50, "D+", 150, true },
    { "asked for before the first byte", FILE_MAY_BE_STORED, 0, true, false, 50, "D+", 50, true },
    { "undecided and large: goes out, and is dropped", FILE_MAY_BE_STORED, BIG, false, false, 50, "D-", BIG + 50, false },
    { "undecided, large, and asked for late", FILE_MAY_BE_STORED, BIG, true, false, 50, "D+", BIG + 50, true },
    { "an empty file is one", FILE_TO_STORE, 0, false, false, 0, "+", 0, true },
    { "a hole: it is called by the hash of what came", FILE_TO_STORE, 100, false, true, 50, "D+", 150, true },
};

static void run(size_t i, struct pages *pages)
{
    struct file f;
    uint64_t bytes;

    file_init(&f, FILE_SHA256);
    store_begin(&store, &f, rows[i].fate);
    struct bytes first = bytes_of(big, rows[i].first), then = bytes_of(big, rows[i].then);
    file_add(&f, first);
    store_data(&store, &f, first);
    if (rows[i].asked) {
        store_want(&store, &f);
    }
    if (rows[i].gap) {
        file_gap(&f, 10);
    }
    file_add(&f, then);
    store_data(&store, &f, then);
    file_close(&f, false);
    store_end(&store, &f);
    is_int(f.stored, rows[i].stored, rows[i].why);
    store_done(&store, &f, 0, bytes_none());
    store_fini(&store, &f);
    file_fini(&f);
    is_str(steps(&bytes), rows[i].steps, rows[i].why);
    is_int(bytes, rows[i].bytes, rows[i].why);
    is_int(pages_used(pages), 0, rows[i].why);
}

int main(void)
{
    static const struct event_settings none;
    struct pages *pages = pages_new(0);
    struct turns turns;

    turns_init(&turns, 1);
    ring = event_ring_new(1 << 20, false);
    event_out_init(&out, &none, ring);
    store = (struct file_store){ .out = &out, .pages = pages, .turns = &turns, .ids = &ids };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        run(i, pages);
    }

    struct file f;
    uint64_t bytes;
    file_init(&f, FILE_SHA256);
    store_begin(&store, &f, FILE_TO_STORE);
    file_add(&f, bytes_of(big, 100));
    store_data(&store, &f, bytes_of(big, 100));
    store_fini(&store, &f); /* the flow is gone before the file was closed */
    is_str(steps(&bytes), "D-", "a file that was never ended is dropped");
    file_fini(&f);

    file_init(&f, FILE_SHA256);
    store_begin(&store, &f, FILE_TO_STORE);
    for (unsigned i = 0; i < 8; i++) { /* more than the ring takes, and nobody reads */
        store_data(&store, &f, bytes_of(big, BIG));
    }
    ok(f.fate == FILE_NOT_STORED && out.dropped[EVENT_STORE] > 0, "what a full ring refuses leaves no half file");
    file_close(&f, false);
    store_end(&store, &f);
    ok(!f.stored, "and its record says that it is not stored");
    file_fini(&f);
    event_out_fini(&out);
    event_ring_free(ring);
    pages_free(pages);
    return done_testing();
}
