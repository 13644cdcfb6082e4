# SPDX-License-Identifier: GPL-2.0-or-later
import net
from pair import FAR, NEAR, Wire


def make(trace):
    wire = Wire(trace)
    packet = wire.packet(NEAR, FAR, net.P_UDP, net.udp(NEAR.ip, FAR.ip, 4000, 4001, b"one needle here, and one needle there, needle after needle to the end"), df=False)
    for i, piece in enumerate(net.fragment4(packet, 16)):
        if i != 2:
            wire.send_packet(0.1 * i, NEAR, FAR, piece)
