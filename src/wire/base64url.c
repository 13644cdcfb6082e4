/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/base64url.h"

static int value_of(uint8_t c)
{
    uint8_t lower = c | 0x20;

    if (lower >= 'a' && lower <= 'z') {
        return c - (c == lower ? 'a' - 26 : 'A');
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '-' || c == '+' ? 62 : c == '_' || c == '/' ? 63 : -1;
}

bool base64url_read(struct arena *a, struct bytes in, struct bytes *out)
{
    struct arena_text t;
    uint32_t held = 0;
    unsigned bits = 0;

    in = bytes_trim(in, "=");
    arena_text_init(&t, a, in.n + 1);
    *out = bytes_none();
    for (size_t i = 0; i < in.n; i++) {
        int v = value_of(in.p[i]);
        if (v < 0) {
            return false;
        }
        held = held << 6 | (uint32_t)v;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            arena_text_byte(&t, (uint8_t)(held >> bits));
        }
    }
    *out = arena_text_bytes(&t);
    return in.n % 4 != 1;
}
