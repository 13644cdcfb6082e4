# SPDX-License-Identifier: GPL-2.0-or-later
from pair import datagram

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "packet": ["pcap_cnt"]}


def make(trace):
    datagram(trace, b"mark me", sport=41000, dport=7000)
    for i in range(4):
        datagram(trace, b"of the same host, another flow", sport=42000 + i, dport=7000, at=1 + i)
    for i in range(2):
        datagram(trace, b"limited", sport=43000 + i, dport=7001, at=10 + 2 * i)
        datagram(trace, b"what follows", sport=44000 + i, dport=7001, at=11 + 2 * i)
