/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <netinet/in.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/slab.h"
#include "flow/flow_age.h"
#include "flow/flow_buckets.h"
#include "flow/flow_expect.h"
#include "flow/flow_key.h"
#include "flow/flow_rate.h"
#include "flow/lag.h"
#include "flow/stream.h"

#define ID_BITS 51 /* flow ids fit the whole numbers of a double, as dashboards need them */
#define ID_SEED 0x70656363617279ULL

_Static_assert(FLOW_END_TCP_CLOSED - FLOW_END_TCP_NONE == TCP_CLOSED, "a counter a state");
_Static_assert(offsetof(struct flow, last) == 64 && offsetof(struct flow, tcp) == 128 && sizeof(struct flow) == 256,
               "the lines that packets touch");

/* What the last packet counted, so that a session's reuse can take it back. */
struct counted {
    struct flow *f;
    uint64_t bytes, last;
    uint32_t flags;
    uint8_t side, min_ttl, max_ttl;
};

struct flow_table {
    struct flow_settings settings;
    struct flow_settings ids;      /* the same, with the seed of ids */
    struct flow_sink sink;
    struct slab *slab, *macs;    /* macs NULL: nobody wants them */
    struct slab *roomy;          /* flows with room for a session; NULL: there are none */
    size_t room, tail;           /* bytes of that room, and behind it, or the flow: struct flow_rate, when rates are tracked */
    struct flow_rate_window window;
    uint64_t max;                /* flows of both kinds; 0: no ceiling */
    struct flow_buckets buckets;
    struct lag time;
    struct counted counted;
    struct flow_expectations *expectations;
    bool shares_expectations;
    unsigned worker;
    bool refused;
    struct flow_age age;
    uint64_t counter[FLOW_COUNTER_N];
};

/* 0: any number. */
static uint64_t flows_under(const struct flow_table *t, uint64_t memcap)
{
    return memcap ? 1 + memcap * 4 / 5 / (sizeof(struct flow) + t->tail) : 0;
}

struct flow_table *flow_table_new(const struct flow_settings *s, struct flow_sink sink)
{
    struct flow_table *t = calloc(1, sizeof(*t));
    uint64_t bytes = s->memcap ? s->memcap : UINT64_MAX / 2;
    uint64_t buckets = s->hash_size / BUCKET_FLOWS;

    bug_if(!t);
    t->settings = t->ids = *s;
    t->ids.seed = ID_SEED;
    t->sink = sink;
    if (buckets > bytes / 8 / sizeof(struct bucket)) {
        buckets = bytes / 8 / sizeof(struct bucket);
    }
    /* A fifth of the cap is for the buckets: 64 bytes for at least 1.25 flows, old and new array together. */
    bug_if(!flow_buckets_init(&t->buckets, buckets, bytes / 8));
    t->tail = s->rate_bytes ? (sizeof(struct flow_rate) + 63) & ~(size_t)63 : 0; /* flows begin a cache line */
    t->window = s->rate_bytes ? flow_rate_window(s->rate_interval) : (struct flow_rate_window){ 0 };
    t->max = flows_under(t, s->memcap);
    t->slab = slab_new(sizeof(struct flow) + t->tail, t->max);
    t->macs = s->macs ? slab_new(sizeof(struct flow_macs), s->memcap ? 1 + bytes / 4 / sizeof(struct flow_macs) : 0) : NULL;
    bug_if(!t->slab || (s->macs && !t->macs));
    t->expectations = flow_expectations_new(NULL);
    flow_age_init(&t->age, 0);
    lag_init(&t->time);
    return t;
}

void flow_table_rooms(struct flow_table *t, size_t n, uint64_t max)
{
    bug_if(t->roomy && slab_used(t->roomy) != 0);
    slab_free(t->roomy);
    t->room = (n + 7) & ~(size_t)7;
    t->roomy = slab_new(sizeof(struct flow) + t->room + t->tail, max);
    bug_if(!t->roomy);
}

void flow_table_rooms_cap(struct flow_table *t, uint64_t max) { slab_cap(t->roomy, max); }

/* As flow_table_new shares it out. */
void flow_table_cap(struct flow_table *t, uint64_t bytes)
{
    t->settings.memcap = bytes;
    t->max = flows_under(t, bytes);
    slab_cap(t->slab, t->max);
}

const struct flow *flow_by_id(const struct flow_table *t, uint64_t id) { return flow_age_find(&t->age, id); }

static uint64_t flows_out(const struct flow_table *t) { return slab_used(t->slab) + (t->roomy ? slab_used(t->roomy) : 0); }

void flow_table_free(struct flow_table *t)
{
    if (!t) {
        return;
    }
    flow_buckets_fini(&t->buckets);
    slab_free(t->slab);
    slab_free(t->roomy);
    slab_free(t->macs);
    if (!t->shares_expectations) {
        flow_expectations_free(t->expectations);
    }
    free(t);
}

void flow_table_share(struct flow_table *t, struct flow_expectations *e, unsigned worker)
{
    if (!t->shares_expectations) {
        flow_expectations_free(t->expectations);
    }
    t->expectations = e;
    t->shares_expectations = true;
    t->worker = worker;
}

uint64_t *flow_table_counters(struct flow_table *t)
{
    t->counter[FLOW_ACTIVE] = t->age.n;
    t->counter[FLOW_MEMUSE] = flows_out(t) * (sizeof(struct flow) + t->tail) + flow_buckets_bytes(&t->buckets);
    return t->counter;
}

uint64_t flow_live(const struct flow_table *t) { return t->age.n; }

static void count_end(struct flow_table *t, const struct flow *f)
{
    t->counter[FLOW_END_NEW + f->state]++;
    if (f->key.proto == IPPROTO_TCP) {
        t->counter[FLOW_END_TCP_NONE + stream_state(f)]++;
    }
}

/* The flow is in no queue any more; `at` is its record's time. */
static void end_flow(struct flow_table *t, struct flow *f, enum flow_reason reason, uint64_t at)
{
    flow_buckets_remove(&t->buckets, f);
    f->reason = (uint8_t)reason;
    f->ended = at;
    f->flags |= FLOW_ENDING;
    count_end(t, f);
    if (t->counted.f == f) {
        t->counted.f = NULL;
    }
    t->sink.end(t->sink.ctx, f);
    if (f->macs) {
        slab_give(t->macs, f->macs);
    }
    slab_give(f->flags & FLOW_ROOM ? t->roomy : t->slab, f);
}

static unsigned timeout_row(uint8_t proto)
{
    return proto == IPPROTO_TCP ? 1 : proto == IPPROTO_UDP ? 2 : proto == IPPROTO_ICMP ? 3 : 0;
}

static uint64_t timeout(const struct flow_table *t, const struct flow *f)
{
    unsigned row = timeout_row(f->key.proto);
    uint32_t seconds = f->state == FLOW_BYPASSED ? t->settings.timeout_bypassed[row] : t->settings.timeout[row][f->state];

    return seconds * CLOCK_SECOND;
}

/* A flow's time-out is told at the moment it fell due, also when that is noticed later. */
static void expire(struct flow_table *t, struct flow *f)
{
    end_flow(t, f, FLOW_ENDED_TIMEOUT, f->deadline);
}

/* Fetches what the ends of f and the flows behind it will wait for, each a step nearer: their lines, then what those lead to, then the
 * flow that may move up in the bucket. */
static void ahead_end(const struct flow_table *t, const struct flow *f)
{
    enum { MORE_AT = 1, BUCKET_AT = 3, LINES_AT = 6 };

    for (unsigned i = 0; f && i < LINES_AT; i++, f = f->age_next) {
        const struct bucket *bucket = flow_bucket(&t->buckets, f->hash);
        if (i == MORE_AT && bucket->more) {
            __builtin_prefetch(&bucket->more->hash);
        } else if (i == BUCKET_AT) {
            __builtin_prefetch(bucket, 1);
            __builtin_prefetch(f->app, 1);
            for (unsigned k = 0; f->tcp && k < 5; k++) { /* all of a session */
                __builtin_prefetch((const char *)f->tcp + 64 * k, 1);
            }
        }
    }
    for (unsigned i = 0; f && i < sizeof(*f) / 64; i++) {
        __builtin_prefetch((const char *)f + 64 * i, 1);
    }
}

static void sweep_due(struct flow_table *t)
{
    uint64_t now = lag_time(&t->time);
    struct flow *f;

    flow_age_back(&t->age, now);
    while ((f = flow_age_pop(&t->age, now))) {
        t->counter[FLOW_EVICTED_SWEEP]++;
        ahead_end(t, t->age.due);
        expire(t, f);
    }
}

void flow_sweep(struct flow_table *t, uint64_t now)
{
    uint64_t safe;

    lag_feed(&t->time, now);
    safe = lag_time(&t->time);
    if (safe >= t->age.wake || safe < t->age.back) {
        sweep_due(t);
    }
}

void flow_end_all(struct flow_table *t)
{
    sweep_due(t);
    for (struct flow *f = flow_age_drain(&t->age), *next; f; f = next) {
        next = f->age_next;
        ahead_end(t, next);
        end_flow(t, f, FLOW_ENDED_SHUTDOWN, t->time.latest);
    }
}

void flow_set_state(struct flow_table *t, struct flow *f, enum flow_state s)
{
    if (f->state == s) {
        return;
    }
    f->state = (uint8_t)s;
    f->deadline = f->last + timeout(t, f);
    if (!(f->flags & FLOW_ENDING)) {
        flow_age_sooner(&t->age, f);
    }
}

/* The flow that a look-up of this hash will most likely find; its key is not compared. */
static struct flow *likely(const struct flow_table *t, uint64_t hash)
{
    const struct bucket *bucket = flow_bucket(&t->buckets, hash);

    for (unsigned k = 0; k < BUCKET_FLOWS; k++) {
        if (bucket->tag[k] == flow_bucket_tag(hash) && bucket->flow[k]) {
            return bucket->flow[k];
        }
    }
    return NULL;
}

void flow_prepare(struct flow_table *t, struct batch *b)
{
    for (unsigned i = 0; i < b->view_n; i++) {
        struct view *v = &b->views[i];
        v->hash = flow_hash(&t->settings, v);
        __builtin_prefetch(flow_bucket(&t->buckets, v->hash));
    }
}

const struct flow *flow_ahead(const struct flow_table *t, const struct view *v, enum flow_near near)
{
    const struct flow *f = likely(t, v->hash);

    if (!f || near == FLOW_NEXT) {
        return f;
    }
    if (near == FLOW_FAR) {
        __builtin_prefetch(f);
        __builtin_prefetch(&f->last, 1);
        __builtin_prefetch(&f->tcp);
        for (unsigned i = 0; view_has(v, LAYER_TCP) && i < 4; i++) { /* its session, when there is room for one */
            __builtin_prefetch((const char *)(f + 1) + 64 * i, 1);
        }
        return f;
    }
    for (unsigned i = 0; f->app && i < 6; i++) { /* with what its protocol keeps */
        __builtin_prefetch((const char *)f->app + 64 * i, 1);
    }
    return f;
}

static struct flow *find(const struct flow_table *t, uint64_t hash, const struct flow_key *k, enum flow_kind kind, int *side)
{
    const struct bucket *bucket = flow_bucket(&t->buckets, hash);
    uint32_t tag = flow_bucket_tag(hash);
    uint16_t mask = flow_vlan_mask(&t->settings);

    for (unsigned i = 0; i < BUCKET_FLOWS; i++) {
        struct flow *f = bucket->flow[i];
        if (bucket->tag[i] == tag && f && (*side = flow_key_match(&f->key, k, kind, mask)) >= 0) {
            return f;
        }
    }
    for (struct flow *f = bucket->chained & flow_bucket_chained(tag) ? bucket->more : NULL; f; f = f->chain) {
        if (f->hash == hash && (*side = flow_key_match(&f->key, k, kind, mask)) >= 0) {
            return f;
        }
    }
    return NULL;
}

/* Only when rates are tracked. */
static struct flow_rate *rate_of(const struct flow_table *t, struct flow *f)
{
    return (struct flow_rate *)(void *)((char *)(f + 1) + (f->flags & FLOW_ROOM ? t->room : 0));
}

/* A flow under the cap, cleared; NULL: it is reached. */
static struct flow *take_free(struct flow_table *t, uint8_t proto)
{
    bool may = t->max == 0 || flows_out(t) < t->max;
    struct flow *f = may && t->roomy && proto == IPPROTO_TCP ? slab_take(t->roomy) : NULL;
    uint32_t flags = f ? FLOW_ROOM : 0;

    if (may && !f) {
        f = slab_take(t->slab);
    }
    if (f) {
        memset(f, 0, sizeof(*f));
        f->flags = flags;
        memset(rate_of(t, f), 0, t->tail);
    }
    return f;
}

/* At the cap the flow that would expire first makes room. */
static struct flow *take_flow(struct flow_table *t, uint8_t proto)
{
    struct flow *f = take_free(t, proto);
    struct flow *victim;

    if (f) {
        return f;
    }
    victim = flow_age_soonest(&t->age);
    if (victim) {
        flow_age_remove(&t->age, victim);
        t->counter[FLOW_GET_USED]++;
        end_flow(t, victim, FLOW_ENDED_FORCED, t->time.latest);
        f = take_free(t, proto);
    }
    if (!f) {
        t->counter[FLOW_MEMCAP]++;
    }
    return f;
}

static void count_new(struct flow_table *t, uint8_t proto)
{
    t->counter[FLOW_TOTAL]++;
    switch (proto) {
    case IPPROTO_TCP:
        t->counter[FLOW_TCP]++;
        break;
    case IPPROTO_UDP:
        t->counter[FLOW_UDP]++;
        break;
    case IPPROTO_ICMP:
        t->counter[FLOW_ICMP4]++;
        break;
    case IPPROTO_ICMPV6:
        t->counter[FLOW_ICMP6]++;
        break;
    default:
        break;
    }
}

/* Made of what every worker sees alike, and who reads a record of it too: the packet and its time, the view in it. Never 0. */
static uint64_t make_id(const struct flow_table *t, const struct view *v, const struct flow_key *k)
{
    struct flow_key same = *k;

    same.device = 0; /* a record does not tell it */
    uint64_t x = hash_word(v->packet->number << 8 ^ v->level) ^ hash_word(v->packet->ts) ^ flow_key_hash(&t->ids, &same);

    return (hash_word(x) >> (64 - ID_BITS)) | 1;
}

static void mac_add(struct flow_macs *m, unsigned side, struct bytes mac)
{
    for (unsigned i = 0; i < m->n[side]; i++) {
        if (memcmp(m->mac[side][i], mac.p, 6) == 0) {
            return;
        }
    }
    if (m->n[side] < FLOW_MACS_MAX) {
        memcpy(m->mac[side][m->n[side]++], mac.p, 6);
    }
}

static void take_macs(struct flow_table *t, struct flow *f, const struct view *v, enum side side)
{
    struct rd r = rd_of(v->ether);
    struct bytes to = rd_bytes(&r, 6), from = rd_bytes(&r, 6);

    if (!rd_ok(&r)) {
        return;
    }
    if (!f->macs) {
        f->macs = slab_take(t->macs);
        if (!f->macs) {
            return;
        }
        memset(f->macs, 0, sizeof(*f->macs));
    }
    mac_add(f->macs, side, from); /* by the flow's ends: [0] the client's */
    mac_add(f->macs, 1 - side, to);
}

static struct flow *make(struct flow_table *t, const struct view *v, const struct flow_key *k, uint64_t hash)
{
    struct flow *f = take_flow(t, k->proto);

    if (!f) {
        return NULL;
    }
    f->key = *k;
    f->hash = hash;
    f->readers = v->readers;
    f->first = f->last = v->packet->ts;
    f->first_packet = v->packet->number;
    f->id = make_id(t, v, k);
    if (view_has(v, LAYER_ICMP4 | LAYER_ICMP6)) {
        f->icmp_type[0] = v->icmp.type;
        f->icmp_code[0] = v->icmp.code;
        f->icmp_type[1] = flow_icmp_counterpart(k->proto, v->icmp.type);
    }
    f->deadline = f->last + timeout(t, f);
    flow_buckets_add(&t->buckets, f);
    flow_age_add(&t->age, f);
    count_new(t, k->proto);
    return f;
}

/* What counts as the packet's size, as Suricata has it: the frame; of a tunnelled packet its own bytes, but VXLAN's Ethernet header;
 * of a reassembled one the datagram, behind the link header of its fragments. */
static uint64_t packet_size(const struct view *v)
{
    const struct packet *p = v->packet;

    if (v->flags & VIEW_REASSEMBLED) {
        const struct view *o = p->outermost;
        bool own_link = !v->outer && o->flags & VIEW_FRAGMENT && o->ip.n != 0;
        return v->bytes.n + (own_link ? (size_t)(o->ip.p - p->frame.p) : 0);
    }
    if (!v->outer && !(v->flags & VIEW_TUNNELED)) {
        return p->frame.n;
    }
    if (v->overlay_n > 0 && v->overlay_n <= VIEW_OVERLAYS_MAX && v->overlay[v->overlay_n - 1] == OVERLAY_VXLAN && v->ether.n <= v->bytes.n) {
        return v->bytes.n - v->ether.n;
    }
    return v->bytes.n;
}

/* The direction of a packet in its flow, where the key alone does not say. */
static enum side direction(const struct flow *f, const struct view *v, int side)
{
    if (view_has(v, LAYER_TCP | LAYER_UDP | LAYER_SCTP)) {
        return (enum side)side;
    }
    if (view_has(v, LAYER_ICMP4 | LAYER_ICMP6)) {
        return addr_equal(&f->key.addr[0], &v->src) ? TO_SERVER : TO_CLIENT;
    }
    return TO_SERVER; /* one flow for both directions, and who asks is not known: as Suricata counts them */
}

/* The flow is an elephant from the packet on that makes it one. */
static void track_rate(struct flow_table *t, struct flow *f, enum side side, uint64_t ts)
{
    static const uint32_t flags[2] = { FLOW_ELEPHANT_SERVER, FLOW_ELEPHANT_CLIENT };
    static const enum flow_counter counters[2] = { FLOW_ELEPHANTS_SERVER, FLOW_ELEPHANTS_CLIENT };

    if ((f->flags & flags[side]) || flow_rate_add(&rate_of(t, f)->side[side], t->window, ts, t->counted.bytes) < t->settings.rate_bytes) {
        return;
    }
    t->counter[FLOW_ELEPHANTS] += (f->flags & (flags[0] | flags[1])) == 0;
    t->counter[counters[side]]++;
    f->flags |= flags[side];
}

static void count_packet(struct flow_table *t, struct flow *f, const struct view *v, enum side side)
{
    t->counted = (struct counted){
        .f = f, .bytes = packet_size(v), .last = f->last, .flags = f->flags, .side = (uint8_t)side,
        .min_ttl = f->min_ttl[side], .max_ttl = f->max_ttl[side],
    };
    if (v->packet->ts > f->last) {
        f->last = v->packet->ts;
    }
    f->deadline = f->last + timeout(t, f);
    f->packets[side]++;
    f->bytes[side] += t->counted.bytes;
    if (t->tail) {
        track_rate(t, f, side, v->packet->ts);
    }
    if (f->min_ttl[side] == 0 || v->ttl < f->min_ttl[side]) {
        f->min_ttl[side] = v->ttl;
    }
    if (v->ttl > f->max_ttl[side]) {
        f->max_ttl[side] = v->ttl;
    }
    if (!(view_has(v, LAYER_ICMP4) && f->key.proto != v->proto)) { /* an error about the flow is not the flow's own */
        f->flags |= side == TO_SERVER ? FLOW_SEEN_SERVER : FLOW_SEEN_CLIENT;
    }
    if (f->key.proto != IPPROTO_TCP && f->state == FLOW_NEW && f->flags & FLOW_SEEN_SERVER && f->flags & FLOW_SEEN_CLIENT) {
        flow_set_state(t, f, FLOW_ESTABLISHED);
    }
    if (t->macs) {
        take_macs(t, f, v, side);
    }
}

struct flow *flow_resolve(struct flow_table *t, const struct view *v, enum side *side)
{
    struct flow_key k;
    enum flow_kind kind = flow_key_of(&t->settings, v, &k);
    int match;

    if (kind == FLOW_KIND_NONE) {
        return NULL;
    }
    uint64_t hash = v->hash ? v->hash : flow_key_hash(&t->settings, &k);
    struct flow *f = find(t, hash, &k, kind, &match);
    if (f && v->packet->ts >= f->deadline) {
        t->counter[FLOW_EVICTED_LOOKUP]++;
        flow_age_remove(&t->age, f);
        expire(t, f);
        f = NULL;
    }
    if (!f) {
        match = TO_SERVER;
        f = kind == FLOW_KIND_QUOTED ? NULL : make(t, v, &k, hash);
        t->refused = !f && kind != FLOW_KIND_QUOTED;
    }
    if (f) {
        *side = direction(f, v, match);
        count_packet(t, f, v, *side);
    }
    return f;
}

bool flow_refused(const struct flow_table *t) { return t->refused; }

/* The packet belongs to another flow after all. */
static void uncount_packet(struct flow_table *t, struct flow *f)
{
    const struct counted *c = &t->counted;

    if (c->f != f) {
        return;
    }
    f->packets[c->side]--;
    f->bytes[c->side] -= c->bytes;
    f->last = c->last;
    f->flags = c->flags | (f->flags & ~(uint32_t)(FLOW_SEEN_SERVER | FLOW_SEEN_CLIENT));
    f->min_ttl[c->side] = c->min_ttl;
    f->max_ttl[c->side] = c->max_ttl;
}

struct flow *flow_reuse(struct flow_table *t, struct flow *f, const struct view *v, enum side *side)
{
    struct flow_key k;
    uint64_t hash = f->hash;

    bug_if(flow_key_of(&t->settings, v, &k) != FLOW_KIND_PAIR);
    uncount_packet(t, f);
    t->counter[FLOW_TCP_REUSE]++;
    flow_age_remove(&t->age, f);
    end_flow(t, f, FLOW_ENDED_TCP_REUSE, v->packet->ts);
    f = make(t, v, &k, hash);
    if (f) {
        *side = TO_SERVER;
        count_packet(t, f, v, TO_SERVER);
    }
    return f;
}

#define SWAP(a, b)                                                                                                     \
    do {                                                                                                               \
        __typeof__(a) swap = (a);                                                                                      \
        (a) = (b);                                                                                                     \
        (b) = swap;                                                                                                    \
    } while (0)

void flow_swap(struct flow_table *t, struct flow *f)
{
    uint32_t seen = f->flags & (FLOW_SEEN_SERVER | FLOW_SEEN_CLIENT);

    SWAP(f->key.addr[0], f->key.addr[1]);
    SWAP(f->key.port[0], f->key.port[1]);
    SWAP(f->packets[0], f->packets[1]);
    SWAP(f->bytes[0], f->bytes[1]);
    SWAP(f->min_ttl[0], f->min_ttl[1]);
    SWAP(f->max_ttl[0], f->max_ttl[1]);
    SWAP(f->icmp_type[0], f->icmp_type[1]);
    SWAP(f->icmp_code[0], f->icmp_code[1]);
    if (t->tail) {
        struct flow_rate *r = rate_of(t, f);
        SWAP(r->side[0], r->side[1]);
    }
    if (((f->flags & FLOW_ELEPHANT_SERVER) != 0) != ((f->flags & FLOW_ELEPHANT_CLIENT) != 0)) {
        f->flags ^= FLOW_ELEPHANT_SERVER | FLOW_ELEPHANT_CLIENT;
    }
    if (f->macs) {
        struct flow_macs m = *f->macs;
        for (unsigned i = 0; i < 2; i++) {
            f->macs->n[i] = m.n[1 - i];
            memcpy(f->macs->mac[i], m.mac[1 - i], sizeof(m.mac[i]));
        }
    }
    if (seen == FLOW_SEEN_SERVER || seen == FLOW_SEEN_CLIENT) {
        f->flags ^= FLOW_SEEN_SERVER | FLOW_SEEN_CLIENT;
    }
    f->flags ^= FLOW_SWAPPED;
    stream_swap(f);
    if (t->counted.f == f) {
        t->counted.side = 1 - t->counted.side;
    }
}

bool flow_expect(struct flow_table *t, const struct flow_expectation *e)
{
    bool lost, kept = flow_expectations_add(t->expectations, t->worker, e, t->time.latest, &lost);

    t->counter[FLOW_EXPECTATIONS_FULL] += lost;
    return kept;
}

bool flow_expected(struct flow_table *t, struct flow *f, struct flow_expectation *out)
{
    if (!(f->flags & FLOW_ASKED)) {
        f->flags |= FLOW_ASKED;
        (void)flow_expectations_take(t->expectations, t->worker, f, out);
    }
    return f->flags & FLOW_EXPECTED;
}

const char *flow_state_name(const struct flow *f)
{
    static const char *const name[] = { "new", "established", "closed", "bypassed" };
    return name[f->state & 3];
}

const char *flow_reason_name(const struct flow *f)
{
    switch ((enum flow_reason)f->reason) {
    case FLOW_ENDED_TIMEOUT:
        return "timeout";
    case FLOW_ENDED_FORCED:
        return "forced";
    case FLOW_ENDED_SHUTDOWN:
        return "shutdown";
    case FLOW_ENDED_TCP_REUSE:
        return "tcp_reuse";
    case FLOW_ENDED_NOT:
        break;
    }
    return "unknown";
}
