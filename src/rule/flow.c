/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flow - the flow option: direction and state, and whether packets or the stream are meant. */
#include "rule/parse.h"

struct flow_word {
    const char *word, *name;
    uint16_t flag, against;    /* set by it; already set is a contradiction */
};

static const struct flow_word words[] = {
    { "established", "ESTABLISHED", RULE_ESTABLISHED, RULE_NOT_ESTABLISHED | RULE_STATELESS },
    { "not_established", "NOT_ESTABLISHED", RULE_NOT_ESTABLISHED, RULE_ESTABLISHED },
    { "stateless", "STATELESS", RULE_STATELESS, RULE_ESTABLISHED },
    { "to_client", "TOCLIENT", RULE_TO_CLIENT, RULE_TO_SERVER },
    { "from_server", "TOCLIENT", RULE_TO_CLIENT, RULE_TO_SERVER },
    { "to_server", "TOSERVER", RULE_TO_SERVER, RULE_TO_CLIENT },
    { "from_client", "TOSERVER", RULE_TO_SERVER, RULE_TO_CLIENT },
    { "no_frag", "NO_FRAG", RULE_NO_FRAG, RULE_ONLY_FRAG },
    { "only_frag", "ONLY_FRAG", RULE_ONLY_FRAG, RULE_NO_FRAG },
    { "only_stream", "ONLYSTREAM", RULE_ONLY_STREAM, RULE_NO_STREAM },
    { "no_stream", "NOSTREAM", RULE_NO_STREAM, RULE_ONLY_STREAM },
};

static bool flow_word(struct rule_parse *p, struct bytes w, uint16_t *flags)
{
    for (size_t i = 0; i < ROWS(words); i++) {
        if (!word_is_nocase(w, words[i].word)) {
            continue;
        }
        if (*flags & words[i].flag) {
            return parse_fail(p, "flow: %s is said twice", words[i].word);
        }
        if (*flags & words[i].against) {
            return parse_fail(p, "flow: %s contradicts what stands before it", words[i].word);
        }
        *flags |= words[i].flag;
        return true;
    }
    return parse_fail(p, "invalid flow option \"%.*s\"", (int)w.n, (const char *)w.p) ||
           parse_hint(p, "to_server, to_client, established, not_established, stateless, only_stream, no_stream, only_frag, no_frag");
}

PARSER(parse_flow)
{
    const uint16_t sides = RULE_TO_SERVER | RULE_TO_CLIENT;
    struct words w = words_of(value, ',');
    struct bytes part;
    uint16_t flags = 0;
    unsigned n = 0;

    if (p->flow_seen) {
        return parse_fail(p, "A signature may have only one flow option.");
    }
    while (words_next(&w, &part)) {
        if (++n > 3) {
            return parse_fail(p, "parse error, ret -1, string %s", value) || parse_hint(p, "flow takes up to three words");
        }
        if (!flow_word(p, part, &flags)) {
            return false;
        }
    }
    if (flags & sides && p->rule->header_flags & HEADER_TXN_BOTH) {
        return parse_fail(p, "rule %u means to use both directions, cannot specify a flow direction", p->rule->sid);
    }
    if (p->rule->hook && p->rule->hook_side < 2 && (flags & (p->rule->hook_side == TO_SERVER ? RULE_TO_CLIENT : RULE_TO_SERVER))) {
        return parse_fail(p, "rule %u has flow %s but a hook %s", p->rule->sid, flags & RULE_TO_SERVER ? "to_server" : "to_client",
            flags & RULE_TO_SERVER ? "to_client" : "to_server");
    }
    /* Suricata 8 lets a second flow option follow when the first said a direction only. */
    p->flow_seen = (flags & ~(sides | RULE_ONLY_STREAM | RULE_NO_STREAM)) != 0;
    p->rule->flow_flags |= flags;
    p->only_stream |= (flags & RULE_ONLY_STREAM) != 0;
    p->no_stream |= (flags & RULE_NO_STREAM) != 0;
    return true;
}
