/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/dnsname.h"

/* The labels up to a zero, a pointer or what is neither; counted, at most so many as a name may have.  *end: the byte behind them.
 * The reader is bad where they go beyond the message. */
static struct bytes labels_run(struct rd *r, unsigned *labels, uint8_t *end)
{
    struct bytes from = rd_peek(r);
    size_t n = 0;

    while ((*end = rd_u8(r)) != 0 && (*end & 0xc0) == 0 && rd_ok(r)) {
        rd_skip(r, *end);
        if (++*labels > DNSNAME_LABELS_MAX) {
            break;
        }
        n += 1 + (size_t)*end;
    }
    return rd_ok(r) ? bytes_head(from, n) : bytes_none();
}

/* Adds them as text: copied as they stand, and each length becomes a dot, but the name's first. */
static void labels_add(struct arena_text *t, struct bytes run)
{
    if (run.n == 0) {
        return;
    }
    size_t at = t->n + (t->n == 0 ? run.p[0] : 0);
    arena_text_add(t, t->n == 0 ? bytes_from(run, 1) : run);
    while (at < t->n) {
        size_t label = t->p[at];
        t->p[at] = '.';
        at += 1 + label;
    }
}

bool dnsname_read(struct rd *at, struct bytes message, struct arena *arena, struct bytes *out, unsigned *flags)
{
    struct arena_text text;
    struct rd far, *r = at;
    unsigned labels = 0;

    *out = bytes_none();
    *flags = 0;
    arena_text_init(&text, arena, DNSNAME_MAX);
    for (unsigned jumps = 0;;) {
        uint8_t end;
        labels_add(&text, labels_run(r, &labels, &end));
        if (rd_ok(r) && end == 0) {
            break;
        }
        if (rd_ok(r) && labels > DNSNAME_LABELS_MAX) {
            *flags |= DNSNAME_LABELS;
            break;
        }
        size_t to = (size_t)(end & 0x3f) << 8 | rd_u8(r); /* RFC 1035 4.1.4: a pointer from the message's start; 01 and 10 are reserved */
        if (!rd_ok(r) || (end & 0xc0) != 0xc0 || to > message.n) {
            rd_fail(at);
            return false;
        }
        if (++jumps > DNSNAME_JUMPS_MAX) {
            *flags |= DNSNAME_LOOP;
            break;
        }
        far = rd_of(bytes_from(message, to));
        r = &far;
    }
    *out = arena_text_bytes(&text);
    *flags |= text.cut ? DNSNAME_CUT : 0;
    return true;
}
