/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which rules a packet can matter for: literal databases per class and side, lists by port and need for rules without one. */
#include "detect/compiler.h"

#include "base/hash.h"

#include <stdlib.h>

static struct bytes fast_bytes(const struct content *m)
{
    if ((m->flags & CONTENT_FAST_CHOP) != 0) {
        return bytes_head(bytes_from(m->bytes, m->chop_offset), m->chop_length);
    }
    return m->bytes;
}

/* Where the literal must end at the latest; 0: anywhere. */
static uint32_t fast_depth(const struct plan *p)
{
    const struct content *m = p->fast;
    bool relative = (m->flags & (CONTENT_DISTANCE | CONTENT_WITHIN)) != 0;
    int64_t depth = (m->flags & CONTENT_STARTSWITH) != 0 ? (int64_t)m->bytes.n : (m->flags & CONTENT_DEPTH) != 0 ? m->depth.value : 0;

    if (p->fast_group->kind != BUFFER_PAYLOAD || relative || m->offset.variable >= 0 || m->depth.variable >= 0 || depth < 0 ||
        depth > UINT16_MAX || !literal_has_depth(fast_bytes(m).n, (uint32_t)depth)) {
        return 0;
    }
    return (uint32_t)depth;
}

struct literal_build {
    struct literal *literal;
    uint32_t *of_rule;     /* literal of each rule */
    uint32_t n;
    struct index_table table;
};

/* Rules share a literal when they want it near the start, or when they want it anywhere. */
static uint32_t literal_intern(struct literal_build *b, const struct plan *p)
{
    const struct content *m = p->fast;
    uint32_t depth = fast_depth(p);
    struct bytes bytes = fast_bytes(m);
    bool nocase = (m->flags & CONTENT_NOCASE) != 0;
    uint64_t hash = hash_bytes(bytes.p, bytes.n, nocase);

    for (uint32_t at = 0, i; (i = index_table_next(&b->table, hash, &at)) != UINT32_MAX;) {
        struct literal *l = &b->literal[i];
        if (l->nocase == nocase && l->bytes.n == bytes.n && (l->depth == 0) == (depth == 0) && memcmp(l->bytes.p, bytes.p, bytes.n) == 0) {
            l->depth = depth > l->depth ? depth : l->depth;
            return i;
        }
    }
    b->literal[b->n] = (struct literal){ bytes, nocase, b->n, depth };
    return index_table_put(&b->table, hash, b->n) ? b->n++ : UINT32_MAX;
}

/* Rules by literal, in order within each. */
static bool literal_lists(struct arena *a, struct prefilter *f, const struct literal_build *b, const uint32_t *rule, uint32_t n)
{
    f->first = arena_zero(a, (b->n + 1) * sizeof *f->first);
    f->rule = arena_take(a, n * sizeof *f->rule);
    if (!f->first || !f->rule) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        f->first[b->of_rule[i] + 1]++;
    }
    for (uint32_t i = 0; i < b->n; i++) {
        f->first[i + 1] += f->first[i];
    }
    for (uint32_t i = n; i-- > 0;) { /* from behind, each start moves to its place */
        f->rule[--f->first[b->of_rule[i] + 1]] = rule[i];
    }
    for (uint32_t i = 0; i < b->n; i++) { /* first[i + 1] is now where i begins */
        f->first[i] = f->first[i + 1];
    }
    f->first[b->n] = n;
    f->literal_n = b->n;
    return true;
}

bool prefilter_make(struct compiler *c, struct prefilter *f, const uint32_t *rule, uint32_t n, struct err *err)
{
    struct literal_build b = { 0 };
    bool good = false;

    if (n == 0) {
        return true;
    }
    b.literal = calloc(n, sizeof *b.literal);
    b.of_rule = calloc(n, sizeof *b.of_rule);
    if (!b.literal || !b.of_rule || !index_table_init(&b.table, n)) {
        err_set(err, "not enough memory for literals");
        goto out;
    }
    for (uint32_t i = 0; i < n; i++) {
        b.of_rule[i] = literal_intern(&b, &c->r->plan[rule[i]]);
        if (b.of_rule[i] == UINT32_MAX) {
            err_set(err, "not enough memory for literals");
            goto out;
        }
    }
    if (!literal_lists(&c->r->arena, f, &b, rule, n)) {
        err_set(err, "not enough memory for literals");
        goto out;
    }
    f->db = literals_compile(b.literal, b.n, c->settings->cache_dir, err);
    good = f->db != NULL;
out:
    index_table_fini(&b.table);
    free(b.literal);
    free(b.of_rule);
    return good;
}

void prefilter_fini(struct prefilter *f)
{
    literals_free(f->db);
    f->db = NULL;
}

/* ---- classes ---- */

static bool proto_bit(const struct rule *r, unsigned p)
{
    return (r->ip_proto[p >> 6] >> (p & 63) & 1) != 0;
}

/* Is the rule inspected on packets of this class? */
static bool plan_in_class(const struct plan *p, unsigned class)
{
    const struct rule *r = p->rule;

    switch ((enum packet_class)class) {
    case CLASS_TCP: return proto_bit(r, 6);
    case CLASS_UDP: return proto_bit(r, 17);
    case CLASS_ICMP4: return proto_bit(r, 1);
    case CLASS_ICMP6: return proto_bit(r, 58);
    case CLASS_IP:
        for (unsigned i = 0; i < 256; i++) {
            if (i != 6 && i != 17 && i != 1 && i != 58 && proto_bit(r, i)) {
                return true;
            }
        }
        return false;
    case CLASS_NOT_IP: return p->type == PLAN_EVENT_ONLY;
    case CLASS_N: break;
    default: break;
    }
    return false;
}

/* A rule whose literal is in the payload and can filter. */
static bool plan_filters_payload(const struct plan *p)
{
    return p->fast && p->fast_group->kind == BUFFER_PAYLOAD && (p->flags & PLAN_FAST_NEGATED) == 0;
}

static bool plan_on_packets(const struct plan *p)
{
    if (p->type == PLAN_IP_ONLY || p->type == PLAN_FRAME || p->type == PLAN_FIREWALL) {
        return false;
    }
    return p->type != PLAN_TXN || plan_filters_payload(p);
}

struct pick {
    uint32_t *rule;
    uint32_t n;
};

static void pick_literals(const struct ruleset *r, struct pick *out, unsigned class, unsigned side, unsigned stream)
{
    out->n = 0;
    for (uint32_t i = 0; i < r->plan_n; i++) {
        const struct plan *p = &r->plan[i];
        if (!plan_on_packets(p) || !plan_filters_payload(p) || (p->sides >> side & 1) == 0 || !plan_in_class(p, class)) {
            continue;
        }
        unsigned wants = class == CLASS_TCP ? (stream ? PLAN_NEEDS_STREAM : PLAN_NEEDS_PACKET) : 0;
        if (wants == 0 || (p->flags & wants) != 0) {
            out->rule[out->n++] = i;
        }
    }
}

/* ---- rules without a literal ---- */

enum { PORTS_FEW = 16 };

/* The ports of a small set; 0 when it is large, or any. */
static unsigned few_ports(const struct port_set *s, uint16_t *out)
{
    unsigned n = 0;

    if (!s || s->any) {
        return 0;
    }
    for (unsigned w = 0; w < 1024; w++) {
        for (uint64_t bits = s->bits[w]; bits; bits &= bits - 1) {
            if (n == PORTS_FEW) {
                return 0;
            }
            out[n++] = (uint16_t)(w << 6 | (unsigned)__builtin_ctzll(bits));
        }
    }
    return n;
}

struct placed {
    uint32_t rule;
    uint32_t key;   /* need, or port */
};

static int placed_compare(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;

    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    return x->rule < y->rule ? -1 : x->rule > y->rule;
}

static bool list_copy(struct arena *a, struct rule_list *l, const struct placed *p, uint32_t n)
{
    l->rule = arena_take(a, n * sizeof *l->rule + 1);
    l->n = l->rule ? n : 0;
    for (uint32_t i = 0; i < l->n; i++) {
        l->rule[i] = p[i].rule;
    }
    return l->rule != NULL;
}

static uint32_t keys_count(const struct placed *p, uint32_t n)
{
    uint32_t keys = 0;

    for (uint32_t i = 0; i < n; i++) {
        keys += i == 0 || p[i].key != p[i - 1].key;
    }
    return keys;
}

static uint32_t run_length(const struct placed *p, uint32_t n, uint32_t from)
{
    uint32_t to = from;

    while (to < n && p[to].key == p[from].key) {
        to++;
    }
    return to - from;
}

static bool index_store(struct arena *a, struct packet_index *x, struct placed *any, uint32_t any_n, struct placed *port, uint32_t port_n)
{
    qsort(any, any_n, sizeof *any, placed_compare);
    qsort(port, port_n, sizeof *port, placed_compare);
    x->any = arena_zero(a, keys_count(any, any_n) * sizeof *x->any + 1);
    x->port = arena_zero(a, keys_count(port, port_n) * sizeof *x->port + 1);
    if (!x->any || !x->port) {
        return false;
    }
    for (uint32_t i = 0, run; i < any_n; i += run) {
        struct need_list *l = &x->any[x->any_n++];
        run = run_length(any, any_n, i);
        l->need = (uint8_t)any[i].key;
        if (!list_copy(a, &l->list, any + i, run)) {
            return false;
        }
    }
    for (uint32_t i = 0, run; i < port_n; i += run) {
        struct port_list *l = &x->port[x->port_n++];
        run = run_length(port, port_n, i);
        l->port = (uint16_t)port[i].key;
        if (!list_copy(a, &l->list, port + i, run)) {
            return false;
        }
    }
    return true;
}

static bool index_class(struct ruleset *r, unsigned class, unsigned side, struct placed *any, struct placed *port)
{
    uint32_t any_n = 0, port_n = 0;

    for (uint32_t i = 0; i < r->plan_n; i++) {
        const struct plan *p = &r->plan[i];
        uint16_t ports[PORTS_FEW];
        if (p->type == PLAN_TXN || !plan_on_packets(p) || plan_filters_payload(p) || (p->sides >> side & 1) == 0 || !plan_in_class(p, class)) {
            continue;
        }
        bool ported = (class == CLASS_TCP || class == CLASS_UDP) && (p->rule->header_flags & HEADER_BOTH_WAYS) == 0;
        unsigned n = ported && (r->header[p->header].flags & HEADER_SERVICE) == 0 ? few_ports(r->header[p->header].dport, ports) : 0;
        if (n == 0) {
            any[any_n++] = (struct placed){ i, p->need };
        }
        for (unsigned k = 0; k < n; k++) {
            port[port_n++] = (struct placed){ i, ports[k] };
        }
    }
    return index_store(&r->arena, &r->packet[class][side], any, any_n, port, port_n);
}

bool ruleset_index_packets(struct compiler *c, struct err *err)
{
    struct ruleset *r = c->r;
    struct pick pick = { .rule = calloc(r->plan_n + 1, sizeof *pick.rule) };
    struct placed *any = calloc(r->plan_n + 1, sizeof *any), *port = calloc((size_t)r->plan_n * PORTS_FEW + 1, sizeof *port);
    bool good = pick.rule && any && port;

    if (!good) {
        err_set(err, "not enough memory to index rules");
    }
    for (unsigned side = 0; side < 2 && good; side++) {
        for (unsigned class = 0; class < CLASS_N && good; class++) {
            pick_literals(r, &pick, class, side, 0);
            good = prefilter_make(c, &r->payload[class][side], pick.rule, pick.n, err) &&
                   (index_class(r, class, side, any, port) || err_set(err, "not enough memory to index rules"));
        }
        if (good) {
            pick_literals(r, &pick, CLASS_TCP, side, 1);
            good = prefilter_make(c, &r->stream[side], pick.rule, pick.n, err);
        }
    }
    for (uint32_t i = 0; i < r->plan_n; i++) {
        r->has_stream |= (r->plan[i].flags & PLAN_NEEDS_STREAM) != 0 && r->plan[i].payload;
        r->has_windows |= (r->plan[i].flags & (PLAN_NEEDS_STREAM | PLAN_PDU)) == PLAN_NEEDS_STREAM && r->plan[i].payload;
        r->has_pdu |= (r->plan[i].flags & PLAN_PDU) != 0;
    }
    free(pick.rule);
    free(any);
    free(port);
    return good;
}
