/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memcached's commands and responses: text, binary, over UDP. */
#include "proto/test_rig.h"

/* clang-format off */
static const struct rig_row rows[] = {
    { "a value is stored and got",
      ">set key 0 60 5%0d%0ahello%0d%0aget key other%0d%0a<STORED%0d%0aVALUE key 0 5%0d%0ahello%0d%0aEND%0d%0a",
      "{\"memcached\":{\"protocol\":\"text\",\"command\":\"set\",\"keys\":[\"key\"],\"key_count\":1,\"size\":5,\"response\":{\"status\":\"STORED\","
      "\"values\":0,\"bytes\":0}}}\n{"
      "\"memcached\":{\"protocol\":\"text\",\"command\":\"get\",\"keys\":[\"key\",\"other\"],\"key_count\":2,\"size\":0,\"response\":{\"status\":\"VALUE\","
      "\"values\":1,\"bytes\":5}}}\n" },
    { "pipelined, one without a reply",
      ">set a 0 0 1 noreply%0d%0ax%0d%0adelete a%0d%0aincr n 1%0d%0a<DELETED%0d%0a7%0d%0a",
      "{\"memcached\":{\"protocol\":\"text\",\"command\":\"set\",\"keys\":[\"a\"],\"key_count\":1,\"size\":1}}\n{"
      "\"memcached\":{\"protocol\":\"text\",\"command\":\"delete\",\"keys\":[\"a\"],\"key_count\":1,\"size\":0,\"response\":{\"status\":\"DELETED\","
      "\"values\":0,\"bytes\":0}}}\n{"
      "\"memcached\":{\"protocol\":\"text\",\"command\":\"incr\",\"keys\":[\"n\"],\"key_count\":1,\"size\":0,\"response\":{\"status\":\"7\",\"values\":0,"
      "\"bytes\":0}}}\n" },
    { "statistics",
      ">stats items%0d%0a<STAT items:1:number 3%0d%0aSTAT items:1:age 2%0d%0aEND%0d%0a",
      "{\"memcached\":{\"protocol\":\"text\",\"command\":\"stats\",\"keys\":[\"items\"],\"key_count\":1,\"size\":0,\"response\":{\"status\":\"STAT\","
      "\"values\":2,\"bytes\":0}}}\n" },
    { "meta commands",
      ">ms key 2 T0%0d%0ahi%0d%0amg key v%0d%0amg none v%0d%0a<HD%0d%0aVA 2 %0d%0ahi%0d%0aEN%0d%0a",
      "{\"memcached\":{\"protocol\":\"text\",\"command\":\"ms\",\"keys\":[\"key\"],\"key_count\":1,\"size\":2,\"response\":{\"status\":\"HD\",\"values\":0,"
      "\"bytes\":0}}}\n{"
      "\"memcached\":{\"protocol\":\"text\",\"command\":\"mg\",\"keys\":[\"key\"],\"key_count\":1,\"size\":0,\"response\":{\"status\":\"VA\",\"values\":1,"
      "\"bytes\":2}}}\n{"
      "\"memcached\":{\"protocol\":\"text\",\"command\":\"mg\",\"keys\":[\"none\"],\"key_count\":1,\"size\":0,\"response\":{\"status\":\"EN\",\"values\":0,"
      "\"bytes\":0}}}\n" },
    { "a command that is none, a size that is none",
      ">get a%0d%0ahack%0d%0aset b 0 0 x%0d%0a<END%0d%0aERROR%0d%0aCLIENT_ERROR bad data chunk%0d%0a",
      "{\"memcached\":{\"protocol\":\"text\",\"command\":\"get\",\"keys\":[\"a\"],\"key_count\":1,\"size\":0,\"response\":{\"status\":\"END\",\"values\":0,"
      "\"bytes\":0}}}\n{"
      "\"memcached\":{\"protocol\":\"text\",\"command\":\"hack\",\"keys\":[],\"key_count\":0,\"size\":0,\"response\":{\"status\":\"ERROR\",\"values\":0,"
      "\"bytes\":0}}} #malformed_command\n{"
      "\"memcached\":{\"protocol\":\"text\",\"command\":\"set\",\"keys\":[\"b\"],\"key_count\":1,\"size\":0,\"response\":{\"status\":\"CLIENT_ERROR\","
      "\"values\":0,\"bytes\":0}}} #malformed_command\n" },
    { "binary: a value is got, one is set quietly",
      ">{80 00 00 03 00 00 00 00 00 00 00 03 00 00 00 07 00 00 00 00 00 00 00 00}key{80 11 00 03 08 00 00 00 00 00 00 0d 00 00 00 08 00 00 00 00 00 "
      "00 00 00 00 00 00 00 00 00 00 00}keyhi<{81 00 00 00 04 00 00 00 00 00 00 09 00 00 00 07 00 00 00 00 00 00 00 00 00 00 00 00}hello",
      "{\"memcached\":{\"protocol\":\"binary\",\"command\":\"get\",\"keys\":[\"key\"],\"key_count\":1,\"size\":0,\"response\":{\"code\":0,\"values\":0,"
      "\"bytes\":5}}}\n{\"memcached\":{\"protocol\":\"binary\",\"command\":\"setq\",\"keys\":[\"key\"],\"key_count\":1,\"size\":2}}\n" },
    { "binary: shorter than its key",
      ">{80 00 00 09 00 00 00 00 00 00 00 09 00 00 00 07 00 00 00 00 00 00 00 00}keykeykey{80 00 00 09 00 00 00 00 00 00 00 03 00 00 00 08 00 00 00 "
      "00 00 00 00 00}key",
      "{\"memcached\":{\"protocol\":\"binary\",\"command\":\"get\",\"keys\":[\"keykeykey\"],\"key_count\":1,\"size\":0}} (open)\n{"
      "\"memcached\":{\"protocol\":\"binary\",\"command\":\"get\",\"keys\":[\"\"],\"key_count\":1,\"size\":0}} #malformed_command (open)\n" },
    { "over UDP: many statistics for one request",
      ">{00 01 00 00 00 01 00 00}stats%0d%0a<{00 01 00 00 00 02 00 00}STAT pid 1%0d%0aSTAT x 2%0d%0a<{00 01 00 01 00 02 00 00}STAT y 3%0d%0aEND%0d%0a",
      "{\"memcached\":{\"protocol\":\"text\",\"command\":\"stats\",\"keys\":[],\"key_count\":0,\"size\":0,\"response\":{\"status\":\"STAT\",\"values\":1,"
      "\"bytes\":0}}}\n", true },
    { "not memcached",
      ">hello there%0d%0a<hi%0d%0a",
      "" },
};
/* clang-format on */

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 11211 });
    return done_testing();
}
