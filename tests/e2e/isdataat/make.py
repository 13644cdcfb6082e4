# SPDX-License-Identifier: GPL-2.0-or-later
from pair import datagram

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}
PAYLOADS = (
    b"0123456789",
    b"key=v",
    b"key=",
)


def make(trace):
    for i, payload in enumerate(PAYLOADS):
        datagram(trace, payload, sport=40000 + i, dport=7000, at=i)
