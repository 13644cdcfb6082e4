/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/dnsname.h"

/* Adds a label, behind a dot unless it is the first.  Most are short and have room and bytes behind them: sixteen are copied
 * at once then, whatever they are. */
static inline void label_add(struct arena_text *t, struct bytes label, size_t behind, bool first)
{
    enum { AT_ONCE = 16 };

    if (!first && label.n <= AT_ONCE && behind >= AT_ONCE - label.n && t->room - t->n > AT_ONCE && t->max - t->n > AT_ONCE) {
        t->p[t->n] = '.';
        memcpy(t->p + t->n + 1, label.p, AT_ONCE);
        t->n += 1 + label.n;
        return;
    }
    if (!first) {
        arena_text_byte(t, '.');
    }
    arena_text_add(t, label);
}

bool dnsname_read(struct rd *at, struct bytes message, struct arena *arena, struct bytes *out, unsigned *flags)
{
    struct arena_text text;
    struct rd far, *r = at;

    *out = bytes_none();
    *flags = 0;
    arena_text_init(&text, arena, DNSNAME_MAX);
    for (unsigned jumps = 0, labels = 0;;) {
        uint8_t n = rd_u8(r);
        if (!rd_ok(r)) {
            rd_fail(at);
            return false;
        }
        if (n == 0) {
            break;
        }
        if ((n & 0xc0) == 0xc0) { /* RFC 1035 4.1.4: a pointer from the message's start */
            size_t to = (size_t)(n & 0x3f) << 8 | rd_u8(r);
            if (!rd_ok(r) || to > message.n) {
                rd_fail(at);
                return false;
            }
            if (++jumps > DNSNAME_JUMPS_MAX) {
                *flags |= DNSNAME_LOOP;
                break;
            }
            far = rd_of(bytes_from(message, to));
            r = &far;
            continue;
        }
        if ((n & 0xc0) != 0) { /* RFC 1035: 01 and 10 are reserved */
            rd_fail(at);
            return false;
        }
        struct bytes label = rd_bytes(r, n);
        if (!rd_ok(r)) {
            rd_fail(at);
            return false;
        }
        if (labels == DNSNAME_LABELS_MAX) {
            *flags |= DNSNAME_LABELS;
            break;
        }
        label_add(&text, label, rd_left(r), labels++ == 0);
    }
    *out = arena_text_bytes(&text);
    *flags |= text.cut ? DNSNAME_CUT : 0;
    return true;
}
