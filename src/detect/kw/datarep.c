/* SPDX-License-Identifier: GPL-2.0-or-later */
/* datarep:NAME,>|<|==,NUMBER[,type …][,load …]…: the reputation that a set gives to a buffer's bytes. */
#include "detect/dataset_option.h"
#include "detect/kw/kw.h"
#include "detect/option_text.h"

enum { WORDS_MAX = 16 };

struct asked {
    struct dataset *set;
    struct range range;
};

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    static const char *const operators[] = { "<", ">", "==", "=", NULL };
    static const uint8_t ranges[] = { RANGE_LT, RANGE_GT, RANGE_EQ, RANGE_EQ };
    struct asked *a = kw_data(p, sizeof *a, err);
    struct dataset_option o = { .labels = false };
    const char *word[WORDS_MAX];
    unsigned n = option_words(rule_parse_arena(p), argument, ',', word, WORDS_MAX);
    int operator= n >= 3 ? option_choice(word[1], operators) : -1;
    uint32_t value;

    (void)r;
    (void)place;
    *data = a;
    if (a == NULL) {
        return false;
    }
    if (n > WORDS_MAX || operator< 0 || word[0][0] == '\0' || strpbrk(word[0], " \t")) {
        return err_set(err, "datarep takes a name, <, > or ==, and a number");
    }
    if (!option_u32(word[2], &value) || value > UINT16_MAX) {
        return err_set(err, "datarep: '%s' is no number up to %u", word[2], UINT16_MAX);
    }
    o.wish.name = word[0];
    if (!dataset_options(p, word + 3, n - 3, &o, err)) {
        return false;
    }
    if (o.json) {
        return err_set(err, "datarep takes lists of format csv only");
    }
    a->range = (struct range){ .op = ranges[operator], .low = value };
    a->set = dataset_of_rule(p, &o, err);
    return a->set != NULL;
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct asked *a = data;
    struct dataset_turn turn = dataset_turn_of(s);
    struct dataset_answer found = dataset_find(a->set, &turn, s->buffer, false);

    (void)r;
    return found.known && range_has(&a->range, found.reputation);
}

const struct keyword keyword_datarep = {
    .name = "datarep",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_BUFFER,
    .parse = parse,
    .match = match,
    .help = "the reputation a set gives to a buffer's bytes: datarep:bad-hosts,>,50,type string,load bad-hosts.rep",
};
