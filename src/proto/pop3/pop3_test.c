/* SPDX-License-Identifier: GPL-2.0-or-later */
/* POP3 through the real driver, however its bytes are cut. */
#include "proto/test_rig.h"

#define CRLF "%0d%0a"
static const struct rig_row rows[] = {
    { "greeting, user", "<+OK ready" CRLF ">user me" CRLF "<-ERR no" CRLF,
      "{\"pop3\":{\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"ready\",\"data\":[]}}}\n"
      "{\"pop3\":{\"request\":{\"command\":\"USER\",\"args\":[\"me\"]},\"response\":{\"success\":false,\"status\":\"ERR\",\"header\":\"no\",\"data\":[]}}}\n" },
    { "several lines, a dot too many", "<+OK" CRLF ">CAPA" CRLF "<+OK list" CRLF "TOP" CRLF "..x" CRLF "." CRLF ">LIST 1" CRLF "<+OK 1 20" CRLF,
      "{\"pop3\":{\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"\",\"data\":[]}}}\n"
      "{\"pop3\":{\"request\":{\"command\":\"CAPA\",\"args\":[]},\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"list\",\"data\":[\"TOP\",\".x\"]}}}\n"
      "{\"pop3\":{\"request\":{\"command\":\"LIST\",\"args\":[\"1\"]},\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"1 20\",\"data\":[]}}}\n" },
    { "a mail flows by", "<+OK" CRLF ">RETR 1" CRLF "<+OK 9 octets" CRLF "Subject: x" CRLF CRLF "." CRLF ">NOOP" CRLF "<+OK" CRLF,
      "{\"pop3\":{\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"\",\"data\":[]}}}\n"
      "{\"pop3\":{\"request\":{\"command\":\"RETR\",\"args\":[\"1\"]},\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"9 octets\",\"data\":[]}}}\n"
      "{\"pop3\":{\"request\":{\"command\":\"NOOP\",\"args\":[]},\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"\",\"data\":[]}}}\n" },
    { "data of SASL is no command (RFC 5034)", "<+OK" CRLF ">AUTH PLAIN" CRLF "<+ " CRLF ">c2VjcmV0" CRLF "<+OK in" CRLF,
      "{\"pop3\":{\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"\",\"data\":[]}}}\n"
      "{\"pop3\":{\"request\":{\"command\":\"AUTH\",\"args\":[\"PLAIN\"]},\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"\",\"data\":[]}}}\n"
      "{\"pop3\":{\"request\":{\"command\":\"<SASL DATA>\",\"args\":[]},\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"in\",\"data\":[]}}}\n" },
    { "unknown, wrong arguments", "<+OK" CRLF ">XYZ" CRLF "DELE" CRLF "<-ERR a" CRLF "-ERR b" CRLF,
      "{\"pop3\":{\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"\",\"data\":[]}}}\n"
      "{\"pop3\":{\"request\":{\"command\":\"XYZ\",\"args\":[]},\"response\":{\"success\":false,\"status\":\"ERR\",\"header\":\"a\",\"data\":[]}}} #unknown_command\n"
      "{\"pop3\":{\"request\":{\"command\":\"DELE\",\"args\":[]},\"response\":{\"success\":false,\"status\":\"ERR\",\"header\":\"b\",\"data\":[]}}} #incorrect_argument_count\n" },
    { "TLS agreed (RFC 2595)", "<+OK" CRLF ">STLS" CRLF "<+OK go" CRLF,
      "{\"pop3\":{\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"\",\"data\":[]}}}\n"
      "{\"pop3\":{\"request\":{\"command\":\"STLS\",\"args\":[]},\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"go\",\"data\":[]}}}\n" },
};

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 110 });
    return done_testing();
}
