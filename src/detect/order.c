/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order rules are inspected and alerted in. */
#include "detect/compiler.h"

#include "base/hash.h"
#include "detect/kw/flowbits.h"

#include <stdlib.h>

/* pass before drop before reject before alert, unless the settings say otherwise; the rest last. */
static unsigned action_rank(const struct detect_settings *s, uint8_t action)
{
    unsigned place;

    switch ((enum rule_action)action) {
    case ACTION_PASS: place = ORDER_PASS; break;
    case ACTION_DROP: place = ORDER_DROP; break;
    case ACTION_REJECT:
    case ACTION_REJECT_DST:
    case ACTION_REJECT_BOTH: place = ORDER_REJECT; break;
    case ACTION_ALERT: place = ORDER_ALERT; break;
    case ACTION_CONFIG:
    case ACTION_ACCEPT:
    case ACTION_LOG:
    case ACTION_REWRITE: return 10;
    default: return 10;
    }
    return s->action_ordered ? s->action_rank[place] : place;
}

static bool keyword_is(const struct match *m, const char *name)
{
    return m->kind == MATCH_KEYWORD && strcmp(m->keyword.row->name, name) == 0;
}

static unsigned captures(const struct rule *r, bool flow)
{
    unsigned n = 0;

    for (uint16_t g = 0; g < r->group_n; g++) {
        for (uint16_t i = 0; r->group[g].kind == BUFFER_PAYLOAD && i < r->group[g].match_n; i++) {
            const struct match *m = r->group[g].match[i];
            for (uint8_t k = 0; m->kind == MATCH_PCRE && k < m->pcre.capture_n; k++) {
                n += m->pcre.capture[k].flow == flow && !m->pcre.capture[k].alert; /* one for the alert sets nothing */
            }
        }
    }
    return n;
}

/* A rule that sets something comes before one that sets and reads it, that before one that reads, that before the rest. */
static unsigned state_rank(const struct rule *r, const char *name)
{
    unsigned reads = 0, writes = 0;

    for (uint16_t i = 0; i < r->packet_n; i++) {
        reads += keyword_is(r->packet[i], name);
    }
    for (uint16_t i = 0; i < r->post_n; i++) {
        writes += keyword_is(r->post[i], name);
    }
    if (strcmp(name, "flowvar") == 0 || strcmp(name, "pktvar") == 0) {
        writes += captures(r, name[0] == 'f');
    }
    return writes && !reads ? 0 : writes ? 1 : reads ? 2 : 3;
}

/* ---- Snort: rules that one pattern leads to are asked in the order of their numbers ---- */

/* The pattern by which Snort finds a rule: the author's, else the longest that must be there, of equals the last. */
static const struct content *pattern_of(const struct rule *r)
{
    const struct content *best = NULL;

    if (r->fast_group < r->group_n) {
        return &r->group[r->fast_group].match[r->fast_match]->content;
    }
    for (uint16_t g = 0; g < r->group_n; g++) {
        for (uint16_t i = 0; i < r->group[g].match_n; i++) {
            const struct match *m = r->group[g].match[i];
            if (m->kind == MATCH_CONTENT && (m->content.flags & CONTENT_NEGATED) == 0 && (!best || m->content.bytes.n >= best->bytes.n)) {
                best = &m->content;
            }
        }
    }
    return best;
}

/* A bit that a rule sets or asks for, with the pattern that leads to the rule. */
static uint64_t bit_hash(const struct rule *r, const struct flowbits *b)
{
    const struct content *c = pattern_of(r);

    return c ? hash_bytes(c->bytes.p, c->bytes.n, (uint64_t)b->id[0] << 1 | ((c->flags & CONTENT_NOCASE) != 0)) | 1 : 0;
}

static uint64_t bit_of(const struct rule *r, struct match *const *m, uint16_t n, uint8_t command)
{
    for (uint16_t i = 0; i < n; i++) {
        const struct flowbits *b = flowbits_of(m[i]);
        if (b && b->command == command && b->n == 1) {
            return bit_hash(r, b);
        }
    }
    return 0;
}

/* Rules that set bits, under the hash of the bit and the pattern. */
static bool setters_put(struct index_table *t, struct rule *const *rule, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint64_t bit = rule[i]->dialect != DIALECT_SURICATA ? bit_of(rule[i], rule[i]->post, rule[i]->post_n, BITS_SET) : 0;
        if (bit && !index_table_put(t, bit, i)) {
            return false;
        }
    }
    return true;
}

/* Does the rule ask for a bit that a rule of the same pattern sets, which comes after it? */
static bool asks_too_early(const struct index_table *t, struct rule *const *rule, const struct rule *r)
{
    uint64_t bit = r->dialect != DIALECT_SURICATA ? bit_of(r, r->packet, r->packet_n, BITS_ISSET) : 0;
    bool later = false;

    for (uint32_t at = 0, i; bit && (i = index_table_next(t, bit, &at)) != UINT32_MAX;) {
        if (rule[i]->sid < r->sid) {
            return false;
        }
        later = true;
    }
    return later;
}

struct ranked {
    struct rule *rule;
    uint32_t state; /* two bits a kind of state, the first kind highest */
    uint32_t at;
    unsigned action;
    bool early;     /* asks for a bit before a rule of the same pattern sets it */
};

static int ranked_compare(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->rule->firewall != y->rule->firewall) {
        return x->rule->firewall ? -1 : 1;
    }
    if (x->rule->firewall) { /* as they stand in the files */
        return x->rule->source != y->rule->source ? (x->rule->source < y->rule->source ? -1 : 1) : x->rule->line < y->rule->line ? -1 : 1;
    }
    if (x->action != y->action) {
        return x->action < y->action ? -1 : 1;
    }
    if (x->early != y->early) {
        return x->early ? -1 : 1;
    }
    if (x->state != y->state) {
        return x->state < y->state ? -1 : 1;
    }
    if (x->rule->priority != y->rule->priority) {
        return x->rule->priority < y->rule->priority ? -1 : 1;
    }
    if (x->rule->sid != y->rule->sid) {
        return x->rule->sid < y->rule->sid ? -1 : 1;
    }
    return x->at < y->at ? -1 : x->at > y->at;
}

bool rules_order(struct rule **rule, uint32_t n, const struct detect_settings *s)
{
    static const char *const kinds[] = { "flowbits", "flowint", "flowvar", "pktvar", "hostbits", "xbits" };
    struct ranked *ranked = calloc((size_t)n + 1, sizeof *ranked);
    struct index_table setters = { 0 };

    if (!ranked || !index_table_init(&setters, 1024) || !setters_put(&setters, rule, n)) {
        index_table_fini(&setters);
        free(ranked);
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        ranked[i] = (struct ranked){ .rule = rule[i], .at = i, .action = action_rank(s, rule[i]->action), .early = asks_too_early(&setters, rule, rule[i]) };
        for (unsigned k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            ranked[i].state = ranked[i].state << 2 | state_rank(rule[i], kinds[k]);
        }
        bool by_port = rule[i]->dialect != DIALECT_SURICATA && (rule[i]->header_flags & HEADER_SERVICE) == 0;
        ranked[i].state = ranked[i].state << 1 | by_port; /* Snort asks the rules of the service before those of the ports */
    }
    qsort(ranked, n, sizeof *ranked, ranked_compare);
    for (uint32_t i = 0; i < n; i++) {
        rule[i] = ranked[i].rule;
    }
    index_table_fini(&setters);
    free(ranked);
    return true;
}
