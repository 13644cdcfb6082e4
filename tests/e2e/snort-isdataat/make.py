# SPDX-License-Identifier: GPL-2.0-or-later
from pair import datagram

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    datagram(trace, b"\x03=abc", sport=40000, dport=7000)
    datagram(trace, b"\x03=abcd", sport=40001, dport=7000, at=1)
