/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/verify.h"

/* ---- content ---- */

struct window {
    int64_t from, to;   /* the match lies within bytes[from, to) */
    bool none;          /* the bytes that could hold it are gone already */
};

/* A depth counts from the start of the whole buffer, the bytes begin later: what is left of it. */
static bool window_piece(struct window *w, const struct verify_buffer *b)
{
    if (w->to <= (int64_t)b->offset) {
        w->none = true;
        return false;
    }
    if (w->to < (int64_t)(b->offset + b->bytes.n)) {
        w->to -= (int64_t)b->offset;
    }
    return true;
}

static int64_t content_number(const struct verifier *v, const struct op *o, const struct operand *written, int32_t fixed)
{
    return (o->flags & OP_FIXED) != 0 || written->variable < 0 ? fixed : (int64_t)v->variable[written->variable];
}

static struct window window_relative(const struct verifier *v, const struct op *o, const struct verify_buffer *b, uint32_t cursor)
{
    const struct content *m = &o->match->content;
    struct window w = { .from = cursor, .to = (int64_t)b->bytes.n };
    int64_t distance = content_number(v, o, &m->distance, o->distance);

    if ((o->content & CONTENT_DISTANCE) != 0) {
        w.from = distance < 0 && -distance > w.from ? 0 : w.from + distance;
    }
    if ((o->content & CONTENT_WITHIN) != 0) {
        int64_t end = cursor + content_number(v, o, &m->within, o->within) + distance;
        if (w.to > end) {
            w.to = end < 0 ? (int64_t)b->bytes.n : end;
        }
        if (b->offset != 0 && cursor == 0 && !window_piece(&w, b)) {
            return w;
        }
    }
    int64_t depth = content_number(v, o, &m->depth, o->depth), offset = content_number(v, o, &m->offset, o->offset);
    if (((o->content & CONTENT_DEPTH) != 0 && m->depth.variable >= 0) || depth != 0) {
        w.to = depth + cursor < w.to ? depth + cursor : w.to;
    }
    w.from = offset > w.from ? offset : w.from;
    return w;
}

static struct window window_absolute(const struct verifier *v, const struct op *o, const struct verify_buffer *b)
{
    const struct content *m = &o->match->content;
    struct window w = { .from = 0, .to = (int64_t)b->bytes.n };
    int64_t depth = content_number(v, o, &m->depth, o->depth);

    if ((o->content & CONTENT_DEPTH) != 0 && (depth != 0 || ((o->flags & OP_FIXED) == 0 && m->depth.variable >= 0))) {
        w.to = depth;
    }
    if (b->offset != 0 && (o->content & CONTENT_DEPTH) != 0 && !window_piece(&w, b)) {
        return w;
    }
    w.from = content_number(v, o, &m->offset, o->offset);
    return w;
}

static struct window content_window(const struct verifier *v, const struct op *o, const struct verify_buffer *b, uint32_t cursor)
{
    bool relative = (o->content & (CONTENT_DISTANCE | CONTENT_WITHIN)) != 0;
    struct window w = relative ? window_relative(v, o, b, cursor) : window_absolute(v, o, b);
    const struct content *m = &o->match->content;

    if (!w.none && (o->flags & OP_FIXED) == 0 && (m->offset.variable >= 0 || m->depth.variable >= 0)) {
        w.to += w.from; /* a depth from a variable counts from the offset */
    }
    return w;
}

/* Where the needle stands in [from, to); SIZE_MAX. */
static size_t content_find(const struct op *o, const struct verify_buffer *b, int64_t from, int64_t to)
{
    struct bytes needle = { o->needle, o->needle_n }, hay = { b->bytes.p, (size_t)to };
    bool nocase = (o->content & CONTENT_NOCASE) != 0;

    if ((o->content & CONTENT_ENDSWITH) != 0) {
        if ((size_t)to < b->bytes.n) {
            return SIZE_MAX;
        }
        if ((o->content & CONTENT_NEGATED) == 0) { /* only the last place can do */
            size_t last = hay.n >= needle.n ? hay.n - needle.n : 0;
            return literal_find(hay, last > (size_t)from ? last : (size_t)from, needle, nocase);
        }
    }
    return literal_find(hay, (size_t)from, needle, nocase);
}

static enum verify_result content_negated(const struct op *o, size_t found, int64_t from, int64_t to)
{
    if (found == SIZE_MAX) {
        return VERIFY_YES;
    }
    if ((o->content & CONTENT_ENDSWITH) != 0 && (size_t)(to - from) != found + o->needle_n) {
        return VERIFY_YES;
    }
    /* Tied to nothing: no other place of anything will help. */
    const unsigned ties = CONTENT_DISTANCE | CONTENT_WITHIN | CONTENT_OFFSET | CONTENT_DEPTH;
    return (o->content & ties) == 0 && (o->flags & OP_RETRY) == 0 ? VERIFY_NEVER : VERIFY_NO;
}

/* The last place that was tried holds. */
static void replace_at(struct verifier *v, const struct content *c, const uint8_t *at)
{
    unsigned i = 0;

    while (i < v->replace_n && v->replace[i].content != c) {
        i++;
    }
    bug_if(i == REPLACES_MAX);
    v->replace[i] = (struct replacement){ .content = c, .at = at };
    v->replace_n += i == v->replace_n;
}

/* One search: from the window's start, or from `next` when that is not 0. */
static enum verify_result content_try(struct verifier *v, const struct op *o, const struct verify_buffer *b, uint32_t cursor, uint32_t next)
{
    struct window w = content_window(v, o, b, cursor);
    bool negated = (o->content & CONTENT_NEGATED) != 0;

    if (w.none) {
        return VERIFY_NO;
    }
    if (next != 0) {
        w.from = next;
    }
    if (w.to > (int64_t)b->bytes.n || w.to < 0) {
        w.to = (int64_t)b->bytes.n;
    }
    if (w.from < 0 || w.from > w.to || w.to == 0) {
        return negated ? VERIFY_YES : VERIFY_NO;
    }
    size_t found = content_find(o, b, w.from, w.to);
    if (negated) {
        return content_negated(o, found, w.from, w.to);
    }
    if (found == SIZE_MAX) {
        return (o->content & (CONTENT_DISTANCE | CONTENT_WITHIN)) == 0 ? VERIFY_NEVER : VERIFY_NO;
    }
    if ((o->content & CONTENT_REPLACE) != 0) {
        replace_at(v, &o->match->content, b->bytes.p + found);
    }
    v->cursor = (uint32_t)found + o->needle_n;
    return VERIFY_YES;
}

static void frame_push(struct verifier *v, uint16_t at, uint32_t cursor, uint32_t next)
{
    bug_if(v->depth >= v->stack_room);
    v->stack[v->depth++] = (struct verify_frame){ at, cursor, next };
}

static enum verify_result content_enter(struct verifier *v, const struct op *o, uint16_t at, const struct verify_buffer *b)
{
    uint32_t cursor = v->cursor;
    enum verify_result r = content_try(v, o, b, cursor, 0);

    if (r == VERIFY_YES && (o->content & CONTENT_NEGATED) == 0 && (o->flags & OP_LAST) == 0) {
        frame_push(v, at, cursor, (o->flags & OP_RETRY) != 0 ? v->cursor - o->needle_n + 1 : 0);
    }
    return r;
}

static enum verify_result content_again(struct verifier *v, const struct op *o, const struct verify_buffer *b, struct verify_frame *f)
{
    if (f->next == 0) {
        return VERIFY_NEVER; /* what follows does not depend on this place */
    }
    enum verify_result r = content_try(v, o, b, f->cursor, f->next);
    if (r == VERIFY_YES) {
        f->next = v->cursor - o->needle_n + 1;
    } else {
        v->depth--;
    }
    return r;
}

/* ---- regular expressions ---- */

static void pcre_captures(struct verifier *v, const struct pcre *p, const struct regex_scratch *s, struct bytes hay)
{
    for (uint8_t i = 0; i < p->capture_n && v->captured_n < VERIFY_CAPTURES; i++) {
        struct captured *c = &v->captured[v->captured_n];
        size_t from, to;
        if (!regex_group(s, p->capture[i].group, &from, &to)) {
            continue;
        }
        *c = (struct captured){ .how = &p->capture[i], .value = arena_copy(v->arena, bytes_of(hay.p + from, to - from < 0xffff ? to - from : 0xffff)) };
        if (p->capture[i].key) {
            c->key = c->value;
            if (!regex_group(s, p->capture[i].group + 1u, &from, &to)) {
                break;
            }
            c->value = arena_copy(v->arena, bytes_of(hay.p + from, to - from < 0xffff ? to - from : 0xffff));
        }
        v->captured_n++;
    }
}

static enum verify_result pcre_try(struct verifier *v, const struct op *o, const struct verify_buffer *b, uint32_t cursor, uint32_t next)
{
    const struct pcre *p = &o->match->pcre;
    size_t base = (p->flags & PCRE_RELATIVE) != 0 ? cursor : 0, from, to;
    struct bytes hay = bytes_from(b->bytes, base);
    enum regex_result r = regex_find(o->regex, v->regex, hay, next > base ? next - base : 0, &from, &to);
    bool negated = (p->flags & PCRE_NEGATED) != 0;

    if (r == REGEX_NO) {
        return negated ? VERIFY_YES : VERIFY_NO;
    }
    v->stopped += r == REGEX_LIMIT;
    if (r == REGEX_LIMIT || negated) {
        return VERIFY_NO;
    }
    pcre_captures(v, p, v->regex, hay);
    v->cursor = (uint32_t)(base + to);
    v->regex_next = (uint32_t)(base + from + 1);
    return VERIFY_YES;
}

static enum verify_result pcre_enter(struct verifier *v, const struct op *o, uint16_t at, const struct verify_buffer *b)
{
    uint32_t cursor = v->cursor;

    v->regex_next = 0;
    enum verify_result r = pcre_try(v, o, b, cursor, 0);
    if (r == VERIFY_YES && (o->flags & (OP_RETRY | OP_LAST)) == OP_RETRY && v->regex_next != 0) {
        frame_push(v, at, cursor, v->regex_next);
    }
    return r;
}

static enum verify_result pcre_again(struct verifier *v, const struct op *o, const struct verify_buffer *b, struct verify_frame *f)
{
    enum verify_result r = pcre_try(v, o, b, f->cursor, f->next);

    if (r == VERIFY_YES) {
        f->next = v->regex_next;
    } else {
        v->depth--;
    }
    return r;
}

/* ---- the rest ---- */

static enum verify_result isdataat(const struct verifier *v, const struct match *m, const struct verify_buffer *b)
{
    int64_t n = operand_value(v, &m->isdataat.n);
    bool fixed = m->isdataat.n.variable < 0;
    bool there;

    if (!fixed && (uint64_t)n >= 100000000) {
        return m->negated ? VERIFY_YES : VERIFY_NO;
    }
    n += m->isdataat.more;
    if (m->isdataat.relative) {
        there = v->cursor + n <= (int64_t)b->bytes.n;
        if (there != m->negated) {
            return VERIFY_YES;
        }
        return fixed && !m->negated ? VERIFY_NEVER : VERIFY_NO;
    }
    there = n < (int64_t)b->bytes.n;
    if (there != m->negated) {
        return VERIFY_YES;
    }
    return fixed ? VERIFY_NEVER : VERIFY_NO;
}

/* The size of the buffer so far: more may come unless it has ended. */
static enum verify_result bsize(const struct range *r, const struct verify_buffer *b)
{
    uint64_t size = b->bytes.n + b->offset;

    if (range_has(r, size)) {
        return VERIFY_YES;
    }
    switch ((enum range_op)r->op) {
    case RANGE_LT:
    case RANGE_LE: return VERIFY_NEVER;
    case RANGE_GT:
    case RANGE_GE: return b->end ? VERIFY_NEVER : VERIFY_NO;
    case RANGE_EQ: return size > r->low || b->end ? VERIFY_NEVER : VERIFY_NO;
    case RANGE_IN: return size >= r->high || b->end ? VERIFY_NEVER : VERIFY_NO;
    case RANGE_NE:
    case RANGE_OUT:
    case RANGE_IN_EQ:
    case RANGE_BITS:
    case RANGE_BITS_NOT: return VERIFY_NO;
    default: return VERIFY_NO;
    }
}

static enum verify_result program_run(struct verifier *v, const struct program *p, const struct verify_buffer *b);

/* Decodes and goes on in what comes out; nothing stands behind it. */
static enum verify_result base64(struct verifier *v, const struct op *o, uint16_t outer_n, const struct verify_buffer *b)
{
    const struct match *m = o->match;
    struct bytes in = bytes_from(b->bytes, m->base64.relative ? v->cursor : 0);

    if (m->base64.offset != 0 && m->base64.offset >= in.n) {
        return VERIFY_NO;
    }
    in = bytes_from(in, m->base64.offset);
    if (m->base64.bytes != 0) {
        in = bytes_head(in, m->base64.bytes);
    }
    struct verify_buffer inner = { .bytes = base64_decode(v->arena, in, m->base64.mode), .end = true };
    if (inner.bytes.n == 0 || !o->base64) {
        return VERIFY_NO;
    }
    v->cursor = 0;
    v->place_n += outer_n;
    return program_run(v, o->base64, &inner) == VERIFY_YES ? VERIFY_YES : VERIFY_NO;
}

static enum verify_result keyword(struct verifier *v, const struct match *m, const struct verify_buffer *b)
{
    bool at_cursor = m->keyword.row->at_cursor;

    v->scope->buffer = b->bytes;
    v->scope->cursor = v->cursor;
    bool yes = m->keyword.row->match(v->scope, v->scope->rule, m->keyword.data);
    if (yes && at_cursor) {
        v->cursor = v->scope->cursor;
    }
    v->scope->buffer = bytes_none();
    return yes ? VERIFY_YES : at_cursor ? VERIFY_NO : VERIFY_NEVER;
}

static enum verify_result yes_or_no(bool yes)
{
    return yes ? VERIFY_YES : VERIFY_NO;
}

static enum verify_result op_enter(struct verifier *v, const struct op *o, uint16_t at, const struct verify_buffer *b)
{
    const struct match *m = o->match;

    switch ((enum match_kind)o->kind) {
    case MATCH_CONTENT: return content_enter(v, o, at, b);
    case MATCH_PCRE: return pcre_enter(v, o, at, b);
    case MATCH_BYTE_TEST: return yes_or_no(verify_byte_test(v, &m->byte, b));
    case MATCH_BYTE_JUMP: return yes_or_no(verify_byte_jump(v, &m->byte, b));
    case MATCH_BYTE_EXTRACT: return yes_or_no(verify_byte_extract(v, &m->byte, b));
    case MATCH_BYTE_MATH: return yes_or_no(verify_byte_math(v, &m->byte, b));
    case MATCH_ISDATAAT: return isdataat(v, m, b);
    case MATCH_BSIZE: return bsize(&m->size.range, b);
    case MATCH_URILEN: return range_has(&m->size.range, b->bytes.n < 0xffff ? b->bytes.n : 0xffff) ? VERIFY_YES : VERIFY_NEVER;
    case MATCH_BASE64_DECODE: return base64(v, o, (uint16_t)(at + 1), b);
    case MATCH_ABSENT: return yes_or_no(m->absent.or_else);
    case MATCH_KEYWORD: return keyword(v, m, b);
    case MATCH_NUMBER:
    case MATCH_PRESENT: return VERIFY_NEVER; /* not about bytes: never compiled into a program */
    default: return VERIFY_NEVER;
    }
}

/* Where the instruction that has just matched did. */
static struct verify_place op_place(const struct verifier *v, const struct op *o)
{
    switch ((enum match_kind)o->kind) {
    case MATCH_CONTENT: return (struct verify_place){ v->cursor - o->needle_n, o->needle_n };
    case MATCH_PCRE: return (struct verify_place){ v->regex_next - 1, v->cursor - (v->regex_next - 1) };
    case MATCH_BYTE_TEST:
    case MATCH_BYTE_JUMP:
    case MATCH_BYTE_EXTRACT:
    case MATCH_BYTE_MATH: return (struct verify_place){ v->number_at, v->number_n };
    case MATCH_ISDATAAT:
    case MATCH_BSIZE:
    case MATCH_URILEN:
    case MATCH_BASE64_DECODE:
    case MATCH_NUMBER:
    case MATCH_ABSENT:
    case MATCH_PRESENT:
    case MATCH_KEYWORD:
    default: return (struct verify_place){ 0, 0 };
    }
}

static enum verify_result program_run(struct verifier *v, const struct program *p, const struct verify_buffer *b)
{
    const uint32_t floor = v->depth, first = v->place_n;
    uint16_t at = 0;
    enum verify_result r = VERIFY_NO;

    while (at < p->n) {
        if (++v->count >= v->limit) {
            v->stopped++;
            r = VERIFY_NEVER;
            break;
        }
        r = op_enter(v, &p->op[at], at, b);
        while (r == VERIFY_NO && v->depth > floor) {
            struct verify_frame *f = &v->stack[v->depth - 1];
            at = f->at;
            r = p->op[at].kind == MATCH_PCRE ? pcre_again(v, &p->op[at], b, f) : content_again(v, &p->op[at], b, f);
        }
        if (r == VERIFY_YES && v->place) {
            v->place[first + at] = op_place(v, &p->op[at]);
        }
        if (r != VERIFY_YES || p->op[at].kind == MATCH_BASE64_DECODE) {
            break;
        }
        at++;
    }
    if (r == VERIFY_YES && v->place) {
        evidence_take(v, p, b, first);
    }
    v->depth = floor;
    v->place_n = first;
    return r;
}

enum verify_result verify_program(struct verifier *v, const struct program *p, const struct verify_buffer *b)
{
    v->count = v->depth = v->cursor = v->regex_next = 0;
    return program_run(v, p, b);
}
