/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/defrag.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "flow/defrag_pieces.h"
#include "flow/lag.h"
#include "packet/decode.h"

enum {
    DATAGRAM_MAX = 65535,  /* RFC 791 3.1, RFC 8200 3: the length fields have 16 bits */
    IPV4_HEADER = 20, IPV6_HEADER = 40, FRAGMENT_HEADER = 8,
    ROOM_TRIES = 64,       /* datagrams given up for one fragment at most */
};

struct tracker_key {
    struct addr src, dst;
    struct addr carrier[2];        /* the ends of the tunnel; addresses may repeat in another one */
    uint32_t teid, gre_key;        /* one way, as the fragments are */
    uint32_t id, tenant;
    uint16_t vlan[VIEW_VLANS_MAX];
    uint8_t proto, family; /* IPv4 (RFC 791 3.2); IPv6 knows no protocol before the last header (RFC 8200 4.5) */
};

/* One datagram under way. */
struct tracker {
    struct tracker *chain;
    struct tracker *older, *newer; /* by deadline */
    struct tracker_key key;
    uint64_t hash, deadline, options;
    struct pieces pieces;
    bool seen_last;                /* a fragment that said it is the last, and was not covered when it came */
    uint8_t policy, ttl;           /* these and the options are of the first fragment that came */
    bool spoilt;                   /* guarded: no more of it goes on */
};

/* A finished datagram, until defrag_done. */
struct output {
    struct output *next;
    size_t got;
    uint8_t bytes[];
};

struct defrag {
    struct defrag_settings settings;
    struct pieces_memory memory;
    struct slab *trackers;
    struct tracker **bucket;
    uint64_t mask;
    struct tracker *oldest, *newest;
    struct output *outputs;
    struct lag time;
    const struct tracker *turn;    /* whose fragment is put in */
    bool refused, starved;         /* the last fragment */
    uint64_t counter[DEFRAG_COUNTER_N];
};

/* A memcap shared out: half for bytes, a quarter each for datagrams and pieces.  None is 0, which would be no limit. */
struct shares {
    uint64_t bytes, trackers, pieces;
};

static uint64_t share_of(uint64_t wanted, uint64_t memcap, size_t each)
{
    uint64_t n = wanted ? wanted : 65535;

    return n > memcap / 4 / each ? 1 + memcap / 4 / each : n;
}

static struct shares shares_of(const struct defrag_settings *s, uint64_t memcap)
{
    memcap = memcap ? memcap : UINT64_MAX / 2;
    return (struct shares){ memcap / 2 ? memcap / 2 : 1, share_of(s->trackers, memcap, sizeof(struct tracker)),
                            share_of(s->max_frags, memcap, sizeof(struct piece)) };
}

static bool give_up_oldest(void *of);

struct defrag *defrag_new(const struct defrag_settings *s)
{
    struct defrag *d = calloc(1, sizeof(*d));
    struct shares share = shares_of(s, s->memcap);

    if (!d) {
        return NULL;
    }
    d->settings = *s;
    lag_init(&d->time);
    d->mask = 63;
    while (d->mask < share.trackers) {
        d->mask = d->mask * 2 + 1;
    }
    d->bucket = calloc(d->mask + 1, sizeof(d->bucket[0]));
    d->memory.pages = pages_new(share.bytes);
    d->memory.slab = slab_new(sizeof(struct piece), share.pieces);
    d->memory.more = give_up_oldest;
    d->memory.of = d;
    d->trackers = slab_new(sizeof(struct tracker), share.trackers);
    if (!d->bucket || !d->memory.pages || !d->memory.slab || !d->trackers) {
        defrag_free(d);
        return NULL;
    }
    return d;
}

static void tracker_free(struct defrag *d, struct tracker *t)
{
    struct tracker **at = &d->bucket[t->hash & d->mask];

    while (*at != t) {
        bug_if(!*at);
        at = &(*at)->chain;
    }
    *at = t->chain;
    *(t->older ? &t->older->newer : &d->oldest) = t->newer;
    *(t->newer ? &t->newer->older : &d->newest) = t->older;
    pieces_clear(&t->pieces, &d->memory);
    slab_give(d->trackers, t);
}

void defrag_done(struct defrag *d)
{
    while (d->outputs) {
        struct output *o = d->outputs;
        d->outputs = o->next;
        pages_give(d->memory.pages, o, o->got);
    }
}

void defrag_free(struct defrag *d)
{
    if (!d) {
        return;
    }
    while (d->oldest) {
        tracker_free(d, d->oldest);
    }
    defrag_done(d);
    if (d->trackers) {
        slab_free(d->trackers);
    }
    if (d->memory.slab) {
        slab_free(d->memory.slab);
    }
    if (d->memory.pages) {
        pages_free(d->memory.pages);
    }
    free(d->bucket);
    free(d);
}

uint64_t *defrag_counters(struct defrag *d)
{
    d->counter[DEFRAG_MEMUSE] = pages_used(d->memory.pages) + slab_used(d->memory.slab) * sizeof(struct piece) +
                                slab_used(d->trackers) * sizeof(struct tracker);
    return d->counter;
}

bool defrag_refused(const struct defrag *d) { return d->refused; }
bool defrag_starved(const struct defrag *d) { return d->starved; }

void defrag_cap(struct defrag *d, uint64_t bytes)
{
    struct shares share = shares_of(&d->settings, bytes);

    pages_cap(d->memory.pages, share.bytes);
    slab_cap(d->memory.slab, share.pieces);
    slab_cap(d->trackers, share.trackers);
}

uint64_t defrag_used(struct defrag *d) { return defrag_counters(d)[DEFRAG_MEMUSE]; }

/* As Suricata maps them; a target's real stack decides (Novak 2005, table 1). */
static enum defrag_policy policy_of(enum os_policy os)
{
    switch (os) {
    case OS_BSD:
    case OS_HPUX10:
    case OS_IRIX:
        return DEFRAG_BSD;
    case OS_BSD_RIGHT:
        return DEFRAG_BSD_RIGHT;
    case OS_OLD_LINUX:
    case OS_LINUX:
        return DEFRAG_LINUX;
    case OS_OLD_SOLARIS:
    case OS_HPUX11:
    case OS_MACOS:
    case OS_FIRST:
        return DEFRAG_FIRST;
    case OS_SOLARIS:
        return DEFRAG_SOLARIS;
    case OS_WINDOWS:
    case OS_VISTA:
    case OS_WINDOWS2K3:
        return DEFRAG_WINDOWS;
    case OS_LAST:
        return DEFRAG_LAST;
    case OS_POLICY_N:
        break;
    }
    return DEFRAG_BSD;
}

static void expire(struct defrag *d)
{
    while (d->oldest && d->oldest->deadline <= lag_time(&d->time)) {
        d->counter[DEFRAG_TRACKER_TIMEOUT]++;
        tracker_free(d, d->oldest);
    }
}

/* Gives up the datagram that has waited longest, but not the one in turn.  Guarded, none: what went on of it already would be completed by
 * fragments that nobody holds against it. */
static bool give_up_oldest(void *of)
{
    struct defrag *d = of;
    struct tracker *t = d->settings.guarded ? NULL : d->oldest;

    if (t == d->turn) {
        t = t ? t->newer : NULL;
    }
    if (t) {
        d->counter[DEFRAG_HARD_REUSE]++;
        tracker_free(d, t);
    }
    return t != NULL;
}

static void key_of(const struct defrag_settings *s, const struct view *v, struct tracker_key *k)
{
    const struct view *carrier = v->outer;

    while (carrier && carrier->family == FAMILY_NONE) {
        carrier = carrier->outer;
    }
    memset(k, 0, sizeof(*k));
    k->src = v->src;
    k->dst = v->dst;
    if (carrier) {
        k->carrier[0] = carrier->src;
        k->carrier[1] = carrier->dst;
    }
    k->teid = v->teid;
    k->gre_key = v->gre_key;
    k->id = v->frag_id;
    k->tenant = s->any_tenant ? 0 : v->tenant;
    k->family = (uint8_t)v->family;
    k->proto = v->family == FAMILY_4 ? v->proto : 0;
    for (unsigned i = 0; !s->any_vlan && i < VIEW_VLANS_MAX && i < v->vlan_n; i++) {
        k->vlan[i] = v->vlan[i];
    }
}

/* To the end of the queue: every fragment gives the datagram its whole time again. */
static void touch(struct defrag *d, struct tracker *t)
{
    uint64_t second = d->time.latest - d->time.latest % CLOCK_SECOND;

    t->deadline = second + d->settings.timeout * CLOCK_SECOND;
    if (d->newest == t) {
        return;
    }
    if (t->newer) {
        *(t->older ? &t->older->newer : &d->oldest) = t->newer;
        t->newer->older = t->older;
    }
    t->older = d->newest;
    t->newer = NULL;
    *(d->newest ? &d->newest->newer : &d->oldest) = t;
    d->newest = t;
}

/* The headers in front of the data that the datagram keeps: IPv4's, IPv6's with what stands before the fragment header. */
static struct bytes headers_of(const struct view *v)
{
    if (v->family == FAMILY_4) {
        return v->ip_header;
    }
    size_t behind = v->l4.n + FRAGMENT_HEADER;
    return v->ip.n >= behind + IPV6_HEADER ? bytes_head(v->ip, v->ip.n - behind) : bytes_none();
}

/* Its options, as a number. */
static uint64_t options_of(const struct defrag *d, const struct view *v)
{
    struct bytes h = headers_of(v);
    size_t fixed = v->family == FAMILY_4 ? IPV4_HEADER : IPV6_HEADER;

    return h.n > fixed ? hash_bytes(h.p + fixed, h.n - fixed, d->settings.seed) : 0;
}

static struct tracker *find_or_make(struct defrag *d, const struct view *v, const struct facts *facts)
{
    struct tracker_key k;
    struct tracker *t;

    key_of(&d->settings, v, &k);
    uint64_t hash = hash_bytes(&k, sizeof(k), d->settings.seed);
    t = d->bucket[hash & d->mask];
    while (t && (t->hash != hash || memcmp(&t->key, &k, sizeof(k)) != 0)) {
        t = t->chain;
    }
    if (t && v->packet->ts < t->deadline) {
        return t;
    }
    if (t) {
        d->counter[DEFRAG_TRACKER_TIMEOUT]++;
        tracker_free(d, t);
    }
    t = slab_take(d->trackers);
    if (!t && give_up_oldest(d)) {
        t = slab_take(d->trackers);
    }
    if (!t) {
        return NULL;
    }
    *t = (struct tracker){ .key = k, .hash = hash, .ttl = v->ttl, .options = d->settings.guarded ? options_of(d, v) : 0, .chain = d->bucket[hash & d->mask] };
    t->policy = policy_of(facts ? facts_policy(facts, &v->dst, v->family) : OS_BSD);
    d->bucket[hash & d->mask] = t;
    touch(d, t);
    return t;
}

/* What stands in front of the IP packet. */
static struct bytes link_of(const struct view *v) { return bytes_head(v->bytes, (size_t)(v->ip.p - v->bytes.p)); }

/* The IPv6 header before the fragment header names the one after it. */
static void name_next(struct block *b, const struct view *v)
{
    if (v->family == FAMILY_6 && v->frag_prev < b->header) {
        b->bytes[b->link + v->frag_prev] = v->frag_next;
    }
}

/* The fragment copied, room made for it if need be. */
static struct block *keep(struct defrag *d, const struct view *v, uint32_t origin, struct bytes data)
{
    struct bytes head = origin == 0 ? headers_of(v) : bytes_none();
    struct bytes link = head.n != 0 ? link_of(v) : bytes_none();
    uint32_t limit = origin + (uint32_t)data.n;
    struct block *b;

    for (unsigned tries = 0; !(b = block_new(&d->memory, (uint32_t)(link.n + head.n), origin, limit)); tries++) {
        if (tries == ROOM_TRIES || !give_up_oldest(d)) {
            return NULL;
        }
    }
    b->last = !(v->frag_flags & 1);
    b->link = (uint32_t)link.n;
    b->header = (uint32_t)head.n;
    memcpy(b->bytes, link.p, link.n);
    memcpy(b->bytes + link.n, head.p, head.n);
    memcpy(b->bytes + link.n + head.n, data.p, data.n);
    name_next(b, v);
    return b;
}

/* One's complement update of a checksum when a word changes (RFC 1624 3): a wrong one stays wrong. */
static uint16_t checksum_change(uint16_t sum, uint16_t from, uint16_t to)
{
    uint32_t s = (uint32_t)(uint16_t)~sum + (uint16_t)~from + to;

    s = (s & 0xffff) + (s >> 16);
    s = (s & 0xffff) + (s >> 16);
    return (uint16_t)~s;
}

static uint16_t get16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }
static void set16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void fix_header(uint8_t *p, enum family family, uint32_t length)
{
    if (family == FAMILY_6) {
        set16(p + 4, length - IPV6_HEADER);
        return;
    }
    uint16_t sum = get16(p + 10);
    sum = checksum_change(sum, get16(p + 2), (uint16_t)length);
    sum = checksum_change(sum, get16(p + 6), 0);
    set16(p + 2, length);
    set16(p + 6, 0);
    set16(p + 10, sum);
}

/* The datagram: the headers of the fragment that owns the first byte, then the pieces. */
static bool assemble(struct defrag *d, struct tracker *t, enum family family, struct datagram *datagram)
{
    const struct block *head = t->pieces.first->block;
    uint32_t length = head->header + pieces_end(&t->pieces);
    size_t got;

    if (head->header < (family == FAMILY_4 ? IPV4_HEADER : IPV6_HEADER) ||
        length > DATAGRAM_MAX + (family == FAMILY_4 ? 0 : IPV6_HEADER)) {
        return false;
    }
    struct output *o = pages_take(d->memory.pages, sizeof(*o) + head->link + length, &got);
    if (!o) {
        d->counter[DEFRAG_MAX_FRAGS]++;
        d->starved = true;
        return false;
    }
    pieces_cut(&t->pieces, &d->memory, length - head->header);
    *o = (struct output){ .next = d->outputs, .got = got };
    d->outputs = o;
    uint8_t *ip = o->bytes + head->link;
    memcpy(o->bytes, head->bytes, head->link + head->header);
    for (const struct piece *x = t->pieces.first; x; x = x->next) {
        const struct block *b = x->block;
        memcpy(ip + head->header + x->start, b->bytes + b->link + b->header + (x->start - b->origin), x->end - x->start);
    }
    fix_header(ip, family, length);
    *datagram = (struct datagram){ bytes_of(o->bytes, head->link + length), bytes_of(ip, length) };
    return true;
}

static void note(struct view *v, enum decode_note four, enum decode_note six)
{
    view_note(v, (uint16_t)(v->family == FAMILY_4 ? four : six));
}

/* The fragment into its datagram; false when there was no memory.  *part: the datagram is not as it was before. */
static bool insert(struct defrag *d, struct tracker *t, struct view *v, struct bytes data, bool *part)
{
    struct block *b = keep(d, v, (uint32_t)v->frag_offset * 8, data);
    uint32_t had = t->pieces.covered;
    bool differs = d->settings.guarded && b && pieces_differ(&t->pieces, b);
    bool overlap = false, whole = b && pieces_add(&t->pieces, &d->memory, b, (enum defrag_policy)t->policy, &overlap);
    bool won = b && b->pieces;

    *part = won || t->pieces.covered != had;
    if (d->settings.guarded && (v->ttl != t->ttl || options_of(d, v) != t->options || differs)) { /* its target may throw one away, and take another in its place */
        t->spoilt = true;
    }

    if (b && !won) {
        block_free(&d->memory, b);
    }
    if (overlap) {
        note(v, NOTE_IPV4_FRAG_OVERLAP, NOTE_IPV6_FRAG_OVERLAP);
    }
    if (!whole) {
        note(v, NOTE_IPV4_FRAG_IGNORED, NOTE_IPV6_FRAG_IGNORED);
        d->counter[DEFRAG_MAX_FRAGS]++;
        d->starved = true;
        return false;
    }
    t->seen_last = t->seen_last || (won && b->last);
    return true;
}

/* What the target takes of the fragment; false: it discards it.  Where more follow the length is a multiple of eight (RFC 8200 4.5; RFC
 * 791 says nothing of it: Linux cuts, BSD discards).  Guarded, none of these goes on. */
static bool taken(struct defrag *d, const struct view *v, const struct facts *facts, struct bytes *data)
{
    enum { MORE = 1 };
    size_t odd = v->frag_flags & MORE ? v->l4.n % 8 : 0;
    bool cut = odd != 0 && v->family == FAMILY_4 && policy_of(facts ? facts_policy(facts, &v->dst, v->family) : OS_BSD) == DEFRAG_LINUX;
    bool good = !(v->flags & VIEW_BAD_IP_CHECKSUM) && (odd == 0 || (cut && !d->settings.guarded));

    *data = bytes_head(v->l4, v->l4.n - odd);
    d->refused = !good && d->settings.guarded;
    d->counter[DEFRAG_DISCARDED] += !good;
    return good;
}

/* No memory for a fragment: its datagram is lost; guarded, it waits for the fragment to come again, if this one left it as it was. */
static void lose(struct defrag *d, struct tracker *t, bool part)
{
    if (!d->settings.guarded) {
        tracker_free(d, t);
    } else if (part || t->spoilt) {
        t->spoilt = d->refused = true;
        pieces_clear(&t->pieces, &d->memory);
        d->counter[DEFRAG_SPOILT]++;
    }
}

bool defrag_add(struct defrag *d, struct view *v, const struct facts *facts, struct datagram *datagram)
{
    uint32_t origin = (uint32_t)v->frag_offset * 8, most = DATAGRAM_MAX - (v->family == FAMILY_4 ? IPV4_HEADER : 0);
    struct bytes data;
    struct tracker *t;
    bool done = false, part;

    d->refused = d->starved = false;
    d->turn = NULL;
    if (!d->settings.enabled || v->family == FAMILY_NONE || (origin == 0 && !(v->frag_flags & 1))) {
        return false;
    }
    lag_feed(&d->time, v->packet->ts);
    expire(d);
    d->counter[v->family == FAMILY_4 ? DEFRAG_IPV4_FRAGMENTS : DEFRAG_IPV6_FRAGMENTS]++;
    if (!taken(d, v, facts, &data)) {
        return false;
    }
    d->turn = t = find_or_make(d, v, facts);
    if (!t) {
        d->counter[DEFRAG_MAX_TRACKERS]++;
        d->starved = true;
        return false;
    }
    if (origin + data.n > most) {
        note(v, NOTE_IPV4_FRAG_PKT_TOO_LARGE, NOTE_IPV6_FRAG_PKT_TOO_LARGE);
        return false;
    }
    touch(d, t);
    if (t->spoilt) {
        d->refused = true;
        return false;
    }
    if (data.n == 0) { /* carries nothing: it neither fills nor ends a datagram */
        return false;
    }
    if (!insert(d, t, v, data, &part)) {
        lose(d, t, part);
    } else if (t->spoilt) {
        pieces_clear(&t->pieces, &d->memory);
        d->refused = true;
        d->counter[DEFRAG_SPOILT]++;
    } else if (t->seen_last && pieces_whole(&t->pieces)) {
        done = assemble(d, t, v->family, datagram);
        d->counter[v->family == FAMILY_4 ? DEFRAG_IPV4_REASSEMBLED : DEFRAG_IPV6_REASSEMBLED] += done;
        if (d->starved) {
            lose(d, t, true);
        } else {
            tracker_free(d, t);
        }
    }
    return done;
}
