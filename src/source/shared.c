/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run's live sources have in common: the beats of its bridges, the programs of its XDP sockets, the gate. */
#include "base/clock.h"
#include "base/log.h"
#include "source/follow.h"
#include "source/kind.h"
#include "source/socket.h"

#include <errno.h>
#include <linux/net_tstamp.h>
#include <net/if.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { BRIDGES_MAX = 64, XDPS_MAX = 64, STAMPS_MAX = 64 };

struct source_shared {
    struct {
        const char *name;   /* "in+out": of the settings' paths */
        struct bridge_ends ends;
        struct beat *beat;
        int held;           /* a socket whose name says that its way in is guarded; -1 */
    } bridge[BRIDGES_MAX];
    unsigned n;
    struct {
        const char *device;
        struct xdp_program *program;
        struct err err;     /* why there is none */
    } xdp[XDPS_MAX];
    unsigned xdp_n;
    struct {
        const char *device;
        struct hwtstamp_config was;
    } stamps[STAMPS_MAX];   /* cards whose time stamps were switched on */
    unsigned stamps_n;
    struct gate *gate;      /* NULL: none */
    struct follow *follow;  /* likewise */
    _Atomic uint64_t *came; /* of each input: the interface that was made again, and how many workers have opened it */
};

/* Two guards at one interface would hand each frame on twice, and take each other's programs for a dead one's.  The name is the network namespace's,
 * and goes with who holds it. */
static socklen_t held_name(struct sockaddr_un *name, const char *in)
{
    *name = (struct sockaddr_un){ .sun_family = AF_UNIX };
    int n = snprintf(name->sun_path + 1, sizeof(name->sun_path) - 1, "peccary-guard-%s", in);

    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

static int bridge_hold(const char *in, struct err *err)
{
    struct sockaddr_un name;
    socklen_t n = held_name(&name, in);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && bind(fd, (const struct sockaddr *)&name, n) == 0) {
        return fd;
    }
    (void)(errno == EADDRINUSE ? err_set(err, "%s: another peccary guards it", in) : err_sys(err, "%s: hold", in));
    if (fd >= 0) {
        (void)close(fd);
    }
    return -1;
}

/* By a guard that runs. */
static bool is_held(const char *in)
{
    struct sockaddr_un name;
    socklen_t n = held_name(&name, in);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool held = fd < 0 || connect(fd, (const struct sockaddr *)&name, n) == 0;

    if (fd >= 0) {
        (void)close(fd);
    }
    return held;
}

void source_left_open(void (*tell)(void *ctx, const char *device), void *ctx)
{
    struct if_nameindex *all = if_nameindex();

    for (const struct if_nameindex *i = all; i != NULL && i->if_index != 0; i++) {
        if (beat_there(i->if_index) && !is_held(i->if_name)) {
            tell(ctx, i->if_name);
        }
    }
    if (all != NULL) {
        if_freenameindex(all);
    }
}

/* At an interface that is none of this run's. */
static void left_open_say(void *ctx, const char *device)
{
    log_say(ctx, LOG_WARNING, "%s: a guard that is gone left its bridge open: what comes in goes on by its other interface, uninspected (tc filter del dev %s ingress pref 49145 ends that)", device, device);
}

/* Without a beat nothing is left that hands frames on. */
static bool bridge_add(struct source_shared *s, const struct source_settings *set, const char *name, struct log *log, struct err *err)
{
    size_t i = s->n;
    struct err why = { "" };

    if (i == BRIDGES_MAX || !bridge_ends_read(&s->bridge[i].ends, name, &why)) {
        return true; /* told when it is opened */
    }
    if (if_nametoindex(s->bridge[i].ends.in) == 0 || if_nametoindex(s->bridge[i].ends.out) == 0) {
        return true; /* likewise; what a killed guard left goes on */
    }
    for (size_t k = 0; k < i; k++) {
        if (strcmp(s->bridge[k].ends.in, s->bridge[i].ends.in) == 0) {
            return true; /* named twice: told when it is opened */
        }
    }
    if ((s->bridge[i].held = bridge_hold(s->bridge[i].ends.in, err)) < 0) {
        return false;
    }
    s->bridge[i].name = name;
    s->n++;
    if (!set->devices->fail_open) {
        return beat_clear(s->bridge[i].ends.in, err);
    }
    struct beat_settings b = { s->bridge[i].ends.in, s->bridge[i].ends.out, set->workers, set->devices->stall_ms * (CLOCK_SECOND / 1000), &set->devices->stays_open };
    s->bridge[i].beat = beat_new(&b, &why);
    if (s->bridge[i].beat == NULL) {
        log_say(log, LOG_WARNING, "%s: traffic will stop should this program hang or be killed, it cannot fail open: %s", name, why.text);
    }
    return s->bridge[i].beat != NULL || beat_clear(b.in, err);
}

/* XDP at a bridge's ways in; at other interfaces only for hosts. */
static bool gate_port(struct gate *g, const struct device_settings *set, const char *path, struct err *err)
{
    const char *name;
    const struct source_kind *kind = source_kind_of(path, &name);
    struct bridge_ends ends;
    struct err wrong;

    if (kind == &source_bridge) {
        return !bridge_ends_read(&ends, name, &wrong) || gate_attach(g, ends.in, ends.out, err); /* told when it is opened */
    }
    return kind != &source_ring || !set->gate_hosts || gate_attach(g, name, NULL, err);
}

/* What cannot be had of it is told: traffic goes its usual way then. */
static void gate_make(struct source_shared *all, const struct source_settings *s, struct log *log)
{
    const struct device_settings *d = s->devices;
    const struct gate_settings settings = { d->gate_hosts, d->offload, d->xdp_mode };
    struct err err = { "" };

    if (!d->gate_hosts && !d->offload) {
        return;
    }
    if ((all->gate = gate_new(&settings, &err)) == NULL) {
        log_say(log, LOG_WARNING, "no hosts or flows are left to the kernel: %s", err.text);
        return;
    }
    for (size_t i = 0; i < s->path_n; i++) {
        if (!gate_port(all->gate, d, s->paths[i], &err)) {
            log_say(log, LOG_WARNING, "no hosts or flows are left to the kernel at %s", err.text);
        }
    }
}

static void stamps_on(struct source_shared *all, const char *device, struct log *log)
{
    struct err err = { "" };

    if (all->stamps_n == STAMPS_MAX || !socket_stamps_on(device, &all->stamps[all->stamps_n].was, &err)) {
        log_say(log, LOG_WARNING, "frames have the system's time: %s", err.text);
        return;
    }
    all->stamps[all->stamps_n++].device = device;
}

static void tags_tell(const struct xdp_program *x, const char *device, struct log *log)
{
    enum xdp_tags tags = x != NULL ? xdp_program_tags(x) : XDP_TAGS_STAY;

    if (tags == XDP_TAGS_SWITCHED) {
        log_say(log, LOG_INFO, "%s: it was told to leave VLAN tags in frames (rx-vlan-offload) until this program ends, or longer if it is killed", device);
    } else if (tags == XDP_TAGS_TAKEN) {
        log_say(log, LOG_WARNING, "%s: it takes VLAN tags off frames and cannot be told not to: VLANs are seen as one here; ring:%s is told of them", device, device);
    }
}

struct gate *source_shared_gate(const struct source_shared *s) { return s->gate; }

static const struct gate *xdp_gate(const struct source_shared *all, const struct device_settings *d) { return d->gate_hosts ? all->gate : NULL; }

struct source_shared *source_shared_new(const struct source_settings *s, struct log *log, struct err *err)
{
    struct source_shared *all = calloc(1, sizeof(*all));

    if (all == NULL || (all->came = calloc(s->path_n, sizeof(*all->came))) == NULL ||
        (s->together && s->workers > 1 && (all->follow = follow_new(s->workers - 1)) == NULL)) {
        source_shared_free(all);
        (void)err_set(err, "devices: not enough memory");
        return NULL;
    }
    gate_make(all, s, log);
    for (size_t i = 0; i < s->path_n; i++) {
        const char *name;
        const struct source_kind *kind = source_kind_of(s->paths[i], &name);
        if (kind == &source_ring && s->devices->hardware_time_on) {
            stamps_on(all, name, log);
        }
        if (kind == &source_bridge && !bridge_add(all, s, name, log, err)) {
            source_shared_free(all);
            return NULL;
        }
        if (kind == &source_xdp && all->xdp_n < XDPS_MAX) {
            all->xdp[all->xdp_n].device = name;
            all->xdp[all->xdp_n].program = xdp_program_new(name, s->devices, xdp_gate(all, s->devices), &all->xdp[all->xdp_n].err);
            tags_tell(all->xdp[all->xdp_n].program, name, log);
            all->xdp_n++;
        }
    }
    if (all->n != 0) {
        source_left_open(left_open_say, log);
    }
    return all;
}

void source_shared_free(struct source_shared *s)
{
    for (unsigned i = 0; s != NULL && i < s->n; i++) {
        beat_free(s->bridge[i].beat);
        (void)close(s->bridge[i].held);
    }
    for (unsigned i = 0; s != NULL && i < s->xdp_n; i++) {
        xdp_program_free(s->xdp[i].program);
    }
    for (unsigned i = 0; s != NULL && i < s->stamps_n; i++) {
        socket_stamps_back(s->stamps[i].device, &s->stamps[i].was);
    }
    if (s != NULL) {
        gate_free(s->gate);
        follow_free(s->follow);
        free(s->came);
    }
    free(s);
}

struct follow *shared_follow(const struct source_shared *s) { return s->follow; }

bool shared_turn(const struct source_settings *s, uint32_t input, unsigned interface)
{
    return s->worker == 0 || s->shared == NULL || atomic_load(&s->shared->came[input]) == ((uint64_t)interface << 32 | s->worker);
}

void shared_came(const struct source_settings *s, uint32_t input, unsigned interface)
{
    if (s->shared != NULL) {
        atomic_store(&s->shared->came[input], (uint64_t)interface << 32 | (s->worker + 1));
    }
}

bool shared_gate_again(const struct source_settings *s, uint32_t input, struct err *err)
{
    struct gate *gate = s->shared != NULL ? s->shared->gate : NULL;

    return gate == NULL || gate_port(gate, s->devices, s->paths[input], err) || err_add(err, "no hosts or flows are left to the kernel");
}

void shared_leave(const struct source_shared *s, uint64_t when)
{
    for (unsigned i = 0; i < s->n; i++) {
        if (s->bridge[i].beat != NULL) {
            beat_leave(s->bridge[i].beat, when);
        }
    }
}

void shared_ask(const struct source_shared *s)
{
    for (unsigned i = 0; i < s->n; i++) {
        if (s->bridge[i].beat != NULL) {
            beat_ask(s->bridge[i].beat);
        }
    }
}

struct beat *shared_beat(const struct source_shared *s, const char *name)
{
    for (unsigned i = 0; i < s->n; i++) {
        if (strcmp(s->bridge[i].name, name) == 0) {
            return s->bridge[i].beat;
        }
    }
    return NULL;
}

struct xdp_program *shared_xdp(const struct source_shared *s, const char *device, struct err *err)
{
    for (unsigned i = 0; i < s->xdp_n; i++) {
        if (strcmp(s->xdp[i].device, device) == 0) {
            *err = s->xdp[i].err;
            return s->xdp[i].program;
        }
    }
    (void)err_set(err, "more than %d interfaces", XDPS_MAX);
    return NULL;
}

bool shared_xdp_again(const struct source_settings *s, const char *device, struct err *err)
{
    struct xdp_program *x = shared_xdp(s->shared, device, err);

    return x != NULL && xdp_program_put(x, device, s->devices, xdp_gate(s->shared, s->devices), err);
}
