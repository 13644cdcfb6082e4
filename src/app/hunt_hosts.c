/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/hunt_hosts.h"

#include "aware/read.h"
#include "base/hash.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOSTS_MAX = 4096 /* looked up: each takes some milliseconds */, SLOTS = 2 * HOSTS_MAX, STEP = 10 /* s: as of the begin of such */ };

struct looked {
    struct addr addr;
    uint64_t at;                 /* ns; 0: free */
    uint32_t tenant;
    bool found;
    struct host_row row;
};
struct hunt_hosts {
    const char *map;
    pthread_mutex_t lock;
    unsigned n;
    bool told;                   /* that the map cannot be read */
    struct looked *slot[SLOTS];
};

static void none(void *ctx, struct hosts *map, const struct host_filter *f)
{
    (void)ctx;
    (void)map;
    (void)f;
}

struct hunt_hosts *hunt_hosts_new(const char *map, struct err *err)
{
    struct hunt_hosts *h = calloc(1, sizeof *h);

    if (h == NULL || !hosts_at(map, clock_now(), "0.0.0.0", none, NULL, err)) { /* is there one? */
        (void)(h == NULL && err_set(err, "not enough memory"));
        free(h);
        return NULL;
    }
    h->map = map;
    (void)pthread_mutex_init(&h->lock, NULL);
    return h;
}

void hunt_hosts_free(struct hunt_hosts *h)
{
    if (h != NULL) {
        for (unsigned i = 0; i < SLOTS; i++) {
            free(h->slot[i]);
        }
        (void)pthread_mutex_destroy(&h->lock);
        free(h);
    }
}

static void take(void *ctx, const struct host_row *r)
{
    struct looked *l = ctx;

    if (!l->found && r->tenant == l->tenant) {
        l->row = *r;
        l->found = true;
    }
}

static void look(void *ctx, struct hosts *map, const struct host_filter *f) { (void)hosts_each(map, f, take, ctx); }

/* Under the lock.  NULL: too many were asked. */
static const struct looked *find_at(struct hunt_hosts *h, const struct event_head *e, const struct addr *a, uint64_t at)
{
    size_t i = hash_word(hash_bytes(a, sizeof *a, at ^ hash_word(e->tenant))) % SLOTS;
    char address[ADDR_TEXT_MAX];
    struct err err;

    for (; h->slot[i] != NULL; i = (i + 1) % SLOTS) {
        if (h->slot[i]->at == at && h->slot[i]->tenant == e->tenant && addr_equal(&h->slot[i]->addr, a)) {
            return h->slot[i];
        }
    }
    struct looked *l = h->n < HOSTS_MAX ? calloc(1, sizeof *l) : NULL;
    if (l != NULL) {
        l->addr = *a;
        l->at = at;
        l->tenant = e->tenant;
        h->slot[i] = l;
        h->n++;
        addr_text(a, e->family, address);
        if (!hosts_at(h->map, at, address, look, l, &err) && !h->told) {
            h->told = true;
            fprintf(stderr, "peccary hunt: %s\n", err.text);
        }
    }
    return l;
}

/* A host that came within the step, before the event, is known at its end. */
static const struct looked *find(struct hunt_hosts *h, const struct event_head *e, const struct addr *a)
{
    uint64_t begin = e->ts - e->ts % (STEP * CLOCK_SECOND);
    const struct looked *l = find_at(h, e, a, begin), *end = l == NULL || l->found ? l : find_at(h, e, a, begin + STEP * CLOCK_SECOND);

    return end != NULL && end->found && end->row.first > e->ts ? l : end;
}

static void tell_host(struct json *j, const char *key, const struct looked *l)
{
    const struct host_row *r = &l->row;

    if (!l->found) {
        return;
    }
    json_object(j, key);
    json_u64(j, "host", r->id);
    const struct { const char *name, *value; } texts[] = { { "name", r->name }, { "kind", r->kind }, { "os", r->os }, { "mac", r->mac }, { "services", r->services } };
    for (size_t i = 0; i < ROWS(texts); i++) {
        if (texts[i].value[0] != '\0') {
            json_string(j, texts[i].name, texts[i].value);
        }
    }
    json_end_object(j);
}

static bool serves(const struct host_row *r, const struct event_head *e)
{
    unsigned i = 0;

    while (i < r->service_n && (r->service[i].port != e->dport || r->service[i].proto != e->proto)) {
        i++;
    }
    return i < r->service_n;
}

/* What the map knew of the target then: that it serves there, that it does not, or nothing. */
static const char *impact_of(const struct looked *target, const struct event_head *e)
{
    return !target->found ? "unknown host" : !e->has_ports ? "known host" : serves(&target->row, e) ? "service was there" : "service was not seen";
}

void hunt_hosts_tell(void *ctx, const struct event_head *e, struct json *j)
{
    struct hunt_hosts *h = ctx;

    if (e->family == FAMILY_NONE) {
        return;
    }
    (void)pthread_mutex_lock(&h->lock);
    const struct looked *source = find(h, e, &e->src), *target = find(h, e, &e->dst);
    if (source == NULL || target == NULL) {
        json_bool(j, "hosts_left_out", true);
    } else {
        tell_host(j, "source", source);
        tell_host(j, "target", target);
        json_string(j, "impact", impact_of(target, e));
    }
    (void)pthread_mutex_unlock(&h->lock);
}
