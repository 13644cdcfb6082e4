/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of NTP: what becomes of them. */
#include "proto/test_rig.h"
#include "tap.h"

#define REST "{00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}"
#define RECORD(version, mode, stratum, id) "{\"ntp\":{\"version\":" version ",\"mode\":" mode ",\"stratum\":" stratum ",\"reference_id\":\"" id "\"}}\n"

/* clang-format off */
static const struct {
    const char *why, *script, *want;
} rows[] = {
    { "a question and its answer are two", ">{23 00 06 ec 00 00 00 00 00 00 00 00 00 00 00 00}" REST "<{24 02 06 ec 00 00 00 00 00 00 00 00 0a 00 00 01}" REST,
      RECORD("4", "3", "0", "00:00:00:00") RECORD("4", "4", "2", "0a:00:00:01") },
    { "version 3, with an authenticator", ">{1b 00 06 ec 00 00 00 00 00 00 00 00}INIT" REST "{00 00 00 01}0123456789abcdef", RECORD("3", "3", "0", "49:4e:49:54") },
    { "version 2 is not read", ">{13 00 06 ec 00 00 00 00 00 00 00 00 00 00 00 00}" REST, "" },
    { "a message that is too short: noted with the one before", ">{23 00 06 ec 00 00 00 00 00 00 00 00 00 00 00 00}" REST "|{23 00 06}",
      "{\"ntp\":{\"version\":4,\"mode\":3,\"stratum\":0,\"reference_id\":\"00:00:00:00\"}} #malformed_data\n" },
};
/* clang-format on */

int main(void)
{
    struct text out;
    bool same;

    text_init(&out, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        rig_cuts(rows[i].script, true, 123, &out, &same);
        is_str(out.p, rows[i].want, rows[i].why);
    }
    text_fini(&out);
    return done_testing();
}
