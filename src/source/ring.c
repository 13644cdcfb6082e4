/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A packet ring (AF_PACKET, version 3): the kernel fills blocks of frames, we work on them where they lie.
 *
 * A block is ours from when it is full, or a few milliseconds old, until every frame of it was worked on.  One ring per
 * worker and device; of several workers the kernel gives each its part (fanout.h).
 */
#include "base/clock.h"
#include "source/kind.h"
#include "source/socket.h"

#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BLOCK = 1 << 20,
    FRAME = 2048,        /* version 3 only checks that it divides the block */
    RESERVE = 16,        /* room before each frame, for a tag that the card took out */
    NEAR_S = 10,         /* a card's time stamp this near to the system's clock is believed */
};

struct ring {
    struct device base;
    const char *name;
    _Atomic int left;          /* the socket before this one, whose numbers are to be asked; -1: none */
    uint8_t *map;
    size_t map_n;
    unsigned block_n, at;      /* the block being read, or the next one to come */
    unsigned done;             /* blocks before it that are read and not yet given back */
    const struct tpacket3_hdr *next;
    uint32_t frames;           /* of it still to be read */
    uint64_t seconds;          /* the clock's, once a block */
};

static struct tpacket_block_desc *block_of(const struct ring *r, unsigned i)
{
    return (struct tpacket_block_desc *)(void *)(r->map + (size_t)i * BLOCK);
}

/* The kernel writes the word, and reads it, from another processor. */
static bool block_is_ours(const struct ring *r, unsigned i)
{
    return (__atomic_load_n(&block_of(r, i)->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) != 0;
}

static void block_give(const struct ring *r, unsigned i)
{
    block_of(r, i)->hdr.bh1.num_pkts = 0; /* until the kernel begins it: ring_left counts by this */
    __atomic_store_n(&block_of(r, i)->hdr.bh1.block_status, (uint32_t)TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

static uint64_t time_of(const struct ring *r, const struct tpacket3_hdr *h)
{
    bool hardware = (h->tp_status & TP_STATUS_TS_RAW_HARDWARE) != 0;

    if (hardware && (h->tp_sec + NEAR_S < r->seconds || h->tp_sec > r->seconds + NEAR_S)) {
        return clock_now(); /* a clock of its own that nobody sets */
    }
    return (uint64_t)h->tp_sec * CLOCK_SECOND + h->tp_nsec;
}

static void take(struct ring *r, struct batch *b, const struct tpacket3_hdr *h)
{
    bool tagged = (h->tp_status & TP_STATUS_VLAN_VALID) != 0;
    struct bytes frame = bytes_of((const uint8_t *)h + h->tp_mac, h->tp_snaplen);

    if (tagged && frame.n >= SOCKET_MACS && h->tp_mac >= RESERVE) {
        frame = socket_tag_back(frame, h->tp_status, h->hv1.tp_vlan_tpid, (uint16_t)h->hv1.tp_vlan_tci);
    }
    struct packet *p = batch_add(b, ++*r->base.number,
                                 &(struct arrival){ frame, time_of(r, h), h->tp_len + (tagged ? SOCKET_TAG : 0), LINK_ETHERNET, r->base.input });
    p->unsummed = (h->tp_status & (TP_STATUS_CSUMNOTREADY | TP_STATUS_CSUM_VALID)) != 0;
    r->base.source->counter[SOURCE_TRUNCATED] += h->tp_snaplen < h->tp_len;
}

/* The next block, if it is there. */
static bool block_begin(struct ring *r)
{
    if (r->done == r->block_n || !block_is_ours(r, r->at)) {
        return false;
    }
    const struct tpacket_hdr_v1 *head = &block_of(r, r->at)->hdr.bh1;
    r->frames = head->num_pkts;
    r->next = (const struct tpacket3_hdr *)(const void *)(r->map + (size_t)r->at * BLOCK + head->offset_to_first_pkt);
    r->seconds = clock_now() / CLOCK_SECOND;
    return true;
}

static void ring_poll(struct device *d, struct batch *b, unsigned limit)
{
    struct ring *r = (struct ring *)d;

    while (b->n < limit && (r->frames > 0 || block_begin(r))) {
        if (r->frames > 0) {
            take(r, b, r->next);
            r->next = (const struct tpacket3_hdr *)(const void *)((const uint8_t *)r->next + r->next->tp_next_offset);
            r->frames--;
        }
        if (r->frames == 0) {
            r->done++;
            r->at = (r->at + 1) % r->block_n;
        }
    }
    if (b->n == 0) { /* an error of the device, it is down, would wake us for ever */
        int error = 0;
        socklen_t n = sizeof(error);
        if (getsockopt(d->fd, SOL_SOCKET, SO_ERROR, &error, &n) == 0 && error != 0) {
            d->source->counter[SOURCE_ERRORS]++;
        }
        for (; r->done > 0; r->done--) { /* blocks without a frame */
            block_give(r, (r->at + r->block_n - r->done) % r->block_n);
        }
    }
}

static void ring_release(struct device *d, struct batch *b)
{
    struct ring *r = (struct ring *)d;

    (void)b;
    for (; r->done > 0; r->done--) {
        block_give(r, (r->at + r->block_n - r->done) % r->block_n);
    }
}

/* Frames of the blocks that are ours and unread, and of the one that the kernel fills. */
static uint64_t ring_left(const struct ring *r)
{
    uint64_t n = r->frames;
    bool ours = true;

    for (unsigned i = r->frames > 0; ours && r->done + i < r->block_n; i++) {
        unsigned at = (r->at + i) % r->block_n;
        ours = block_is_ours(r, at);
        n += __atomic_load_n(&block_of(r, at)->hdr.bh1.num_pkts, __ATOMIC_RELAXED);
    }
    return n;
}

static void ring_stop(struct device *d) { socket_stop(d->fd); }
static uint64_t ring_rest(struct device *d) { return ring_left((struct ring *)d); }
static void ring_count(struct device *d) { socket_count(d, &((struct ring *)d)->left); }

static void ring_fini(struct ring *r)
{
    if (r->map != MAP_FAILED && r->map != NULL) {
        (void)munmap(r->map, r->map_n);
    }
    if (r->base.fd >= 0) {
        (void)close(r->base.fd);
    }
    if (r->left >= 0) {
        (void)close(r->left);
    }
}

static void ring_close(struct device *d)
{
    ring_fini((struct ring *)d);
    free(d);
}

static bool ring_make(struct ring *r, const struct device_settings *c, struct err *err)
{
    int version = TPACKET_V3, reserve = RESERVE, stamp = SOF_TIMESTAMPING_RAW_HARDWARE, fd = r->base.fd;
    struct tpacket_req3 wanted = { .tp_block_size = BLOCK, .tp_frame_size = FRAME, .tp_retire_blk_tov = c->block_ms };

    r->block_n = (unsigned)(c->ring_bytes / BLOCK) > 2 ? (unsigned)(c->ring_bytes / BLOCK) : 2;
    wanted.tp_block_nr = r->block_n;
    wanted.tp_frame_nr = BLOCK / FRAME * r->block_n;
    if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) != 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_RESERVE, &reserve, sizeof(reserve)) != 0) {
        return err_sys(err, "packet ring");
    }
    if (c->hardware_time) { /* where the card makes none this asks for nothing */
        (void)setsockopt(fd, SOL_PACKET, PACKET_TIMESTAMP, &stamp, sizeof(stamp));
    }
    if (setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &wanted, sizeof(wanted)) != 0) {
        return err_sys(err, "packet ring of %u MiB (capture.ring)", r->block_n * (BLOCK >> 20));
    }
    r->map_n = (size_t)r->block_n * BLOCK;
    r->map = mmap(NULL, r->map_n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return r->map != MAP_FAILED || err_sys(err, "map the packet ring");
}

/* On what ring_fini takes down. */
static bool ring_init(struct ring *r, const struct source_settings *s, const char *name, struct err *err)
{
    r->name = name;
    r->left = -1;
    r->base.fd = socket_new(err);
    struct socket_bind to = { .device = name, .own = r->base.fd >= 0 && !socket_is_loopback(r->base.fd, name) };
    if (r->base.fd < 0 || !ring_make(r, s->devices, err) || !socket_bind(r->base.fd, &to, s, err)) {
        return false;
    }
    struct gate *gate = s->devices->offload && s->shared != NULL && s->bpf == NULL ? source_shared_gate(s->shared) : NULL;
    if (gate == NULL) {
        return true;
    }
    r->base.in = r->base.back = if_nametoindex(name); /* the kernel runs one filter on a socket */
    return gate_filter(gate, r->base.fd, r->base.in, to.own, err);
}

static enum device_state ring_look(struct device *d, struct err *err)
{
    struct ring *r = (struct ring *)d, fresh = { .base = *d };

    if (!socket_is_gone(d->fd)) {
        return DEVICE_WELL;
    }
    unsigned interface = if_nametoindex(r->name);
    if (interface == 0 || !shared_turn(d->settings, d->input, interface)) {
        return DEVICE_GONE;
    }
    if (!ring_init(&fresh, d->settings, r->name, err) || !socket_replace(d->fd, fresh.base.fd, &r->left)) {
        ring_fini(&fresh);
        return DEVICE_GONE;
    }
    shared_came(d->settings, d->input, interface);
    d->source->counter[SOURCE_UNREAD] += ring_left(r);
    (void)munmap(r->map, r->map_n);
    r->base.in = fresh.base.in;
    r->base.back = fresh.base.back;
    r->map = fresh.map;
    r->map_n = fresh.map_n;
    r->at = r->done = r->frames = 0;
    return DEVICE_AGAIN;
}

static struct device *ring_open(const struct source_settings *s, const char *name, struct err *err)
{
    static const struct device_ops ops = { ring_poll, ring_release, ring_close, ring_count, NULL, ring_look, ring_stop, ring_rest };
    struct ring *r = calloc(1, sizeof(*r));

    if (r == NULL) {
        (void)err_set(err, "not enough memory");
        return NULL;
    }
    r->base.ops = &ops;
    if (!ring_init(r, s, name, err)) {
        ring_close(&r->base);
        return NULL;
    }
    return &r->base;
}

const struct source_kind source_ring = { .name = "ring", .help = "an interface's packet ring (the kind that is meant without a word before the name)",
    .open = ring_open };
