/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TLS through the real driver: records, messages over them, what ends the reading.  The hellos' grammar: wire/tlshello_test. */
#include "proto/test_rig.h"
#include "proto/tls/tls.h"

#define RANDOM "0123456789abcdef0123456789abcdef"
#define RECORD(type, length) "{" type " 03 03 " length "}"
#define MESSAGE(type, length) "{" type " 00 00 " length "}"
/* 2 + 32 + 1 + 4 + 2 and what stands behind */
#define HELLO_BODY "{03 03}" RANDOM "{00 00 02 13 01 01 00}"
#define SNI "{00 0c 00 00 00 08 00 06 00 00 03}abc"
#define CLIENT_HELLO RECORD("16", "00 3b") MESSAGE("01", "37") HELLO_BODY SNI
#define SERVER_BODY "{03 03}" RANDOM "{00 00 2f 00}"
#define SERVER_HELLO RECORD("16", "00 2a") MESSAGE("02", "26") SERVER_BODY
#define SERVER_HELLO_13 RECORD("16", "00 32") MESSAGE("02", "2e") "{03 03}" RANDOM "{00 13 01 00 00 06 00 2b 00 02 03 04}"
#define SERVER_DONE RECORD("16", "00 04") MESSAGE("0e", "00")
#define CHANGE "{14 03 03 00 01 01}"
#define DATA "{17 03 03 00 04}wxyz"
#define BAD_CERTIFICATE RECORD("16", "00 0c") "{0b 00 00 08 00 00 05 00 00 09 31 32}"

static void say(struct text *out, struct txn *t)
{
    static const char *const names[] = { "tls.sni", "tls.version", "tls.cert_subject", "tls.certs" };

    text_printf(out, "%u/%u:", (unsigned)t->progress[TO_SERVER], (unsigned)t->progress[TO_CLIENT]);
    for (size_t i = 0; i < ROWS(names); i++) {
        rig_say_field(out, t, names[i]);
    }
    rig_say_end(out, t);
}

static const struct rig_row rows[] = {
    { "both hellos", ">" CLIENT_HELLO "<" SERVER_HELLO, "1/1: tls.sni=abc (asking) (waiting)\n" },
    { "a message over two records", ">" RECORD("16", "00 10") MESSAGE("01", "37") "{03 03}" "0123456789" RECORD("16", "00 2b") "abcdef0123456789abcdef{00 00 02 13 01 01 00}" SNI, "1/0: tls.sni=abc (asking) (waiting)\n" },
    { "the client says hello again", ">" CLIENT_HELLO CLIENT_HELLO, "1/0: tls.sni=abc #MULTIPLE_SNI_EXTENSIONS (asking) (waiting)\n" },
    { "two messages in one record", "<" RECORD("16", "00 2e") MESSAGE("02", "26") SERVER_BODY MESSAGE("0e", "00"), "0/3: (asking) (waiting)\n" },
    { "cipher on both sides ends it", ">" CLIENT_HELLO "<" SERVER_HELLO SERVER_DONE CHANGE ">" CHANGE, "4/5: tls.sni=abc\n" },
    { "of TLS 1.3 only data is cipher: what changes the cipher says nothing", ">" CLIENT_HELLO "<" SERVER_HELLO_13 CHANGE ">" CHANGE, "3/4: tls.sni=abc (asking) (waiting)\n" },
    { "TLS 1.3 and data", ">" CLIENT_HELLO "<" SERVER_HELLO_13 DATA ">" DATA, "4/5: tls.sni=abc\n" },
    { "a client's hello from the server", "<" CLIENT_HELLO, "0/0: #INVALID_HANDSHAKE_MESSAGE (asking) (waiting)\n" },
    { "no such version", ">" CLIENT_HELLO "{16 04 05 00 01 00}", "1/0: tls.sni=abc #INVALID_RECORD_VERSION (asking) (waiting)\n" },
    { "no such version, first of all", ">{16 03 99 00 01 00}", "#INVALID_TLS_HEADER\n" },
    { "no such type", ">" CLIENT_HELLO "{19 03 03 00 01 00}", "1/0: tls.sni=abc #INVALID_RECORD_TYPE (asking) (waiting)\n" },
    { "longer than records are", ">" CLIENT_HELLO "{16 03 03 50 00}", "1/0: tls.sni=abc #INVALID_RECORD_LENGTH (asking) (waiting)\n" },
    { "an alert in the clear is two octets", ">" CLIENT_HELLO "{15 03 03 00 03 01 02 03}", "1/0: tls.sni=abc #INVALID_ALERT_MESSAGE (asking) (waiting)\n" },
    { "an alert", ">" CLIENT_HELLO "{15 03 03 00 02 02 28}", "1/0: tls.sni=abc (asking) (waiting)\n" },
    { "a heartbeat that asks for more than it sends (CVE-2014-0160)", ">" CLIENT_HELLO "{18 03 03 00 03 01 40 00}", "1/0: tls.sni=abc #HEARTBEAT_MESSAGE #OVERFLOW_HEARTBEAT_MESSAGE (asking) (waiting)\n" },
    { "a heartbeat of no known type", ">" CLIENT_HELLO "{18 03 03 00 03 07 00 00}", "1/0: tls.sni=abc #HEARTBEAT_MESSAGE #INVALID_HEARTBEAT_MESSAGE (asking) (waiting)\n" },
    { "a certificate that is none", ">" CLIENT_HELLO "<" SERVER_HELLO RECORD("16", "00 0c") "{0b 00 00 08 00 00 05 00 00 02 31 32}", "1/2: tls.sni=abc tls.certs=12 #CERTIFICATE_INVALID_DER (asking) (waiting)\n" },
    { "a list of certificates longer than its message", ">" CLIENT_HELLO "<" SERVER_HELLO RECORD("16", "00 0c") "{0b 00 00 08 00 00 09 00 00 02 31 32}", "1/1: tls.sni=abc #INVALID_CERTIFICATE #INVALID_HANDSHAKE_MESSAGE (asking) (waiting)\n" },
    { "a certificate longer than its list", ">" CLIENT_HELLO "<" SERVER_HELLO BAD_CERTIFICATE, "1/1: tls.sni=abc #INVALID_CERTIFICATE #INVALID_HANDSHAKE_MESSAGE (asking) (waiting)\n" },
    { "a certificate that says it is longer", ">" CLIENT_HELLO "<" SERVER_HELLO RECORD("16", "00 0c") "{0b 00 00 08 00 00 05 00 00 02 30 05}", "1/2: tls.sni=abc tls.certs=0%05 #CERTIFICATE_INVALID_LENGTH (asking) (waiting)\n" },
    { "a certificate whose issuer is no name", ">" CLIENT_HELLO "<" SERVER_HELLO RECORD("16", "00 19") "{0b 00 00 15 00 00 12 00 00 0f 30 0d 30 0b 02 01 01 30 00 30 04 04 02 31 32}", "1/2: tls.sni=abc tls.certs=0%0d0%0b%02%01%010%000%04%04%0212 #CERTIFICATE_INVALID_X509NAME (asking) (waiting)\n" },
    { "a hello whose session is longer than it", ">" RECORD("16", "00 27") MESSAGE("01", "23") "{03 03}" RANDOM "{20}", "0/0: #HANDSHAKE_INVALID_LENGTH #INVALID_HANDSHAKE_MESSAGE (asking) (waiting)\n" },
    { "a handshake message of no known type", ">" CLIENT_HELLO RECORD("16", "00 05") MESSAGE("63", "01") "x", "1/0: tls.sni=abc #INVALID_HANDSHAKE_MESSAGE (asking) (waiting)\n" },
    { "a handshake record that holds no message's head", ">" CLIENT_HELLO RECORD("16", "00 02") "ab", "1/0: tls.sni=abc #INVALID_SSL_RECORD (asking) (waiting)\n" },
    { "SSL 2's error message", ">{80 2e 01 00 02 00 15 00 00 00 10 07 00 c0 05 00 80 03 00 80 01 00 80 08 00 80 06 00 40 04 00 80 02 00 80}0123456789abcdef<{80 03 00 00 01}", "1/0: #ERROR_MESSAGE_ENCOUNTERED (asking) (waiting)\n" },
    { "what follows cipher is not read", ">" CLIENT_HELLO "<" SERVER_HELLO CHANGE BAD_CERTIFICATE, "1/4: tls.sni=abc (asking) (waiting)\n" },
    { "certificates of TLS 1.3 are cipher", ">" CLIENT_HELLO "<" SERVER_HELLO_13 BAD_CERTIFICATE, "1/1: tls.sni=abc (asking) (waiting)\n" },
    { "a client's hello that only a server could send", "<" RECORD("16", "00 2a") MESSAGE("01", "26") SERVER_BODY, "0/0: #INVALID_HANDSHAKE_MESSAGE (asking) (waiting)\n" },
    { "SSL 2's hello", ">{80 2e 01 00 02 00 15 00 00 00 10 07 00 c0 05 00 80 03 00 80 01 00 80 08 00 80 06 00 40 04 00 80 02 00 80}0123456789abcdef", "1/0: (asking) (waiting)\n" },
    { "closed", ">" CLIENT_HELLO "$", "4/5: tls.sni=abc\n" },
};

/* Names of ALPN as rules ask for them, and again from the first. */
static void test_alpn(void)
{
    struct rig *r = rig_open(&(struct rig_how){ .proto = "tls", .say = say }, false);
    struct text out;

    text_init(&out, 0);
    rig_play(r, ">" RECORD("16", "00 3b") MESSAGE("01", "37") HELLO_BODY "{00 0c 00 10 00 08 00 06 02}h2{02}h3", RIG_HELD, &out);
    for (unsigned round = 0; round < 2; round++) {
        text_clear(&out);
        rig_say_field(&out, r->flow.app->head, "tls.alpn");
        text_byte(&out, '\0');
        is_str(out.p, " tls.alpn=h2|h3", "all, each time");
    }
    text_fini(&out);
    rig_free(r);
}

/* Of a list of certificates no more are kept than there is room for. */
static void test_many(void)
{
    enum { CERTIFICATES = 200 };
    struct text script, out;

    text_init(&script, 0);
    text_init(&out, 0);
    text_str(&script, ">" CLIENT_HELLO "<" SERVER_HELLO);
    text_printf(&script, "{16 03 03 %02x %02x 0b 00 %02x %02x 00 %02x %02x", (3 * CERTIFICATES + 7) >> 8, (3 * CERTIFICATES + 7) & 255,
                (3 * CERTIFICATES + 3) >> 8, (3 * CERTIFICATES + 3) & 255, 3 * CERTIFICATES >> 8, 3 * CERTIFICATES & 255);
    for (unsigned i = 0; i < CERTIFICATES; i++) {
        text_str(&script, " 00 00 00");
    }
    text_str(&script, "}");
    text_byte(&script, '\0');
    struct rig *r = rig_open(&(struct rig_how){ .proto = "tls", .say = say }, false);
    rig_play(r, script.p, RIG_HELD, &out);
    const struct tls *t = txn_data(r->flow.app->head);
    is_int(t->end[TO_CLIENT].cert_n, TLS_CERTS_MAX, "no more certificates are kept than there is room for");
    rig_free(r);
    text_fini(&script);
    text_fini(&out);
}

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .proto = "tls", .say = say });
    test_alpn();
    test_many();
    return done_testing();
}
