/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of BACnet/IP. */
#include "proto/test_rig.h"

/* clang-format off */
static const struct rig_row rows[] = {
    { "who is there, and a device that tells of itself",
      ">{81 0b 00 0c 01 20 ff ff 00 ff 10 08}>{81 0b 00 19 01 20 ff ff 00 ff 10 00 c4 02 00 04 d2 22 05 c4 91 03 22 01 04}",
      "{\"bacnet\":{\"function\":\"broadcast\",\"pdu\":\"unconfirmed_request\",\"service\":\"who_is\"}}\n{"
      "\"bacnet\":{\"function\":\"broadcast\",\"pdu\":\"unconfirmed_request\",\"service\":\"i_am\",\"objects\":[{\"type\":8,\"instance\":1234}],"
      "\"vendor\":260}}\n" },
    { "a property is read",
      ">{81 0a 00 11 01 04 00 05 2a 0c 0c 00 80 00 05 19 55}<{81 0a 00 17 01 00 30 2a 0c 0c 00 80 00 05 19 55 3e 44 42 90 00 00 3f}",
      "{\"bacnet\":{\"function\":\"unicast\",\"pdu\":\"confirmed_request\",\"service\":\"read_property\",\"invoke_id\":42,\"objects\":[{\"type\":2,"
      "\"instance\":5}],\"property\":85,\"answer\":\"complex_ack\"}}\n" },
    { "a write that is refused; a request that is rejected",
      ">{81 0a 00 17 01 04 00 05 2b 0f 0c 00 80 00 05 19 55 3e 44 42 90 00 00}<{81 0a 00 0d 01 00 50 2b 0f 91 02 91 28}>{81 0a 00 0b 01 04 00 05 2c "
      "14 00}<{81 0a 00 09 01 00 60 2c 09}",
      "{\"bacnet\":{\"function\":\"unicast\",\"pdu\":\"confirmed_request\",\"service\":\"write_property\",\"invoke_id\":43,\"objects\":[{\"type\":2,"
      "\"instance\":5}],\"property\":85,\"answer\":\"error\"}}\n{"
      "\"bacnet\":{\"function\":\"unicast\",\"pdu\":\"confirmed_request\",\"service\":\"reinitialize_device\",\"invoke_id\":44,\"answer\":\"reject\","
      "\"reason\":9}}\n" },
    { "an answer that nobody asked for",
      "<{81 0a 00 09 01 00 20 2d 0f}",
      "{\"bacnet\":{\"function\":\"unicast\",\"service\":\"write_property\",\"invoke_id\":45,\"answer\":\"simple_ack\"}}\n" },
    { "a foreign device registers, a message is forwarded",
      ">{81 05 00 06 00 3c}>{81 04 00 12 0a 00 00 09 ba c0 01 20 ff ff 00 ff 10 08}",
      "{\"bacnet\":{\"function\":\"register_foreign_device\"}}\n{"
      "\"bacnet\":{\"function\":\"forwarded_npdu\",\"forwarded_for\":\"10.0.0.9\",\"pdu\":\"unconfirmed_request\",\"service\":\"who_is\"}}\n" },
    { "a message of the network layer",
      ">{81 0b 00 0a 01 a0 ff ff 00 ff}>{81 0b 00 0b 01 a0 ff ff 00 ff 00}",
      "{\"bacnet\":{\"function\":\"broadcast\",\"network_message\":\"who_is_router\"}} #malformed_network\n{"
      "\"bacnet\":{\"function\":\"broadcast\",\"network_message\":\"who_is_router\"}}\n" },
    { "objects cut short; another version of the network layer",
      ">{81 0a 00 0d 01 04 00 05 2a 0c 0c 00 80}>{81 0a 00 07 02 04 00}",
      "{\"bacnet\":{\"function\":\"unicast\",\"pdu\":\"confirmed_request\",\"service\":\"read_property\",\"invoke_id\":42}} #malformed_application (open)\n{"
      "\"bacnet\":{\"function\":\"unicast\"}} #malformed_network\n" },
    { "another length than told, behind a good message",
      ">{81 0b 00 0c 01 20 ff ff 00 ff 10 08}>{81 0b 00 20 01}",
      "{\"bacnet\":{\"function\":\"broadcast\",\"pdu\":\"unconfirmed_request\",\"service\":\"who_is\"}} #malformed_data\n" },
    { "not BACnet",
      ">{82 0b 00 04}",
      "" },
};
/* clang-format on */

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 47808, .datagrams = true });
    return done_testing();
}
