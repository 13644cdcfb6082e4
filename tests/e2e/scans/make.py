# SPDX-License-Identifier: GPL-2.0-or-later
import net

A, B = "52:54:00:11:22:33", "02:00:00:00:00:01"
SYN, RST, ACK = 2, 4, 16


def send(trace, at, src, dst, proto, payload, back=False):
    to, of = (A, B) if back else (B, A)
    trace.add(at, net.ether(to, of, net.ETH_IPV4, net.ipv4(src, dst, proto, payload), pad=60))


def make(trace):
    me, you = "10.0.0.5", "192.0.2.9"
    # Many ports of one host, each refused.
    for i in range(12):
        at = i * 0.01
        send(trace, at, me, you, 6, net.tcp(me, you, 40000 + i, 100 + i, 1000, 0, SYN))
        send(trace, at + 0.001, you, me, 6, net.tcp(you, me, 100 + i, 40000 + i, 0, 1001, RST | ACK), back=True)
    # One port of many hosts, by another host, each refused.
    for i in range(12):
        at, other, host = 10 + i * 0.01, "10.0.0.6", "192.0.2.%d" % (20 + i)
        send(trace, at, other, host, 6, net.tcp(other, host, 41000 + i, 445, 1000, 0, SYN))
        send(trace, at + 0.001, host, other, 6, net.tcp(host, other, 445, 41000 + i, 0, 1001, RST | ACK), back=True)
    # Datagrams to many ports, answered by ICMP.
    for i in range(12):
        at, other = 20 + i * 0.01, "10.0.0.7"
        ask = net.ipv4(other, you, 17, net.udp(other, you, 42000 + i, 200 + i, b"?"))
        trace.add(at, net.ether(B, A, net.ETH_IPV4, ask, pad=60))
        send(trace, at + 0.001, you, other, 1, net.icmp(3, 3, payload=ask[:28]), back=True)
    # An ARP request to one station, and a reply in the name of a known host.
    trace.add(30, net.ether(B, A, net.ETH_ARP, net.arp(1, A, me, "00:00:00:00:00:00", you), pad=60))
    trace.add(31, net.ether(A, B, net.ETH_ARP, net.arp(2, B, "10.0.0.1", A, me), pad=60))
