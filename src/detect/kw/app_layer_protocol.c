/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

extern const struct keyword keyword_app_layer_protocol;

enum which { OF_DIRECTION, OF_FLOW, OF_ORIGINAL, OF_EITHER, OF_SERVER, OF_CLIENT };

struct asked {
    uint64_t set[2];           /* protocols of that name */
    bool failed, unknown, negated;
    uint8_t which;
};

static bool mode(const char *word, uint8_t *out)
{
    static const struct {
        const char *word;
        uint8_t which;
    } words[] = { { "direction", OF_DIRECTION }, { "final", OF_FLOW }, { "original", OF_ORIGINAL }, { "either", OF_EITHER }, { "to_server", OF_SERVER },
                  { "to_client", OF_CLIENT } };

    for (size_t i = 0; i < ROWS(words); i++) {
        if (strcmp(word, words[i].word) == 0) {
            *out = words[i].which;
            return true;
        }
    }
    return false;
}

/* "[!]NAME[,final|original|either|to_server|to_client|direction]"; NAME may be failed or unknown. */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct asked *to = kw_data(p, sizeof *to, err);
    const struct asked *them;
    const char *comma = strchr(argument, ',');
    const char *name = arena_str(rule_parse_arena(p), bytes_of(argument, comma ? (size_t)(comma - argument) : strlen(argument)));

    (void)place;
    *data = to;
    if (to == NULL || name == NULL) {
        return false;
    }
    if (rule_parse_is_bound(p)) {
        return err_set(err, "Either we already have the rule match on an app layer protocol set through other keywords that match on this "
                            "protocol, or have already seen a non-negated app-layer-protocol.");
    }
    to->negated = rule_parse_negated(p);
    to->failed = strcmp(name, "failed") == 0;
    to->unknown = strcmp(name, "unknown") == 0;
    if (to->unknown && to->negated) {
        return err_set(err, "app-layer-protocol keyword can't use negation with protocol 'unknown'");
    }
    if (!to->failed && !to->unknown && !rule_parse_protos(p, name, to->set)) {
        return err_set(err, "app-layer-protocol keyword supplied with unknown protocol \"%.64s\"", name);
    }
    if (comma && !mode(comma + 1, &to->which)) {
        return err_set(err, "app-layer-protocol keyword supplied with unknown mode \"%.64s\"", comma + 1);
    }
    (void)r;
    for (unsigned i = 0; (them = rule_parse_earlier(p, &keyword_app_layer_protocol, i)) != NULL; i++) {
        if (them->which == to->which && (them->negated != to->negated || !to->negated || memcmp(them->set, to->set, sizeof to->set) == 0)) {
            return err_set(err, "can't mix positive app-layer-protocol match with negated match or match for 'failed'.");
        }
    }
    return true;
}

static bool is(const struct asked *a, unsigned id)
{
    if (a->failed) {
        return id == PROTO_FAILED;
    }
    if (a->unknown) {
        return id == PROTO_NONE;
    }
    return id < 128 && (a->set[id >> 6] >> (id & 63) & 1);
}

/* A rule that asks nothing else is told once: when recognition is done.  One at a hook is asked there each time. */
static bool alone(const struct rule *r)
{
    if (r->hook) {
        return false;
    }
    for (unsigned i = 0; i < r->packet_n; i++) {
        if (r->packet[i]->keyword.row != &keyword_app_layer_protocol) {
            return false;
        }
    }
    return r->group_n == 0 && !(r->flow_flags & ~(RULE_TO_SERVER | RULE_TO_CLIENT));
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct asked *a = data;
    const struct conn *c = s->flow ? s->flow->app : NULL;
    unsigned id, other;

    if (s->flow == NULL || (alone(r) && !s->turn->proto_changed)) {
        return false;
    }
    switch ((enum which)a->which) {
    case OF_FLOW: id = c ? c->id : PROTO_NONE; break;
    case OF_ORIGINAL: id = c ? c->original : PROTO_NONE; break;
    case OF_SERVER: id = c ? conn_side_id(c, TO_SERVER) : PROTO_NONE; break;
    case OF_CLIENT: id = c ? conn_side_id(c, TO_CLIENT) : PROTO_NONE; break;
    case OF_EITHER:
        id = c ? conn_side_id(c, TO_SERVER) : PROTO_NONE;
        other = c ? conn_side_id(c, TO_CLIENT) : PROTO_NONE;
        if (a->negated) {
            return (id != PROTO_NONE || other != PROTO_NONE) && !is(a, id) && !is(a, other);
        }
        return is(a, id) || is(a, other);
    case OF_DIRECTION:
    default: id = c ? conn_side_id(c, s->side) : PROTO_NONE; break;
    }
    return a->negated ? id != PROTO_NONE && !is(a, id) : is(a, id);
}

const struct keyword keyword_app_layer_protocol = {
    .name = "app-layer-protocol",
    .dialects = 1 << DIALECT_SURICATA,
    .value = KEYWORD_VALUE_MAY_QUOTED | KEYWORD_VALUE_NEGATION,
    .place = KEYWORD_PACKET,
    .needs_flow = true,
    .parse = parse,
    .match = match,
    .help = "the protocol recognised in the flow: app-layer-protocol:!http,either",
};
