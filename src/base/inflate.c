/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/inflate.h"

#include "base/inflate_zlib.h"

#ifdef HAVE_LIBISAL

#include <isa-l/igzip_lib.h>
#include <string.h>

/* ISA-L (2.30) counts a match whose distance leads before the start as if it were there, in some calls: what it gives then ends in up to
 * 258 bytes that are none.  Only before the window is full can that be.  So what made the window is kept until then, and
 * when ISA-L gives up, zlib reads it once more and says how far it was good. */
enum { WINDOW = 32 << 10, KEPT_FIRST = 4 << 10, KEPT_MAX = 64 << 10 };

struct inflate {
    const struct inflate_memory *memory;
    uint64_t given;            /* bytes */
    uint8_t *kept;             /* the compressed bytes from the start on; NULL: none, or no more */
    size_t kept_n, kept_room;
    bool keeps;
    struct inflate_zlib *judge; /* ISA-L gave up: what else comes, comes from it */
    struct bytes judged;       /* of what is kept it has yet to read this */
    struct inflate_state isal;
};

struct inflate *inflate_new(const struct inflate_memory *m)
{
    struct inflate *i = m->take(m->of, sizeof *i);

    if (i != NULL) {
        i->memory = m;
        i->given = 0;
        i->kept = NULL;
        i->kept_n = i->kept_room = 0;
        i->keeps = true;
        i->judge = NULL;
        isal_inflate_init(&i->isal);
        i->isal.crc_flag = ISAL_DEFLATE;
    }
    return i;
}

static void keep_no_more(struct inflate *i)
{
    i->memory->give(i->memory->of, i->kept);
    i->kept = NULL;
    i->kept_n = i->kept_room = 0;
    i->keeps = false;
}

void inflate_free(struct inflate *i)
{
    if (i != NULL) {
        inflate_zlib_free(i->judge);
        keep_no_more(i);
        i->memory->give(i->memory->of, i);
    }
}

static void keep(struct inflate *i, struct bytes taken)
{
    size_t room = i->kept_room != 0 ? i->kept_room : KEPT_FIRST;

    while (room < i->kept_n + taken.n && room < KEPT_MAX) {
        room *= 2;
    }
    if (room < i->kept_n + taken.n) { /* more bytes than they make: not worth more memory */
        keep_no_more(i);
        return;
    }
    if (room != i->kept_room) {
        uint8_t *more = i->memory->take(i->memory->of, room);
        if (more == NULL) {
            keep_no_more(i);
            return;
        }
        if (i->kept_n != 0) {
            memcpy(more, i->kept, i->kept_n);
        }
        i->memory->give(i->memory->of, i->kept);
        i->kept = more;
        i->kept_room = room;
    }
    if (taken.n != 0) {
        memcpy(i->kept + i->kept_n, taken.p, taken.n);
        i->kept_n += taken.n;
    }
}

/* zlib comes to where ISA-L stood before the call in which it gave up.  False: no memory for it. */
static bool judge_begin(struct inflate *i)
{
    uint8_t seen[1024];

    i->judge = inflate_zlib_new(i->memory);
    i->judged = bytes_of(i->kept, i->kept_n);
    for (uint64_t left = i->given; i->judge != NULL && left != 0;) {
        size_t got;
        enum inflate_result r = inflate_zlib_run(i->judge, &i->judged, seen, left < sizeof seen ? (size_t)left : sizeof seen, &got);
        left -= got;
        if (r != INFLATE_OK || got == 0) {
            break;
        }
    }
    return i->judge != NULL;
}

static enum inflate_result judge_run(struct inflate *i, uint8_t *out, size_t room, size_t *got)
{
    enum inflate_result r = inflate_zlib_run(i->judge, &i->judged, out, room, got);

    i->given += *got;
    return *got == room && r != INFLATE_END ? INFLATE_OK : INFLATE_BAD;
}

enum inflate_result inflate_run(struct inflate *i, struct bytes *in, uint8_t *out, size_t room, size_t *got)
{
    struct inflate_state *s = &i->isal;
    uint32_t had = in->n < UINT32_MAX ? (uint32_t)in->n : UINT32_MAX, space = room < UINT32_MAX ? (uint32_t)room : UINT32_MAX;

    if (i->judge != NULL) {
        return judge_run(i, out, space, got);
    }
    s->next_in = (uint8_t *)(uintptr_t)in->p;
    s->avail_in = had;
    s->next_out = out;
    s->avail_out = space;
    int e = isal_inflate(s);
    uint32_t took = had - s->avail_in;
    bool over = s->block_state == ISAL_BLOCK_FINISH;
    if (i->keeps) {
        keep(i, bytes_head(*in, took));
    }
    if (over) { /* it reads ahead by up to eight bytes; what of them came now is given back */
        uint32_t ahead = (uint32_t)s->read_in_length / 8;
        took -= ahead < took ? ahead : took;
    }
    *in = bytes_from(*in, took);
    *got = space - s->avail_out;
    if (e < 0 && i->keeps && judge_begin(i)) {
        return judge_run(i, out, space, got);
    }
    i->given += *got;
    if (i->keeps && (over || i->given >= WINDOW)) {
        keep_no_more(i);
    }
    if (e < 0 || e == ISAL_NEED_DICT) {
        return INFLATE_BAD;
    }
    return over ? INFLATE_END : INFLATE_OK;
}

#else

struct inflate *inflate_new(const struct inflate_memory *m) { return (struct inflate *)(void *)inflate_zlib_new(m); }
void inflate_free(struct inflate *i) { inflate_zlib_free((struct inflate_zlib *)(void *)i); }
enum inflate_result inflate_run(struct inflate *i, struct bytes *in, uint8_t *out, size_t room, size_t *got)
{
    return inflate_zlib_run((struct inflate_zlib *)(void *)i, in, out, room, got);
}
#endif
