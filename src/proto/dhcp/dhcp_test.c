/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DHCP through the real driver. */
#include "proto/test_rig.h"
#include "tap.h"

#define ZEROES_32 "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
#define HEAD(op, hlen) "{" op " 01 " hlen " 00 00 00 00 07 00 00 00 00 01 01 01 01 02 02 02 02 03 03 03 03 04 04 04 04 01 02 03 04 05 06 99 00 00 00 00 00 00 00 00 00 " \
    ZEROES_32 ZEROES_32 ZEROES_32 ZEROES_32 ZEROES_32 ZEROES_32 "63 82 53 63}"
#define SHOWN(type, mac) "{\"dhcp\":{\"type\":\"" type "\",\"id\":7,\"client_mac\":\"" mac "\",\"assigned_ip\":\"2.2.2.2\""
#define MAC "01:02:03:04:05:06"

static const struct {
    const char *why, *script, *want;
} rows[] = {
    { "an acknowledgement", ">" HEAD("02", "06") "{35 01 05 33 04 00 00 00 60 3a 04 00 00 00 30 3d 03 01 61 62 0c 01}h{ff}",
      SHOWN("reply", MAC) ",\"dhcp_type\":\"ack\",\"renewal_time\":48,\"client_id\":\"61:62\",\"hostname\":\"h\"}}\n" },
    { "padding has no length", ">" HEAD("01", "06") "{00 00 35 01 01 00 ff 00}", SHOWN("request", MAC) ",\"dhcp_type\":\"discover\"}}\n" },
    { "of two options records show the last", ">" HEAD("01", "06") "{0c 01}a{0c 01}b{ff}", SHOWN("request", MAC) ",\"hostname\":\"b\"}}\n" },
    { "no end mark", ">" HEAD("01", "06") "{35 01 63}", SHOWN("request", MAC) ",\"dhcp_type\":\"unknown\"}} #truncated_options\n" },
    { "an option beyond the datagram", ">" HEAD("01", "06") "{35 01 03 0c 20}abc", SHOWN("request", MAC) ",\"dhcp_type\":\"request\"}} #truncated_options\n" },
    { "a time too short; nothing behind it is read", ">" HEAD("01", "06") "{3a 02 00 01 0c 01}h{ff}", SHOWN("request", MAC) "}} #truncated_options\n" },
    { "the longest hardware address is 16", ">" HEAD("03", "ff") "{ff}", SHOWN("<unknown>", MAC ":99:00:00:00:00:00:00:00:00:00") "}}\n" },
    { "the server's name holds options, too", ">{02 01 06 00 00 00 00 07 00 00 00 00 01 01 01 01 02 02 02 02 03 03 03 03 04 04 04 04 01 02 03 04 05 06 99 00 00 00 00 00 00 00 00 00 "
      "0c 01 78 ff 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 " ZEROES_32 ZEROES_32 ZEROES_32 ZEROES_32 ZEROES_32 "63 82 53 63 34 01 02 ff}",
      SHOWN("reply", MAC) ",\"hostname\":\"x\"}}\n" },
    { "another cookie is not ours", ">{01 01 06 00}", "" },
};

int main(void)
{
    struct text out;
    bool same;

    text_init(&out, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        rig_cuts(rows[i].script, true, 67, &out, &same);
        is_str(out.p, rows[i].want, rows[i].why);
    }
    text_fini(&out);
    return done_testing();
}
