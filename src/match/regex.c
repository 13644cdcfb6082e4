/* SPDX-License-Identifier: GPL-2.0-or-later */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "match/literals.h"

#include <pcre2.h>
#include <stdlib.h>

enum { REGEX_GROUPS = 32, JIT_STACK_MIN = 32 << 10, JIT_STACK_MAX = 512 << 10 };

struct regex {
    pcre2_code *code;
    struct regex_shared shared;
};

struct regex_scratch {
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    int groups; /* of the last match, the whole counted */
};

struct regex *regex_compile(const char *pattern, uint32_t options, struct err *err)
{
    int why;
    PCRE2_SIZE at;
    struct regex *r = calloc(1, sizeof *r);

    if (!r) {
        err_set(err, "not enough memory for a regular expression");
        return NULL;
    }
    r->code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options, &why, &at, NULL);
    if (!r->code) {
        PCRE2_UCHAR text[256] = "";
        pcre2_get_error_message(why, text, sizeof text);
        err_set(err, "regular expression, at byte %zu: %s", (size_t)at, (const char *)text);
        free(r);
        return NULL;
    }
    (void)pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE); /* what it cannot do is interpreted */
    return r;
}

struct regex_shared *regex_shared_of(struct regex *r) { return &r->shared; }

void regex_destroy(struct regex *r)
{
    pcre2_code_free(r->code);
    free(r->shared.pattern);
    free(r);
}

void regex_free(struct regex *r)
{
    if (r && r->shared.store) {
        regex_release(r);
    } else if (r) {
        regex_destroy(r);
    }
}

struct regex_scratch *regex_scratch_new(uint32_t match_limit, uint32_t depth_limit)
{
    struct regex_scratch *s = calloc(1, sizeof *s);

    if (!s) {
        return NULL;
    }
    s->data = pcre2_match_data_create(REGEX_GROUPS, NULL);
    s->context = pcre2_match_context_create(NULL);
    s->stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, NULL);
    if (!s->data || !s->context) {
        regex_scratch_free(s);
        return NULL;
    }
    if (match_limit) {
        pcre2_set_match_limit(s->context, match_limit);
    }
    if (depth_limit) {
        pcre2_set_depth_limit(s->context, depth_limit);
    }
    if (s->stack) { /* NULL where the library has no JIT */
        pcre2_jit_stack_assign(s->context, NULL, s->stack);
    }
    return s;
}

void regex_scratch_free(struct regex_scratch *s)
{
    if (s) {
        pcre2_match_data_free(s->data);
        pcre2_match_context_free(s->context);
        pcre2_jit_stack_free(s->stack);
        free(s);
    }
}

enum regex_result regex_find(const struct regex *r, struct regex_scratch *s, struct bytes hay, size_t from, size_t *start, size_t *end)
{
    if (from > hay.n) {
        return REGEX_NO;
    }
    int n = pcre2_match(r->code, hay.p, hay.n, from, 0, s->data, s->context);
    s->groups = n > 0 ? n : n == 0 ? REGEX_GROUPS : 0;
    if (n < 0) {
        return n == PCRE2_ERROR_NOMATCH ? REGEX_NO : REGEX_LIMIT;
    }
    const PCRE2_SIZE *place = pcre2_get_ovector_pointer(s->data);
    *start = place[0];
    *end = place[1];
    return REGEX_YES;
}

bool regex_group(const struct regex_scratch *s, unsigned group, size_t *start, size_t *end)
{
    if (group >= (unsigned)s->groups) {
        return false;
    }
    const PCRE2_SIZE *place = pcre2_get_ovector_pointer(s->data) + 2 * group;
    *start = place[0];
    *end = place[1];
    return place[0] != PCRE2_UNSET;
}
