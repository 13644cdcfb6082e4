/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/test_rig.h"

#define BIND "{30 0c 02 01 01 60 07 02 01 03 04 00 80 00}"
#define SEARCH "{30 1f 02 01 02 63 1a 04 01}a{0a 01 02 0a 01 00 02 01 05 02 01 06 01 01 ff 87 01}b{30 03 04 01}c"
#define DONE "{30 0c 02 01 02 65 07 0a 01 00 04 00 04 00}"
#define RESULT(code) "{\"result_code\":\"" code "\",\"matched_dn\":\"\",\"message\":\"\"}"

static const struct rig_row rows[] = {
    { "a bind that is refused", ">" BIND "<{30 0c 02 01 01 61 07 0a 01 31 04 00 04 00}",
      "{\"ldap\":{\"request\":{\"message_id\":1,\"operation\":\"bind_request\",\"bind_request\":{\"version\":3,\"name\":\"\"}},"
      "\"responses\":[{\"message_id\":1,\"operation\":\"bind_response\",\"bind_response\":" RESULT("invalid_credentials") "}]}}\n", false },
    { "a search is open until it is done", ">" SEARCH "<{30 07 02 01 02 64 02 04 00}",
      "{\"ldap\":{\"request\":{\"message_id\":2,\"operation\":\"search_request\",\"search_request\":{\"base_object\":\"a\",\"scope\":2,\"deref_alias\":0,"
      "\"size_limit\":5,\"time_limit\":6,\"types_only\":true,\"attributes\":[\"c\"]}},\"responses\":[{\"message_id\":2,"
      "\"operation\":\"search_result_entry\",\"search_result_entry\":{\"base_object\":\"\"}}]}} (open)\n", false },
    { "over UDP both responses stand in one datagram", ">" SEARCH "<{30 07 02 01 02 64 02 04 00}" DONE,
      "{\"ldap\":{\"request\":{\"message_id\":2,\"operation\":\"search_request\",\"search_request\":{\"base_object\":\"a\",\"scope\":2,\"deref_alias\":0,"
      "\"size_limit\":5,\"time_limit\":6,\"types_only\":true,\"attributes\":[\"c\"]}},\"responses\":[{\"message_id\":2,"
      "\"operation\":\"search_result_entry\",\"search_result_entry\":{\"base_object\":\"\"}},{\"message_id\":2,\"operation\":\"search_result_done\","
      "\"search_result_done\":" RESULT("success") "}]}}\n", true },
    { "an unbind is not answered", ">{30 05 02 01 03 42 00}", "{\"ldap\":{\"request\":{\"message_id\":3,\"operation\":\"unbind_request\"}}}\n", false },
    { "a notice of the server", "<{30 0c 02 01 00 78 07 0a 01 34 04 00 04 00}",
      "{\"ldap\":{\"responses\":[{\"message_id\":0,\"operation\":\"extended_response\",\"extended_response\":" RESULT("unavailable") "}]}}\n", true },
    { "an answer to nothing", ">" BIND "<{30 0c 02 01 07 61 07 0a 01 00 04 00 04 00}",
      "{\"ldap\":{\"request\":{\"message_id\":1,\"operation\":\"bind_request\",\"bind_request\":{\"version\":3,\"name\":\"\"}}}} (open)\n"
      "{\"ldap\":{\"responses\":[{\"message_id\":7,\"operation\":\"bind_response\",\"bind_response\":" RESULT("success") "}]}} #request_not_found\n", false },
    { "what is no message", ">" BIND "{30 03 02 01 02}", "{\"ldap\":{\"request\":{\"message_id\":1,\"operation\":\"bind_request\","
      "\"bind_request\":{\"version\":3,\"name\":\"\"}}}} #invalid_data (open)\n", false },
};

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 389 });
    return done_testing();
}
