/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and messages as bytes, and what is read of them, as records show it. */
#include "tap.h"
#include "wire/dnsmsg.h"
#include "wire/dnsname.h"
#include "wire/test_hex.h"

enum { ROOM = 4096 };

/* ------- names ------- */

static const struct {
    const char *why, *message;
    size_t at;
    const char *want; /* NULL: malformed */
    unsigned flags;
    size_t left;      /* bytes of the message behind the name */
} names[] = {
    { "labels joined with dots", "03'www'07'example'00 ff", 0, "www.example", 0, 1 },
    { "the root is empty", "00", 0, "", 0, 0 },
    { "a pointer to an earlier name (RFC 1035 4.1.4)", "03'org'00 03'www'c000 ff", 5, "www.org", 0, 1 },
    { "a pointer to a pointer", "01'a'00 c000 01'b'c003", 5, "b.a", 0, 0 },
    { "a dot inside a label stays", "03'a.b'00", 0, "a.b", 0, 0 },
    { "a pointer to itself ends, and says so", "c000", 0, "", DNSNAME_LOOP, 0 },
    { "a label that is cut", "05'abc'", 0, NULL, 0, 0 },
    { "a pointer that is cut", "c0", 0, NULL, 0, 0 },
    { "a pointer behind the message", "c0ff", 0, NULL, 0, 0 },
    { "label kinds 01 and 10 are reserved", "41'a'00", 0, NULL, 0, 0 },
    { "no end", "01'a'", 0, NULL, 0, 0 },
};

static void test_names(void)
{
    for (size_t i = 0; i < ROWS(names); i++) {
        uint8_t room[ROOM];
        struct bytes message = hex_read(names[i].message, room, sizeof room), name;
        struct rd r = rd_of(bytes_from(message, names[i].at));
        struct arena a;
        unsigned flags;
        arena_init(&a, NULL, 1 << 20);
        bool good = dnsname_read(&r, message, &a, &name, &flags);
        if (names[i].want == NULL) {
            ok(!good && !rd_ok(&r), names[i].why);
        } else {
            ok(good && bytes_is(name, names[i].want) && flags == names[i].flags && rd_left(&r) == names[i].left, names[i].why);
        }
        arena_fini(&a);
    }
}

static void test_caps(void)
{
    static uint8_t room[2][70000];
    struct arena a;
    struct bytes name;
    unsigned flags;

    arena_init(&a, NULL, 1 << 20);
    for (unsigned i = 0; i < 100; i++) { /* a hundred labels of 63 bytes */
        room[0][i * 64] = 63;
        memset(room[0] + i * 64 + 1, 'x', 63);
    }
    struct rd r = rd_make(room[0], 100 * 64 + 1);
    ok(dnsname_read(&r, bytes_of(room[0], 100 * 64 + 1), &a, &name, &flags) && name.n == DNSNAME_MAX && flags == DNSNAME_CUT, "a long name is cut");
    for (unsigned i = 0; i < 300; i++) {
        room[1][i * 2] = 1;
        room[1][i * 2 + 1] = 'y';
    }
    r = rd_make(room[1], 601);
    ok(dnsname_read(&r, bytes_of(room[1], 601), &a, &name, &flags) && name.n == 2 * DNSNAME_LABELS_MAX - 1 && flags == DNSNAME_LABELS,
       "reading stops after so many labels");
    arena_fini(&a);
}

/* ------- messages ------- */

#define QUESTION "03'www'03'org'00 0001 0001"

static const struct {
    const char *why, *message, *want;
} messages[] = {
    { "a question", "1234 0100 0001 0000 0000 0000" QUESTION, "[{\"rrname\":\"www.org\",\"rrtype\":\"A\"}]" },
    { "an address", "1234 8180 0000 0001 0000 0000 01'a'00 0001 0001 0000003c 0004 7f000001",
      "{\"answers\":[{\"rrname\":\"a\",\"rrtype\":\"A\",\"ttl\":60,\"rdata\":\"127.0.0.1\"}],\"grouped\":{\"A\":[\"127.0.0.1\"]}}" },
    { "each string of a text is shown as a record", "1234 8180 0000 0001 0000 0000 01'a'00 0010 0001 00000000 0006 02'hi'02'ho'",
      "{\"answers\":[{\"rrname\":\"a\",\"rrtype\":\"TXT\",\"ttl\":0,\"rdata\":\"hi\"},"
      "{\"rrname\":\"a\",\"rrtype\":\"TXT\",\"ttl\":0,\"rdata\":\"ho\"}],\"grouped\":{\"TXT\":[\"hi\",\"ho\"]}}" },
    { "a text without strings is an empty one", "1234 8180 0000 0001 0000 0000 01'a'00 0010 0001 00000000 0000",
      "{\"answers\":[{\"rrname\":\"a\",\"rrtype\":\"TXT\",\"ttl\":0,\"rdata\":\"\"}],\"grouped\":{\"TXT\":[\"\"]}}" },
    { "a mail exchange without its preference", "1234 8180 0000 0001 0000 0000 01'a'00 000f 0001 00000000 0005 000a 01'b'00",
      "{\"answers\":[{\"rrname\":\"a\",\"rrtype\":\"MX\",\"ttl\":0,\"rdata\":\"b\"}],\"grouped\":{\"MX\":[\"b\"]}}" },
    { "a service", "1234 8180 0000 0001 0000 0000 01'a'00 0021 0001 00000000 0009 0001 0002 0003 01'b'00",
      "{\"answers\":[{\"rrname\":\"a\",\"rrtype\":\"SRV\",\"ttl\":0,\"srv\":{\"priority\":1,\"weight\":2,\"port\":3,\"name\":\"b\"}}],"
      "\"grouped\":{\"SRV\":[{\"priority\":1,\"weight\":2,\"port\":3,\"name\":\"b\"}]}}" },
    { "a fingerprint (RFC 4255)", "1234 8180 0000 0001 0000 0000 01'a'00 002c 0001 00000000 0004 02 01 abcd",
      "{\"answers\":[{\"rrname\":\"a\",\"rrtype\":\"SSHFP\",\"ttl\":0,\"sshfp\":{\"fingerprint\":\"ab:cd\",\"algo\":2,\"type\":1}}],"
      "\"grouped\":{\"SSHFP\":[{\"fingerprint\":\"ab:cd\",\"algo\":2,\"type\":1}]}}" },
    { "a type without a shape keeps its name alone", "1234 8180 0000 0001 0000 0000 01'a'00 002e 0001 00000000 0001 ff",
      "{\"answers\":[{\"rrname\":\"a\",\"rrtype\":\"RRSIG\",\"ttl\":0}],\"grouped\":{}}" },
    { "a type without a name is its number", "1234 8180 0000 0001 0000 0000 01'a'00 ff01 0001 00000000 0000",
      "{\"answers\":[{\"rrname\":\"a\",\"rrtype\":\"65281\",\"ttl\":0}],\"grouped\":{}}" },
    { "options (RFC 6891)", "1234 8180 0000 0000 0000 0001 00 0029 1000 00000000 0006 000a 0002 0102",
      "{\"additionals\":[{\"rrname\":\"\",\"rrtype\":\"OPT\",\"ttl\":0,\"opt\":[{\"code\":10,\"data\":\"0102\"}]}]}" },
    { "a record that is cut", "1234 8180 0000 0001 0000 0000 01'a'00 0001 0001 00000000 0004 7f00", "{} malformed_data" },
    { "fewer questions than the count says", "1234 0100 0002 0000 0000 0000" QUESTION, "[{\"rrname\":\"www.org\",\"rrtype\":\"A\"}] malformed_data" },
    { "a bad authority leaves the rest", "1234 0100 0001 0000 0001 0000" QUESTION "05", "[{\"rrname\":\"www.org\",\"rrtype\":\"A\"}] invalid_authorities" },
    { "a bad additional record", "1234 0100 0001 0000 0000 0001" QUESTION, "[{\"rrname\":\"www.org\",\"rrtype\":\"A\"}] invalid_additionals" },
    { "Z and an operation beyond six", "1234 4840 0001 0000 0000 0000" QUESTION, "[{\"rrname\":\"www.org\",\"rrtype\":\"A\"}] z_flag_set invalid_opcode" },
    { "less than a header", "1234 0100 0001", "no header" },
};

static void say(const struct dnsmsg *m, struct text *out)
{
    struct json j;

    json_init(&j, out);
    if (m->query_n != 0) {
        json_array(&j, NULL);
        for (unsigned i = 0; i < m->query_n; i++) {
            json_object(&j, NULL);
            dnsmsg_log_query(&j, &m->query[i]);
            json_end_object(&j);
        }
        json_end_array(&j);
    } else {
        json_object(&j, NULL);
        dnsmsg_log_section(&j, "answers", m, DNSMSG_ANSWERS);
        if (m->record_n[DNSMSG_ANSWERS] != 0) {
            dnsmsg_log_grouped(&j, m);
        }
        dnsmsg_log_section(&j, "additionals", m, DNSMSG_ADDITIONALS);
        json_end_object(&j);
    }
    for (unsigned i = 0; i < DNSMSG_PROBLEMS; i++) {
        if ((m->problems >> i & 1) != 0) {
            text_printf(out, " %s", dnsmsg_notes[i].name);
        }
    }
}

static void test_messages(void)
{
    for (size_t i = 0; i < ROWS(messages); i++) {
        uint8_t room[ROOM];
        struct bytes b = hex_read(messages[i].message, room, sizeof room);
        struct arena a;
        struct dnsmsg m;
        struct text out;
        arena_init(&a, NULL, 1 << 20);
        text_init(&out, 0);
        if (dnsmsg_read(rd_of(b), &a, &m)) {
            say(&m, &out);
        } else {
            text_str(&out, "no header");
        }
        text_byte(&out, '\0');
        is_str(out.p, messages[i].want, messages[i].why);
        text_fini(&out);
        arena_fini(&a);
    }
}

static const struct {
    const char *why, *message;
    enum dnsmsg_likely want;
} likely[] = {
    { "a question", "1234 0100 0001 0000 0000 0000" QUESTION, DNSMSG_LIKELY_REQUEST },
    { "a response", "1234 8180 0001 0000 0000 0000" QUESTION, DNSMSG_LIKELY_RESPONSE },
    { "a refusal is a header alone", "1234 8181 0000 0000 0000 0000", DNSMSG_LIKELY_RESPONSE },
    { "a request asks for something", "1234 0100 0000 0000 0000 0000", DNSMSG_UNLIKELY },
    { "more records than bytes", "1234 0100 ffff 0000 0000 0000" QUESTION, DNSMSG_UNLIKELY },
    { "a label that is none", "1234 0100 0001 0000 0000 0000 7f'www'00 0001 0001", DNSMSG_UNLIKELY },
    { "half a header", "1234 0100", DNSMSG_UNLIKELY },
};

static void test_likely(void)
{
    for (size_t i = 0; i < ROWS(likely); i++) {
        uint8_t room[ROOM];
        is_int(dnsmsg_likely(rd_of(hex_read(likely[i].message, room, sizeof room))), likely[i].want, likely[i].why);
    }
}

/* More records than are read: nothing behind them is taken for those of the next section. */
static void test_many(void)
{
    enum { RECORDS = 513, RECORD = 11 };
    static uint8_t message[12 + (RECORDS + 1) * RECORD] = { 0x12, 0x34, 0x81, 0x80, [6] = RECORDS >> 8, RECORDS & 0xff, 0, 1 };
    struct dnsmsg m;
    struct arena a;

    arena_init(&a, NULL, 1 << 20);
    for (size_t i = 0; i < RECORDS + 1; i++) {
        message[12 + i * RECORD + 2] = message[12 + i * RECORD + 4] = 1;
    }
    ok(dnsmsg_read(rd_of(bytes_of(message, sizeof message)), &a, &m), "it is a message");
    is_int(m.problems, 1u << DNSMSG_TOO_MANY_RECORDS, "it says so");
    is_int(m.record_n[DNSMSG_ANSWERS], 512, "what is read of its answers");
    is_int(m.record_n[DNSMSG_AUTHORITIES], 0, "and nothing else");
    arena_fini(&a);
}

int main(void)
{
    test_many();
    test_names();
    test_caps();
    test_messages();
    test_likely();
    return done_testing();
}
