/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap_told - what a tap told lately is not told again.
 *
 * That is looked up in far more memory than a worker has at hand: what views tell is staged, and goes into the ring, or does not,
 * when the batch is through (where workers wait for each other: the view); then all rows are fetched at once.
 */
#include "aware/taps.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct aware_tap *tap_new(size_t ring_bytes)
{
    enum { LINE = 64 };
    struct aware_tap *t = aligned_alloc(LINE, (sizeof *t + LINE - 1) / LINE * LINE);

    if (t == NULL) {
        return NULL;
    }
    memset(t, 0, sizeof *t);
    if ((t->ring = ring_new(ring_bytes)) == NULL || (t->shapes = calloc(1, sizeof *t->shapes)) == NULL ||
        (t->told = aligned_alloc(sizeof *t->told, TOLD_HOSTS * sizeof *t->told)) == NULL) {
        tap_free(t);
        return NULL;
    }
    memset(t->told, 0, TOLD_HOSTS * sizeof *t->told);
    return t;
}

void tap_free(struct aware_tap *t)
{
    if (t != NULL) {
        ring_free(t->ring);
        free(t->shapes);
        free(t->told);
        free(t);
    }
}

static void put(struct aware_tap *t, const struct seen *s, const char *text)
{
    size_t head = s->tail != 0 ? sizeof *s : SEEN_HEAD, n = head + s->text_n;
    uint8_t *p;

    while ((p = ring_reserve(t->ring, n)) == NULL) {
        if (!t->block) {
            atomic_fetch_add_explicit(&t->lost, 1, memory_order_relaxed);
            return;
        }
        (void)ring_wait_room(t->ring, 100);
    }
    memcpy(p, s, SEEN_HEAD);
    if (s->tail != 0) {
        memcpy(p + SEEN_HEAD, (const uint8_t *)s + SEEN_HEAD, sizeof *s - SEEN_HEAD);
    }
    memcpy(p + head, text, s->text_n);
    ring_publish(t->ring, n);
}

/* What is told of a host stands in one line of memory. */
struct place_told {
    uint64_t host, mark;
};

static inline struct place_told place_of(const struct seen *s)
{
    uint64_t station = seen_station(s), host = tap_fold(tap_fold(s->scope, s->family != FAMILY_NONE ? s->addr.q[0] : station), s->addr.q[1]);
    uint64_t mark = tap_fold(tap_fold(s->hash, host), s->network ^ station);

    mark = tap_fold(mark, (uint64_t)s->kind << 56 | (uint64_t)s->sign << 48 | (uint64_t)s->proto << 40 | (uint64_t)s->flags << 32 | (uint64_t)s->port << 16 | s->vlan);
    return (struct place_told){ host, mark };
}

struct seen *tap_again(struct aware_tap *t, const struct seen *s)
{
    if (t->now.staged == STAGED_MAX) {
        aware_tap_settle(t);
    }
    struct seen *to = &t->staged[t->now.staged].seen;
    if (to != s) {
        memcpy(to, s, s->tail != 0 ? sizeof *s : SEEN_HEAD);
    }
    to->hash = 0;
    return to;
}

/* s: begun here, or the caller's own. */
static inline struct staged *stage(struct aware_tap *t, struct seen *s, struct bytes text)
{
    text.n = text.n < SEEN_TEXT_MAX ? text.n : SEEN_TEXT_MAX;
    if (t->now.staged == STAGED_MAX || t->staged_text_n + text.n > STAGED_TEXT) {
        aware_tap_settle(t);
    }
    struct staged *to = &t->staged[t->now.staged++];
    if (s != &to->seen) {
        memcpy(&to->seen, s, s->tail != 0 ? sizeof *s : SEEN_HEAD);
    }
    to->seen.turn = t->now.turn;
    to->seen.clock = t->now.clock;
    to->seen.text_n = (uint16_t)text.n;
    if (to->seen.hash == 0 && text.n != 0) {
        to->seen.hash = seen_hash((const char *)text.p, text.n, t->seed);
    }
    to->row = NULL;
    to->present = false;
    to->text = (uint16_t)t->staged_text_n;
    if (text.n != 0) {
        memcpy(t->staged_text + t->staged_text_n, text.p, text.n);
        t->staged_text_n += text.n;
    }
    return to;
}

static inline uint32_t mark_at(const struct aware_tap *t, uint64_t mark, uint64_t until) { return (uint32_t)(tap_fold(mark, until << 32 ^ t->now.jumps) >> 32) | 1; }

static inline void unless_told(struct aware_tap *t, struct staged *x, struct place_told at, uint64_t until)
{
    x->mark = mark_at(t, at.mark, until);
    x->row = t->told[at.host >> (64 - TOLD_BITS)]; /* a product's upper bits are the mixed ones */
}

void tap_tell(struct aware_tap *t, struct seen *s, struct bytes text, unsigned how)
{
    struct staged *x = stage(t, s, text);

    x->present = (how & TELL_PRESENT) != 0;
    if ((how & TELL_NEWS) != 0) {
        unless_told(t, x, place_of(&x->seen), stretch_of(x->seen.kind, x->seen.ts));
    }
}

void tap_tell_since(struct aware_tap *t, struct seen *s, uint64_t since)
{
    struct staged *x = stage(t, s, bytes_none());
    struct place_told at = place_of(&x->seen);

    at.mark = tap_fold(at.mark, since);
    unless_told(t, x, at, slot_of(since));
}

/* Does the row have it?  From now on it does. */
static bool told(uint32_t *row, uint32_t mark)
{
    typedef uint32_t four __attribute__((vector_size(16)));
    const four *at = (const four *)(const void *)row, all = { mark, mark, mark, mark };
    union { four each; uint64_t half[2]; } is = { (four)(at[0] == all) | (four)(at[1] == all) | (four)(at[2] == all) | (four)(at[3] == all) };

    _Static_assert(TOLD_EACH == 16, "four times four");
    if ((is.half[0] | is.half[1]) != 0) {
        return true;
    }
    memmove(&row[1], &row[0], (TOLD_EACH - 1) * sizeof *row);
    row[0] = mark;
    return false;
}

static bool was_told(struct aware_tap *t, struct staged *x)
{
    struct seen *s = &x->seen;

    if (x->row == NULL || !told(x->row, x->mark)) {
        return false;
    }
    if (!x->present) {
        return true;
    }
    s->kind = SEEN_PRESENT;
    s->sign = SIGN_NONE;
    s->hash = 0;
    s->port = s->text_n = 0;
    return (s->flags & SEEN_EXACT) == 0 && told(x->row, mark_at(t, place_of(s).mark, stretch_of(s->kind, s->ts)));
}

void aware_tap_settle(struct aware_tap *t)
{
    for (unsigned i = 0; i < t->now.staged; i++) { /* all at once: one by one, each would wait for its page's address */
        __builtin_prefetch(t->staged[i].row, 1);
    }
    for (unsigned i = 0; i < t->now.staged; i++) {
        struct staged *x = &t->staged[i];
        if (!was_told(t, x)) {
            put(t, &x->seen, t->staged_text + x->text);
        }
    }
    t->now.staged = 0;
    t->staged_text_n = 0;
}
