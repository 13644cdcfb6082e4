/* SPDX-License-Identifier: GPL-2.0-or-later */
/* derive - what follows from an entity's evidence. */
#include "aware/map.h"
#include "aware/publish.h"
#include "aware/software.h"

#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where names come from, the best first. Behind NAMES is what clients ask for, which is not what it calls itself. */
enum { NAMES = 12 };
static const uint8_t name_rank[SIGN_N] = {
    [SIGN_NAME] = 1, [SIGN_DHCP_NAME] = 2, [SIGN_DHCPV6_NAME] = 3, [SIGN_NTLM_NAME] = 4, [SIGN_MDNS_NAME] = 5, [SIGN_NBNS_NAME] = 6, [SIGN_LLMNR_NAME] = 7,
    [SIGN_DNS_ANSWER] = 8, [SIGN_LLDP] = 9, [SIGN_CDP] = 10, [SIGN_PROFINET] = 11, [SIGN_TLS_NAME] = 12,
    [SIGN_TLS_SNI] = 13, [SIGN_HTTP_HOST] = 14,
};

static struct bytes word_text(const struct word *w) { return bytes_of(w->text, w->n); }

bool sign_is_name(unsigned sign) { return name_rank[sign] != 0; }
bool sign_is_own_name(unsigned sign) { return name_rank[sign] != 0 && name_rank[sign] <= NAMES; }

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
    const struct evidence *best = NULL;
    unsigned least = NAMES + 1;

    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        for (const struct evidence *v = evidence_first(t); v != NULL && t->until == 0; v = evidence_next(t, v)) {
            unsigned rank = name_rank[v->sign];
            int more = best != NULL ? v->source - best->source : 1; /* who says it weighs more than in what */
            bool better = rank != 0 && rank <= NAMES && (more > 0 || (more == 0 && (rank < least || (rank == least && v->last > best->last))));
            if (better && sign_name(word_text(v->word), v->sign).n != 0) {
                best = v;
                least = rank;
            }
        }
    }
    return best != NULL ? sign_name(word_text(best->word), best->sign) : bytes_none();
}

enum { SIGNS_MAX = 160, MACS_MAX = 8, THOUGHTS = 8192 };
/* What a set of meanings comes to, where it is one system and nothing conflicts: many hosts say the same. */
struct thought {
    uint64_t key;
    uint32_t os;              /* os_hash */
    struct identity identity;
};
struct derive_room {
    struct fuse_sign sign[SIGNS_MAX];
    struct guess mac[MACS_MAX][GUESSES_MAX];
    unsigned macs;
    uint64_t key;             /* of what the signs mean */
    bool own;                 /* some of that lies in a sign's own text */
    struct thought thought[THOUGHTS];
};

struct derive_room *derive_room_new(void) { return calloc(1, sizeof(struct derive_room)); }
void derive_room_free(struct derive_room *r) { free(r); }

const struct fuse_sign *derive_sign(const struct map *m, unsigned i) { return &m->room->sign[i]; }

/* What the tables say of a text as that kind of sign; few texts are of more than one. */
struct matched {
    struct matched *next;
    uint64_t key;             /* of what they say: as far as fuse() asks */
    uint8_t sign, n;
    bool own;                 /* a name in it lies in the text */
    struct guess guess[];
};

void derive_matched_free(struct matched *x)
{
    for (struct matched *next; x != NULL; x = next) {
        next = x->next;
        free(x);
    }
}

/* A system that somebody named: its family by a word in it, makers' names first (an IOS is Cisco's too).  None that is known: the name alone. */
static unsigned os_said(const struct word *w, struct guess *out)
{
    static const struct { const char *word; uint8_t family; } words[] = {
        { "cisco", OS_FAMILY_CISCO }, { "nx-os", OS_FAMILY_CISCO }, { "ios xe", OS_FAMILY_CISCO }, { "ios-xe", OS_FAMILY_CISCO }, { "ios xr", OS_FAMILY_CISCO },
        { "ios-xr", OS_FAMILY_CISCO }, { "juniper", OS_FAMILY_JUNIPER }, { "junos", OS_FAMILY_JUNIPER }, { "routeros", OS_FAMILY_NETWORK }, { "mikrotik", OS_FAMILY_NETWORK },
        { "fortios", OS_FAMILY_NETWORK }, { "fortinet", OS_FAMILY_NETWORK }, { "pan-os", OS_FAMILY_NETWORK }, { "arubaos", OS_FAMILY_NETWORK }, { "arista", OS_FAMILY_NETWORK },
        { "edgeos", OS_FAMILY_NETWORK }, { "vyos", OS_FAMILY_NETWORK }, { "openwrt", OS_FAMILY_NETWORK },
        { "esxi", OS_FAMILY_HYPERVISOR }, { "vmware esx", OS_FAMILY_HYPERVISOR }, { "xenserver", OS_FAMILY_HYPERVISOR }, { "xcp-ng", OS_FAMILY_HYPERVISOR }, { "proxmox", OS_FAMILY_HYPERVISOR },
        { "windows", OS_FAMILY_WINDOWS }, { "hyper-v", OS_FAMILY_WINDOWS }, { "android", OS_FAMILY_ANDROID },
        { "qnx", OS_FAMILY_EMBEDDED }, { "vxworks", OS_FAMILY_EMBEDDED }, { "freertos", OS_FAMILY_EMBEDDED }, { "zephyr", OS_FAMILY_EMBEDDED }, { "tizen", OS_FAMILY_EMBEDDED },
        { "webos", OS_FAMILY_EMBEDDED }, { "embedded", OS_FAMILY_EMBEDDED },
        { "linux", OS_FAMILY_LINUX }, { "ubuntu", OS_FAMILY_LINUX }, { "debian", OS_FAMILY_LINUX }, { "red hat", OS_FAMILY_LINUX }, { "redhat", OS_FAMILY_LINUX },
        { "rhel", OS_FAMILY_LINUX }, { "fedora", OS_FAMILY_LINUX }, { "centos", OS_FAMILY_LINUX }, { "suse", OS_FAMILY_LINUX }, { "chromeos", OS_FAMILY_LINUX },
        { "chrome os", OS_FAMILY_LINUX }, { "raspbian", OS_FAMILY_LINUX }, { "raspberry pi os", OS_FAMILY_LINUX }, { "nixos", OS_FAMILY_LINUX }, { "gentoo", OS_FAMILY_LINUX },
        { "solaris", OS_FAMILY_SOLARIS }, { "sunos", OS_FAMILY_SOLARIS }, { " aix ", OS_FAMILY_UNIX }, { "hp-ux", OS_FAMILY_UNIX }, { "bsd", OS_FAMILY_BSD },
        { " ios ", OS_FAMILY_IOS }, { "iphone", OS_FAMILY_IOS }, { "ipad", OS_FAMILY_IOS },
        { "macos", OS_FAMILY_MACOS }, { "mac os", OS_FAMILY_MACOS }, { " os x", OS_FAMILY_MACOS }, { "darwin", OS_FAMILY_MACOS },
    };
    char text[64];
    unsigned i = 0;

    snprintf(text, sizeof text, " %.*s ", (int)(w->n < 60 ? w->n : 60), w->text);
    while (i < ROWS(words) && strcasestr(text, words[i].word) == NULL) {
        i++;
    }
    *out = (struct guess){ .family = i < ROWS(words) ? words[i].family : OS_FAMILY_UNKNOWN, .strength = 95, .vendor = bytes_none(), .os = bytes_of(w->text, w->n),
                           .version = bytes_none(), .product = bytes_none(), .product_version = bytes_none(), .row = "said" };
    return 1;
}

static uint64_t meaning_of(const struct guess *g)
{
    uint64_t h = (uint64_t)g->family | (uint64_t)g->device << 8 | (uint64_t)g->hypervisor << 16 | (uint64_t)g->strength << 24;

    return hash_bytes(g->os.p, g->os.n, hash_bytes(g->vendor.p, g->vendor.n, hash_bytes(g->version.p, g->version.n, h)));
}

static bool within(const struct word *w, struct bytes b)
{
    uintptr_t at = (uintptr_t)b.p, from = (uintptr_t)w->text;

    return b.n != 0 && at >= from && at < from + w->n;
}

static const struct matched nothing;

/* Asked once; n 0: they say nothing. */
static const struct matched *matches(const struct map *m, struct word *w, unsigned sign)
{
    _Static_assert(SIGN_N <= 64, "a bit each in `unknown`");
    UNSET struct guess room[GUESSES_MAX];
    struct matched *x = w->matched;

    if ((w->unknown >> sign & 1) != 0) {
        return &nothing;
    }
    while (x != NULL && x->sign != sign) {
        x = x->next;
    }
    if (x == NULL) {
        unsigned n = sign == SIGN_OS ? os_said(w, room) : prints_match(m->prints, (enum sign)sign, bytes_of(w->text, w->n), room);
        if (n == 0 || (x = malloc(sizeof *x + n * sizeof *room)) == NULL) {
            w->unknown |= 1ULL << sign;
            return &nothing;
        }
        *x = (struct matched){ .next = w->matched, .sign = (uint8_t)sign, .n = (uint8_t)n };
        memcpy(x->guess, room, n * sizeof *room);
        for (unsigned i = 0; i < n; i++) {
            x->key = hash_word(x->key ^ meaning_of(&room[i]));
            x->own |= within(w, room[i].os) || within(w, room[i].vendor);
        }
        w->matched = x;
    }
    return x;
}

/* What the tables say of it: asked once, and where it is nothing its word is not looked at again. */
static const struct matched *evidence_matches(const struct map *m, struct evidence *v)
{
    if (v->matched == NULL) {
        v->matched = matches(m, v->word, v->sign);
    }
    return v->matched;
}

const struct guess *derive_guesses(const struct map *m, struct evidence *v, unsigned *n)
{
    const struct matched *x = m->prints != NULL ? evidence_matches(m, v) : &nothing;

    *n = x->n;
    return x->guess;
}

static size_t sign_add(const struct map *m, size_t n, struct evidence *v)
{
    struct derive_room *r = m->room;
    const struct matched *x = n < SIGNS_MAX ? evidence_matches(m, v) : &nothing;

    if (x->n == 0) {
        return n;
    }
    r->sign[n] = (struct fuse_sign){ .sign = v->sign, .source = v->source, .n = x->n, .count = v->count, .first = v->first, .last = v->last, .guesses = x->guess };
    r->key += hash_word(x->key ^ (uint64_t)v->sign << 56 ^ (uint64_t)v->source << 48);
    r->own |= x->own;
    return n + 1;
}

/* What the tables are asked of a card: it, and, if no maker gave it its address (IEEE 802 8.2.2: the bit says so), an IPv4 address that its host has; of
 * several that one which stands in the card's own. */
size_t derive_card(const struct tenure *card, char out[CARD_TEXT_MAX])
{
    bool local = (card->addr.b[0] & 2) != 0;
    const struct tenure *ip = NULL;
    size_t n = tenure_text(card, out);

    for (const struct tenure *t = card->entity->tenure; t != NULL && local; t = t->next) {
        if (t->until == 0 && t->family == FAMILY_4 && (ip == NULL || memcmp(t->addr.b + 12, card->addr.b + 2, 4) == 0)) {
            ip = t;
        }
    }
    if (ip != NULL) {
        out[n] = ' ';
        n += 1 + tenure_text(ip, out + n + 1);
    }
    return n;
}

static size_t mac_add(const struct map *m, size_t n, const struct tenure *t)
{
    struct derive_room *r = m->room;
    char text[CARD_TEXT_MAX];
    unsigned k = n < SIGNS_MAX && r->macs < MACS_MAX ? prints_match(m->prints, SIGN_MAC, bytes_of(text, derive_card(t, text)), r->mac[r->macs]) : 0;

    if (k == 0) {
        return n;
    }
    r->sign[n] = (struct fuse_sign){ .sign = SIGN_MAC, .source = FUSE_SENSOR, .n = (uint8_t)k, .count = 1, .first = t->since, .last = t->last, .guesses = r->mac[r->macs++] };
    for (unsigned i = 0; i < k; i++) { /* of one maker one is as another */
        r->key += hash_word(meaning_of(&r->mac[r->macs - 1][i]) ^ (uint64_t)SIGN_MAC << 56);
    }
    return n + 1;
}

static size_t signs_of(const struct map *m, const struct entity *e)
{
    size_t n = 0;

    m->room->macs = 0;
    m->room->key = 0;
    m->room->own = false;
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

static uint32_t os_hash(const struct identity *id)
{
    return id->family == OS_FAMILY_UNKNOWN && id->os.n == 0 ? 0 : (uint32_t)(hash_bytes(id->os.p, id->os.n, id->family) ^ hash_bytes(id->version, strlen(id->version), 1)) | 1;
}

/* The same, but of its evidence nothing.  *os: its hash. */
static void derive_quickly(const struct map *m, const struct entity *e, struct identity *out, uint32_t *os)
{
    size_t n = signs_of(m, e);
    struct thought *t = &m->room->thought[m->room->key % THOUGHTS];

    if (n == 0) {
        *out = (struct identity){ .os = bytes_none(), .vendor = bytes_none() };
        *os = 0;
        return;
    }
    if (t->key == m->room->key) {
        *out = t->identity;
        *os = t->os;
        return;
    }
    fuse_alone(m->room->sign, n, out);
    *os = os_hash(out);
    if (!m->room->own && !out->conflict && !out->shared && !out->by_time) { /* else times count too */
        *t = (struct thought){ m->room->key, *os, *out };
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

/* "Windows 10 10.0.19041" */
static void os_text(const struct identity *id, char *to, size_t room)
{
    struct bytes os = bytes_head(id->os, 40);
    size_t n = strlen(id->version);
    bool version = n != 0 && os.n + 1 + n < room;

    memcpy(to, os.p, os.n);
    to[os.n] = version ? ' ' : '\0';
    if (version) {
        memcpy(to + os.n + 1, id->version, n + 1);
    }
}

static void told_os(struct map *m, struct tenure *t, const struct seen *s, const struct identity *id, uint32_t os)
{
    struct entity *e = t->entity;

    if (os == e->os || os == 0) {
        return;
    }
    bool first = e->os == 0;
    e->os = os;
    e->os_at = s->ts;
    if (!map_heard(m)) {
        return;
    }
    struct told told = { .ts = s->ts, .entity = e, .tenure = t, .what = "os" };
    told.kind = first ? TOLD_NEW : TOLD_CHANGED;
    told.rna_type = first ? 1000 : 1001;
    told.rna_event = first ? 8 : 2;
    os_text(id, told.to, sizeof told.to);
    map_tell(m, &told);
}

static void told_conflict(struct map *m, struct tenure *t, const struct seen *s, const struct identity *id)
{
    struct entity *e = t->entity;
    struct told told = { .ts = s->ts, .entity = e, .tenure = t, .kind = TOLD_CONFLICT, .what = "os", .rna_type = 1001, .rna_event = 25 };

    if (id->shared && (e->flags & ENTITY_NAT) == 0) {
        entity_mark(m, e, ENTITY_NAT);
        told.reason = "several systems speak with one address: NAT or a proxy";
        map_tell(m, &told);
    } else if (id->conflict && !id->shared && (e->flags & ENTITY_OS_CONFLICT) == 0) {
        entity_mark(m, e, ENTITY_OS_CONFLICT);
        told.reason = "evidence speaks for more than one system";
        map_tell(m, &told);
    }
}

enum { THINK_SECONDS = 1 /* signs come together: they are thought over once */ };

/* Does any sign of that kind say what a host is? */
static bool says_what(unsigned sign)
{
    static const uint64_t not = 1ULL << SIGN_DNS_ANSWER | 1ULL << SIGN_TLS_SNI | 1ULL << SIGN_TLS_NAME | 1ULL << SIGN_ROLE | 1ULL << SIGN_HTTP_HOST | 1ULL << SIGN_USER | 1ULL << SIGN_USER_REFUSED | 1ULL << SIGN_LEASE |
                                1ULL << SIGN_TLS_FINGERPRINT | 1ULL << SIGN_SMB_GUID | 1ULL << SIGN_DHCPV6_DUID | 1ULL << SIGN_NTLM_DOMAIN;

    return (not >> sign & 1) == 0;
}

static void derive_os(struct map *m, struct entity *e, uint64_t ts)
{
    struct seen at = { .ts = ts };
    UNSET struct identity id;
    uint32_t os;

    if (e->tenure == NULL) {
        return;
    }
    derive_quickly(m, e, &id, &os);
    settle(m, e, &id);
    told_os(m, e->tenure, &at, &id, os);
    told_conflict(m, e->tenure, &at, &id);
}

/* The next ones are fetched meanwhile, each a step further than the one behind it. */
static void stale_ahead(const struct entity *e)
{
    if (e == NULL) {
        return;
    }
    if (e->tenure != NULL) {
        evidence_ahead(e->tenure);
        __builtin_prefetch(e->tenure->next);
    }
    if ((e = e->stale) != NULL) {
        __builtin_prefetch(e->tenure);
        __builtin_prefetch((const char *)e->tenure + 64);
        if ((e = e->stale) != NULL) {
            __builtin_prefetch(e);
            __builtin_prefetch((const char *)e + 64);
        }
    }
}

void derive_due(struct map *m, uint64_t now)
{
    while (m->stale != NULL && m->stale->stale_at < now) {
        struct entity *e = m->stale;
        uint64_t at = e->stale_at;
        stale_ahead(e->stale);
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

/* Hosts that were never answered are not thought over until somebody asks (a flood of invented ones has as many signs), nor are those of which
 * nothing is known but an address. */
void derive_later(struct map *m, struct entity *e, uint64_t ts)
{
    if (m->prints != NULL && e->stale_at == 0 && (e->flags & ENTITY_PROVEN) != 0 && (e->meant || e->mac != NULL)) {
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
    if (s->port != 0 && !m->lazy) {
        software_news(m, t, s);
    }
    if (m->prints != NULL && says_what(s->sign) && (m->lazy || evidence_matches(m, m->learned)->n != 0)) {
        t->entity->meant = true;
        if (s->said != 0) { /* no flood's, and perhaps nothing is seen of it for long */
            derive_os(m, t->entity, s->ts);
        } else {
            derive_later(m, t->entity, s->ts);
        }
    }
}
