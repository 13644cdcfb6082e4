/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/analysis.h"
#include "detect/kw/kw.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

struct entropy {
    uint32_t name;             /* of the buffer, for records */
    double low, high;
    int32_t offset, bytes;     /* 0: from the start, to the end */
    uint8_t op;                /* enum range_op; RANGE_IN and RANGE_OUT without the bounds */
};

/* A decimal number at *at, which moves behind it. */
static bool number(const char **at, double *out)
{
    char *end;

    if (!isdigit((unsigned char)**at) && **at != '.' && **at != '-' && **at != '+') {
        return false;
    }
    *out = strtod(*at, &end);
    if (end == *at || !isfinite(*out)) {
        return false;
    }
    *at = end;
    return true;
}

static const char *blanks(const char *at) { return at + strspn(at, " "); }

/* "4", ">= 4.5", "!= 2", "4-5", "!4-5". */
static bool value(const char *at, struct entropy *to)
{
    static const struct {
        const char *sign;
        uint8_t op;
    } signs[] = { { ">=", RANGE_GE }, { "<=", RANGE_LE }, { "!=", RANGE_NE }, { ">", RANGE_GT }, { "<", RANGE_LT }, { "=", RANGE_EQ } };
    bool not;

    for (size_t i = 0; i < ROWS(signs); i++) {
        if (strncmp(at, signs[i].sign, strlen(signs[i].sign)) == 0) {
            to->op = signs[i].op;
            at = blanks(at + strlen(signs[i].sign));
            return number(&at, &to->low) && *blanks(at) == '\0';
        }
    }
    not = *at == '!';
    at += not;
    if (!number(&at, &to->low)) {
        return false;
    }
    at = blanks(at);
    if (*at == '\0') {
        to->op = not ? RANGE_NE : RANGE_EQ;
        return !not;
    }
    if (*at != '-' && strncmp(at, "<>", 2) != 0) {
        return false;
    }
    at = blanks(at + (*at == '-' ? 1 : 2));
    to->op = not ? RANGE_OUT : RANGE_IN;
    return number(&at, &to->high) && to->high > to->low && *blanks(at) == '\0';
}

static bool whole(const char *word, int32_t low, int32_t high, int32_t *out)
{
    char *end;
    long v = strtol(word, &end, 10);

    *out = (int32_t)v;
    return end != word && *end == '\0' && v >= low && v <= high;
}

struct seen {
    bool bytes, offset, value;
};

static bool part(char *word, struct entropy *to, struct seen *seen)
{
    char *rest = word + strcspn(word, " \t");

    if (*rest == '\0') {
        return false;
    }
    *rest++ = '\0';
    rest += strspn(rest, " \t");
    if (strcmp(word, "bytes") == 0 && !seen->bytes) {
        seen->bytes = true;
        return whole(rest, 0, INT32_MAX, &to->bytes);
    }
    if (strcmp(word, "offset") == 0 && !seen->offset) {
        seen->offset = true;
        return whole(rest, -65535, 65535, &to->offset);
    }
    if (strcmp(word, "value") == 0 && !seen->value) {
        seen->value = true;
        return value(rest, to);
    }
    return false;
}

/* "[bytes N,][offset N,]value RANGE" */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct entropy *to = kw_data(p, sizeof *to, err);
    char *copy = arena_str(rule_parse_arena(p), bytes_str(argument)), *next = copy;
    struct seen seen = { 0 };

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL || copy == NULL) {
        return false;
    }
    while (next) {
        char *at = next + strspn(next, " \t"), *end;

        next = strchr(at, ',');
        if (next) {
            *next++ = '\0';
        }
        for (end = at + strlen(at); end > at && isblank((unsigned char)end[-1]); *--end = '\0') {
        }
        if (!part(at, to, &seen)) {
            return err_set(err, "'%.64s' is not understood: write bytes N, offset N, value RANGE", argument);
        }
    }
    to->name = rule_parse_name(p, "entropy", analysis_buffer_name(rule_parse_buffer(p)));
    return seen.value || err_set(err, "required entropy parameter missing: value");
}

/* Shannon's, in bits per byte. */
static double entropy_of(struct bytes b)
{
    uint32_t count[256] = { 0 };
    double sum = 0;

    for (size_t i = 0; i < b.n; i++) {
        count[b.p[i]]++;
    }
    for (int i = 0; i < 256; i++) {
        if (count[i]) {
            double share = (double)count[i] / (double)b.n;

            sum -= share * log2(share);
        }
    }
    return sum;
}

static bool holds(const struct entropy *e, double x)
{
    switch ((enum range_op)e->op) {
    case RANGE_NE: return fabs(x - e->low) > 0;
    case RANGE_LT: return x < e->low;
    case RANGE_LE: return x <= e->low;
    case RANGE_GT: return x > e->low;
    case RANGE_GE: return x >= e->low;
    case RANGE_IN: return x > e->low && x < e->high;
    case RANGE_OUT: return x <= e->low || x >= e->high;
    case RANGE_EQ:
    case RANGE_IN_EQ:
    case RANGE_BITS:
    case RANGE_BITS_NOT:
    default: return !(fabs(x - e->low) > 0);
    }
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct entropy *e = data;
    struct bytes b = s->buffer;

    (void)r;
    if (e->offset > 0) {
        if ((size_t)e->offset > b.n) {
            return false;
        }
        b = bytes_from(b, (size_t)e->offset);
    }
    if (e->bytes > 0) {
        if ((size_t)e->bytes > b.n) {
            return false;
        }
        b = bytes_head(b, (size_t)e->bytes);
    }
    double x = entropy_of(b);
    scope_flow_entropy(s, e->name, x);
    return holds(e, x);
}

const struct keyword keyword_entropy = {
    .name = "entropy",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_BYTES,
    .parse = parse,
    .match = match,
    .help = "entropy of a buffer in bits per byte: entropy:bytes 100, offset 4, value >= 6.5",
};
