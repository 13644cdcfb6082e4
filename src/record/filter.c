/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/filter.h"

#include "record/ledger.h"

#include <string.h>

enum { STEP = 1024 };

/* The filter that is being filled; NULL: there is no more room for what the flow says. */
static struct flow_filter *filter_open(struct ledger *l, struct piece *p)
{
    struct flow_filter *last = p->filter_last != 0 ? &l->filter[p->filter_last - 1] : NULL;

    if (last != NULL && last->bits < FILTER_FULL) {
        return last;
    }
    if (p->filter_n >= FILTER_MAX || l->filter_n == l->filter_max) {
        p->untold = FILTER_ALL;
        return NULL;
    }
    uint32_t at = ++l->filter_n;
    *(last != NULL ? &last->next : &p->filter_first) = at;
    p->filter_last = at;
    p->filter_n++;
    return &l->filter[at - 1];
}

/* Is it still short? */
static bool short_yet(struct piece *p, enum filter_part part, size_t n)
{
    unsigned k = (unsigned)__builtin_ctz(part);

    if (part == FILTER_FIELDS || (p->untold & part) != 0) {
        return (p->untold & part) == 0;
    }
    uint16_t *said = &p->short_n[k - 1];
    if (n > (size_t)FILTER_SHORT - *said) {
        p->untold |= (uint8_t)part;
        return false;
    }
    *said = (uint16_t)(*said + n);
    return true;
}

void ledger_filter(struct ledger *l, struct piece *p, enum filter_part part, struct bytes b)
{
    if (b.n < SKETCH_GRAM || !short_yet(p, part, b.n)) {
        return;
    }
    for (;;) {
        struct flow_filter *f = filter_open(l, p);
        struct bytes step = bytes_head(b, STEP);
        if (f == NULL) {
            return;
        }
        f->bits += sketch_add_small(f->bit, FILTER_LOG, step);
        if (step.n == b.n) {
            return;
        }
        b = bytes_from(b, step.n - SKETCH_BACK);
    }
}

/* Halves it while no more than half of its bits would be set; returns the logarithm of its size. */
static unsigned fold(uint8_t bit[FILTER_BYTES])
{
    unsigned log = FILTER_LOG;

    for (; log > FILTER_LOG_LEAST; log--) {
        size_t half = ((size_t)1 << log) / 16;
        uint32_t set = 0;
        for (size_t i = 0; i < half; i++) {
            set += (unsigned)__builtin_popcount(bit[i] | bit[half + i]);
        }
        if (set * 2 > half * 8) {
            break;
        }
        for (size_t i = 0; i < half; i++) {
            bit[i] |= bit[half + i];
        }
    }
    return log;
}

void filter_text(const struct ledger *l, const struct piece *p, struct text *t)
{
    text_byte(t, (char)(FILTER_ALL & ~p->untold));
    if (p->untold == FILTER_ALL) {
        return;
    }
    for (uint32_t at = p->filter_first; at != 0; at = l->filter[at - 1].next) {
        uint8_t bit[FILTER_BYTES];
        memcpy(bit, l->filter[at - 1].bit, sizeof bit);
        unsigned log = fold(bit);
        text_byte(t, (char)log);
        text_add(t, bit, ((size_t)1 << log) / 8);
    }
}

static bool has_all(struct bytes filter, unsigned log, const uint32_t *bit, unsigned n)
{
    uint32_t mask = (1u << log) - 1;

    for (unsigned i = 0; i < n; i++) {
        uint32_t at = bit[i] & mask;
        if ((filter.p[at / 8] >> (at & 7) & 1) == 0) {
            return false;
        }
    }
    return true;
}

bool filter_has(struct bytes filters, unsigned parts, const uint32_t *bit, unsigned n)
{
    struct rd r = rd_of(filters);
    unsigned told = rd_u8(&r);

    if (!rd_ok(&r) || (told & parts) != parts) {
        return true;
    }
    while (rd_left(&r) != 0) {
        unsigned log = rd_u8(&r);
        if (log < FILTER_LOG_LEAST || log > FILTER_LOG) {
            return true;
        }
        struct bytes one = rd_bytes(&r, ((size_t)1 << log) / 8);
        if (!rd_ok(&r) || has_all(one, log, bit, n)) {
            return true;
        }
    }
    return false;
}
