/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/inflate_zlib.h"

#include <zlib.h>

struct inflate_zlib {
    const struct inflate_memory *memory;
    z_stream z;
};

static voidpf take(voidpf of, uInt items, uInt size)
{
    const struct inflate_zlib *i = of;

    return i->memory->take(i->memory->of, (size_t)items * size);
}

static void give(voidpf of, voidpf p)
{
    const struct inflate_zlib *i = of;

    i->memory->give(i->memory->of, p);
}

struct inflate_zlib *inflate_zlib_new(const struct inflate_memory *m)
{
    struct inflate_zlib *i = m->take(m->of, sizeof *i);

    if (i == NULL) {
        return NULL;
    }
    *i = (struct inflate_zlib){ .memory = m, .z = { .zalloc = take, .zfree = give, .opaque = i } };
    if (inflateInit2(&i->z, -MAX_WBITS) != Z_OK) {
        m->give(m->of, i);
        return NULL;
    }
    return i;
}

void inflate_zlib_free(struct inflate_zlib *i)
{
    if (i != NULL) {
        inflateEnd(&i->z);
        i->memory->give(i->memory->of, i);
    }
}

enum inflate_result inflate_zlib_run(struct inflate_zlib *i, struct bytes *in, uint8_t *out, size_t room, size_t *got)
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
