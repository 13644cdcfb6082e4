/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Choices of flows over all segments of a record. */
#include "record/read.h"

#include "base/hash.h"
#include "record/span.h"

#include <stdlib.h>
#include <string.h>

static size_t words(const struct record *r, size_t segment) { return ((size_t)r->segment[segment].about->flows + 63) / 64; }

struct choice *choice_new(const struct record *r, bool all)
{
    struct choice *c = calloc(1, sizeof *c);

    if (c == NULL || (c->bit = calloc(r->n + 1, sizeof *c->bit)) == NULL) {
        free(c);
        return NULL;
    }
    c->record = r;
    for (size_t i = 0; i < r->n; i++) {
        c->bit[i] = calloc(words(r, i) + 1, sizeof **c->bit);
        if (c->bit[i] == NULL) {
            choice_free(c);
            return NULL;
        }
        for (uint32_t f = 0; all && f < r->segment[i].about->flows; f++) {
            choice_add(c, i, f);
        }
    }
    return c;
}

void choice_free(struct choice *c)
{
    if (c != NULL) {
        for (size_t i = 0; i < c->record->n; i++) {
            free(c->bit[i]);
        }
        free(c->bit);
        free(c);
    }
}

void choice_and(struct choice *c, const struct choice *with)
{
    for (size_t i = 0; i < c->record->n; i++) {
        for (size_t w = 0; w < words(c->record, i); w++) {
            c->bit[i][w] &= with->bit[i][w];
        }
    }
}

void choice_or(struct choice *c, const struct choice *with)
{
    for (size_t i = 0; i < c->record->n; i++) {
        for (size_t w = 0; w < words(c->record, i); w++) {
            c->bit[i][w] |= with->bit[i][w];
        }
    }
}

uint64_t choice_count(const struct choice *c)
{
    uint64_t n = 0;

    for (size_t i = 0; i < c->record->n; i++) {
        for (size_t w = 0; w < words(c->record, i); w++) {
            n += (unsigned)__builtin_popcountll(c->bit[i][w]);
        }
    }
    return n;
}

static void test_all(struct choice *c, struct record *r, choice_test wanted, void *ctx, bool chosen)
{
    for (size_t i = 0; i < r->n; i++) {
        struct index_cursor cursor = { 0 };
        struct flow_part part;
        struct err err;
        for (uint32_t f = 0; f < r->segment[i].about->flows; f++) {
            uint64_t left = (chosen ? c->bit[i][f >> 6] : ~c->bit[i][f >> 6]) >> (f & 63);
            if (left == 0) {
                f |= 63;
                continue;
            }
            if ((left & 1) == 0) {
                continue;
            }
            if (!index_flow(r->segment[i].index, &cursor, f, &part, &err)) {
                record_problem(r, &err);
                f |= INDEX_GROUP - 1; /* the whole group is lost */
                continue;
            }
            if (wanted(ctx, i, f, &part) != chosen) {
                c->bit[i][f >> 6] ^= 1ull << (f & 63);
            }
        }
    }
}

void choice_each(struct choice *c, struct record *r, choice_test wanted, void *ctx) { test_all(c, r, wanted, ctx, false); }
void choice_keep(struct choice *c, struct record *r, choice_test wanted, void *ctx) { test_all(c, r, wanted, ctx, true); }

/* ---- flows in several segments ---- */

/* A set of words, open addressing. */
struct word_set {
    uint64_t *word;
    size_t room, n;
};

static bool set_has(const struct word_set *s, uint64_t w)
{
    for (size_t at = hash_word(w) & (s->room - 1); s->room != 0 && s->word[at] != 0; at = (at + 1) & (s->room - 1)) {
        if (s->word[at] == w) {
            return true;
        }
    }
    return false;
}

static void set_add(struct word_set *s, uint64_t w)
{
    if (s->room == 0 || s->n * 2 >= s->room) {
        struct word_set more = { .room = s->room != 0 ? s->room * 2 : 1024 };
        more.word = calloc(more.room, sizeof *more.word);
        if (more.word == NULL) {
            return;
        }
        for (size_t i = 0; i < s->room; i++) {
            if (s->word[i] != 0) {
                set_add(&more, s->word[i]);
            }
        }
        free(s->word);
        *s = more;
    }
    size_t at = hash_word(w) & (s->room - 1);
    while (s->word[at] != 0 && s->word[at] != w) {
        at = (at + 1) & (s->room - 1);
    }
    s->n += s->word[at] == 0;
    s->word[at] = w;
}

struct whole {
    const struct record *record;
    const struct spans *spans;   /* NULL, or broken: parts are found by their ids */
    struct word_set flows, pairs, ends;
    bool announced;              /* who else took what was announced there is wanted */
    bool unjoined;               /* it is not known yet which parts belong together */
    bool parts;                  /* of some there may be other parts */
    bool carried;                /* of some nobody knows which fragments they came in */
};

static uint64_t flow_word(const struct whole *w, size_t segment, uint64_t id) { return hash_word(w->record->segment[segment].about->run ^ hash_word(id)) | 1; }

static uint64_t pair_word(const struct whole *w, size_t segment, const struct flow_key *k)
{
    bool turn = memcmp(&k->addr[0], &k->addr[1], sizeof k->addr[0]) > 0;
    struct addr pair[2] = { k->addr[turn], k->addr[!turn] };

    return hash_bytes(pair, sizeof pair, w->record->segment[segment].about->run) | 1;
}

/* Where a flow was announced to. */
static uint64_t end_word(const struct whole *w, size_t segment, const struct flow_part *p, unsigned end)
{
    const struct { struct addr addr; uint64_t port, parent; } at = { p->key.addr[end], p->key.port[end], p->parent };

    return hash_bytes(&at, sizeof at, w->record->segment[segment].about->run) | 1;
}

/* Seen from its middle, or turned round, a flow was announced to either end. */
static bool either_end(const struct flow_part *p) { return (p->flags & (RECORD_MIDSTREAM | RECORD_SWAPPED)) != 0; }

/* Takes note of chosen flows that reach beyond their part. */
static bool whole_note(void *ctx, size_t segment, uint32_t flow, const struct flow_part *p)
{
    struct whole *w = ctx;

    (void)flow;
    if ((p->flags & (RECORD_FRAGMENTS | RECORD_LOOSE)) != 0) {
        return true;
    }
    bool part = (p->flags & RECORD_CONTINUED) != 0 || (p->flags & RECORD_ENDED) == 0;
    w->parts |= part;
    if (part && !w->unjoined && (w->spans == NULL || w->spans->broken)) {
        set_add(&w->flows, flow_word(w, segment, p->id));
    }
    if (p->parent != 0) {
        set_add(&w->flows, flow_word(w, segment, p->parent));
        if (w->announced) {
            set_add(&w->ends, end_word(w, segment, p, 1));
        }
        if (w->announced && either_end(p)) {
            set_add(&w->ends, end_word(w, segment, p, 0));
        }
    }
    if ((p->flags & RECORD_REASSEMBLED) != 0) {
        set_add(&w->pairs, pair_word(w, segment, &p->key));
    }
    w->carried |= (p->flags & RECORD_CARRIED) != 0;
    return true;
}

static bool whole_wanted(void *ctx, size_t segment, uint32_t flow, const struct flow_part *p)
{
    const struct whole *w = ctx;

    (void)flow;
    if ((p->flags & RECORD_FRAGMENTS) != 0) {
        return w->carried || set_has(&w->pairs, pair_word(w, segment, &p->key));
    }
    if ((p->flags & RECORD_LOOSE) != 0) {
        return false;
    }
    return set_has(&w->flows, flow_word(w, segment, p->id)) || (w->announced && p->parent != 0 && (set_has(&w->ends, end_word(w, segment, p, 1)) ||
                                                                                                  (either_end(p) && set_has(&w->ends, end_word(w, segment, p, 0)))));
}

static size_t whole_size(const struct whole *w) { return w->flows.n + w->pairs.n + w->ends.n + w->carried; }

/* All parts of flows of which one is chosen. */
static void whole_spans(struct choice *c, const struct spans *s)
{
    uint8_t *some = calloc((size_t)s->n + 1, 1);

    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < s->segments; i++) {
            for (uint32_t k = 0; k < s->of[i].n; k++) {
                const struct span_part *p = &s->of[i].part[k];
                bool chosen = choice_has(c, i, p->flow);
                if (pass == 0 && chosen && some != NULL && p->span != SPAN_NONE) {
                    some[p->span] = 1;
                } else if (pass == 1 && !chosen && (some == NULL || p->span == SPAN_NONE || some[p->span] != 0)) {
                    choice_add(c, i, p->flow);
                }
            }
        }
    }
    free(some);
}

/* Does the flow reach beyond what is chosen? */
static bool whole_reaches(void *ctx, size_t segment, uint32_t flow, const struct flow_part *p)
{
    bool *any = ctx;

    (void)segment;
    (void)flow;
    *any |= (p->flags & (RECORD_FRAGMENTS | RECORD_LOOSE)) == 0 && (p->flags & (RECORD_REASSEMBLED | RECORD_CARRIED | RECORD_PARENT)) != 0;
    return true;
}

void choice_beyond(struct choice *c, struct record *r)
{
    bool any = false;

    choice_keep(c, r, whole_reaches, &any);
    if (any) {
        choice_whole(c, r);
    }
}

static void whole(struct choice *c, struct record *r, bool announced)
{
    struct whole w = { .record = r, .announced = announced, .unjoined = true };

    choice_keep(c, r, whole_note, &w);
    if (!w.parts && whole_size(&w) == 0) {
        return;
    }
    const struct spans *s = record_spans(r);
    w.spans = s;
    w.unjoined = false;
    uint64_t noted = s == NULL || s->broken ? UINT64_MAX : choice_count(c);
    for (size_t asked = 0;;) { /* what announced a flow may go over several segments itself */
        if (s != NULL) {
            whole_spans(c, s);
        }
        if (choice_count(c) != noted) {
            choice_keep(c, r, whole_note, &w);
            noted = choice_count(c);
        }
        if (whole_size(&w) == asked) {
            break;
        }
        asked = whole_size(&w);
        choice_each(c, r, whole_wanted, &w);
    }
    free(w.flows.word);
    free(w.pairs.word);
    free(w.ends.word);
}

void choice_whole(struct choice *c, struct record *r) { whole(c, r, false); }

void choice_run(struct choice *c, struct record *r) { whole(c, r, true); }

/* ---- packets ---- */

struct marking {
    uint64_t *bit;
    uint64_t packets;
    uint64_t from, to;           /* what is marked lies in between */
    struct chosen_runs *out;
};

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

static void mark(struct marking *m, const struct flow_part *p)
{
    struct run_walk w = p->runs;

    for (uint32_t start, n; run_next(&w, &start, &n);) {
        uint64_t end = least((uint64_t)start + n, m->packets);
        m->from = least(m->from, start);
        m->to = end > m->to ? end : m->to;
        for (uint64_t i = start; i < end; i = (i | 63) + 1) {
            uint64_t here = least(end - i, 64 - (i & 63));
            m->bit[i >> 6] |= UINT64_MAX >> (64 - here) << (i & 63);
        }
    }
    m->out->bytes += p->bytes[0] + p->bytes[1];
    m->out->cut += p->cut;
}

/* The first from i on that is marked, or that is not. */
static uint64_t next_of(const struct marking *m, uint64_t i, bool marked)
{
    const uint64_t turn = marked ? 0 : UINT64_MAX;

    while (i < m->to) {
        uint64_t w = (m->bit[i >> 6] ^ turn) >> (i & 63);
        if (w != 0) {
            return least(i + (unsigned)__builtin_ctzll(w), m->to);
        }
        i = (i | 63) + 1;
    }
    return m->to;
}

static bool runs_of(const struct marking *m, struct chosen_runs *out)
{
    size_t room = 0;

    for (uint64_t end, i = next_of(m, m->from, true); i < m->to; i = next_of(m, end, true)) {
        end = next_of(m, i, false);
        if (out->run_n == room) {
            room = room != 0 ? room * 2 : 256;
            uint32_t *start = realloc(out->start, room * sizeof *start), *n = realloc(out->n, room * sizeof *n);
            out->start = start != NULL ? start : out->start;
            out->n = n != NULL ? n : out->n;
            if (start == NULL || n == NULL) {
                return false;
            }
        }
        out->packets += end - i;
        out->start[out->run_n] = (uint32_t)i;
        out->n[out->run_n++] = (uint32_t)(end - i);
    }
    return true;
}

static bool choice_any(const struct choice *c, const struct record *r, size_t segment)
{
    uint64_t any = 0;

    for (size_t w = 0; w < words(r, segment); w++) {
        any |= c->bit[segment][w];
    }
    return any != 0;
}

bool choice_runs(const struct choice *c, struct record *r, size_t segment, struct chosen_runs *out)
{
    const struct record_segment *s = &r->segment[segment];
    struct marking m = { .packets = index_end(s->index), .from = UINT64_MAX, .out = out };
    struct index_cursor cursor = { 0 };
    struct err err;

    *out = (struct chosen_runs){ 0 };
    if (!choice_any(c, r, segment)) {
        return true;
    }
    m.bit = calloc(m.packets / 64 + 1, sizeof *m.bit);
    if (m.bit == NULL) {
        return false;
    }
    for (uint32_t f = 0; f < s->about->flows; f++) {
        struct flow_part part;
        if (c->bit[segment][f >> 6] >> (f & 63) == 0) {
            f |= 63;
            continue;
        }
        if (!choice_has(c, segment, f)) {
            continue;
        }
        if (!index_flow(s->index, &cursor, f, &part, &err)) {
            record_problem(r, &err);
            memset(m.bit, 0xff, (m.packets / 64 + 1) * sizeof *m.bit);
            m.from = 0;
            m.to = m.packets;
            break;
        }
        mark(&m, &part);
    }
    bool good = runs_of(&m, out);
    free(m.bit);
    return good;
}

void chosen_runs_fini(struct chosen_runs *r)
{
    free(r->start);
    free(r->n);
}
