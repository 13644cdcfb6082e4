/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dialogues with PostgreSQL: what becomes of them, and that it does not matter where the bytes are cut. */
#include "proto/test_rig.h"
#include "tap.h"

#define START "{00 00 00 12 00 03 00 00}user%00bob%00%00"
#define START_RECORD(id) "{\"pgsql\":{\"tx_id\":" #id ",\"request\":{\"protocol_version\":\"3.0\",\"startup_parameters\":{\"user\":\"bob\"}}"
#define OK "<R{00 00 00 08 00 00 00 00}"
#define READY "Z{00 00 00 05}I"
#define LOGIN ">" START OK READY
#define LOGIN_RECORD START_RECORD(1) ",\"response\":{\"message\":\"authentication_ok\"}}}\n"
#define QUERY(text) ">Q{00 00 00 0d}" text "%00" /* eight bytes */
#define DONE "C{00 00 00 0d}SELECT 1%00"

/* clang-format off */
static const struct {
    const char *why, *script, *want;
} rows[] = {
    { "a session's start ends when the server is ready", LOGIN, LOGIN_RECORD },
    { "a question without an answer yet", ">" START, START_RECORD(1) "}} (open)\n" },
    { "no TLS: the start follows", ">{00 00 00 08 04 d2 16 2f}<N>" START, "{\"pgsql\":{\"tx_id\":1,\"request\":{\"message\":\"SSL Request\"},"
      "\"response\":{\"ssl_accepted\":false}}}\n" START_RECORD(2) "}} (open)\n" },
    { "the user goes first, whatever comes before it; unknown names are keys as they are", ">{00 00 00 22 00 03 00 00}a%22b%00x%00user%00bob%00TimeZone%00%00%00",
      "{\"pgsql\":{\"tx_id\":1,\"request\":{\"protocol_version\":\"3.0\",\"startup_parameters\":{\"user\":\"bob\",\"optional_parameters\":[{\"a_b\":\"x\"},{\"time_zone\":\"\"}]}}}} (open)\n" },
    { "rows are counted, their values' bytes added", LOGIN QUERY("select 1") "<T{00 00 00 06 00 01}D{00 00 00 0d 00 01 00 00 00 03}abcD{00 00 00 0a 00 01 ff ff ff ff}" DONE READY,
      LOGIN_RECORD "{\"pgsql\":{\"tx_id\":2,\"request\":{\"simple_query\":\"select 1\"},\"response\":{\"field_count\":1,\"data_rows\":2,\"data_size\":3,\"command_completed\":\"SELECT 1\"}}}\n" },
    { "rows of a query that failed are not told of", LOGIN QUERY("select 1") "<D{00 00 00 0d 00 01 00 00 00 03}abcE{00 00 00 11}C22012%00Mdiv%00%00" READY, LOGIN_RECORD
      "{\"pgsql\":{\"tx_id\":2,\"request\":{\"simple_query\":\"select 1\"},\"response\":{\"code\":\"22012\",\"message\":\"div\"}}}\n" },
    { "a password is not told", ">" START "<R{00 00 00 08 00 00 00 03}>p{00 00 00 08}pwd%00" OK READY, START_RECORD(1) ",\"response\":{\"message\":\"authentication_cleartext_password\"}}}\n"
      "{\"pgsql\":{\"tx_id\":2,\"request\":{\"password_redacted\":true},\"response\":{\"message\":\"authentication_ok\"}}}\n" },
    { "something else where a password is due: passed over, a number is taken", ">" START "<R{00 00 00 0c 00 00 00 05}salt>X{00 00 00 04}", START_RECORD(1)
      ",\"response\":{\"authentication_md5_password\":\"salt\"}}}\n" },
    { "a parameter after another is one array", LOGIN QUERY("select 1") "<S{00 00 00 08}a%00b%00S{00 00 00 08}c%00d%00" DONE READY, LOGIN_RECORD
      "{\"pgsql\":{\"tx_id\":2,\"request\":{\"simple_query\":\"select 1\"},\"response\":{\"parameter_status\":[{\"a\":\"b\"},{\"c\":\"d\"}],\"command_completed\":\"SELECT 1\"}}}\n" },
    { "copying to the server: pieces are counted", LOGIN QUERY("copy frm") "<G{00 00 00 09 00 00 01 00 00}>d{00 00 00 07}abcd{00 00 00 05}xc{00 00 00 04}<" DONE READY, LOGIN_RECORD
      "{\"pgsql\":{\"tx_id\":2,\"request\":{\"simple_query\":\"copy frm\"},\"response\":{\"copy_in_response\":{\"columns\":1}}}}\n"
      "{\"pgsql\":{\"tx_id\":3,\"request\":{\"copy_data_in\":{\"msg_count\":2,\"data_size\":4},\"message\":\"copy_done\"},\"response\":{\"command_completed\":\"SELECT 1\"}}}\n" },
    { "copying to the client", LOGIN QUERY("copy to_") "<H{00 00 00 09 00 00 01 00 00}d{00 00 00 07}abcc{00 00 00 04}" DONE READY, LOGIN_RECORD
      "{\"pgsql\":{\"tx_id\":2,\"request\":{\"simple_query\":\"copy to_\"},\"response\":{\"copy_out_response\":{\"columns\":1},\"copy_data_out\":{\"row_count\":1,\"data_size\":3},"
      "\"message\":\"copy_done\",\"command_completed\":\"SELECT 1\"}}}\n" },
    { "the end needs no answer", LOGIN ">X{00 00 00 04}", LOGIN_RECORD "{\"pgsql\":{\"tx_id\":2,\"request\":{\"message\":\"termination_message\"}}}\n" },
    { "a cancel needs none either", ">{00 00 00 10 04 d2 16 2e 00 00 00 07 00 00 00 09}", "{\"pgsql\":{\"tx_id\":1,\"request\":{\"message\":\"cancel_request\",\"process_id\":7,\"secret_key\":9}}}\n" },
    { "a version that is not known", LOGIN ">{00 00 00 08 00 09 00 00}", LOGIN_RECORD "{\"pgsql\":{\"tx_id\":2}} #malformed_request (open)\n" },
    { "a way to log in that is not known", ">" START "<R{00 00 00 08 00 00 00 63}", START_RECORD(1) "}} (open)\n{\"pgsql\":{\"tx_id\":2}} #malformed_response (open)\n" },
    { "a length that cannot be: nothing more is read", LOGIN ">Q{00 00 00 03}" QUERY("select 1"), LOGIN_RECORD "{\"pgsql\":{\"tx_id\":2}} #invalid_length (open)\n" },
    { "after a gap in a row the next message is found by counting", LOGIN QUERY("select 1") "<D{00 00 00 14 00 01 00 00 00 0a}^<" DONE READY, LOGIN_RECORD
      "{\"pgsql\":{\"tx_id\":2,\"request\":{\"simple_query\":\"select 1\"},\"response\":{\"data_rows\":1,\"data_size\":10,\"command_completed\":\"SELECT 1\"}}}\n" },
};
/* clang-format on */

/* Answers without end to one request: a few are kept. */
static void test_many(void)
{
    struct rig *r = rig_new(false, 5432);
    struct text out;

    text_init(&out, 0);
    rig_play(r, LOGIN QUERY("select 1"), RIG_HELD, &out);
    for (unsigned i = 0; i < 100; i++) {
        rig_play(r, "<E{00 00 00 0b}Mx%00Hx%00%00", RIG_HELD, &out);
    }
    unsigned n = 0;
    for (size_t i = 0; i + 9 < out.n; i++) {
        n += memcmp(out.p + i, "\"message\":", 9) == 0;
    }
    is_int(n, 65, "as many answers as the setting says, and the one of the start");
    ok(strstr(out.p, "#too_many_responses") != NULL, "more are noted");
    text_fini(&out);
    rig_free(r);
}

int main(void)
{
    struct text out;
    bool same;

    text_init(&out, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        rig_cuts(rows[i].script, false, 5432, &out, &same);
        is_str(out.p, rows[i].want, rows[i].why);
        ok(same, rows[i].why);
    }
    text_fini(&out);
    test_many();
    return done_testing();
}
