# SPDX-License-Identifier: GPL-2.0-or-later
import net
from pair import Wire, http_session, ok

SHOW = {"alert": ["alert.signature_id", "pcap_cnt", "src_ip"]}


class Extended(Wire):
    """Puts a hop-by-hop and a destination options header before TCP."""

    def packet(self, src, dst, proto, payload, **fields):
        inner = net.ext6(proto, payload, b"\x01\x04\0\0\0\0")
        return net.ipv6(src.ip6, dst.ip6, 0, net.ext6(60, inner, b"\x05\x02\0\0\x01\x02\0\0"), ttl=64)


def make(trace):
    http_session(trace, "/inside", ok(b"inner body"), wire=Extended(trace, v6=True))
