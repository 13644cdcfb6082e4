# SPDX-License-Identifier: GPL-2.0-or-later
"""Hosts and the wire between them: who sends with which addresses, and under which tags and tunnels it is seen."""

import struct

import net


class Stack:
    """How an operating system's TCP/IP looks from outside: TTL, SYN window, option order, IP identification."""

    def __init__(self, name, ttl, window, options, scale=0, later=None, ident="random"):
        self.name, self.ttl, self.window, self.options, self.scale, self.ident = name, ttl, window, options, scale, ident
        self.later = later or window        # the window field after the handshake, when both scale

    @property
    def stamps(self):
        """Does it offer TCP time stamps?"""
        return "ts" in self.options

    def syn_options(self, mss, stamp, peer=None):
        """Options of a SYN, or of the SYN-ACK to a stack that offered peer's: only what both know."""
        out, known = b"", peer.options if peer else self.options
        for kind in self.options:
            if kind == "mss":
                out += struct.pack("!BBH", 2, 4, mss)
            elif kind == "nop":
                out += b"\1"
            elif kind == "scale" and kind in known:
                out += struct.pack("!BBB", 3, 3, self.scale)
            elif kind == "sack" and kind in known:
                out += b"\4\2"
            elif kind == "ts" and kind in known:
                out += struct.pack("!BBII", 8, 10, *stamp)
        return out


LINUX = Stack("linux", 64, 64240, ("mss", "sack", "ts", "nop", "scale"), scale=7, later=502)
WINDOWS = Stack("windows", 128, 64240, ("mss", "nop", "scale", "nop", "nop", "sack"), scale=8, later=8212, ident="count")
MACOS = Stack("macos", 64, 65535, ("mss", "nop", "scale", "nop", "nop", "ts", "sack"), scale=6, later=2058, ident="zero")
FREEBSD = Stack("freebsd", 64, 65535, ("mss", "nop", "scale", "sack", "ts"), scale=6, later=1027, ident="zero")
EMBEDDED = Stack("embedded", 255, 8192, ("mss",), ident="count")
PLAIN = Stack("plain", 64, 64240, ("mss",), ident="count")


class Host:
    """One interface. For a host beyond the router, mac is the router's."""

    def __init__(self, name, mac, ip, ip6=None, stack=PLAIN, hops=0):
        self.name, self.mac, self.ip, self.ip6, self.stack, self.hops = name, mac, ip, ip6, stack, hops
        self.count = sum(name.encode()) * 7 & 0xFFFF
        self.ports = 49152 + sum(name.encode()) % 1000

    def ttl(self):
        return self.stack.ttl - self.hops

    def next_ident(self, rng):
        """The next IP identification."""
        if self.stack.ident == "zero":
            return 0
        self.count = rng.getrandbits(16) if self.stack.ident == "random" and rng else (self.count + 1) & 0xFFFF
        return self.count

    def next_port(self):
        """The next ephemeral port."""
        self.ports = self.ports + 1 if self.ports < 65000 else 49152
        return self.ports

    def at(self, **changes):
        """The same machine with some attributes changed: another address, another interface."""
        other = Host(self.name, self.mac, self.ip, self.ip6, self.stack, self.hops)
        for key, value in changes.items():
            setattr(other, key, value)
        return other


class Wire:
    """A place where frames are captured.

    vlans: tags of the outermost frame. tunnels: encapsulations, outermost first (see tunnel.py); tunnel j of a packet
    from `a` to `b` takes its outer addresses in the same sense, `a` being the side that sent first.
    """

    def __init__(self, trace, vlans=(), tunnels=(), v6=False, pad=60, name="wire", inner_vlans=()):
        self.trace, self.vlans, self.tunnels, self.v6, self.pad = trace, vlans, tunnels, v6, pad
        self.inner_vlans = inner_vlans
        self.random = trace.rng(name)

    def address(self, host):
        return host.ip6 if self.v6 else host.ip

    def packet(self, src, dst, proto, payload, **fields):
        """The IP packet alone."""
        fields.setdefault("ttl", src.ttl())
        fields.setdefault("ident", src.next_ident(self.random))
        return net.ip(self.address(src), self.address(dst), proto, payload, **fields)

    def send_ip(self, at, src, dst, proto, payload, forward=True, **fields):
        """Build an IP packet and put it on the wire."""
        self.send_packet(at, src, dst, self.packet(src, dst, proto, payload, **fields), forward)

    def send_packet(self, at, src, dst, packet, forward=True):
        """Put a ready IP packet on the wire, inside the tunnels if there are any."""
        self.trace.add(at, self.frame(src, dst, net.ethertype_of(packet), packet, forward))

    def send_udp(self, at, src, dst, sport, dport, payload, forward=True, **fields):
        datagram = net.udp(self.address(src), self.address(dst), sport, dport, payload)
        self.send_ip(at, src, dst, net.P_UDP, datagram, forward, **fields)

    def send_frame(self, at, src_mac, dst_mac, ethertype, payload, vlans=None):
        """A frame that is not IP (ARP, RARP, LLDP), never inside a tunnel."""
        tags = self.vlans if vlans is None else vlans
        self.trace.add(at, net.ether(dst_mac, src_mac, ethertype, payload, tags, self.pad))

    def frame(self, src, dst, ethertype, body, forward=True):
        """The whole frame around body."""
        for tunnel in reversed(self.tunnels):
            if tunnel.carries_frames:
                ethertype, body = tunnel.wrap(net.ether(dst.mac, src.mac, ethertype, body, self.inner_vlans), forward)
            else:
                ethertype, body = tunnel.wrap((ethertype, body), forward)
        outer = next((t for t in self.tunnels if t.near), None)
        if outer:
            src, dst = (outer.near, outer.far) if forward else (outer.far, outer.near)
        if self.trace.link == 101:
            return body
        return net.ether(dst.mac, src.mac, ethertype, body, self.vlans, self.pad)
