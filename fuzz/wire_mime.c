/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A message: two bytes that say how, then its text.  Whole and in pieces, the same must be found; gaps may come at any place.
 * The first byte: 1 dots, 2 links, 4 schemes kept, 8 no decoding, 16 a gap in the middle; the second: the size of a piece.
 */
#include "base/err.h"
#include "base/text.h"
#include "wire/mime.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    struct text out;
    bool open;
};

static void opened(void *ctx, struct bytes name)
{
    struct seen *s = ctx;

    bug_if(s->open || name.n > MIME_NAME_MAX);
    s->open = true;
    text_byte(&s->out, '[');
    text_add(&s->out, name.p, name.n);
    text_byte(&s->out, ':');
}

static void got(void *ctx, struct bytes plain)
{
    struct seen *s = ctx;

    bug_if(!s->open);
    text_add(&s->out, plain.p, plain.n);
}

static void closed(void *ctx, bool truncated)
{
    struct seen *s = ctx;

    bug_if(!s->open);
    s->open = false;
    text_byte(&s->out, truncated ? '!' : ']');
}

static void noted(void *ctx, enum mime_note note)
{
    (void)ctx;
    bug_if(note > MIME_LINE_CUT);
}

static void play(unsigned how, struct bytes message, size_t step, struct seen *s)
{
    const struct mime_settings set = { .decode_base64 = (how & 8) == 0, .decode_quoted = (how & 8) == 0, .links = (how & 2) != 0,
                                       .link_schemes_kept = (how & 4) != 0, .value_max = 2000, .schemes = "http,https", .dots = (how & 1) != 0,
                                       .digest = true, .nameless = (how & 32) != 0, .decode_uu = (how & 32) != 0 };
    const struct mime_sink sink = { s, opened, got, closed, noted };
    size_t gap = (how & 16) != 0 ? message.n / 2 : message.n;
    struct bytes name, value;
    struct arena a;

    text_clear(&s->out);
    s->open = false;
    arena_init(&a, NULL, 4 << 20);
    struct mime *m = mime_new(&a, &set, &sink);
    bug_if(m == NULL);
    for (size_t at = 0; at < message.n;) {
        size_t to = at + step < message.n ? at + step : message.n;
        to = at < gap && to > gap ? gap : to;
        mime_feed(m, bytes_head(bytes_from(message, at), to - at));
        at = to;
        if (at == gap && (how & 16) != 0) {
            mime_gap(m);
        }
    }
    mime_end(m, (how & 16) != 0);
    bug_if(s->open);
    for (unsigned i = 0; mime_field(m, i, &name, &value); i++) {
        bug_if(i >= MIME_FIELDS_MAX || value.n > MIME_VALUE_MAX || name.n > MIME_LINE_MAX);
        text_printf(&s->out, "\n%zu %zu", name.n, value.n);
        text_add(&s->out, value.p, value.n);
    }
    for (unsigned i = 0; mime_link(m, i, &value); i++) {
        bug_if(i >= MIME_LINKS_MAX);
        text_byte(&s->out, '\n');
        text_add(&s->out, value.p, value.n);
    }
    if (mime_digest(m, &value)) {
        bug_if(value.n != 16);
        text_add(&s->out, value.p, value.n);
    }
    mime_fini(m);
    arena_fini(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen whole, cut;

    if (size < 2) {
        return 0;
    }
    struct bytes message = bytes_of(data + 2, size - 2);
    text_init(&whole.out, 0);
    text_init(&cut.out, 0);
    play(data[0], message, size, &whole);
    play(data[0], message, data[1] % 64u + 1, &cut);
    bug_if(whole.out.n != cut.out.n || (cut.out.n != 0 && memcmp(whole.out.p, cut.out.p, cut.out.n) != 0));
    text_fini(&whole.out);
    text_fini(&cut.out);
    return 0;
}
