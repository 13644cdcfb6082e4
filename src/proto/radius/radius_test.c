/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RADIUS' messages: requests and their answers, and what is wrong with them. */
#include "proto/test_rig.h"

/* clang-format off */
static const struct rig_row rows[] = {
    { "a request, and access",
      ">{01 07 00 24 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 01 04}me{02 06}abcd{04 06 0a 00 00 01}<{02 07 00 1f 00 01 02 03 04 05 06 07 08 "
      "09 0a 0b 0c 0d 0e 0f 12 05}Hi!{08 06 0a 01 02 03}",
      "{\"radius\":{\"identifier\":7,\"authentication\":\"pap\",\"request\":{\"code\":\"access_request\",\"user_name\":\"me\",\"nas_ip\":\"10.0.0.1\","
      "\"attribute_count\":3},\"response\":{\"code\":\"access_accept\",\"reply_message\":\"Hi!\",\"framed_ip\":\"10.1.2.3\",\"attribute_count\":2}}}\n" },
    { "a request, refused; the same identifier again",
      ">{01 07 00 24 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 01 04}me{02 06}abcd{04 06 0a 00 00 01}<{03 07 00 14 00 01 02 03 04 05 06 07 08 "
      "09 0a 0b 0c 0d 0e 0f}>{01 07 00 24 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 01 04}me{02 06}abcd{04 06 0a 00 00 01}",
      "{\"radius\":{\"identifier\":7,\"authentication\":\"pap\",\"request\":{\"code\":\"access_request\",\"user_name\":\"me\",\"nas_ip\":\"10.0.0.1\","
      "\"attribute_count\":3},\"response\":{\"code\":\"access_reject\",\"attribute_count\":0}}}\n{"
      "\"radius\":{\"identifier\":7,\"authentication\":\"pap\",\"request\":{\"code\":\"access_request\",\"user_name\":\"me\",\"nas_ip\":\"10.0.0.1\","
      "\"attribute_count\":3}}} (open)\n" },
    { "a challenge by EAP, without proof of its sender",
      ">{01 08 00 1a 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 4f 06 02 01 00 04}<{0b 08 00 2c 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f "
      "4f 06 01 01 00 04 50 12 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}",
      "{\"radius\":{\"identifier\":8,\"authentication\":\"eap\",\"request\":{\"code\":\"access_request\",\"attribute_count\":1},"
      "\"response\":{\"code\":\"access_challenge\",\"attribute_count\":2}}} #missing_message_authenticator\n" },
    { "accounting",
      ">{04 09 00 2b 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 28 06 00 00 00 02 2c 05}s01{2e 06 00 00 01 00 31 06 00 00 00 01}<{05 09 00 14 "
      "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f}",
      "{\"radius\":{\"identifier\":9,\"request\":{\"code\":\"accounting_request\",\"acct_status_type\":2,\"acct_session_id\":\"s01\","
      "\"acct_session_time\":256,\"acct_terminate_cause\":1,\"attribute_count\":4},\"response\":{\"code\":\"accounting_response\",\"attribute_count\":0}}}\n" },
    { "an answer that nobody asked for, which begins the flow",
      "<{02 07 00 14 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f}",
      "{\"radius\":{\"identifier\":7,\"response\":{\"code\":\"access_accept\",\"attribute_count\":0}}} #unsolicited_response\n" },
    { "a session ended from outside",
      ">{28 01 00 18 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 01 04}me<{2a 01 00 1a 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 65 06 00 "
      "00 01 f7}",
      "{\"radius\":{\"identifier\":1,\"request\":{\"code\":\"disconnect_request\",\"user_name\":\"me\",\"attribute_count\":1},"
      "\"response\":{\"code\":\"disconnect_nak\",\"error_cause\":503,\"attribute_count\":1}}}\n" },
    { "an attribute shorter than its head, behind a good message",
      ">{01 07 00 24 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 01 04}me{02 06}abcd{04 06 0a 00 00 01}>{01 08 00 18 00 01 02 03 04 05 06 07 08 "
      "09 0a 0b 0c 0d 0e 0f 01 01 02 03}",
      "{\"radius\":{\"identifier\":7,\"authentication\":\"pap\",\"request\":{\"code\":\"access_request\",\"user_name\":\"me\",\"nas_ip\":\"10.0.0.1\","
      "\"attribute_count\":3}}} (open)\n{"
      "\"radius\":{\"identifier\":8,\"request\":{\"code\":\"access_request\",\"attribute_count\":0}}} #malformed_attribute (open)\n" },
    { "a message cut short, behind a good one",
      ">{01 07 00 24 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 01 04}me{02 06}abcd{04 06 0a 00 00 01}>{01 08 00 40 00 01 02 03 04 05 06 07 08 "
      "09 0a 0b 0c 0d 0e 0f}",
      "{\"radius\":{\"identifier\":7,\"authentication\":\"pap\",\"request\":{\"code\":\"access_request\",\"user_name\":\"me\",\"nas_ip\":\"10.0.0.1\","
      "\"attribute_count\":3}}} #malformed_data (open)\n" },
    { "a vendor's attribute, padding behind the message",
      ">{01 0a 00 1c 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 1a 08 00 00 01 37 01 02 00 00}",
      "{\"radius\":{\"identifier\":10,\"request\":{\"code\":\"access_request\",\"attribute_count\":1}}} (open)\n" },
    { "not RADIUS: no such code",
      ">{63 08 00 14 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f}",
      "" },
};
/* clang-format on */

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 1812, .datagrams = true });
    return done_testing();
}
