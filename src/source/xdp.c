/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XDP sockets: frames leave the driver before the system makes packets of them, and lie in memory that is ours.
 *
 * A program on the interface sends each frame to the socket of its receive queue; a worker has some of the queues, and passes on
 * what is another's.  What is taken so does not reach the system: this is for interfaces that only listen.  Driver mode where the
 * driver can, else generic (capture.xdp-mode, capture.xdp-bind).  A tag that the card takes off a frame is not told here: it is told to leave
 * them in (as by ethtool -K DEVICE rxvlan off), until the end.  Frames are worked on where they lie and given back to the kernel at the release.
 */
#include "source/bpf.h"
#include "source/filter.h"
#include "source/gate.h"
#include "source/kind.h"

#include "base/card.h"
#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    FRAME = 4096, FRAMES = 4096, /* of a queue: 16 MiB */
    QUEUES_MAX = 256, OWN_MAX = 64,
    HELPER_REDIRECT_MAP = 51, QUEUE_AT = 16 /* of struct xdp_md */,
};

/* The program on an interface, of all workers. */
struct xdp_program {
    int map, program, link;
    unsigned index, queues;
    const char *device;
    unsigned tags;            /* enum card_feature: that were on and are off now … */
    bool tags_taken;          /* … or could not be switched off */
};

/* A ring that we share with the kernel. */
struct xdp_ring {
    uint32_t *producer, *consumer;
    void *entry;
    void *map;
    size_t map_n;
};

struct queue {
    int fd;
    uint8_t *memory;
    struct xdp_ring rx, fill;
    uint32_t taken;           /* of the batch, in order from the ring's consumer on */
    uint32_t came;            /* where the kernel's end of the ring was when it was last asked: it counts what it gives by that alone */
    uint64_t lost;            /* likewise, what it did not */
};

struct xdp {
    struct device base;
    const char *name;
    struct xdp_program *program;
    unsigned index;           /* of the interface that the queues are of */
    pthread_mutex_t counting; /* the queues against being opened anew: others ask what the kernel counted */
    struct queue queue[OWN_MAX];
    unsigned queue_n, next, current;
    struct filter *filter;
};

static uint32_t seen(const uint32_t *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
static void tell(uint32_t *p, uint32_t v) { __atomic_store_n(p, v, __ATOMIC_RELEASE); }

static unsigned queues_of(const char *device)
{
    char path[128];
    unsigned n = 0;

    (void)snprintf(path, sizeof(path), "/sys/class/net/%s/queues", device);
    DIR *d = opendir(path);
    for (const struct dirent *e = d != NULL ? readdir(d) : NULL; e != NULL; e = readdir(d)) {
        n += strncmp(e->d_name, "rx-", 3) == 0;
    }
    if (d != NULL) {
        (void)closedir(d);
    }
    return n == 0 ? 1 : n;
}

/* Behind the gate's, if there is one. */
static bool program_make(struct xdp_program *x, const struct gate *g, struct err *err)
{
    struct bpf_making m = { .n = 0 };
    union bpf_attr map = { .map_type = BPF_MAP_TYPE_XSKMAP, .key_size = 4, .value_size = 4, .max_entries = QUEUES_MAX };

    x->map = bpf_call(BPF_MAP_CREATE, &map);
    if (x->map < 0) {
        return err_sys(err, "bpf");
    }
    if (g != NULL) {
        gate_write_hosts(g, &m);
    }
    bpf_put(&m, BPF_LDX | BPF_W | BPF_MEM, 2, 1, QUEUE_AT, 0);
    bpf_put_map(&m, 1, BPF_PSEUDO_MAP_FD, x->map);
    bpf_put(&m, BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, XDP_PASS); /* a queue that nobody reads is the system's */
    bpf_put(&m, BPF_JMP | BPF_CALL, 0, 0, 0, HELPER_REDIRECT_MAP);
    bpf_put(&m, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
    x->program = bpf_make(BPF_PROG_TYPE_XDP, &m, 0);
    return x->program >= 0 || err_sys(err, "bpf program");
}

static void program_take_off(struct xdp_program *x)
{
    int *const all[] = { &x->link, &x->program, &x->map }; /* without the first the program is off the interface */

    for (size_t i = 0; i < ROWS(all); i++) {
        if (*all[i] >= 0) {
            (void)close(*all[i]);
        }
        *all[i] = -1;
    }
    if (x->tags != 0 && if_nametoindex(x->device) == x->index) {
        (void)card_switch(x->device, x->tags, true);
    }
    x->tags = 0;
}

/* Whoever takes tags off tells the system of them, and not who reads frames before it. */
static void tags_leave(struct xdp_program *x)
{
    struct card c = { 0 };

    if (card_look(x->device, &c) && (c.on & c.changeable) != 0 && card_switch(x->device, c.on & c.changeable, false)) {
        x->tags = c.on & c.changeable;
    }
    x->tags_taken = card_look(x->device, &c) && c.on != 0;
}

enum xdp_tags xdp_program_tags(const struct xdp_program *x) { return x->tags_taken ? XDP_TAGS_TAKEN : x->tags != 0 ? XDP_TAGS_SWITCHED : XDP_TAGS_STAY; }

bool xdp_program_put(struct xdp_program *x, const char *device, const struct device_settings *s, const struct gate *gate, struct err *err)
{
    static const struct {
        uint32_t flag;
        enum gate_mode unless; /* where it is not tried */
    } modes[] = { { XDP_FLAGS_DRV_MODE, GATE_GENERIC }, { XDP_FLAGS_SKB_MODE, GATE_NATIVE } };

    program_take_off(x);
    x->device = device;
    x->index = if_nametoindex(device);
    x->queues = queues_of(device);
    tags_leave(x);
    bool good = x->index != 0 ? program_make(x, gate, err) : err_set(err, "there is no such interface");
    for (size_t i = 0; good && i < ROWS(modes) && x->link < 0; i++) {
        x->link = s->xdp_mode != modes[i].unless ? bpf_xdp_attach(x->program, x->index, modes[i].flag) : -1;
    }
    return good && (x->link >= 0 || err_sys(err, "attach a program to the interface"));
}

struct xdp_program *xdp_program_new(const char *device, const struct device_settings *s, const struct gate *gate, struct err *err)
{
    struct xdp_program *x = calloc(1, sizeof(*x));

    if (x == NULL) {
        (void)err_set(err, "not enough memory");
        return NULL;
    }
    x->map = x->program = x->link = -1;
    if (!xdp_program_put(x, device, s, gate, err)) {
        xdp_program_free(x);
        return NULL;
    }
    return x;
}

void xdp_program_free(struct xdp_program *x)
{
    if (x != NULL) {
        program_take_off(x);
    }
    free(x);
}

static bool ring_map(struct xdp_ring *r, int fd, const struct xdp_ring_offset *at, size_t entry, uint64_t page)
{
    r->map_n = at->desc + FRAMES * entry;
    r->map = mmap(NULL, r->map_n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, (off_t)page);
    if (r->map == MAP_FAILED) {
        return false;
    }
    r->producer = (uint32_t *)(void *)((uint8_t *)r->map + at->producer);
    r->consumer = (uint32_t *)(void *)((uint8_t *)r->map + at->consumer);
    r->entry = (uint8_t *)r->map + at->desc;
    return true;
}

/* Frames that the kernel may fill. */
static void fill(struct queue *q, uint64_t address)
{
    uint32_t at = *q->fill.producer;

    ((uint64_t *)q->fill.entry)[at % FRAMES] = address;
    tell(q->fill.producer, at + 1);
}

static bool queue_open(struct queue *q, const struct xdp_program *x, uint32_t number, uint32_t how, struct err *err)
{
    static const uint16_t flags[] = { [XDP_BIND_AUTO] = 0, [XDP_BIND_COPY] = XDP_COPY, [XDP_BIND_ZERO_COPY] = XDP_ZEROCOPY };

    struct xdp_umem_reg memory = { .len = (uint64_t)FRAME * FRAMES, .chunk_size = FRAME };
    struct sockaddr_xdp to = { .sxdp_family = AF_XDP, .sxdp_flags = flags[how], .sxdp_ifindex = x->index, .sxdp_queue_id = number };
    struct xdp_mmap_offsets at;
    socklen_t n = sizeof(at);
    int frames = FRAMES;

    q->fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
    q->memory = mmap(NULL, memory.len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memory.addr = (uint64_t)(uintptr_t)q->memory;
    if (q->fd < 0 || q->memory == MAP_FAILED || setsockopt(q->fd, SOL_XDP, XDP_UMEM_REG, &memory, sizeof(memory)) != 0 ||
        setsockopt(q->fd, SOL_XDP, XDP_UMEM_FILL_RING, &frames, sizeof(frames)) != 0 ||
        setsockopt(q->fd, SOL_XDP, XDP_UMEM_COMPLETION_RING, &frames, sizeof(frames)) != 0 ||
        setsockopt(q->fd, SOL_XDP, XDP_RX_RING, &frames, sizeof(frames)) != 0 ||
        getsockopt(q->fd, SOL_XDP, XDP_MMAP_OFFSETS, &at, &n) != 0 ||
        !ring_map(&q->rx, q->fd, &at.rx, sizeof(struct xdp_desc), XDP_PGOFF_RX_RING) ||
        !ring_map(&q->fill, q->fd, &at.fr, sizeof(uint64_t), XDP_UMEM_PGOFF_FILL_RING)) {
        return err_sys(err, "XDP socket of queue %u", number);
    }
    for (uint64_t i = 0; i < FRAMES; i++) {
        fill(q, i * FRAME);
    }
    if (bind(q->fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
        return err_sys(err, "bind the XDP socket of queue %u%s", number, how != XDP_BIND_AUTO ? " (capture.xdp-bind)" : "");
    }
    uint32_t value = (uint32_t)q->fd;
    union bpf_attr set = { .map_fd = (uint32_t)x->map, .key = (uint64_t)(uintptr_t)&number, .value = (uint64_t)(uintptr_t)&value };
    return bpf_call(BPF_MAP_UPDATE_ELEM, &set) == 0 || err_sys(err, "queue %u", number);
}

/* One queue's frames: those that the filter does not want go back at once, in their turn. */
static void queue_poll(struct xdp *x, struct queue *q, struct batch *b, unsigned limit)
{
    uint32_t at = *q->rx.consumer, end = seen(q->rx.producer);
    uint64_t now = clock_now();
    struct err err = { "" };

    for (; at + q->taken != end && b->n < limit; q->taken++) {
        const struct xdp_desc *d = &((const struct xdp_desc *)q->rx.entry)[(at + q->taken) % FRAMES];
        struct record r = { .frame = bytes_of(q->memory + d->addr, d->len), .ts = now, .wire_len = d->len, .link = LINK_ETHERNET };
        if (x->filter != NULL && !filter_wants(x->filter, &r, &err)) {
            x->base.source->counter[SOURCE_UNWANTED]++;
            continue;
        }
        struct packet *p = batch_add(b, ++*x->base.number, &(struct arrival){ r.frame, now, r.wire_len, LINK_ETHERNET, x->base.input });
        p->unsummed = true; /* what the card knows of sums is not told here */
    }
}

static void give_back(struct queue *q)
{
    uint32_t at = *q->rx.consumer;

    for (uint32_t i = 0; i < q->taken; i++) {
        fill(q, ((const struct xdp_desc *)q->rx.entry)[(at + i) % FRAMES].addr / FRAME * FRAME);
    }
    tell(q->rx.consumer, at + q->taken);
    q->taken = 0;
}

static void xdp_poll(struct device *d, struct batch *b, unsigned limit)
{
    struct xdp *x = (struct xdp *)d;

    for (unsigned i = 0; i < x->queue_n && b->n == 0; i++) {
        x->current = (x->next + i) % x->queue_n;
        queue_poll(x, &x->queue[x->current], b, limit);
        if (b->n == 0) {
            give_back(&x->queue[x->current]);
        }
    }
    x->next = x->queue_n != 0 ? (x->next + 1) % x->queue_n : 0;
}

static void xdp_release(struct device *d, struct batch *b)
{
    struct xdp *x = (struct xdp *)d;

    (void)b;
    give_back(&x->queue[x->current]);
}

static void xdp_count(struct device *d)
{
    struct xdp *x = (struct xdp *)d;
    uint64_t *count = d->source->counter;

    (void)pthread_mutex_lock(&x->counting);
    for (unsigned i = 0; i < x->queue_n; i++) {
        struct queue *q = &x->queue[i];
        struct xdp_statistics s = { 0 };
        socklen_t n = sizeof(s);
        if (getsockopt(q->fd, SOL_XDP, XDP_STATISTICS, &s, &n) == 0) {
            uint64_t lost = s.rx_dropped + s.rx_ring_full + s.rx_fill_ring_empty_descs;
            device_dropped(d, lost - q->lost);
            count[SOURCE_RECEIVED] += lost - q->lost;
            q->lost = lost;
        }
        uint32_t came = seen(q->rx.producer);
        count[SOURCE_RECEIVED] += came - q->came;
        q->came = came;
    }
    (void)pthread_mutex_unlock(&x->counting);
}

/* A queue without a socket is the system's. */
static void xdp_stop(struct device *d)
{
    const struct xdp *x = (const struct xdp *)d;

    for (unsigned i = 0; i < x->queue_n; i++) {
        uint32_t number = d->settings->worker + i * d->settings->workers;
        union bpf_attr away = { .map_fd = (uint32_t)x->program->map, .key = (uint64_t)(uintptr_t)&number };
        (void)bpf_call(BPF_MAP_DELETE_ELEM, &away);
    }
}

static uint64_t xdp_rest(struct device *d)
{
    const struct xdp *x = (const struct xdp *)d;
    uint64_t n = 0;

    for (unsigned i = 0; i < x->queue_n; i++) {
        n += seen(x->queue[i].rx.producer) - *x->queue[i].rx.consumer;
    }
    return n;
}

static void queues_close(struct xdp *x)
{
    for (unsigned i = 0; i < OWN_MAX && i <= x->queue_n; i++) {
        struct queue *q = &x->queue[i];
        struct xdp_ring *const rings[] = { &q->rx, &q->fill };
        for (size_t k = 0; k < ROWS(rings); k++) {
            if (rings[k]->map != NULL && rings[k]->map != MAP_FAILED) {
                (void)munmap(rings[k]->map, rings[k]->map_n);
            }
        }
        if (q->fd > 0) {
            (void)close(q->fd);
        }
        if (q->memory != NULL && q->memory != MAP_FAILED) {
            (void)munmap(q->memory, (size_t)FRAME * FRAMES);
        }
    }
    memset(x->queue, 0, sizeof(x->queue));
    x->queue_n = x->current = 0;
    x->base.fd = -1;
}

static void xdp_close(struct device *d)
{
    struct xdp *x = (struct xdp *)d;

    queues_close(x);
    (void)pthread_mutex_destroy(&x->counting);
    filter_free(x->filter);
    free(x);
}

/* This worker's queues of the interface that the program is on. */
static bool queues_open(struct xdp *x, const struct source_settings *s, struct err *err)
{
    const struct xdp_program *p = x->program;
    bool good = true;

    if (p->queues > OWN_MAX * s->workers || p->queues > QUEUES_MAX) { /* those that nobody reads would be the system's */
        return err_set(err, "%u receive queues: %d for each worker are read, and %d in all; ethtool -L sets how many there are", p->queues, OWN_MAX, QUEUES_MAX);
    }
    for (uint32_t i = s->worker; good && i < p->queues; i += s->workers) {
        good = queue_open(&x->queue[x->queue_n], p, i, s->devices->xdp_bind, err);
        x->queue_n += good;
    }
    x->index = p->index;
    x->base.fd = x->queue_n == 1 ? x->queue[0].fd : -1;
    return good;
}

/* One that was made again gets the program from the first worker, and then its sockets from all; what lies in the old ones is read first. */
static enum device_state xdp_look(struct device *d, struct err *err)
{
    struct xdp *x = (struct xdp *)d;
    unsigned index = if_nametoindex(x->name);

    if (index != 0 && index == x->index) {
        return DEVICE_WELL;
    }
    for (unsigned i = 0; i < x->queue_n; i++) {
        if (seen(x->queue[i].rx.producer) != *x->queue[i].rx.consumer) {
            return DEVICE_GONE;
        }
    }
    if (index == 0 || !shared_turn(d->settings, d->input, index) || (d->settings->worker == 0 && !shared_xdp_again(d->settings, x->name, err))) {
        return DEVICE_GONE;
    }
    xdp_count(d);
    (void)pthread_mutex_lock(&x->counting);
    queues_close(x);
    bool good = queues_open(x, d->settings, err);
    if (!good) {
        queues_close(x);
        x->index = 0;
    }
    (void)pthread_mutex_unlock(&x->counting);
    if (!good) {
        return DEVICE_GONE;
    }
    shared_came(d->settings, d->input, index);
    return DEVICE_AGAIN;
}

static struct device *xdp_open(const struct source_settings *s, const char *name, struct err *err)
{
    static const struct device_ops ops = { xdp_poll, xdp_release, xdp_close, xdp_count, NULL, xdp_look, xdp_stop, xdp_rest };
    struct xdp_program *program = s->shared != NULL ? shared_xdp(s->shared, name, err) : NULL;
    struct xdp *x = program != NULL ? calloc(1, sizeof(*x)) : NULL;

    if (x == NULL) {
        return NULL;
    }
    x->base.ops = &ops;
    x->base.fd = -1;
    x->name = name;
    x->program = program;
    (void)pthread_mutex_init(&x->counting, NULL);
    bool good = s->bpf == NULL || (x->filter = filter_new(s->bpf, err)) != NULL;
    if (!good || !queues_open(x, s, err)) {
        xdp_close(&x->base);
        return NULL;
    }
    return &x->base;
}

const struct source_kind source_xdp = { .name = "xdp", .help = "an interface's XDP sockets: what comes does not reach the system",
    .programs = true, .open = xdp_open };
