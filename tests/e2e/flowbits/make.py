# SPDX-License-Identifier: GPL-2.0-or-later
from pair import datagram

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}

TALK = ((b"LOGIN anna", False), (b"+OK welcome", True), (b"LIST", False), (b"+OK nothing", True), (b"QUIT", False), (b"+BYE", True))


def make(trace):
    for i, talk in enumerate((TALK, ((b"HELLO bob", False),) + TALK[1:])):
        for n, (text, back) in enumerate(talk):
            datagram(trace, text, sport=40000 + i, dport=9000, at=i + 0.1 * n, back=back)
