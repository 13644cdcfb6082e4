/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/asn1.h"

enum { LENGTH_OCTETS_MAX = 8, TAG_OCTETS_MAX = 4, OID_ARCS_MAX = 128 };

/* X.690 8.1.2: a number of 31 and more stands in further octets, seven bits each. */
static uint32_t read_tag(struct rd *r, uint8_t id)
{
    uint32_t tag = id & 0x1f;

    if (tag != 0x1f) {
        return tag;
    }
    tag = 0;
    for (unsigned i = 0; i < TAG_OCTETS_MAX; i++) {
        uint8_t b = rd_u8(r);
        tag = tag << 7 | (b & 0x7f);
        if ((b & 0x80) == 0) {
            return tag;
        }
    }
    rd_fail(r);
    return 0;
}

/* X.690 8.1.3; the indefinite form (8.1.3.6) is refused. */
static size_t read_length(struct rd *r)
{
    size_t n = rd_u8(r);

    if ((n & 0x80) == 0) {
        return n;
    }
    unsigned octets = n & 0x7f;
    n = 0;
    if (octets == 0 || octets > LENGTH_OCTETS_MAX) {
        rd_fail(r);
    }
    for (unsigned i = 0; i < octets && rd_ok(r); i++) {
        n = n << 8 | rd_u8(r);
    }
    if (n > UINT32_MAX) { /* BER lets zeros stand before it, and no more than this fits anywhere */
        rd_fail(r);
    }
    return n;
}

bool asn1_next(struct rd *r, struct asn1 *out)
{
    out->id = rd_u8(r);
    out->tag = read_tag(r, out->id);
    size_t n = read_length(r);
    out->content = rd_sub(r, n);
    return rd_ok(r);
}

struct rd asn1_expect(struct rd *r, uint8_t id)
{
    struct asn1 e;

    if (!asn1_next(r, &e) || e.id != id) {
        rd_fail(r);
        rd_fail(&e.content);
    }
    return e.content;
}

bool asn1_optional(struct rd *r, uint8_t id, struct rd *content)
{
    struct bytes b = rd_peek(r);

    if (b.n == 0 || b.p[0] != id) {
        return false;
    }
    *content = asn1_expect(r, id);
    return rd_ok(r);
}

/* Did a head that could not be read fail for want of bytes, and not for good?  With zeros behind it can be read then. */
static bool span_later(struct bytes head)
{
    uint8_t more[1 + TAG_OCTETS_MAX + 1 + LENGTH_OCTETS_MAX] = { 0 };

    for (size_t i = 0; i < head.n && i < sizeof more; i++) {
        more[i] = head.p[i];
    }
    struct rd r = rd_of(bytes_of(more, sizeof more));
    (void)read_tag(&r, rd_u8(&r));
    (void)read_length(&r);
    return head.n < sizeof more && rd_ok(&r);
}

size_t asn1_span(struct rd r)
{
    size_t have = rd_left(&r);
    struct bytes head = rd_peek(&r);

    (void)read_tag(&r, rd_u8(&r));
    size_t n = read_length(&r);
    if (rd_ok(&r)) {
        return have - rd_left(&r) + n;
    }
    return span_later(head) ? 0 : SIZE_MAX;
}

bool asn1_int(struct rd content, int64_t *out)
{
    struct bytes b = rd_rest(&content);
    uint64_t v = b.n != 0 && (b.p[0] & 0x80) != 0 ? UINT64_MAX : 0;

    if (b.n == 0 || b.n > 8 || !rd_ok(&content)) {
        return false;
    }
    for (size_t i = 0; i < b.n; i++) {
        v = v << 8 | b.p[i];
    }
    *out = (int64_t)v;
    return true;
}

int64_t asn1_number(struct rd *r, uint8_t id)
{
    int64_t v = 0;

    if (!asn1_int(asn1_expect(r, id), &v)) {
        rd_fail(r);
    }
    return v;
}

/* X.690 8.19: the first number holds two arcs. */
size_t asn1_oid_write(struct rd content, char out[ASN1_OID_TEXT_MAX])
{
    uint64_t v = 0;
    size_t n = 0;
    bool within = false;

    for (unsigned arcs = 0; rd_left(&content) != 0 && arcs < OID_ARCS_MAX && n + 43 <= ASN1_OID_TEXT_MAX;) { /* two numbers and a dot fit */
        uint8_t b = rd_u8(&content);
        within = (b & 0x80) != 0;
        v = v << 7 | (b & 0x7f);
        if (within) {
            continue;
        }
        if (arcs == 0) {
            uint64_t first = v < 80 ? v / 40 : 2;
            n += text_digits(first, out);
            v -= first * 40;
        }
        out[n++] = '.';
        n += text_digits(v, out + n);
        arcs++;
        v = 0;
    }
    return within || !rd_done(&content) ? 0 : n;
}

struct bytes asn1_oid_text(struct rd content, struct arena *a)
{
    char text[ASN1_OID_TEXT_MAX];

    return arena_copy(a, bytes_of(text, asn1_oid_write(content, text)));
}
