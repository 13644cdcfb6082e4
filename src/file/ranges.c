/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "file/ranges.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"

enum {
    BUCKETS = 1024,
    PARTS_MAX = 2048,        /* of one file */
    TEXT_MAX = 8192,         /* bytes of host and name */
    BLOCK_MIN = 1024, BLOCK_MAX = 256 * 1024,
};

struct block {
    struct block *next;
    size_t n, room, got;
    uint8_t bytes[];
};

/* The bytes of one part, or what of them is not there yet. */
struct range_part {
    struct range_part *next; /* of its file, by start; of equal ones the older first */
    struct range_whole *file;
    uint64_t start, n, most; /* most: bytes that it said it has */
    uint64_t skip;           /* that are there already */
    struct block *first, *last;
    size_t got;
    bool open, cut;          /* cut: no more of it is kept */
};

/* A file under way, then a file that is complete. */
struct range_whole {
    struct range_whole *chain;         /* same bucket */
    struct range_whole *older, *newer; /* by when a part began or ended */
    struct range_part *parts;          /* open ones, and while it is in the table closed ones */
    struct range_part *done;           /* complete: the parts to read, the next first */
    uint64_t hash, total, last;
    struct range_part *part;           /* complete: where its reader stands */
    struct block *block;
    uint64_t at, read;                 /* where that block begins; bytes read */
    unsigned part_n, open_n;
    uint32_t tenant;
    size_t host_n, name_n, got;
    bool held;                         /* by the table, or its reader; else its open parts alone keep it */
    bool taken;                        /* out of the table */
    uint8_t text[];                    /* host, name */
};

struct ranges {
    pthread_mutex_t lock;
    struct turns *turns;
    struct pages *pages;
    struct range_whole *bucket[BUCKETS], *oldest, *newest;
    uint64_t seed, memcap, timeout, refused;
};

struct ranges *ranges_new(const struct ranges_settings *s, struct turns *turns)
{
    struct ranges *r = calloc(1, sizeof *r);

    if (r == NULL || (r->pages = pages_new(s->memcap)) == NULL) {
        free(r);
        return NULL;
    }
    pthread_mutex_init(&r->lock, NULL);
    r->turns = turns;
    r->seed = hash_random_seed();
    r->memcap = s->memcap;
    r->timeout = s->timeout * CLOCK_SECOND;
    return r;
}

static void enter(struct ranges *r, unsigned worker)
{
    if (r->turns != NULL) {
        turn_wait(r->turns, worker);
    }
    pthread_mutex_lock(&r->lock);
}

static void leave(struct ranges *r) { pthread_mutex_unlock(&r->lock); }

/* ------- the table ------- */

static uint64_t hash_of(const struct ranges *r, const struct range_of *of)
{
    return hash_bytes(of->name.p, of->name.n, hash_bytes(of->host.p, of->host.n, r->seed ^ of->tenant));
}

static bool same(const struct range_whole *f, uint64_t hash, const struct range_of *of)
{
    return f->hash == hash && f->tenant == of->tenant && bytes_equal(bytes_of(f->text, f->host_n), of->host) &&
           bytes_equal(bytes_of(f->text + f->host_n, f->name_n), of->name);
}

static void age_out(struct ranges *r, struct range_whole *f)
{
    *(f->older != NULL ? &f->older->newer : &r->oldest) = f->newer;
    *(f->newer != NULL ? &f->newer->older : &r->newest) = f->older;
    f->older = f->newer = NULL;
}

static void age_in(struct ranges *r, struct range_whole *f, uint64_t now)
{
    f->last = now;
    f->older = r->newest;
    *(f->older != NULL ? &f->older->newer : &r->oldest) = f;
    r->newest = f;
}

static void part_free(struct ranges *r, struct range_part *p)
{
    while (p->first != NULL) {
        struct block *b = p->first;
        p->first = b->next;
        pages_give(r->pages, b, b->got);
    }
    pages_give(r->pages, p, p->got);
}

static void whole_let_go(struct ranges *r, struct range_whole *f)
{
    if (!f->held && f->open_n == 0) {
        pages_give(r->pages, f, f->got);
    }
}

static void list_free(struct ranges *r, struct range_part *p)
{
    while (p != NULL) {
        struct range_part *next = p->next;
        part_free(r, p);
        p = next;
    }
}

/* Out of the table; its closed parts are what there is to read. */
static void take(struct ranges *r, struct range_whole *f)
{
    struct range_whole **at = &r->bucket[f->hash % BUCKETS];
    struct range_part **closed = &f->done, **open = &f->parts;

    while (*at != f) {
        at = &(*at)->chain;
    }
    *at = f->chain;
    age_out(r, f);
    f->taken = true;
    while (*open != NULL) {
        struct range_part *p = *open;
        if (p->open) {
            p->cut = true;
            open = &p->next;
        } else {
            *open = p->next;
            *closed = p;
            closed = &p->next;
        }
    }
    *closed = NULL;
    f->part = f->done;
    f->block = f->part != NULL ? f->part->first : NULL;
    f->at = f->part != NULL ? f->part->start : 0;
}

static void give_up(struct ranges *r, struct range_whole *f)
{
    list_free(r, f->done);
    f->done = NULL;
    f->held = false;
    whole_let_go(r, f);
}

/* Those that got nothing for long, once memory is half full.  One that has an open part is under way, however long that takes. */
static void expire(struct ranges *r, uint64_t now)
{
    while (r->oldest != NULL && r->oldest->last + r->timeout < now && pages_used(r->pages) > r->memcap / 2) {
        struct range_whole *f = r->oldest;
        if (f->open_n != 0) {
            age_out(r, f);
            age_in(r, f, now);
            continue;
        }
        take(r, f);
        give_up(r, f);
    }
}

static struct range_whole *find(struct ranges *r, uint64_t hash, const struct range_of *of)
{
    struct range_whole *f = r->bucket[hash % BUCKETS];

    while (f != NULL && !same(f, hash, of)) {
        f = f->chain;
    }
    return f;
}

static struct range_whole *begin(struct ranges *r, uint64_t hash, const struct range_of *of)
{
    size_t got = 0, text = of->host.n + of->name.n;
    struct range_whole *f = text <= TEXT_MAX ? pages_take(r->pages, sizeof *f + text, &got) : NULL;

    if (f == NULL) {
        return NULL;
    }
    *f = (struct range_whole){ .hash = hash, .got = got, .tenant = of->tenant, .host_n = of->host.n, .name_n = of->name.n,
                               .held = true };
    memcpy(f->text, of->host.p, of->host.n);
    memcpy(f->text + of->host.n, of->name.p, of->name.n);
    f->chain = r->bucket[hash % BUCKETS];
    r->bucket[hash % BUCKETS] = f;
    return f;
}

/* ------- parts ------- */

/* From the file's first byte on, how many closed parts hold without a hole. */
static uint64_t covered(const struct range_whole *f)
{
    uint64_t to = 0;

    for (const struct range_part *p = f->parts; p != NULL && p->start <= to; p = p->next) {
        to = !p->open && p->start + p->n > to ? p->start + p->n : to;
    }
    return to;
}

static struct range_part *part_new(struct ranges *r, struct range_whole *f, const struct range_of *of)
{
    struct range_part **at = &f->parts;
    uint64_t have = covered(f);
    size_t got = 0;
    struct range_part *p = f->part_n < PARTS_MAX ? pages_take(r->pages, sizeof *p, &got) : NULL;

    if (p == NULL) {
        return NULL;
    }
    *p = (struct range_part){ .file = f, .start = of->start, .most = of->end - of->start + 1, .got = got, .open = true };
    p->skip = have > p->start ? have - p->start : 0;
    p->skip = p->skip < p->most ? p->skip : p->most;
    p->start += p->skip;
    p->most -= p->skip;
    while (*at != NULL && (*at)->start <= p->start) {
        at = &(*at)->next;
    }
    p->next = *at;
    *at = p;
    f->part_n++;
    f->open_n++;
    return p;
}

struct range_part *ranges_part_open(struct ranges *r, unsigned worker, const struct range_of *of, uint64_t now)
{
    struct range_part *p = NULL;

    if (of->start > of->end || of->end >= of->total || of->host.n == 0) {
        return NULL;
    }
    enter(r, worker);
    expire(r, now);
    uint64_t hash = hash_of(r, of);
    struct range_whole *f = find(r, hash, of);
    if (f == NULL) {
        f = begin(r, hash, of);
    } else {
        age_out(r, f);
    }
    if (f != NULL) {
        age_in(r, f, now);
        p = part_new(r, f, of);
        f->total = of->total > f->total ? of->total : f->total;
    }
    r->refused += p == NULL;
    leave(r);
    return p;
}

/* Room for at least a byte more. */
static bool part_grow(struct ranges *r, struct range_part *p)
{
    size_t got = 0, want = p->last != NULL ? 2 * p->last->room : BLOCK_MIN;
    struct block *b = pages_take(r->pages, want < BLOCK_MAX ? want : BLOCK_MAX, &got);

    if (b == NULL) {
        return false;
    }
    *b = (struct block){ .room = got - sizeof *b, .got = got };
    *(p->last != NULL ? &p->last->next : &p->first) = b;
    p->last = b;
    return true;
}

static void part_add(struct ranges *r, struct range_part *p, struct bytes b)
{
    size_t skip = p->skip < b.n ? (size_t)p->skip : b.n;

    p->skip -= skip;
    b = bytes_from(b, skip);
    b = b.n > p->most - p->n ? bytes_head(b, (size_t)(p->most - p->n)) : b; /* more than it said */
    while (b.n != 0) {
        if ((p->last == NULL || p->last->n == p->last->room) && !part_grow(r, p)) {
            p->cut = true;
            r->refused++;
            return;
        }
        size_t n = p->last->room - p->last->n < b.n ? p->last->room - p->last->n : b.n;
        memcpy(p->last->bytes + p->last->n, b.p, n);
        p->last->n += n;
        p->n += n;
        b = bytes_from(b, n);
    }
}

void ranges_part_add(struct ranges *r, unsigned worker, struct range_part *part, struct bytes b)
{
    enter(r, worker);
    if (b.n == 0) {
        part->cut = true;
    } else if (!part->cut) {
        part_add(r, part, b);
    }
    leave(r);
}

static void part_out(struct ranges *r, struct range_part *part)
{
    struct range_part **at = &part->file->parts;

    while (*at != part) {
        at = &(*at)->next;
    }
    *at = part->next;
    part->file->part_n--;
    part_free(r, part);
}

struct range_whole *ranges_part_close(struct ranges *r, unsigned worker, struct range_part *part)
{
    struct range_whole *f = part->file, *whole = NULL;

    enter(r, worker);
    part->open = false;
    f->open_n--;
    if (f->taken || part->n == 0) {
        part_out(r, part);
    }
    if (f->taken) {
        whole_let_go(r, f);
    } else if (covered(f) >= f->total) {
        take(r, f);
        whole = f;
    }
    leave(r);
    return whole;
}

/* ------- a file that is complete: its reader has it alone ------- */

struct bytes ranges_whole_name(const struct range_whole *w) { return bytes_of(w->text + w->host_n, w->name_n); }

/* Parts may lie over each other: what was read is passed over. */
struct bytes ranges_whole_next(struct range_whole *w)
{
    while (w->part != NULL) {
        struct block *b = w->block;
        if (b == NULL) {
            w->part = w->part->next;
            w->block = w->part != NULL ? w->part->first : NULL;
            w->at = w->part != NULL ? w->part->start : 0;
            continue;
        }
        uint64_t end = w->at + b->n, over = w->read > w->at ? w->read - w->at : 0;
        w->block = b->next;
        w->at = end;
        if (over < b->n) {
            w->read = end;
            return bytes_from(bytes_of(b->bytes, b->n), (size_t)over);
        }
    }
    return bytes_none();
}

void ranges_whole_free(struct ranges *r, struct range_whole *w)
{
    pthread_mutex_lock(&r->lock);
    give_up(r, w);
    leave(r);
}

struct ranges_counts ranges_counts(struct ranges *r)
{
    pthread_mutex_lock(&r->lock);
    struct ranges_counts n = { pages_used(r->pages), r->refused };
    leave(r);
    return n;
}

/* No part is open any more. */
void ranges_free(struct ranges *r)
{
    if (r == NULL) {
        return;
    }
    while (r->oldest != NULL) {
        struct range_whole *f = r->oldest;
        take(r, f);
        give_up(r, f);
    }
    pages_free(r->pages);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
