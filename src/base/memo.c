/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/memo.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

struct place {
    uint16_t of_n, text_n, kind;
    uint8_t bytes[MEMO_BYTES]; /* `of`, then the text */
};

struct memo {
    uint64_t seed;
    unsigned mask;
    struct place place[];
};

struct memo *memo_new(unsigned places)
{
    struct memo *m = calloc(1, sizeof *m + places * sizeof m->place[0]);

    if (m != NULL) {
        m->seed = hash_random_seed();
        m->mask = places - 1;
    }
    return m;
}

void memo_free(struct memo *m) { free(m); }

static unsigned place_of(const struct memo *m, unsigned kind, struct bytes of) { return (unsigned)hash_bytes(of.p, of.n, m->seed + kind) & m->mask; }

struct bytes memo_find(const struct memo *m, enum memo_kind kind, struct bytes of)
{
    if (m == NULL || of.n == 0 || of.n >= MEMO_BYTES) {
        return bytes_none();
    }
    const struct place *at = &m->place[place_of(m, kind, of)];
    bool is = at->text_n != 0 && at->kind == kind && at->of_n == of.n && memcmp(at->bytes, of.p, of.n) == 0;
    return is ? bytes_of(at->bytes + at->of_n, at->text_n) : bytes_none();
}

void memo_keep(struct memo *m, enum memo_kind kind, struct bytes of, struct bytes text)
{
    if (m == NULL || of.n == 0 || of.n >= MEMO_BYTES || text.n == 0 || text.n > MEMO_BYTES - of.n) {
        return;
    }
    struct place *at = &m->place[place_of(m, kind, of)];
    at->kind = (uint16_t)kind;
    at->of_n = (uint16_t)of.n;
    at->text_n = (uint16_t)text.n;
    memcpy(at->bytes, of.p, of.n);
    memcpy(at->bytes + of.n, text.p, text.n);
}
