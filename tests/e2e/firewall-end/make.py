# SPDX-License-Identifier: GPL-2.0-or-later
from pair import session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    session(trace, 9999).open().request(b"hello there\r\n").reply(b"who are you?\r\n")
    session(trace, 9999, sport=40100, at=1).open().request(b"hello there\r\n").reply(b"who are you?\r\n").close()
