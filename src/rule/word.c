/* SPDX-License-Identifier: GPL-2.0-or-later */
/* word - values cut into words, numbers, ranges, literals and variables of a rule. */
#include "rule/parse.h"

static struct bytes word_trim(const char *p, size_t n) { return bytes_trim(bytes_of(p, n), " \t"); }

struct words words_of(const char *s, char stop) { return (struct words){ .p = s, .stop = stop, .done = s == NULL }; }

bool words_next(struct words *w, struct bytes *out)
{
    const char *end;

    if (w->done) {
        return false;
    }
    end = strchr(w->p, w->stop);
    if (end == NULL) {
        *out = word_trim(w->p, strlen(w->p));
        w->done = true;
        return true;
    }
    *out = word_trim(w->p, (size_t)(end - w->p));
    w->p = end + 1;
    return true;
}

bool word_is(struct bytes b, const char *s) { return bytes_is(b, s); }
bool word_is_nocase(struct bytes b, const char *s) { return bytes_is_nocase(b, s); }

static int digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

bool word_i64(struct bytes b, int base, int64_t low, int64_t high, int64_t *out)
{
    bool minus = b.n && b.p[0] == '-';
    uint64_t v = 0;
    size_t i = b.n && (b.p[0] == '-' || b.p[0] == '+') ? 1 : 0;

    if (base == 0) {
        base = 10;
        if (b.n - i > 1 && b.p[i] == '0') {
            base = (b.p[i + 1] | 0x20) == 'x' ? 16 : 8;
            i += base == 16 ? 2 : 1;
        }
    }
    if (i == b.n) {
        return false;
    }
    for (; i < b.n; i++) {
        int d = digit_of(b.p[i]);

        if (d >= base || __builtin_mul_overflow(v, (uint64_t)base, &v) || __builtin_add_overflow(v, (uint64_t)d, &v)) {
            return false;
        }
    }
    if (v > (uint64_t)INT64_MAX) {
        return false;
    }
    *out = minus ? -(int64_t)v : (int64_t)v;
    return *out >= low && *out <= high;
}

/* ---- ranges: "10", "=10", "!10", "<10", ">=10", "5-10", "5<>10", "!5-10", "&0xf0=0x40", with kb, mib … behind a number ---- */

struct cursor {
    const char *p;
};

static void skip_blanks(struct cursor *c)
{
    while (*c->p == ' ') {
        c->p++;
    }
}

static bool take(struct cursor *c, const char *word)
{
    size_t n = strlen(word);

    if (strncmp(c->p, word, n) != 0) {
        return false;
    }
    c->p += n;
    return true;
}

static uint64_t take_unit(struct cursor *c)
{
    static const struct {
        const char *name;
        uint64_t factor;
    } units[] = { { "kib", 1024 },    { "kb", 1024 },         { "mib", 1024 * 1024 },
                  { "mb", 1024 * 1024 }, { "gib", 1ull << 30 }, { "gb", 1ull << 30 } };

    for (size_t i = 0; i < ROWS(units); i++) {
        size_t n = strlen(units[i].name);

        if (strncasecmp(c->p, units[i].name, n) == 0) {
            c->p += n;
            return units[i].factor;
        }
    }
    return 1;
}

static bool take_number(struct cursor *c, uint64_t max, uint64_t *out)
{
    unsigned base = 10;
    uint64_t v = 0, unit;
    const char *start;

    if (c->p[0] == '0' && c->p[1] == 'x') {
        base = 16;
        c->p += 2;
    }
    for (start = c->p; digit_of((uint8_t)*c->p) < (int)base; c->p++) {
        if (__builtin_mul_overflow(v, (uint64_t)base, &v) || __builtin_add_overflow(v, (uint64_t)digit_of((uint8_t)*c->p), &v) || v > max) {
            return false;
        }
    }
    if (c->p == start) {
        return false;
    }
    unit = base == 10 ? take_unit(c) : 1;
    if (v > max / unit) {
        return false;
    }
    *out = v * unit;
    return true;
}

static bool range_bits(struct cursor c, uint64_t max, struct range *out, const char **end)
{
    bool not;

    if (!take(&c, "&")) {
        return false;
    }
    skip_blanks(&c);
    if (!take_number(&c, max, &out->low)) {
        return false;
    }
    skip_blanks(&c);
    not = take(&c, "!");
    if (!take(&c, "=")) {
        return false;
    }
    skip_blanks(&c);
    if (!take_number(&c, max, &out->high) || (out->high & out->low) != out->high) {
        return false;
    }
    out->op = not ? RANGE_BITS_NOT : RANGE_BITS;
    *end = c.p;
    return true;
}

/* Bounds are not part of the range, unless `inclusive`. */
static bool range_between(struct cursor c, uint64_t max, bool inclusive, struct range *out, const char **end)
{
    bool not= take(&c, "!");

    if (!take_number(&c, max, &out->low)) {
        return false;
    }
    skip_blanks(&c);
    if (!take(&c, "-") && !take(&c, "<>")) {
        return false;
    }
    skip_blanks(&c);
    if (!take_number(&c, max, &out->high) || out->high <= out->low) {
        return false;
    }
    if (inclusive) {
        if (out->low == 0 || out->high == max) {
            return false;
        }
        out->low--;
        out->high++;
    } else if (out->high - out->low <= 1) {
        return false;
    }
    out->op = not ? RANGE_OUT : RANGE_IN;
    *end = c.p;
    return true;
}

static bool range_sign(struct cursor c, uint64_t max, struct range *out, const char **end)
{
    static const struct {
        const char *sign;
        uint8_t op;
    } signs[] = { { ">=", RANGE_GE }, { "<=", RANGE_LE }, { ">", RANGE_GT }, { "<", RANGE_LT },
                  { "!=", RANGE_NE }, { "!", RANGE_NE },  { "=", RANGE_EQ }, { "", RANGE_EQ } };
    size_t i = 0;

    while (!take(&c, signs[i].sign)) {
        i++;
    }
    skip_blanks(&c);
    out->op = signs[i].op;
    out->high = 0;
    if (!take_number(&c, max, &out->low)) {
        return false;
    }
    *end = c.p;
    /* What can never or always match is a mistake. */
    return !((out->op == RANGE_LT || out->op == RANGE_GE) && out->low == 0) && !((out->op == RANGE_GT || out->op == RANGE_LE) && out->low == max);
}

const char *range_prefix(const char *s, uint64_t max, struct range *out)
{
    struct cursor c = { s };
    const char *end;

    skip_blanks(&c);
    return range_bits(c, max, out, &end) || range_between(c, max, false, out, &end) || range_sign(c, max, out, &end) ? end : NULL;
}

bool range_parse_as(const char *s, uint64_t max, bool inclusive, struct range *out)
{
    struct cursor c = { s };
    const char *end;

    skip_blanks(&c);
    if (!range_bits(c, max, out, &end) && !range_between(c, max, inclusive, out, &end) && !range_sign(c, max, out, &end)) {
        return false;
    }
    while (*end == ' ') {
        end++;
    }
    return *end == '\0';
}

bool range_parse(const char *s, struct range *out, struct err *err) { return range_parse_max(s, UINT64_MAX, out, err); }

bool range_parse_max(const char *s, uint64_t max, struct range *out, struct err *err)
{
    return range_parse_as(s, max, false, out) ||
           err_set(err, "'%.64s' is no number or range: write 10, !10, >10, <=10, 5-10 (bounds left out) or &0xf0=0x40", s);
}

bool rule_parse_has_range(const struct rule_parse *p) { return p->range != NULL; }

bool rule_parse_range(const struct rule_parse *p, const char *argument, uint64_t max, struct range *out, struct err *err)
{
    if (p->range == NULL) {
        return range_parse_max(argument, max, out, err);
    }
    *out = *p->range;
    return (out->low <= max && out->high <= max) || err_set(err, "'%.64s' is beyond %llu", argument, (unsigned long long)max);
}

/* ---- literals ---- */

static int hex_of(char c)
{
    int d = digit_of((uint8_t)c);
    return d > 15 ? -1 : d;
}

/* |48 69| to bytes: *p stands behind the first bar, and behind the second afterwards. */
static bool literal_hex(struct rule_parse *p, const char *value, const char **at, uint8_t *out, size_t *n)
{
    int high = -1;

    for (; **at && **at != '|'; (*at)++) {
        int d = hex_of(**at);

        if (**at == ' ' || **at == ',') {
            continue;
        }
        if (d < 0) {
            return parse_fail(p, "Invalid hex code in content - %s, hex %c. Invalidating signature.", value, **at);
        }
        if (high < 0) {
            high = d;
        } else {
            out[(*n)++] = (uint8_t)(high << 4 | d);
            high = -1;
        }
    }
    if (**at == '|' && high >= 0) {
        return parse_fail(p, "Incomplete hex code in content - %s. Invalidating signature.", value);
    }
    return true;
}

bool literal_parse(struct rule_parse *p, const char *keyword, const char *value, struct bytes *out)
{
    uint8_t *to = parse_zero(p, strlen(value) + 1);
    size_t n = 0;

    if (to == NULL) {
        return false;
    }
    for (const char *at = value; *at; at++) {
        if (*at == '|') {
            at++;
            if (!literal_hex(p, value, &at, to, &n)) {
                return false;
            }
            if (*at == '\0') {
                return parse_fail(p, "Invalid hex code assembly in %s - %s.  Invalidating signature.", keyword, value);
            }
        } else if (*at == '\\') {
            at++;
            if (*at == '\0') {
                break;
            }
            if (strchr(":;\\\"", *at) == NULL) {
                return parse_fail(p, "'%c' has to be escaped", at[-1]);
            }
            to[n++] = (uint8_t)*at;
        } else if (*at == '"') {
            return parse_fail(p, "Invalid unescaped double quote within content section.");
        } else {
            to[n++] = (uint8_t)*at;
        }
    }
    if (n == 0) {
        return parse_fail(p, "%s is empty", keyword);
    }
    if (n > UINT16_MAX) {
        return parse_fail(p, "%s is longer than %u bytes", keyword, UINT16_MAX);
    }
    *out = bytes_of(to, n);
    return true;
}

/* ---- variables of byte_extract and byte_math ---- */

/* What was read from the payload is known to matches on the payload only. */
int variable_find(const struct rule_parse *p, struct bytes name, int group)
{
    bool whole = p->rule->dialect != DIALECT_SURICATA; /* to Snort a variable is the rule's */

    for (unsigned i = 0; i < p->variable_n; i++) {
        if (bytes_is(name, p->variable[i]) && (whole || group < 0 || p->variable_group[i] != p->payload || p->variable_group[i] == group)) {
            return (int)i;
        }
    }
    return -1;
}

int variable_new(struct rule_parse *p, struct bytes name, int group)
{
    int known = p->rule->dialect != DIALECT_SURICATA ? variable_find(p, name, group) : -1;

    if (known >= 0) { /* the later value holds */
        return known;
    }
    if (p->variable_n == RULE_VARIABLES_MAX) {
        parse_fail(p, "more than %u variables in a rule", RULE_VARIABLES_MAX);
        return -1;
    }
    p->variable[p->variable_n] = parse_str(p, name);
    p->variable_group[p->variable_n] = group;
    return p->variable[p->variable_n] ? (int)p->variable_n++ : -1;
}
