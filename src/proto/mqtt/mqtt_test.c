/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dialogues of MQTT: what becomes of them, and that it does not matter where the bytes are cut. */
#include "proto/test_rig.h"

#define CONNECT3 "{10 0f 00 04}MQTT{04 02 00 3c 00 03}abc"
#define CONNECT5 "{10 15 00 04}MQTT{05 02 00 3c 05 11 00 00 00 0a 00 03}abc"
#define ACCEPT "<{20 02 00 00}"
#define ACCEPT5 "<{20 03 00 00 00}"
#define HEAD(n) "\"qos\":" #n ",\"retain\":false,\"dup\":false"
#define CONNECTED "{\"mqtt\":{\"connect\":{" HEAD(0) ",\"protocol_string\":\"MQTT\",\"protocol_version\":4,\"flags\":{\"username\":false,\"password\":false," \
    "\"will_retain\":false,\"will\":false,\"clean_session\":true},\"client_id\":\"abc\"},\"connack\":{" HEAD(0) ",\"session_present\":false,\"return_code\":0}}}\n"
#define CONNECTED5 "{\"mqtt\":{\"connect\":{" HEAD(0) ",\"protocol_string\":\"MQTT\",\"protocol_version\":5,\"flags\":{\"username\":false,\"password\":false," \
    "\"will_retain\":false,\"will\":false,\"clean_session\":true},\"client_id\":\"abc\",\"properties\":{\"session_expiry_interval\":10}},\"connack\":{" HEAD(0) ",\"session_present\":false,\"return_code\":0}}}\n"

/* clang-format off */
static const struct rig_row rows[] = {
    { "a session that is accepted is one exchange", ">" CONNECT3 ACCEPT, CONNECTED },
    { "version 5 has properties", ">" CONNECT5 ACCEPT5, CONNECTED5 },
    { "an answer is waited for", ">" CONNECT3, "{\"mqtt\":{\"connect\":{" HEAD(0) ",\"protocol_string\":\"MQTT\",\"protocol_version\":4,\"flags\":{\"username\":false,"
      "\"password\":false,\"will_retain\":false,\"will\":false,\"clean_session\":true},\"client_id\":\"abc\"}}} (open)\n" },
    { "a message that needs no answer stands alone", ">" CONNECT3 ACCEPT ">{30 05 00 01}t{68 69}", CONNECTED
      "{\"mqtt\":{\"publish\":{" HEAD(0) ",\"topic\":\"t\",\"message\":\"hi\"}}}\n" },
    { "answers find their message by its number", ">" CONNECT3 ACCEPT ">{32 06 00 01}t{00 07}x{32 06 00 01}u{00 08}y<{40 02 00 08 40 02 00 07}", CONNECTED
      "{\"mqtt\":{\"publish\":{" HEAD(1) ",\"message_id\":7,\"topic\":\"t\",\"message\":\"x\"},\"puback\":{" HEAD(0) ",\"message_id\":7}}}\n"
      "{\"mqtt\":{\"publish\":{" HEAD(1) ",\"message_id\":8,\"topic\":\"u\",\"message\":\"y\"},\"puback\":{" HEAD(0) ",\"message_id\":8}}}\n" },
    { "topics and what is granted", ">" CONNECT3 ACCEPT ">{82 06 00 01 00 01}a{01}<{90 03 00 01 01}", CONNECTED
      "{\"mqtt\":{\"subscribe\":{" HEAD(1) ",\"message_id\":1,\"topics\":[{\"topic\":\"a\",\"qos\":1}]},\"suback\":{" HEAD(0) ",\"message_id\":1,\"qos_granted\":[1]}}}\n" },
    { "an answer to nothing", ">" CONNECT3 ACCEPT "<{40 02 00 09}", CONNECTED "{\"mqtt\":{\"puback\":{" HEAD(0) ",\"message_id\":9}}} #missing_publish\n" },
    { "a message before the session is there", ">" CONNECT3 "{c0 00}" ACCEPT, CONNECTED "{\"mqtt\":{\"pingreq\":{" HEAD(0) "}}} #unintroduced_message\n" },
    { "a second CONNECT", ">" CONNECT3 ACCEPT ">" CONNECT3 "<{20 02 00 00}", CONNECTED
      "{\"mqtt\":{\"connect\":{" HEAD(0) ",\"protocol_string\":\"MQTT\",\"protocol_version\":4,\"flags\":{\"username\":false,\"password\":false,\"will_retain\":false,"
      "\"will\":false,\"clean_session\":true},\"client_id\":\"abc\"},\"connack\":{" HEAD(0) ",\"session_present\":false,\"return_code\":0}}} #double_connect\n" },
    { "quality 3 and type 0 do not exist", ">" CONNECT3 ACCEPT ">{36 05 00 01}t{00 01 00 00}", CONNECTED
      "{\"mqtt\":{\"publish\":{\"qos\":3,\"retain\":false,\"dup\":false,\"message_id\":1,\"topic\":\"t\",\"message\":\"\"}}} #invalid_qos_level (open)\n"
      "{\"mqtt\":{\"unassigned\":{" HEAD(0) "}}} #unassigned_msg_type\n" },
    { "a topic longer than its message: nothing behind it is read", ">" CONNECT3 ACCEPT ">{30 03 00 09}t{c0 00}", CONNECTED
      "{\"mqtt\":{\"publish\":{" HEAD(0) ",\"topic\":\"\",\"message\":\"\"}}} #malformed_traffic\n" },
    { "properties that are none", ">" CONNECT5 ACCEPT5 ">{e0 04 00 02 7f 00}", CONNECTED5
      "{\"mqtt\":{\"disconnect\":{" HEAD(0) ",\"reason_code\":0}}} #malformed_traffic\n" },
    { "a name in a record is only what a name may be", ">" CONNECT5 ACCEPT5 ">{30 0f 00 01}t{09 26 00 02}a{22 00 02}bc{68 69}", CONNECTED5
      "{\"mqtt\":{\"publish\":{" HEAD(0) ",\"topic\":\"t\",\"message\":\"hi\",\"properties\":{\"a_\":\"bc\"}}}}\n" },
};
/* clang-format on */

/* A message beyond the limit: told by its length, its bytes go by, what follows is read. */
static void test_long(void)
{
    struct rig *r = rig_new(false, 1883);
    size_t n = (1 << 20) + 1;
    uint8_t *body = calloc(1, n);
    struct text out;
    const uint8_t head[] = { 0x30, 0x81, 0x80, 0x40 };

    text_init(&out, 0);
    rig_play(r, ">" CONNECT3 ACCEPT, RIG_HELD, &out);
    rig_send(r, TO_SERVER, head, sizeof head, 4);
    rig_send(r, TO_SERVER, body, n, 1 << 16);
    rig_play(r, ">{c0 00}", RIG_HELD, &out);
    is_str(out.p, CONNECTED "{\"mqtt\":{\"publish\":{" HEAD(0) ",\"truncated\":true,\"skipped_length\":1048577}}}\n{\"mqtt\":{\"pingreq\":{" HEAD(0) "}}}\n",
           "a message beyond the limit goes by");
    text_fini(&out);
    free(body);
    rig_free(r);
}

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 1883 });
    test_long();
    return done_testing();
}
