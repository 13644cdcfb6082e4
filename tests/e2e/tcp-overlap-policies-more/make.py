# SPDX-License-Identifier: GPL-2.0-or-later
import overlap
from pair import CLIENT, FAR, SERVER, session

SHOW = {"alert": ["alert.signature_id", "dest_ip"]}


def make(trace):
    for target in range(5, 9):
        far = FAR.at(ip="192.168.9.%d" % target)
        s = session(trace, 9000, far=far, at=target, sport=40000 + target).open()
        first, at = b"%d" % target, 1
        for name in overlap.RELATIONS:
            s.segment(CLIENT, at, overlap.label(name), step=0.001)
            for offset, data in overlap.pieces(name):
                s.segment(CLIENT, at + 16 + offset, data, step=0.001)
            at += 56
        s.segment(CLIENT, 0, first)         # all of it waited for this byte
        s.ack(SERVER)
        s.close()
