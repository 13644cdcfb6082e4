/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of S7: connections, jobs, and what is wrong with them. */
#include "proto/test_rig.h"

/* clang-format off */
static const struct rig_row rows[] = {
    { "a connection to rack 0, slot 2, and its set-up",
      ">{03 00 00 16 11 e0 00 00 00 01 00 c0 01 0a c1 02 01 00 c2 02 01 02}<{03 00 00 16 11 d0 00 01 00 02 00 c0 01 0a c1 02 01 00 c2 02 01 02}>{03 "
      "00 00 19 02 f0 80 32 01 00 00 00 01 00 08 00 00 f0 00 00 01 00 01 01 e0}<{03 00 00 1b 02 f0 80 32 03 00 00 00 01 00 08 00 00 00 00 f0 00 00 "
      "01 00 01 00 f0}",
      "{\"s7comm\":{\"protocol\":\"cotp\",\"function\":\"connect\",\"source_tsap\":256,\"destination_tsap\":258,\"rack\":0,\"slot\":2,\"accepted\":true}}\n{"
      "\"s7comm\":{\"protocol\":\"s7comm\",\"reference\":1,\"type\":\"job\",\"function_code\":240,\"function\":\"setup_communication\",\"answered\":true}}\n" },
    { "two items are read",
      ">{03 00 00 16 11 e0 00 00 00 01 00 c0 01 0a c1 02 01 00 c2 02 01 02}<{03 00 00 16 11 d0 00 01 00 02 00 c0 01 0a c1 02 01 00 c2 02 01 02}>{03 "
      "00 00 2b 02 f0 80 32 01 00 00 00 02 00 1a 00 00 04 02 12 0a 10 02 00 04 00 01 84 00 00 10 12 0a 10 01 00 01 00 00 81 00 00 0b}<{03 00 00 15 "
      "02 f0 80 32 03 00 00 00 02 00 02 00 00 00 00 04 02}",
      "{\"s7comm\":{\"protocol\":\"cotp\",\"function\":\"connect\",\"source_tsap\":256,\"destination_tsap\":258,\"rack\":0,\"slot\":2,\"accepted\":true}}\n{"
      "\"s7comm\":{\"protocol\":\"s7comm\",\"reference\":2,\"type\":\"job\",\"function_code\":4,\"function\":\"read\",\"items\":[{\"area\":\"db\",\"db\":1,"
      "\"byte\":2,\"bit\":0,\"size\":2,\"count\":4},{\"area\":\"inputs\",\"db\":0,\"byte\":1,\"bit\":3,\"size\":1,\"count\":1}],\"answered\":true}}\n" },
    { "a write that is refused",
      ">{03 00 00 16 11 e0 00 00 00 01 00 c0 01 0a c1 02 01 00 c2 02 01 02}<{03 00 00 16 11 d0 00 01 00 02 00 c0 01 0a c1 02 01 00 c2 02 01 02}>{03 "
      "00 00 24 02 f0 80 32 01 00 00 00 03 00 0e 00 05 05 01 12 0a 10 02 00 01 00 01 84 00 00 00 00 04 00 08 aa}<{03 00 00 13 02 f0 80 32 02 00 00 "
      "00 03 00 00 00 00 81 04}",
      "{\"s7comm\":{\"protocol\":\"cotp\",\"function\":\"connect\",\"source_tsap\":256,\"destination_tsap\":258,\"rack\":0,\"slot\":2,\"accepted\":true}}\n{"
      "\"s7comm\":{\"protocol\":\"s7comm\",\"reference\":3,\"type\":\"job\",\"function_code\":5,\"function\":\"write\",\"items\":[{\"area\":\"db\",\"db\":1,"
      "\"byte\":0,\"bit\":0,\"size\":2,\"count\":1}],\"answered\":true,\"error_class\":129,\"error_code\":4}}\n" },
    { "the controller is stopped, and started",
      ">{03 00 00 16 11 e0 00 00 00 01 00 c0 01 0a c1 02 01 00 c2 02 01 02}<{03 00 00 16 11 d0 00 01 00 02 00 c0 01 0a c1 02 01 00 c2 02 01 02}>{03 "
      "00 00 21 02 f0 80 32 01 00 00 00 04 00 10 00 00 29 00 00 00 00 00 09}P_PROGRAM>{03 00 00 25 02 f0 80 32 01 00 00 00 05 00 14 00 00 28 00 00 "
      "00 00 00 00 fd 00 00 09}P_PROGRAM<{03 00 00 14 02 f0 80 32 03 00 00 00 04 00 01 00 00 00 00 29 03 00 00 14 02 f0 80 32 03 00 00 00 05 00 01 "
      "00 00 00 00 28}",
      "{\"s7comm\":{\"protocol\":\"cotp\",\"function\":\"connect\",\"source_tsap\":256,\"destination_tsap\":258,\"rack\":0,\"slot\":2,\"accepted\":true}}\n{"
      "\"s7comm\":{\"block\":\"P_PROGRAM\",\"protocol\":\"s7comm\",\"reference\":4,\"type\":\"job\",\"function_code\":41,\"function\":\"plc_stop\","
      "\"answered\":true}}\n{"
      "\"s7comm\":{\"block\":\"P_PROGRAM\",\"protocol\":\"s7comm\",\"reference\":5,\"type\":\"job\",\"function_code\":40,\"function\":\"plc_control\","
      "\"answered\":true}}\n" },
    { "a block is loaded into it",
      ">{03 00 00 16 11 e0 00 00 00 01 00 c0 01 0a c1 02 01 00 c2 02 01 02}<{03 00 00 16 11 d0 00 01 00 02 00 c0 01 0a c1 02 01 00 c2 02 01 02}>{03 "
      "00 00 23 02 f0 80 32 01 00 00 00 06 00 12 00 00 1d 00 00 00 00 00 00 00 09}_0800001P<{03 00 00 14 02 f0 80 32 03 00 00 00 06 00 01 00 00 d2 "
      "09 1d}",
      "{\"s7comm\":{\"protocol\":\"cotp\",\"function\":\"connect\",\"source_tsap\":256,\"destination_tsap\":258,\"rack\":0,\"slot\":2,\"accepted\":true}}\n{"
      "\"s7comm\":{\"block\":\"_0800001P\",\"protocol\":\"s7comm\",\"reference\":6,\"type\":\"job\",\"function_code\":29,\"function\":\"start_upload\","
      "\"answered\":true,\"error_class\":210,\"error_code\":9}}\n" },
    { "user data: state of the system",
      ">{03 00 00 16 11 e0 00 00 00 01 00 c0 01 0a c1 02 01 00 c2 02 01 02}<{03 00 00 16 11 d0 00 01 00 02 00 c0 01 0a c1 02 01 00 c2 02 01 02}>{03 "
      "00 00 21 02 f0 80 32 07 00 00 00 07 00 08 00 08 00 01 12 04 11 44 01 00 ff 09 00 04 00 11 00 00}<{03 00 00 1d 02 f0 80 32 07 00 00 00 07 00 "
      "0c 00 00 00 01 12 08 12 84 01 01 00 00 00 00}",
      "{\"s7comm\":{\"protocol\":\"cotp\",\"function\":\"connect\",\"source_tsap\":256,\"destination_tsap\":258,\"rack\":0,\"slot\":2,\"accepted\":true}}\n{"
      "\"s7comm\":{\"protocol\":\"s7comm\",\"reference\":7,\"type\":\"userdata\",\"function_code\":4,\"function\":\"cpu\",\"subfunction\":1,"
      "\"answered\":true}}\n" },
    { "the successor: a request and its response",
      ">{03 00 00 16 11 e0 00 00 00 01 00 c0 01 0a c1 02 01 00 c2 02 01 02}<{03 00 00 16 11 d0 00 01 00 02 00 c0 01 0a c1 02 01 00 c2 02 01 02}>{03 "
      "00 00 19 02 f0 80 72 01 00 0a 31 00 00 04 ca 00 00 00 01 00 72 01 00 00}<{03 00 00 17 02 f0 80 72 01 00 0a 32 00 00 04 ca 00 00 00 01 00 72 "
      "01}",
      "{\"s7comm\":{\"protocol\":\"cotp\",\"function\":\"connect\",\"source_tsap\":256,\"destination_tsap\":258,\"rack\":0,\"slot\":2,\"accepted\":true}}\n{"
      "\"s7comm\":{\"protocol\":\"s7comm_plus\",\"reference\":1,\"type\":\"request\",\"function_code\":1226,\"answered\":true}}\n" },
    { "parameters beyond the message",
      ">{03 00 00 16 11 e0 00 00 00 01 00 c0 01 0a c1 02 01 00 c2 02 01 02}<{03 00 00 16 11 d0 00 01 00 02 00 c0 01 0a c1 02 01 00 c2 02 01 02}>{03 "
      "00 00 19 02 f0 80 32 01 00 00 00 01 00 08 00 00 f0 00 00 01 00 01 01 e0}<{03 00 00 1b 02 f0 80 32 03 00 00 00 01 00 08 00 00 00 00 f0 00 00 "
      "01 00 01 00 f0}>{03 00 00 13 02 f0 80 32 01 00 00 00 02 00 1a 00 00 04 02}",
      "{\"s7comm\":{\"protocol\":\"cotp\",\"function\":\"connect\",\"source_tsap\":256,\"destination_tsap\":258,\"rack\":0,\"slot\":2,\"accepted\":true}}\n{"
      "\"s7comm\":{\"protocol\":\"s7comm\",\"reference\":1,\"type\":\"job\",\"function_code\":240,\"function\":\"setup_communication\",\"answered\":true}}\n{"
      "\"s7comm\":{\"protocol\":\"s7comm\",\"reference\":2,\"type\":\"job\",\"function_code\":4,\"function\":\"read\","
      "\"answered\":false}} #malformed_data (open)\n" },
    { "a head of COTP beyond its packet; a packet of another version",
      ">{03 00 00 16 11 e0 00 00 00 01 00 c0 01 0a c1 02 01 00 c2 02 01 02}<{03 00 00 16 11 d0 00 01 00 02 00 c0 01 0a c1 02 01 00 c2 02 01 02}>{03 "
      "00 00 19 02 f0 80 32 01 00 00 00 01 00 08 00 00 f0 00 00 01 00 01 01 e0}<{03 00 00 1b 02 f0 80 32 03 00 00 00 01 00 08 00 00 00 00 f0 00 00 "
      "01 00 01 00 f0}>{03 00 00 07 09 f0 80}>{04 00 00 07 02 f0 80}",
      "{\"s7comm\":{\"protocol\":\"cotp\",\"function\":\"connect\",\"source_tsap\":256,\"destination_tsap\":258,\"rack\":0,\"slot\":2,\"accepted\":true}}\n{"
      "\"s7comm\":{\"protocol\":\"s7comm\",\"reference\":1,\"type\":\"job\",\"function_code\":240,\"function\":\"setup_communication\","
      "\"answered\":true}} #malformed_cotp #malformed_tpkt\n" },
    { "not it: MMS over the same connection",
      ">{03 00 00 16 11 e0 00 00 00 01 00 c0 01 0a c1 02 01 00 c2 02 01 02}<{03 00 00 16 11 d0 00 01 00 02 00 c0 01 0a c1 02 01 00 c2 02 01 02}>{03 "
      "00 00 0b 02 f0 80 0d 02 05 06}<{03 00 00 0b 02 f0 80 0e 02 05 06}",
      "" },
    { "not it: a connection without access points",
      ">{03 00 00 0b 06 e0 00 00 00 01 00}",
      "" },
};
/* clang-format on */

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 102 });
    return done_testing();
}
