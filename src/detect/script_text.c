/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A script token by token: what stands before decides whether a '/' divides, a line's end ends a statement, a name is a property. */
#include "detect/script_text.h"

#include "base/hash.h"
#include "base/rows.h"

#include <stdio.h>
#include <stdlib.h>

enum { NAMES_MAX = 65536, NAMES_FIRST = 64, NEST_MAX = 256, OUT_MAX = 4 << 20, STRING_MAX = 1 << 20 };

enum token { T_START, T_NAME, T_WORD /* of the language */, T_NUMBER, T_STRING, T_REGEX, T_TEMPLATE, T_SIGN, T_CLOSE /* ) ] } */ };

/* What a bracket was opened for. */
enum nest_kind { NEST_PLAIN, NEST_CONTROL /* if ( */, NEST_BLOCK, NEST_VALUE /* {} of an object or a function that is a value */, NEST_TEMPLATE /* ${ */,
                 NEST_UNESCAPE, NEST_CODES };
struct nest {
    uint8_t kind;
    char open;
    bool chain;            /* what it closes goes on: its accessors are kept */
    size_t out;            /* NEST_UNESCAPE, NEST_CODES: where the function's name stands */
    size_t string_from;    /* … and the string that it is added to */
    bool added;
};
struct name {
    struct bytes text;
    struct bytes alias;    /* what it stands for; none */
    bool tracked;          /* made of a known class: its properties are kept */
};
struct script {
    struct arena *arena;
    struct rd in;
    struct arena_text out;
    struct name *name;
    uint32_t name_n, name_room, *slot, slot_n;
    struct nest nest[NEST_MAX];
    unsigned depth;
    enum token last;
    struct bytes last_text;       /* of a sign or a word */
    bool line;                    /* a line ended since */
    bool chain;                   /* accessors that follow are kept as they are */
    uint8_t closed;               /* enum nest_kind of the bracket that was closed last */
    size_t string_from;           /* where the last string token begins in out; SIZE_MAX: it was none */
    bool added;                   /* a '+' stands behind that string */
    size_t held_from;             /* the same before the known name at work, whose call may be a string too */
    bool held_added;
    uint32_t assigned;            /* the name an assignment is to; NAMES_MAX: none */
    size_t assigned_at;           /* where its value begins in out */
    bool assigned_new, assigned_plain;
    uint32_t last_name;
    bool function_value;          /* a function that is a value: its body is no block */
    bool failed;
};

/* ---- names ---- */

static bool names_grow(struct script *s)
{
    uint32_t room = s->name_room ? s->name_room * 2 : NAMES_FIRST;
    struct name *more = arena_zero(s->arena, room * sizeof *more);
    uint32_t *slot = arena_zero(s->arena, room * 2 * sizeof *slot);

    if (!more || !slot) {
        return false;
    }
    if (s->name_n) {
        memcpy(more, s->name, s->name_n * sizeof *more);
    }
    s->name = more;
    s->name_room = room;
    s->slot = slot;
    s->slot_n = room * 2;
    for (uint32_t i = 0; i < s->name_n; i++) {
        uint32_t at = (uint32_t)hash_bytes(more[i].text.p, more[i].text.n, 0) & (s->slot_n - 1);
        while (slot[at]) {
            at = (at + 1) & (s->slot_n - 1);
        }
        slot[at] = i + 1;
    }
    return true;
}

/* The number of a name; NAMES_MAX: there are too many. */
static uint32_t name_of(struct script *s, struct bytes text)
{
    if (s->name_n == s->name_room && (s->name_n == NAMES_MAX || !names_grow(s))) {
        return NAMES_MAX;
    }
    uint32_t at = (uint32_t)hash_bytes(text.p, text.n, 0) & (s->slot_n - 1);
    for (; s->slot[at]; at = (at + 1) & (s->slot_n - 1)) {
        if (bytes_equal(s->name[s->slot[at] - 1].text, text)) {
            return s->slot[at] - 1;
        }
    }
    s->name[s->name_n] = (struct name){ .text = arena_copy(s->arena, text) };
    s->slot[at] = s->name_n + 1;
    return s->name_n++;
}

/* ---- what goes out ---- */

static void put(struct script *s, struct bytes b)
{
    arena_text_add(&s->out, b);
}

static bool is_word_byte(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || c >= 0x80;
}

static bool last_is(const struct script *s, const char *text)
{
    return (s->last == T_SIGN || s->last == T_WORD || s->last == T_CLOSE) && bytes_is(s->last_text, text);
}

/* Does a value end with the token before? */
static bool value_before(const struct script *s)
{
    switch (s->last) {
    case T_NAME:
    case T_NUMBER:
    case T_STRING:
    case T_REGEX:
    case T_TEMPLATE: return true;
    case T_WORD: return bytes_among(s->last_text, "this true false null undefined super arguments");
    case T_CLOSE: return last_is(s, "]") || (last_is(s, ")") && s->closed != NEST_CONTROL) || (last_is(s, "}") && s->closed == NEST_VALUE);
    case T_SIGN: return last_is(s, "++") || last_is(s, "--");
    case T_START:
    default: return false;
    }
}

/* A line ended and the statement cannot go on with what follows (ECMA-262 12.10). */
static void semicolon(struct script *s, enum token next, struct bytes text)
{
    bool restricted = last_is(s, "return") || last_is(s, "break") || last_is(s, "continue") || last_is(s, "throw");
    bool begins = next == T_NAME || next == T_NUMBER || next == T_STRING || next == T_TEMPLATE || (next == T_WORD && !bytes_among(text, "in instanceof of else catch finally while")) ||
                  (next == T_WORD && bytes_is(text, "while") && !last_is(s, "}")) || (next == T_SIGN && (bytes_is(text, "++") || bytes_is(text, "--") || bytes_is(text, "!") || bytes_is(text, "~")));

    if (s->line && ((value_before(s) && begins && next != T_TEMPLATE) || restricted)) {
        put(s, bytes_str(";"));
        s->last = T_SIGN;
        s->last_text = bytes_str(";");
        s->chain = s->added = false;
        s->string_from = SIZE_MAX;
    }
}

static void value_ends(struct script *s);

/* What a line's end means before a token. */
static void settle(struct script *s, enum token next, struct bytes text)
{
    semicolon(s, next, text);
    if (s->assigned != NAMES_MAX && last_is(s, ";")) {
        value_ends(s);
    }
}

/* The same, and a blank where two tokens would become one. */
static void before(struct script *s, enum token next, struct bytes text)
{
    settle(s, next, text);
    if (s->out.n && text.n) {
        uint8_t a = s->out.p[s->out.n - 1], b = text.p[0];
        if ((is_word_byte(a) && is_word_byte(b)) || ((b == '+' || b == '-') && a == b && s->last == T_SIGN)) {
            put(s, bytes_str(" "));
        }
    }
}

static void after(struct script *s, enum token t, struct bytes text)
{
    s->last = t;
    s->last_text = text;
    s->line = false;
}

/* ---- strings ---- */

static int hex_of(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

static void put_utf8(struct arena_text *t, uint32_t c)
{
    if (c < 0x80) {
        arena_text_byte(t, (uint8_t)c);
    } else if (c < 0x800) {
        arena_text_byte(t, (uint8_t)(0xc0 | c >> 6));
        arena_text_byte(t, (uint8_t)(0x80 | (c & 63)));
    } else if (c < 0x10000) {
        arena_text_byte(t, (uint8_t)(0xe0 | c >> 12));
        arena_text_byte(t, (uint8_t)(0x80 | (c >> 6 & 63)));
        arena_text_byte(t, (uint8_t)(0x80 | (c & 63)));
    } else if (c < 0x110000) {
        arena_text_byte(t, (uint8_t)(0xf0 | c >> 18));
        arena_text_byte(t, (uint8_t)(0x80 | (c >> 12 & 63)));
        arena_text_byte(t, (uint8_t)(0x80 | (c >> 6 & 63)));
        arena_text_byte(t, (uint8_t)(0x80 | (c & 63)));
    }
}

/* n hexadecimal digits at `at`; -1: they are not there. */
static int32_t digits(struct bytes b, size_t at, unsigned n)
{
    int32_t x = 0;

    for (unsigned i = 0; i < n; i++) {
        int d = at + i < b.n ? hex_of(b.p[at + i]) : -1;
        if (d < 0) {
            return -1;
        }
        x = x << 4 | d;
    }
    return x;
}

/* An escape at b[0] (a backslash, or a '%' of unescape): the code it stands for, *n bytes long; -1: none that is expanded. */
static int32_t escape(struct bytes b, bool percent, size_t *n)
{
    uint8_t c = b.n > 1 ? b.p[1] : 0;
    int32_t x = -1;

    *n = 0;
    if (b.p[0] == '%' && percent) {
        *n = c == 'u' ? 6 : 3;
        return c == 'u' ? digits(b, 2, 4) : digits(b, 1, 2);
    }
    if (b.p[0] == '\\' && c == 'x') {
        *n = 4;
        return digits(b, 2, 2);
    }
    if (b.p[0] == '\\' && c == 'u' && b.n > 2 && b.p[2] == '{') {
        x = 0;
        for (*n = 3; *n < b.n && *n < 10 && hex_of(b.p[*n]) >= 0; ++*n) {
            x = x << 4 | hex_of(b.p[*n]);
        }
        bool closed = *n < b.n && b.p[*n] == '}' && *n > 3 && x < 0x110000;
        *n += 1;
        return closed ? x : -1;
    }
    if (b.p[0] == '\\' && c == 'u') {
        x = digits(b, 2, 4);
        *n = 6;
        if (x < 0 && percent) { /* \uXX */
            x = digits(b, 2, 2);
            *n = 4;
        }
    }
    return x;
}

/* The text of a string: escapes that stand for bytes expanded, others kept; in unescape's argument bytes are Latin 1. */
static struct bytes expanded(struct script *s, struct bytes b, bool unescape, uint8_t quote)
{
    struct arena_text t;

    arena_text_init(&t, s->arena, STRING_MAX);
    for (size_t i = 0; i < b.n;) {
        size_t n = 0;
        int32_t c = b.p[i] == '\\' || (unescape && b.p[i] == '%') ? escape(bytes_from(b, i), unescape, &n) : -1;
        if (c < 0) {
            bool pair = b.p[i] == '\\' && i + 1 < b.n;
            arena_text_add(&t, bytes_of(b.p + i, pair ? 2 : 1));
            i += pair ? 2 : 1;
            continue;
        }
        if (c == quote || c == '\\') {
            arena_text_byte(&t, '\\');
        }
        put_utf8(&t, (uint32_t)c);
        i += n;
    }
    return arena_text_bytes(&t);
}

/* A string goes out: by itself, or at the end of the one it is added to. */
static void put_string(struct script *s, struct bytes text, uint8_t quote)
{
    if (s->added && s->out.n >= 2 && s->string_from < s->out.n - 2) {
        uint8_t own = s->out.p[s->string_from];
        s->out.n -= 2; /* the quote and the '+' */
        for (size_t i = 0; i < text.n; i++) {
            if (text.p[i] == own && (i == 0 || text.p[i - 1] != '\\')) {
                arena_text_byte(&s->out, '\\');
            }
            arena_text_byte(&s->out, text.p[i]);
        }
        arena_text_byte(&s->out, own);
    } else {
        s->string_from = s->out.n;
        arena_text_byte(&s->out, quote);
        put(s, text);
        arena_text_byte(&s->out, quote);
    }
    s->added = false;
}

static void string(struct script *s)
{
    uint8_t quote = rd_u8(&s->in);
    struct bytes all = rd_peek(&s->in);
    size_t i = 0;

    while (i < all.n && all.p[i] != quote && all.p[i] != '\n') {
        i += all.p[i] == '\\' && i + 1 < all.n ? 2 : 1;
    }
    i = i < all.n ? i : all.n;
    struct bytes text = rd_bytes(&s->in, i);
    s->failed |= i >= all.n || all.p[i] != quote;
    rd_skip(&s->in, rd_left(&s->in) != 0);
    before(s, T_STRING, bytes_of(&quote, 1));
    if (s->last != T_SIGN || !last_is(s, "+")) {
        s->string_from = SIZE_MAX;
    }
    s->assigned_plain = false;
    put_string(s, expanded(s, text, false, quote), quote);
    s->chain = false;
    after(s, T_STRING, bytes_none());
}

/* From the '`' or behind a '}' of it to the next "${", or its end. */
static void template(struct script *s)
{
    struct bytes all = rd_peek(&s->in);
    size_t i = 0;

    while (i < all.n && all.p[i] != '`' && !(all.p[i] == '$' && i + 1 < all.n && all.p[i + 1] == '{')) {
        i += all.p[i] == '\\' && i + 1 < all.n ? 2 : 1;
    }
    i = i < all.n ? i : all.n;
    put(s, rd_bytes(&s->in, i));
    s->string_from = SIZE_MAX;
    s->chain = false;
    if (rd_left(&s->in) && all.p[i] == '`') {
        put(s, rd_bytes(&s->in, 1));
        after(s, T_TEMPLATE, bytes_none());
        return;
    }
    if (rd_left(&s->in) < 2 || s->depth == NEST_MAX) {
        s->failed = true;
        return;
    }
    put(s, rd_bytes(&s->in, 2));
    s->nest[s->depth++] = (struct nest){ .kind = NEST_TEMPLATE, .open = '{' };
    after(s, T_SIGN, bytes_str("{"));
}

static void regex(struct script *s)
{
    struct bytes all = rd_peek(&s->in);
    bool class = false;
    size_t i = 1;

    for (; i < all.n && all.p[i] != '\n' && (all.p[i] != '/' || class); i++) {
        class = all.p[i] == '[' || (class && all.p[i] != ']');
        i += all.p[i] == '\\';
    }
    if (i >= all.n || all.p[i] != '/') {
        s->failed = true;
        return;
    }
    for (i++; i < all.n && is_word_byte(all.p[i]); i++) {
    }
    struct bytes text = rd_bytes(&s->in, i);
    before(s, T_REGEX, text);
    put(s, text);
    s->string_from = SIZE_MAX;
    s->chain = false;
    after(s, T_REGEX, bytes_none());
}

/* ---- names in their places ---- */

static bool follows(struct script *s, char c)
{
    struct rd r = rd_of(rd_peek(&s->in));

    rd_skip_any(&r, " \t\r\n");
    struct bytes b = rd_peek(&r);
    return b.n && b.p[0] == (uint8_t)c;
}

/* The value of an assignment ends: was it a known name and nothing more, or a new object of a known class? */
static void value_ends(struct script *s)
{
    if (s->assigned < s->name_n && s->assigned_at <= s->out.n) {
        struct name *n = &s->name[s->assigned];
        size_t end = s->out.n;
        while (end > s->assigned_at && s->out.p[end - 1] == ';') {
            end--;
        }
        n->alias = s->assigned_plain ? arena_copy(s->arena, bytes_of(s->out.p + s->assigned_at, end - s->assigned_at)) : bytes_none();
        n->tracked = s->assigned_new;
    }
    s->assigned = NAMES_MAX;
}

static void name_put(struct script *s, struct bytes text, bool property)
{
    char made[12];
    uint32_t i = name_of(s, text);

    s->last_name = property ? NAMES_MAX : i;
    if (i < s->name_n && !property && s->name[i].alias.n && !(follows(s, '=') && !last_is(s, "."))) {
        before(s, T_NAME, s->name[i].alias);
        put(s, s->name[i].alias);
        s->chain = true;
        return;
    }
    snprintf(made, sizeof made, "var_%04x", i < NAMES_MAX ? i : NAMES_MAX - 1);
    before(s, T_NAME, bytes_str(made));
    put(s, bytes_str(made));
    s->chain = i < s->name_n && s->name[i].tracked && !property;
}

/* A call whose value is a string that can be told: where it begins is kept with its bracket. */
static bool is_unescape(struct bytes text)
{
    return bytes_is(text, "unescape") || bytes_is(text, "decodeURI") || bytes_is(text, "decodeURIComponent");
}

static void word(struct script *s)
{
    struct bytes all = rd_peek(&s->in);
    size_t n = 0;

    while (n < all.n && is_word_byte(all.p[n])) {
        n++;
    }
    struct bytes text = rd_bytes(&s->in, n);
    bool property = last_is(s, ".") || last_is(s, "?."), known = !property && script_global(text);

    s->last_name = NAMES_MAX;
    settle(s, !property && script_keyword(text) ? T_WORD : T_NAME, text);
    bool first = s->out.n == s->assigned_at;
    s->assigned_plain &= known || property;
    if (text.p[0] >= '0' && text.p[0] <= '9') {
        struct bytes rest = rd_peek(&s->in);
        size_t more = 0; /* 1.5e+3 */
        if (rest.n > 1 && rest.p[0] == '.' && rest.p[1] >= '0' && rest.p[1] <= '9') {
            for (more = 1; more < rest.n && is_word_byte(rest.p[more]); more++) {
            }
        }
        before(s, T_NUMBER, text);
        put(s, text);
        put(s, rd_bytes(&s->in, more));
        s->chain = false;
        after(s, T_NUMBER, text);
    } else if (!property && script_keyword(text)) {
        bool value = s->last == T_SIGN && !last_is(s, ";") && !last_is(s, "{");
        before(s, T_WORD, text);
        put(s, text);
        s->function_value |= bytes_is(text, "function") && value;
        s->chain = false;
        after(s, T_WORD, text);
    } else if (known || (property && (s->chain || script_property(text)))) {
        bool new = last_is(s, "new");
        before(s, T_NAME, text);
        if (known) {
            s->held_from = s->string_from;
            s->held_added = s->added;
        }
        s->assigned_new |= new && known && s->assigned != NAMES_MAX;
        s->assigned_plain |= first && known && s->assigned != NAMES_MAX;
        put(s, text);
        s->chain = true;
        after(s, T_NAME, text);
    } else {
        name_put(s, text, property);
        after(s, T_NAME, bytes_none());
    }
    if (s->last != T_NAME || !(known || property)) {
        s->string_from = s->last == T_NAME || s->last == T_WORD || s->last == T_NUMBER ? SIZE_MAX : s->string_from;
    }
}

/* ---- brackets ---- */

static bool ends_with(const struct script *s, const char *text, size_t *at)
{
    size_t n = strlen(text);

    *at = s->out.n - (s->out.n < n ? 0 : n);
    return s->out.n >= n && memcmp(s->out.p + s->out.n - n, text, n) == 0 && (*at == 0 || (!is_word_byte(s->out.p[*at - 1]) && s->out.p[*at - 1] != '.'));
}

static uint8_t nest_kind(const struct script *s, char c, size_t *at)
{
    *at = 0;
    if (c == '(' && s->last == T_NAME && is_unescape(s->last_text) && ends_with(s, (const char *)arena_str(s->arena, s->last_text), at)) {
        return NEST_UNESCAPE;
    }
    if (c == '(' && s->last == T_NAME && (ends_with(s, "String.fromCharCode", at) || ends_with(s, "String.fromCodePoint", at))) {
        return NEST_CODES;
    }
    if (c == '(') {
        return s->last == T_WORD && bytes_among(s->last_text, "if while for with") ? NEST_CONTROL : NEST_PLAIN;
    }
    if (c == '{') {
        bool value = s->function_value || (s->last == T_SIGN && !last_is(s, ";") && !last_is(s, "{") && !last_is(s, ":")) || last_is(s, "return") || last_is(s, "in");
        return value ? NEST_VALUE : NEST_BLOCK;
    }
    return NEST_PLAIN;
}

static void bracket_open(struct script *s, char c)
{
    struct bytes text = rd_bytes(&s->in, 1);
    size_t at;

    if (s->depth == NEST_MAX) {
        s->failed = true;
        return;
    }
    uint8_t kind = nest_kind(s, c, &at);
    if (c == '{' && s->last == T_NAME) {
        semicolon(s, T_NAME, text);
    }
    s->nest[s->depth++] = (struct nest){ .kind = kind, .open = c, .chain = s->chain, .out = at, .string_from = s->held_from, .added = s->held_added };
    s->function_value &= c != '{';
    s->assigned_plain = false;
    put(s, text);
    s->chain = s->added = false;
    s->string_from = SIZE_MAX;
    after(s, T_SIGN, text);
}

/* "98,0x61,114" as text; false: they are no codes. */
static bool codes_text(struct script *s, struct bytes b, struct bytes *out)
{
    struct arena_text t;
    struct rd r = rd_of(b);

    arena_text_init(&t, s->arena, STRING_MAX);
    for (bool more = true; more;) {
        struct bytes one = rd_until(&r, ',', &more);
        uint64_t x;
        bool hex = one.n > 2 && one.p[0] == '0' && (one.p[1] | 0x20) == 'x';
        if (!(hex ? bytes_hex(bytes_from(one, 2), &x) : bytes_u64(one, &x)) || x > 0x10ffff) {
            return false;
        }
        if (x == '\'' || x == '\\') {
            arena_text_byte(&t, '\\');
        }
        put_utf8(&t, (uint32_t)x);
    }
    *out = arena_text_bytes(&t);
    return true;
}

/* A call that gives a string becomes it; false: its argument is not all told. */
static bool call_text(struct script *s, const struct nest *n)
{
    struct bytes inside = bytes_from(arena_text_bytes(&s->out), n->out);
    size_t open = bytes_find_byte(inside, '(');
    struct bytes text;
    uint8_t quote = '\'';

    inside = arena_copy(s->arena, bytes_from(inside, open == SIZE_MAX ? inside.n : open + 1));
    if (n->kind == NEST_CODES) {
        if (!codes_text(s, inside, &text)) {
            return false;
        }
    } else {
        if (s->last != T_STRING || s->string_from != n->out + open + 1 || inside.n < 2) {
            return false;
        }
        quote = inside.p[0];
        text = expanded(s, bytes_of(inside.p + 1, inside.n - 2), true, quote);
    }
    s->out.n = n->out;
    s->string_from = n->string_from;
    s->added = n->added;
    put_string(s, text, quote);
    after(s, T_STRING, bytes_none());
    return true;
}

static void bracket_close(struct script *s, char c)
{
    static const char pairs[] = "()[]{}";
    struct bytes text = rd_bytes(&s->in, 1);

    if (s->depth == 0 || pairs[strchr(pairs, c) - pairs - 1] != s->nest[s->depth - 1].open) {
        s->failed = true;
        return;
    }
    struct nest n = s->nest[--s->depth];
    if ((n.kind == NEST_UNESCAPE || n.kind == NEST_CODES) && call_text(s, &n)) {
        s->chain = false;
        return;
    }
    if (s->assigned != NAMES_MAX && c != ']') {
        value_ends(s);
    }
    put(s, text);
    s->closed = n.kind;
    s->chain = n.chain && c != '}';
    s->string_from = SIZE_MAX;
    s->added = false;
    after(s, T_CLOSE, text);
    if (n.kind == NEST_TEMPLATE) {
        template(s);
    }
}

/* ---- signs ---- */

static void sign(struct script *s)
{
    static const char *const signs[] = { ">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "?\?=", "=>", "==", "!=", "<=", ">=", "&&", "||", "?\?", "?.",
                                         "++",   "--",  "+=",  "-=",  "*=",  "/=",  "%=",  "&=",  "|=",  "^=",  "<<", ">>", "**" };
    struct bytes all = rd_peek(&s->in);
    size_t n = 1;

    for (size_t i = 0; n == 1 && i < ROWS(signs); i++) {
        n = bytes_starts(all, signs[i]) ? strlen(signs[i]) : n;
    }
    struct bytes text = rd_bytes(&s->in, n);
    bool accessor = bytes_is(text, ".") || bytes_is(text, "?.");
    before(s, T_SIGN, text);
    if (s->assigned != NAMES_MAX && (bytes_is(text, ";") || bytes_is(text, ","))) {
        value_ends(s);
    } else if (!accessor) {
        s->assigned_plain = false;
    }
    put(s, text);
    if (bytes_is(text, "=") && s->last == T_NAME && s->last_name != NAMES_MAX) {
        s->assigned = s->last_name;
        s->assigned_at = s->out.n;
        s->assigned_plain = s->assigned_new = false;
    }
    s->added = bytes_is(text, "+") && s->last == T_STRING && s->string_from != SIZE_MAX;
    if (!s->added) {
        s->string_from = SIZE_MAX;
    }
    s->chain &= accessor;
    after(s, T_SIGN, text);
}

/* ---- a script ---- */

/* A comment at the reader; false: there is none. */
static bool comment(struct script *s)
{
    struct bytes all = rd_peek(&s->in);
    bool found;

    if (bytes_starts(all, "/*")) {
        size_t end = bytes_find(bytes_from(all, 2), bytes_str("*/")), n = end == SIZE_MAX ? all.n : end + 4;
        s->line |= bytes_find_byte(bytes_head(all, n), '\n') != SIZE_MAX;
        rd_skip(&s->in, n);
        return true;
    }
    if (bytes_starts(all, "//") || bytes_starts(all, "<!--") || (bytes_starts(all, "-->") && (s->line || s->last == T_START))) {
        (void)rd_line(&s->in, &found);
        s->line = true;
        return true;
    }
    return false;
}

static void token(struct script *s)
{
    uint8_t c = rd_peek(&s->in).p[0];

    if (c == '\n' || c == '\r' || c == ' ' || c == '\t' || c == '\v' || c == '\f') {
        s->line |= c == '\n' || c == '\r';
        rd_skip(&s->in, 1);
    } else if (comment(s)) {
        return;
    } else if (is_word_byte(c)) {
        word(s);
    } else if (c == '"' || c == '\'') {
        string(s);
    } else if (c == '`') {
        before(s, T_TEMPLATE, bytes_str("`"));
        put(s, rd_bytes(&s->in, 1));
        template(s);
    } else if (c == '(' || c == '[' || c == '{') {
        bracket_open(s, (char)c);
    } else if (c == ')' || c == ']' || c == '}') {
        bracket_close(s, (char)c);
    } else if (c == '/' && !value_before(s)) {
        regex(s);
    } else if (c < 0x20 || c == 0x7f) {
        s->failed = true;
    } else {
        sign(s);
    }
}

static void one_script(struct script *s, struct bytes text)
{
    s->in = rd_of(text);
    s->last = T_START;
    s->line = s->chain = s->added = s->function_value = s->failed = false;
    s->depth = 0;
    s->string_from = s->held_from = SIZE_MAX;
    s->assigned = s->last_name = NAMES_MAX;
    while (rd_left(&s->in) && !s->failed && !s->out.cut && !s->arena->full) {
        token(s);
    }
}

/* ---- pages ---- */

static size_t find_nocase(struct bytes b, size_t from, const char *word)
{
    size_t n = strlen(word);

    for (size_t i = from; i + n <= b.n; i++) {
        if (b.p[i] == (uint8_t)word[0] && bytes_equal_nocase(bytes_of(b.p + i, n), bytes_of(word, n))) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* What a <script …> tag says of what it holds: is it JavaScript, and here? */
static bool tag_holds(struct bytes tag)
{
    static const char *const kinds[] = { "javascript", "ecmascript", "module", "jscript" };
    size_t type = find_nocase(tag, 0, "type"), language = find_nocase(tag, 0, "language");
    bool known = type == SIZE_MAX && language == SIZE_MAX;

    for (size_t i = 0; i < ROWS(kinds); i++) {
        known |= find_nocase(tag, 0, kinds[i]) != SIZE_MAX;
    }
    return known && find_nocase(tag, 0, "src=") == SIZE_MAX;
}

static bool is_text(struct bytes b)
{
    struct bytes head = bytes_trim(bytes_head(b, 512), " \t\r\n\xef\xbb\xbf");

    return head.n != 0 && head.p[0] != '<' && bytes_find_byte(head, 0) == SIZE_MAX;
}

bool script_text(struct arena *a, struct bytes in, struct bytes *out)
{
    struct script *s = arena_zero(a, sizeof *s);
    size_t at = find_nocase(in, 0, "<script");
    bool page = at != SIZE_MAX;

    if (!s) {
        return false;
    }
    s->arena = a;
    arena_text_init(&s->out, a, OUT_MAX);
    for (; at != SIZE_MAX; at = find_nocase(in, at, "<script")) {
        struct bytes tag = bytes_head(bytes_from(in, at), bytes_find_byte(bytes_from(in, at), '>'));
        size_t from = at + tag.n + 1 < in.n ? at + tag.n + 1 : in.n, end = find_nocase(in, from, "</script");
        end = end == SIZE_MAX ? in.n : end;
        if (tag_holds(tag)) {
            one_script(s, bytes_of(in.p + from, end - from));
        }
        at = end > at ? end : at + 1;
    }
    if (!page && is_text(in)) {
        one_script(s, in);
    }
    *out = arena_text_bytes(&s->out);
    return out->n != 0;
}
