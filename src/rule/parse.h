/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * parse - what the files of rule/ share while one rule is read.  Not for other folders.
 *
 * `struct rule_parse` holds the rule in the making: its matches in order, the buffer each belongs to, and where in the
 * text the reader stands, so that every complaint names its column.  It lives on the loader's stack for one file and is
 * cleared for each rule; everything that stays goes into the arena of `struct rules`.
 * Every parse function returns false after parse_fail(); the first complaint is the one that is told.
 */
#ifndef RULE_PARSE_H
#define RULE_PARSE_H

#include "rule/keyword.h"
#include "rule/rule.h"
#include "rule/split.h"

#include <stdio.h>
#include <stdlib.h>

#define RULE_TEXT_MAX 65000    /* bytes of one rule, continuation lines joined: columns are 16 bits */
#define DRAFT_GROUPS_MAX 64    /* buffers of one rule, as Suricata has it */
#define DRAFT_MATCHES_MAX 1024
#define DRAFT_TRANSFORMS_MAX 16
#define RULE_VARIABLES_MAX 64
#define PROTO_SET_WORDS 2      /* protocols of a set: 128 */

/* A set of protocol ids. */
struct proto_set {
    uint64_t bits[PROTO_SET_WORDS];
};

/* One match of the rule, in the order of its group; `order` is its place in the text. */
struct draft_match {
    struct match *match;
    uint16_t order;
    int16_t group;
};

struct field_use;

struct draft_group {
    struct group g;            /* match list is made at the end */
    const struct field_use *uses; /* the protocols' rows behind the name; NULL for other kinds */
    bool list;                 /* each naming of the buffer is a group of its own */
    bool by_keyword;           /* made by a keyword (urilen), may still be named */
    bool forced[2];            /* only that side, by to_server or to_client behind the name */
    bool used;
};

struct rule_index;

struct rule_parse {
    struct rules *rules;
    const struct rule_context *context;
    struct rule_index *index;
    struct arena *arena;
    struct rule *rule;

    const char *text;          /* the rule, joined */
    struct rule_line line;     /* where it stands in its file */
    uint32_t column;           /* of the option being read, 1-based */
    const char *option;        /* its name as written */
    const struct range *range; /* its value, where the dialect has read it already (snort3_run_range); NULL */
    const struct keyword *keyword; /* the one whose parse() runs */
    bool negated;              /* the value began with '!' (options with OPTION_NEGATION) */
    bool failed;
    uint32_t fail_column;
    struct err err;
    const char *hint;

    struct draft_match match[DRAFT_MATCHES_MAX];
    unsigned match_n, order;
    struct draft_group group[DRAFT_GROUPS_MAX];
    unsigned group_n;
    int payload;               /* index of the payload group; -1 not yet */
    int active;                /* sticky buffer in force; -1: payload */
    int current;               /* group touched last; -1 */
    struct transform transform[DRAFT_TRANSFORMS_MAX];
    unsigned transform_n;      /* waiting for the first match of the active buffer */
    bool fresh;                /* the sticky buffer was just named: transforms may follow */

    struct proto_set told;     /* of the file: the protocols whose flows its dialect recognises (snort3_told) */
    struct proto_set protos;   /* the protocols it can apply to */
    bool bound;                /* … is restricted at all */
    struct match *packet[DRAFT_MATCHES_MAX];
    unsigned packet_n;
    struct match *post[DRAFT_MATCHES_MAX];
    unsigned post_n;
    const char *variable[RULE_VARIABLES_MAX];
    int variable_group[RULE_VARIABLES_MAX];
    unsigned variable_n;
    struct rule_reference reference[256];
    unsigned reference_n;
    struct rule_meta meta[1024];
    unsigned meta_n;

    bool flow_seen, only_stream, no_stream, priority_set, bidirectional, files;
    int side_forced;           /* to_server or to_client in front of a value; -1 */
    const struct match *dsize;
    bool requires_unmet, left_out;
    char scratch[RULE_TEXT_MAX + 1];
};

/* ---- complaints ---- */
bool parse_fail(struct rule_parse *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool parse_hint(struct rule_parse *p, const char *hint); /* adds advice to the failure; returns false */
void parse_warn(struct rule_parse *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same, once for all rules with the same `what`. */
#define parse_warn_once(p, what, ...) (rule_index_first((p)->index, (p)->arena, (what)) ? parse_warn((p), __VA_ARGS__) : (void)0)

struct rule_failure *rules_failure_new(struct rules *r); /* cleared; NULL: more than are kept */
int rules_source_add(struct rules *r, const char *name); /* its number; -1: too many, no memory */

/* ---- memory; NULL on exhaustion, and the rule has failed ---- */
void *parse_zero(struct rule_parse *p, size_t n);
const char *parse_str(struct rule_parse *p, struct bytes b);    /* one copy per distinct text */

/* ---- rule options ---- */
enum option_flag {
    OPTION_NONE = 0,               /* a value is needed */
    OPTION_NO_VALUE = 1 << 0,
    OPTION_MAY_VALUE = 1 << 1,
    OPTION_QUOTED = 1 << 2,        /* must stand in double quotes */
    OPTION_MAY_QUOTED = 1 << 3,
    OPTION_NEGATION = 1 << 4,      /* '!' in front is taken off and told in p->negated */
    OPTION_FIRST = 1 << 5,         /* read before all others: sid, requires */
    OPTION_SIDE = 1 << 6,          /* to_server or to_client may stand in front */
};
struct option {
    const char *name;
    const char *aliases;
    uint16_t flags;
    bool (*parse)(struct rule_parse *p, const char *value); /* value NULL when there is none */
    const char *help;
};

/* ---- names: index.c ---- */
struct field_use {
    const struct field *field;
    uint16_t proto;
    const struct field_use *next;
};
enum name_kind { NAME_OPTION, NAME_KEYWORD, NAME_FIELD, NAME_MODIFIER, NAME_HEADER, NAME_TRANSFORM, NAME_KNOWN };
struct name_row {
    const char *name;
    uint8_t kind;              /* enum name_kind */
    const struct option *option;
    const struct keyword *keyword;
    const struct field_use *uses;  /* NAME_FIELD, NAME_MODIFIER */
    const char *text;          /* NAME_HEADER: buffer; NAME_KNOWN: protocol */
    struct name_row *next;
};
/* Buffers that are parts of a packet's headers; ended by a row without name. */
struct header_buffer {
    const char *name, *help;
};
extern const struct header_buffer header_buffers[];
struct rule_index *rule_index_new(struct rules *r, const struct rule_context *c);
void rule_index_free(struct rule_index *x);
const struct name_row *rule_index_find(const struct rule_index *x, const char *name, size_t n);
uint16_t option_flags(const struct rule_parse *p, const struct name_row *row); /* what value the name takes: enum option_flag */
/* All protocols that go by that name; false when none does. */
bool rule_index_protos(const struct rule_index *x, const char *name, struct proto_set *out);
void rule_index_files(const struct rule_index *x, struct proto_set *out); /* all that have files */
const struct field_use *rule_index_field(const struct rule_index *x, const char *name);
const struct field_use *rule_index_pcre(const struct rule_index *x, char letter);
const char *rule_index_intern(struct rule_index *x, struct arena *a, struct bytes b);
/* Where the data of a transform with that argument is kept, NULL in it at first; NULL: no room, keep nothing. */
const void **rule_index_transform(struct rule_index *x, struct arena *a, const char *name, const char *argument);
bool rule_index_first(struct rule_index *x, struct arena *a, const char *text); /* not met before: to warn once */
/* Suricata 8's word lists: known.c.  The protocol a keyword belongs to ("" when to none); NULL when the name is no keyword. */
const char *known_keyword(const char *name);
bool known_proto(const char *name);

/* ---- buffers and matches: buffer.c ---- */
int buffer_payload(struct rule_parse *p);
/* The group matches go to now (transforms taken up); -1 after a failure. */
int buffer_active(struct rule_parse *p);
bool buffer_sticky(struct rule_parse *p, const struct name_row *row, const char *value);
bool buffer_modifier(struct rule_parse *p, const struct name_row *row, const char *name); /* name: of the group; NULL: the field's */
int buffer_named(struct rule_parse *p, const char *name, const char *as);  /* the field's group, made when there is none; -1 unknown.  as: its name; NULL: the field's */
extern const char snort2_raw_cookie[]; /* the name of a group that http.cookie has until snort2_buffers */
bool buffer_packet_data(struct rule_parse *p);
int buffer_condition(struct rule_parse *p, enum buffer_kind kind); /* a group without bytes: transaction or file as such */
/* A keyword put its match into `group`: another buffer's sticky naming is over, as in Suricata. */
void buffer_turn(struct rule_parse *p, int group);
/* The number that was asked last may also be one of these. */
bool buffer_number_also(struct rule_parse *p, const struct range *also, uint8_t n);
struct match *buffer_add(struct rule_parse *p, int group, enum match_kind kind);
/* The last match of a kind in `kinds` (bit per match_kind) that a modifier here means; NULL. */
struct draft_match *buffer_last(struct rule_parse *p, unsigned kinds);
struct draft_match *buffer_last_literal(struct rule_parse *p);
struct draft_match *buffer_last_in(struct rule_parse *p, int group, unsigned kinds);
struct draft_match *buffer_before(struct rule_parse *p, const struct draft_match *m, unsigned kinds);
bool transform_parse(struct rule_parse *p, const char *name, const char *value);
struct match *match_new(struct rule_parse *p, enum match_kind kind);
#define KIND(k) (1u << (k))

/* ---- protocols ---- */
bool protos_bind(struct rule_parse *p, const struct proto_set *s, const char *why);
bool protos_bind_uses(struct rule_parse *p, const struct field_use *u, const char *why);
bool protos_bind_name(struct rule_parse *p, const char *name, const char *why);
static inline bool proto_set_has(const struct proto_set *s, unsigned id) { return id < 128 && (s->bits[id >> 6] >> (id & 63) & 1); }
static inline void proto_set_add(struct proto_set *s, unsigned id)
{
    if (id < 128) {
        s->bits[id >> 6] |= 1ull << (id & 63);
    }
}
static inline unsigned proto_set_count(const struct proto_set *s)
{
    return (unsigned)(__builtin_popcountll(s->bits[0]) + __builtin_popcountll(s->bits[1]));
}

/* ---- words and numbers: word.c ---- */
struct words {                 /* walks over a value cut at `stop`, blanks around each part taken off */
    const char *p;
    char stop;
    bool done;
};
struct words words_of(const char *s, char stop);
bool words_next(struct words *w, struct bytes *out);   /* false at the end */
/* Base 10, or as written (0x, 0) when base is 0; the whole of b. */
bool word_i64(struct bytes b, int base, int64_t low, int64_t high, int64_t *out);
bool word_is(struct bytes b, const char *s);
bool word_is_nocase(struct bytes b, const char *s);
/* Writes a literal's bytes as content writes them; false after a failure. */
bool literal_parse(struct rule_parse *p, const char *keyword, const char *value, struct bytes *out);
int variable_find(const struct rule_parse *p, struct bytes name, int group);
int variable_new(struct rule_parse *p, struct bytes name, int group);
const char *range_prefix(const char *s, uint64_t max, struct range *out); /* the range s begins with; its end, NULL when there is none */

/* ---- the pieces of the Suricata dialect ---- */
extern const struct option suricata_options[];
bool suricata_rule(struct rule_parse *p, const char *text, size_t n);
/* Snort 2's own options: true when it is one, *good whether it was read; and what its buffers are, once the rule is read. */
bool snort2_option(struct rule_parse *p, const char *name, char *value, bool *good);
bool snort2_buffers(struct rule_parse *p);
bool snort3_option(struct rule_parse *p, const char *name, char *value); /* one of Snort 3's; false: told */
bool snort3_rule(struct rule_parse *p, const char *text, size_t n); /* the Snort 3 dialect: snort3.c */
struct proto_set snort3_told(const struct rule_index *x);       /* protocols that are services to Snort */
bool snort3_service(struct rule_parse *p, const char *service); /* the rule is for flows of this service too */
/* The parts of a rule before its options: found first (header_scan), read once `requires` is met (header_parse). */
#define HEADER_PARTS 7         /* action, protocol, source, port, direction, destination, port */
struct header_token {
    const char *p;
    size_t n;
};
struct header {
    struct header_token part[HEADER_PARTS];
    uint32_t column[HEADER_PARTS];
    size_t options;            /* where they begin */
    bool builtin;              /* Snort: nothing but an action; the rule is about the event of its gid and sid */
};
bool header_scan(struct rule_parse *p, const char *text, size_t n, struct header *out);
bool header_parse(struct rule_parse *p, const struct header *h);
bool snort3_header(struct rule_parse *p, const char *text, size_t n, struct header *h);
/* Runs `pass` over the options, first for those that others need, then, the header read, for the rest; `no_sid`: the complaint. */
typedef bool rule_pass(struct rule_parse *p, char *options, size_t base, bool first);
bool rule_options(struct rule_parse *p, const char *text, size_t n, struct header *h, rule_pass *pass, const char *no_sid);
void header_transports(struct rule_parse *p, const struct proto_set *s); /* adds the IP protocols they run over */
bool rule_validate(struct rule_parse *p);
bool keyword_parse(struct rule_parse *p, const struct keyword *k, const char *value);

#define PARSER(name) bool name(struct rule_parse *p, const char *value)
PARSER(parse_content);
PARSER(parse_uricontent);
PARSER(parse_nocase);
PARSER(parse_depth);
PARSER(parse_offset);
PARSER(parse_distance);
PARSER(parse_within);
PARSER(parse_startswith);
PARSER(parse_endswith);
PARSER(parse_rawbytes);
PARSER(parse_fast_pattern);
PARSER(parse_replace);
PARSER(parse_pcre);
PARSER(parse_isdataat);
PARSER(parse_absent);
PARSER(parse_bsize);
PARSER(parse_urilen);
PARSER(parse_byte_test);
PARSER(parse_byte_jump);
PARSER(parse_byte_extract);
PARSER(parse_byte_math);
PARSER(parse_base64_decode);
PARSER(parse_base64_data);
PARSER(parse_tls_text);
PARSER(parse_pkt_data);
PARSER(parse_frame);
PARSER(parse_file_data);
PARSER(parse_file_field);
PARSER(parse_flow);
PARSER(parse_msg);
PARSER(parse_sid);
PARSER(parse_gid);
PARSER(parse_rev);
PARSER(parse_classtype);
PARSER(parse_reference);
PARSER(parse_priority);
PARSER(parse_metadata);
PARSER(parse_target);
PARSER(parse_requires);
PARSER(parse_threshold);
PARSER(parse_detection_filter);
PARSER(parse_noalert);
PARSER(parse_alert);
PARSER(parse_prefilter);

#endif
