# SPDX-License-Identifier: GPL-2.0-or-later
import net
from pair import FAR, NEAR, Wire


def make(trace):
    wire = Wire(trace)
    packet = wire.packet(NEAR, FAR, net.P_UDP, net.udp(NEAR.ip, FAR.ip, 4000, 4001, b"a" * 20 + b"first cut" + b"b" * 14 + b"second cut" + b"c" * 20), df=False)
    for i, piece in enumerate(net.fragment4(packet, 32)):
        wire.send_packet(0.1 * i, NEAR, FAR, piece)


SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}
