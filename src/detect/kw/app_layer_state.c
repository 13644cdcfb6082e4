/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

struct state {
    uint8_t side, progress;
    bool above;                /* past it; else not there yet */
};

static bool find(const struct rule_parse *p, const char *name, uint64_t set[2], struct state *out)
{
    const struct proto *const *protos = rule_parse_context(p)->protos;

    for (unsigned id = 1; protos && protos[id - 1]; id++) {
        if (id >= 128 || !(set[id >> 6] >> (id & 63) & 1)) {
            continue;
        }
        for (uint8_t side = 0; side < 2; side++) {
            for (const struct proto_state *s = proto_states(protos[id - 1], side); s->name; s++) {
                if (strcmp(s->name, name) == 0) {
                    out->side = side;
                    out->progress = s->progress;
                    return true;
                }
            }
        }
    }
    return false;
}

/* "<STATE" or ">STATE": how far that side of a transaction is; "STATE" alone hooks the rule there. */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct state *to = kw_data(p, sizeof *to, err);
    bool compared = *argument == '<' || *argument == '>';
    uint64_t set[2];

    (void)place;
    *data = to;
    if (to == NULL) {
        return false;
    }
    if (r->app_name == NULL || !rule_parse_protos(p, r->app_name, set)) {
        return err_set(err, "app-layer-state needs a rule of an application protocol");
    }
    if (!find(p, argument + compared, set, to)) {
        return err_set(err, "'%.64s' is no state of %s", argument + compared, r->app_name);
    }
    to->above = *argument == '>';
    if (!compared) {
        r->hook = arena_str(rule_parse_arena(p), bytes_str(argument));
        r->hook_side = to->side;
        *place = KEYWORD_NOWHERE;
    }
    return rule_parse_take_side(p, to->side, err);
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct state *x = data;

    (void)r;
    return s->txn && (x->above ? s->txn->progress[s->side] > x->progress : s->txn->progress[s->side] < x->progress);
}

const struct keyword keyword_app_layer_state = {
    .name = "app-layer-state",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_TXN,
    .parse = parse,
    .match = match,
    .help = "how far a transaction is: app-layer-state:<request_headers",
};
