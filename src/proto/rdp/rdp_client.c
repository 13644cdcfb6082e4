/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rdp_client - what a client tells of itself. */
#include "proto/rdp/rdp.h"

#include "base/text.h"
#include "wire/utf16.h"

enum { BLOCK_CORE = 0xc001, BLOCK_NET = 0xc003, NAME = 32, IME = 64, ID = 64 };

/* What each optional member may hold: a range, or bits. */
static const struct {
    uint8_t size;       /* bytes; 0: the text of the product's id */
    bool bits;
    uint32_t low, high;
} optionals[RDP_OPTIONALS] = {
    [RDP_DEPTH2] = { 2, false, 0, UINT16_MAX }, [RDP_PRODUCT] = { 2, false, 0, UINT16_MAX }, [RDP_SERIAL] = { 4, false, 0, UINT32_MAX },
    [RDP_HIGH_DEPTH] = { 2, false, 0, 24 },     [RDP_DEPTHS] = { 2, true, 0, 0xf },          [RDP_CAPABILITIES] = { 2, true, 0, 0x7ff },
    [RDP_ID] = { 0, false, 0, 0 },              [RDP_HINT] = { 1, false, 0, 7 },             [RDP_PAD] = { 1, false, 0, UINT8_MAX },
    [RDP_PROTOCOL] = { 4, true, 0, 0xf },       [RDP_WIDTH] = { 4, false, 10, 10000 },       [RDP_HEIGHT] = { 4, false, 10, 10000 },
    [RDP_ORIENTATION] = { 2, false, 0, 270 },   [RDP_SCALE] = { 4, false, 100, 500 },        [RDP_DEVICE_SCALE] = { 4, false, 100, 180 },
};

static void read_optionals(struct rdp_client *c, struct arena *a, struct rd *r)
{
    for (c->has = 0; c->has < RDP_OPTIONALS; c->has++) {
        unsigned size = optionals[c->has].size;
        uint32_t v = size == 1 ? rd_u8(r) : size == 2 ? rd_le16(r) : size == 4 ? rd_le32(r) : 0;
        if (size == 0) {
            c->id = utf16_text(rd_bytes(r, ID), a, ID * 2);
        }
        if (!rd_ok(r) || (optionals[c->has].bits ? (v & ~optionals[c->has].high) != 0 : v < optionals[c->has].low || v > optionals[c->has].high)) {
            return;
        }
        c->optional[c->has] = v;
    }
}

static struct bytes said(const struct rdp_client *c, struct arena *a)
{
    struct arena_text t;
    char digits[20];

    arena_text_init(&t, a, NAME * 2 + sizeof digits + 1);
    arena_text_add(&t, c->name);
    arena_text_byte(&t, ' ');
    arena_text_add(&t, bytes_of(digits, text_digits(c->build, digits)));
    return arena_text_bytes(&t);
}

static void read_core(struct rdp *d, struct arena *a, struct rd r)
{
    struct rdp_client *c = &d->client;

    c->version = rd_le32(&r);
    c->width = rd_le16(&r);
    c->height = rd_le16(&r);
    c->depth = rd_le16(&r);
    rd_skip(&r, 2);
    c->layout = rd_le32(&r);
    c->build = rd_le32(&r);
    struct bytes name = rd_bytes(&r, NAME);
    c->keyboard = rd_le32(&r);
    c->keyboard_sub = rd_le32(&r);
    c->function_keys = rd_le32(&r);
    struct bytes ime = rd_bytes(&r, IME);
    if (!rd_ok(&r)) {
        return;
    }
    c->name = utf16_text(name, a, NAME * 2);
    c->ime = utf16_text(ime, a, IME * 2);
    c->said = said(c, a);
    d->has_client = true;
    read_optionals(c, a, &r);
}

/* 2.2.1.3.4 */
static void read_channels(struct rdp *d, struct arena *a, struct rd r)
{
    uint32_t n = rd_le32(&r);

    for (; n != 0 && d->channel_n < RDP_CHANNELS_MAX; n--) {
        struct bytes name = rd_bytes(&r, RDP_CHANNEL_NAME);
        rd_skip(&r, 4);
        if (!rd_ok(&r)) {
            return;
        }
        d->channel[d->channel_n++] = arena_copy(a, bytes_head(name, bytes_find_byte(name, 0)));
    }
    d->has_channels = d->channel_n != 0;
}

void rdp_read_blocks(struct rdp *d, struct arena *a, struct rd r)
{
    while (rd_left(&r) >= 4) {
        uint16_t type = rd_le16(&r), n = rd_le16(&r);
        struct rd block = rd_sub(&r, n >= 4 ? n - 4u : SIZE_MAX);
        if (!rd_ok(&block)) {
            return;
        }
        if (type == BLOCK_CORE && !d->has_client) {
            read_core(d, a, block);
        } else if (type == BLOCK_NET && !d->has_channels) {
            read_channels(d, a, block);
        }
    }
}
