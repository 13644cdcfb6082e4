# SPDX-License-Identifier: GPL-2.0-or-later
from pair import CLIENT, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    session(trace, 9000).open().send(CLIENT, b"hello").close()
    session(trace, 9001, sport=40001, at=1.0).open().send(CLIENT, b"hello").rst(CLIENT)
