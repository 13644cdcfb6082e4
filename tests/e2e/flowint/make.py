# SPDX-License-Identifier: GPL-2.0-or-later
from pair import datagram

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    for i in range(6):
        datagram(trace, b"TRY %d" % i, dport=9000, at=i)
        datagram(trace, b"NO", dport=9000, at=i + 0.1, back=True)
    datagram(trace, b"TRY in another flow", sport=40001, dport=9000, at=9)
    datagram(trace, b"NO", sport=40001, dport=9000, at=9.1, back=True)
