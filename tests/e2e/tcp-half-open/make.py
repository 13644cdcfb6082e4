# SPDX-License-Identifier: GPL-2.0-or-later
from pair import CLIENT, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    s = session(trace, 9000)
    s.syn()
    s.syn_ack()
    s.pause(0.01).segment(CLIENT, 0, b"early data with its ack")
    s.ack("server")
    s.close()
    t = session(trace, 9000, sport=40001, at=1)
    t.syn()
    t.pause(0.01).segment(CLIENT, 0, b"data after a SYN alone")
