/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/unpack.h"
#include "base/rows.h"
#include "tap.h"

/* "hello hello hello\n" in each format, made with the formats' own programs. */
static const struct row {
    const char *why;
    enum unpack_kind kind;
    struct bytes packed;
    const char *plain;
    enum unpack_result end;
} rows[] = {
    { "raw deflate", UNPACK_DEFLATE, BYTES("\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x5c\x00"),
      "hello hello hello\n", UNPACK_END },
    { "zlib", UNPACK_ZLIB, BYTES("\x78\xda\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x5c\x00\x40\xb5\x06\x87"),
      "hello hello hello\n", UNPACK_END },
    { "zlib with a wrong checksum", UNPACK_ZLIB, BYTES("\x78\xda\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x5c\x00\x31\x32\x33\x34"),
      "hello hello hello\n", UNPACK_END },
    { "zlib with a wrong header check", UNPACK_ZLIB, BYTES("\x78\xdb\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x5c\x00"), "", UNPACK_BAD },
    { "zlib with a dictionary", UNPACK_ZLIB, BYTES("\x78\xbb\x00\x00\x00\x01\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x5c\x00"), "", UNPACK_BAD },
    { "deflate that is flushed in between", UNPACK_DEFLATE, BYTES("\xca\x48\xcd\xc9\xc9\x57\x00\x00\x00\x00\xff\xff"), "hello ", UNPACK_OK },
    { "deflate with a distance before its start", UNPACK_DEFLATE, BYTES("\xcb\x00\x91\x00"), "h", UNPACK_BAD },
    { "gzip", UNPACK_GZIP, BYTES("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x5c\x00\x3b\x7c\x8a"
                "\xdf\x12\x00\x00\x00"),
      "hello hello hello\n", UNPACK_END },
    { "gzip with a wrong checksum and length", UNPACK_GZIP, BYTES("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x5c\x00\x31\x32\x33"
                "\x34\x35\x36\x37\x38"),
      "hello hello hello\n", UNPACK_END },
    { "gzip with every part of its header", UNPACK_GZIP, BYTES("\x1f\x8b\x08\xfe\x00\x00\x00\x00\x02\x03\x03\x00\x61\x62\x63\x6e\x61\x6d\x65\x00\x63\x6f\x6d\x6d"
                "\x65\x6e\x74\x00\x7a\x7a\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x5c\x00"),
      "hello hello hello\n", UNPACK_END },
    { "lzma", UNPACK_LZMA, BYTES("\x5d\x00\x00\x04\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00\x34\x19\x49\xdb\x85\x5c\x67\x72\x2b\x1e"
                "\xc9\x2f\xff\xff\xfb\xa1\x00\x00"),
      "hello hello hello\n", UNPACK_END },
    { "no gzip", UNPACK_GZIP, BYTES("\x1f\x8c\x78\x78\x78\x78\x78\x78\x78\x78"),
      "", UNPACK_BAD },
    { "brotli", UNPACK_BROTLI, BYTES("\x1b\x11\x00\x00\xa4\x14\x40\x72\x10\x45\x90\xa9\xc3\x73\xfa\x05"),
      "hello hello hello\n", UNPACK_END },
};

struct output {
    char p[256];
    size_t n;
    enum unpack_result r;
};

static void run(const struct row *row, size_t step, size_t memory, struct output *out)
{
    struct pages *pages = pages_new(0);
    struct unpack *u = unpack_new(pages, row->kind, memory);

    out->n = 0;
    out->r = u != NULL ? UNPACK_OK : UNPACK_LIMIT;
    for (size_t at = 0; u != NULL && at < row->packed.n && out->r == UNPACK_OK; at += step) {
        struct bytes in = bytes_head(bytes_from(row->packed, at), step);
        size_t got, before;
        do {
            before = in.n;
            out->r = unpack_run(u, &in, (uint8_t *)out->p + out->n, out->n < 250 ? 5 : 0, &got);
            out->n += got;
        } while (out->r == UNPACK_OK && (got != 0 || in.n != before));
    }
    unpack_free(u);
    is_int(pages_used(pages), 0, "all memory is given back");
    pages_free(pages);
}

/* What stands behind the end is not taken. */
static void test_rest(void)
{
    struct pages *pages = pages_new(0);
    struct unpack *u = unpack_new(pages, UNPACK_DEFLATE, 1 << 20);
    struct bytes in = BYTES("\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x5c\x00rest of it");
    uint8_t out[64];
    size_t got;

    is_int(unpack_run(u, &in, out, sizeof out, &got), UNPACK_END, "ends within the input");
    is_mem(in.p, in.n, "rest of it", 10, "the rest is left");
    unpack_free(u);
    pages_free(pages);
}

int main(void)
{
    test_rest();
    for (size_t i = 0; i < ROWS(rows); i++) {
        for (size_t step = 1; step <= 64; step *= 8) {
            struct output out;
            run(&rows[i], step, 8 << 20, &out);
            is_mem(out.p, out.n, rows[i].plain, strlen(rows[i].plain), rows[i].why);
            is_int(out.r, rows[i].end, rows[i].why);
        }
        struct output out;
        run(&rows[i], 64, 64, &out);
        ok(out.n == 0, "nothing comes of it without memory");
    }
    return done_testing();
}
