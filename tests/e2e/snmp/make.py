# SPDX-License-Identifier: GPL-2.0-or-later
import smb
from pair import datagram

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    bind = smb.der(0x30, smb.der(0x30, bytes.fromhex("06082b06010201010500"), b"\5\0"))
    for i, (version, kind) in enumerate(((b"\0", 0xA0), (b"\1", 0xA1))):
        body = smb.der(kind, b"\2\1\7", b"\2\1\0", b"\2\1\0", bind)
        datagram(trace, smb.der(0x30, b"\2\1" + version, smb.der(4, b"secret1"), body), sport=40000 + i, dport=161, at=i)
