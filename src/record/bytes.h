/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bytes - numbers into bytes, little endian, and numbers of few bytes when they are small (LEB128). */
#ifndef RECORD_BYTES_H
#define RECORD_BYTES_H

#include "base/rd.h"
#include "base/text.h"

static inline void put16(uint8_t *to, uint16_t v)
{
    to[0] = (uint8_t)v;
    to[1] = (uint8_t)(v >> 8);
}
static inline void put32(uint8_t *to, uint32_t v)
{
    put16(to, (uint16_t)v);
    put16(to + 2, (uint16_t)(v >> 16));
}
static inline void put64(uint8_t *to, uint64_t v)
{
    put32(to, (uint32_t)v);
    put32(to + 4, (uint32_t)(v >> 32));
}
static inline void text_le16(struct text *t, uint16_t v)
{
    uint8_t b[2];
    put16(b, v);
    text_add(t, b, sizeof b);
}
static inline void text_le32(struct text *t, uint32_t v)
{
    uint8_t b[4];
    put32(b, v);
    text_add(t, b, sizeof b);
}
static inline void text_le64(struct text *t, uint64_t v)
{
    uint8_t b[8];
    put64(b, v);
    text_add(t, b, sizeof b);
}
/* Seven bits a byte, the lowest first; the last byte is below 128. */
static inline unsigned varint_put(uint8_t out[10], uint64_t v)
{
    unsigned n = 0;

    for (; v >= 128; v >>= 7) {
        out[n++] = (uint8_t)(v | 128);
    }
    out[n++] = (uint8_t)v;
    return n;
}
static inline void text_varint(struct text *t, uint64_t v)
{
    uint8_t b[10];
    text_add(t, b, varint_put(b, v));
}
static inline uint64_t rd_varint(struct rd *r)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t b = rd_u8(r);
        v |= (uint64_t)(b & 127) << shift;
        if (b < 128) {
            return v;
        }
    }
    rd_fail(r);
    return 0;
}

#endif
