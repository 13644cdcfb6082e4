/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/json_read.h"

#define BLANKS " \t\r\n"

static uint8_t head(const struct rd *r)
{
    return r->left ? r->p[0] : 0;
}

static bool digits(struct rd *r)
{
    return rd_skip_any(r, "0123456789") != 0;
}

/* RFC 8259 6: no leading zeros, digits on both sides of the point. */
static bool number(struct rd *r)
{
    if (head(r) == '-') {
        rd_skip(r, 1);
    }
    if (head(r) == '0') {
        rd_skip(r, 1);
    } else if (!digits(r)) {
        return false;
    }
    if (head(r) == '.') {
        rd_skip(r, 1);
        if (!digits(r)) {
            return false;
        }
    }
    if (head(r) == 'e' || head(r) == 'E') {
        rd_skip(r, 1);
        if (head(r) == '+' || head(r) == '-') {
            rd_skip(r, 1);
        }
        return digits(r);
    }
    return true;
}

static bool hex4(struct rd *r, uint32_t *out)
{
    uint64_t v = 0;
    bool good = bytes_hex(rd_bytes(r, 4), &v);

    *out = (uint32_t)v;
    return good && rd_ok(r);
}

/* RFC 8259 7: no control bytes, the escapes named there. */
static bool string(struct rd *r)
{
    uint32_t code;

    for (rd_skip(r, 1); rd_left(r) != 0;) {
        uint8_t c = rd_u8(r);
        if (c == '"') {
            return true;
        }
        if (c < 0x20) {
            return false;
        }
        if (c == '\\') {
            c = rd_u8(r);
            if (c == 0 || strchr("\"\\/bfnrtu", c) == NULL || (c == 'u' && !hex4(r, &code))) {
                return false;
            }
        }
    }
    return false;
}

static bool word(struct rd *r, const char *w)
{
    return bytes_is(rd_bytes(r, strlen(w)), w);
}

static enum json_kind value_at(struct rd *r, unsigned depth);

/* Members of an object or array, its opening byte ahead. */
static bool members(struct rd *r, bool object, unsigned depth)
{
    const uint8_t close = object ? '}' : ']';
    bool first = true;

    rd_skip(r, 1);
    for (;; first = false) {
        rd_skip_any(r, BLANKS);
        if (first && head(r) == close) {
            rd_skip(r, 1);
            return true;
        }
        if (object) {
            if (head(r) != '"' || !string(r)) {
                return false;
            }
            rd_skip_any(r, BLANKS);
            if (rd_u8(r) != ':') {
                return false;
            }
        }
        if (value_at(r, depth + 1) == JSON_BAD) {
            return false;
        }
        rd_skip_any(r, BLANKS);
        uint8_t c = rd_u8(r);
        if (c != ',') {
            return c == close;
        }
    }
}

static enum json_kind value_at(struct rd *r, unsigned depth)
{
    rd_skip_any(r, BLANKS);
    if (depth == JSON_DEPTH_MAX) {
        return JSON_BAD;
    }
    switch (head(r)) {
    case '{': return members(r, true, depth) ? JSON_OBJECT : JSON_BAD;
    case '[': return members(r, false, depth) ? JSON_ARRAY : JSON_BAD;
    case '"': return string(r) ? JSON_STRING : JSON_BAD;
    case 't': return word(r, "true") ? JSON_TRUE : JSON_BAD;
    case 'f': return word(r, "false") ? JSON_FALSE : JSON_BAD;
    case 'n': return word(r, "null") ? JSON_NULL : JSON_BAD;
    default: return number(r) ? JSON_NUMBER : JSON_BAD;
    }
}

enum json_kind json_value(struct rd *r, struct bytes *value)
{
    rd_skip_any(r, BLANKS);
    struct bytes all = rd_peek(r);
    enum json_kind kind = value_at(r, 0);

    *value = kind == JSON_BAD ? bytes_none() : bytes_head(all, all.n - rd_left(r));
    return rd_ok(r) ? kind : JSON_BAD;
}

enum json_kind json_whole(struct bytes text, struct bytes *value)
{
    struct rd r = rd_of(text);
    enum json_kind kind = json_value(&r, value);

    rd_skip_any(&r, BLANKS);
    return rd_left(&r) == 0 ? kind : JSON_BAD;
}

struct json_walk json_members(struct bytes value)
{
    struct json_walk w = { .left = rd_of(value), .object = value.n && value.p[0] == '{' };

    rd_skip(&w.left, 1);
    return w;
}

bool json_next(struct json_walk *w, struct bytes *key, struct bytes *value, enum json_kind *kind)
{
    *key = bytes_none();
    rd_skip_any(&w->left, BLANKS ",");
    if (w->object && head(&w->left) == '"') {
        struct bytes all = rd_peek(&w->left);
        (void)string(&w->left);
        *key = bytes_head(all, all.n - rd_left(&w->left));
        rd_skip_any(&w->left, BLANKS ":");
    }
    *kind = head(&w->left) == '}' || head(&w->left) == ']' ? JSON_BAD : json_value(&w->left, value);
    return *kind != JSON_BAD;
}

/* A key as written, against plain text. */
static bool key_is(struct bytes key, struct bytes name)
{
    return key.n == name.n + 2 && bytes_equal(bytes_head(bytes_from(key, 1), name.n), name);
}

bool json_find(struct bytes value, const char *path, struct bytes *out, enum json_kind *kind)
{
    struct rd r = rd_of(bytes_str(path));
    enum json_kind k = json_whole(value, out);

    while (rd_left(&r) != 0) {
        bool dot, found = false;
        struct bytes name = rd_until(&r, '.', &dot), key, at;
        struct json_walk w = json_members(*out);

        while (k == JSON_OBJECT && !found && json_next(&w, &key, &at, kind)) {
            found = key_is(key, name);
        }
        if (!found) {
            return false;
        }
        k = *kind;
        *out = at;
    }
    *kind = k;
    return k != JSON_BAD;
}

static size_t utf8(uint8_t *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (uint8_t)(0xc0 | c >> 6);
        to[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (uint8_t)(0xe0 | c >> 12);
        to[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        to[2] = (uint8_t)(0x80 | (c & 0x3f));
        return 3;
    }
    to[0] = (uint8_t)(0xf0 | c >> 18);
    to[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
    to[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    to[3] = (uint8_t)(0x80 | (c & 0x3f));
    return 4;
}

/* Behind the backslash.  A pair of surrogates is one character; a lone one becomes U+FFFD. */
static size_t escape(struct rd *r, uint8_t *to)
{
    static const char names[] = "bfnrt", means[] = "\b\f\n\r\t";
    uint8_t c = rd_u8(r);
    const char *at = c ? strchr(names, c) : NULL;
    uint32_t code, low;

    if (c != 'u') {
        to[0] = at ? (uint8_t)means[at - names] : c;
        return 1;
    }
    (void)hex4(r, &code);
    if (code >= 0xd800 && code < 0xdc00 && bytes_starts(rd_peek(r), "\\u")) {
        struct rd ahead = *r;
        rd_skip(&ahead, 2);
        if (hex4(&ahead, &low) && low >= 0xdc00 && low < 0xe000) {
            *r = ahead;
            return utf8(to, 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
        }
    }
    return utf8(to, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
}

bool json_text(struct arena *a, struct bytes string, struct bytes *out)
{
    struct rd r = rd_of(bytes_head(bytes_from(string, 1), string.n < 2 ? 0 : string.n - 2));
    uint8_t *to = arena_take(a, string.n + 1); /* an escape is never shorter than what it means */
    size_t n = 0;

    while (to && rd_left(&r) != 0) {
        uint8_t c = rd_u8(&r);
        if (c == '\\') {
            n += escape(&r, to + n);
        } else {
            to[n++] = c;
        }
    }
    *out = bytes_of(to, to ? n : 0);
    return to != NULL;
}

/* Bytes without the blanks outside strings. */
static void squeeze(struct arena_text *t, struct bytes b)
{
    bool inside = false, escaped = false;

    for (size_t i = 0; i < b.n; i++) {
        uint8_t c = b.p[i];
        if (inside || strchr(BLANKS, c) == NULL || c == 0) {
            arena_text_byte(t, c);
        }
        inside ^= c == '"' && !escaped;
        escaped = inside && c == '\\' && !escaped;
    }
}

bool json_compact(struct arena *a, struct bytes value, const char *leave, struct bytes *out)
{
    struct arena_text t;
    struct json_walk w = json_members(value);
    struct bytes key, v;
    enum json_kind kind;
    bool first = true;

    arena_text_init(&t, a, value.n + 2);
    if (!w.object || leave == NULL) {
        squeeze(&t, value);
    } else {
        arena_text_byte(&t, '{');
        while (json_next(&w, &key, &v, &kind)) {
            if (key_is(key, bytes_str(leave))) {
                continue;
            }
            if (!first) {
                arena_text_byte(&t, ',');
            }
            first = false;
            arena_text_add(&t, key);
            arena_text_byte(&t, ':');
            squeeze(&t, v);
        }
        arena_text_byte(&t, '}');
    }
    *out = arena_text_bytes(&t);
    return !t.cut && !a->full;
}
