# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets as bytes: one function per header, checksums right unless asked otherwise.

Addresses are text ("192.168.10.5", "2001:db8::5", "52:54:00:12:34:56"), payloads are bytes, results are bytes.
Nothing here keeps state; a session's state lives in tcp.py, time and order live in capture.py.
"""

import functools
import ipaddress
import struct

ETH_IPV4, ETH_ARP, ETH_RARP, ETH_VLAN, ETH_IPV6 = 0x0800, 0x0806, 0x8035, 0x8100, 0x86DD
ETH_MPLS, ETH_PPPOE_DISCOVERY, ETH_PPPOE, ETH_QINQ, ETH_TEB = 0x8847, 0x8863, 0x8864, 0x88A8, 0x6558
P_ICMP, P_IGMP, P_IPIP, P_TCP, P_UDP, P_IPV6, P_GRE, P_ICMP6, P_SCTP = 1, 2, 4, 6, 17, 41, 47, 58, 132
BROADCAST = "ff:ff:ff:ff:ff:ff"
FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = 1, 2, 4, 8, 16, 32, 64, 128


@functools.lru_cache(maxsize=4096)
def mac(text):
    """The six bytes of a MAC address."""
    return bytes.fromhex(text.replace(":", ""))


@functools.lru_cache(maxsize=4096)
def addr(text):
    """The 4 or 16 bytes of an IP address."""
    return ipaddress.ip_address(text).packed


def is_v6(text):
    return ":" in text


def ethertype_of(packet):
    """The EtherType of an IP packet, from its version nibble."""
    return ETH_IPV6 if packet[0] >> 4 == 6 else ETH_IPV4


def checksum(data):
    """Internet checksum (RFC 1071) over data, an odd last byte padded with zero."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pseudo(src, dst, proto, length):
    """The pseudo header that TCP, UDP and ICMPv6 checksums cover (RFC 793, RFC 8200 section 8.1)."""
    a, b = addr(src), addr(dst)
    if len(a) == 4:
        return a + b + struct.pack("!BBH", 0, proto, length)
    return a + b + struct.pack("!IxxxB", length, proto)


def vlan_tags(vlans):
    """802.1Q tags, outermost first. A tag is an id, or (TPID, TCI); of two plain ids the outer gets 0x88a8 (802.1ad)."""
    out = []
    for i, tag in enumerate(vlans):
        if isinstance(tag, tuple):
            out.append(tag)
        else:
            out.append((ETH_QINQ if i == 0 and len(vlans) == 2 else ETH_VLAN, tag))
    return out


def ether(dst, src, ethertype, payload, vlans=(), pad=0):
    """An Ethernet frame without FCS; pad is the least length (60 on a real wire)."""
    head = mac(dst) + mac(src)
    for tpid, tci in vlan_tags(vlans):
        head += struct.pack("!HH", tpid, tci)
    return (head + struct.pack("!H", ethertype) + payload).ljust(pad, b"\0")


def llc(dst, src, payload, pad=0):
    """An IEEE 802.3 frame: the type field holds the length, payload starts with the LLC header."""
    return (mac(dst) + mac(src) + struct.pack("!H", len(payload)) + payload).ljust(pad, b"\0")


def arp(op, sender_mac, sender_ip, target_mac, target_ip):
    """ARP and RARP body. op: 1 request, 2 reply, 3 reverse request, 4 reverse reply."""
    return (struct.pack("!HHBBH", 1, ETH_IPV4, 6, 4, op)
            + mac(sender_mac) + addr(sender_ip) + mac(target_mac) + addr(target_ip))


def ipv4(src, dst, proto, payload, *, ttl=64, ident=0, df=True, mf=False, offset=0, tos=0, options=b"",
         length=None, csum=None, reserved=False):
    """An IPv4 packet. offset in bytes (a multiple of 8); length and csum override the true values."""
    options = options.ljust(-(-len(options) // 4) * 4, b"\0")
    ihl = 5 + len(options) // 4
    flags = (0x8000 if reserved else 0) | (0x4000 if df else 0) | (0x2000 if mf else 0) | (offset // 8)
    total = ihl * 4 + len(payload) if length is None else length
    head = struct.pack("!BBHHHBBH4s4s", 0x40 | ihl, tos, total, ident, flags, ttl, proto, 0, addr(src), addr(dst)) + options
    value = checksum(head) if csum is None else csum
    return head[:10] + struct.pack("!H", value) + head[12:] + payload


def ipv6(src, dst, proto, payload, *, ttl=64, tclass=0, flow=0, length=None):
    """An IPv6 packet; extension headers, if any, are part of payload (see ext6) and proto names the first."""
    total = len(payload) if length is None else length
    return struct.pack("!IHBB16s16s", 6 << 28 | tclass << 20 | flow, total, proto, ttl, addr(src), addr(dst)) + payload


def ext6(next_proto, payload, options=b""):
    """A hop-by-hop or destination options header around payload, padded with PadN."""
    pad = -(2 + len(options)) % 8
    if pad == 1:
        options += b"\0"
    elif pad > 1:
        options += bytes([1, pad - 2]) + bytes(pad - 2)
    return bytes([next_proto, (2 + len(options)) // 8 - 1]) + options + payload


def ip(src, dst, proto, payload, **fields):
    """ipv4() or ipv6() by the addresses; fields the family lacks are dropped."""
    if is_v6(src):
        keep = ("ttl", "tclass", "flow", "length")
        return ipv6(src, dst, proto, payload, **{k: v for k, v in fields.items() if k in keep})
    return ipv4(src, dst, proto, payload, **fields)


def udp(src, dst, sport, dport, payload, *, length=None, csum=None):
    """A UDP datagram (no IP header); csum=0 means no checksum."""
    total = 8 + len(payload) if length is None else length
    head = struct.pack("!HHH", sport, dport, total)
    if csum is None:
        csum = checksum(pseudo(src, dst, P_UDP, total) + head + b"\0\0" + payload) or 0xFFFF
    return head + struct.pack("!H", csum) + payload


def tcp(src, dst, sport, dport, seq, ack, flags, payload=b"", *, window=64240, options=b"", urgent=0, csum=None):
    """A TCP segment (no IP header). options are padded with NOP to four bytes."""
    options = options + b"\1" * (-len(options) % 4)
    offset = 5 + len(options) // 4
    head = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, offset << 4, flags, window, 0, urgent)
    body = options + payload
    if csum is None:
        csum = checksum(pseudo(src, dst, P_TCP, len(head) + len(body)) + head + body)
    return head[:16] + struct.pack("!H", csum) + head[18:] + body


def icmp(kind, code, rest=b"\0\0\0\0", payload=b""):
    """An ICMPv4 message; rest is the four bytes after the checksum."""
    body = rest + payload
    return struct.pack("!BBH", kind, code, checksum(struct.pack("!BBH", kind, code, 0) + body)) + body


def icmp6(src, dst, kind, code, rest=b"\0\0\0\0", payload=b""):
    """An ICMPv6 message with its pseudo header checksum."""
    body = rest + payload
    head = struct.pack("!BBH", kind, code, 0)
    value = checksum(pseudo(src, dst, P_ICMP6, 4 + len(body)) + head + body)
    return struct.pack("!BBH", kind, code, value) + body


def echo(kind, ident, seq, payload=b""):
    """ICMPv4 echo: kind 8 asks, 0 answers."""
    return icmp(kind, 0, struct.pack("!HH", ident, seq), payload)


def fragment4(packet, size):
    """Cut an IPv4 packet into fragments of at most size payload bytes (rounded down to a multiple of 8)."""
    ihl = (packet[0] & 15) * 4
    size = size // 8 * 8
    body = packet[ihl:]
    return [fragment4_piece(packet, at, body[at:at + size], at + size < len(body)) for at in range(0, len(body), size)]


def fragment4_piece(packet, offset, data, more):
    """One fragment with the header of packet: for overlapping, duplicate or missing pieces."""
    ihl = (packet[0] & 15) * 4
    flags = (0x2000 if more else 0) | offset // 8
    head = packet[:2] + struct.pack("!H", ihl + len(data)) + packet[4:6] + struct.pack("!H", flags) + packet[8:10] + b"\0\0" + packet[12:ihl]
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + data


def fragment6(packet, size, ident):
    """Cut an IPv6 packet without extension headers into fragments (RFC 8200 section 4.5)."""
    size = size // 8 * 8
    body = packet[40:]
    return [fragment6_piece(packet, ident, at, body[at:at + size], at + size < len(body)) for at in range(0, len(body), size)]


def fragment6_piece(packet, ident, offset, data, more):
    """One IPv6 fragment with the header of packet."""
    head = struct.pack("!BBHI", packet[6], 0, offset | (1 if more else 0), ident)
    return packet[:4] + struct.pack("!H", len(data) + 8) + bytes([44]) + packet[7:40] + head + data
