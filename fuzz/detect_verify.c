/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verifier: a first line with a rule's options, then the bytes it is run over.  It must end, keep its cursor inside, and, where the
 * rule is literals alone, say what trying every place of every literal says.
 */
#include "base/err.h"
#include "detect/verify.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OPTIONS_MAX = 512, BYTES_MAX = 96, LITERALS_MAX = 6 };

static bool any_addresses(void *ctx, const char *text, const struct addr_set **out, struct err *err)
{
    static const struct addr_set any = { .any = true };

    (void)ctx, (void)text, (void)err;
    *out = &any;
    return true;
}

static bool any_ports(void *ctx, enum dialect dialect, const char *text, const struct port_set **out, struct err *err)
{
    static const struct port_set any = { .any = true };

    (void)ctx, (void)dialect, (void)text, (void)err;
    *out = &any;
    return true;
}

/* Can the plain search below say what it means?  Literals at places that are written, no odd corners. */
static bool is_plain(const struct group *g)
{
    const unsigned known = CONTENT_NOCASE | CONTENT_NEGATED | CONTENT_RELATIVE | CONTENT_OFFSET | CONTENT_DEPTH | CONTENT_DISTANCE | CONTENT_WITHIN |
                           CONTENT_FAST | CONTENT_STARTSWITH;

    for (uint16_t i = 0; i < g->match_n; i++) {
        const struct content *c = &g->match[i]->content;
        bool tied = (c->flags & (CONTENT_DISTANCE | CONTENT_WITHIN)) != 0;
        if (g->match[i]->kind != MATCH_CONTENT || (c->flags & ~known) != 0 || c->offset.variable >= 0 || c->depth.variable >= 0 ||
            c->distance.variable >= 0 || c->within.variable >= 0 || c->distance.value < 0 || c->within.value < 0 ||
            (tied && (c->flags & (CONTENT_OFFSET | CONTENT_DEPTH | CONTENT_NEGATED)) != 0)) {
            return false;
        }
    }
    return g->match_n <= LITERALS_MAX;
}

static bool stands(struct bytes b, size_t at, const struct content *c)
{
    struct bytes here = bytes_head(bytes_from(b, at), c->bytes.n);

    return (c->flags & CONTENT_NOCASE) != 0 ? bytes_equal_nocase(here, c->bytes) : bytes_equal(here, c->bytes);
}

/* Every place of every literal. */
static bool search(const struct group *g, uint16_t i, struct bytes b, size_t cursor)
{
    if (i == g->match_n) {
        return true;
    }
    const struct content *c = &g->match[i]->content;
    bool tied = (c->flags & (CONTENT_DISTANCE | CONTENT_WITHIN)) != 0, found = false;
    size_t from = tied ? cursor + (size_t)c->distance.value : (size_t)c->offset.value, to = b.n;

    if ((c->flags & CONTENT_WITHIN) != 0 && cursor + (size_t)c->distance.value + (size_t)c->within.value < to) {
        to = cursor + (size_t)c->distance.value + (size_t)c->within.value;
    }
    if ((c->flags & CONTENT_DEPTH) != 0 && (size_t)c->depth.value < to) {
        to = (size_t)c->depth.value;
    }
    for (size_t at = from; at + c->bytes.n <= to; at++) {
        if (!stands(b, at, c)) {
            continue;
        }
        found = true;
        if ((c->flags & CONTENT_NEGATED) == 0 && search(g, (uint16_t)(i + 1), b, at + c->bytes.n)) {
            return true;
        }
    }
    return (c->flags & CONTENT_NEGATED) != 0 && !found && search(g, (uint16_t)(i + 1), b, cursor);
}

static const struct group *payload_of(const struct rule *r)
{
    for (uint16_t i = 0; i < r->group_n; i++) {
        if (r->group[i].kind == BUFFER_PAYLOAD) {
            return &r->group[i];
        }
    }
    return NULL;
}

static void run(const struct ruleset *set, struct bytes b)
{
    const struct plan *p = &set->plan[0];
    const struct group *g = payload_of(p->rule);
    struct verify_frame *stack = calloc(set->program_max * 2 + 2, sizeof *stack);
    struct verify_place *place = calloc(set->program_max * 2 + 2, sizeof *place); /* evidence is taken, which only reads */
    uint64_t *variable = calloc(set->variables_max + 1u, sizeof *variable);
    struct arena arena;
    struct detect_scope scope = { .rules = set, .rule = p->rule, .variable = variable, .buffer = bytes_none() };
    struct verifier v = { .regex = regex_scratch_new(1000, 1000), .stack = stack, .stack_room = set->program_max * 2 + 2,
                          .limit = 1 << 20, .variable = variable, .place = place, .arena = &arena, .scope = &scope };
    struct verify_buffer in = { .bytes = b, .end = true };

    arena_init(&arena, NULL, 4 << 20);
    if (stack && variable && v.regex && p->payload) {
        enum verify_result r = verify_program(&v, p->payload, &in);
        bug_if(v.cursor > b.n && g && is_plain(g));
        bug_if(v.depth != 0);
        if (g && is_plain(g) && v.count < v.limit) {
            bug_if((r == VERIFY_YES) != search(g, 0, b, 0));
        }
    }
    arena_fini(&arena);
    regex_scratch_free(v.regex);
    free(stack);
    free(place);
    free(variable);
}

/* Keywords ask packets and flows that are not here. */
static const struct keyword *const no_keywords[] = { NULL };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rule_context c = { .keywords = no_keywords, .transforms = transform_table, .protos = proto_table, .addresses = any_addresses,
                              .ports = any_ports };
    struct detect_settings settings = { .alert_max = 15 };
    struct rd r = rd_make(data, size);
    bool line;
    struct bytes options = rd_line(&r, &line), b = bytes_head(rd_rest(&r), BYTES_MAX);
    char text[OPTIONS_MAX + 64];
    struct rules rules;
    struct err err = { "" };

    if (!line || options.n > OPTIONS_MAX) {
        return 0;
    }
    int n = snprintf(text, sizeof text, "alert tcp any any -> any any (%.*s sid:1;)", (int)options.n, (const char *)options.p);
    rules_init(&rules);
    rules_read_text(&rules, &c, "fuzz", text, (size_t)n, DIALECT_SURICATA);
    rules_finish(&rules);
    struct ruleset *set = detect_compile(&rules, &settings, NULL, &err);
    if (set && set->plan_n == 1) {
        run(set, b);
    }
    ruleset_free(set);
    return 0;
}
