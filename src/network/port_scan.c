/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * port_scan - hosts that ask many ports, or many hosts.
 *
 * Two trackers per packet, one of the host that asks, one of the host that is asked, for each protocol.  A question that
 * nobody has answered counts as a connection, an answer takes one off, a refusal (RST, ICMP unreachable) counts apart.  What
 * a tracker has counted is forgotten when its window is over.
 */
#include "network/parts.h"

#include "base/clock.h"
#include "base/hash.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>

struct scan_key {
    struct addr addr;
    uint32_t tenant;
    uint8_t family, proto, asks; /* asks: it is the asking host's */
    uint8_t unused;
};

struct tracker {
    struct tracker *chain, *older, *newer;
    struct scan_key key;
    uint64_t window;           /* seconds: what is counted holds until then */
    struct addr last;          /* the other host of the last question, and its port */
    uint32_t port;
    int32_t connections, rejects;
    uint32_t nets, ports;
    bool told;                 /* of this window */
};

struct scans {
    const struct scan_settings *s;
    pthread_mutex_t lock;
    struct tracker *tracker, **bucket;
    struct tracker *oldest, *newest;
    size_t used, room, buckets;
    uint64_t seed;
};

/* What Snort's low, medium and high levels are. */
static const struct scan_limit presets[SCAN_LEVELS][SCAN_PROTOS][SCAN_TYPES] = {
    [SCAN_LOW] = { { { 0, 5, 25, 5 }, { 0, 15, 50, 30 }, { 0, 5, 5, 15 }, { 0, 15, 50, 15 } },
                   { { 0, 5, 25, 5 }, { 0, 15, 50, 30 }, { 0, 5, 5, 15 }, { 0, 15, 50, 15 } },
                   { { 0, 10, 10, 50 }, { 0, 40, 50, 25 }, { 0, 10, 10, 10 }, { 0, 15, 25, 50 } },
                   { { 0 }, { 0 }, { 0, 5, 5, 5 }, { 0 } } },
    [SCAN_MEDIUM] = { { { 200, 10, 60, 15 }, { 200, 30, 120, 60 }, { 30, 7, 7, 10 }, { 200, 30, 120, 30 } },
                      { { 200, 10, 60, 15 }, { 200, 30, 120, 60 }, { 30, 5, 5, 20 }, { 200, 30, 120, 30 } },
                      { { 200, 10, 10, 50 }, { 200, 40, 50, 25 }, { 30, 10, 10, 10 }, { 200, 15, 25, 50 } },
                      { { 0 }, { 0 }, { 20, 5, 5, 5 }, { 0 } } },
    [SCAN_HIGH] = { { { 200, 5, 100, 10 }, { 200, 7, 200, 60 }, { 30, 3, 3, 10 }, { 200, 5, 200, 10 } },
                    { { 200, 3, 100, 10 }, { 200, 7, 200, 60 }, { 30, 3, 3, 10 }, { 200, 3, 200, 10 } },
                    { { 200, 3, 3, 10 }, { 200, 7, 15, 5 }, { 30, 3, 3, 7 }, { 200, 3, 11, 10 } },
                    { { 0 }, { 0 }, { 10, 3, 3, 5 }, { 0 } } },
};

void scan_preset(struct scan_settings *s, enum scan_level level)
{
    static const uint32_t windows[SCAN_LEVELS] = { 60, 90, 600 };

    for (unsigned i = 0; i < SCAN_PROTOS; i++) {
        s->window[i] = windows[level];
        for (unsigned k = 0; k < SCAN_TYPES; k++) {
            s->limit[i][k] = presets[level][i][k];
        }
    }
}

struct scans *scans_new(const struct scan_settings *s)
{
    struct scans *x = calloc(1, sizeof *x);

    if (x == NULL) {
        return NULL;
    }
    x->s = s;
    x->seed = hash_random_seed();
    x->room = s->memcap / (sizeof(struct tracker) + sizeof(struct tracker *)) + 2;
    for (x->buckets = 64; x->buckets < x->room; x->buckets *= 2) {
    }
    x->tracker = malloc(x->room * sizeof *x->tracker); /* touched as it is used */
    x->bucket = calloc(x->buckets, sizeof(struct tracker *));
    if (x->tracker == NULL || x->bucket == NULL || pthread_mutex_init(&x->lock, NULL) != 0) {
        free(x->tracker);
        free(x->bucket);
        free(x);
        return NULL;
    }
    return x;
}

void scans_free(struct scans *x)
{
    if (x != NULL) {
        pthread_mutex_destroy(&x->lock);
        free(x->tracker);
        free(x->bucket);
        free(x);
    }
}

/* ---- the table ---- */

static bool key_same(const struct scan_key *a, const struct scan_key *b)
{
    return addr_equal(&a->addr, &b->addr) && a->tenant == b->tenant && a->family == b->family && a->proto == b->proto && a->asks == b->asks;
}

static struct tracker **bucket_of(struct scans *x, const struct scan_key *k)
{
    uint64_t h = hash_word(k->addr.q[0] ^ x->seed);

    h = hash_word(h ^ k->addr.q[1]);
    return &x->bucket[hash_word(h ^ ((uint64_t)k->tenant << 24 | (uint64_t)k->family << 16 | (uint64_t)k->proto << 8 | k->asks)) & (x->buckets - 1)];
}

static void age_out(struct scans *x, struct tracker *t)
{
    *(t->older != NULL ? &t->older->newer : &x->oldest) = t->newer;
    *(t->newer != NULL ? &t->newer->older : &x->newest) = t->older;
}

static void age_in(struct scans *x, struct tracker *t)
{
    t->older = x->newest;
    t->newer = NULL;
    *(x->newest != NULL ? &x->newest->newer : &x->oldest) = t;
    x->newest = t;
}

/* Room for one more: a new one, or the longest unused. */
static struct tracker *tracker_take(struct scans *x)
{
    if (x->used < x->room) {
        return &x->tracker[x->used++];
    }
    struct tracker *t = x->oldest, **at = bucket_of(x, &t->key);
    while (*at != t) {
        at = &(*at)->chain;
    }
    *at = t->chain;
    age_out(x, t);
    return t;
}

static struct tracker *tracker_get(struct scans *x, const struct scan_key *k)
{
    struct tracker **at = bucket_of(x, k), *t = *at;

    while (t != NULL && !key_same(&t->key, k)) {
        t = t->chain;
    }
    if (t != NULL) {
        age_out(x, t);
    } else {
        t = tracker_take(x);
        *t = (struct tracker){ .key = *k };
        at = bucket_of(x, k);
        t->chain = *at;
        *at = t;
    }
    age_in(x, t);
    return t;
}

/* ---- what a packet counts ---- */

enum scan_event { EVENT_NONE, EVENT_ASKS, EVENT_ANSWERED, EVENT_REFUSED, EVENT_OPEN };

struct question {
    enum scan_proto proto;
    enum scan_event event;
    uint32_t port;
    bool back;                 /* the packet goes from the asked to the asking */
};

static enum scan_event tcp_event(const struct scan_settings *s, const struct network_packet *p)
{
    const struct view *v = p->view;
    bool rst = (v->tcp.flags & 4) != 0, syn = (v->tcp.flags & 2) != 0, ack = (v->tcp.flags & 16) != 0;
    bool open = p->before >= TCP_ESTABLISHED;

    if (p->flow == NULL || p->flow->tcp == NULL) {
        return rst ? EVENT_REFUSED : syn && ack ? EVENT_ANSWERED : syn ? EVENT_ASKS : EVENT_NONE;
    }
    bool midstream = stream_midstream(p->flow);
    if (open && !rst) {
        return EVENT_NONE;
    }
    if ((p->flow->flags & FLOW_SEEN_CLIENT) == 0) {
        return p->side == TO_SERVER && !rst && (s->midstream || !midstream) ? EVENT_ASKS : EVENT_NONE;
    }
    if (p->now == TCP_ESTABLISHED) {
        return EVENT_ANSWERED; /* the handshake's end */
    }
    if (p->side == TO_CLIENT && rst && (!open || midstream)) {
        return EVENT_REFUSED;
    }
    return p->side == TO_CLIENT && syn && ack && !open ? EVENT_OPEN : EVENT_NONE;
}

/* ICMP unreachable (RFC 792): port, administratively prohibited, protocol. */
static bool unreachable(const struct scan_settings *s, const struct view *v, struct question *q)
{
    bool port = v->icmp.code == 3 || v->icmp.code == 13;

    q->event = EVENT_REFUSED;
    q->back = true;
    if (port && v->quoted_proto == IPPROTO_TCP && (s->protos >> SCAN_TCP & 1) != 0) {
        q->proto = SCAN_TCP;
    } else if (port && v->quoted_proto == IPPROTO_UDP && (s->protos >> SCAN_UDP & 1) != 0) {
        q->proto = SCAN_UDP;
    } else if (v->icmp.code == 2 && (s->protos >> SCAN_IP & 1) != 0) {
        q->proto = SCAN_IP;
    } else {
        q->proto = SCAN_ICMP;
    }
    return true;
}

/* False: the packet says nothing. */
static bool question_of(const struct scan_settings *s, const struct network_packet *p, struct question *q)
{
    const struct view *v = p->view;

    *q = (struct question){ .event = EVENT_ASKS, .port = v->dport, .back = p->flow != NULL && p->side == TO_CLIENT };
    if (view_has(v, LAYER_TCP)) {
        q->proto = SCAN_TCP;
        q->event = tcp_event(s, p);
        q->back |= p->flow == NULL && q->event != EVENT_ASKS; /* whom nobody asked that we saw, answers */
    } else if (view_has(v, LAYER_UDP)) {
        q->proto = SCAN_UDP;
        q->event = p->flow == NULL ? EVENT_NONE : p->side == TO_SERVER ? EVENT_ASKS : EVENT_ANSWERED;
    } else if (view_has(v, LAYER_ICMP4)) {
        bool asks = v->icmp.type == 8 || v->icmp.type == 13 || v->icmp.type == 15 || v->icmp.type == 17;
        q->proto = SCAN_ICMP;
        q->port = 0;
        q->back = false;
        q->event = asks ? EVENT_ASKS : EVENT_NONE;
        if (v->icmp.type == 3 && !unreachable(s, v, q)) {
            return false;
        }
    } else if (view_has(v, LAYER_ICMP6)) {
        return false;
    } else {
        q->proto = SCAN_IP;
        q->port = v->proto;
        q->back = false;
    }
    return q->event != EVENT_NONE && (s->protos >> q->proto & 1) != 0;
}

static void count(struct tracker *t, const struct question *q, const struct addr *other, uint64_t now, uint32_t window)
{
    switch (q->event) {
    case EVENT_ANSWERED: t->connections -= t->connections > 0; return;
    case EVENT_REFUSED: t->rejects++; return;
    case EVENT_ASKS: break;
    case EVENT_OPEN:
    case EVENT_NONE:
    default: return;
    }
    if (now > t->window) {
        t->connections = t->rejects = 0;
        t->nets = t->ports = 0;
        t->port = 0;
        t->told = false;
        t->last = (struct addr){ 0 };
        t->window = now + window;
    }
    t->connections++;
    if (t->nets == 0 || !addr_equal(&t->last, other)) {
        t->nets++;
        t->last = *other;
    }
    if (t->port != q->port) {
        t->ports++;
        t->port = q->port;
    }
}

/* ---- what is told ---- */

/* How far a tracker is: 0 not, 1 by refusals, 2 by questions nobody answered. */
static unsigned reached(const struct tracker *t, const struct scan_limit *l, bool many, bool few_ports)
{
    bool nets = many ? t->nets >= l->nets : t->nets < l->nets, ports = few_ports ? t->ports <= l->ports : t->ports >= l->ports;

    if (!nets || !ports) {
        return 0;
    }
    return t->rejects >= l->rejects && l->rejects != 0 ? 1 : l->scans != 0 && t->connections >= l->scans ? 2 : 0;
}

static unsigned type_reached(enum scan_type type, const struct tracker *asks, const struct tracker *asked, const struct scan_limit *l)
{
    unsigned r;

    switch (type) {
    case SCAN_PORTS:
        r = asked->told ? 0 : reached(asked, l, false, false);
        return r == 1 && asks->rejects < l->rejects ? 0 : r;
    case SCAN_DECOY: return asked->told || asks->ports < l->ports ? 0 : reached(asked, l, true, false);
    case SCAN_DISTRIBUTED: return asked->told || asks->ports > l->ports ? 0 : reached(asked, l, true, false);
    case SCAN_SWEEP: return asks->told ? 0 : reached(asks, l, true, true);
    case SCAN_TYPES:
    default: return 0;
    }
}

static uint16_t note_of(enum scan_proto proto, enum scan_type type, bool filtered)
{
    static const uint16_t first[SCAN_PROTOS] = { [SCAN_TCP] = NETWORK_NOTE_TCP_PORTSCAN, [SCAN_IP] = NETWORK_NOTE_IP_PORTSCAN,
                                                 [SCAN_UDP] = NETWORK_NOTE_UDP_PORTSCAN };

    return proto == SCAN_ICMP ? (uint16_t)(NETWORK_NOTE_ICMP_SWEEP + filtered) : (uint16_t)(first[proto] + type + 4 * filtered);
}

static void tell(const struct scan_settings *s, struct view *v, const struct question *q, struct tracker *asks, struct tracker *asked)
{
    for (unsigned type = 0; type < SCAN_TYPES; type++) {
        if ((s->types >> type & 1) == 0 || (q->proto == SCAN_ICMP && type != SCAN_SWEEP)) {
            continue;
        }
        unsigned r = type_reached((enum scan_type)type, asks, asked, &s->limit[q->proto][type]);
        if (r != 0) {
            (type == SCAN_SWEEP ? asks : asked)->told = !s->alert_all;
            view_note(v, note_of(q->proto, (enum scan_type)type, r == 2));
            return;
        }
    }
}

static bool ignored(const struct scan_settings *s, const struct view *v, const struct addr *asking, const struct addr *asked)
{
    if ((s->ignore_scanners != NULL && addr_set_has(s->ignore_scanners, asking, v->family)) ||
        (s->ignore_scanned != NULL && addr_set_has(s->ignore_scanned, asked, v->family))) {
        return true;
    }
    return s->watch != NULL && !addr_set_has(s->watch, asking, v->family) && !addr_set_has(s->watch, asked, v->family);
}

void scans_look(struct scans *x, const struct network_packet *p, struct turns *turns)
{
    const struct scan_settings *s = x->s;
    struct view *v = p->view;
    struct question q;

    if (!question_of(s, p, &q)) {
        return;
    }
    const struct addr *asking = q.back ? &v->dst : &v->src, *asked = q.back ? &v->src : &v->dst;
    if (ignored(s, v, asking, asked)) {
        return;
    }
    struct scan_key k = { .addr = *asking, .tenant = v->tenant, .family = (uint8_t)v->family, .proto = (uint8_t)q.proto, .asks = 1 };
    if (turns != NULL) {
        turn_wait(turns, p->worker);
    }
    pthread_mutex_lock(&x->lock);
    struct tracker *from = tracker_get(x, &k);
    k.addr = *asked;
    k.asks = 0;
    struct tracker *to = tracker_get(x, &k);
    uint64_t now = p->ts / CLOCK_SECOND;
    count(from, &q, asked, now, s->window[q.proto]);
    count(to, &q, asking, now, s->window[q.proto]);
    if (q.event == EVENT_OPEN && to->told) {
        view_note(v, NETWORK_NOTE_OPEN_PORT);
    } else {
        tell(s, v, &q, from, to);
    }
    pthread_mutex_unlock(&x->lock);
}
