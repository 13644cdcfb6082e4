/* SPDX-License-Identifier: GPL-2.0-or-later */
/* BitTorrent's hash table through the real driver. */
#include "proto/test_rig.h"
#include "tap.h"

#define ID "abcdefghij0123456789"
#define ID_HEX "6162636465666768696a30313233343536373839"
#define SHOWN(t, rest) "{\"bittorrent_dht\":{\"transaction_id\":\"" t "\"" rest "}}"

static const struct {
    const char *why, *script, *want;
} rows[] = {
    { "a ping", ">d1:ad2:id20:" ID "e1:q4:ping1:t2:aa1:v4:UT011:y1:qe",
      SHOWN("6161", ",\"client_version\":\"55543031\",\"request_type\":\"ping\",\"request\":{\"id\":\"" ID_HEX "\"}") "\n" },
    { "an announcement", ">d1:ad2:id20:" ID "12:implied_porti1e9:info_hash2:hh4:porti6881e5:token1:te1:q13:announce_peer1:t2:aa1:y1:qe",
      SHOWN("6161", ",\"request_type\":\"announce_peer\",\"request\":{\"id\":\"" ID_HEX "\",\"info_hash\":\"6868\",\"token\":\"74\",\"implied_port\":1,\"port\":6881}") "\n" },
    { "nodes and peers", "<d1:rd2:id20:" ID "5:nodes26:" ID "{01 02 03 04 1a e1}6:valuesl6:{05 06 07 08 00 50}ee1:t2:aa1:y1:re",
      SHOWN("6161", ",\"response\":{\"id\":\"" ID_HEX "\",\"nodes\":[{\"id\":\"" ID_HEX "\",\"ip\":\"1.2.3.4\",\"port\":6881}],"
            "\"values\":[{\"ip\":\"5.6.7.8\",\"port\":80}]}") "\n" },
    { "an error", ">d1:ad2:id20:" ID "e1:q4:ping1:t1:a1:y1:qe<d1:eli201e3:bade1:t1:a1:y1:ee",
      SHOWN("61", ",\"request_type\":\"ping\",\"request\":{\"id\":\"" ID_HEX "\"}") "\n" SHOWN("61", ",\"error\":{\"num\":201,\"msg\":\"bad\"}") "\n" },
    { "no transaction", ">d1:ad2:id20:" ID "e1:q4:ping1:y1:qe",
      SHOWN("", ",\"request_type\":\"ping\",\"request\":{\"id\":\"" ID_HEX "\"}") " #malformed_packet\n" },
    { "a string beyond the datagram", ">d1:ad2:id20:" ID "e1:q9:ping", SHOWN("", "") " #malformed_packet\n" },
    { "other keys are passed over, whatever they hold", ">d1:ad2:id20:" ID "1:xld1:yi1eelee1:z0:e1:q4:ping1:t0:1:y1:qe",
      SHOWN("", ",\"request_type\":\"ping\",\"request\":{\"id\":\"" ID_HEX "\"}") "\n" },
    { "other datagrams of the flow are none of ours", ">d1:ad2:id20:" ID "e1:q4:ping1:t1:a1:y1:qe>hello",
      SHOWN("61", ",\"request_type\":\"ping\",\"request\":{\"id\":\"" ID_HEX "\"}") "\n" },
};

int main(void)
{
    struct text out;
    bool same;

    text_init(&out, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        rig_cuts(rows[i].script, true, 6881, &out, &same);
        is_str(out.p, rows[i].want, rows[i].why);
    }
    text_fini(&out);
    return done_testing();
}
