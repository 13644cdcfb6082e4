# SPDX-License-Identifier: GPL-2.0-or-later
"""Encapsulations. Each function makes a Tunnel for Wire(tunnels=[...]).

near and far are the tunnel's ends (Host), near on the side of whoever sends first. A tunnel that carries frames gets a
whole Ethernet frame, the others an (EtherType, packet) pair; all give back (EtherType, bytes) for what stands around them.
"""

import struct

import net


class Tunnel:
    def __init__(self, near, far, carries_frames, wrap):
        self.near, self.far, self.carries_frames, self.make = near, far, carries_frames, wrap

    def wrap(self, inner, forward):
        src, dst = (self.near, self.far) if forward else (self.far, self.near)
        return self.make(inner, src, dst, forward)


def outer_ip(src, dst, proto, payload, v6=False):
    a, b = (src.ip6, dst.ip6) if v6 else (src.ip, dst.ip)
    packet = net.ip(a, b, proto, payload, ttl=src.ttl(), ident=src.next_ident(None))
    return net.ethertype_of(packet), packet


def outer_udp(src, dst, sport, dport, payload, v6=False, csum=0):
    """UDP around payload; tunnels over IPv4 commonly send no checksum."""
    a, b = (src.ip6, dst.ip6) if v6 else (src.ip, dst.ip)
    return outer_ip(src, dst, net.P_UDP, net.udp(a, b, sport, dport, payload, csum=None if v6 else csum), v6)


def entropy_port(frame):
    """A source port that follows the inner addresses, as VTEPs choose it (RFC 7348 section 5)."""
    return 49152 + (sum(frame[26:34]) * 31 + sum(frame[34:38])) % 16384


def gre(near, far, key=None, seq=False, csum=False, v6=False):
    """GRE around an IP packet (RFC 2784, RFC 2890)."""
    count = [0]

    def wrap(inner, src, dst, forward):
        ethertype, packet = inner
        flags = (0x8000 if csum else 0) | (0x2000 if key is not None else 0) | (0x1000 if seq else 0)
        tail = struct.pack("!I", key) if key is not None else b""
        if seq:
            tail += struct.pack("!I", count[0])
            count[0] += 1
        head = struct.pack("!HH", flags, ethertype)
        if csum:
            head += struct.pack("!HH", net.checksum(head + b"\0\0\0\0" + tail + packet), 0)
        return outer_ip(src, dst, net.P_GRE, head + tail + packet, v6)
    return Tunnel(near, far, False, wrap)


def gre_frames(near, far, key=None):
    """Transparent Ethernet bridging over GRE; with a key whose upper 24 bits are a VSID this is NVGRE (RFC 7637)."""
    def wrap(frame, src, dst, forward):
        head = struct.pack("!HH", 0x2000 if key is not None else 0, net.ETH_TEB)
        return outer_ip(src, dst, net.P_GRE, head + (struct.pack("!I", key) if key is not None else b"") + frame)
    return Tunnel(near, far, True, wrap)


def pptp(near, far, call_near, call_far):
    """Enhanced GRE with PPP inside (RFC 2637): a call id per direction."""
    count = [0, 0]

    def wrap(inner, src, dst, forward):
        ethertype, packet = inner
        ppp = struct.pack("!BBH", 0xFF, 3, 0x21 if ethertype == net.ETH_IPV4 else 0x57) + packet
        way = 0 if forward else 1
        head = struct.pack("!HHHHI", 0x3001, 0x880B, len(ppp), call_far if forward else call_near, count[way])
        count[way] += 1
        return outer_ip(src, dst, net.P_GRE, head + ppp)
    return Tunnel(near, far, False, wrap)


def erspan(near, far, kind=2, session=7, vlan=0):
    """ERSPAN mirrors of frames over GRE: type 1 (no header), 2 (0x88be) or 3 (0x22eb). One way only, as a mirror is."""
    count = [0]

    def wrap(frame, src, dst, forward):
        count[0] += 1
        if kind == 1:
            head = struct.pack("!HH", 0, 0x88BE)
        elif kind == 2:
            head = struct.pack("!HHIHHI", 0x1000, 0x88BE, count[0], 0x1000 | vlan, session, 3)
        else:
            head = struct.pack("!HHIHHIHH", 0x1000, 0x22EB, count[0], 0x2000 | vlan, session, count[0] * 1000, 0, 0)
        return outer_ip(near, far, net.P_GRE, head + frame)
    return Tunnel(near, far, True, wrap)


def vxlan(near, far, vni, v6=False, port=4789):
    """VXLAN (RFC 7348)."""
    def wrap(frame, src, dst, forward):
        return outer_udp(src, dst, entropy_port(frame), port, struct.pack("!II", 0x08000000, vni << 8) + frame, v6)
    return Tunnel(near, far, True, wrap)


def geneve(near, far, vni, options=b"", v6=False):
    """Geneve (RFC 8926); options are ready option TLVs, a multiple of four bytes."""
    def wrap(frame, src, dst, forward):
        head = struct.pack("!BBHI", len(options) // 4, 0, net.ETH_TEB, vni << 8) + options
        return outer_udp(src, dst, entropy_port(frame), 6081, head + frame, v6)
    return Tunnel(near, far, True, wrap)


def gtpu(near, far, teid_near, teid_far, seq=False, qfi=None):
    """GTP-U (3GPP TS 29.281): the TEID is the receiver's, so it differs per direction; qfi adds the 5G extension header."""
    count = [0]

    def wrap(inner, src, dst, forward):
        _, packet = inner
        flags, extra = 0x30, b""
        if seq or qfi is not None:
            flags |= (2 if seq else 0) | (4 if qfi is not None else 0)
            extra = struct.pack("!HBB", count[0], 0, 0x85 if qfi is not None else 0)
            count[0] += 1
        if qfi is not None:
            extra += struct.pack("!BBBB", 1, 0x10 if forward else 0, qfi, 0)
        head = struct.pack("!BBHI", flags, 0xFF, len(extra) + len(packet), teid_far if forward else teid_near)
        return outer_udp(src, dst, 2152, 2152, head + extra + packet)
    return Tunnel(near, far, False, wrap)


def ip_in_ip(near, far, v6=False):
    """IPv4 or IPv6 directly inside IP (RFC 2003, RFC 4213): 6in4 is an IPv6 packet in it."""
    def wrap(inner, src, dst, forward):
        ethertype, packet = inner
        return outer_ip(src, dst, net.P_IPV6 if ethertype == net.ETH_IPV6 else net.P_IPIP, packet, v6)
    return Tunnel(near, far, False, wrap)


def teredo(near, far, origin=False):
    """Teredo: IPv6 in UDP port 3544 (RFC 4380), with an origin indication if asked; far is the relay or server."""
    def wrap(inner, src, dst, forward):
        _, packet = inner
        head = b""
        if origin and not forward:
            head = b"\0\0" + struct.pack("!H", 51413 ^ 0xFFFF) + bytes(x ^ 0xFF for x in net.addr(near.ip))
        ports = (51413, 3544) if forward else (3544, 51413)
        return outer_udp(src, dst, *ports, head + packet, csum=None)
    return Tunnel(near, far, False, wrap)


def mpls(labels, frames=False, control_word=True):
    """MPLS label stack (RFC 3032); with frames, an Ethernet pseudowire with control word (RFC 4448)."""
    def wrap(inner, src, dst, forward):
        body = (struct.pack("!I", 0) if control_word else b"") + inner if frames else inner[1]
        stack = b"".join(struct.pack("!I", label << 12 | (0x100 if i == len(labels) - 1 else 0) | 64)
                         for i, label in enumerate(labels))
        return net.ETH_MPLS, stack + body
    return Tunnel(None, None, frames, wrap)


def pppoe(session):
    """PPPoE session frames (RFC 2516)."""
    def wrap(inner, src, dst, forward):
        ethertype, packet = inner
        ppp = struct.pack("!H", 0x21 if ethertype == net.ETH_IPV4 else 0x57) + packet
        return net.ETH_PPPOE, struct.pack("!BBHH", 0x11, 0, session, len(ppp)) + ppp
    return Tunnel(None, None, False, wrap)
