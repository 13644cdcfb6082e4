/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pktvar:name,"literal": a text that an expression captured in this packet holds it. */
#include "detect/kw/kw.h"

#include "detect/option_text.h"

struct variable {
    const char *name;
    struct bytes want;
};

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct variable *to = kw_data(p, sizeof *to, err);
    const char *comma = strchr(argument, ',');
    const char *word[1];

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL) {
        return false;
    }
    if (comma == NULL || option_words(rule_parse_arena(p), arena_str(rule_parse_arena(p), bytes_of(argument, (size_t)(comma - argument))), ',', word, 1) != 1 ||
        word[0][0] == '\0') {
        return err_set(err, "pktvar takes a name and a literal: pktvar:name,\"text\"");
    }
    to->name = word[0];
    struct bytes literal = bytes_trim(bytes_str(comma + 1), " \t\"");
    const char *text = arena_str(rule_parse_arena(p), literal);
    return literal.n != 0 ? text != NULL && rule_parse_literal(p, "pktvar", text, &to->want) : err_set(err, "pktvar: the literal is empty");
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct variable *v = data;
    struct bytes value;

    (void)r;
    return scope_pktvar(s, v->name, &value) && bytes_find(value, v->want) != SIZE_MAX;
}

const struct keyword keyword_pktvar = { .name = "pktvar", .dialects = 1 << DIALECT_SURICATA, .place = KEYWORD_PACKET, .parse = parse,
                                        .match = match, .help = "a literal in what an expression captured in this packet" };
