/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text - a growing buffer of output bytes with a cap, and the JSON writer over it.
 *
 * Owned by whoever made it; not thread-safe; memory from the system, kept between uses (text_clear keeps the room), so
 * a worker's line buffer costs no allocation after its first lines.  At the cap further bytes are dropped and `cut` is
 * set.  The JSON writer keeps commas right by itself and escapes everything; each string is capped at `json.string_max`
 * bytes, never inside a UTF-8 sequence.  A member that no longer fits under the text's cap is left out whole and `cut` is
 * set: such a line is not to be written.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/rd.h"

struct text {
    char *p;
    size_t n, room, max;
    bool cut;
};

void text_init(struct text *t, size_t max); /* max bytes, 0: 64 MB */
void text_fini(struct text *t);
static inline void text_clear(struct text *t) { t->n = 0; t->cut = false; }
void text_add(struct text *t, const void *p, size_t n);
void text_str(struct text *t, const char *s);
void text_byte(struct text *t, char c);
void text_u64(struct text *t, uint64_t v);
size_t text_digits(uint64_t v, char out[20]);   /* the digits alone, no NUL; how many */
bool text_reserve(struct text *t, size_t n);    /* room for n more bytes; false, and cut, at the cap */
bool text_is_utf8(struct bytes b);              /* RFC 3629 */
void text_base64(struct text *t, struct bytes b); /* RFC 4648 4 */
void text_printf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline struct bytes text_bytes(const struct text *t) { return bytes_of(t->p, t->n); }

/* Writes JSON into a text.  Keys are constants of the program and are not escaped; most are known, and so measured, where they are
 * compiled: the functions `json_put_…` take a key with its length. */
struct json {
    struct text *out;
    uint32_t comma;        /* bit d: a comma is due before the next member at depth d */
    uint8_t depth;         /* at most 31 */
    size_t string_max;     /* longer strings are cut; 0: no cap */
    bool strict;           /* only what Suricata's published schema of EVE has: see json_own */
};
/* May members be written that the published schema does not know?  docs/eve-schema.json has them all. */
static inline bool json_own(const struct json *j) { return !j->strict; }

void json_init(struct json *j, struct text *out);
struct json_key {
    const char *p;
    size_t n;
};
static inline struct json_key json_key(const char *s) { return (struct json_key){ s, s != NULL ? strlen(s) : 0 }; }
void json_put_open(struct json *j, struct json_key key, char bracket);
void json_put_bytes(struct json *j, struct json_key key, struct bytes b);
void json_put_u64(struct json *j, struct json_key key, uint64_t v);
void json_put_raw(struct json *j, struct json_key key, struct bytes b);

/* key NULL inside arrays and at the top */
static inline void json_object(struct json *j, const char *key) { json_put_open(j, json_key(key), '{'); }
static inline void json_array(struct json *j, const char *key) { json_put_open(j, json_key(key), '['); }
void json_end_object(struct json *j);
void json_end_array(struct json *j);
static inline void json_string(struct json *j, const char *key, const char *s) { json_put_bytes(j, json_key(key), bytes_str(s)); }
/* Text from traffic, as Suricata writes it: valid UTF-8 is kept (control bytes, quotes and backslashes escaped); when the
 * whole is not UTF-8 each byte above 0x7f becomes the text \xhh, which JSON writes as "\\xhh". */
static inline void json_bytes(struct json *j, const char *key, struct bytes b) { json_put_bytes(j, json_key(key), b); }
/* The same of the first max bytes; of a longer string the rest is counted: "abc[truncated 7 additional bytes]". 0: no limit. */
void json_bytes_cut(struct json *j, const char *key, struct bytes b, uint64_t max);
/* As Suricata prints buffers that may be binary: bytes outside 0x20..0x7e as \xHH text (backslash itself as is). */
void json_bytes_hexed(struct json *j, const char *key, struct bytes b);
/* Bytes outside 0x20..0x7e as dots, line ends kept. */
void json_printable(struct json *j, const char *key, struct bytes b);
void json_hex(struct json *j, const char *key, struct bytes b, char between); /* between 0: none */
void json_base64(struct json *j, const char *key, struct bytes b);
static inline void json_u64(struct json *j, const char *key, uint64_t v) { json_put_u64(j, json_key(key), v); }
void json_i64(struct json *j, const char *key, int64_t v);
void json_double(struct json *j, const char *key, double v);
static inline void json_bool(struct json *j, const char *key, bool v)
{
    json_put_raw(j, json_key(key), v ? bytes_of("true", 4) : bytes_of("false", 5));
}
void json_null(struct json *j, const char *key);
/* A key made of bytes from traffic, in `room` (n bytes, at least 1): what a key may not have becomes '_', what does not fit is left out. */
const char *json_key_of(struct bytes b, char *room, size_t n);
/* Members that the caller writes itself, where many are numbers and words of the program: a place with room for n bytes behind the comma
 * that is due, NULL when there is none; json_wrote says where they end. */
char *json_room(struct json *j, size_t n);
static inline void json_wrote(struct json *j, const char *end) { j->out->n = (size_t)(end - j->out->p); }
/* Already JSON: written as it is. */
static inline void json_raw(struct json *j, const char *key, struct bytes b) { json_put_raw(j, json_key(key), b); }

#endif
