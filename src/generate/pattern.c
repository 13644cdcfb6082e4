/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strings that a regular expression matches: read into a tree, walked with chance.  What the tree says too widely (what a look-around
 * forbids) is left to whoever checks the string. */
#include "generate/scene.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdlib.h>

enum node_kind { NODE_SET, NODE_SEQUENCE, NODE_CHOICE, NODE_REPEAT, NODE_GROUP, NODE_BACK, NODE_START, NODE_END, NODE_AHEAD, NODE_NOTHING };
enum { GROUPS_MAX = 64, DEPTH_MAX = 60, NODES_MAX = 4096, MAKE_MAX = 8192 };

struct node {
    struct node *next, *child;
    uint64_t set[4];
    uint32_t min, max;        /* NODE_REPEAT */
    uint8_t kind;
    uint8_t group;            /* NODE_GROUP, NODE_BACK */
};
struct pattern {
    struct node *root;
    bool starts, ends;
};

struct reader {
    struct arena *arena;
    const char *p;
    unsigned depth, nodes, groups;
    bool caseless, extended, bad;
    struct { const char *p; size_t n; } name[GROUPS_MAX];
};

static struct node *choice(struct reader *r);

static struct node *node_new(struct reader *r, enum node_kind kind)
{
    struct node *n = ++r->nodes <= NODES_MAX ? arena_zero(r->arena, sizeof *n) : NULL;

    if (!n) {
        r->bad = true;
        return NULL;
    }
    n->kind = (uint8_t)kind;
    return n;
}

static void set_put(uint64_t set[4], unsigned c)
{
    set[c >> 6 & 3] |= 1ull << (c & 63);
}

static bool set_has(const uint64_t set[4], unsigned c)
{
    return (set[c >> 6 & 3] >> (c & 63) & 1) != 0;
}

static void set_not(uint64_t set[4])
{
    for (unsigned i = 0; i < 4; i++) {
        set[i] = ~set[i];
    }
}

static void set_case(uint64_t set[4])
{
    for (unsigned c = 'a'; c <= 'z'; c++) {
        if (set_has(set, c) || set_has(set, c - 32)) {
            set_put(set, c);
            set_put(set, c - 32);
        }
    }
}

static void set_span(uint64_t set[4], unsigned from, unsigned to)
{
    for (unsigned c = from; c <= to && c < 256; c++) {
        set_put(set, c);
    }
}

/* \d and its like; false: the letter is no class. */
static bool set_class(uint64_t set[4], char letter)
{
    uint64_t own[4] = { 0 };

    switch (letter | 0x20) {
    case 'd': set_span(own, '0', '9'); break;
    case 'w':
        set_span(own, '0', '9');
        set_span(own, 'a', 'z');
        set_span(own, 'A', 'Z');
        set_put(own, '_');
        break;
    case 's':
        set_span(own, 9, 13);
        set_put(own, ' ');
        break;
    case 'h':
        set_put(own, 9);
        set_put(own, ' ');
        break;
    case 'v': set_span(own, 10, 13); break;
    default: return false;
    }
    if ((letter & 0x20) == 0) {
        set_not(own);
    }
    for (unsigned i = 0; i < 4; i++) {
        set[i] |= own[i];
    }
    return true;
}

static int hex_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* The byte that an escape behind '\' is; -1: it is something else. */
static int escaped_byte(struct reader *r)
{
    static const char letters[] = "nrtfaev", bytes[] = "\n\r\t\f\a\033\v";
    char c = *r->p;
    const char *at = c ? strchr(letters, c) : NULL;

    if (c == 'v') {
        at = NULL; /* a class */
    }
    if (at) {
        r->p++;
        return bytes[at - letters];
    }
    if (c == 'x') {
        unsigned x = 0;
        bool braces = r->p[1] == '{';
        r->p += braces ? 2 : 1;
        for (unsigned i = 0; hex_of(*r->p) >= 0 && (braces || i < 2); i++) {
            x = x << 4 | (unsigned)hex_of(*r->p++);
        }
        r->p += braces && *r->p == '}';
        return (int)(x & 0xff);
    }
    if (c == '0') {
        unsigned x = 0;
        for (unsigned i = 0; i < 3 && *r->p >= '0' && *r->p <= '7'; i++) {
            x = x << 3 | (unsigned)(*r->p++ - '0');
        }
        return (int)(x & 0xff);
    }
    if (c == 'c' && r->p[1]) {
        r->p += 2;
        return (r->p[-1] & 0x5f) ^ 0x40;
    }
    if (c && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && !(c >= '1' && c <= '9')) {
        r->p++;
        return (uint8_t)c;
    }
    return -1;
}

static bool posix_class(struct reader *r, uint64_t set[4])
{
    static const struct {
        const char *name;
        const char *spans;
    } rows[] = { { "[:alnum:]", "09azAZ" }, { "[:alpha:]", "azAZ" }, { "[:digit:]", "09" }, { "[:xdigit:]", "09afAF" }, { "[:lower:]", "az" }, { "[:upper:]", "AZ" },
                 { "[:space:]", "\t\r  " }, { "[:punct:]", "!/:@[`{~" }, { "[:print:]", " ~" }, { "[:graph:]", "!~" }, { "[:word:]", "09azAZ__" } };

    for (size_t i = 0; i < ROWS(rows); i++) {
        size_t n = strlen(rows[i].name);
        if (strncmp(r->p, rows[i].name, n) == 0) {
            for (const char *s = rows[i].spans; *s; s += 2) {
                set_span(set, (uint8_t)s[0], (uint8_t)s[1]);
            }
            r->p += n;
            return true;
        }
    }
    return false;
}

/* One member of a class: its byte, -1 after a class of its own. */
static int class_member(struct reader *r, uint64_t set[4])
{
    if (*r->p == '[' && posix_class(r, set)) {
        return -1;
    }
    if (*r->p != '\\') {
        return (uint8_t)*r->p++;
    }
    r->p++;
    if (*r->p == 'b') {
        r->p++;
        return '\b';
    }
    int c = escaped_byte(r);
    if (c >= 0) {
        return c;
    }
    if (*r->p >= '1' && *r->p <= '7') {
        unsigned x = 0;
        for (unsigned i = 0; i < 3 && *r->p >= '0' && *r->p <= '7'; i++) {
            x = x << 3 | (unsigned)(*r->p++ - '0');
        }
        return (int)(x & 0xff);
    }
    if (!set_class(set, *r->p)) {
        set_put(set, (uint8_t)*r->p);
    }
    r->p += *r->p != '\0';
    return -1;
}

static struct node *class_read(struct reader *r)
{
    struct node *n = node_new(r, NODE_SET);
    bool negated = *r->p == '^', first = true;

    r->p += negated;
    while (n && *r->p && (*r->p != ']' || first)) {
        int c = class_member(r, n->set);
        first = false;
        if (c < 0) {
            continue;
        }
        int to = c;
        if (r->p[0] == '-' && r->p[1] && r->p[1] != ']') {
            uint64_t own[4] = { 0 };
            r->p++;
            to = class_member(r, own);
            if (to < 0) { /* "a-\d": all three */
                for (unsigned i = 0; i < 4; i++) {
                    n->set[i] |= own[i];
                }
                set_put(n->set, '-');
                to = c;
            }
        }
        set_span(n->set, (unsigned)c, (unsigned)to);
    }
    if (!n || *r->p != ']') {
        r->bad = true;
        return NULL;
    }
    r->p++;
    if (r->caseless) {
        set_case(n->set);
    }
    if (negated) {
        set_not(n->set);
    }
    return n;
}

static struct node *byte_node(struct reader *r, unsigned c)
{
    struct node *n = node_new(r, NODE_SET);

    if (n) {
        set_put(n->set, c); /* as written, also without case */
    }
    return n;
}

static struct node *back_named(struct reader *r, char end)
{
    struct node *n = node_new(r, NODE_BACK);
    const char *from = r->p;

    while (*r->p && *r->p != end) {
        r->p++;
    }
    for (unsigned i = 0; n && i < GROUPS_MAX; i++) {
        if (r->name[i].n && r->name[i].n == (size_t)(r->p - from) && strncmp(r->name[i].p, from, r->name[i].n) == 0) {
            n->group = (uint8_t)i;
        }
    }
    r->p += *r->p != '\0';
    r->bad |= n && n->group == 0;
    return n;
}

static struct node *escape_read(struct reader *r)
{
    char c = *r->p;

    if (c >= '1' && c <= '9') {
        struct node *n = node_new(r, NODE_BACK);
        unsigned x = (unsigned)strtoul(r->p, (char **)(void *)&r->p, 10);
        r->bad |= x >= GROUPS_MAX;
        if (n) {
            n->group = (uint8_t)x;
        }
        return n;
    }
    if (c == 'k' && (r->p[1] == '<' || r->p[1] == '{' || r->p[1] == '\'')) {
        char end = r->p[1] == '<' ? '>' : r->p[1] == '{' ? '}' : '\'';
        r->p += 2;
        return back_named(r, end);
    }
    if (c == 'A' || c == 'z' || c == 'Z' || c == 'b' || c == 'B' || c == 'G' || c == 'K' || c == 'E' || c == 'Q') {
        r->p++;
        r->bad |= c == 'Q';
        return node_new(r, c == 'A' || c == 'G' ? NODE_START : c == 'z' || c == 'Z' ? NODE_END : NODE_NOTHING);
    }
    if (c == 'R') {
        r->p++;
        return byte_node(r, '\n');
    }
    int byte = escaped_byte(r);
    if (byte >= 0) {
        return byte_node(r, (unsigned)byte);
    }
    struct node *n = node_new(r, NODE_SET);
    if (!n || !*r->p) {
        r->bad = true;
        return NULL;
    }
    if (!set_class(n->set, *r->p)) {
        set_put(n->set, (uint8_t)*r->p);
    }
    r->p++;
    return n;
}

/* Behind "(?": what kind of group; false: one that is not understood. */
static bool group_kind(struct reader *r, enum node_kind *kind, bool *counts)
{
    const char *p = r->p;

    *counts = false;
    if (*p == ':' || *p == '>' || *p == '|') {
        r->p++;
        return true;
    }
    if (*p == '=' || *p == '!') {
        *kind = *p == '=' ? NODE_AHEAD : NODE_NOTHING;
        r->p++;
        return true;
    }
    if (*p == '<' && (p[1] == '=' || p[1] == '!')) {
        *kind = NODE_NOTHING;
        r->p += 2;
        return true;
    }
    p += *p == 'P';
    if (*p == '<' || *p == '\'') {
        char end = *p == '<' ? '>' : '\'';
        const char *from = ++p;
        while (*p && *p != end) {
            p++;
        }
        if (*p && r->groups + 1 < GROUPS_MAX) {
            r->name[r->groups + 1].p = from;
            r->name[r->groups + 1].n = (size_t)(p - from);
        }
        r->p = p + (*p != '\0');
        *counts = true;
        return true;
    }
    return false;
}

/* "(?i)", "(?i:": options from here on; true: a group follows. */
static bool options_read(struct reader *r)
{
    bool on = true;

    for (; *r->p && *r->p != ')' && *r->p != ':'; r->p++) {
        if (*r->p == '-') {
            on = false;
        } else if (*r->p == 'i') {
            r->caseless = on;
        } else if (*r->p == 'x') {
            r->extended = on;
        } else if (!strchr("msUJn^", *r->p)) {
            r->bad = true;
            return false;
        }
    }
    return *r->p++ == ':';
}

static struct node *group_read(struct reader *r)
{
    enum node_kind kind = NODE_GROUP;
    bool counts = true, caseless = r->caseless, extended = r->extended;

    if (r->p[0] == '?') {
        r->p++;
        if (r->p[0] == 'P' && r->p[1] == '=') {
            r->p += 2;
            return back_named(r, ')');
        }
        if (*r->p == '#') {
            while (*r->p && *r->p++ != ')') {
            }
            return node_new(r, NODE_NOTHING);
        }
        if (!group_kind(r, &kind, &counts) && !options_read(r)) {
            return node_new(r, NODE_NOTHING);
        }
    }
    struct node *n = node_new(r, kind);
    if (n && counts && ++r->groups < GROUPS_MAX) {
        n->group = (uint8_t)r->groups;
    }
    struct node *inner = choice(r);
    if (n && kind != NODE_NOTHING) {
        n->child = inner;
    }
    if (*r->p == ')') {
        r->p++;
    } else {
        r->bad = true;
    }
    r->caseless = caseless;
    r->extended = extended;
    return n;
}

static struct node *atom(struct reader *r)
{
    char c = *r->p++;

    switch (c) {
    case '(': return group_read(r);
    case '[': return class_read(r);
    case '\\': return escape_read(r);
    case '^': return node_new(r, NODE_START);
    case '$': return node_new(r, NODE_END);
    case '.': {
        struct node *n = node_new(r, NODE_SET);
        if (n) {
            set_span(n->set, 0, 255);
            n->set[0] &= ~(1ull << '\n');
        }
        return n;
    }
    default: return byte_node(r, (uint8_t)c);
    }
}

/* "{2,5}" at p; false: it is a brace. */
static bool counts_read(struct reader *r, uint32_t *min, uint32_t *max)
{
    const char *p = r->p + 1;
    char *end;

    if (*p < '0' || *p > '9') {
        return false;
    }
    *min = *max = (uint32_t)strtoul(p, &end, 10);
    if (*end == ',') {
        p = end + 1;
        *max = *p == '}' ? UINT32_MAX : (uint32_t)strtoul(p, &end, 10);
        end += *p == '}' ? 1 : 0;
    }
    if (*end != '}') {
        return false;
    }
    r->p = end + 1;
    return true;
}

static struct node *repeated(struct reader *r, struct node *what)
{
    uint32_t min = 0, max = UINT32_MAX;

    switch (*r->p) {
    case '*': r->p++; break;
    case '+':
        r->p++;
        min = 1;
        break;
    case '?':
        r->p++;
        max = 1;
        break;
    case '{':
        if (!counts_read(r, &min, &max)) {
            return what;
        }
        break;
    default: return what;
    }
    r->p += *r->p == '?' || *r->p == '+';
    struct node *n = node_new(r, NODE_REPEAT);
    if (n) {
        n->child = what;
        n->min = min;
        n->max = max;
    }
    return n;
}

static struct node *sequence(struct reader *r)
{
    struct node *n = node_new(r, NODE_SEQUENCE), **end = n ? &n->child : NULL;

    while (end && !r->bad && *r->p && *r->p != '|' && *r->p != ')') {
        if (r->extended && strchr(" \t\r\n", *r->p)) {
            r->p++;
            continue;
        }
        struct node *part = atom(r);
        for (struct node *more; part && (more = repeated(r, part)) != part;) {
            part = more;
        }
        if (part) {
            *end = part;
            end = &part->next;
        }
    }
    return n;
}

static struct node *choice(struct reader *r)
{
    struct node *n = node_new(r, NODE_CHOICE), **end = n ? &n->child : NULL;

    if (++r->depth > DEPTH_MAX) {
        r->bad = true;
    }
    while (end && !r->bad) {
        struct node *one = sequence(r);
        if (!one) {
            break;
        }
        *end = one;
        end = &one->next;
        if (*r->p != '|') {
            break;
        }
        r->p++;
    }
    r->depth--;
    return n;
}

/* Does every way through it begin (end) with an anchor? */
static bool anchored(const struct node *n, enum node_kind kind, bool last)
{
    if (!n) {
        return false;
    }
    if (n->kind == NODE_CHOICE) {
        for (const struct node *c = n->child; c; c = c->next) {
            if (!anchored(c, kind, last)) {
                return false;
            }
        }
        return n->child != NULL;
    }
    if (n->kind == NODE_SEQUENCE) {
        const struct node *c = n->child;
        while (last && c && c->next) {
            c = c->next;
        }
        return anchored(c, kind, last);
    }
    return n->kind == (uint8_t)kind || (n->kind == NODE_GROUP && anchored(n->child, kind, last));
}

struct pattern *pattern_read(struct arena *a, const char *text, uint32_t options)
{
    struct reader r = { .arena = a, .p = text, .caseless = (options & PCRE2_CASELESS) != 0, .extended = (options & PCRE2_EXTENDED) != 0 };
    struct pattern *p = arena_zero(a, sizeof *p);

    if (!p) {
        return NULL;
    }
    p->root = choice(&r);
    if (r.bad || *r.p || !p->root) {
        return NULL;
    }
    p->starts = (options & PCRE2_ANCHORED) != 0 || anchored(p->root, NODE_START, false);
    p->ends = anchored(p->root, NODE_END, true);
    return p;
}

bool pattern_starts(const struct pattern *p)
{
    return p->starts;
}

bool pattern_ends(const struct pattern *p)
{
    return p->ends;
}

/* ---- a string ---- */

struct maker {
    const struct pattern_wish *wish;
    struct make out;
    struct { size_t from, to; } group[GROUPS_MAX];
    unsigned literal_at;      /* the next one to be put in */
    struct bytes ahead;       /* what a look-ahead wants of the bytes that follow */
    unsigned steps;
};

static void walk(struct maker *m, const struct node *n);

static uint8_t set_pick(struct maker *m, const uint64_t set[4])
{
    static const char *const tiers[] = { "abcdefghijklmnopqrstuvwxyz", "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "-_./,~@!%+=:;?&#*()[]{}<>|\\^'\"`$ ", "\t\r\n" };
    unsigned first = m->wish->style ? chance_below(m->wish->chance, 3) : 0;

    for (unsigned t = 0; t < ROWS(tiers); t++) {
        const char *tier = tiers[t < 3 ? (t + first) % 3 : t];
        size_t n = strlen(tier), from = chance_below(m->wish->chance, (uint32_t)n);
        for (size_t i = 0; i < n; i++) {
            uint8_t c = (uint8_t)tier[(from + i) % n];
            if (set_has(set, c)) {
                return c;
            }
        }
    }
    for (unsigned i = 0, from = chance_below(m->wish->chance, 256); i < 256; i++) {
        if (set_has(set, (from + i) & 255)) {
            return (uint8_t)((from + i) & 255);
        }
    }
    return 'a';
}

static bool set_takes(const uint64_t set[4], struct bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        if (!set_has(set, b.p[i])) {
            return false;
        }
    }
    return b.n != 0;
}

/* What a run of one set may hold besides: the look-ahead's bytes, or a literal of the rule.  How many bytes it became. */
static uint32_t repeat_puts_in(struct maker *m, const struct node *n, uint32_t max)
{
    const struct node *set = n->child;

    while (set && set->kind == NODE_GROUP && set->child && !set->child->child->next) {
        set = set->child->child->child; /* a group around one set */
    }
    if (!set || set->kind != NODE_SET) {
        return 0;
    }
    if (m->ahead.n && m->ahead.n <= max && set_takes(set->set, m->ahead)) {
        uint32_t k = (uint32_t)m->ahead.n;
        make_add(&m->out, m->ahead);
        m->ahead = bytes_none();
        return k;
    }
    for (unsigned i = m->literal_at; m->wish->style && i < m->wish->literal_n; i++) {
        struct bytes b = m->wish->literal[i];
        if (b.n <= max && set_takes(set->set, b) && chance_below(m->wish->chance, 3) != 0) {
            make_add(&m->out, b);
            m->literal_at = i + 1;
            return (uint32_t)b.n;
        }
    }
    return 0;
}

static void repeat(struct maker *m, const struct node *n)
{
    uint32_t count = n->min, room = n->max - n->min, put;

    if (m->wish->style && room) {
        count += chance_below(m->wish->chance, room < 4 ? room + 1 : n->min == 0 && n->max == 1 ? 2 : 5);
    }
    put = repeat_puts_in(m, n, n->max);
    for (uint32_t i = put; i < count && m->steps < MAKE_MAX; i++) {
        walk(m, n->child);
    }
}

static void choose(struct maker *m, const struct node *n)
{
    unsigned ways = 0, way;

    for (const struct node *c = n->child; c; c = c->next) {
        ways++;
    }
    way = m->wish->style > 1 ? chance_below(m->wish->chance, ways) : 0;
    const struct node *c = n->child;
    while (c && way--) {
        c = c->next;
    }
    if (c) {
        walk(m, c);
    }
}

static void walk(struct maker *m, const struct node *n)
{
    if (!n || ++m->steps > MAKE_MAX) {
        return;
    }
    switch ((enum node_kind)n->kind) {
    case NODE_SET: make_byte(&m->out, set_pick(m, n->set)); break;
    case NODE_SEQUENCE:
        for (const struct node *c = n->child; c; c = c->next) {
            walk(m, c);
        }
        break;
    case NODE_CHOICE: choose(m, n); break;
    case NODE_REPEAT: repeat(m, n); break;
    case NODE_GROUP: {
        size_t from = m->out.n;
        walk(m, n->child);
        m->group[n->group].from = from;
        m->group[n->group].to = m->out.n;
        break;
    }
    case NODE_BACK: {
        size_t from = m->group[n->group].from, to = m->group[n->group].to;
        if (to > from && to <= m->out.n) {
            make_add(&m->out, arena_copy(m->out.arena, bytes_of(m->out.p + from, to - from)));
        }
        break;
    }
    case NODE_AHEAD: {
        struct maker ahead = { .wish = m->wish, .steps = m->steps };
        make_init(&ahead.out, m->out.arena);
        walk(&ahead, n->child);
        m->ahead = make_bytes(&ahead.out);
        break;
    }
    case NODE_START:
    case NODE_END:
    case NODE_NOTHING:
    default: break;
    }
}

bool pattern_make(const struct pattern *p, struct arena *a, const struct pattern_wish *w, struct bytes *out)
{
    struct maker m = { .wish = w };

    make_init(&m.out, a);
    walk(&m, p->root);
    *out = make_bytes(&m.out);
    return !m.out.full && m.steps < MAKE_MAX;
}
