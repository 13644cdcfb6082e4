/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do a rule's conditions hold over bytes?  Tried plainly, place by place, in no hurry: what detect/ does quickly, told once more. */
#include "generate/scene.h"

#include <stdlib.h>

enum { STEPS_MAX = 20000, NUMBER_TEXT = 23 };

void holder_begin(struct holder *h, const struct rule *r)
{
    struct regex_scratch *scratch = h->scratch;

    *h = (struct holder){ .rule = r, .scratch = scratch ? scratch : regex_scratch_new(20000, 20000) };
}

void holder_end(struct holder *h)
{
    for (unsigned i = 0; i < h->regex_n; i++) {
        regex_free(h->regex[i].regex);
    }
    h->regex_n = 0;
}

static const struct regex *regex_for(struct holder *h, const struct match *m)
{
    struct err err;

    for (unsigned i = 0; i < h->regex_n; i++) {
        if (h->regex[i].match == m) {
            return h->regex[i].regex;
        }
    }
    if (h->regex_n == REGEXES_MAX) {
        return NULL;
    }
    struct regex *r = regex_compile(m->pcre.pattern, m->pcre.options, &err);
    if (r) {
        h->regex[h->regex_n++] = (struct regex_kept){ m, r };
    }
    return r;
}

static int64_t value_of(const struct holder *h, const struct operand *o)
{
    return o->variable < 0 ? o->value : o->variable < VARIABLES_MAX ? (int64_t)h->variable[o->variable] : 0;
}

/* ---- numbers ---- */

/* The number a byte operation reads; false: there is none.  *end: behind it. */
static bool number_at(const struct holder *h, const struct byte_op *o, struct bytes b, size_t cursor, uint64_t *x, size_t *end)
{
    int64_t n = value_of(h, &o->n), at = (o->relative ? (int64_t)cursor : 0) + value_of(h, &o->offset);

    if (n < 0 || n > NUMBER_TEXT || at < 0 || at + n > (int64_t)b.n || b.n == 0) {
        return false;
    }
    if (o->string) {
        char text[NUMBER_TEXT + 1];
        char *stop;
        size_t room = n ? (size_t)n : b.n - (size_t)at < NUMBER_TEXT ? b.n - (size_t)at : NUMBER_TEXT;
        memcpy(text, b.p + at, room);
        text[room] = '\0';
        *x = strtoull(text, &stop, o->base);
        *end = (size_t)at + (size_t)(stop - text);
        return stop != text;
    }
    *x = 0;
    for (int64_t i = 0; i < n; i++) {
        *x = *x << 8 | b.p[at + (o->little ? n - 1 - i : i)];
    }
    *end = (size_t)(at + n);
    return n <= 8;
}

static uint64_t mask_of(const struct byte_op *o, uint64_t x)
{
    return o->has_bitmask ? (x & o->bitmask) >> o->bitmask_shift : x;
}

static bool compares(const struct byte_op *o, uint64_t x, uint64_t y)
{
    bool yes;

    switch ((enum byte_operator)o->op) {
    case BYTE_EQ: yes = x == y; break;
    case BYTE_NE: yes = x != y; break;
    case BYTE_LT: yes = x < y; break;
    case BYTE_GT: yes = x > y; break;
    case BYTE_LE: yes = x <= y; break;
    case BYTE_GE: yes = x >= y; break;
    case BYTE_AND: yes = (x & y) != 0; break;
    case BYTE_OR: yes = (x ^ y) != 0; break;
    case BYTE_ADD:
    case BYTE_SUB:
    case BYTE_DIV:
    case BYTE_MUL:
    case BYTE_SHL:
    case BYTE_SHR:
    default: yes = false; break;
    }
    return yes != o->negated;
}

static uint64_t computed(const struct byte_op *o, uint64_t x, uint64_t y)
{
    switch ((enum byte_operator)o->op) {
    case BYTE_ADD: return x + y;
    case BYTE_SUB: return x - y;
    case BYTE_MUL: return x * y;
    case BYTE_DIV: return y ? x / y : 0;
    case BYTE_SHL: return y < 64 ? x << y : 0;
    case BYTE_SHR: return y < 64 ? x >> y : 0;
    case BYTE_EQ:
    case BYTE_NE:
    case BYTE_LT:
    case BYTE_GT:
    case BYTE_LE:
    case BYTE_GE:
    case BYTE_AND:
    case BYTE_OR:
    default: return x;
    }
}

/* The four operations over bytes: true when it holds; *cursor moves where it does. */
static bool byte_holds(struct holder *h, const struct match *m, struct bytes b, size_t *cursor)
{
    const struct byte_op *o = &m->byte;
    uint64_t x;
    size_t end;

    if (!number_at(h, o, b, *cursor, &x, &end)) {
        return false;
    }
    if (m->kind == MATCH_BYTE_TEST) {
        return compares(o, mask_of(o, x), (uint64_t)value_of(h, &o->value));
    }
    uint64_t by = mask_of(o, x) * (o->multiplier ? o->multiplier : 1);
    unsigned align = m->kind == MATCH_BYTE_EXTRACT && o->align_to ? o->align_to : 4;
    if (o->align && by % align) {
        by += align - by % align;
    }
    if (m->kind == MATCH_BYTE_JUMP) {
        int64_t to = (int64_t)(o->from_beginning ? 0 : o->from_end ? b.n : end) + (int64_t)by + o->post_offset;
        *cursor = to < 0 ? 0 : (size_t)to;
        return to <= (int64_t)b.n;
    }
    if (o->result >= 0 && o->result < VARIABLES_MAX) {
        h->variable[o->result] = m->kind == MATCH_BYTE_EXTRACT ? by : mask_of(o, computed(o, x, (uint64_t)value_of(h, &o->value)));
    }
    *cursor = end;
    return true;
}

/* ---- literals and expressions ---- */

static bool equal_at(struct bytes b, size_t at, const struct content *c)
{
    for (size_t i = 0; i < c->bytes.n; i++) {
        uint8_t x = b.p[at + i];
        if ((c->flags & CONTENT_NOCASE) != 0 && x >= 'A' && x <= 'Z') {
            x |= 0x20;
        }
        if (x != c->bytes.p[i]) {
            return false;
        }
    }
    return true;
}

static bool chain(struct holder *h, const struct group *g, unsigned i, struct bytes b, size_t cursor);

/* Where a literal may stand: from *from up to where it must have ended. */
static void content_span(const struct holder *h, const struct content *c, struct bytes b, size_t cursor, int64_t *from, int64_t *to)
{
    *from = 0;
    *to = (int64_t)b.n;
    if (c->flags & (CONTENT_DISTANCE | CONTENT_WITHIN)) {
        int64_t distance = c->flags & CONTENT_DISTANCE ? value_of(h, &c->distance) : 0;
        *from = (int64_t)cursor + distance;
        if (c->flags & CONTENT_WITHIN && *from + value_of(h, &c->within) < *to) {
            *to = *from + value_of(h, &c->within);
        }
    }
    if (c->flags & CONTENT_OFFSET && value_of(h, &c->offset) > *from) {
        *from = value_of(h, &c->offset);
    }
    if (c->flags & CONTENT_STARTSWITH) {
        *to = (int64_t)c->bytes.n < *to ? (int64_t)c->bytes.n : *to;
    } else if (c->flags & CONTENT_DEPTH) {
        int64_t depth = value_of(h, &c->depth) + (c->depth.variable >= 0 ? *from : 0);
        *to = depth < *to ? depth : *to;
    }
    *from = *from < 0 ? 0 : *from;
}

static bool content_holds(struct holder *h, const struct group *g, unsigned i, struct bytes b, size_t cursor)
{
    const struct content *c = &g->match[i]->content;
    int64_t from, to;
    bool negated = (c->flags & CONTENT_NEGATED) != 0;

    content_span(h, c, b, cursor, &from, &to);
    for (int64_t at = from; at + (int64_t)c->bytes.n <= to; at++) {
        if (!equal_at(b, (size_t)at, c) || ((c->flags & CONTENT_ENDSWITH) != 0 && (size_t)at + c->bytes.n != b.n)) {
            continue;
        }
        if (negated) {
            return false;
        }
        if (chain(h, g, i + 1, b, (size_t)at + c->bytes.n)) {
            h->place[i] = (struct place){ (uint32_t)at, (uint32_t)c->bytes.n, true };
            return true;
        }
        if (++h->steps > STEPS_MAX) {
            return false;
        }
    }
    return negated && chain(h, g, i + 1, b, cursor);
}

static bool pcre_holds(struct holder *h, const struct group *g, unsigned i, struct bytes b, size_t cursor)
{
    const struct pcre *p = &g->match[i]->pcre;
    const struct regex *r = regex_for(h, g->match[i]);
    size_t base = p->flags & PCRE_RELATIVE ? cursor : 0, from, to, next = 0;
    struct bytes hay = bytes_from(b, base);

    if (!r) {
        return false;
    }
    for (unsigned n = 0; n < 64; n++) {
        if (regex_find(r, h->scratch, hay, next, &from, &to) != REGEX_YES) {
            return n == 0 && (p->flags & PCRE_NEGATED) != 0 && chain(h, g, i + 1, b, cursor);
        }
        if (p->flags & PCRE_NEGATED) {
            return false;
        }
        if (chain(h, g, i + 1, b, base + to)) {
            h->place[i] = (struct place){ (uint32_t)(base + from), (uint32_t)(to - from), true };
            return true;
        }
        next = from + 1;
        if (next > hay.n || ++h->steps > STEPS_MAX) {
            return false;
        }
    }
    return false;
}

/* ---- the rest ---- */

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Base64 (RFC 4648 4) as far as it goes. */
static struct bytes base64_read(struct arena *a, struct bytes in)
{
    struct make out;
    uint32_t bits = 0;
    unsigned n = 0;

    make_init(&out, a);
    for (size_t i = 0; i < in.n; i++) {
        const char *at = in.p[i] ? strchr(base64_digits, in.p[i]) : NULL;
        if (!at) {
            break;
        }
        bits = bits << 6 | (uint32_t)(at - base64_digits);
        n += 6;
        if (n >= 8) {
            n -= 8;
            make_byte(&out, (uint8_t)(bits >> n));
        }
    }
    return make_bytes(&out);
}

struct bytes base64_make(struct arena *a, struct bytes in)
{
    struct make out;

    make_init(&out, a);
    for (size_t i = 0; i < in.n; i += 3) {
        uint32_t x = (uint32_t)in.p[i] << 16 | (i + 1 < in.n ? (uint32_t)in.p[i + 1] << 8 : 0) | (i + 2 < in.n ? in.p[i + 2] : 0);
        make_byte(&out, (uint8_t)base64_digits[x >> 18]);
        make_byte(&out, (uint8_t)base64_digits[x >> 12 & 63]);
        make_byte(&out, i + 1 < in.n ? (uint8_t)base64_digits[x >> 6 & 63] : '=');
        make_byte(&out, i + 2 < in.n ? (uint8_t)base64_digits[x & 63] : '=');
    }
    return make_bytes(&out);
}

/* The group over what a group's base64_decode makes; NULL: none. */
const struct group *group_decoded(const struct rule *r, const struct group *g)
{
    for (unsigned i = 0; i < r->group_n; i++) {
        if (&r->group[i] > g && r->group[i].kind == BUFFER_BASE64) {
            return &r->group[i];
        }
    }
    return NULL;
}

static bool base64_holds(struct holder *h, const struct group *g, const struct match *m, struct bytes b, size_t cursor)
{
    const struct group *inner = group_decoded(h->rule, g);
    struct bytes in = bytes_from(bytes_from(b, m->base64.relative ? cursor : 0), m->base64.offset);
    struct arena a;

    if (m->base64.bytes) {
        in = bytes_head(in, m->base64.bytes);
    }
    arena_init(&a, NULL, 1 << 20);
    struct bytes out = base64_read(&a, in);
    bool yes = out.n != 0 && (!inner || chain(h, inner, 0, out, 0));
    arena_fini(&a);
    return yes;
}

static bool isdataat_holds(const struct holder *h, const struct match *m, struct bytes b, size_t cursor)
{
    int64_t n = value_of(h, &m->isdataat.n) + m->isdataat.more;
    bool there = m->isdataat.relative ? (int64_t)cursor + n <= (int64_t)b.n : n < (int64_t)b.n;

    return there != m->negated;
}

static bool chain(struct holder *h, const struct group *g, unsigned i, struct bytes b, size_t cursor)
{
    if (i == g->match_n) {
        return true;
    }
    if (++h->steps > STEPS_MAX || i >= PLACES_MAX) {
        return false;
    }
    const struct match *m = g->match[i];
    switch ((enum match_kind)m->kind) {
    case MATCH_CONTENT: return content_holds(h, g, i, b, cursor);
    case MATCH_PCRE: return pcre_holds(h, g, i, b, cursor);
    case MATCH_BYTE_TEST:
    case MATCH_BYTE_JUMP:
    case MATCH_BYTE_EXTRACT:
    case MATCH_BYTE_MATH: {
        size_t at = cursor;
        return byte_holds(h, m, b, &at) && chain(h, g, i + 1, b, at);
    }
    case MATCH_ISDATAAT: return isdataat_holds(h, m, b, cursor) && chain(h, g, i + 1, b, cursor);
    case MATCH_BSIZE:
    case MATCH_URILEN: return range_has(&m->size.range, b.n) && chain(h, g, i + 1, b, cursor);
    case MATCH_BASE64_DECODE: return base64_holds(h, g, m, b, cursor);
    case MATCH_ABSENT: return m->absent.or_else && chain(h, g, i + 1, b, cursor);
    case MATCH_KEYWORD: return false;
    case MATCH_NUMBER:
    case MATCH_PRESENT:
    default: return chain(h, g, i + 1, b, cursor);
    }
}

bool group_holds(struct holder *h, const struct group *g, struct bytes b)
{
    h->steps = 0;
    memset(h->place, 0, sizeof h->place);
    if (!b.p) {
        for (unsigned i = 0; i < g->match_n; i++) {
            if (g->match[i]->kind == MATCH_ABSENT) {
                return true;
            }
        }
        return false;
    }
    return chain(h, g, 0, b, 0);
}
