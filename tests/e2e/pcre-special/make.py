# SPDX-License-Identifier: GPL-2.0-or-later
from pair import datagram

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}
PAYLOADS = (
    b"tok=abc123;abc123",
    b"tok=abc123;zzz999",
)


def make(trace):
    for i, payload in enumerate(PAYLOADS):
        datagram(trace, payload, sport=40000 + i, dport=7000, at=i)
