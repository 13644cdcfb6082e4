/* SPDX-License-Identifier: GPL-2.0-or-later */
/* derive - what follows from an entity's evidence. */
#include "aware/map.h"

#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where names come from, the best first. */
static const uint8_t name_signs[] = { SIGN_DHCP_NAME, SIGN_DHCPV6_NAME, SIGN_NTLM_NAME, SIGN_MDNS_NAME, SIGN_NBNS_NAME, SIGN_LLMNR_NAME, SIGN_DNS_ANSWER,
                                      SIGN_LLDP, SIGN_CDP, SIGN_TLS_SNI, SIGN_HTTP_HOST };

bool sign_is_name(unsigned sign) { return memchr(name_signs, (int)sign, sizeof name_signs) != NULL; }

static struct bytes name_in(struct bytes b, unsigned sign)
{
    if (sign == SIGN_LLDP || sign == SIGN_CDP) {
        return bytes_head(b, bytes_find_byte(b, '\t'));
    }
    if (sign == SIGN_NBNS_NAME) {
        return bytes_head(b, bytes_find_byte(b, '<'));
    }
    return b;
}

struct bytes entity_name(const struct entity *e)
{
    for (unsigned i = 0; i < ROWS(name_signs) - 2; i++) { /* what clients ask for is not what it calls itself */
        const struct evidence *best = NULL;
        for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
            for (const struct evidence *v = t->evidence; v != NULL && t->until == 0; v = v->next) {
                if (v->sign == name_signs[i] && (best == NULL || v->last > best->last)) {
                    best = v;
                }
            }
        }
        struct bytes name = best != NULL ? name_in(bytes_of(best->word->text, best->word->n), best->sign) : bytes_none();
        if (name.n != 0) {
            return name;
        }
    }
    return bytes_none();
}

enum { SIGNS_MAX = 160 };
struct derive_room {
    struct fuse_sign sign[SIGNS_MAX];
    struct guess guess[SIGNS_MAX][GUESSES_MAX];
};

struct derive_room *derive_room_new(void) { return calloc(1, sizeof(struct derive_room)); }
void derive_room_free(struct derive_room *r) { free(r); }

const struct fuse_sign *derive_sign(const struct map *m, unsigned i) { return &m->room->sign[i]; }

/* One sign with what the tables say of it, if they say anything. */
static size_t sign_add(const struct map *m, size_t n, const struct evidence *v, unsigned sign, struct bytes text)
{
    struct derive_room *r = m->room;
    unsigned guesses = n < SIGNS_MAX ? prints_match(m->prints, (enum sign)sign, text, r->guess[n]) : 0;

    if (guesses == 0) {
        return n;
    }
    r->sign[n] = (struct fuse_sign){ .sign = (uint8_t)sign, .source = v->source, .n = (uint8_t)guesses, .count = v->count, .first = v->first, .last = v->last,
                                     .guesses = r->guess[n] };
    return n + 1;
}

void derive_identity(const struct map *m, const struct entity *e, struct identity *out)
{
    char text[ADDR_TEXT_MAX];
    size_t n = 0;

    memset(out, 0, sizeof *out);
    if (m->prints == NULL) {
        return;
    }
    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        if (t->until != 0) {
            continue;
        }
        if (t->family == FAMILY_MAC) {
            const struct evidence mac = { .source = FUSE_SENSOR, .first = t->since, .last = t->last, .count = 1 };
            n = sign_add(m, n, &mac, SIGN_MAC, bytes_of(text, tenure_text(t, text)));
        }
        for (const struct evidence *v = t->evidence; v != NULL; v = v->next) {
            n = sign_add(m, n, v, v->sign, bytes_of(v->word->text, v->word->n));
        }
    }
    fuse(m->room->sign, n, out);
}

const char *entity_kind(const struct entity *e, unsigned device)
{
    unsigned f = e->flags;

    if ((f & ENTITY_SERVICE_ADDRESS) != 0) {
        return "virtual router";
    }
    if (device != DEVICE_UNKNOWN && device != DEVICE_COMPUTER && device < DEVICE_N) {
        return device_names[device];
    }
    return (f & ENTITY_ROUTER) != 0 ? "router" : (f & ENTITY_BRIDGE) != 0 ? "bridge" : (f & ENTITY_NAT) != 0 ? "nat" : "host";
}

static uint32_t os_hash(const struct identity *id)
{
    return id->family == OS_FAMILY_UNKNOWN ? 0 : (uint32_t)(hash_bytes(id->os.p, id->os.n, id->family) ^ hash_bytes(id->version, strlen(id->version), 1)) | 1;
}

static void settle(struct entity *e, const struct identity *id)
{
    e->family = id->family;
    e->device = id->device;
    e->hypervisor = id->hypervisor;
    e->confidence = id->confidence;
}

void derive_settle(struct map *m, struct entity *e)
{
    struct identity id;

    derive_identity(m, e, &id);
    settle(e, &id);
    e->os = os_hash(&id);
}

static void told_os(struct map *m, struct tenure *t, const struct seen *s, const struct identity *id)
{
    struct entity *e = t->entity;
    struct told told = { .ts = s->ts, .entity = e, .tenure = t, .what = "os" };
    uint32_t os = os_hash(id);

    if (os == e->os || os == 0) {
        return;
    }
    told.kind = e->os == 0 ? TOLD_NEW : TOLD_CHANGED;
    told.rna_type = e->os == 0 ? 1000 : 1001;
    told.rna_event = e->os == 0 ? 8 : 2;
    e->os = os;
    snprintf(told.to, sizeof told.to, "%.*s%s%s", (int)(id->os.n < 40 ? id->os.n : 40), (const char *)id->os.p, id->version[0] != '\0' ? " " : "", id->version);
    map_tell(m, &told);
}

static void told_conflict(struct map *m, struct tenure *t, const struct seen *s, const struct identity *id)
{
    struct entity *e = t->entity;
    struct told told = { .ts = s->ts, .entity = e, .tenure = t, .kind = TOLD_CONFLICT, .what = "os", .rna_type = 1001, .rna_event = 25 };

    if (id->shared && (e->flags & ENTITY_NAT) == 0) {
        e->flags |= ENTITY_NAT;
        told.reason = "several systems speak with one address: NAT or a proxy";
        map_tell(m, &told);
    } else if (id->conflict && !id->shared && (e->flags & ENTITY_OS_CONFLICT) == 0) {
        e->flags |= ENTITY_OS_CONFLICT;
        told.reason = "evidence speaks for more than one system";
        map_tell(m, &told);
    }
}

/* A sign that is news may change what the entity is. */
static void derive_os(struct map *m, struct tenure *t, const struct seen *s)
{
    struct entity *e = t->entity;
    struct identity id;

    derive_identity(m, e, &id);
    settle(e, &id);
    told_os(m, t, s, &id);
    told_conflict(m, t, s, &id);
}

void derive_news(struct map *m, struct tenure *t, const struct seen *s)
{
    if (s->sign == SIGN_NBNS_NAME || s->sign == SIGN_DHCP_NAME || s->sign == SIGN_NTLM_NAME) {
        struct told told = { .ts = s->ts, .entity = t->entity, .tenure = t, .kind = TOLD_CHANGED, .what = "name", .rna_type = 1001, .rna_event = 21 };
        struct bytes name = entity_name(t->entity);
        snprintf(told.to, sizeof told.to, "%.*s", (int)(name.n < 79 ? name.n : 79), (const char *)name.p);
        map_tell(m, &told);
    }
    if (m->prints != NULL && s->sign != SIGN_DNS_ANSWER && s->sign != SIGN_TLS_SNI && s->sign != SIGN_HTTP_HOST && s->sign != SIGN_USER) {
        derive_os(m, t, s);
    }
}
