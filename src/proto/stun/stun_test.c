/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of STUN and TURN: requests and their answers, from either side, and what is wrong with them. */
#include "proto/test_rig.h"

/* clang-format off */
static const struct rig_row rows[] = {
    { "a binding and where it was seen to come from",
      ">{00 01 00 08 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b 0c 80 22 00 03}abc{00}<{01 01 00 0c 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b "
      "0c 00 20 00 08 00 01 e1 ba 5e 12 a4 43}",
      "{\"stun\":{\"transaction_id\":\"0102030405060708090a0b0c\",\"method\":\"binding\",\"method_id\":1,\"request\":{\"class\":\"request\","
      "\"software\":\"abc\"},\"response\":{\"class\":\"success_response\",\"mapped_address\":{\"ip\":\"127.0.0.1\",\"port\":49320}}}}\n", true },
    { "an address of IPv6, hidden under the id too",
      ">{00 01 00 00 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b 0c}<{01 01 00 18 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b 0c 00 20 00 14 00 02 "
      "e1 ba 01 13 a9 fa 01 02 03 04 05 06 07 08 09 0a 0b 0d}",
      "{\"stun\":{\"transaction_id\":\"0102030405060708090a0b0c\",\"method\":\"binding\",\"method_id\":1,\"request\":{\"class\":\"request\"},"
      "\"response\":{\"class\":\"success_response\",\"mapped_address\":{\"ip\":\"2001:0db8:0000:0000:0000:0000:0000:0001\",\"port\":49320}}}}\n", true },
    { "a request sent again; other bytes of the flow",
      ">{00 01 00 00 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b 0c}>{00 01 00 00 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b 0c}>{80 60}media>{16 "
      "fe fd}dtls<{01 01 00 00 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b 0c}",
      "{\"stun\":{\"transaction_id\":\"0102030405060708090a0b0c\",\"method\":\"binding\",\"method_id\":1,\"request\":{\"class\":\"request\"},"
      "\"response\":{\"class\":\"success_response\"}}}\n", true },
    { "both sides ask",
      ">{00 01 00 0c 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b 0c 00 06 00 03}a:b{00 00 25 00 00}<{00 01 00 00 21 12 a4 42 01 02 03 04 05 06 07 "
      "08 09 0a 0b 0d}>{01 01 00 00 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b 0d}<{01 01 00 00 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b 0c}",
      "{\"stun\":{\"transaction_id\":\"0102030405060708090a0b0c\",\"method\":\"binding\",\"method_id\":1,\"request\":{\"class\":\"request\","
      "\"username\":\"a:b\",\"use_candidate\":true},\"response\":{\"class\":\"success_response\"}}}\n{"
      "\"stun\":{\"transaction_id\":\"0102030405060708090a0b0d\",\"method\":\"binding\",\"method_id\":1,\"request\":{\"class\":\"request\"},"
      "\"response\":{\"class\":\"success_response\"}}}\n", true },
    { "TURN: who is it, an error",
      ">{00 03 00 08 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b 0c 00 19 00 04 11 00 00 00}<{01 13 00 14 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a "
      "0b 0c 00 09 00 08 00 00 04 01}Nope{00 14 00 04}here",
      "{\"stun\":{\"transaction_id\":\"0102030405060708090a0b0c\",\"method\":\"allocate\",\"method_id\":3,\"request\":{\"class\":\"request\","
      "\"requested_transport\":17},\"response\":{\"class\":\"error_response\",\"realm\":\"here\",\"error\":{\"code\":401,\"reason\":\"Nope\"}}}}\n", true },
    { "an indication is alone",
      ">{00 16 00 0c 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b 0c 00 12 00 08 00 01 2d 52 2b 12 a4 43}",
      "{\"stun\":{\"transaction_id\":\"0102030405060708090a0b0c\",\"method\":\"send\",\"method_id\":6,\"request\":{\"class\":\"indication\","
      "\"peer_address\":{\"ip\":\"10.0.0.1\",\"port\":3136}}}}\n", true },
    { "an answer that nobody asked for begins the flow",
      "<{01 01 00 00 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b 0c}",
      "{\"stun\":{\"transaction_id\":\"0102030405060708090a0b0c\",\"method\":\"binding\",\"method_id\":1,"
      "\"response\":{\"class\":\"success_response\"}}} #unsolicited_response\n", true },
    { "an attribute beyond the message; an address of no family",
      ">{00 01 00 04 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b 0c 00 06 00 08}>{00 01 00 08 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b 0d 00 01 "
      "00 04 00 07 00 00}",
      "{\"stun\":{\"transaction_id\":\"0102030405060708090a0b0c\",\"method\":\"binding\",\"method_id\":1,"
      "\"request\":{\"class\":\"request\"}}} #malformed_attribute (open)\n{"
      "\"stun\":{\"transaction_id\":\"0102030405060708090a0b0d\",\"method\":\"binding\",\"method_id\":1,\"request\":{\"class\":\"request\","
      "\"mapped_address\":{\"ip\":\"\",\"port\":0}}}} #malformed_attribute (open)\n", true },
    { "a message shorter than it says, behind a good one",
      ">{00 01 00 00 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b 0c}>{00 01 00 08 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b 0d}",
      "{\"stun\":{\"transaction_id\":\"0102030405060708090a0b0c\",\"method\":\"binding\",\"method_id\":1,\"request\":{\"class\":\"request\"}}} (open)\n{"
      "\"stun\":{\"transaction_id\":\"0102030405060708090a0b0d\",\"method\":\"binding\",\"method_id\":1,"
      "\"request\":{\"class\":\"request\"}}} #malformed_attribute (open)\n", true },
    { "not STUN: no cookie",
      ">{00 01 00 00 21 12 a4 43 01 02 03 04 05 06 07 08 09 0a 0b 0c}",
      "", true },
    { "over TCP, with a channel's data between, padded",
      ">{00 01 00 00 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b 0c 40 00 00 03}abc{00 00 01 00 00 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b 0d}"
      "<{01 01 00 00 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b 0c}",
      "{\"stun\":{\"transaction_id\":\"0102030405060708090a0b0c\",\"method\":\"binding\",\"method_id\":1,\"request\":{\"class\":\"request\"},"
      "\"response\":{\"class\":\"success_response\"}}}\n{"
      "\"stun\":{\"transaction_id\":\"0102030405060708090a0b0d\",\"method\":\"binding\",\"method_id\":1,\"request\":{\"class\":\"request\"}}} (open)\n" },
    { "over TCP, and then something else",
      ">{00 01 00 00 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b 0c 80 00 00 00}hello there{00 00 00 00 00 00}",
      "{\"stun\":{\"transaction_id\":\"0102030405060708090a0b0c\",\"method\":\"binding\",\"method_id\":1,\"request\":{\"class\":\"request\"}}} (open)\n" },
};
/* clang-format on */

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 3478 });
    return done_testing();
}
