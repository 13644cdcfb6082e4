/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/x509.h"

#include "base/addr.h"
#include "wire/asn1.h"

enum { DER_UTC_TIME = 0x17, DER_TIME = 0x18, DER_BMP = 0x1e, DER_VERSION = 0xa0, DER_EXTENSIONS = 0xa3 };
enum { NAME_MAX_TEXT = 4096, ATTRIBUTES_MAX = 128, EXTENSIONS_MAX = 128 };

/* The next element's identifier, and a reader over its content; 0: there is none. */
static uint8_t der_next(struct rd *r, struct rd *content)
{
    struct asn1 e;
    bool good = asn1_next(r, &e);

    *content = e.content;
    return good ? e.id : 0;
}

static const struct {
    const char *oid; /* content octets */
    uint8_t n;
    const char *name;
} attributes[] = {
    { "\x55\x04\x03", 3, "CN" },     { "\x55\x04\x04", 3, "SN" },      { "\x55\x04\x05", 3, "serialNumber" }, { "\x55\x04\x06", 3, "C" },
    { "\x55\x04\x07", 3, "L" },      { "\x55\x04\x08", 3, "ST" },      { "\x55\x04\x09", 3, "street" },       { "\x55\x04\x0a", 3, "O" },
    { "\x55\x04\x0b", 3, "OU" },     { "\x55\x04\x0c", 3, "title" },   { "\x55\x04\x0d", 3, "description" },  { "\x55\x04\x0f", 3, "businessCategory" },
    { "\x55\x04\x11", 3, "postalCode" }, { "\x55\x04\x29", 3, "name" }, { "\x55\x04\x2a", 3, "GN" },          { "\x55\x04\x2b", 3, "initials" },
    { "\x55\x04\x2e", 3, "dnQualifier" }, { "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", 9, "emailAddress" },
    { "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x02", 9, "unstructuredName" },
    { "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", 10, "DC" }, { "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", 10, "UID" },
    { "\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x01", 11, "jurisdictionL" }, { "\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x02", 11, "jurisdictionST" },
    { "\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x03", 11, "jurisdictionC" },
};

/* BMPString is UCS-2: its Latin part as bytes, the rest as two. */
static void add_value(struct arena_text *t, uint8_t tag, struct rd value)
{
    if (tag != DER_BMP) {
        arena_text_add(t, rd_rest(&value));
        return;
    }
    while (rd_left(&value) >= 2) {
        uint16_t c = rd_be16(&value);
        if (c < 0x80) {
            arena_text_byte(t, (uint8_t)c);
        } else if (c < 0x800) {
            arena_text_byte(t, (uint8_t)(0xc0 | c >> 6));
            arena_text_byte(t, (uint8_t)(0x80 | (c & 0x3f)));
        } else {
            arena_text_byte(t, (uint8_t)(0xe0 | c >> 12));
            arena_text_byte(t, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
            arena_text_byte(t, (uint8_t)(0x80 | (c & 0x3f)));
        }
    }
}

static bool add_attribute(struct arena_text *t, struct rd pair, bool first, bool same_set)
{
    struct rd oid = asn1_expect(&pair, ASN1_OID), value;
    uint8_t tag = der_next(&pair, &value);
    struct bytes id = rd_rest(&oid);
    const char *name = NULL;

    if (!rd_ok(&pair)) {
        return false;
    }
    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
        if (bytes_equal(id, bytes_of(attributes[i].oid, attributes[i].n))) {
            name = attributes[i].name;
        }
    }
    if (!first) {
        arena_text_add(t, bytes_str(same_set ? " + " : ", "));
    }
    if (name != NULL) {
        arena_text_add(t, bytes_str(name));
    } else {
        arena_text_add(t, asn1_oid_text(rd_of(id), t->arena)); /* it has no usual name */
    }
    arena_text_byte(t, '=');
    add_value(t, tag, value);
    return true;
}

/* RFC 5280 4.1.2.4: a sequence of sets of attribute and value. */
static bool read_name(struct rd name, struct arena *a, struct bytes *out)
{
    struct arena_text t;
    bool ok = true, first = true;

    arena_text_init(&t, a, NAME_MAX_TEXT);
    for (unsigned i = 0; ok && rd_left(&name) != 0 && i < ATTRIBUTES_MAX; i++) {
        struct rd set = asn1_expect(&name, ASN1_SET);
        bool same = false;
        ok = rd_ok(&name);
        while (ok && rd_left(&set) != 0) {
            struct rd pair = asn1_expect(&set, ASN1_SEQUENCE);
            ok = rd_ok(&set) && add_attribute(&t, pair, first, same);
            first = false;
            same = true;
        }
    }
    *out = arena_text_bytes(&t);
    return ok;
}

static struct bytes serial_text(struct bytes b, struct arena *a)
{
    static const char digits[] = "0123456789ABCDEF";
    struct arena_text t;

    arena_text_init(&t, a, 256);
    for (size_t i = 0; i < b.n; i++) {
        if (i != 0) {
            arena_text_byte(&t, ':');
        }
        arena_text_byte(&t, (uint8_t)digits[b.p[i] >> 4]);
        arena_text_byte(&t, (uint8_t)digits[b.p[i] & 15]);
    }
    return arena_text_bytes(&t);
}

/* Days since 1970-01-01 of a civil date (proleptic Gregorian). */
static int64_t days_of(int64_t y, int64_t m, int64_t d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400, year = y - era * 400;
    int64_t day = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + year * 365 + year / 4 - year / 100 + day - 719468;
}

static int64_t two(struct rd *r)
{
    uint64_t v;
    struct bytes b = rd_bytes(r, 2);

    if (b.n == 2 && !bytes_u64(b, &v)) {
        rd_fail(r);
    }
    return rd_ok(r) ? (int64_t)v : 0;
}

/* RFC 5280 4.1.2.5: YYMMDDHHMM[SS]Z or YYYYMMDDHHMMSSZ, and offsets as old certificates have them. */
static int64_t read_time(struct rd *r)
{
    struct rd t;
    uint8_t tag = der_next(r, &t);
    int64_t y = tag == DER_TIME ? two(&t) * 100 : 0;

    if (tag != DER_TIME && tag != DER_UTC_TIME) {
        rd_fail(r);
        return INT64_MIN;
    }
    y += two(&t);
    if (tag == DER_UTC_TIME) {
        y += y < 50 ? 2000 : 1900;
    }
    int64_t month = two(&t), day = two(&t), hour = two(&t), minute = two(&t), second = 0;
    if (rd_left(&t) >= 2 && rd_peek(&t).p[0] >= '0' && rd_peek(&t).p[0] <= '9') {
        second = two(&t);
    }
    if (!rd_ok(&t) || month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 60 || second > 61) {
        return INT64_MIN;
    }
    int64_t at = days_of(y, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    uint8_t zone = rd_u8(&t);
    if (zone == '+' || zone == '-') {
        int64_t offset = two(&t) * 3600;
        offset += two(&t) * 60;
        at += zone == '+' ? -offset : offset;
    }
    return at;
}

/* Room for a list's names behind those that are there.  False: no memory. */
static bool alternatives_room(struct rd list, struct arena *a, struct x509 *out)
{
    struct rd one;
    unsigned n = out->name_n;

    while (rd_left(&list) != 0 && n < X509_NAMES_MAX) {
        (void)der_next(&list, &one);
        n++;
    }
    struct bytes *name = arena_zero(a, n * sizeof *name);
    for (unsigned i = 0; name != NULL && i < out->name_n; i++) {
        name[i] = out->name[i];
    }
    out->name = name;
    out->name_n = name != NULL ? out->name_n : 0;
    return name != NULL;
}

/* RFC 5280 4.2.1.6 */
static void read_alternatives(struct rd value, struct arena *a, struct x509 *out)
{
    struct rd list = asn1_expect(&value, ASN1_SEQUENCE);

    if (!rd_ok(&value) || !alternatives_room(list, a, out)) {
        return;
    }
    while (rd_left(&list) != 0 && out->name_n < X509_NAMES_MAX) {
        struct rd one;
        uint8_t tag = der_next(&list, &one);
        struct bytes b = rd_rest(&one);
        if (!rd_ok(&list)) {
            return;
        }
        if (tag == 0x87 && (b.n == 4 || b.n == 16)) { /* iPAddress */
            char text[ADDR_TEXT_MAX];
            struct addr at = b.n == 4 ? addr_from4(b.p) : addr_from6(b.p);
            size_t n = addr_text(&at, b.n == 4 ? FAMILY_4 : FAMILY_6, text);
            out->name[out->name_n++] = arena_copy(a, bytes_of(text, n));
        } else if (tag == 0x82 || tag == 0x81 || tag == 0x86) { /* dNSName, rfc822Name, URI */
            out->name[out->name_n++] = arena_copy(a, b);
        }
    }
    out->more_names = rd_left(&list) != 0;
}

static void read_extensions(struct rd all, struct arena *a, struct x509 *out)
{
    struct rd list = asn1_expect(&all, ASN1_SEQUENCE);

    for (unsigned i = 0; rd_left(&list) != 0 && i < EXTENSIONS_MAX; i++) {
        struct rd one = asn1_expect(&list, ASN1_SEQUENCE);
        struct rd oid = asn1_expect(&one, ASN1_OID), value;
        uint8_t tag = der_next(&one, &value);
        if (tag == ASN1_BOOLEAN) { /* critical */
            tag = der_next(&one, &value);
        }
        if (!rd_ok(&list) || !rd_ok(&one)) {
            return;
        }
        if (tag == ASN1_OCTETS && bytes_equal(rd_rest(&oid), bytes_of("\x55\x1d\x11", 3))) {
            read_alternatives(value, a, out);
        }
    }
}

enum x509_problem x509_read(struct rd der, struct arena *a, struct x509 *out)
{
    size_t span = asn1_span(der), have = rd_left(&der);
    bool sequence = have != 0 && rd_peek(&der).p[0] == ASN1_SEQUENCE;
    *out = (struct x509){ .subject = bytes_none(), .issuer = bytes_none(), .serial = bytes_none(), .not_before = INT64_MIN, .not_after = INT64_MIN };
    struct rd certificate = asn1_expect(&der, ASN1_SEQUENCE);
    struct rd body = asn1_expect(&certificate, ASN1_SEQUENCE), element;
    if (!rd_ok(&certificate)) {
        return sequence && span != SIZE_MAX && (span == 0 || span > have) ? X509_CUT : X509_BAD_DER;
    }
    uint8_t tag = der_next(&body, &element);
    if (tag == DER_VERSION) {
        (void)asn1_expect(&element, ASN1_INTEGER);
        if (!rd_ok(&element)) {
            return X509_BAD_VERSION;
        }
        tag = der_next(&body, &element);
    }
    if (tag != ASN1_INTEGER) {
        return X509_BAD_SERIAL;
    }
    out->serial = serial_text(rd_rest(&element), a);
    (void)asn1_expect(&body, ASN1_SEQUENCE); /* signature algorithm */
    if (!rd_ok(&body)) {
        return X509_BAD_ALGORITHM;
    }
    struct rd issuer = asn1_expect(&body, ASN1_SEQUENCE);
    if (!rd_ok(&body) || !read_name(issuer, a, &out->issuer)) {
        return X509_BAD_ISSUER;
    }
    struct rd validity = asn1_expect(&body, ASN1_SEQUENCE);
    out->not_before = read_time(&validity);
    out->not_after = read_time(&validity);
    struct rd subject = asn1_expect(&body, ASN1_SEQUENCE);
    if (!rd_ok(&body) || !read_name(subject, a, &out->subject)) {
        return X509_BAD_SUBJECT;
    }
    (void)asn1_expect(&body, ASN1_SEQUENCE); /* public key */
    while (rd_ok(&body) && rd_left(&body) != 0) {
        if (der_next(&body, &element) == DER_EXTENSIONS) {
            read_extensions(element, a, out);
        }
    }
    if (!rd_ok(&body)) {
        return X509_BAD_EXTENSIONS;
    }
    return out->not_before == INT64_MIN || out->not_after == INT64_MIN ? X509_BAD_DATE : X509_GOOD;
}

static void add_digits(struct arena_text *t, int64_t v, unsigned n)
{
    int64_t power = 1;

    for (unsigned i = 1; i < n; i++) {
        power *= 10;
    }
    for (; power != 0; power /= 10) {
        arena_text_byte(t, (uint8_t)('0' + v / power % 10));
    }
}

struct bytes x509_time_text(int64_t seconds, struct arena *a)
{
    struct arena_text t;
    int64_t days = seconds / 86400, rest = seconds % 86400;

    if (rest < 0) {
        rest += 86400;
        days--;
    }
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097, day = days - era * 146097;
    int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    int64_t in_year = day - (365 * year + year / 4 - year / 100), m = (5 * in_year + 2) / 153;
    arena_text_init(&t, a, 32);
    add_digits(&t, year + era * 400 + (m >= 10), 4);
    arena_text_byte(&t, '-');
    add_digits(&t, m < 10 ? m + 3 : m - 9, 2);
    arena_text_byte(&t, '-');
    add_digits(&t, in_year - (153 * m + 2) / 5 + 1, 2);
    arena_text_byte(&t, 'T');
    add_digits(&t, rest / 3600, 2);
    arena_text_byte(&t, ':');
    add_digits(&t, rest / 60 % 60, 2);
    arena_text_byte(&t, ':');
    add_digits(&t, rest % 60, 2);
    return arena_text_bytes(&t);
}
