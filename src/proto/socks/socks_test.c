/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SOCKS' handshakes, and what is carried behind them. */
#include "proto/test_rig.h"

/* clang-format off */
static const struct rig_row rows[] = {
    { "version 5, a name, and the protocol inside",
      ">{05 01 00}<{05 00}>{05 01 00 03 0b}example.com{00 50}<{05 00 00 01 0a 00 00 02 04 38}>GET / HTTP/1.0%0d%0a%0d%0a",
      "{\"socks\":{\"version\":5,\"method\":0,\"command\":\"connect\",\"request\":{\"host\":\"example.com\",\"port\":80},\"reply\":\"succeeded\","
      "\"reply_code\":0,\"bound\":{\"ip\":\"10.0.0.2\",\"port\":1080}}}\n{\"http\":{\"url\":\"/\"}} (open)\n" },
    { "version 5, an address of IPv6, refused",
      ">{05 02 00 02}<{05 00}>{05 01 00 04 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 01 bb}<{05 05 00 01 00 00 00 00 00 00}",
      "{\"socks\":{\"version\":5,\"method\":0,\"command\":\"connect\",\"request\":{\"ip\":\"2001:0db8:0000:0000:0000:0000:0000:0001\",\"port\":443},"
      "\"reply\":\"connection_refused\",\"reply_code\":5,\"bound\":{\"ip\":\"0.0.0.0\",\"port\":0}}}\n" },
    { "user and password",
      ">{05 02 00 02}<{05 02}>{01 02}me{06}secret<{01 00}>{05 01 00 01 0a 00 00 01 00 16}<{05 00 00 01 00 00 00 00 00 00}",
      "{\"socks\":{\"version\":5,\"user\":\"me\",\"method\":2,\"login\":\"succeeded\",\"command\":\"connect\",\"request\":{\"ip\":\"10.0.0.1\",\"port\":22},"
      "\"reply\":\"succeeded\",\"reply_code\":0,\"bound\":{\"ip\":\"0.0.0.0\",\"port\":0}}} #cleartext_password\n" },
    { "a wrong password",
      ">{05 01 02}<{05 02}>{01 02}me{03}bad<{01 01}",
      "{\"socks\":{\"version\":5,\"user\":\"me\",\"method\":2,\"login\":\"failed\"}} #cleartext_password\n" },
    { "no way to log in is taken",
      ">{05 01 02}<{05 ff}",
      "{\"socks\":{\"version\":5,\"method\":255}} #no_acceptable_method\n" },
    { "version 4, and 4a",
      ">{04 01 00 50 0a 00 00 01}me{00}<{00 5a 00 50 0a 00 00 01}",
      "{\"socks\":{\"version\":4,\"user\":\"me\",\"command\":\"connect\",\"request\":{\"ip\":\"10.0.0.1\",\"port\":80},\"reply\":\"granted\","
      "\"reply_code\":90,\"bound\":{\"ip\":\"10.0.0.1\",\"port\":80}}}\n" },
    { "version 4a: a name",
      ">{04 01 00 50 00 00 00 01 00}example.com{00}<{00 5b 00 00 00 00 00 00}",
      "{\"socks\":{\"version\":4,\"command\":\"connect\",\"request\":{\"host\":\"example.com\",\"port\":80},\"reply\":\"rejected\",\"reply_code\":91,"
      "\"bound\":{\"ip\":\"0.0.0.0\",\"port\":0}}}\n" },
    { "bind: two replies",
      ">{05 01 00}<{05 00}>{05 02 00 01 0a 00 00 01 00 15}<{05 00 00 01 0a 00 00 09 12 34}|{05 00 00 01 0a 00 00 01 00 14}",
      "{\"socks\":{\"version\":5,\"method\":0,\"command\":\"bind\",\"request\":{\"ip\":\"10.0.0.1\",\"port\":21},\"reply\":\"succeeded\",\"reply_code\":0,"
      "\"bound\":{\"ip\":\"10.0.0.1\",\"port\":20}}}\n" },
    { "UDP: what follows is another flow",
      ">{05 01 00}<{05 00}>{05 03 00 01 00 00 00 00 00 00}<{05 00 00 01 0a 00 00 09 12 34}",
      "{\"socks\":{\"version\":5,\"method\":0,\"command\":\"udp_associate\",\"request\":{\"ip\":\"0.0.0.0\",\"port\":0},\"reply\":\"succeeded\","
      "\"reply_code\":0,\"bound\":{\"ip\":\"10.0.0.9\",\"port\":4660}}}\n" },
    { "a command that is none",
      ">{05 01 00}<{05 00}>{05 09 00 01 0a 00 00 01 00 15}<{05 07 00 01 00 00 00 00 00 00}",
      "{\"socks\":{\"version\":5,\"method\":0,\"command\":\"unknown\",\"request\":{\"ip\":\"10.0.0.1\",\"port\":21},\"reply\":\"command_not_supported\","
      "\"reply_code\":7,\"bound\":{\"ip\":\"0.0.0.0\",\"port\":0}}} #malformed_request\n" },
    { "an address of no kind",
      ">{05 01 00}<{05 00}>{05 01 00 09 0a 00 00 01 00 15}",
      "{\"socks\":{\"version\":5,\"method\":0}} (open)\n" },
    { "a method that wraps what follows",
      ">{05 01 01}<{05 01}>{01 01 00 02}ab",
      "{\"socks\":{\"version\":5,\"method\":1}}\n" },
    { "not SOCKS: a method that is not assigned",
      ">{05 01 10}",
      "" },
    { "not SOCKS: a method twice",
      ">{05 02 00 00}",
      "" },
};
/* RFC 1928 7: reserved, fragment, destination, data */
static const struct rig_row datagrams[] = {
    { "two to one destination, the answer, and one to another",
      ">{00 00 00 01 0a 00 00 01 04 d2}hello|{00 00 00 01 0a 00 00 01 04 d2}again<{00 00 00 01 0a 00 00 01 04 d2}hi>{00 00 00 03 01}x{00 07}echo",
      "{\"socks\":{\"version\":5,\"command\":\"datagrams\",\"request\":{\"ip\":\"10.0.0.1\",\"port\":1234}}}\n"
      "{\"socks\":{\"version\":5,\"command\":\"datagrams\",\"request\":{\"host\":\"x\",\"port\":7}}}\n" },
    { "what is none", ">{00 01 00 01 0a 00 00 01 04 d2}x|{00 00 00 05 0a}", "" },
};
/* clang-format on */

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 1080 });
    rig_rows(datagrams, ROWS(datagrams), &(struct rig_how){ .proto = "socks", .datagrams = true });
    return done_testing();
}
