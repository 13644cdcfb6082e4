/* SPDX-License-Identifier: GPL-2.0-or-later */
/* iprep:any|src|dst|both,CATEGORY,isset|isnotset and iprep:…,CATEGORY,OPERATOR,SCORE: the reputation of an address. */
#include "detect/kw/kw.h"
#include "detect/option_text.h"
#include "detect/reputation.h"

enum { WORDS_MAX = 4 };
enum who { ANY, SRC, DST, BOTH };

struct asked {
    const struct reputation *reputation;
    struct range range;
    uint8_t who, category;
    bool known;                /* isset: any score; isnotset: none */
    bool unknown;
};

static bool condition(struct asked *a, const char *const *word, unsigned n, struct err *err)
{
    static const char *const operators[] = { "<", ">", "<=", ">=", "=", "!=", NULL };
    static const uint8_t ranges[] = { RANGE_LT, RANGE_GT, RANGE_LE, RANGE_GE, RANGE_EQ, RANGE_NE };
    int operator= option_choice(word[2], operators);
    uint32_t score;

    a->known = n == 3 && strcmp(word[2], "isset") == 0;
    a->unknown = n == 3 && strcmp(word[2], "isnotset") == 0;
    if (a->known || a->unknown) {
        return true;
    }
    if (n != 4 || operator< 0 || !option_u32(word[3], &score) || score > REPUTATION_MAX) {
        return err_set(err, "iprep takes isset, isnotset, or an operator and a score up to %d", REPUTATION_MAX);
    }
    a->range = (struct range){ .op = ranges[operator], .low = score };
    return true;
}

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    static const char *const sides[] = { "any", "src", "dst", "both", NULL };
    struct asked *a = kw_data(p, sizeof *a, err);
    const char *word[WORDS_MAX];
    unsigned n = option_words(rule_parse_arena(p), argument, ',', word, WORDS_MAX);
    int who = n >= 3 ? option_choice(word[0], sides) : -1;

    (void)r;
    (void)place;
    *data = a;
    if (a == NULL) {
        return false;
    }
    if (who < 0 || n > WORDS_MAX) {
        return err_set(err, "iprep takes any, src, dst or both, a category, and what its score is to be");
    }
    a->who = (uint8_t)who;
    a->reputation = rule_parse_context(p)->reputation;
    int category = a->reputation ? reputation_category(a->reputation, word[1]) : -1;
    if (category < 0) {
        return err_set(err, "unknown iprep category \"%s\"", word[1]);
    }
    a->category = (uint8_t)category;
    return condition(a, word, n, err);
}

static bool holds(const struct asked *a, const struct addr *address, enum family family)
{
    int score = reputation_score(a->reputation, address, family, a->category);

    if (score < 0) {
        return a->unknown;
    }
    return a->known || (!a->unknown && range_has(&a->range, (uint64_t)score));
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct asked *a = data;
    struct addr src, dst;
    enum family family;

    (void)r;
    if (!scope_addresses(s, &src, &dst, &family)) {
        return false;
    }
    switch ((enum who)a->who) {
    case SRC: return holds(a, &src, family);
    case DST: return holds(a, &dst, family);
    case BOTH: return holds(a, &src, family) && holds(a, &dst, family);
    case ANY:
    default: return holds(a, &src, family) || holds(a, &dst, family);
    }
}

const struct keyword keyword_iprep = {
    .name = "iprep",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_PACKET,
    .parse = parse,
    .match = match,
    .help = "the reputation of an address: iprep:src,CnC,>,30",
};
