/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/inflate.h"

#ifndef HAVE_LIBISAL

#include <zlib.h>

struct inflate {
    const struct inflate_memory *memory;
    z_stream z;
};

static voidpf take(voidpf of, uInt items, uInt size)
{
    const struct inflate *i = of;

    return i->memory->take(i->memory->of, (size_t)items * size);
}

static void give(voidpf of, voidpf p)
{
    const struct inflate *i = of;

    i->memory->give(i->memory->of, p);
}

struct inflate *inflate_new(const struct inflate_memory *m)
{
    struct inflate *i = m->take(m->of, sizeof *i);

    if (i == NULL) {
        return NULL;
    }
    *i = (struct inflate){ .memory = m, .z = { .zalloc = take, .zfree = give, .opaque = i } };
    if (inflateInit2(&i->z, -MAX_WBITS) != Z_OK) {
        m->give(m->of, i);
        return NULL;
    }
    return i;
}

void inflate_free(struct inflate *i)
{
    if (i != NULL) {
        inflateEnd(&i->z);
        i->memory->give(i->memory->of, i);
    }
}

enum inflate_result inflate_run(struct inflate *i, struct bytes *in, uint8_t *out, size_t room, size_t *got)
{
    uInt had = in->n < UINT32_MAX ? (uInt)in->n : UINT32_MAX, space = room < UINT32_MAX ? (uInt)room : UINT32_MAX;

    i->z.next_in = (z_const Bytef *)(uintptr_t)in->p;
    i->z.avail_in = had;
    i->z.next_out = out;
    i->z.avail_out = space;
    int e = inflate(&i->z, Z_NO_FLUSH);
    *in = bytes_from(*in, had - i->z.avail_in);
    *got = space - i->z.avail_out;
    if (e == Z_STREAM_END) {
        return INFLATE_END;
    }
    return e == Z_OK || e == Z_BUF_ERROR ? INFLATE_OK : INFLATE_BAD;
}
#endif
