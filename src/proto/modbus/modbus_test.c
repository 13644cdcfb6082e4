/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modbus through the real driver. */
#include "proto/test_rig.h"
#include "tap.h"

#define HEAD(raw, code, access, category, flags) "\"transaction_id\":2,\"protocol_id\":0,\"unit_id\":1,\"function_raw\":" #raw ",\"function_code\":\"" code \
    "\",\"access_type\":\"" access "\",\"category\":\"" category "\",\"error_flags\":\"" flags "\""
#define ASK(rest) "{\"modbus\":{\"id\":1,\"request\":{" rest "}"
#define ANSWER(rest) ",\"response\":{" rest "}}}\n"
#define COILS_HEAD HEAD(1, "RdCoils", "READ | COILS", "PUBLIC_ASSIGNED", "NONE")
#define COILS_ASKED ASK(COILS_HEAD ",\"read\":{\"address\":1,\"quantity\":2}")

static const struct {
    const char *why, *script, *want;
} rows[] = {
    { "coils", ">{00 02 00 00 00 06 01 01 00 01 00 02}<{00 02 00 00 00 04 01 01 01 03}", COILS_ASKED ANSWER(COILS_HEAD ",\"read\":{\"data\":\"\\u0003\"}") },
    { "more coils than asked for", ">{00 02 00 00 00 06 01 01 00 01 00 02}<{00 02 00 00 00 05 01 01 02 03 03}",
      COILS_ASKED ",\"response\":{" HEAD(1, "RdCoils", "READ | COILS", "PUBLIC_ASSIGNED", "DATA_VALUE") ",\"read\":{\"data\":\"\\u0003\\u0003\"}}}} #value_mismatch\n" },
    { "registers have two octets", ">{00 02 00 00 00 06 01 03 00 01 00 01}<{00 02 00 00 00 05 01 03 02 00 07}",
      ASK(HEAD(3, "RdHoldRegs", "READ | HOLDING", "PUBLIC_ASSIGNED", "NONE") ",\"read\":{\"address\":1,\"quantity\":1}")
      ANSWER(HEAD(3, "RdHoldRegs", "READ | HOLDING", "PUBLIC_ASSIGNED", "NONE") ",\"read\":{\"data\":\"\\u0000\\u0007\"}") },
    { "several written", ">{00 02 00 00 00 09 01 10 00 01 00 01 02}AB<{00 02 00 00 00 06 01 10 00 01 00 01}",
      ASK(HEAD(16, "WrMultRegs", "WRITE | HOLDING | MULTIPLE | WRITE_MULTIPLE", "PUBLIC_ASSIGNED", "NONE") ",\"write\":{\"address\":1,\"quantity\":1,\"data\":\"AB\"}")
      ANSWER(HEAD(16, "WrMultRegs", "WRITE | HOLDING | MULTIPLE | WRITE_MULTIPLE", "PUBLIC_ASSIGNED", "NONE") ",\"write\":{\"address\":1,\"data\":1}") },
    { "an exception", ">{00 02 00 00 00 06 01 01 00 01 00 02}<{00 02 00 00 00 03 01 81 02}",
      COILS_ASKED ANSWER(HEAD(129, "RdCoils", "READ | COILS", "PUBLIC_ASSIGNED", "NONE") ",\"exception\":{\"raw\":2,\"code\":\"IllegalDataAddr\"}") },
    { "an exception of no meaning", ">{00 02 00 00 00 06 01 01 00 01 00 02}<{00 02 00 00 00 03 01 81 09}",
      COILS_ASKED ",\"response\":{" HEAD(129, "RdCoils", "READ | COILS", "PUBLIC_ASSIGNED", "EXC_CODE") ",\"exception\":{\"raw\":9,\"code\":\"Unknown\"}}}} #invalid_exception_code\n" },
    { "a response to nothing", "<{00 02 00 00 00 04 01 01 01 03}",
      "{\"modbus\":{\"id\":1,\"response\":{" COILS_HEAD ",\"read\":{\"data\":\"\\u0003\"}}}} #unsolicited_response\n" },
    { "no length, and a message behind it", ">{00 02 00 00 00 06 01 01 00 01 00 02 00 02 00 00 00 01 09 00 02 00 00 00 02 01 07}",
      COILS_ASKED "}} (open)\n{\"modbus\":{\"id\":2,\"request\":{\"transaction_id\":2,\"protocol_id\":0,\"unit_id\":0,\"function_raw\":0,\"function_code\":\"Unknown\","
      "\"access_type\":\"NONE\",\"category\":\"NONE\",\"error_flags\":\"DATA_LENGTH\"}}} #invalid_length (open)\n{\"modbus\":{\"id\":3,\"request\":{"
      HEAD(7, "RdExcStatus", "NONE", "PUBLIC_ASSIGNED", "NONE") ",\"data\":\"\"}}} (open)\n" },
    { "a diagnostic that asks for a zero", ">{00 02 00 00 00 06 01 08 00 0a 00 01}",
      ASK(HEAD(8, "Diagnostic", "NONE", "PUBLIC_ASSIGNED", "DATA_VALUE") ",\"diagnostic\":{\"raw\":10,\"code\":\"ClearCtrDiagReg\",\"data\":\"\\u0000\\u0001\"}")
      "}} #invalid_value (open)\n" },
    { "nothing is read", ">{00 02 00 00 00 06 01 01 00 01 00 00}",
      ASK(HEAD(1, "RdCoils", "READ | COILS", "PUBLIC_ASSIGNED", "DATA_VALUE") ",\"read\":{\"address\":1,\"quantity\":0}") "}} #invalid_value (open)\n" },
};

int main(void)
{
    struct text out;
    bool same;

    text_init(&out, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        rig_cuts(rows[i].script, false, 502, &out, &same);
        is_str(out.p, rows[i].want, rows[i].why);
        ok(same, rows[i].why);
    }
    text_fini(&out);
    return done_testing();
}
