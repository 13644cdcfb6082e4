/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Media through the real driver. */
#include "proto/test_rig.h"

#define RTP(number, ssrc) "{80 00}" number "{00 00 00 01}" ssrc "{ff ff}"
#define A "{00 00 00 0a}"
#define B "{00 00 00 0b}"

static const struct rig_row rows[] = {
    { "two packets, one lost between them", ">" RTP("{00 01}", A) "|" RTP("{00 03}", A), "{\"rtp\":{\"ssrc\":10,\"payload_type\":0,\"packets\":2,\"bytes\":28,\"lost\":1}} (open)\n" },
    { "numbers go round", ">" RTP("{ff ff}", A) "|" RTP("{00 00}", A), "{\"rtp\":{\"ssrc\":10,\"payload_type\":0,\"packets\":2,\"bytes\":28,\"lost\":0}} (open)\n" },
    { "one comes late", ">" RTP("{00 01}", A) "|" RTP("{00 03}", A) "|" RTP("{00 02}", A), "{\"rtp\":{\"ssrc\":10,\"payload_type\":0,\"packets\":3,\"bytes\":42,\"lost\":0}} (open)\n" },
    { "each side has its source; a report", ">" RTP("{00 01}", A) "<" RTP("{00 01}", B) "|{81 c8 00 06}" B "{00 00 00 00}",
      "{\"rtp\":{\"ssrc\":10,\"payload_type\":0,\"packets\":1,\"bytes\":14,\"lost\":0}} (open)\n"
      "{\"rtp\":{\"ssrc\":11,\"payload_type\":0,\"packets\":1,\"bytes\":14,\"lost\":0,\"reports\":1}} (open)\n" },
    { "another source takes its place", ">" RTP("{00 01}", A) "|" RTP("{00 01}", B),
      "{\"rtp\":{\"ssrc\":10,\"payload_type\":0,\"packets\":1,\"bytes\":14,\"lost\":0}}\n{\"rtp\":{\"ssrc\":11,\"payload_type\":0,\"packets\":1,\"bytes\":14,\"lost\":0}} (open)\n" },
    { "what else goes by there, and what is too short", ">{00 01 00 00}>{80 00 00}>{81 c8}", "" },
};

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .proto = "rtp", .datagrams = true });
    return done_testing();
}
