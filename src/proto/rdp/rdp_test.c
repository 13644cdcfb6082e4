/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection sequence of RDP: what becomes of it, and that it does not matter where the bytes are cut. */
#include "proto/test_rig.h"
#include "tap.h"

#define REQUEST ">{03 00 00 29 24 e0 00 00 00 00 00}Cookie: mstshash=bob%0d%0a{01 08 08 00 03 00 00 00}"
#define REQUEST_RECORD "{\"rdp\":{\"tx_id\":1,\"event_type\":\"initial_request\",\"cookie\":\"bob\",\"flags\":[\"correlation_info_present\"]}}\n"
#define CORE "{01 c0 d8 00 04 00 08 00 00 05 00 04 01 ca 03 aa 09 04 00 00 28 0a 00 00}P{00}C{00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}" \
    "{04 00 00 00 00 00 00 00 0c 00 00 00}" ZERO64 "{01 ca 01 00 00 00 00 00 10 00 07 00 01 00}i{00}d{00}" ZERO60 "{07 00 01 00 00 00}"
#define ZERO64 ZERO60 "{00 00 00 00}"
#define ZERO60 "{00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}"

/* clang-format off */
static const struct {
    const char *why, *script, *want;
} rows[] = {
    { "who asks", REQUEST, REQUEST_RECORD },
    { "without a cookie", ">{03 00 00 0b 06 e0 00 00 00 00 00}", "{\"rdp\":{\"tx_id\":1,\"event_type\":\"initial_request\"}}\n" },
    { "what the server chose", REQUEST "<{03 00 00 13 0e d0 00 00 12 34 00 02 09 08 00 02 00 00 00}", REQUEST_RECORD
      "{\"rdp\":{\"tx_id\":2,\"event_type\":\"initial_response\",\"server_supports\":[\"extended_client_data\",\"restricted_admin\"],\"protocol\":\"hybrid\"}}\n" },
    { "or why not", REQUEST "<{03 00 00 13 0e d0 00 00 12 34 00 03 00 08 00 05 00 00 00}", REQUEST_RECORD
      "{\"rdp\":{\"tx_id\":2,\"event_type\":\"initial_response\",\"error_code\":5,\"reason\":\"hybrid required by server\"}}\n" },
    { "channels", ">{03 00 00 23 02 f0 80 7f 65 00}Duca{14 03 c0 14 00 01 00 00 00}cliprdr{00 00 00 00 00}",
      "{\"rdp\":{\"tx_id\":1,\"event_type\":\"connect_request\",\"channels\":[\"cliprdr\"]}}\n" },
    { "the client", ">{03 00 00 e8 02 f0 80 7f 65 00}Duca{80 d8}" CORE,
      "{\"rdp\":{\"tx_id\":1,\"event_type\":\"connect_request\",\"client\":{\"version\":\"v5\",\"desktop_width\":1280,\"desktop_height\":1024,\"color_depth\":16,"
      "\"keyboard_layout\":\"en-US\",\"build\":\"Windows XP\",\"client_name\":\"PC\",\"keyboard_type\":\"enhanced\",\"function_keys\":12,\"product_id\":1,"
      "\"capabilities\":[\"support_errinfo_pdf\"],\"id\":\"id\",\"connection_hint\":\"autodetect\"}}}\n" },
    { "the conference is there: the rest goes by", ">{03 00 00 0b 06 e0 00 00 00 00 00}<{03 00 00 09 02 f0 80 7f 66}{03 00 00 0b 06 d0 00 00 00 00 00}",
      "{\"rdp\":{\"tx_id\":1,\"event_type\":\"initial_request\"}}\n{\"rdp\":{\"tx_id\":2,\"event_type\":\"connect_response\"}}\n" },
    { "TLS afterwards: certificates that are none have no number", ">{03 00 00 0b 06 e0 00 00 00 00 00}|{16 03 01 00 01 00}<{16 03 03 00 0d 0b 00 00 09 00 00 06 00 00 03 01 02 03}",
      "{\"rdp\":{\"tx_id\":1,\"event_type\":\"initial_request\"}}\n{\"rdp\":{\"tx_id\":2,\"event_type\":\"tls_handshake\",\"x509_serials\":[]}}\n" },
    { "other messages are passed over", ">{03 00 00 0b 06 e0 00 00 00 00 00}{03 00 00 08 02 f0 80 04}{03 00 00 0b 06 e0 00 00 00 00 00}",
      "{\"rdp\":{\"tx_id\":1,\"event_type\":\"initial_request\"}}\n{\"rdp\":{\"tx_id\":2,\"event_type\":\"initial_request\"}}\n" },
};
/* clang-format on */

int main(void)
{
    struct text out;
    bool same;

    text_init(&out, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        rig_cuts(rows[i].script, false, 3389, &out, &same);
        is_str(out.p, rows[i].want, rows[i].why);
        ok(same, rows[i].why);
    }
    text_fini(&out);
    return done_testing();
}
