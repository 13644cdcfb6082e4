/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/test_rig.h"

#define PDU(type) "{" type " 17 02 01 01 02 01 00 02 01 00 30 0c 30 0a 06 06 2b 06 01 02 01 01 05 00}"

static const struct rig_row rows[] = {
    { "a question of version 2c", ">{30 24 02 01 01 04 06}public" PDU("a0"),
      "{\"snmp\":{\"version\":2,\"pdu_type\":\"get_request\",\"vars\":[\"1.3.6.1.2.1.1\"],\"community\":\"public\"}}\n" },
    { "a trap of version 1", ">{30 28 02 01 00 04 01}c{a4 20 06 03 2b 06 01 40 04 01 02 03 04 02 01 02 02 01 00 43 01 05 30 0a 30 08 06 04 2b 06 01 02 05 00}",
      "{\"snmp\":{\"version\":1,\"pdu_type\":\"trap_v1\",\"trap_type\":\"link_down\",\"trap_oid\":\"1.3.6.1\",\"trap_address\":\"1.2.3.4\","
      "\"vars\":[\"1.3.6.1.2\"],\"community\":\"c\"}}\n" },
    { "version 3, encrypted", ">{30 29 02 01 03 30 0d 02 01 01 02 02 05 c0 04 01 07 02 01 03 04 11 30 0f 04 00 02 01 00 02 01 00 04 01}u{04 00 04 00 04 02 aa bb}",
      "{\"snmp\":{\"version\":3,\"pdu_type\":\"encrypted\",\"usm\":\"u\"}}\n" },
    { "an unknown operation", ">{30 24 02 01 01 04 06}public" PDU("aa"), "{\"snmp\":{\"version\":2,\"community\":\"public\"}} #malformed_data\n" },
    { "another version than before", ">{30 24 02 01 01 04 06}public" PDU("a0") "<{30 24 02 01 00 04 06}public" PDU("a2"),
      "{\"snmp\":{\"version\":2,\"pdu_type\":\"get_request\",\"vars\":[\"1.3.6.1.2.1.1\"],\"community\":\"public\"}}\n"
      "{\"snmp\":{\"version\":1,\"pdu_type\":\"response\",\"vars\":[\"1.3.6.1.2.1.1\"],\"community\":\"public\"}} #version_mismatch\n" },
};

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 161, .datagrams = true });
    return done_testing();
}
