/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/quicframe.h"

#include "wire/quicpkt.h"

enum { PADDING = 0, PING = 1, ACK = 2, ACK_ECN = 3, CRYPTO = 6, CLOSE = 0x1c, CLOSE_APPLICATION = 0x1d, GOOGLE_CRYPTO = 8 };
enum { GOOGLE_STREAM = 0x80, TAGS_MAX = 128 };

/* ------- pieces of the handshake ------- */

/* Notes that at..end is there; false: there are too many holes. */
static bool part_add(struct quiccrypto *c, uint32_t at, uint32_t end)
{
    unsigned i = 0, k;

    while (i < c->part_n && c->part[i].end < at) {
        i++;
    }
    for (k = i; k < c->part_n && c->part[k].at <= end; k++) { /* those that touch it become one with it */
        at = c->part[k].at < at ? c->part[k].at : at;
        end = c->part[k].end > end ? c->part[k].end : end;
    }
    if (k == i && c->part_n == QUICCRYPTO_PARTS) {
        return false;
    }
    memmove(&c->part[i + 1], &c->part[k], (c->part_n - k) * sizeof c->part[0]);
    c->part_n = c->part_n - (k - i) + 1;
    c->part[i].at = at;
    c->part[i].end = end;
    return true;
}

static bool crypto_grow(struct quiccrypto *c, struct arena *a, uint32_t want)
{
    uint32_t room = c->room != 0 ? c->room : 2048;

    while (room < want) {
        room *= 2;
    }
    if (room > c->room) {
        uint8_t *more = arena_take(a, room);
        if (more == NULL) {
            return false;
        }
        if (c->room != 0) {
            memcpy(more, c->bytes, c->room);
        }
        c->bytes = more;
        c->room = room;
    }
    return true;
}

static void crypto_add(struct quiccrypto *c, struct arena *a, uint64_t at, struct bytes b)
{
    if (at > QUICCRYPTO_MAX || b.n > QUICCRYPTO_MAX - at) {
        c->too_long = true;
        return;
    }
    if (b.n != 0 && crypto_grow(c, a, (uint32_t)(at + b.n)) && part_add(c, (uint32_t)at, (uint32_t)(at + b.n))) {
        memcpy(c->bytes + at, b.p, b.n);
    }
}

struct bytes quiccrypto_message(const struct quiccrypto *c)
{
    if (c->part_n == 0 || c->part[0].at != 0) {
        return bytes_none();
    }
    struct rd r = rd_make(c->bytes, c->part[0].end);
    struct bytes all = rd_peek(&r);
    rd_skip(&r, 1);
    uint32_t n = rd_be24(&r);
    return rd_ok(&r) && n <= rd_left(&r) ? bytes_head(all, 4 + (size_t)n) : bytes_none();
}

static bool read_crypto(struct rd *r, struct arena *a, struct quiccrypto *c)
{
    uint64_t at = quicpkt_number(r), n = quicpkt_number(r);
    struct bytes b = rd_bytes(r, n <= rd_left(r) ? (size_t)n : rd_left(r) + 1);

    if (rd_ok(r)) {
        crypto_add(c, a, at, b);
    }
    return rd_ok(r);
}

/* RFC 9000 19.3 */
static bool read_ack(struct rd *r, bool ecn)
{
    (void)quicpkt_number(r);
    (void)quicpkt_number(r);
    uint64_t ranges = quicpkt_number(r);
    (void)quicpkt_number(r);
    for (uint64_t i = 0; i < ranges && rd_ok(r); i++) {
        (void)quicpkt_number(r);
        (void)quicpkt_number(r);
    }
    for (unsigned i = 0; ecn && i < 3; i++) {
        (void)quicpkt_number(r);
    }
    return rd_ok(r);
}

/* ------- Google's hellos ------- */

/* Tags of four letters, shorter ones end in zeros, each with the offset at which its value ends; then the values. */
static void read_tags(struct rd r, struct arena *a, struct quictags *t)
{
    rd_skip(&r, 4); /* the message's own tag */
    uint16_t n = rd_le16(&r);
    rd_skip(&r, 2);
    struct rd tags = rd_sub(&r, n * (size_t)8);
    struct arena_text names;
    uint32_t before = 0;

    if (!rd_ok(&r) || n == 0 || n > TAGS_MAX || t->n == QUICTAGS_MAX) {
        return;
    }
    arena_text_init(&names, a, TAGS_MAX * 5);
    for (unsigned i = 0; i < n; i++) {
        struct bytes tag = bytes_trim(rd_bytes(&tags, 4), "");
        uint32_t end = rd_le32(&tags);
        while (tag.n != 0 && tag.p[tag.n - 1] == 0) {
            tag.n--;
        }
        struct bytes value = end >= before ? rd_bytes(&r, end - before) : bytes_none();
        if (!rd_ok(&r) || end < before) {
            return;
        }
        before = end;
        if (i != 0) {
            arena_text_byte(&names, '-');
        }
        arena_text_add(&names, tag);
        if (bytes_is(tag, "SNI")) {
            t->sni = value;
        } else if (bytes_is(tag, "UAID")) {
            t->agent = value;
        }
    }
    t->names[t->n++] = arena_text_bytes(&names);
}

/* Bits of the type: 1 fin length offset(3) stream(2). */
static bool read_stream(struct rd *r, uint8_t type, struct arena *a, struct quictags *t)
{
    unsigned offset_n = type >> 2 & 7;

    rd_skip(r, (type & 3u) + 1);
    rd_skip(r, offset_n != 0 ? offset_n + 1 : 0);
    struct rd data = (type & 0x20) != 0 ? rd_vec16(r) : rd_sub(r, rd_left(r));
    if (rd_ok(r)) {
        read_tags(data, a, t);
    }
    return rd_ok(r);
}

static bool read_google_crypto(struct rd *r, struct arena *a, struct quictags *t)
{
    (void)quicpkt_number(r);
    uint64_t n = quicpkt_number(r);
    struct rd data = rd_sub(r, n <= rd_left(r) ? (size_t)n : rd_left(r) + 1);

    if (rd_ok(r)) {
        read_tags(data, a, t);
    }
    return rd_ok(r);
}

bool quicframe_read(struct rd r, bool google, struct arena *a, struct quiccrypto *c, struct quictags *t)
{
    bool good = true;

    while (good && rd_left(&r) != 0) {
        uint8_t type = rd_u8(&r);
        if (google && (type & GOOGLE_STREAM) != 0) {
            good = read_stream(&r, type, a, t);
            continue;
        }
        switch (type) {
        case PADDING:
        case PING: break;
        case ACK:
        case ACK_ECN: good = read_ack(&r, type == ACK_ECN); break;
        case CRYPTO: good = read_crypto(&r, a, c); break;
        case GOOGLE_CRYPTO: good = read_google_crypto(&r, a, t); break;
        case CLOSE:
        case CLOSE_APPLICATION:
        default: return true; /* the end, or of a kind whose length is not known */
        }
    }
    return good;
}
