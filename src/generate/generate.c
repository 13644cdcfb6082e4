/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One rule after the other: its scene, who speaks with whom, the hit and what nearly is one. */
#include "generate/plan.h"

#include "base/clock.h"
#include "base/hash.h"
#include "detect/host_bits.h"
#include "detect/kw/flowbits.h"
#include "detect/kw/tcp_flags.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

enum { ARENA_MAX = 96 << 20, REPEAT_MAX = 120, SETTER_TRIES = 6, BITS_ANY = 16 };

/* ---- bits ---- */

/* Bits of flows, of hosts and of pairs of hosts have names of their own. */
static uint64_t bit_key(unsigned space, uint32_t id) { return (uint64_t)(space + 1) << 32 | id; }

/* The bits that a match sets, or asks to be set, any of them: how many. */
static unsigned bits_named(const struct match *m, bool sets, uint64_t *key)
{
    const struct flowbits *b = flowbits_of(m);
    const struct host_bits *h = host_bits_of(m);
    unsigned n = 0;

    for (uint16_t i = 0; b && b->command == (sets ? BITS_SET : BITS_ISSET) && i < b->n && n < BITS_ANY; i++) {
        key[n++] = bit_key(0, b->id[i]);
    }
    if (h && h->command == (sets ? HOST_SET : HOST_ISSET) && h->track != BITS_TXN) {
        key[n++] = bit_key(h->track == BITS_PAIR ? 2 : 1, h->id);
    }
    return n;
}

/* ---- conditions on packet and flow ---- */

/* A number in the range; false: none up to max. */
static bool range_pick(const struct range *r, uint64_t preset, uint64_t max, uint64_t *out)
{
    const uint64_t tries[] = { preset, r->low, r->low + 1, r->low - 1, r->high, r->high - 1, 0, 1, max };

    for (size_t i = 0; i < ROWS(tries); i++) {
        if (tries[i] <= max && range_has(r, tries[i])) {
            *out = tries[i];
            return true;
        }
    }
    return false;
}

static bool number_condition(struct plan *p, const char *name, const struct range *r)
{
    struct talk *t = &p->talk;
    uint64_t x = 0;

    if (strcmp(name, "dsize") == 0) {
        p->scene.payload = *r;
        p->scene.has_payload = true;
        return true;
    }
    if (strcmp(name, "itype") == 0) {
        bool ok = range_pick(r, 8, 255, &x);
        t->icmp_type = (uint8_t)x;
        return ok;
    }
    if (strcmp(name, "icode") == 0) {
        bool ok = range_pick(r, 0, 255, &x);
        t->icmp_code = (uint8_t)x;
        return ok;
    }
    if (strcmp(name, "icmp_id") == 0 || strcmp(name, "icmp_seq") == 0) {
        bool ok = range_pick(r, 1, 65535, &x);
        *(strcmp(name, "icmp_id") == 0 ? &t->icmp_id : &t->icmp_seq) = (uint16_t)x;
        return ok;
    }
    if (strcmp(name, "ttl") == 0) {
        bool ok = range_pick(r, 64, 255, &x);
        t->ttl = (uint8_t)x;
        return ok && x != 0;
    }
    if (strcmp(name, "id") == 0) {
        bool ok = range_pick(r, 1, 65535, &x);
        t->ip_id = (uint16_t)x;
        return ok && x != 0;
    }
    return false;
}

/* Flags of a session's packets, else of one that comes alone. */
static bool flags_condition(struct plan *p, const struct match *m)
{
    enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };
    static const uint8_t session = PSH | ACK, alone[] = { SYN, SYN | ACK, FIN | ACK, RST, RST | ACK, ACK, FIN, SYN | PSH, FIN | PSH | ACK };

    if (tcp_flags_hold(m, session)) {
        return true;
    }
    for (unsigned i = 0; i < 256 + ROWS(alone); i++) {
        uint8_t flags = i < ROWS(alone) ? alone[i] : (uint8_t)(i - ROWS(alone));
        if (flags && tcp_flags_hold(m, flags)) {
            p->talk.flags = flags;
            return true;
        }
    }
    return refuse(p, "no flags are what it asks");
}

static bool condition(struct plan *p, const struct match *m)
{
    const struct keyword *k = m->keyword.row;
    const struct range *r = k->number ? k->number(m->keyword.data) : NULL;
    uint64_t key[BITS_ANY];

    if (flowbits_of(m) || (host_bits_of(m) && host_bits_of(m)->track != BITS_TXN)) {
        p->asks_bits |= bits_named(m, false, key) != 0;
        return true;
    }
    if (strcmp(k->name, "tcp.flags") == 0) {
        return flags_condition(p, m);
    }
    if (strcmp(k->name, "stream_size") == 0) {
        return true; /* sessions are short, as most of these rules want them */
    }
    return (r && number_condition(p, k->name, r)) || refuse(p, "the condition %s is not met here", k->name);
}

static bool conditions(struct plan *p)
{
    const struct rule *r = p->rule;

    p->talk = (struct talk){ .icmp_type = 8, .icmp_id = 7, .icmp_seq = 1 };
    for (uint16_t i = 0; i < r->packet_n; i++) {
        if (r->packet[i]->kind == MATCH_KEYWORD && !condition(p, r->packet[i])) {
            return false;
        }
    }
    return true;
}

static bool wants_alert(struct plan *p)
{
    const struct rule *r = p->rule;

    if (r->noalert || r->action == ACTION_PASS || r->action == ACTION_CONFIG) {
        return refuse(p, "it tells nothing: noalert, pass or config");
    }
    p->repeats = 1;
    p->apart = 0;
    for (const struct threshold *t = r->threshold; t; t = t->next) {
        p->apart = t->seconds > p->apart ? t->seconds : p->apart;
        if (t->type == THRESHOLD_THRESHOLD || t->type == THRESHOLD_BOTH || t->type == THRESHOLD_DETECTION_FILTER) {
            p->repeats = t->count + (t->type == THRESHOLD_DETECTION_FILTER);
        } else if (t->type == THRESHOLD_SUPPRESS) {
            return refuse(p, "it is suppressed");
        }
    }
    return p->repeats <= REPEAT_MAX || refuse(p, "its threshold counts too far");
}

/* ---- the turns ---- */

static bool turns_add(struct plan *p, const struct scene *s)
{
    if (p->turn_n + s->turn_n > TURNS_MAX) {
        return refuse(p, "too much is said");
    }
    for (unsigned i = 0; i < s->turn_n; i++) {
        p->turn[p->turn_n++] = s->turn[i];
    }
    return true;
}

static bool scene_make(struct generator *g, struct plan *p, struct chance *c)
{
    const struct rule *r = p->rule;
    struct scene *s = &p->scene;

    s->arena = p->arena;
    s->rule = r;
    s->holder = &g->holder;
    s->chance = c;
    holder_begin(&g->holder, r);
    bool ok = false;
    for (unsigned side = 0; side < 2 && !ok; side++) { /* of a rule about both, what the client says first */
        if (r->sides == 0 || (r->sides >> side & 1) != 0) {
            s->side = (uint8_t)side;
            s->slot_n = 0;
            ok = scene_slots(s) && scene_solve(s);
        }
    }
    if (!ok) {
        p->why = s->why;
    }
    return ok;
}

static bool bits_met(struct generator *g, struct plan *p, struct chance *c, unsigned depth);

/* Is there a port that both rules' servers may have? */
static bool ports_meet(const struct rule *a, const struct rule *b)
{
    const struct port_set *x = a->sides == SIDE_CLIENT_BIT ? a->sport : a->dport, *y = b->sides == SIDE_CLIENT_BIT ? b->sport : b->dport;
    uint16_t port;

    return !x || !y || port_pick(x, 1, y, &port);
}

/* Turns that make another rule match, put in front. */
static bool setter_add(struct generator *g, struct plan *p, const struct rule *r, struct chance *c, unsigned depth)
{
    struct plan *other = arena_zero(p->arena, sizeof *other);

    if (!other || p->with_n == SETTERS || !ports_meet(p->rule, r)) {
        return false;
    }
    other->rule = r;
    other->arena = p->arena;
    bool ok = conditions(other) && bits_met(g, other, c, depth + 1) && scene_make(g, other, c) && other->scene.carrier == p->scene.carrier;
    holder_end(&g->holder);
    if (!ok || p->turn_n + other->turn_n + other->scene.turn_n > TURNS_MAX) {
        return false;
    }
    for (unsigned i = 0; i < other->turn_n; i++) {
        p->turn[p->turn_n++] = other->turn[i];
    }
    for (unsigned i = 0; i < other->scene.turn_n; i++) {
        p->turn[p->turn_n++] = other->scene.turn[i];
    }
    p->with[p->with_n++] = r;
    return true;
}

static bool bit_met(struct generator *g, struct plan *p, const struct match *m, struct chance *c, unsigned depth)
{
    uint64_t key[BITS_ANY];
    unsigned tries = 0, n = bits_named(m, false, key);

    for (size_t i = 0; i < g->setter_n && depth < SETTERS && tries < SETTER_TRIES; i++) {
        for (unsigned k = 0; k < n; k++) {
            if (g->setter[i].bit == key[k] && g->setter[i].rule != p->rule && g->setter[i].rule->dialect == p->rule->dialect) {
                tries++;
                if (setter_add(g, p, g->setter[i].rule, c, depth)) {
                    return true;
                }
            }
        }
    }
    return n == 0 || refuse(p, "no rule that can be met sets the bit that %s asks", m->keyword.row->name);
}

static bool bits_met(struct generator *g, struct plan *p, struct chance *c, unsigned depth)
{
    struct scene *s = &p->scene;

    if (!p->asks_bits) {
        return true;
    }
    /* The carrier is known before the bytes are. */
    s->arena = p->arena;
    s->rule = p->rule;
    s->side = p->rule->sides == SIDE_CLIENT_BIT ? TO_CLIENT : TO_SERVER;
    if (!scene_slots(s)) {
        p->why = s->why;
        return false;
    }
    const struct carrier *carrier = s->carrier;
    s->slot_n = 0;
    for (uint16_t i = 0; i < p->rule->packet_n; i++) {
        s->carrier = carrier;
        if (p->rule->packet[i]->kind == MATCH_KEYWORD && !bit_met(g, p, p->rule->packet[i], c, depth)) {
            return false;
        }
    }
    return true;
}

/* ---- rows ---- */

static struct generated *row_new(struct generator *g)
{
    if (g->row_n == g->row_room) {
        size_t room = g->row_room ? g->row_room * 2 : 1024;
        struct generated *more = realloc(g->row, room * sizeof *more);
        if (!more) {
            g->no_memory = true;
            return NULL;
        }
        g->row = more;
        g->row_room = room;
    }
    return &g->row[g->row_n++];
}

/* What is said, how often. */
struct said {
    const struct turn *turn;
    unsigned n, repeats;
};

/* what NULL: the hit. */
static void row_write(struct generator *g, const struct plan *p, const struct said *said, const char *what)
{
    struct generated *row = row_new(g);
    struct talk t = p->talk;
    char note[160];

    if (!row) {
        return;
    }
    *row = (struct generated){ .rule = p->rule, .hit = !what, .src = t.client, .dst = t.server, .v6 = t.v6, .proto = t.proto, .first = frames_count(g->frames) + 1 };
    snprintf(row->what, sizeof row->what, "%s", what ? what : "");
    for (unsigned i = 0; i < said->repeats; i++) {
        snprintf(note, sizeof note, "%u:%u %s %.90s", p->rule->gid, p->rule->sid, what ? "miss" : "hit", row->what);
        frames_note(g->frames, note);
        frames_talk(g->frames, &t, said->turn, said->n);
        frames_wait(g->frames, 1000000);
        row->sport = t.client_port;
        row->dport = t.server_port;
        if (p->rule->sides == SIDE_CLIENT_BIT ? p->rule->dport->any : p->rule->sport->any) {
            t.client_port = (uint16_t)(t.client_port + 1);
        }
    }
    row->last = frames_count(g->frames);
}

/* The same, nearly: hosts of its own. */
static void miss_write(struct generator *g, struct plan *p, const struct said *said, const char *what)
{
    struct talk kept = p->talk;

    if (hosts_choose(g, p)) {
        row_write(g, p, said, what);
    }
    p->talk = kept;
}

static void misses_of_talk(struct generator *g, struct plan *p, unsigned *left)
{
    const struct rule *r = p->rule;
    bool tcp = p->talk.proto == IPPROTO_TCP, ports = tcp || p->talk.proto == IPPROTO_UDP;
    bool turned = opened_by_destination(p);
    const struct port_set *server = turned ? r->sport : r->dport;
    const struct said said = { p->turn, p->turn_n, p->repeats };
    struct talk kept = p->talk;

    for (unsigned source = 2; *left && source-- > 0 && (r->header_flags & HEADER_BOTH_WAYS) == 0;) {
        struct addr *host = (source != 0) == turned ? &p->talk.server : &p->talk.client, other;
        if (!kept.v6 && addr_beside(source ? r->src : r->dst, g->count, &other) && hosts_choose(g, p)) {
            *host = other;
            row_write(g, p, &said, source ? "the source stands beside its addresses" : "the destination stands beside its addresses");
            --*left;
            source = 0;
        }
        p->talk = kept;
    }
    if (*left && ports && server && !server->any && (r->header_flags & HEADER_SERVICE) == 0 /* else its protocol is enough */) {
        for (uint16_t port = (uint16_t)(kept.server_port + 1); port > 1; port++) {
            if (!port_set_has(server, port) && hosts_choose(g, p)) {
                p->talk.server_port = port;
                row_write(g, p, &said, "the server's port is none of its ports");
                --*left;
                break;
            }
        }
        p->talk = kept;
    }
    if (*left && p->talk.flags && hosts_choose(g, p)) {
        p->talk.flags = 0;
        p->talk.no_handshake = true;
        row_write(g, p, &said, "the flags are those of data");
        p->talk = kept;
        --*left;
    }
    if (*left && tcp && (r->flow_flags & RULE_ESTABLISHED) != 0 && r->dialect == DIALECT_SURICATA && hosts_choose(g, p)) {
        p->talk.no_handshake = true;
        row_write(g, p, &said, "the session is not established");
        p->talk = kept;
        --*left;
    }
    if (*left && tcp && p->scene.carrier == &carrier_tcp && (r->flow_flags & (RULE_TO_SERVER | RULE_TO_CLIENT)) != 0 && hosts_choose(g, p)) {
        struct turn other[TURNS_MAX];
        struct talk t = p->talk;
        for (unsigned i = 0; i < p->turn_n; i++) {
            other[i] = p->turn[i];
            other[i].side ^= 1u;
        }
        p->talk.client = t.server;
        p->talk.server = t.client;
        p->talk.client_port = t.server_port;
        p->talk.server_port = t.client_port;
        row_write(g, p, &(struct said){ other, p->turn_n, p->repeats }, "the other side opened the session");
        p->talk = kept;
        --*left;
    }
}

static void misses_write(struct generator *g, struct plan *p)
{
    struct scene *s = &p->scene;
    unsigned left = p->repeats > 20 ? 1 : g->settings.misses, at = 0;
    char what[GENERATE_WHY];

    if (left && p->asks_bits) {
        miss_write(g, p, &(struct said){ p->turn + p->own, p->turn_n - p->own, p->repeats }, "nothing sets the bit it asks");
        left--;
    }
    if (left && p->repeats > 1) {
        miss_write(g, p, &(struct said){ p->turn, p->turn_n, p->repeats - 1 }, "once too few");
        left--;
    }
    unsigned talk = left > 2 ? left / 2 : left > 1 ? 1 : 0, kept_talk = talk;
    misses_of_talk(g, p, &talk);
    left -= kept_talk - talk;
    while (left) {
        struct slot kept[SLOTS_MAX];
        memcpy(kept, s->slot, sizeof kept);
        if (!scene_break(s, &at, what)) {
            break;
        }
        struct turn turn[TURNS_MAX];
        if (p->own + s->turn_n <= TURNS_MAX) {
            memcpy(turn, p->turn, p->own * sizeof *turn);
            memcpy(turn + p->own, s->turn, s->turn_n * sizeof *turn);
            miss_write(g, p, &(struct said){ turn, p->own + s->turn_n, p->repeats }, what);
            left--;
        }
        memcpy(s->slot, kept, sizeof kept);
    }
    talk = left;
    misses_of_talk(g, p, kept_talk ? &(unsigned){ 0 } : &talk);
}

/* Each turn goes out whole: what is no session has a packet for it. */
static bool turns_fit(struct plan *p)
{
    bool session = p->talk.proto == IPPROTO_TCP && !p->talk.flags;

    for (unsigned i = 0; i < p->turn_n && !session; i++) {
        if (p->turn[i].bytes.n > PACKET_BYTES) {
            return refuse(p, "%zu bytes do not fit in one packet", p->turn[i].bytes.n);
        }
    }
    return true;
}

static bool rule_make(struct generator *g, struct plan *p)
{
    struct chance c = { g->settings.seed ^ hash_word(p->rule->sid) };

    if (p->rule->header_flags & (HEADER_ARP | HEADER_ETHER)) {
        return refuse(p, "it is about other frames than IP");
    }
    if (p->rule->hook) {
        return refuse(p, "it is about a state: %s", p->rule->hook);
    }
    if (!wants_alert(p) || !conditions(p) || !bits_met(g, p, &c, 0) || !scene_make(g, p, &c)) {
        return false;
    }
    p->own = p->turn_n;
    if (!transport_choose(p)) {
        return false;
    }
    if (p->talk.proto != IPPROTO_TCP && p->scene.side == TO_CLIENT && p->scene.carrier == &carrier_udp && p->turn_n == 0) {
        p->turn[p->turn_n++] = (struct turn){ TO_SERVER, bytes_str("hello") }; /* so that there is a server */
        p->own = 0;
    }
    if (!turns_add(p, &p->scene) || !turns_fit(p) || !hosts_choose(g, p)) {
        return false;
    }
    if (p->apart && !(plain_host(&p->talk, &p->talk.client) && plain_host(&p->talk, &p->talk.server))) {
        frames_wait(g->frames, ((uint64_t)p->apart + 1) * CLOCK_SECOND);
    }
    row_write(g, p, &(struct said){ p->turn, p->turn_n, p->repeats }, NULL);
    misses_write(g, p);
    return true;
}

/* ---- the generator ---- */

static bool setter_note(struct generator *g, const struct rule *r, uint64_t bit)
{
    if (g->setter_n == g->setter_room) {
        size_t room = g->setter_room ? g->setter_room * 2 : 256;
        struct setter *more = realloc(g->setter, room * sizeof *more);
        if (!more) {
            return false;
        }
        g->setter = more;
        g->setter_room = room;
    }
    g->setter[g->setter_n++] = (struct setter){ bit, r };
    return true;
}

static bool setters_find(struct generator *g)
{
    for (uint32_t at = 0; at < g->rules->rule_n; at++) {
        const struct rule *r = g->rules->rule[at];
        for (uint16_t k = 0; k < r->post_n; k++) {
            uint64_t key[BITS_ANY];
            unsigned n = bits_named(r->post[k], true, key);
            for (unsigned i = 0; i < n; i++) {
                if (!setter_note(g, r, key[i])) {
                    return false;
                }
            }
        }
    }
    return true;
}

struct generator *generator_new(const struct rules *rules, const char *path, const struct generate_settings *s, struct err *err)
{
    struct generator *g = calloc(1, sizeof *g);

    if (!g) {
        err_set(err, "not enough memory");
        return NULL;
    }
    g->rules = rules;
    g->settings = *s;
    g->frames = frames_new(path, err);
    if (!g->frames || !setters_find(g)) {
        generator_free(g);
        return NULL;
    }
    return g;
}

bool generator_rule(struct generator *g, const struct rule *r, struct err *err)
{
    struct arena a;

    arena_init(&a, NULL, ARENA_MAX);
    struct plan *p = arena_zero(&a, sizeof *p);
    bool ok = false;
    if (p) {
        p->rule = r;
        p->arena = &a;
        ok = rule_make(g, p);
        holder_end(&g->holder);
    }
    if (!ok) {
        if (g->not_n == g->not_room) {
            size_t room = g->not_room ? g->not_room * 2 : 256;
            struct generated_not *more = realloc(g->not, room * sizeof *more);
            g->no_memory |= !more;
            g->not = more ? more : g->not;
            g->not_room = more ? room : g->not_room;
        }
        if (g->not_n < g->not_room) {
            g->not[g->not_n].rule = r;
            snprintf(g->not[g->not_n++].why, GENERATE_WHY, "%s", p && p->why ? p->why : "it takes too much memory");
        }
    }
    arena_fini(&a);
    if (g->no_memory) {
        return err_set(err, "not enough memory");
    }
    return ok;
}

bool generator_close(struct generator *g, struct err *err)
{
    struct frames *f = g->frames;

    g->frames = NULL;
    return frames_close(f, err);
}

const struct generated *generator_rows(const struct generator *g, size_t *n)
{
    *n = g->row_n;
    return g->row;
}

const struct generated_not *generator_nots(const struct generator *g, size_t *n)
{
    *n = g->not_n;
    return g->not;
}

void generator_free(struct generator *g)
{
    struct err err;

    if (!g) {
        return;
    }
    frames_close(g->frames, &err);
    holder_end(&g->holder);
    regex_scratch_free(g->holder.scratch);
    free(g->row);
    free(g->not);
    free(g->setter);
    free(g);
}
