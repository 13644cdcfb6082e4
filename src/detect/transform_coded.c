/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transforms that need a library or a decoder: digests, base64, inflate, an element of GTP. */
#include "detect/transform.h"

#include "base/digest.h"
#include "detect/verify.h"

#include <stdlib.h>
#include <zlib.h>

static bool digest(const struct detect_scope *s, void (*how)(struct bytes in, uint8_t *out), size_t n, struct bytes in, struct bytes *out)
{
    uint8_t *to = transform_room(s, n);

    if (!to) {
        return false;
    }
    how(in, to);
    *out = bytes_of(to, n);
    return true;
}

bool transform_md5(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    (void)data;
    return digest(s, digest_md5, DIGEST_MD5, in, out);
}

bool transform_sha1(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    (void)data;
    return digest(s, digest_sha1, DIGEST_SHA1, in, out);
}

bool transform_sha256(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    (void)data;
    return digest(s, digest_sha256, DIGEST_SHA256, in, out);
}

/* ---- base64 ---- */

struct base64_how {
    uint32_t bytes, offset;
    uint8_t mode;
};

/* "name value" items, comma separated: the next one into name and value; false at the end. */
static bool item_next(const char **at, char name[16], char value[32])
{
    *at += strspn(*at, " ,");
    size_t n = strcspn(*at, " ,"), room = n < 15 ? n : 15;

    memcpy(name, *at, room);
    name[room] = '\0';
    *at += n + strspn(*at + n, " ");
    n = strcspn(*at, " ,");
    room = n < 31 ? n : 31;
    memcpy(value, *at, room);
    value[room] = '\0';
    *at += n;
    return name[0] != '\0';
}

static bool base64_number(const char *text, uint32_t *out)
{
    uint64_t x;

    if (!bytes_u64(bytes_str(text), &x) || x > UINT16_MAX) {
        return false;
    }
    *out = (uint32_t)x;
    return true;
}

static bool base64_mode(const char *text, uint8_t *out)
{
    static const char *const modes[] = { [BASE64_RFC4648] = "rfc4648", [BASE64_RFC2045] = "rfc2045", [BASE64_STRICT] = "strict" };

    for (uint8_t i = 0; i < ROWS(modes); i++) {
        if (strcmp(modes[i], text) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

bool transform_base64_parse(struct rule_parse *p, const char *argument, const void **data, struct err *err)
{
    struct base64_how *how = arena_zero(rule_parse_arena(p), sizeof *how);
    char name[16], value[32];
    unsigned seen = 0;

    if (!how) {
        return err_set(err, "not enough memory for a rule");
    }
    *data = how;
    for (const char *at = argument ? argument : ""; item_next(&at, name, value);) {
        unsigned which = strcmp(name, "mode") == 0 ? 1 : strcmp(name, "offset") == 0 ? 2 : strcmp(name, "bytes") == 0 ? 4 : 0;
        bool good = which == 1 ? base64_mode(value, &how->mode) : which != 0 && base64_number(value, which == 2 ? &how->offset : &how->bytes);
        if (!good || (seen & which) != 0) {
            return err_set(err, "from_base64 takes mode rfc4648, rfc2045 or strict, offset N and bytes N, not \"%s %s\"", name, value);
        }
        seen |= which;
    }
    return true;
}

bool transform_base64(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    const struct base64_how *how = data;

    *out = in;
    if (how->offset != 0 && how->offset >= in.n) {
        return true;
    }
    in = bytes_from(in, how->offset);
    if (how->bytes != 0) {
        in = bytes_head(in, how->bytes);
    }
    struct bytes decoded = base64_decode(scope_arena(s), in, (enum base64_mode)how->mode);
    if (decoded.n != 0) {
        *out = decoded;
    }
    return true;
}

/* ---- inflate ---- */

/* Half of the turn's memory (detect.c) at most: what grows is copied. */
enum { INFLATE_PRESET = 1024, INFLATE_FIRST = 64 << 10, INFLATE_MOST = 8 << 20 };

bool transform_inflate_parse(struct rule_parse *p, const char *argument, const void **data, struct err *err)
{
    uint32_t *most = arena_zero(rule_parse_arena(p), sizeof *most);
    char name[16], value[32];

    if (!most) {
        return err_set(err, "not enough memory for a rule");
    }
    *data = most;
    *most = INFLATE_PRESET;
    if (!argument) {
        return true;
    }
    const char *at = argument;
    char *unit = NULL;
    if (!item_next(&at, name, value) || strcmp(name, "max-size") != 0 || *at != '\0') {
        return err_set(err, "this transform takes max-size N");
    }
    unsigned long long n = strtoull(value, &unit, 10);
    unsigned shift = strcasecmp(unit, "kib") == 0 ? 10 : strcasecmp(unit, "mib") == 0 ? 20 : 0;
    if (unit == value || (*unit != '\0' && shift == 0) || n == 0 || n > (unsigned long long)INFLATE_MOST >> shift) {
        return err_set(err, "max-size is 1 to 8MiB");
    }
    *most = (uint32_t)(n << shift);
    return true;
}

/* zlib's memory is the turn's: it goes with it. */
static voidpf inflate_take(voidpf arena, uInt items, uInt size)
{
    return arena_take(arena, (size_t)items * size);
}

static void inflate_give(voidpf arena, voidpf p)
{
    (void)arena;
    (void)p;
}

/* As much room again, but no more than `most` in all; false: that, or the turn's memory, is the end. */
static bool inflate_grow(const struct detect_scope *s, z_stream *z, uint8_t **to, uint32_t *room, uint32_t most)
{
    uint32_t more = *room > most / 2 ? most : 2 * *room;
    uint8_t *next = *room < most ? transform_room(s, more) : NULL;

    if (next == NULL) {
        return false;
    }
    memcpy(next, *to, *room);
    z->next_out = next + *room;
    z->avail_out = more - *room;
    *to = next;
    *room = more;
    return true;
}

static bool inflate_into(const struct detect_scope *s, uint32_t most, struct bytes in, int window, struct bytes *out)
{
    z_stream z = { .next_in = (Bytef *)(uintptr_t)in.p, .avail_in = (uInt)(in.n < UINT32_MAX ? in.n : UINT32_MAX),
                   .zalloc = inflate_take, .zfree = inflate_give, .opaque = scope_arena(s) };
    uint32_t room = most < INFLATE_FIRST ? most : INFLATE_FIRST;
    uint8_t *to = transform_room(s, room);

    *out = bytes_none();
    if (!to || inflateInit2(&z, window) != Z_OK) {
        return to != NULL;
    }
    z.next_out = to;
    z.avail_out = room;
    int r;
    do {
        r = inflate(&z, Z_SYNC_FLUSH);
    } while (r == Z_OK && z.avail_out == 0 && inflate_grow(s, &z, &to, &room, most));
    if (r == Z_OK || r == Z_STREAM_END || r == Z_BUF_ERROR) {
        *out = bytes_of(to, room - z.avail_out);
    }
    inflateEnd(&z);
    return true;
}

bool transform_gunzip(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    return inflate_into(s, *(const uint32_t *)data, in, 15 + 16, out);
}

bool transform_zlib(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    return inflate_into(s, *(const uint32_t *)data, in, 15, out);
}

/* The types in versions 1 and 2: "2,1". */
bool transform_element_parse(struct rule_parse *p, const char *argument, const void **data, struct err *err)
{
    uint8_t *type = arena_zero(rule_parse_arena(p), 2);
    struct bytes all = bytes_str(argument);
    size_t n = strcspn(argument, ",");
    uint64_t one, two;

    if (type == NULL) {
        return err_set(err, "not enough memory for a rule");
    }
    if (n == all.n || !bytes_u64(bytes_head(all, n), &one) || !bytes_u64(bytes_from(all, n + 1), &two) || one > UINT8_MAX || two > UINT8_MAX) {
        return err_set(err, "two numbers are needed: the element's type in version 1 and in version 2");
    }
    type[0] = (uint8_t)one;
    type[1] = (uint8_t)two;
    *data = type;
    return true;
}

/* Version, type, value: the value, when it is that element. */
bool transform_element(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    const uint8_t *type = data;

    (void)s;
    *out = bytes_from(in, 2);
    return in.n >= 2 && (in.p[0] == 1 || in.p[0] == 2) && type[in.p[0] - 1] != 0 && in.p[1] == type[in.p[0] - 1];
}
