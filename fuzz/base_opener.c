/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Containers: the same comes out however they are cut, within the caps, and all memory is given back. */
#include "base/opener.h"

#include "base/err.h"
#include "base/text.h"

static void put(void *ctx, struct bytes plain) { text_add(ctx, plain.p, plain.n); }

static void open_all(struct pages *pages, const struct opener_settings *s, struct bytes in, size_t step, struct text *out)
{
    struct opener *o = opener_new(pages, s, bytes_head(in, OPENER_HEAD));

    for (size_t at = 0; o != NULL && at < in.n; at += step) {
        opener_feed(o, bytes_head(bytes_from(in, at), step), put, out);
    }
    if (o != NULL) {
        opener_end(o, put, out);
    }
    opener_free(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct opener_settings s = { .kinds = 63, .out_max = 100000, .ratio = 0, .depth = 3 };
    struct pages *pages = pages_new(64 << 20);
    struct text whole, pieces;

    text_init(&whole, 0);
    text_init(&pieces, 0);
    open_all(pages, &s, bytes_of(data, size), size != 0 ? size : 1, &whole);
    open_all(pages, &s, bytes_of(data, size), size != 0 ? 1 + data[size - 1] % 16 : 1, &pieces);
    bug_if(!bytes_equal(text_bytes(&whole), text_bytes(&pieces)));
    bug_if(whole.n > 3 * 100000 || pages_used(pages) != 0);
    text_fini(&whole);
    text_fini(&pieces);
    pages_free(pages);
    return 0;
}
