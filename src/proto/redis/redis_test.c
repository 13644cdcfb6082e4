/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RESP: commands and their replies, and what is wrong with them. */
#include "proto/test_rig.h"

/* clang-format off */
static const struct rig_row rows[] = {
    { "a command and its reply",
      ">*3%0d%0a%243%0d%0aSET%0d%0a%241%0d%0ak%0d%0a%242%0d%0ahi%0d%0a<+OK%0d%0a",
      "{\"redis\":{\"command\":\"SET\",\"arguments\":[\"k\",\"hi\"],\"argument_count\":2,\"reply\":{\"type\":\"status\",\"value\":\"OK\"}}}\n" },
    { "plain commands, and blanks",
      ">set  k  hi %0d%0a%0d%0a  PING%0d%0a<+OK%0d%0a+PONG%0d%0a",
      "{\"redis\":{\"command\":\"set\",\"arguments\":[\"k\",\"hi\"],\"argument_count\":2,\"reply\":{\"type\":\"status\",\"value\":\"OK\"}}}\n{"
      "\"redis\":{\"command\":\"PING\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"status\",\"value\":\"PONG\"}}}\n" },
    { "replies of all types",
      ">*1%0d%0a%241%0d%0aa%0d%0a*1%0d%0a%241%0d%0ab%0d%0a*1%0d%0a%241%0d%0ac%0d%0a*1%0d%0a%241%0d%0ad%0d%0a*1%0d%0a%241%0d%0ae%0d%0a<:7%0d%0a%24-1%0d%0a*-1%0d%0a-ERR "
      "no%0d%0a%243%0d%0aab{0d}%0d%0a",
      "{\"redis\":{\"command\":\"a\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"integer\",\"value\":\"7\"}}}\n{"
      "\"redis\":{\"command\":\"b\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"null\"}}}\n{"
      "\"redis\":{\"command\":\"c\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"null\"}}}\n{"
      "\"redis\":{\"command\":\"d\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"error\",\"value\":\"ERR no\"}}}\n{"
      "\"redis\":{\"command\":\"e\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"string\",\"value\":\"ab\\r\"}}}\n" },
    { "replies of RESP3",
      ">*1%0d%0a%241%0d%0aa%0d%0a*1%0d%0a%241%0d%0ab%0d%0a*1%0d%0a%241%0d%0ac%0d%0a*1%0d%0a%241%0d%0ad%0d%0a*1%0d%0a%241%0d%0ae%0d%0a*1%0d%0a%241%0d%0af%0d%0a<_%0d%0a,1.5%0d%0a#t%0d%0a%251%0d%0a+k%0d%0a:1%0d%0a!3%0d%0aERR%0d%0a=5%0d%0atxt:a%0d%0a",
      "{\"redis\":{\"command\":\"a\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"null\"}}}\n{"
      "\"redis\":{\"command\":\"b\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"double\",\"value\":\"1.5\"}}}\n{"
      "\"redis\":{\"command\":\"c\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"boolean\",\"value\":\"t\"}}}\n{"
      "\"redis\":{\"command\":\"d\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"map\",\"count\":1}}}\n{"
      "\"redis\":{\"command\":\"e\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"error\",\"value\":\"ERR\"}}}\n{"
      "\"redis\":{\"command\":\"f\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"string\",\"value\":\"txt:a\"}}}\n" },
    { "lists in lists, and an empty one",
      ">*1%0d%0a%241%0d%0aa%0d%0a*1%0d%0a%241%0d%0ab%0d%0a*1%0d%0a%241%0d%0ac%0d%0a<*2%0d%0a*1%0d%0a:1%0d%0a*0%0d%0a*0%0d%0a+x%0d%0a",
      "{\"redis\":{\"command\":\"a\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"array\",\"count\":2}}}\n{"
      "\"redis\":{\"command\":\"b\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"array\",\"count\":0}}}\n{"
      "\"redis\":{\"command\":\"c\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"status\",\"value\":\"x\"}}}\n" },
    { "attributes, before a reply and within one, are not it",
      ">*1%0d%0a%241%0d%0aa%0d%0a*1%0d%0a%241%0d%0ab%0d%0a<%7c1%0d%0a+ttl%0d%0a:1%0d%0a+x%0d%0a*2%0d%0a:1%0d%0a%7c1%0d%0a+ttl%0d%0a:2%0d%0a:2%0d%0a",
      "{\"redis\":{\"command\":\"a\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"status\",\"value\":\"x\"}}}\n{"
      "\"redis\":{\"command\":\"b\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"array\",\"count\":2}}}\n" },
    { "what comes unasked",
      ">*2%0d%0a%249%0d%0aSUBSCRIBE%0d%0a%241%0d%0an%0d%0a<*3%0d%0a%249%0d%0asubscribe%0d%0a%241%0d%0an%0d%0a:1%0d%0a*3%0d%0a%247%0d%0amessage%0d%0a%241%0d%0an%0d%0a%242%0d%0ahi%0d%0a",
      "{\"redis\":{\"command\":\"SUBSCRIBE\",\"arguments\":[\"n\"],\"argument_count\":1,\"reply\":{\"type\":\"array\",\"count\":3}}}\n{"
      "\"redis\":{\"reply\":{\"type\":\"array\",\"count\":3}}}\n" },
    { "a push is no reply to another command",
      ">*1%0d%0a%244%0d%0aPING%0d%0a<{3e}1%0d%0a+x%0d%0a+PONG%0d%0a>*1%0d%0a%249%0d%0aSUBSCRIBE%0d%0a<{3e}1%0d%0a+y%0d%0a",
      "{\"redis\":{\"command\":\"PING\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"status\",\"value\":\"PONG\"}}}\n{"
      "\"redis\":{\"reply\":{\"type\":\"push\",\"count\":1}}}\n{"
      "\"redis\":{\"command\":\"SUBSCRIBE\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"push\",\"count\":1}}}\n" },
    { "replies switched off and on",
      ">*3%0d%0a%246%0d%0aCLIENT%0d%0a%245%0d%0aREPLY%0d%0a%243%0d%0aOFF%0d%0a*1%0d%0a%244%0d%0aPING%0d%0a*3%0d%0a%246%0d%0aCLIENT%0d%0a%245%0d%0aREPLY%0d%0a%242%0d%0aON%0d%0a<+OK%0d%0a",
      "{\"redis\":{\"command\":\"CLIENT\",\"arguments\":[\"REPLY\",\"OFF\"],\"argument_count\":2}}\n{"
      "\"redis\":{\"command\":\"PING\",\"arguments\":[],\"argument_count\":0}}\n{"
      "\"redis\":{\"command\":\"CLIENT\",\"arguments\":[\"REPLY\",\"ON\"],\"argument_count\":2,\"reply\":{\"type\":\"status\",\"value\":\"OK\"}}}\n" },
    { "passwords are not for records",
      ">AUTH secret%0d%0aAUTH me secret%0d%0aHELLO 3 AUTH me secret SETNAME x%0d%0aCONFIG SET requirepass secret%0d%0a<+OK%0d%0a",
      "{\"redis\":{\"command\":\"AUTH\",\"arguments\":[\"***\"],\"argument_count\":1,\"reply\":{\"type\":\"status\",\"value\":\"OK\"}}}\n{"
      "\"redis\":{\"command\":\"AUTH\",\"arguments\":[\"me\",\"***\"],\"argument_count\":2}} (open)\n{"
      "\"redis\":{\"command\":\"HELLO\",\"arguments\":[\"3\",\"AUTH\",\"me\",\"***\",\"SETNAME\",\"x\"],\"argument_count\":6}} (open)\n{"
      "\"redis\":{\"command\":\"CONFIG\",\"arguments\":[\"SET\",\"requirepass\",\"***\"],\"argument_count\":3}} (open)\n" },
    { "replication: what follows is no reply",
      ">*1%0d%0a%244%0d%0aSYNC%0d%0a<%245%0d%0aREDIS*9%0d%0a",
      "{\"redis\":{\"command\":\"SYNC\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"string\",\"value\":\"REDIS\"}}}\n" },
    { "a length that is none",
      ">*2%0d%0a%243%0d%0aGET%0d%0a%24x%0d%0ak%0d%0a*1%0d%0a%244%0d%0aPING%0d%0a<+PONG%0d%0a",
      "{\"redis\":{\"command\":\"GET\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"status\",\"value\":\"PONG\"}}} #malformed_command\n{"
      "\"redis\":{\"command\":\"PING\",\"arguments\":[],\"argument_count\":0}} (open)\n" },
    { "more arguments than there are",
      ">*2%0d%0a%243%0d%0aGET%0d%0a%241%0d%0ak%0d%0a*9999999999%0d%0a*1%0d%0a%244%0d%0aPING%0d%0a<+v%0d%0a+PONG%0d%0a",
      "{\"redis\":{\"command\":\"GET\",\"arguments\":[\"k\"],\"argument_count\":1,\"reply\":{\"type\":\"status\",\"value\":\"v\"}}} #malformed_command\n{"
      "\"redis\":{\"command\":\"PING\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"status\",\"value\":\"PONG\"}}}\n" },
    { "a reply of no type",
      ">*1%0d%0a%244%0d%0aPING%0d%0a<?%0d%0a+PONG%0d%0a",
      "{\"redis\":{\"command\":\"PING\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"unknown\"}}} #malformed_reply\n{"
      "\"redis\":{\"reply\":{\"type\":\"status\",\"value\":\"PONG\"}}}\n" },
    { "lists too deep",
      ">*1%0d%0a%241%0d%0aa%0d%0a<*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a*1%0d%0a",
      "{\"redis\":{\"command\":\"a\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"array\",\"count\":1}}} #too_deep\n" },
    { "a gap in a reply",
      ">*1%0d%0a%241%0d%0aa%0d%0a*1%0d%0a%241%0d%0ab%0d%0a<+x^<yz%0d%0a+y%0d%0a",
      "{\"redis\":{\"command\":\"a\",\"arguments\":[],\"argument_count\":0,\"reply\":{\"type\":\"status\",\"value\":\"y\"}}}\n{"
      "\"redis\":{\"command\":\"b\",\"arguments\":[],\"argument_count\":0}} #malformed_reply (open)\n" },
    { "not Redis",
      ">*1%0d%0a%24x",
      "" },
};
/* clang-format on */

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 6379 });
    return done_testing();
}
