/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/ldap/ldap.h"
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
    { "nonsense, and on with the next message", ">" BIND "{30 03 02 01 02 30 30 05 02}" "0" SEARCH, "{\"ldap\":{\"request\":{\"message_id\":1,\"operation\":\"bind_request\","
      "\"bind_request\":{\"version\":3,\"name\":\"\"}}}} #invalid_data (open)\n{\"ldap\":{\"request\":{\"message_id\":2,\"operation\":\"search_request\",\"search_request\":{\"base_object\":\"a\","
      "\"scope\":2,\"deref_alias\":0,\"size_limit\":5,\"time_limit\":6,\"types_only\":true,\"attributes\":[\"c\"]}}}} (open)\n", false },
    { "what is no message", ">" BIND "{30 03 02 01 02}", "{\"ldap\":{\"request\":{\"message_id\":1,\"operation\":\"bind_request\","
      "\"bind_request\":{\"version\":3,\"name\":\"\"}}}} #invalid_data (open)\n", false },
};

/* Lists as rules ask for them: item by item, and again from the first. */
static void test_lists(void)
{
    static const struct {
        const char *why, *script, *field, *want;
    } lists[] = {
        { "attributes of an addition, those without a name left out",
          ">{30 1f 02 01 02 68 1a 04 01}a{30 15 30 05 04 01}x{31 00 30 00 30 05 04 01}y{31 00 30 03 04 01}z", "ldap.request.attribute_type", "x y z" },
        { "of two changes", ">{30 26 02 01 02 66 21 04 01}a{30 1c 30 0c 0a 01 00 30 07 04 01}x{31 02 04 00 30 0c 0a 01 00 30 07 04 01}y{31 02 04 00}",
          "ldap.request.attribute_type", "x y" },
        { "of a search", ">" SEARCH, "ldap.request.attribute_type", "c" },
        { "of a comparison the one that comes first", ">{30 10 02 01 02 6e 0b 04 01}a{30 06 04 01}x{04 01}v", "ldap.request.attribute_type", "x" },
        { "of what is found", ">" SEARCH "<{30 13 02 01 02 64 0e 04 01}d{30 09 30 03 04 01}p{30 02 04 00}{30 10 02 01 02 64 0b 04 01}e{30 06 30 04 04 02}qr" DONE,
          "ldap.responses.attribute_type", "p  qr" },
        { "entries, and what a result says was matched", ">" SEARCH "<{30 08 02 01 02 64 03 04 01}d{30 08 02 01 02 64 03 04 01}e{30 0d 02 01 02 65 08 0a 01 00 04 01}m{04 00}",
          "ldap.responses.dn", "d e m" },
        { "who bound", ">{30 0f 02 01 01 60 0a 02 01 03 04 03}bob{80 00}<{30 0c 02 01 01 61 07 0a 01 00 04 00 04 00}", "ldap.user_in", "bob" },
        { "the package that NTLM's first message names is nobody (MS-ADTS 5.1.1.1.3)",
          ">{30 20 02 01 01 60 1b 02 01 03 04 04}NTLM{8a 10}NTLMSSP{00 01 00 00 00 01 00 00 00}<{30 0c 02 01 01 61 07 0a 01 00 04 00 04 00}", "ldap.user_in", "" },
    };

    for (size_t k = 0; k < ROWS(lists); k++) {
        struct rig *r = rig_new(false, 389);
        const struct field *f = ldap_fields;
        struct text got, text;
        struct bytes b;
        text_init(&got, 0);
        text_init(&text, 0);
        rig_play(r, lists[k].script, RIG_HELD, &got);
        while (strcmp(f->name, lists[k].field) != 0) {
            f++;
        }
        for (unsigned round = 0; round < 2; round++) {
            got.n = text.n = 0;
            for (unsigned i = 0; f->bytes(txn_first(r->flow.app), TO_SERVER, i, &b); i++) {
                text_str(&text, i != 0 ? " " : "");
                text_add(&text, b.p, b.n);
            }
            is_mem(text.p, text.n, lists[k].want, strlen(lists[k].want), lists[k].why);
        }
        text_fini(&text);
        text_fini(&got);
        rig_free(r);
    }
}

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 389 });
    test_lists();
    return done_testing();
}
