# SPDX-License-Identifier: GPL-2.0-or-later
from pair import datagram

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    datagram(trace, b"one two", dport=7000)
    datagram(trace, b"two", dport=7000, at=1)
