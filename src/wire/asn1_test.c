/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/asn1.h"
#include "base/rows.h"
#include "tap.h"

static const struct {
    const char *why;
    struct bytes in;
    bool good;
    uint8_t id;
    uint32_t tag;
    size_t n;
} elements[] = {
    { "a short length", BYTES("\x02\x01\x05"), true, 0x02, 2, 1 },
    { "a length of two octets", BYTES("\x04\x82\x00\x02xy"), true, 0x04, 4, 2 },
    { "a tag of two octets", BYTES("\xbf\x8f\x7f\x00"), true, 0xbf, 2047, 0 },
    { "the indefinite form is refused", BYTES("\x30\x80\x00\x00"), false, 0, 0, 0 },
    { "zeros may stand before a length", BYTES("\x04\x88\x00\x00\x00\x00\x00\x00\x00\x01x"), true, 0x04, 4, 1 },
    { "a length of nine octets is refused", BYTES("\x04\x89\x00\x00\x00\x00\x00\x00\x00\x00\x01x"), false, 0, 0, 0 },
    { "a length beyond everything is refused", BYTES("\x04\x85\x01\x00\x00\x00\x00x"), false, 0, 0, 0 },
    { "a content that is cut off", BYTES("\x04\x05xy"), false, 0, 0, 0 },
    { "a tag without end", BYTES("\x1f\xff\xff\xff\xff\xff\x00"), false, 0, 0, 0 },
    { "nothing", BYTES(""), false, 0, 0, 0 },
};

static const struct {
    const char *why;
    struct bytes in;
    size_t span;
} spans[] = {
    { "the whole is known from the head", BYTES("\x30\x82\x01\x00"), 260 },
    { "the length is not there yet", BYTES("\x30\x82\x01"), 0 },
    { "of five octets three are missing", BYTES("\x30\x85\x00\x00"), 0 },
    { "a length beyond everything is none", BYTES("\x30\x85\x01\x00\x00\x00\x00"), SIZE_MAX },
    { "an empty stream may become one", BYTES(""), 0 },
    { "the indefinite form is none", BYTES("\x30\x80"), SIZE_MAX },
    { "a tag without end is none", BYTES("\x1f\xff\xff\xff\xff\xff\xff\xff\xff\xff"), SIZE_MAX },
};

static const struct {
    const char *why;
    struct bytes in;
    bool good;
    int64_t v;
} numbers[] = {
    { "a positive number", BYTES("\x00\xff"), true, 255 },
    { "a negative number", BYTES("\xff"), true, -1 },
    { "eight octets", BYTES("\x80\x00\x00\x00\x00\x00\x00\x00"), true, INT64_MIN },
    { "nine are too many", BYTES("\x00\x80\x00\x00\x00\x00\x00\x00\x00"), false, 0 },
    { "none are too few", BYTES(""), false, 0 },
};

static const struct {
    const char *why;
    struct bytes in;
    const char *text;
} oids[] = {
    { "two arcs in the first number", BYTES("\x2b\x06\x01"), "1.3.6.1" },
    { "the second arc of 2 may be large", BYTES("\x88\x37"), "2.999" },
    { "several octets in an arc", BYTES("\x2a\x86\x48\x86\xf7\x0d"), "1.2.840.113549" },
    { "an arc without end", BYTES("\x2a\x86"), "" },
    { "nothing", BYTES(""), "" },
};

int main(void)
{
    for (unsigned i = 0; i < ROWS(elements); i++) {
        struct rd r = rd_of(elements[i].in);
        struct asn1 e;
        bool good = asn1_next(&r, &e);
        ok(good == elements[i].good, elements[i].why);
        if (elements[i].good) {
            is_int(e.id, elements[i].id, elements[i].why);
            is_int(e.tag, elements[i].tag, elements[i].why);
            is_int(rd_left(&e.content), elements[i].n, elements[i].why);
        }
    }
    for (unsigned i = 0; i < ROWS(spans); i++) {
        is_int((int64_t)asn1_span(rd_of(spans[i].in)), (int64_t)spans[i].span, spans[i].why);
    }
    for (unsigned i = 0; i < ROWS(numbers); i++) {
        int64_t v = 0;
        ok(asn1_int(rd_of(numbers[i].in), &v) == numbers[i].good, numbers[i].why);
        is_int(v, numbers[i].v, numbers[i].why);
    }
    struct arena a;
    arena_init(&a, NULL, 1 << 20);
    for (unsigned i = 0; i < ROWS(oids); i++) {
        struct bytes t = asn1_oid_text(rd_of(oids[i].in), &a);
        is_mem(t.p, t.n, oids[i].text, strlen(oids[i].text), oids[i].why);
    }
    arena_fini(&a);
    struct rd r = rd_make("\x02\x01\x05\x04\x00", 5), content;
    ok(!asn1_optional(&r, ASN1_OCTETS, &content), "another element is left where it is");
    is_int(asn1_number(&r, ASN1_INTEGER), 5, "a number is read with its head");
    ok(asn1_optional(&r, ASN1_OCTETS, &content) && rd_done(&r), "the one that is asked for is read");
    (void)asn1_expect(&r, ASN1_NULL);
    ok(!rd_ok(&r), "what is not there fails");
    return done_testing();
}
