# SPDX-License-Identifier: GPL-2.0-or-later
from pair import datagram

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}
PAYLOADS = (
    b"\x00\x05AAAAA\x03needle",
    b"\x04\x00BBBBneedle",
    b"HEAD\x06......needle",
    b"\x02\x09xxxxxxxneedle",
)


def make(trace):
    for i, payload in enumerate(PAYLOADS):
        datagram(trace, payload, sport=40000 + i, dport=7000, at=i)
