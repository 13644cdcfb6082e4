# SPDX-License-Identifier: GPL-2.0-or-later
from pair import CLIENT, SERVER, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    s = session(trace, 9000).open()
    s.segment(CLIENT, 0, b"data")
    s.ack(SERVER)
    s.close()
