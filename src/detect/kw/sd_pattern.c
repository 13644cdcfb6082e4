/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sd_pattern:"credit_card",threshold 5: numbers and addresses that should not leave, so many of them in a buffer. */
#include "detect/kw/kw.h"

#include "match/match.h"

#include <stdio.h>

struct sd_pattern {
    struct regex *regex;
    bool (*holds)(struct bytes b); /* NULL: what the expression finds counts */
    uint32_t threshold;
};

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

/* ISO/IEC 7812-1 annex B: the sum of the digits, every second one doubled, is a multiple of ten. */
static bool card_holds(struct bytes b)
{
    unsigned sum = 0, n = 0;

    for (size_t i = b.n; i-- > 0;) {
        if (is_digit(b.p[i])) {
            unsigned x = (unsigned)(b.p[i] - '0') << (n & 1);
            sum += x > 9 ? x - 9 : x;
            n++;
        }
    }
    return n >= 13 && n <= 19 && sum % 10 == 0;
}

/* No such numbers were ever given out: area 000, 666 and 900 on, group 00, serial 0000. */
static bool social_holds(struct bytes b)
{
    unsigned part[3] = { 0 }, n = 0;
    static const uint8_t of[9] = { 0, 0, 0, 1, 1, 2, 2, 2, 2 };

    for (size_t i = 0; i < b.n && n < 9; i++) {
        if (is_digit(b.p[i])) {
            part[of[n]] = part[of[n]] * 10 + (unsigned)(b.p[i] - '0');
            n++;
        }
    }
    return n == 9 && part[0] != 0 && part[0] != 666 && part[0] < 900 && part[1] != 0 && part[2] != 0;
}

static const struct {
    const char *name, *expression;
    bool (*holds)(struct bytes b);
} patterns[] = {
    { "credit_card", "(?<!\\d)(?:4\\d{3}|5[1-5]\\d\\d|2[2-7]\\d\\d|6011|65\\d\\d)[ -]?\\d{4}[ -]?\\d{4}[ -]?\\d{4}(?!\\d)|(?<!\\d)3[47]\\d\\d[ -]?\\d{6}[ -]?\\d{5}(?!\\d)", card_holds },
    { "us_social", "(?<!\\d)\\d{3}-\\d\\d-\\d{4}(?!\\d)", social_holds },
    { "us_social_nodashes", "(?<!\\d)\\d{9}(?!\\d)", social_holds },
    { "email", "[a-zA-Z0-9._%+-]+@[a-zA-Z0-9-]+(?:\\.[a-zA-Z0-9-]+)+", NULL },
    { "us_phone", "(?<!\\d)(?:\\+?1[ .-]?)?\\(?[2-9]\\d\\d\\)?[ .-]?[2-9]\\d\\d[ .-]?\\d{4}(?!\\d)", NULL },
};

static void regex_close(void *thing) { regex_free(thing); }

/* "PATTERN"[,threshold N] */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct sd_pattern *to = kw_data(p, sizeof *to, err);
    const char *end = *argument == '"' ? strrchr(argument, '"') : NULL;
    unsigned n = 1;
    int at = 0;

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL) {
        return false;
    }
    if (end == NULL || end == argument) {
        return err_set(err, "sd_pattern: the pattern must stand in double quotes");
    }
    const char *text = arena_str(rule_parse_arena(p), bytes_of(argument + 1, (size_t)(end - argument - 1)));
    end += 1 + strspn(end + 1, " ");
    if (text == NULL || (*end != '\0' && (sscanf(end, ", threshold %u%n", &n, &at) != 1 || end[at] != '\0' || n == 0))) {
        return err_set(err, "sd_pattern: '%.32s' is not understood: write threshold N", end);
    }
    to->threshold = n;
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        if (strcmp(patterns[i].name, text) == 0) {
            text = patterns[i].expression;
            to->holds = patterns[i].holds;
        }
    }
    to->regex = regex_compile(text, 0, err);
    return to->regex != NULL && rule_parse_keep(p, text, to->regex, regex_close, err);
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct sd_pattern *x = data;
    struct regex_scratch *scratch = scope_regex_scratch(s);
    size_t at = 0, from, to;
    uint32_t n = 0;

    (void)r;
    while (n < x->threshold && regex_find(x->regex, scratch, s->buffer, at, &from, &to) == REGEX_YES) {
        n += x->holds == NULL || x->holds(bytes_head(bytes_from(s->buffer, from), to - from));
        at = to > at ? to : at + 1;
    }
    return n >= x->threshold;
}

const struct keyword keyword_sd_pattern = {
    .name = "sd_pattern", .dialects = 1 << DIALECT_SNORT3, .place = KEYWORD_BYTES, .parse = parse, .match = match,
    .help = "sensitive data: credit_card, us_social, us_social_nodashes, email, us_phone or an expression, so many times",
};
