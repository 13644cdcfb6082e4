/* SPDX-License-Identifier: GPL-2.0-or-later */
/* validate - the rule as a whole: what can never match is refused, directions and units are settled, the tree is closed. */
#include "rule/parse.h"

#include <ctype.h>

/* ---- sizes: does what is wanted fit into what bsize or dsize allow? ---- */

/* Bytes the positive literals of a group need at least, and the largest offset among them. */
static void content_need(const struct rule_parse *p, int group, uint64_t max, int64_t *need, int64_t *offset)
{
    bool first = true;

    *need = *offset = 0;
    for (unsigned i = 0; i < p->match_n; i++) {
        const struct content *c = &p->match[i].match->content;
        int64_t distance = c->distance.variable < 0 ? c->distance.value : 0, within = c->within.variable < 0 ? c->within.value : 0;
        int64_t at = c->offset.variable < 0 ? c->offset.value : 0;

        if (p->match[i].group != group || p->match[i].match->kind != MATCH_CONTENT) {
            continue;
        }
        if (!first) {
            if (!(c->flags & CONTENT_RELATIVE)) {
                continue;
            }
            if (c->flags & CONTENT_NEGATED) {
                if ((uint64_t)(*need + distance + within) > max) {
                    *need += distance + within;
                    *offset = 0;
                    return;
                }
                continue;
            }
        }
        *need += (int64_t)c->bytes.n + distance;
        *offset = at > *offset ? at : *offset;
        first = false;
    }
}

/* The largest size a range allows; false when there is no such limit.  `ne` as Suricata has it for dsize. */
static bool range_most(const struct range *r, bool ne, uint64_t *most)
{
    switch ((enum range_op)r->op) {
    case RANGE_LT:
    case RANGE_EQ:
        *most = r->low;
        return true;
    case RANGE_NE:
        *most = r->low;
        return ne;
    case RANGE_IN:
        *most = r->high;
        return true;
    case RANGE_LE:
    case RANGE_GT:
    case RANGE_GE:
    case RANGE_OUT:
    case RANGE_IN_EQ:
    case RANGE_BITS:
    case RANGE_BITS_NOT:
    default:
        return false;
    }
}

static bool size_check(struct rule_parse *p, int group, const struct range *r, const char *what, bool packet)
{
    uint64_t most;
    int64_t need, offset;

    if (!range_most(r, packet, &most)) {
        return true;
    }
    content_need(p, group, most, &need, &offset);
    if (need > (int64_t)most || need + offset > (int64_t)most) {
        int64_t wanted = need > (int64_t)most ? need : need + offset;

        if (r->op == RANGE_IN && !packet) {
            return parse_fail(p, "signature can't match as required content length %lld exceeds %s range: %llu-%llu", (long long)wanted, what,
                (unsigned long long)r->low, (unsigned long long)r->high);
        }
        return parse_fail(p, "signature can't match as required content length %lld exceeds %s value%s %llu", (long long)wanted, what,
            packet ? "" : ":", (unsigned long long)most);
    }
    return true;
}

static bool check_sizes(struct rule_parse *p)
{
    uint64_t seen = 0;

    for (unsigned i = 0; i < p->packet_n && p->payload >= 0; i++) {
        const struct keyword *k = p->packet[i]->keyword.row;

        if (strcmp(k->name, "dsize") == 0 && !size_check(p, p->payload, p->packet[i]->keyword.data, "dsize", true)) {
            return false;
        }
    }
    for (unsigned i = 0; i < p->match_n; i++) {
        const struct match *m = p->match[i].match;
        uint64_t bit = 1ull << (p->match[i].group & 63);

        if (m->kind != MATCH_BSIZE || seen & bit) {
            continue; /* the first of a buffer is the one that counts */
        }
        seen |= bit;
        if (!size_check(p, p->match[i].group, &m->size.range, "bsize", false)) {
            return false;
        }
    }
    return true;
}

/* urilen narrows where a literal of the URI can be. */
static bool check_urilen(struct rule_parse *p)
{
    for (unsigned i = 0; i < p->match_n; i++) {
        const struct match *m = p->match[i].match;
        uint64_t high;

        if (m->kind != MATCH_URILEN || !range_most(&m->size.range, false, &high) || high >= UINT16_MAX) {
            continue;
        }
        high += m->size.range.op != RANGE_EQ;
        for (unsigned k = 0; k < p->match_n; k++) {
            const struct draft_match *c = &p->match[k];

            if (c->group == p->match[i].group && c->match->kind == MATCH_CONTENT && c->match->content.bytes.n > high) {
                return parse_fail(p, "depth or urilen %u smaller than content len %zu", (unsigned)high, c->match->content.bytes.n);
            }
        }
    }
    return true;
}

/* ---- what a field says about the literals in it ---- */

static bool has_class(struct bytes b, int (*is)(int c))
{
    for (size_t i = 0; i < b.n; i++) {
        if (is(b.p[i])) {
            return true;
        }
    }
    return false;
}

static bool check_host(struct rule_parse *p, const struct content *c)
{
    if (c->flags & CONTENT_NOCASE) {
        return parse_fail(p,
            "rule %u: http.host keyword specified along with \"nocase\". The hostname buffer is normalized to lowercase, specifying nocase "
            "is redundant.", p->rule->sid);
    }
    if (has_class(c->bytes, isupper)) {
        return parse_fail(p,
            "rule %u: A pattern with uppercase characters detected for http.host. The hostname buffer is normalized to lowercase, please "
            "specify a lowercase pattern.", p->rule->sid);
    }
    return true;
}

static bool check_method(struct rule_parse *p, const struct content *c)
{
    uint8_t first = c->bytes.p[0], last = c->bytes.p[c->bytes.n - 1];

    if (last == ' ' || last == '\t') {
        return parse_fail(p, "http_method pattern with trailing %s", last == ' ' ? "space" : "tab");
    }
    if (first == ' ' || first == '\t') {
        return parse_fail(p, "http_method pattern with leading %s", first == ' ' ? "space" : "tab");
    }
    return true;
}

static bool check_protocol(struct rule_parse *p, const struct content *c)
{
    return bytes_find_byte(c->bytes, ' ') == SIZE_MAX || parse_fail(p, "rule %u: Invalid http.protocol string containing a space", p->rule->sid);
}

/* 32 hexadecimal digits, lower-cased for the author. */
static bool check_md5(struct rule_parse *p, struct content *c, const char *name)
{
    if (c->bytes.n != 32) {
        return parse_fail(p,
            "rule %u: buffer %s: Invalid length for md5-like keyword (should be 32 characters long). This rule will therefore never match.",
            p->rule->sid, name);
    }
    for (size_t i = 0; i < c->bytes.n; i++) {
        if (!isxdigit(c->bytes.p[i])) {
            return parse_fail(p,
                "rule %u: buffer %s: Invalid md5-like string (should be string of hexadecimal characters).This rule will therefore never match.",
                p->rule->sid, name);
        }
    }
    c->bytes = arena_lower(p->arena, c->bytes);
    return true;
}

static bool check_serial(struct rule_parse *p, struct content *c)
{
    uint8_t *to = parse_zero(p, c->bytes.n);

    if (to == NULL) {
        return false;
    }
    for (size_t i = 0; i < c->bytes.n; i++) {
        to[i] = (uint8_t)toupper(c->bytes.p[i]);
    }
    if (!(c->flags & CONTENT_NOCASE)) {
        c->bytes = bytes_of(to, c->bytes.n);
    }
    return c->bytes.n <= 2 || bytes_find_byte(c->bytes, ':') != SIZE_MAX ||
           parse_fail(p, "rule %u: No colon delimiters ':' detected in content after tls.cert_serial. This rule will therefore never match.",
               p->rule->sid);
}

static bool check_fingerprint(struct rule_parse *p, struct content *c)
{
    if (c->bytes.n != 59) {
        return parse_fail(p, "rule %u: Invalid length of the specified fingerprint. This rule will therefore never match.", p->rule->sid);
    }
    if (bytes_find_byte(c->bytes, ':') == SIZE_MAX) {
        return parse_fail(p,
            "rule %u: No colon delimiters ':' detected in content after tls.cert_fingerprint. This rule will therefore never match.", p->rule->sid);
    }
    c->bytes = arena_lower(p->arena, c->bytes);
    return true;
}

static bool is_md5_field(const char *name)
{
    static const char *const names[] = { "ja3.hash", "ja3s.hash", "ssh.hassh", "ssh.hassh.server", "quic.cyu.hash" };

    for (size_t i = 0; i < ROWS(names); i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool check_literal(struct rule_parse *p, const struct draft_group *g, struct content *c)
{
    const char *name = g->g.name;

    if (strcmp(name, "http.host") == 0) {
        return check_host(p, c);
    }
    if (strcmp(name, "http.method") == 0) {
        return check_method(p, c);
    }
    if (strcmp(name, "http.protocol") == 0) {
        return check_protocol(p, c);
    }
    if (strcmp(name, "tls.cert_serial") == 0) {
        return check_serial(p, c);
    }
    if (strcmp(name, "tls.cert_fingerprint") == 0) {
        return check_fingerprint(p, c);
    }
    if (is_md5_field(name)) {
        return check_md5(p, c, name);
    }
    if (g->uses->field->flags & FIELD_LOWER) {
        c->bytes = arena_lower(p->arena, c->bytes);
    }
    return true;
}

static bool check_literals(struct rule_parse *p)
{
    for (unsigned i = 0; i < p->match_n; i++) {
        const struct draft_match *m = &p->match[i];
        const struct draft_group *g = &p->group[m->group];

        if (m->match->kind == MATCH_CONTENT && g->g.kind == BUFFER_FIELD && g->uses && g->g.transform_n == 0) {
            p->column = m->match->column;
            if (!check_literal(p, g, &m->match->content)) {
                return false;
            }
        }
    }
    p->column = 0;
    return true;
}

/* ---- absent ---- */

static bool check_absent(struct rule_parse *p, int group)
{
    bool absent = false, only = false, other = false;

    for (unsigned i = 0; i < p->match_n; i++) {
        const struct match *m = p->match[i].match;

        if (p->match[i].group != group) {
            continue;
        }
        if (m->kind == MATCH_ABSENT) {
            absent = true;
            only |= !m->absent.or_else;
            continue;
        }
        other = true;
        if (absent && m->kind == MATCH_CONTENT && m->content.flags & CONTENT_FAST) {
            return parse_fail(p, "signature can't have absent and fast_pattern on the same buffer");
        }
    }
    if (only && other) {
        return parse_fail(p, "signature can't have a buffer tested absent and tested with other keywords such as content");
    }
    if (absent && !only && !other) {
        return parse_fail(p, "signature with absent: or_else expects other keywords to test on such as content");
    }
    return true;
}

/* ---- directions ---- */

/* Bits of the sides a group can be asked on. */
static unsigned group_sides(const struct rule_parse *p, const struct draft_group *g)
{
    unsigned sides = 0;

    if (g->forced[TO_SERVER] || g->forced[TO_CLIENT]) {
        return (g->forced[TO_SERVER] ? SIDE_SERVER_BIT : 0) | (g->forced[TO_CLIENT] ? SIDE_CLIENT_BIT : 0);
    }
    for (const struct field_use *u = g->uses; u; u = u->next) {
        if (!p->bound || proto_set_has(&p->protos, u->proto)) {
            sides |= u->field->sides;
        }
    }
    if (g->g.kind == BUFFER_FILE_DATA || g->g.kind == BUFFER_FILE_FIELD) {
        struct proto_set smtp;

        sides = SIDE_BOTH_BITS;
        if (rule_index_protos(p->index, "smtp", &smtp) && p->bound && memcmp(&smtp, &p->protos, sizeof smtp) == 0) {
            sides = SIDE_SERVER_BIT;
        }
    }
    return sides;
}

static bool imply_side(struct rule_parse *p, enum side side)
{
    const uint16_t both = RULE_TO_SERVER | RULE_TO_CLIENT;
    uint16_t want = side == TO_SERVER ? RULE_TO_SERVER : RULE_TO_CLIENT;

    if ((p->rule->flow_flags & both) == (both & ~want)) {
        return parse_fail(p, "rule %u mixes keywords with conflicting directions", p->rule->sid) ||
               parse_hint(p, "a buffer of the rule is never seen in the direction that flow names");
    }
    p->rule->sides = (uint8_t)(1u << side);
    return true;
}

static bool check_directions(struct rule_parse *p)
{
    unsigned server = 0, client = 0, either = 0;
    struct rule *r = p->rule;

    for (unsigned i = 0; i < p->group_n; i++) {
        unsigned sides = group_sides(p, &p->group[i]);

        server += sides == SIDE_SERVER_BIT;
        client += sides == SIDE_CLIENT_BIT;
        either += sides == SIDE_BOTH_BITS;
    }
    if (r->header_flags & HEADER_TXN_BOTH) {
        if (!server || !client) {
            return parse_fail(p, "rule %u should use both directions, but does not", r->sid);
        }
        if (either) {
            return parse_fail(p, "rule %u means to use both directions, cannot have keywords ambiguous about directions", r->sid);
        }
        r->sides = SIDE_BOTH_BITS;
        return true;
    }
    if (server && client) {
        return parse_fail(p, "rule %u mixes keywords with conflicting directions, a transactional rule with => should be used", r->sid);
    }
    return !(server || client) || imply_side(p, server ? TO_SERVER : TO_CLIENT);
}

/* ---- packets and stream ---- */

enum { IP_TCP = 6, IP_UDP = 17 };

static bool rule_allows(const struct rule *r, unsigned proto) { return r->ip_proto[proto >> 6] >> (proto & 63) & 1; }

static bool check_units(struct rule_parse *p)
{
    struct rule *r = p->rule;
    bool stream = (r->header_flags & HEADER_TCP_STREAM) || p->only_stream;

    r->needs_packet |= (r->header_flags & HEADER_TCP_PKT) || p->no_stream;
    if (r->needs_packet && stream && r->dialect == DIALECT_SURICATA) {
        return parse_fail(p, "can't mix packet keywords with tcp-stream or flow:only_stream.  Invalidating signature.");
    }
    r->needs_stream = stream;
    for (unsigned i = 0; i < p->group_n; i++) {
        uint8_t kind = p->group[i].g.kind;
        bool packet = kind == BUFFER_PAYLOAD || kind == BUFFER_PACKET || kind == BUFFER_BASE64;

        if (!packet && r->replaces != 0) {
            return parse_fail(p, "replace is about the packet's payload alone: a rule with it looks at no other buffer");
        }
        if (!packet && r->needs_packet && r->dialect == DIALECT_SURICATA) {
            return parse_fail(p,
                "Signature combines packet specific matches (like dsize, flags, ttl) with stream / state matching by matching on app layer "
                "proto (like using http_* keywords).");
        }
    }
    return true;
}

/* Snort asks each packet and each PDU; dsize and replace are about packets. */
static void settle_snort_units(struct rule_parse *p)
{
    struct rule *r = p->rule;
    bool packets = p->no_stream || r->replaces != 0;

    for (unsigned i = 0; i < p->packet_n; i++) {
        packets |= strcmp(p->packet[i]->keyword.row->name, "dsize") == 0;
    }
    r->header_flags |= HEADER_MIDSTREAM;
    if ((r->service[0] & r->told[0]) | (r->service[1] & r->told[1]) && rule_allows(r, IP_TCP) != rule_allows(r, IP_UDP)) {
        r->own_proto = rule_allows(r, IP_TCP) ? IP_TCP : IP_UDP; /* a service's flows are meant whatever carries them */
        r->ip_proto[0] |= 1u << IP_TCP | 1u << IP_UDP;
    }
    if (rule_allows(r, IP_TCP) && p->payload >= 0 && p->group[p->payload].g.match_n != 0) {
        r->needs_packet = !p->only_stream;
        r->needs_stream = !packets;
    }
}

/* Literals at a fixed place, and stream_size, are looked for in packets too. */
static void settle_units(struct rule_parse *p)
{
    struct rule *r = p->rule;

    if (r->dialect != DIALECT_SURICATA) {
        settle_snort_units(p);
        return;
    }
    if (!rule_allows(r, 6) || p->payload < 0 || p->group[p->payload].g.match_n == 0 || r->needs_packet || r->needs_stream) {
        return;
    }
    r->needs_stream = true;
    for (unsigned i = 0; i < p->match_n; i++) {
        const struct match *m = p->match[i].match;

        r->needs_packet |= p->match[i].group == p->payload && m->kind == MATCH_CONTENT && m->content.flags & (CONTENT_DEPTH | CONTENT_OFFSET);
    }
    for (unsigned i = 0; i < p->packet_n; i++) {
        r->needs_packet |= strcmp(p->packet[i]->keyword.row->name, "stream_size") == 0;
    }
}

/* ---- protocols ---- */

static bool check_files(struct rule_parse *p)
{
    struct proto_set can;

    if (!p->files || !p->bound) {
        return true;
    }
    rule_index_files(p->index, &can);
    for (unsigned w = 0; w < PROTO_SET_WORDS; w++) {
        can.bits[w] &= p->protos.bits[w];
    }
    return proto_set_count(&can) > 0 || parse_fail(p, "protocol %s doesn't support file matching", p->rule->app_name);
}

static void settle_protos(struct rule_parse *p)
{
    struct rule *r = p->rule;

    if (!p->bound) {
        return;
    }
    memcpy(r->app_set, p->protos.bits, sizeof r->app_set);
    for (unsigned id = 1; proto_set_count(&p->protos) == 1 && id < 128; id++) {
        r->app_proto = proto_set_has(&p->protos, id) ? (uint16_t)id : r->app_proto;
    }
    if (r->header_flags & HEADER_ANY_PROTO) {
        memset(r->ip_proto, 0, sizeof r->ip_proto);
        r->header_flags &= (uint16_t)~HEADER_ANY_PROTO;
        header_transports(p, &p->protos);
    }
}

/* ---- closing the tree ---- */

/* The first match of a group has nothing to be relative to: distance is an offset, within a depth. */
static void first_absolute(struct rule *r, struct content *c)
{
    bool distance = c->flags & CONTENT_DISTANCE, within = c->flags & CONTENT_WITHIN;

    if ((distance && (c->distance.variable >= 0 || c->distance.value < 0 || c->distance.value > UINT16_MAX)) ||
        (within && (c->within.variable >= 0 || c->within.value < 0 || c->within.value > UINT16_MAX))) {
        return;
    }
    r->notes |= (uint8_t)((distance ? RULE_NOTE_DISTANCE : 0) | (within ? RULE_NOTE_WITHIN : 0));
    if (distance) {
        c->flags |= c->distance.value ? CONTENT_OFFSET : 0;
        c->offset.value = c->distance.value;
        c->distance.value = 0;
    }
    if (within) {
        c->flags |= CONTENT_DEPTH;
        c->depth.value = c->within.value + c->offset.value;
        c->within.value = 0;
    }
    c->flags &= (uint16_t)~(CONTENT_DISTANCE | CONTENT_WITHIN | CONTENT_RELATIVE);
}

static bool group_close(struct rule_parse *p, unsigned i, struct group *to)
{
    const struct draft_group *g = &p->group[i];
    unsigned n = 0;

    *to = g->g;
    to->match = parse_zero(p, (g->g.match_n ? g->g.match_n : 1) * sizeof *to->match);
    if (to->match == NULL) {
        return false;
    }
    for (unsigned k = 0; k < p->match_n; k++) {
        struct match *m = p->match[k].match;

        if (p->match[k].group != (int)i) {
            continue;
        }
        if (n == 0 && m->kind == MATCH_CONTENT && g->g.kind != BUFFER_BASE64) {
            first_absolute(p->rule, &m->content);
        }
        if (m->kind == MATCH_CONTENT && m->content.flags & CONTENT_FAST && p->rule->fast_group == 0xffff) {
            p->rule->fast_group = (uint16_t)(to - p->rule->group);
            p->rule->fast_match = (uint16_t)n;
        }
        to->match[n++] = m;
    }
    return true;
}

static struct match **list_close(struct rule_parse *p, struct match **from, unsigned n)
{
    struct match **to = n ? parse_zero(p, n * sizeof(struct match *)) : NULL;

    if (to) {
        memcpy(to, from, n * sizeof(struct match *));
    }
    return to;
}

/* Metadata as the log has it: by key, what came later first. */
static bool meta_close(struct rule_parse *p)
{
    struct rule *r = p->rule;
    struct rule_meta *to = p->meta_n ? parse_zero(p, p->meta_n * sizeof *to) : NULL;

    for (unsigned i = 0; to && i < p->meta_n; i++) {
        struct rule_meta m = p->meta[p->meta_n - 1 - i];
        unsigned k = i;

        for (; k > 0 && strcasecmp(to[k - 1].key, m.key) > 0; k--) {
            to[k] = to[k - 1];
        }
        to[k] = m;
    }
    r->meta = to;
    r->meta_n = (uint16_t)p->meta_n;
    return to || p->meta_n == 0;
}

static bool rule_close(struct rule_parse *p)
{
    struct rule *r = p->rule;

    r->fast_group = r->fast_match = 0xffff;
    r->group = p->group_n ? parse_zero(p, p->group_n * sizeof *r->group) : NULL;
    for (unsigned i = 0; r->group && i < p->group_n; i++) {
        if (p->group[i].g.match_n && !group_close(p, i, &r->group[r->group_n++])) {
            return false;
        }
    }
    r->packet = list_close(p, p->packet, p->packet_n);
    r->packet_n = (uint16_t)p->packet_n;
    r->post = list_close(p, p->post, p->post_n);
    r->post_n = (uint16_t)p->post_n;
    r->reference = p->reference_n ? parse_zero(p, p->reference_n * sizeof *r->reference) : NULL;
    if (r->reference) {
        memcpy(r->reference, p->reference, p->reference_n * sizeof *r->reference);
        r->reference_n = (uint16_t)p->reference_n;
    }
    r->variable_n = (uint16_t)p->variable_n;
    r->variable_names = p->variable_n ? parse_zero(p, p->variable_n * sizeof *r->variable_names) : NULL;
    if (r->variable_names) {
        memcpy(r->variable_names, p->variable, p->variable_n * sizeof *r->variable_names);
    }
    return meta_close(p) && !p->failed;
}

static bool check_groups(struct rule_parse *p)
{
    bool payload = p->payload >= 0 && p->group[p->payload].g.match_n, frame = false, other = false;

    if (p->transform_n) {
        parse_warn(p, "rule %u: nothing follows the transform %s: it has no effect", p->rule->sid, p->transform[0].name);
    }
    if (p->current >= 0 && p->group[p->current].g.match_n == 0) {
        return parse_fail(p, "rule %u setup buffer %s but didn't add matches to it", p->rule->sid,
            p->group[p->current].g.name ? p->group[p->current].g.name : "base64_data");
    }
    for (unsigned i = 0; i < p->group_n; i++) {
        const struct draft_group *g = &p->group[i];

        if (g->g.match_n == 0 && g->g.kind != BUFFER_PAYLOAD) {
            return parse_fail(p, "no matches in sticky buffer %s", g->g.name ? g->g.name : "base64_data");
        }
        if (!check_absent(p, (int)i)) {
            return false;
        }
        frame |= g->g.kind == BUFFER_FRAME;
        other |= g->g.kind != BUFFER_FRAME && g->g.kind != BUFFER_PAYLOAD && g->g.kind != BUFFER_BASE64;
        /* A raw header is the request's or the response's: the rule has to say which. */
        if (p->rule->dialect == DIALECT_SURICATA && g->g.name && strcmp(g->g.name, "http.header.raw") == 0 && !(p->rule->flow_flags & (RULE_TO_SERVER | RULE_TO_CLIENT))) {
            return parse_fail(p,
                "http_raw_header signature without a flow direction. Use flow:to_server for inspecting request headers or flow:to_client "
                "for inspecting response headers.");
        }
    }
    if (frame && (payload || other)) {
        return parse_fail(p, payload ? "can't mix pure content and frame inspection" : "can't mix app-layer buffer and frame inspection");
    }
    return true;
}

bool rule_validate(struct rule_parse *p)
{
    struct rule *r = p->rule;
    const uint16_t to_both = RULE_TO_SERVER | RULE_TO_CLIENT;

    if (p->context->firewall && r->hook == NULL) {
        return parse_fail(p, "rule %u is loaded as a firewall rule, but does not specify an explicit hook", r->sid);
    }
    r->sides = (uint8_t)(((r->flow_flags & RULE_TO_SERVER) ? SIDE_SERVER_BIT : 0) | ((r->flow_flags & RULE_TO_CLIENT) ? SIDE_CLIENT_BIT : 0));
    if (r->hook && r->hook_side < 2) {
        r->sides |= (uint8_t)(1u << r->hook_side);
    }
    if (r->sides == 0 || (r->flow_flags & to_both) == to_both) {
        r->sides = SIDE_BOTH_BITS;
    }
    if (!check_units(p) || !check_groups(p) || !check_sizes(p) || !check_urilen(p) || !check_literals(p) || !check_directions(p)) {
        return false;
    }
    settle_units(p);
    if (!check_files(p)) {
        return false;
    }
    settle_protos(p);
    return rule_close(p);
}
