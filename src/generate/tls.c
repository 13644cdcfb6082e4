/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TLS 1.2 (RFC 5246) up to the certificate (RFC 5280): names in the hello, the certificate's names and its bytes. */
#include "generate/scene.h"

#include <netinet/in.h>

enum { MARK = 0xa5, ROOM = 64, DER_MAX = 12000 };

/* ---- DER (X.690) ---- */

static struct bytes der(struct scene *s, uint8_t tag, struct bytes inner)
{
    struct make m;

    make_init(&m, s->arena);
    make_byte(&m, tag);
    if (inner.n < 128) {
        make_byte(&m, (uint8_t)inner.n);
    } else if (inner.n < 256) {
        make_byte(&m, 0x81);
        make_byte(&m, (uint8_t)inner.n);
    } else {
        make_byte(&m, 0x82);
        make_be16(&m, (uint16_t)inner.n);
    }
    make_add(&m, inner);
    return make_bytes(&m);
}

static struct bytes der_join(struct scene *s, uint8_t tag, const struct bytes *part, unsigned n)
{
    struct make m;

    make_init(&m, s->arena);
    for (unsigned i = 0; i < n; i++) {
        make_add(&m, part[i]);
    }
    return der(s, tag, make_bytes(&m));
}

static const struct {
    const char *key;
    struct bytes oid; /* whole, with its tag */
} attributes[] = {
    { "CN", BYTES("\x06\x03\x55\x04\x03") }, { "C", BYTES("\x06\x03\x55\x04\x06") }, { "L", BYTES("\x06\x03\x55\x04\x07") }, { "ST", BYTES("\x06\x03\x55\x04\x08") },
    { "O", BYTES("\x06\x03\x55\x04\x0a") }, { "OU", BYTES("\x06\x03\x55\x04\x0b") }, { "emailAddress", BYTES("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01") },
};

/* Where the next attribute's ", KEY=" begins; SIZE_MAX: this is the last. */
static size_t name_part(struct bytes text)
{
    for (size_t at = 0, next; (next = bytes_find(bytes_from(text, at), bytes_str(", "))) != SIZE_MAX; at += next + 2) {
        struct bytes key = bytes_from(text, at + next + 2);
        key = bytes_head(key, bytes_find_byte(key, '='));
        for (size_t i = 0; i < ROWS(attributes); i++) {
            if (bytes_is(key, attributes[i].key)) {
                return at + next;
            }
        }
    }
    return SIZE_MAX;
}

/* "C=US, O=x, CN=y" as a name; what stands in front of the first '=' or has none is a common name. */
static bool name_made(struct scene *s, struct bytes text, struct bytes *out, struct bytes *seen)
{
    struct make m, t;
    bool first = true;

    make_init(&m, s->arena);
    make_init(&t, s->arena);
    while (text.n || first) {
        size_t end = name_part(text);
        struct bytes part = bytes_head(text, end == SIZE_MAX ? text.n : end), oid = bytes_none();
        text = end == SIZE_MAX ? bytes_none() : bytes_from(text, end + 2);
        size_t equal = bytes_find_byte(part, '=');
        struct bytes key = equal == SIZE_MAX ? bytes_str("CN") : bytes_head(part, equal), value = equal == SIZE_MAX ? part : bytes_from(part, equal + 1);
        for (size_t i = 0; i < ROWS(attributes); i++) {
            oid = bytes_is(key, attributes[i].key) ? attributes[i].oid : oid;
        }
        if (oid.n == 0 || value.n == 0 || value.n > 200) {
            return false;
        }
        struct bytes pair[] = { oid, der(s, 0x0c, value) };
        struct bytes one = der_join(s, 0x30, pair, 2);
        make_add(&m, der(s, 0x31, one));
        make_str(&t, first ? "" : ", ");
        make_add(&t, key);
        make_str(&t, "=");
        make_add(&t, value);
        first = false;
    }
    *out = der(s, 0x30, make_bytes(&m));
    *seen = make_bytes(&t);
    return true;
}

static int hex_of(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* "01:AB" */
static bool serial_made(struct scene *s, struct bytes text, struct bytes *out)
{
    struct make m;

    make_init(&m, s->arena);
    for (size_t i = 0; i < text.n; i += 3) {
        if (i + 1 >= text.n || hex_of(text.p[i]) < 0 || hex_of(text.p[i + 1]) < 0 || (i + 2 < text.n && text.p[i + 2] != ':')) {
            return false;
        }
        make_byte(&m, (uint8_t)(hex_of(text.p[i]) << 4 | hex_of(text.p[i + 1])));
    }
    *out = der(s, 0x02, make_bytes(&m));
    return m.n != 0;
}

struct tls {
    struct bytes certificate, subject, issuer;
};

/* A certificate whose last extension, which means nothing, holds what else is to be in it. */
static bool certificate_made(struct scene *s, struct tls *t, struct bytes extra)
{
    static const struct bytes algorithm = BYTES("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00");
    static const struct bytes key_kind = BYTES("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00");
    static const struct bytes own = BYTES("\x06\x08\x2b\x06\x01\x04\x01\x82\x8f\x09");
    static const uint8_t modulus[65] = { 0, 0xc1, 0x5b, 0x77 };
    struct bytes issuer, subject, serial;

    if (!name_made(s, slot_bytes(s, "tls.cert_issuer", TO_CLIENT, "CN=issuer"), &issuer, &t->issuer) ||
        !name_made(s, slot_bytes(s, "tls.cert_subject", TO_CLIENT, "CN=example.com"), &subject, &t->subject) ||
        !serial_made(s, slot_bytes(s, "tls.cert_serial", TO_CLIENT, "01:23"), &serial)) {
        return false;
    }
    struct bytes times[] = { der(s, 0x17, bytes_str("260101000000Z")), der(s, 0x17, bytes_str("280101000000Z")) };
    struct bytes numbers[] = { der(s, 0x02, bytes_of(modulus, sizeof modulus)), der(s, 0x02, bytes_of("\1\0\1", 3)) };
    struct bytes key_bits[] = { bytes_of("\0", 1), der_join(s, 0x30, numbers, 2) };
    struct bytes key[] = { key_kind, der_join(s, 0x03, key_bits, 2) };
    struct bytes extension[] = { own, der(s, 0x04, extra) };
    struct bytes extensions = der(s, 0x30, der_join(s, 0x30, extension, 2));
    struct bytes body[] = { der(s, 0xa0, der(s, 0x02, bytes_of("\2", 1))), serial, algorithm, issuer, der_join(s, 0x30, times, 2), subject, der_join(s, 0x30, key, 2),
                            extra.n ? der(s, 0xa3, extensions) : bytes_none() };
    struct bytes signature[] = { bytes_of("\0", 1), bytes_of(modulus, sizeof modulus) };
    struct bytes whole[] = { der_join(s, 0x30, body, ROWS(body)), algorithm, der_join(s, 0x03, signature, 2) };
    t->certificate = der_join(s, 0x30, whole, 3);
    return t->certificate.n < DER_MAX;
}

/* ---- messages ---- */

static void message_add(struct make *m, uint8_t kind, struct bytes body)
{
    make_byte(m, 22);
    make_be16(m, 0x0303);
    make_be16(m, (uint16_t)(body.n + 4));
    make_byte(m, kind);
    make_be24(m, (uint32_t)body.n);
    make_add(m, body);
}

static void random_add(struct make *m)
{
    for (unsigned i = 0; i < 32; i++) {
        make_byte(m, (uint8_t)(i * 7 + 1));
    }
}

static struct bytes client_hello(struct scene *s, struct bytes extra)
{
    struct bytes name = slot_bytes(s, "tls.sni", TO_SERVER, "");
    struct make x, m, out;

    make_init(&x, s->arena);
    make_init(&m, s->arena);
    make_init(&out, s->arena);
    if (name.n) { /* RFC 6066 3 */
        make_be16(&x, 0);
        make_be16(&x, (uint16_t)(name.n + 5));
        make_be16(&x, (uint16_t)(name.n + 3));
        make_byte(&x, 0);
        make_be16(&x, (uint16_t)name.n);
        make_add(&x, name);
    }
    make_add(&x, bytes_of("\0\x0a\0\4\0\2\0\x17\0\x0b\0\2\1\0", 14));
    if (extra.n) {
        make_be16(&x, 0x5a5b);
        make_be16(&x, (uint16_t)extra.n);
        make_add(&x, extra);
    }
    make_be16(&m, 0x0303);
    random_add(&m);
    make_add(&m, bytes_of("\0\0\4\xc0\x2f\0\x2f\1\0", 9));
    make_be16(&m, (uint16_t)x.n);
    make_add(&m, make_bytes(&x));
    message_add(&out, 1, make_bytes(&m));
    return make_bytes(&out);
}

static struct bytes server_flight(struct scene *s, const struct tls *t)
{
    struct make hello, chain, out;

    make_init(&hello, s->arena);
    make_init(&chain, s->arena);
    make_init(&out, s->arena);
    make_be16(&hello, 0x0303);
    random_add(&hello);
    make_add(&hello, bytes_of("\0\xc0\x2f\0", 4));
    message_add(&out, 2, make_bytes(&hello));
    make_be24(&chain, (uint32_t)t->certificate.n + 3);
    make_be24(&chain, (uint32_t)t->certificate.n);
    make_add(&chain, t->certificate);
    message_add(&out, 11, make_bytes(&chain));
    message_add(&out, 14, bytes_none());
    return make_bytes(&out);
}

static bool tls_build(struct scene *s)
{
    struct tls *t = arena_zero(s->arena, sizeof *t);
    struct make extra;

    s->own = t;
    make_init(&extra, s->arena);
    make_add(&extra, slot_bytes(s, "tls.certs", TO_CLIENT, ""));
    make_add(&extra, slot_bytes(s, "payload", TO_CLIENT, ""));
    return t && certificate_made(s, t, make_bytes(&extra)) && scene_say(s, TO_SERVER, client_hello(s, slot_bytes(s, "payload", TO_SERVER, ""))) &&
           scene_say(s, TO_CLIENT, server_flight(s, t));
}

/* The payload: what stands there by itself will do, or its bytes in an extension, which may be part of what the whole is asked for. */
static bool payload_solve(struct scene *s, struct slot *x, struct bytes *out)
{
    const struct solve_wish plain = { .max = 4000, .tries = 40 };
    struct bytes b = bytes_none();

    *out = (struct bytes){ NULL, 0 };
    if (s->attempt == 0) {
        return true;
    }
    bool alone = solve_groups(s, x->group, x->group_n, &plain, &b);
    if (s->attempt % 2 == 1 && alone) {
        *out = b;
        return true;
    }
    size_t n = b.n + ROOM;
    uint8_t *mark = arena_take(s->arena, n);
    if (!mark) {
        return false;
    }
    memset(mark, MARK, n);
    x->bytes = bytes_of(mark, n);
    x->there = true;
    s->turn_n = 0;
    if (!tls_build(s)) {
        return false;
    }
    struct bytes said = scene_said(s, x->side);
    size_t at = bytes_find(said, x->bytes);
    uint8_t *open = arena_zero(s->arena, said.n);
    if (at == SIZE_MAX || !open || said.n >= BUFFER_MAX) {
        return false;
    }
    memset(open + at, 1, n);
    const struct solve_wish w = { .ground = said, .open = open, .tries = 40 };
    if (!solve_groups(s, x->group, x->group_n, &w, &b)) {
        return false;
    }
    *out = bytes_of(b.p + at, n);
    return true;
}

static bool tls_solve(struct scene *s, struct slot *x, struct bytes *out)
{
    struct solve_wish w = { .max = 2000, .start = s->attempt, .tries = 80 };

    if (strcmp(x->name, "payload") == 0) {
        return payload_solve(s, x, out);
    }
    if (strcmp(x->name, "tls.cert_subject") == 0 || strcmp(x->name, "tls.cert_issuer") == 0) {
        w.first = s->attempt % 3 == 0 ? "CN=" : s->attempt % 3 == 1 ? NULL : "C=US, O=";
    } else if (strcmp(x->name, "tls.sni") == 0) {
        w.max = 250;
    }
    return solve_groups(s, x->group, x->group_n, &w, out);
}

static bool tls_sees(const struct scene *s, const struct slot *x, struct bytes *out)
{
    const struct tls *t = s->own;

    if (strcmp(x->name, "payload") == 0) {
        *out = scene_said(s, x->side);
        return true;
    }
    if (strcmp(x->name, "tls.certs") == 0) {
        *out = t->certificate;
        return true;
    }
    *out = strcmp(x->name, "tls.cert_subject") == 0 ? t->subject : strcmp(x->name, "tls.cert_issuer") == 0 ? t->issuer : x->bytes;
    return x->there && (strcmp(x->name, "tls.sni") == 0 || strncmp(x->name, "tls.cert_", 9) == 0);
}

const struct carrier carrier_tls = { "tls", IPPROTO_TCP, 443, 12, tls_solve, tls_build, tls_sees };
