/* SPDX-License-Identifier: GPL-2.0-or-later */
/* read - lists of hosts, under the map's lock. */
#include "aware/hosts.h"
#include "aware/roles.h"
#include "aware/software.h"
#include "proto/proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Is it one of the list's, whole? */
static bool among(const char *list, const char *between, const char *what)
{
    size_t n = strlen(what), gap = strlen(between);

    for (const char *p = strstr(list, what); p != NULL; p = strstr(p + 1, what)) {
        if ((p == list || ((size_t)(p - list) >= gap && strncmp(p - gap, between, gap) == 0)) && (p[n] == '\0' || strncmp(p + n, between, gap) == 0)) {
            return true;
        }
    }
    return false;
}

/* One more, whole; where there is no room for it and for the dots, these stand there, and nothing more. */
static void append(char *to, size_t room, const char *between, const char *what)
{
    static const char dots[] = "...";
    size_t n = strlen(to), gap = strlen(between);

    if (!among(to, between, dots)) {
        bool fits = n + gap + strlen(what) + gap + sizeof dots <= room;
        snprintf(to + n, room - n, "%s%s", n != 0 ? between : "", fits ? what : dots);
    }
}

static void row_addresses(const struct map *m, const struct entity *e, struct host_row *r)
{
    char text[ADDR_TEXT_MAX];

    for (unsigned pass = 0; pass < 2; pass++) { /* IPv4 first */
        for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
            if (tenure_until(m, t) != 0) {
                continue;
            }
            tenure_text(t, text);
            if (t->family == FAMILY_MAC && r->mac[0] == '\0' && pass == 0) {
                snprintf(r->mac, sizeof r->mac, "%.17s", text);
            } else if (t->family == (pass == 0 ? FAMILY_4 : FAMILY_6)) {
                append(r->addresses, sizeof r->addresses, ",", text);
            }
        }
    }
}

static void row_services(const struct entity *e, struct host_row *r)
{
    char text[64];

    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        for (const struct service *v = service_first(t); v != NULL && t->until == 0; v = service_next(t, v)) {
            if (r->service_n < HOST_ROW_SERVICES) {
                r->service[r->service_n].port = v->port;
                r->service[r->service_n++].proto = v->proto;
            }
            snprintf(text, sizeof text, "%s/%u%s", v->app != 0 ? proto_name(v->app) : "?", v->port, v->proto == 17 ? "u" : "");
            if (!among(r->services, " ", text)) {
                append(r->services, sizeof r->services, " ", text);
            }
        }
    }
}

static void append_software(char *to, size_t room, const struct software *s)
{
    char text[SOFTWARE_TEXT];

    if (s->product.n != 0 && software_text(s, text) != 0 && !among(to, ", ", text)) {
        append(to, room, ", ", text);
    }
}

static void row_software(const struct map *m, const struct entity *e, struct host_row *r)
{
    struct software s;

    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        for (const struct service *v = service_first(t); v != NULL && t->until == 0; v = service_next(t, v)) {
            software_of(m, t, v, &s);
            append_software(r->software, sizeof r->software, &s);
        }
        for (const struct evidence *v = evidence_first(t); v != NULL && t->until == 0; v = evidence_next(t, v)) {
            if (software_of_client(m, v, &s)) {
                append_software(r->clients, sizeof r->clients, &s);
            }
        }
    }
}

static void row_maker(const struct map *m, const struct entity *e, struct host_row *r)
{
    struct guess guess[GUESSES_MAX];
    char card[CARD_TEXT_MAX];
    unsigned n = e->mac != NULL && m->prints != NULL ? prints_match(m->prints, SIGN_MAC, bytes_of(card, derive_card(e->mac, card)), guess) : 0;

    for (unsigned i = 0; i < n && r->maker[0] == '\0'; i++) {
        snprintf(r->maker, sizeof r->maker, "%.*s", (int)(guess[i].vendor.n < 40 ? guess[i].vendor.n : 40), (const char *)guess[i].vendor.p);
    }
}

static void row_roles(const struct entity *e, struct host_row *r)
{
    struct role role[ROLES_MAX];
    char text[64];

    for (unsigned i = 0, n = roles_of(e, role); i < n; i++) {
        if (role[i].confidence >= ROLE_SHOWN) {
            snprintf(text, sizeof text, "%s %s", role[i].kind, role[i].what);
            append(r->roles, sizeof r->roles, ", ", text);
        }
    }
}

void host_row_of(const struct map *m, const struct entity *e, struct host_row *r)
{
    struct bytes name = entity_name(e);

    struct identity id;

    memset(r, 0, sizeof *r);
    r->id = e->id;
    r->first = e->first;
    r->last = e->last;
    r->tenant = e->scope;
    if (e->place != NULL) {
        const struct place *p = &e->place[e->place_now];
        r->vlan = p->vlan;
        if (p->vtep_family != FAMILY_NONE) {
            addr_text(&p->vtep, (enum family)p->vtep_family, r->vtep);
        }
    }
    for (size_t i = 0; i < name.n && i < sizeof r->name - 1; i++) {
        r->name[i] = name.p[i] >= 0x20 && name.p[i] < 0x7f ? (char)name.p[i] : '?';
    }
    derive_identity(m, e, &id);
    snprintf(r->kind, sizeof r->kind, "%s", entity_kind(e, id.device));
    if (id.family != OS_FAMILY_UNKNOWN || id.os.n != 0) {
        struct bytes os = id.os.n != 0 ? id.os : bytes_str(os_family_names[id.family]);
        snprintf(r->os, sizeof r->os, "%.*s%s%s", (int)(os.n < 40 ? os.n : 40), (const char *)os.p, id.version[0] != '\0' ? " " : "", id.version);
        snprintf(r->family, sizeof r->family, "%s", os_family_names[id.family]);
    }
    if (id.hypervisor != HYPERVISOR_NONE) {
        snprintf(r->vm, sizeof r->vm, "%s", hypervisor_names[id.hypervisor]);
    }
    struct bytes criticality = entity_attribute(e, "criticality");
    for (size_t i = 0; i < criticality.n && i < sizeof r->criticality - 1; i++) {
        r->criticality[i] = criticality.p[i] >= 0x20 && criticality.p[i] < 0x7f ? (char)criticality.p[i] : '?';
    }
    row_addresses(m, e, r);
    row_maker(m, e, r);
    row_services(e, r);
    row_roles(e, r);
    row_software(m, e, r);
}

/* Where it stands in a list by address. */
struct place_in_list {
    const struct entity *e;
    struct addr addr;
    uint32_t scope;
    uint8_t family;
};

static struct place_in_list listed(const struct entity *e)
{
    struct place_in_list p = { .e = e, .scope = e->scope, .family = 255 };

    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        uint8_t rank = t->family == FAMILY_4 ? 0 : t->family == FAMILY_6 ? 1 : 2;
        if (t->until == 0 && (rank < p.family || (rank == p.family && memcmp(&t->addr, &p.addr, sizeof p.addr) < 0))) {
            p.family = rank;
            p.addr = t->addr;
        }
    }
    return p;
}

static int by_address(const void *a, const void *b)
{
    const struct place_in_list *x = a, *y = b;

    if (x->scope != y->scope) {
        return x->scope < y->scope ? -1 : 1;
    }
    if (x->family != y->family) {
        return x->family < y->family ? -1 : 1;
    }
    int c = memcmp(&x->addr, &y->addr, sizeof x->addr);
    return c != 0 ? c : x->e->id < y->e->id ? -1 : 1;
}

size_t hosts_each(struct hosts *h, const struct host_filter *f, void (*row)(void *ctx, const struct host_row *r), void *ctx)
{
    size_t n = 0, shown = 0;

    pthread_mutex_lock(&h->lock);
    map_thought(h->map);
    struct place_in_list *list = calloc(h->map->n + 1, sizeof *list);
    for (const struct entity *e = h->map->first; e != NULL && list != NULL; e = e->next) {
        list[n++] = listed(e);
    }
    if (list != NULL) {
        qsort(list, n, sizeof *list, by_address);
    }
    for (size_t i = 0; i < n; i++) {
        struct host_row r;
        host_row_of(h->map, list[i].e, &r);
        if (f == NULL || filter_takes(f, h->map, list[i].e, &r)) {
            row(ctx, &r);
            shown++;
        }
    }
    free(list);
    pthread_mutex_unlock(&h->lock);
    return shown;
}

bool text_to(struct text *t, FILE *to)
{
    bool whole = !t->cut;

    if (whole && t->n != 0) {
        (void)fwrite(t->p, 1, t->n, to); /* who owns the stream asks it in the end */
    }
    text_clear(t);
    return whole;
}

bool hosts_json(struct hosts *h, const struct host_filter *f, bool evidence, FILE *to)
{
    struct text line;
    bool whole = true;

    text_init(&line, 0);
    pthread_mutex_lock(&h->lock);
    map_thought(h->map);
    for (const struct entity *e = h->map->first; e != NULL; e = e->next) {
        struct host_row r;
        struct json j;
        if (f != NULL) {
            host_row_of(h->map, e, &r);
        }
        if (f == NULL || filter_takes(f, h->map, e, &r)) {
            json_init(&j, &line);
            json_object(&j, NULL);
            entity_json(h->map, e, &j, evidence);
            json_end_object(&j);
            text_byte(&line, '\n');
            whole &= text_to(&line, to);
        }
    }
    pthread_mutex_unlock(&h->lock);
    text_fini(&line);
    return whole;
}

size_t hosts_count(struct hosts *h)
{
    pthread_mutex_lock(&h->lock);
    size_t n = h->map->n;
    pthread_mutex_unlock(&h->lock);
    return n;
}

bool hosts_at(const char *dir, uint64_t at, const char *address, void (*look)(void *ctx, struct hosts *h, const struct host_filter *f), void *ctx, struct err *err)
{
    char filter[ADDR_TEXT_MAX + 8];
    struct hosts *h = hosts_open(dir, at, address, err);

    snprintf(filter, sizeof filter, "ip=%s", address);
    struct host_filter *f = h != NULL ? host_filter_parse(filter, err) : NULL;
    if (f != NULL) {
        look(ctx, h, f);
        host_filter_free(f);
    }
    if (h != NULL) {
        hosts_close(h);
    }
    return f != NULL;
}
