/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of GTP-C: sessions and what is wrong with them. */
#include "proto/test_rig.h"

/* clang-format off */
static const struct rig_row rows[] = {
    { "version 1: a context is made",
      ">{32 10 00 32 00 00 00 00 00 05 00 00 02 62 01 10 32 54 76 98 f0 10 00 00 00 07 11 00 00 00 08 83 00 09 08}internet{86 00 05 91 94 71 32 f4 "
      "85 00 04 0a 00 00 01}<{32 11 00 0d 00 00 00 08 00 05 00 00 01 80 10 00 00 00 09 0e 01}",
      "{\"gtp\":{\"version\":1,\"sequence\":5,\"request\":{\"message\":\"create_pdp_context_request\",\"message_type\":16,\"teid\":0,"
      "\"imsi\":\"261001234567890\",\"data_teid\":7,\"control_teid\":8,\"apn\":\"internet\",\"msisdn\":\"4917234\",\"gsn_address\":\"10.0.0.1\"},"
      "\"response\":{\"message\":\"create_pdp_context_response\",\"message_type\":17,\"teid\":8,\"cause\":128,\"data_teid\":9,\"recovery\":1}}}\n" },
    { "version 2: a session is made",
      ">{48 20 00 3c 00 00 00 00 00 00 07 00 01 00 08 00 62 01 10 32 54 76 98 f0 47 00 09 00 08}internet{57 00 09 00 86 00 00 00 09 0a 00 00 01 4f "
      "00 05 00 01 0a 2d 00 02 52 00 01 00 06}<{48 21 00 0e 00 00 00 09 00 00 07 00 02 00 02 00 10 00}",
      "{\"gtp\":{\"version\":2,\"sequence\":7,\"request\":{\"message\":\"create_session_request\",\"message_type\":32,\"teid\":0,"
      "\"imsi\":\"261001234567890\",\"apn\":\"internet\",\"tunnel\":{\"teid\":9,\"ip\":\"10.0.0.1\"},\"end_user_address\":\"10.45.0.2\",\"rat\":6},"
      "\"response\":{\"message\":\"create_session_response\",\"message_type\":33,\"teid\":9,\"cause\":16}}}\n" },
    { "an echo of version 2, which has no tunnel; the other side asks too",
      ">{40 01 00 09 00 00 08 00 03 00 01 00 05}<{40 01 00 09 00 00 08 00 03 00 01 00 06}>{40 02 00 09 00 00 08 00 03 00 01 00 05}<{40 02 00 09 00 "
      "00 08 00 03 00 01 00 06}",
      "{\"gtp\":{\"version\":2,\"sequence\":8,\"request\":{\"message\":\"echo_request\",\"message_type\":1,\"recovery\":5},"
      "\"response\":{\"message\":\"echo_response\",\"message_type\":2,\"recovery\":6}}}\n{"
      "\"gtp\":{\"version\":2,\"sequence\":8,\"request\":{\"message\":\"echo_request\",\"message_type\":1,\"recovery\":6},"
      "\"response\":{\"message\":\"echo_response\",\"message_type\":2,\"recovery\":5}}}\n" },
    { "GTP': a record",
      ">{0e f0 00 02 00 09 7e 01}<{0e f1 00 02 00 09 01 80}",
      "{\"gtp\":{\"version\":1,\"sequence\":9,\"prime\":true,\"request\":{\"message\":\"data_record_transfer_request\",\"message_type\":240},"
      "\"response\":{\"message\":\"data_record_transfer_response\",\"message_type\":241,\"cause\":128}}}\n" },
    { "an extension header is passed over",
      ">{34 01 00 08 00 00 00 00 00 01 00 c0 01 00 00 00}",
      "{\"gtp\":{\"version\":1,\"sequence\":1,\"request\":{\"message\":\"echo_request\",\"message_type\":1,\"teid\":0}}} (open)\n" },
    { "an element beyond the message; a response that nobody asked for",
      ">{48 20 00 10 00 00 00 00 00 00 0a 00 01 00 20 00 62 01 10 32}<{48 25 00 08 00 00 00 01 00 00 0b 00}",
      "{\"gtp\":{\"version\":2,\"sequence\":10,\"request\":{\"message\":\"create_session_request\",\"message_type\":32,"
      "\"teid\":0}}} #malformed_element (open)\n{"
      "\"gtp\":{\"version\":2,\"sequence\":11,\"response\":{\"message\":\"delete_session_response\",\"message_type\":37,\"teid\":1}}} #unsolicited_response\n" },
    { "a head cut short, behind a good message",
      ">{40 01 00 04 00 00 08 00}>{48 20 00 10 00 00}",
      "{\"gtp\":{\"version\":2,\"sequence\":8,\"request\":{\"message\":\"echo_request\",\"message_type\":1}}} #malformed_header (open)\n" },
    { "a user's packet is not it",
      ">{30 ff 00 04 00 00 00 01 45 00 00 00}",
      "" },
};
/* clang-format on */

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 2123, .datagrams = true });
    return done_testing();
}
