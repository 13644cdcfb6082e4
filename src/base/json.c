/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/err.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { JSON_DEPTH_MAX = 31 };

/* What a byte becomes inside a string: 0 itself, 'u' \u00XX, else a backslash and this (RFC 8259 7). */
static const char escapes[128] = {
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'b', 't', 'n', 'u', 'f', 'r', 'u', 'u',
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u',
    ['"'] = '"', ['\\'] = '\\',
};
static const char hex_lower[] = "0123456789abcdef";
static const char hex_upper[] = "0123456789ABCDEF";

void json_init(struct json *j, struct text *out)
{
    *j = (struct json){ .out = out };
}

static inline uint64_t load8(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static inline uint32_t load4(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static inline void store8(char *p, uint64_t v) { memcpy(p, &v, sizeof(v)); }
static inline void store4(char *p, uint32_t v) { memcpy(p, &v, sizeof(v)); }

/* Keys are short: a call costs more than the bytes. */
static inline char *put_key(char *to, struct json_key key)
{
    const uint8_t *p = (const uint8_t *)key.p;
    size_t n = key.n;

    if (n >= 8 && n <= 16) {
        uint64_t head = load8(p), tail = load8(p + n - 8);
        store8(to, head);
        store8(to + n - 8, tail);
    } else if (n >= 4 && n < 8) {
        uint32_t head = load4(p), tail = load4(p + n - 4);
        store4(to, head);
        store4(to + n - 4, tail);
    } else if (n > 16) {
        memcpy(to, p, n);
    } else {
        for (size_t i = 0; i < n; i++) {
            to[i] = key.p[i];
        }
    }
    return to + n;
}

/* The comma that is due, and the key with its colon; and room for `more` bytes after them. */
static inline bool member(struct json *j, struct json_key key, size_t more)
{
    struct text *t = j->out;
    uint32_t bit = 1u << j->depth;

    if (key.n + 4 + more > t->room - t->n && !text_reserve(t, key.n + 4 + more)) {
        return false;
    }
    char *p = t->p + t->n;
    if ((j->comma & bit) != 0) {
        *p++ = ',';
    }
    j->comma |= bit;
    if (key.p != NULL) {
        *p++ = '"';
        p = put_key(p, key);
        *p++ = '"';
        *p++ = ':';
    }
    t->n = (size_t)(p - t->p);
    return true;
}

char *json_room(struct json *j, size_t n)
{
    return member(j, json_key(NULL), n) ? j->out->p + j->out->n : NULL;
}

void json_put_open(struct json *j, struct json_key key, char bracket)
{
    bug_if(j->depth >= JSON_DEPTH_MAX);
    if (member(j, key, 1)) {
        j->out->p[j->out->n++] = bracket;
    }
    j->depth++;
    j->comma &= ~(1u << j->depth);
}

static void json_close(struct json *j, char c)
{
    bug_if(j->depth == 0);
    j->depth--;
    text_byte(j->out, c);
}

void json_end_object(struct json *j) { json_close(j, '}'); }
void json_end_array(struct json *j) { json_close(j, ']'); }

#define EACH_BYTE(c) (0x0101010101010101ULL * (c))

/* Is any of eight bytes zero?  Exact as a yes or no. */
static inline bool has_zero(uint64_t v) { return ((v - EACH_BYTE(0x01)) & ~v & EACH_BYTE(0x80)) != 0; }

static inline bool is_plain(uint8_t c) { return c >= 0x80 || escapes[c] == 0; }

/* How many bytes from p on stand for themselves in a JSON string; those above 0x7f do. */
static size_t plain_run(const uint8_t *p, size_t n)
{
    size_t i = 0;

    for (;;) {
        for (; n - i >= 8; i += 8) {
            uint64_t v = load8(p + i);
            /* Also stops at 0x80 to 0x9f, which the bytewise look below lets pass. */
            uint64_t above = (v & EACH_BYTE(0x7f)) + EACH_BYTE(0x60);
            if ((above & EACH_BYTE(0x80)) != EACH_BYTE(0x80) || has_zero(v ^ EACH_BYTE('"')) ||
                has_zero(v ^ EACH_BYTE('\\'))) {
                break;
            }
        }
        size_t stop = n - i > 8 ? i + 8 : n;
        while (i < stop && is_plain(p[i])) {
            i++;
        }
        if (i < stop || i == n) {
            return i;
        }
    }
}

/* Writes the escape of one byte below 0x80; returns the end.  At most 6 bytes. */
static char *escape_byte(char *to, uint8_t c)
{
    char e = escapes[c];

    if (e == 0) {
        *to++ = (char)c;
        return to;
    }
    *to++ = '\\';
    *to++ = e;
    if (e == 'u') {
        *to++ = '0';
        *to++ = '0';
        *to++ = hex_lower[c >> 4];
        *to++ = hex_lower[c & 15];
    }
    return to;
}

/* Ways to write bytes inside quotes; each has room for six bytes for every one.  Returns the end. */
typedef char *(*escape_fn)(char *to, struct bytes b);

/* Bytes above 0x7f as they are: the whole was found to be UTF-8. */
static char *escape_utf8(char *to, struct bytes b)
{
    size_t i = 0;

    for (;;) {
        size_t run = plain_run(b.p + i, b.n - i);
        memcpy(to, b.p + i, run);
        to += run;
        i += run;
        if (i >= b.n) {
            return to;
        }
        to = escape_byte(to, b.p[i++]);
    }
}

/* "\xHH" as text, with the digits given. */
static char *escape_hex(char *to, uint8_t c, const char *digits)
{
    memcpy(to, "\\\\x", 3);
    to[3] = digits[c >> 4];
    to[4] = digits[c & 15];
    return to + 5;
}

static char *escape_latin(char *to, struct bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        uint8_t c = b.p[i];
        to = c < 0x80 ? escape_byte(to, c) : escape_hex(to, c, hex_lower);
    }
    return to;
}

static char *escape_binary(char *to, struct bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        uint8_t c = b.p[i];
        to = c >= 0x20 && c <= 0x7e ? escape_byte(to, c) : escape_hex(to, c, hex_upper);
    }
    return to;
}

static char *escape_dotted(char *to, struct bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        uint8_t c = b.p[i];
        to = escape_byte(to, (c >= 0x20 && c <= 0x7e) || c == '\n' || c == '\r' ? c : '.');
    }
    return to;
}

static char *write_hex(char *to, struct bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        *to++ = hex_lower[b.p[i] >> 4];
        *to++ = hex_lower[b.p[i] & 15];
    }
    return to;
}

static char *write_base64(char *to, struct bytes b)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t i = 0;

    for (; b.n - i >= 3; i += 3) {
        uint32_t v = (uint32_t)b.p[i] << 16 | (uint32_t)b.p[i + 1] << 8 | b.p[i + 2];
        *to++ = digits[v >> 18];
        *to++ = digits[v >> 12 & 63];
        *to++ = digits[v >> 6 & 63];
        *to++ = digits[v & 63];
    }
    if (b.n - i > 0) {
        bool two = b.n - i == 2;
        uint32_t v = (uint32_t)b.p[i] << 16 | (two ? (uint32_t)b.p[i + 1] << 8 : 0);
        *to++ = digits[v >> 18];
        *to++ = digits[v >> 12 & 63];
        *to++ = two ? digits[v >> 6 & 63] : '=';
        *to++ = '=';
    }
    return to;
}

void text_base64(struct text *t, struct bytes b)
{
    if (text_reserve(t, b.n / 3 * 4 + 4)) {
        t->n = (size_t)(write_base64(t->p + t->n, b) - t->p);
    }
}

/* A member in quotes; in pieces, so that room is asked for by what a piece may need at most. */
static void json_quoted(struct json *j, struct json_key key, struct bytes b, escape_fn escape)
{
    enum { PIECE = 3 * 1024 }; /* whole groups of base64 */
    struct text *t = j->out;
    size_t before = t->n;
    uint32_t comma = j->comma;

    if (!member(j, key, 1)) {
        return;
    }
    t->p[t->n++] = '"';
    for (size_t i = 0; i < b.n; i += PIECE) {
        struct bytes piece = bytes_of(b.p + i, b.n - i < PIECE ? b.n - i : PIECE);
        if (!text_reserve(t, piece.n * 6 + 4)) {
            t->n = before;
            j->comma = comma;
            return;
        }
        t->n = (size_t)(escape(t->p + t->n, piece) - t->p);
    }
    text_byte(t, '"');
}

static bool all_ascii(const uint8_t *p, size_t n)
{
    uint64_t seen = 0;
    size_t i = 0;

    for (; n - i >= 8; i += 8) {
        seen |= load8(p + i);
    }
    for (; i < n; i++) {
        seen |= p[i];
    }
    return (seen & EACH_BYTE(0x80)) == 0;
}

/* Length of the UTF-8 sequence at p, 0 when it is none (RFC 3629 4: no overlong forms, no
 * surrogates, nothing above U+10FFFF). */
static size_t utf8_length(const uint8_t *p, size_t n)
{
    uint8_t c = p[0], low = 0x80, high = 0xbf;
    size_t need;

    if (c < 0x80) {
        return 1;
    }
    if (c >= 0xc2 && c <= 0xdf) {
        need = 2;
    } else if (c >= 0xe0 && c <= 0xef) {
        need = 3;
        low = c == 0xe0 ? 0xa0 : low;
        high = c == 0xed ? 0x9f : high;
    } else if (c >= 0xf0 && c <= 0xf4) {
        need = 4;
        low = c == 0xf0 ? 0x90 : low;
        high = c == 0xf4 ? 0x8f : high;
    } else {
        return 0;
    }
    if (need > n || p[1] < low || p[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < need; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return need;
}

bool text_is_utf8(struct bytes b)
{
    size_t i = 0;

    if (all_ascii(b.p, b.n)) {
        return true;
    }
    while (i < b.n) {
        size_t step = utf8_length(b.p + i, b.n - i);
        if (step == 0) {
            return false;
        }
        i += step;
    }
    return true;
}

/* At most string_max bytes, never ending inside a UTF-8 sequence. */
static struct bytes json_cap(const struct json *j, struct bytes b)
{
    size_t n = j->string_max;

    if (n == 0 || b.n <= n) {
        return b;
    }
    for (size_t back = 1; back <= 3 && back <= n; back++) {
        uint8_t c = b.p[n - back];
        if (c < 0x80) {
            break;
        }
        if (c >= 0xc0) {
            size_t length = utf8_length(b.p + n - back, b.n - (n - back));
            n = length > back ? n - back : n;
            break;
        }
    }
    return bytes_head(b, n);
}

/* Does one of eight bytes not stand for itself in a string, or lies above 0x7f?  Exact: a borrow goes on only behind one that does. */
static inline bool has_special(uint64_t v)
{
    uint64_t seen = v | (v - EACH_BYTE(0x20)) | ((v ^ EACH_BYTE('"')) - EACH_BYTE(1)) | ((v ^ EACH_BYTE('\\')) - EACH_BYTE(1));

    return (seen & EACH_BYTE(0x80)) != 0;
}

/* Less than eight bytes as eight: with spaces, which stand for themselves, where there are none. */
static inline uint64_t load_few(const uint8_t *p, size_t n)
{
    if (n >= 4) {
        return load4(p) | (uint64_t)load4(p + n - 4) << 32;
    }
    return n == 0 ? EACH_BYTE(' ') : (EACH_BYTE(' ') & ~0xffffffULL) | p[0] | (uint64_t)p[n / 2] << 8 | (uint64_t)p[n - 1] << 16;
}

/* Copies the bytes when each is ASCII and stands for itself, as most strings are; what is at `to` counts only then. */
static bool copy_plain(char *to, struct bytes b)
{
    size_t i = 0;

    if (b.n < 8) {
        for (; i < b.n; i++) {
            to[i] = (char)b.p[i];
        }
        return !has_special(load_few(b.p, b.n));
    }
    for (; b.n - i > 8; i += 8) {
        uint64_t v = load8(b.p + i);
        store8(to + i, v);
        if (has_special(v)) {
            return false;
        }
    }
    uint64_t last = load8(b.p + b.n - 8); /* overlaps what is there */
    store8(to + b.n - 8, last);
    return !has_special(last);
}

void json_put_bytes(struct json *j, struct json_key key, struct bytes b)
{
    struct text *t = j->out;
    size_t before = t->n;
    uint32_t comma = j->comma;

    b = json_cap(j, b);
    if (!member(j, key, b.n + 2)) {
        return;
    }
    char *p = t->p + t->n;
    if (copy_plain(p + 1, b)) {
        p[0] = p[b.n + 1] = '"';
        t->n += b.n + 2;
        return;
    }
    t->n = before;
    j->comma = comma;
    json_quoted(j, key, b, text_is_utf8(b) ? escape_utf8 : escape_latin);
}

void json_bytes_cut(struct json *j, const char *key, struct bytes b, uint64_t max)
{
    struct text *t = j->out;

    if (max == 0 || b.n <= max) {
        json_bytes(j, key, b);
        return;
    }
    json_bytes(j, key, bytes_head(b, (size_t)max));
    if (t->n != 0 && t->p[t->n - 1] == '"') {
        t->n--;
        text_printf(t, "[truncated %zu additional bytes]\"", b.n - (size_t)max);
    }
}

void json_bytes_hexed(struct json *j, const char *key, struct bytes b)
{
    b = bytes_head(b, j->string_max != 0 ? j->string_max : b.n);
    json_quoted(j, json_key(key), b, escape_binary);
}

void json_printable(struct json *j, const char *key, struct bytes b)
{
    json_quoted(j, json_key(key), b, escape_dotted);
}

void json_base64(struct json *j, const char *key, struct bytes b)
{
    json_quoted(j, json_key(key), b, write_base64);
}

void json_hex(struct json *j, const char *key, struct bytes b, char between)
{
    struct text *t = j->out;

    if (between == 0) {
        json_quoted(j, json_key(key), b, write_hex);
        return;
    }
    if (!member(j, json_key(key), b.n * 3 + 2)) {
        return;
    }
    t->p[t->n++] = '"';
    for (size_t i = 0; i < b.n; i++) {
        if (i > 0) {
            t->p[t->n++] = between;
        }
        t->n = (size_t)(write_hex(t->p + t->n, bytes_of(b.p + i, 1)) - t->p);
    }
    t->p[t->n++] = '"';
}

void json_put_u64(struct json *j, struct json_key key, uint64_t v)
{
    if (member(j, key, 20)) {
        j->out->n += text_digits(v, j->out->p + j->out->n);
    }
}

void json_i64(struct json *j, const char *key, int64_t v)
{
    if (v >= 0) {
        json_u64(j, key, (uint64_t)v);
    } else if (member(j, json_key(key), 21)) {
        j->out->p[j->out->n++] = '-';
        j->out->n += text_digits(0 - (uint64_t)v, j->out->p + j->out->n);
    }
}

void json_double(struct json *j, const char *key, double v)
{
    char text[400]; /* 309 digits before the point or 324 and 17 behind it */
    int n;

    if (!isfinite(v)) {
        json_null(j, key);
        return;
    }
    /* The fewest digits that read back as the same number, then written without an exponent. */
    int digits = 0;
    while (digits < 17) {
        (void)snprintf(text, sizeof(text), "%.*e", digits, v);
        if (strtod(text, NULL) == v) {
            break;
        }
        digits++;
    }
    int exponent = atoi(strchr(text, 'e') + 1);
    n = snprintf(text, sizeof(text), "%.*f", digits > exponent ? digits - exponent : 0, v);
    json_raw(j, key, bytes_of(text, (size_t)n));
}

void json_null(struct json *j, const char *key) { json_raw(j, key, bytes_of("null", 4)); }

void json_put_raw(struct json *j, struct json_key key, struct bytes b)
{
    if (member(j, key, b.n)) {
        memcpy(j->out->p + j->out->n, b.p, b.n);
        j->out->n += b.n;
    }
}

const char *json_key_of(struct bytes b, char *room, size_t n)
{
    size_t at = 0;

    for (; at < b.n && at + 1 < n; at++) {
        uint8_t c = b.p[at];
        room[at] = c < 0x20 || c > 0x7e || c == '"' || c == '\\' ? '_' : (char)c;
    }
    room[at] = '\0';
    return room;
}
