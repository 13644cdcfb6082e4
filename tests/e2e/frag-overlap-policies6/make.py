# SPDX-License-Identifier: GPL-2.0-or-later
import net
import overlap
from pair import FAR, NEAR, Wire

SHOW = {"alert": ["alert.signature_id", "dest_ip"]}


def make(trace):
    wire, at, ident = Wire(trace, pad=0, v6=True), 0.0, 100
    for target in range(1, 6):
        far = FAR.at(ip6="2001:db8:9::%d" % target)
        for name in overlap.RELATIONS:
            head = net.udp(NEAR.ip6, far.ip6, 4000, 4001, overlap.label(name) + overlap.OLD * 5)[:24]
            packet, ident = wire.packet(NEAR, far, net.P_UDP, head + bytes(40)), ident + 1
            parts = [(24 + offset, data) for offset, data in overlap.pieces(name)] + [(0, head)]
            for offset, data in parts:
                wire.send_packet(at, NEAR, far, net.fragment6_piece(packet, ident, offset, data, offset + len(data) < 64))
                at += 0.01
