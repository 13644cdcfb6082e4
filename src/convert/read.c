/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rule's text to parts: each dialect's way of saying which buffer a match belongs to, and how it is bound. */
#include "convert/parts.h"
#include "update/line.h"

#include <string.h>

/* Where the reader stands. */
struct place {
    uint8_t sticky;        /* the buffer in force */
    struct part *last;     /* the content or expression that modifiers belong to; NULL: none */
};

static const char *const plain_modifiers[] = { "nocase", "offset", "depth", "distance", "within", "fast_pattern", "startswith", "endswith", "fast_pattern_offset",
                                               "fast_pattern_length" };
static const char *const byte_options[] = { "byte_test", "byte_jump", "byte_extract", "byte_math", "isdataat", "asn1", "ber_data", "ber_skip", "cvs" };

static const char *among(struct bytes name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes_is(name, list[i])) {
            return list[i];
        }
    }
    return NULL;
}

static struct part *part_add(struct parts *p, enum part_kind kind, uint8_t buffer)
{
    if (p->n == PARTS_MAX) {
        parts_refuse(p, "it has too many options");
        return NULL;
    }
    p->part[p->n] = (struct part){ .kind = (uint8_t)kind, .buffer = buffer };
    return &p->part[p->n++];
}

static bool modifier_add(struct parts *p, struct part *x, const char *name, struct bytes value)
{
    if (!x || x->modifier_n == MODIFIERS_MAX) {
        return parts_refuse(p, "%s stands behind no content", name);
    }
    x->modifier[x->modifier_n++] = (struct modifier){ name, value };
    return true;
}

/* ---- buffers ---- */

/* A sticky buffer's row by its name in the dialect read; -1: no such. */
static int sticky_row(const struct parts *p, struct bytes name, struct bytes value)
{
    for (unsigned i = 0; i < buffer_row_n; i++) {
        const struct buffer_row *b = &buffer_rows[i];
        const char *word = p->from == CONVERT_SURICATA ? b->suricata : p->from == CONVERT_SNORT3 ? b->snort3 : b->sticky2 ? b->snort2 : NULL;
        if (!word) {
            continue;
        }
        size_t colon = bytes_find_byte(bytes_str(word), ':');
        struct bytes own = bytes_head(bytes_str(word), colon == SIZE_MAX ? strlen(word) : colon), argument = colon == SIZE_MAX ? bytes_none() : bytes_from(bytes_str(word), colon + 1);
        if (bytes_equal(name, own) && bytes_equal_nocase(value, argument)) {
            return (int)i;
        }
    }
    if (bytes_is(name, "file_data")) { /* Suricata's old name, and Snort 2's with an argument */
        return sticky_row(&(struct parts){ .from = CONVERT_SNORT3 }, bytes_str("file_data"), bytes_none());
    }
    return -1;
}

/* The same by a content modifier of Snort 2 and old Suricata. */
static int modifier_row(const struct parts *p, struct bytes name)
{
    static const char *const old[][2] = { { "http_user_agent", "http.user_agent" }, { "http_host", "http.host" } };

    for (unsigned i = 0; p->from != CONVERT_SNORT3 && i < buffer_row_n; i++) {
        if (buffer_rows[i].snort2 && !buffer_rows[i].sticky2 && bytes_is(name, buffer_rows[i].snort2)) {
            return (int)i;
        }
        for (size_t k = 0; k < ROWS(old); k++) {
            if (bytes_is(name, old[k][0]) && buffer_rows[i].suricata && strcmp(buffer_rows[i].suricata, old[k][1]) == 0) {
                return (int)i;
            }
        }
    }
    return -1;
}

/* ---- values ---- */

static struct bytes unquoted(struct bytes v, bool *negated)
{
    *negated = v.n && v.p[0] == '!';
    v = bytes_trim(bytes_from(v, *negated), " \t");
    return v.n >= 2 && v.p[0] == '"' && v.p[v.n - 1] == '"' ? bytes_head(bytes_from(v, 1), v.n - 2) : v;
}

/* "abc",nocase,offset 5: the quoted string, and what stands behind it. */
static struct bytes quoted_head(struct bytes v, struct bytes *rest)
{
    size_t from = bytes_find_byte(v, '"'), i = from + 1;

    if (from == SIZE_MAX) {
        *rest = bytes_none();
        return v;
    }
    while (i < v.n && v.p[i] != '"') {
        i += v.p[i] == '\\' ? 2 : 1;
    }
    i = i < v.n ? i : v.n - 1;
    *rest = bytes_trim(bytes_from(v, i + 1), " \t");
    return bytes_head(v, i + 1);
}

static bool content_read(struct parts *p, struct place *at, struct bytes value, uint8_t buffer)
{
    struct bytes rest = bytes_none(), text = p->from == CONVERT_SNORT3 ? quoted_head(value, &rest) : value;
    struct part *x = part_add(p, PART_CONTENT, buffer);
    bool more = true;

    if (!x) {
        return false;
    }
    at->last = x;
    x->value = unquoted(text, &x->negated);
    struct rd r = rd_of(bytes_from(rest, rest.n && rest.p[0] == ','));
    while (rest.n && more) {
        struct bytes one = bytes_trim(rd_until(&r, ',', &more), " \t");
        size_t gap = bytes_find_byte(one, ' ');
        const char *name = among(bytes_head(one, gap == SIZE_MAX ? one.n : gap), plain_modifiers, ROWS(plain_modifiers));
        if (!name) {
            return parts_refuse(p, "content: '%.*s' is not known", (int)one.n, (const char *)one.p);
        }
        if (!modifier_add(p, x, name, gap == SIZE_MAX ? bytes_none() : bytes_trim(bytes_from(one, gap), " \t"))) {
            return false;
        }
    }
    return true;
}

/* Letters that name a buffer move the expression there. */
static bool pcre_read(struct parts *p, struct place *at, struct bytes value)
{
    struct part *x = part_add(p, PART_PCRE, at->sticky);
    struct arena_text flags;

    if (!x) {
        return false;
    }
    at->last = x;
    struct bytes text = unquoted(value, &x->negated);
    size_t end = text.n;
    while (end > 1 && text.p[end - 1] != '/') {
        end--;
    }
    if (text.n < 2 || text.p[0] != '/' || end <= 1) {
        return parts_refuse(p, "pcre: only /…/ is converted");
    }
    x->value = bytes_head(bytes_from(text, 1), end - 2);
    arena_text_init(&flags, p->arena, 64);
    for (size_t i = end; i < text.n; i++) {
        char c = (char)text.p[i];
        bool moved = false;
        if (c == ',' || c == ' ') {
            return parts_refuse(p, "pcre: captured variables have no other place");
        }
        for (unsigned k = 1; p->from != CONVERT_SNORT3 && k < buffer_row_n; k++) {
            if (buffer_rows[k].pcre == c) {
                x->buffer = (uint8_t)k;
                moved = true;
            }
        }
        if (!moved) {
            arena_text_byte(&flags, (uint8_t)c);
        }
    }
    x->flags = arena_text_bytes(&flags);
    return true;
}

/* Does a byte option go on from where the match before ended? */
static bool is_relative(struct bytes value)
{
    struct rd r = rd_of(value);
    bool more = true;

    while (more) {
        struct bytes one = bytes_trim(rd_until(&r, ',', &more), " \t");
        if (bytes_is(one, "relative")) {
            return true;
        }
    }
    return false;
}

static bool bytes_read(struct parts *p, struct place *at, struct bytes name, struct bytes value)
{
    bool relative = is_relative(value);
    struct part *x = part_add(p, PART_BYTES, relative && at->last ? at->last->buffer : at->sticky);

    if (!x) {
        return false;
    }
    x->name = name;
    x->value = value;
    return true;
}

/* The size of a buffer, by each dialect's name for it. */
static bool size_read(struct parts *p, struct place *at, struct bytes name, struct bytes value)
{
    bool more, urilen = bytes_is(name, "urilen"), raw = false;
    struct rd r = rd_of(value);
    struct bytes range = bytes_trim(rd_until(&r, ',', &more), " \t"), how = bytes_trim(rd_rest(&r), " \t");
    struct part *x;

    raw = bytes_is(how, "raw");
    if (bytes_is(how, "relative")) {
        return parts_refuse(p, "%.*s: relative has no other place", (int)name.n, (const char *)name.p);
    }
    /* Suricata measures the decoded one unless told, Snort 2 the raw one. */
    raw |= urilen && p->from == CONVERT_SNORT2 && !bytes_is(how, "norm");
    x = part_add(p, PART_SIZE, urilen ? (raw ? 2 : 1) : at->sticky);
    if (x) {
        x->value = range;
    }
    return x != NULL;
}

/* ---- options ---- */

static bool option_read(struct parts *p, struct place *at, struct bytes name, struct bytes value)
{
    int row = sticky_row(p, name, value);
    const char *word;

    if (row >= 0) {
        at->sticky = (uint8_t)row;
        at->last = NULL;
        return true;
    }
    if (bytes_is(name, "content") || bytes_is(name, "uricontent")) {
        return content_read(p, at, value, bytes_is(name, "uricontent") ? 1 : at->sticky);
    }
    if (bytes_is(name, "pcre")) {
        return pcre_read(p, at, value);
    }
    if (bytes_is(name, "rawbytes")) {
        if (at->last) {
            at->last->raw = true;
        }
        return true;
    }
    row = modifier_row(p, name);
    if (row >= 0) {
        if (!at->last) {
            return parts_refuse(p, "%.*s stands behind no content", (int)name.n, (const char *)name.p);
        }
        at->last->buffer = (uint8_t)row;
        return true;
    }
    word = p->from != CONVERT_SNORT3 ? among(name, plain_modifiers, ROWS(plain_modifiers)) : NULL;
    if (word) {
        return modifier_add(p, at->last, word, value);
    }
    if (among(name, byte_options, ROWS(byte_options))) {
        return bytes_read(p, at, name, value);
    }
    if (bytes_is(name, "urilen") || bytes_is(name, "bsize") || bytes_is(name, "bufferlen")) {
        return size_read(p, at, name, value);
    }
    struct part *x = part_add(p, bytes_is(name, "base64_decode") ? PART_DECODE : bytes_is(name, "service") ? PART_SERVICE : PART_OPTION,
                              bytes_is(name, "base64_decode") && at->last ? at->last->buffer : at->sticky);
    if (x) {
        x->name = name;
        x->value = value;
    }
    return x != NULL;
}

/* "alert tcp $A any -> $B 80", or "alert http" alone. Lists may hold blanks. */
static bool header_read(struct parts *p, struct bytes head)
{
    struct bytes *const words[] = { &p->action, &p->proto, &p->src, &p->sport, &p->way, &p->dst, &p->dport };
    size_t i = 0;
    unsigned n = 0;

    while (i < head.n) {
        while (i < head.n && (head.p[i] == ' ' || head.p[i] == '\t')) {
            i++;
        }
        size_t from = i;
        for (unsigned depth = 0; i < head.n && (depth || (head.p[i] != ' ' && head.p[i] != '\t')); i++) {
            depth += head.p[i] == '[';
            depth -= head.p[i] == ']' && depth;
        }
        if (i == from) {
            break;
        }
        if (n == ROWS(words)) {
            return parts_refuse(p, "its header is not understood");
        }
        *words[n++] = bytes_of(head.p + from, i - from);
    }
    return n == 7 || (n == 2 && p->from == CONVERT_SNORT3) || parts_refuse(p, "its header is not understood");
}

bool parts_read(struct parts *p, struct bytes rule)
{
    struct rd left = line_options(rule);
    struct bytes name, value;
    struct place at = { 0 };

    if (!header_read(p, bytes_head(rule, bytes_find_byte(rule, '(') == SIZE_MAX ? 0 : bytes_find_byte(rule, '(')))) {
        return false;
    }
    while (line_option(&left, &name, &value)) {
        if (name.n != 0 && !option_read(p, &at, name, value)) {
            return p->c->refused ? false : parts_refuse(p, "%.*s is not understood", (int)name.n, (const char *)name.p);
        }
    }
    return true;
}
