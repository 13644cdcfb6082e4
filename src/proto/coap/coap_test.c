/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of CoAP: requests, responses, options. */
#include "proto/test_rig.h"

/* clang-format off */
static const struct rig_row rows[] = {
    { "a request and its response, piggybacked",
      ">{42 01 12 34 aa bb b4}temp{04}room{43}a=1{01}b<{62 45 12 34 aa bb c1 00 ff}21.5",
      "{\"coap\":{\"token\":\"aabb\",\"request\":{\"type\":\"con\",\"method\":\"GET\",\"message_id\":4660,\"uri_path\":\"/temp/room\","
      "\"uri_query\":\"a=1&b\",\"payload_length\":0},\"response\":{\"type\":\"ack\",\"code\":\"2.05\",\"message_id\":4660,\"content_format\":0,"
      "\"payload_length\":4}}}\n" },
    { "a response of its own, after an empty acknowledgement; sent again",
      ">{41 03 12 35 cc 39}localhost{84}lamp{ff}on<{60 00 12 35}<{41 44 00 01 cc}<{41 44 00 01 cc}",
      "{\"coap\":{\"token\":\"cc\",\"request\":{\"type\":\"con\",\"method\":\"PUT\",\"message_id\":4661,\"uri_host\":\"localhost\",\"uri_path\":\"/lamp\","
      "\"payload_length\":2},\"response\":{\"type\":\"con\",\"code\":\"2.04\",\"message_id\":1,\"payload_length\":0}}}\n" },
    { "what is observed, told twice",
      ">{41 01 12 36 01 60 53}sun<{61 45 12 36 01 61 05}<{51 45 00 02 01 61 06}",
      "{\"coap\":{\"token\":\"01\",\"request\":{\"type\":\"con\",\"method\":\"GET\",\"message_id\":4662,\"uri_path\":\"/sun\",\"payload_length\":0},"
      "\"response\":{\"type\":\"ack\",\"code\":\"2.05\",\"message_id\":4662,\"payload_length\":0}}}\n{"
      "\"coap\":{\"token\":\"01\",\"response\":{\"type\":\"non\",\"code\":\"2.05\",\"message_id\":2,\"payload_length\":0}}}\n" },
    { "an error",
      ">{40 02 12 37 bd 07}a-long-path-of-20-by<{60 84 12 37}",
      "{\"coap\":{\"token\":\"\",\"request\":{\"type\":\"con\",\"method\":\"POST\",\"message_id\":4663,\"uri_path\":\"/a-long-path-of-20-by\","
      "\"payload_length\":0},\"response\":{\"type\":\"ack\",\"code\":\"4.04\",\"message_id\":4663,\"payload_length\":0}}}\n" },
    { "an option beyond the message, behind a good one",
      ">{40 01 12 38 b1}a>{40 01 12 39 b9}ab",
      "{\"coap\":{\"token\":\"\",\"request\":{\"type\":\"con\",\"method\":\"GET\",\"message_id\":4664,\"uri_path\":\"/a\",\"payload_length\":0}}} (open)\n{"
      "\"coap\":{\"token\":\"\",\"request\":{\"type\":\"con\",\"method\":\"GET\",\"message_id\":4665,\"payload_length\":0}}} #malformed_option (open)\n" },
    { "a token too long, behind a good one",
      ">{40 01 12 38 b1}a>{4f 01 12 39}",
      "{\"coap\":{\"token\":\"\",\"request\":{\"type\":\"con\",\"method\":\"GET\",\"message_id\":4664,\"uri_path\":\"/a\","
      "\"payload_length\":0}}} #malformed_data (open)\n" },
    { "not CoAP: version 2",
      ">{80 01 12 38}",
      "" },
};
/* RFC 8323 */
static const struct rig_row streams[] = {
    { "capabilities, a request, a response, a ping",
      ">{00 e1}<{20 e1 21 05}>{51 01 cc b4}temp<{31 45 cc ff}21>{00 e2}<{00 e3}",
      "{\"coap\":{\"token\":\"\",\"request\":{\"signal\":\"csm\",\"payload_length\":0}}}\n"
      "{\"coap\":{\"token\":\"\",\"response\":{\"signal\":\"csm\",\"payload_length\":0}}}\n"
      "{\"coap\":{\"token\":\"cc\",\"request\":{\"method\":\"GET\",\"uri_path\":\"/temp\",\"payload_length\":0},\"response\":{\"code\":\"2.05\",\"payload_length\":2}}}\n"
      "{\"coap\":{\"token\":\"\",\"request\":{\"signal\":\"ping\",\"payload_length\":0}}}\n"
      "{\"coap\":{\"token\":\"\",\"response\":{\"signal\":\"pong\",\"payload_length\":0}}}\n" },
    { "a length in a byte of its own", ">{00 e1 d0 04 01}{bd 02}a-long-path-of-",
      "{\"coap\":{\"token\":\"\",\"request\":{\"signal\":\"csm\",\"payload_length\":0}}}\n"
      "{\"coap\":{\"token\":\"\",\"request\":{\"method\":\"GET\",\"uri_path\":\"/a-long-path-of-\",\"payload_length\":0}}} (open)\n" },
    { "nothing but capabilities comes first", ">{51 01 cc b4}temp", "" },
};
/* clang-format on */

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 5683, .datagrams = true });
    rig_rows(streams, ROWS(streams), &(struct rig_how){ .port = 5683 });
    return done_testing();
}
