# SPDX-License-Identifier: GPL-2.0-or-later
from pair import FAR, NEAR, OTHER, datagram

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    for i in range(6):
        datagram(trace, b"knock", near=(NEAR, OTHER)[i % 2], dport=7000, at=0.5 * i)
        datagram(trace, b"knock", near=NEAR, far=FAR.at(ip="203.0.113.81"), dport=7000, at=0.5 * i + 0.1)
