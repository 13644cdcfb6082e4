/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run of PDUs as an association sees them: binds are offered, acknowledgements answer them. */
#include "base/err.h"
#include "wire/dcebind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dcebind b = { .n = 0 };
    const struct dceiface *f;
    struct dcepdu p;
    struct arena a;
    uint8_t key[DCEBIND_KEY];
    unsigned n = 0;

    arena_init(&a, NULL, 1 << 20);
    for (size_t at = 0; dcepdu_read(rd_make(data + at, size - at), &p); at += p.length) {
        unsigned before = b.n;
        bug_if(p.length == 0);
        if (p.type == 11 || p.type == 14) { /* bind, alter context */
            (void)dcebind_offer(&b, &p, &a);
        } else if (p.type == 12 || p.type == 15) {
            (void)dcebind_answer(&b, &p);
        }
        bug_if(b.n < before || b.n - before > 255);
    }
    for (; (f = dcebind_row(&b, n)) != NULL; n++) {
        dcebind_key(f, key);
        bug_if(key[18] > 1);
        const struct dceiface *taken = dcebind_accepted(&b, f->context.id);
        bug_if(taken != NULL && (!taken->acked || taken->result != 0 || taken->context.id != f->context.id));
        bug_if(taken == NULL && f->acked && f->result == 0);
    }
    bug_if(n != (b.n < DCEBIND_MAX ? b.n : DCEBIND_MAX));
    arena_fini(&a);
    return 0;
}
