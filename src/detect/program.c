/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Matches over one buffer as a flat program: numbers resolved, regular expressions shared, back-track points marked. */
#include "detect/compiler.h"

#include "base/hash.h"
#include "rule/keyword.h"

#include <stdlib.h>

const struct regex *regex_of(struct compiler *c, const char *pattern, uint32_t options, struct err *err)
{
    struct ruleset *r = c->r;
    uint64_t hash = hash_bytes(pattern, strlen(pattern), options);

    for (uint32_t at = 0, i; (i = index_table_next(&c->regexes, hash, &at)) != UINT32_MAX;) {
        if (c->regex_key[i].options == options && strcmp(c->regex_key[i].pattern, pattern) == 0) {
            return r->regex[i];
        }
    }
    struct regex *x = regex_shared(c->patterns, pattern, options, err);
    if (!x) {
        return NULL;
    }
    if (r->regex_n == c->regex_room) {
        uint32_t room = c->regex_room ? c->regex_room * 2 : 256;
        struct regex **more = realloc(r->regex, room * sizeof(*more));
        r->regex = more ? more : r->regex;
        void *keys = realloc(c->regex_key, room * sizeof *c->regex_key);
        c->regex_key = keys ? keys : c->regex_key;
        if (!more || !keys) {
            regex_free(x);
            err_set(err, "not enough memory for regular expressions");
            return NULL;
        }
        c->regex_room = room;
    }
    c->regex_key[r->regex_n].pattern = pattern;
    c->regex_key[r->regex_n].options = options;
    r->regex[r->regex_n] = x;
    index_table_put(&c->regexes, hash, r->regex_n++);
    return x;
}

static bool content_fixed(const struct content *m)
{
    return m->offset.variable < 0 && m->depth.variable < 0 && m->distance.variable < 0 && m->within.variable < 0;
}

static int32_t operand_int(const struct operand *o)
{
    return o->value > INT32_MAX ? INT32_MAX : o->value < INT32_MIN ? INT32_MIN : (int32_t)o->value;
}

static void op_content(struct op *o, const struct content *m)
{
    o->content = m->flags;
    o->needle = m->bytes.p;
    o->needle_n = (uint32_t)m->bytes.n;
    o->offset = m->flags & CONTENT_OFFSET ? operand_int(&m->offset) : 0;
    o->depth = m->flags & CONTENT_DEPTH ? operand_int(&m->depth) : 0;
    o->distance = m->flags & CONTENT_DISTANCE ? operand_int(&m->distance) : 0;
    o->within = m->flags & CONTENT_WITHIN ? operand_int(&m->within) : 0;
    if (content_fixed(m)) {
        o->flags |= OP_FIXED;
    }
    if (m->flags & CONTENT_STARTSWITH) {
        o->content |= CONTENT_DEPTH;
        o->offset = 0;
        o->depth = (int32_t)o->needle_n;
    }
}

/* Does this instruction depend on where an earlier content or regex matched?  A content with nothing but a distance asks
 * only a regex: what a later start of a content could give, the search from the first start has seen already. */
static bool op_depends(const struct match *m, bool on_regex)
{
    switch ((enum match_kind)m->kind) {
    case MATCH_CONTENT: return (m->content.flags & CONTENT_WITHIN) != 0 || (on_regex && (m->content.flags & CONTENT_DISTANCE) != 0);
    case MATCH_PCRE: return (m->pcre.flags & PCRE_RELATIVE) != 0;
    case MATCH_BYTE_TEST:
    case MATCH_BYTE_JUMP:
    case MATCH_BYTE_EXTRACT:
    case MATCH_BYTE_MATH: return m->byte.relative;
    case MATCH_ISDATAAT: return m->isdataat.relative;
    case MATCH_BASE64_DECODE: return false;
    case MATCH_BSIZE:
    case MATCH_URILEN:
    case MATCH_NUMBER:
    case MATCH_ABSENT:
    case MATCH_PRESENT: return false;
    case MATCH_KEYWORD: return m->keyword.row->at_cursor;
    default: return false;
    }
}

static void program_mark_retries(struct program *p)
{
    struct op *anchor = NULL; /* the last content or regex before */

    for (uint16_t i = 0; i < p->n; i++) {
        struct op *o = &p->op[i];
        if (anchor && op_depends(o->match, anchor->kind == MATCH_PCRE)) {
            anchor->flags |= OP_RETRY;
        }
        if (o->kind == MATCH_CONTENT || o->kind == MATCH_PCRE) {
            anchor = o;
        }
    }
}

const struct program *program_make(struct compiler *c, const struct group *g, const struct program *base64, struct err *err)
{
    struct arena *a = &c->r->arena;
    struct program *p = arena_zero(a, sizeof *p);
    struct op *op = arena_zero(a, (size_t)g->match_n * sizeof *op);

    if (!p || !op) {
        err_set(err, "not enough memory for a rule's matches");
        return NULL;
    }
    p->op = op;
    p->group = g;
    for (uint16_t i = 0; i < g->match_n; i++) {
        const struct match *m = g->match[i];
        struct op *o = &p->op[p->n++];
        o->kind = m->kind;
        o->match = m;
        if (m->kind == MATCH_CONTENT) {
            op_content(o, &m->content);
        } else if (m->kind == MATCH_PCRE) {
            o->regex = regex_of(c, m->pcre.pattern, m->pcre.options, err);
            if (!o->regex) {
                return NULL;
            }
        } else if (m->kind == MATCH_BASE64_DECODE) {
            o->base64 = base64;
        } else if (m->kind == MATCH_ABSENT) {
            p->on_absent = true;
        }
    }
    if (p->n != 0) {
        p->op[p->n - 1].flags |= OP_LAST;
    }
    program_mark_retries(p);
    if (p->n > c->r->program_max) {
        c->r->program_max = p->n;
    }
    return p;
}
