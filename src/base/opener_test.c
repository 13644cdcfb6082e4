/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes out of containers, however they are cut. */
#include "base/opener.h"

#include "base/text.h"
#include "tap.h"

#include <string.h>

#include "base/opener_samples.h"

enum { ALL = OPENER_GZIP | OPENER_ZIP | OPENER_SWF | OPENER_SWF_LZMA | OPENER_PDF | OPENER_TAR };

static void put(void *ctx, struct bytes plain) { text_add(ctx, plain.p, plain.n); }

#define S(b) { b, sizeof b }
static const struct {
    const char *why;
    struct bytes in;
    unsigned kinds, depth;
    const char *out; /* bytes that are no text as they are; NULL: not opened */
    size_t out_n;    /* 0: as long as the text */
} rows[] = {
    { "gzip", S(gzip_one), ALL, 3, "hello gzip", 0 },
    { "gzip is not to be opened", S(gzip_one), ALL & ~(OPENER_GZIP | OPENER_TAR), 3, NULL, 0 },
    { "nothing is", S(gzip_one), ALL, 0, NULL, 0 },
    { "two members", S(gzip_two), ALL, 3, "one, two", 0 },
    { "zip, stored and packed", S(zip_both), ALL, 3, "stored text, packed text, packed text", 0 },
    { "zip whose lengths come behind", S(zip_streamed), ALL, 3, "first, first, second second", 0 },
    { "zip, packed in a way that is not undone", S(zip_other), ALL, 3, "packed text packed", 0 },
    { "zip in gzip", S(zip_in_gzip), ALL, 3, "deep deep deep", 0 },
    { "gzip in zip", S(gzip_in_zip), ALL, 3, "inner, outer", 0 },
    { "Flash, zlib", S(swf), ALL, 3, "FWS\x09\x1d\0\0\0flash body flash body", 29 },
    { "Flash, LZMA", S(zws), ALL, 3, "FWS\x0d\x1d\0\0\0flash body flash body", 29 },
    { "PDF", S(pdf), ALL, 3, "%PDF-1.4\n1 0 obj<</Length 9/Filter/FlateDecode>>stream\r\nscript script"
      "\nendstream endobj 2 0 obj<<>>stream\nplain\nendstream endobj\n", 0 },
};

static void run(struct pages *pages, size_t i, size_t step)
{
    struct opener_settings s = { .kinds = rows[i].kinds, .depth = rows[i].depth };
    struct opener *o = opener_new(pages, &s, bytes_head(rows[i].in, OPENER_HEAD));
    struct text out;

    text_init(&out, 0);
    for (size_t at = 0; o != NULL && at < rows[i].in.n; at += step) {
        opener_feed(o, bytes_head(bytes_from(rows[i].in, at), step), put, &out);
    }
    if (o != NULL) {
        opener_end(o, put, &out);
    }
    size_t n = rows[i].out == NULL ? 0 : rows[i].out_n != 0 ? rows[i].out_n : strlen(rows[i].out);
    ok((o != NULL) == (rows[i].out != NULL) && bytes_equal(text_bytes(&out), bytes_of(rows[i].out, n)), rows[i].why);
    opener_free(o);
    text_fini(&out);
}

/* An entry of POSIX.1-1988 10.1.1. */
static void entry(struct text *t, char type, const char *size, const void *data, size_t n)
{
    static const uint8_t zeros[512];
    uint8_t head[512] = "name";

    memcpy(head + 124, size, strlen(size));
    head[156] = (uint8_t)type;
    memcpy(head + 257, "ustar", 5);
    text_add(t, head, sizeof head);
    text_add(t, data, n);
    text_add(t, zeros, (512 - n % 512) % 512);
}

static void is_opened(struct pages *pages, struct bytes in, unsigned kinds, const char *want, size_t want_n, const char *why)
{
    const struct opener_settings s = { .kinds = kinds, .depth = 3 };

    for (size_t step = 1; step < 2000; step = step * 3 + 1) {
        struct opener *o = opener_new(pages, &s, bytes_head(in, OPENER_HEAD));
        struct text out;
        text_init(&out, 0);
        for (size_t at = 0; o != NULL && at < in.n; at += step) {
            opener_feed(o, bytes_head(bytes_from(in, at), step), put, &out);
        }
        if (o != NULL) {
            opener_end(o, put, &out);
        }
        ok(bytes_equal(text_bytes(&out), bytes_of(want, want_n)), why);
        opener_free(o);
        text_fini(&out);
    }
}

static void test_tar(struct pages *pages)
{
    static const uint8_t zeros[1024];
    struct text t;

    text_init(&t, 0);
    entry(&t, '5', "0", "", 0);
    entry(&t, '0', "00000000007 ", "first, ", 7);
    entry(&t, 'L', "4", "long", 4);
    entry(&t, '0', "00000000036", gzip_one, sizeof gzip_one);
    entry(&t, 0, "0", "", 0);
    entry(&t, '0', "6", ", last", 6);
    text_add(&t, zeros, sizeof zeros);
    text_str(&t, "behind the end");
    is_int(sizeof gzip_one, 036, "as the entry says");
    is_opened(pages, text_bytes(&t), ALL, "first, hello gzip, last", 23, "tar: files alone, opened in their turn");
    text_clear(&t);
    for (unsigned i = 0; i < 700; i++) {
        text_byte(&t, (char)('a' + i % 26));
    }
    is_opened(pages, text_bytes(&t), ALL, t.p, 700, "what is no tar comes out as it is");
    is_opened(pages, bytes_head(text_bytes(&t), 300), ALL, t.p, 300, "and so does what is too short for one");
    text_clear(&t);
    entry(&t, '0', "0000000000x", "data", 4);
    is_opened(pages, text_bytes(&t), ALL, t.p, 1024, "a size that is none: no tar");
    text_fini(&t);
}

static size_t opened(struct pages *pages, const struct opener_settings *s, struct bytes in)
{
    struct opener *o = opener_new(pages, s, in);
    struct text out;

    text_init(&out, 0);
    if (o != NULL) {
        opener_feed(o, in, put, &out);
    }
    size_t n = text_bytes(&out).n;
    opener_free(o);
    text_fini(&out);
    return n;
}

int main(void)
{
    struct pages *pages = pages_new(64 << 20);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t step = 1; step < 400; step = step * 3 + 1) {
            run(pages, i, step);
        }
    }
    struct bytes in = { bomb, sizeof bomb };
    is_int(opened(pages, &(struct opener_settings){ .kinds = ALL, .depth = 1 }, in), 300000, "no caps");
    ok(opened(pages, &(struct opener_settings){ .kinds = ALL, .depth = 1, .ratio = 20 }, in) <= 65536, "a bomb ends where the ratio counts");
    is_int(opened(pages, &(struct opener_settings){ .kinds = ALL, .depth = 1, .out_max = 1000 }, in), 1000, "bytes out");
    ok(opened(pages, &(struct opener_settings){ .kinds = ALL, .depth = 1, .in_max = 20 }, in) < 300000, "bytes in");
    struct text tar;
    text_init(&tar, 0);
    entry(&tar, '0', "00000000007 ", "first, ", 7);
    entry(&tar, '0', "6", "second", 6);
    const struct opener_settings few = { .kinds = ALL, .depth = 1, .in_max = 100 };
    struct opener *o = opener_new(pages, &few, bytes_head(text_bytes(&tar), 1024));
    struct text out;
    text_init(&out, 0);
    opener_feed(o, bytes_head(text_bytes(&tar), 1024), put, &out); /* more than that before it is known for an archive */
    opener_feed(o, bytes_from(text_bytes(&tar), 1024), put, &out);
    is_int(text_bytes(&out).n, 7, "bytes in, of an archive");
    opener_free(o);
    text_fini(&out);
    text_fini(&tar);
    struct bytes nested = { zip_in_gzip, sizeof zip_in_gzip };
    is_int(opened(pages, &(struct opener_settings){ .kinds = ALL, .depth = 1 }, nested) > 40, 1, "one deep: the zip file comes out as it is");
    struct bytes bad = { pdf_bad, sizeof pdf_bad };
    ok(opened(pages, &(struct opener_settings){ .kinds = ALL, .depth = 1 }, bad) >= 38, "a stream that can't be unpacked");
    test_tar(pages);
    is_int(pages_used(pages), 0, "all memory is given back");
    pages_free(pages);
    return done_testing();
}
