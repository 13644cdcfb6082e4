/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pcapng (draft-ietf-opsawg-pcapng): sections, each with a byte order and interfaces of its own. */
#include "source/capture.h"

#include <stdlib.h>

#define BLOCK_HEAD  8  /* type, length */
#define BLOCK_LEAST 12 /* and the length again */
#define OPTIONS_MAX 65536u

enum block_type {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET_OLD = 2,
    BLOCK_SIMPLE = 3,
    BLOCK_PACKET = 6,
};
enum { OPTION_END = 0, OPTION_PACKETID = 5, OPTION_TSRESOL = 9, OPTION_TSOFFSET = 14 };

static uint64_t power_of_ten(unsigned n)
{
    uint64_t v = 1;

    for (unsigned i = 0; i < n; i++) {
        v *= 10;
    }
    return v;
}

/* Units of the interface into nanoseconds; times beyond 2554 wrap. */
static uint64_t pcapng_time(const struct capture_interface *i, uint64_t units)
{
    unsigned n = i->resolution & 0x7f;
    uint64_t seconds = 0, ns = 0;

    if ((i->resolution & 0x80) != 0) { /* 2^-n seconds */
        seconds = n < 64 ? units >> n : 0;
        uint64_t part = n == 0 ? 0 : n < 64 ? units & (((uint64_t)1 << n) - 1) : units;
        ns = (uint64_t)((unsigned __int128)part * 1000000000 >> n);
    } else if (n <= 9) {
        seconds = units / power_of_ten(n);
        ns = units % power_of_ten(n) * power_of_ten(9 - n);
    } else if (n <= 19) {
        seconds = units / power_of_ten(n);
        ns = units % power_of_ten(n) / power_of_ten(n - 9);
    } else if (n <= 28) {
        ns = units / power_of_ten(n - 9);
    }
    return (seconds + (uint64_t)i->offset) * 1000000000 + ns;
}

static void interface_options(const struct capture *c, struct capture_interface *i, struct rd r)
{
    while (rd_left(&r) >= 4) {
        uint16_t code = capture_u16(c, &r), n = capture_u16(c, &r);
        struct rd value = rd_sub(&r, n);
        rd_skip(&r, (4u - n % 4) % 4);
        if (code == OPTION_END || !rd_ok(&value)) {
            return;
        }
        if (code == OPTION_TSRESOL && n == 1) {
            i->resolution = rd_u8(&value);
        } else if (code == OPTION_TSOFFSET && n == 8) {
            i->offset = (int64_t)(c->big ? rd_be64(&value) : rd_le64(&value));
        }
    }
}

bool capture_interfaces(struct capture *c, const uint16_t *link, unsigned n)
{
    enum { NANOSECONDS = 9 };
    struct capture_interface *all = calloc(n + 1, sizeof(*all));

    if (all == NULL) {
        return false;
    }
    for (unsigned i = 0; i < n; i++) {
        all[i] = (struct capture_interface){ .link = link[i], .resolution = NANOSECONDS };
    }
    free(c->interface);
    c->interface = all;
    c->interface_n = c->interface_room = n;
    c->given = true;
    return true;
}

static bool pcapng_interface(struct capture *c, struct rd r)
{
    if (c->given) {
        return true;
    }
    if (c->interface_n == c->interface_room) {
        unsigned room = c->interface_room == 0 ? 8 : c->interface_room * 2;
        struct capture_interface *more =
            room > CAPTURE_INTERFACES_MAX ? NULL : realloc(c->interface, room * sizeof(*more));
        if (more == NULL) {
            return false;
        }
        c->interface = more;
        c->interface_room = room;
    }
    struct capture_interface *i = &c->interface[c->interface_n++];
    *i = (struct capture_interface){ .link = capture_u16(c, &r), .resolution = 6 };
    rd_skip(&r, 2);
    i->snaplen = capture_u32(c, &r);
    interface_options(c, i, r);
    return true;
}

/* draft-ietf-opsawg-pcapng 4.3: epb_packetid. */
static void packet_number(struct capture *c, struct rd r, struct record *out)
{
    while (rd_left(&r) >= 4) {
        uint16_t code = capture_u16(c, &r), n = capture_u16(c, &r);
        struct rd value = rd_sub(&r, n);
        rd_skip(&r, (4u - n % 4) % 4);
        if (code == OPTION_PACKETID && n == 8) {
            c->next_number = c->big ? rd_be64(&value) : rd_le64(&value);
        }
        if (code == OPTION_END) {
            break;
        }
    }
    out->number = c->next_number++;
}

/* The frame of a packet block of any of the three kinds; false when its lengths contradict each other. */
static bool pcapng_frame(struct capture *c, uint32_t type, struct rd r, struct record *out)
{
    uint32_t interface = 0, n = 0;
    uint64_t high = 0, units = 0;

    if (type == BLOCK_PACKET) {
        interface = capture_u32(c, &r);
    } else if (type == BLOCK_PACKET_OLD) {
        interface = capture_u16(c, &r);
        rd_skip(&r, 2); /* drops */
    }
    if (type != BLOCK_SIMPLE) {
        high = capture_u32(c, &r);
        units = high << 32 | capture_u32(c, &r);
        n = capture_u32(c, &r);
    }
    out->wire_len = capture_u32(c, &r);
    if (!rd_ok(&r) || interface >= c->interface_n) {
        return false;
    }
    const struct capture_interface *i = &c->interface[interface];
    if (type == BLOCK_SIMPLE) { /* its captured length is not written: the smallest of what can be */
        n = out->wire_len;
        n = i->snaplen > 0 && n > i->snaplen ? i->snaplen : n;
        n = n > rd_left(&r) ? (uint32_t)rd_left(&r) : n;
    }
    if (n > CAPTURE_FRAME_MAX) {
        return false;
    }
    out->frame = rd_bytes(&r, n);
    out->wire_len = out->wire_len < n ? n : out->wire_len;
    out->link = i->link;
    out->offset = c->given ? c->feed->offset : 0;
    out->ts = type == BLOCK_SIMPLE ? c->last_ts : pcapng_time(i, units);
    c->last_ts = out->ts;
    bool good = rd_ok(&r);
    out->number = 0;
    if (c->numbered && type == BLOCK_PACKET && good) {
        rd_skip(&r, (4u - n % 4) % 4);
        packet_number(c, r, out);
    }
    return good;
}

/* A section: sets the byte order, forgets the interfaces.  The magic number stands behind type and length. */
static enum capture_status pcapng_section(struct capture *c)
{
    enum feed_status status = feed_need(c->feed, 16);

    if (status != FEED_OK) {
        return capture_short(c, status);
    }
    struct rd r = rd_make(c->feed->p, 16);
    rd_skip(&r, 8);
    uint32_t magic = rd_be32(&r);
    if (magic != 0x1a2b3c4d && magic != 0x4d3c2b1a) {
        return capture_fail(c, "a section without byte order");
    }
    c->big = magic == 0x1a2b3c4d;
    if (capture_u16(c, &r) != 1) {
        return capture_fail(c, "a section of an unknown version");
    }
    c->interface_n = c->given ? c->interface_n : 0;
    return CAPTURE_RECORD;
}

/* Bytes of the block that must be in one piece: all of it, but no more of a huge one than can hold what is looked at.
 */
static size_t block_window(uint32_t type, uint32_t length)
{
    switch (type) {
    case BLOCK_INTERFACE:
        return length < OPTIONS_MAX ? length : OPTIONS_MAX;
    case BLOCK_PACKET:
    case BLOCK_PACKET_OLD:
    case BLOCK_SIMPLE:
        return length < FEED_BLOCK ? length : FEED_BLOCK;
    default:
        return BLOCK_HEAD;
    }
}

static enum capture_status pcapng_block(struct capture *c, uint32_t type, uint32_t length, struct record *out)
{
    struct feed *f = c->feed;
    size_t window = block_window(type, length);
    enum feed_status status = feed_need(f, window);
    enum capture_status result = CAPTURE_SKIPPED;

    if (status != FEED_OK) {
        return capture_short(c, status);
    }
    struct rd r = rd_make(f->p, window);
    rd_skip(&r, BLOCK_HEAD);
    if (window == length && window > BLOCK_HEAD) { /* the length again at the end: a corrupt file shows here */
        struct rd body = rd_sub(&r, length - BLOCK_LEAST);
        if (capture_u32(c, &r) != length) {
            return capture_fail(c, "a block whose two lengths differ");
        }
        r = body;
    }
    if (type == BLOCK_INTERFACE) {
        if (!pcapng_interface(c, r)) {
            return capture_fail(c, "more interfaces than can be kept");
        }
    } else if (window > BLOCK_HEAD) {
        if (!pcapng_frame(c, type, r, out)) {
            return capture_fail(c, "a malformed packet block");
        }
        result = CAPTURE_RECORD;
    }
    feed_prefetch(f, window);
    (void)feed_take(f, window);
    f->skip = length - window;
    return result;
}

static enum capture_status pcapng_next(struct capture *c, struct record *out)
{
    for (;;) {
        struct feed *f = c->feed;
        enum feed_status status = feed_need(f, BLOCK_HEAD);
        if (status != FEED_OK) {
            return capture_short(c, status);
        }
        struct rd r = rd_make(f->p, BLOCK_HEAD);
        uint32_t type = capture_u32(c, &r);
        if (type == BLOCK_SECTION) { /* reads the same either way round; its length does not */
            enum capture_status section = pcapng_section(c);
            if (section != CAPTURE_RECORD) {
                return section;
            }
            r = rd_make(f->p, BLOCK_HEAD);
            rd_skip(&r, 4);
        }
        uint32_t length = capture_u32(c, &r);
        if (length < BLOCK_LEAST || length % 4 != 0) {
            return capture_fail(c, "a block of impossible length");
        }
        enum capture_status result = pcapng_block(c, type, length, out);
        if (result != CAPTURE_SKIPPED || f->held > FEED_HELD_MAX) {
            return result;
        }
    }
}

void capture_warm(struct capture *c, const struct capture_way *way, unsigned n)
{
    const struct feed *f = c->feed;
    size_t at[CAPTURE_WAYS], read = 0;
    unsigned most = 0;

    for (unsigned i = 0; i < n; i++) {
        at[i] = way[i].offset < f->map_n ? (size_t)way[i].offset : f->map_n;
        most = way[i].steps > most ? way[i].steps : most;
    }
    for (unsigned k = 0; k < most; k++) {
        for (unsigned i = 0; i < n; i++) {
            if (k >= way[i].steps) {
                continue;
            }
            struct rd r = rd_make(f->map + at[i], f->map_n - at[i]);
            rd_skip(&r, 4);
            uint32_t length = rd_le32(&r);
            at[i] = length < f->map_n - at[i] ? at[i] + length : at[i];
            read += length;
        }
    }
    c->warmed += read;
}

uint64_t capture_pass(struct capture *c, uint64_t n)
{
    enum { FIXED = 32 /* bytes of a packet block without its frame and options */ };
    struct feed *f = c->feed;
    uint64_t passed = 0;

    if (!c->numbered || feed_need(f, FIXED) != FEED_OK) {
        return 0;
    }
    while (passed < n && f->n >= FIXED) {
        struct rd r = rd_make(f->p, FIXED);
        uint32_t type = capture_u32(c, &r), length = capture_u32(c, &r);
        rd_skip(&r, 12);
        uint32_t kept = capture_u32(c, &r);
        if (type != BLOCK_PACKET || length < FIXED || kept > length - FIXED || length - FIXED - kept >= 4 || length > f->n) {
            break; /* with options: it may tell its number */
        }
        f->p += length;
        f->n -= length;
        f->offset += length;
        passed++;
    }
    c->next_number += passed;
    return passed;
}

enum capture_status pcapng_head(struct capture *c, struct err *err)
{
    enum capture_status status = pcapng_section(c);

    if (status == CAPTURE_END) {
        *err = c->err;
    }
    c->next = pcapng_next;
    return status;
}
