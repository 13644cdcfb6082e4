/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The defragmenter against the plain model. The first byte says the policy and the family, then each fragment is six bytes: which
 * datagram and whether more come, offset, length, pause.
 */
#include <stdlib.h>

#include "base/err.h"
#include "flow/test_fragments.h"

enum { DATAGRAMS = 4, RECORD = 6, ROOM = 12000 };

static const enum os_policy policies[] = { OS_BSD, OS_BSD_RIGHT, OS_LINUX, OS_FIRST, OS_LAST, OS_WINDOWS, OS_SOLARIS };

struct run {
    struct model model[DATAGRAMS];
    bool used[DATAGRAMS];
    uint64_t second[DATAGRAMS]; /* when the last fragment came */
    struct made made;
    uint64_t now;
    enum os_policy os;
    bool six;
};

static void forget(struct run *r, uint64_t timeout)
{
    for (unsigned i = 0; i < DATAGRAMS; i++) {
        r->used[i] = r->used[i] && r->now < (r->second[i] + timeout) * CLOCK_SECOND;
    }
}

static void same(const struct run *r, const struct model *m, struct bytes got)
{
    size_t head = r->six ? HEADER6 : HEADER4;

    bug_if(got.n != head + m->total);
    for (unsigned i = 0; i < m->total; i++) {
        bug_if(got.p[head + i] != (uint8_t)m->owner[i]);
    }
}

/* False when the model is full. */
static bool one(struct run *r, struct defrag *d, const struct facts *f, const uint8_t *record)
{
    unsigned id = record[0] % DATAGRAMS, from = (unsigned)(record[1] << 8 | record[2]) % 1100 * UNIT;
    unsigned n = (unsigned)(record[3] << 8 | record[4]) % 3000;
    bool more = record[0] & 4;

    if (record[0] & 8) { /* too large: the model has no room for what would fit there */
        from = 8190 * UNIT;
        n += 16;
    }
    struct model *m = &r->model[id];
    struct datagram got;

    r->now += record[5] * (CLOCK_SECOND / 8);
    forget(r, 60);
    if (!r->used[id]) {
        model_init(m, ROOM);
    }
    if (m->n == MODEL_FRAGMENTS) {
        return false;
    }
    struct view *v = r->six ? make6(&r->made, id, from, more, n, (uint8_t)m->n) : make4(&r->made, id, from, more, n, (uint8_t)m->n);
    v->packet->ts = r->now;
    bool done = defrag_add(d, v, f, &got), want = false;
    if ((from == 0 && !more) || !model_takes(r->os, r->six, more, &n)) {
        bug_if(done);
        return true;
    }
    bool fits = from + n <= (r->six ? 65535u : 65535u - HEADER4);
    if (fits) {
        r->used[id] = true;
        r->second[id] = r->now / CLOCK_SECOND;
    }
    if (fits && n) {
        want = model_add(m, r->os, from, n, !more);
    }
    bug_if(done != want);
    if (done) {
        bug_if(got.whole.n != LINK + got.ip.n);
        same(r, m, got.ip);
        defrag_done(d);
        r->used[id] = false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct defrag_settings s = test_defrag();
    struct facts_maker *maker = facts_maker_new();
    struct run *r = malloc(sizeof(*r));
    struct err err;

    s.trackers = 64;

    if (size == 0 || !maker || !r) {
        facts_free(maker ? facts_maker_done(maker) : NULL);
        free(r);
        return 0;
    }
    r->os = policies[data[0] % ROWS(policies)];
    r->six = data[0] & 0x80;
    memset(r->used, 0, sizeof(r->used));
    r->made.options = 0;
    r->now = T0;
    bug_if(!facts_maker_policy(maker, r->six ? "::/0" : "0.0.0.0/0", r->os, &err));
    struct facts *f = facts_maker_done(maker);
    struct defrag *d = defrag_new(&s);
    for (size_t at = 1; at + RECORD <= size && one(r, d, f, data + at); at += RECORD) {
    }
    defrag_free(d);
    facts_free(f);
    free(r);
    return 0;
}
