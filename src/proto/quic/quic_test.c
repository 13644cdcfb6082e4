/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Datagrams through the real driver.  The hellos are made with the keys of RFC 9001 A.1's destination, 8394c8f03e515708. */
#include "proto/test_rig.h"

#define END_OF_HELLO "{" \
    "c600000001088394c8f03e51570800004061c3959bbb46be5193e80ed155b1d43de7b4fa05b15062628cd9226569c304cd1ce85472c60c75" \
    "e67d450a7759581727fb01f6ea75e9090daf508eca1ac1f3bff956690433af5058fa91308e966e428f7fde159be750c430858624c0278c82" \
    "741983" "}"
#define START_OF_HELLO "{" \
    "c700000001088394c8f03e51570800004035ee55d7786c3aa1bd07878dcde2afeed6407ce62563678a8ba3f7600884e02455e55e04f23939" \
    "1288abe4589437f302ef5b7ac15a1f" "}"
#define TEN "{00 00 00 00 00 00 00 00 00 00}"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define PADDING HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED
#define SERVER_HELLO "{" \
    "cf00000001000101004049a4eb133aae300bb31b5c8790f1782cafc94448cb5b98a73a571b49e9575e49f484f017e6465c9e812020389968" \
    "12fb7d17ecca75a42a5982ac62efc79bb5a35a79cbf29576010b2c68" "}"
#define GOOGLE_HELLO "{" \
    "c35130343650000102030405060700000001000000000000000000000000a001004b43484c4f040000005041440009000000534e49001800" \
    "0000554149441f00000056455200230000000000000000000000007777772e6578616d706c652e6f72677065636361727951303436" "}"

#define HELLO "\"version\":\"1\",\"sni\":\"example.org\",\"ja3\":{\"hash\":\"9cd3a3df22ead6ac1977bf836d6ea964\",\"string\":\"771,4865,0-16-43,,\"}"
#define EXTENSIONS "\"extensions\":[{\"name\":\"server_name\",\"type\":0,\"values\":[\"example.org\"]}," \
    "{\"name\":\"alpn\",\"type\":16,\"values\":[\"h3\"]},{\"name\":\"supported_versions\",\"type\":43}]"

static const struct rig_row rows[] = {
    { "a hello in two packets, its end first: each packet is told, the hello with the one that completes it",
      ">" END_OF_HELLO "|" START_OF_HELLO,
      "{\"quic\":{\"version\":\"1\"}}\n{\"quic\":{" HELLO ",\"ja4\":\"q13d0103h3_0f2cb44170f4_b9a491fefe05\"," EXTENSIONS "}}\n" },
    { "the server's keys come of the client's first destination", ">" START_OF_HELLO "<" SERVER_HELLO,
      "{\"quic\":{\"version\":\"1\"}}\n{\"quic\":{\"version\":\"1\",\"ja3s\":{\"hash\":\"cce84e7a8b742462e40afb585a3e3ccc\",\"string\":\"771,4865,43\"},"
      "\"extensions\":[{\"name\":\"supported_versions\",\"type\":43}]}}\n" },
    { "what follows a whole hello is cipher", ">" START_OF_HELLO "|" END_OF_HELLO PADDING "|" START_OF_HELLO,
      "{\"quic\":{\"version\":\"1\"}}\n{\"quic\":{" HELLO ",\"ja4\":\"q13d0103h3_0f2cb44170f4_b9a491fefe05\"," EXTENSIONS "}}\n" },
    { "but not when no server would take it (RFC 9000 14.1)", ">" START_OF_HELLO "|" END_OF_HELLO "|{c3000000010883 94c8f03e5157080000 15 00112233445566778899aabbccddeeff0011223344}",
      "{\"quic\":{\"version\":\"1\"}}\n{\"quic\":{" HELLO ",\"ja4\":\"q13d0103h3_0f2cb44170f4_b9a491fefe05\"," EXTENSIONS "}}\n{\"quic\":{\"version\":\"1\"}} #failed_decrypt\n" },
    { "a packet of nobody's before it", ">{c3000000010811 22334455667788 0000 15 00112233445566778899aabbccddeeff0011223344}|" END_OF_HELLO "|" START_OF_HELLO,
      "{\"quic\":{\"version\":\"1\"}} #failed_decrypt\n{\"quic\":{\"version\":\"1\"}}\n{\"quic\":{" HELLO ",\"ja4\":\"q13d0103h3_0f2cb44170f4_b9a491fefe05\"," EXTENSIONS "}}\n" },
    { "a packet that does not decrypt", ">" START_OF_HELLO "|{c3000000010883 94c8f03e5157080000 15 00112233445566778899aabbccddeeff0011223344}",
      "{\"quic\":{\"version\":\"1\"}}\n{\"quic\":{\"version\":\"1\"}} #failed_decrypt\n" },
    { "a version that nobody knows is told, and no more", ">{c01a2a3a4a 00 00 00 02 0102}", "{\"quic\":{\"version\":\"1a2a3a4a\"}}\n" },
    { "Google's tags", ">" GOOGLE_HELLO,
      "{\"quic\":{\"version\":\"Q046\",\"sni\":\"www.example.org\",\"ua\":\"peccary\",\"cyu\":[{\"hash\":\"1bd282d74859aafeef1ec05f71bf0fd3\",\"string\":\"46,PAD-SNI-UAID-VER\"}]}}\n" },
    { "the public header of Google's first versions", ">{0d 0102030405060708 51303234 01 000102030405060708090a0b a001}", "{\"quic\":{\"version\":\"51303234\"}}\n" },
    { "it ends within its hash", ">{0d 0102030405060708 51303234 01 0001020304}", "" },
    { "version 2 has a name", ">{d06b3343cf 00 00 00 02 0102}", "{\"quic\":{\"version\":\"v2\"}} #failed_decrypt\n" },
    { "a short header tells nothing", ">" START_OF_HELLO "|{40 0102030405}", "{\"quic\":{\"version\":\"1\"}}\n" },
};

extern const struct proto proto_quic;

/* At QUIC's port a short header is believed; its shape says nothing. */
static void test_probe(void)
{
    static const uint8_t bytes[17] = { 0x0c, 1, 2, 3 };

    is_int(proto_quic.probe(rd_of(bytes_of(bytes, 17)), TO_SERVER, true), PROBE_YES, "a short header that has room for a connection id");
    is_int(proto_quic.probe(rd_of(bytes_of(bytes, 16)), TO_SERVER, true), PROBE_NO, "a shorter one");
    is_int(proto_quic.probe(rd_of(bytes_of(bytes, 17)), TO_CLIENT, true), PROBE_NO, "from the server it is not asked");
}

int main(void)
{
    test_probe();
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 443, .datagrams = true });
    return done_testing();
}
