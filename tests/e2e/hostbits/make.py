# SPDX-License-Identifier: GPL-2.0-or-later
from pair import FAR, NEAR, datagram

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    datagram(trace, b"mark", sport=41000, dport=7000)
    datagram(trace, b"check", sport=41001, dport=7001, at=1)
    datagram(trace, b"back", sport=41004, dport=7002, near=FAR, far=NEAR, at=2)
    datagram(trace, b"clear", sport=41005, dport=7001, at=3)
    datagram(trace, b"check", sport=41006, dport=7001, at=4)
