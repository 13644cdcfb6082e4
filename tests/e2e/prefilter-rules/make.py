# SPDX-License-Identifier: GPL-2.0-or-later
from pair import datagram

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    datagram(trace, b"abc", dport=7000)
    datagram(trace, b"a", dport=7001, at=1, ttl=9)
