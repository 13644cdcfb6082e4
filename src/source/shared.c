/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run's live sources have in common: the beats of its bridges, the programs of its XDP sockets. */
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

struct source_shared *source_shared_new(const struct source_settings *s, struct log *log)
{
    static const char kind[] = "bridge:", xdp[] = "xdp:";
    struct source_shared *all = calloc(1, sizeof(*all));

    for (size_t i = 0; all != NULL && i < s->path_n && s->devices->fail_open; i++) {
        if (strncmp(s->paths[i], kind, sizeof(kind) - 1) == 0) {
            bridge_add(all, s, s->paths[i] + sizeof(kind) - 1, log);
        }
    }
    for (size_t i = 0; all != NULL && i < s->path_n && all->xdp_n < XDPS_MAX; i++) {
        if (strncmp(s->paths[i], xdp, sizeof(xdp) - 1) == 0) {
            all->xdp[all->xdp_n].device = s->paths[i] + sizeof(xdp) - 1;
            all->xdp[all->xdp_n].program = xdp_program_new(all->xdp[all->xdp_n].device, &all->xdp[all->xdp_n].err);
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
