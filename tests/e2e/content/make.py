# SPDX-License-Identifier: GPL-2.0-or-later
from pair import datagram

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}
PAYLOADS = (
    b"abcdef|abcdef; quote \" and \x00\xff end",
    b"xxABCDEFabc",
    b"abcxxxxxxxxxxdef",
    b"abc",
)


def make(trace):
    for i, payload in enumerate(PAYLOADS):
        datagram(trace, payload, sport=40000 + i, dport=7000, at=i)
