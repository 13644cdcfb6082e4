/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "file/store.h"

#include <string.h>

enum {
    WAITING_MAX = 256 * 1024,  /* bytes of one undecided file in memory */
    PIECE_MAX = 64 * 1024,     /* bytes of one event */
};

/* Bytes of a file that is not decided on. */
struct file_waiting {
    uint8_t *p;
    size_t n, room;
};

static bool send(struct file_store *s, struct file *f, enum store_op op, uint64_t ts, struct bytes b)
{
    struct store_event e = { .op = op, .id = f->store_id, .offset = f->store_sent, .ts = ts };

    memcpy(e.sha256, f->sha256, sizeof e.sha256);
    return event_put_headed(s->out, EVENT_STORE, bytes_of(&e, sizeof e), b);
}

/* The sink keeps apart files by a number; numbers are given in capture order. */
static void number_take(struct file_store *s, struct file *f)
{
    if (f->store_id == 0) {
        turn_wait(s->turns, s->worker);
        f->store_id = atomic_fetch_add(s->ids, 1) + 1;
    }
}

static void bytes_out(struct file_store *s, struct file *f, struct bytes b)
{
    number_take(s, f);
    while (b.n != 0 && f->fate != FILE_NOT_STORED) {
        struct bytes piece = bytes_head(b, PIECE_MAX);
        if (!send(s, f, STORE_DATA, 0, piece)) { /* a file with a hole is none; the ring counts what it refused */
            send(s, f, STORE_DROP, 0, bytes_none());
            f->fate = FILE_NOT_STORED;
            return;
        }
        f->store_sent += piece.n;
        b = bytes_from(b, piece.n);
    }
}

static void waiting_drop(struct file_store *s, struct file *f)
{
    if (f->waiting != NULL) {
        pages_give(s->pages, f->waiting, f->waiting->room);
        f->waiting = NULL;
    }
}

static void waiting_out(struct file_store *s, struct file *f)
{
    struct file_waiting *w = f->waiting;

    if (w != NULL) {
        bytes_out(s, f, bytes_of(w->p, w->n));
        waiting_drop(s, f);
    }
}

void store_begin(struct file_store *s, struct file *f, enum file_fate fate)
{
    f->fate = fate;
    if (fate == FILE_TO_STORE) {
        number_take(s, f);
    }
}

void store_want(struct file_store *s, struct file *f)
{
    if (f->fate != FILE_MAY_BE_STORED) {
        return;
    }
    f->fate = FILE_TO_STORE;
    number_take(s, f);
    waiting_out(s, f);
}

/* Room for n more bytes in the block a file waits in; the block holds its own head. */
static bool waiting_grow(struct file_store *s, struct file *f, size_t n)
{
    struct file_waiting *w = f->waiting;
    size_t have = w != NULL ? w->n : 0, got;

    if (have + n > WAITING_MAX) {
        return false;
    }
    if (w != NULL && sizeof *w + have + n <= w->room) {
        return true;
    }
    struct file_waiting *more = pages_take(s->pages, sizeof *more + (have + n) * 2, &got);
    if (more == NULL) {
        return false;
    }
    *more = (struct file_waiting){ .p = (uint8_t *)(more + 1), .n = have, .room = got };
    if (have != 0) {
        memcpy(more->p, w->p, have);
    }
    waiting_drop(s, f);
    f->waiting = more;
    return true;
}

void store_data(struct file_store *s, struct file *f, struct bytes chunk)
{
    if (f->fate == FILE_NOT_STORED || chunk.n == 0) {
        return;
    }
    if (f->fate == FILE_MAY_BE_STORED && f->store_sent == 0 && waiting_grow(s, f, chunk.n)) {
        memcpy(f->waiting->p + f->waiting->n, chunk.p, chunk.n);
        f->waiting->n += chunk.n;
        return;
    }
    waiting_out(s, f);
    bytes_out(s, f, chunk);
}

void store_end(struct file_store *s, struct file *f)
{
    file_settle(f);
    f->stored = f->fate == FILE_TO_STORE && f->has_sha256; /* it is called by the hash of what came */
    if (f->stored) {
        return;
    }
    if (f->store_sent != 0 && f->fate != FILE_NOT_STORED) {
        send(s, f, STORE_DROP, 0, bytes_none());
    }
    f->fate = FILE_NOT_STORED;
    waiting_drop(s, f);
}

void store_done(struct file_store *s, struct file *f, uint64_t ts, struct bytes meta)
{
    if (f->stored && f->fate == FILE_TO_STORE) {
        send(s, f, STORE_DONE, ts, meta);
        f->fate = FILE_NOT_STORED; /* of this worker's no more */
    }
}

void store_fini(struct file_store *s, struct file *f)
{
    if (f->fate != FILE_NOT_STORED) {
        f->stored = false;
        f->has_sha256 = false;
        store_end(s, f);
    }
    waiting_drop(s, f);
}
