/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bytes - byte_test, byte_jump, byte_extract, byte_math, isdataat, and the sizes of buffers. */
#include "rule/parse.h"

#include <ctype.h>

#define MOVERS                                                                                                         \
    (KIND(MATCH_CONTENT) | KIND(MATCH_PCRE) | KIND(MATCH_BYTE_TEST) | KIND(MATCH_BYTE_JUMP) | KIND(MATCH_BYTE_EXTRACT) |  \
     KIND(MATCH_ISDATAAT) | KIND(MATCH_BYTE_MATH))

/* Where a match goes: the sticky buffer; or, relative, where the last one that moves the cursor went; or the payload. */
static int group_for(struct rule_parse *p, bool relative, unsigned kinds)
{
    const struct draft_match *last;

    if (p->active >= 0) {
        return buffer_active(p);
    }
    last = relative ? buffer_last_in(p, -1, kinds) : NULL;
    return last ? last->group : buffer_payload(p);
}

static bool word_u64(struct bytes b, uint64_t *out)
{
    int64_t v;

    if (b.n > 2 && b.p[0] == '0' && (b.p[1] | 0x20) == 'x') {
        return bytes_hex(bytes_from(b, 2), out);
    }
    if (b.n > 1 && b.p[0] == '0') {
        if (!word_i64(b, 0, 0, INT64_MAX, &v)) {
            return false;
        }
        *out = (uint64_t)v;
        return true;
    }
    if (word_i64(b, 10, INT64_MIN, INT64_MAX, &v)) {
        *out = (uint64_t)v;
        return true;
    }
    return bytes_u64(b, out);
}

static void bitmask_set(struct byte_op *b, uint64_t mask)
{
    b->has_bitmask = true;
    b->bitmask = mask;
    b->bitmask_shift = mask ? (uint8_t)__builtin_ctzll(mask) : 0;
}

/* relative, big, little, string, dec, hex, oct, dce: what byte_test and byte_jump share.  0 unknown, 1 taken, -1 failed. */
static int common_word(const struct rule_parse *p, struct byte_op *b, struct bytes w)
{
    static const struct {
        const char *word;
        uint8_t base;
    } bases[] = { { "dec", 10 }, { "hex", 16 }, { "oct", 8 } };

    for (size_t i = 0; i < ROWS(bases); i++) {
        if (word_is_nocase(w, bases[i].word)) {
            b->base = bases[i].base;
            return 1;
        }
    }
    if (word_is(w, "relative")) {
        b->relative = true;
    } else if (word_is_nocase(w, "string")) {
        b->string = true;
    } else if (word_is_nocase(w, "big")) {
        b->little = false;
    } else if (word_is_nocase(w, "little")) {
        b->little = true;
    } else if (word_is_nocase(w, "dce")) {
        b->dce = (uint8_t)(1u << p->rule->dialect);
    } else {
        return 0;
    }
    return 1;
}

static bool count_check(struct rule_parse *p, const struct byte_op *b)
{
    int64_t most = b->string ? 23 : 8;

    if (b->n.variable < 0 && b->n.value > most) {
        return parse_fail(p, "Cannot test more than %d bytes with%s \"string\"", (int)most, b->string ? "" : "out");
    }
    if (!b->string && b->base) {
        return parse_fail(p, "Cannot use a base without \"string\"");
    }
    return true;
}

/* "!<" and the like. */
static bool test_operator(struct rule_parse *p, struct bytes w, struct byte_op *b)
{
    static const struct {
        const char *sign;
        uint8_t op;
    } ops[] = { { "=", BYTE_EQ }, { "<", BYTE_LT }, { ">", BYTE_GT }, { "&", BYTE_AND }, { "^", BYTE_OR }, { ">=", BYTE_GE }, { "<=", BYTE_LE } };

    if (w.n && w.p[0] == '!') {
        b->negated = true;
        w = bytes_trim(bytes_from(w, 1), " \t");
        if (w.n == 0) {
            b->op = BYTE_EQ;
            return true;
        }
    }
    for (size_t i = 0; i < ROWS(ops); i++) {
        if (word_is(w, ops[i].sign)) {
            b->op = ops[i].op;
            return true;
        }
    }
    return parse_fail(p, "Invalid operator");
}

static bool starts_word(struct bytes w) { return w.n && isalpha(w.p[0]); }

/* A number or a variable, looked up among those of `group` (-1: any). */
static bool number_or_variable(struct rule_parse *p, struct bytes w, int group, const char *what, int64_t most, struct operand *out)
{
    int64_t v;

    out->variable = -1;
    if (starts_word(w)) {
        out->variable = (int16_t)variable_find(p, w, group);
        return out->variable >= 0 ||
               parse_fail(p, "Unknown byte_extract var seen in %s - %.*s", p->option, (int)w.n, (const char *)w.p);
    }
    if (!word_i64(w, 0, -most, most, &v)) {
        return parse_fail(p, "Malformed %s: %.*s", what, (int)w.n, (const char *)w.p);
    }
    out->value = v;
    return true;
}

static bool dce_check(struct rule_parse *p, const struct byte_op *b, const struct byte_op *plain)
{
    if (!b->dce) {
        return true;
    }
    if (b->string || b->base || b->little || plain->from_beginning || plain->from_end) {
        return parse_fail(p, "Invalid option. A %s keyword with dce holds other invalid modifiers.", p->option);
    }
    return protos_bind_name(p, "dcerpc", "dce: the byte order comes from the DCE/RPC header");
}

/* One optional word of byte_test. */
static bool test_word(struct rule_parse *p, struct byte_op *b, struct bytes w)
{
    uint64_t mask;

    if (common_word(p, b, w)) {
        return true;
    }
    if (w.n > 7 && bytes_starts_nocase(w, "bitmask")) {
        if (!word_u64(bytes_trim(bytes_from(w, 7), " \t"), &mask) || mask > UINT32_MAX) {
            return parse_fail(p, "Malformed bitmask value: %.*s", (int)w.n - 7, (const char *)w.p + 7);
        }
        bitmask_set(b, mask);
        return true;
    }
    return parse_fail(p, "Unknown value: \"%.*s\"", (int)w.n, (const char *)w.p);
}

/* byte_test:COUNT,[!]OPERATOR,VALUE,OFFSET[,…] */
PARSER(parse_byte_test)
{
    struct words w = words_of(value, ',');
    struct bytes part[4], extra;
    struct byte_op b = { .multiplier = 1, .result = -1 };
    struct match *m;
    int group;

    for (int i = 0; i < 4; i++) {
        if (!words_next(&w, &part[i]) || part[i].n == 0) {
            return parse_fail(p, "parse error, ret -1, string %s", value) || parse_hint(p, "write byte_test:COUNT,OPERATOR,VALUE,OFFSET");
        }
    }
    while (words_next(&w, &extra)) {
        if (!test_word(p, &b, extra)) {
            return false;
        }
    }
    group = group_for(p, b.relative, MOVERS);
    if (group < 0 || !dce_check(p, &b, &b) || !test_operator(p, part[1], &b) || !number_or_variable(p, part[0], group, "number of bytes", INT32_MAX, &b.n) ||
        !number_or_variable(p, part[3], group, "offset", INT32_MAX, &b.offset)) {
        return false;
    }
    if (starts_word(part[2])) {
        if (!number_or_variable(p, part[2], group, "value", INT32_MAX, &b.value)) {
            return false;
        }
    } else {
        uint64_t v;

        if (!word_u64(part[2], &v)) {
            return parse_fail(p, "Malformed value: %.*s", (int)part[2].n, (const char *)part[2].p);
        }
        b.value = (struct operand){ .value = (int64_t)v, .variable = -1 };
    }
    if (!count_check(p, &b)) {
        return false;
    }
    m = buffer_add(p, group, MATCH_BYTE_TEST);
    if (m) {
        m->byte = b;
    }
    return m != NULL;
}

/* One optional word of byte_jump. */
static bool jump_word(struct rule_parse *p, struct byte_op *b, struct bytes w)
{
    int64_t v;

    if (common_word(p, b, w)) {
        return true;
    }
    if (word_is_nocase(w, "from_beginning")) {
        b->from_beginning = true;
    } else if (word_is_nocase(w, "from_end")) {
        b->from_end = true;
    } else if (word_is_nocase(w, "align")) {
        b->align = true;
    } else if (bytes_starts_nocase(w, "multiplier ")) {
        if (!word_i64(bytes_trim(bytes_from(w, 11), " "), 10, 1, 65535, &v)) {
            return parse_fail(p, "Malformed multiplier: %.*s", (int)w.n, (const char *)w.p);
        }
        b->multiplier = (uint32_t)v;
    } else if (bytes_starts_nocase(w, "post_offset ")) {
        if (!word_i64(bytes_trim(bytes_from(w, 12), " "), 10, -65535, 65535, &v)) {
            return parse_fail(p, "Malformed post_offset: %.*s", (int)w.n, (const char *)w.p);
        }
        b->post_offset = (int32_t)v;
    } else if (bytes_starts_nocase(w, "bitmask ")) {
        return parse_fail(p, "Unknown option: \"%.*s\"", (int)w.n, (const char *)w.p) || parse_hint(p, "byte_jump takes a bitmask in Snort only");
    } else {
        return parse_fail(p, "Unknown option: \"%.*s\"", (int)w.n, (const char *)w.p);
    }
    return true;
}

/* byte_jump:COUNT,OFFSET[,…] */
PARSER(parse_byte_jump)
{
    struct words w = words_of(value, ',');
    struct bytes part[2], extra;
    struct byte_op b = { .multiplier = 1, .result = -1, .value.variable = -1 };
    struct match *m;
    int group;

    for (int i = 0; i < 2; i++) {
        if (!words_next(&w, &part[i]) || part[i].n == 0) {
            return parse_fail(p, "parse error, ret -1, string \"%s\"", value) || parse_hint(p, "write byte_jump:COUNT,OFFSET");
        }
    }
    while (words_next(&w, &extra)) {
        if (!jump_word(p, &b, extra)) {
            return false;
        }
    }
    if (b.from_beginning && b.from_end) {
        return parse_fail(p, "'from_end' and 'from_beginning' cannot be used in the same byte_jump statement");
    }
    group = group_for(p, b.relative, MOVERS);
    if (group < 0 || !number_or_variable(p, part[0], group, "number of bytes", INT32_MAX, &b.n) ||
        !number_or_variable(p, part[1], group, "offset", UINT16_MAX, &b.offset) ||
        !count_check(p, &b) || !dce_check(p, &b, &b)) {
        return false;
    }
    if (b.n.variable < 0 && b.n.value < 0) {
        return parse_fail(p, "Malformed number of bytes: %s", value);
    }
    m = buffer_add(p, group, MATCH_BYTE_JUMP);
    if (m) {
        m->byte = b;
    }
    return m != NULL;
}

/* What byte_extract may be told once only. */
struct extract_seen {
    bool align, endian, string, base, relative, multiplier;
};

static bool once(struct rule_parse *p, bool *seen, const char *what)
{
    if (*seen) {
        return parse_fail(p, "%s already set", what);
    }
    *seen = true;
    return true;
}

static bool extract_base(struct rule_parse *p, struct byte_op *b, struct bytes w, struct extract_seen *seen)
{
    if (!b->string) {
        return parse_fail(p, "string must be set first");
    }
    b->base = word_is(w, "hex") ? 16 : word_is(w, "oct") ? 8 : 10;
    return once(p, &seen->base, "base");
}

static bool extract_word(struct rule_parse *p, struct byte_op *b, struct bytes w, struct extract_seen *seen)
{
    int64_t v;

    if (word_is(w, "relative")) {
        b->relative = true;
        return once(p, &seen->relative, "relative");
    }
    if (word_is(w, "big") || word_is(w, "little") || word_is(w, "dce")) {
        b->little = word_is(w, "little");
        b->dce = word_is(w, "dce") ? (uint8_t)(1u << p->rule->dialect) : 0;
        return once(p, &seen->endian, "endianess");
    }
    if (word_is(w, "string")) {
        b->string = true;
        return once(p, &seen->string, "string");
    }
    if (word_is(w, "dec") || word_is(w, "hex") || word_is(w, "oct")) {
        return extract_base(p, b, w, seen);
    }
    if (bytes_starts(w, "align ")) {
        if (!word_i64(bytes_trim(bytes_from(w, 6), " "), 10, 2, 4, &v) || v == 3) {
            return parse_fail(p, "invalid align value: must be 2 or 4: %.*s", (int)w.n - 6, (const char *)w.p + 6);
        }
        b->align = true;
        b->align_to = (uint8_t)v;
        return once(p, &seen->align, "align");
    }
    if (bytes_starts(w, "multiplier ")) {
        if (!word_i64(bytes_trim(bytes_from(w, 11), " "), 10, 1, UINT16_MAX, &v)) {
            return parse_fail(p, "invalid multiplier value: must be between 0 and %u: %.*s", UINT16_MAX, (int)w.n - 11, (const char *)w.p + 11);
        }
        b->multiplier = (uint32_t)v;
        return once(p, &seen->multiplier, "multiplier");
    }
    if (word_is(w, "slice")) {
        return parse_fail(p, "byte_extract slice not yet supported; see issue #6831");
    }
    return parse_fail(p, "unknown byte_extract option: %.*s", (int)w.n, (const char *)w.p);
}

static bool extract_limits(struct rule_parse *p, const struct byte_op *b, const struct extract_seen *seen)
{
    int64_t most = !b->string ? 8 : b->base == 8 ? 23 : b->base == 16 ? 14 : 20;

    if (b->string && seen->endian) {
        return parse_fail(p, "can't specify string and an endian value");
    }
    if (b->n.value > most) {
        return parse_fail(p, "byte_extract can't process more than %d bytes in \"%sstring\" extraction", (int)most, b->string ? "" : "non-");
    }
    return !b->dce || protos_bind_name(p, "dcerpc", "dce: the byte order comes from the DCE/RPC header");
}

/* byte_extract:COUNT,OFFSET,NAME[,…] */
PARSER(parse_byte_extract)
{
    struct words w = words_of(value, ',');
    struct bytes part[3], extra;
    struct byte_op b = { .multiplier = 1, .value.variable = -1, .n.variable = -1, .offset.variable = -1 };
    struct extract_seen seen = { 0 };
    struct match *m;
    int group;

    for (int i = 0; i < 3; i++) {
        if (!words_next(&w, &part[i]) || part[i].n == 0) {
            return parse_fail(p, "invalid byte_extract values: %s", value) || parse_hint(p, "write byte_extract:COUNT,OFFSET,NAME");
        }
    }
    if (!word_i64(part[0], 10, 0, 255, &b.n.value)) {
        return parse_fail(p, "invalid nbytes value: %.*s", (int)part[0].n, (const char *)part[0].p);
    }
    if (!word_i64(part[1], 10, INT16_MIN, INT16_MAX, &b.offset.value)) {
        return parse_fail(p, "invalid offset value: %.*s", (int)part[1].n, (const char *)part[1].p);
    }
    while (words_next(&w, &extra)) {
        if (!extract_word(p, &b, extra, &seen)) {
            return false;
        }
    }
    if (b.string && !seen.base) {
        b.base = 10;
    }
    if (!extract_limits(p, &b, &seen)) {
        return false;
    }
    group = group_for(p, b.relative, MOVERS);
    m = buffer_add(p, group, MATCH_BYTE_EXTRACT);
    if (m == NULL) {
        return false;
    }
    b.result = (int16_t)variable_new(p, part[2], group);
    m->byte = b;
    return b.result >= 0;
}

struct math_seen {
    bool bytes, offset, oper, rvalue, result, endian, string, relative, bitmask;
};

static bool math_operator(struct rule_parse *p, struct byte_op *b, struct bytes v)
{
    static const struct {
        const char *sign;
        uint8_t op;
    } ops[] = { { "+", BYTE_ADD }, { "-", BYTE_SUB }, { "/", BYTE_DIV }, { "*", BYTE_MUL }, { "<<", BYTE_SHL }, { ">>", BYTE_SHR } };

    for (size_t i = 0; i < ROWS(ops); i++) {
        if (word_is(v, ops[i].sign)) {
            b->op = ops[i].op;
            return true;
        }
    }
    return parse_fail(p, "unknown oper value %.*s", (int)v.n, (const char *)v.p);
}

/* A variable's name is resolved once the buffer is known. */
static bool math_operand(struct bytes v, int64_t low, int64_t high, struct operand *out, struct bytes *name)
{
    out->variable = -1;
    if (starts_word(v)) {
        *name = v;
        return true;
    }
    return word_i64(v, 10, low, high, &out->value);
}

struct math {
    struct byte_op b;
    struct math_seen seen;
    struct bytes count_name, value_name, result_name;
};

static bool math_order(struct rule_parse *p, struct math *x, struct bytes name, struct bytes v)
{
    struct byte_op *b = &x->b;

    if (word_is(name, "dce") || word_is(v, "dce")) {
        b->dce = (uint8_t)(1u << p->rule->dialect);
    } else if (word_is(name, "endian") && (word_is(v, "big") || word_is(v, "little"))) {
        b->little = word_is(v, "little");
    } else {
        return parse_fail(p, "invalid endian value: %.*s", (int)v.n, (const char *)v.p);
    }
    return once(p, &x->seen.endian, "endianess");
}

static bool math_string(struct rule_parse *p, struct math *x, struct bytes v)
{
    x->b.string = true;
    x->b.base = word_is(v, "hex") ? 16 : word_is(v, "oct") ? 8 : word_is(v, "dec") ? 10 : 0;
    if (x->b.base == 0) {
        return parse_fail(p, "invalid string value: %.*s", (int)v.n, (const char *)v.p);
    }
    return once(p, &x->seen.string, "string");
}

static bool math_mask(struct rule_parse *p, struct math *x, struct bytes v)
{
    uint64_t mask;

    if (!bytes_hex(bytes_starts(v, "0x") || bytes_starts(v, "0X") ? bytes_from(v, 2) : v, &mask) || mask > UINT32_MAX) {
        return parse_fail(p, "invalid bitmask value: %.*s", (int)v.n, (const char *)v.p);
    }
    bitmask_set(&x->b, mask);
    return once(p, &x->seen.bitmask, "bitmask");
}

static bool math_word(struct rule_parse *p, struct math *x, struct bytes name, struct bytes v)
{
    struct byte_op *b = &x->b;

    if (word_is(name, "oper")) {
        return once(p, &x->seen.oper, "operator") && math_operator(p, b, v);
    }
    if (word_is(name, "result")) {
        x->result_name = v;
        return once(p, &x->seen.result, "result");
    }
    if (word_is(name, "rvalue")) {
        return once(p, &x->seen.rvalue, "rvalue") && (math_operand(v, 0, UINT32_MAX, &b->value, &x->value_name) ||
                                                       parse_fail(p, "invalid rvalue value: %.*s", (int)v.n, (const char *)v.p));
    }
    if (word_is(name, "bytes")) {
        return once(p, &x->seen.bytes, "nbytes") && (math_operand(v, 1, 10, &b->n, &x->count_name) ||
                                                      parse_fail(p, "invalid nbytes value: %.*s", (int)v.n, (const char *)v.p));
    }
    if (word_is(name, "offset")) {
        return (word_i64(v, 10, -65535, 65535, &b->offset.value) ||
                parse_fail(p, "invalid offset value: must be between -65535 and 65535: %.*s", (int)v.n, (const char *)v.p)) &&
               once(p, &x->seen.offset, "offset");
    }
    if (word_is(name, "endian") || word_is(name, "dce")) {
        return math_order(p, x, name, v);
    }
    if (word_is(name, "string")) {
        return math_string(p, x, v);
    }
    if (word_is(name, "bitmask")) {
        return math_mask(p, x, v);
    }
    if (word_is(name, "relative")) {
        b->relative = true;
        return once(p, &x->seen.relative, "relative");
    }
    return parse_fail(p, "unknown byte_math keyword: %.*s", (int)name.n, (const char *)name.p);
}

static bool math_variable(struct rule_parse *p, struct bytes name, int group, struct operand *out)
{
    if (name.n == 0) {
        return true;
    }
    out->variable = (int16_t)variable_find(p, name, group);
    return out->variable >= 0 || parse_fail(p, "unknown byte_ keyword var seen in byte_math - %.*s", (int)name.n, (const char *)name.p);
}

/* byte_math:bytes N, offset N, oper +, rvalue N, result NAME[, …] */
PARSER(parse_byte_math)
{
    struct words w = words_of(value, ',');
    struct math x = { .b = { .multiplier = 1, .n.variable = -1, .offset.variable = -1 } };
    struct bytes part;
    struct match *m;
    int group;

    while (words_next(&w, &part)) {
        struct rd r = rd_of(part);
        struct bytes name = rd_until_any(&r, " \t");

        if (!math_word(p, &x, name, bytes_trim(rd_rest(&r), " \t"))) {
            return false;
        }
    }
    if (!x.seen.bytes || !x.seen.offset || !x.seen.oper || !x.seen.rvalue || !x.seen.result) {
        return parse_fail(p, "required byte_math parameters missing: \"%s\"", value) ||
               parse_hint(p, "bytes, offset, oper, rvalue and result are needed");
    }
    if ((x.b.op == BYTE_SHL || x.b.op == BYTE_SHR) && x.b.n.value > 4) {
        return parse_fail(p, "nbytes must be 1 through 4 (inclusive) when used with \"<<\" or \">>\"; %d is not valid", (int)x.b.n.value);
    }
    if (x.b.dce && !protos_bind_name(p, "dcerpc", "dce: the byte order comes from the DCE/RPC header")) {
        return false;
    }
    if (!x.b.string && x.b.n.variable < 0 && x.b.n.value > 8) {
        return parse_fail(p, "byte_math can't process more than 8 bytes without \"string\"");
    }
    group = group_for(p, x.b.relative, MOVERS);
    if (group < 0 || !math_variable(p, x.count_name, group, &x.b.n) || !math_variable(p, x.value_name, group, &x.b.value)) {
        return false;
    }
    m = buffer_add(p, group, MATCH_BYTE_MATH);
    if (m == NULL) {
        return false;
    }
    x.b.result = (int16_t)variable_new(p, x.result_name, group);
    m->byte = x.b;
    return x.b.result >= 0;
}

/* isdataat:[!]N[,relative][,rawbytes] */
PARSER(parse_isdataat)
{
    struct words w;
    struct bytes count, extra;
    bool negated = value[0] == '!', relative = false, raw = false;
    const struct draft_match *last;
    struct operand n = { .variable = -1 };
    struct match *m;
    int group;

    w = words_of(negated ? value + 1 : value, ',');
    words_next(&w, &count);
    while (words_next(&w, &extra)) {
        if (!relative && !raw && word_is(extra, "relative")) {
            relative = true;
        } else if (!raw && word_is(extra, "rawbytes")) {
            raw = true;
        } else {
            return parse_fail(p, "pcre_exec parse error, ret -1, string %s", value) || parse_hint(p, "write isdataat:[!]N[,relative][,rawbytes]");
        }
    }
    if (!starts_word(count) && !word_i64(count, 10, 0, UINT16_MAX, &n.value)) {
        return parse_fail(p, "isdataat out of range: %s", value);
    }
    group = group_for(p, relative, MOVERS);
    if (group < 0) {
        return false;
    }
    if (starts_word(count)) {
        n.variable = (int16_t)variable_find(p, count, -1);
        if (n.variable < 0) {
            return parse_fail(p, "Unknown byte_extract var seen in isdataat - %.*s", (int)count.n, (const char *)count.p);
        }
    }
    /* Nothing behind a literal: it ends the buffer. */
    last = relative ? buffer_last_in(p, p->active >= 0 ? group : -1, p->active >= 0 ? KIND(MATCH_CONTENT) | KIND(MATCH_PCRE) : MOVERS) : NULL;
    if (negated && last && last->match->kind == MATCH_CONTENT && n.variable < 0 && n.value == 1) {
        last->match->content.flags |= CONTENT_ENDSWITH;
        return true;
    }
    m = buffer_add(p, group, MATCH_ISDATAAT);
    if (m == NULL) {
        return false;
    }
    m->negated = negated;
    m->isdataat.n = n;
    m->isdataat.relative = relative;
    m->isdataat.raw = raw;
    return true;
}

PARSER(parse_absent)
{
    struct match *m;
    int group;

    if (p->active < 0) {
        return parse_fail(p, "no buffer for absent keyword");
    }
    group = buffer_active(p);
    if (group < 0) {
        return false;
    }
    if (value && strcmp(value, "or_else") != 0) {
        return parse_fail(p, "unhandled value for absent keyword: %s", value);
    }
    if (p->group[group].g.kind == BUFFER_FRAME) {
        return parse_fail(p, "absent does not work with frames");
    }
    if (p->group[group].g.match_n) {
        return parse_fail(p, "absent must come first right after buffer");
    }
    m = buffer_add(p, group, MATCH_ABSENT);
    if (m) {
        m->absent.or_else = value != NULL;
    }
    return m != NULL;
}

PARSER(parse_bsize)
{
    struct range r;
    struct match *m;
    int group;

    if (p->active < 0) {
        return parse_fail(p, "bsize needs a sticky buffer before it") || parse_hint(p, "for packets write dsize");
    }
    group = buffer_active(p);
    if (group < 0) {
        return false;
    }
    if (!range_parse_as(value, UINT64_MAX, false, &r)) {
        return parse_fail(p, "invalid value for bsize: %s", value);
    }
    m = buffer_add(p, group, MATCH_BSIZE);
    if (m) {
        m->size.range = r;
    }
    return m != NULL;
}

/* urilen:RANGE[,raw|norm]; Suricata does not look at what stands behind. */
PARSER(parse_urilen)
{
    struct range r;
    const char *end = p->range ? value : range_prefix(value, UINT16_MAX, &r), *how;
    bool raw = false;
    struct match *m;
    int at;

    if (end == NULL) {
        return parse_fail(p, "invalid value for urilen: %s", value);
    }
    r = p->range ? *p->range : r; /* then the value begins behind it */
    how = end + strspn(end, " ");
    if (*how == ',') {
        how += 1 + strspn(how + 1, " ");
        raw = strncmp(how, "raw", 3) == 0;
        end = raw || strncmp(how, "norm", 4) == 0 ? how + (raw ? 3 : 4) : end;
    }
    if (end[strspn(end, " ")] != '\0') {
        parse_warn(p, "urilen: '%s' is not understood and left out", end);
    }
    at = buffer_named(p, raw ? "http.uri.raw" : "http.uri", NULL);
    m = buffer_add(p, at, MATCH_URILEN);
    if (m == NULL) {
        return false;
    }
    buffer_turn(p, at);
    m->size.range = r;
    m->size.raw = raw;
    return true;
}

/* base64_decode[:bytes N][,offset N][,relative] */
PARSER(parse_base64_decode)
{
    struct words w = words_of(value, ',');
    struct bytes part;
    int64_t bytes = 65535, offset = 0;
    bool relative = false;
    struct match *m;

    while (value && *value && words_next(&w, &part)) {
        if (bytes_starts(part, "bytes ") && word_i64(bytes_trim(bytes_from(part, 6), " \t"), 10, 0, UINT16_MAX, &bytes)) {
            bytes = bytes ? bytes : 65535;
        } else if (bytes_starts(part, "offset ") && word_i64(bytes_trim(bytes_from(part, 7), " \t"), 10, 0, UINT32_MAX, &offset)) {
            continue;
        } else if (word_is(part, "relative")) {
            relative = true;
        } else {
            return parse_fail(p, "Invalid argument: \"%.*s\"", (int)part.n, (const char *)part.p) ||
                   parse_hint(p, "write base64_decode:bytes N,offset N,relative");
        }
    }
    m = buffer_add(p, group_for(p, true, MOVERS & ~KIND(MATCH_BYTE_MATH)), MATCH_BASE64_DECODE);
    if (m == NULL) {
        return false;
    }
    m->base64.bytes = (uint32_t)bytes;
    m->base64.offset = (uint32_t)offset;
    m->base64.relative = relative;
    return true;
}
