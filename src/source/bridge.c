/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One direction of a bridge between two interfaces: frames come in by the one, and what is not dropped goes out by the other.
 *
 * Named "bridge:in+out"; a bridge is two of them.  Frames are copied out of the kernel with what it knows of them (virtio's header:
 * segments still to be cut, checksums still to be made), so that they go on as they came, whatever the cards leave to others.
 * A frame waits for nothing: a batch is what is there.
 */
#include "base/clock.h"
#include "source/kind.h"
#include "source/socket.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    AT_ONCE = 64,             /* frames in a batch: the first waits for the last */
    BEFORE = 64,              /* room for a tag */
    ROOM = 65536 + 512,       /* of a frame: the longest that segmentation is left to the card for, with its headers */
    SLOT = BEFORE + ROOM,
    OWN_MAX = 64,             /* frames of our own in a batch */
    OWN_ROOM = 1024,
};

union control { /* what the kernel says beside a frame */
    struct cmsghdr align;
    uint8_t room[CMSG_SPACE(sizeof(struct tpacket_auxdata)) + CMSG_SPACE(sizeof(struct timespec))];
};

/* A frame of our own: it goes out behind those that came before what it answers. */
struct own {
    bool onwards;
    uint16_t n;
    uint8_t bytes[OWN_ROOM];
};

struct bridge {
    struct device base;
    struct bridge_ends ends;
    int to;                   /* the socket that sends */
    _Atomic int left;         /* the one that received before this one, whose numbers are to be asked; -1: none */
    uint64_t patience;        /* ns: for room to send in, at a release */
    bool choked;              /* it was in vain at the last: no more, until all of a batch goes */
    struct pulse pulse;
    bool kernels[AT_ONCE];    /* the kernel has handed it on */
    bool cut[AT_ONCE];        /* it is longer than the room for it (BIG TCP): its head is looked at, it cannot go on */
    uint8_t *slots;
    struct virtio_net_hdr head[AT_ONCE];
    struct mmsghdr got[AT_ONCE], sent[AT_ONCE];
    struct iovec into[AT_ONCE][2], from[AT_ONCE][2];
    union control control[AT_ONCE];
    struct own own[OWN_MAX];
    unsigned own_n;
};

static uint8_t *slot_of(const struct bridge *b, unsigned i) { return b->slots + (size_t)i * SLOT + BEFORE; }

static const void *beside(struct msghdr *m, int level, int type)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_level == level && c->cmsg_type == type) {
            return CMSG_DATA(c);
        }
    }
    return NULL;
}

static void take(struct bridge *b, struct batch *to, unsigned i, uint64_t now)
{
    const struct tpacket_auxdata *aux = beside(&b->got[i].msg_hdr, SOL_PACKET, PACKET_AUXDATA);
    const struct timespec *came = beside(&b->got[i].msg_hdr, SOL_SOCKET, SO_TIMESTAMPNS);
    uint64_t ts = came != NULL ? (uint64_t)came->tv_sec * CLOCK_SECOND + (uint64_t)came->tv_nsec : now;
    size_t n = b->got[i].msg_len > sizeof(b->head[i]) ? b->got[i].msg_len - sizeof(b->head[i]) : 0;
    struct bytes frame = bytes_of(slot_of(b, i), n);
    uint32_t length = (uint32_t)n;

    b->cut[i] = (b->got[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
    if (b->cut[i]) {
        b->base.source->counter[SOURCE_TRUNCATED]++;
        length = aux != NULL && aux->tp_len > n ? aux->tp_len : length;
    }
    if (aux != NULL && (aux->tp_status & TP_STATUS_VLAN_VALID) != 0 && n >= SOCKET_MACS) {
        frame = socket_tag_back(frame, aux->tp_status, aux->tp_vlan_tpid, aux->tp_vlan_tci);
        b->head[i].csum_start = (uint16_t)(b->head[i].csum_start + SOCKET_TAG); /* these count from the frame's begin */
        b->head[i].hdr_len = (uint16_t)(b->head[i].hdr_len + SOCKET_TAG);
        if (b->base.gate != NULL) {
            gate_tagged(b->base.gate);
            b->base.source->counter[SOURCE_TAGGED]++;
        }
    }
    struct packet *p = batch_add(to, ++*b->base.number, &(struct arrival){ frame, ts, length + (uint32_t)(frame.n - n), LINK_ETHERNET, b->base.input });
    p->partial = (b->head[i].flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0;
    p->unsummed = p->partial || (b->head[i].flags & VIRTIO_NET_HDR_F_DATA_VALID) != 0;
}

static void bridge_poll(struct device *d, struct batch *to, unsigned limit)
{
    struct bridge *b = (struct bridge *)d;
    unsigned most = limit < AT_ONCE ? limit : AT_ONCE;

    for (unsigned i = 0; i < most; i++) {
        b->got[i].msg_hdr.msg_controllen = sizeof(b->control[i]);
    }
    int n = recvmmsg(d->fd, b->got, most, MSG_DONTWAIT, NULL);
    uint64_t now = clock_now(), steady = clock_monotonic(), behind = now - steady;
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        d->source->counter[SOURCE_ERRORS]++;
    }
    for (int i = 0; i < n; i++) {
        take(b, to, (unsigned)i, now);
    }
    pulse_beat(&b->pulse, steady);
    for (unsigned i = 0; i < to->n; i++) {
        b->kernels[i] = pulse_handed(&b->pulse, to->packet[i].ts - behind);
    }
}

/* Frames the kernel would not take (too long for the other interface, it is down, no room for longer than can be waited for) are counted, and
 * those behind them go on. */
static void send_all(struct bridge *b, unsigned n)
{
    static const struct timespec moment = { 0, 100000 };
    uint64_t until = 0;
    bool choked = false;

    for (unsigned at = 0; at < n;) {
        int sent = sendmmsg(b->to, b->sent + at, n - at, MSG_DONTWAIT);
        if (sent <= 0 && errno == EINTR) {
            continue;
        }
        if (sent <= 0 && errno == EAGAIN) {
            uint64_t now = clock_monotonic();
            until = until != 0 ? until : b->choked ? now : now + b->patience;
            if (now < until) {
                (void)nanosleep(&moment, NULL); /* poll would wait until half of the room is free */
                continue;
            }
            choked = true;
        }
        b->base.source->counter[SOURCE_SENT] += sent > 0 ? (unsigned)sent : 0;
        at += sent > 0 ? (unsigned)sent : 0;
        if (sent <= 0) {
            b->base.source->counter[SOURCE_SEND_FAILED]++;
            at++;
        }
    }
    b->choked = choked || (b->choked && n == 0);
}

static void send_own(struct bridge *b)
{
    struct virtio_net_hdr none = { 0 };

    for (unsigned i = 0; i < b->own_n; i++) {
        struct iovec parts[2] = { { &none, sizeof(none) }, { b->own[i].bytes, b->own[i].n } };
        struct msghdr m = { .msg_iov = parts, .msg_iovlen = 2 };
        (void)sendmsg(b->own[i].onwards ? b->to : b->base.fd, &m, MSG_DONTWAIT);
    }
    b->own_n = 0;
}

static void bridge_release(struct device *d, struct batch *batch)
{
    struct bridge *b = (struct bridge *)d;
    unsigned n = 0;

    for (unsigned i = 0; i < batch->n; i++) {
        const struct packet *p = &batch->packet[i];
        if (b->kernels[i]) {
            d->source->counter[SOURCE_OPEN]++;
            continue;
        }
        if (p->verdict != VERDICT_PASS) {
            d->source->counter[SOURCE_HELD]++;
            continue;
        }
        if (b->cut[i]) {
            d->source->counter[SOURCE_SEND_FAILED]++;
            continue;
        }
        b->from[n][0] = (struct iovec){ &b->head[i], sizeof(b->head[i]) };
        b->from[n][1] = (struct iovec){ (void *)(uintptr_t)p->frame.p, p->frame.n };
        b->sent[n].msg_hdr = (struct msghdr){ .msg_iov = b->from[n], .msg_iovlen = 2 };
        n++;
    }
    send_all(b, n);
    send_own(b);
}

static bool bridge_send(struct device *d, struct bytes frame, bool onwards)
{
    struct bridge *b = (struct bridge *)d;

    if (b->own_n == OWN_MAX || frame.n > OWN_ROOM) {
        return false;
    }
    struct own *o = &b->own[b->own_n++];
    o->onwards = onwards;
    o->n = (uint16_t)frame.n;
    memcpy(o->bytes, frame.p, frame.n);
    return true;
}

static void bridge_stop(struct device *d)
{
    const struct bridge *b = (const struct bridge *)d;

    socket_stop(d->fd);
    if (b->pulse.beat != NULL && b->pulse.worker == 0) {
        beat_end(b->pulse.beat);
    }
}

static uint64_t bridge_rest(struct device *d) { return socket_rest(d->fd); }
static void bridge_count(struct device *d) { socket_count(d, &((struct bridge *)d)->left); }

static void bridge_close(struct device *d)
{
    struct bridge *b = (struct bridge *)d;

    if (b->slots != NULL && b->slots != MAP_FAILED) {
        (void)munmap(b->slots, (size_t)AT_ONCE * SLOT);
    }
    if (d->fd >= 0) {
        (void)close(d->fd);
    }
    if (b->to >= 0) {
        (void)close(b->to);
    }
    if (b->left >= 0) {
        (void)close(b->left);
    }
    free(b);
}

bool bridge_ends_read(struct bridge_ends *e, const char *name, struct err *err)
{
    const char *plus = strchr(name, '+');
    size_t n = plus != NULL ? (size_t)(plus - name) : 0;

    *e = (struct bridge_ends){ .in = "" };
    if (n == 0 || n >= sizeof(e->in) || plus[1] == '\0' || strlen(plus + 1) >= sizeof(e->out)) {
        return err_set(err, "two interfaces with a + between them are wanted");
    }
    memcpy(e->in, name, n);
    memcpy(e->out, plus + 1, strlen(plus + 1));
    return strcmp(e->in, e->out) != 0 || err_set(err, "an interface is no bridge to itself");
}

static bool memory_make(struct bridge *b, struct err *err)
{
    b->slots = mmap(NULL, (size_t)AT_ONCE * SLOT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (b->slots == MAP_FAILED) {
        return err_sys(err, "memory for frames");
    }
    for (unsigned i = 0; i < AT_ONCE; i++) {
        b->into[i][0] = (struct iovec){ &b->head[i], sizeof(b->head[i]) };
        b->into[i][1] = (struct iovec){ slot_of(b, i), ROOM };
        b->got[i].msg_hdr = (struct msghdr){ .msg_iov = b->into[i], .msg_iovlen = 2, .msg_control = &b->control[i] };
    }
    return true;
}

/* One that receives or one that sends; -1 with err.  Both carry virtio's header, and have room for a while's frames. */
static int socket_make(const struct bridge_ends *e, bool sends, const struct source_settings *s, struct err *err)
{
    int one = 1, room = s->devices->ring_bytes < INT32_MAX ? (int)s->devices->ring_bytes : INT32_MAX;
    struct socket_bind from = { .device = e->in, .own = false };
    struct source_settings all = *s;

    all.bpf = NULL; /* what a filter would leave out goes on all the same: it is not for the kernel to keep it back */
    int fd = socket_new(err);
    if (fd < 0) {
        return -1;
    }
    if (setsockopt(fd, SOL_SOCKET, sends ? SO_SNDBUFFORCE : SO_RCVBUFFORCE, &room, sizeof(room)) != 0) {
        (void)setsockopt(fd, SOL_SOCKET, sends ? SO_SNDBUF : SO_RCVBUF, &room, sizeof(room));
    }
    bool good = setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)) == 0 &&
                (sends || (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)) == 0 &&
                           setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)) == 0));
    good = good ? (sends ? socket_bind_sending(fd, e->out, err) : socket_bind(fd, &from, &all, err)) : err_sys(err, "packet socket");
    if (!good) {
        (void)close(fd);
    }
    return good ? fd : -1;
}

static void indexes_read(struct bridge *b)
{
    b->base.in = if_nametoindex(b->ends.in);
    b->base.back = if_nametoindex(b->ends.out);
}

/* Not a port of a bridge or bond: that would hand on what comes in by it, too, and nobody would have looked at it. */
static bool is_its_own(const char *device, struct err *err)
{
    char path[64], master[256];

    (void)snprintf(path, sizeof(path), "/sys/class/net/%s/master", device);
    ssize_t n = readlink(path, master, sizeof(master) - 1);
    if (n <= 0) {
        return true;
    }
    master[n] = '\0';
    const char *slash = strrchr(master, '/'), *name = slash != NULL ? slash + 1 : master;
    return err_set(err, "%s is a port of %s, which hands on what comes in by it too: take it out (ip link set %s nomaster)", device, name, device);
}

/* One worker's: what lets it fail open, if somebody has taken it away. */
static void look_at_beat(struct bridge *b)
{
    struct source *s = b->base.source;
    enum beat_state state = b->pulse.beat != NULL && b->pulse.worker == 0 ? beat_look(b->pulse.beat) : BEAT_THERE;

    s->input[b->base.input].closed = state == BEAT_GONE;
    s->input[b->base.input].renewed += state == BEAT_AGAIN;
    s->counter[SOURCE_RENEWED] += state == BEAT_AGAIN;
}

/* The socket of the interface that is there again; what hands frames on is put there anew. */
static enum device_state bridge_look(struct device *d, struct err *err)
{
    struct bridge *b = (struct bridge *)d;
    bool in_gone = socket_is_gone(d->fd), out_gone = socket_is_gone(b->to);
    unsigned in = if_nametoindex(b->ends.in);

    if (!in_gone && !out_gone) {
        look_at_beat(b);
        return is_its_own(b->ends.in, err) ? DEVICE_WELL : DEVICE_SHARED;
    }
    if (in == 0 || if_nametoindex(b->ends.out) == 0 || (in_gone && !shared_turn(d->settings, d->input, in))) {
        return DEVICE_GONE;
    }
    int from = in_gone ? socket_make(&b->ends, false, d->settings, err) : -1, to = out_gone ? socket_make(&b->ends, true, d->settings, err) : -1;
    if ((in_gone && from < 0) || (out_gone && to < 0) || (in_gone && !socket_replace(d->fd, from, &b->left))) {
        (void)(from >= 0 && close(from));
        (void)(to >= 0 && close(to));
        return DEVICE_GONE;
    }
    if (in_gone) {
        shared_came(d->settings, d->input, in);
    }
    if (out_gone) {
        (void)close(b->to);
        b->to = to;
    }
    indexes_read(b);
    if (b->pulse.beat != NULL && b->pulse.worker == 0 && !beat_renew(b->pulse.beat, err)) {
        (void)err_add(err, "%s+%s: traffic will stop should this program hang or be killed, it can no longer fail open", b->ends.in, b->ends.out);
    }
    return DEVICE_AGAIN;
}

static struct device *bridge_open(const struct source_settings *s, const char *name, struct err *err)
{
    static const struct device_ops ops = { bridge_poll, bridge_release, bridge_close, bridge_count, bridge_send, bridge_look, bridge_stop, bridge_rest };
    struct bridge *b = calloc(1, sizeof(*b));

    if (b == NULL) {
        (void)err_set(err, "not enough memory");
        return NULL;
    }
    b->base.ops = &ops;
    b->base.fd = b->to = -1;
    b->left = -1;
    b->patience = s->devices->stall_ms * (CLOCK_SECOND / 1000) / (4 * s->path_n); /* all of a worker's together have a sign of life in time */
    b->pulse = (struct pulse){ .beat = s->shared != NULL ? shared_beat(s->shared, name) : NULL, .worker = s->worker };
    if (!bridge_ends_read(&b->ends, name, err) || !is_its_own(b->ends.in, err) || !is_its_own(b->ends.out, err) || !memory_make(b, err) || (b->to = socket_make(&b->ends, true, s, err)) < 0 ||
        (b->base.fd = socket_make(&b->ends, false, s, err)) < 0) {
        bridge_close(&b->base);
        return NULL;
    }
    indexes_read(b);
    return &b->base;
}

const struct source_kind source_bridge = { .name = "bridge", .help = "inline, IN+OUT: what comes in by the one interface goes out by the other, but for what is dropped",
    .holds = true, .programs = true, .open = bridge_open };
