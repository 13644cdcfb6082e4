/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/dcebind.h"

bool dcebind_offer(struct dcebind *b, const struct dcepdu *p, struct arena *a)
{
    struct rd r;
    unsigned n = dcepdu_bind(p, &r);

    if (b->row == NULL && (b->row = arena_zero(a, DCEBIND_MAX * sizeof *b->row)) == NULL) {
        return false;
    }
    for (unsigned i = 0; i < n; i++) {
        struct dceiface f = { .call = p->call, .first_frag = (p->flags & DCE_FIRST_FRAG) != 0 };
        if (!dcepdu_context(p, &r, &f.context)) {
            return false;
        }
        b->row[b->n++ % DCEBIND_MAX] = f;
    }
    return rd_ok(&r);
}

/* C706 12.6.4.4: results stand in the order of the contexts offered. */
bool dcebind_answer(struct dcebind *b, const struct dcepdu *p)
{
    struct rd r;
    unsigned n = dcepdu_bindack(p, &r), done = 0;

    for (unsigned i = b->n > DCEBIND_MAX ? b->n - DCEBIND_MAX : 0; i < b->n && done < n; i++) {
        struct dceiface *f = &b->row[i % DCEBIND_MAX];
        if (f->call != p->call || f->acked) {
            continue;
        }
        if (!dcepdu_result(p, &r, &f->result, &f->reason)) {
            return false;
        }
        f->acked = true;
        done++;
    }
    return rd_ok(&r);
}

const struct dceiface *dcebind_row(const struct dcebind *b, unsigned i)
{
    return i < b->n && i < DCEBIND_MAX ? &b->row[(b->n - 1 - i) % DCEBIND_MAX] : NULL;
}

const struct dceiface *dcebind_accepted(const struct dcebind *b, uint16_t context)
{
    const struct dceiface *f;

    for (unsigned i = 0; (f = dcebind_row(b, i)) != NULL; i++) {
        if (f->acked && f->result == 0 && f->context.id == context) {
            return f;
        }
    }
    return NULL;
}

void dcebind_key(const struct dceiface *i, uint8_t out[DCEBIND_KEY])
{
    for (unsigned k = 0; k < 16; k++) {
        out[k] = i->context.uuid[k];
    }
    out[16] = (uint8_t)(i->context.major >> 8);
    out[17] = (uint8_t)i->context.major;
    out[18] = i->first_frag;
}
