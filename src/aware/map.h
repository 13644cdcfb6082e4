/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * map - entities, the addresses they hold, and the evidence that hangs on these.  For the files of aware/ alone.
 *
 * An entity is a machine, or an address that several machines serve.  What is known hangs on tenures: one address (IP or hardware)
 * held by one entity from a time to a time.  So evidence goes where its tenure goes when entities are joined or split, and an
 * address that changes hands leaves what was learned with whom it was learned from (README.md has the rules).
 *
 * Owner: struct map, one thread at a time: the map's thread under its lock, or whoever loads it from a file.
 */
#ifndef AWARE_MAP_H
#define AWARE_MAP_H

#include "aware/aware.h"
#include "aware/fuse.h"
#include "aware/observe.h"
#include "aware/print.h"
#include "base/large.h"
#include "base/slab.h"

#include <endian.h>

enum { FAMILY_MAC = 2 }; /* beside FAMILY_4 and FAMILY_6: the six bytes stand first in struct addr */
enum {
    EVIDENCE_MAX = 64,        /* a tenure's signs; a kind's share is below */
    EVIDENCE_KIND_MAX = 6,    /* of one port, where there is one */
    ATTRIBUTES_MAX = 32,
    ROOMS = 4,                /* sizes of arrays */
    SERVICES_MAX = 64,        /* of a tenure */
    TENURES_OPEN_MAX = 96,    /* addresses of an entity at a time */
    TENURES_CLOSED_MAX = 16,  /* what it held before, that is remembered */
    TENURES_UNSAVED_MAX = 256, /* … whose end the history does not have yet */
    PLACES_MAX = 4,
    SCOPES_MAX = 64,
    PREFIXES_MAX = 64,        /* of addresses that hosts make themselves */
    OWNED_MAX = 16384,        /* a power of two: the newest stay */
    NAMED_MAX = 16384,        /* addresses that were not seen yet but have a name; a power of two */
    NAMES_MAX = 2,            /* … names of each */
    WORD_LINES = 9,           /* of memory, that the longest word takes */
    WEAK_MAX = 4,             /* addresses that an entity may hold by nothing but its packets' TTL */
};

/* How sure it is that the entity holds the address. */
enum hold { HOLD_ALONE /* it is all that is known of the entity */, HOLD_NEAR /* by its packets */, HOLD_SAID /* ARP, neighbour discovery, link-local */,
            HOLD_LEASE, HOLD_USER };

/* Where a station is attached. */
struct place {
    struct addr vtep;
    uint64_t first, last;     /* of its last stay there */
    uint32_t network;
    uint16_t vlan;
    uint8_t vtep_family;
};

/* A text, once for all that have it. */
struct word {
    struct word *chain;
    struct matched *matched;  /* what the tables say of it, once they were asked; derive.c's */
    uint64_t unknown;         /* a bit for each kind of sign that they say nothing of it as */
    uint32_t hash, refs;
    uint16_t n;
    char text[];
};

struct evidence {
    struct word *word;
    const struct matched *matched; /* what the tables say of it; NULL: they were not asked */
    uint64_t first, last;
    uint64_t packet;          /* number of the one that showed it first; 0: none did, a flow's end or a file */
    uint32_t count;           /* stretches of time in which it was seen */
    uint32_t saved;           /* history's: second of `last` as it stands there, 0: not there */
    uint16_t port;            /* of the service it is of; 0: none */
    uint8_t sign, source;     /* enum sign, enum fuse_source's order: import, sensor, scanner, user */
};

struct service {
    uint64_t first, last, flows;
    struct addr by[3];        /* the last clients */
    uint64_t whom;            /* a bit for each client, by its hash: how many there are */
    uint16_t port, app;       /* app: protocol id; 0: not recognised */
    uint8_t proto, by_n, by_family, source; /* source: of app */
    bool told;
    uint16_t other;           /* another protocol that flows ended with since none did with `app`; 0: none */
    uint32_t saved, other_since; /* since: s */
};

/* What every observation touches stands in its first line of memory. */
struct tenure {
    struct tenure *chain;     /* index */
    struct entity *entity;
    struct addr addr;
    uint64_t last;
    uint32_t scope;
    uint8_t family, hold, source;
    uint8_t ttl;              /* as it came last; 0: never seen in a packet */
    uint8_t evidence_n, evidence_room, service_n, service_room;
    uint8_t marks;            /* enum tenure_mark */
    uint8_t stranger;         /* place.c's: the stretch of time in which another station last sent as that address; 0: none did */
    uint16_t clock_slot;      /* the stretch in which its clock was seen last; its lowest bits */
    struct evidence *evidence; /* an array, the newest last; behind its room a mark of each (evidence.c) */
    struct service *service;  /* likewise */
    struct tenure *next;      /* of its entity, the newest first */
    uint64_t since, until;    /* until 0: it holds it still */
    uint64_t full;            /* of these kinds of sign (a bit each) no more was taken */
    uint32_t full_slot;       /* … in this stretch of time: whatever comes of them in it is no news */
    uint32_t saved;
    uint64_t id;              /* history's: one for each that ever was */
    uint32_t clock, clock_low; /* what it showed in that stretch, first and least: seconds since 1970 */
};

enum tenure_mark {
    TENURE_HANDED = 1 << 0,   /* it was another's before */
    TENURE_CLOCK = 1 << 1,    /* it showed its clock */
    TENURE_CLOCK_BACK = 1 << 2, /* … and that went back in that stretch of time */
};

enum entity_flag {
    ENTITY_PROVEN = 1 << 0,   /* was answered, or seen in two stretches of time: no invention of a flood */
    ENTITY_ROUTER = 1 << 1,
    ENTITY_BRIDGE = 1 << 2,
    ENTITY_SERVICE_ADDRESS = 1 << 3, /* a virtual router's address, which moves between machines by itself */
    ENTITY_SHARED = 1 << 4,   /* its hardware address stands before addresses that are not its own */
    ENTITY_TRUNK = 1 << 5,    /* at home in several places */
    ENTITY_SILENT = 1 << 6,
    ENTITY_CONFLICT = 1 << 7,
    ENTITY_TOLD = 1 << 8,     /* its event `new` is out */
    ENTITY_CLONE = 1 << 9,
    ENTITY_NAT = 1 << 10,     /* several systems speak with its address, by turns */
    ENTITY_OS_CONFLICT = 1 << 11,
    ENTITY_GONE = 1 << 12,    /* it is told gone, but stays: a person said something of it */
};

/* Events that a flood could raise: no more than one of each a host and second. */
enum told_rate { TOLD_RATE_NONE, TOLD_RATE_ANNOUNCE, TOLD_RATE_LIVE, TOLD_RATE_PLACE, TOLD_RATE_CONFLICT, TOLD_RATE_CLONE, TOLD_RATES };

enum boot { BOOT_NONE, BOOT_ANNOUNCED, BOOT_UP, BOOT_LIVE };

/* What every observation touches stands first. */
struct entity {
    struct tenure *tenure;
    struct tenure *mac;       /* its open hardware address, the newest; NULL: none is known */
    uint64_t last, first;
    struct entity *older, *newer; /* by last seen */
    uint32_t flags, scope;
    uint64_t stale_at;        /* when its identity is to be thought over; 0: it is not */
    struct entity *stale, *stale_before; /* the next one of these, and the one before */
    struct place *place;      /* place_n of them; moves.c */
    uint64_t sent, received, flows;
    uint16_t open, closed;    /* tenures */
    uint16_t weak;            /* … open, HOLD_NEAR */
    uint8_t place_n, place_now, place_was;
    bool is_dirty, moved /* places changed */, publish, waits;
    bool meant;               /* the tables know a sign of it */
    bool said;                /* a person said something of it: it stays */
    bool late;                /* history's: what stands there of it is older than it is */
    uint8_t far_n;
    uint8_t boot;             /* enum boot: what the last announcement came to */
    uint32_t far[3];          /* hashes of far addresses behind it */
    uint64_t os_at;           /* since when its system is known */
    /* Derived, kept to tell changes. */
    uint32_t os;              /* a hash of its system's name and version; 0: not known */
    uint8_t family, device, hypervisor, confidence;
    uint64_t id;
    struct entity *prev, *next; /* in the order they began */
    struct entity *publish_prev, *publish_next; /* publish.c's */
    struct entity *dirty, *dirty_before; /* history's: the next that has news, and the one before */
    uint64_t gone;            /* … of one that is not on the map any more, but not written either: since when */
    uint32_t saved, saved_flags;
    /* An announcement that waits for what it was. */
    uint64_t announced, announced_last, probed;
    struct entity *waiting, *waiting_before; /* the next one that waits, and the one before */
    uint32_t announces;
    uint32_t saved_name;      /* history's: a hash of its name as it stands there */
    uint64_t told_at[TOLD_RATES - 1]; /* when an event of that rate was last told, but TOLD_RATE_NONE */
};

/* Objects of one size; what is out of all of them counts in map.held. */
struct shelf {
    struct slab *slab;
    size_t size;
};

struct told;
struct host_board;
struct map {
    struct aware_settings settings;
    struct large *large;      /* all that follows lies in it */
    struct tenure **index;
    size_t index_room, index_n;
    struct word **words;
    size_t word_room, word_n;
    uint32_t scope[SCOPES_MAX]; /* tenants it has hosts of */
    unsigned scope_n;         /* SCOPES_MAX: perhaps others, too */
    struct shelf entities, tenures, evidences[ROOMS], services[ROOMS], places[2] /* one; PLACES_MAX */, texts[WORD_LINES] /* words, by lines of memory */;
    size_t held;              /* bytes of what is out of these */
    size_t buried;            /* … and of hosts that are gone and wait to be written: history.c's */
    struct entity *first, *last;
    struct { struct entity *oldest, *newest; } age[2]; /* by last seen; [1]: those that stay (`said`) */
    struct entity *waiting, *waiting_last, *stale, *stale_last;
    struct evidence *learned;     /* what evidence_add made news of */
    size_t n;
    uint64_t next_id, next_tenure, now, seed, key[2] /* of addresses */;
    uint64_t at;                  /* loaded as it was then: what was counted until later is 0; 0: as it is */
    struct history *history;  /* NULL: nothing is kept */
    struct entity *dirty;
    uint64_t full_told, evicted_told;
    bool full;                /* no room for another entity */
    bool lazy;                /* nobody listens, from begin to end: what follows from evidence is thought over when the map is read */
    uint64_t counter[AWARE_COUNTER_N];
    /* Who has what is a machine's own. */
    struct owned { struct word *word; uint64_t entity; struct addr addr; uint32_t scope; uint8_t sign, family; } *owned; /* whose word it was last */
    /* Names that answers gave to addresses not seen yet; lost: the stretch of time in which there was no room for one. */
    struct named { struct addr addr; uint32_t scope, lost; uint8_t family, n; uint16_t part[NAMES_MAX] /* of their hashes */; struct word *word[NAMES_MAX]; uint64_t at[NAMES_MAX]; } *named;
    struct prefix { uint64_t half /* of an address */, last, seconds; uint32_t scope; } prefix[PREFIXES_MAX]; /* last: told so, by a router */
    unsigned prefix_n;
    const struct prints *prints;  /* NULL: none */
    struct derive_room *room;     /* derive.c's */
    struct host_board *board;     /* what rules may know; NULL: nobody asks */
    struct entity *publish;       /* those that changed since the last issue */
    void (*tell)(void *ctx, const struct map *m, const struct told *t); /* NULL: nobody listens */
    void *tell_ctx;
};

/* An event. */
enum told_kind { TOLD_NEW, TOLD_CHANGED, TOLD_GONE, TOLD_MOVED, TOLD_CONFLICT, TOLD_SILENT, TOLD_KINDS };
struct told {
    uint64_t ts;
    const struct entity *entity;
    uint8_t kind, rate;           /* enum told_rate */
    uint16_t rna_type, rna_event;
    const char *what;         /* "host", "service", "os", "address", … */
    const struct tenure *tenure; /* it is about; NULL */
    const struct service *service;
    const struct entity *other;  /* the one it conflicts with, took over from, is a clone of */
    char from[80], to[80];    /* of a change */
    const char *reason;       /* NULL */
};

/* map.c */
struct map *map_new(const struct aware_settings *s, const struct prints *prints); /* prints: borrowed; NULL: none */
void map_free(struct map *m);
/* Of an address, keyed. */
static inline uint64_t map_hash(const struct map *m, uint32_t scope, const struct addr *a, unsigned family)
{
    unsigned __int128 product = (unsigned __int128)(a->q[0] ^ m->key[0] ^ ((uint64_t)scope << 8 | family)) * (a->q[1] ^ m->key[1]);

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}
struct tenure *map_find(const struct map *m, uint32_t scope, const struct addr *a, unsigned family); /* the open one */
static inline struct named *map_named(const struct map *m, uint64_t hash) { return &m->named[hash & (NAMED_MAX - 1)]; }
/* Makes room for what an observation may take, before it is applied: nothing goes away meanwhile. */
void map_room(struct map *m, uint64_t ts);
enum { MAP_SPARE = 8192 /* what one observation may take */ };
static inline size_t map_bytes(const struct map *m) { return m->held + (m->index_room + m->word_room) * sizeof(void *); }
static inline bool map_short(const struct map *m) { return m->settings.memcap != 0 && map_bytes(m) + MAP_SPARE > m->settings.memcap; }
/* What is to be applied next: the memory it needs is fetched. */
void map_ahead(const struct map *m, const struct seen *const *some, unsigned n);
struct entity *entity_new(struct map *m, uint32_t scope, uint64_t ts); /* NULL: no room */
void entity_free(struct map *m, struct entity *e);
void entity_release(struct map *m, struct entity *e); /* the memory of one that is not on the map any more (history.c) */
size_t entity_bytes(const struct map *m, const struct entity *e); /* … how much of it counts in map.held */
/* It was there at ts.  `exact`: the observation comes once for any number of workers (or from a file); else only the first of a stretch of time counts. */
static inline void time_touch(uint64_t *last, uint64_t ts, bool exact)
{
    if (ts > *last && (exact || slot_of(ts) > slot_of(*last))) {
        *last = ts;
    }
}

static inline bool seen_exact(const struct seen *s)
{
    return (s->flags & SEEN_EXACT) != 0 || s->said != 0 || (s->kind != SEEN_SIGN && s->kind != SEEN_PRESENT && s->kind != SEEN_SERVICE && s->kind != SEEN_CONTINUES);
}

void entity_again(struct map *m, struct entity *e, uint64_t ts); /* … in a later stretch of time than before */
void history_dirty(struct map *m, struct entity *e); /* history.c: there is news of it */
void history_lost(struct map *m); /* … something that will never be written */
static inline void entity_mark(struct map *m, struct entity *e, unsigned flags)
{
    if ((e->flags & flags) != flags) {
        e->flags |= flags;
        history_dirty(m, e);
    }
}

static inline void entity_touch(struct map *m, struct entity *e, uint64_t ts, bool exact)
{
    if (slot_of(ts) > slot_of(e->last)) {
        entity_again(m, e, ts);
    }
    time_touch(&e->last, ts, exact);
    if (m->history != NULL) {
        history_dirty(m, e);
    }
}

void entity_prove(struct map *m, struct entity *e, uint64_t ts); /* it is no invention */
void entity_said(struct map *m, struct entity *e); /* a person said something of it: it never makes room, nor leaves the map when it is gone */
struct tenure *tenure_open(struct map *m, struct entity *e, const struct addr *a, unsigned family, uint64_t ts);
struct tenure *tenure_load(struct map *m, struct entity *e, const struct addr *a, unsigned family, uint64_t until); /* one that was kept */
void hold_set(struct tenure *t, enum hold hold);
void tenure_close(struct map *m, struct tenure *t, uint64_t ts); /* what ended before too many others is forgotten; the end alone: */
void tenure_end(struct map *m, struct tenure *t, uint64_t ts);
void tenure_give(struct map *m, struct tenure *t, struct entity *to); /* with all that hangs on it */
static inline bool mac_is(const struct tenure *hw, const uint8_t mac[6]) { return hw != NULL && memcmp(hw->addr.b, mac, 6) == 0; }
static inline struct tenure *entity_mac(const struct entity *e) { return e->mac; }
struct addr addr_of_mac(const uint8_t mac[6]);
enum { MAC_TEXT_MAX = 18 };
size_t mac_text(const uint8_t mac[6], char out[MAC_TEXT_MAX]); /* its length */
bool mac_read(struct bytes text, uint8_t mac[6]); /* "00:50:56:89:5f:f5", "00-50-56-89-5F-F5" */
static inline struct addr addr_of_station(const struct seen *s)
{
    struct addr a = { 0 };

    a.q[0] = htole64(le64toh(seen_station(s)) >> 8 & 0xffffffffffff);
    return a;
}
bool shelf_make(struct map *m, struct shelf *s, size_t size);
void *shelf_take(struct map *m, struct shelf *s); /* NULL: no memory */
void shelf_give(struct map *m, struct shelf *s, void *p);
void *map_table(struct map *m, size_t n); /* so many bytes, cleared; NULL: no memory */

/* evidence.c */
bool evidence_init(struct map *m);
/* A tenure's, the newest first. */
static inline struct evidence *evidence_first(const struct tenure *t) { return t->evidence_n != 0 ? &t->evidence[t->evidence_n - 1] : NULL; }
static inline struct evidence *evidence_next(const struct tenure *t, const struct evidence *v) { return v > t->evidence ? &t->evidence[v - t->evidence - 1] : NULL; }
/* One more, of that text; NULL: no room. */
struct evidence *evidence_put(struct map *m, struct tenure *t, unsigned sign, unsigned port, struct bytes text);
static inline struct service *service_first(const struct tenure *t) { return t->service_n != 0 ? &t->service[t->service_n - 1] : NULL; }
static inline struct service *service_next(const struct tenure *t, const struct service *v) { return v > t->service ? &t->service[v - t->service - 1] : NULL; }
struct service *service_put(struct map *m, struct tenure *t, uint8_t proto, uint16_t port); /* NULL: no room */
struct word *word_take(struct map *m, const char *text, size_t n, uint32_t hash); /* hash: seen_hash of it; NULL: no memory */
void word_give(struct map *m, struct word *w);
/* Of such a sign it takes nothing more in that stretch of time. */
void evidence_full(struct tenure *t, unsigned sign, uint32_t slot);
/* True: it is news, or back from before its host's system was another. */
bool evidence_add(struct map *m, struct tenure *t, const struct seen *s, const char *text, size_t n);
unsigned service_clients(const struct service *v); /* how many different ones it had; above three about */
struct service *service_of(const struct tenure *t, const struct seen *s); /* NULL: none is known */
void service_used(struct service *v, const struct seen *s); /* a flow to it ended */
bool service_changes(struct service *v, const struct seen *s); /* … by which it is another protocol's from now on */
struct service *service_add(struct map *m, struct tenure *t, const struct seen *s, bool *news);
void evidence_free(struct map *m, struct tenure *t);
bool tenure_said(const struct tenure *t); /* something of it is a person's word */
void evidence_ahead(const struct tenure *t); /* what finding signs and services of it needs is fetched */

/* place.c: who holds what */
bool addr_of_host(const struct addr *a, unsigned family); /* one that may have sent: not a group, not nobody, not the machine's own */
/* The tenure that the observation is about; NULL: none.  *frame (may be NULL): that of the frame's source, where it was looked for and is another's. */
struct tenure *map_place(struct map *m, const struct seen *s, struct tenure **frame);
struct tenure *map_bind(struct map *m, const struct seen *s, enum hold hold, struct tenure *ip); /* ip: the address's as it is; as it is then */
void named_take(struct map *m, struct tenure *t, const struct seen *s); /* apply.c: the name an answer gave to it before */
void map_lease(struct map *m, const struct seen *s, const char *text, size_t n);
/* Somebody else saw a host send: the weakest that is known of one.  *v: a service that it has by that, or NULL. */
struct tenure *map_export(struct map *m, const struct seen *s, const char *text, size_t n, struct service **v);

/* lease.c */
struct lease {
    struct addr addr;
    uint64_t seconds;         /* 0: given back */
    uint8_t family, mac[6];
};
bool lease_read(struct bytes text, struct lease *out); /* a sign "lease"; false: it is none */
uint64_t lease_end(const struct tenure *t); /* of the newest, ns; 0: none is known, or it has no end */
/* Until when it held the address; 0: it does still.  A lease that ran out, with nothing seen of the address since, ends it too, and the life of an IPv6
 * address that the host made itself. */
uint64_t tenure_until(const struct map *m, const struct tenure *t);

/* prefix.c */
bool prefix_put(struct map *m, uint32_t scope, struct bytes text, uint64_t ts); /* what a router told then; false: it is no prefix */
bool prefix_told(struct map *m, const struct seen *s, const char *text); /* … with the router that tells it */
uint64_t prefix_end(const struct map *m, const struct tenure *t); /* 0: it has none */

/* apply.c */
void map_apply(struct map *m, const struct seen *s, const char *text);
void map_time(struct map *m, uint64_t ts); /* it is so late: what is due is told */
void map_silence(struct map *m); /* who was not seen for long is told */
void map_settle(struct map *m); /* the end: what waits is decided */
void map_tell(struct map *m, struct told *t);
void map_tell_first(struct map *m, struct tenure *t, uint64_t ts);
/* Who holds it is new, or back: unless that was told. */
static inline void map_tell_new(struct map *m, struct tenure *t, uint64_t ts)
{
    if ((t->entity->flags & (ENTITY_TOLD | ENTITY_SILENT)) != ENTITY_TOLD) {
        map_tell_first(m, t, ts);
    }
}
/* Does anybody listen to events? */
static inline bool map_heard(const struct map *m) { return m->tell != NULL || m->history != NULL || m->board != NULL; }

/* moves.c */
void moves_place(struct map *m, struct entity *e, const struct seen *s); /* where the station stands now */
/* One more place, uncleared, behind the others; NULL: no memory.  There are fewer than PLACES_MAX. */
struct place *place_add(struct map *m, struct entity *e);
void places_free(struct map *m, struct entity *e);
void moves_announce(struct map *m, struct entity *e, const struct seen *s);
void moves_boot(struct map *m, struct entity *e, const struct seen *s);
void moves_continue(struct map *m, struct entity *e, const struct seen *s);
void moves_due(struct map *m, uint64_t now);
void moves_forget(struct map *m, struct entity *e); /* it waits no more */
void moves_clock(struct map *m, struct tenure *t, const struct seen *s, const char *text); /* what its clock says */
void moves_own(struct map *m, struct tenure *t, const struct seen *s); /* a sign that is one machine's own is news of it */

/* derive.c: what follows from the evidence */
/* What it is, by all its evidence; texts as long as the prints. */
void derive_identity(const struct map *m, const struct entity *e, struct identity *out);
enum { CARD_TEXT_MAX = MAC_TEXT_MAX + ADDR_TEXT_MAX };
size_t derive_card(const struct tenure *card, char out[CARD_TEXT_MAX]); /* the sign "mac" of a hardware address; its length */
const struct fuse_sign *derive_sign(const struct map *m, unsigned i); /* of the last identity's evidence */
struct derive_room *derive_room_new(void);
void derive_room_free(struct derive_room *r);
void derive_due(struct map *m, uint64_t now); /* those whose time has come */
/* Before it is read, under its lock: what waited to be thought over until somebody asks. */
static inline void map_thought(struct map *m)
{
    if (m->lazy) {
        derive_due(m, UINT64_MAX);
    }
}
void derive_later(struct map *m, struct entity *e, uint64_t ts);
const struct guess *derive_guesses(const struct map *m, struct evidence *v, unsigned *n); /* what the tables say of it */
struct matched;
void derive_matched_free(struct matched *x);
void derive_forget(struct map *m, struct entity *e);
void derive_settle(struct map *m, struct entity *e); /* it was loaded: nothing of it is news */
void derive_news(struct map *m, struct tenure *t, const struct seen *s); /* … m->learned */ /* a sign that is news of the tenure */
struct bytes entity_name(const struct entity *e); /* the best; empty: none */
const char *entity_kind(const struct entity *e, unsigned device); /* "host", "router", …; device: of its identity */
bool sign_is_name(unsigned sign);
bool sign_is_own_name(unsigned sign); /* … that a host has, not one that clients ask for */
struct bytes sign_name(struct bytes text, unsigned sign); /* the name in such a sign's text: what can be printed */

/* import.c: the bytes of a file into the map */
struct hosts;
bool import_read(struct hosts *h, struct bytes all, struct host_import *got, struct err *err);

/* json.c */
void entity_json(const struct map *m, const struct entity *e, struct json *j, bool evidence);
const char *hold_name(const struct tenure *t); /* how it is known that it is held */
const char *source_name(unsigned source); /* enum fuse_source */
const char *told_name(unsigned kind);
size_t tenure_text(const struct tenure *t, char out[ADDR_TEXT_MAX]);

#endif
