/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/unpack.h"

#include "base/inflate.h"

#include <brotli/decode.h>
#include <lzma.h>

/* What a gzip header (RFC 1952 2.3) has still to come; or zlib's (RFC 1950 2.2), which is its FIXED alone. */
enum gzip_step { GZIP_FIXED, GZIP_EXTRA_LENGTH, GZIP_EXTRA, GZIP_NAME, GZIP_COMMENT, GZIP_CHECK, GZIP_BODY };
enum { GZIP_HAS_CHECK = 2, GZIP_HAS_EXTRA = 4, GZIP_HAS_NAME = 8, GZIP_HAS_COMMENT = 16, GZIP_FIXED_SIZE = 10, METHOD_DEFLATE = 8 };
enum { ZLIB_FIXED_SIZE = 2, ZLIB_METHOD = 0x0f, ZLIB_WINDOW_MAX = 7, ZLIB_DICTIONARY = 0x20, ZLIB_CHECK = 31 };

struct unpack {
    struct pages *pages;
    size_t got;               /* what the pool gave for it */
    size_t used, memory_max;
    enum unpack_kind kind;
    bool ended, ready;
    enum gzip_step step;
    uint8_t head[GZIP_FIXED_SIZE];
    unsigned head_n, skip;
    struct inflate_memory memory;
    struct inflate *inflate;
    BrotliDecoderState *brotli;
    lzma_stream lzma;
    lzma_allocator lzma_from;
};

/* Before each piece a library asked for. */
struct piece {
    size_t got;
    _Alignas(16) uint8_t bytes[];
};

static void *piece_take(void *of, size_t n)
{
    struct unpack *u = of;
    size_t got;

    if (n > u->memory_max || u->used + n > u->memory_max) {
        return NULL;
    }
    struct piece *p = pages_take(u->pages, n + sizeof *p, &got);
    if (p == NULL) {
        return NULL;
    }
    p->got = got;
    u->used += got;
    return p->bytes;
}

static void piece_give(void *of, void *bytes)
{
    struct unpack *u = of;

    if (bytes != NULL) {
        struct piece *p = (struct piece *)(void *)((uint8_t *)bytes - offsetof(struct piece, bytes));
        u->used -= p->got;
        pages_give(u->pages, p, p->got);
    }
}

static void *lzma_take(void *of, size_t items, size_t size) { return piece_take(of, items * size); }

static bool ready_lzma(struct unpack *u)
{
    u->lzma = (lzma_stream)LZMA_STREAM_INIT;
    u->lzma_from = (lzma_allocator){ lzma_take, piece_give, u };
    u->lzma.allocator = &u->lzma_from;
    return lzma_alone_decoder(&u->lzma, u->memory_max) == LZMA_OK;
}

struct unpack *unpack_new(struct pages *pages, enum unpack_kind kind, size_t memory_max)
{
    size_t got;
    struct unpack *u = pages_take(pages, sizeof *u, &got);

    if (u == NULL) {
        return NULL;
    }
    *u = (struct unpack){ .pages = pages, .got = got, .memory_max = memory_max, .kind = kind };
    switch (kind) {
    case UNPACK_BROTLI:
        u->brotli = BrotliDecoderCreateInstance(piece_take, piece_give, u);
        u->ready = u->brotli != NULL;
        break;
    case UNPACK_LZMA: u->ready = ready_lzma(u); break;
    case UNPACK_ZLIB:
    case UNPACK_GZIP:
    case UNPACK_DEFLATE:
        u->memory = (struct inflate_memory){ piece_take, piece_give, u };
        u->inflate = inflate_new(&u->memory);
        u->step = kind == UNPACK_DEFLATE ? GZIP_BODY : GZIP_FIXED;
        u->ready = u->inflate != NULL;
        break;
    }
    if (!u->ready) {
        unpack_free(u);
        return NULL;
    }
    return u;
}

void unpack_free(struct unpack *u)
{
    if (u == NULL) {
        return;
    }
    if (u->brotli != NULL) {
        BrotliDecoderDestroyInstance(u->brotli);
    } else if (u->kind == UNPACK_LZMA) {
        lzma_end(&u->lzma);
    }
    inflate_free(u->inflate);
    pages_give(u->pages, u, u->got);
}

/* Up to and with the next NUL; false when it is still to come. */
static bool skip_text(struct rd *r)
{
    bool found;

    (void)rd_until(r, 0, &found);
    return found;
}

/* The part of a gzip header at hand; false when it is no gzip.  Its own checksum and unknown flags do not matter. */
static bool gzip_head(struct unpack *u, struct rd *r)
{
    uint8_t flags = u->head[3];

    while (u->step != GZIP_BODY && rd_left(r) != 0) {
        switch (u->step) {
        case GZIP_FIXED:
            u->head[u->head_n++] = rd_u8(r);
            if ((u->head_n == 1 && u->head[0] != 0x1f) || (u->head_n == 2 && u->head[1] != 0x8b) || (u->head_n == 3 && u->head[2] != METHOD_DEFLATE)) {
                return false;
            }
            flags = u->head[3];
            u->step = u->head_n < GZIP_FIXED_SIZE ? GZIP_FIXED : GZIP_EXTRA_LENGTH;
            u->skip = u->head_n < GZIP_FIXED_SIZE ? 0 : 2;
            if (u->step == GZIP_EXTRA_LENGTH && (flags & GZIP_HAS_EXTRA) == 0) {
                u->step = GZIP_NAME;
            }
            break;
        case GZIP_EXTRA_LENGTH:
            u->head_n += (unsigned)rd_u8(r) << (u->skip == 2 ? 0 : 8);
            if (--u->skip == 0) {
                u->skip = u->head_n - GZIP_FIXED_SIZE;
                u->step = u->skip != 0 ? GZIP_EXTRA : GZIP_NAME;
            }
            break;
        case GZIP_EXTRA:
            rd_skip(r, 1);
            u->step = --u->skip == 0 ? GZIP_NAME : GZIP_EXTRA;
            break;
        case GZIP_NAME:
            if ((flags & GZIP_HAS_NAME) == 0 || skip_text(r)) {
                u->step = GZIP_COMMENT;
            }
            break;
        case GZIP_COMMENT:
            if ((flags & GZIP_HAS_COMMENT) == 0 || skip_text(r)) {
                u->step = (flags & GZIP_HAS_CHECK) != 0 ? GZIP_CHECK : GZIP_BODY;
                u->skip = 2;
            }
            break;
        case GZIP_CHECK:
            rd_skip(r, 1);
            u->step = --u->skip == 0 ? GZIP_BODY : GZIP_CHECK;
            break;
        case GZIP_BODY: break;
        }
    }
    return true;
}

/* The part of a zlib header at hand; false when it is none, or wants a dictionary that nobody here has. */
static bool zlib_head(struct unpack *u, struct rd *r)
{
    while (u->step == GZIP_FIXED && rd_left(r) != 0) {
        u->head[u->head_n++] = rd_u8(r);
        if (u->head_n == ZLIB_FIXED_SIZE) {
            u->step = GZIP_BODY;
        }
    }
    return u->step != GZIP_BODY || ((u->head[0] & ZLIB_METHOD) == METHOD_DEFLATE && u->head[0] >> 4 <= ZLIB_WINDOW_MAX &&
           (u->head[1] & ZLIB_DICTIONARY) == 0 && (u->head[0] << 8 | u->head[1]) % ZLIB_CHECK == 0);
}

static enum unpack_result run_inflate(struct unpack *u, struct rd *r, uint8_t *out, size_t room, size_t *got)
{
    if (u->step != GZIP_BODY && !(u->kind == UNPACK_ZLIB ? zlib_head(u, r) : gzip_head(u, r))) {
        return UNPACK_BAD;
    }
    if (u->step != GZIP_BODY) {
        return UNPACK_OK;
    }
    struct bytes in = rd_peek(r);
    enum inflate_result e = inflate_run(u->inflate, &in, out, room, got);
    rd_skip(r, rd_left(r) - in.n);
    return e == INFLATE_END ? UNPACK_END : e == INFLATE_OK ? UNPACK_OK : UNPACK_BAD;
}

static enum unpack_result run_brotli(struct unpack *u, struct rd *r, uint8_t *out, size_t room, size_t *got)
{
    struct bytes in = rd_peek(r);
    size_t left = in.n, space = room;
    const uint8_t *at = in.p;
    uint8_t *to = out;
    BrotliDecoderResult e = BrotliDecoderDecompressStream(u->brotli, &left, &at, &space, &to, NULL);

    rd_skip(r, in.n - left);
    *got = room - space;
    if (e == BROTLI_DECODER_RESULT_ERROR) {
        return UNPACK_BAD;
    }
    return e == BROTLI_DECODER_RESULT_SUCCESS ? UNPACK_END : UNPACK_OK;
}

static enum unpack_result run_lzma(struct unpack *u, struct rd *r, uint8_t *out, size_t room, size_t *got)
{
    struct bytes in = rd_peek(r);

    u->lzma.next_in = in.p;
    u->lzma.avail_in = in.n;
    u->lzma.next_out = out;
    u->lzma.avail_out = room;
    lzma_ret e = lzma_code(&u->lzma, LZMA_RUN);
    rd_skip(r, in.n - u->lzma.avail_in);
    *got = room - u->lzma.avail_out;
    if (e == LZMA_STREAM_END) {
        return UNPACK_END;
    }
    if (e == LZMA_MEMLIMIT_ERROR || e == LZMA_MEM_ERROR) {
        return UNPACK_LIMIT;
    }
    return e == LZMA_OK || e == LZMA_BUF_ERROR ? UNPACK_OK : UNPACK_BAD;
}

enum unpack_result unpack_run(struct unpack *u, struct bytes *in, uint8_t *out, size_t room, size_t *got)
{
    struct rd r = rd_of(*in);
    enum unpack_result e;

    *got = 0;
    if (u->ended) {
        return UNPACK_END;
    }
    switch (u->kind) {
    case UNPACK_BROTLI: e = run_brotli(u, &r, out, room, got); break;
    case UNPACK_LZMA: e = run_lzma(u, &r, out, room, got); break;
    case UNPACK_GZIP:
    case UNPACK_DEFLATE:
    case UNPACK_ZLIB:
    default: e = run_inflate(u, &r, out, room, got); break;
    }
    u->ended = e == UNPACK_END;
    *in = rd_rest(&r);
    return e;
}
