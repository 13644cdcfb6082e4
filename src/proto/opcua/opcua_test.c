/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of OPC UA: hello, channels, services. */
#include "proto/test_rig.h"

/* clang-format off */
static const struct rig_row rows[] = {
    { "hello",
      ">HELF{2e 00 00 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00 00 00 00 00 00 00 0e 00 00 00}opc.tcp://h:48<ACKF{1c 00 00 00 00 00 00 00 00 00 "
      "01 00 00 00 01 00 00 00 00 00 00 00 00 00}",
      "{\"opcua\":{\"endpoint\":\"opc.tcp://h:48\",\"type\":\"hello\",\"answered\":true}}\n" },
    { "a channel without security, and a node is read",
      ">HELF{2e 00 00 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00 00 00 00 00 00 00 0e 00 00 00}opc.tcp://h:48<ACKF{1c 00 00 00 00 00 00 00 00 00 "
      "01 00 00 00 01 00 00 00 00 00 00 00 00 00}>OPNF{53 00 00 00 00 00 00 00 2f 00 00 00}http://opcfoundation.org/UA/SecurityPolicy#None{ff ff ff "
      "ff ff ff ff ff 01 00 00 00 01 00 00 00 01 00 be 01}<OPNF{63 00 00 00 07 00 00 00 2f 00 00 00}http://opcfoundation.org/UA/SecurityPolicy#None{ff "
      "ff ff ff ff ff ff ff 01 00 00 00 01 00 00 00 01 00 c1 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}>MSGF{1e 00 00 00 07 00 00 00 01 00 "
      "00 00 02 00 00 00 02 00 00 00 01 00 77 02 00 00}<MSGF{2c 00 00 00 07 00 00 00 01 00 00 00 02 00 00 00 02 00 00 00 01 00 7a 02 00 00 00 00 00 "
      "00 00 00 01 00 00 00 00 00 00 00}",
      "{\"opcua\":{\"endpoint\":\"opc.tcp://h:48\",\"type\":\"hello\",\"answered\":true}}\n{"
      "\"opcua\":{\"policy\":\"http://opcfoundation.org/UA/SecurityPolicy#None\",\"type\":\"open_channel\",\"channel\":7,\"request_id\":1,\"service_id\":446,"
      "\"service\":\"open_channel\",\"answered\":true,\"result\":0}} #no_security\n{"
      "\"opcua\":{\"type\":\"message\",\"channel\":7,\"request_id\":2,\"service_id\":631,\"service\":\"read\",\"answered\":true,\"result\":0}}\n" },
    { "a service that ends badly; a message in chunks",
      ">HELF{2e 00 00 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00 00 00 00 00 00 00 0e 00 00 00}opc.tcp://h:48<ACKF{1c 00 00 00 00 00 00 00 00 00 "
      "01 00 00 00 01 00 00 00 00 00 00 00 00 00}>MSGC{1e 00 00 00 07 00 00 00 01 00 00 00 02 00 00 00 03 00 00 00 01 00 a1 02 00 00}>MSGF{1c 00 00 "
      "00 07 00 00 00 01 00 00 00 03 00 00 00 03 00 00 00}rest<MSGF{2c 00 00 00 07 00 00 00 01 00 00 00 02 00 00 00 03 00 00 00 01 00 8d 01 00 00 00 "
      "00 00 00 00 00 01 00 00 00 00 00 1f 80}",
      "{\"opcua\":{\"endpoint\":\"opc.tcp://h:48\",\"type\":\"hello\",\"answered\":true}}\n{"
      "\"opcua\":{\"type\":\"message\",\"channel\":7,\"request_id\":3,\"service_id\":673,\"service\":\"write\",\"answered\":true,\"result\":2149515264}}\n" },
    { "a channel that is secure has no service",
      ">HELF{2e 00 00 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00 00 00 00 00 00 00 0e 00 00 00}opc.tcp://h:48<ACKF{1c 00 00 00 00 00 00 00 00 00 "
      "01 00 00 00 01 00 00 00 00 00 00 00 00 00}>OPNF{62 00 00 00 00 00 00 00 39 00 00 00}http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256{04 "
      "00 00 00}cert{ff ff ff ff}cipher-cipher>MSGF{24 00 00 00 07 00 00 00 01 00 00 00}cipher-cipher-cipher",
      "{\"opcua\":{\"endpoint\":\"opc.tcp://h:48\",\"type\":\"hello\",\"answered\":true}}\n{"
      "\"opcua\":{\"policy\":\"http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256\",\"type\":\"open_channel\",\"channel\":0,\"request_id\":0,"
      "\"answered\":false}} (open)\n" },
    { "an error in place of an acknowledgement",
      ">HELF{2e 00 00 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00 00 00 00 00 00 00 0e 00 00 00}opc.tcp://h:48<ERRF{13 00 00 00 00 00 83 80 03 00 "
      "00 00}bad",
      "{\"opcua\":{\"endpoint\":\"opc.tcp://h:48\",\"type\":\"hello\",\"answered\":true,\"error\":{\"code\":2156068864,\"reason\":\"bad\"}}}\n" },
    { "a channel is closed",
      ">HELF{2e 00 00 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00 00 00 00 00 00 00 0e 00 00 00}opc.tcp://h:48<ACKF{1c 00 00 00 00 00 00 00 00 00 "
      "01 00 00 00 01 00 00 00 00 00 00 00 00 00}>CLOF{1c 00 00 00 07 00 00 00 01 00 00 00 02 00 00 00 02 00 00 00 01 00 c4 01}",
      "{\"opcua\":{\"endpoint\":\"opc.tcp://h:48\",\"type\":\"hello\",\"answered\":true}}\n{"
      "\"opcua\":{\"type\":\"close_channel\",\"channel\":7,\"request_id\":2,\"service_id\":452,\"service\":\"close_channel\",\"answered\":false}}\n" },
    { "a message that ends within itself; one of no type",
      ">HELF{2e 00 00 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00 00 00 00 00 00 00 0e 00 00 00}opc.tcp://h:48<ACKF{1c 00 00 00 00 00 00 00 00 00 "
      "01 00 00 00 01 00 00 00 00 00 00 00 00 00}>MSGF{0a 00 00 00 07 00}>XYZF{08 00 00 00}",
      "{\"opcua\":{\"endpoint\":\"opc.tcp://h:48\",\"type\":\"hello\",\"answered\":true}}\n{"
      "\"opcua\":{\"type\":\"message\",\"channel\":0,\"request_id\":0,\"answered\":false}} #malformed_message #malformed_header (open)\n" },
    { "a chunk larger than what is kept",
      ">HELF{2e 00 00 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00 00 00 00 00 00 00 0e 00 00 00}opc.tcp://h:48<ACKF{1c 00 00 00 00 00 00 00 00 00 "
      "01 00 00 00 01 00 00 00 00 00 00 00 00 00}>MSGF{a4 13 00 00 07 00 00 00 01 00 00 00 02 00 00 00 02 00 00 00 01 00 77 02}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa<MSGF{2c "
      "00 00 00 07 00 00 00 01 00 00 00 02 00 00 00 02 00 00 00 01 00 7a 02 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00}",
      "{\"opcua\":{\"endpoint\":\"opc.tcp://h:48\",\"type\":\"hello\",\"answered\":true}}\n{"
      "\"opcua\":{\"type\":\"message\",\"channel\":7,\"request_id\":2,\"service_id\":631,\"service\":\"read\",\"answered\":true,\"result\":0}}\n" },
    { "not OPC UA: a size that is none",
      ">HELF{00 00 00 00}",
      "" },
};
/* clang-format on */

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 4840 });
    return done_testing();
}
