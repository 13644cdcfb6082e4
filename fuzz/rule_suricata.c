/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rule files.  What loads must print, and its text read alone must become the same tree; the tree must keep its own rules
 * (indices within bounds, literals not empty, directions known); what is refused must say where.
 */
#include "base/text.h"
#include "rule/test_tables.h"

#ifndef RULE_DIALECT
#define RULE_DIALECT DIALECT_SURICATA /* the same target serves the other dialects */
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_operand(const struct rule *r, const struct operand *o) { bug_if(o->variable >= (int)r->variable_n || o->variable < -1); }

static void check_match(const struct rule *r, const struct match *m)
{
    bug_if(m->kind > MATCH_KEYWORD);
    bug_if(m->kind == MATCH_KEYWORD && m->keyword.row == NULL);
    if (m->kind == MATCH_CONTENT) {
        const struct content *c = &m->content;

        bug_if(c->bytes.n == 0);
        bug_if(c->chop_offset + c->chop_length > (int)c->bytes.n);
        bug_if(c->flags & CONTENT_STARTSWITH && !(c->flags & CONTENT_DEPTH));
        bug_if(c->flags & CONTENT_REPLACE && c->replace.n != c->bytes.n);
        bug_if(c->flags & CONTENT_DEPTH && c->depth.variable < 0 && c->offset.variable < 0 && c->depth.value < (int64_t)c->bytes.n);
        check_operand(r, &c->offset);
        check_operand(r, &c->depth);
        check_operand(r, &c->distance);
        check_operand(r, &c->within);
    }
    if (m->kind >= MATCH_BYTE_TEST && m->kind <= MATCH_BYTE_MATH) {
        check_operand(r, &m->byte.n);
        check_operand(r, &m->byte.offset);
        check_operand(r, &m->byte.value);
        bug_if(m->byte.result >= (int)r->variable_n);
        bug_if((m->kind == MATCH_BYTE_EXTRACT || m->kind == MATCH_BYTE_MATH) && m->byte.result < 0);
    }
    if (m->kind == MATCH_ISDATAAT) {
        check_operand(r, &m->isdataat.n);
    }
}

static void check_rule(const struct rule *r)
{
    bug_if(r->sid == 0 || r->text == NULL || r->line == 0);
    bug_if(r->sides == 0 || r->sides > 3);
    bug_if(r->src == NULL || r->dst == NULL || r->sport == NULL || r->dport == NULL);
    bug_if((r->fast_group == 0xffff) != (r->fast_match == 0xffff));
    bug_if(r->fast_group != 0xffff && (r->fast_group >= r->group_n || r->fast_match >= r->group[r->fast_group].match_n));
    for (unsigned i = 0; i < r->group_n; i++) {
        const struct group *g = &r->group[i];

        bug_if(g->match_n == 0);
        bug_if(g->kind == BUFFER_FIELD && g->name == NULL && g->match[0]->kind != MATCH_KEYWORD);
        for (unsigned k = 0; k < g->match_n; k++) {
            check_match(r, g->match[k]);
        }
    }
}

/* The rule's text alone, in tables of its own, is the same rule. */
static void check_again(const struct rule *r, struct text *first)
{
    struct test_world w;
    struct rule_context c = test_context(&w);
    struct rules again;
    struct text second;

    rules_init(&again);
    text_init(&second, 0);
    rules_read_text(&again, &c, "again", r->text, strlen(r->text), RULE_DIALECT);
    bug_if(again.rule_n != 1 || again.failed_n != 0);
    text_clear(first);
    rule_print(r, first);
    rule_print(again.rule[0], &second);
    /* Numbers of captured variables depend on the rules before. */
    bug_if(strcasestr(r->text, "pcre") == NULL && (first->n != second.n || memcmp(first->p, second.p, first->n) != 0));
    text_fini(&second);
    rules_fini(&again);
    test_context_fini(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct test_world w;
    struct rule_context c = test_context(&w);
    struct rules r;
    struct text out;

    if (size > 0) {
        c.strict = data[0] & 1 ? "all" : NULL;
        c.firewall = data[0] >= 'f';
    }
    rules_init(&r);
    text_init(&out, 0);
    rules_read_text(&r, &c, "input", (const char *)data, size, RULE_DIALECT);
    for (uint32_t i = 0; i < r.failure_n; i++) {
        bug_if(r.failure[i].line == 0 || r.failure[i].reason == NULL);
    }
    for (uint32_t i = 0; i < r.rule_n; i++) {
        check_rule(r.rule[i]);
        if (i < 4 && !c.strict && !c.firewall) {
            check_again(r.rule[i], &out);
        }
    }
    rules_finish(&r);
    uint32_t left = r.rule_n;
    rules_finish(&r); /* what is left has no doubles */
    bug_if(r.rule_n != left);
    text_fini(&out);
    rules_fini(&r);
    test_context_fini(&w);
    return 0;
}
