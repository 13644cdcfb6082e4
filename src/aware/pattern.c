/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "aware/pattern.h"

enum { LITERAL, STAR, VERSION, NUMBER, WORD, TEXT };
#define NOT_HERE SIZE_MAX
#define NOWHERE (SIZE_MAX - 1) /* nor at any later place */

/* ---- from text ---- */

static bool escaped(struct rd *r, uint8_t *c, struct err *err)
{
    static const char marks[] = "\\*{^$|#";
    uint8_t e = rd_u8(r);

    if (e == 't') {
        *c = '\t';
        return true;
    }
    *c = e;
    return (e && strchr(marks, e)) || err_set(err, "'\\' stands before t or one of %s", marks);
}

static bool mark(struct rd *r, uint8_t *kind, struct err *err)
{
    bool closed;
    struct bytes word = rd_until(r, '}', &closed);
    static const struct { const char *name; uint8_t kind; } marks[] = { { "v", VERSION }, { "n", NUMBER }, { "w", WORD }, { "t", TEXT } };

    for (size_t i = 0; closed && i < sizeof marks / sizeof marks[0]; i++) {
        if (bytes_is(word, marks[i].name)) {
            *kind = marks[i].kind;
            return true;
        }
    }
    return err_set(err, "a mark is {v}, {n}, {w} or {t}; a brace itself is \\{");
}

/* The next piece; a literal's bytes go behind `room`. */
static bool piece_read(struct rd *r, struct pattern_piece *piece, uint8_t *room, struct err *err)
{
    size_t n = 0;

    *piece = (struct pattern_piece){ .kind = LITERAL, .text = bytes_none() };
    while (rd_left(r) != 0) {
        struct bytes rest = rd_peek(r);
        uint8_t c = rest.p[0];
        if (c == '*' || c == '{' || (c == '$' && rest.n == 1)) {
            if (n != 0) {
                break;
            }
            rd_skip(r, 1);
            piece->kind = STAR;
            return c != '{' || mark(r, &piece->kind, err);
        }
        rd_skip(r, 1);
        if (c == '\\' && !escaped(r, &c, err)) {
            return false;
        }
        room[n++] = pattern_lower(c);
    }
    piece->text = bytes_of(room, n);
    return true;
}

bool pattern_compile(struct arena *a, struct bytes text, struct pattern *out, size_t *column, struct err *err)
{
    struct pattern_piece pieces[PATTERN_PIECES];
    struct rd r = rd_of(text);
    uint8_t *room = arena_take(a, text.n + 1);
    size_t used = 0;

    *out = (struct pattern){ 0 };
    *column = 0;
    if (!room) {
        return err_set(err, "not enough memory");
    }
    out->start = bytes_starts(text, "^");
    rd_skip(&r, out->start);
    while (rd_left(&r) != 0) {
        struct bytes rest = rd_peek(&r);
        *column = text.n - rd_left(&r);
        if (bytes_is(rest, "$")) {
            out->end = true;
            break;
        }
        if (out->n == PATTERN_PIECES) {
            return err_set(err, "more than %d pieces", PATTERN_PIECES);
        }
        struct pattern_piece *piece = &pieces[out->n++];
        if (!piece_read(&r, piece, room + used, err)) {
            return false;
        }
        used += piece->text.n;
        out->groups = (uint8_t)(out->groups + (piece->kind >= VERSION));
        if (out->groups > PATTERN_GROUPS) {
            return err_set(err, "more than %d marks", PATTERN_GROUPS);
        }
        if (piece->kind >= VERSION && out->n > 1 && piece[-1].kind >= VERSION) {
            return err_set(err, "two marks with nothing between them");
        }
    }
    if (out->n == 0) {
        return err_set(err, "an empty pattern");
    }
    out->pieces = arena_take(a, out->n * sizeof pieces[0]);
    if (!out->pieces) {
        return err_set(err, "not enough memory");
    }
    memcpy(out->pieces, pieces, out->n * sizeof pieces[0]);
    return true;
}

struct bytes pattern_literal(const struct pattern *p)
{
    struct bytes best = bytes_none();

    for (unsigned i = 0; i < p->n; i++) {
        if (p->pieces[i].kind == LITERAL && p->pieces[i].text.n > best.n) {
            best = p->pieces[i].text;
        }
    }
    return best;
}

static struct bytes literal_of(const struct pattern_piece *piece, bool is) { return is && piece->kind == LITERAL ? piece->text : bytes_none(); }

struct bytes pattern_head(const struct pattern *p) { return literal_of(&p->pieces[0], p->start); }
struct bytes pattern_tail(const struct pattern *p) { return literal_of(&p->pieces[p->n - 1], p->end); }

/* ---- over text ---- */

static bool digit(uint8_t c) { return c >= '0' && c <= '9'; }

static bool of_kind(uint8_t kind, uint8_t c)
{
    switch (kind) {
    case NUMBER: return digit(c);
    case VERSION: return digit(c) || (pattern_lower(c) >= 'a' && pattern_lower(c) <= 'z') || c == '.' || c == '_' || c == '+' || c == '~' || c == '-';
    default: return c > ' ' && c != ';' && c != ',' && c != '(' && c != ')' && c != '/' && c != '"' && c != '<' && c != '>';
    }
}

static bool literal_at(struct bytes literal, struct bytes text, size_t at)
{
    if (literal.n > text.n - at) {
        return false;
    }
    for (size_t i = 0; i < literal.n; i++) {
        if (pattern_lower(text.p[at + i]) != literal.p[i]) {
            return false;
        }
    }
    return true;
}

/* {t}: up to where the next literal begins. */
static size_t text_end(const struct pattern *p, unsigned i, struct bytes text, size_t at)
{
    if (i + 1 >= p->n || p->pieces[i + 1].kind != LITERAL) {
        return text.n;
    }
    while (at < text.n && !literal_at(p->pieces[i + 1].text, text, at)) {
        at++;
    }
    return at < text.n ? at : NOWHERE;
}

/* The end of what a mark takes at `at`; NOT_HERE, NOWHERE: it does not stand there. */
static size_t mark_end(const struct pattern *p, unsigned i, struct bytes text, size_t at)
{
    uint8_t kind = p->pieces[i].kind;
    size_t end = at;

    if (kind == TEXT) {
        return text_end(p, i, text, at);
    }
    if (at < text.n && (kind == WORD || digit(text.p[at]))) {
        while (end < text.n && of_kind(kind, text.p[end])) {
            end++;
        }
    }
    /* A version at the end of a sentence. */
    while (kind == VERSION && end > at && !of_kind(WORD, text.p[end - 1])) {
        end--;
    }
    while (kind == VERSION && end > at && (text.p[end - 1] == '.' || text.p[end - 1] == '-')) {
        end--;
    }
    return end > at ? end : NOT_HERE;
}

/* Pieces [i, to) at `at`, one behind the other: where they end, NOT_HERE or NOWHERE. */
static size_t run_at(const struct pattern *p, unsigned i, unsigned to, size_t at, struct bytes text, struct bytes *out)
{
    for (; i < to; i++) {
        const struct pattern_piece *piece = &p->pieces[i];
        size_t end = at;
        if (piece->kind == LITERAL) {
            if (!literal_at(piece->text, text, at)) {
                return NOT_HERE;
            }
            end = at + piece->text.n;
        } else {
            end = mark_end(p, i, text, at);
            if (end >= NOWHERE) {
                return end;
            }
            *out++ = bytes_of(text.p + at, end - at);
        }
        at = end;
    }
    return at;
}

/* The literals that must stand at the text's ends do: most rows that are tried fail here. */
static bool ends_fit(const struct pattern *p, struct bytes text)
{
    struct bytes head = pattern_head(p), tail = pattern_tail(p);

    return literal_at(head, text, 0) && tail.n <= text.n && literal_at(tail, text, text.n - tail.n);
}

bool pattern_match(const struct pattern *p, struct bytes text, struct bytes out[PATTERN_GROUPS])
{
    size_t at = 0;
    unsigned group = 0;
    bool fixed = p->start;

    text = bytes_head(text, PATTERN_TEXT_MAX);
    if (!ends_fit(p, text)) {
        return false;
    }
    for (unsigned i = 0; i < p->n;) {
        unsigned to = i, groups = 0;
        size_t end = NOT_HERE;
        if (p->pieces[i].kind == STAR) {
            fixed = false;
            i++;
            continue;
        }
        for (; to < p->n && p->pieces[to].kind != STAR; to++) {
            groups += p->pieces[to].kind != LITERAL;
        }
        bool last = p->end && to == p->n;
        const struct pattern_piece *first = &p->pieces[i];
        for (; at <= text.n && end == NOT_HERE; at++) {
            while (!fixed && first->kind == LITERAL && at < text.n && pattern_lower(text.p[at]) != first->text.p[0]) {
                at++;
            }
            end = run_at(p, i, to, at, text, out + group);
            end = end < NOWHERE && last && end != text.n ? NOT_HERE : end;
            if (fixed && end == NOT_HERE) {
                return false;
            }
        }
        if (end >= NOWHERE) {
            return false;
        }
        at = end;
        group += groups;
        i = to;
    }
    return true;
}
