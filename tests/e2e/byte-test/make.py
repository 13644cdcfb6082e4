# SPDX-License-Identifier: GPL-2.0-or-later
from pair import datagram

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}
PAYLOADS = (
    bytes.fromhex("0105000a00000100") + b"len=250;",
    bytes.fromhex("02ff0a00fffffffe") + b"len=0x1f;",
)


def make(trace):
    for i, payload in enumerate(PAYLOADS):
        datagram(trace, payload, sport=40000 + i, dport=7000, at=i)
