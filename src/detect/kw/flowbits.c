/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flowbits:set,name  unset  toggle  isset,a|b  isnotset  noalert: bits of a flow, set once a whole rule matched. */
#include "detect/kw/flowbits.h"

#include "base/text.h"
#include "detect/option_text.h"

static const char *const commands[] = { "isset", "isnotset", "set", "unset", "toggle", "noalert", NULL };
enum { BITS_ANY_MAX = 100 };

static bool bits_names(struct rule_parse *p, const char *names, struct flowbits *b, struct err *err)
{
    const char *word[BITS_ANY_MAX];
    unsigned n = option_words(rule_parse_arena(p), names, '|', word, BITS_ANY_MAX);

    if (n > BITS_ANY_MAX) {
        return err_set(err, "flowbits: more than %d names", BITS_ANY_MAX);
    }
    for (unsigned i = 0; i < n; i++) {
        if (word[i][0] == '\0') {
            continue;
        }
        if (strpbrk(word[i], " \t")) {
            return err_set(err, "flowbits: the name \"%s\" has a blank in it", word[i]);
        }
        b->id[b->n++] = rule_parse_name(p, "flowbits", word[i]);
    }
    return b->n != 0 || err_set(err, "flowbits: no name given");
}

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    const char *comma = strchr(argument, ',');
    struct arena *a = rule_parse_arena(p);
    const char *command = arena_str(a, bytes_trim(bytes_of(argument, comma ? (size_t)(comma - argument) : strlen(argument)), " \t"));
    int which = command ? option_choice(command, commands) : -1;

    if (which < 0) {
        return err_set(err, "flowbits: unknown action \"%s\"", command ? command : "");
    }
    if (which == BITS_NOALERT) {
        r->noalert = true;
        *place = KEYWORD_POST;
        return !comma || err_set(err, "flowbits:noalert takes no name");
    }
    struct flowbits *b = arena_zero(a, sizeof *b + BITS_ANY_MAX * sizeof b->id[0]);
    if (!b || !comma) {
        return err_set(err, b ? "flowbits:%s needs a name" : "no memory for flowbits:%s", command);
    }
    b->command = (uint8_t)which;
    *place = which <= BITS_ISNOTSET ? KEYWORD_PACKET : KEYWORD_POST;
    *data = b;
    return bits_names(p, comma + 1, b, err);
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct flowbits *b = data;

    (void)r;
    if (!b) {
        return true; /* noalert: said when it was read */
    }
    if (!s->flow) {
        return false;
    }
    switch (b->command) {
    case BITS_ISSET:
    case BITS_ISNOTSET:
        for (uint16_t i = 0; i < b->n; i++) {
            if (scope_flowbit(s, b->id[i]) == (b->command == BITS_ISSET)) {
                return true;
            }
        }
        return false;
    case BITS_SET: scope_flowbit_set(s, b->id[0], true); return true;
    case BITS_UNSET: scope_flowbit_set(s, b->id[0], false); return true;
    default: scope_flowbit_set(s, b->id[0], !scope_flowbit(s, b->id[0])); return true;
    }
}

static void tell(const void *data, const struct rule_names *names, struct json *j)
{
    const struct flowbits *b = data;

    json_object(j, "flowbits");
    json_string(j, "cmd", commands[b->command]);
    json_array(j, "names");
    for (uint16_t i = 0; i < b->n; i++) {
        json_string(j, NULL, rule_names_get(names, "flowbits", b->id[i]));
    }
    json_end_array(j);
    if (b->n > 1) {
        json_string(j, "operator", "or");
    }
    json_end_object(j);
}

const struct keyword keyword_flowbits = { .name = "flowbits", .dialects = 1 << DIALECT_SURICATA | 1 << DIALECT_SNORT2 | 1 << DIALECT_SNORT3,
                                          .place = KEYWORD_PACKET, .needs_flow = true, .parse = parse, .match = match, .tell = tell,
                                          .help = "bits of a flow: set, unset, toggle, isset, isnotset, noalert" };

const struct flowbits *flowbits_of(const struct match *m)
{
    return m->kind == MATCH_KEYWORD && m->keyword.row == &keyword_flowbits ? m->keyword.data : NULL;
}
