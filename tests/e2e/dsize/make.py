# SPDX-License-Identifier: GPL-2.0-or-later
from pair import datagram

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}
PAYLOADS = (
    b"12345",
    b"1234567890",
    b"",
)


def make(trace):
    for i, payload in enumerate(PAYLOADS):
        datagram(trace, payload, sport=40000 + i, dport=7000, at=i)
