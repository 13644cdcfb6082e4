/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EtherNet/IP through the real driver. */
#include "proto/test_rig.h"
#include "tap.h"

#define HEAD(command, length, session, status) "{" command " 00 " length " 00 " session " 00 00 00 " status " 00 00 00 01 02 03 04 05 06 07 08 00 00 00 00}"
#define LISTED HEAD("63", "00", "00", "00")
#define IDENTITY "{01 00 0c 00 25 00 01 00 00 02 af 12 00 00 00 00 00 00 00 00 00 00 00 00 01 00 0c 00 3a 00 04 03 30 00 8e 4d 52 00 03}Dev{03}"
#define CIP(interface, type, length, cip) "{" interface " 00 00 00 00 00 02 00 00 00 00 00 " type " 00 " length " 00 " cip "}"
#define SHOWN(kind, command) "\"" kind "\":{\"command\":\"" command "\",\"status\":\"success\""
#define PATH "\"path\":[{\"segment_type\":\"class\",\"value\":1},{\"segment_type\":\"instance\",\"value\":1},{\"segment_type\":\"attribute\",\"value\":7}]," \
    "\"class_name\":\"Identity\""

static const struct {
    const char *why, *script, *want;
} rows[] = {
    { "a device tells what it is", ">" LISTED "<" HEAD("63", "2b", "00", "00") IDENTITY,
      "{\"enip\":{" SHOWN("request", "list_identity") "}," SHOWN("response", "list_identity") ",\"identity\":{\"protocol_version\":1,\"revision\":\"4.3\","
      "\"vendor_id\":\"Rockwell Automation/Allen-Bradley\",\"device_type\":\"Communications Adapter\",\"product_code\":58,\"status\":48,\"serial\":5393806,"
      "\"product_name\":\"Dev\",\"state\":3}}}}\n" },
    { "a session", ">" HEAD("65", "04", "00", "00") "{01 00 00 00}<" HEAD("65", "04", "09", "00") "{01 00 00 00}",
      "{\"enip\":{" SHOWN("request", "register_session") ",\"register_session\":{\"protocol_version\":1,\"options\":0}},"
      SHOWN("response", "register_session") ",\"register_session\":{\"protocol_version\":1,\"options\":0}}}}\n" },
    { "an attribute is asked for", ">" HEAD("6f", "18", "09", "00") CIP("00", "b2", "08", "0e 03 20 01 24 01 30 07") "<" HEAD("6f", "16", "09", "00") CIP("00", "b2", "06", "8e 00 01 01 00 01"),
      "{\"enip\":{" SHOWN("request", "send_r_r_data") ",\"cip\":{\"service\":\"Get Attributes Single\"," PATH "}},"
      SHOWN("response", "send_r_r_data") ",\"cip\":{\"service\":\"Get Attributes Single\",\"status\":\"Connection Failure\",\"status_extended\":\"0001\","
      "\"status_extended_meaning\":\"Connection in use or duplicate Forward Open\"}}}}\n" },
    { "several messages in one", ">" HEAD("70", "26", "09", "00") CIP("00", "b1", "16", "05 00 0a 01 20 02 02 00 06 00 0c 00 01 02 20 01 24 01 4c 01 20 6b"),
      "{\"enip\":{" SHOWN("request", "send_unit_data") ",\"cip\":{\"service\":\"Multiple Service Packet\",\"path\":[{\"segment_type\":\"class\",\"value\":2}],"
      "\"class_name\":\"Message Router\",\"multiple\":[{\"service\":\"Get Attributes All\",\"path\":[{\"segment_type\":\"class\",\"value\":1},"
      "{\"segment_type\":\"instance\",\"value\":1}],\"class_name\":\"Identity\"},{\"service\":\"Read Data\",\"path\":[{\"segment_type\":\"class\",\"value\":107}],"
      "\"class_name\":\"unknown-107\"}]}}}} (open)\n" },
    { "an item beyond the message", ">" HEAD("6f", "10", "09", "00") CIP("00", "b2", "08", ""),
      "{\"enip\":{" SHOWN("request", "send_r_r_data") "}}} #invalid_pdu (open)\n" },
    { "an answer to another session stands alone", ">" HEAD("64", "00", "08", "00") "<" HEAD("64", "00", "09", "00"),
      "{\"enip\":{" SHOWN("request", "list_interfaces") "}}}\n{\"enip\":{" SHOWN("response", "list_interfaces") "}}}\n" },
};

int main(void)
{
    struct text out;
    bool same;

    text_init(&out, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        for (unsigned datagrams = 0; datagrams < 2; datagrams++) {
            rig_cuts(rows[i].script, datagrams != 0, 44818, &out, &same);
            is_str(out.p, rows[i].want, rows[i].why);
            ok(same, rows[i].why);
        }
    }
    text_fini(&out);
    return done_testing();
}
