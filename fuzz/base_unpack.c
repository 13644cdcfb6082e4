/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decompression: the first byte says which kind and how the rest is cut into pieces.  All memory comes back; bytes come out
 * whatever the cuts; and of the deflate family they are those that zlib makes, up to where it ends or gives up.
 */
#include "base/unpack.h"
#include "base/err.h"

#include <stdlib.h>
#include <zlib.h>

enum { ROOM = 1 << 18, MEMORY = 8 << 20 };

struct run {
    uint8_t out[ROOM];
    size_t n;
    enum unpack_result r;
    bool full;
};

static void unpack_all(struct run *run, enum unpack_kind kind, struct bytes in, size_t step, size_t room)
{
    struct pages *pages = pages_new(0);
    struct unpack *u = unpack_new(pages, kind, MEMORY);

    bug_if(u == NULL);
    *run = (struct run){ .r = UNPACK_OK };
    while (run->r == UNPACK_OK && !run->full) {
        struct bytes piece = bytes_head(in, step);
        size_t had = piece.n, got, left;
        in = bytes_from(in, had);
        do {
            left = piece.n;
            size_t space = ROOM - run->n < room ? ROOM - run->n : room;
            run->r = unpack_run(u, &piece, run->out + run->n, space, &got);
            bug_if(got > space || piece.n > left);
            run->n += got;
            run->full = run->n == ROOM;
        } while (run->r == UNPACK_OK && !run->full && (got != 0 || piece.n != left));
        if (had == 0) {
            break;
        }
    }
    unpack_free(u);
    bug_if(pages_used(pages) != 0);
    pages_free(pages);
}

/* Compares with zlib.  What we refuse while zlib wants more may only be what zlib refuses in the end without another byte. */
static void check_zlib(const struct run *run, enum unpack_kind kind, struct bytes in)
{
    static uint8_t out[ROOM], more[1024];
    z_stream z = { .next_in = (z_const Bytef *)(uintptr_t)in.p, .avail_in = (uInt)in.n, .next_out = out, .avail_out = ROOM };

    bug_if(inflateInit2(&z, kind == UNPACK_DEFLATE ? -MAX_WBITS : MAX_WBITS) != Z_OK);
    int e = inflate(&z, Z_SYNC_FLUSH);
    size_t n = ROOM - z.avail_out, both = n < run->n ? n : run->n;
    bug_if(memcmp(out, run->out, both) != 0);
    if (e == Z_DATA_ERROR) {
        bug_if(run->n != n || (run->r == UNPACK_END && kind == UNPACK_DEFLATE)); /* a wrong checksum behind it does not matter here */
    } else if (e == Z_STREAM_END) {
        bug_if(run->n != n || (run->r != UNPACK_END && !run->full));
    } else if (run->r == UNPACK_BAD && (e == Z_OK || e == Z_BUF_ERROR)) {
        for (size_t i = 0; i < sizeof more; i++) {
            more[i] = (uint8_t)(i * 167 >> 3);
        }
        z.next_in = more;
        z.avail_in = sizeof more;
        e = inflate(&z, Z_SYNC_FLUSH);
        bug_if(e != Z_DATA_ERROR || ROOM - z.avail_out != run->n);
    } else if (e == Z_OK || e == Z_BUF_ERROR) { /* what could be given so far is there */
        bug_if((kind == UNPACK_DEFLATE && run->r == UNPACK_END) || run->n < n);
    }
    inflateEnd(&z);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct run whole, cut;
    static const enum unpack_kind kinds[8] = { UNPACK_DEFLATE, UNPACK_ZLIB, UNPACK_GZIP, UNPACK_BROTLI, UNPACK_LZMA,
                                               UNPACK_DEFLATE, UNPACK_ZLIB, UNPACK_GZIP };

    if (size < 1) {
        return 0;
    }
    enum unpack_kind kind = kinds[data[0] & 7];
    size_t step = (size_t)(data[0] >> 3) + 1;
    struct bytes in = bytes_of(data + 1, size - 1);
    unpack_all(&whole, kind, in, SIZE_MAX, ROOM);
    unpack_all(&cut, kind, in, step, step * 7);
    bug_if(whole.r == UNPACK_END && cut.r == UNPACK_END && (whole.n != cut.n || memcmp(whole.out, cut.out, cut.n) != 0));
    bug_if(whole.r == UNPACK_OK && cut.r == UNPACK_BAD);
    bool deflate = kind == UNPACK_DEFLATE || kind == UNPACK_ZLIB || kind == UNPACK_GZIP;
    bug_if(deflate && whole.r == UNPACK_BAD && !cut.full && (cut.r != UNPACK_BAD || whole.n != cut.n || memcmp(whole.out, cut.out, cut.n) != 0));
    bool dictionary = in.n > 1 && (in.p[1] & 0x20) != 0; /* zlib asks for it late, and nobody has one */
    if (kind == UNPACK_DEFLATE || (kind == UNPACK_ZLIB && !dictionary)) {
        check_zlib(&whole, kind, in);
    }
    return 0;
}
