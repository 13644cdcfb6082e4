# SPDX-License-Identifier: GPL-2.0-or-later
from pair import FAR, NEAR, OTHER, datagram

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    for i in range(3):
        datagram(trace, b"x", sport=41000, dport=7000, at=i)
        datagram(trace, b"y", sport=41000, dport=7000, at=i + 0.1, back=True)
    datagram(trace, b"x", sport=41001, dport=7005, near=OTHER, at=5)
    datagram(trace, b"x", sport=41002, dport=7000, near=FAR, far=NEAR, at=6)
