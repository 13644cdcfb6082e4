# SPDX-License-Identifier: GPL-2.0-or-later
import struct

import net
from pair import NEAR

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}
GROUP, ROUTERS = "224.0.0.251", "224.0.0.22"


def igmp(kind, rest, csum=None):
    body = struct.pack("!BBH", kind, 0, 0) + rest
    return body[:2] + struct.pack("!H", net.checksum(body) if csum is None else csum) + body[4:]


def chunk(kind, value):
    return (struct.pack("!BBH", kind, 0, 4 + len(value)) + value).ljust(4 + -(-len(value) // 4) * 4, b"\0")


def data(number, user):
    return chunk(0, struct.pack("!IHHI", number, 1, number, 0) + user)


def sctp(vtag, *chunks):
    return struct.pack("!HHII", 40000, 3868, vtag, 0) + b"".join(chunks)


def make(trace):
    here, there = NEAR.mac, "01:00:5e:00:00:fb"

    def send(at, to, proto, payload):
        trace.add(at, net.ether(there, here, net.ETH_IPV4, net.ipv4(NEAR.ip, to, proto, payload, ttl=1)))

    trace.add(0, net.ether(net.BROADCAST, here, net.ETH_ARP, net.arp(1, here, NEAR.ip, "00:00:00:00:00:00", "192.168.1.1"), pad=60))
    send(0.1, GROUP, net.P_IGMP, igmp(0x16, net.addr(GROUP)))
    records = b"".join(struct.pack("!BBH", 4, 0, 0) + net.addr(group) for group in ("239.1.1.1", GROUP))
    send(0.2, ROUTERS, net.P_IGMP, igmp(0x22, struct.pack("!HH", 0, 2) + records))
    send(0.3, GROUP, net.P_IGMP, igmp(0x11, net.addr(GROUP), csum=0x1234))
    send(0.4, "203.0.113.80", net.P_SCTP, sctp(0, chunk(1, struct.pack("!IIHHI", 7, 65536, 1, 1, 1))))
    send(0.5, "203.0.113.80", net.P_SCTP, sctp(0x11223344, chunk(3, struct.pack("!IIHH", 1, 65536, 0, 0)), data(1, b"first"), data(2, b""), data(3, b"second")))
