/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

#define FRAMES_MAX 30          /* elements in a row, and in one another */

enum offset_kind { FROM_START, ABSOLUTE, RELATIVE };

struct checks {
    bool bitstring_overflow, double_overflow, oversize;
    uint8_t offset_kind;
    uint32_t length;           /* of oversize */
    int32_t offset;
};

static bool number(struct bytes b, int64_t low, int64_t high, int64_t *out)
{
    bool minus = bytes_starts(b, "-");
    uint64_t v;

    if (!bytes_u64(bytes_from(b, minus), &v) || v > UINT32_MAX) {
        return false;
    }
    *out = minus ? -(int64_t)v : (int64_t)v;
    return *out >= low && *out <= high;
}

static bool word(struct bytes w, struct bytes *rest, struct checks *to)
{
    int64_t v;

    if (bytes_is(w, "bitstring_overflow")) {
        to->bitstring_overflow = true;
        return true;
    }
    if (bytes_is(w, "double_overflow")) {
        to->double_overflow = true;
        return true;
    }
    if (bytes_is(w, "oversize_length") && number(*rest, 0, UINT32_MAX, &v)) {
        to->oversize = true;
        to->length = (uint32_t)v;
    } else if (bytes_is(w, "absolute_offset") && number(*rest, 0, UINT16_MAX, &v)) {
        to->offset_kind = ABSOLUTE;
        to->offset = (int32_t)v;
    } else if (bytes_is(w, "relative_offset") && number(*rest, -UINT16_MAX, UINT16_MAX, &v)) {
        to->offset_kind = RELATIVE;
        to->offset = (int32_t)v;
    } else {
        return false;
    }
    *rest = bytes_none();
    return true;
}

/* Words with blanks or commas between: bitstring_overflow, double_overflow, oversize_length N, absolute_offset N, relative_offset N. */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct checks *to = kw_data(p, sizeof *to, err);
    struct rd b = rd_of(bytes_str(argument));
    bool some = false;

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL) {
        return false;
    }
    while (rd_skip_any(&b, " \t,"), rd_left(&b)) {
        struct bytes w = rd_until_any(&b, " \t,"), rest = bytes_none();
        bool valued = bytes_is(w, "oversize_length") || bytes_is(w, "absolute_offset") || bytes_is(w, "relative_offset");

        if (valued) {
            rd_skip_any(&b, " \t");
            rest = rd_until_any(&b, " \t,");
        }
        if (!word(w, &rest, to)) {
            return err_set(err, "Malformed asn1 argument: %.64s", argument);
        }
        some = true;
    }
    return some || err_set(err, "Malformed asn1 argument: %.64s", argument);
}

/* One element's head (X.690 8.1). */
struct element {
    uint8_t class, tag;        /* tag 31: a long one */
    bool constructed, definite;
    struct bytes content;      /* of a definite one */
};

static bool head(struct rd *b, struct element *e)
{
    uint8_t first = rd_u8(b), length;
    uint64_t n = 0;

    e->class = first >> 6;
    e->constructed = first >> 5 & 1;
    e->tag = first & 31;
    if (e->tag == 31) {
        uint8_t more;

        do {
            more = rd_u8(b);
        } while (rd_ok(b) && more & 0x80);
    }
    length = rd_u8(b);
    e->definite = length != 0x80;
    if (!e->definite) {
        return rd_ok(b) && e->constructed;
    }
    if (length & 0x80) {
        for (unsigned i = 0; i < (length & 0x7fu); i++) {
            if (n >> 24) {
                return false;
            }
            n = n << 8 | rd_u8(b);
        }
    } else {
        n = length;
    }
    if (n > rd_left(b)) {
        return false;
    }
    e->content = rd_bytes(b, n);
    return rd_ok(b);
}

static bool sound(const struct element *e)
{
    if (e->class != 0) {
        return true;
    }
    switch (e->tag) {
    case 1: return e->content.n == 1;                         /* BOOLEAN */
    case 3: return e->content.n >= 1 && !e->constructed;      /* BIT STRING */
    case 5: return e->content.n == 0;                         /* NULL */
    case 16:                                                  /* SEQUENCE, SET */
    case 17: return e->constructed;
    default: return true;
    }
}

static bool hits(const struct checks *c, const struct element *e)
{
    const struct bytes *b = &e->content;

    if (!e->definite) {
        return false;
    }
    if (c->oversize && b->n > c->length) {
        return true;
    }
    if (e->class != 0 || e->constructed || b->n == 0) {
        return false;
    }
    /* More unused bits than there are bits. */
    if (c->bitstring_overflow && e->tag == 3 && b->p[0] > b->n * 8) {
        return true;
    }
    /* A REAL written as text that some decoders copy into 256 bytes. */
    return c->double_overflow && e->tag == 9 && (b->p[0] & 0xc0) == 0 && b->n > 256;
}

enum walked { BROKEN, FINE, HIT };

/* Reads one element and what is in it, depth levels further down at most. */
static enum walked walk(const struct checks *c, struct rd *b, unsigned depth)
{
    struct element e = { 0 };
    enum walked all = FINE;
    struct rd inner;

    if (depth == 0) {
        return BROKEN;
    }
    if (!head(b, &e) || !sound(&e)) {
        return BROKEN;
    }
    all = hits(c, &e) ? HIT : FINE;
    if (e.class != 0 || !e.constructed || (e.tag != 16 && e.tag != 17)) {
        return e.definite ? all : BROKEN;
    }
    inner = e.definite ? rd_of(e.content) : *b;
    while (rd_left(&inner)) {
        enum walked one;

        if (!e.definite && rd_left(&inner) >= 2 && rd_peek(&inner).p[0] == 0 && rd_peek(&inner).p[1] == 0) {
            rd_skip(&inner, 2);
            *b = inner;
            return all;
        }
        one = walk(c, &inner, depth - 1);
        if (one == BROKEN) {
            return BROKEN;
        }
        all = one == HIT ? HIT : all;
    }
    return e.definite ? all : BROKEN;
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct checks *c = data;
    int64_t at = c->offset_kind == FROM_START ? 0 : c->offset_kind == ABSOLUTE ? c->offset : (int64_t)s->cursor + c->offset;
    struct rd b;
    bool hit = false;

    (void)r;
    if (at < 0 || at > UINT16_MAX || (uint64_t)at >= s->buffer.n) {
        return false;
    }
    b = rd_of(bytes_from(s->buffer, (size_t)at));
    for (unsigned n = 0; rd_left(&b); n++) {
        enum walked one;

        if (n == FRAMES_MAX) {
            return false;
        }
        one = walk(c, &b, FRAMES_MAX);
        if (one == BROKEN) {
            break;
        }
        hit |= one == HIT;
    }
    return hit;
}

const struct keyword keyword_asn1 = {
    .name = "asn1",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_PAYLOAD,
    .needs_packet = true,
    .parse = parse,
    .match = match,
    .help = "odd ASN.1 in the payload: asn1:oversize_length 500, relative_offset 0",
};
