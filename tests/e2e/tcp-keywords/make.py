# SPDX-License-Identifier: GPL-2.0-or-later
import net
from host import LINUX
from pair import CLIENT, FAR, NEAR, SERVER, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    s = session(trace, 9000, near=NEAR.at(stack=LINUX), far=FAR.at(stack=LINUX)).open()
    s.segment(CLIENT, 0, b"x" * 33, flags=net.ACK | net.PSH | net.ECE, ident=0x4242, tos=0x28, ttl=3)
    s.ack(SERVER)
    s.close()
