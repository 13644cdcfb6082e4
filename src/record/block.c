/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/block.h"

#include "base/crc32c.h"
#include "record/bytes.h"

static const uint8_t magic[8] = "PCBLK1\0";

enum {
    BLOCK_LEAST = 12, PACKET_HEAD = 28, PACKET_ID_OPTIONS = 16, INTERFACE_LENGTH = 32,
    AT_MAGIC = 8, AT_RUN = 16, AT_LANE = 24, AT_SEGMENT = 28, AT_BLOCK = 32, AT_USED = 36, AT_FIRST = 40, AT_LAST = 48, AT_PACKETS = 56,
    AT_LINKS = 60, AT_ORDINAL = 64, AT_NUMBER = 72, AT_FLAGS = 80, AT_SUM = 84, AT_END = 92,
};

static void pad_block(uint8_t *to, uint32_t n)
{
    put32(to, RECORD_TYPE_PAD);
    put32(to + 4, n);
    memset(to + 8, 0, n - BLOCK_LEAST);
    put32(to + n - 4, n);
}

void block_file_head(uint8_t to[RECORD_FILE_HEAD])
{
    enum { SECTION = 44 };
    static const char application[12] = "peccary";

    put32(to, PCAPNG_SECTION);
    put32(to + 4, SECTION);
    put32(to + 8, 0x1a2b3c4d);
    put16(to + 12, 1);
    put16(to + 14, 0);
    put64(to + 16, UINT64_MAX);
    put16(to + 24, OPTION_APPLICATION);
    put16(to + 26, 7);
    memcpy(to + 28, application, 8);
    put32(to + 36, 0); /* no more options */
    put32(to + 40, SECTION);
    pad_block(to + SECTION, RECORD_FILE_HEAD - SECTION);
}

void block_begin(struct record_block *b, uint8_t *memory, const struct block_about *about, const struct record_links *links)
{
    *b = (struct record_block){ .p = memory, .about = *about };
    b->about.used = RECORD_BLOCK_HEAD;
    b->about.packets = 0;
    b->about.links = links->n;
    b->about.first_ts = b->about.last_ts = 0;
    b->next_number = UINT64_MAX;
    b->room = RECORD_BLOCK;
}

/* The interface of a link type, told in this block when it is the first of it; UINT32_MAX: too many. */
static uint32_t interface_of(struct record_block *b, struct record_links *links, uint16_t link)
{
    uint8_t *to = b->p + b->about.used;

    for (uint16_t i = 0; i < links->n; i++) {
        if (links->link[i] == link) {
            return i;
        }
    }
    if (links->n == RECORD_LINKS_MAX) {
        return UINT32_MAX;
    }
    put32(to, PCAPNG_INTERFACE);
    put32(to + 4, INTERFACE_LENGTH);
    put16(to + 8, link);
    put16(to + 10, 0);
    put32(to + 12, RECORD_FRAME_MAX);
    put16(to + 16, OPTION_RESOLUTION);
    put16(to + 18, 1);
    put32(to + 20, 9); /* nanoseconds */
    put32(to + 24, 0);
    put32(to + 28, INTERFACE_LENGTH);
    b->about.used += INTERFACE_LENGTH;
    links->link[links->n] = link;
    return links->n++;
}

void block_pad(uint8_t *p, uint32_t used) { pad_block(p + used, RECORD_BLOCK - used); }

bool block_add(struct record_block *b, struct record_links *links, const struct record_frame *f)
{
    bool told = f->number != b->next_number || b->about.packets % RECORD_MARK == 0;
    uint32_t padded = ((uint32_t)f->frame.n + 3) & ~3u;
    uint32_t n = PACKET_HEAD + padded + (told ? PACKET_ID_OPTIONS : 0) + 4;

    if (f->frame.n > RECORD_FRAME_MAX || b->about.used + INTERFACE_LENGTH + n + BLOCK_LEAST > b->room) {
        return false;
    }
    uint32_t interface = interface_of(b, links, f->link);
    if (interface == UINT32_MAX) {
        return false;
    }
    uint8_t *to = b->p + b->about.used;
    b->last = b->about.used;
    if (b->about.packets % RECORD_MARK == 0) {
        b->begin[b->about.packets / RECORD_MARK] = b->about.packets != 0 ? b->last : 0;
    }
    put32(to, PCAPNG_PACKET);
    put32(to + 4, n);
    put32(to + 8, interface);
    put32(to + 12, (uint32_t)(f->ts >> 32));
    put32(to + 16, (uint32_t)f->ts);
    put32(to + 20, (uint32_t)f->frame.n);
    put32(to + 24, f->wire_len);
    if (padded != 0) {
        put32(to + PACKET_HEAD + padded - 4, 0);
    }
    memcpy(to + PACKET_HEAD, f->frame.p, f->frame.n);
    if (told) {
        uint8_t *option = to + PACKET_HEAD + padded;
        put16(option, OPTION_PACKET_ID);
        put16(option + 2, 8);
        put64(option + 4, f->number);
        put32(option + 12, 0);
    }
    put32(to + n - 4, n);
    b->about.used += n;
    if (b->about.packets++ == 0) {
        b->about.first_ts = b->about.last_ts = f->ts;
        b->about.number = f->number;
    }
    b->about.first_ts = f->ts < b->about.first_ts ? f->ts : b->about.first_ts;
    b->about.last_ts = f->ts > b->about.last_ts ? f->ts : b->about.last_ts;
    b->next_number = f->number + 1;
    return true;
}

uint32_t block_sum(uint32_t before, struct bytes b, bool head)
{
    static const uint8_t zero[4];

    if (!head || b.n < RECORD_BLOCK_HEAD) {
        return crc32c(before, b.p, b.n);
    }
    uint32_t crc = crc32c(crc32c(before, b.p, AT_SUM), zero, sizeof zero);
    return crc32c(crc, b.p + AT_SUM + 4, b.n - AT_SUM - 4);
}

uint32_t block_sum_told(struct bytes head)
{
    struct rd r = rd_of(bytes_from(head, AT_SUM));

    return rd_le32(&r);
}

/* Stretch by stretch, which together take no longer. */
static uint32_t sums_make(struct record_block *b)
{
    uint32_t n = block_stretches(b->about.packets), sum = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t end = i + 1 < n ? b->begin[i + 1] : b->about.used;
        b->sum[i] = sum = crc32c(sum, b->p + b->begin[i], end - b->begin[i]);
    }
    return n != 0 ? sum : crc32c(0, b->p, b->about.used);
}

void block_seal(struct record_block *b)
{
    uint8_t *h = b->p;
    const struct block_about *a = &b->about;

    put32(h, RECORD_TYPE_HEAD);
    put32(h + 4, RECORD_BLOCK_HEAD);
    memcpy(h + AT_MAGIC, magic, sizeof magic);
    put64(h + AT_RUN, a->run);
    put32(h + AT_LANE, a->lane);
    put32(h + AT_SEGMENT, a->segment);
    put32(h + AT_BLOCK, a->block);
    put32(h + AT_USED, a->used);
    put64(h + AT_FIRST, a->first_ts);
    put64(h + AT_LAST, a->last_ts);
    put32(h + AT_PACKETS, a->packets);
    put32(h + AT_LINKS, a->links);
    put64(h + AT_ORDINAL, a->ordinal);
    put64(h + AT_NUMBER, a->number);
    put32(h + AT_FLAGS, 0);
    put64(h + AT_SUM, 0);
    put32(h + AT_END, RECORD_BLOCK_HEAD);
    put32(h + AT_SUM, sums_make(b));
    block_pad(h, a->used);
}

static bool head_read(struct bytes b, struct block_about *about, uint32_t *sum)
{
    struct rd r = rd_of(b);

    *about = (struct block_about){ 0 };
    uint32_t type = rd_le32(&r), length = rd_le32(&r);
    struct bytes is = rd_bytes(&r, sizeof magic);
    about->run = rd_le64(&r);
    about->lane = rd_le32(&r);
    about->segment = rd_le32(&r);
    about->block = rd_le32(&r);
    about->used = rd_le32(&r);
    about->first_ts = rd_le64(&r);
    about->last_ts = rd_le64(&r);
    about->packets = rd_le32(&r);
    about->links = rd_le32(&r);
    about->ordinal = rd_le64(&r);
    about->number = rd_le64(&r);
    rd_skip(&r, 4);
    *sum = rd_le32(&r);
    return rd_ok(&r) && type == RECORD_TYPE_HEAD && length == RECORD_BLOCK_HEAD && bytes_equal(is, bytes_of(magic, sizeof magic)) &&
           about->used >= RECORD_BLOCK_HEAD && about->used <= RECORD_BLOCK && about->links <= RECORD_LINKS_MAX;
}

bool block_head(struct bytes b, struct block_about *about)
{
    uint32_t sum;

    return head_read(b, about, &sum);
}

bool block_check(struct bytes b, struct block_about *about)
{
    uint32_t sum;

    return head_read(b, about, &sum) && about->used <= b.n && block_sum(0, bytes_head(b, about->used), true) == sum;
}

struct block_walk block_frames(struct bytes b, const struct block_about *about)
{
    return (struct block_walk){ .left = rd_of(bytes_from(bytes_head(b, about->used), RECORD_BLOCK_HEAD)), .number = about->number };
}

static void frame_options(struct block_walk *w, struct rd r)
{
    while (rd_left(&r) >= 4) {
        uint16_t code = rd_le16(&r), n = rd_le16(&r);
        struct rd value = rd_sub(&r, (n + 3u) & ~3u);
        if (code == OPTION_PACKET_ID && n == 8) {
            w->number = rd_le64(&value);
        }
        if (code == OPTION_ENDS || !rd_ok(&value)) {
            return;
        }
    }
}

bool block_next(struct block_walk *w, struct record_links *links, struct record_frame *out)
{
    while (rd_left(&w->left) >= BLOCK_LEAST) {
        uint32_t type = rd_le32(&w->left), n = rd_le32(&w->left);
        struct rd r = rd_sub(&w->left, n < BLOCK_LEAST ? SIZE_MAX : n - 8);
        if (type == PCAPNG_INTERFACE && links->n < RECORD_LINKS_MAX) {
            links->link[links->n++] = rd_le16(&r);
        }
        if (type != PCAPNG_PACKET) {
            continue;
        }
        uint32_t interface = rd_le32(&r);
        uint64_t high = rd_le32(&r);
        out->ts = high << 32 | rd_le32(&r);
        uint32_t kept = rd_le32(&r);
        out->wire_len = rd_le32(&r);
        struct rd frame = rd_sub(&r, (kept + 3ull) & ~3ull);
        out->frame = rd_bytes(&frame, kept);
        if (!rd_ok(&frame) || interface >= links->n) {
            rd_fail(&w->left);
            return false;
        }
        frame_options(w, r);
        out->link = links->link[interface];
        out->number = w->number++;
        return true;
    }
    return false;
}
