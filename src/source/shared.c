/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run's live sources have in common: the beats of its bridges, the programs of its XDP sockets, the gate. */
#include "base/clock.h"
#include "base/log.h"
#include "source/kind.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>

enum { BRIDGES_MAX = 64, XDPS_MAX = 64 };

struct source_shared {
    struct {
        const char *name;   /* "in+out": of the settings' paths */
        char in[IF_NAMESIZE], out[IF_NAMESIZE];
        struct beat *beat;
    } bridge[BRIDGES_MAX];
    unsigned n;
    struct {
        const char *device;
        struct xdp_program *program;
        struct err err;     /* why there is none */
    } xdp[XDPS_MAX];
    unsigned xdp_n;
    struct gate *gate;      /* NULL: none */
};

static void bridge_add(struct source_shared *s, const struct source_settings *set, const char *name, struct log *log)
{
    const char *plus = strchr(name, '+');
    size_t i = s->n, n = plus != NULL ? (size_t)(plus - name) : 0;
    struct err err = { "" };

    if (n == 0 || n >= IF_NAMESIZE || strlen(plus + 1) >= IF_NAMESIZE || i == BRIDGES_MAX) {
        return; /* told when it is opened */
    }
    s->bridge[i].name = name;
    memcpy(s->bridge[i].in, name, n);
    memcpy(s->bridge[i].out, plus + 1, strlen(plus + 1));
    struct beat_settings b = { s->bridge[i].in, s->bridge[i].out, set->workers, set->devices->stall_ms * (CLOCK_SECOND / 1000), set->devices->stays_open };
    s->bridge[i].beat = beat_new(&b, &err);
    s->n++;
    if (s->bridge[i].beat == NULL) {
        log_say(log, LOG_WARNING, "%s: traffic will stop should this program hang or be killed, it cannot fail open: %s", name, err.text);
    }
}

/* XDP at a bridge's ways in; at other interfaces only for hosts. */
static bool gate_port(struct gate *g, const struct device_settings *set, const char *path, struct err *err)
{
    static const char bridge[] = "bridge:", ring[] = "ring:";
    char in[IF_NAMESIZE] = "";

    if (strncmp(path, bridge, sizeof(bridge) - 1) == 0) {
        const char *name = path + sizeof(bridge) - 1, *plus = strchr(name, '+');
        size_t n = plus != NULL ? (size_t)(plus - name) : sizeof(in);
        memcpy(in, name, n < sizeof(in) ? n : 0);
        return in[0] == '\0' || gate_attach(g, in, plus + 1, err);
    }
    path += strncmp(path, ring, sizeof(ring) - 1) == 0 ? sizeof(ring) - 1 : 0;
    return !set->gate_hosts || strchr(path, ':') != NULL || gate_attach(g, path, NULL, err);
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

struct gate *source_shared_gate(const struct source_shared *s) { return s->gate; }

struct source_shared *source_shared_new(const struct source_settings *s, struct log *log)
{
    static const char kind[] = "bridge:", xdp[] = "xdp:";
    struct source_shared *all = calloc(1, sizeof(*all));

    if (all != NULL) {
        gate_make(all, s, log);
    }
    for (size_t i = 0; all != NULL && i < s->path_n && s->devices->fail_open; i++) {
        if (strncmp(s->paths[i], kind, sizeof(kind) - 1) == 0) {
            bridge_add(all, s, s->paths[i] + sizeof(kind) - 1, log);
        }
    }
    for (size_t i = 0; all != NULL && i < s->path_n && all->xdp_n < XDPS_MAX; i++) {
        if (strncmp(s->paths[i], xdp, sizeof(xdp) - 1) == 0) {
            all->xdp[all->xdp_n].device = s->paths[i] + sizeof(xdp) - 1;
            all->xdp[all->xdp_n].program = xdp_program_new(all->xdp[all->xdp_n].device, s->devices->gate_hosts ? all->gate : NULL, &all->xdp[all->xdp_n].err);
            all->xdp_n++;
        }
    }
    return all;
}

void source_shared_free(struct source_shared *s)
{
    for (unsigned i = 0; s != NULL && i < s->n; i++) {
        beat_free(s->bridge[i].beat);
    }
    for (unsigned i = 0; s != NULL && i < s->xdp_n; i++) {
        xdp_program_free(s->xdp[i].program);
    }
    if (s != NULL) {
        gate_free(s->gate);
    }
    free(s);
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
