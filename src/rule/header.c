/* SPDX-License-Identifier: GPL-2.0-or-later */
/* header - action, protocol, addresses, ports and direction: the part of a rule before its options. */
#include "rule/parse.h"

#include <ctype.h>

enum { IP_ICMP = 1, IP_IGMP = 2, IP_TCP = 6, IP_UDP = 17, IP_ICMP6 = 58, IP_SCTP = 132 };

static bool blank(char c) { return c == ' ' || c == '\t'; }

/* The next part; blanks inside [] belong to it. */
static bool token_next(struct rule_parse *p, const char *text, size_t n, size_t *at, struct header_token *out)
{
    int depth = 0;
    size_t i = *at;

    while (i < n && blank(text[i])) {
        i++;
    }
    p->column = (uint32_t)i + 1;
    out->p = text + i;
    for (; i < n && (depth > 0 || !blank(text[i])); i++) {
        depth += text[i] == '[' ? 1 : text[i] == ']' ? -1 : 0;
        if (text[i] == '(' && depth <= 0) {
            break;
        }
    }
    out->n = (size_t)(text + i - out->p);
    *at = i;
    return out->n > 0;
}

static bool token_is(struct header_token t, const char *s) { return strlen(s) == t.n && strncasecmp(t.p, s, t.n) == 0; }

/* ---- action ---- */

static bool action_word(struct rule_parse *p, struct header_token t, uint8_t *out)
{
    static const struct {
        const char *word;
        uint8_t action;
    } actions[] = { { "alert", ACTION_ALERT },        { "drop", ACTION_DROP },       { "pass", ACTION_PASS },
                    { "reject", ACTION_REJECT },      { "rejectsrc", ACTION_REJECT }, { "rejectdst", ACTION_REJECT_DST },
                    { "rejectboth", ACTION_REJECT_BOTH }, { "config", ACTION_CONFIG }, { "accept", ACTION_ACCEPT } };

    for (size_t i = 0; i < ROWS(actions); i++) {
        if (token_is(t, actions[i].word)) {
            *out = actions[i].action;
            return true;
        }
    }
    parse_fail(p, "An invalid action \"%.*s\" was given", (int)t.n, t.p);
    return parse_hint(p, "alert, pass, drop, reject, rejectsrc, rejectdst, rejectboth, config, accept");
}

static bool scope_word(struct rule_parse *p, struct header_token t, const char *whole, size_t n)
{
    static const struct {
        const char *word;
        uint8_t scope;
    } scopes[] = { { "packet", SCOPE_PACKET }, { "flow", SCOPE_FLOW }, { "tx", SCOPE_TXN }, { "hook", SCOPE_HOOK } };
    uint8_t a = p->rule->action;
    bool drops = a == ACTION_DROP || a == ACTION_PASS || a == ACTION_REJECT || a == ACTION_REJECT_DST || a == ACTION_REJECT_BOTH;
    const char *allowed = drops ? "only 'packet' and 'flow' allowed" : a == ACTION_ACCEPT ? "only 'packet', 'flow', 'tx' and 'hook' allowed"
                        : a == ACTION_CONFIG ? "only 'packet' allowed" : "scope only supported for actions 'drop', 'pass' and 'reject'";

    for (size_t i = 0; i < ROWS(scopes); i++) {
        bool may = a == ACTION_ACCEPT || (drops && i < 2) || (a == ACTION_CONFIG && i == 0);

        if (t.n == strlen(scopes[i].word) && memcmp(t.p, scopes[i].word, t.n) == 0 && may) {
            p->rule->scope = scopes[i].scope;
            return true;
        }
    }
    return parse_fail(p, "invalid action scope '%.*s' in action '%.*s': %s", (int)t.n, t.p, (int)n, whole, allowed);
}

/* What a firewall rule does besides: tell (alert), or let the other rules be (pass:flow). */
static bool action_more(struct rule_parse *p, struct header_token t)
{
    static const char *const passes[] = { "", "packet", "flow" };
    const char *colon = memchr(t.p, ':', t.n);
    struct header_token word = { t.p, colon ? (size_t)(colon - t.p) : t.n };
    struct header_token scope = { colon ? colon + 1 : "", colon ? (size_t)(t.p + t.n - colon - 1) : 0 };

    if (token_is(word, "alert") && !colon) {
        p->rule->alert = true;
        return true;
    }
    for (size_t i = 0; token_is(word, "pass") && i < ROWS(passes); i++) {
        if (token_is(scope, passes[i])) {
            p->rule->also_pass = true;
            return i == 0 || p->rule->scope == (i == 1 ? SCOPE_PACKET : SCOPE_FLOW) ||
                   parse_fail(p, "multi-action rules cannot use different action scopes");
        }
    }
    return parse_fail(p, "'%.*s' cannot follow another action", (int)t.n, t.p) || parse_hint(p, "alert or pass can: accept:flow,pass:flow,alert");
}

static bool action_parse(struct rule_parse *p, struct header_token t)
{
    const char *comma = p->context->firewall ? memchr(t.p, ',', t.n) : NULL, *end = t.p + t.n;
    struct header_token first = { t.p, comma ? (size_t)(comma - t.p) : t.n };
    const char *colon = memchr(first.p, ':', first.n);
    struct header_token word = { first.p, colon ? (size_t)(colon - first.p) : first.n };

    if (!action_word(p, word, &p->rule->action)) {
        return false;
    }
    p->rule->firewall = p->context->firewall;
    if (colon && !scope_word(p, (struct header_token){ colon + 1, (size_t)(first.p + first.n - colon - 1) }, first.p, first.n)) {
        return false;
    }
    if (p->context->firewall && p->rule->scope == SCOPE_DEFAULT) {
        return parse_fail(p, "firewall rules require setting an explicit action scope");
    }
    while (comma) {
        const char *next = memchr(comma + 1, ',', (size_t)(end - comma - 1));

        if (!action_more(p, (struct header_token){ comma + 1, (size_t)((next ? next : end) - comma - 1) })) {
            return false;
        }
        comma = next;
    }
    if (!p->context->firewall && p->rule->action == ACTION_ACCEPT) {
        return parse_fail(p, "'accept' action only supported for firewall rules");
    }
    return true;
}

/* ---- protocol ---- */

static void allow_ip(struct rule *r, unsigned proto) { r->ip_proto[proto >> 6] |= 1ull << (proto & 63); }

static bool proto_network(struct rule *r, struct header_token t)
{
    static const struct {
        const char *word;
        uint8_t proto[2];
        uint16_t flags;
    } rows[] = {
        { "tcp", { IP_TCP }, 0 },           { "tcp-pkt", { IP_TCP }, HEADER_TCP_PKT }, { "tcp-stream", { IP_TCP }, HEADER_TCP_STREAM },
        { "udp", { IP_UDP }, 0 },           { "icmpv4", { IP_ICMP }, 0 },              { "icmpv6", { IP_ICMP6 }, 0 },
        { "icmp", { IP_ICMP, IP_ICMP6 }, 0 }, { "sctp", { IP_SCTP }, 0 },
        { "arp", { 0 }, HEADER_ANY_PROTO | HEADER_ARP },     { "ether", { 0 }, HEADER_ANY_PROTO | HEADER_ETHER },
        { "igmp", { IP_IGMP }, 0 },
        { "ip", { 0 }, HEADER_ANY_PROTO },  { "pkthdr", { 0 }, HEADER_ANY_PROTO | HEADER_PKTHDR },
        { "ipv4", { 0 }, HEADER_ANY_PROTO | HEADER_IPV4 }, { "ip4", { 0 }, HEADER_ANY_PROTO | HEADER_IPV4 },
        { "ipv6", { 0 }, HEADER_ANY_PROTO | HEADER_IPV6 }, { "ip6", { 0 }, HEADER_ANY_PROTO | HEADER_IPV6 },
    };

    for (size_t i = 0; i < ROWS(rows); i++) {
        if (!token_is(t, rows[i].word)) {
            continue;
        }
        r->header_flags |= rows[i].flags;
        if (rows[i].flags & HEADER_ANY_PROTO) {
            memset(r->ip_proto, 0xff, sizeof r->ip_proto);
        }
        for (int k = 0; k < 2 && rows[i].proto[k]; k++) {
            allow_ip(r, rows[i].proto[k]);
        }
        return true;
    }
    return false;
}

static bool hook_packet(struct rule_parse *p, const char *proto, const char *hook)
{
    static const char *const hooks[] = { "flow_start", "pre_flow", "pre_stream", "all", NULL };

    for (int i = 0; hooks[i]; i++) {
        if (strcmp(hook, hooks[i]) == 0) {
            p->rule->hook = hooks[i];
            p->rule->hook_side = 2;
            return true;
        }
    }
    return parse_fail(p, "protocol \"%s\" does not support hook \"%s\"", proto, hook) ||
           parse_hint(p, "flow_start, pre_flow, pre_stream or all");
}

/* request_started … are there for all protocols; other states by the protocol's own names. */
static bool hook_app(struct rule_parse *p, const char *proto, const char *hook)
{
    static const struct {
        const char *name;
        uint8_t side;
    } common[] = { { "request_started", TO_SERVER }, { "request_complete", TO_SERVER }, { "response_started", TO_CLIENT }, { "response_complete", TO_CLIENT } };

    if (hook[0] == '<' && p->context->firewall) {
        p->rule->hook_before = true;
        hook++;
    }
    for (size_t i = 0; i < ROWS(common); i++) {
        if (strcmp(hook, common[i].name) == 0) {
            p->rule->hook = common[i].name;
            p->rule->hook_side = common[i].side;
            return true;
        }
    }
    for (unsigned id = 1; p->context->protos[id - 1]; id++) {
        const struct proto *pr = p->context->protos[id - 1];

        for (unsigned side = 0; proto_set_has(&p->protos, id) && side < 2; side++) {
            for (const struct proto_state *s = proto_states(pr, side); s->name; s++) {
                if (strcmp(s->name, hook) == 0) {
                    p->rule->hook = s->name;
                    p->rule->hook_side = (uint8_t)side;
                    return true;
                }
            }
        }
    }
    return parse_fail(p, "protocol \"%s\" does not support hook \"%s\"", proto, hook);
}

/* The transports of the protocols in the set. */
void header_transports(struct rule_parse *p, const struct proto_set *s)
{
    for (unsigned id = 1; p->context->protos && p->context->protos[id - 1]; id++) {
        unsigned t = p->context->protos[id - 1]->transports;

        if (!proto_set_has(s, id)) {
            continue;
        }
        if (t & 1) {
            allow_ip(p->rule, IP_TCP);
        }
        if (t & 2) {
            allow_ip(p->rule, IP_UDP);
        }
    }
}

static bool set_enabled(struct rule_parse *p, struct proto_set *s)
{
    const struct rule_context *c = p->context;

    for (unsigned id = 1; c->proto_enabled && c->protos && c->protos[id - 1]; id++) {
        if (proto_set_has(s, id) && !c->proto_enabled(c->ctx, id)) {
            s->bits[id >> 6] &= ~(1ull << (id & 63));
        }
    }
    return proto_set_count(s) > 0;
}

static bool proto_app(struct rule_parse *p, const char *name)
{
    struct proto_set s;

    if (!rule_index_protos(p->index, name, &s)) {
        if (known_proto(name)) {
            return parse_fail(p, "protocol %s is not built in", name);
        }
        parse_fail(p, "protocol \"%s\" cannot be used in a signature.  Either detection for this protocol is not yet supported OR detection "
                      "has been disabled for protocol through the yaml option app-layer.protocols.%s.detection-enabled", name, name);
        return false;
    }
    if (!set_enabled(p, &s)) {
        return parse_fail(p, "protocol \"%s\" cannot be used in a signature.  Either detection for this protocol is not yet supported OR "
                             "detection has been disabled for protocol through the yaml option app-layer.protocols.%s.detection-enabled",
            name, name);
    }
    p->protos = s;
    p->bound = true;
    header_transports(p, &s);
    return true;
}

static bool proto_parse(struct rule_parse *p, struct header_token t)
{
    const char *colon = memchr(t.p, ':', t.n);
    struct header_token word = { t.p, colon ? (size_t)(colon - t.p) : t.n };
    const char *name, *hook = NULL;

    if (t.n >= 64 || word.n == 0 || (colon && colon + 1 == t.p + t.n)) {
        return parse_fail(p, "invalid protocol specification '%.*s'", (int)t.n, t.p);
    }
    name = parse_str(p, bytes_of(word.p, word.n));
    hook = colon ? parse_str(p, bytes_of(colon + 1, (size_t)(t.p + t.n - colon - 1))) : NULL;
    if (name == NULL) {
        return false;
    }
    p->rule->hook_side = 2;
    p->rule->app_name = name;
    if (proto_network(p->rule, word)) {
        return hook == NULL || hook_packet(p, name, hook);
    }
    return proto_app(p, name) && (hook == NULL || hook_app(p, name, hook));
}

/* ---- addresses and ports ---- */

static bool addresses_parse(struct rule_parse *p, struct header_token t, const struct addr_set **out, const char **text)
{
    struct err err = { "" };

    *text = parse_str(p, bytes_of(t.p, t.n));
    if (*text == NULL) {
        return false;
    }
    return p->context->addresses(p->context->ctx, *text, out, &err) ||
           parse_fail(p, "failed to parse address \"%s\": %s", *text, err.text);
}

static bool ports_parse(struct rule_parse *p, struct header_token t, const struct port_set **out, const char **text)
{
    struct err err = { "" };

    *text = parse_str(p, bytes_of(t.p, t.n));
    if (*text == NULL) {
        return false;
    }
    return p->context->ports(p->context->ctx, (enum dialect)p->rule->dialect, *text, out, &err) || parse_fail(p, "failed to parse port \"%s\": %s", *text, err.text);
}

static bool direction_parse(struct rule_parse *p, struct header_token t)
{
    if (token_is(t, "<>")) {
        p->rule->header_flags |= HEADER_BOTH_WAYS;
    } else if (token_is(t, "=>")) {
        if (p->context->firewall) {
            return parse_fail(p, "transactional bidirectional rules not supported for firewall rules");
        }
        p->rule->header_flags |= HEADER_TXN_BOTH;
    } else if (!token_is(t, "->")) {
        return parse_fail(p, "\"%.*s\" is not a valid direction modifier, \"->\" and \"<>\" are supported.", (int)t.n, t.p);
    }
    return true;
}

/* Source and destination are the same sets: trying both directions would alert twice. */
static void both_ways_check(struct rule_parse *p)
{
    struct rule *r = p->rule;

    if (r->header_flags & HEADER_BOTH_WAYS && addr_set_equal(r->src, r->dst) &&
        (r->sport == r->dport || memcmp(r->sport, r->dport, sizeof *r->sport) == 0)) {
        r->header_flags &= (uint16_t)~HEADER_BOTH_WAYS;
    }
}

bool header_scan(struct rule_parse *p, const char *text, size_t n, struct header *out)
{
    size_t at = 0;

    for (int i = 0; i < HEADER_PARTS; i++) {
        if (!token_next(p, text, n, &at, &out->part[i])) {
            return parse_fail(p, i == 0 ? "empty rule" : "no rule options.") ||
                   parse_hint(p, "a rule is: action protocol source port -> destination port (options)");
        }
        out->column[i] = p->column;
    }
    while (at < n && (isspace((unsigned char)text[at]) || text[at] == '(')) {
        at++;
    }
    out->options = at;
    return true;
}

static bool part_parse(struct rule_parse *p, int i, struct header_token t)
{
    struct rule *r = p->rule;

    switch (i) {
    case 0: return action_parse(p, t);
    case 1: return proto_parse(p, t);
    case 2: return addresses_parse(p, t, &r->src, &r->src_text);
    case 3: return ports_parse(p, t, &r->sport, &r->sport_text);
    case 4: return direction_parse(p, t);
    case 5: return addresses_parse(p, t, &r->dst, &r->dst_text);
    default: return ports_parse(p, t, &r->dport, &r->dport_text);
    }
}

bool header_parse(struct rule_parse *p, const struct header *h)
{
    static const uint8_t order[HEADER_PARTS] = { 0, 1, 4, 2, 5, 3, 6 };

    for (int i = 0; i < HEADER_PARTS; i++) {
        p->column = h->column[order[i]];
        if (!part_parse(p, order[i], h->part[order[i]])) {
            return false;
        }
    }
    both_ways_check(p);
    return true;
}
