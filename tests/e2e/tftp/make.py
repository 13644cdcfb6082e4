# SPDX-License-Identifier: GPL-2.0-or-later
from pair import datagram

SHOW = {"alert": ["alert.signature_id"], "tftp": ["tftp.file"], "tftp_data": ["tftp_data.file"], "fileinfo": ["fileinfo.filename", "fileinfo.size"]}


def block(n, data):
    return b"\0\3" + n.to_bytes(2, "big") + data


def ack(n):
    return b"\0\4" + n.to_bytes(2, "big")


def make(trace):
    datagram(trace, b"\0\1plan.txt\0octet\0blksize\08\0tsize\00\0", sport=40000, dport=69)
    datagram(trace, b"\0\6blksize\08\0tsize\x0021\0", sport=40000, dport=50001, at=0.01, back=True)
    datagram(trace, ack(0), sport=40000, dport=50001, at=0.02)
    for n, data in ((1, b"the plan"), (2, b" of the "), (3, b"week\n")):
        datagram(trace, block(n, data), sport=40000, dport=50001, at=0.03 * n, back=True)
        datagram(trace, ack(n), sport=40000, dport=50001, at=0.03 * n + 0.01)
    datagram(trace, b"\0\2router.cfg\0octet\0", sport=40002, dport=69, at=1)
    datagram(trace, ack(0), sport=40002, dport=50002, at=1.01, back=True)
    datagram(trace, block(1, b"enable secret tapir\n"), sport=40002, dport=50002, at=1.02)
    datagram(trace, ack(1), sport=40002, dport=50002, at=1.03, back=True)
    datagram(trace, b"\0\1boot.img\0octet\0", sport=40004, dport=69, at=2)
    datagram(trace, block(1, b"from the port that was asked"), sport=40004, dport=69, at=2.01, back=True)
    datagram(trace, ack(1), sport=40004, dport=69, at=2.02)
