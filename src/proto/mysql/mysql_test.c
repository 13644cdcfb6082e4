/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MySQL's packets: logins, commands, results, and what is wrong with them. */
#include "proto/test_rig.h"

/* clang-format off */
static const struct rig_row rows[] = {
    { "a login with a database, and the end",
      "<{49 00 00 00 0a}8.0.1{00 01 00 00 00}saltsalt{00 ff f7 21 02 00 ff df 15 00 00 00 00 00 00 00 00 00 00}saltsaltsalt{00}caching_sha2_password{00}"
      ">{43 00 00 01 0d a2 08 00 00 00 00 01 21 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}me{00 04 01 02 03 04}shop{00}mysql_native_password{00}"
      "<{07 00 00 02 00 00 00 02 00 00 00}>{01 00 00 00 01}",
      "{\"mysql\":{\"version\":\"8.0.1\",\"user\":\"me\",\"database\":\"shop\",\"auth_plugin\":\"mysql_native_password\",\"tls\":false,\"status\":\"ok\"}}\n{"
      "\"mysql\":{\"command\":\"quit\",\"command_code\":1}}\n" },
    { "a login that is refused",
      "<{49 00 00 00 0a}8.0.1{00 01 00 00 00}saltsalt{00 ff f7 21 02 00 ff df 15 00 00 00 00 00 00 00 00 00 00}saltsaltsalt{00}caching_sha2_password{00}"
      ">{43 00 00 01 0d a2 08 00 00 00 00 01 21 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}me{00 04 01 02 03 04}shop{00}mysql_native_password{00}"
      "<{16 00 00 02 ff 15 04}#28000Access denied",
      "{\"mysql\":{\"version\":\"8.0.1\",\"user\":\"me\",\"database\":\"shop\",\"auth_plugin\":\"mysql_native_password\",\"tls\":false,\"status\":\"error\","
      "\"error\":{\"code\":1045,\"state\":\"28000\",\"message\":\"Access denied\"}}}\n" },
    { "attributes of the connection",
      "<{49 00 00 00 0a}8.0.1{00 01 00 00 00}saltsalt{00 ff f7 21 02 00 ff df 15 00 00 00 00 00 00 00 00 00 00}saltsaltsalt{00}caching_sha2_password{00}"
      ">{58 00 00 01 05 a2 18 00 00 00 00 01 21 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}me{00 00}mysql_native_password{00 "
      "1d 03}_os{05}Linux{0c}program_name{05}mysql<{07 00 00 02 00 00 00 02 00 00 00}",
      "{\"mysql\":{\"version\":\"8.0.1\",\"user\":\"me\",\"auth_plugin\":\"mysql_native_password\",\"tls\":false,\"attributes\":[{\"name\":\"_os\","
      "\"value\":\"Linux\"},{\"name\":\"program_name\",\"value\":\"mysql\"}],\"status\":\"ok\"}}\n" },
    { "attributes that run on beyond the packet",
      "<{49 00 00 00 0a}8.0.1{00 01 00 00 00}saltsalt{00 ff f7 21 02 00 ff df 15 00 00 00 00 00 00 00 00 00 00}saltsaltsalt{00}caching_sha2_password{00}"
      ">{43 00 00 01 05 a2 18 00 00 00 00 01 21 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}me{00 00}mysql_native_password{00 "
      "20 03}_os{05}Lin<{07 00 00 02 00 00 00 02 00 00 00}",
      "{\"mysql\":{\"version\":\"8.0.1\",\"user\":\"me\",\"auth_plugin\":\"mysql_native_password\",\"tls\":false,\"status\":\"ok\"}} #malformed_login\n" },
    { "a login that ends within itself",
      "<{49 00 00 00 0a}8.0.1{00 01 00 00 00}saltsalt{00 ff f7 21 02 00 ff df 15 00 00 00 00 00 00 00 00 00 00}saltsaltsalt{00}caching_sha2_password{00}"
      ">{25 00 00 01 0d a2 08 00 00 00 00 01 21 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}me{00 09 01}",
      "{\"mysql\":{\"version\":\"8.0.1\",\"user\":\"me\",\"auth_plugin\":\"caching_sha2_password\",\"tls\":false}} #malformed_login (open)\n" },
    { "another way to log in, and the password as it is",
      "<{49 00 00 00 0a}8.0.1{00 01 00 00 00}saltsalt{00 ff f7 21 02 00 ff df 15 00 00 00 00 00 00 00 00 00 00}saltsaltsalt{00}caching_sha2_password{00}"
      ">{43 00 00 01 0d a2 08 00 00 00 00 01 21 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}me{00 04 01 02 03 04}shop{00}mysql_native_password{00}"
      "<{16 00 00 02 fe}mysql_clear_password{00}>{07 00 00 03}secret{00}<{07 00 00 04 00 00 00 02 00 00 00}",
      "{\"mysql\":{\"version\":\"8.0.1\",\"user\":\"me\",\"database\":\"shop\",\"auth_plugin\":\"mysql_clear_password\",\"tls\":false,"
      "\"status\":\"ok\"}} #cleartext_password\n" },
    { "TLS: a login that ends before the user",
      "<{49 00 00 00 0a}8.0.1{00 01 00 00 00}saltsalt{00 ff f7 21 02 00 ff df 15 00 00 00 00 00 00 00 00 00 00}saltsaltsalt{00}caching_sha2_password{00}"
      ">{20 00 00 01 05 ae 08 00 00 00 00 01 21 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}",
      "{\"mysql\":{\"version\":\"8.0.1\",\"auth_plugin\":\"caching_sha2_password\",\"tls\":true}}\n" },
    { "a server before 4.1 and its client",
      "<{16 00 00 00 0a}4.0.9{00 01 00 00 00}saltsalt{00 08 00}>{11 00 00 01 08 00 00 00 10}me{00}hash{00}shop<{03 00 00 02 00 00 00}",
      "{\"mysql\":{\"version\":\"4.0.9\",\"user\":\"me\",\"database\":\"shop\",\"tls\":false,\"status\":\"ok\"}}\n" },
    { "no greeting: too many connections",
      "<{17 00 00 00 ff 10 04}Too many connections",
      "{\"mysql\":{\"tls\":false,\"status\":\"error\",\"error\":{\"code\":1040,\"message\":\"Too many connections\"}}}\n" },
    { "a query and its rows, with ends of both lots",
      "<{49 00 00 00 0a}8.0.1{00 01 00 00 00}saltsalt{00 ff f7 21 02 00 ff df 15 00 00 00 00 00 00 00 00 00 00}saltsaltsalt{00}caching_sha2_password{00}"
      ">{43 00 00 01 0d a2 08 00 00 00 00 01 21 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}me{00 04 01 02 03 04}shop{00}mysql_native_password{00}"
      "<{07 00 00 02 00 00 00 02 00 00 00}>{09 00 00 00 03}SELECT 1<{01 00 00 01 01 09 00 00 02 03}def{00 00 00 01}1{05 00 00 03 fe 00 00 02 00 02 "
      "00 00 04 01}1{02 00 00 05 01}2{05 00 00 06 fe 00 00 02 00}>{01 00 00 00 01}",
      "{\"mysql\":{\"version\":\"8.0.1\",\"user\":\"me\",\"database\":\"shop\",\"auth_plugin\":\"mysql_native_password\",\"tls\":false,\"status\":\"ok\"}}\n{"
      "\"mysql\":{\"command\":\"query\",\"command_code\":3,\"text\":\"SELECT 1\",\"status\":\"ok\",\"rows\":2}}\n{"
      "\"mysql\":{\"command\":\"quit\",\"command_code\":1}}\n" },
    { "a query and its rows, with the end of the last lot alone",
      "<{49 00 00 00 0a}8.0.1{00 01 00 00 00}saltsalt{00 ff f7 21 02 00 ff df 15 00 00 00 00 00 00 00 00 00 00}saltsaltsalt{00}caching_sha2_password{00}"
      ">{3a 00 00 01 05 a2 28 09 00 00 00 01 21 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}me{00 00}mysql_native_password{00}"
      "<{07 00 00 02 00 00 00 02 00 00 00}>{0b 00 00 00 03 00 01}SELECT 1<{01 00 00 01 01 09 00 00 02 03}def{00 00 00 01}1{02 00 00 04 01}1{07 00 00 "
      "06 fe 00 00 02 00 00 00}>{01 00 00 00 0e}<{07 00 00 01 00 01 00 02 00 00 00}",
      "{\"mysql\":{\"version\":\"8.0.1\",\"user\":\"me\",\"auth_plugin\":\"mysql_native_password\",\"tls\":false,\"status\":\"ok\"}}\n{"
      "\"mysql\":{\"command\":\"query\",\"command_code\":3,\"text\":\"SELECT 1\",\"status\":\"ok\",\"rows\":1}}\n{"
      "\"mysql\":{\"command\":\"ping\",\"command_code\":14,\"status\":\"ok\",\"affected_rows\":1}}\n" },
    { "a query's attributes are passed over",
      "<{49 00 00 00 0a}8.0.1{00 01 00 00 00}saltsalt{00 ff f7 21 02 00 ff df 15 00 00 00 00 00 00 00 00 00 00}saltsaltsalt{00}caching_sha2_password{00}"
      ">{3a 00 00 01 05 a2 28 09 00 00 00 01 21 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}me{00 00}mysql_native_password{00}"
      "<{07 00 00 02 00 00 00 02 00 00 00}>{1d 00 00 00 03 02 01 01 01 fe 00 01}a{08 00 01}b{01 02 03 04 05 06 07 08}SELECT 2<{07 00 00 01 00 01 00 "
      "02 00 00 00}",
      "{\"mysql\":{\"version\":\"8.0.1\",\"user\":\"me\",\"auth_plugin\":\"mysql_native_password\",\"tls\":false,\"status\":\"ok\"}}\n{"
      "\"mysql\":{\"command\":\"query\",\"command_code\":3,\"text\":\"SELECT 2\",\"status\":\"ok\",\"affected_rows\":1}}\n" },
    { "attributes that do not fit",
      "<{49 00 00 00 0a}8.0.1{00 01 00 00 00}saltsalt{00 ff f7 21 02 00 ff df 15 00 00 00 00 00 00 00 00 00 00}saltsaltsalt{00}caching_sha2_password{00}"
      ">{3a 00 00 01 05 a2 28 09 00 00 00 01 21 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}me{00 00}mysql_native_password{00}"
      "<{07 00 00 02 00 00 00 02 00 00 00}>{14 00 00 00 03 02 01 00 01 fe 00 01}a{08 00 01}b{01}x{02 03}SEL<{07 00 00 01 00 01 00 02 00 00 00}",
      "{\"mysql\":{\"version\":\"8.0.1\",\"user\":\"me\",\"auth_plugin\":\"mysql_native_password\",\"tls\":false,\"status\":\"ok\"}}\n{"
      "\"mysql\":{\"command\":\"query\",\"command_code\":3,\"status\":\"ok\",\"affected_rows\":1}} #malformed_command\n" },
    { "several results of one query, and an error in the last",
      "<{49 00 00 00 0a}8.0.1{00 01 00 00 00}saltsalt{00 ff f7 21 02 00 ff df 15 00 00 00 00 00 00 00 00 00 00}saltsaltsalt{00}caching_sha2_password{00}"
      ">{43 00 00 01 0d a2 08 00 00 00 00 01 21 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}me{00 04 01 02 03 04}shop{00}mysql_native_password{00}"
      "<{07 00 00 02 00 00 00 02 00 00 00}>{04 00 00 00 03}A;B<{07 00 00 01 00 02 00 0a 00 00 00 0f 00 00 02 ff 28 04}#42000syntax",
      "{\"mysql\":{\"version\":\"8.0.1\",\"user\":\"me\",\"database\":\"shop\",\"auth_plugin\":\"mysql_native_password\",\"tls\":false,\"status\":\"ok\"}}\n{"
      "\"mysql\":{\"command\":\"query\",\"command_code\":3,\"text\":\"A;B\",\"status\":\"error\",\"error\":{\"code\":1064,\"state\":\"42000\","
      "\"message\":\"syntax\"}}}\n" },
    { "a statement: prepared, executed, closed",
      "<{49 00 00 00 0a}8.0.1{00 01 00 00 00}saltsalt{00 ff f7 21 02 00 ff df 15 00 00 00 00 00 00 00 00 00 00}saltsaltsalt{00}caching_sha2_password{00}"
      ">{43 00 00 01 0d a2 08 00 00 00 00 01 21 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}me{00 04 01 02 03 04}shop{00}mysql_native_password{00}"
      "<{07 00 00 02 00 00 00 02 00 00 00}>{09 00 00 00 16}SELECT ?<{0c 00 00 01 00 07 00 00 00 01 00 01 00 00 00 00 04 00 00 02 03}def{05 00 00 03 "
      "fe 00 00 02 00 04 00 00 04 03}def{05 00 00 05 fe 00 00 02 00}>{0a 00 00 00 17 07 00 00 00 00 01 00 00 00}<{07 00 00 01 00 01 00 02 00 00 00}"
      ">{05 00 00 00 19 07 00 00 00}",
      "{\"mysql\":{\"version\":\"8.0.1\",\"user\":\"me\",\"database\":\"shop\",\"auth_plugin\":\"mysql_native_password\",\"tls\":false,\"status\":\"ok\"}}\n{"
      "\"mysql\":{\"command\":\"stmt_prepare\",\"command_code\":22,\"text\":\"SELECT ?\",\"statement_id\":7,\"status\":\"ok\",\"affected_rows\":0}}\n{"
      "\"mysql\":{\"command\":\"stmt_execute\",\"command_code\":23,\"statement_id\":7,\"status\":\"ok\",\"affected_rows\":1}}\n{"
      "\"mysql\":{\"command\":\"stmt_close\",\"command_code\":25,\"statement_id\":7}}\n" },
    { "a statement without its number; a command nobody knows",
      "<{49 00 00 00 0a}8.0.1{00 01 00 00 00}saltsalt{00 ff f7 21 02 00 ff df 15 00 00 00 00 00 00 00 00 00 00}saltsaltsalt{00}caching_sha2_password{00}"
      ">{43 00 00 01 0d a2 08 00 00 00 00 01 21 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}me{00 04 01 02 03 04}shop{00}mysql_native_password{00}"
      "<{07 00 00 02 00 00 00 02 00 00 00}>{02 00 00 00 17 07}<{07 00 00 01 00 01 00 02 00 00 00}>{02 00 00 00 7f}x<{07 00 00 01 00 01 00 02 00 00 "
      "00}",
      "{\"mysql\":{\"version\":\"8.0.1\",\"user\":\"me\",\"database\":\"shop\",\"auth_plugin\":\"mysql_native_password\",\"tls\":false,\"status\":\"ok\"}}\n{"
      "\"mysql\":{\"command\":\"stmt_execute\",\"command_code\":23,\"status\":\"ok\",\"affected_rows\":1}} #malformed_command\n{"
      "\"mysql\":{\"command\":\"unknown\",\"command_code\":127,\"status\":\"ok\",\"affected_rows\":1}} #unknown_command\n" },
    { "change of user",
      "<{49 00 00 00 0a}8.0.1{00 01 00 00 00}saltsalt{00 ff f7 21 02 00 ff df 15 00 00 00 00 00 00 00 00 00 00}saltsaltsalt{00}caching_sha2_password{00}"
      ">{43 00 00 01 0d a2 08 00 00 00 00 01 21 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}me{00 04 01 02 03 04}shop{00}mysql_native_password{00}"
      "<{07 00 00 02 00 00 00 02 00 00 00}>{0b 00 00 00 11}root{00 00}sys{00}<{07 00 00 02 00 00 00 02 00 00 00}",
      "{\"mysql\":{\"version\":\"8.0.1\",\"user\":\"me\",\"database\":\"shop\",\"auth_plugin\":\"mysql_native_password\",\"tls\":false,\"status\":\"ok\"}}\n{"
      "\"mysql\":{\"user\":\"root\",\"database\":\"sys\",\"command\":\"change_user\",\"command_code\":17,\"status\":\"ok\",\"affected_rows\":0}}\n" },
    { "a file of the client's on the server's demand",
      "<{49 00 00 00 0a}8.0.1{00 01 00 00 00}saltsalt{00 ff f7 21 02 00 ff df 15 00 00 00 00 00 00 00 00 00 00}saltsaltsalt{00}caching_sha2_password{00}"
      ">{43 00 00 01 0d a2 08 00 00 00 00 01 21 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}me{00 04 01 02 03 04}shop{00}mysql_native_password{00}"
      "<{07 00 00 02 00 00 00 02 00 00 00}>{05 00 00 00 03}LOAD<{0c 00 00 01 fb}/etc/passwd>{06 00 00 02}root:x{00 00 00 03}<{07 00 00 04 00 01 00 "
      "02 00 00 00}",
      "{\"mysql\":{\"version\":\"8.0.1\",\"user\":\"me\",\"database\":\"shop\",\"auth_plugin\":\"mysql_native_password\",\"tls\":false,\"status\":\"ok\"}}\n{"
      "\"mysql\":{\"command\":\"query\",\"command_code\":3,\"text\":\"LOAD\",\"status\":\"ok\",\"affected_rows\":1}}\n" },
    { "begun midstream",
      ">{24 00 00 01 05 a2 08 00 00 00 00 01 21 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}me{00 00}<{07 00 00 02 00 00 00 "
      "02 00 00 00}>{05 00 00 00 02}shop<{07 00 00 01 00 01 00 02 00 00 00}",
      "{\"mysql\":{\"user\":\"me\",\"tls\":false,\"status\":\"ok\"}}\n{"
      "\"mysql\":{\"command\":\"init_db\",\"command_code\":2,\"text\":\"shop\",\"status\":\"ok\",\"affected_rows\":1}}\n" },
    { "not MySQL: another version",
      "<{1f 00 00 00 09}8.0.1{00 01 00 00 00}saltsalt{00 ff f7 21 02 00 ff df 15 00 00 00}",
      "" },
};
/* clang-format on */

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 3306 });
    return done_testing();
}
