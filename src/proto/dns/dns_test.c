/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DNS through the real driver: framing over both transports, what is noted, what rules may ask.  The messages' grammar: wire/dnsmsg_test. */
#include "proto/test_rig.h"

#define HEAD(flags, questions, answers) "{00 07 " flags " 00 " questions " 00 " answers " 00 00 00 00}"
#define NAME "{01}a{07}example{00}"
#define QUESTION NAME "{00 01 00 01}"
#define ANSWER "{c0 0c 00 01 00 01 00 00 00 3c 00 04 01 02 03 04}"
#define ASK HEAD("01 00", "01", "00") QUESTION       /* 12 + 15 bytes */
#define REPLY HEAD("81 80", "01", "01") QUESTION ANSWER /* 27 + 16 */
#define TCP_ASK "{00 1b}" ASK
#define TCP_REPLY "{00 2b}" REPLY
#define ASKED "0: dns.query=a.example dns.query.name=a.example dns.opcode=0 dns.rcode=0 dns.rrtype=1"
#define REPLIED(id, rcode) id ": dns.query.name=a.example dns.answer.name=a.example dns.response.rrname=a.example|a.example dns.opcode=0 dns.rcode=" rcode " dns.rrtype=1|1"

static void say(struct text *out, struct txn *t)
{
    static const char *const names[] = { "dns.query", "dns.query.name", "dns.answer.name", "dns.response.rrname", "dns.opcode", "dns.rcode", "dns.rrtype" };

    text_printf(out, "%u:", (unsigned)t->id);
    for (size_t i = 0; i < ROWS(names); i++) {
        rig_say_field(out, t, names[i]);
    }
    rig_say_end(out, t);
}

static const struct rig_row rows[] = {
    { "a question and its answer are a transaction each", ">" ASK "<" REPLY, ASKED "\n" REPLIED("1", "0") "\n", true },
    { "over TCP a length stands in front (RFC 1035 4.2.2)", ">" TCP_ASK "<" TCP_REPLY, ASKED "\n" REPLIED("1", "0") "\n", false },
    { "several messages in a delivery", "<" TCP_REPLY TCP_REPLY, REPLIED("0", "0") "\n" REPLIED("1", "0") "\n", false },
    { "a length of nothing is passed over", "<{00 00}" TCP_REPLY, REPLIED("0", "0") "\n", false },
    { "after a gap, on where a message begins", "<" TCP_REPLY "^<" TCP_REPLY, REPLIED("0", "0") "\n" REPLIED("1", "0") "\n", false },
    { "a response to the server is noted", ">" REPLY, "0: dns.query.name=a.example dns.answer.name=a.example dns.response.rrname=a.example|a.example dns.opcode=0 dns.rcode=0 dns.rrtype=1|1 #not_request\n", true },
    { "a question to the client is noted", "<" ASK, ASKED " #not_response\n", true },
    { "shorter than a header", ">{00 07 01 00 00}", "#malformed_data\n", true },
    { "no such name", "<" HEAD("81 83", "01", "00") QUESTION, "0: dns.query.name=a.example dns.response.rrname=a.example dns.opcode=0 dns.rcode=3 dns.rrtype=1\n", true },
    { "a record cut short: what came before it stands", "<" HEAD("81 80", "01", "01") QUESTION "{c0 0c 00 01}",
      "0: dns.query.name=a.example dns.response.rrname=a.example dns.opcode=0 dns.rcode=0 dns.rrtype=1 #malformed_data\n", true },
    { "the reserved bit (RFC 1035 4.1.1)", ">" HEAD("01 40", "01", "00") QUESTION, ASKED " #z_flag_set\n", true },
};

/* Which flows are taken for DNS, on a port that says nothing. */
static void test_probe(const char *why, const char *script, bool datagrams, const char *want)
{
    struct rig *r = rig_new(datagrams, 5300);
    struct text out;
    const char *name;

    text_init(&out, 0);
    rig_play(r, script, RIG_HELD, &out);
    name = conn_name(&r->flow);
    is_str(name != NULL ? name : "", want, why);
    text_fini(&out);
    rig_free(r);
}

/* At DNS's port, and nothing else says what it is. */
static void test_known(void)
{
    static const struct rig_row known[] = {
        { "a bad datagram before is not the last word", ">{ff}>" ASK "<" REPLY, ASKED "\n" REPLIED("1", "0") "\n", true },
        { "four are", ">{ff}>{ff}>{ff}>{ff}>" ASK, "", true },
    };

    rig_rows(known, ROWS(known), &(struct rig_how){ .port = 53, .say = say });
}

int main(void)
{
    test_known();
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .proto = "dns", .say = say });
    test_probe("a port that is nobody's is not probed", ">" ASK, true, "failed");
    return done_testing();
}
