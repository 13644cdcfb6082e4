/* SPDX-License-Identifier: GPL-2.0-or-later */
/* derive - what follows from an entity's evidence. */
#include "aware/map.h"
#include "aware/publish.h"

#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where names come from, the best first. */
static const uint8_t name_signs[] = { SIGN_NAME, SIGN_DHCP_NAME, SIGN_DHCPV6_NAME, SIGN_NTLM_NAME, SIGN_MDNS_NAME, SIGN_NBNS_NAME, SIGN_LLMNR_NAME, SIGN_DNS_ANSWER,
                                      SIGN_LLDP, SIGN_CDP, SIGN_PROFINET, SIGN_TLS_SNI, SIGN_HTTP_HOST };

bool sign_is_name(unsigned sign) { return memchr(name_signs, (int)sign, sizeof name_signs) != NULL; }

struct bytes sign_name(struct bytes text, unsigned sign)
{
    size_t n = sign == SIGN_NBNS_NAME ? bytes_find_byte(text, '<') : text.n;

    text = bytes_head(text, n);
    for (n = 0; n < text.n && text.p[n] >= 0x20 && text.p[n] != 0x7f; n++) { /* neighbours say more behind a tab */
    }
    return bytes_head(text, n);
}

struct bytes entity_name(const struct entity *e)
{
    for (unsigned i = 0; i < ROWS(name_signs) - 2; i++) { /* what clients ask for is not what it calls itself */
        const struct evidence *best = NULL;
        for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
            for (const struct evidence *v = evidence_first(t); v != NULL && t->until == 0; v = evidence_next(t, v)) {
                if (v->sign == name_signs[i] && (best == NULL || v->last > best->last)) {
                    best = v;
                }
            }
        }
        struct bytes name = best != NULL ? sign_name(bytes_of(best->word->text, best->word->n), best->sign) : bytes_none();
        if (name.n != 0) {
            return name;
        }
    }
    return bytes_none();
}

enum { SIGNS_MAX = 160, MACS_MAX = 8, THOUGHTS = 2048 };
/* What a set of texts comes to, where it is one system and nothing conflicts: many hosts say the same. */
struct thought {
    uint64_t key;
    struct identity identity;
};
struct derive_room {
    struct fuse_sign sign[SIGNS_MAX];
    struct guess mac[MACS_MAX][GUESSES_MAX];
    unsigned macs;
    uint64_t key;             /* of the signs */
    struct thought thought[THOUGHTS];
};

struct derive_room *derive_room_new(void) { return calloc(1, sizeof(struct derive_room)); }
void derive_room_free(struct derive_room *r) { free(r); }

const struct fuse_sign *derive_sign(const struct map *m, unsigned i) { return &m->room->sign[i]; }

/* What the tables say of a text as that kind of sign; few texts are of more than one. */
struct matched {
    struct matched *next;
    uint64_t key;             /* of the text */
    uint8_t sign, n;
    struct guess guess[];
};

void derive_matched_free(struct matched *x)
{
    for (struct matched *next; x != NULL; x = next) {
        next = x->next;
        free(x);
    }
}

/* A system that somebody named: its family by a word in it. */
static unsigned os_said(const struct word *w, struct guess *out)
{
    static const struct { const char *word; uint8_t family; } words[] = {
        { "windows", OS_FAMILY_WINDOWS }, { "android", OS_FAMILY_ANDROID }, { "ios ", OS_FAMILY_IOS }, { "iphone", OS_FAMILY_IOS }, { "ipad", OS_FAMILY_IOS },
        { "macos", OS_FAMILY_MACOS }, { "mac os", OS_FAMILY_MACOS }, { "darwin", OS_FAMILY_MACOS }, { "bsd", OS_FAMILY_BSD }, { "solaris", OS_FAMILY_SOLARIS },
        { "cisco", OS_FAMILY_CISCO }, { "junos", OS_FAMILY_JUNIPER }, { "esxi", OS_FAMILY_HYPERVISOR }, { "linux", OS_FAMILY_LINUX }, { "ubuntu", OS_FAMILY_LINUX },
        { "debian", OS_FAMILY_LINUX }, { "red hat", OS_FAMILY_LINUX }, { "aix", OS_FAMILY_UNIX }, { "hp-ux", OS_FAMILY_UNIX },
    };
    char text[64];
    unsigned i = 0;

    snprintf(text, sizeof text, "%.*s ", (int)(w->n < 60 ? w->n : 60), w->text);
    while (i < sizeof words / sizeof words[0] && strcasestr(text, words[i].word) == NULL) {
        i++;
    }
    if (i == sizeof words / sizeof words[0]) {
        return 0;
    }
    *out = (struct guess){ .family = words[i].family, .strength = 95, .vendor = bytes_none(), .os = bytes_of(w->text, w->n), .version = bytes_none(),
                           .product = bytes_none(), .product_version = bytes_none(), .row = "said" };
    return 1;
}

static const struct matched *matches(const struct map *m, struct word *w, unsigned sign)
{
    UNSET struct guess room[GUESSES_MAX];
    struct matched *x = w->matched;

    while (x != NULL && x->sign != sign) {
        x = x->next;
    }
    if (x == NULL) {
        unsigned n = sign == SIGN_OS ? os_said(w, room) : prints_match(m->prints, (enum sign)sign, bytes_of(w->text, w->n), room);
        if ((x = malloc(sizeof *x + n * sizeof *room)) != NULL) {
            *x = (struct matched){ .next = w->matched, .key = w->hash | (uint64_t)w->n << 32, .sign = (uint8_t)sign, .n = (uint8_t)n };
            memcpy(x->guess, room, n * sizeof *room);
            w->matched = x;
        }
    }
    return x;
}

bool derive_knows(const struct map *m, unsigned sign, const char *text, size_t n)
{
    struct word *w = word_find(m, text, n, word_hash(m, text, n));
    UNSET struct guess room[GUESSES_MAX];

    if (w == NULL) {
        return prints_match(m->prints, (enum sign)sign, bytes_of(text, n), room) != 0;
    }
    const struct matched *x = matches(m, w, sign);
    return x != NULL && x->n != 0;
}

static const struct matched nothing;

/* What the tables say of it: asked once, and where it is nothing its word is not looked at again. */
static const struct matched *evidence_matches(const struct map *m, struct evidence *v)
{
    if (v->matched == NULL) {
        const struct matched *x = matches(m, v->word, v->sign);
        v->matched = x != NULL && x->n != 0 ? x : &nothing;
    }
    return v->matched;
}

static size_t sign_add(const struct map *m, size_t n, struct evidence *v)
{
    struct derive_room *r = m->room;
    const struct matched *x = n < SIGNS_MAX ? evidence_matches(m, v) : &nothing;

    if (x == &nothing) {
        return n;
    }
    r->sign[n] = (struct fuse_sign){ .sign = v->sign, .source = v->source, .n = x->n, .count = v->count, .first = v->first, .last = v->last, .guesses = x->guess };
    r->key += hash_word(x->key ^ (uint64_t)v->sign << 56 ^ (uint64_t)v->source << 48);
    return n + 1;
}

static size_t mac_add(const struct map *m, size_t n, const struct tenure *t)
{
    struct derive_room *r = m->room;
    char text[ADDR_TEXT_MAX];
    unsigned k = n < SIGNS_MAX && r->macs < MACS_MAX ? prints_match(m->prints, SIGN_MAC, bytes_of(text, tenure_text(t, text)), r->mac[r->macs]) : 0;

    if (k == 0) {
        return n;
    }
    r->sign[n] = (struct fuse_sign){ .sign = SIGN_MAC, .source = FUSE_SENSOR, .n = (uint8_t)k, .count = 1, .first = t->since, .last = t->last, .guesses = r->mac[r->macs++] };
    for (unsigned i = 0; i < k; i++) { /* of one maker one is as another */
        const struct guess *g = &r->mac[r->macs - 1][i];
        r->key += hash_word((uintptr_t)g->vendor.p ^ (uint64_t)g->hypervisor << 56 ^ (uint64_t)g->device << 48 ^ hash_word((uintptr_t)g->row ^ (uint64_t)g->strength << 56));
    }
    return n + 1;
}

static size_t signs_of(const struct map *m, const struct entity *e)
{
    size_t n = 0;

    m->room->macs = 0;
    m->room->key = 0;
    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        if (t->until == 0 && t->family == FAMILY_MAC) {
            n = mac_add(m, n, t);
        }
        for (struct evidence *v = evidence_first(t); v != NULL && t->until == 0; v = evidence_next(t, v)) {
            n = sign_add(m, n, v);
        }
    }
    return n;
}

void derive_identity(const struct map *m, const struct entity *e, struct identity *out)
{
    memset(out, 0, sizeof *out);
    if (m->prints != NULL) {
        fuse(m->room->sign, signs_of(m, e), out);
    }
}

/* The same, but of its evidence nothing. */
static void derive_quickly(const struct map *m, const struct entity *e, struct identity *out)
{
    size_t n = signs_of(m, e);
    struct thought *t = &m->room->thought[m->room->key % THOUGHTS];

    if (t->key == m->room->key && n != 0) {
        *out = t->identity;
        return;
    }
    memset(out, 0, sizeof *out);
    fuse(m->room->sign, n, out);
    if (!out->conflict && !out->shared && (out->families & (out->families - 1)) == 0) { /* else times count too */
        *t = (struct thought){ m->room->key, *out };
    }
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

static void settle(struct map *m, struct entity *e, const struct identity *id)
{
    if (e->family != id->family || e->device != id->device || e->hypervisor != id->hypervisor) {
        publish_host(m, e);
    }
    e->family = id->family;
    e->device = id->device;
    e->hypervisor = id->hypervisor;
    e->confidence = id->confidence;
}

void derive_settle(struct map *m, struct entity *e)
{
    struct identity id;

    derive_identity(m, e, &id);
    settle(m, e, &id);
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
    e->os_at = s->ts;
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

enum { THINK_SECONDS = 1 /* signs come together: they are thought over once */ };

/* Does any sign of that kind say what a host is? */
static bool says_what(unsigned sign)
{
    static const uint8_t not[] = { SIGN_DNS_ANSWER, SIGN_TLS_SNI, SIGN_HTTP_HOST, SIGN_USER, SIGN_USER_REFUSED, SIGN_LEASE, SIGN_TLS_FINGERPRINT, SIGN_SMB_GUID,
                                   SIGN_DHCPV6_DUID, SIGN_NTLM_DOMAIN };

    return memchr(not, (int)sign, sizeof not) == NULL;
}

static void derive_os(struct map *m, struct entity *e, uint64_t ts)
{
    struct seen at = { .ts = ts };
    struct identity id;

    if (e->tenure == NULL) {
        return;
    }
    derive_quickly(m, e, &id);
    settle(m, e, &id);
    told_os(m, e->tenure, &at, &id);
    told_conflict(m, e->tenure, &at, &id);
}

void derive_due(struct map *m, uint64_t now)
{
    for (const struct entity *ahead; m->stale != NULL && m->stale->stale_at < now;) {
        struct entity *e = m->stale;
        uint64_t at = e->stale_at;
        if ((ahead = e->stale) != NULL) { /* the next one is fetched meanwhile */
            __builtin_prefetch(ahead->tenure);
            __builtin_prefetch(ahead->stale);
        }
        derive_forget(m, e);
        derive_os(m, e, at < m->now ? at : m->now);
    }
}

void derive_forget(struct map *m, struct entity *e)
{
    if (e->stale_at == 0) {
        return;
    }
    *(e->stale_before != NULL ? &e->stale_before->stale : &m->stale) = e->stale;
    *(e->stale != NULL ? &e->stale->stale_before : &m->stale_last) = e->stale_before;
    e->stale = e->stale_before = NULL;
    e->stale_at = 0;
}

/* Hosts that were never answered are not thought over until somebody asks (a flood of invented ones has as many signs). */
void derive_later(struct map *m, struct entity *e, uint64_t ts)
{
    if (m->prints != NULL && e->stale_at == 0 && (e->flags & ENTITY_PROVEN) != 0) {
        e->stale_at = ts + THINK_SECONDS * CLOCK_SECOND;
        e->stale = NULL;
        e->stale_before = m->stale_last;
        *(m->stale_last != NULL ? &m->stale_last->stale : &m->stale) = e;
        m->stale_last = e;
    }
}

void derive_news(struct map *m, struct tenure *t, const struct seen *s)
{
    if (s->sign == SIGN_NBNS_NAME || s->sign == SIGN_DHCP_NAME || s->sign == SIGN_NTLM_NAME) {
        struct told told = { .ts = s->ts, .entity = t->entity, .tenure = t, .kind = TOLD_CHANGED, .what = "name", .rna_type = 1001, .rna_event = 21 };
        struct bytes name = entity_name(t->entity);
        snprintf(told.to, sizeof told.to, "%.*s", (int)(name.n < 79 ? name.n : 79), (const char *)name.p);
        map_tell(m, &told);
    }
    if (m->prints != NULL && says_what(s->sign) && evidence_matches(m, m->learned) != &nothing) {
        derive_later(m, t->entity, s->ts);
    }
}
