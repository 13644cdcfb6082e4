# SPDX-License-Identifier: GPL-2.0-or-later
from pair import datagram, get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "packet": ["pcap_cnt"]}


def make(trace):
    session(trace, sport=40000).open().request(get("/one")).reply(ok()).close()
    datagram(trace, b"mark me", sport=41000, dport=7000, at=2)
    for i in range(4):
        datagram(trace, b"of the same host, another flow", sport=42000 + i, dport=7000, at=3 + i)
