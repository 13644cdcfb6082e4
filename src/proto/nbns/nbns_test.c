/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of NetBIOS' name service. */
#include "proto/test_rig.h"

/* clang-format off */
static const struct rig_row rows[] = {
    { "who has a name: to all, and the answer",
      ">{12 34 01 10 00 01 00 00 00 00 00 00 20}FAEFEDEDEBFCFJCACACACACACACACACA{00 00 20 00 01}<{12 34 85 00 00 00 00 01 00 00 00 00 20}FAEFEDEDEBFCFJCACACACACACACACACA{00 "
      "00 20 00 01 00 00 00 3c 00 06 00 00 0a 00 00 05}",
      "{\"nbns\":{\"name\":\"PECCARY\",\"id\":4660,\"type\":\"request\",\"opcode\":\"query\",\"broadcast\":true,\"suffix\":32,\"kind\":\"server\","
      "\"record\":\"NB\"}}\n{"
      "\"nbns\":{\"name\":\"PECCARY\",\"id\":4660,\"type\":\"response\",\"opcode\":\"query\",\"broadcast\":false,\"suffix\":32,\"kind\":\"server\","
      "\"record\":\"NB\",\"rcode\":\"no_error\",\"ttl\":60,\"addresses\":[\"10.0.0.5\"]}}\n" },
    { "a name is taken: the record points to the question",
      ">{12 35 29 10 00 01 00 00 00 00 00 01 20}FAEFEDEDEBFCFJCACACACACACACACAAA{00 00 20 00 01 c0 0c 00 20 00 01 00 04 93 e0 00 06 80 00 0a 00 00 "
      "05}",
      "{\"nbns\":{\"name\":\"PECCARY\",\"id\":4661,\"type\":\"request\",\"opcode\":\"registration\",\"broadcast\":true,\"suffix\":0,\"kind\":\"domain\","
      "\"record\":\"NB\",\"ttl\":300000,\"addresses\":[\"10.0.0.5\"]}}\n" },
    { "which names a host has",
      ">{12 36 00 00 00 01 00 00 00 00 00 00 20}CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA{00 00 21 00 01}<{12 36 84 00 00 00 00 01 00 00 00 00 20}CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA{00 "
      "00 21 00 01 00 00 00 00 00 3f 02}PECCARY        {20 04 00}WORKGROUP      {00 84 00 00 11 22 33 44 55 00 00 00 00 00 00 00 00 00 00 00 00 00 "
      "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}",
      "{\"nbns\":{\"name\":\"*\",\"id\":4662,\"type\":\"request\",\"opcode\":\"query\",\"broadcast\":false,\"suffix\":0,\"kind\":\"workstation\","
      "\"record\":\"NBSTAT\"}}\n{"
      "\"nbns\":{\"name\":\"*\",\"id\":4662,\"type\":\"response\",\"opcode\":\"query\",\"broadcast\":false,\"suffix\":0,\"kind\":\"workstation\","
      "\"record\":\"NBSTAT\",\"rcode\":\"no_error\",\"ttl\":0,\"names\":[{\"name\":\"PECCARY\",\"group\":false,\"suffix\":32,\"kind\":\"server\"},"
      "{\"name\":\"WORKGROUP\",\"group\":true,\"suffix\":0,\"kind\":\"domain\"}],\"mac\":\"00:11:22:33:44:55\"}}\n" },
    { "the list of names cut short",
      "<{12 36 84 00 00 00 00 01 00 00 00 00 20}CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA{00 00 21 00 01 00 00 00 00 00 05 02}PECC",
      "{\"nbns\":{\"name\":\"*\",\"id\":4662,\"type\":\"response\",\"opcode\":\"query\",\"broadcast\":false,\"suffix\":0,\"kind\":\"workstation\","
      "\"record\":\"NBSTAT\",\"rcode\":\"no_error\",\"ttl\":0}} #malformed_data\n" },
    { "no such name",
      "<{12 37 85 83 00 00 00 01 00 00 00 00 20}FAEFEDEDEBFCFJCACACACACACACACACA{00 00 0a 00 01 00 00 00 00 00 00}",
      "{\"nbns\":{\"name\":\"PECCARY\",\"id\":4663,\"type\":\"response\",\"opcode\":\"query\",\"broadcast\":false,\"suffix\":32,\"kind\":\"server\","
      "\"record\":\"other\",\"rcode\":\"name_error\",\"ttl\":0}}\n" },
    { "a name of other letters, behind a good message",
      ">{12 34 01 10 00 01 00 00 00 00 00 00 20}FAEFEDEDEBFCFJCACACACACACACACACA{00 00 20 00 01}>{12 38 01 10 00 01 00 00 00 00 00 00 20}zzEFEDEDEBFCFJCACACACACACACACACA{00 "
      "00 20 00 01}",
      "{\"nbns\":{\"name\":\"PECCARY\",\"id\":4660,\"type\":\"request\",\"opcode\":\"query\",\"broadcast\":true,\"suffix\":32,\"kind\":\"server\","
      "\"record\":\"NB\"}}\n{\"nbns\":{\"id\":4664,\"type\":\"request\",\"opcode\":\"query\",\"broadcast\":true,\"record\":\"other\"}} #malformed_data\n" },
    { "a message that is too short, behind a good one",
      ">{12 34 01 10 00 01 00 00 00 00 00 00 20}FAEFEDEDEBFCFJCACACACACACACACACA{00 00 20 00 01}>{12 38 01 10 00 01}",
      "{\"nbns\":{\"name\":\"PECCARY\",\"id\":4660,\"type\":\"request\",\"opcode\":\"query\",\"broadcast\":true,\"suffix\":32,\"kind\":\"server\","
      "\"record\":\"NB\"}} #malformed_data\n" },
    { "DNS is not it",
      ">{12 34 01 00 00 01 00 00 00 00 00 00 07}peccary{03}com{00 00 01 00 01}",
      "" },
};
/* clang-format on */

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 137, .datagrams = true });
    return done_testing();
}
