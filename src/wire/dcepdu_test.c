/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/dcepdu.h"

#include "base/rows.h"
#include "tap.h"

#define HEAD(type, flags, order, length) "\x05\x00" type flags order "\0\0\0" length
#define UUID "\x78\x56\x34\x12\x34\x12\xcd\xab\xef\x00\x01\x23\x45\x67\x89\xab"
#define TRANSFER "\x04\x5d\x88\x8a\xeb\x1c\xc9\x11\x9f\xe8\x08\x00\x2b\x10\x48\x60\x02\0\0\0"

static const struct {
    const char *why;
    struct bytes in;
    bool header, whole;
    unsigned type, length, call;
} units[] = {
    { "low byte first", BYTES(HEAD("\x00", "\x03", "\x10", "\x18\x00") "\0\0" "\x07\0\0\0" "\0\0\0\0\0\0\x05\0"), true, true, DCE_REQUEST, 24, 7 },
    { "high byte first", BYTES(HEAD("\x02", "\x03", "\x00", "\x00\x18") "\0\0" "\0\0\0\x07" "\0\0\0\0\0\0\0\0"), true, true, DCE_RESPONSE, 24, 7 },
    { "cut off", BYTES(HEAD("\x00", "\x03", "\x10", "\x18\x00") "\0\0" "\x07\0\0\0" "\0\0"), true, false, DCE_REQUEST, 24, 7 },
    { "a length that does not hold the header", BYTES(HEAD("\x00", "\x03", "\x10", "\x0f\x00") "\0\0" "\x07\0\0\0"), false, false, 0, 15, 7 },
    { "a type that is none", BYTES(HEAD("\x30", "\x03", "\x10", "\x10\x00") "\0\0" "\x07\0\0\0"), false, false, 0x30, 16, 7 },
    { "another version", BYTES("\x04\x00\x00\x03\x10\0\0\0\x10\0\0\0\x07\0\0\0"), false, false, 0, 16, 7 },
};

static void test_bind(void)
{
    static const struct bytes bind = BYTES(HEAD("\x0b", "\x03", "\x10", "\x48\x00") "\0\0" "\x01\0\0\0" "\xd0\x16\xd0\x16\0\0\0\0" "\x01\0\0\0"
                                           "\x02\0\x01\0" UUID "\x03\0\x01\0" TRANSFER);
    static const struct bytes ack = BYTES(HEAD("\x0c", "\x03", "\x10", "\x3c\x00") "\0\0" "\x01\0\0\0" "\xd0\x16\xd0\x16\0\0\0\0" "\x04\0" "135\0" "\0\0"
                                          "\x01\0\0\0" "\x02\0\x01\0" TRANSFER "\0\0\0\0");
    static const uint8_t uuid[16] = { 0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0xab, 0xcd, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab };
    struct dcepdu p;
    struct dce_context c;
    struct rd r;
    uint16_t result = 9, reason = 9;

    ok(dcepdu_read(rd_of(bind), &p), "a bind is read");
    is_int(dcepdu_bind(&p, &r), 1, "it offers one context");
    ok(dcepdu_context(&p, &r, &c), "which is whole");
    is_mem(c.uuid, 16, uuid, 16, "the interface is in network order");
    is_int(c.id, 2, "the context's number");
    is_int(c.major * 100 + c.minor, 301, "the interface's version");
    ok(!dcepdu_context(&p, &r, &c), "no second context is there");
    ok(dcepdu_read(rd_of(ack), &p), "an acknowledgement is read");
    is_int(dcepdu_bindack(&p, &r), 1, "the results stand behind the padded address");
    ok(dcepdu_result(&p, &r, &result, &reason) && result == 2 && reason == 1, "result and reason");
}

int main(void)
{
    for (unsigned i = 0; i < ROWS(units); i++) {
        struct dcepdu p;
        ok(dcepdu_header(rd_of(units[i].in), &p) == units[i].header, units[i].why);
        is_int(p.type, units[i].type, units[i].why);
        is_int(p.length, units[i].length, units[i].why);
        is_int(p.call, units[i].call, units[i].why);
        ok(dcepdu_read(rd_of(units[i].in), &p) == units[i].whole, units[i].why);
    }
    test_bind();
    struct dcepdu p;
    struct dce_request q;
    ok(dcepdu_read(rd_of(units[0].in), &p) && dcepdu_request(&p, &q) && q.opnum == 5 && q.stub.n == 0, "a request without a stub");
    is_str(dcepdu_type_name(DCE_BINDACK), "BINDACK", "types have names");
    is_str(dcepdu_type_name(99), "UNKNOWN", "others have none");
    return done_testing();
}
