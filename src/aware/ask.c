/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ask - questions to a map that is being kept: few of many hosts, one of them found without a look at all. */
#include "aware/hosts.h"

#include <stdlib.h>
#include <string.h>

static bool mac_parse(const char *text, struct addr *out)
{
    uint8_t mac[6];
    bool is = mac_read(bytes_str(text), mac);

    *out = is ? addr_of_mac(mac) : *out;
    return is;
}

static size_t by_address(struct map *m, const struct addr *a, unsigned family, size_t (*each)(void *ctx, const struct map *m, const struct entity *e, size_t n), void *ctx)
{
    size_t n = 0;

    for (unsigned i = 0; i < m->scope_n; i++) {
        const struct tenure *t = map_find(m, m->scope[i], a, family);
        n += t != NULL ? each(ctx, m, t->entity, n) : 0;
    }
    return n;
}

static bool is_it(const struct entity *e, const char *which, const struct addr *a, unsigned family)
{
    if (which[0] == '#') {
        return strtoull(which + 1, NULL, 10) == e->id;
    }
    for (const struct tenure *t = e->tenure; t != NULL && family != FAMILY_NONE; t = t->next) {
        if (t->until == 0 && t->family == family && addr_equal(&t->addr, a)) {
            return true;
        }
    }
    return family == FAMILY_NONE && entity_called(e, which, false);
}

size_t hosts_find(struct hosts *h, const char *which, size_t (*each)(void *ctx, const struct map *m, const struct entity *e, size_t n), void *ctx)
{
    struct addr a = { 0 };
    enum family ip;
    unsigned family = addr_parse(which, &a, &ip) ? (unsigned)ip : mac_parse(which, &a) ? FAMILY_MAC : FAMILY_NONE;
    size_t n = 0;

    pthread_mutex_lock(&h->lock);
    map_thought(h->map);
    if (family != FAMILY_NONE && h->map->scope_n < SCOPES_MAX) {
        n = by_address(h->map, &a, family, each, ctx);
    } else {
        for (const struct entity *e = h->map->first; e != NULL; e = e->next) {
            n += is_it(e, which, &a, family) ? each(ctx, h->map, e, n) : 0;
        }
    }
    pthread_mutex_unlock(&h->lock);
    return n;
}

struct telling {
    struct json *j;
    bool evidence;
};

static size_t tell_one(void *ctx, const struct map *m, const struct entity *e, size_t n)
{
    struct telling *t = ctx;

    (void)n;
    json_object(t->j, NULL);
    entity_json(m, e, t->j, t->evidence);
    json_end_object(t->j);
    return 1;
}

size_t hosts_one(struct hosts *h, const char *which, bool evidence, struct json *j, const char *key)
{
    struct telling t = { j, evidence };

    json_array(j, key);
    size_t n = hosts_find(h, which, tell_one, &t);
    json_end_array(j);
    return n;
}

struct rows {
    struct json *j;
    size_t n, limit;
};

static void tell_row(void *ctx, const struct host_row *r)
{
    struct rows *to = ctx;
    const struct { const char *name, *value; } texts[] = {
        { "addresses", r->addresses }, { "mac", r->mac }, { "name", r->name }, { "kind", r->kind }, { "os", r->os }, { "vm", r->vm }, { "maker", r->maker },
        { "services", r->services }, { "software", r->software }, { "roles", r->roles }, { "vtep", r->vtep }, { "criticality", r->criticality },
    };
    struct clock_zone zone = { 0 };
    char when[40];

    if (to->n++ >= to->limit) {
        return;
    }
    json_object(to->j, NULL);
    json_u64(to->j, "id", r->id);
    for (unsigned i = 0; i < ROWS(texts); i++) { /* all of them: rows of one shape are a table */
        json_bytes(to->j, texts[i].name, bytes_str(texts[i].value));
    }
    json_u64(to->j, "vlan", r->vlan);
    json_u64(to->j, "tenant", r->tenant);
    clock_iso(&zone, r->last, when);
    json_string(to->j, "last", when);
    json_end_object(to->j);
}

size_t hosts_rows(struct hosts *h, const struct host_filter *f, size_t limit, struct json *j, const char *key)
{
    struct rows to = { .j = j, .limit = limit };

    json_array(j, key);
    size_t n = hosts_each(h, f, tell_row, &to);
    json_end_array(j);
    return n;
}
