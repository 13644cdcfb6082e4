/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/inflate.h"

#ifdef HAVE_LIBISAL

#include <isa-l/igzip_lib.h>

struct inflate {
    const struct inflate_memory *memory;
    struct inflate_state isal;
};

struct inflate *inflate_new(const struct inflate_memory *m)
{
    struct inflate *i = m->take(m->of, sizeof *i);

    if (i != NULL) {
        i->memory = m;
        isal_inflate_init(&i->isal);
        i->isal.crc_flag = ISAL_DEFLATE;
    }
    return i;
}

void inflate_free(struct inflate *i)
{
    if (i != NULL) {
        i->memory->give(i->memory->of, i);
    }
}

enum inflate_result inflate_run(struct inflate *i, struct bytes *in, uint8_t *out, size_t room, size_t *got)
{
    struct inflate_state *s = &i->isal;
    uint32_t had = in->n < UINT32_MAX ? (uint32_t)in->n : UINT32_MAX, space = room < UINT32_MAX ? (uint32_t)room : UINT32_MAX;

    s->next_in = (uint8_t *)(uintptr_t)in->p;
    s->avail_in = had;
    s->next_out = out;
    s->avail_out = space;
    int e = isal_inflate(s);
    uint32_t took = had - s->avail_in;
    bool over = s->block_state == ISAL_BLOCK_FINISH;
    if (over) { /* it reads ahead by up to eight bytes; what of them came now is given back */
        uint32_t ahead = (uint32_t)s->read_in_length / 8;
        took -= ahead < took ? ahead : took;
    }
    *in = bytes_from(*in, took);
    *got = space - s->avail_out;
    if (e < 0 || e == ISAL_NEED_DICT) {
        return INFLATE_BAD;
    }
    return over ? INFLATE_END : INFLATE_OK;
}
#endif
