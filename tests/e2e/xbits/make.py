# SPDX-License-Identifier: GPL-2.0-or-later
from pair import FAR, NEAR, OTHER, datagram

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    datagram(trace, b"mark", sport=41000, dport=7000)
    datagram(trace, b"check", sport=41001, dport=7001, at=1)
    datagram(trace, b"check", sport=41002, dport=7001, near=OTHER, at=2)
    datagram(trace, b"check", sport=41003, dport=7001, far=FAR.at(ip="203.0.113.81"), at=3)
    datagram(trace, b"back", sport=41004, dport=7002, near=FAR, far=NEAR, at=4)
    datagram(trace, b"check", sport=41005, dport=7001, at=20)
