/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/utf16.h"

static void add_utf8(struct arena_text *t, uint32_t c)
{
    if (c < 0x80) {
        arena_text_byte(t, (uint8_t)c);
        return;
    }
    if (c < 0x800) {
        arena_text_byte(t, (uint8_t)(0xc0 | c >> 6));
    } else {
        if (c < 0x10000) {
            arena_text_byte(t, (uint8_t)(0xe0 | c >> 12));
        } else {
            arena_text_byte(t, (uint8_t)(0xf0 | c >> 18));
            arena_text_byte(t, (uint8_t)(0x80 | (c >> 12 & 0x3f)));
        }
        arena_text_byte(t, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
    }
    arena_text_byte(t, (uint8_t)(0x80 | (c & 0x3f)));
}

struct bytes utf16_text(struct bytes b, struct arena *a, size_t max)
{
    struct arena_text t;
    struct rd r = rd_of(b);

    arena_text_init(&t, a, max);
    while (rd_left(&r) >= 2 && !t.cut) {
        uint32_t c = rd_le16(&r);
        if (c == 0) {
            break;
        }
        if (c >= 0xd800 && c < 0xe000) { /* RFC 2781 2.2 */
            struct rd ahead = r;
            uint32_t low = c < 0xdc00 && rd_left(&r) >= 2 ? rd_le16(&ahead) : 0;
            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                r = ahead;
            } else {
                c = 0xfffd;
            }
        }
        add_utf8(&t, c);
    }
    return arena_text_bytes(&t);
}
