/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IEC 60870-5-104 through the real driver. */
#include "proto/test_rig.h"
#include "tap.h"

#define START "{68 04 07 00 00 00}"
#define STARTED "{\"iec104\":{\"frame\":\"u\",\"function\":\"startdt_act\"}}\n"
#define DATA(rest) "{\"iec104\":{\"frame\":\"i\",\"send_sequence\":1,\"receive_sequence\":2,\"asdu\":{" rest "}}}"
#define WHY(id, name, negative) "\"cause_id\":" #id ",\"cause\":\"" name "\",\"negative\":" negative ",\"test\":false,\"originator\":0,\"common_address\":3,"

static const struct {
    const char *why, *script, *want;
} rows[] = {
    { "a link starts; acknowledgements are nothing", ">" START "<{68 04 0b 00 00 00}>{68 04 01 00 02 00}",
      STARTED "{\"iec104\":{\"frame\":\"u\",\"function\":\"startdt_con\"}}\n" },
    { "a single command", ">" START ">{68 0e 02 00 04 00 2d 01 06 00 03 00 01 02 00 81}",
      STARTED DATA("\"type_id\":45,\"type\":\"C_SC_NA_1\"," WHY(6, "activation", "false") "\"count\":1,\"sequence\":false,\"objects\":[513]") "\n" },
    { "two values, each with its address", ">" START "<{68 12 02 00 04 00 01 02 03 00 03 00 01 00 00 01 05 00 00 00}",
      STARTED DATA("\"type_id\":1,\"type\":\"M_SP_NA_1\"," WHY(3, "spontaneous", "false") "\"count\":2,\"sequence\":false,\"objects\":[1,5]") "\n" },
    { "three in sequence", ">" START "<{68 10 02 00 04 00 01 83 54 00 03 00 01 00 00 01 00 01}",
      STARTED DATA("\"type_id\":1,\"type\":\"M_SP_NA_1\"," WHY(20, "interrogated", "true") "\"count\":3,\"sequence\":true,\"objects\":[1]") "\n" },
    { "objects that are not there", ">" START ">{68 0e 02 00 04 00 2d 02 06 00 03 00 01 02 00 81}",
      STARTED DATA("\"type_id\":45,\"type\":\"C_SC_NA_1\"," WHY(6, "activation", "false") "\"count\":2,\"sequence\":false,\"objects\":[513]") " #malformed_data\n" },
    { "a kind that is none", ">" START ">{68 0a 02 00 04 00 02 00 06 00 03 00}",
      STARTED DATA("\"type_id\":2,\"type\":\"unknown\"," WHY(6, "activation", "false") "\"count\":0,\"sequence\":false") " #unknown_type\n" },
    { "nonsense between units", ">" START "{68 01 00}" START, STARTED STARTED },
};

int main(void)
{
    struct text out;
    bool same;

    text_init(&out, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        rig_cuts(rows[i].script, false, 2404, &out, &same);
        is_str(out.p, rows[i].want, rows[i].why);
        ok(same, rows[i].why);
    }
    text_fini(&out);
    return done_testing();
}
