/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DHCPv6 through the real driver. */
#include "proto/test_rig.h"
#include "tap.h"

#define ADDRESS(last) "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 " last
#define SOLICIT "01 aa bb cc 00 01 00 04 00 03 00 01 00 08 00 02 00 64 00 06 00 04 00 17 00 18"
#define SOLICITED "\"type\":\"solicit\",\"id\":11189196"
#define CLIENT "\"client_duid\":\"00:03:00:01\",\"elapsed_ms\":1000,\"requested_options\":[23,24]"

static const struct {
    const char *why, *script, *want;
} rows[] = {
    { "a client looks for servers", ">{" SOLICIT "}", "{\"dhcpv6\":{" SOLICITED "," CLIENT "}}\n" },
    { "an address and a prefix are lent", ">{07 00 00 01 00 02 00 02 ab cd 00 03 00 28 00 00 00 01 00 00 00 00 00 00 00 00 00 05 00 18 " ADDRESS("07") " 00 00 00 3c 00 00 00 78"
      " 00 19 00 29 00 00 00 02 00 00 00 00 00 00 00 00 00 1a 00 19 00 00 00 3c 00 00 00 78 38 " ADDRESS("00") " 00 17 00 10 " ADDRESS("35") "}",
      "{\"dhcpv6\":{\"type\":\"reply\",\"id\":1,\"server_duid\":\"ab:cd\",\"addresses\":[{\"ip\":\"2001:0db8:0000:0000:0000:0000:0000:0007\",\"preferred_lifetime\":60,"
      "\"valid_lifetime\":120}],\"prefixes\":[{\"ip\":\"2001:0db8:0000:0000:0000:0000:0000:0000\",\"prefix_len\":56,\"preferred_lifetime\":60,\"valid_lifetime\":120}],"
      "\"dns_servers\":[\"2001:0db8:0000:0000:0000:0000:0000:0035\"]}}\n" },
    { "a relay's", ">{0c 00 " ADDRESS("01") " " ADDRESS("02") " 00 09 00 1a " SOLICIT "}",
      "{\"dhcpv6\":{" SOLICITED ",\"relays\":1,\"link_address\":\"2001:0db8:0000:0000:0000:0000:0000:0001\",\"peer_address\":\"2001:0db8:0000:0000:0000:0000:0000:0002\","
      CLIENT "}}\n" },
    { "a relay's that wraps nothing", ">{0c 00 " ADDRESS("01") " " ADDRESS("02") " 00 12 00 01 61}",
      "{\"dhcpv6\":{\"type\":\"relay_forward\",\"id\":0,\"relays\":1,\"link_address\":\"2001:0db8:0000:0000:0000:0000:0000:0001\","
      "\"peer_address\":\"2001:0db8:0000:0000:0000:0000:0000:0002\"}} #malformed_data\n" },
    { "a name and a failure", ">{07 00 00 01 00 27 00 09 00 03}pc1{03}lan{00 0d 00 06 00 02}none",
      "{\"dhcpv6\":{\"type\":\"reply\",\"id\":1,\"status\":2,\"status_message\":\"none\",\"fqdn\":\"pc1.lan\"}}\n" },
    { "an address cut short", ">{07 00 00 01 00 03 00 14 00 00 00 01 00 00 00 00 00 00 00 00 00 05 00 04 20 01 0d b8}",
      "{\"dhcpv6\":{\"type\":\"reply\",\"id\":1}} #malformed_data\n" },
    { "options beyond the datagram are none of ours", ">{01 aa bb cc 00 01 00 09 00}", "" },
};

int main(void)
{
    struct text out;
    bool same;

    text_init(&out, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        rig_cuts(rows[i].script, true, 547, &out, &same);
        is_str(out.p, rows[i].want, rows[i].why);
    }
    text_fini(&out);
    return done_testing();
}
