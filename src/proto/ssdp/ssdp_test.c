/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of SSDP: searches, notifications, responses. */
#include "proto/test_rig.h"

/* clang-format off */
static const struct rig_row rows[] = {
    { "a search",
      ">M-SEARCH * HTTP/1.1%0d%0aHOST: 239.255.255.250:1900%0d%0aMAN: \"ssdp:discover\"%0d%0aMX: 2%0d%0aST: ssdp:all%0d%0aUSER-AGENT: x/1%0d%0a%0d%0a",
      "{\"ssdp\":{\"method\":\"m-search\",\"target\":\"ssdp:all\",\"user_agent\":\"x/1\",\"header_count\":5}}\n" },
    { "a notification",
      ">NOTIFY * HTTP/1.1%0d%0aHOST:239.255.255.250:1900%0d%0aNT: upnp:rootdevice%0d%0aNTS: ssdp:alive%0d%0aUSN: uuid:1::upnp:rootdevice%0d%0aLOCATION: "
      "http://10.0.0.1/d.xml%0d%0aSERVER: Linux UPnP/1.0 x/1%0d%0a%0d%0a",
      "{\"ssdp\":{\"method\":\"notify\",\"target\":\"upnp:rootdevice\",\"usn\":\"uuid:1::upnp:rootdevice\",\"nts\":\"ssdp:alive\","
      "\"location\":\"http://10.0.0.1/d.xml\",\"server\":\"Linux UPnP/1.0 x/1\",\"header_count\":6}}\n" },
    { "a response, which comes from the other side",
      "<HTTP/1.1 200 OK%0d%0ast: ssdp:all%0d%0aUSN:  uuid:1 %0d%0a%0d%0a",
      "{\"ssdp\":{\"method\":\"response\",\"target\":\"ssdp:all\",\"usn\":\"uuid:1\",\"header_count\":2}}\n" },
    { "not a response of SSDP",
      "<HTTP/1.1 200 OK%0d%0aContent-Length: 0%0d%0a%0d%0a",
      "" },
    { "header fields that are none",
      ">M-SEARCH * HTTP/1.1%0d%0abad%0d%0a: x%0d%0aST: y%0d%0a",
      "{\"ssdp\":{\"method\":\"m-search\",\"target\":\"y\",\"header_count\":1}} #malformed_header\n" },
    { "another datagram of the flow is none of ours",
      ">M-SEARCH * HTTP/1.1%0d%0aST: y%0d%0a%0d%0a>hello",
      "{\"ssdp\":{\"method\":\"m-search\",\"target\":\"y\",\"header_count\":1}}\n" },
};
/* clang-format on */

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 1900, .datagrams = true });
    return done_testing();
}
