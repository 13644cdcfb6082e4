# SPDX-License-Identifier: GPL-2.0-or-later
import net
from pair import FAR, NEAR, Wire, datagram

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    wire = Wire(trace)
    wire.send_ip(0, NEAR, FAR, net.P_ICMP, net.echo(8, 0x77, 5, b"ping data"))
    wire.send_ip(0.01, FAR, NEAR, net.P_ICMP, net.echo(0, 0x77, 5, b"ping data"), forward=False)
    datagram(trace, b"to a closed port", sport=41000, dport=7000, at=1)
    quoted = net.ipv4(NEAR.ip, FAR.ip, net.P_UDP, net.udp(NEAR.ip, FAR.ip, 41000, 7000, b"to a closed port"))
    wire.send_ip(1.01, FAR, NEAR, net.P_ICMP, net.icmp(3, 3, bytes(4), quoted), forward=False)
