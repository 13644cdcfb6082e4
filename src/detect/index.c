/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which rules a packet can matter for: literal databases per class and side, lists by port and need for rules without one. */
#include "detect/compiler.h"

#include "base/hash.h"

#include <stdlib.h>

struct literal_build {
    struct literal *literal;
    uint32_t *of_rule;     /* literal of each rule */
    uint32_t n;
    struct index_table table;
};

/* Rules share a literal when they want it near the start, or when they want it anywhere. */
static uint32_t literal_intern(struct literal_build *b, const struct guard_literal *g)
{
    uint64_t hash = hash_bytes(g->bytes.p, g->bytes.n, g->nocase);

    for (uint32_t at = 0, i; (i = index_table_next(&b->table, hash, &at)) != UINT32_MAX;) {
        struct literal *l = &b->literal[i];
        if (l->nocase == g->nocase && (l->depth == 0) == (g->depth == 0) && bytes_equal(l->bytes, g->bytes)) {
            l->depth = g->depth > l->depth ? g->depth : l->depth;
            l->from = g->from < l->from ? g->from : l->from;
            return i;
        }
    }
    b->literal[b->n] = (struct literal){ g->bytes, g->nocase, b->n, g->from, g->depth };
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

/* ---- the end of a literal ---- */

/*
 * The library finds a literal by its last eight bytes, and compares the rest of all that end with those.  What some of one database
 * have in them, as " HTTP/1." or "\r\nHost: ", most traffic has: such a literal is looked for without its end, back to eight bytes that
 * few have, half of it at most.  So it is found wherever it is, and sometimes where it is not: the rule's program looks at all of it.
 */
enum { END = 8, END_FEW = 4, END_SLOTS = 8 /* for each; what falls together only counts as more */ };

struct ends {
    uint8_t *n;            /* how many literals have these bytes, whatever their case; no more than END_FEW + 1 */
    uint64_t mask;
};

static uint8_t *ends_slot(const struct ends *e, struct bytes b)
{
    const uint64_t lower_case = 0x2020202020202020;
    uint64_t last;

    memcpy(&last, b.p + b.n - END, sizeof last);
    return &e->n[hash_word(last | lower_case) & e->mask];
}

static bool has_ends(const struct literal *l) { return l->bytes.n >= END && !literal_near(l->bytes.n, l->from, l->depth); }

static void ends_count(const struct ends *e, struct bytes b)
{
    for (; b.n >= END; b.n--) {
        uint8_t *n = ends_slot(e, b);
        *n = (uint8_t)(*n + (*n <= END_FEW));
    }
}

static struct bytes ends_cut(const struct ends *e, struct bytes whole)
{
    const size_t least = whole.n / 2 > END ? whole.n / 2 : END;

    for (struct bytes b = whole; b.n >= least; b.n--) {
        if (*ends_slot(e, b) <= END_FEW) {
            return b;
        }
    }
    return whole;
}

static bool literals_cut(struct literal_build *b)
{
    struct ends e = { .mask = 1 };

    for (uint32_t i = 0; i < b->n; i++) {
        e.mask += has_ends(&b->literal[i]) ? b->literal[i].bytes.n * END_SLOTS : 0;
    }
    e.mask = UINT64_MAX >> __builtin_clzll(e.mask);
    e.n = calloc(e.mask + 1, sizeof *e.n);
    bool good = e.n != NULL;
    for (uint32_t i = 0; good && i < b->n; i++) {
        if (has_ends(&b->literal[i])) {
            ends_count(&e, b->literal[i].bytes);
        }
    }
    for (uint32_t i = 0; good && i < b->n; i++) {
        if (has_ends(&b->literal[i])) {
            b->literal[i].bytes = ends_cut(&e, b->literal[i].bytes);
        }
    }
    free(e.n);
    return good;
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
        struct guard_literal g = guard_literal(c, &c->r->plan[rule[i]]);
        b.of_rule[i] = literal_intern(&b, &g);
        if (b.of_rule[i] == UINT32_MAX) {
            err_set(err, "not enough memory for literals");
            goto out;
        }
    }
    if (!literals_cut(&b) || !literal_lists(&c->r->arena, f, &b, rule, n)) {
        err_set(err, "not enough memory for literals");
        goto out;
    }
    f->db = (f == &c->r->stream[0] || f == &c->r->stream[1] ? literals_new_raw : literals_new)(c->patterns, b.literal, b.n, err);
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
    case CLASS_NOT_IP: return p->type == PLAN_EVENT_ONLY || (r->header_flags & (HEADER_ARP | HEADER_ETHER)) != 0;
    case CLASS_N: break;
    default: break;
    }
    return false;
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

static bool has_ports(unsigned class)
{
    return class == CLASS_TCP || class == CLASS_UDP;
}

static void pick_literals(const struct compiler *c, struct pick *out, unsigned class, unsigned side, unsigned stream)
{
    out->n = 0;
    for (uint32_t i = 0; i < c->r->plan_n; i++) {
        const struct plan *p = &c->r->plan[i];
        if (!plan_on_packets(p) || !plan_filters_payload(p) || (p->sides >> side & 1) == 0 || !plan_in_class(p, class) ||
            guard_of(c, p, has_ports(class)).kind != GUARD_LITERAL) {
            continue;
        }
        unsigned wants = class == CLASS_TCP ? (stream ? PLAN_NEEDS_STREAM : PLAN_NEEDS_PACKET) : 0;
        if (wants == 0 || (p->flags & wants) != 0) {
            out->rule[out->n++] = i;
        }
    }
}

/* ---- rules that are found otherwise ---- */

struct placed {
    uint32_t rule;
    uint32_t key;   /* need, port or size */
};
struct placing {
    struct placed *placed;
    uint32_t n;
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

static bool keys_store(struct arena *a, struct key_index *x, struct placing *p)
{
    qsort(p->placed, p->n, sizeof *p->placed, placed_compare);
    x->at = arena_zero(a, keys_count(p->placed, p->n) * sizeof *x->at + 1);
    if (!x->at) {
        return false;
    }
    for (uint32_t i = 0, run; i < p->n; i += run) {
        struct key_list *l = &x->at[x->n++];
        run = run_length(p->placed, p->n, i);
        l->key = (uint16_t)p->placed[i].key;
        x->seen[l->key % KEY_BITS / 64] |= 1ULL << l->key % 64;
        if (!list_copy(a, &l->list, p->placed + i, run)) {
            return false;
        }
    }
    return true;
}

static bool index_class(struct compiler *c, unsigned class, unsigned side, struct placing by[GUARD_SIZE + 1])
{
    struct ruleset *r = c->r;
    struct packet_index *x = &r->packet[class][side];
    struct key_index *index[GUARD_SIZE + 1] = { [GUARD_NONE] = &x->any, [GUARD_DPORT] = &x->dport, [GUARD_SPORT] = &x->sport, [GUARD_SIZE] = &x->size };

    for (unsigned k = 0; k <= GUARD_SIZE; k++) {
        by[k].n = 0;
    }
    for (uint32_t i = 0; i < r->plan_n; i++) {
        const struct plan *p = &r->plan[i];
        if (p->type == PLAN_TXN || !plan_on_packets(p) || (p->sides >> side & 1) == 0 || !plan_in_class(p, class)) {
            continue;
        }
        struct guard g = guard_of(c, p, has_ports(class));
        struct placing *to = &by[g.kind];
        if (g.kind == GUARD_NONE) {
            to->placed[to->n++] = (struct placed){ i, p->need };
        }
        for (unsigned k = 0; k < g.key_n; k++) {
            to->placed[to->n++] = (struct placed){ i, g.key[k] };
        }
    }
    for (unsigned k = 0; k <= GUARD_SIZE; k++) {
        if (index[k] && !keys_store(&r->arena, index[k], &by[k])) {
            return false;
        }
    }
    return true;
}

static bool index_all(struct compiler *c, struct pick *pick, struct placing by[GUARD_SIZE + 1], struct err *err)
{
    struct ruleset *r = c->r;

    for (unsigned side = 0; side < 2; side++) {
        for (unsigned class = 0; class < CLASS_N; class++) {
            pick_literals(c, pick, class, side, 0);
            if (!prefilter_make(c, &r->payload[class][side], pick->rule, pick->n, err)) {
                return false;
            }
            if (!index_class(c, class, side, by)) {
                return err_set(err, "not enough memory to index rules");
            }
        }
        pick_literals(c, pick, CLASS_TCP, side, 1);
        if (!prefilter_make(c, &r->stream[side], pick->rule, pick->n, err)) {
            return false;
        }
    }
    return true;
}

bool ruleset_index_packets(struct compiler *c, struct err *err)
{
    struct ruleset *r = c->r;
    struct pick pick = { .rule = calloc(r->plan_n + 1, sizeof *pick.rule) };
    struct placing by[GUARD_SIZE + 1] = { 0 };
    bool good = pick.rule != NULL;

    for (unsigned k = 0; k <= GUARD_SIZE; k++) {
        by[k].placed = calloc((size_t)r->plan_n * (k == GUARD_DPORT || k == GUARD_SPORT ? GUARD_PORTS : 1) + 1, sizeof *by[k].placed);
        good = good && by[k].placed;
    }
    good = (good || err_set(err, "not enough memory to index rules")) && index_all(c, &pick, by, err);
    for (uint32_t i = 0; i < r->plan_n; i++) {
        r->has_stream |= (r->plan[i].flags & PLAN_NEEDS_STREAM) != 0 && r->plan[i].payload;
        r->has_windows |= (r->plan[i].flags & (PLAN_NEEDS_STREAM | PLAN_PDU)) == PLAN_NEEDS_STREAM && r->plan[i].payload;
        r->has_pdu |= (r->plan[i].flags & PLAN_PDU) != 0;
    }
    for (unsigned k = 0; k <= GUARD_SIZE; k++) {
        free(by[k].placed);
    }
    free(pick.rule);
    return good;
}
