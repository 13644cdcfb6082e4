/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flowint:name,+,1  name,>,3  name,isset: numbers of a flow, changed once a whole rule matched. */
#include "detect/option_text.h"

enum { INT_SET, INT_ADD, INT_SUB, INT_LT, INT_LE, INT_NE, INT_EQ, INT_GE, INT_GT, INT_ISSET, INT_ISNOTSET, INT_NOTSET };
static const char *const operators[] = { "=", "+", "-", "<", "<=", "!=", "==", ">=", ">", "isset", "isnotset", "notset", NULL };

struct flowint {
    uint8_t op;
    bool variable;       /* `other` names the number to compare with */
    uint32_t id, other, value;
};

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    const char *word[3];
    unsigned n = option_words(rule_parse_arena(p), argument, ',', word, 3);
    int op = n >= 2 ? option_choice(word[1], operators) : -1;
    struct flowint *f = arena_zero(rule_parse_arena(p), sizeof *f);

    (void)r;
    if (op < 0 || !f || word[0][0] == '\0') {
        return err_set(err, "flowint takes a name, one of = + - < <= != == >= > isset isnotset, and a number or name");
    }
    *data = f;
    f->op = (uint8_t)op;
    f->id = rule_parse_name(p, "flowint", word[0]);
    *place = op <= INT_SUB ? KEYWORD_POST : KEYWORD_PACKET;
    if (op >= INT_ISSET) {
        return n == 2 || err_set(err, "flowint: %s takes nothing behind it", word[1]);
    }
    if (n != 3 || word[2][0] == '\0') {
        return err_set(err, "flowint: %s needs a number or name behind it", word[1]);
    }
    f->variable = word[2][0] < '0' || word[2][0] > '9';
    if (f->variable) {
        f->other = rule_parse_name(p, "flowint", word[2]);
        return true;
    }
    return option_u32(word[2], &f->value) || err_set(err, "flowint: %s is not between 0 and 4294967295", word[2]);
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct flowint *f = data;
    uint32_t x, y = f->value;

    (void)r;
    if (!s->flow) {
        return false;
    }
    if (f->variable) {
        (void)scope_flowint(s, f->other, &y); /* 0 when it is not set */
    }
    bool set = scope_flowint(s, f->id, &x);
    switch (f->op) {
    case INT_SET: scope_flowint_set(s, f->id, y); return true;
    case INT_ADD: scope_flowint_set(s, f->id, x + y); return true;
    case INT_SUB:
        if (set) {
            scope_flowint_set(s, f->id, x - y);
        }
        return set;
    case INT_LT: return set && x < y;
    case INT_LE: return set && x <= y;
    case INT_NE: return set && x != y;
    case INT_EQ: return set && x == y;
    case INT_GE: return set && x >= y;
    case INT_GT: return set && x > y;
    case INT_ISSET: return set;
    default: return !set;
    }
}

const struct keyword keyword_flowint = { .name = "flowint", .dialects = 1 << DIALECT_SURICATA, .place = KEYWORD_PACKET, .needs_flow = true,
                                         .parse = parse, .match = match, .help = "numbers of a flow: set, add, subtract, compare" };
