# SPDX-License-Identifier: GPL-2.0-or-later
import net
from pair import FAR, NEAR, Wire


def make(trace):
    wire = Wire(trace)
    packet = wire.packet(NEAR, FAR, net.P_UDP, net.udp(NEAR.ip, FAR.ip, 4000, 4001, b"0123456789" * 9 + b"the end"), df=False)
    parts = net.fragment4(packet, 24)
    for i, piece in enumerate([parts[-1], parts[2], parts[2]] + parts[3:-1] + [parts[1], parts[0]]):
        wire.send_packet(0.1 * i, NEAR, FAR, piece)


SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}
