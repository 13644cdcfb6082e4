# SPDX-License-Identifier: GPL-2.0-or-later
import net
import overlap
from pair import FAR, NEAR, Wire

SHOW = {"alert": ["alert.signature_id", "dest_ip"]}


def make(trace):
    wire, at = Wire(trace, pad=0), 0.0
    for target in range(1, 8):
        far = FAR.at(ip="192.168.9.%d" % target)
        for name in overlap.RELATIONS:
            head = net.udp(NEAR.ip, far.ip, 4000, 4001, overlap.label(name), length=8 + 16 + 40, csum=0)
            packet = wire.packet(NEAR, far, net.P_UDP, head + bytes(40), df=False)
            parts = [(24 + offset, data) for offset, data in overlap.pieces(name)] + [(0, head)]
            for offset, data in parts:
                wire.send_packet(at, NEAR, far, net.fragment4_piece(packet, offset, data, offset + len(data) < 64))
                at += 0.01
