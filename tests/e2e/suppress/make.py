# SPDX-License-Identifier: GPL-2.0-or-later
from pair import NEAR, OTHER, datagram

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    for i in range(8):
        datagram(trace, b"knock", near=(NEAR, OTHER)[i % 2], dport=7000, at=0.5 * i)
