/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages made by hand (RFC 4120 5.4, 5.9), each behind its length over TCP. */
#include "proto/test_rig.h"

#define AS_REQ "{6a 54 30 52 a1 03 02 01 05 a2 03 02 01 0a a4 46 30 44 a0 07 03 05 00 00 00 00 00 a1 10 30 0e a0 03 02 01 01 a1 07 30 05 " \
    "1b 03 62 6f 62 a2 03 1b 01 52 a3 16 30 14 a0 03 02 01 01 a1 0d 30 0b 1b 06 6b 72 62 74 67 74 1b 01 52 a7 03 02 01 01 a8 " \
    "05 30 03 02 01 12}"
#define AS_REP "{6b 69 30 67 a0 03 02 01 05 a1 03 02 01 0b a3 03 1b 01 52 a4 10 30 0e a0 03 02 01 01 a1 07 30 05 1b 03 62 6f 62 a5 35 61 " \
    "33 30 31 a0 03 02 01 05 a1 03 1b 01 52 a2 16 30 14 a0 03 02 01 01 a1 0d 30 0b 1b 06 6b 72 62 74 67 74 1b 01 52 a3 0d 30 " \
    "0b a0 03 02 01 12 a2 04 04 02 78 78 a6 0d 30 0b a0 03 02 01 17 a2 04 04 02 79 79}"
#define NEEDED "{7e 46 30 44 a0 03 02 01 05 a1 03 02 01 1e a4 11 18 0f 32 30 32 30 30 31 30 31 30 30 30 30 30 30 5a a5 03 02 01 00 a6 03 " \
    "02 01 19 a9 03 1b 01 52 aa 16 30 14 a0 03 02 01 01 a1 0d 30 0b 1b 06 6b 72 62 74 67 74 1b 01 52}"
#define CUT "{6a 2b 30 29 a1 03 02 01 05 a2 03 02 01 0a a4 1d 30 1b a0 07 03 05 00 00 00 00 00 a1 10 30 0e a0 03 02 01 01 a1 07 30 05 " \
    "1b 03 62 6f 62}"
#define MARK(n) "{00 00 00 " n "}"
#define ASKED "{\"krb5\":{\"msg_type\":\"KRB_AS_REQ\",\"cname\":\"bob\",\"realm\":\"R\",\"sname\":\"krbtgt/R\",\"encryption\":\"<none>\"," \
    "\"weak_encryption\":false}}\n"
#define REFUSED(request) "{\"krb5\":{\"msg_type\":\"KRB_ERROR\",\"failed_request\":\"" request "\",\"error_code\":\"KDC_ERR_PREAUTH_REQUIRED\"," \
    "\"cname\":\"<empty>\",\"realm\":\"<empty>\",\"sname\":\"krbtgt/R\",\"encryption\":\"<none>\",\"weak_encryption\":false}}\n"
#define GIVEN "{\"krb5\":{\"msg_type\":\"KRB_AS_REP\",\"cname\":\"bob\",\"realm\":\"R\",\"sname\":\"krbtgt/R\",\"encryption\":\"rc4-hmac\"," \
    "\"weak_encryption\":true,\"ticket_encryption\":\"aes256-cts-hmac-sha1-96\",\"ticket_weak_encryption\":false}} #weak_encryption\n"

static const struct rig_row rows[] = {
    { "a request over TCP", ">" MARK("56") AS_REQ, ASKED, false },
    { "two requests in one delivery", ">" MARK("56") AS_REQ MARK("56") AS_REQ, ASKED ASKED, false },
    { "an error is about the request before it", ">" AS_REQ "<" NEEDED, ASKED REFUSED("KRB_AS_REQ"), true },
    { "an error to nothing that was seen", "<" NEEDED, REFUSED("UNKNOWN"), true },
    { "a weak answer is noted", ">" AS_REQ "<" AS_REP, ASKED GIVEN, true },
    { "a request without a realm", ">" CUT, "{\"krb5\":{\"msg_type\":\"KRB_AS_REQ\",\"cname\":\"bob\",\"realm\":\"<empty>\",\"sname\":\"<empty>\","
      "\"encryption\":\"<none>\",\"weak_encryption\":false}} #malformed_data\n", true },
};

/* Parts of names as rules ask for them, and again from the first. */
static void test_parts(void)
{
    struct rig *r = rig_new(true, 88);
    struct text out;

    text_init(&out, 0);
    rig_play(r, ">" AS_REQ, RIG_HELD, &out);
    for (unsigned round = 0; round < 2; round++) {
        text_clear(&out);
        rig_say_field(&out, txn_first(r->flow.app), "krb5.cname");
        rig_say_field(&out, txn_first(r->flow.app), "krb5.sname");
        text_byte(&out, '\0');
        is_str(out.p, " krb5.cname=bob krb5.sname=krbtgt|R", "all, each time");
    }
    text_fini(&out);
    rig_free(r);
}

int main(void)
{
    test_parts();
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 88 });
    return done_testing();
}
