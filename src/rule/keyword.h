/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keyword - a rule keyword with logic of its own: one file in detect/kw/, one row in keywords.list.
 *
 * parse() runs while rules load (rule thread) and puts its data into the ruleset's arena; match() runs in a worker and may
 * only read that data.  `struct detect_scope` is detect's: what is being looked at (packet, flow, transaction, engine state).
 */
#ifndef RULE_KEYWORD_H
#define RULE_KEYWORD_H

#include "rule/tree.h"

struct detect_scope;
struct rule_context;
struct rule_names;
struct json;
struct rule_parse;             /* the front end's state for the rule being read */

enum keyword_place {
    KEYWORD_PACKET,            /* a condition on packet or flow: goes to rule.packet */
    KEYWORD_TXN,               /* a condition on the transaction: a group of its own for protocol `proto` */
    KEYWORD_POST,              /* done after all matched */
    KEYWORD_FILE,              /* a condition on a file */
    KEYWORD_BUFFER,            /* a condition on the bytes of the buffer named before it */
    KEYWORD_BYTES,             /* the same; on the payload when none is named */
    KEYWORD_PAYLOAD,           /* a condition on the payload, whatever buffer is named */
    KEYWORD_NOWHERE,           /* parse() has done it all */
};

/* How an option's value is written; what is taken off is taken off before parse(). */
enum keyword_value {
    KEYWORD_VALUE_NONE = 1 << 0,       /* there must be none */
    KEYWORD_VALUE_OPTIONAL = 1 << 1,   /* parse() may get NULL */
    KEYWORD_VALUE_QUOTED = 1 << 2,     /* double quotes around it, taken off */
    KEYWORD_VALUE_MAY_QUOTED = 1 << 3,
    KEYWORD_VALUE_NEGATION = 1 << 4,   /* '!' in front is taken off: rule_parse_negated() */
    KEYWORD_VALUE_SIDE = 1 << 5,       /* "to_server," or "to_client," in front is taken off: rule_parse_side() */
};

struct keyword {
    const char *name;
    const char *aliases;       /* space separated; NULL */
    uint8_t dialects;          /* bit per enum dialect */
    uint8_t place;             /* enum keyword_place: when parse() does not say otherwise in *place */
    uint16_t value;            /* enum keyword_value; 0: a value without quotes */
    bool needs_packet;         /* rule is inspected on packets */
    bool needs_flow;
    bool changes;              /* match() leaves something behind: it is asked once, by nobody who only wants to know */
    bool at_cursor;            /* KEYWORD_BYTES: asks from the scope's cursor on and may move it */
    const char *proto;         /* KEYWORD_TXN: protocol name; NULL any */
    bool (*parse)(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err);
    bool (*match)(struct detect_scope *s, const struct rule *r, const void *data);
    /* What a rule's analysis says of its use: members of an object; NULL: nothing but the name. */
    void (*tell)(const void *data, const struct rule_names *names, struct json *j);
    /* What a packet must have for this use to match (bits of detect/'s enum plan_need); NULL: nothing. */
    uint8_t (*needs)(const void *data);
    /* The one size that the packet's payload must have; false: there is no such.  NULL: nothing is asked of it. */
    bool (*size)(const void *data, uint16_t *size);
    /* The range of the one number that it compares; NULL: it compares none, or not that simply.  For those who make traffic. */
    const struct range *(*number)(const void *data);
    /* Does this use want that field made, which costs something (FIELD_DEMAND)?  NULL: none. */
    bool (*asks)(const void *data, const char *field);
    const void *own;           /* the row's own, for parse(): rule_parse_keyword(p)->own */
    const char *help;
};

/* keywords.list, in order, ended by NULL; the engine passes it to rule/. */
extern const struct keyword *const keyword_table[];

/* A transform that stands between a buffer and its matches: a row of detect/transform.c. */
struct transform_row {
    const char *name;          /* "to_lowercase" */
    const char *aliases;       /* space separated; NULL */
    /* NULL: takes no argument.  *data lives in the ruleset's arena. */
    bool (*parse)(struct rule_parse *p, const char *argument, const void **data, struct err *err);
    uint16_t value;            /* enum keyword_value; 0: as parse and argument_optional say */
    bool argument_optional;    /* parse() may get NULL */
    /* The transformed bytes, in scope_arena(s) or within `in`; false: no buffer is left. */
    bool (*run)(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out);
    const char *help;
};

/* transform_table, ended by a row with name NULL; the engine passes it to rule/. */
extern const struct transform_row transform_table[];

/* For parse(): the arena, the ids of names that live as long as the ruleset (flowbits, xbits, variables). */
struct arena *rule_parse_arena(struct rule_parse *p);
enum dialect rule_parse_dialect(const struct rule_parse *p);
/* A small number for a name of a kind ("flowbits", "xbits", "hostbits", "flowint"); the same for the same name, kept over reloads. */
uint32_t rule_parse_name(struct rule_parse *p, const char *kind, const char *name);
/* The next number for a script, from 0 on, among those of all rules being read. */
uint32_t rule_parse_script(struct rule_parse *p);
const struct keyword *rule_parse_keyword(const struct rule_parse *p); /* the one being parsed */
bool rule_parse_negated(const struct rule_parse *p);
int rule_parse_side(const struct rule_parse *p);      /* enum side; -1: not said */
/* The tables the engine passed in: for parse() that names notes or states. */
const struct rule_context *rule_parse_context(const struct rule_parse *p);
/* The name of the buffer in force ("http.uri"); NULL: the payload. */
const char *rule_parse_buffer(const struct rule_parse *p);
/* Ids of the protocols called `name` into bits[2] (see rule.app_set); false when there is none. */
bool rule_parse_protos(const struct rule_parse *p, const char *name, uint64_t bits[2]);
/* The rule is about that protocol from now on; false, told in err, when it was about another one. */
bool rule_parse_bind(struct rule_parse *p, const char *name, struct err *err);
/* The rule is bound to protocols already: by its header, a buffer or a keyword. */
bool rule_parse_is_bound(const struct rule_parse *p);
/* Has the rule, as far as it is read, a variable (byte_extract, byte_math) of that name? */
bool rule_parse_variable(const struct rule_parse *p, const char *name);
/* Data of the i-th earlier use of the same keyword in the rule (not after all matched); NULL: there are not so many. */
const void *rule_parse_earlier(const struct rule_parse *p, const struct keyword *k, unsigned i);
/* The rule is about that side alone from now on; false, told in err, when it was about the other. */
bool rule_parse_take_side(struct rule_parse *p, uint8_t side, struct err *err);
/* Things of the system (a database opened) that live as long as the rules: one per key, closed by fini with them. */
void *rule_parse_kept(const struct rule_parse *p, const char *key);
bool rule_parse_keep(struct rule_parse *p, const char *key, void *thing, void (*fini)(void *thing), struct err *err);
/* The file the rule stands in; NULL: none. */
const char *rule_parse_file(const struct rule_parse *p);
/* A literal as content has it ("a|0d 0a|b") into the arena; false after a failure that is told already. */
bool rule_parse_literal(struct rule_parse *p, const char *keyword, const char *value, struct bytes *out);
/* Before parse() returns false: what err says is only a warning, and the rule is left out. */
void rule_parse_leave_out(struct rule_parse *p);
/* A warning about this rule, told with its place. */
void rule_parse_warn(struct rule_parse *p, const char *text);
/* "10", ">5", "<20", "5-10", "5<>10", "!3" …; base 10 or 0x. */
bool range_parse(const char *s, struct range *out, struct err *err);
/* The same for numbers up to max: what can never match (">255" of a byte) is an error. */
bool range_parse_max(const char *s, uint64_t max, struct range *out, struct err *err);
/* The same without telling why not; inclusive: "5-10" holds its ends. */
bool range_parse_as(const char *s, uint64_t max, bool inclusive, struct range *out);
/* Has the rule's dialect read the option's range itself, as Snort's are?  Then rule_parse_range() hands it over. */
bool rule_parse_has_range(const struct rule_parse *p);
/* The option's range: the one its dialect has read, else the argument's, of numbers up to max. */
bool rule_parse_range(const struct rule_parse *p, const char *argument, uint64_t max, struct range *out, struct err *err);
static inline bool range_has(const struct range *r, uint64_t x)
{
    switch (r->op) {
    case RANGE_EQ: return x == r->low;
    case RANGE_NE: return x != r->low;
    case RANGE_LT: return x < r->low;
    case RANGE_LE: return x <= r->low;
    case RANGE_GT: return x > r->low;
    case RANGE_GE: return x >= r->low;
    case RANGE_IN: return x > r->low && x < r->high;
    case RANGE_OUT: return x <= r->low || x >= r->high;
    case RANGE_IN_EQ: return x >= r->low && x <= r->high;
    case RANGE_BITS: return (x & r->low) == r->high;
    default: return (x & r->low) != r->high;
    }
}

#endif
