/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of SQL Server: prelogin, login, batches, calls, and what is wrong with them. */
#include "proto/test_rig.h"

/* clang-format off */
static const struct rig_row rows[] = {
    { "versions and encryption",
      ">{12 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 0f 00 07 d0 00 00 00}<{04 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 10 "
      "00 03 e8 00 00 02}",
      "{\"tds\":{\"type\":\"prelogin\",\"client_prelogin\":{\"version\":\"15.0.2000\",\"encryption\":\"off\"},\"server_prelogin\":{\"version\":\"16.0.1000\","
      "\"encryption\":\"not_supported\"}}}\n" },
    { "an option outside of prelogin",
      ">{12 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 41 00 01 ff 0f 00 07 d0 00 00 00}",
      "{\"tds\":{\"type\":\"prelogin\",\"client_prelogin\":{\"version\":\"15.0.2000\"}}} #malformed_prelogin (open)\n" },
    { "a login and its acceptance",
      ">{12 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 0f 00 07 d0 00 00 00}<{04 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 10 "
      "00 03 e8 00 00 02}>{10 01 00 98 00 00 00 00 90 00 00 00 04 00 00 74 00 10 00 00 07 00 00 00 64 00 00 00 00 00 00 00 e0 03 00 00 00 00 00 00 "
      "09 04 00 00 5e 00 03 00 64 00 02 00 68 00 01 00 6a 00 06 00 76 00 03 00 7c 00 00 00 7c 00 04 00 84 00 00 00 84 00 06 00 00 00 00 00 00 00 90 "
      "00 00 00 90 00 00 00 90 00 00 00 00 00 00 00 77 00 73 00 31 00 73 00 61 00 78 00 73 00 71 00 6c 00 63 00 6d 00 64 00 64 00 62 00 31 00 4f 00 "
      "44 00 42 00 43 00 6d 00 61 00 73 00 74 00 65 00 72 00}<{04 01 00 2e 00 00 00 00 ad 16 00 01 74 00 00 04 06}M{00}S{00}S{00}Q{00}L{00}1{00 10 "
      "00 03 e8 fd 00 00 00 00 00 00 00 00 00 00 00 00}",
      "{\"tds\":{\"type\":\"prelogin\",\"client_prelogin\":{\"version\":\"15.0.2000\",\"encryption\":\"off\"},\"server_prelogin\":{\"version\":\"16.0.1000\","
      "\"encryption\":\"not_supported\"}}}\n{"
      "\"tds\":{\"user\":\"sa\",\"database\":\"master\",\"app\":\"sqlcmd\",\"client\":\"ws1\",\"type\":\"login\",\"server\":\"db1\",\"library\":\"ODBC\","
      "\"program\":\"MSSQL1\",\"status\":\"ok\"}} #cleartext_login\n" },
    { "a login that is refused",
      ">{12 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 0f 00 07 d0 00 00 00}<{04 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 10 "
      "00 03 e8 00 00 02}>{10 01 00 98 00 00 00 00 90 00 00 00 04 00 00 74 00 10 00 00 07 00 00 00 64 00 00 00 00 00 00 00 e0 03 00 00 00 00 00 00 "
      "09 04 00 00 5e 00 03 00 64 00 02 00 68 00 01 00 6a 00 06 00 76 00 03 00 7c 00 00 00 7c 00 04 00 84 00 00 00 84 00 06 00 00 00 00 00 00 00 90 "
      "00 00 00 90 00 00 00 90 00 00 00 00 00 00 00 77 00 73 00 31 00 73 00 61 00 78 00 73 00 71 00 6c 00 63 00 6d 00 64 00 64 00 62 00 31 00 4f 00 "
      "44 00 42 00 43 00 6d 00 61 00 73 00 74 00 65 00 72 00}<{04 01 00 44 00 00 00 00 aa 2c 00 18 48 00 00 01 0e 0c 00 4c 00 6f 00 67 00 69 00 6e "
      "00 20 00 66 00 61 00 69 00 6c 00 65 00 64 00 03 64 00 62 00 31 00 00 01 00 00 00 fd 02 00 00 00 00 00 00 00 00 00 00 00}",
      "{\"tds\":{\"type\":\"prelogin\",\"client_prelogin\":{\"version\":\"15.0.2000\",\"encryption\":\"off\"},\"server_prelogin\":{\"version\":\"16.0.1000\","
      "\"encryption\":\"not_supported\"}}}\n{"
      "\"tds\":{\"user\":\"sa\",\"database\":\"master\",\"app\":\"sqlcmd\",\"client\":\"ws1\",\"type\":\"login\",\"server\":\"db1\",\"library\":\"ODBC\","
      "\"status\":\"error\",\"errors\":[{\"number\":18456,\"severity\":14,\"message\":\"Login failed\",\"line\":1}]}} #cleartext_login\n" },
    { "a login that names text outside of it",
      ">{12 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 0f 00 07 d0 00 00 00}<{04 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 10 "
      "00 03 e8 00 00 02}>{10 01 00 70 00 00 00 00 68 00 00 00 04 00 00 74 00 10 00 00 07 00 00 00 64 00 00 00 00 00 00 00 e0 03 00 00 00 00 00 00 "
      "09 04 00 00 5e 00 03 00 0f 27 02 00 68 00 00 00 68 00 00 00 68 00 00 00 68 00 00 00 68 00 00 00 68 00 00 00 68 00 00 00 00 00 00 00 00 00 68 "
      "00 00 00 68 00 00 00 68 00 00 00 00 00 00 00 77 00 73 00 31 00 73 00 61 00}",
      "{\"tds\":{\"type\":\"prelogin\",\"client_prelogin\":{\"version\":\"15.0.2000\",\"encryption\":\"off\"},\"server_prelogin\":{\"version\":\"16.0.1000\","
      "\"encryption\":\"not_supported\"}}}\n{\"tds\":{\"client\":\"ws1\",\"type\":\"login\"}} #malformed_login (open)\n" },
    { "a batch, its headers passed over, and its rows",
      ">{12 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 0f 00 07 d0 00 00 00}<{04 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 10 "
      "00 03 e8 00 00 02}>{01 01 00 30 00 00 00 00 16 00 00 00 12 00 00 00 02 00 00 00 00 00 00 00 00 00 01 00 00 00}S{00}E{00}L{00}E{00}C{00}T{00 "
      "20 00}1{00 3b 00}<{04 01 00 16 00 00 00 00 81 fd 10 00 c1 00 02 00 00 00 00 00 00 00}",
      "{\"tds\":{\"type\":\"prelogin\",\"client_prelogin\":{\"version\":\"15.0.2000\",\"encryption\":\"off\"},\"server_prelogin\":{\"version\":\"16.0.1000\","
      "\"encryption\":\"not_supported\"}}}\n{\"tds\":{\"query\":\"SELECT 1;\",\"type\":\"batch\",\"status\":\"ok\",\"rows\":2}}\n" },
    { "a batch in two packets, the response in three",
      ">{12 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 0f 00 07 d0 00 00 00}<{04 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 10 "
      "00 03 e8 00 00 02}>{01 00 00 0c 00 00 00 00}A{00}B{00}>{01 01 00 0a 00 00 02 00}C{00}<{04 00 00 09 00 00 00 00 81 04 00 00 09 00 00 00 00 d1 "
      "04 01 00 15 00 00 00 00 fd 10 00 c1 00 05 00 00 00 00 00 00 00}",
      "{\"tds\":{\"type\":\"prelogin\",\"client_prelogin\":{\"version\":\"15.0.2000\",\"encryption\":\"off\"},\"server_prelogin\":{\"version\":\"16.0.1000\","
      "\"encryption\":\"not_supported\"}}}\n{\"tds\":{\"query\":\"ABC\",\"type\":\"batch\",\"status\":\"ok\",\"rows\":5}}\n" },
    { "a call by number, with its statement",
      ">{12 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 0f 00 07 d0 00 00 00}<{04 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 10 "
      "00 03 e8 00 00 02}>{03 01 00 22 00 00 00 00 ff ff 0a 00 00 00 00 00 e7 40 1f 09 04 d0 00 34 08 00}S{00}E{00}L{00}1{00}<{04 01 00 1a 00 00 00 "
      "00 79 00 00 00 00 fe 10 00 e0 00 03 00 00 00 00 00 00 00}",
      "{\"tds\":{\"type\":\"prelogin\",\"client_prelogin\":{\"version\":\"15.0.2000\",\"encryption\":\"off\"},\"server_prelogin\":{\"version\":\"16.0.1000\","
      "\"encryption\":\"not_supported\"}}}\n{\"tds\":{\"query\":\"SEL1\",\"procedure\":\"sp_executesql\",\"type\":\"rpc\",\"status\":\"ok\",\"rows\":3}}\n" },
    { "a call by name; a call cut short",
      ">{12 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 0f 00 07 d0 00 00 00}<{04 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 10 "
      "00 03 e8 00 00 02}>{03 01 00 12 00 00 00 00 03 00}f{00}o{00}o{00 00 00}<{04 01 00 15 00 00 00 00 fd 00 00 00 00 00 00 00 00 00 00 00 00}>{03 "
      "01 00 0a 00 00 00 00 09 00}",
      "{\"tds\":{\"type\":\"prelogin\",\"client_prelogin\":{\"version\":\"15.0.2000\",\"encryption\":\"off\"},\"server_prelogin\":{\"version\":\"16.0.1000\","
      "\"encryption\":\"not_supported\"}}}\n{"
      "\"tds\":{\"procedure\":\"foo\",\"type\":\"rpc\",\"status\":\"ok\"}}\n{\"tds\":{\"type\":\"rpc\"}} #malformed_request (open)\n" },
    { "a statement prepared: its second text, in parts",
      ">{12 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 0f 00 07 d0 00 00 00}<{04 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 10 "
      "00 03 e8 00 00 02}>{03 01 00 53 00 00 00 00 ff ff 0b 00 00 00 00 01 26 04 00 00 00 e7 ff ff 09 04 d0 00 34 02 00 00 00 00 00 00 00 02 00 00 "
      "00 40 00 00 00 00 00 00 00 e7 ff ff 09 04 d0 00 34 06 00 00 00 00 00 00 00 06 00 00 00}A{00}B{00}C{00 00 00 00 00 01 26 04 00}<{04 01 00 15 "
      "00 00 00 00 fd 00 00 00 00 00 00 00 00 00 00 00 00}",
      "{\"tds\":{\"type\":\"prelogin\",\"client_prelogin\":{\"version\":\"15.0.2000\",\"encryption\":\"off\"},\"server_prelogin\":{\"version\":\"16.0.1000\","
      "\"encryption\":\"not_supported\"}}}\n{\"tds\":{\"query\":\"ABC\",\"procedure\":\"sp_prepare\",\"type\":\"rpc\",\"status\":\"ok\"}}\n" },
    { "TLS is passed over; the login under it is answered in the clear",
      ">{12 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 0f 00 07 d0 00 00 00}<{04 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 10 "
      "00 03 e8 00 00 02}>{12 01 00 0e 00 00 00 00 16 03 01 00 01 00}<{12 01 00 0e 00 00 00 00 16 03 01 00 01 00}>{17 03 03 00 02 aa bb}<{04 01 00 "
      "2e 00 00 00 00 ad 16 00 01 74 00 00 04 06}M{00}S{00}S{00}Q{00}L{00}1{00 10 00 03 e8 fd 00 00 00 00 00 00 00 00 00 00 00 00}",
      "{\"tds\":{\"type\":\"prelogin\",\"client_prelogin\":{\"version\":\"15.0.2000\",\"encryption\":\"off\"},\"server_prelogin\":{\"version\":\"16.0.1000\","
      "\"encryption\":\"not_supported\"}}}\n{\"tds\":{\"program\":\"MSSQL1\",\"status\":\"ok\"}}\n" },
    { "something that is cancelled",
      ">{12 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 0f 00 07 d0 00 00 00}<{04 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 10 "
      "00 03 e8 00 00 02}>{01 01 00 0a 00 00 00 00}A{00}>{06 01 00 08 00 00 00 00}<{04 01 00 15 00 00 00 00 fd 00 00 00 00 00 00 00 00 00 00 00 00}",
      "{\"tds\":{\"type\":\"prelogin\",\"client_prelogin\":{\"version\":\"15.0.2000\",\"encryption\":\"off\"},\"server_prelogin\":{\"version\":\"16.0.1000\","
      "\"encryption\":\"not_supported\"}}}\n{\"tds\":{\"query\":\"A\",\"type\":\"batch\",\"status\":\"ok\"}}\n" },
    { "a token that ends within itself",
      ">{12 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 0f 00 07 d0 00 00 00}<{04 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 10 "
      "00 03 e8 00 00 02}>{01 01 00 0a 00 00 00 00}A{00}<{04 01 00 0c 00 00 00 00 aa 10 00 01}",
      "{\"tds\":{\"type\":\"prelogin\",\"client_prelogin\":{\"version\":\"15.0.2000\",\"encryption\":\"off\"},\"server_prelogin\":{\"version\":\"16.0.1000\","
      "\"encryption\":\"not_supported\"}}}\n{\"tds\":{\"query\":\"A\",\"type\":\"batch\",\"status\":\"ok\"}} #malformed_response\n" },
    { "a packet of no type",
      ">{12 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 0f 00 07 d0 00 00 00}<{04 01 00 1a 00 00 00 00 00 00 0b 00 06 01 00 11 00 01 ff 10 "
      "00 03 e8 00 00 02}>{63 01 00 08 00 00 00 00}",
      "{\"tds\":{\"type\":\"prelogin\",\"client_prelogin\":{\"version\":\"15.0.2000\",\"encryption\":\"off\"},\"server_prelogin\":{\"version\":\"16.0.1000\","
      "\"encryption\":\"not_supported\"}}} #malformed_packet\n" },
    { "not TDS: the window is used",
      ">{12 01 00 1a 00 00 00 01 00 00 0b 00 06 01 00 11 00 01 ff 0f 00 07 d0 00 00 00}",
      "" },
};
/* clang-format on */

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 1433 });
    return done_testing();
}
